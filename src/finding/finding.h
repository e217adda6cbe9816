// What the tool says about a spec: one type from the JSON syntax error to the size proof.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "finding/pointer.h"
#include "text/edit.h"
#include "text/source.h"

namespace shapedbg {

enum class Severity : std::uint8_t { error, warning, note };
std::string_view to_string(Severity severity);

// Every code the tool can report, in one table: SHAPEDBG_CODE(code, kebab name, severity, summary).
// Families: J0xx not JSON, S1xx not a spec, I6xx cannot be imported, L2xx a layer cannot be built or run,
// R3xx runs but returns the wrong shape, C4xx fails for some declared size, W5xx risk, P7xx
// parts from PyTorch in a target (`for`), X9xx our own fault.
enum class Code : std::uint8_t {
#define SHAPEDBG_CODE(code, name, severity, summary) code,
#include "finding/codes.def"
#undef SHAPEDBG_CODE
};

struct CodeInfo {
  Code code;
  std::string_view id;    // "R301"
  std::string_view name;  // "reconstruction-mismatch"
  Severity severity;
  std::string_view summary;  // one line, lower case, no final period
};
const CodeInfo& info(Code code);
// All codes in the order of the table.
const std::vector<CodeInfo>& all_codes();
// By code, in any case, or by name: "w502", "unused-output". Null where there is none.
const CodeInfo* find_code(std::string_view word);

// A place in the file: bytes for editors and carets, a JSON pointer (RFC 6901) for programs.
struct Location {
  Span span;
  Pointer pointer;
};

// A second place that matters, with what it has to do with the finding.
struct Related {
  std::string layer;  // name of the layer, empty when the place is no layer
  Location where;
  std::string message;
};

enum class Applicability : std::uint8_t {
  safe,     // right for what the spec declares; `fix` applies it
  unsafe,   // meets the target, but changes more than the author may want; needs --unsafe
  display,  // shown only, no edit
};
std::string_view to_string(Applicability applicability);

// One option of one layer before and after. Values are JSON text: `0`, `[1, 0]`, `"input"`; an
// option that was not written has the text of its default.
struct Change {
  std::string layer;
  std::string option;
  std::string from;
  std::string to;
};

// The run that showed a fix to work.
struct Verified {
  std::string device;                // "cpu", "meta", "cuda"; "off" when only the formulas ran
  std::vector<std::int64_t> output;  // what the repaired network returned
};

// A fix in the words of PyTorch's two languages, one statement a line; empty where there are none.
struct CodeLines {
  std::string python;  // "self.up = nn.ConvTranspose2d(256, 128, 3, stride=2, output_padding=1)"
  std::string cpp;
};

// Sizes of one axis of the first input for which a fix is right, proven for all of them: those from `min` on
// whose remainder by `period` is one of `residues`, and those in `also`.
struct RightSizesOfAxis {
  int axis = 0;
  std::int64_t min = 1;
  std::int64_t period = 1;
  std::vector<std::int64_t> residues;
  std::vector<std::int64_t> also;
};

// What is still wrong when a fix is applied.
struct LeftOpen {
  Code code;
  std::string layer;  // empty where it is about the whole network
};

struct Fix {
  std::string title;  // "set output_padding to 1 on `up`"
  Applicability applicability = Applicability::safe;
  std::vector<Change> changes;
  std::vector<Edit> edits;
  Verified verified;
  std::string right_for;  // proven sizes: "right for even sizes, from 2"; empty when not known
  CodeLines code = {};    // what changes in the program that the spec stands for
  // What the words of `right_for` say, for programs.
  std::vector<RightSizesOfAxis> sizes = {};    // empty when not known
  std::vector<std::string> weights_lost = {};  // layers whose trained weights no longer fit
  std::int64_t extra_macs_percent = 0;         // more multiply-accumulates than before, where that is known
  std::vector<LeftOpen> leaves_open = {};
};

struct Finding {
  Code code;
  std::string message;  // one line, lower case, no final period, numbers filled in
  std::string layer;    // name of the layer at fault, empty when there is none
  Location where;
  std::string label;  // what stands under the carets: the formula with its numbers
  std::vector<Related> related;
  std::vector<std::string> notes;
  std::vector<Fix> fixes;  // best first
  // Where its first fix sets another layer, which it names then: the layer or place that it was found at, by
  // which it is known with and without repairs.
  std::string found_at = {};
};
// Not a warning, not a note.
inline bool is_error(const Finding& finding) { return info(finding.code).severity == Severity::error; }
std::size_t count_errors(const std::vector<Finding>& findings);

// "24x24" of the axes from `first` on; "[1, 3, 24, 24]" of a whole shape.
std::string by_x(const std::vector<std::int64_t>& sizes, std::size_t first = 0);
std::string bracketed(const std::vector<std::int64_t>& sizes);

}  // namespace shapedbg
