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

constexpr Runner<at::Tensor> kNorms[] = {
    {LayerKind::BatchNorm1d, featured<nn::BatchNorm1d, nn::BatchNormOptions>},
    {LayerKind::BatchNorm2d, featured<nn::BatchNorm2d, nn::BatchNormOptions>},
    {LayerKind::BatchNorm3d, featured<nn::BatchNorm3d, nn::BatchNormOptions>},
    {LayerKind::InstanceNorm1d, featured<nn::InstanceNorm1d, nn::InstanceNormOptions>},
    {LayerKind::InstanceNorm2d, featured<nn::InstanceNorm2d, nn::InstanceNormOptions>},
    {LayerKind::InstanceNorm3d, featured<nn::InstanceNorm3d, nn::InstanceNormOptions>},
    {LayerKind::GroupNorm,
     [](const Step& step) -> at::Tensor {
       const std::int64_t channel_count = step.layer.has(Opt::num_channels)
                                              ? step.layer.integer(Opt::num_channels)
                                          : step.input().dim() < 2 ? 1
                                                                   : step.input().size(1);
       // On meta LibTorch 2.14 refuses a view of what is not in order, where CPU and CUDA compute.
       const at::Tensor in_order = step.input().is_meta() ? step.input().contiguous() : step.input();
       return build<nn::GroupNorm>(nn::GroupNormOptions(step.layer.integer(Opt::num_groups), channel_count)
                                       .eps(step.layer.number(Opt::eps))
                                       .affine(step.layer.flag(Opt::affine)))
           ->forward(in_order);
     }},
    {LayerKind::LayerNorm,
     [](const Step& step) -> at::Tensor {
       return build<nn::LayerNorm>(nn::LayerNormOptions(integer_list(step.layer, Opt::normalized_shape))
                                       .eps(step.layer.number(Opt::eps))
                                       .elementwise_affine(step.layer.flag(Opt::elementwise_affine)))
           ->forward(step.input());
     }},
    {LayerKind::RMSNorm, rms_norm},
};

}  // namespace

at::Tensor run_norm(const Step& step) { return run_by_kind<at::Tensor>(kNorms, step); }

}  // namespace shapedbg
