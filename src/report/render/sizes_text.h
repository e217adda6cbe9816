// Which sizes a network takes, for people.
#pragma once

#include <string>

#include "report/render/text.h"
#include "workspace/size_report.h"

namespace shapedbg {

// A block per axis: the rule of each outcome, the layer that decides it, and a strip of the sizes around
// the declared one (from the start of the range where one was asked for).
std::string render_sizes_text(const SizeReport& report, const SizesOptions& options, const TextStyle& style);

}  // namespace shapedbg
