// User's bytes in XML and HTML documents.
#pragma once

#include <string>
#include <string_view>

namespace shapedbg {

// Printable, so that no character is left that XML 1.0 forbids, with `&`, `<`, `>` and `"` escaped.
std::string markup_text(std::string_view text);

}  // namespace shapedbg
