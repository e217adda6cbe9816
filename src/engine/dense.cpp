// Layers that depend on one axis: linear maps, softmax and kin.
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "engine/modules.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

at::Tensor embedding(const Step& step) {
  const LayerSpec& layer = step.layer;
  const std::int64_t rows = layer.integer(Opt::num_embeddings);
  // max_norm is left out: it changes the table, not a shape, and has no kernel without memory.
  nn::EmbeddingOptions options(rows, layer.integer(Opt::embedding_dim));
  if (layer.has(Opt::padding_idx)) options.padding_idx(layer.integer(Opt::padding_idx));
  const at::Tensor& input = step.input();
  if (!at::isIntegralType(input.scalar_type(), /*includeBool=*/false))
    throw Refused("an embedding looks up integers, but got " +
                  std::string(c10::toString(input.scalar_type())));
  // Which rows are looked up is a matter of data; dummy data know no table.
  return build<nn::Embedding>(options)->forward(input.remainder(rows));
}

constexpr Runner<at::Tensor> kDense[] = {
    {LayerKind::Linear,
     [](const Step& step) -> at::Tensor {
       return build<nn::Linear>(nn::LinearOptions(features(step, Opt::in_features, 0),
                                                  step.layer.integer(Opt::out_features))
                                    .bias(step.layer.flag(Opt::bias)))
           ->forward(step.input());
     }},
    {LayerKind::Bilinear,
     [](const Step& step) -> at::Tensor {
       return build<nn::Bilinear>(nn::BilinearOptions(features(step, Opt::in1_features, 0),
                                                      features(step, Opt::in2_features, 1),
                                                      step.layer.integer(Opt::out_features))
                                      .bias(step.layer.flag(Opt::bias)))
           ->forward(step.input(), step.inputs.at(1));
     }},
    {LayerKind::Embedding, embedding},
    {LayerKind::LocalResponseNorm,
     [](const Step& step) -> at::Tensor {
       return build<nn::LocalResponseNorm>(nn::LocalResponseNormOptions(step.layer.integer(Opt::size))
                                               .alpha(step.layer.number(Opt::alpha))
                                               .beta(step.layer.number(Opt::beta))
                                               .k(step.layer.number(Opt::k)))
           ->forward(step.input());
     }},
    {LayerKind::PReLU,
     [](const Step& step) -> at::Tensor {
       return build<nn::PReLU>(nn::PReLUOptions()
                                   .num_parameters(step.layer.integer(Opt::num_parameters))
                                   .init(step.layer.number(Opt::init)))
           ->forward(step.input());
     }},
    {LayerKind::GLU,
     [](const Step& step) -> at::Tensor {
       return build<nn::GLU>(nn::GLUOptions(step.layer.integer(Opt::dim)))->forward(step.input());
     }},
    {LayerKind::Softmax,
     [](const Step& step) -> at::Tensor {
       return build<nn::Softmax>(nn::SoftmaxOptions(step.layer.integer(Opt::dim)))->forward(step.input());
     }},
    {LayerKind::LogSoftmax,
     [](const Step& step) -> at::Tensor {
       return build<nn::LogSoftmax>(nn::LogSoftmaxOptions(step.layer.integer(Opt::dim)))
           ->forward(step.input());
     }},
    {LayerKind::Softmin,
     [](const Step& step) -> at::Tensor {
       return build<nn::Softmin>(nn::SoftminOptions(step.layer.integer(Opt::dim)))->forward(step.input());
     }},
    {LayerKind::Softmax2d,
     [](const Step& step) -> at::Tensor { return build<nn::Softmax2d>()->forward(step.input()); }},
};

}  // namespace

at::Tensor run_dense(const Step& step) { return run_by_kind<at::Tensor>(kDense, step); }

}  // namespace shapedbg
