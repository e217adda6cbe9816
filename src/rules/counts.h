// What rules say of channels, features and numbers of axes.
#pragma once

#include "rules/rule_context.h"

namespace shapedbg {

// Refuses when the declared count (where there is one) is not `got`.
template <class N>
void check_count(RuleContext<N>& c, Code code, Opt opt, N got, const char* what) {
  if (!c.layer.has(opt)) return;
  const std::int64_t want = c.layer.integer(opt);
  if (c.same(got, N(want))) return;
  c.refuse_option(code, opt, [&] {
    return c.name() + " gets " + counted(got, what) + ", its " + std::string(to_string(opt)) + " is " +
           std::to_string(want);
  });
}

// Refuses a `size_like` that names a tensor with another number of axes than the input has.
template <class N>
bool like_has_rank(RuleContext<N>& c) {
  const auto& like = *c.in.like;
  if (like.size() == c.x().size()) return true;
  c.refuse_option(Code::L204, Opt::size_like, [&] {
    return "size_like of " + c.name() + " names " + text(like) + ", its input is " + text(c.x());
  });
  return false;
}

template <class N>
bool check_rank(RuleContext<N>& c, bool fits, const char* layout) {
  if (fits) return true;
  c.refuse(Code::L204, [&] {
    return c.name() + " (" + c.type() + ") takes " + layout + " and gets " + std::to_string(c.rank()) +
           " axes: " + text(c.x());
  });
  return false;
}

}  // namespace shapedbg
