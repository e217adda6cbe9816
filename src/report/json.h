// Report format 1: the contract for programs, described by report-1.schema.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/check.h"

namespace shapedbg {

inline constexpr int report_version = 1;

// Pretty-printed JSON with a final newline; the same bytes for the same input. Bytes of a spec that
// are not UTF-8 become U+FFFD.
std::string render_json(const std::vector<Checked>& specs);

// The JSON Schema (draft 2020-12) that every report of render_json() meets.
std::string_view report_schema();

}  // namespace shapedbg
