#include "report/size_lines.h"

#include <algorithm>

#include "finding/counted.h"
#include "report/printable.h"

namespace shapedbg {
namespace {

constexpr std::size_t kShownLayers = 4;  // that refuse for one reason; the rest is counted

std::string joined(const std::vector<std::string>& names, const char* last = " and ") {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? last : ", ") + names[i];
  return text;
}

std::string who(const AxisSizes& axis) {
  return axis.symbol.empty() ? joined(axis.names) : axis.symbol + " (" + joined(axis.names) + ")";
}

std::string circumstances(const SizeReport& report, const AxisSizes& axis) {
  if (axis.together) return "together: the same size on each";
  const std::string declared =
      (axis.symbol.empty() ? "declared " : "run at ") + std::to_string(axis.declared);
  if (!axis.symbol.empty() && axis.axes.size() > 1) return "one size, all others as declared; " + declared;
  if (axis.names.size() > 1) return "each alone, all others as declared; " + declared;
  return report.spec.inputs[0].shape.size() > 1 ? "all others as declared; " + declared : declared;
}

// An axis before this one of which the same has been said; of all together, where they are independent.
const AxisSizes* same_rules(const SizeReport& report, const AxisSizes& axis) {
  if (axis.together && !report.independent.value_or(false)) return nullptr;
  for (const AxisSizes& before : report.axes) {
    if (&before == &axis) break;
    if (before.map == axis.map) return &before;
  }
  return nullptr;
}

// "`p1`, `p2` or `p3`"
std::string refusing(const SizeGroup& group) {
  std::vector<std::string> names{"`" + group.layer + "`"};
  for (const std::string& other : group.others) {
    if (names.size() == kShownLayers && group.others.size() > kShownLayers) {
      names.push_back(
          counted(static_cast<std::int64_t>(group.others.size() + 1 - kShownLayers), "more layer"));
      break;
    }
    names.push_back("`" + other + "`");
  }
  return joined(names, " or ");
}

std::string which_sizes(const SizesOptions& options, const AxisSizes& axis, const SizeGroup& group) {
  std::string line = group.rule;
  if (!group.others.empty()) line += ", at " + refusing(group);
  // Evaluated sizes that reach the end of what was looked at say nothing about what follows.
  const auto seen = static_cast<std::int64_t>(axis.map.small.size());
  if (!axis.map.proven) line += " (seen from 1 to " + std::to_string(seen) + ")";
  if (options.has_range()) {
    const std::int64_t last = axis.map.proven ? options.last : std::min(options.last, seen);
    if (options.first <= last)
      line += "; " + thousands(group.in_range) + " of " + std::to_string(options.first) + " to " +
              std::to_string(last);
  }
  if (group.outcome != SizeOutcome::wrong) return line;
  line += ": ";
  for (std::size_t i = 0; i < group.examples.size(); ++i)
    line += (i == 0 ? "" : ", ") + std::to_string(group.examples[i].size) + " returns " +
            group.examples[i].returned;
  return line;
}

void add_group(const SizeReport& report, const SizesOptions& options, const AxisSizes& axis,
               const SizeGroup& group, std::vector<SizeLine>& lines) {
  lines.push_back(
      {outcome_word(group.outcome, report.expects), which_sizes(options, axis, group), group.outcome});
  if (group.message.empty()) return;
  const std::string about = "for " + std::to_string(group.examples[0].size) + ": " + group.message;
  // Most messages name their layer themselves.
  const bool named = group.layer.empty() || group.message.find("`" + group.layer + "`") != std::string::npos;
  lines.push_back({"", (named ? "" : "`" + group.layer + "` ") + about, {}});
}

SizeStrip strip_of(const SizesOptions& options, const AxisSizes& axis, std::int64_t width) {
  SizeStrip strip;
  strip.from = std::max<std::int64_t>(1, options.near.value_or(axis.declared) - width / 2);
  std::int64_t to = strip.from + width - 1;
  if (options.has_range()) {
    strip.from = options.first;
    to = std::min(options.last, strip.from + width - 1);
  }
  for (std::int64_t n = strip.from; n <= to && axis.map.knows(n); ++n)
    strip.outcomes.push_back(axis.map.at(n).outcome);
  const std::int64_t here = options.near.value_or(axis.declared);
  if (here >= strip.from && here <= strip.last()) strip.here = here;
  return strip;
}

std::string declared_range(const SizeReport& report, const DeclaredRange& range) {
  std::string line = range.text + ": ";
  if (!range.failing) return line + "every one " + (report.expects ? "is right" : "runs");
  if (!range.endless) line += thousands(range.right) + " of " + thousands(range.count) + " right; ";
  return line + "the smallest that fails is " + std::to_string(*range.failing);
}

std::string near_sizes(const SizeReport& report, const NearSizes& near) {
  const std::string size = std::to_string(near.size);
  if (near.outcome == SizeOutcome::right) return size + (report.expects ? " is right" : " runs");
  std::string line = size + (near.outcome == SizeOutcome::wrong ? " returns another size" : " raises");
  line += near.below ? "; below: " + std::to_string(*near.below) + " (crop " +
                           std::to_string(near.size - *near.below) + ")"
                     : "; none below";
  if (!near.above) return line + "; none above";
  const std::int64_t pad = *near.above - near.size;
  return line + "; above: " + std::to_string(*near.above) + " (pad " + std::to_string(pad) + ": " +
         std::to_string(pad / 2) + " before, " + std::to_string(pad - pad / 2) + " behind)";
}

std::string limits(const SizeReport& report, const SizeMap& map) {
  std::string why = "the sizes fall into too many classes";
  if (map.formless >= 0) {
    const auto layer = static_cast<std::size_t>(map.formless);
    const std::vector<LayerSpec>& layers = report.spec.layers;
    why = "no formula in whole numbers says what " +
          (layer < layers.size() ? "`" + layers[layer].name + "` returns" : "is expected");
  }
  return "evaluated one by one from 1 to " + std::to_string(map.small.size()) +
         ", nothing is proven beyond: " + why;
}

AxisLines lines_of(const SizeReport& report, const SizesOptions& options, const AxisSizes& axis,
                   std::int64_t width) {
  AxisLines all;
  all.who = who(axis);
  all.circumstances = circumstances(report, axis);
  if (const AxisSizes* same = same_rules(report, axis)) {
    const std::string as = same->symbol.empty() ? joined(same->names) : same->symbol;
    all.lines.push_back({"", axis.together ? "the same rules" : "the same rules as " + as, {}});
    if (axis.range) all.lines.push_back({"declared", declared_range(report, *axis.range), {}});
    return all;
  }
  if (axis.groups.empty() || axis.groups.front().outcome != SizeOutcome::right)
    all.lines.push_back({outcome_word(SizeOutcome::right, report.expects), "no size", SizeOutcome::right});
  for (const SizeGroup& group : axis.reasons) add_group(report, options, axis, group, all.lines);
  if (axis.range) all.lines.push_back({"declared", declared_range(report, *axis.range), {}});
  all.strip = strip_of(options, axis, width);
  if (axis.near) all.more.push_back({"near", near_sizes(report, *axis.near), {}});
  if (!axis.map.proven) all.more.push_back({"limits", limits(report, axis.map), {}});
  return all;
}

// Whether the axes meet.
std::string meeting(const SizeReport& report) {
  const bool independent = report.independent.value_or(false);
  if (independent && report.declared_runs)
    return report.mixed_by.empty()
               ? "the axes do not meet: sizes are right together where each is right alone"
               : "`" + report.mixed_by +
                     "` makes one size of several; still sizes are right together where each is right alone";
  if (!report.mixed_by.empty())
    return "the axes depend on each other: `" + report.mixed_by + "` makes one size of several";
  if (report.independent && !independent)
    return "the axes depend on each other: a size that fails on one axis alone may fit on all, or the other "
           "way round";
  if (!report.independent && report.axes.size() > 1)
    return "whether the axes depend on each other is not proven";
  return {};
}

std::string how_it_is_known(const SizeReport& report) {
  std::size_t ran = 0;
  bool proven = true;
  for (const AxisSizes& axis : report.axes) {
    ran += axis.ran.size() * (axis.together ? 1 : axis.axes.size());
    proven &= axis.map.proven;
  }
  const std::string how =
      proven ? "proven for every size by formula" : "proven by formula where no limits are named";
  if (ran == 0) return how + "; nothing was run";
  const bool differs = std::any_of(report.findings.begin(), report.findings.end(), [](const Finding& f) {
    return f.code == Code::X901 || f.code == Code::L299;
  });
  return how + "; " + counted(static_cast<std::int64_t>(ran), "input") + " run on LibTorch " +
         report.libtorch + " (" + report.device + "): " + (differs ? "one differs" : "no difference");
}

}  // namespace

SizeLines size_lines(const SizeReport& report, const SizesOptions& options, std::int64_t width) {
  SizeLines all;
  all.name = report.spec.name.empty() ? report.source.name() : report.spec.name;
  if (report.axes.empty()) return all;
  for (const InputSpec& input : report.spec.inputs)
    all.inputs += (all.inputs.empty() ? "" : ", ") + input.name + " " + bracketed(input.shape);
  if (!report.declared_runs)
    all.head.emplace_back("the declared shape itself is refused: one axis alone may have no right size");
  for (const AxisSizes& axis : report.axes) all.axes.push_back(lines_of(report, options, axis, width));
  if (std::string text = meeting(report); !text.empty()) all.closing.push_back(std::move(text));
  all.closing.push_back(how_it_is_known(report));
  return all;
}

std::string_view outcome_word(SizeOutcome outcome, bool expects) {
  switch (outcome) {
    case SizeOutcome::right:
      return expects ? "right" : "runs";
    case SizeOutcome::wrong:
      return "another";
    case SizeOutcome::refused:
      return "raises";
  }
  return "raises";
}

char outcome_mark(SizeOutcome outcome) {
  switch (outcome) {
    case SizeOutcome::right:
      return 'o';
    case SizeOutcome::wrong:
      return '.';
    case SizeOutcome::refused:
      return 'x';
  }
  return 'x';
}

std::string_view legend(bool expects) {
  return expects ? "o right   . returns another size   x raises" : "o runs   x raises";
}

}  // namespace shapedbg
