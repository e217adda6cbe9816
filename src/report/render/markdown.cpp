#include <algorithm>

#include "finding/counted.h"
#include "report/lines.h"
#include "report/markup.h"
#include "report/printable.h"
#include "report/render/findings.h"

namespace shapedbg {
namespace {

// A fence that no line of `code` ends.
std::string fenced(std::string_view code, std::string_view language) {
  std::string fence = "```";
  while (code.find(fence) != std::string_view::npos) fence += '`';
  std::string text = fence + std::string(language) + "\n";
  for (std::size_t at = 0; at < code.size();) {
    const std::size_t end = std::min(code.find('\n', at), code.size());
    text += printable(code.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return text + fence + "\n";
}

std::string place(const PlacedFinding& one) {
  return markdown_text(one.place.path) + ":" + std::to_string(one.place.begin.line) + ":" +
         std::to_string(one.place.begin.column);
}

std::string details(const PlacedFinding& one) {
  const Finding& finding = *one.finding;
  const CodeInfo& code = info(finding.code);
  std::string text = "#### " + std::string(to_string(code.severity)) + " " + std::string(code.id) + ": " +
                     markdown_text(finding.message) + "\n\n" + place(one) + "\n\n";
  if (!finding.label.empty()) text += "- " + markdown_text(finding.label) + "\n";
  for (std::size_t i = 0; i < finding.related.size(); ++i)
    text += "- line " + std::to_string(one.related[i].begin.line) + ": " +
            markdown_text(finding.related[i].message) + "\n";
  for (const std::string& note : finding.notes) text += "- " + markdown_text(note) + "\n";
  for (std::size_t i = 0; i < finding.fixes.size(); ++i)
    text += (i == 0 ? "- **fix**: " : "- or: ") + markdown_text(fix_text(finding.fixes[i])) + "\n";
  text += "\n";
  if (!finding.fixes.empty() && !finding.fixes[0].code.python.empty())
    text += fenced(finding.fixes[0].code.python, "python") + "\n";
  return text;
}

std::string row(const PlacedFinding& one) {
  const Finding& finding = *one.finding;
  return "| " + place(one) + " | " + std::string(to_string(info(finding.code).severity)) + " " +
         std::string(info(finding.code).id) + " | " + markdown_text(finding.message) + " | " +
         (finding.fixes.empty() ? "" : markdown_text(finding.fixes[0].title)) + " |\n";
}

std::vector<const PlacedFinding*> worst_first(const Report& report) {
  std::vector<const PlacedFinding*> all;
  for (const PlacedSpec& spec : report.placed())
    for (const PlacedFinding& one : spec.findings) all.push_back(&one);
  std::stable_sort(all.begin(), all.end(), [](const PlacedFinding* a, const PlacedFinding* b) {
    return info(a->finding->code).severity < info(b->finding->code).severity;
  });
  return all;
}

constexpr std::size_t kMost = 400'000;  // bytes of details: GitHub cuts a step's summary at 1 MiB

}  // namespace

std::string render_markdown(const Report& report) {
  const Totals sums = totals(report.specs());
  std::string text = "### shapedbg: " + counted(static_cast<std::int64_t>(sums.specs), "spec") + ", " +
                     std::to_string(sums.ok) + " ok";
  if (sums.with_findings > 0) text += ", " + std::to_string(sums.with_findings) + " with findings";
  if (sums.unchecked > 0) text += ", " + std::to_string(sums.unchecked) + " not checked";
  text += "\n\n";
  std::string table;
  std::size_t left = 0;
  for (const PlacedSpec& spec : report.placed())
    if (!spec.failure.empty())
      table += "| " + markdown_text(spec.path) + " | error | " + markdown_text(spec.failure) + " | |\n";
  const std::vector<const PlacedFinding*> all = worst_first(report);
  for (const PlacedFinding* one : all) {
    if (table.size() > kMost / 4)
      ++left;
    else
      table += row(*one);
  }
  if (table.empty()) return text + "Every network runs and returns what is expected.\n";
  text += "| where | what | message | fix |\n|---|---|---|---|\n" + table + "\n";
  std::size_t without = 0;
  for (const PlacedFinding* one : all) {
    if (text.size() > kMost)
      ++without;
    else if (info(one->finding->code).severity != Severity::note)
      text += details(*one);
  }
  if (left > 0)
    text += counted(static_cast<std::int64_t>(left), "more finding") + (left == 1 ? " is" : " are") +
            " not in the table.\n\n";
  if (without > 0)
    text += counted(static_cast<std::int64_t>(without), "finding") + (without == 1 ? " has" : " have") +
            " no details here.\n";
  return text;
}

}  // namespace shapedbg
