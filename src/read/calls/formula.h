// A size as a program computed it: from axes of tensors and from free symbols.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace shapedbg::calls {

class Formula {
 public:
  enum class Op : std::uint8_t {
    constant,
    symbol,  // a free size of the program: `value` is its index in Program::symbols
    axis,    // the axis `axis` (from 0) of tensor `value`, as the program read it
    add,
    subtract,
    multiply,
    divide,        // exact: 7 / 2 is 3.5
    floor_divide,  // rounded down: Python's //
    modulo,        // Python's %: the sign of the divisor
    floor,
    ceil,
    truncate,  // int(): towards zero
    negate,
    max,
    min,
  };
  struct Node {
    Op op = Op::constant;
    std::int64_t value = 0;
    int axis = 0;
    int left = -1;  // operands as indices into nodes()
    int right = -1;
    bool operator==(const Node&) const = default;
  };
  static constexpr std::size_t most_nodes = 4096;

  Formula() = default;  // empty: nothing is known about where the size comes from
  static Formula constant(std::int64_t value);
  static Formula symbol(std::int64_t index);
  static Formula axis(std::int64_t tensor, int axis);
  static Formula unary(Op op, const Formula& of);
  // Empty where an operand is, or where the result would have more than most_nodes.
  static Formula binary(Op op, const Formula& left, const Formula& right);

  bool empty() const { return nodes_.empty(); }
  bool is_constant() const { return nodes_.size() == 1 && nodes_[0].op == Op::constant; }
  // The axis itself, nothing computed from it.
  bool is_axis() const { return nodes_.size() == 1 && nodes_[0].op == Op::axis; }
  // Operands before operators; the last node is the result.
  const std::vector<Node>& nodes() const { return nodes_; }
  bool operator==(const Formula&) const = default;

  // The value of a `symbol` or `axis` node; nothing where it is not known.
  using Leaf = std::function<std::optional<std::int64_t>(const Node&)>;
  // Exact. Nothing where a leaf is unknown, a division by zero, no integer, or beyond 64 bits.
  std::optional<std::int64_t> evaluate(const Leaf& leaf) const;

 private:
  std::vector<Node> nodes_;
};

}  // namespace shapedbg::calls
