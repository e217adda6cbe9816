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

constexpr Runner<at::Tensor> kActivations[] = {
    {LayerKind::Identity, plain<nn::Identity>},
    {LayerKind::Dropout, dropout<nn::Dropout>},
    {LayerKind::Contiguous, [](const Step& step) -> at::Tensor { return step.input().contiguous(); }},
    // torch::nn has none; in evaluation every dropout returns its input
    {LayerKind::Dropout1d,
     [](const Step& step) -> at::Tensor {
       if (step.input().dim() != 2 && step.input().dim() != 3)
         throw Refused("Dropout1d takes an input with 2 or 3 axes, but got " + written(step.input().sizes()));
       return dropout<nn::Dropout>(step);
     }},
    {LayerKind::Dropout2d, dropout<nn::Dropout2d>},
    {LayerKind::Dropout3d, dropout<nn::Dropout3d>},
    {LayerKind::AlphaDropout, dropout<nn::AlphaDropout>},
    {LayerKind::FeatureAlphaDropout, dropout<nn::FeatureAlphaDropout>},
    {LayerKind::ReLU, plain<nn::ReLU>},
    {LayerKind::ReLU6, plain<nn::ReLU6>},
    {LayerKind::LeakyReLU,
     [](const Step& step) -> at::Tensor {
       return build<nn::LeakyReLU>(
                  nn::LeakyReLUOptions().negative_slope(step.layer.number(Opt::negative_slope)))
           ->forward(step.input());
     }},
    {LayerKind::RReLU,
     [](const Step& step) -> at::Tensor {
       return build<nn::RReLU>(nn::RReLUOptions()
                                   .lower(step.layer.number(Opt::lower))
                                   .upper(step.layer.number(Opt::upper)))
           ->forward(step.input());
     }},
    {LayerKind::ELU,
     [](const Step& step) -> at::Tensor {
       return build<nn::ELU>(nn::ELUOptions().alpha(step.layer.number(Opt::alpha)))->forward(step.input());
     }},
    {LayerKind::CELU,
     [](const Step& step) -> at::Tensor {
       return build<nn::CELU>(nn::CELUOptions().alpha(step.layer.number(Opt::alpha)))->forward(step.input());
     }},
    {LayerKind::SELU, plain<nn::SELU>},
    {LayerKind::GELU,
     [](const Step& step) -> at::Tensor {
       return build<nn::GELU>(nn::GELUOptions().approximate(std::string(step.layer.word(Opt::approximate))))
           ->forward(step.input());
     }},
    {LayerKind::SiLU, plain<nn::SiLU>},
    {LayerKind::Mish, plain<nn::Mish>},
    {LayerKind::Sigmoid, plain<nn::Sigmoid>},
    {LayerKind::LogSigmoid, plain<nn::LogSigmoid>},
    {LayerKind::Tanh, plain<nn::Tanh>},
    {LayerKind::Tanhshrink, plain<nn::Tanhshrink>},
    {LayerKind::Softplus,
     [](const Step& step) -> at::Tensor {
       return build<nn::Softplus>(nn::SoftplusOptions()
                                      .beta(step.layer.number(Opt::beta))
                                      .threshold(step.layer.number(Opt::threshold)))
           ->forward(step.input());
     }},
    {LayerKind::Softsign, plain<nn::Softsign>},
    {LayerKind::Softshrink,
     [](const Step& step) -> at::Tensor {
       return build<nn::Softshrink>(nn::SoftshrinkOptions(step.layer.number(Opt::lambda)))
           ->forward(step.input());
     }},
    {LayerKind::Hardshrink,
     [](const Step& step) -> at::Tensor {
       return build<nn::Hardshrink>(nn::HardshrinkOptions(step.layer.number(Opt::lambda)))
           ->forward(step.input());
     }},
    {LayerKind::Hardtanh,
     [](const Step& step) -> at::Tensor {
       return build<nn::Hardtanh>(nn::HardtanhOptions()
                                      .min_val(step.layer.number(Opt::min_val))
                                      .max_val(step.layer.number(Opt::max_val)))
           ->forward(step.input());
     }},
    {LayerKind::Hardswish, [](const Step& step) -> at::Tensor { return at::hardswish(step.input()); }},
    {LayerKind::Hardsigmoid, [](const Step& step) -> at::Tensor { return at::hardsigmoid(step.input()); }},
    {LayerKind::Threshold,
     [](const Step& step) -> at::Tensor {
       return build<nn::Threshold>(
                  nn::ThresholdOptions(step.layer.number(Opt::threshold), step.layer.number(Opt::value)))
           ->forward(step.input());
     }},
};

}  // namespace

at::Tensor run_activation(const Step& step) {
  const auto* own = runner_of<at::Tensor>(kActivations, step.layer.kind);
  return own != nullptr ? own->run(step) : run_function(step);
}

}  // namespace shapedbg
