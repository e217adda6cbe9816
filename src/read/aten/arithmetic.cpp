// Sums, products and matrix products of tensors, numbers and parameters.
#include <array>
#include <cmath>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

bool is_number(const Value& value) { return value.is(Value::Kind::integer) || value.is(Value::Kind::number); }
double number_of(const Value& value) {
  return value.is(Value::Kind::integer) ? static_cast<double>(value.integer) : value.number;
}

// One tensor without axes, or of a single number, beside an activation: the shape stays.
bool scalar(const Mapping& mapping, const Value& value) {
  if (is_number(value)) return true;
  if (!value.is(Value::Kind::tensor) || mapping.live(value)) return false;
  return mapping.tensor(value).shape.empty();
}

bool element_wise(Mapping& mapping, const Step& step, std::string_view kind) {
  const Value& a = step["input"];
  const Value& b = step["other"];
  if (!Mapping::has(kind) || (!mapping.live(a) && !mapping.live(b))) return false;
  if (mapping.live(a) && mapping.live(b)) {
    mapping.emit(step, DraftLayer(kind, {mapping.ref(a), mapping.ref(b)}));
    return true;
  }
  const bool first = mapping.live(a);
  const Value& tensor = first ? a : b;
  const Value& other = first ? b : a;
  const KindInfo* info = find_kind(kind);
  if (scalar(mapping, other)) {
    if (!info->option("value")) return false;
    if (!first && (kind == "Sub" || kind == "Div" || kind == "Pow")) return false;
    DraftLayer layer(kind, {mapping.ref(tensor)});
    layer.set("value", is_number(other) ? number_of(other) : 1.0);
    if (!layer.find("value")) return false;
    mapping.emit(step, std::move(layer));
    return true;
  }
  const auto parameter = mapping.constant(step, other);
  if (!parameter) return false;
  mapping.emit(step, DraftLayer(kind, first ? std::vector<Ref>{mapping.ref(a), *parameter}
                                            : std::vector<Ref>{*parameter, mapping.ref(b)}));
  return true;
}
// c - x, c / x of a number c.
bool turned(Mapping& mapping, const Step& step, bool quotient) {
  const Value& x = step["input"];
  const Value& other = step["other"];
  if (!mapping.live(x)) return false;
  if (mapping.live(other) || !scalar(mapping, other)) {
    const auto left = mapping.taken(step, other);
    if (!left) return false;
    mapping.emit(step, DraftLayer(quotient ? "Div" : "Sub", {*left, mapping.ref(x)}));
    return true;
  }
  const double number = is_number(other) ? number_of(other) : 1.0;
  if (!std::isfinite(number)) return false;
  const Ref inner = mapping.emit_before(step, DraftLayer(quotient ? "Reciprocal" : "Neg", {mapping.ref(x)}));
  DraftLayer layer(quotient ? "Mul" : "Add", {inner});
  layer.set("value", number);
  mapping.emit(step, std::move(layer));
  return true;
}
bool rsub(Mapping& mapping, const Step& step) { return turned(mapping, step, false); }
bool rdiv(Mapping& mapping, const Step& step) { return turned(mapping, step, true); }
bool add(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Add"); }
bool sub(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Sub"); }
bool mul(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Mul"); }
bool div(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Div"); }
bool power(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Pow"); }
bool maximum(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Maximum"); }
bool minimum(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Minimum"); }

// Each element of one vector times each of the other.
bool outer(Mapping& mapping, const Step& step) {
  const Value& a = step["input"];
  const Value& b = step["other"];
  if (!mapping.live(a) || mapping.rank(a) != 1) return false;
  const auto row = mapping.taken(step, b);
  if (!row) return false;
  DraftLayer column("Unsqueeze", {mapping.ref(a)});
  column.set("dim", 1);
  const Ref rows = mapping.emit_before(step, std::move(column));
  mapping.emit(step, DraftLayer("Mul", {rows, *row}));
  return true;
}

bool matmul(Mapping& mapping, const Step& step) {
  const Value& a = step["input"];
  const Value& b = step["other"];
  if (!a.is(Value::Kind::tensor) || !b.is(Value::Kind::tensor) || mapping.rank(a) < 1 || mapping.rank(b) < 1)
    return false;
  const auto left = mapping.taken(step, a);
  const auto right = left ? mapping.taken(step, b) : std::nullopt;
  if (!right) return false;
  mapping.emit(step, DraftLayer("MatMul", {*left, *right}));
  return true;
}

// Whether torch refused two matrices, or two batches of them, for more than what a MatMul refuses: that they
// are none, of other lengths, or what is added.
bool refused_beyond_product(const Mapping& mapping, const Step& step, const Value& a, const Value& b) {
  if (step.call().raised.empty()) return false;
  const std::size_t rank = step.op() == "mm" ? 2 : 3;
  if (mapping.rank(a) != rank || mapping.rank(b) != rank) return true;
  const auto sizes = [&](const Value& value, std::size_t axis) {
    return mapping.runs_at(value.tensor, axis);
  };
  return (rank == 3 && sizes(a, 0) != sizes(b, 0)) || sizes(a, rank - 1) == sizes(b, rank - 2);
}

bool matrices(Mapping& mapping, const Step& step) {
  const Value& a = step["input"];
  const Value& b = step["other"];
  if (!a.is(Value::Kind::tensor) || !b.is(Value::Kind::tensor)) return false;
  return !refused_beyond_product(mapping, step, a, b) && matmul(mapping, step);
}

// bias + x W, with the weight as GPT-2's Conv1D has it: a Linear.
bool addmm(Mapping& mapping, const Step& step) {
  const Value& x = step["mat1"];
  const Value& weight = step["mat2"];
  const Value& bias = step["input"];
  if (step.number("beta", 1.0) != 1.0 || step.number("alpha", 1.0) != 1.0 || !mapping.live(x)) return false;
  if (!weight.is(Value::Kind::tensor) || mapping.live(weight) || mapping.live(bias) ||
      mapping.rank(weight) != 2 || !bias.is(Value::Kind::tensor) || mapping.rank(bias) != 1)
    return false;
  const std::vector<calls::Size>& sizes = mapping.tensor(weight).shape;
  if (mapping.tensor(bias).shape[0].value != sizes[1].value) return false;
  DraftLayer layer("Linear", {mapping.ref(x)});
  layer.set("in_features", sizes[0].value).set("out_features", sizes[1].value);
  mapping.emit(step, std::move(layer));
  return true;
}

// beta * input + alpha * batch1 @ batch2: the scores of an attention, mostly with a beta of 0 and an input of
// no matter.
bool baddbmm(Mapping& mapping, const Step& step) {
  const double alpha = step.number("alpha", 1.0);
  const double beta = step.number("beta", 1.0);
  const Value& a = step["batch1"];
  const Value& b = step["batch2"];
  if (!a.is(Value::Kind::tensor) || !b.is(Value::Kind::tensor)) return false;
  if (refused_beyond_product(mapping, step, a, b) || !std::isfinite(alpha) || (beta != 0.0 && beta != 1.0))
    return false;
  const std::optional<Ref> left = mapping.taken(step, a);
  const std::optional<Ref> right = left ? mapping.taken(step, b) : std::nullopt;
  if (!right) return false;
  const std::optional<Ref> added = beta == 0.0 ? std::nullopt : mapping.taken(step, step["input"]);
  if (beta != 0.0 && !added) return false;
  DraftLayer last("MatMul", {*left, *right});
  const auto behind = [&](DraftLayer layer) {
    layer.inputs.insert(layer.inputs.begin(), mapping.emit_before(step, std::move(last)));
    last = std::move(layer);
  };
  if (alpha != 1.0) {
    DraftLayer scaled("Mul", {});
    scaled.set("value", alpha);
    behind(std::move(scaled));
  }
  if (added) behind(DraftLayer("Add", {*added}));
  mapping.emit(step, std::move(last));
  return true;
}

// input + tensor1 * tensor2.
bool addcmul(Mapping& mapping, const Step& step) {
  if (step.number("value", 1.0) != 1.0) return false;
  std::vector<Ref> refs;
  for (const std::string_view name : {"input", "tensor1", "tensor2"}) {
    const std::optional<Ref> ref = mapping.taken(step, step[name]);
    if (!ref) return false;
    refs.push_back(*ref);
  }
  const Ref product = mapping.emit_before(step, DraftLayer("Mul", {refs[1], refs[2]}));
  mapping.emit(step, DraftLayer("Add", {refs[0], product}));
  return true;
}

constexpr std::string_view kTwo = "input|self other|exponent alpha";
constexpr Row kArithmeticRows[] = {
    {"add", kTwo, add},
    {"sub", kTwo, sub},
    {"subtract", kTwo, sub},
    {"mul", kTwo, mul},
    {"multiply", kTwo, mul},
    {"div", kTwo, div},
    {"divide", kTwo, div},
    {"true_divide", kTwo, div},
    {"pow", kTwo, power},
    {"addcmul", "input|self tensor1 tensor2 value", addcmul},
    {"rsub", "input|self other alpha", rsub},
    {"rdiv", "input|self other", rdiv},
    {"rtruediv", "input|self other", rdiv},
    {"addmm", "input|self mat1 mat2 beta alpha", addmm},
    {"baddbmm", "input|self batch1 batch2 beta alpha", baddbmm},
    {"maximum", kTwo, maximum},
    {"minimum", kTwo, minimum},
    {"outer", "input|self other|vec2", outer},
    {"ger", "input|self other|vec2", outer},
    {"matmul", "input|self other|mat2|tensor2", matmul},
    {"bmm", "input|self other|mat2", matrices},
    {"mm", "input|self other|mat2", matrices},
};

}  // namespace

std::span<const Row> arithmetic_rows() { return kArithmeticRows; }

}  // namespace shapedbg::aten
