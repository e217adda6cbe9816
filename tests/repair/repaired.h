// A network from its JSON text, checked and repaired by formulas alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

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

}  // namespace shapedbg::repaired
