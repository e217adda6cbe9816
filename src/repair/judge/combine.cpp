#include "repair/judge/combine.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/again.h"
#include "infer/smallest.h"
#include "read/json/parse.h"
#include "repair/judge/ranking.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

int wrong_sizes(const Shape& got, const Shape& want) {
  if (got.size() != want.size()) return static_cast<int>(std::max(got.size(), want.size())) + 1;
  int wrong = 0;
  for (std::size_t k = 0; k < got.size(); ++k)
    wrong += want[k] != Expect::any_size && got[k] != want[k] ? 1 : 0;
  return wrong;
}

int wrong_in(const LayerTrace& row) {
  int wrong = static_cast<int>(row.refusals.size());
  for (std::size_t k = 1; k < row.inputs.size(); ++k) wrong += wrong_sizes(row.inputs[k], row.inputs[0]);
  return std::max(wrong, 1);
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

std::string with_place(const Candidate& one) {
  return one.where.empty() ? one.title : one.title + ", " + one.where;
}

// `first`, and `second` on what it makes of the file, as one. Nothing where they say two things of one
// number.
std::optional<Candidate> one_of(const Situation& s, const Candidate& first, const Source& between,
                                Candidate second) {
  // A number set twice was only a detour.
  std::set<std::pair<std::string_view, std::string_view>> set;
  for (const Change& one : first.changes) set.emplace(one.layer, one.option);
  for (const Change& two : second.changes)
    if (set.count({two.layer, two.option}) > 0) return std::nullopt;
  const std::optional<std::string> whole = shapedbg::apply(between.bytes(), second.edits);
  if (!whole) return std::nullopt;
  Candidate both = std::move(second);
  both.title = with_place(first) + ", and " + with_place(both);
  both.where.clear();
  both.changes.insert(both.changes.begin(), first.changes.begin(), first.changes.end());
  both.edits = {difference(s.source.bytes(), *whole)};
  both.by_text = both.by_text || first.by_text || first.moves.empty() || first.told != first.edits.size();
  both.before.insert(both.before.begin(), first.before.begin(), first.before.end());
  both.before.insert(both.before.begin() + static_cast<std::ptrdiff_t>(first.before.size()), first.moves);
  both.told = both.by_text ? 0 : both.edits.size();
  both.kind = std::max(both.kind, first.kind);
  both.applicability = std::max(both.applicability, first.applicability);
  both.places += first.places;
  both.amount += first.amount;
  both.inserted += first.inserted;
  both.removed += first.removed;
  // References are counted in the network as it stands in the file.
  if (!both.turned.empty() && first.inserted + first.removed > 0) return std::nullopt;
  both.turned.insert(both.turned.begin(), first.turned.begin(), first.turned.end());
  both.inserted_arguments += first.inserted_arguments;
  return both;
}

// `first` applied, and the best repair of what is left.
std::optional<Candidate> completed(const Situation& s, const Candidate& first, const RightForAll& right) {
  const std::optional<std::string> bytes = shapedbg::apply(s.source.bytes(), first.edits);
  if (!bytes) return std::nullopt;
  const Source source(s.source.name(), *bytes);
  ParsedFile file = parse_file(source);
  Parsed& parsed = file.parsed;
  if (!parsed.usable || parsed.spec.layers.size() != s.spec.layers.size() +
                                                         static_cast<std::size_t>(first.inserted) -
                                                         static_cast<std::size_t>(first.removed))
    return std::nullopt;
  take_sizes_of(parsed.spec, s.spec);
  if (!s.spec.free_sizes.empty()) take_shape_of(parsed.spec, s.spec);
  const Spec as_written = parsed.spec;
  std::optional<Mistakes> mistakes;
  std::optional<Alone> alone;
  if (s.alone != nullptr) {
    const auto origin = origins(s.alone->whole, as_written, first);
    if (!origin) return std::nullopt;
    parsed.spec = s.alone->of(std::move(parsed.spec), *origin);
    mistakes = s.alone->mistakes.moved(*origin);
    alone.emplace(Alone{as_written, *mistakes, s.alone->kept});
  }
  const Trace trace = infer(parsed.spec);
  for (const Finding& left : diagnose(parsed.spec, trace)) {
    const Subject subject = subject_of(left.code);
    if (info(left.code).severity != Severity::error || (!subject.sizes && !subject.channels)) continue;
    const Plan plan = subject.sizes ? plan_output_padding(parsed.spec, trace) : Plan{};
    const Rewrite rewrite(source, file.document);
    std::int64_t steps = effort_for(parsed.spec).steps / 3;
    const Situation then{source, parsed.spec, trace, left, rewrite, steps, alone ? &*alone : nullptr};
    std::vector<Judged> found = search_fixes(then, plan, right, false);
    if (found.empty() || found[0].cost.doubt != Doubt::none || found[0].cost.other_input) {
      std::vector<Candidate> followed, none;
      suggest_steps_forward(then, followed, none, 0);
      found = ranked(then, std::move(followed), right);
    }
    if (found.empty() || found[0].cost.doubt != Doubt::none) return std::nullopt;
    return one_of(s, first, source, std::move(found[0].candidate));
  }
  return std::nullopt;
}

}  // namespace

Progress progress_of(const Spec& spec, const Trace& trace) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (!row.refusals.empty()) return {i, -wrong_in(row)};
    if (row.outputs.empty()) return {i, -100};
    const auto& expect = spec.layers[i].expect;
    const int wrong = expect ? wrong_sizes(row.outputs[0], expected_shape(spec, *expect)) : 0;
    if (wrong > 0) return {i, -wrong};
  }
  const Shape* result = trace.result(spec);
  if (!spec.expect || result == nullptr) return {spec.layers.size(), 0};
  return {spec.layers.size(), -wrong_sizes(*result, expected_shape(spec, *spec.expect))};
}

std::vector<Candidate> first_steps(const std::vector<Candidate>& all) {
  constexpr std::size_t most = 12;
  std::vector<Candidate> steps;
  for (const Candidate& one : all) {
    switch (one.kind) {
      case FixKind::missing_axis:
      case FixKind::layer_kind:
      case FixKind::missing_concat:
      case FixKind::source:
      case FixKind::projection:
      case FixKind::output_padding:
      case FixKind::size_like:
        if (steps.size() < most) steps.push_back(one);
        break;
      default:
        break;
    }
  }
  return steps;
}

void keep_forward(const Situation& s, std::vector<Candidate>& candidates) {
  const Progress start = progress_of(s.spec, s.trace);
  std::erase_if(candidates, [&](const Candidate& one) {
    const auto changed = changed_by(s, one);
    if (!changed) return true;
    const Trace trace = infer_again(*changed, s.spec, s.trace);
    Progress reached = progress_of(*changed, trace);
    const auto inserted = static_cast<std::size_t>(one.inserted);
    reached.first = reached.first > inserted ? reached.first - inserted : 0;
    return holds(*changed, trace) || !(reached > start);
  });
}

std::vector<Candidate> combined(const Situation& s, std::vector<Candidate> partial,
                                const RightForAll& right) {
  const bool large = s.spec.layers.size() > 300;
  std::vector<Candidate> found;
  const std::size_t most = large ? 2 : 8;
  suggest_steps_forward(s, found, partial, most);
  std::vector<Candidate> all = std::move(found);
  for (std::size_t i = 0; i < std::min(most, partial.size()); ++i)
    if (std::optional<Candidate> both = completed(s, partial[i], right)) all.push_back(std::move(*both));
  return all;
}

}  // namespace shapedbg
