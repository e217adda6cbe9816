#include "report/formats.h"

#include "report/render/findings.h"
#include "report/render/json.h"
#include "report/render/sizes_json.h"
#include "report/render/sizes_page.h"
#include "report/render/sizes_text.h"
#include "report/render/text.h"

namespace shapedbg {
namespace {

std::string text(const Report& report) { return render_text(report.specs(), report.text); }
std::string json(const Report& report) { return render_json(report.specs(), report.text.axes); }
std::string jsonl(const Report& report) {
  std::string lines;
  for (const Checked& checked : report.specs()) lines += render_json_line(checked, report.text.axes);
  return lines;
}

std::string sizes_text(const std::vector<SizeReport>& reports, const SizesOptions& options,
                       const TextStyle& style) {
  std::string all;
  for (const SizeReport& report : reports)
    all += (all.empty() ? "" : "\n") + render_sizes_text(report, options, style);
  return all;
}
std::string sizes_json(const std::vector<SizeReport>& reports, const SizesOptions& options,
                       const TextStyle&) {
  return render_sizes_json(reports, options);
}
std::string sizes_jsonl(const std::vector<SizeReport>& reports, const SizesOptions& options,
                        const TextStyle&) {
  return render_sizes_jsonl(reports, options);
}
std::string sizes_markdown(const std::vector<SizeReport>& reports, const SizesOptions& options,
                           const TextStyle&) {
  return render_sizes_markdown(reports, options);
}
std::string sizes_html(const std::vector<SizeReport>& reports, const SizesOptions& options,
                       const TextStyle&) {
  return render_sizes_html(reports, options);
}

}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> table = {
      {"text", "people", text, sizes_text, true, FixCode::first_in_python},
      {"json", "programs, one document", json, sizes_json, true, FixCode::all},
      {"jsonl", "programs, one document a file and line", jsonl, sizes_jsonl, false, FixCode::all},
      {"concise", "editors, one line a finding", render_concise, nullptr, false, FixCode::none},
      {"github", "GitHub Actions", render_github, nullptr, false, FixCode::first_in_python},
      {"gitlab", "GitLab Code Quality", render_gitlab, nullptr, false, FixCode::none},
      {"sarif", "code scanning, SARIF 2.1.0", render_sarif, nullptr, false, FixCode::none},
      {"junit", "test reports", render_junit, nullptr, false, FixCode::none},
      {"markdown", "summaries and comments", render_markdown, sizes_markdown, false,
       FixCode::first_in_python},
      {"html", "a page with pictures", render_html, sizes_html, false, FixCode::all},
      {"svg", "the picture of the first network", render_svg, nullptr, false, FixCode::none},
  };
  return table;
}

const Format* find_format(std::string_view name) {
  for (const Format& format : formats())
    if (format.name == name) return &format;
  return nullptr;
}

bool takes(ReportOf command, const Format& format) {
  switch (command) {
    case ReportOf::check:
    case ReportOf::fix_check:
      return format.check != nullptr;
    case ReportOf::sizes:
      return format.sizes != nullptr;
    case ReportOf::fix:
      return format.fix;
  }
  return false;
}

std::vector<std::string> format_names(ReportOf command) {
  std::vector<std::string> names;
  for (const Format& format : formats())
    if (takes(command, format)) names.emplace_back(format.name);
  return names;
}

}  // namespace shapedbg
