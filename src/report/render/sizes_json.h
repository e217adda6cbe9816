// Which sizes a network takes, for programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/size_report.h"

namespace shapedbg {

inline constexpr int sizes_version = 1;

// Pretty-printed JSON with a final newline; the same bytes for the same input. `classes` and `small` are
// strings of o (right), . (another size), x (raises): `small` for 1, 2, …, then `classes` by n mod their
// number, from n mod = 0.
std::string render_sizes_json(const std::vector<SizeReport>& reports, const SizesOptions& options);

// A document of one file on each line.
std::string render_sizes_jsonl(const std::vector<SizeReport>& reports, const SizesOptions& options);

// The JSON Schema (draft 2020-12) that it meets.
std::string_view sizes_schema();

}  // namespace shapedbg
