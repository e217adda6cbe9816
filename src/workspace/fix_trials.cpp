#include "workspace/fix_trials.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "net/facts.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMostFixes = 6;
constexpr std::size_t kMostChanges = 32;

// What the fix changes, by the modules that it changes.
WantedChanges changes_of(const Fix& fix, const Spec& spec) {
  WantedChanges list;
  for (const Change& change : fix.changes) {
    const auto layer = spec.find(change.layer);
    if (!layer || change.option == "layer") return {};
    if (list.size() == kMostChanges) break;
    const bool own = spec.layer(*layer).info().family == Family::parameter;
    list.push_back(
        {own ? change.layer : module_of(spec.layer(*layer)), change.option, change.from, change.to});
  }
  return list;
}

// Layers that count other channels than they get, each with what it gets.
WantedChanges counts_of(const Checked& checked) {
  WantedChanges list;
  for (std::size_t i = 0; i < checked.spec.layers.size() && list.size() < kMostFixes; ++i) {
    const LayerSpec& layer = checked.spec.layers[i];
    const LayerTrace& row = checked.trace.layers[i];
    if (row.after_failure || row.inputs.empty()) continue;
    for (const Refusal& refusal : row.refusals) {
      const OptionValue* option = layer.find(refusal.option);
      const Shape& shape = row.inputs.front();
      if (!refusal.at_option || refusal.code != Code::L203 || option == nullptr || shape.size() < 2) continue;
      const bool single = shape.size() == static_cast<std::size_t>(layer.info().axes) + 1;
      const std::int64_t gets = refusal.option == Opt::in_features ? shape.back() : shape[single ? 0 : 1];
      list.push_back({module_of(layer), std::string(to_string(refusal.option)),
                      to_json(checked.spec, option->value), std::to_string(gets)});
      break;
    }
  }
  return list;
}

// The layers that decide how many channels or features a tensor has: the first ones up each branch.
std::vector<LayerId> makers_of(const Spec& spec, Ref from) {
  constexpr std::size_t most_steps = 24;
  std::vector<LayerId> makers;
  std::vector<Ref> open{from};
  for (std::size_t at = 0; at < open.size() && at < most_steps; ++at) {
    if (open[at].is_input()) continue;
    const LayerSpec& layer = spec.layer(open[at].layer);
    const bool makes = layer.find(Opt::out_channels) != nullptr || layer.find(Opt::out_features) != nullptr;
    if (!makes) {
      open.insert(open.end(), layer.inputs.begin(), layer.inputs.end());
    } else if (std::find(makers.begin(), makers.end(), open[at].layer) == makers.end()) {
      makers.push_back(open[at].layer);
    }
  }
  return makers;
}

// The sizes that two inputs of a refused layer would have to have in common.
std::vector<std::pair<std::int64_t, std::int64_t>> meeting(const LayerSpec& layer, const LayerTrace& row) {
  const Shape& a = row.inputs[0];
  const Shape& b = row.inputs[1];
  std::vector<std::pair<std::int64_t, std::int64_t>> sizes;
  if (facts(layer.kind).merge == Merge::none) {
    if (a.size() > 1 && b.size() > 1 && a.back() != b[b.size() - 2])
      sizes.emplace_back(a.back(), b[b.size() - 2]);
  } else if (a.size() == b.size()) {
    for (std::size_t axis = 1; axis < a.size(); ++axis)
      if (a[axis] != b[axis] && a[axis] > 1 && b[axis] > 1) sizes.emplace_back(a[axis], b[axis]);
  }
  return sizes;
}

// What makes the two sides of the first layer whose inputs do not meet, each with the count by which they
// would.
void add_meetings(const Checked& checked, std::vector<WantedChanges>& wanted) {
  constexpr std::size_t most = 8;
  const Spec& spec = checked.spec;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const LayerTrace& row = checked.trace.layers[i];
    if (row.refusals.empty() || row.inputs.size() != 2 || layer.inputs.size() != 2) continue;
    const std::size_t before = wanted.size();
    for (const auto& [left, right] : meeting(layer, row))
      for (const std::size_t side : {0U, 1U})
        for (const LayerId maker : makers_of(spec, layer.inputs[side])) {
          const Opt option =
              spec.layer(maker).find(Opt::out_channels) != nullptr ? Opt::out_channels : Opt::out_features;
          const auto* count = std::get_if<std::int64_t>(&spec.layer(maker).find(option)->value);
          const std::int64_t is = side == 0 ? left : right, other = side == 0 ? right : left;
          if (count == nullptr) continue;
          for (const std::int64_t to :
               {*count + other - is, *count * other % is == 0 ? *count * other / is : 0})
            if (to > 0 && to != *count && wanted.size() < before + most)
              wanted.push_back({{module_of(spec.layer(maker)), std::string(to_string(option)),
                                 std::to_string(*count), std::to_string(to)}});
        }
    if (wanted.size() > before) return;
  }
}

std::map<std::string_view, int> warnings_of(const Checked& checked) {
  std::map<std::string_view, int> count;
  for (const Finding& finding : checked.findings)
    if (info(finding.code).severity == Severity::warning) ++count[info(finding.code).id];
  return count;
}

// What a fix returns for its own trial; for others, what any does, or what came out behind the errors.
bool may_return(const Shape& shape, const Checked& before, const OuterTrial& trial) {
  if (trial.fix != nullptr) return shape == trial.fix->verified.output;
  if (before.returned && shape == *before.returned) return true;
  for (const Finding& finding : before.findings)
    for (const Fix& fix : finding.fixes)
      if (is_error(finding) && fix.leaves_open.empty() && shape == fix.verified.output) return true;
  return false;
}

}  // namespace

std::vector<OuterTrial> outer_trials(const Checked& checked, const Program& program,
                                     std::vector<ProgramText>& programs) {
  if (!program.trials) return {};
  std::vector<WantedChanges> wanted;
  std::vector<const Fix*> asked;
  for (const Finding& finding : checked.findings)
    for (const Fix& fix : finding.fixes) {
      if (!is_error(finding) || !applicable(fix, /*unsafe=*/true) || !fix.leaves_open.empty()) continue;
      WantedChanges changes = changes_of(fix, checked.spec);
      if (changes.empty() || asked.size() == kMostFixes) continue;
      asked.push_back(&fix);
      wanted.push_back(std::move(changes));
    }
  if (WantedChanges counts = counts_of(checked); !counts.empty()) wanted.push_back(std::move(counts));
  add_meetings(checked, wanted);
  ProgramTrials answer = program.trials(wanted);
  for (ProgramText& text : answer.programs)
    if (std::none_of(programs.begin(), programs.end(),
                     [&](const ProgramText& one) { return one.file == text.file; }))
      programs.push_back(std::move(text));
  std::vector<OuterTrial> trials;
  for (ProgramTrial& one : answer.trials) {
    const bool odd = one.fix < 0;
    const bool known = std::any_of(trials.begin(), trials.end(), [&](const OuterTrial& other) {
      return other.edit.file == one.file && other.edit.edit.offset == one.span.begin &&
             other.edit.edit.text == one.text;
    });
    if (known) continue;
    const bool of_fix = !odd && static_cast<std::size_t>(one.fix) < asked.size();
    const Fix* fix = of_fix ? asked[static_cast<std::size_t>(one.fix)] : nullptr;
    const Edit edit{one.span.begin, one.span.end - one.span.begin, std::move(one.text)};
    trials.push_back({{std::move(one.file), edit}, fix, one.all, one.plain, odd});
  }
  return trials;
}

bool is_mended(const Checked& again, const Checked& before, const OuterTrial& trial) {
  if (again.status == Status::error || count_errors(again.findings) > 0) return false;
  if (!again.returned || !may_return(*again.returned, before, trial)) return false;
  std::map<std::string_view, int> were = warnings_of(before);
  const auto now = warnings_of(again);
  return std::all_of(now.begin(), now.end(), [&](const auto& one) { return one.second <= were[one.first]; });
}

Fix fix_of(const OuterTrial& trial, const std::vector<ProgramText>& programs) {
  if (trial.fix != nullptr) return *trial.fix;
  Fix fix;
  fix.applicability = Applicability::unsafe;
  const auto program = std::find_if(programs.begin(), programs.end(),
                                    [&](const ProgramText& one) { return one.file == trial.edit.file; });
  if (program == programs.end()) return fix;
  const std::string& text = program->text;
  const Edit& edit = trial.edit.edit;
  const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(edit.offset), '\n');
  const std::string before = text.substr(edit.offset, edit.length);
  fix.title = "say `" + edit.text + "`" + (before.empty() ? "" : " in place of `" + before + "`") + " in " +
              trial.edit.file + ":" + std::to_string(line + 1);
  return fix;
}

}  // namespace shapedbg
