// How many tensors a layer returns.
#pragma once

#include <optional>

#include "net/spec.h"

namespace shapedbg {

// Nothing where that is not known.
std::optional<int> output_count(const LayerSpec& layer);

}  // namespace shapedbg
