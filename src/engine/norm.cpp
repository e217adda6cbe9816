// Normalisation layers.
#include <torch/nn/functional/instancenorm.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/normalization.h>

#include <limits>

#include "engine/modules.h"
#include "engine/reuse.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

std::int64_t num_features(const Step& step) {
  if (step.layer.has(Opt::num_features)) return step.layer.integer(Opt::num_features);
  const at::Tensor& input = step.input();
  // BatchNorm1d takes N,C; every other batch norm wants the batch axis too. InstanceNorm may do without.
  if (step.layer.info().family == Family::batch_norm)
    return input.dim() < 2 ? 1 : std::max<std::int64_t>(input.size(1), 1);
  return channels(input, step.layer.info().axes);
}

template <class Holder, class Options>
at::Tensor featured(const Step& step) {
  Options options(num_features(step));
  options.eps(step.layer.number(Opt::eps))
      .momentum(step.layer.number(Opt::momentum))
      .affine(step.layer.flag(Opt::affine))
      .track_running_stats(step.layer.flag(Opt::track_running_stats));
  const ModuleKey key(options.num_features(), step.layer.number(Opt::eps), step.layer.number(Opt::momentum),
                      options.affine(), options.track_running_stats());
  return built_or_reused<Holder>(step, key, options)->forward(step.input());
}

// LibTorch has no such module, and before 2.4 no such function: x / sqrt(mean(x^2) + eps), times a scale.
at::Tensor rms_norm(const Step& step) {
  const at::Tensor& input = step.input();
  const std::vector<std::int64_t> shape = integer_list(step.layer, Opt::normalized_shape);
  const auto axes = static_cast<std::int64_t>(shape.size());
  const bool fits =
      axes <= input.dim() && input.sizes().slice(static_cast<std::size_t>(input.dim() - axes)) == shape;
  if (!fits)
    throw Refused("expected an input with the last sizes " + bracketed(shape) + ", but got " +
                  written(input.sizes()));
  std::vector<std::int64_t> dims;
  for (std::int64_t i = 1; i <= axes; ++i) dims.push_back(-i);
  const double eps =
      step.layer.has(Opt::eps) ? step.layer.number(Opt::eps) : std::numeric_limits<float>::epsilon();
  const at::Tensor normed = input / (input.mul(input).mean(dims, /*keepdim=*/true) + eps).sqrt();
  return step.layer.flag(Opt::elementwise_affine) ? normed.mul(at::ones(shape, input.options())) : normed;
}

}  // namespace

at::Tensor run_norm(const Step& step) {
  const LayerSpec& layer = step.layer;
  switch (layer.kind) {
    case LayerKind::BatchNorm1d:
      return featured<nn::BatchNorm1d, nn::BatchNormOptions>(step);
    case LayerKind::BatchNorm2d:
      return featured<nn::BatchNorm2d, nn::BatchNormOptions>(step);
    case LayerKind::BatchNorm3d:
      return featured<nn::BatchNorm3d, nn::BatchNormOptions>(step);
    case LayerKind::InstanceNorm1d:
      return featured<nn::InstanceNorm1d, nn::InstanceNormOptions>(step);
    case LayerKind::InstanceNorm2d:
      return featured<nn::InstanceNorm2d, nn::InstanceNormOptions>(step);
    case LayerKind::InstanceNorm3d:
      return featured<nn::InstanceNorm3d, nn::InstanceNormOptions>(step);
    case LayerKind::GroupNorm: {
      const std::int64_t channel_count = layer.has(Opt::num_channels) ? layer.integer(Opt::num_channels)
                                         : step.input().dim() < 2     ? 1
                                                                      : step.input().size(1);
      // On meta LibTorch 2.14 refuses a view of what is not in order, where CPU and CUDA compute.
      const at::Tensor in_order = step.input().is_meta() ? step.input().contiguous() : step.input();
      return build<nn::GroupNorm>(nn::GroupNormOptions(layer.integer(Opt::num_groups), channel_count)
                                      .eps(layer.number(Opt::eps))
                                      .affine(layer.flag(Opt::affine)))
          ->forward(in_order);
    }
    case LayerKind::LayerNorm:
      return build<nn::LayerNorm>(nn::LayerNormOptions(integer_list(layer, Opt::normalized_shape))
                                      .eps(layer.number(Opt::eps))
                                      .elementwise_affine(layer.flag(Opt::elementwise_affine)))
          ->forward(step.input());
    case LayerKind::RMSNorm:
      return rms_norm(step);
    default:
      throw Refused("no normalisation `" + std::string(layer.info().name) + "`");
  }
}

}  // namespace shapedbg
