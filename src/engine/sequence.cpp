// Layers over sequences: recurrent layers, attention, transformer layers.
#include <ATen/ExpandUtils.h>
#include <ATen/Functions.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/modules/transformerlayer.h>

#include <algorithm>

#include "engine/modules.h"
#include "engine/torch_version.h"

namespace shapedbg {
namespace {

namespace nn = torch::nn;

// LibTorch's classes take L,N,features alone, Python's also L,features and N,L,features.
class Layout {
 public:
  explicit Layout(const Step& step)
      : unbatched_(step.input().dim() == 2), first_(!unbatched_ && step.layer.flag(Opt::batch_first)) {
    if (step.input().dim() != 2 && step.input().dim() != 3)
      throw Refused("a sequence has 2 or 3 axes, but got " + written(step.input().sizes()));
  }
  // Refuses further inputs that are no sequences of the same samples.
  void check_others(const Step& step) const {
    for (const at::Tensor& input : step.inputs)
      if (input.dim() != step.input().dim())
        throw Refused("a sequence has 2 or 3 axes, as many in every input, but got " +
                      written(input.sizes()));
    // LibTorch folds samples that are too many into the sequence; Python's torch refuses them.
    const std::int64_t sample = first_ ? 0 : 1;
    for (const at::Tensor& input : step.inputs)
      if (!unbatched_ && input.size(sample) != step.input().size(sample))
        throw Refused("inputs of other numbers of samples: " + std::to_string(step.input().size(sample)) +
                      " and " + std::to_string(input.size(sample)));
  }

  at::Tensor in(const at::Tensor& x) const {
    return unbatched_ ? x.unsqueeze(1) : first_ ? x.transpose(0, 1) : x;
  }
  at::Tensor out(const at::Tensor& x) const {
    return unbatched_ ? x.squeeze(1) : first_ ? x.transpose(0, 1) : x;
  }
  bool unbatched() const { return unbatched_; }

 private:
  bool unbatched_;
  bool first_;
};

// Every step costs the same few calls; what is behind the first ones has their shape.
constexpr std::int64_t most_steps = 64;

at::Tensor first_steps(const at::Tensor& x) {
  return x.size(0) <= most_steps ? x : x.narrow(0, 0, most_steps);
}
at::Tensor all_steps(const at::Tensor& x, std::int64_t steps) {
  if (x.size(0) == steps) return x;
  return at::constant_pad_nd(x, {0, 0, 0, 0, 0, steps - x.size(0)});
}

template <class Options>
Options recurrent_options(const Step& step) {
  const LayerSpec& layer = step.layer;
  return Options(features(step, Opt::input_size), layer.integer(Opt::hidden_size))
      .num_layers(layer.integer(Opt::num_layers))
      .bias(layer.flag(Opt::bias))
      .bidirectional(layer.flag(Opt::bidirectional));
}

Tensors recurrent(const Step& step) {
  const LayerSpec& layer = step.layer;
  const at::Tensor& input = step.input();
  const Layout layout(step);
  const at::Tensor x = layout.in(input);
  Tensors states(step.inputs.begin() + 1, step.inputs.end());
  for (at::Tensor& state : states) {
    if (state.dim() != input.dim())
      throw Refused("a first state has as many axes as the input, but got " + written(state.sizes()));
    if (layout.unbatched()) state = state.unsqueeze(1);  // states are never batch_first
  }
  Tensors outputs;
  const at::Tensor part = first_steps(x);
  if (layer.kind == LayerKind::LSTM) {
    if (states.size() == 1) throw Refused("a first hidden state needs a first cell beside it");
    torch::optional<std::tuple<at::Tensor, at::Tensor>> hx;
    if (states.size() > 1) hx = std::make_tuple(states[0], states[1]);
    const auto [output, state] =
        build<nn::LSTM>(recurrent_options<nn::LSTMOptions>(step).proj_size(layer.integer(Opt::proj_size)))
            ->forward(part, hx);
    outputs = {output, std::get<0>(state), std::get<1>(state)};
  } else {
    const at::Tensor hx = states.empty() ? at::Tensor() : states[0];
    std::tuple<at::Tensor, at::Tensor> result;
    if (layer.kind == LayerKind::GRU) {
      result = build<nn::GRU>(recurrent_options<nn::GRUOptions>(step))->forward(part, hx);
    } else {
      nn::RNNOptions options = recurrent_options<nn::RNNOptions>(step);
      if (layer.word(Opt::nonlinearity) == "relu") options.nonlinearity(torch::kReLU);
      result = build<nn::RNN>(options)->forward(part, hx);
    }
    outputs = {std::get<0>(result), std::get<1>(result)};
  }
  outputs[0] = layout.out(all_steps(outputs[0], x.size(0)));
  for (std::size_t k = 1; layout.unbatched() && k < outputs.size(); ++k) outputs[k] = outputs[k].squeeze(1);
  return outputs;
}

// LibTorch's classes take N,features alone, Python's also features.
Tensors cell(const Step& step) {
  const LayerSpec& layer = step.layer;
  const bool alone = step.input().dim() == 1;
  Tensors inputs = step.inputs;
  for (at::Tensor& input : inputs) {
    if (input.dim() != step.input().dim() || input.dim() > 2)
      throw Refused("a step has 1 or 2 axes, as many in every input, but got " + written(input.sizes()));
    if (alone) input = input.unsqueeze(0);
  }
  const std::int64_t in = features(step, Opt::input_size);
  const std::int64_t hidden = layer.integer(Opt::hidden_size);
  const bool bias = layer.flag(Opt::bias);
  const at::Tensor hx = inputs.size() > 1 ? inputs[1] : at::Tensor();
  Tensors outputs;
  if (layer.kind == LayerKind::LSTMCell) {
    if (inputs.size() == 2) throw Refused("a hidden state needs a cell beside it");
    torch::optional<std::tuple<at::Tensor, at::Tensor>> states;
    if (inputs.size() > 2) states = std::make_tuple(inputs[1], inputs[2]);
    const auto [h, c] =
        build<nn::LSTMCell>(nn::LSTMCellOptions(in, hidden).bias(bias))->forward(inputs[0], states);
    outputs = {h, c};
  } else if (layer.kind == LayerKind::GRUCell) {
    outputs = {build<nn::GRUCell>(nn::GRUCellOptions(in, hidden).bias(bias))->forward(inputs[0], hx)};
  } else {
    nn::RNNCellOptions options = nn::RNNCellOptions(in, hidden).bias(bias);
    if (layer.word(Opt::nonlinearity) == "relu") options.nonlinearity(torch::kReLU);
    outputs = {build<nn::RNNCell>(options)->forward(inputs[0], hx)};
  }
  for (at::Tensor& output : outputs)
    if (alone) output = output.squeeze(0);
  return outputs;
}

// LibTorch's module asks for key and value of one shape; Python's projects each by itself.
at::Tensor projected(const Step& step, const at::Tensor& x, Opt opt, std::int64_t wide) {
  const std::int64_t declared = step.layer.has(opt) ? step.layer.integer(opt) : wide;
  return build<nn::Linear>(declared, wide)->forward(x);
}

Tensors multihead(const Step& step) {
  const LayerSpec& layer = step.layer;
  const Layout layout(step);
  layout.check_others(step);
  const at::Tensor query = layout.in(step.input());
  at::Tensor key = step.inputs.size() > 1 ? layout.in(step.inputs[1]) : query;
  at::Tensor value = step.inputs.size() > 2 ? layout.in(step.inputs[2]) : key;
  const std::int64_t wide = features(step, Opt::embed_dim);
  nn::MultiheadAttentionOptions options(wide, layer.integer(Opt::num_heads));
  options.bias(layer.flag(Opt::bias))
      .add_bias_kv(layer.flag(Opt::add_bias_kv))
      .add_zero_attn(layer.flag(Opt::add_zero_attn));
  if (layer.has(Opt::kdim) || layer.has(Opt::vdim)) {
    key = projected(step, key, Opt::kdim, wide);
    value = projected(step, value, Opt::vdim, wide);
  }
  auto [output, weights] = build<nn::MultiheadAttention>(options)->forward(query, key, value);
  return {layout.out(output), layout.unbatched() ? weights.squeeze(0) : weights};
}

Tensors dot_product(const Step& step) {
  const LayerSpec& layer = step.layer;
  for (const at::Tensor& input : step.inputs)
    if (&input - step.inputs.data() < 3 && input.dim() < 2)
      throw Refused("attention takes tensors with at least two axes, but got " + written(input.sizes()));
  // Fused kernels do not look at the length of the value.
  if (step.inputs.at(1).size(-2) != step.inputs.at(2).size(-2))
    throw Refused("key and value of other lengths: " + std::to_string(step.inputs[1].size(-2)) + " and " +
                  std::to_string(step.inputs[2].size(-2)));
  const at::Tensor mask = step.inputs.size() > 3 ? step.inputs[3] : at::Tensor();
  const bool causal = layer.flag(Opt::is_causal);
  // Only the kernels with memory see that a mask would make the weights larger.
  if (mask.defined() && !mask.is_cpu()) {
    std::vector<std::int64_t> weights =
        at::infer_size(step.input().sizes().slice(0, step.input().dim() - 2),
                       step.inputs[1].sizes().slice(0, step.inputs[1].dim() - 2));
    weights.push_back(step.input().size(-2));
    weights.push_back(step.inputs[1].size(-2));
    if (at::infer_size(mask.sizes(), weights) != weights)
      throw Refused("a mask of shape " + written(mask.sizes()) + " is larger than the weights, " +
                    written(weights));
  }
#if SHAPEDBG_TORCH_AT_LEAST(2, 1)
  const std::optional<double> scale =
      layer.has(Opt::scale) ? std::optional(layer.number(Opt::scale)) : std::nullopt;
  return {at::scaled_dot_product_attention(step.input(), step.inputs.at(1), step.inputs.at(2),
                                           mask.defined() ? std::optional(mask) : std::nullopt, 0.0, causal,
                                           scale)};
#else
  if (causal && mask.defined()) throw Refused("a causal attention takes no mask as well");
  at::Tensor scores = at::matmul(step.input(), step.inputs.at(1).transpose(-2, -1));
  if (mask.defined()) scores = scores.add_(mask);
  return {at::matmul(scores.softmax(-1), step.inputs.at(2))};
#endif
}

template <class Options>
Options transformer_options(const Step& step) {
  const LayerSpec& layer = step.layer;
  Options options(features(step, Opt::d_model), layer.integer(Opt::nhead));
  options.dim_feedforward(layer.integer(Opt::dim_feedforward));
  if (layer.word(Opt::activation) == "gelu") options.activation(torch::kGELU);
  return options;
}

constexpr Runner<Tensors> kSequences[] = {
    {LayerKind::RNN, recurrent},
    {LayerKind::LSTM, recurrent},
    {LayerKind::GRU, recurrent},
    {LayerKind::RNNCell, cell},
    {LayerKind::LSTMCell, cell},
    {LayerKind::GRUCell, cell},
    {LayerKind::MultiheadAttention, multihead},
    {LayerKind::ScaledDotProductAttention, dot_product},
    {LayerKind::TransformerEncoderLayer,
     [](const Step& step) -> Tensors {
       const Layout layout(step);
       layout.check_others(step);
       return Tensors{layout.out(
           build<nn::TransformerEncoderLayer>(transformer_options<nn::TransformerEncoderLayerOptions>(step))
               ->forward(layout.in(step.input())))};
     }},
    {LayerKind::TransformerDecoderLayer,
     [](const Step& step) -> Tensors {
       const Layout layout(step);
       layout.check_others(step);
       return Tensors{layout.out(
           build<nn::TransformerDecoderLayer>(transformer_options<nn::TransformerDecoderLayerOptions>(step))
               ->forward(layout.in(step.input()), layout.in(step.inputs.at(1))))};
     }},
};

}  // namespace

Tensors run_sequence(const Step& step) { return run_by_kind<Tensors>(kSequences, step); }

}  // namespace shapedbg
