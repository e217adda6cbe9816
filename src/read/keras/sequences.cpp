// Keras' layers over sequences: recurrent ones, attention, and what is done at each step.

#include <nlohmann/json.hpp>

#include "read/keras/config.h"

namespace shapedbg::keras {
namespace {

const Json& layer_in(const Json& config) {
  static const Json none;
  const auto found = config.find("layer");
  return found != config.end() && found->is_object() && found->contains("config") &&
                 (*found)["config"].is_object()
             ? *found
             : none;
}

std::string recurrent_kind(const std::string& type) {
  return type == "LSTM" || type == "GRU" ? type : type == "SimpleRNN" ? "RNN" : "";
}

}  // namespace

Tensor Builder::keras_order(const Tensor& x, const std::string& name) {
  if (!last_ || x.shape.size() < 3) return x;
  if (const auto twin = twins_.find(x.ref.layer); x.ref.output == 0 && twin != twins_.end())
    return twin->second;
  std::vector<std::int64_t> dims{0};
  Shape shape{x.shape[0]};
  for (std::size_t i = 2; i < x.shape.size(); ++i) {
    dims.push_back(static_cast<std::int64_t>(i));
    shape.push_back(x.shape[i]);
  }
  dims.push_back(1);
  shape.push_back(x.shape[1]);
  const std::pair key{x.ref.layer, x.ref.output};
  if (const auto before = in_keras_order_.find(key); before != in_keras_order_.end()) return before->second;
  DraftLayer permute("Permute", {x.ref}, name + ".last");
  return in_keras_order_[key] = add(std::move(permute.set("dims", dims)), std::move(shape));
}

Tensor Builder::torch_order(const Tensor& x, const std::string& name) {
  if (!last_ || x.shape.size() < 3) return x;
  std::vector<std::int64_t> dims{0, static_cast<std::int64_t>(x.shape.size()) - 1};
  for (std::size_t i = 1; i + 1 < x.shape.size(); ++i) dims.push_back(static_cast<std::int64_t>(i));
  DraftLayer permute("Permute", {x.ref}, name + ".first");
  Tensor made = add(std::move(permute.set("dims", dims)), turned(x.shape, true));
  twins_.emplace(made.ref.layer, x);
  spare_.insert(made.ref.layer);
  return made;
}

Tensor Builder::custom_of(const Call& call, Shape shape) {
  ++unknown[call.type];
  DraftLayer layer("Custom", {}, call.name);
  for (const Tensor& one : call.inputs) layer.inputs.push_back(one.ref);
  layer.set("label", call.type);
  for (std::int64_t& size : shape) size = std::max<std::int64_t>(size, 1);
  std::vector<DraftSize> sizes{DraftSize(layer.inputs.size() == 1 ? "in[0]" : "in[0][0]")};
  sizes.insert(sizes.end(), shape.begin() + 1, shape.end());
  layer.sizes("output", sizes);
  return add(std::move(layer), std::move(shape));
}

// One of Keras' recurrent layers, or both directions of one. `call.config` is that of the recurrent layer.
std::vector<Tensor> Builder::recurrent(const Call& call, const std::string& kind, const std::string* merge) {
  const bool both = merge != nullptr;
  second_bias = second_bias || call.flag("use_bias", true);
  const std::int64_t units = call.integer("units");
  const Tensor x = keras_order(call.x(), call.name);
  const std::int64_t batch = x.shape[0];
  DraftLayer layer(kind, {x.ref}, call.name);
  layer.set("input_size", x.shape[2]).set("hidden_size", units).set("batch_first", true);
  if (both) layer.set("bidirectional", true);
  if (!call.flag("use_bias", true)) layer.set("bias", false);
  // The state it begins with: of one direction.
  const std::size_t states = kind == "LSTM" ? 2 : 1;
  if (!both && call.inputs.size() == states + 1)
    for (std::size_t k = 1; k <= states; ++k) {
      DraftLayer first("Unsqueeze", {call.inputs[k].ref}, call.name + ".begin");
      layer.inputs.push_back(add(std::move(first.set("dim", 0)), {1, batch, units}).ref);
    }
  const Tensor y = add(std::move(layer), {batch, x.shape[1], both ? 2 * units : units});
  const auto state = [&](int output, std::int64_t direction) {
    DraftLayer select("Select", {Ref{y.ref.layer, output}}, call.name + ".state");
    Tensor made = add(std::move(select.set("dim", 0).set("index", direction)), {batch, units});
    spare_.insert(made.ref.layer);
    return made;
  };
  Tensor whole = y;
  if (!call.flag("return_sequences", false)) {
    // The last step of the one direction is the first of the other: their last hidden states.
    whole = state(1, 0);
    if (both) {
      DraftLayer concat("Concat", {whole.ref, state(1, 1).ref}, call.name + ".last");
      whole = add(std::move(concat), {batch, 2 * units});
    }
  }
  std::vector<Tensor> outputs;
  if (both && *merge != "concat")
    outputs = merged_halves(call, whole, *merge);
  else
    outputs.push_back(torch_order(whole, call.name));
  if (call.flag("return_state", false))
    for (std::int64_t direction = 0; direction < (both ? 2 : 1); ++direction)
      for (std::size_t k = 1; k <= states; ++k) outputs.push_back(state(static_cast<int>(k), direction));
  return outputs;
}

// What two directions return: their sum, product or mean; each by itself where nothing merges them.
std::vector<Tensor> Builder::merged_halves(const Call& call, const Tensor& both, const std::string& merge) {
  DraftLayer chunk("Chunk", {both.ref}, call.name + ".directions");
  Shape half = both.shape;
  half.back() /= 2;
  const Tensor forward = add(std::move(chunk.set("chunks", 2).set("dim", -1)), half);
  const Tensor backward{Ref{forward.ref.layer, 1}, half};
  if (merge.empty()) return {torch_order(forward, call.name), torch_order(backward, call.name)};
  DraftLayer join(merge == "mul" ? "Mul" : "Add", {forward.ref, backward.ref}, call.name + "." + merge);
  Tensor made = add(std::move(join), half);
  if (merge == "ave") {
    DraftLayer mean("Mul", {made.ref}, call.name + ".half");
    made = add(std::move(mean.set("value", 0.5)), half);
  }
  return {torch_order(made, call.name)};
}

std::vector<Tensor> Builder::bidirectional(const Call& call) {
  const Json& inner = layer_in(json_of(call.config));
  const std::string kind = recurrent_kind(class_of(inner));
  const Json& backward = json_of(call.config).value("backward_layer", Json());
  if (kind.empty() || call.x().shape.size() != 3 ||
      (backward.is_object() && class_of(backward) != class_of(inner)))
    return {custom(call)};
  Call one = call;
  one.config = &inner["config"];
  const std::string merge = call.word("merge_mode");
  return recurrent(one, kind, &merge);
}

// The same layer at each step. A window over the other axes is one of a single step; a Dense is one anyway.
std::vector<Tensor> Builder::at_each_step(const Call& call) {
  const Json& inner = layer_in(json_of(call.config));
  const std::string type = class_of(inner);
  const std::size_t rank = call.x().shape.size();
  Call one = call;
  one.type = type;
  one.config = inner.is_object() ? &inner["config"] : call.config;
  if (type == "Dense" || type == "Activation" || type == "Dropout") return {run(one)};
  if (rank < 4 || rank > 5 || type.empty()) return {custom(call)};
  if (type == "Flatten") {
    const Tensor x = keras_order(call.x(), call.name);
    const std::int64_t features = product(x.shape, 2);
    DraftLayer flatten("Flatten", {x.ref}, call.name);
    return {torch_order(add(std::move(flatten.set("start_dim", 2)), {x.shape[0], x.shape[1], features}),
                        call.name)};
  }
  const std::string axes = std::to_string(rank - 3) + "D";
  if (last_ && !one.flag("keepdims", false) &&
      (type == "GlobalAveragePooling" + axes || type == "GlobalMaxPooling" + axes)) {
    const Shape& x = call.x().shape;
    DraftLayer pool((type.starts_with("GlobalMax") ? "AdaptiveMaxPool" : "AdaptiveAvgPool") +
                        std::to_string(rank - 2) + "d",
                    {call.x().ref}, call.name + ".pool");
    pool.json("output_size", rank == 4 ? "[null, 1]" : "[null, 1, 1]");
    Shape pooled{x[0], x[1], x[2]};
    pooled.resize(rank, 1);
    DraftLayer flatten("Flatten", {add(std::move(pool), pooled).ref}, call.name);
    return {add(std::move(flatten.set("start_dim", 2)), {x[0], x[1], x[2]})};
  }
  for (const std::string_view window :
       {"Conv", "DepthwiseConv", "MaxPooling", "AveragePooling", "UpSampling"}) {
    if (!last_ || type != std::string(window) + axes) continue;
    Json config = inner["config"];
    for (const char* key : {"kernel_size", "strides", "dilation_rate", "pool_size", "size"}) {
      const auto found = config.find(key);
      if (found == config.end() || found->is_null()) continue;
      Json wider = Json::array({1});
      for (std::size_t k = 0; k + 3 < rank; ++k)
        wider.push_back(found->is_array() ? (found->empty() ? Json() : found->at(k % found->size()))
                                          : *found);
      *found = std::move(wider);
    }
    one.type = std::string(window) + std::to_string(rank - 2) + "D";
    one.config = &config;
    return {run(one)};
  }
  return {custom(call)};
}

Tensor Builder::repeat_vector(const Call& call) {
  const Shape& x = call.x().shape;
  const std::int64_t steps = call.integer("n");
  const std::int64_t dim = last_ ? 2 : 1;
  DraftLayer unsqueeze("Unsqueeze", {call.x().ref}, call.name + ".step");
  const Shape one = last_ ? Shape{x[0], x[1], 1} : Shape{x[0], 1, x[1]};
  const Tensor step = add(std::move(unsqueeze.set("dim", dim)), one);
  DraftLayer expand("Expand", {step.ref}, call.name);
  Shape shape = one;
  shape[static_cast<std::size_t>(dim)] = steps;
  expand.set("size",
             last_ ? std::vector<std::int64_t>{-1, -1, steps} : std::vector<std::int64_t>{-1, steps, -1});
  return add(std::move(expand), std::move(shape));
}

// Query, value and key, as Keras orders them; of two tensors the second is both.
Tensor Builder::multi_head(const Call& call) {
  const std::int64_t heads = call.integer("num_heads");
  const std::int64_t key_dim = call.integer("key_dim");
  const Json& config = json_of(call.config);
  const auto given = [&](const char* key) { return config.contains(key) && config[key].is_number_integer(); };
  const std::int64_t value_dim = given("value_dim") ? call.integer("value_dim") : key_dim;
  for (const Tensor& one : call.inputs)
    if (one.shape.size() != 3) return custom(call);
  if (call.inputs.size() < 2 || heads > kMostFeatures / std::max(key_dim, value_dim)) return custom(call);
  const Tensor query = keras_order(call.inputs[0], call.name + ".query");
  const bool self = call.inputs[1].ref == call.inputs[0].ref;
  const Tensor value = self ? query : keras_order(call.inputs[1], call.name + ".value");
  const bool same = call.inputs.size() < 3 || call.inputs[2].ref == call.inputs[1].ref;
  const Tensor key = same ? value : keras_order(call.inputs[2], call.name + ".key");
  const std::int64_t features = query.shape[2];
  std::int64_t out = features;
  if (const Json said = config.value("output_shape", Json()); !said.is_null()) {
    const Json& one = said.is_array() && said.size() == 1 ? said[0] : said;
    if (!one.is_number_integer() || one < 1 || one > kMostFeatures) return custom(call);
    out = one.get<std::int64_t>();
  }
  const bool bias = call.flag("use_bias", true);
  const auto dense = [&](const Tensor& x, std::int64_t width, const std::string& name) {
    DraftLayer layer("Linear", {x.ref}, call.name + name);
    layer.set("in_features", x.shape[2]).set("out_features", width);
    if (!bias) layer.set("bias", false);
    return add(std::move(layer), {x.shape[0], x.shape[1], width});
  };
  const auto split = [&](const Tensor& x, std::int64_t size, const std::string& name) {
    DraftLayer unflatten("Unflatten", {x.ref}, call.name + name + "_heads");
    unflatten.set("dim", -1).set("unflattened_size", std::vector<std::int64_t>{heads, size});
    const Tensor y = add(std::move(unflatten), {x.shape[0], x.shape[1], heads, size});
    DraftLayer permute("Permute", {y.ref}, call.name + name + "_by_head");
    permute.set("dims", std::vector<std::int64_t>{0, 2, 1, 3});
    return add(std::move(permute), {x.shape[0], heads, x.shape[1], size});
  };
  const Tensor q = split(dense(query, heads * key_dim, ".to_query"), key_dim, ".query");
  const Tensor k = split(dense(key, heads * key_dim, ".to_key"), key_dim, ".key");
  const Tensor v = split(dense(value, heads * value_dim, ".to_value"), value_dim, ".value");
  DraftLayer attention("ScaledDotProductAttention", {q.ref, k.ref, v.ref}, call.name);
  const Tensor seen = add(std::move(attention), {query.shape[0], heads, query.shape[1], value_dim});
  DraftLayer permute("Permute", {seen.ref}, call.name + ".by_place");
  permute.set("dims", std::vector<std::int64_t>{0, 2, 1, 3});
  const Tensor placed = add(std::move(permute), {query.shape[0], query.shape[1], heads, value_dim});
  DraftLayer flatten("Flatten", {placed.ref}, call.name + ".joined");
  flatten.set("start_dim", 2);
  const Tensor joined = add(std::move(flatten), {query.shape[0], query.shape[1], heads * value_dim});
  return torch_order(dense(joined, out, ".output"), call.name);
}

// Attention without weights: query, value and key.
Tensor Builder::dot_attention(const Call& call) {
  for (const Tensor& one : call.inputs)
    if (one.shape.size() != 3) return custom(call);
  if (call.inputs.size() < 2) return custom(call);
  const Tensor query = keras_order(call.inputs[0], call.name + ".query");
  const Tensor value = keras_order(call.inputs[1], call.name + ".value");
  const Tensor key = call.inputs.size() < 3 ? value : keras_order(call.inputs[2], call.name + ".key");
  const Shape shape{query.shape[0], query.shape[1], value.shape[2]};
  if (call.type == "AdditiveAttention") return custom_of(call, turned(shape, true));
  DraftLayer layer("ScaledDotProductAttention", {query.ref, key.ref, value.ref}, call.name);
  return torch_order(add(std::move(layer.set("scale", 1.0)), shape), call.name);
}

// Convolutions in place of a recurrent layer's products: its shape alone is known to the spec.
Tensor Builder::conv_lstm(const Call& call) {
  const Tensor& x = call.x();
  const std::size_t axes = x.axes() - 1;
  const auto kernel = call.window("kernel_size", axes, 1);
  const auto stride = call.window("strides", axes, 1);
  const auto dilation = call.window("dilation_rate", axes, 1);
  // In torch's order time is the first of the axes behind the channels; in the other it stands in front of
  // them.
  Shape shape{x.shape[0]};
  const bool steps = call.flag("return_sequences", false);
  if (last_) shape.push_back(call.integer("filters"));
  if (steps) shape.push_back(x.shape[last_ ? 2 : 1]);
  if (!last_) shape.push_back(call.integer("filters"));
  for (std::size_t k = 0; k < axes; ++k) {
    const std::int64_t n = x.shape[k + 3];
    const std::int64_t s = std::max<std::int64_t>(stride[k], 1);
    const std::int64_t extent = dilation[k] * (kernel[k] - 1) + 1;
    shape.push_back(call.word("padding") == "same" ? (n + s - 1) / s : (n - extent) / s + 1);
  }
  return custom_of(call, std::move(shape));
}

std::optional<std::vector<Tensor>> Builder::over_sequences(const Call& call) {
  const std::string& type = call.type;
  const std::size_t rank = call.x().shape.size();
  if (const std::string kind = recurrent_kind(type); !kind.empty() && rank == 3)
    return recurrent(call, kind, nullptr);
  if (type == "Bidirectional") return bidirectional(call);
  if (type == "TimeDistributed") return at_each_step(call);
  if (type == "RepeatVector" && rank == 2) return std::vector<Tensor>{repeat_vector(call)};
  if (type == "MultiHeadAttention") return std::vector<Tensor>{multi_head(call)};
  if (type == "Attention" || type == "AdditiveAttention") return std::vector<Tensor>{dot_attention(call)};
  if (rank >= 4 && rank <= 6 && type == "ConvLSTM" + std::to_string(rank - 3) + "D")
    return std::vector<Tensor>{conv_lstm(call)};
  return std::nullopt;
}

}  // namespace shapedbg::keras
