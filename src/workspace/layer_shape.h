// What one layer returns, for readers that lay layers out one by one and stand below the rules.
#pragma once

#include <optional>
#include <vector>

#include "net/spec.h"
#include "read/draft.h"

namespace shapedbg {

// The shape of the layer's first output for tensors of these shapes, by formula; none where it refuses them,
// or is no layer at all. References to other layers (`indices`, `size_like`) are those of the draft: such a
// layer has none.
std::optional<Shape> layer_shape(const DraftLayer& layer, const std::vector<Shape>& inputs);

}  // namespace shapedbg
