#include <nlohmann/json.hpp>

#include "report/lines.h"
#include "report/render/findings.h"
#include "report/render/json_text.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

std::string_view severity_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "major";
    case Severity::warning:
      return "minor";
    case Severity::note:
      return "info";
  }
  return "major";
}

Json issue(const PlacedFinding& one) {
  const Finding& finding = *one.finding;
  const CodeInfo& code = info(finding.code);
  std::string body = finding.label;
  for (const std::string& note : finding.notes) body += (body.empty() ? "" : "\n\n") + note;
  if (!finding.fixes.empty())
    body += (body.empty() ? "fix: " : "\n\nfix: ") + fix_text(finding.fixes.front());
  return {
      {"type", "issue"},
      {"description", finding.message + " (" + std::string(code.id) + " " + std::string(code.name) + ")"},
      {"check_name", code.id},
      {"categories", {code.severity == Severity::error ? "Bug Risk" : "Compatibility"}},
      {"severity", severity_of(code.severity)},
      {"fingerprint", one.fingerprint},
      {"location",
       {{"path", one.place.path}, {"lines", {{"begin", one.place.begin.line}, {"end", one.place.end.line}}}}},
      {"content", {{"body", body}}}};
}

}  // namespace

std::string render_gitlab(const Report& report) {
  Json issues = Json::array();
  for (const PlacedSpec& spec : report.placed()) {
    if (!spec.failure.empty()) {
      issues.push_back({{"type", "issue"},
                        {"description", spec.failure},
                        {"check_name", "not-checked"},
                        {"categories", {"Bug Risk"}},
                        {"severity", "critical"},
                        {"fingerprint", "not-checked:" + spec.path},
                        {"location", {{"path", spec.path}, {"lines", {{"begin", 1}, {"end", 1}}}}}});
    }
    for (const PlacedFinding& one : spec.findings) issues.push_back(issue(one));
  }
  return json_text(issues, 2);
}

}  // namespace shapedbg
