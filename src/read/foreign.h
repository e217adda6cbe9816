// Files of this field that hold no network which could be read, told by their first bytes.
#pragma once

#include <string_view>

namespace shapedbg {

// What such a file is, and what to bring in its place; empty for any other.
std::string_view foreign_format(std::string_view head);

}  // namespace shapedbg
