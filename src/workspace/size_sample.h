// Sizes that are run on LibTorch, beside what is proven of all of them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/engine.h"
#include "workspace/size_report.h"

namespace shapedbg {

// The sizes to be run: where the answer changes, one of each class up to a limit, a few at random.
std::vector<std::int64_t> sample(const AxisSizes& axis, std::size_t layers);

// Runs the sample on meta. What LibTorch or plain evaluation answers otherwise than the proof becomes a
// finding (X901). False, with report.error, when LibTorch cannot be asked.
bool run_sample(SizeReport& report, AxisSizes& axis, Engine& engine);

}  // namespace shapedbg
