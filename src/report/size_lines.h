// What the reports on sizes say, in words and in order; renderers only lay it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workspace/size_report.h"

namespace shapedbg {

struct SizeLine {
  std::string_view label;  // "right", "declared"; empty where the line goes on with the one before
  std::string text;        // one sentence without a period
  std::optional<SizeOutcome> outcome;  // of a line that says which sizes come to it
};

// Neighbouring sizes and what each comes to.
struct SizeStrip {
  std::int64_t from = 0;
  std::vector<SizeOutcome> outcomes;
  std::optional<std::int64_t> here;  // the size asked for, or else declared; nothing where it lies beside

  std::int64_t last() const { return from + static_cast<std::int64_t>(outcomes.size()) - 1; }
};

struct AxisLines {
  std::string who;            // "height and width", "H (height)"
  std::string circumstances;  // "each alone, all others as declared; declared 24"
  std::vector<SizeLine> lines;
  SizeStrip strip;  // empty where nothing is known around the size
  std::vector<SizeLine> more;
};

struct SizeLines {
  std::string name;    // of the network, or its file
  std::string inputs;  // "image [1, 3, 24, 24], label [1, 10]"
  std::vector<std::string> head;
  std::vector<AxisLines> axes;  // empty where the spec cannot be read
  std::vector<std::string> closing;
};

// `width`: sizes of a strip at most.
SizeLines size_lines(const SizeReport& report, const SizesOptions& options, std::int64_t width);

// "right", or "runs" where nothing is expected.
std::string_view outcome_word(SizeOutcome outcome, bool expects);
// 'o', '.' or 'x'.
char outcome_mark(SizeOutcome outcome);
// What the marks mean.
std::string_view legend(bool expects);

}  // namespace shapedbg
