// The JSON Schema of the spec format, made from the table of kinds: editors complete and check with it.
#pragma once

#include <string>

namespace shapedbg {

// Draft 2020-12, indented, with a final newline. It describes one entry per kind with its options,
// their ranges and defaults; what needs the whole network (references, shapes) is the parser's.
std::string spec_schema();

}  // namespace shapedbg
