#include "repair/repair.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "repair/judge.h"
#include "repair/suggest.h"

namespace shapedbg {
namespace {

// A network of many layers is read, inferred and run for every fix: it gets fewer of them to choose from.
struct Effort {
  std::size_t fixes = 4;
  std::size_t judged = 40;
  std::int64_t steps = 60'000;
};
Effort effort_for(const Spec& spec) { return spec.layers.size() > 300 ? Effort{2, 6, 15'000} : Effort{}; }

struct Scope {
  bool sizes = false;
  bool channels = false;
};

// What can close a finding; the other findings are about options that have no better value.
Scope scope_of(Code code) {
  switch (code) {
    case Code::L201:
    case Code::L205:
    case Code::L206:
    case Code::L207:
    case Code::L210:
    case Code::L213:
    case Code::L218:
      return {true, false};
    case Code::L204:
    case Code::L208:
    case Code::L209:
    case Code::L211:
    case Code::L215:
    case Code::R301:
    case Code::R302:
    case Code::R303:
      return {true, true};
    case Code::L202:
    case Code::L203:
      return {false, true};
    default:
      return {};
  }
}

// Findings whose readers expect to be told why output_padding does not help.
bool asks_for_output_padding(Code code) {
  return code == Code::L201 || code == Code::L208 || code == Code::L213 || code == Code::R301 ||
         code == Code::R302 || code == Code::R303;
}

// Independent faults cannot all be closed by one change.
bool too_many_faults(const Trace& trace) {
  std::size_t faults = 0;
  for (const LayerTrace& row : trace.layers) faults += !row.refusals.empty() && !row.after_failure ? 1 : 0;
  return faults > 8;
}

std::vector<Candidate> candidates(const Situation& s, const Scope& scope, const Plan& plan,
                                  std::vector<Candidate>& partial) {
  std::vector<Candidate> all;
  if (scope.sizes) suggest_output_padding(s, plan, all);
  if (too_many_faults(s.trace)) return all;
  if (scope.channels) {
    suggest_axes(s, all);
    suggest_channels(s, all, partial);
    suggest_projection(s, all);
  }
  if (scope.sizes) {
    suggest_size_like(s, all);
    suggest_padded_input(s, all);
    suggest_fits(s, all);
    suggest_input_sizes(s, all);
    suggest_windows(s, all);
  }
  suggest_options(s, all);
  return all;
}

// Layers that the diagnosis speaks of, and those of the levels that do not give back their size.
bool speaks_of(const Situation& s, const Candidate& candidate) {
  const auto named = [&](const std::string& name) {
    if (name == s.finding.layer) return true;
    // Whoever brings a map that is too small does what it should with the input it gets.
    if (s.finding.code == Code::L205 || s.finding.code == Code::L206) return false;
    return std::any_of(s.finding.related.begin(), s.finding.related.end(),
                       [&](const Related& related) { return related.layer == name; });
  };
  const std::vector<BrokenLevel> levels = broken_levels(s);
  return std::any_of(candidate.changes.begin(), candidate.changes.end(), [&](const Change& change) {
    const auto layer = s.spec.find(change.layer);
    return named(change.layer) ||
           (layer && std::any_of(levels.begin(), levels.end(),
                                 [&](const BrokenLevel& b) { return b.up == *layer || b.down == *layer; }));
  });
}

// Where another input size would do, sizes went apart by rounding: no option is wrong, least of all one of
// a layer that has no part in it.
void doubt_elsewhere(const Situation& s, std::vector<Judged>& judged) {
  const bool rounding = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::input_size && one.cost.doubt == Doubt::none;
  });
  if (!rounding || s.finding.layer.empty()) return;
  for (Judged& one : judged) {
    const bool option = one.cost.kind == FixKind::window || one.cost.kind == FixKind::axis ||
                        one.cost.kind == FixKind::channels;
    if (option && !speaks_of(s, one.candidate)) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

// The ones that hold, best first. Of one kind two are looked at closely: sizes decide between them.
std::vector<Judged> ranked(const Situation& s, std::vector<Candidate> all) {
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.places, a.kind) < std::pair(b.places, b.kind);
  });
  // Reading the file again costs more than anything else here.
  const Effort effort = effort_for(s.spec);
  std::vector<Judged> judged;
  std::size_t sensible = 0;
  std::vector<std::vector<Edit>> known;  // several generators may come to one edit
  for (std::size_t i = 0; i < std::min(effort.judged, all.size()); ++i) {
    if (std::count(known.begin(), known.end(), all[i].edits) > 0) continue;
    known.push_back(all[i].edits);
    std::optional<Judged> one = judge(s, std::move(all[i]));
    if (!one) continue;
    sensible += one->cost.doubt == Doubt::none ? 1 : 0;
    judged.push_back(std::move(*one));
    if (effort.judged < 40 && sensible == effort.fixes) break;
  }
  doubt_elsewhere(s, judged);
  const auto better = [](const Judged& a, const Judged& b) { return (a.cost <=> b.cost) < 0; };
  std::stable_sort(judged.begin(), judged.end(), better);
  std::vector<Judged> kept;
  for (Judged& one : judged) {
    constexpr std::size_t most_weighed = 7;
    const auto same = std::count_if(kept.begin(), kept.end(),
                                    [&](const Judged& k) { return k.cost.kind == one.cost.kind; });
    const auto kinds_with_two = one.cost.kind == FixKind::size_like || one.cost.kind == FixKind::channels ||
                                one.cost.kind == FixKind::window || one.cost.kind == FixKind::missing_axis;
    const bool full = kept.size() == most_weighed && one.cost.kind != FixKind::output_padding;
    if (same >= (kinds_with_two ? 2 : 1) || full) continue;
    weigh(s, one);
    kept.push_back(std::move(one));
  }
  std::stable_sort(kept.begin(), kept.end(), better);
  // Behind an output_padding that is right for some sizes comes what is right for more of them.
  if (kept.empty() || kept[0].cost.kind != FixKind::output_padding) return kept;
  auto most = kept.end();
  for (auto it = kept.begin() + 1; it != kept.end(); ++it) {
    if (it->cost.kind != FixKind::size_like || it->cost.doubt != Doubt::none) continue;
    if (most == kept.end() || it->cost.wrong_share < most->cost.wrong_share) most = it;
  }
  if (most != kept.end() && most->cost.wrong_share < kept[0].cost.wrong_share)
    std::rotate(kept.begin() + 1, most, most + 1);
  return kept;
}

// One of each kind, then a second one that says something else: other channels, more sizes.
std::vector<Fix> offered(const std::vector<Judged>& judged, std::size_t most, const Rerun& rerun) {
  std::vector<Fix> fixes;
  std::vector<const Judged*> taken;
  // What the exact search found is always among them, however doubtful: the last place is kept for it.
  const auto padding = std::find_if(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::output_padding;
  });
  for (const bool first : {true, false}) {
    for (const Judged& one : judged) {
      if (fixes.size() == most) break;
      if (std::count(taken.begin(), taken.end(), &one) > 0) continue;
      const bool last = first && fixes.size() + 1 == most && padding != judged.end();
      if (last && &one != &*padding && std::count(taken.begin(), taken.end(), &*padding) == 0) continue;
      const auto same = std::find_if(taken.begin(), taken.end(),
                                     [&](const Judged* t) { return t->cost.kind == one.cost.kind; });
      if (first && same != taken.end()) continue;
      if (!first &&
          (same == taken.end() || one.cost.doubt != Doubt::none ||
           (one.cost.kind != FixKind::channels && one.cost.wrong_share >= (*same)->cost.wrong_share)))
        continue;
      if (std::optional<Fix> fix = verified(one, rerun)) {
        fixes.push_back(std::move(*fix));
        taken.push_back(&one);
      }
    }
  }
  bool safe = true;
  for (Fix& fix : fixes) {
    safe = safe && fix.applicability == Applicability::safe;
    if (!safe && fix.applicability == Applicability::safe) fix.applicability = Applicability::unsafe;
  }
  return fixes;
}

// The one edit that turns `before` into `after`.
Edit difference(const std::string& before, const std::string& after) {
  const std::size_t most = std::min(before.size(), after.size());
  std::size_t start = 0;
  while (start < most && before[start] == after[start]) ++start;
  std::size_t end = 0;
  while (end < most - start && before[before.size() - 1 - end] == after[after.size() - 1 - end]) ++end;
  return {start, before.size() - start - end, after.substr(start, after.size() - start - end)};
}

// One block, several uses, and each would need another output_padding.
void note_shared(const Spec& spec, const Plan& plan, Finding& finding) {
  if (plan.end != SearchEnd::found) return;
  for (const Fix& fix : finding.fixes)
    for (const Change& change : fix.changes)
      if (change.option == to_string(Opt::output_padding)) return;
  for (const Setting& setting : plan.settings) {
    const LayerSpec& layer = spec.layers[static_cast<std::size_t>(setting.layer)];
    if (!layer.shared) continue;
    const auto axes = static_cast<std::size_t>(layer.info().axes);
    const std::vector<std::int64_t> padding(setting.to.begin(),
                                            setting.to.begin() + static_cast<std::ptrdiff_t>(axes));
    finding.notes.push_back("`" + layer.name + "` needs output_padding " + short_json(Value{padding}) +
                            ", other uses of its block another one: make it an argument of the block");
    return;
  }
}

void find_fixes(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun, bool combine,
                Finding& finding);

// Two faults: channels put right, and the best repair of what is wrong then. Only both together close it.
std::optional<Fix> both(const Situation& s, const Candidate& first, const Rerun& rerun) {
  const std::optional<std::string> bytes = shapedbg::apply(s.source.bytes(), first.edits);
  if (!bytes) return std::nullopt;
  const Source source(s.source.name(), *bytes);
  const Parsed parsed = parse(source);
  if (!parsed.usable || parsed.spec.layers.size() != s.spec.layers.size()) return std::nullopt;
  const Trace trace = infer(parsed.spec);
  for (Finding& left : diagnose(parsed.spec, trace)) {
    if (info(left.code).severity != Severity::error || !scope_of(left.code).sizes) continue;
    find_fixes(source, parsed.spec, trace, rerun, false, left);
    if (left.fixes.empty()) return std::nullopt;
    Fix fix = std::move(left.fixes.front());
    const std::optional<std::string> whole = shapedbg::apply(source.bytes(), fix.edits);
    if (!whole) return std::nullopt;
    fix.title = first.title + ", and " + fix.title;
    fix.changes.insert(fix.changes.begin(), first.changes.begin(), first.changes.end());
    fix.edits = {difference(s.source.bytes(), *whole)};
    if (first.applicability != Applicability::safe) fix.applicability = first.applicability;
    return fix;
  }
  return std::nullopt;
}

void find_fixes(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun, bool combine,
                Finding& finding) {
  const Scope scope = scope_of(finding.code);
  if ((!scope.sizes && !scope.channels) || trace.layers.size() != spec.layers.size() || spec.layers.empty())
    return;
  Plan plan;
  if (scope.sizes) plan = plan_output_padding(spec, trace);
  if (plan.end != SearchEnd::found && asks_for_output_padding(finding.code))
    finding.notes.insert(finding.notes.end(), plan.reasons.begin(), plan.reasons.end());
  // Nothing is wrong with the sizes, and no other finding asks.
  if (plan.end == SearchEnd::found && plan.settings.empty() && holds(spec, trace)) return;

  const Rewrite rewrite(source);
  const Effort effort = effort_for(spec);
  std::int64_t steps = effort.steps;
  const Situation situation{source, spec, trace, finding, rewrite, steps};
  std::vector<Candidate> partial;
  finding.fixes =
      offered(ranked(situation, candidates(situation, scope, plan, partial)), effort.fixes, rerun);
  note_shared(spec, plan, finding);
  if (!combine || !finding.fixes.empty() || partial.empty() || too_many_faults(trace)) return;
  if (std::optional<Fix> fix = both(situation, partial.front(), rerun))
    finding.fixes.push_back(std::move(*fix));
}

}  // namespace

void repair(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun,
            Finding& finding) {
  find_fixes(source, spec, trace, rerun, true, finding);
}

}  // namespace shapedbg
