#include "repair/repair.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "repair/plan.h"
#include "shape/sizes.h"

namespace shapedbg {
namespace {

// Findings that a change of output_padding can close; the others are about options or channels.
bool about_sizes(Code code) {
  switch (code) {
    case Code::L201:
    case Code::L205:
    case Code::L206:
    case Code::L207:
    case Code::L208:
    case Code::L209:
    case Code::L210:
    case Code::L211:
    case Code::L213:
    case Code::L215:
    case Code::R301:
    case Code::R302:
    case Code::R303:
      return true;
    default:
      return false;
  }
}

// Findings whose readers expect to be told why output_padding does not help.
bool asks_for_output_padding(Code code) {
  return code == Code::L201 || code == Code::L208 || code == Code::L213 || code == Code::R301 ||
         code == Code::R302 || code == Code::R303;
}

std::string padding_json(const Spec& spec, const Setting& setting) {
  const int axes = spec.layers[static_cast<std::size_t>(setting.layer)].info().axes;
  const std::vector<std::int64_t> values(setting.to.begin(), setting.to.begin() + axes);
  if (std::equal(values.begin() + 1, values.end(), values.begin())) return std::to_string(values[0]);
  return to_json(Value{values});
}

// "set output_padding to [1, 0] on `up1` and 0 on `up2`"; of many the first and the last.
std::string title_of(const Spec& spec, Opt opt, const std::vector<std::pair<int, std::string>>& values) {
  constexpr std::size_t most = 4;
  const auto name = [&](std::size_t i) {
    return "`" + spec.layers[static_cast<std::size_t>(values[i].first)].name + "`";
  };
  const std::string option(to_string(opt));
  if (values.size() > most) {
    return "set " + option + " on " + std::to_string(values.size()) + " layers, " + name(0) + " to " +
           name(values.size() - 1);
  }
  const bool same = std::all_of(values.begin(), values.end(),
                                [&](const auto& value) { return value.second == values[0].second; });
  std::string title = "set " + option + " to ";
  if (same) title += values[0].second + " on ";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) title += i + 1 == values.size() ? " and " : ", ";
    title += same ? name(i) : values[i].second + " on " + name(i);
  }
  return title;
}

class Repair {
 public:
  Repair(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun)
      : source_(source), spec_(spec), trace_(trace), rerun_(rerun) {}

  // Sets `opt` of each layer to its JSON text in the bytes of the file, reads and runs the result.
  // Nothing when that is not a network that meets everything.
  std::optional<Fix> offer(Opt opt, const std::vector<std::pair<int, std::string>>& values) {
    Fix fix;
    for (const auto& [index, json] : values) {
      const LayerSpec& layer = spec_.layers[static_cast<std::size_t>(index)];
      const OptionValue* option = layer.find(opt);
      if (option == nullptr) return std::nullopt;
      fix.changes.push_back({layer.name, std::string(to_string(opt)), to_json(option->value), json});
      for (Edit& edit : set_option(source_, layer, opt, json)) fix.edits.push_back(std::move(edit));
    }
    const std::optional<std::string> bytes = shapedbg::apply(source_.bytes(), fix.edits);
    if (!bytes) return std::nullopt;
    const Parsed parsed = parse(Source(source_.name(), *bytes));
    if (!parsed.usable || parsed.spec.layers.size() != spec_.layers.size()) return std::nullopt;
    // A fix may leave what was found while reading, but not add to it.
    if (!parsed.findings.empty() && parsed.findings.size() > parse(source_).findings.size())
      return std::nullopt;
    const Trace trace = rerun_(parsed.spec);
    if (!runs_as_expected(parsed.spec, trace)) return std::nullopt;

    fix.title = title_of(spec_, opt, values);
    fix.verified.device = trace.device;
    if (const Shape* result = trace.result(parsed.spec)) fix.verified.output = *result;
    const std::string sizes = describe_right_sizes(parsed.spec);
    // "only 28" reads better behind the verb.
    const bool only = sizes.starts_with("only ");
    if (!sizes.empty()) fix.right_for = only ? "right only for " + sizes.substr(5) : "right for " + sizes;
    return fix;
  }

  // `size_like` on the layers that undo a downsampling: right for other sizes too. `first` are the
  // layers whose output_padding had to change.
  std::optional<Fix> offer_size_like(const std::vector<Setting>& first) {
    const std::vector<std::pair<int, std::string>> all = mirrored_sizes();
    std::vector<std::pair<int, std::string>> few;
    for (const auto& one : all) {
      for (const Setting& setting : first)
        if (setting.layer == one.first) few.push_back(one);
    }
    // A change of more layers than that is another design, not a repair.
    constexpr std::size_t most = 32;
    std::optional<Fix> fix;
    if (few.size() <= most) fix = for_every_size(few);
    if (!fix && all != few && all.size() <= most) fix = for_every_size(all);
    return fix;
  }

 private:
  std::optional<Fix> for_every_size(const std::vector<std::pair<int, std::string>>& values) {
    if (values.empty()) return std::nullopt;
    std::optional<Fix> fix = offer(Opt::size_like, values);
    if (!fix || !fix->right_for.starts_with("right for every size")) return std::nullopt;
    // Another call at forward time, not only another option: the author decides.
    fix->applicability = Applicability::unsafe;
    return fix;
  }

  bool runs_as_expected(const Spec& spec, const Trace& trace) const {
    if (trace.layers.size() != spec.layers.size()) return false;
    const Trace formulas = infer(spec);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      const LayerTrace& row = trace.layers[i];
      if (!row.refusals.empty() || !row.libtorch_refusal.empty() || row.outputs.empty()) return false;
      if (row.outputs != formulas.layers[i].outputs) return false;
      const auto& expect = spec.layers[i].expect;
      if (expect && !meets(row.outputs[0], expected_shape(spec, *expect))) return false;
    }
    const Shape* result = trace.result(spec);
    return result != nullptr && (!spec.expect || meets(*result, expected_shape(spec, *spec.expect)));
  }

  // For each transposed layer that undoes the same layer on all axes: the tensor whose size it owes.
  std::vector<std::pair<int, std::string>> mirrored_sizes() const {
    std::vector<std::pair<int, std::string>> sizes;
    const std::vector<Unknown> unknowns = unknowns_of(spec_);
    if (unknowns.empty()) return sizes;
    int most_axes = 0;
    for (const Unknown& unknown : unknowns)
      most_axes = std::max(most_axes, spec_.layers[static_cast<std::size_t>(unknown.layer)].info().axes);
    std::vector<std::vector<Level>> levels;
    for (int axis = 0; axis < most_axes; ++axis) levels.push_back(mirrored_levels(spec_, trace_, axis));
    for (const Unknown& unknown : unknowns) {
      std::optional<Ref> owed;
      bool one = true;
      for (int axis = 0; axis < spec_.layers[static_cast<std::size_t>(unknown.layer)].info().axes; ++axis) {
        for (const Level& level : levels[static_cast<std::size_t>(axis)]) {
          if (level.up != unknown.layer || level.down < 0) continue;
          const LayerSpec& down = spec_.layers[static_cast<std::size_t>(level.down)];
          if (down.inputs.empty()) continue;
          one = one && (!owed || *owed == down.inputs.front());
          owed = down.inputs.front();
        }
      }
      if (owed && one) sizes.emplace_back(unknown.layer, to_json(Value{spec_.name_of(*owed)}));
    }
    return sizes;
  }

  const Source& source_;
  const Spec& spec_;
  const Trace& trace_;
  const Rerun& rerun_;
};

}  // namespace

void repair(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun,
            Finding& finding) {
  if (!about_sizes(finding.code) || trace.layers.size() != spec.layers.size() || spec.layers.empty()) return;
  const Plan plan = plan_output_padding(spec, trace);
  if (plan.end != SearchEnd::found) {
    if (asks_for_output_padding(finding.code))
      finding.notes.insert(finding.notes.end(), plan.reasons.begin(), plan.reasons.end());
    return;
  }
  if (plan.settings.empty()) return;
  std::vector<std::pair<int, std::string>> values;
  for (const Setting& setting : plan.settings)
    values.emplace_back(setting.layer, padding_json(spec, setting));

  Repair repair(source, spec, trace, rerun);
  std::optional<Fix> fix = repair.offer(Opt::output_padding, values);
  if (!fix) return;
  const bool enough = fix->right_for == "right for every size";
  finding.fixes.push_back(std::move(*fix));
  if (enough) return;
  if (std::optional<Fix> other = repair.offer_size_like(plan.settings))
    finding.fixes.push_back(std::move(*other));
}

}  // namespace shapedbg
