// Networks as text, and what the walk has against them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "meaning/walk.h"
#include "read/json/parse.h"

namespace shapedbg {

inline Spec network(const std::string& text) {
  Parsed parsed = parse(Source("net.json", text));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message << "\n" << text;
  EXPECT_TRUE(parsed.usable);
  return std::move(parsed.spec);
}

// "A1 `r`" for each trouble, in order; of the output "A12 output".
inline std::vector<std::string> troubles(const std::string& text) {
  const Spec spec = network(text);
  const Trace trace = infer(spec);
  for (const LayerTrace& row : trace.layers)
    for (const Refusal& refusal : row.refusals) ADD_FAILURE() << refusal.message << "\n" << text;
  std::vector<std::string> all;
  for (const Trouble& trouble : walk_for_findings(spec, trace).troubles) {
    const auto layer = trouble.layer.place();
    const std::string at = layer < spec.layers.size() ? "`" + spec.layers[layer].name + "`" : "output";
    all.push_back(std::string(info(trouble.flaw).id) + " " + at + ": " + trouble.text);
  }
  return all;
}

// The ids alone: "A1 A12".
inline std::string flaws(const std::string& text) {
  std::string ids;
  for (const std::string& one : troubles(text)) {
    const std::string id = one.substr(0, one.find(' '));
    if (ids.find(id) == std::string::npos) ids += (ids.empty() ? "" : " ") + id;
  }
  return ids;
}

}  // namespace shapedbg
