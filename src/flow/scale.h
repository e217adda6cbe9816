// The factors of a resize.
#pragma once

#include <cstddef>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// scale_factor along each spatial axis of a tensor with `rank` axes; empty where the layer has none.
std::vector<double> scale_factors(const LayerSpec& layer, std::size_t rank);

}  // namespace shapedbg
