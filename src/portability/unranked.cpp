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

// Layers through which the number of axes was seen to stay unknown. Behind all others it was not tried, or is
// known again.
constexpr Family kPassOn[] = {
    Family::conv,        Family::conv_transpose, Family::batch_norm,      Family::instance_norm,
    Family::group_norm,  Family::layer_norm,     Family::pointwise,       Family::local_response_norm,
    Family::softmax,     Family::prelu,          Family::channel_shuffle, Family::glu,
    Family::max_pool,    Family::avg_pool,       Family::lp_pool,         Family::adaptive_pool,
    Family::pad,         Family::upsample,       Family::pixel_shuffle,   Family::pixel_unshuffle,
    Family::unflatten,   Family::permute,        Family::transpose,       Family::slice,
    Family::crop,        Family::free_pad,       Family::pad_to_multiple, Family::concat,
    Family::elementwise,
};
bool passes_on(Family family) {
  return std::find(std::begin(kPassOn), std::end(kPassOn), family) != std::end(kPassOn);
}

// The Unflatten behind which the layer stands, or -1.
LayerId unflattened_by(const LayerView& view) {
  std::vector<LayerId> waiting{view.index};
  std::set<LayerId> seen;
  while (!waiting.empty() && seen.size() < kFar) {
    const LayerId at = waiting.back();
    waiting.pop_back();
    const LayerSpec& layer = view.spec.layer(at);
    for (const Ref& ref : layer.inputs) {
      if (ref.is_input() || !seen.insert(ref.layer).second) continue;
      const Family family = view.spec.layer(ref.layer).info().family;
      if (family == Family::unflatten) return ref.layer;
      if (passes_on(family)) waiting.push_back(ref.layer);
    }
  }
  return LayerId();
}

// The exporter folds a BatchNorm into the convolution in front of it.
bool folded_away(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (layer.info().family != Family::batch_norm || layer.inputs.empty() || layer.inputs[0].is_input())
    return false;
  return view.spec.layer(layer.inputs[0].layer).info().family == Family::conv;
}

// A mean over all places, which ONNX has as a GlobalAveragePool.
bool global_mean(const LayerSpec& layer) {
  const bool mean = layer.kind == LayerKind::AdaptiveAvgPool1d ||
                    layer.kind == LayerKind::AdaptiveAvgPool2d || layer.kind == LayerKind::AdaptiveAvgPool3d;
  const auto sizes = layer.axes(Opt::output_size);
  return mean &&
         std::all_of(sizes.begin(), sizes.begin() + layer.info().axes, [](std::int64_t n) { return n == 1; });
}

std::string behind(const LayerView& view, LayerId unflatten) {
  return "stands behind `" + view.spec.layer(unflatten).name +
         "`, an Unflatten, where the number of axes is not known";
}

// The exporter writes numbers where no size is free.
bool computes_sizes(const LayerView& view, const LayerSpec& reshape) {
  const std::vector<Expression>* sizes = reshape.expressions(Opt::shape);
  return sizes != nullptr && !view.spec.free_sizes.empty() && any_computed(*sizes);
}

// The layer whose sizes a LayerNorm can't see, or -1: a Flatten but that of all axes behind the batch, and a
// Reshape to computed sizes, are nodes behind which the size of the last axis is not known.
LayerId sizes_lost_by(const LayerView& view) {
  LayerId at = only_layer_before(view.spec, view.index);
  for (std::size_t steps = 0; !at.is_none() && steps < kFar; ++steps) {
    const LayerSpec& layer = view.spec.layer(at);
    const Family family = layer.info().family;
    if (family == Family::flatten)
      return layer.integer(Opt::start_dim) == 1 && layer.integer(Opt::end_dim) == -1 ? LayerId() : at;
    if (family != Family::pointwise && family != Family::permute && family != Family::transpose)
      return family == Family::reshape && computes_sizes(view, layer) ? at : LayerId();
    at = only_layer_before(view.spec, at);
  }
  return LayerId();
}

}  // namespace

std::optional<There> normalized_shape_not_known(const LayerView& view) {
  const LayerId lost = sizes_lost_by(view);
  if (lost.is_none()) return std::nullopt;
  return refused("stands behind `" + view.spec.layer(lost).name +
                 "`, where the size of the last axis is not known");
}

std::optional<There> rank_not_known(const LayerView& view) {
  if (folded_away(view) || global_mean(view.layer())) return std::nullopt;
  const LayerId unflatten = unflattened_by(view);
  if (unflatten.is_none()) return std::nullopt;
  return refused(behind(view, unflatten));
}

std::optional<There> mean_of_all_axes(const LayerView& view) {
  if (!global_mean(view.layer())) return std::nullopt;
  const LayerId unflatten = unflattened_by(view);
  if (unflatten.is_none()) return std::nullopt;
  There there;
  there.evaluated = [](const Shape&, const Shape& here) { return Shape(here.size(), 1); };
  there.why = behind(view, unflatten) + ": the mean is taken over batch and channels, too";
  return there;
}

}  // namespace shapedbg
