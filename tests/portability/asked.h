// A small network asked of one target.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "portability/portability.h"
#include "read/json/parse.h"

namespace shapedbg {

struct Asked {
  std::vector<Finding> findings;

  std::string first() const {
    return findings.empty() ? "" : std::string(info(findings[0].code).id) + " " + findings[0].message;
  }
  std::string fix() const {
    return findings.empty() || findings[0].fixes.empty() ? "" : findings[0].fixes[0].title;
  }
  bool notes(std::string_view text) const {
    for (const Finding& finding : findings)
      for (const std::string& note : finding.notes)
        if (note.find(text) != std::string::npos) return true;
    return false;
  }
};

// `input` and `layers` as a spec holds them; `more`: further keys of the spec, with a comma in front.
inline Asked ask(const std::string& target, const std::string& input, const std::string& layers,
                 const std::string& more = {}) {
  const Source source("spec.json", "{\"for\": [\"" + target + "\"], \"input\": " + input + ", \"layers\": [" +
                                       layers + "]" + more + "}\n");
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.findings.empty()) << (parsed.findings.empty() ? "" : parsed.findings[0].message);
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  const RightForAll right = [](const Spec&) { return true; };
  return {portability(source, parsed.spec, infer(parsed.spec), parsed.targets, rerun, right)};
}

inline const std::string kFree = R"(, "sizes": {"H": {"min": 6, "max": 40}})";

}  // namespace shapedbg
