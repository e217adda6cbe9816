// The reader of `print(model)`: the tree of modules with their options, as a draft of a spec. How the modules
// are wired is not in it: a Sequential runs its modules in their order, of any other class that is a guess by
// their sizes (wiring.h), and said to be one.
#pragma once

#include <string_view>
#include <vector>

#include "net/spec.h"
#include "read/importer.h"
#include "read/printed/wiring.h"

namespace shapedbg {

// Whether the text is such a tree: "UNet(" and "(name): Class(" lines.
bool looks_printed(std::string_view text);

// `input`: the shape that goes in, with the batch axis; empty: one is guessed from the first layer.
// `shape_of` tells what a layer returns; without it all runs one behind another.
Imported import_printed(std::string_view text, const Shape& input = {},
                        const printed::LayerShape& shape_of = {});

}  // namespace shapedbg
