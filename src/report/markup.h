// User's bytes in XML, HTML and Markdown documents.
#pragma once

#include <string>
#include <string_view>

namespace shapedbg {

// Printable, so that no character is left that XML 1.0 forbids, with `&`, `<`, `>` and `"` escaped.
std::string markup_text(std::string_view text);

// One line of GitHub's Markdown that shows `text`; what stands between backticks stays code. A `|` is escaped
// in code as well, as tables ask for.
std::string markdown_text(std::string_view text);

}  // namespace shapedbg
