// Repairs for every size that a spec declares, proven for the set and run at its borders.
#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/period.h"
#include "infer/sizes.h"
#include "repair/judge/ranking.h"
#include "repair/propose/suggest.h"
#include "repair/repair.h"

namespace shapedbg {
namespace {

// The network at the smallest declared size that fails, found by plain evaluation; nothing where it lies
// further away than repairs are looked for.
std::optional<Spec> failing_at(const Spec& spec, const std::vector<const FreeSize*>& sizes) {
  constexpr std::int64_t most_sizes = 600;
  std::int64_t steps = 200'000;
  const auto layers = static_cast<std::int64_t>(spec.layers.size());
  Spec changed = spec;
  for (std::int64_t k = 0; k < most_sizes && (steps -= layers) > 0; ++k) {
    for (const FreeSize* size : sizes) {
      const std::int64_t n = size->smallest() + k * size->multiple_of;
      if (size->max > 0 && n > size->max) return std::nullopt;
      changed = with_size(std::move(changed), size->axes, n);
    }
    if (!holds(changed, infer(changed))) return changed;
  }
  return std::nullopt;
}

// The free sizes that a C401 is about: one, or all of them together.
std::vector<const FreeSize*> sizes_of(const Spec& spec, const Finding& finding) {
  std::vector<const FreeSize*> all;
  for (const FreeSize& size : spec.free_sizes) all.push_back(&size);
  for (const FreeSize* size : all)
    if (size->where.span == finding.where.span && failing_at(spec, {size})) return {size};
  return all;
}

// Declared sizes at which a repair is run, beside the one that failed: next to it, the smallest, the largest.
std::vector<std::int64_t> borders(const FreeSize& size, std::int64_t failed) {
  std::vector<std::int64_t> all{size.smallest(), failed + size.multiple_of, failed + 2 * size.multiple_of};
  constexpr std::int64_t affordable = 1024;
  if (size.max > 0) all.push_back(size.max / size.multiple_of * size.multiple_of);
  std::erase_if(all, [&](std::int64_t n) {
    return (size.max > 0 && n > size.max) || n > std::max(affordable, failed);
  });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool runs_at_borders(const Judged& one, const std::vector<const FreeSize*>& sizes, const Rerun& rerun) {
  if (sizes.empty()) return false;
  const FreeAxis& at = sizes[0]->axes.front();
  const Shape& shape = one.spec.inputs[static_cast<std::size_t>(at.input)].shape;
  for (const std::int64_t n : borders(*sizes[0], shape[static_cast<std::size_t>(at.axis)])) {
    Spec there = one.spec;
    for (const FreeSize* size : sizes) there = with_size(std::move(there), size->axes, n);
    if (!holds(there, rerun(there))) return false;
  }
  return true;
}

// The sizes declared to be what the network can do: multiples of its total stride.
void suggest_multiples(const Situation& s, const std::vector<const FreeSize*>& sizes,
                       std::vector<Candidate>& out) {
  Candidate candidate;
  candidate.kind = FixKind::input_size;
  for (const FreeSize* size : sizes) {
    std::int64_t multiple = size->multiple_of;
    bool divided = false;
    for (const FreeAxis at : size->axes) {
      const std::int64_t m = periods_of(s.spec, at).likely;
      divided |= m > 1;
      if (m < 1 || __builtin_mul_overflow(m / std::gcd(m, multiple), multiple, &multiple)) return;
    }
    if (!divided) return;
    if (multiple == size->multiple_of || (size->max > 0 && multiple > size->max)) return;
    const auto at = std::find_if(s.spec.free_sizes.begin(), s.spec.free_sizes.end(),
                                 [&](const FreeSize& one) { return one.where.span == size->where.span; });
    if (at == s.spec.free_sizes.end()) return;
    const auto index = static_cast<std::size_t>(at - s.spec.free_sizes.begin());
    if (!add_moves(s, {SetMultipleOf{index, multiple}}, candidate)) return;
    candidate.changes.push_back(
        {"input", "multiple_of", std::to_string(size->multiple_of), std::to_string(multiple)});
    candidate.title += (candidate.title.empty() ? "declare only multiples of " : ", of ") +
                       std::to_string(multiple) + " for `" + size->name + "`";
  }
  if (!candidate.edits.empty()) out.push_back(std::move(candidate));
}

// What a fix is right for, said once: every size is every declared one.
std::string with_declared(std::string right_for) {
  if (right_for.empty()) return "right for every declared size";
  const std::string every = "right for every size";
  if (right_for == every || right_for.starts_with(every + ";")) return right_for;
  return right_for + "; every declared size";
}

}  // namespace

void repair_for_sizes(const Source& source, const Spec& declared, const Rerun& rerun,
                      const RightForAll& right, Finding& finding, FixCode code) {
  const ForOtherSizes undeclared(declared);
  const Spec& free = undeclared.spec();
  const std::vector<const FreeSize*> sizes = sizes_of(free, finding);
  const std::optional<Spec> spec = failing_at(free, sizes);
  if (!spec) return;
  const Trace trace = infer(*spec);
  const std::vector<Finding> causes = diagnose(*spec, trace);
  const auto cause = std::find_if(causes.begin(), causes.end(), is_error);
  if (cause == causes.end()) return;
  const Subject subject = subject_of(cause->code);
  if (!subject.sizes) return;
  const Rewrite rewrite(source);
  const Effort effort = effort_for(*spec);
  std::int64_t steps = effort.steps;
  const Situation situation{source, *spec, trace, *cause, rewrite, steps};
  const Plan plan = plan_output_padding(*spec, trace);
  std::vector<Candidate> partial;
  std::vector<Candidate> all = candidates(situation, subject, plan, partial);
  std::vector<const FreeSize*> failing = sizes;
  for (const FreeSize& other : free.free_sizes)
    if (std::find(sizes.begin(), sizes.end(), &other) == sizes.end() && failing_at(free, {&other}))
      failing.push_back(&other);
  suggest_multiples(situation, failing, all);
  std::vector<Judged> judged = ranked(situation, std::move(all), right);
  std::erase_if(judged,
                [](const Judged& one) { return one.cost.fails_elsewhere || one.cost.doubt != Doubt::none; });
  const Trace as_declared = infer(declared);
  finding.fixes = offered(judged, effort.fixes, {declared, as_declared}, rerun, code, [&](const Judged& one) {
    return one.candidate.kind == FixKind::input_size || runs_at_borders(one, sizes, rerun);
  });
  for (Fix& fix : finding.fixes) fix.right_for = with_declared(std::move(fix.right_for));
  if (finding.fixes.empty())
    finding.notes.insert(
        finding.notes.begin(),
        "no change of one or a few numbers was found with which every declared size is right");
}

}  // namespace shapedbg
