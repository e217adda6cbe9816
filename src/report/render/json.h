// Report format 1: the contract for programs, described by report-1.schema.json.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workspace/check.h"
#include "workspace/fix_program.h"
#include "workspace/fixing.h"

namespace shapedbg {

inline constexpr int report_version = 1;

// Pretty-printed JSON with a final newline; the same bytes for the same input. Bytes of a spec that
// are not UTF-8 become U+FFFD. `axes`: each layer also says what its axes are made of.
std::string render_json(const std::vector<Checked>& specs, bool axes = false);

// The report of one file on a line of its own, for programs that read while files are still checked.
std::string render_json_line(const Checked& checked, bool axes = false);

// The JSON Schema (draft 2020-12) that every report of render_json() and render_json_line() meets.
std::string_view report_schema();

// What `fix` did to one file.
struct FixedFile {
  Fixed fixed;
  bool written = false;
  bool to_stdout = false;                 // `-`: the report holds the whole text
  std::string error = {};                 // why nothing was done: one line; empty otherwise
  std::vector<ChangedText> changed = {};  // of an imported network: the files of its program
  std::string why = {};                   // and why nothing is written there
};
inline constexpr int fix_report_version = 1;

// Unified, of what was given and what is to be, as `git apply` takes it; empty where they are alike.
std::string diff_of(const Fixed& fixed);
std::string diff_of(const std::vector<ChangedText>& files);
std::string render_fix_json(const std::vector<FixedFile>& files);

// The JSON Schema (draft 2020-12) that every report of render_fix_json() meets: fix-1.schema.json with the
// definitions that it shares with the report.
std::string fix_schema();

}  // namespace shapedbg
