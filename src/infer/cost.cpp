// Parameters and multiply-adds, counted as torch allocates and computes them.
#include <limits>

#include "infer/infer.h"

namespace shapedbg {
namespace {

// Products and sums that stop at INT64_MAX: a count that large is only ever shown.
std::int64_t times(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  return __builtin_mul_overflow(a, b, &r) ? std::numeric_limits<std::int64_t>::max() : r;
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  return __builtin_add_overflow(a, b, &r) ? std::numeric_limits<std::int64_t>::max() : r;
}
std::int64_t product(const Shape& shape, std::size_t from = 0) {
  std::int64_t p = 1;
  for (std::size_t i = from; i < shape.size(); ++i) p = times(p, shape[i]);
  return p;
}

// The declared count, or the input's where it was left out.
std::int64_t count(const LayerSpec& layer, Opt opt, std::int64_t inferred) {
  return layer.has(opt) ? layer.integer(opt) : inferred;
}

// Elements of all spatial axes and the batch: everything but the channel axis.
std::int64_t positions(const Shape& shape, int axes) {
  const std::size_t channel = shape.size() - static_cast<std::size_t>(axes) - 1;
  return times(product(shape, channel + 1), channel == 1 ? shape[0] : 1);
}

}  // namespace

Cost cost_of(const LayerSpec& layer, const LayerTrace& trace) {
  Cost cost;
  if (trace.inputs.empty() || trace.outputs.empty() || layer.broken) return cost;
  const Shape& x = trace.inputs[0];
  const Shape& y = trace.outputs[0];
  const int axes = layer.info().axes;
  switch (layer.info().family) {
    case Family::conv:
    case Family::conv_transpose: {
      const bool transposed = layer.info().family == Family::conv_transpose;
      const std::int64_t in =
          count(layer, Opt::in_channels, x[x.size() - static_cast<std::size_t>(axes) - 1]);
      const std::int64_t out = layer.integer(Opt::out_channels);
      const std::int64_t groups = layer.integer(Opt::groups);
      std::int64_t weight = transposed ? times(in, out / groups) : times(out, in / groups);
      const auto kernel = layer.axes(Opt::kernel_size);
      for (int i = 0; i < axes; ++i) weight = times(weight, kernel[static_cast<std::size_t>(i)]);
      cost.params = plus(weight, layer.flag(Opt::bias) ? out : 0);
      cost.mult_adds = times(positions(transposed ? x : y, axes), weight);
      break;
    }
    case Family::linear: {
      const std::int64_t weight =
          times(count(layer, Opt::in_features, x.back()), layer.integer(Opt::out_features));
      cost.params = plus(weight, layer.flag(Opt::bias) ? layer.integer(Opt::out_features) : 0);
      cost.mult_adds = times(product(x) / x.back(), weight);
      break;
    }
    case Family::bilinear: {
      const std::int64_t out = layer.integer(Opt::out_features);
      const std::int64_t weight = times(out, times(count(layer, Opt::in1_features, x.back()),
                                                   count(layer, Opt::in2_features, trace.inputs[1].back())));
      cost.params = plus(weight, layer.flag(Opt::bias) ? out : 0);
      cost.mult_adds = times(product(x) / x.back(), weight);
      break;
    }
    case Family::embedding:
      cost.params = times(layer.integer(Opt::num_embeddings), layer.integer(Opt::embedding_dim));
      break;
    case Family::batch_norm:
    case Family::instance_norm: {
      const std::size_t channel =
          layer.info().family == Family::batch_norm ? 1 : x.size() - static_cast<std::size_t>(axes) - 1;
      if (layer.flag(Opt::affine)) cost.params = times(2, count(layer, Opt::num_features, x[channel]));
      break;
    }
    case Family::group_norm:
      if (layer.flag(Opt::affine)) cost.params = times(2, count(layer, Opt::num_channels, x[1]));
      break;
    case Family::layer_norm:
      if (layer.flag(Opt::elementwise_affine))
        cost.params =
            times(layer.kind == LayerKind::RMSNorm ? 1 : 2, product(layer.integers(Opt::normalized_shape)));
      break;
    case Family::prelu:
      cost.params = layer.integer(Opt::num_parameters);
      break;
    default:
      break;  // no parameters
  }
  return cost;
}

}  // namespace shapedbg
