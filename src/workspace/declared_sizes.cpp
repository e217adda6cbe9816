#include "workspace/declared_sizes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/sizes.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kSteps = 200'000;       // shape rules for a proof: about half a second
constexpr std::int64_t kPlainSteps = 200'000;  // the same where sizes are looked at one by one

// A size that is put on all axes of a free size.
struct Chosen {
  const FreeSize* size = nullptr;
  std::int64_t n = 0;
};

struct Answer {
  bool complete = true;                 // every declared size was judged
  std::optional<std::int64_t> failing;  // the smallest
};

Answer judge(const Spec& spec, const FreeSize& size) {
  const SizeBox declared = declared_box(size);
  const auto fails = [](const SizeVerdict& verdict) { return !is_right(verdict); };
  const SizeMap map = size_map(spec, {size.axes, declared}, {}, kSteps);
  if (map.proven) return {true, map.next(1, fails)};
  // One by one, as many as can be afforded.
  std::int64_t left = kPlainSteps / (static_cast<std::int64_t>(spec.layers.size()) + 1) + 1;
  for (auto n = declared.next(1); n; n = declared.next(*n + 1)) {
    if (left-- == 0) return {false, {}};
    if (!is_right(evaluated(spec, size.axes, {}, *n))) return {true, *n};
  }
  return {};
}

// The smallest combination that is not right, where each free size by itself is: by the first size, then the
// next.
struct Together {
  bool complete = true;
  std::vector<Chosen> failing;
};

Together judge_together(const Spec& spec) {
  Together result;
  std::vector<VariedSize> varied;
  for (const FreeSize& size : spec.free_sizes) varied.push_back({size.axes, declared_box(size)});
  const Partition parts = partition(spec, varied, {}, kSteps);
  result.complete = parts.complete();
  const SizeClass* smallest = nullptr;
  const auto bases = [](const SizeClass& one) {
    std::vector<std::int64_t> all;
    for (const SizeBox& box : one.sizes) all.push_back(box.base);
    return all;
  };
  for (const SizeClass& one : parts.classes) {
    if (!one.known || is_right(one.verdict)) continue;
    if (smallest == nullptr || bases(one) < bases(*smallest)) smallest = &one;
  }
  if (smallest == nullptr) return result;
  for (std::size_t i = 0; i < spec.free_sizes.size(); ++i)
    result.failing.push_back({&spec.free_sizes[i], smallest->sizes[i].base});
  return result;
}

// The right sizes of all, in words.
std::string right_rule(const Spec& spec, const FreeSize& size) {
  SizeMap map = size_map(spec, {size.axes}, {}, kSteps);
  if (map.proven) return describe_sizes(map, is_right);
  const auto layers = static_cast<std::int64_t>(spec.layers.size()) + 1;
  const std::int64_t wanted = size.max > 0 ? size.max : 4 * size.smallest();
  map = evaluated_sizes(spec, size.axes, {}, std::clamp<std::int64_t>(wanted, 1, kPlainSteps / layers + 1));
  return describe_sizes(extrapolated(map), is_right) + ", seen from 1 to " + std::to_string(map.small.size());
}

std::string chosen_text(const std::vector<Chosen>& chosen) {
  std::string text;
  for (const auto& [size, n] : chosen)
    text += (text.empty() ? "for `" : " and `") + size->name + "` = " + std::to_string(n);
  return text;
}

// Of the same layers: one story, whichever size tells it.
bool alike(const Finding& a, const Finding& b) {
  return a.layer == b.layer &&
         std::equal(a.related.begin(), a.related.end(), b.related.begin(), b.related.end(),
                    [](const Related& x, const Related& y) { return x.layer == y.layer; });
}

// `rules`: of each of the chosen sizes, which are right.
Finding failing(const Spec& declared, const std::vector<Chosen>& chosen,
                const std::vector<std::string>& rules, const Rerun& run) {
  Spec spec = declared;
  for (const auto& [size, n] : chosen) spec = with_size(std::move(spec), size->axes, n);
  const SizeVerdict verdict = evaluated(spec, {}, {}, 0);
  const Trace trace = run(spec);
  const std::string at = chosen_text(chosen);
  Finding finding;
  finding.code = Code::C401;
  finding.where = chosen[0].size->where;
  if (verdict.outcome == SizeOutcome::refused) {
    const auto layer = verdict.layer.place();
    const LayerSpec& at_fault = spec.layers[layer];
    finding.layer = at_fault.name;
    finding.message = at + " `" + at_fault.name + "` is refused";
    const auto& refusals = trace.layers[layer].refusals;
    finding.related.push_back(
        {at_fault.name, at_fault.name_place, refusals.empty() ? "refused here" : refusals[0].message});
    if (!trace.layers[layer].libtorch_refusal.empty())
      finding.notes.push_back("LibTorch: " + trace.layers[layer].libtorch_refusal);
  } else {
    const bool own = !verdict.layer.is_none();
    const Shape* shape = own ? trace.output(spec, {verdict.layer, 0}) : trace.result(spec);
    const std::string who = own ? "`" + spec.layer(verdict.layer).name + "`" : "the network";
    finding.message = at + " " + who + " returns " +
                      (shape == nullptr ? "another shape" : bracketed(*shape)) + " where " +
                      bracketed(spec.inputs[0].shape) + " went in";
    for (const Finding& cause : diagnose(spec, trace)) {
      if (info(cause.code).id[0] != 'R') continue;
      finding.layer = cause.layer;
      if (const auto layer = spec.find(cause.layer))
        finding.related.push_back({cause.layer, spec.layer(*layer).name_place,
                                   cause.label.empty() ? "returns another size" : cause.label});
      finding.related.insert(finding.related.end(), cause.related.begin(), cause.related.end());
      break;
    }
  }
  for (std::size_t i = 0; i < chosen.size(); ++i)
    finding.notes.push_back("declared: " + range_text(*chosen[i].size) + "; right: " + rules[i]);
  if (chosen.size() > 1)
    finding.notes.push_back("each of these sizes alone is right with the others at their smallest");
  std::string table;
  for (const auto& [size, n] : chosen)
    table += (table.empty() ? "the table is for `" : " and `") + size->name +
             "` = " + std::to_string(size->smallest());
  finding.notes.push_back(std::move(table));
  return finding;
}

}  // namespace

std::string range_text(const FreeSize& size) {
  if (size.smallest() == size.max) return size.name + " = " + std::to_string(size.max);
  std::string text = size.name + " from " + std::to_string(size.smallest());
  if (size.max > 0) text += " to " + std::to_string(size.max);
  if (size.multiple_of > 1) text += " in steps of " + std::to_string(size.multiple_of);
  return text;
}

SizeBox declared_box(const FreeSize& size) {
  const std::int64_t last = size.max == 0 ? limits::size : size.max;
  return SizeBox::from(size.smallest(), size.multiple_of,
                       size.max == 0 ? unbounded : (last - size.smallest()) / size.multiple_of + 1);
}

DeclaredSizes declared_sizes(const Spec& declared, const Rerun& run) {
  DeclaredSizes result;
  const ForOtherSizes judged(declared);
  const Spec& spec = judged.spec();
  bool all = true;
  std::vector<std::string> rules;  // of each finding
  for (const FreeSize& size : spec.free_sizes) {
    const Answer answer = judge(spec, size);
    all &= answer.complete && !answer.failing;
    if (answer.failing) {
      std::string rule = right_rule(spec, size);
      Finding one = failing(spec, {{&size, *answer.failing}}, {rule}, run);
      std::size_t i = 0;
      while (i < rules.size() && (rules[i] != rule || !alike(result.findings[i], one))) ++i;
      if (i < rules.size()) {
        auto& notes = result.findings[i].notes;
        notes.insert(notes.end() - 1, "`" + size.name + "` = " + std::to_string(*answer.failing) +
                                          " fails likewise; declared: " + range_text(size));
      } else {
        result.findings.push_back(std::move(one));
        rules.push_back(std::move(rule));
      }
    }
    result.right_for += (result.right_for.empty() ? "" : ", ") + range_text(size);
  }
  if (!all) result.right_for.clear();
  if (!all || spec.free_sizes.size() < 2) return result;
  const Together together = judge_together(spec);
  if (!together.failing.empty()) {
    std::vector<std::string> each;
    for (const Chosen& one : together.failing) each.push_back(right_rule(spec, *one.size));
    result.findings.push_back(failing(spec, together.failing, each, run));
    result.right_for.clear();
  } else if (!together.complete) {
    result.right_for += ", each with the others at their smallest";
  }
  return result;
}

}  // namespace shapedbg
