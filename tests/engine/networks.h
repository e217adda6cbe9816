// Small networks from text, run on the engine.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/engine.h"
#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg {

inline Engine& engine() {
  static const Opened opened = open_engine();
  if (opened.engine == nullptr) {
    ADD_FAILURE() << opened.error;
    std::abort();
  }
  return *opened.engine;
}

// `input` and `layers` as they stand in a spec: `[1, 3, 8, 8]` or an object; entries with commas between.
inline Spec network(const std::string& input, const std::string& layers) {
  const Source source("test.json", "{\"input\": " + input + ", \"layers\": [" + layers + "]}");
  Parsed parsed = parse(source);
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message << " in " << source.bytes();
  return std::move(parsed.spec);
}

inline Run run(const Spec& spec, Device device) { return engine().run(spec, device, {}); }

// What the last layer returned, or why it did not: "[1, 3, 8, 8]", "[…] […]", "refused", "not run".
inline std::string outcome(const Run& run) {
  if (!run.error.empty()) return "error: " + run.error;
  const LayerRun& last = run.layers.back();
  if (!last.refusal.empty()) return "refused";
  std::string text;
  for (const Shape& shape : last.outputs) text += (text.empty() ? "" : " ") + bracketed(shape);
  return text.empty() ? "not run" : text;
}

}  // namespace shapedbg
