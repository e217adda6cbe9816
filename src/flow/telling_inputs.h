// Which inputs of a merge are worth being looked at one by one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// All of a few; of many the first one with each shape, so that what is told of a Concat of thousands of
// tensors stays short and what it costs does not grow with their square. Ascending.
std::vector<std::size_t> telling_inputs(std::span<const Shape> inputs);

}  // namespace shapedbg
