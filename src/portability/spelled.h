// How a layer of torch is said in another framework: names, padding, output_padding, the order of axes.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "net/kinds.h"
#include "net/targets.h"

namespace shapedbg {

// "name", "keras.layers.Conv2DTranspose(filters, kernel_size, strides)": a label and what stands behind it.
// Empty where nothing is known of the layer type there.
using Spelling = std::vector<std::pair<std::string_view, std::string_view>>;
Spelling spelled(const KindInfo& kind, Target target);

}  // namespace shapedbg
