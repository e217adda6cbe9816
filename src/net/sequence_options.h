// Options of layers over sequences: recurrent layers, attention, transformer layers. Part of kinds.cpp.
#pragma once

#include <vector>

#include "net/kinds.h"

namespace shapedbg::options {

inline constexpr std::int64_t kLongest = INT64_C(2147483647);

inline OptionInfo flag_option(Opt opt, bool fallback, std::string_view doc) {
  return {opt, OptType::boolean, false, Value{fallback}, 0, 0, {}, doc};
}
inline OptionInfo count_option(Opt opt, Value fallback, std::string_view doc, bool required = false,
                               std::int64_t min = 1) {
  return {opt, OptType::integer, required, std::move(fallback), min, kLongest, {}, doc};
}
inline OptionInfo probability(Opt opt, double fallback, std::string_view doc) {
  return {opt, OptType::number, false, Value{fallback}, 0, 1, {}, doc};
}

inline const OptionInfo kBatchFirst =
    flag_option(Opt::batch_first, false, "N,L,features in place of L,N,features");
inline const OptionInfo kBiases = flag_option(Opt::bias, true, "adds learned biases");

inline std::vector<OptionInfo> recurrent(const std::vector<OptionInfo>& own) {
  std::vector<OptionInfo> all{
      count_option(Opt::input_size, {}, "size of the last axis; inferred when left out"),
      count_option(Opt::hidden_size, {}, "features of the hidden state", true),
      count_option(Opt::num_layers, Value{std::int64_t{1}}, "recurrent layers on top of each other"),
      kBiases,
      kBatchFirst,
      probability(Opt::dropout, 0.0, "dropout between these layers"),
      flag_option(Opt::bidirectional, false,
                  "a second layer reads from the end; outputs stand side by side")};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}
inline const OptionInfo kNonlinearity{
    Opt::nonlinearity, OptType::word,           false, Value{std::string("tanh")}, 0, 0,
    "tanh|relu",       "what follows each step"};
inline const std::vector<OptionInfo> gru = recurrent({});
inline const std::vector<OptionInfo> rnn = recurrent({kNonlinearity});
inline const std::vector<OptionInfo> lstm = recurrent({count_option(
    Opt::proj_size, Value{std::int64_t{0}},
    "features of the output, by a projection, where above 0; smaller than hidden_size", false, 0)});

inline std::vector<OptionInfo> cell(const std::vector<OptionInfo>& own) {
  std::vector<OptionInfo> all{
      count_option(Opt::input_size, {}, "size of the last axis; inferred when left out"),
      count_option(Opt::hidden_size, {}, "features of the hidden state", true), kBiases};
  all.insert(all.end(), own.begin(), own.end());
  return all;
}
inline const std::vector<OptionInfo> recurrent_cell = cell({});
inline const std::vector<OptionInfo> rnn_cell = cell({kNonlinearity});

inline const std::vector<OptionInfo> multihead_attention{
    count_option(Opt::embed_dim, {}, "size of the last axis of query and output; inferred when left out"),
    count_option(Opt::num_heads, {}, "heads; divides embed_dim", true),
    probability(Opt::dropout, 0.0, "dropout of the weights"),
    kBiases,
    flag_option(Opt::add_bias_kv, false, "adds one learned place to key and value"),
    flag_option(Opt::add_zero_attn, false, "adds one place of zeros to key and value"),
    count_option(Opt::kdim, {}, "features of the key; embed_dim when left out"),
    count_option(Opt::vdim, {}, "features of the value; embed_dim when left out"),
    kBatchFirst};
inline const std::vector<OptionInfo> dot_product_attention{
    probability(Opt::dropout_p, 0.0, "dropout of the weights"),
    flag_option(Opt::is_causal, false, "no place looks behind itself; excludes a mask"),
    {Opt::scale, OptType::number, false, {}, 0, 0, {}, "factor; 1/sqrt of the features when left out"}};

inline std::vector<OptionInfo> transformer_layer() {
  return {count_option(Opt::d_model, {}, "size of the last axis; inferred when left out"),
          count_option(Opt::nhead, {}, "heads; divides d_model", true),
          count_option(Opt::dim_feedforward, Value{std::int64_t{2048}}, "features between the two Linear"),
          probability(Opt::dropout, 0.1, "dropout"),
          {Opt::activation, OptType::word, false, Value{std::string("relu")}, 0, 0, "relu|gelu",
           "what stands between the two Linear"},
          {Opt::layer_norm_eps, OptType::number, false, Value{1e-5}, 0, 0, {}, "added to the variance"},
          kBatchFirst,
          flag_option(Opt::norm_first, false, "normalises in front of attention and Linear"),
          kBiases};
}
inline const std::vector<OptionInfo> transformer_encoder_layer = transformer_layer();
inline const std::vector<OptionInfo> transformer_decoder_layer = transformer_layer();

}  // namespace shapedbg::options
