#include "repair/padding/plan.h"
#include "flow/path.h"

#include <algorithm>

#include "repair/padding/explain.h"

namespace shapedbg {
namespace {

std::vector<PerAxis> present_of(const Question& q) {
  std::vector<PerAxis> present;
  for (const Unknown& unknown : q.unknowns) present.push_back(unknown.present);
  return present;
}

bool in_range(const Question& q, const std::vector<PerAxis>& choice) {
  for (std::size_t u = 0; u < choice.size(); ++u)
    for (std::size_t a = 0; a < choice[u].size(); ++a)
      if (choice[u][a] < 0 || choice[u][a] > q.unknowns[u].most[a]) return false;
  return true;
}

// By algebra, where every layer with a choice gives back what a mirrored layer lost: then the choice
// with all levels right is the only one, and so the best. Nothing when the net is not of that kind.
std::optional<std::vector<PerAxis>> by_algebra(const Question& q, const std::vector<Level>& levels) {
  std::vector<PerAxis> choice(q.unknowns.size());
  const auto axes = static_cast<std::size_t>(q.axes);
  for (std::size_t u = 0; u < q.unknowns.size(); ++u) {
    const Unknown& unknown = q.unknowns[u];
    if (unknown.most[0] == 0) continue;
    bool mirrored = false;
    for (const Level& level : levels) {
      if (level.up != unknown.layer) continue;
      const LayerSpec& down = q.spec.layer(level.down);
      if (down.info().axes != q.axes || down.inputs.empty() || q.depends[level.down] != 0)
        return std::nullopt;
      const Shape& before = q.constant(down.inputs.front());
      if (before.size() < axes) return std::nullopt;
      const auto op =
          mirrored_output_padding(window_of(down, q.axis), window_of(q.spec.layer(level.up), q.axis),
                                  before[before.size() - axes + static_cast<std::size_t>(q.axis)]);
      if (!op) return std::nullopt;
      choice[u][0] = *op;
      mirrored = true;
      break;
    }
    if (!mirrored) return std::nullopt;
  }
  return choice;
}

// `text` with the name of one axis in place of another's.
std::string with(std::string text, std::string_view name, std::string_view other) {
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + other.size()))
    text.replace(at, name.size(), other);
  return text;
}

Searched search_axis(Question& q, const std::vector<Level>& levels) {
  const std::vector<PerAxis> present = present_of(q);
  SearchLimits fixed;
  fixed.only = &present;
  if (in_range(q, present)) {
    Searched as_is = search(q, fixed);
    if (as_is.end == SearchEnd::found) return as_is;
  }
  if (const auto choice = by_algebra(q, levels)) {
    fixed.only = &*choice;
    Searched found = search(q, fixed);
    if (found.end == SearchEnd::found && found.cost.levels == 0) return found;
  }
  return search(q);
}

}  // namespace

std::optional<std::int64_t> mirrored_output_padding(const Window& down, const Window& up, std::int64_t L) {
  if (down.s != up.s || down.net_kernel() != up.net_kernel() || down.ceil_mode) return std::nullopt;
  return floor_mod(L - down.net_kernel(), down.s);
}

namespace {

// Adds why an axis cannot be repaired. The same reason for a second axis says nothing new.
void add_reasons(const std::vector<std::string>& reasons, int axes, int axis, Plan& plan) {
  const std::string name(axis_name(axes, axis));
  const auto is_known = [&](const std::string& reason) {
    return std::find(plan.reasons.begin(), plan.reasons.end(), reason) != plan.reasons.end();
  };
  for (const std::string& reason : reasons) {
    bool known = is_known(reason);
    for (int other = 0; other < axis; ++other)
      known = known || is_known(with(reason, name, axis_name(axes, other)));
    if (!known) plan.reasons.push_back(reason);
  }
}

struct Network {
  const Spec& spec;
  const Trace& trace;
  const std::vector<Unknown>& unknowns;
  const PerLayer<char>& depends;
};

void search_each_axis(const Network& n, std::vector<Setting>& settings, Plan& plan) {
  const int axes = n.spec.layer(n.unknowns.front().layer).info().axes;
  for (int axis = 0; axis < axes; ++axis) {
    Question question = ask(n.spec, n.trace, n.unknowns, n.depends, axis);
    const Searched searched = search_axis(question, mirrored_levels(n.spec, n.trace, axis));
    if (searched.end == SearchEnd::none) add_reasons(why_none(n.spec, n.trace, question), axes, axis, plan);
    // One axis that cannot be repaired is enough; the others may still add their reasons.
    if (axis == 0 || plan.end == SearchEnd::found || searched.end == SearchEnd::none) plan.end = searched.end;
    if (searched.end == SearchEnd::cut) break;
    for (std::size_t u = 0; u < searched.choice.size(); ++u)
      settings[u].to[static_cast<std::size_t>(axis)] = searched.choice[u][0];
  }
}

void search_all_axes(const Network& n, std::vector<Setting>& settings, Plan& plan) {
  Question question = ask(n.spec, n.trace, n.unknowns, n.depends, -1);
  const Searched searched = search(question);
  plan.end = searched.end;
  for (std::size_t u = 0; u < searched.choice.size(); ++u) settings[u].to = searched.choice[u];
  if (searched.end == SearchEnd::none) {
    plan.reasons.push_back(
        "every output_padding was tried, on all axes together: with none does every layer run and every "
        "expectation hold");
  }
}

}  // namespace

Plan plan_output_padding(const Spec& spec, const Trace& trace) {
  Plan plan;
  if (trace.layers.size() != spec.layers.size()) return plan;
  const std::vector<Unknown> unknowns = unknowns_of(spec);
  const PerLayer<char> depends = dependants(spec, unknowns);
  const Blocked stop = blocked(spec, trace, unknowns, depends);
  if (stop.blocked) {
    if (stop.layer < 0) {
      plan.reasons.push_back(unknowns.empty()
                                 ? "no layer of the network has an output_padding that could be changed"
                                 : "no layer with an output_padding to change stands before the output");
    }
    return plan;
  }

  std::vector<Setting> settings;
  for (const Unknown& unknown : unknowns)
    settings.push_back({unknown.layer, unknown.present, unknown.present});
  const Network network{spec, trace, unknowns, depends};
  if (axes_are_independent(spec, trace, unknowns, depends))
    search_each_axis(network, settings, plan);
  else
    search_all_axes(network, settings, plan);
  if (plan.end == SearchEnd::cut) {
    plan.reasons.assign(
        1, "output_padding was searched for, but not to the end: there are too many ways to set it");
  }
  if (plan.end != SearchEnd::found) return plan;
  for (const Setting& setting : settings)
    if (setting.from != setting.to) plan.settings.push_back(setting);
  return plan;
}

}  // namespace shapedbg
