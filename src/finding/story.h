// What `explain` tells about a code. The one-line summary stands in codes.def.
#pragma once

#include <span>
#include <string_view>

#include "finding/finding.h"

namespace shapedbg {

// Whole sentences without line breaks, but for `example`, whose lines are shown as they stand.
struct Story {
  Code code;
  std::string_view finds;         // what exactly is reported
  std::string_view why;           // why that is wrong
  std::string_view repair;        // what to change
  std::string_view safe;          // when the repair changes nothing else
  std::string_view example = {};  // with numbers
};

// Never null: tests/finding asserts that every code has one.
const Story& story(Code code);

// The table, a file per family.
std::span<const Story> file_stories();         // J, S
std::span<const Story> import_stories();       // I
std::span<const Story> layer_stories();        // L
std::span<const Story> result_stories();       // R, C, X
std::span<const Story> risk_stories();         // W
std::span<const Story> portability_stories();  // P

}  // namespace shapedbg
