#include "report/baseline.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/render/json_text.h"

namespace shapedbg {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr const char* kVersionKey = "baseline_version";

bool counts(const Finding& finding) {
  const CodeInfo& code = info(finding.code);
  return code.severity != Severity::note && !code.id.starts_with('X');
}

}  // namespace

Baseline read_baseline(std::string_view text) {
  Baseline result;
  try {
    const Json json = Json::parse(text);
    if (!json.is_object() || json.value(kVersionKey, 0) != kVersion || !json.contains("findings") ||
        !json["findings"].is_array()) {
      result.error = "holds no baseline; --write-baseline writes one";
      return result;
    }
    for (const Json& one : json["findings"]) {
      const auto found = one.is_object() ? one.find("fingerprint") : one.end();
      if (!one.is_object() || found == one.end() || !found->is_string()) {
        result.error = "an entry has no `fingerprint`; --write-baseline writes them";
        return result;
      }
      result.fingerprints.insert(found->get<std::string>());
    }
  } catch (const Json::exception&) {
    result.error = "is not JSON; --write-baseline writes it";
  }
  return result;
}

std::string render_baseline(const Report& report) {
  std::string text =
      "{\"" + std::string(kVersionKey) + "\": " + std::to_string(kVersion) + ", \"findings\": [";
  bool first = true;
  for (const PlacedSpec& spec : report.placed()) {
    for (const PlacedFinding& one : spec.findings) {
      if (!counts(*one.finding)) continue;
      const Json entry{{"fingerprint", one.fingerprint},
                       {"code", info(one.finding->code).id},
                       {"file", spec.path},
                       {"layer", one.finding->layer},
                       {"message", one.finding->message}};
      std::string line = json_text(entry, -1);
      line.pop_back();
      text += (first ? "\n  " : ",\n  ") + line;
      first = false;
    }
  }
  return text + "\n]}\n";
}

void drop_known(const Baseline& baseline, const ReportPaths& paths, Checked& checked) {
  if (checked.status == Status::error || checked.findings.empty()) return;
  const PlacedSpec spec = placed(checked, paths);
  std::vector<Finding> left;
  for (std::size_t i = 0; i < checked.findings.size(); ++i) {
    if (counts(checked.findings[i]) && baseline.fingerprints.contains(spec.findings[i].fingerprint))
      ++checked.known;
    else
      left.push_back(std::move(checked.findings[i]));
  }
  checked.findings = std::move(left);
  const bool errors = std::any_of(checked.findings.begin(), checked.findings.end(), is_error);
  if (!errors) checked.status = Status::ok;
}

}  // namespace shapedbg
