#include "read/calls/formula.h"

#include <algorithm>
#include <utility>

namespace shapedbg::calls {
namespace {

__extension__ typedef __int128 Wide;

// A fraction in lowest terms with a positive divisor.
struct Fraction {
  Wide over = 0;
  Wide under = 1;
};

constexpr Wide kMost = INT64_MAX;

std::optional<Fraction> reduced(Wide over, Wide under) {
  if (under == 0) return std::nullopt;
  if (under < 0) over = -over, under = -under;
  Wide a = over < 0 ? -over : over;
  Wide b = under;
  while (b != 0) a = std::exchange(b, a % b);
  if (a > 1) over /= a, under /= a;
  if (over > kMost || over < -kMost || under > kMost) return std::nullopt;
  return Fraction{over, under};
}

Wide floor_of(const Fraction& x) {
  const Wide cut = x.over / x.under;
  return x.over % x.under < 0 ? cut - 1 : cut;
}
Wide ceil_of(const Fraction& x) { return -floor_of({-x.over, x.under}); }

std::optional<Fraction> floor_quotient(const Fraction& a, const Fraction& b) {
  const std::optional<Fraction> quotient = reduced(a.over * b.under, a.under * b.over);
  if (!quotient) return std::nullopt;
  return Fraction{floor_of(*quotient), 1};
}

std::optional<Fraction> apply(Formula::Op op, const Fraction& a, const Fraction& b) {
  using Op = Formula::Op;
  switch (op) {
    case Op::add:
      return reduced(a.over * b.under + b.over * a.under, a.under * b.under);
    case Op::subtract:
      return reduced(a.over * b.under - b.over * a.under, a.under * b.under);
    case Op::multiply:
      return reduced(a.over * b.over, a.under * b.under);
    case Op::divide:
      return reduced(a.over * b.under, a.under * b.over);
    case Op::floor_divide:
      return floor_quotient(a, b);
    case Op::modulo: {
      const std::optional<Fraction> times = floor_quotient(a, b);
      const std::optional<Fraction> part = times ? apply(Op::multiply, *times, b) : std::nullopt;
      return part ? apply(Op::subtract, a, *part) : std::nullopt;
    }
    case Op::max:
      return a.over * b.under >= b.over * a.under ? a : b;
    case Op::min:
      return a.over * b.under <= b.over * a.under ? a : b;
    case Op::floor:
      return Fraction{floor_of(a), 1};
    case Op::ceil:
      return Fraction{ceil_of(a), 1};
    case Op::truncate:
      return Fraction{a.over < 0 ? ceil_of(a) : floor_of(a), 1};
    case Op::negate:
      return Fraction{-a.over, a.under};
    case Op::constant:
    case Op::symbol:
    case Op::axis:
      break;
  }
  return std::nullopt;
}

}  // namespace

Formula Formula::constant(std::int64_t value) {
  Formula formula;
  formula.nodes_ = {{Op::constant, value, 0, -1, -1}};
  return formula;
}

Formula Formula::symbol(std::int64_t index) {
  Formula formula;
  formula.nodes_ = {{Op::symbol, index, 0, -1, -1}};
  return formula;
}

Formula Formula::axis(std::int64_t tensor, int axis) {
  Formula formula;
  formula.nodes_ = {{Op::axis, tensor, axis, -1, -1}};
  return formula;
}

Formula Formula::unary(Op op, const Formula& of) {
  if (of.empty() || of.nodes_.size() >= most_nodes) return {};
  Formula formula = of;
  formula.nodes_.push_back({op, 0, 0, static_cast<int>(of.nodes_.size()) - 1, -1});
  return formula;
}

Formula Formula::binary(Op op, const Formula& left, const Formula& right) {
  if (left.empty() || right.empty() || left.nodes_.size() + right.nodes_.size() >= most_nodes) return {};
  Formula formula = left;
  const int shift = static_cast<int>(left.nodes_.size());
  for (Node node : right.nodes_) {
    if (node.left >= 0) node.left += shift;
    if (node.right >= 0) node.right += shift;
    formula.nodes_.push_back(node);
  }
  formula.nodes_.push_back({op, 0, 0, shift - 1, static_cast<int>(formula.nodes_.size()) - 1});
  return formula;
}

std::optional<std::int64_t> Formula::evaluate(const Leaf& leaf) const {
  std::vector<Fraction> values(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.op == Op::constant) {
      values[i].over = node.value;
      continue;
    }
    if (node.op == Op::symbol || node.op == Op::axis) {
      const std::optional<std::int64_t> value = leaf(node);
      if (!value) return std::nullopt;
      values[i].over = *value;
      continue;
    }
    const Fraction& a = values[static_cast<std::size_t>(node.left)];
    const Fraction& b = node.right < 0 ? a : values[static_cast<std::size_t>(node.right)];
    const std::optional<Fraction> value = apply(node.op, a, b);
    if (!value) return std::nullopt;
    values[i] = *value;
  }
  if (values.empty() || values.back().under != 1) return std::nullopt;
  return static_cast<std::int64_t>(values.back().over);
}

}  // namespace shapedbg::calls
