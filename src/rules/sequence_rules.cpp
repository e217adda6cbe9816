// Layers over sequences. Sources: the documentation of torch.nn.RNN, LSTM, GRU, MultiheadAttention and of
// torch.nn.functional.scaled_dot_product_attention, held against LibTorch in the tests.
#include <algorithm>
#include <string>

#include "rules/counts.h"
#include "rules/rule_context.h"

namespace shapedbg {
namespace {

template <class N>
void differ(RuleContext<N>& c, int axis, const std::string& what, N one, N other) {
  c.refuse_axis(Code::L208, axis,
                [&] { return c.name() + " gets " + what + ": " + text(one) + " and " + text(other); });
}

// Whether all inputs have 2 or 3 axes, as many as the first.
template <class N>
bool check_sequences(RuleContext<N>& c, const char* layout) {
  for (std::size_t i = 0; i < c.in.inputs.size(); ++i) {
    if ((c.rank(i) == 2 || c.rank(i) == 3) && c.rank(i) == c.rank(0)) continue;
    c.refuse(Code::L204, [&] {
      return c.name() + " (" + c.type() + ") takes " + layout + " and gets " + std::to_string(c.rank(i)) +
             " axes: " + text(c.x(i));
    });
    return false;
  }
  return true;
}

// Where the places of the sequence lie, and the samples; -1 where there are none.
template <class N>
std::pair<std::size_t, int> sequence_axes(const RuleContext<N>& c) {
  if (c.x().size() == 2) return {0, -1};
  return c.layer.flag(Opt::batch_first) ? std::pair<std::size_t, int>{1, 0}
                                        : std::pair<std::size_t, int>{0, 1};
}

template <class N>
void check_heads(RuleContext<N>& c, Opt heads, N features) {
  const std::int64_t count = c.layer.integer(heads);
  if (c.a.divisible(features, count)) return;
  c.refuse_option(Code::L202, heads, [&] {
    return "the " + text(features) + " features of " + c.name() + " are not divisible by " +
           std::string(to_string(heads)) + " " + std::to_string(count);
  });
}

// The first state of a recurrent layer has the shape of the last one.
template <class N>
void check_state(RuleContext<N>& c, std::size_t input, const typename RuleContext<N>::S& wanted) {
  const auto& got = c.x(input);
  const bool fits = got.size() == wanted.size() && std::equal(got.begin(), got.end(), wanted.begin(),
                                                              [&](N a, N b) { return c.same(a, b); });
  if (fits) return;
  c.refuse(Code::L208, [&] {
    return c.name() + " gets a first " + (input == 1 ? "hidden state" : "cell") + " of shape " + text(got) +
           ", it has to be " + text(wanted);
  });
}

template <class N>
void multihead(RuleContext<N>& c) {
  if (!check_sequences(c, "L,N,features (N,L,features with batch_first) or L,features")) return;
  const std::size_t last = c.x().size() - 1;
  const std::size_t key = c.in.inputs.size() > 1 ? 1 : 0;
  const std::size_t value = c.in.inputs.size() > 2 ? 2 : key;
  check_count(c, Code::L209, Opt::embed_dim, c.x().back(), "feature");
  const N features = c.layer.has(Opt::embed_dim) ? N(c.layer.integer(Opt::embed_dim)) : c.x().back();
  check_heads(c, Opt::num_heads, features);
  for (const auto& [opt, input] : {std::pair(Opt::kdim, key), std::pair(Opt::vdim, value)}) {
    if (c.layer.has(opt))
      check_count(c, Code::L209, opt, c.x(input).back(), "feature");
    else if (!c.same(c.x(input).back(), features) && input != 0)
      differ(c, static_cast<int>(last), "a query and a key or value with other features", features,
             c.x(input).back());
  }
  const auto [place, sample] = sequence_axes(c);
  if (!c.same(c.x(key)[place], c.x(value)[place]))
    differ(c, static_cast<int>(place), "key and value of other lengths", c.x(key)[place], c.x(value)[place]);
  for (const std::size_t input : {key, value})
    if (sample >= 0 &&
        !c.same(c.x()[static_cast<std::size_t>(sample)], c.x(input)[static_cast<std::size_t>(sample)]))
      differ(c, sample, "another number of samples in its inputs", c.x()[static_cast<std::size_t>(sample)],
             c.x(input)[static_cast<std::size_t>(sample)]);
  typename RuleContext<N>::S out = c.x();
  out.back() = features;
  typename RuleContext<N>::S weights;
  if (sample >= 0) weights.push_back(c.x()[static_cast<std::size_t>(sample)]);
  weights.push_back(c.x()[place]);
  const int more = (c.layer.flag(Opt::add_bias_kv) ? 1 : 0) + (c.layer.flag(Opt::add_zero_attn) ? 1 : 0);
  weights.push_back(c.a.add(c.x(key)[place], N(more)));
  c.returns(std::move(out));
  c.returns(std::move(weights));
}

// The axes in front of the last two, matched from the last and broadcast.
template <class N>
typename RuleContext<N>::S in_front(RuleContext<N>& c, const typename RuleContext<N>::S& a,
                                    std::size_t input) {
  const auto& b = c.x(input);
  typename RuleContext<N>::S out(std::max(a.size(), b.size() - 2), N(1));
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::size_t from_end = out.size() - k;
    const N one = from_end <= a.size() ? a[a.size() - from_end] : N(1);
    const N other = from_end <= b.size() - 2 ? b[b.size() - 2 - from_end] : N(1);
    out[k] = c.same(one, N(1)) ? other : one;
    if (!c.same(one, other) && !c.same(one, N(1)) && !c.same(other, N(1)))
      differ(c, static_cast<int>(k), "inputs that differ at axis " + std::to_string(k), one, other);
  }
  return out;
}

template <class N>
void check_mask(RuleContext<N>& c, const typename RuleContext<N>::S& scores) {
  const auto& mask = c.x(3);
  if (c.layer.flag(Opt::is_causal)) {
    c.refuse_option(Code::L214, Opt::is_causal,
                    [&] { return c.name() + " is causal and gets a mask as well: torch takes one of them"; });
  }
  bool fits = mask.size() <= scores.size();
  for (std::size_t k = 0; fits && k < mask.size(); ++k) {
    const N size = mask[mask.size() - 1 - k];
    fits = c.same(size, N(1)) || c.same(size, scores[scores.size() - 1 - k]);
  }
  if (fits) return;
  c.refuse(Code::L208, [&] {
    return c.name() + " gets a mask of shape " + text(mask) + " for weights of shape " + text(scores);
  });
}

template <class N>
void dot_product(RuleContext<N>& c) {
  for (std::size_t i = 0; i < 3; ++i) {
    if (c.rank(i) >= 2) continue;
    c.refuse(Code::L204, [&] {
      return c.name() + " (" + c.type() + ") takes tensors with at least two axes and gets " + text(c.x(i));
    });
    return;
  }
  const auto& q = c.x(0);
  const auto& k = c.x(1);
  const auto& v = c.x(2);
  if (!c.same(q.back(), k.back()))
    differ(c, c.rank() - 1, "query and key with other features", q.back(), k.back());
  if (!c.same(k[k.size() - 2], v[v.size() - 2]))
    differ(c, c.rank() - 2, "key and value of other lengths", k[k.size() - 2], v[v.size() - 2]);
  typename RuleContext<N>::S out = in_front(c, {q.begin(), q.end() - 2}, 1);
  typename RuleContext<N>::S scores = out;
  scores.push_back(q[q.size() - 2]);
  scores.push_back(k[k.size() - 2]);
  if (c.in.inputs.size() > 3) check_mask(c, scores);
  out = in_front(c, out, 2);
  out.push_back(q[q.size() - 2]);
  out.push_back(v.back());
  c.returns(std::move(out));
}

}  // namespace

template <class N>
void recurrent_rule(RuleContext<N>& c) {
  using S = typename RuleContext<N>::S;
  if (!check_rank(c, c.rank() == 2 || c.rank() == 3,
                  "L,N,input_size (N,L,input_size with batch_first) or L,input_size"))
    return;
  check_count(c, Code::L209, Opt::input_size, c.x().back(), "feature");
  const std::int64_t hidden = c.layer.integer(Opt::hidden_size);
  const bool projects = c.layer.find(Opt::proj_size) != nullptr && c.layer.integer(Opt::proj_size) > 0;
  const std::int64_t out_size = projects ? c.layer.integer(Opt::proj_size) : hidden;
  if (projects && out_size >= hidden)
    c.refuse_option(Code::S110, Opt::proj_size, [&] {
      return "`proj_size` " + std::to_string(out_size) + " of " + c.name() +
             " has to be smaller than hidden_size " + std::to_string(hidden);
    });
  const std::int64_t ways = c.layer.flag(Opt::bidirectional) ? 2 : 1;
  const int sample = sequence_axes(c).second;
  S state{N(ways * c.layer.integer(Opt::num_layers))};
  if (sample >= 0) state.push_back(c.x()[static_cast<std::size_t>(sample)]);
  S cell = state;
  state.push_back(N(out_size));
  cell.push_back(N(hidden));
  const bool has_cell = c.layer.kind == LayerKind::LSTM;
  if (has_cell && c.in.inputs.size() == 2)
    c.refuse(Code::S109, [&] {
      return c.name() + " (LSTM) takes a first hidden state and a first cell together, and gets one of them";
    });
  if (c.in.inputs.size() > 1) check_state(c, 1, state);
  if (c.in.inputs.size() > 2) check_state(c, 2, cell);
  S out = c.x();
  out.back() = N(ways * out_size);
  c.returns(std::move(out));
  c.returns(std::move(state));
  if (has_cell) c.returns(std::move(cell));
}
SHAPEDBG_INSTANTIATE(recurrent_rule)

template <class N>
void recurrent_cell_rule(RuleContext<N>& c) {
  if (!check_rank(c, c.rank() == 1 || c.rank() == 2, "N,input_size or input_size")) return;
  check_count(c, Code::L209, Opt::input_size, c.x().back(), "feature");
  typename RuleContext<N>::S state = c.x();
  state.back() = N(c.layer.integer(Opt::hidden_size));
  const bool has_cell = c.layer.kind == LayerKind::LSTMCell;
  if (has_cell && c.in.inputs.size() == 2)
    c.refuse(Code::S109, [&] {
      return c.name() + " (LSTMCell) takes a hidden state and a cell together, and gets one of them";
    });
  for (std::size_t i = 1; i < c.in.inputs.size(); ++i) check_state(c, i, state);
  if (has_cell) c.returns(state);
  c.returns(std::move(state));
}
SHAPEDBG_INSTANTIATE(recurrent_cell_rule)

template <class N>
void attention_rule(RuleContext<N>& c) {
  if (c.layer.kind == LayerKind::MultiheadAttention) return multihead(c);
  dot_product(c);
}
SHAPEDBG_INSTANTIATE(attention_rule)

template <class N>
void transformer_layer_rule(RuleContext<N>& c) {
  if (!check_sequences(c, "L,N,d_model (N,L,d_model with batch_first) or L,d_model")) return;
  check_count(c, Code::L209, Opt::d_model, c.x().back(), "feature");
  const N features = c.layer.has(Opt::d_model) ? N(c.layer.integer(Opt::d_model)) : c.x().back();
  check_heads(c, Opt::nhead, features);
  if (c.in.inputs.size() > 1) {
    if (!c.same(c.x(1).back(), features))
      differ(c, c.rank() - 1, "a memory with other features than its first input", features, c.x(1).back());
    if (const int sample = sequence_axes(c).second; sample >= 0) {
      const auto axis = static_cast<std::size_t>(sample);
      if (!c.same(c.x()[axis], c.x(1)[axis]))
        differ(c, sample, "another number of samples in its memory", c.x()[axis], c.x(1)[axis]);
    }
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(transformer_layer_rule)

}  // namespace shapedbg
