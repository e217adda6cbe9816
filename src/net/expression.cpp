#include "net/expression.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

namespace shapedbg {
namespace {

constexpr std::size_t kMaxLength = 256;
constexpr int kMaxDepth = 32;

}  // namespace

// Recursive descent: sum = product (+|- product)*, product = unary (*|// unary)*,
// unary = -* primary, primary = integer | in[n] | in[k][n] | size(n) | (sum). Each function returns
// the index of its node, or -1 once `error_` is set.
struct ExpressionParser {
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  std::variant<Expression, std::string> run() {
    if (text_.size() > kMaxLength)
      return "an expression holds at most " + std::to_string(kMaxLength) + " characters";
    Expression result;
    result.nodes_.clear();
    nodes_ = &result.nodes_;
    const int root = sum(0);
    skip();
    if (root >= 0 && at_ < text_.size()) fail("unexpected " + rest());
    if (!error_.empty()) return error_;
    return result;
  }

 private:
  int sum(int depth) {
    if (depth > kMaxDepth) return fail("nested deeper than " + std::to_string(kMaxDepth) + " levels");
    int left = product(depth);
    while (left >= 0) {
      if (take("+")) {
        left = join(Expression::Op::add, left, product(depth));
      } else if (take("-")) {
        left = join(Expression::Op::subtract, left, product(depth));
      } else {
        break;
      }
    }
    return left;
  }

  int product(int depth) {
    int left = unary(depth);
    while (left >= 0) {
      if (take("//")) {
        const int right = unary(depth);
        if (right >= 0 && is(right, 0)) return fail("division by 0");
        left = join(Expression::Op::floor_divide, left, right);
      } else if (take("*")) {
        left = join(Expression::Op::multiply, left, unary(depth));
      } else if (take("/")) {
        return fail("sizes are divided with `//`, which rounds down");
      } else {
        break;
      }
    }
    return left;
  }

  int unary(int depth) {
    bool negative = false;
    while (take("-")) negative = !negative;
    if (!negative) return primary(depth);
    const std::size_t before = nodes_->size();
    const int operand = primary(depth);
    if (operand < 0) return -1;
    Expression::Node& node = nodes_->back();
    if (nodes_->size() == before + 1 && node.op == Expression::Op::constant) {
      node.value = -node.value;
      return operand;
    }
    const int zero = push({Expression::Op::constant, 0});
    return join(Expression::Op::subtract, zero, operand);
  }

  int primary(int depth) {
    skip();
    if (take("(")) {
      const int inner = sum(depth + 1);
      if (inner < 0) return -1;
      return take(")") ? inner : fail("expected `)`, found " + rest());
    }
    if (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      std::int64_t value = 0;
      return integer(value) ? push({Expression::Op::constant, value}) : -1;
    }
    if (take("size")) return axis("(", ")", false);
    if (take("in")) return axis("[", "]", true);
    return fail("expected a number, `in[axis]` or `(`, found " + rest());
  }

  int axis(const char* open, const char* close, bool may_name_input) {
    std::int64_t first = 0;
    if (!bracketed(open, close, first)) return -1;
    skip();
    if (!may_name_input || at_ >= text_.size() || text_[at_] != '[')
      return push({Expression::Op::axis, first, 0});
    std::int64_t second = 0;
    if (!bracketed(open, close, second)) return -1;
    if (first < 0 || first > kMaxInput) return fail("no input " + std::to_string(first));
    return push({Expression::Op::axis, second, static_cast<int>(first)});
  }

  bool bracketed(const char* open, const char* close, std::int64_t& value) {
    if (!take(open)) return fail(std::string("expected `") + open + "`, found " + rest()) >= 0;
    const bool negative = take("-");
    skip();
    if (!integer(value)) return false;
    if (negative) value = -value;
    if (value < -kMaxAxis || value > kMaxAxis) return fail("no axis " + std::to_string(value)) >= 0;
    return take(close) || fail(std::string("expected `") + close + "`, found " + rest()) >= 0;
  }

  bool integer(std::int64_t& value) {
    const char* begin = text_.data() + at_;
    const auto [end, code] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (code == std::errc::result_out_of_range) return fail("the number " + rest() + " is too large") >= 0;
    if (code != std::errc()) return fail("expected a number, found " + rest()) >= 0;
    at_ += static_cast<std::size_t>(end - begin);
    return true;
  }

  bool take(std::string_view word) {
    skip();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string rest() {
    skip();
    if (at_ >= text_.size()) return "the end";
    return "`" + std::string(text_.substr(at_)) + "`";
  }

  bool is(int node, std::int64_t value) const {
    const Expression::Node& n = (*nodes_)[static_cast<std::size_t>(node)];
    return n.op == Expression::Op::constant && n.value == value;
  }

  int push(Expression::Node node) {
    nodes_->push_back(node);
    return static_cast<int>(nodes_->size()) - 1;
  }

  int join(Expression::Op op, int left, int right) {
    if (left < 0 || right < 0) return -1;
    Expression::Node node;
    node.op = op;
    node.left = left;
    node.right = right;
    return push(node);
  }

  int fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return -1;
  }

  static constexpr std::int64_t kMaxInput = 4095;
  static constexpr std::int64_t kMaxAxis = 64;
  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Expression::Node>* nodes_ = nullptr;
  std::string error_;
};

bool any_computed(const std::vector<Expression>& sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [](const Expression& size) { return !size.is_constant(); });
}

std::variant<Expression, std::string> Expression::parse(std::string_view text) {
  return ExpressionParser(text).run();
}

namespace {

int binding(Expression::Op op) {
  switch (op) {
    case Expression::Op::add:
    case Expression::Op::subtract:
      return 1;
    case Expression::Op::multiply:
    case Expression::Op::floor_divide:
      return 2;
    case Expression::Op::constant:
    case Expression::Op::axis:
      break;
  }
  return 3;
}

std::string text_of(const std::vector<Expression::Node>& nodes, int index) {
  const Expression::Node& node = nodes[static_cast<std::size_t>(index)];
  if (node.op == Expression::Op::constant) return std::to_string(node.value);
  if (node.op == Expression::Op::axis) {
    const std::string input = node.input == 0 ? "" : "[" + std::to_string(node.input) + "]";
    return "in" + input + "[" + std::to_string(node.value) + "]";
  }
  const auto operand = [&](int child, bool right) {
    const Expression::Node& n = nodes[static_cast<std::size_t>(child)];
    const int own = binding(node.op);
    const bool loose = binding(n.op) < own || (right && binding(n.op) == own);
    const bool negative = n.op == Expression::Op::constant && n.value < 0;
    const std::string inner = text_of(nodes, child);
    return loose || negative ? "(" + inner + ")" : inner;
  };
  const char* sign = node.op == Expression::Op::add        ? " + "
                     : node.op == Expression::Op::subtract ? " - "
                     : node.op == Expression::Op::multiply ? "*"
                                                           : "//";
  return operand(node.left, false) + sign + operand(node.right, true);
}

}  // namespace

std::string to_string(const Expression& expression) {
  return text_of(expression.nodes(), static_cast<int>(expression.nodes().size()) - 1);
}

}  // namespace shapedbg
