// What is missing in front of a merge, told by the other inputs or by the other merges of the network: the
// stride that brings one input to the size of the others, the resize that every other merge has, the pool
// in front of a branch that is to see its input at a lower resolution.
#include <algorithm>
#include <optional>

#include "flow/meeting.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

class WaysThatMeet {
 public:
  WaysThatMeet(const Situation& s, LayerId merge, std::vector<Candidate>& out,
               std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial), merge_(merge) {}

  void run() {
    if (layer(merge_).inputs.size() != inputs().size() || layer(merge_).typed_as == "Residual") return;
    for (std::size_t k = 0; k < inputs().size(); ++k)
      if (const Shape* wanted = size_of_others(k)) stepped(k, *wanted);
    if (inputs().size() != 2) return;
    for (const std::size_t k : {0u, 1u}) {
      resized_as_elsewhere(k);
      reorganised(k);
      seen_at_a_lower_resolution(k);
    }
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }
  const LayerTrace& row(LayerId i) const { return s_.trace.row(i); }
  const Shapes& inputs() const { return row(merge_).inputs; }

  static bool same_places(const Shape& a, const Shape& b) {
    return a.size() == b.size() && a.size() > 2 && std::equal(a.begin() + 2, a.end(), b.begin() + 2);
  }

  // The input beside `k` whose places all others have, too.
  const Shape* size_of_others(std::size_t k) const {
    const Shape* found = nullptr;
    for (std::size_t other = 0; other < inputs().size(); ++other) {
      if (other == k) continue;
      if (found != nullptr && !same_places(*found, inputs()[other])) return nullptr;
      found = &inputs()[other];
    }
    return found != nullptr && found->size() == inputs()[k].size() && found->size() > 2 &&
                   !same_places(*found, inputs()[k])
               ? found
               : nullptr;
  }

  // Behind a layer of the same kernel and stride: what is lacking is one more of them, if anything.
  bool one_of_a_stack(LayerId at) const {
    const LayerSpec& one = layer(at);
    for (LayerId i = at; layer(i).inputs.size() == 1 && !layer(i).inputs[0].is_input();) {
      i = layer(i).inputs[0].layer;
      const LayerSpec& other = layer(i);
      if (!other.broken && other.kind == one.kind &&
          other.axes(Opt::kernel_size) == one.axes(Opt::kernel_size) &&
          other.axes(Opt::stride) == one.axes(Opt::stride))
        return true;
    }
    return false;
  }

  // The layer right in front of the merge steps already, by another number than the sizes ask for.
  void stepped(std::size_t k, const Shape& wanted) {
    const Ref from = before_pointwise(s_.spec, layer(merge_).inputs[k]);
    if (from.is_input()) return;
    const LayerSpec& one = layer(from.layer);
    const bool up = one.info().family == Family::conv_transpose;
    if (one.broken || (!up && one.info().family != Family::conv) || row(from.layer).inputs.empty()) return;
    const Shape& x = row(from.layer).inputs[0];
    const auto axes = one.axis_count();
    if (x.size() != wanted.size() || x.size() != axes + 2) return;
    std::vector<std::int64_t> stride;
    std::vector<std::int64_t> kernel;
    bool steps = false;
    for (std::size_t a = 0; a < axes; ++a) {
      const Window w = window_of(one, static_cast<int>(a));
      const std::int64_t large = up ? wanted[a + 2] : x[a + 2];
      const std::int64_t small = up ? x[a + 2] : wanted[a + 2];
      if (small < 1 || large % small != 0) return;
      // Fills what it makes, or nothing tells what its kernel has to be.
      if (up && (w.k != w.s || w.before != 0 || w.output_padding != 0 || w.d != 1)) return;
      steps = steps || w.s > 1;
      if (!up && large / small != w.s && w.s == 1) return;
      stride.push_back(large / small);
      kernel.push_back(up ? large / small : w.k);
    }
    const bool still = std::all_of(stride.begin(), stride.end(), [](std::int64_t n) { return n == 1; });
    if (!steps || (up && (still || one_of_a_stack(from.layer)))) return;
    std::vector<Set> sets{{from.layer, Opt::stride, Value{stride}}};
    if (up) sets.insert(sets.begin(), {from.layer, Opt::kernel_size, Value{kernel}});
    if (!s_.trials().close(sets, s_.steps)) return;
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.of_a_rate = true;
    candidate.telling = true;
    candidate.title = title_of(s_.spec, sets);
    if (add_sets(s_, sets, candidate)) out_.push_back(std::move(candidate));
  }

  // The resize that a merge of the same type has right in front of one of its inputs.
  const LayerSpec* resize_of_another(std::int64_t factor) const {
    for (std::size_t i = 0; i < s_.spec.layers.size(); ++i) {
      const LayerSpec& other = s_.spec.layers[i];
      if (LayerId(i) == merge_ || other.broken || other.kind != layer(merge_).kind ||
          other.inputs.size() != 2)
        continue;
      for (const Ref ref : other.inputs) {
        if (ref.is_input() || layer(ref.layer).info().family != Family::upsample || layer(ref.layer).broken)
          continue;
        const LayerTrace& made = row(ref.layer);
        if (made.inputs.empty() || made.outputs.empty() ||
            layer(ref.layer).find(Opt::scale_factor) == nullptr)
          continue;
        bool by_factor = true;
        for (std::size_t a = 2; a < made.outputs[0].size(); ++a)
          by_factor = by_factor && made.outputs[0][a] == made.inputs[0][a] * factor;
        if (by_factor && made.outputs[0].size() > 2) return &layer(ref.layer);
      }
    }
    return nullptr;
  }

  std::int64_t factor(std::size_t small, std::size_t large) const {
    return factor_between(inputs()[large], inputs()[small]);
  }

  void resized_as_elsewhere(std::size_t k) {
    const std::int64_t by = factor(k, 1 - k);
    const Ref from = before_pointwise(s_.spec, layer(merge_).inputs[k]);
    if (!from.is_input() && layer(from.layer).info().family == Family::upsample) return;
    const LayerSpec* twin = by == 0 ? nullptr : resize_of_another(by);
    if (twin == nullptr) return;
    const auto options = written_options(s_.spec, *twin);
    Candidate candidate;
    candidate.kind = FixKind::stage;
    candidate.telling = true;
    if (!options || !put_on_input(s_, merge_, k, std::string(twin->typed_as), *options, candidate)) return;
    candidate.title = "put an Upsample like `" + twin->name + "` between `" +
                      s_.spec.name_of(layer(merge_).inputs[k]) + "` and `" + layer(merge_).name + "`";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // A Concat of two resolutions of pictures whose reader counts the places of the finer one as channels.
  void reorganised(std::size_t k) {
    const std::int64_t by = factor(1 - k, k);
    const Shape& fine = inputs()[k];
    if (by == 0 || layer(merge_).info().family != Family::concat || fine.size() != 4 ||
        layer(merge_).integer(Opt::dim) != 1)
      return;
    const std::int64_t sum = inputs()[1 - k][1] + fine[1] * by * by;
    const bool counted =
        std::any_of(s_.spec.layers.begin(), s_.spec.layers.end(), [&](const LayerSpec& reader) {
          return reader.inputs.size() == 1 && !reader.broken && reader.has(Opt::in_channels) &&
                 before_pointwise(s_.spec, reader.inputs[0]) == Ref{merge_, 0} &&
                 reader.integer(Opt::in_channels) == sum;
        });
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    if (!counted || !put_on_input(s_, merge_, k, "PixelUnshuffle",
                                  R"(, "downscale_factor": )" + std::to_string(by), candidate))
      return;
    candidate.title = "put a PixelUnshuffle by " + std::to_string(by) + " between `" +
                      s_.spec.name_of(layer(merge_).inputs[k]) + "` and `" + layer(merge_).name +
                      "`: " + std::to_string(sum) + " channels are counted behind it";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // Layers that a tensor is made of.
  std::vector<char> made_of(Ref end) const {
    PerLayer<char> part(s_.spec.layers.size(), 0);
    if (!end.is_input()) part[end.layer] = 1;
    for (std::size_t i = part.size(); i-- > 0;)
      for (const Ref ref : s_.spec.layers[i].inputs)
        if (part[i] != 0 && !ref.is_input()) part[ref.layer] = 1;
    return part;
  }

  // Both come from one tensor, and the way to the larger one gives back the size that it started from, down
  // and up again: it is to see that tensor made smaller.
  void seen_at_a_lower_resolution(std::size_t k) {
    const std::int64_t by = factor(1 - k, k);
    if (by == 0) return;
    const Ref end = layer(merge_).inputs[k];
    const Ref other = layer(merge_).inputs[1 - k];
    if (end.is_input() || other.is_input()) return;
    const PerLayer<char> beside = made_of(other);
    Ref at = end;
    LayerId first;
    bool went_down = false;
    while (!at.is_input() && beside[at.layer] == 0) {
      if (layer(at.layer).inputs.size() != 1 || row(at.layer).inputs.empty()) return;
      const Shape& x = row(at.layer).inputs[0];
      const Shape& y = row(at.layer).outputs[0];
      went_down = went_down || (x.size() == y.size() && x.size() > 2 && y[2] < x[2]);
      first = at.layer;
      at = layer(at.layer).inputs[0];
    }
    if (first.is_none() || !went_down) return;
    const Shape* start = s_.trace.output(s_.spec, at);
    const bool shared = !at.is_input() ||
                        std::any_of(s_.spec.layers.begin(), s_.spec.layers.end(), [&](const LayerSpec& one) {
                          return &one != &layer(first) &&
                                 beside[static_cast<std::size_t>(&one - s_.spec.layers.data())] != 0 &&
                                 std::count(one.inputs.begin(), one.inputs.end(), at) > 0;
                        });
    if (!shared || start == nullptr || !same_places(*start, inputs()[k])) return;
    const auto axes = static_cast<int>(start->size()) - 2;
    if (axes > 3) return;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    const std::string type = "AvgPool" + std::to_string(axes) + "d";
    if (!put_on_input(s_, first, type, R"(, "kernel_size": )" + std::to_string(by), candidate)) return;
    candidate.title = "put an " + type + " in front of `" + layer(first).name +
                      "`: its branch gives back the size that it gets, and meets 1/" + std::to_string(by) +
                      " of it at `" + layer(merge_).name + "`";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  LayerId merge_;
};

}  // namespace

void suggest_meetings(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  const Family family = s.spec.layer(*fault).info().family;
  if (family == Family::elementwise || family == Family::concat) WaysThatMeet(s, *fault, out, partial).run();
}

}  // namespace shapedbg
