// Parameters and multiply-adds, counted as torch allocates and computes them.
#include <limits>

#include "infer/infer.h"
#include "net/facts.h"

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

Cost conv_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& x = trace.inputs[0];
  const int axes = layer.info().axes;
  const bool transposed = facts(layer.kind).window == Sliding::puts;
  const std::int64_t in = count(layer, Opt::in_channels, x[x.size() - static_cast<std::size_t>(axes) - 1]);
  const std::int64_t out = layer.integer(Opt::out_channels);
  const std::int64_t groups = layer.integer(Opt::groups);
  std::int64_t weight = transposed ? times(in, out / groups) : times(out, in / groups);
  const auto kernel = layer.axes(Opt::kernel_size);
  for (int i = 0; i < axes; ++i) weight = times(weight, kernel[static_cast<std::size_t>(i)]);
  return {plus(weight, layer.flag(Opt::bias) ? out : 0),
          times(positions(transposed ? x : trace.outputs[0], axes), weight)};
}

Cost affine(const LayerSpec& layer, const Shape& x, std::int64_t weight) {
  return {plus(weight, layer.flag(Opt::bias) ? layer.integer(Opt::out_features) : 0),
          times(product(x) / x.back(), weight)};
}
Cost linear_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& x = trace.inputs[0];
  return affine(layer, x, times(count(layer, Opt::in_features, x.back()), layer.integer(Opt::out_features)));
}
Cost bilinear_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& x = trace.inputs[0];
  return affine(layer, x,
                times(layer.integer(Opt::out_features),
                      times(count(layer, Opt::in1_features, x.back()),
                            count(layer, Opt::in2_features, trace.inputs[1].back()))));
}

Cost embedding_cost(const LayerSpec& layer, const LayerTrace&) {
  return {times(layer.integer(Opt::num_embeddings), layer.integer(Opt::embedding_dim)), 0};
}

// BatchNorm, InstanceNorm and GroupNorm: a scale and a shift for each channel.
Cost norm_cost(const LayerSpec& layer, const LayerTrace& trace) {
  if (!layer.flag(Opt::affine)) return {};
  const Shape& x = trace.inputs[0];
  const std::size_t channel = facts(layer.kind).channels == Channels::before_axes
                                  ? x.size() - static_cast<std::size_t>(layer.info().axes) - 1
                                  : 1;
  const Opt channels = layer.find(Opt::num_channels) != nullptr ? Opt::num_channels : Opt::num_features;
  return {times(2, count(layer, channels, x[channel])), 0};
}
Cost layer_norm_cost(const LayerSpec& layer, const LayerTrace&) {
  if (!layer.flag(Opt::elementwise_affine)) return {};
  const std::int64_t vectors = layer.kind == LayerKind::RMSNorm ? 1 : 2;  // RMSNorm has no shift
  return {times(vectors, product(layer.integers(Opt::normalized_shape))), 0};
}

Cost prelu_cost(const LayerSpec& layer, const LayerTrace&) { return {layer.integer(Opt::num_parameters), 0}; }

// Every element of the result is a sum over the inner axis.
Cost matmul_cost(const LayerSpec&, const LayerTrace& trace) {
  return {0, times(product(trace.outputs[0]), trace.inputs[0].back())};
}

Cost parameter_cost(const LayerSpec& layer, const LayerTrace&) {
  return {layer.flag(Opt::requires_grad) ? product(layer.integers(Opt::shape)) : 0, 0};
}

Cost no_cost(const LayerSpec&, const LayerTrace&) { return {}; }

}  // namespace

// One case for each row of facts.def.
Cost cost_of(const LayerSpec& layer, const LayerTrace& trace) {
  const bool reads = layer.info().arity.max != 0;
  if ((reads && trace.inputs.empty()) || trace.outputs.empty() || layer.broken) return {};
  switch (layer.info().family) {
#define SHAPEDBG_FAMILY(name, rule, cost, ...) \
  case Family::name:                           \
    return cost(layer, trace);
#include "net/facts.def"
#undef SHAPEDBG_FAMILY
  }
  return {};
}

}  // namespace shapedbg
