// Frames that were laid into the batch, [B, T, …] as [B * T, …], and not taken out of it again: in front of a
// layer that goes along a sequence, which takes rows for one sequence without a batch; and at the end, where
// the result is expected with both axes.
#include <algorithm>
#include <optional>
#include <utility>

#include "net/facts.h"
#include "net/sharing.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// A layer that makes one axis of the first two and leaves the others as they are.
bool lays_frames_into_the_batch(const LayerSpec& layer, const LayerTrace& row) {
  const Family family = layer.info().family;
  if (layer.broken || (family != Family::reshape && family != Family::flatten)) return false;
  if (row.inputs.empty() || row.outputs.empty()) return false;
  const Shape& x = row.inputs[0];
  const Shape& y = row.outputs[0];
  std::int64_t both = 0;
  return x.size() == y.size() + 1 && y.size() > 1 && x[1] > 1 && !__builtin_mul_overflow(x[0], x[1], &both) &&
         both == y[0] && std::equal(x.begin() + 2, x.end(), y.begin() + 1);
}

// Whether a layer goes along axis 1 of what it takes.
bool goes_along_a_sequence(const LayerSpec& layer) {
  const Family family = layer.info().family;
  if (layer.broken ||
      (family != Family::recurrent && family != Family::attention && family != Family::transformer_layer))
    return false;
  return layer.find(Opt::batch_first) != nullptr && layer.flag(Opt::batch_first);
}

class Frames {
 public:
  Frames(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial), frames_(s.spec.layers.size()) {}

  void run() {
    for (const LayerId i : ids(s_.spec.layers)) {
      const LayerSpec& layer = s_.spec.layer(i);
      const LayerTrace& row = s_.trace.row(i);
      if (lays_frames_into_the_batch(layer, row)) {
        frames_[i] = layer.inputs[0];
        continue;
      }
      frames_[i] = of_what_it_takes(i);
      if (!frames_[i]) continue;
      if (goes_along_a_sequence(layer)) return taken_out(i);
    }
    at_the_end();
  }

 private:
  // The tensor with the frames in an axis of their own, where the samples of what a layer takes and returns
  // are its frames.
  std::optional<Ref> of_what_it_takes(LayerId i) const {
    const LayerSpec& layer = s_.spec.layer(i);
    const LayerTrace& row = s_.trace.row(i);
    if (layer.inputs.empty() || layer.inputs[0].is_input() || row.inputs.empty() || row.outputs.empty())
      return std::nullopt;
    const std::optional<Ref>& from = frames_[layer.inputs[0].layer];
    if (!from || row.inputs[0].empty() || row.outputs[0].empty()) return std::nullopt;
    const bool alone = in_front_of_a_recurrent(i);
    const bool kept = alone || row.outputs[0][0] == row.inputs[0][0];
    return kept ? from : std::nullopt;
  }

  // unsqueeze(0), which an LSTM does for rows that it takes for one sequence.
  bool in_front_of_a_recurrent(LayerId i) const {
    const LayerId next = i + 1;
    return s_.spec.layer(i).info().family == Family::unsqueeze && next != s_.spec.layers.end_id() &&
           s_.spec.layer(next).info().family == Family::recurrent &&
           module_of(s_.spec.layer(i)) == module_of(s_.spec.layer(next));
  }

  const Shape* shape_of(Ref ref) const {
    return ref.is_input() ? &s_.spec.inputs[ref.input()].shape : s_.trace.output(s_.spec, ref);
  }

  // [B * T, …] as [B, T, …], with the sizes of the tensor that the frames came from.
  InsertLayer regrouped(Ref rows, Ref frames, std::size_t rank) const {
    std::vector<Expression> sizes{axis_of(1, 0), axis_of(1, 1)};
    if (rank == 2) sizes.emplace_back(-1);
    for (std::size_t axis = 1; rank > 2 && axis < rank; ++axis)
      sizes.push_back(axis_of(0, static_cast<std::int64_t>(axis)));
    InsertLayer move;
    move.kind = LayerKind::Reshape;
    move.name = free_name(s_.spec, "frames");
    move.inputs = {rows, frames};
    move.options = {{Opt::shape, Value{std::move(sizes)}}};
    return move;
  }

  static Expression axis_of(int input, std::int64_t axis) {
    const std::string text = (input == 0 ? "in[" : "in[1][") + std::to_string(axis) + "]";
    const auto parsed = Expression::parse(text);
    const auto* one = std::get_if<Expression>(&parsed);
    return one != nullptr ? *one : Expression();
  }

  void taken_out(LayerId at) {
    const Ref frames = *frames_[at];
    std::vector<LayerId> gone;
    Ref rows = s_.spec.layer(at).inputs[0];
    if (!rows.is_input() && in_front_of_a_recurrent(rows.layer)) {
      gone.push_back(rows.layer);
      rows = s_.spec.layer(rows.layer).inputs[0];
      for (LayerId i = at + 1; i != s_.spec.layers.end_id(); ++i) {
        const LayerSpec& one = s_.spec.layer(i);
        if (one.inputs.size() != 1 || one.inputs[0].layer != at || one.info().family != Family::squeeze ||
            module_of(one) != module_of(s_.spec.layer(at)))
          break;
        gone.push_back(i);
      }
    }
    const Shape* x = shape_of(rows);
    if (x == nullptr || x->size() != 2) return;
    InsertLayer move = regrouped(rows, frames, x->size());
    move.where = InsertLayer::Where::before;
    move.at = at;
    if (!gone.empty()) move.feeds.push_back({at, 0});
    for (LayerId i = at; i != s_.spec.layers.end_id(); ++i)
      for (std::size_t k = 0; k < s_.spec.layer(i).inputs.size(); ++k)
        if (s_.spec.layer(i).inputs[k] == rows) move.feeds.push_back({i, k});
    Moves moves{move};
    for (const LayerId i : gone) moves.emplace_back(RemoveLayer{i});
    propose(moves, move, *x, s_.spec.layer(at).name);
  }

  // What is returned has the frames in its batch, where both are expected.
  void at_the_end() {
    if (!s_.spec.expect || s_.spec.layers.empty() || first_fault(s_.trace)) return;
    const LayerId last = s_.spec.layers.last_id();
    const auto& outputs = s_.trace.row(last).outputs;
    if (outputs.empty() || !frames_[last]) return;
    const auto wanted = expected_shape(s_.spec, *s_.spec.expect);
    if (wanted.size() != outputs[0].size() + 1) return;
    InsertLayer move = regrouped({last, 0}, *frames_[last], outputs[0].size());
    move.where = InsertLayer::Where::end;
    propose({move}, move, outputs[0], {});
  }

  void propose(const Moves& moves, const InsertLayer& move, const Shape& x, const std::string& in_front_of) {
    const Shape* frames = shape_of(move.inputs[1]);
    if (frames == nullptr || frames->size() < 2) return;
    Shape fresh{(*frames)[0], (*frames)[1]};
    fresh.insert(fresh.end(), x.begin() + 1, x.end());
    const std::string title = "take the frames out of the batch again by a Reshape " +
                              (in_front_of.empty() ? "at the end" : "in front of `" + in_front_of + "`") +
                              ": " + bracketed(x) + " becomes " + bracketed(fresh);
    auto candidate = candidate_of(s_, FixKind::missing_axis, title, moves,
                                  {{move.name, "layer", "null", R"({"type": "Reshape"})"}}, 1);
    if (!candidate) return;
    candidate->telling = true;
    sort_in(s_, std::move(*candidate), out_, partial_);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  PerLayer<std::optional<Ref>> frames_;  // where the samples of a layer's result are frames: of which tensor
};

}  // namespace

void suggest_frames(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  Frames(s, out, partial).run();
}

}  // namespace shapedbg
