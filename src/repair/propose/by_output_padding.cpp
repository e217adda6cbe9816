// output_padding as the exact search found it (plan.h).
#include <algorithm>
#include <cstdlib>

#include "flow/path.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// Half a stride or more where nothing was lost: see candidate.h.
bool doubtful(const Situation& s, const Setting& setting, const std::vector<std::vector<Level>>& levels) {
  const LayerSpec& layer = s.spec.layer(setting.layer);
  for (int a = 0; a < layer.info().axes; ++a) {
    const auto at = static_cast<std::size_t>(a);
    const std::int64_t op = setting.to[at];
    if (op <= setting.from[at]) continue;
    bool mirrored = false;
    if (at < levels.size())
      for (const Level& level : levels[at]) mirrored |= level.up == setting.layer;
    if (mirrored) continue;  // the judge looks at the level itself
    const Window w = window_of(layer, a);
    if (2 * op >= w.s && op > w.after && w.net_kernel() + op != w.s) return true;
  }
  return false;
}

// Columns that no weight reaches.
bool beyond_the_kernel(const Situation& s, const Setting& setting) {
  const LayerSpec& layer = s.spec.layer(setting.layer);
  for (int a = 0; a < layer.info().axes; ++a) {
    const auto at = static_cast<std::size_t>(a);
    if (setting.to[at] > setting.from[at] && setting.to[at] > window_of(layer, a).after) return true;
  }
  return false;
}

// A kernel that is shorter than its stride leaves places between its windows that hold the bias alone:
// whether one more of them is meant, or a kernel as long as the stride, its author has to say.
bool has_gaps(const Situation& s, const Setting& setting) {
  const LayerSpec& layer = s.spec.layer(setting.layer);
  for (int a = 0; a < layer.info().axes; ++a) {
    const Window w = window_of(layer, a);
    if (setting.to[static_cast<std::size_t>(a)] > 0 && w.reach() + 1 < w.s) return true;
  }
  return false;
}

}  // namespace

void suggest_output_padding(const Situation& s, const Plan& plan, std::vector<Candidate>& out) {
  if (plan.end != SearchEnd::found || plan.settings.empty()) return;
  std::vector<std::vector<Level>> levels;
  for (int axis = 0; axis < 3; ++axis) levels.push_back(mirrored_levels(s.spec, s.trace, axis));
  Candidate candidate;
  candidate.kind = FixKind::output_padding;
  candidate.applicability = Applicability::safe;
  int beyond = 0;
  std::vector<Set> sets;
  std::vector<std::pair<LayerId, std::string>> values;
  for (const Setting& setting : plan.settings) {
    const auto axes = static_cast<std::size_t>(s.spec.layer(setting.layer).info().axes);
    std::vector<std::int64_t> padding(setting.to.begin(),
                                      setting.to.begin() + static_cast<std::ptrdiff_t>(axes));
    for (std::size_t a = 0; a < axes; ++a) candidate.amount += std::abs(setting.to[a] - setting.from[a]);
    if (doubtful(s, setting, levels)) candidate.doubt = Doubt::nonsense;
    if (has_gaps(s, setting)) candidate.applicability = Applicability::unsafe;
    beyond += beyond_the_kernel(s, setting) ? 1 : 0;
    values.emplace_back(setting.layer, short_json(Value{padding}));
    sets.push_back({setting.layer, Opt::output_padding, Value{std::move(padding)}});
  }
  if (beyond > 1) candidate.doubt = Doubt::nonsense;
  candidate.title = title_of(s.spec, Opt::output_padding, values);
  if (!add_sets(s, sets, candidate)) return;
  // Columns that nothing asked for, taken away wherever they are: one thought.
  const bool superfluous =
      std::all_of(plan.settings.begin(), plan.settings.end(), [](const Setting& setting) {
        return std::all_of(setting.to.begin(), setting.to.end(), [](std::int64_t op) { return op == 0; });
      });
  if (superfluous) candidate.places = 1;
  out.push_back(std::move(candidate));
}

}  // namespace shapedbg
