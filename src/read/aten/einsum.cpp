// torch.einsum: a matrix product with its axes put in order around it, or by the sizes of its letters.
#include <algorithm>
#include <string>

#include "read/aten/mapping.h"
#include "read/einsum.h"

namespace shapedbg::aten {
namespace {

// Three tensors and more: each letter is an axis of the operand that has it first.
bool by_letters(Mapping& mapping, const Step& step, const einsum::Equation& equation,
                const std::vector<Value>& operands) {
  std::vector<int> inputs;
  std::vector<std::size_t> places;  // of the operands among the inputs
  for (const Value& operand : operands) {
    places.push_back(inputs.size());
    if (mapping.live(operand)) inputs.push_back(operand.tensor);
  }
  std::vector<DraftSize> shape;
  for (const char letter : equation.result) {
    std::optional<DraftSize> size;
    for (std::size_t i = 0; i < operands.size() && !size; ++i) {
      const std::size_t k = equation.operands[i].find(letter);
      if (k == std::string::npos || !mapping.live(operands[i])) continue;
      size = "in[" + (places[i] == 0 ? "" : std::to_string(places[i]) + "][") + std::to_string(k) + "]";
    }
    for (std::size_t i = 0; i < operands.size() && !size; ++i)
      if (const std::size_t k = equation.operands[i].find(letter); k != std::string::npos)
        if (const Runs runs = mapping.runs_at(operands[i].tensor, k); constant(runs)) size = runs[0];
    if (!size) return false;
    shape.push_back(std::move(*size));
  }
  mapping.emit_custom(step, inputs, {shape});
  return true;
}

bool product(Mapping& mapping, const Step& step) {
  const Value& given = step["operands"];
  std::vector<Value> operands = given.is(Value::Kind::list) ? given.items : step.rest("operands");
  if (given.is(Value::Kind::tensor)) {  // einsum(equation, a, b)
    operands.clear();
    for (const calls::Argument& argument : step.call().arguments)
      if (argument.value.is(Value::Kind::tensor)) operands.push_back(argument.value);
  }
  std::vector<std::size_t> ranks;
  for (const Value& operand : operands) {
    if (!operand.is(Value::Kind::tensor)) return false;
    ranks.push_back(mapping.rank(operand));
  }
  const auto equation = einsum::read_equation(step.text("equation"), ranks);
  if (!equation || equation->result.size() != mapping.result(step).shape.size()) return false;
  if (operands.size() > 2) return by_letters(mapping, step, *equation, operands);
  std::vector<Ref> sides;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const auto ref = mapping.taken(step, operands[i]);
    if (!ref) return by_letters(mapping, step, *equation, operands);
    sides.push_back(*ref);
  }
  if (sides.size() == 1 && equation->operands[0] == equation->result) {
    mapping.alias(step, operands[0]);
    return true;
  }
  const einsum::EinsumSteps steps{
      [&](DraftLayer layer) { return mapping.emit_before(step, std::move(layer)); },
      [&](DraftLayer layer) { mapping.emit(step, std::move(layer)); }};
  if (sides.size() == 2)
    einsum::multiply(steps, sides[0], sides[1], *equation);
  else
    einsum::rearrange(steps, sides[0], *equation);
  return true;
}

constexpr Row kEinsumRows[] = {{"einsum", "equation operands|tensors", product}};

}  // namespace

std::span<const Row> einsum_rows() { return kEinsumRows; }

}  // namespace shapedbg::aten
