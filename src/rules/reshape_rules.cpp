// Kinds that give the same elements another form: flatten, reshape, reorder, reduce, split; and Custom.
#include <algorithm>

#include "net/raised.h"
#include "rules/rule_context.h"
#include "rules/size_expression.h"

namespace shapedbg {
namespace {

// "9*7 = 63"; a size of 1 is not worth a word.
std::string product_text(const Shape& sizes) {
  std::string factors;
  std::int64_t product = 1;
  int count = 0;
  for (const std::int64_t size : sizes) {
    if (size == 1) continue;
    factors += (++count > 1 ? "*" : "") + text(size);
    product *= size;
  }
  return count < 2 ? text(product) : factors + " = " + text(product);
}

// Why `sizes`, one of them perhaps -1, do not hold the elements of `from`; the products fit 64 bits.
std::string why_not(Shape sizes, Shape from) {
  const auto open = std::find(sizes.begin(), sizes.end(), -1);
  if (open != sizes.end()) {
    sizes.erase(open);
    return product_text(from) + " is not divisible by " + product_text(sizes);
  }
  while (!sizes.empty() && !from.empty() && sizes.back() == from.back()) {
    sizes.pop_back();
    from.pop_back();
  }
  return product_text(sizes) + ", not " + product_text(from);
}
std::string why_not(const ShapeOf<Form>&, const ShapeOf<Form>&) { return {}; }

// Sizes with at most one -1, which becomes what is left of the elements of `from`. `target` says for messages
// what is to be made of what: "[8, 5] of [1, 5, 6]".
template <class N, class Target>
bool fill(RuleContext<N>& c, typename RuleContext<N>::S& sizes, const typename RuleContext<N>::S& from,
          Opt opt, Target&& target) {
  N known(1);
  std::size_t open = sizes.size();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (c.same(sizes[i], N(-1))) {
      if (open != sizes.size()) {
        c.refuse_option(Code::L211, opt, [&] { return "only one size of " + c.name() + " can be -1"; });
        return false;
      }
      open = i;
    } else {
      if (c.below(sizes[i], 1)) {
        c.refuse_option(Code::L206, opt,
                        [&] { return c.name() + " would return a size of " + text(sizes[i]); });
        return false;
      }
      known = c.a.mul(known, sizes[i]);
    }
  }
  const N total = c.product(from, 0, from.size());
  if (!c.a.ok()) return false;
  const auto mismatch = [&] {
    c.refuse_option(Code::L211, opt,
                    [&] { return c.name() + " cannot make " + target() + ": " + why_not(sizes, from); });
    return false;
  };
  if (open == sizes.size()) return c.same(known, total) || mismatch();
  if (!c.a.quotient(total, known, sizes[open])) return c.a.ok() && mismatch();
  return true;
}

}  // namespace

template <class N>
void flatten_rule(RuleContext<N>& c) {
  const int rank = c.rank();
  if (rank == 0) {
    c.returns({N(1)});
    return;
  }
  const int start = c.axis(c.layer.integer(Opt::start_dim), Opt::start_dim, rank);
  const int end = c.axis(c.layer.integer(Opt::end_dim), Opt::end_dim, rank);
  if (start < 0 || end < 0) return;
  if (start > end) {
    c.refuse_option(Code::L212, Opt::start_dim, [&] {
      return "start_dim " + std::to_string(start) + " of " + c.name() + " comes after end_dim " +
             std::to_string(end);
    });
    return;
  }
  const auto& x = c.x();
  typename RuleContext<N>::S out(x.begin(), x.begin() + start);
  out.push_back(c.product(x, static_cast<std::size_t>(start), static_cast<std::size_t>(end) + 1));
  out.insert(out.end(), x.begin() + end + 1, x.end());
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(flatten_rule)

template <class N>
void unflatten_rule(RuleContext<N>& c) {
  const int at = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank());
  if (at < 0) return;
  typename RuleContext<N>::S sizes;
  if (!evaluate_all(c, std::get<std::vector<Expression>>(c.layer.find(Opt::unflattened_size)->value),
                    Opt::unflattened_size, sizes))
    return;
  const auto& x = c.x();
  if (sizes.empty()) {
    c.refuse_option(Code::L211, Opt::unflattened_size,
                    [&] { return "unflattened_size of " + c.name() + " is empty"; });
    return;
  }
  const auto target = [&] { return text(sizes) + " of axis " + std::to_string(at) + " of " + text(x); };
  if (!fill(c, sizes, {x[static_cast<std::size_t>(at)]}, Opt::unflattened_size, target)) return;
  typename RuleContext<N>::S out(x.begin(), x.begin() + at);
  out.insert(out.end(), sizes.begin(), sizes.end());
  out.insert(out.end(), x.begin() + at + 1, x.end());
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(unflatten_rule)

template <class N>
void reshape_rule(RuleContext<N>& c) {
  typename RuleContext<N>::S out;
  if (!evaluate_all(c, std::get<std::vector<Expression>>(c.layer.find(Opt::shape)->value), Opt::shape, out))
    return;
  // Sizes that match one by one need no product: [n, -1] of [n, ...] holds for every n.
  const auto& x = c.x();
  std::size_t equal = 0;
  while (equal < x.size() && equal < out.size() && !c.same(out[equal], N(-1)) && c.same(x[equal], out[equal]))
    ++equal;
  typename RuleContext<N>::S rest(out.begin() + static_cast<std::ptrdiff_t>(equal), out.end());
  const typename RuleContext<N>::S from(x.begin() + static_cast<std::ptrdiff_t>(equal), x.end());
  if (!fill(c, rest, from, Opt::shape, [&] { return text(out) + " of " + text(x); })) return;
  std::copy(rest.begin(), rest.end(), out.begin() + static_cast<std::ptrdiff_t>(equal));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(reshape_rule)

template <class N>
void permute_rule(RuleContext<N>& c) {
  typename RuleContext<N>::S out = c.x();
  const auto& dims = c.layer.integers(Opt::dims);
  std::vector<bool> seen(c.x().size());
  bool fits = dims.size() == c.x().size();
  for (std::size_t i = 0; fits && i < dims.size(); ++i) {
    const int at = c.axis(dims[i], Opt::dims, c.rank());
    if (at < 0) return;
    fits = !seen[static_cast<std::size_t>(at)];
    seen[static_cast<std::size_t>(at)] = true;
    out[i] = c.x()[static_cast<std::size_t>(at)];
  }
  if (!fits) {
    c.refuse_option(Code::L212, Opt::dims, [&] {
      return "dims of " + c.name() + " must name each of the " + std::to_string(c.rank()) +
             " axes once: " + bracketed(dims);
    });
    return;
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(permute_rule)

template <class N>
void transpose_rule(RuleContext<N>& c) {
  const int a = c.axis_or_scalar(c.layer.integer(Opt::dim0), Opt::dim0);
  const int b = c.axis_or_scalar(c.layer.integer(Opt::dim1), Opt::dim1);
  if (a < 0 || b < 0) return;
  typename RuleContext<N>::S out = c.x();
  if (!out.empty()) std::swap(out[static_cast<std::size_t>(a)], out[static_cast<std::size_t>(b)]);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(transpose_rule)

template <class N>
void unsqueeze_rule(RuleContext<N>& c) {
  const int at = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank() + 1);
  if (at < 0) return;
  typename RuleContext<N>::S out = c.x();
  out.insert(out.begin() + at, N(1));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(unsqueeze_rule)

template <class N>
void squeeze_rule(RuleContext<N>& c) {
  std::vector<bool> drop(std::max<std::size_t>(c.x().size(), 1), !c.layer.has(Opt::dim));
  if (c.layer.has(Opt::dim)) {
    for (const std::int64_t dim : c.layer.integers(Opt::dim)) {
      const int at = c.axis_or_scalar(dim, Opt::dim);
      if (at < 0) return;
      if (drop[static_cast<std::size_t>(at)]) {
        c.refuse_option(Code::L212, Opt::dim, [&] {
          return "dim of " + c.name() + " names axis " + std::to_string(at) + " twice";
        });
        return;
      }
      drop[static_cast<std::size_t>(at)] = true;
    }
  }
  typename RuleContext<N>::S out;
  for (std::size_t i = 0; i < c.x().size(); ++i)
    if (!drop[i] || !c.same(c.x()[i], N(1))) out.push_back(c.x()[i]);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(squeeze_rule)

template <class N>
void reduce_rule(RuleContext<N>& c) {
  const auto& dims = c.layer.integers(Opt::dim);
  // torch reduces all axes for an empty list.
  std::vector<bool> reduced(std::max<std::size_t>(c.x().size(), 1), dims.empty());
  const bool one = c.layer.kind == LayerKind::ArgMax || c.layer.kind == LayerKind::ArgMin;
  if (one && dims.size() != 1) {
    c.refuse_option(Code::S111, Opt::dim, [&] {
      return "dim of " + c.name() + " takes 1 axis, not " + std::to_string(dims.size());
    });
    return;
  }
  for (const std::int64_t dim : dims) {
    const int at = c.axis_or_scalar(dim, Opt::dim);
    if (at < 0) return;
    if (reduced[static_cast<std::size_t>(at)]) {
      c.refuse_option(Code::L212, Opt::dim,
                      [&] { return "dim of " + c.name() + " names axis " + std::to_string(at) + " twice"; });
      return;
    }
    reduced[static_cast<std::size_t>(at)] = true;
  }
  typename RuleContext<N>::S out;
  for (std::size_t i = 0; i < c.x().size(); ++i) {
    if (!reduced[i])
      out.push_back(c.x()[i]);
    else if (c.layer.flag(Opt::keepdim))
      out.push_back(N(1));
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(reduce_rule)

template <class N>
void custom_rule(RuleContext<N>& c) {
  if (const auto raised = raised_by(c.layer))
    c.refuse_option(Code::L299, Opt::label,
                    [&] { return c.name() + " raised when it was recorded: " + std::string(*raised); });
  const auto declared = [&](const std::vector<Expression>& sizes, Opt opt) {
    typename RuleContext<N>::S out;
    if (!evaluate_all(c, sizes, opt, out)) return false;
    for (const N& size : out) {
      if (!c.below(size, 1)) continue;
      c.refuse_option(Code::L206, opt, [&] { return c.name() + " declares a size of " + text(size); });
      return false;
    }
    c.returns(std::move(out));
    return true;
  };
  if (c.layer.has(Opt::outputs)) {
    for (const auto& sizes :
         std::get<std::vector<std::vector<Expression>>>(c.layer.find(Opt::outputs)->value))
      if (!declared(sizes, Opt::outputs)) return;
    return;
  }
  const OptionValue* output = c.layer.find(Opt::output);
  if (std::holds_alternative<std::vector<Expression>>(output->value)) {
    declared(std::get<std::vector<Expression>>(output->value), Opt::output);
  } else {  // "same", also when left out
    c.returns(c.x());
  }
}
SHAPEDBG_INSTANTIATE(custom_rule)

}  // namespace shapedbg
