// How many tensors a layer returns that takes an axis apart.
#pragma once

#include <cstdint>

#include "infer/infer.h"

namespace shapedbg {

// More than `row.outputs` where those behind the first `most_outputs` are not looked at.
std::int64_t outputs_in_all(const LayerSpec& layer, const LayerTrace& row);

}  // namespace shapedbg
