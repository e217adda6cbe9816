// A network from its JSON text, checked and repaired by formulas alone.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "diagnose/diagnose.h"
#include "read/json/parse.h"
#include "repair/padding/plan.h"
#include "repair/repair.h"

namespace shapedbg::repaired {

inline Spec read(const std::string& json) {
  Parsed parsed = parse(Source("net.json", json));
  if (!parsed.usable) return {};
  return std::move(parsed.spec);
}

inline Finding repair_as(const std::string& json, Code code) {
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  Finding finding;
  finding.code = code;
  if (!parsed.usable) {
    finding.message = "not usable";
    return finding;
  }
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  repair(source, parsed.spec, infer(parsed.spec), rerun, finding);
  return finding;
}

inline std::string title_of(const std::string& json, Code code = Code::R301) {
  const Finding finding = repair_as(json, code);
  return finding.fixes.empty() ? finding.message : finding.fixes[0].title;
}

// The bytes after the first fix.
inline std::string fixed(const std::string& json, Code code = Code::R301) {
  const Finding finding = repair_as(json, code);
  if (finding.fixes.empty()) return {};
  return shapedbg::apply(json, finding.fixes[0].edits).value_or("");
}

inline std::string notes_of(const std::string& json, Code code = Code::R301) {
  const Finding finding = repair_as(json, code);
  std::string notes;
  for (const std::string& note : finding.notes) notes += note + "\n";
  return notes;
}

// The errors of a net with their fixes, as a check finds them.
inline std::vector<Finding> errors_of(const std::string& json) {
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.usable);
  const Trace trace = infer(parsed.spec);
  std::vector<Finding> errors;
  for (Finding& finding : diagnose(parsed.spec, trace)) {
    if (info(finding.code).severity != Severity::error) continue;
    repair(
        source, parsed.spec, trace, [](const Spec& spec) { return infer(spec); }, finding);
    errors.push_back(std::move(finding));
  }
  return errors;
}

inline std::vector<std::string> titles_of(const std::string& json) {
  std::vector<std::string> titles;
  for (const Finding& error : errors_of(json))
    for (const Fix& fix : error.fixes) titles.push_back(fix.title);
  return titles;
}

inline std::string first_of(const std::string& json) {
  const std::vector<std::string> titles = titles_of(json);
  return titles.empty() ? "" : titles[0];
}

inline bool offers(const std::string& json, const std::string& words) {
  const std::vector<std::string> titles = titles_of(json);
  return std::any_of(titles.begin(), titles.end(),
                     [&](const std::string& title) { return title.find(words) != std::string::npos; });
}

inline std::ptrdiff_t place_of(const std::string& json, const std::string& title) {
  const std::vector<std::string> titles = titles_of(json);
  const auto at = std::find(titles.begin(), titles.end(), title);
  return at == titles.end() ? -1 : at - titles.begin();
}

}  // namespace shapedbg::repaired
