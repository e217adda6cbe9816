// What size expressions are worth on the inputs of a layer.
#pragma once

#include "rules/rule_context.h"

namespace shapedbg {

// The value of a size expression over the layer's inputs; refuses an axis that is not there.
template <class N>
bool evaluate(RuleContext<N>& c, const Expression& expression, Opt opt, N& value) {
  std::vector<N> values;
  for (const Expression::Node& node : expression.nodes()) {
    const auto left = [&] { return values[static_cast<std::size_t>(node.left)]; };
    const auto right = [&] { return values[static_cast<std::size_t>(node.right)]; };
    switch (node.op) {
      case Expression::Op::constant:
        values.push_back(N(node.value));
        break;
      case Expression::Op::axis: {
        if (node.input < 0 || static_cast<std::size_t>(node.input) >= c.in.inputs.size()) {
          c.refuse_option(Code::L212, opt, [&] {
            return "an expression of " + c.name() + " names input " + std::to_string(node.input) + " of " +
                   std::to_string(c.in.inputs.size());
          });
          return false;
        }
        const auto& shape = c.x(static_cast<std::size_t>(node.input));
        const int at = c.axis(node.value, opt, static_cast<int>(shape.size()));
        if (at < 0) return false;
        values.push_back(shape[static_cast<std::size_t>(at)]);
        break;
      }
      case Expression::Op::add:
        values.push_back(c.a.add(left(), right()));
        break;
      case Expression::Op::subtract:
        values.push_back(c.a.sub(left(), right()));
        break;
      case Expression::Op::multiply:
        values.push_back(c.a.mul(left(), right()));
        break;
      case Expression::Op::floor_divide: {
        const std::int64_t by = c.a.fixed(right());
        if (by < 1) {
          c.refuse_option(Code::S113, opt,
                          [&] { return "an expression of " + c.name() + " divides by " + text(by); });
          return false;
        }
        values.push_back(c.a.div_floor(left(), by));
        break;
      }
    }
  }
  value = values.back();
  return true;
}

template <class N>
bool evaluate_all(RuleContext<N>& c, const std::vector<Expression>& expressions, Opt opt,
                  typename RuleContext<N>::S& sizes) {
  for (const Expression& expression : expressions) {
    N value(0);
    if (!evaluate(c, expression, opt, value)) return false;
    sizes.push_back(value);
  }
  return true;
}

}  // namespace shapedbg
