// Which of the layers that should undo each other is the strange one.
#pragma once

#include <optional>
#include <vector>

#include "flow/path.h"

namespace shapedbg {

// Whether the numbers of a layer along the axis are those of a layer that divides, multiplies or keeps a
// size: of a convolution or pool 1 <= net kernel <= stride (net kernel 1 without a stride), of a transposed
// convolution net kernel + output_padding = stride. True of all other layers.
bool self_consistent(const Spec& spec, LayerId layer, const Axis& axis);

// Whether it loses or adds nothing here: in = out * stride on the way down, out = in * stride on the way up.
bool exact_here(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis);

// Of a level that does not give back its size the layer at fault: the one that is not exact where the other
// one is, else the one whose numbers are strange; nothing where both are alike.
std::optional<LayerId> strange_one(const Spec& spec, const Trace& trace, const Level& level,
                                   const Axis& axis);

}  // namespace shapedbg
