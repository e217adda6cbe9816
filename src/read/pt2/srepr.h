// Sizes as a .pt2 writes them: sympy's srepr, "FloorDiv(Symbol('s53', positive=True, integer=True),
// Integer(2))".
#pragma once

#include <functional>
#include <string_view>

#include "read/calls/formula.h"

namespace shapedbg::pt2 {

// `symbol` gives the index of a symbol by its name. Empty where the text holds a function that is not known,
// or is none at all.
calls::Formula read_srepr(std::string_view text, const std::function<std::int64_t(std::string_view)>& symbol);

}  // namespace shapedbg::pt2
