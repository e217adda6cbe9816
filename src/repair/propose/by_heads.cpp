// A number of heads that does not divide the features which views cut into them.
#include <cstdlib>
#include <optional>
#include <utility>

#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

const std::vector<Expression>* view_sizes(const LayerSpec& view) {
  const OptionValue* shape = view.find(Opt::shape);
  return shape == nullptr || view.broken || view.info().family != Family::reshape
             ? nullptr
             : std::get_if<std::vector<Expression>>(&shape->value);
}

// The place of the heads in [batch, places, 6, -1]: the one number in front of what is left open.
std::optional<std::size_t> place_of_heads(const std::vector<Expression>& sizes) {
  if (sizes.size() < 4) return std::nullopt;
  const std::size_t at = sizes.size() - 2;
  const bool heads = sizes[at].is_constant() && sizes[at].constant() > 1;
  const bool open = sizes.back().is_constant() && sizes.back().constant() == -1;
  return heads && open && !sizes[at - 1].is_constant() ? std::optional(at) : std::nullopt;
}

// The nearest number that divides the features, the smaller of two.
std::int64_t nearest_divisor(std::int64_t features, std::int64_t heads) {
  for (std::int64_t step = 1; step < heads; ++step)
    for (const std::int64_t other : {heads - step, heads + step})
      if (other > 1 && features % other == 0) return other;
  return 0;
}

}  // namespace

void suggest_heads(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  const auto* sizes = fault ? view_sizes(s.spec.layer(*fault)) : nullptr;
  const auto at = sizes == nullptr ? std::nullopt : place_of_heads(*sizes);
  if (!at || s.trace.row(*fault).inputs.empty() || s.trace.row(*fault).inputs[0].empty()) return;
  const std::int64_t heads = (*sizes)[*at].constant();
  const std::int64_t other = nearest_divisor(s.trace.row(*fault).inputs[0].back(), heads);
  if (other == 0) return;
  std::vector<Set> sets;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const auto* those = view_sizes(s.spec.layers[i]);
    if (those == nullptr || those->size() != sizes->size() || place_of_heads(*those) != at ||
        (*those)[*at].constant() != heads)
      continue;
    std::vector<Expression> changed = *those;
    changed[*at] = Expression(other);
    Set set{LayerId(i), Opt::shape, Value{std::move(changed)}};
    sets.push_back(std::move(set));
  }
  if (!s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::channels;  // no weight changes, and no size outside of the heads
  offer_as_one(s, sets, std::move(candidate), out);
}

}  // namespace shapedbg
