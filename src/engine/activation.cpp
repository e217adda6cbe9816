// Layers that return the shape they get. `inplace` is not passed on: it cannot change a shape, and it
// would overwrite a tensor that another layer still reads.
#include <ATen/Functions.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/linear.h>

#include "engine/modules.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

template <class Holder>
at::Tensor plain(const Step& step) {
  return build<Holder>()->forward(step.input());
}

template <class Holder, class Options = nn::DropoutOptions>
at::Tensor dropout(const Step& step) {
  return build<Holder>(Options(step.layer.number(Opt::p)))->forward(step.input());
}

}  // namespace

at::Tensor run_activation(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& input = step.input();
  switch (layer.kind) {
    case LayerKind::Identity:
      return plain<nn::Identity>(step);
    case LayerKind::Dropout:
      return dropout<nn::Dropout>(step);
    case LayerKind::Contiguous:
      return input.contiguous();
    case LayerKind::Dropout1d:  // torch::nn has none; in evaluation every dropout returns its input
      if (input.dim() != 2 && input.dim() != 3)
        throw Refused("Dropout1d takes an input with 2 or 3 axes, but got " + written(input.sizes()));
      return dropout<nn::Dropout>(step);
    case LayerKind::Dropout2d:
      return dropout<nn::Dropout2d>(step);
    case LayerKind::Dropout3d:
      return dropout<nn::Dropout3d>(step);
    case LayerKind::AlphaDropout:
      return dropout<nn::AlphaDropout>(step);
    case LayerKind::FeatureAlphaDropout:
      return dropout<nn::FeatureAlphaDropout>(step);
    case LayerKind::ReLU:
      return plain<nn::ReLU>(step);
    case LayerKind::ReLU6:
      return plain<nn::ReLU6>(step);
    case LayerKind::LeakyReLU:
      return build<nn::LeakyReLU>(nn::LeakyReLUOptions().negative_slope(layer.number(Opt::negative_slope)))
          ->forward(input);
    case LayerKind::RReLU:
      return build<nn::RReLU>(
                 nn::RReLUOptions().lower(layer.number(Opt::lower)).upper(layer.number(Opt::upper)))
          ->forward(input);
    case LayerKind::ELU:
      return build<nn::ELU>(nn::ELUOptions().alpha(layer.number(Opt::alpha)))->forward(input);
    case LayerKind::CELU:
      return build<nn::CELU>(nn::CELUOptions().alpha(layer.number(Opt::alpha)))->forward(input);
    case LayerKind::SELU:
      return plain<nn::SELU>(step);
    case LayerKind::GELU:
      return build<nn::GELU>(nn::GELUOptions().approximate(std::string(layer.word(Opt::approximate))))
          ->forward(input);
    case LayerKind::SiLU:
      return plain<nn::SiLU>(step);
    case LayerKind::Mish:
      return plain<nn::Mish>(step);
    case LayerKind::Sigmoid:
      return plain<nn::Sigmoid>(step);
    case LayerKind::LogSigmoid:
      return plain<nn::LogSigmoid>(step);
    case LayerKind::Tanh:
      return plain<nn::Tanh>(step);
    case LayerKind::Tanhshrink:
      return plain<nn::Tanhshrink>(step);
    case LayerKind::Softplus:
      return build<nn::Softplus>(
                 nn::SoftplusOptions().beta(layer.number(Opt::beta)).threshold(layer.number(Opt::threshold)))
          ->forward(input);
    case LayerKind::Softsign:
      return plain<nn::Softsign>(step);
    case LayerKind::Softshrink:
      return build<nn::Softshrink>(nn::SoftshrinkOptions(layer.number(Opt::lambda)))->forward(input);
    case LayerKind::Hardshrink:
      return build<nn::Hardshrink>(nn::HardshrinkOptions(layer.number(Opt::lambda)))->forward(input);
    case LayerKind::Hardtanh:
      return build<nn::Hardtanh>(nn::HardtanhOptions()
                                     .min_val(layer.number(Opt::min_val))
                                     .max_val(layer.number(Opt::max_val)))
          ->forward(input);
    case LayerKind::Hardswish:
      return at::hardswish(input);
    case LayerKind::Hardsigmoid:
      return at::hardsigmoid(input);
    case LayerKind::Threshold:
      return build<nn::Threshold>(
                 nn::ThresholdOptions(layer.number(Opt::threshold), layer.number(Opt::value)))
          ->forward(input);
    default:
      return run_function(step);
  }
}

}  // namespace shapedbg
