// A tensor in the middle of a network with another number of axes than the next layer takes: an axis of size
// 1 more or less, rows of features where a map is meant; and a reshape that one entry too many (a class
// token) keeps from its shape.
#include <algorithm>
#include <cmath>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

Shape without(Shape shape, std::size_t axis) {
  shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return shape;
}

// The n-th root where it is whole.
std::optional<std::int64_t> root(std::int64_t value, int n) {
  const auto near = static_cast<std::int64_t>(std::llround(std::pow(static_cast<double>(value), 1.0 / n)));
  std::int64_t power = 1;
  for (int i = 0; i < n; ++i)
    if (__builtin_mul_overflow(power, near, &power)) return std::nullopt;
  return power == value ? std::optional(near) : std::nullopt;
}

class Ranks {
 public:
  Ranks(const Situation& s, LayerId index, std::vector<Candidate>& out)
      : s_(s), index_(index), layer_(s.spec.layer(index)), x_(s.trace.row(index).inputs[0]), out_(out) {}

  // The layer takes N, C and its own axes; one less is taken for an unbatched map of other channels.
  void another_rank() {
    if (layer_.info().axes == 0) return;
    const auto wanted = layer_.axis_count() + 2;
    if (x_.size() == wanted + 1) squeezed();
    if (x_.size() == wanted + 1) frames(wanted);
    if (x_.size() == wanted + 1) frames_as_channels();
    if (layer_.inputs[0].is_input() && layer_.inputs[0].input() == 0) return;  // by_axes.cpp
    if (x_.size() + 1 == wanted) unsqueezed();
    if (x_.size() == 2 && wanted > 2) unflattened();
  }

  // A map for a layer that goes along a sequence: its places are the sequence, its channels come last.
  void as_a_sequence() {
    const Family family = layer_.info().family;
    if (x_.size() < 4 || layer_.inputs.size() != 1 || layer_.broken) return;
    if (family != Family::attention && family != Family::transformer_layer && family != Family::recurrent)
      return;
    std::int64_t features = 0;
    for (const Opt opt : {Opt::embed_dim, Opt::d_model, Opt::input_size})
      if (layer_.find(opt) != nullptr && layer_.has(opt)) features = layer_.integer(opt);
    if (features != x_[1] || x_.back() == features || !layer_.flag(Opt::batch_first)) return;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    if (!put_on_input(s_, index_, "Flatten", R"(, "start_dim": 2)", candidate)) return;
    const std::string first = candidate.changes.back().layer;
    const auto turn =
        put_before(s_, index_, "Transpose",
                   R"(, "inputs": )" + to_json(Value{first}) + R"(, "dim0": 1, "dim1": 2)", candidate);
    if (!turn) return;
    const std::string_view written = s_.rewrite.reference(layer_, 0);
    if (!written.empty() && written != "prev" && !refer_to(s_, index_, 0, *turn, true, candidate)) return;
    one_edit_each(candidate.edits);
    candidate.by_text = true;
    const Shape fresh{x_[0], elements(x_, 2), x_[1]};
    candidate.title = "put a Flatten and a Transpose in front of `" + layer_.name + "`: " + bracketed(x_) +
                      " becomes " + bracketed(fresh);
    out_.push_back(std::move(candidate));
  }

  // A Permute of fewer axes than there are, as behind a height of 1 that nobody took away.
  void fewer_axes() {
    if (layer_.find(Opt::dims) != nullptr && layer_.integers(Opt::dims).size() + 1 == x_.size()) squeezed();
  }

  // A Reshape or Unflatten of one entry more than its shape holds: a token that a Concat put in front of the
  // patches.
  void one_too_many() {
    for (std::size_t axis = 1; axis < x_.size(); ++axis) {
      if (!holds_a_token(x_[axis])) continue;
      Shape fresh = x_;
      --fresh[axis];
      std::string index = "[null";
      for (std::size_t i = 1; i < axis; ++i) index += ", null";
      put("Slice", R"(, "index": )" + index + ", [1, null]]", fresh);
    }
  }

 private:
  void put(const std::string& type, const std::string& options, const Shape& fresh) {
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.amount = 1;
    if (!put_on_input(s_, index_, type, options, candidate)) return;
    candidate.title = "put " + with_article(type) + " in front of `" + layer_.name + "`: " + bracketed(x_) +
                      " becomes " + bracketed(fresh);
    out_.push_back(std::move(candidate));
  }

  bool holds_a_token(std::int64_t size) const {
    for (const LayerId before : s_.path_to(layer_.inputs[0])) {
      const LayerSpec& merge = s_.spec.layer(before);
      const LayerTrace& row = s_.trace.row(before);
      if (merge.info().family != Family::concat || row.inputs.size() < 2 || row.outputs.empty()) continue;
      const Shape& token = row.inputs[0];
      for (std::size_t axis = 0; axis < token.size(); ++axis)
        if (token[axis] == 1 && row.outputs[0][axis] == size && row.inputs[1][axis] == size - 1) return true;
    }
    return false;
  }

  // Clips [B, T, C, H, W] for a layer that takes single frames: into the batch.
  void frames(std::size_t wanted) {
    const std::size_t channels = x_.size() - wanted + 1;
    if (layer_.find(Opt::in_channels) == nullptr || !layer_.has(Opt::in_channels) ||
        x_[channels] != layer_.integer(Opt::in_channels) || x_[1] == 1)
      return;
    Shape fresh(x_.begin() + 1, x_.end());
    if (__builtin_mul_overflow(x_[0], x_[1], &fresh[0])) return;
    put("Flatten", R"(, "start_dim": 0, "end_dim": 1)", fresh);
  }

  // The channels of several frames as the channels of one map; what a Stack made of them is to be joined
  // (by_kind.cpp).
  void frames_as_channels() {
    const Ref from = before_pointwise(s_.spec, layer_.inputs[0]);
    if (!from.is_input() && facts(s_.spec.layer(from.layer).kind).merge == Merge::stacks) return;
    if (layer_.find(Opt::in_channels) == nullptr || !layer_.has(Opt::in_channels) || x_[1] < 2 || x_[2] < 2 ||
        x_[1] * x_[2] != layer_.integer(Opt::in_channels))
      return;
    Shape fresh = without(x_, 1);
    fresh[1] = x_[1] * x_[2];
    put("Flatten", R"(, "start_dim": 1, "end_dim": 2)", fresh);
  }

  void squeezed() {
    // One that drops nothing stands there: it names another axis.
    const Ref from = before_pointwise(s_.spec, layer_.inputs[0]);
    if (!from.is_input() && s_.spec.layer(from.layer).info().family == Family::squeeze &&
        !s_.trace.row(from.layer).inputs.empty() && s_.trace.row(from.layer).inputs[0].size() == x_.size())
      return;
    for (std::size_t axis = 1; axis < x_.size(); ++axis)
      if (x_[axis] == 1) put("Squeeze", R"(, "dim": )" + std::to_string(axis), without(x_, axis));
  }

  void unsqueezed() {
    for (std::size_t axis = 1; axis <= x_.size(); ++axis) {
      Shape fresh = x_;
      fresh.insert(fresh.begin() + static_cast<std::ptrdiff_t>(axis), 1);
      put("Unsqueeze", R"(, "dim": )" + std::to_string(axis), fresh);
    }
  }

  // To the shape that the last Flatten took, else to a square map of the channels that the layer is built
  // for.
  void unflattened() {
    std::vector<Shape> shapes;
    for (std::size_t i = index_.place(); i-- > 0;) {
      const LayerTrace& row = s_.trace.layers[i];
      if (s_.spec.layers[i].info().family != Family::flatten || row.inputs.empty()) continue;
      if (row.inputs[0].size() == layer_.axis_count() + 2)
        shapes.emplace_back(row.inputs[0].begin() + 1, row.inputs[0].end());
      break;
    }
    if (const std::int64_t channels = layer_.integer(Opt::in_channels);
        channels > 0 && x_[1] % channels == 0) {
      if (const auto side = root(x_[1] / channels, layer_.info().axes)) {
        Shape map{channels};
        map.resize(layer_.axis_count() + 1, *side);
        if (shapes.empty() || shapes[0] != map) shapes.push_back(std::move(map));
      }
    }
    for (const Shape& map : shapes) {
      Shape fresh{x_[0]};
      fresh.insert(fresh.end(), map.begin(), map.end());
      put("Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{map}), fresh);
    }
  }

  const Situation& s_;
  LayerId index_;
  const LayerSpec& layer_;
  const Shape& x_;
  std::vector<Candidate>& out_;
};

void set_all(const Situation& s, const std::vector<Set>& sets, std::vector<Candidate>& out) {
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return;
  candidate.places = 1;
  out.push_back(std::move(candidate));
}

// A mean or maximum that loses its axis where what takes it wants it kept: all that the failing layer is made
// of without a change of places.
void keep_axes(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  PerLayer<char> reaches(s.spec.layers.size(), 0);
  reaches[fault] = 1;
  std::vector<Set> sets;
  for (LayerId i = fault; !i.is_none(); --i) {
    const LayerSpec& one = s.spec.layer(i);
    if (reaches[i] == 0) continue;
    const OptionValue* keepdim = one.broken ? nullptr : one.find(Opt::keepdim);
    if (keepdim != nullptr && !one.flag(Opt::keepdim)) {
      sets.insert(sets.begin(), {i, Opt::keepdim, Value{true}});
      continue;
    }
    if (i != fault && !is_merge(one) && !keeps_shape(one.info().family)) continue;
    for (const Ref ref : one.inputs)
      if (!ref.is_input()) reaches[ref.layer] = 1;
  }
  set_all(s, sets, out);
}

// A Squeeze of all axes of size 1 that takes a batch of one, too.
void keep_batch(const Situation& s, std::vector<Candidate>& out) {
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& one = s.spec.layers[i];
    const auto& inputs = s.trace.layers[i].inputs;
    if (one.broken || one.info().family != Family::squeeze || one.has(Opt::dim) || inputs.empty() ||
        inputs[0].size() < 2 || inputs[0][0] != 1)
      continue;
    std::vector<std::int64_t> dims;
    for (std::size_t k = 1; k < inputs[0].size(); ++k)
      if (inputs[0][k] == 1) dims.push_back(static_cast<std::int64_t>(k));
    if (!dims.empty()) set_all(s, {{LayerId(i), Opt::dim, Value{dims}}}, out);
  }
}

}  // namespace

void suggest_rank(const Situation& s, std::vector<Candidate>& out) {
  keep_batch(s, out);
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  keep_axes(s, *fault, out);
  const LayerSpec& layer = s.spec.layer(*fault);
  const LayerTrace& row = s.trace.row(*fault);
  if (layer.inputs.size() != 1 || row.inputs.size() != 1 || row.inputs[0].empty()) return;
  Ranks ranks(s, *fault, out);
  const Code code = row.refusals[0].code;
  if (code == Code::L204 || code == Code::L203) ranks.another_rank();
  if (code == Code::L204 || code == Code::L203) ranks.as_a_sequence();
  if (code == Code::L212) ranks.fewer_axes();
  // At the input, the shape that is fed is what is wrong (by_axes.cpp).
  if (code == Code::L211 && !layer.inputs[0].is_input()) ranks.one_too_many();
}

}  // namespace shapedbg
