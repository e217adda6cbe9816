// Kinds that join several tensors.
#include <algorithm>
#include <utility>
#include <vector>

#include "rules/rule_context.h"

namespace shapedbg {
namespace {

template <class N>
std::string shapes_text(const RuleContext<N>& c) {
  std::string s;
  for (std::size_t i = 0; i < c.in.inputs.size(); ++i) {
    if (i > 0) s += i + 1 == c.in.inputs.size() ? " and " : ", ";
    s += text(c.x(i));
  }
  return s;
}

// "64 (7999 times) and 62 (once)": where nobody could read all of them.
template <class N>
std::string counted_sizes(const RuleContext<N>& c, std::size_t axis) {
  constexpr std::size_t most = 8;
  std::vector<std::pair<std::string, std::size_t>> sizes;
  for (std::size_t i = 0; i < c.in.inputs.size(); ++i) {
    std::string size = text(c.x(i)[axis]);
    const auto known =
        std::find_if(sizes.begin(), sizes.end(), [&](const auto& one) { return one.first == size; });
    if (known != sizes.end())
      ++known->second;
    else if (sizes.size() <= most)
      sizes.emplace_back(std::move(size), 1);
  }
  std::string s;
  for (std::size_t i = 0; i < std::min(sizes.size(), most); ++i) {
    if (i > 0) s += i + 1 == sizes.size() ? " and " : ", ";
    s += sizes[i].first +
         (sizes[i].second == 1 ? " (once)" : " (" + std::to_string(sizes[i].second) + " times)");
  }
  return sizes.size() > most ? s + " and others" : s;
}

// "72 and 71": the sizes that the inputs have at one axis.
template <class N>
std::string sizes_text(const RuleContext<N>& c, std::size_t axis) {
  constexpr std::size_t most = 16;
  if (c.in.inputs.size() > most) return counted_sizes(c, axis);
  std::string s;
  for (std::size_t i = 0; i < c.in.inputs.size(); ++i) {
    if (i > 0) s += i + 1 == c.in.inputs.size() ? " and " : ", ";
    s += text(c.x(i)[axis]);
  }
  return s;
}

template <class N>
bool same_rank(RuleContext<N>& c) {
  for (std::size_t i = 1; i < c.in.inputs.size(); ++i) {
    if (c.rank(i) == c.rank(0)) continue;
    c.refuse(Code::L208, [&] {
      return "the inputs of " + c.name() + " differ in their number of axes: " + shapes_text(c);
    });
    return false;
  }
  return true;
}

}  // namespace

template <class N>
void join_rule(RuleContext<N>& c) {
  if (!same_rank(c)) return;
  const bool stack = facts(c.layer.kind).merge == Merge::stacks;
  const int at = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank() + (stack ? 1 : 0));
  if (at < 0) return;
  // Where sizes differ the larger one goes on: it is most often the one the network is built for.
  typename RuleContext<N>::S out = c.x();
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    if (!stack && axis == static_cast<std::size_t>(at)) {
      for (std::size_t i = 1; i < c.in.inputs.size(); ++i) out[axis] = c.a.add(out[axis], c.x(i)[axis]);
      continue;
    }
    bool equal = true;
    for (std::size_t i = 1; i < c.in.inputs.size(); ++i) {
      if (c.same(c.x(i)[axis], c.x()[axis])) continue;
      equal = false;
      if (c.a.less(out[axis], c.x(i)[axis])) out[axis] = c.x(i)[axis];
    }
    if (!equal) {
      c.refuse_axis(Code::L208, static_cast<int>(axis), [&] {
        return "the inputs of " + c.name() + " differ at axis " + std::to_string(axis) + ": " +
               sizes_text(c, axis);
      });
    }
  }
  if (stack) out.insert(out.begin() + at, N(static_cast<std::int64_t>(c.in.inputs.size())));
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(join_rule)

template <class N>
void elementwise_rule(RuleContext<N>& c) {
  // torch broadcasts: axes are matched from the last, size 1 stretches.
  typename RuleContext<N>::S out;
  for (std::size_t i = 0; i < c.in.inputs.size(); ++i) {
    const auto& x = c.x(i);
    if (x.size() > out.size()) out.insert(out.begin(), x.size() - out.size(), N(1));
    for (std::size_t back = 1; back <= x.size(); ++back) {
      N& size = out[out.size() - back];
      const N mine = x[x.size() - back];
      if (c.same(size, mine) || c.same(mine, N(1))) continue;
      if (c.same(size, N(1))) {
        size = mine;
        continue;
      }
      const std::size_t axis = out.size() - back;
      const N was = size;
      if (c.a.less(size, mine)) size = mine;
      c.refuse_axis(Code::L208, static_cast<int>(axis), [&] {
        return "the inputs of " + c.name() + " differ at axis " + std::to_string(axis) + ": " + text(was) +
               " and " + text(mine);
      });
    }
  }
  c.returns(std::move(out));
}
SHAPEDBG_INSTANTIATE(elementwise_rule)

}  // namespace shapedbg
