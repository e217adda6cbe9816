// Layers that depend on one axis: linear maps, softmax and kin.
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include "engine/modules.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

std::int64_t features(const Step& step, Opt opt, std::size_t input) {
  if (step.layer.has(opt)) return step.layer.integer(opt);
  const at::Tensor& tensor = step.inputs.at(input);
  return tensor.dim() == 0 ? 1 : tensor.size(-1);
}

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

}  // namespace

at::Tensor run_dense(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& input = step.input();
  switch (layer.kind) {
    case LayerKind::Linear:
      return build<nn::Linear>(
                 nn::LinearOptions(features(step, Opt::in_features, 0), layer.integer(Opt::out_features))
                     .bias(layer.flag(Opt::bias)))
          ->forward(input);
    case LayerKind::Bilinear:
      return build<nn::Bilinear>(nn::BilinearOptions(features(step, Opt::in1_features, 0),
                                                     features(step, Opt::in2_features, 1),
                                                     layer.integer(Opt::out_features))
                                     .bias(layer.flag(Opt::bias)))
          ->forward(input, step.inputs.at(1));
    case LayerKind::Embedding:
      return embedding(step);
    case LayerKind::LocalResponseNorm:
      return build<nn::LocalResponseNorm>(nn::LocalResponseNormOptions(layer.integer(Opt::size))
                                              .alpha(layer.number(Opt::alpha))
                                              .beta(layer.number(Opt::beta))
                                              .k(layer.number(Opt::k)))
          ->forward(input);
    case LayerKind::PReLU:
      return build<nn::PReLU>(nn::PReLUOptions()
                                  .num_parameters(layer.integer(Opt::num_parameters))
                                  .init(layer.number(Opt::init)))
          ->forward(input);
    case LayerKind::GLU:
      return build<nn::GLU>(nn::GLUOptions(layer.integer(Opt::dim)))->forward(input);
    case LayerKind::Softmax:
      return build<nn::Softmax>(nn::SoftmaxOptions(layer.integer(Opt::dim)))->forward(input);
    case LayerKind::LogSoftmax:
      return build<nn::LogSoftmax>(nn::LogSoftmaxOptions(layer.integer(Opt::dim)))->forward(input);
    case LayerKind::Softmin:
      return build<nn::Softmin>(nn::SoftminOptions(layer.integer(Opt::dim)))->forward(input);
    case LayerKind::Softmax2d:
      return build<nn::Softmax2d>()->forward(input);
    default:
      throw Refused("no layer `" + std::string(layer.info().name) + "`");
  }
}

}  // namespace shapedbg
