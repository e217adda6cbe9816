// A size over the axes of a layer's input, as `Custom` and `Reshape` take it: 12, -1, "in[2]*4",
// "in[2]//8", "(in[2] + 3)//2", "size(0)" (the same as "in[0]"); "in[1][2]" is axis 2 of the second input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shapedbg {

class Expression {
 public:
  enum class Op : std::uint8_t { constant, axis, add, subtract, multiply, floor_divide };
  struct Node {
    Op op = Op::constant;
    std::int64_t value = 0;  // the constant, or the axis (may be negative: from the end)
    int input = 0;           // for `axis`
    int left = -1;           // operands as indices into nodes()
    int right = -1;
    bool operator==(const Node&) const = default;
  };

  Expression() : Expression(0) {}
  explicit Expression(std::int64_t constant) : nodes_{{Op::constant, constant}} {}

  // The parsed expression, or what is wrong with it (one line, lower case).
  static std::variant<Expression, std::string> parse(std::string_view text);

  bool is_constant() const { return nodes_.size() == 1 && nodes_[0].op == Op::constant; }
  std::int64_t constant() const { return nodes_[0].value; }
  // Operands before operators; the last node is the result.
  const std::vector<Node>& nodes() const { return nodes_; }

  bool operator==(const Expression&) const = default;

 private:
  friend struct ExpressionParser;
  std::vector<Node> nodes_;
};

// Whether one of several sizes is computed from what goes in, not a number.
bool any_computed(const std::vector<Expression>& sizes);

// The expression as an author would write it: "(in[2] + 3)//2".
std::string to_string(const Expression& expression);

}  // namespace shapedbg
