// Parameters and multiply-adds, counted as torch allocates and computes them.
#include <limits>

#include "infer/infer.h"
#include "net/facts.h"
#include "net/parameter.h"
#include "net/sharing.h"

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
constexpr std::int64_t most_counted = std::numeric_limits<std::int64_t>::max();
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
  const std::size_t channel =
      facts(layer.kind).channels == Channels::before_axes ? x.size() - layer.axis_count() - 1 : 1;
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
  return {is_learned(layer) ? product(layer.integers(Opt::shape)) : 0, 0};
}

// LSTM has four gates, GRU three; each has weights for the input and for the last output.
Cost recurrent_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& x = trace.inputs[0];
  const std::int64_t hidden = layer.integer(Opt::hidden_size);
  const std::int64_t gates = layer.kind == LayerKind::LSTM ? 4 : layer.kind == LayerKind::GRU ? 3 : 1;
  const std::int64_t ways = layer.flag(Opt::bidirectional) ? 2 : 1;
  const std::int64_t out = trace.outputs[0].back() / ways;
  const bool projects = layer.find(Opt::proj_size) != nullptr && layer.integer(Opt::proj_size) > 0;
  std::int64_t in = count(layer, Opt::input_size, x.back());
  std::int64_t weight = 0;
  std::int64_t bias = 0;
  for (std::int64_t i = 0; i < layer.integer(Opt::num_layers) && weight < most_counted; ++i) {
    std::int64_t one = times(times(gates, hidden), plus(in, out));
    if (projects) one = plus(one, times(out, hidden));
    weight = plus(weight, times(ways, one));
    if (layer.flag(Opt::bias)) bias = plus(bias, times(2 * ways * gates, hidden));
    in = times(ways, out);
  }
  return {plus(weight, bias), times(product(x) / x.back(), weight)};
}

Cost recurrent_cell_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& x = trace.inputs[0];
  const std::int64_t hidden = layer.integer(Opt::hidden_size);
  const std::int64_t gates = layer.kind == LayerKind::LSTMCell ? 4 : layer.kind == LayerKind::GRUCell ? 3 : 1;
  const std::int64_t in = count(layer, Opt::input_size, x.back());
  const std::int64_t weight = times(times(gates, hidden), plus(in, hidden));
  return {plus(weight, layer.flag(Opt::bias) ? times(2 * gates, hidden) : 0),
          times(product(x) / x.back(), weight)};
}

// Places of a sequence and samples: all axes but the last.
std::int64_t places(const Shape& shape) { return product(shape) / shape.back(); }

// Of query, key and value, of which there are one to three, in their order.
const Shape& key_of(const LayerTrace& trace) { return trace.inputs[trace.inputs.size() > 1 ? 1 : 0]; }
const Shape& value_of(const LayerTrace& trace) {
  return trace.inputs.size() > 2 ? trace.inputs[2] : key_of(trace);
}

Cost attention_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& q = trace.inputs[0];
  const Shape& k = key_of(trace);
  const Shape& v = value_of(trace);
  if (layer.kind == LayerKind::ScaledDotProductAttention) {
    const std::int64_t scores = times(places(trace.outputs[0]), k[k.size() - 2]);
    return {0, times(scores, plus(q.back(), v.back()))};
  }
  const std::int64_t wide = trace.outputs[0].back();
  const std::int64_t from_key = times(wide, layer.has(Opt::kdim) ? layer.integer(Opt::kdim) : wide);
  const std::int64_t from_value = times(wide, layer.has(Opt::vdim) ? layer.integer(Opt::vdim) : wide);
  std::int64_t parameters = plus(plus(from_key, from_value), times(2, times(wide, wide)));
  if (layer.flag(Opt::bias)) parameters = plus(parameters, times(4, wide));
  if (layer.flag(Opt::add_bias_kv)) parameters = plus(parameters, times(2, wide));
  const std::int64_t projections = plus(times(2, times(places(q), times(wide, wide))),
                                        plus(times(places(k), from_key), times(places(v), from_value)));
  return {parameters, plus(projections, times(times(2, wide), product(trace.outputs[1])))};
}

Cost transformer_layer_cost(const LayerSpec& layer, const LayerTrace& trace) {
  const Shape& x = trace.inputs[0];
  const Shape& memory = trace.inputs.back();
  const bool decodes = trace.inputs.size() > 1;
  const std::int64_t wide = x.back();
  const std::int64_t middle = layer.integer(Opt::dim_feedforward);
  const std::int64_t square = times(wide, wide);
  const std::int64_t linear = times(2, times(wide, middle));
  std::int64_t parameters = plus(times(decodes ? 8 : 4, square), linear);
  parameters = plus(parameters, times(decodes ? 3 : 2, wide));  // LayerNorm
  if (layer.flag(Opt::bias)) parameters = plus(parameters, plus(times(decodes ? 12 : 7, wide), middle));
  const bool first = x.size() > 2 && layer.flag(Opt::batch_first);
  const auto length = [&](const Shape& shape) { return shape[first ? 1 : 0]; };
  std::int64_t sums = times(places(x), plus(times(4, square), linear));
  sums = plus(sums, times(times(2, wide), times(places(x), length(x))));
  if (decodes) {
    sums = plus(sums, times(2, times(plus(places(x), places(memory)), square)));
    sums = plus(sums, times(times(2, wide), times(places(x), length(memory))));
  }
  return {parameters, sums};
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

std::vector<Cost> costs_of(const Spec& spec, const Trace& trace) {
  const PerLayer<LayerId> first = first_calls(spec);
  std::vector<Cost> costs;
  costs.reserve(spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    costs.push_back(cost_of(spec.layers[i], trace.layers[i]));
    if (first[i] != LayerId(i)) costs.back().params = 0;
  }
  return costs;
}

}  // namespace shapedbg
