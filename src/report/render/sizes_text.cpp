#include "report/render/sizes_text.h"

#include <algorithm>

#include "finding/counted.h"
#include "report/lines.h"
#include "report/paint.h"
#include "report/printable.h"

namespace shapedbg {
namespace {

constexpr std::size_t kShownLayers = 4;  // that refuse for one reason; the rest is counted
constexpr std::int64_t kStrip = 64;      // sizes

class SizesText {
 public:
  SizesText(const SizeReport& report, const SizesOptions& options, const TextStyle& style)
      : report_(report),
        options_(options),
        paint_(style.color),
        width_(std::max<std::size_t>(style.width, 40)) {}

  std::string render() {
    for (const Finding& finding : report_.findings) {
      text_ += headline(report_.source, finding, paint_);
      for (const std::string& note : finding.notes) item("note", note);
    }
    if (report_.axes.empty()) return std::move(text_);
    if (!text_.empty()) text_ += "\n";
    const std::string& name = report_.spec.name;
    text_ += paint_.bold(printable(name.empty() ? report_.source.name() : name)) + "   input " +
             bracketed(report_.spec.inputs[0].shape) + "\n";
    if (!report_.declared_runs)
      line("the declared shape itself is refused: one axis alone may have no right size");
    for (const AxisSizes& axis : report_.axes) add(axis);
    text_ += "\n";
    closing();
    return std::move(text_);
  }

 private:
  std::string_view word(SizeOutcome outcome) const {
    switch (outcome) {
      case SizeOutcome::right:
        return report_.expects ? "right" : "runs";
      case SizeOutcome::wrong:
        return "another";
      case SizeOutcome::refused:
        return "raises";
    }
    return "raises";
  }

  void add(const AxisSizes& axis) {
    text_ += "\n" + paint_.bold(who(axis)) + " " + paint_.dim(circumstances(axis)) + "\n";
    if (const AxisSizes* same = same_rules(axis)) {
      item("", axis.together ? "the same rules"
                             : "the same rules as " +
                                   (same->symbol.empty() ? joined(same->names) : printable(same->symbol)));
      if (axis.range) range(*axis.range);
      return;
    }
    if (axis.groups.empty() || axis.groups.front().outcome != SizeOutcome::right)
      item(word(SizeOutcome::right), "no size");
    for (const SizeGroup& group : axis.reasons) add(axis, group);
    if (axis.range) range(*axis.range);
    strip(axis);
    if (axis.near) near(*axis.near);
    if (!axis.map.proven) item("limits", limits(axis.map));
  }

  std::string limits(const SizeMap& map) const {
    std::string why = "the sizes fall into too many classes";
    if (map.formless >= 0) {
      const auto layer = static_cast<std::size_t>(map.formless);
      const std::vector<LayerSpec>& layers = report_.spec.layers;
      why = "no formula in whole numbers says what " +
            (layer < layers.size() ? "`" + printable(layers[layer].name) + "` returns" : "is expected");
    }
    return "evaluated one by one from 1 to " + std::to_string(map.small.size()) +
           ", nothing is proven beyond: " + why;
  }

  static std::string who(const AxisSizes& axis) {
    return axis.symbol.empty() ? joined(axis.names)
                               : printable(axis.symbol) + " (" + joined(axis.names) + ")";
  }

  // An axis before this one of which the same has been said; of all together, where they are independent.
  const AxisSizes* same_rules(const AxisSizes& axis) const {
    if (axis.together && !report_.independent.value_or(false)) return nullptr;
    for (const AxisSizes& before : report_.axes) {
      if (&before == &axis) break;
      if (before.map == axis.map) return &before;
    }
    return nullptr;
  }

  static std::string joined(const std::vector<std::string>& names, const char* last = " and ") {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
      text += (i == 0 ? "" : i + 1 == names.size() ? last : ", ") + names[i];
    return text;
  }

  std::string circumstances(const AxisSizes& axis) const {
    if (axis.together) return "together: the same size on each";
    const std::string declared =
        (axis.symbol.empty() ? "declared " : "run at ") + std::to_string(axis.declared);
    if (!axis.symbol.empty() && axis.axes.size() > 1) return "one size, all others as declared; " + declared;
    if (axis.names.size() > 1) return "each alone, all others as declared; " + declared;
    return report_.spec.inputs[0].shape.size() > 1 ? "all others as declared; " + declared : declared;
  }

  void add(const AxisSizes& axis, const SizeGroup& group) {
    std::string line = group.rule;
    if (!group.others.empty()) line += ", at " + refusing(group);
    // Evaluated sizes that reach the end of what was looked at say nothing about what follows.
    if (!axis.map.proven) line += " (seen from 1 to " + std::to_string(axis.map.small.size()) + ")";
    if (options_.has_range()) {
      const auto seen = static_cast<std::int64_t>(axis.map.small.size());
      const std::int64_t last = axis.map.proven ? options_.last : std::min(options_.last, seen);
      if (options_.first <= last) {
        line += "; " + thousands(group.in_range) + " of " + std::to_string(options_.first) + " to " +
                std::to_string(last);
      }
    }
    if (group.outcome == SizeOutcome::wrong) {
      line += ": ";
      for (std::size_t i = 0; i < group.examples.size(); ++i) {
        const SizeExample& example = group.examples[i];
        line += (i == 0 ? "" : ", ") + std::to_string(example.size) + " returns " + example.returned;
      }
    }
    item(word(group.outcome), line);
    if (group.message.empty()) return;
    const std::string about = "for " + std::to_string(group.examples[0].size) + ": " + group.message;
    // Most messages name their layer themselves.
    const bool named =
        group.layer.empty() || group.message.find("`" + group.layer + "`") != std::string::npos;
    item("", (named ? "" : "`" + group.layer + "` ") + about);
  }

  // "`p1`, `p2` or `p3`"
  static std::string refusing(const SizeGroup& group) {
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

  void strip(const AxisSizes& axis) {
    const std::int64_t width = std::min<std::int64_t>(kStrip, static_cast<std::int64_t>(width_) - 16);
    std::int64_t from = std::max<std::int64_t>(1, axis.declared - width / 2);
    if (options_.near) from = std::max<std::int64_t>(1, *options_.near - width / 2);
    std::int64_t to = from + width - 1;
    if (options_.has_range()) {
      from = options_.first;
      to = std::min(options_.last, from + width - 1);
    }
    std::string marks;
    for (std::int64_t n = from; n <= to && axis.map.knows(n); ++n) {
      const SizeOutcome outcome = axis.map.at(n).outcome;
      marks += outcome == SizeOutcome::right ? 'o' : outcome == SizeOutcome::wrong ? '.' : 'x';
    }
    if (marks.empty()) return;
    const std::string first = std::to_string(from) + " ";
    text_ += "  " + pad("strip") + paint_.dim(first) + marks +
             paint_.dim(" " + std::to_string(from + static_cast<std::int64_t>(marks.size()) - 1)) + "\n";
    const std::int64_t at = options_.near.value_or(axis.declared) - from;
    if (at >= 0 && at < static_cast<std::int64_t>(marks.size())) {
      text_ += std::string(2 + kLabel + first.size() + static_cast<std::size_t>(at), ' ') + "^ " +
               std::to_string(from + at) + "\n";
    }
  }

  void range(const DeclaredRange& range) {
    std::string line = range.text + ": ";
    if (!range.failing) {
      line += std::string("every one ") + (report_.expects ? "is right" : "runs");
    } else {
      if (!range.endless) line += thousands(range.right) + " of " + thousands(range.count) + " right; ";
      line += "the smallest that fails is " + std::to_string(*range.failing);
    }
    item("declared", line);
  }

  void near(const NearSizes& near) {
    const std::string size = std::to_string(near.size);
    std::string line = size + " is right";
    if (!report_.expects) line = size + " runs";
    if (near.outcome != SizeOutcome::right) {
      line = size + (near.outcome == SizeOutcome::wrong ? " returns another size" : " raises");
      line += near.below ? "; below: " + std::to_string(*near.below) + " (crop " +
                               std::to_string(near.size - *near.below) + ")"
                         : "; none below";
      if (near.above) {
        const std::int64_t pad = *near.above - near.size;
        line += "; above: " + std::to_string(*near.above) + " (pad " + std::to_string(pad) + ": " +
                std::to_string(pad / 2) + " before, " + std::to_string(pad - pad / 2) + " behind)";
      } else {
        line += "; none above";
      }
    }
    item("near", line);
  }

  void closing() {
    const bool strips = std::any_of(report_.axes.begin(), report_.axes.end(),
                                    [](const AxisSizes& axis) { return !axis.groups.empty(); });
    if (strips) {
      text_ += report_.expects ? "o right   . returns another size   x raises\n" : "o runs   x raises\n";
    }
    const bool independent = report_.independent.value_or(false);
    if (independent && report_.declared_runs && report_.mixed_by.empty()) {
      line("the axes do not meet: sizes are right together where each is right alone");
    } else if (independent && report_.declared_runs) {
      line("`" + report_.mixed_by +
           "` makes one size of several; still sizes are right together where each is right alone");
    } else if (!report_.mixed_by.empty()) {
      line("the axes depend on each other: `" + report_.mixed_by + "` makes one size of several");
    } else if (report_.independent && !independent) {
      line(
          "the axes depend on each other: a size that fails on one axis alone may fit on all, or the other "
          "way "
          "round");
    } else if (!report_.independent && report_.axes.size() > 1) {
      line("whether the axes depend on each other is not proven");
    }
    std::size_t ran = 0;
    bool proven = true;
    for (const AxisSizes& axis : report_.axes) {
      ran += axis.ran.size() * (axis.together ? 1 : axis.axes.size());
      proven &= axis.map.proven;
    }
    const bool differs = std::any_of(report_.findings.begin(), report_.findings.end(), [](const Finding& f) {
      return f.code == Code::X901 || f.code == Code::L299;
    });
    std::string how =
        proven ? "proven for every size by formula" : "proven by formula where no limits are named";
    if (ran > 0) {
      how += "; " + counted(static_cast<std::int64_t>(ran), "input") + " run on LibTorch " +
             report_.libtorch + " (" + report_.device + "): " + (differs ? "one differs" : "no difference");
    } else {
      how += "; nothing was run";
    }
    line(how);
  }

  static constexpr std::size_t kLabel = 9;
  static std::string pad(std::string_view label) {
    return std::string(label) + std::string(kLabel - label.size(), ' ');
  }

  void line(const std::string& message) {
    for (const std::string& one : wrapped(message, width_)) text_ += one + "\n";
  }

  void item(std::string_view label, const std::string& message) {
    std::string head = "  " + (label.empty() ? std::string(kLabel, ' ')
                                             : paint_.bold(label) + std::string(kLabel - label.size(), ' '));
    for (const std::string& one : wrapped(message, width_ - kLabel - 2)) {
      text_ += head + one + "\n";
      head.assign(kLabel + 2, ' ');
    }
  }

  const SizeReport& report_;
  const SizesOptions& options_;
  Paint paint_;
  std::size_t width_;
  std::string text_;
};

}  // namespace

std::string render_sizes_text(const SizeReport& report, const SizesOptions& options, const TextStyle& style) {
  return SizesText(report, options, style).render();
}

}  // namespace shapedbg
