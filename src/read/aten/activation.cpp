// Activations, and element-wise functions that have a kind of their own.
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

bool plain(Mapping& mapping, const Step& step, std::string_view kind) {
  if (!mapping.live(step["input"]) || !Mapping::has(kind)) return false;
  mapping.emit(step, DraftLayer(kind, {mapping.ref(step["input"])}));
  return true;
}

// One number; left out where it is torch's own.
void set_number(DraftLayer& layer, const Step& step, std::string_view option, std::string_view argument,
                double fallback) {
  if (const double value = step.number(argument, fallback); value != fallback) layer.set(option, value);
}

template <std::size_t N>
struct Name {
  char text[N]{};
  constexpr Name(const char (&word)[N]) {  // NOLINT: reads as a word
    for (std::size_t i = 0; i < N; ++i) text[i] = word[i];
  }
};
template <Name kind>
bool simple(Mapping& mapping, const Step& step) {
  return plain(mapping, step, kind.text);
}

bool leaky_relu(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer("LeakyReLU", {mapping.ref(step["input"])});
  set_number(layer, step, "negative_slope", "negative_slope", 0.01);
  mapping.emit(step, std::move(layer));
  return true;
}

bool elu(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(step.op() == "celu" ? "CELU" : "ELU", {mapping.ref(step["input"])});
  set_number(layer, step, "alpha", "alpha", 1);
  mapping.emit(step, std::move(layer));
  return true;
}

bool gelu(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer("GELU", {mapping.ref(step["input"])});
  if (step.text("approximate") == "tanh") layer.set("approximate", "tanh");
  mapping.emit(step, std::move(layer));
  return true;
}

bool hardtanh(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  const double low = step.number("min_val", -1);
  const double high = step.number("max_val", 1);
  DraftLayer layer(low == 0 && high == 6 ? "ReLU6" : "Hardtanh", {mapping.ref(step["input"])});
  if (layer.type == "Hardtanh") {
    if (low != -1) layer.set("min_val", low);
    if (high != 1) layer.set("max_val", high);
  }
  mapping.emit(step, std::move(layer));
  return true;
}

bool softplus(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer("Softplus", {mapping.ref(step["input"])});
  set_number(layer, step, "beta", "beta", 1);
  set_number(layer, step, "threshold", "threshold", 20);
  mapping.emit(step, std::move(layer));
  return true;
}

bool shrink(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer(step.op() == "softshrink" ? "Softshrink" : "Hardshrink", {mapping.ref(step["input"])});
  set_number(layer, step, "lambda", "lambd", 0.5);
  mapping.emit(step, std::move(layer));
  return true;
}

bool threshold(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer("Threshold", {mapping.ref(step["input"])});
  layer.set("threshold", step.number("threshold", 0)).set("value", step.number("value", 0));
  mapping.emit(step, std::move(layer));
  return true;
}

bool clamp(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"]) || !Mapping::has("Clamp") || mapping.live(step["min"]) ||
      mapping.live(step["max"]))
    return false;
  DraftLayer layer("Clamp", {mapping.ref(step["input"])});
  for (const std::string_view bound : {"min", "max"})
    if (step[bound].is(Value::Kind::integer) || step[bound].is(Value::Kind::number))
      layer.set(bound, step.number(bound, 0));
  mapping.emit(step, std::move(layer));
  return true;
}

bool prelu(Mapping& mapping, const Step& step) {
  const Value& weight = step["weight"];
  if (!mapping.live(step["input"]) || !weight.is(Value::Kind::tensor) || mapping.live(weight)) return false;
  DraftLayer layer("PReLU", {mapping.ref(step["input"])});
  std::int64_t count = 1;
  for (const calls::Size& size : mapping.tensor(weight).shape) count *= size.value;
  if (count != 1) layer.set("num_parameters", count);
  mapping.emit(step, std::move(layer));
  return true;
}

bool glu(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  DraftLayer layer("GLU", {mapping.ref(step["input"])});
  if (const std::int64_t dim = step.integer("dim").value_or(-1); dim != -1) layer.set("dim", dim);
  mapping.emit(step, std::move(layer));
  return true;
}

bool softmax(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  const std::string_view kind = step.op() == "log_softmax" ? "LogSoftmax"
                                : step.op() == "softmin"   ? "Softmin"
                                                           : "Softmax";
  const std::size_t rank = mapping.rank(step["input"]);
  // Without `dim` torch takes the first axis of 0, 1 or 3, else the second.
  const std::int64_t implicit = rank == 0 || rank == 1 || rank == 3 ? 0 : 1;
  DraftLayer layer(kind, {mapping.ref(step["input"])});
  layer.set("dim", step.integer("dim").value_or(implicit));
  mapping.emit(step, std::move(layer));
  return true;
}

// 1 - erf(x)
bool erfc(Mapping& mapping, const Step& step) {
  if (!mapping.live(step["input"])) return false;
  const Ref inner = mapping.emit_before(step, DraftLayer("Erf", {mapping.ref(step["input"])}));
  DraftLayer layer("Add", {mapping.emit_before(step, DraftLayer("Neg", {inner}))});
  layer.set("value", 1.0);
  mapping.emit(step, std::move(layer));
  return true;
}

constexpr std::string_view kOne = "input|self inplace";
constexpr std::string_view kSoftmax = "input|self dim _stacklevel dtype";
constexpr Row kRows[] = {
    {"relu", kOne, simple<"ReLU">},
    {"relu6", kOne, simple<"ReLU6">},
    {"selu", kOne, simple<"SELU">},
    {"silu", kOne, simple<"SiLU">},
    {"mish", kOne, simple<"Mish">},
    {"sigmoid", kOne, simple<"Sigmoid">},
    {"logsigmoid", kOne, simple<"LogSigmoid">},
    {"log_sigmoid", kOne, simple<"LogSigmoid">},
    {"tanh", kOne, simple<"Tanh">},
    {"tanhshrink", kOne, simple<"Tanhshrink">},
    {"softsign", kOne, simple<"Softsign">},
    {"hardswish", kOne, simple<"Hardswish">},
    {"hardsigmoid", kOne, simple<"Hardsigmoid">},
    {"contiguous", kOne, simple<"Contiguous">},
    {"exp", kOne, simple<"Exp">},
    {"expm1", kOne, simple<"Expm1">},
    {"log", kOne, simple<"Log">},
    {"log1p", kOne, simple<"Log1p">},
    {"log2", kOne, simple<"Log2">},
    {"sqrt", kOne, simple<"Sqrt">},
    {"rsqrt", kOne, simple<"Rsqrt">},
    {"square", kOne, simple<"Square">},
    {"abs", kOne, simple<"Abs">},
    {"neg", kOne, simple<"Neg">},
    {"sign", kOne, simple<"Sign">},
    {"reciprocal", kOne, simple<"Reciprocal">},
    {"sin", kOne, simple<"Sin">},
    {"cos", kOne, simple<"Cos">},
    {"erf", kOne, simple<"Erf">},
    {"erfc", kOne, erfc},
    {"special_erfc", kOne, erfc},
    {"floor", kOne, simple<"Floor">},
    {"ceil", kOne, simple<"Ceil">},
    {"round", kOne, simple<"Round">},
    {"rrelu", "input|self lower upper training inplace", simple<"RReLU">},
    {"leaky_relu", "input|self negative_slope inplace", leaky_relu},
    {"elu", "input|self alpha inplace", elu},
    {"celu", "input|self alpha inplace", elu},
    {"gelu", "input|self approximate", gelu},
    {"hardtanh", "input|self min_val max_val inplace", hardtanh},
    {"softplus", "input|self beta threshold", softplus},
    {"softshrink", "input|self lambd", shrink},
    {"hardshrink", "input|self lambd", shrink},
    {"threshold", "input|self threshold value inplace", threshold},
    {"clamp", "input|self min max", clamp},
    {"clip", "input|self min max", clamp},
    {"clamp_min", "input|self min", clamp},
    {"clamp_max", "input|self max", clamp},
    {"prelu", "input|self weight", prelu},
    {"glu", "input|self dim", glu},
    {"softmax", kSoftmax, softmax},
    {"log_softmax", kSoftmax, softmax},
    {"softmin", kSoftmax, softmax},
};

}  // namespace

std::span<const Row> activation_rows() { return kRows; }

}  // namespace shapedbg::aten
