// Sums, products and matrix products of tensors, numbers and parameters.
#include <array>

#include "read/aten/mapping.h"

namespace shapedbg::aten {
namespace {

bool is_number(const Value& value) { return value.is(Value::Kind::integer) || value.is(Value::Kind::number); }
double number_of(const Value& value) {
  return value.is(Value::Kind::integer) ? static_cast<double>(value.integer) : value.number;
}

// A learned tensor or constant beside an activation: a Parameter where format 1 has one.
std::optional<Ref> constant_ref(Mapping& mapping, const Step& step, const Value& value) {
  if (!value.is(Value::Kind::tensor) || !Mapping::has("Parameter")) return std::nullopt;
  const Tensor& tensor = mapping.tensor(value);
  if (tensor.shape.empty()) return std::nullopt;
  std::vector<std::int64_t> shape;
  for (const calls::Size& size : tensor.shape) {
    if (!size.others.empty() || size.value < 1) return std::nullopt;
    shape.push_back(size.value);
  }
  DraftLayer layer("Parameter");
  layer.set("shape", shape);
  if (tensor.role != calls::Role::parameter) layer.set("requires_grad", false);
  const Ref ref = mapping.emit_before(step, std::move(layer));
  if (!tensor.name.empty()) mapping.draft().layers().back().name = tensor.name;
  return ref;
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
  const auto parameter = constant_ref(mapping, step, other);
  if (!parameter) return false;
  mapping.emit(step, DraftLayer(kind, first ? std::vector<Ref>{mapping.ref(a), *parameter}
                                            : std::vector<Ref>{*parameter, mapping.ref(b)}));
  return true;
}
bool add(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Add"); }
bool sub(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Sub"); }
bool mul(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Mul"); }
bool div(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Div"); }
bool power(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Pow"); }
bool maximum(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Maximum"); }
bool minimum(Mapping& mapping, const Step& step) { return element_wise(mapping, step, "Minimum"); }

bool matmul(Mapping& mapping, const Step& step) {
  const Value& a = step["input"];
  const Value& b = step["other"];
  if (!Mapping::has("MatMul") || !mapping.live(a) || !mapping.live(b) || mapping.rank(a) < 2 ||
      mapping.rank(b) < 2)
    return false;
  mapping.emit(step, DraftLayer("MatMul", {mapping.ref(a), mapping.ref(b)}));
  return true;
}

DraftSize axis(std::size_t input, std::size_t k) {
  return DraftSize((input == 0 ? "in[" : "in[" + std::to_string(input) + "][") + std::to_string(k) + "]");
}

// input + tensor1 * tensor2.
bool addcmul(Mapping& mapping, const Step& step) {
  if (step.number("value", 1.0) != 1.0) return false;
  std::vector<Ref> refs;
  for (const std::string_view name : {"input", "tensor1", "tensor2"}) {
    const Value& value = step[name];
    const std::optional<Ref> ref =
        mapping.live(value) ? std::optional(mapping.ref(value)) : constant_ref(mapping, step, value);
    if (!ref) return false;
    refs.push_back(*ref);
  }
  const Ref product = mapping.emit_before(step, DraftLayer("Mul", {refs[1], refs[2]}));
  mapping.emit(step, DraftLayer("Add", {refs[0], product}));
  return true;
}

// "bhid,bhjd->bhij": each letter is an axis of the operand that has it first.
bool einsum(Mapping& mapping, const Step& step) {
  std::string equation = step.text("equation");
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  const Value& given = step["operands"];
  const std::vector<Value> operands = given.is(Value::Kind::list) ? given.items : std::vector<Value>{};
  if (arrow == std::string::npos || equation.find('.') != std::string::npos || operands.empty()) return false;
  std::vector<int> inputs;
  for (const Value& operand : operands) {
    if (!mapping.live(operand)) return false;
    inputs.push_back(operand.tensor);
  }
  std::vector<DraftSize> shape;
  for (const char letter : equation.substr(arrow + 2)) {
    std::size_t operand = 0;
    std::size_t k = 0;
    bool found = false;
    for (std::size_t i = 0; i < arrow && !found; ++i) {
      if (equation[i] == ',') {
        ++operand;
        k = 0;
      } else if (equation[i] == letter) {
        found = true;
      } else {
        ++k;
      }
    }
    if (!found || operand >= operands.size() || k >= mapping.rank(operands[operand])) return false;
    shape.push_back(axis(operand, k));
  }
  if (shape.size() != mapping.result(step).shape.size() || shape.empty()) return false;
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

constexpr std::string_view kTwo = "input|self other|exponent alpha";
constexpr Row kRows[] = {
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
    {"maximum", kTwo, maximum},
    {"minimum", kTwo, minimum},
    {"einsum", "equation operands|tensors", einsum},
    {"matmul", "input|self other|mat2|tensor2", matmul},
    {"bmm", "input|self other|mat2", matmul},
    {"mm", "input|self other|mat2", matmul},
};

}  // namespace

std::span<const Row> arithmetic_rows() { return kRows; }

}  // namespace shapedbg::aten
