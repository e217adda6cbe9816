// The reader of `print(model)`: the tree of modules with their options, as a draft of a spec. How the modules
// are wired is not in it: a Sequential runs its modules in their order, of any other class that is a guess,
// and said to be one.
#pragma once

#include <string_view>
#include <vector>

#include "net/spec.h"
#include "read/importer.h"

namespace shapedbg {

// Whether the text is such a tree: "UNet(" and "(name): Class(" lines.
bool looks_printed(std::string_view text);

// `input`: the shape that goes in, with the batch axis; empty: one is guessed from the first layer.
Imported import_printed(std::string_view text, const Shape& input = {});

}  // namespace shapedbg
