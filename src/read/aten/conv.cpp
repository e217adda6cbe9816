// Convolutions, Linear and kin: what has a weight decides its channels by it.
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

// The sizes of a weight that no input reaches; empty else.
std::vector<std::int64_t> weight_shape(const Mapping& mapping, const Value& weight) {
  std::vector<std::int64_t> shape;
  if (!weight.is(Value::Kind::tensor) || mapping.live(weight)) return shape;
  for (const calls::Size& size : mapping.tensor(weight).shape) shape.push_back(size.value);
  return shape;
}

std::string kind_for(std::string_view base, std::size_t axes) {
  return std::string(base) + std::to_string(axes) + "d";
}

// One option with a number per axis, left out where it is `fallback` everywhere. False where it is not fixed.
bool set_axes(DraftLayer& layer, const Step& step, std::string_view option, std::size_t axes,
              std::int64_t fallback) {
  if (!step.given(option)) return true;
  const auto values = fixed(step.integers(option));
  if (!values || values->empty()) return false;
  const std::vector<std::int64_t> all = spread(*values, axes);
  if (all.size() != axes) return false;
  for (const std::int64_t value : all)
    if (value != fallback) {
      layer.axes(option, all);
      break;
    }
  return true;
}

// A convolution whose groups do not divide what it takes all of, and gets.
bool made_for_one_group(const Mapping& mapping, const Step& step, std::int64_t taken, std::int64_t groups) {
  const std::vector<calls::Size>& shape = mapping.tensor(step["input"]).shape;
  return taken % groups != 0 && !step.call().raised.empty() && shape.size() > 1 && shape[1].value == taken;
}

bool conv(Mapping& mapping, const Step& step) {
  const std::vector<std::int64_t> weight = weight_shape(mapping, step["weight"]);
  if (!mapping.live(step["input"]) || weight.size() < 3 || weight.size() > 5) return false;
  const std::size_t axes = weight.size() - 2;
  const std::int64_t groups = step.integer("groups").value_or(1);
  DraftLayer layer(kind_for("Conv", axes), {mapping.ref(step["input"])});
  // What torch refuses to make for its groups is made for one, so that its call can be recorded.
  const bool refused =
      groups > 0 && (weight[0] % groups != 0 || made_for_one_group(mapping, step, weight[1], groups));
  layer.set("in_channels", refused ? weight[1] : weight[1] * groups).set("out_channels", weight[0]);
  layer.axes("kernel_size", std::vector<std::int64_t>(weight.begin() + 2, weight.end()));
  if (!set_axes(layer, step, "stride", axes, 1)) return false;
  if (step["padding"].is(Value::Kind::text)) {
    if (step.text("padding") != "valid") layer.set("padding", step.text("padding"));
  } else if (!set_axes(layer, step, "padding", axes, 0)) {
    return false;
  }
  if (!set_axes(layer, step, "dilation", axes, 1)) return false;
  if (groups != 1) layer.set("groups", groups);
  if (!step.given("bias")) layer.set("bias", false);
  mapping.emit(step, std::move(layer));
  return true;
}

bool conv_transpose(Mapping& mapping, const Step& step) {
  const std::vector<std::int64_t> weight = weight_shape(mapping, step["weight"]);
  if (!mapping.live(step["input"]) || weight.size() < 3 || weight.size() > 5) return false;
  const std::size_t axes = weight.size() - 2;
  const std::int64_t groups = step.integer("groups").value_or(1);
  DraftLayer layer(kind_for("ConvTranspose", axes), {mapping.ref(step["input"])});
  layer.set("in_channels", weight[0]).set("out_channels", weight[1] * groups);
  layer.axes("kernel_size", std::vector<std::int64_t>(weight.begin() + 2, weight.end()));
  if (!set_axes(layer, step, "stride", axes, 1) || !set_axes(layer, step, "padding", axes, 0)) return false;
  // forward(x, output_size=…) has become an output_padding: where that hangs on sizes, the size was asked
  // for.
  const std::vector<Value> extra = step.integers("output_padding");
  if (!extra.empty() && !fixed(extra)) {
    const int made = step.call().outputs.at(0);
    const std::size_t rank = mapping.tensor(made).shape.size();
    if (rank < axes) return false;
    std::vector<Runs> sizes;
    for (std::size_t k = rank - axes; k < rank; ++k) sizes.push_back(mapping.runs_at(made, k));
    const auto like = mapping.tensor_with(sizes, rank, rank - axes, step["input"].tensor, made);
    if (!like) return false;
    layer.set("size_like", mapping.ref(*like));
  } else if (!set_axes(layer, step, "output_padding", axes, 0)) {
    return false;
  }
  if (!set_axes(layer, step, "dilation", axes, 1)) return false;
  if (groups != 1) layer.set("groups", groups);
  if (!step.given("bias")) layer.set("bias", false);
  mapping.emit(step, std::move(layer));
  return true;
}

bool linear(Mapping& mapping, const Step& step) {
  const std::vector<std::int64_t> weight = weight_shape(mapping, step["weight"]);
  if (!mapping.live(step["input"]) || weight.size() != 2) return false;
  // A bias that was refused is none that a Linear has.
  const std::vector<std::int64_t> bias = weight_shape(mapping, step["bias"]);
  if (!step.call().raised.empty() && !bias.empty() && bias.back() != weight[0]) return false;
  DraftLayer layer("Linear", {mapping.ref(step["input"])});
  layer.set("in_features", weight[1]).set("out_features", weight[0]);
  if (!step.given("bias")) layer.set("bias", false);
  mapping.emit(step, std::move(layer));
  return true;
}

bool bilinear(Mapping& mapping, const Step& step) {
  const std::vector<std::int64_t> weight = weight_shape(mapping, step["weight"]);
  if (!mapping.live(step["input1"]) || !mapping.live(step["input2"]) || weight.size() != 3) return false;
  DraftLayer layer("Bilinear", {mapping.ref(step["input1"]), mapping.ref(step["input2"])});
  layer.set("in1_features", weight[1]).set("in2_features", weight[2]).set("out_features", weight[0]);
  if (!step.given("bias")) layer.set("bias", false);
  mapping.emit(step, std::move(layer));
  return true;
}

// Places 0, 1, 2, … that are looked up in a table of fewer rows: the table itself, which is too short where
// it is used.
bool short_table(Mapping& mapping, const Step& step, const Value& places, std::int64_t rows) {
  const std::string& raised = step.call().raised;
  if (raised.empty() || !places.is(Value::Kind::tensor) || mapping.rank(places) != 1) return false;
  const std::int64_t count = mapping.tensor(places).shape[0].value;
  const std::string last = "the largest index is " + std::to_string(count - 1) + ",";
  if (rows >= count || raised.find(last) == std::string::npos) return false;
  const auto table = mapping.constant(step, step["weight"]);
  if (!table) return false;
  mapping.bind(step.call().outputs.at(0), *table);
  return true;
}

bool embedding(Mapping& mapping, const Step& step) {
  // F.embedding(input, weight) and aten.embedding(weight, indices).
  const Value& looked_up = step.given("indices") ? step["indices"] : step["input"];
  const std::vector<std::int64_t> weight = weight_shape(mapping, step["weight"]);
  if (weight.size() != 2) return false;
  if (!mapping.live(looked_up)) return short_table(mapping, step, looked_up, weight[0]);
  DraftLayer layer("Embedding", {mapping.ref(looked_up)});
  layer.set("num_embeddings", weight[0]).set("embedding_dim", weight[1]);
  if (const auto padding = step.integer("padding_idx"); padding && *padding >= 0)
    layer.set("padding_idx", *padding);
  mapping.emit(step, std::move(layer));
  return true;
}

constexpr std::string_view kConv = "input weight bias stride padding dilation groups";
constexpr std::string_view kTransposed = "input weight bias stride padding output_padding groups dilation";
constexpr std::array<Row, 9> kConvRows{{{"conv1d", kConv, conv},
                                        {"conv2d", kConv, conv},
                                        {"conv3d", kConv, conv},
                                        {"conv_transpose1d", kTransposed, conv_transpose},
                                        {"conv_transpose2d", kTransposed, conv_transpose},
                                        {"conv_transpose3d", kTransposed, conv_transpose},
                                        {"linear", "input weight bias", linear},
                                        {"bilinear", "input1 input2 weight bias", bilinear},
                                        {"embedding",
                                         "input weight padding_idx max_norm norm_type scale_grad_by_freq "
                                         "sparse indices",
                                         embedding}}};

}  // namespace

std::span<const Row> conv_rows() { return kConvRows; }

}  // namespace shapedbg::aten
