// onnx2torch takes the number of axes from onnx's shape inference, and there is none behind an Unflatten,
// which the older exporter writes as a Reshape to a computed shape.
#include <algorithm>
#include <set>
#include <vector>

#include "net/facts.h"
#include "portability/rules.h"

namespace shapedbg {
namespace {

// Layers looked at on the way up: what lies further away is not looked for.
constexpr std::size_t kFar = 512;

// Behind these the number of axes was not tried, or is known again.
bool ends_the_way(Family family) {
  switch (family) {
    case Family::reshape:
    case Family::flatten:
    case Family::linear:
    case Family::bilinear:
    case Family::embedding:
    case Family::recurrent:
    case Family::attention:
    case Family::transformer_layer:
    case Family::parameter:
    case Family::custom:
    case Family::fold:
    case Family::unfold:
    case Family::reduce:
    case Family::stack:
    case Family::squeeze:
    case Family::unsqueeze:
    case Family::select:
    case Family::expand:
    case Family::repeat:
    case Family::matmul:
    case Family::along_axes:
    case Family::chunk:
    case Family::split:
    case Family::unbind:
    case Family::max_unpool:
    case Family::choice:
    case Family::grid_sample:
    case Family::gathering:
    case Family::signal:
      return true;
    case Family::conv:
    case Family::conv_transpose:
    case Family::batch_norm:
    case Family::instance_norm:
    case Family::group_norm:
    case Family::layer_norm:
    case Family::pointwise:
    case Family::local_response_norm:
    case Family::softmax:
    case Family::prelu:
    case Family::channel_shuffle:
    case Family::glu:
    case Family::max_pool:
    case Family::avg_pool:
    case Family::lp_pool:
    case Family::adaptive_pool:
    case Family::pad:
    case Family::upsample:
    case Family::pixel_shuffle:
    case Family::pixel_unshuffle:
    case Family::unflatten:
    case Family::permute:
    case Family::transpose:
    case Family::slice:
    case Family::crop:
    case Family::free_pad:
    case Family::pad_to_multiple:
    case Family::concat:
    case Family::elementwise:
      return false;
  }
  return true;
}

// The Unflatten behind which the layer stands, or -1.
int unflattened_by(const LayerView& view) {
  std::vector<int> waiting{view.index};
  std::set<int> seen;
  while (!waiting.empty() && seen.size() < kFar) {
    const int at = waiting.back();
    waiting.pop_back();
    const LayerSpec& layer = view.spec.layers[static_cast<std::size_t>(at)];
    for (const Ref& ref : layer.inputs) {
      if (ref.is_input() || !seen.insert(ref.layer).second) continue;
      const Family family = view.spec.layers[static_cast<std::size_t>(ref.layer)].info().family;
      if (family == Family::unflatten) return ref.layer;
      if (!ends_the_way(family)) waiting.push_back(ref.layer);
    }
  }
  return -1;
}

// The exporter folds a BatchNorm into the convolution in front of it.
bool folded_away(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (layer.info().family != Family::batch_norm || layer.inputs.empty() || layer.inputs[0].is_input())
    return false;
  return view.spec.layers[static_cast<std::size_t>(layer.inputs[0].layer)].info().family == Family::conv;
}

// A mean over all places, which ONNX has as a GlobalAveragePool.
bool global_mean(const LayerSpec& layer) {
  const bool mean = layer.kind == LayerKind::AdaptiveAvgPool1d ||
                    layer.kind == LayerKind::AdaptiveAvgPool2d || layer.kind == LayerKind::AdaptiveAvgPool3d;
  const auto sizes = layer.axes(Opt::output_size);
  return mean &&
         std::all_of(sizes.begin(), sizes.begin() + layer.info().axes, [](std::int64_t n) { return n == 1; });
}

std::string behind(const LayerView& view, int unflatten) {
  return "stands behind `" + view.spec.layers[static_cast<std::size_t>(unflatten)].name +
         "`, an Unflatten, where the number of axes is not known";
}

// The exporter writes numbers where no size is free.
bool computes_sizes(const LayerView& view, const LayerSpec& reshape) {
  const auto* sizes = std::get_if<std::vector<Expression>>(&reshape.find(Opt::shape)->value);
  return sizes != nullptr && !view.spec.free_sizes.empty() &&
         std::any_of(sizes->begin(), sizes->end(), [](const Expression& one) { return !one.is_constant(); });
}

// The layer whose sizes a LayerNorm can't see, or -1: a Flatten but that of all axes behind the batch, and a
// Reshape to computed sizes, are nodes behind which the size of the last axis is not known.
int sizes_lost_by(const LayerView& view) {
  int at = view.index;
  for (std::size_t steps = 0; steps < kFar; ++steps) {
    const LayerSpec& below = view.spec.layers[static_cast<std::size_t>(at)];
    if (below.inputs.size() != 1 || below.inputs[0].is_input()) return -1;
    at = below.inputs[0].layer;
    const LayerSpec& layer = view.spec.layers[static_cast<std::size_t>(at)];
    const Family family = layer.info().family;
    if (family == Family::pointwise || family == Family::permute || family == Family::transpose) continue;
    if (family == Family::flatten)
      return layer.integer(Opt::start_dim) == 1 && layer.integer(Opt::end_dim) == -1 ? -1 : at;
    return family == Family::reshape && computes_sizes(view, layer) ? at : -1;
  }
  return -1;
}

}  // namespace

std::optional<There> normalized_shape_not_known(const LayerView& view) {
  const int lost = sizes_lost_by(view);
  if (lost < 0) return std::nullopt;
  There there;
  there.refused = true;
  there.why = "stands behind `" + view.spec.layers[static_cast<std::size_t>(lost)].name +
              "`, where the size of the last axis is not known";
  return there;
}

std::optional<There> rank_not_known(const LayerView& view) {
  if (folded_away(view) || global_mean(view.layer())) return std::nullopt;
  const int unflatten = unflattened_by(view);
  if (unflatten < 0) return std::nullopt;
  There there;
  there.refused = true;
  there.why = behind(view, unflatten);
  return there;
}

std::optional<There> mean_of_all_axes(const LayerView& view) {
  if (!global_mean(view.layer())) return std::nullopt;
  const int unflatten = unflattened_by(view);
  if (unflatten < 0) return std::nullopt;
  There there;
  there.evaluated = [](const Shape&, const Shape& here) { return Shape(here.size(), 1); };
  there.why = behind(view, unflatten) + ": the mean is taken over batch and channels, too";
  return there;
}

}  // namespace shapedbg
