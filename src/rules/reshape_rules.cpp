// Kinds that give the same elements another form: flatten, reshape, reorder, reduce, split; and Custom.
#include <algorithm>

#include "rules/rule_context.h"

namespace shapedbg {
namespace {

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
  const int a = c.axis(c.layer.integer(Opt::dim0), Opt::dim0, c.rank());
  const int b = c.axis(c.layer.integer(Opt::dim1), Opt::dim1, c.rank());
  if (a < 0 || b < 0) return;
  typename RuleContext<N>::S out = c.x();
  std::swap(out[static_cast<std::size_t>(a)], out[static_cast<std::size_t>(b)]);
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
  std::vector<bool> drop(c.x().size(), !c.layer.has(Opt::dim));
  if (c.layer.has(Opt::dim)) {
    for (const std::int64_t dim : c.layer.integers(Opt::dim)) {
      const int at = c.axis(dim, Opt::dim, c.rank());
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
  for (std::size_t i = 0; i < drop.size(); ++i)
    if (!drop[i] || !c.same(c.x()[i], N(1))) out.push_back(c.x()[i]);
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(squeeze_rule)

template <class N>
void reduce_rule(RuleContext<N>& c) {
  const auto& dims = c.layer.integers(Opt::dim);
  std::vector<bool> reduced(c.x().size(), dims.empty());  // torch reduces all axes for an empty list
  for (const std::int64_t dim : dims) {
    const int at = c.axis(dim, Opt::dim, c.rank());
    if (at < 0) return;
    if (reduced[static_cast<std::size_t>(at)]) {
      c.refuse_option(Code::L212, Opt::dim,
                      [&] { return "dim of " + c.name() + " names axis " + std::to_string(at) + " twice"; });
      return;
    }
    reduced[static_cast<std::size_t>(at)] = true;
  }
  typename RuleContext<N>::S out;
  for (std::size_t i = 0; i < reduced.size(); ++i) {
    if (!reduced[i])
      out.push_back(c.x()[i]);
    else if (c.layer.flag(Opt::keepdim))
      out.push_back(N(1));
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(reduce_rule)

template <class N>
void chunk_rule(RuleContext<N>& c) {
  const int at = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank());
  if (at < 0) return;
  const std::int64_t chunks = c.layer.integer(Opt::chunks);
  const N size = c.x()[static_cast<std::size_t>(at)];
  // torch.chunk: parts of ceil(size / chunks), the last one smaller, and fewer parts when they run out.
  const N part = c.a.div_floor(c.a.add(size, N(chunks - 1)), chunks);
  N rest = size;
  const std::int64_t wanted = std::min(chunks, c.in.wanted);
  for (std::int64_t i = 0; i < wanted && c.a.ok() && !c.below(rest, 1); ++i) {
    typename RuleContext<N>::S out = c.x();
    out[static_cast<std::size_t>(at)] = c.a.less(rest, part) ? rest : part;
    c.returns(std::move(out));
    rest = c.a.sub(rest, part);
  }
}
SHAPEDBG_INSTANTIATE(chunk_rule)

template <class N>
void custom_rule(RuleContext<N>& c) {
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
