#include "check/declared_sizes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "diagnose/diagnose.h"
#include "shape/sizes.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kSteps = 2'000'000;       // shape rules for the proof
constexpr std::int64_t kPlainSteps = 200'000;    // the same where sizes are looked at one by one

std::string range_text(const FreeSize& size) {
  std::string text = size.name + " from " + std::to_string(size.smallest());
  if (size.max > 0) text += " to " + std::to_string(size.max);
  if (size.multiple_of > 1) text += " in steps of " + std::to_string(size.multiple_of);
  return text;
}

struct Answer {
  SizeMap map;
  bool complete = true;                 // every declared size was judged
  std::optional<std::int64_t> failing;  // the smallest
};

Answer judge(const Spec& spec, const FreeSize& size) {
  Answer answer;
  const VariedAxes varied{size.axes};
  const std::int64_t last = size.max == 0 ? limits::size : size.max;
  if (auto map = size_map(spec, varied, kSteps)) {
    answer.map = std::move(*map);
  } else {
    const auto layers = static_cast<std::int64_t>(spec.layers.size()) + 1;
    const std::int64_t end = std::min(last, size.smallest() + kPlainSteps / layers);
    answer.complete = end == last;
    // No more than can be afforded, however large the smallest size is.
    if (end > 4 * kPlainSteps / layers + 1024) return {{}, false, {}};
    answer.map = evaluated_sizes(spec, varied, end);
  }
  // After as many steps as there are classes, all residues that the steps reach were seen.
  const std::int64_t bound = static_cast<std::int64_t>(answer.map.small.size());
  std::int64_t left = bound / size.multiple_of + answer.map.period() + 1;
  for (std::int64_t n = size.smallest(); n <= last && left > 0 && answer.map.knows(n); n += size.multiple_of, --left) {
    if (answer.map.at(n).outcome == SizeOutcome::right) continue;
    answer.failing = n;
    break;
  }
  return answer;
}

std::string right_rule(const SizeMap& map) {
  const SizeMap told = extrapolated(map);
  std::vector<bool> classes;
  std::vector<bool> small;
  for (const SizeVerdict& v : told.classes) classes.push_back(v.outcome == SizeOutcome::right);
  for (const SizeVerdict& v : told.small) small.push_back(v.outcome == SizeOutcome::right);
  const std::string rule = describe_sizes(std::move(classes), std::move(small));
  return map.classes.empty() ? rule + ", seen from 1 to " + std::to_string(map.small.size()) : rule;
}

Finding failing(const Spec& declared, const FreeSize& size, const Answer& answer, const Rerun& run) {
  const std::int64_t n = *answer.failing;
  const SizeVerdict verdict = answer.map.at(n);
  Spec spec = declared;
  for (const int axis : size.axes) spec.inputs[0].shape[static_cast<std::size_t>(axis)] = n;
  const Trace trace = run(spec);
  const std::string at = "for `" + size.name + "` = " + std::to_string(n);
  Finding finding;
  finding.code = Code::C401;
  finding.where = size.where;
  if (verdict.outcome == SizeOutcome::refused) {
    const auto layer = static_cast<std::size_t>(verdict.layer);
    const LayerSpec& at_fault = spec.layers[layer];
    finding.layer = at_fault.name;
    finding.message = at + " `" + at_fault.name + "` is refused";
    const auto& refusals = trace.layers[layer].refusals;
    finding.related.push_back({at_fault.name, at_fault.name_place, refusals.empty() ? "refused here" : refusals[0].message});
    if (!trace.layers[layer].libtorch_refusal.empty())
      finding.notes.push_back("LibTorch: " + trace.layers[layer].libtorch_refusal);
  } else {
    const bool own = verdict.layer >= 0;
    const Shape* shape = own ? trace.output(spec, {verdict.layer, 0}) : trace.result(spec);
    const std::string who = own ? "`" + spec.layers[static_cast<std::size_t>(verdict.layer)].name + "`" : "the network";
    finding.message = at + " " + who + " returns " + (shape == nullptr ? "another shape" : bracketed(*shape)) +
                      " where " + bracketed(spec.inputs[0].shape) + " went in";
    for (const Finding& cause : diagnose(spec, trace)) {
      if (info(cause.code).id[0] != 'R') continue;
      finding.layer = cause.layer;
      if (const auto layer = spec.find(cause.layer))
        finding.related.push_back({cause.layer, spec.layers[static_cast<std::size_t>(*layer)].name_place,
                                   cause.label.empty() ? "returns another size" : cause.label});
      finding.related.insert(finding.related.end(), cause.related.begin(), cause.related.end());
      break;
    }
  }
  finding.notes.push_back("declared: " + range_text(size) + "; right: " + right_rule(answer.map));
  finding.notes.push_back("the table is for `" + size.name + "` = " + std::to_string(size.smallest()));
  return finding;
}

}  // namespace

DeclaredSizes declared_sizes(const Spec& declared, const Rerun& run) {
  DeclaredSizes result;
  const Spec spec = for_other_sizes(declared);
  bool all = true;
  for (const FreeSize& size : spec.free_sizes) {
    const Answer answer = judge(spec, size);
    all &= answer.complete && !answer.failing;
    if (answer.failing) result.findings.push_back(failing(spec, size, answer, run));
    result.right_for += (result.right_for.empty() ? "" : ", ") + range_text(size);
  }
  if (!all) result.right_for.clear();
  if (all && spec.free_sizes.size() > 1) result.right_for += ", each with the others at their smallest";
  return result;
}

}  // namespace shapedbg
