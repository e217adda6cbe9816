// What the axes of the inputs are.
#include <algorithm>

#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

// A C,H,W input: the first layer with spatial axes that sees it takes it without a batch.
bool Walker::without_batch(int input) const {
  if (input == 0) return first_spatial_axis(spec_) < 2 && shapes_[0].size() > 1;
  const std::size_t rank = shapes_[static_cast<std::size_t>(input)].size();
  return std::any_of(spec_.layers.begin(), spec_.layers.end(), [&](const LayerSpec& one) {
    const Family family = one.info().family;
    const bool window = family == Family::conv || family == Family::conv_transpose;
    return window && !one.inputs.empty() && one.inputs[0] == Ref::of_input(input) &&
           rank == one.axis_count() + 1;
  });
}

// A further input that no convolution takes is a table, mask or constant.
bool Walker::is_table(int input) const {
  if (input == 0) return false;
  PerLayer<char> carries(spec_.layers.size());
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& one = spec_.layers[i];
    if (one.inputs.size() != 1) continue;
    const Ref from = one.inputs[0];
    if (from != Ref::of_input(input) && (from.is_input() || carries[from.layer] == 0)) continue;
    const Family family = one.info().family;
    if (family == Family::conv || family == Family::conv_transpose) return false;
    carries[i] = 1;
  }
  return true;
}

// The axis of a further input that the first convolution takes as channels, whatever turned it before; 1
// where none says so.
int Walker::convolved_as_channels(int input) const {
  std::map<int, std::vector<int>> axes;  // by layer that only turns it: its axes, of the input
  std::vector<int> own;
  for (std::size_t k = 0; k < shapes_[static_cast<std::size_t>(input)].size(); ++k)
    own.push_back(static_cast<int>(k));
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& one = layer(i);
    if (one.broken || one.inputs.empty() || trace_.layers[i].outputs.empty()) continue;
    const Ref from = one.inputs[0];
    const auto known = from.is_input() ? axes.end() : axes.find(from.layer.number());
    if (from != Ref::of_input(input) && known == axes.end()) continue;
    const std::vector<int>& are = known == axes.end() ? own : known->second;
    const Family family = one.info().family;
    if (family == Family::conv || family == Family::conv_transpose) {
      const std::size_t spatial = one.axis_count();
      return are.size() > spatial ? are[are.size() - spatial - 1] : 1;
    }
    std::vector<int> turned = are;
    if (family == Family::permute && one.integers(Opt::dims).size() == are.size())
      for (std::size_t k = 0; k < are.size(); ++k)
        turned[k] = are[wrapped_axis(one.integers(Opt::dims)[k], are.size())];
    else if (family == Family::transpose)
      std::swap(turned[wrapped_axis(one.integer(Opt::dim0), are.size())],
                turned[wrapped_axis(one.integer(Opt::dim1), are.size())]);
    else if (family != Family::pointwise && family != Family::layer_norm)
      continue;
    axes[static_cast<int>(i)] = std::move(turned);
  }
  return 1;
}

// A further input of the batch's size, of several axes, whose last one a layer with weights reads as
// features: no table, but a sequence or map of its own.
bool Walker::has_features_last(int input) const {
  const Shape& shape = shapes_[static_cast<std::size_t>(input)];
  if (shape.size() < 3 || shape[0] != shapes_[0][0]) return false;
  for (const LayerSpec& one : spec_.layers) {
    if (std::find(one.inputs.begin(), one.inputs.end(), Ref::of_input(input)) == one.inputs.end()) continue;
    const Family family = one.info().family;
    const bool features = family == Family::linear || family == Family::attention ||
                          family == Family::recurrent || family == Family::transformer_layer ||
                          (family == Family::layer_norm && one.integers(Opt::normalized_shape).size() == 1);
    if (features && one.inputs[0] == Ref::of_input(input)) return true;
  }
  return false;
}

// Rows of words that are looked up as they stand, or flattened: each a sequence of places.
bool Walker::is_text(int input) const {
  if (shapes_[static_cast<std::size_t>(input)].size() != 2) return false;
  PerLayer<char> carries(spec_.layers.size());
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& one = spec_.layers[i];
    if (one.inputs.empty()) continue;
    const Ref from = one.inputs[0];
    if (from != Ref::of_input(input) && (from.is_input() || carries[from.layer] == 0)) continue;
    if (one.info().family == Family::embedding) return true;
    if (one.info().family == Family::reshape) carries[i] = 1;
  }
  return false;
}

void Walker::add_inputs() {
  std::vector<std::pair<std::int64_t, int>> batches;  // first size, atom
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    const Shape& shape = shapes_[i];
    const int input = static_cast<int>(i);
    const bool text = is_text(input);
    bool table = !text && is_table(input);
    const bool batch = !without_batch(input) && shape.size() > 1;
    int channels = text     ? -1
                   : !batch ? (shape.size() > 1 ? 0 : -1)
                   : i == 0 ? m_.channel_axis
                            : convolved_as_channels(input);
    if (table && batch && has_features_last(input)) {
      table = false;
      channels = static_cast<int>(shape.size()) - 1;
    }
    for (std::size_t k = 0; k < shape.size(); ++k) {
      const auto same_size = [&](const auto& one) { return one.first == shape[k]; };
      const auto known = std::find_if(batches.begin(), batches.end(), same_size);
      if (k == 0 && batch && known != batches.end()) {
        AxisMeaning axis;
        axis.mark = known->second;
        axis.first = static_cast<int>(m_.digits.size());
        axis.count = shape[k] == 1 ? 0 : 1;
        if (axis.count == 1) m_.digits.push_back({known->second, 1, shape[k]});
        put(axis);
      } else if (k == 0 && batch && !table) {
        put(of_atom({.kind = AtomKind::batch, .size = shape[k]}));
        batches.emplace_back(shape[k], static_cast<int>(m_.atoms.size()) - 1);
      } else if (table) {
        put(unknown(shape[k]));
      } else if (static_cast<int>(k) == channels) {
        put(of_atom({.kind = AtomKind::channel,
                     .size = shape[k],
                     .root = root(Root::Kind::input, input, static_cast<int>(k))}));
      } else {
        put(positions(shape[k], root(Root::Kind::input, input, static_cast<int>(k)), Alignment{}));
      }
    }
    finish(mixed_hash(1, i));
    m_.inputs.push_back(m_.outputs.back());
    m_.outputs.pop_back();
  }
}

}  // namespace shapedbg
