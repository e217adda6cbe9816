#include "portability/fixes.h"

#include <algorithm>
#include <utility>

#include "portability/parting.h"
#include "read/json/rewrite.h"
#include "repair/judge/ranking.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kSteps = 20'000;  // shape rules for one question

// The layer with other options, as something that stands beside it.
There changed_layer(const Spec& changed, LayerId layer) {
  const LayerSpec& now = changed.layer(layer);
  There there;
  Options options;
  for (const OptionValue& option : now.options)
    if (option.written) options.emplace_back(option.info->opt, option.value);
  there.stands.push_back({now.kind, std::move(options)});
  return there;
}

// Right in PyTorch as before, and no finding any more.
bool cures(const Repairing& repairing, const std::vector<const Fact*>& facts, LayerId layer,
           const Spec& changed) {
  const LayerView before{repairing.spec, repairing.trace, layer};
  std::int64_t steps = kSteps;
  if (parting(before, changed_layer(changed, layer), steps)) return false;
  const Trace trace = infer(changed);
  const LayerTrace& row = trace.row(layer);
  if (!row.refusals.empty() || row.outputs.empty()) return false;
  const LayerView after{changed, trace, layer};
  return std::none_of(facts.begin(), facts.end(), [&](const Fact* fact) {
    if (!fact->concerns(after.layer().info().family)) return false;
    const std::optional<There> there = fact->there(after);
    std::int64_t left = kSteps;
    return there && parting(after, *there, left);
  });
}

std::optional<Candidate> candidate_of(const Situation& s, const Moves& moves) {
  Candidate candidate;
  candidate.kind = FixKind::window;
  candidate.applicability = Applicability::safe;
  std::vector<Set> sets;
  for (const Move& move : moves) {
    if (const auto* set = std::get_if<SetOption>(&move)) sets.push_back({set->layer, set->opt, set->value});
    if (const auto* replaced = std::get_if<ReplaceOption>(&move)) {
      const LayerSpec& layer = s.spec.layer(replaced->layer);
      const std::string from(to_string(replaced->present));
      const std::string to(to_string(replaced->fresh));
      candidate.title =
          "set " + to + " to " + short_json(replaced->value) + " on `" + layer.name + "` in place of " + from;
      candidate.changes = {{layer.name, from, to_json(s.spec, layer.find(replaced->present)->value), "null"},
                           {layer.name, to, "null", short_json(replaced->value)}};
      if (!add_moves(s, moves, candidate)) return std::nullopt;
    }
  }
  if (sets.empty()) return candidate.title.empty() ? std::nullopt : std::optional(std::move(candidate));
  candidate.title = title_of(s.spec, sets);
  if (!add_sets(s, sets, candidate)) return std::nullopt;
  return candidate;
}

}  // namespace

void add_fixes(const Repairing& repairing, const std::vector<const Fact*>& facts, LayerId layer,
               Finding& finding) {
  if (facts[0]->moves == nullptr) return;
  const std::vector<Moves> all = facts[0]->moves(LayerView{repairing.spec, repairing.trace, layer});
  if (all.empty()) return;
  const Rewrite rewrite(repairing.source);
  std::int64_t steps = kSteps;
  const Situation s{repairing.source, repairing.spec, repairing.trace, finding, rewrite, steps};
  for (const Moves& moves : all) {
    const auto moved = apply(repairing.spec, moves);
    if (!moved || !cures(repairing, facts, layer, moved->net)) continue;
    std::optional<Candidate> candidate = candidate_of(s, moves);
    if (!candidate) continue;
    finding.fixes = offered(ranked(s, {std::move(*candidate)}, repairing.right), 1,
                            Shaped{repairing.spec, repairing.trace}, repairing.rerun, FixCode::all);
    if (!finding.fixes.empty()) return;
  }
}

}  // namespace shapedbg
