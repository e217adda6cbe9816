// Recurrent layers and attention: their weights say how wide they are.
#include <algorithm>
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

std::vector<std::int64_t> sizes_of(const Mapping& mapping, const Value& value) {
  std::vector<std::int64_t> sizes;
  if (!value.is(Value::Kind::tensor)) return sizes;
  for (const calls::Size& size : mapping.tensor(value).shape) sizes.push_back(size.value);
  return sizes;
}

// The first states: an input each where they are no constants. False where only one of two is.
bool add_states(Mapping& mapping, const Value& states, DraftLayer& layer) {
  const std::vector<Value> all = states.is(Value::Kind::list) ? states.items : std::vector<Value>{states};
  const auto live =
      std::count_if(all.begin(), all.end(), [&](const Value& one) { return mapping.live(one); });
  if (live == 0) return true;
  if (live != std::ssize(all)) return false;
  for (const Value& one : all) layer.inputs.push_back(mapping.ref(one));
  return true;
}

// lstm(input, (h, c), weights, has_biases, num_layers, dropout, train, bidirectional, batch_first)
bool recurrent(Mapping& mapping, const Step& step) {
  const Value& x = step["input"];
  const Value& weights = step["params"];
  if (!mapping.live(x) || !weights.is(Value::Kind::list) || weights.items.size() < 2) return false;
  const std::vector<std::int64_t> from_input = sizes_of(mapping, weights.items[0]);
  const std::vector<std::int64_t> from_state = sizes_of(mapping, weights.items[1]);
  const auto layers = step.integer("num_layers");
  if (from_input.size() != 2 || from_state.size() != 2 || !layers || *layers < 1) return false;
  const bool lstm = step.op() == "lstm";
  const std::int64_t gates = lstm ? 4 : step.op() == "gru" ? 3 : 1;
  const std::int64_t hidden = from_input[0] / gates;
  if (hidden < 1 || from_input[0] % gates != 0) return false;
  DraftLayer layer(lstm ? "LSTM" : step.op() == "gru" ? "GRU" : "RNN", {mapping.ref(x)});
  layer.set("input_size", from_input[1]).set("hidden_size", hidden);
  if (*layers != 1) layer.set("num_layers", *layers);
  if (step.op() == "rnn_relu") layer.set("nonlinearity", "relu");
  if (!step.flag("has_biases", true)) layer.set("bias", false);
  if (step.flag("batch_first")) layer.set("batch_first", true);
  if (step.flag("bidirectional")) layer.set("bidirectional", true);
  if (lstm && from_state[1] != hidden) layer.set("proj_size", from_state[1]);
  if (!add_states(mapping, step["hx"], layer)) return false;
  mapping.emit(step, std::move(layer));
  return true;
}

// lstm_cell(input, (h, c), w_ih, w_hh, b_ih, b_hh)
bool cell(Mapping& mapping, const Step& step) {
  const Value& x = step["input"];
  const std::vector<std::int64_t> from_input = sizes_of(mapping, step["w_ih"]);
  const std::vector<std::int64_t> from_state = sizes_of(mapping, step["w_hh"]);
  if (!mapping.live(x) || from_input.size() != 2 || from_state.size() != 2) return false;
  const std::string_view op = step.op();
  DraftLayer layer(op == "lstm_cell"  ? "LSTMCell"
                   : op == "gru_cell" ? "GRUCell"
                                      : "RNNCell",
                   {mapping.ref(x)});
  layer.set("input_size", from_input[1]).set("hidden_size", from_state[1]);
  if (!step.given("b_ih")) layer.set("bias", false);
  if (op == "rnn_relu_cell") layer.set("nonlinearity", "relu");
  if (!add_states(mapping, step["hx"], layer)) return false;
  mapping.emit(step, std::move(layer));
  return true;
}

// F.multi_head_attention_forward, as nn.MultiheadAttention calls it: always L,N,features.
bool multihead(Mapping& mapping, const Step& step) {
  const Value& query = step["query"];
  const Value& key = step["key"];
  const Value& value = step["value"];
  const auto wide = step.integer("embed_dim_to_check");
  const auto heads = step.integer("num_heads");
  if (!wide || !heads) return false;
  if (step.given("static_k") || step.given("static_v")) return false;
  // A last Linear of another width (CLIP's pool) is none that the module has; one that cannot run is its
  // fault.
  const std::vector<std::int64_t> last = sizes_of(mapping, step["out_proj_weight"]);
  if (last.size() == 2 && last[1] == *wide && last[0] != *wide) return false;
  const bool weights = step.call().outputs.size() > 1 && step.call().outputs[1] >= 0;
  if (weights && !step.flag("average_attn_weights", true)) return false;
  // Learned queries are a constant.
  const auto queries = mapping.taken(step, query);
  const auto keys = queries ? mapping.taken(step, key) : std::nullopt;
  const auto values = keys ? mapping.taken(step, value) : std::nullopt;
  if (!values) return false;
  DraftLayer layer("MultiheadAttention", {*queries});
  if (key.tensor != query.tensor || value.tensor != query.tensor) layer.inputs.push_back(*keys);
  if (value.tensor != key.tensor) layer.inputs.push_back(*values);
  layer.set("embed_dim", *wide).set("num_heads", *heads);
  if (!step.given("in_proj_bias")) layer.set("bias", false);
  if (step.given("bias_k")) layer.set("add_bias_kv", true);
  if (step.flag("add_zero_attn")) layer.set("add_zero_attn", true);
  // Said by the recorder of a sample without a batch, for which nothing is turned.
  if (step.flag("batch_first")) layer.set("batch_first", true);
  if (step.flag("use_separate_proj_weight")) {
    const std::vector<std::int64_t> of_key = sizes_of(mapping, step["k_proj_weight"]);
    const std::vector<std::int64_t> of_value = sizes_of(mapping, step["v_proj_weight"]);
    if (of_key.size() != 2 || of_value.size() != 2) return false;
    layer.set("kdim", of_key[1]).set("vdim", of_value[1]);
  }
  mapping.emit(step, std::move(layer));
  return true;
}

// enable_gqa: each head of key and value serves several of the query.
bool share_heads(Mapping& mapping, const Step& step, std::vector<Ref>& refs) {
  if (mapping.rank(step["query"]) < 3) return false;
  const auto heads = [&](std::string_view name) {
    return mapping.runs_at(step[name].tensor, mapping.rank(step[name]) - 3);
  };
  const Runs wanted = heads("query");
  const std::array<std::string_view, 2> names{"key", "value"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (mapping.rank(step[names[i]]) < 3) return false;
    const Runs have = heads(names[i]);
    if (!constant(wanted) || !constant(have) || have[0] < 1 || wanted[0] % have[0] != 0) return false;
    if (wanted[0] == have[0]) continue;
    DraftLayer layer("RepeatInterleave", {refs[i + 1]});
    layer.set("repeats", wanted[0] / have[0]).set("dim", -3);
    refs[i + 1] = mapping.emit_before(step, std::move(layer));
  }
  return true;
}

// softmax(q k^T) v. A mask that no input reaches changes no size.
bool dot_product(Mapping& mapping, const Step& step) {
  const Value& query = step["query"];
  const Value& key = step["key"];
  const Value& value = step["value"];
  if (!mapping.live(query) || !mapping.live(key) || !mapping.live(value)) return false;
  if (mapping.rank(query) < 2 || mapping.rank(key) < 2 || mapping.rank(value) < 2) return false;
  std::vector<Ref> refs{mapping.ref(query), mapping.ref(key), mapping.ref(value)};
  if (step.flag("enable_gqa") && !share_heads(mapping, step, refs)) return false;
  DraftLayer layer("ScaledDotProductAttention", refs);
  if (mapping.live(step["attn_mask"])) layer.inputs.push_back(mapping.ref(step["attn_mask"]));
  if (step.flag("is_causal")) layer.set("is_causal", true);
  mapping.emit(step, std::move(layer));
  return true;
}

constexpr std::string_view kRecurrent =
    "input hx params has_biases num_layers dropout train bidirectional batch_first";
constexpr std::string_view kCell = "input hx w_ih w_hh b_ih b_hh";
constexpr Row kSequenceRows[] = {
    {"lstm", kRecurrent, recurrent},
    {"gru", kRecurrent, recurrent},
    {"rnn_tanh", kRecurrent, recurrent},
    {"rnn_relu", kRecurrent, recurrent},
    {"lstm_cell", kCell, cell},
    {"gru_cell", kCell, cell},
    {"rnn_tanh_cell", kCell, cell},
    {"rnn_relu_cell", kCell, cell},
    {"scaled_dot_product_attention", "query key value attn_mask dropout_p is_causal scale enable_gqa",
     dot_product},
    {"multi_head_attention_forward",
     "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn "
     "dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask "
     "use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight static_k static_v "
     "average_attn_weights is_causal batch_first",
     multihead},
};

}  // namespace

std::span<const Row> sequence_rows() { return kSequenceRows; }

}  // namespace shapedbg::aten
