#include "report/render/sizes_page.h"

#include "finding/counted.h"
#include "report/markup.h"
#include "report/render/page_parts.h"
#include "report/size_lines.h"

namespace shapedbg {
namespace {

std::string_view severity(const Finding& finding) { return to_string(info(finding.code).severity); }

std::string section(const SizeReport& report, const SizesOptions& options) {
  std::string text = "<section>\n<h2>" + markup_text(report.source.name()) + "</h2>\n";
  if (!report.error.empty())
    return text + "<p class=\"error\">" + page_sentence(report.error) + "</p>\n</section>\n";
  for (const Finding& finding : report.findings)
    text += "<p><span class=\"" + std::string(severity(finding)) + "\">" + std::string(severity(finding)) +
            "</span> " + page_sentence(finding.message) + " <span class=\"soft\">" +
            std::string(info(finding.code).id) + "</span></p>\n";
  const SizeLines lines = size_lines(report, options, 1);
  if (!lines.axes.empty())
    text +=
        "<p class=\"soft\">" + markup_text(lines.name) + " &middot; " + markup_text(lines.inputs) + "</p>\n";
  return text + page_axes(report, options) + "</section>\n";
}

// Label and text in one cell each; what goes on with the line before, behind it.
std::string rows(const AxisLines& axis) {
  std::string text, name = "**" + markdown_text(axis.who) + "** " + markdown_text(axis.circumstances);
  const auto add = [&](const SizeLine& one) {
    if (one.label.empty() && !text.empty()) {
      text.replace(text.size() - 3, 3, "<br>" + markdown_text(one.text) + " |\n");
      return;
    }
    text += "| " + name + " | " + std::string(one.label) + " | " + markdown_text(one.text) + " |\n";
    name.clear();
  };
  for (const SizeLine& one : axis.lines) add(one);
  for (const SizeLine& one : axis.more) add(one);
  return text;
}

std::string summary(const SizeReport& report, const SizesOptions& options) {
  const SizeLines lines = size_lines(report, options, 1);
  std::string text = "#### " + markdown_text(report.source.name()) +
                     (lines.inputs.empty() ? "" : ": " + markdown_text(lines.inputs)) + "\n\n";
  if (!report.error.empty()) text += markdown_text(report.error) + "\n\n";
  for (const Finding& finding : report.findings)
    text += "- " + std::string(severity(finding)) + " " + std::string(info(finding.code).id) + ": " +
            markdown_text(finding.message) + "\n";
  if (!report.findings.empty()) text += "\n";
  for (const std::string& one : lines.head) text += markdown_text(one) + "\n\n";
  if (lines.axes.empty()) return text;
  text += "| axis | | sizes |\n|---|---|---|\n";
  for (const AxisLines& axis : lines.axes) text += rows(axis);
  text += "\n";
  for (const std::string& one : lines.closing) text += markdown_text(one) + "\n\n";
  return text;
}

}  // namespace

std::string render_sizes_html(const std::vector<SizeReport>& reports, const SizesOptions& options) {
  std::string text(page_head());
  text += "<h1>shapedbg sizes: " + counted(static_cast<std::int64_t>(reports.size()), "network") + "</h1>\n";
  for (const SizeReport& report : reports) text += section(report, options);
  return text + std::string(page_end());
}

std::string render_sizes_markdown(const std::vector<SizeReport>& reports, const SizesOptions& options) {
  std::string text =
      "### shapedbg sizes: " + counted(static_cast<std::int64_t>(reports.size()), "network") + "\n\n";
  for (const SizeReport& report : reports) text += summary(report, options);
  return text;
}

}  // namespace shapedbg
