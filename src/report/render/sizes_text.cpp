#include "report/render/sizes_text.h"

#include <algorithm>

#include "report/lines.h"
#include "report/paint.h"
#include "report/printable.h"
#include "report/size_lines.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kStrip = 64;  // sizes

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
    const SizeLines lines =
        size_lines(report_, options_, std::min<std::int64_t>(kStrip, static_cast<std::int64_t>(width_) - 16));
    if (lines.axes.empty()) return std::move(text_);
    if (!text_.empty()) text_ += "\n";
    text_ += paint_.bold(printable(lines.name)) + "   " + printable(lines.inputs) + "\n";
    for (const std::string& one : lines.head) line(one);
    for (const AxisLines& axis : lines.axes) add(axis);
    text_ += "\n";
    const bool strips = std::any_of(report_.axes.begin(), report_.axes.end(),
                                    [](const AxisSizes& axis) { return !axis.groups.empty(); });
    if (strips) text_ += std::string(legend(report_.expects)) + "\n";
    for (const std::string& one : lines.closing) line(one);
    return std::move(text_);
  }

 private:
  void add(const AxisLines& axis) {
    text_ += "\n" + paint_.bold(printable(axis.who)) + " " + paint_.dim(axis.circumstances) + "\n";
    for (const SizeLine& one : axis.lines) item(one.label, one.text);
    add(axis.strip);
    for (const SizeLine& one : axis.more) item(one.label, one.text);
  }

  void add(const SizeStrip& strip) {
    if (strip.outcomes.empty()) return;
    std::string marks;
    for (const SizeOutcome outcome : strip.outcomes) marks += outcome_mark(outcome);
    const std::string first = std::to_string(strip.from) + " ";
    text_ += "  " + pad("strip") + paint_.dim(first) + marks +
             paint_.dim(" " + std::to_string(strip.last())) + "\n";
    if (!strip.here) return;
    const auto at = static_cast<std::size_t>(*strip.here - strip.from);
    text_ += std::string(2 + kLabel + first.size() + at, ' ') + "^ " + std::to_string(*strip.here) + "\n";
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
