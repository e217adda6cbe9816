#include "read/aten/samples.h"

#include <algorithm>
#include <array>

namespace shapedbg::aten {
namespace {

using calls::Formula;
using calls::Program;
using calls::Size;
using calls::Value;

template <typename Sized>
std::int64_t value_at(std::int64_t recorded, const Sized& sized, std::size_t run) {
  return run == 0 || sized.others.empty() ? recorded : sized.others[run - 1];
}

// Further runs: some sizes that divide nothing, some multiples of the recorded ones. Relations that hold only
// for multiples (a skip that is twice as long) are to be told from those that hold for all.
constexpr std::array<std::int64_t, 7> kAdd{1, 7, 18, 0, 0, 0, 101};
constexpr std::array<std::int64_t, 7> kTimes{1, 1, 1, 2, 3, 5, 1};

class SymbolSampler {
 public:
  explicit SymbolSampler(Program& program) : program_(program) {
    for (std::size_t run = 0; run < kAdd.size(); ++run)
      for (std::size_t i = 0; i < program.symbols.size(); ++i) {
        const calls::Symbol& symbol = program.symbols[i];
        const auto step = static_cast<std::int64_t>(i + 1);
        values_.push_back(std::max(symbol.value, symbol.min) *
                              (kTimes[run] + (kTimes[run] > 1 ? step - 1 : 0)) +
                          kAdd[run] * (2 * step - 1));
      }
  }

  void fill(const Formula& formula, std::int64_t recorded, std::vector<std::int64_t>& others) {
    if (formula.empty() || formula.is_constant()) return;
    for (std::size_t run = 0; run < kAdd.size(); ++run) {
      const auto value = formula.evaluate([&](const Formula::Node& node) -> std::optional<std::int64_t> {
        if (node.op != Formula::Op::symbol) return std::nullopt;
        return values_[run * program_.symbols.size() + static_cast<std::size_t>(node.value)];
      });
      if (!value) return others.clear();  // of no known origin
      others.push_back(*value);
    }
    if (std::all_of(others.begin(), others.end(), [&](std::int64_t value) { return value == recorded; }))
      others.clear();
  }

 private:
  const Program& program_;
  std::vector<std::int64_t> values_;  // by run, then by symbol
};

void fill(SymbolSampler& sampler, Value& value) {
  if (value.is(Value::Kind::integer)) sampler.fill(value.formula, value.integer, value.others);
  for (Value& item : value.items) fill(sampler, item);
}

// Whether two values are of one form; tensors are told by their number, as the calls are the same.
bool alike(const Value& a, const Value& b) {
  if (a.kind != b.kind || a.items.size() != b.items.size() || a.tensor != b.tensor || a.text != b.text)
    return false;
  for (std::size_t i = 0; i < a.items.size(); ++i)
    if (!alike(a.items[i], b.items[i])) return false;
  return true;
}

bool alike(const Program& a, const Program& b) {
  if (a.calls.size() != b.calls.size() || a.tensors.size() != b.tensors.size() || a.inputs != b.inputs)
    return false;
  for (std::size_t i = 0; i < a.tensors.size(); ++i)
    if (a.tensors[i].shape.size() != b.tensors[i].shape.size()) return false;
  for (std::size_t i = 0; i < a.calls.size(); ++i) {
    const calls::Call& one = a.calls[i];
    const calls::Call& two = b.calls[i];
    if (one.op != two.op || one.outputs != two.outputs || one.arguments.size() != two.arguments.size())
      return false;
    for (std::size_t k = 0; k < one.arguments.size(); ++k)
      if (!alike(one.arguments[k].value, two.arguments[k].value)) return false;
  }
  return true;
}

void pair(Value& value, const Value& second) {
  if (value.is(Value::Kind::integer) && value.integer != second.integer) value.others = {second.integer};
  for (std::size_t i = 0; i < value.items.size(); ++i) pair(value.items[i], second.items[i]);
}

}  // namespace

std::int64_t at(const Size& size, std::size_t run) { return value_at(size.value, size, run); }
std::int64_t at(const Value& value, std::size_t run) { return value_at(value.integer, value, run); }

std::vector<std::int64_t> shape_in(const calls::Tensor& tensor, std::size_t run) {
  std::vector<std::int64_t> shape;
  for (const Size& size : tensor.shape) shape.push_back(at(size, run));
  return shape;
}

bool constant(const Runs& runs) {
  return std::all_of(runs.begin(), runs.end(), [&](std::int64_t value) { return value == runs.front(); });
}

std::size_t sample_symbols(Program& program) {
  if (program.symbols.empty()) return 1;
  SymbolSampler sampler(program);
  for (calls::Tensor& tensor : program.tensors)
    for (Size& size : tensor.shape) sampler.fill(size.formula, size.value, size.others);
  for (calls::Call& call : program.calls)
    for (calls::Argument& argument : call.arguments) fill(sampler, argument.value);
  return kAdd.size() + 1;
}

std::size_t sample_second(Program& program, const Program& second) {
  if (!alike(program, second)) return 1;
  for (std::size_t i = 0; i < program.tensors.size(); ++i)
    for (std::size_t k = 0; k < program.tensors[i].shape.size(); ++k)
      if (const std::int64_t other = second.tensors[i].shape[k].value;
          other != program.tensors[i].shape[k].value)
        program.tensors[i].shape[k].others = {other};
  for (std::size_t i = 0; i < program.calls.size(); ++i)
    for (std::size_t k = 0; k < program.calls[i].arguments.size(); ++k)
      pair(program.calls[i].arguments[k].value, second.calls[i].arguments[k].value);
  return 2;
}

}  // namespace shapedbg::aten
