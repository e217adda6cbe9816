// Kinds that broadcast and repeat: MatMul, Expand, Repeat; steps along axes that keep the shape; Parameter.
#include <algorithm>

#include "rules/rule_context.h"
#include "rules/size_expression.h"

namespace shapedbg {

template <class N>
void pointwise_rule(RuleContext<N>& c) {
  if (c.layer.kind == LayerKind::Clamp && !c.layer.has(Opt::min) && !c.layer.has(Opt::max)) {
    c.refuse(Code::S105, [&] { return c.name() + " needs `min`, `max` or both"; });
    return;
  }
  if (c.layer.kind == LayerKind::Dropout1d && c.rank() != 2 && c.rank() != 3) {
    c.refuse(Code::L204, [&] {
      return c.name() + " (Dropout1d) takes C,L or N,C,L and gets " + std::to_string(c.rank()) +
             " axes: " + text(c.x());
    });
    return;
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(pointwise_rule)

// torch.matmul: a vector on the left is a row, one on the right a column, and both leave the result again.
template <class N>
void matmul_rule(RuleContext<N>& c) {
  using S = typename RuleContext<N>::S;
  for (std::size_t i = 0; i < 2; ++i) {
    if (c.rank(i) > 0) continue;
    c.refuse(Code::L204, [&] {
      return c.name() + " (MatMul) takes tensors with at least one axis, and gets " + text(c.x(0)) + " and " +
             text(c.x(1));
    });
    return;
  }
  S a = c.x(0);
  S b = c.x(1);
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  if (row) a.insert(a.begin(), N(1));
  if (column) b.push_back(N(1));
  const N inner = a.back();
  const N other = b[b.size() - 2];
  if (!c.same(inner, other)) {
    c.refuse_axis(Code::L208, c.rank(0) - 1, [&] {
      return c.name() + " multiplies " + text(c.x(0)) + " by " + text(c.x(1)) + ": " + text(inner) +
             " columns meet " + text(other) + " rows";
    });
  }
  S out(std::max(a.size(), b.size()) - 2, N(1));
  for (const S* one : {&a, &b}) {
    const std::size_t batch = one->size() - 2;
    for (std::size_t i = 0; i < batch; ++i) {
      N& size = out[out.size() - batch + i];
      const N mine = (*one)[i];
      if (c.same(size, mine) || c.same(mine, N(1))) continue;
      if (c.same(size, N(1))) {
        size = mine;
        continue;
      }
      const std::size_t axis = out.size() - batch + i;
      const std::string was = text(size);
      if (c.a.less(size, mine)) size = mine;
      c.refuse_axis(Code::L208, static_cast<int>(axis), [&] {
        return "the inputs of " + c.name() + " differ at axis " + std::to_string(axis) + ": " + was +
               " and " + text(mine);
      });
    }
  }
  if (!row) out.push_back(a[a.size() - 2]);
  if (!column) out.push_back(b.back());
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(matmul_rule)

template <class N>
void expand_rule(RuleContext<N>& c) {
  typename RuleContext<N>::S out;
  if (!evaluate_all(c, std::get<std::vector<Expression>>(c.layer.find(Opt::size)->value), Opt::size, out))
    return;
  const auto& x = c.x();
  if (out.size() < x.size()) {
    c.refuse_option(Code::L204, Opt::size, [&] {
      return c.name() + " expands to " + std::to_string(out.size()) + " axes and gets " + text(x);
    });
    return;
  }
  const std::size_t added = out.size() - x.size();
  bool clear = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i >= added && c.same(out[i], N(-1))) {
      out[i] = x[i - added];
      continue;
    }
    if (c.below(out[i], 1)) {
      c.refuse_option(
          Code::L206, Opt::size,
          [&] {
            return c.name() + " would return a size of " + text(out[i]) + " at axis " + std::to_string(i);
          },
          static_cast<int>(i));
      clear = false;
      continue;
    }
    if (i < added || c.same(x[i - added], out[i]) || c.same(x[i - added], N(1))) continue;
    c.refuse_option(
        Code::L211, Opt::size,
        [&] {
          return c.name() + " expands axis " + std::to_string(i) + " to " + text(out[i]) +
                 ", and its input has " + text(x[i - added]) + " there, not 1";
        },
        static_cast<int>(i));
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(expand_rule)

template <class N>
void repeat_rule(RuleContext<N>& c) {
  typename RuleContext<N>::S out = c.x();
  if (c.layer.kind == LayerKind::RepeatInterleave) {
    const int at = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank());
    if (at < 0) return;
    N& size = out[static_cast<std::size_t>(at)];
    size = c.a.mul(size, N(c.layer.integer(Opt::repeats)));
    return c.returns(std::move(out));
  }
  typename RuleContext<N>::S times;
  if (!evaluate_all(c, std::get<std::vector<Expression>>(c.layer.find(Opt::repeats)->value), Opt::repeats,
                    times))
    return;
  if (times.size() < out.size()) {
    c.refuse_option(Code::L204, Opt::repeats, [&] {
      return "repeats of " + c.name() + " has " + std::to_string(times.size()) + " entries for " +
             std::to_string(c.rank()) + " axes: " + text(c.x());
    });
    return;
  }
  out.insert(out.begin(), times.size() - out.size(), N(1));
  bool clear = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (c.below(times[i], 1)) {
      c.refuse_option(Code::L206, Opt::repeats, [&] {
        return c.name() + " would repeat axis " + std::to_string(i) + " " + text(times[i]) + " times";
      });
      clear = false;
    }
    out[i] = c.a.mul(out[i], times[i]);
  }
  if (clear) c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(repeat_rule)

template <class N>
void along_axes_rule(RuleContext<N>& c) {
  if (c.layer.kind == LayerKind::CumSum) {
    if (c.axis_or_scalar(c.layer.integer(Opt::dim), Opt::dim) >= 0) c.returns(c.x());
    return;
  }
  const auto& dims = c.layer.integers(Opt::dims);
  const bool roll = c.layer.kind == LayerKind::Roll;
  if (roll && c.layer.integers(Opt::shifts).size() != dims.size()) {
    c.refuse_option(Code::S111, Opt::shifts, [&] {
      return c.name() + " has " + std::to_string(c.layer.integers(Opt::shifts).size()) + " shifts for " +
             std::to_string(dims.size()) + " dims";
    });
    return;
  }
  std::vector<bool> seen(std::max<std::size_t>(c.x().size(), 1));
  for (const std::int64_t dim : dims) {
    // torch rolls no scalar, but flips one; an axis may roll twice.
    const int at = roll ? c.axis(dim, Opt::dims, c.rank()) : c.axis_or_scalar(dim, Opt::dims);
    if (at < 0) return;
    if (!roll && seen[static_cast<std::size_t>(at)]) {
      c.refuse_option(Code::L212, Opt::dims,
                      [&] { return "dims of " + c.name() + " names axis " + std::to_string(at) + " twice"; });
      return;
    }
    seen[static_cast<std::size_t>(at)] = true;
  }
  c.returns(c.x());
}
SHAPEDBG_INSTANTIATE(along_axes_rule)

template <class N>
void parameter_rule(RuleContext<N>& c) {
  const auto& shape = c.layer.integers(Opt::shape);
  c.returns({shape.begin(), shape.end()});
}
SHAPEDBG_INSTANTIATE(parameter_rule)

}  // namespace shapedbg
