// Kinds that take parts of an axis: Chunk, Split, Unbind, Select.
#include <algorithm>

#include "rules/rule_context.h"

namespace shapedbg {
namespace {

// Parts of `part` places along axis `at`, the last one smaller, at most `most` of them.
template <class N>
void equal_parts(RuleContext<N>& c, std::size_t at, N part, std::int64_t most) {
  N rest = c.x()[at];
  for (std::int64_t i = 0; i < std::min(most, c.in.wanted) && c.a.ok() && !c.below(rest, 1); ++i) {
    typename RuleContext<N>::S out = c.x();
    out[at] = c.a.less(rest, part) ? rest : part;
    c.returns(std::move(out));
    rest = c.a.sub(rest, part);
  }
}

template <class N>
void split(RuleContext<N>& c, std::size_t at) {
  const Value& value = c.layer.find(Opt::split_size_or_sections)->value;
  const N size = c.x()[at];
  if (const auto* part = std::get_if<std::int64_t>(&value)) {
    return equal_parts(c, at, N(*part), most_outputs);
  }
  const auto& sections = std::get<std::vector<std::int64_t>>(value);
  N sum(0);
  for (const std::int64_t section : sections) sum = c.a.add(sum, N(section));
  if (!c.same(sum, size)) {
    c.refuse_option(
        Code::L215, Opt::split_size_or_sections,
        [&] {
          return c.name() + " splits axis " + std::to_string(at) + " into " + bracketed(sections) + ", " +
                 text(sum) + " in all, and gets " + text(size);
        },
        static_cast<int>(at));
  }
  for (const std::int64_t section : sections) {
    typename RuleContext<N>::S out = c.x();
    out[at] = N(section);
    c.returns(std::move(out));
  }
}

template <class N>
void unbind(RuleContext<N>& c, std::size_t at) {
  const N size = c.x()[at];
  typename RuleContext<N>::S without = c.x();
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::int64_t i = 0; i < std::min(most_outputs, c.in.wanted) && c.a.ok() && c.a.less(N(i), size); ++i)
    c.returns(without);
}

template <class N>
void select(RuleContext<N>& c, std::size_t at) {
  const N size = c.x()[at];
  const std::int64_t index = c.layer.integer(Opt::index);
  // At least that many places: index + 1 from the start, -index from the end.
  if (c.a.less(size, N(index < 0 ? -index : index + 1))) {
    c.refuse_option(
        Code::L212, Opt::index,
        [&] {
          return c.name() + " selects place " + std::to_string(index) + " of axis " + std::to_string(at) +
                 ", which has only " + text(size);
        },
        static_cast<int>(at));
  }
  typename RuleContext<N>::S without = c.x();
  without.erase(without.begin() + static_cast<std::ptrdiff_t>(at));
  c.returns(std::move(without));
}

// Parts of ceil(size / chunks), the last one smaller, and fewer parts when they run out.
template <class N>
void chunk(RuleContext<N>& c, std::size_t at) {
  const std::int64_t chunks = c.layer.integer(Opt::chunks);
  equal_parts(c, at, c.a.div_floor(c.a.add(c.x()[at], N(chunks - 1)), chunks), chunks);
}

}  // namespace

template <class N>
void part_rule(RuleContext<N>& c) {
  const int axis = c.axis(c.layer.integer(Opt::dim), Opt::dim, c.rank());
  if (axis < 0) return;
  const auto at = static_cast<std::size_t>(axis);
  if (c.layer.kind == LayerKind::Chunk) chunk(c, at);
  if (c.layer.kind == LayerKind::Split) split(c, at);
  if (c.layer.kind == LayerKind::Unbind) unbind(c, at);
  if (c.layer.kind == LayerKind::Select) select(c, at);
}
SHAPEDBG_INSTANTIATE(part_rule)

}  // namespace shapedbg
