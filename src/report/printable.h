// User's bytes made fit for a terminal: nothing that a spec holds can move the cursor, colour the
// screen or reorder a line. Widths count code points, one column each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

// One code point of the input as it is shown.
struct Glyph {
  std::string text;       // itself, or an escape: `\x1b`, `\u{202e}`, `\xff` for a byte that is not UTF-8
  std::size_t begin = 0;  // byte offset in the input
  std::size_t width = 1;  // columns of `text`; a tab is shown as four spaces
};

std::vector<Glyph> glyphs(std::string_view bytes);

// All glyphs joined.
std::string printable(std::string_view bytes);
// Code points of valid UTF-8, which is what printable() returns.
std::size_t columns(std::string_view text);
// Printable and at most `width` columns; the middle gives way to `...`.
std::string shortened(std::string_view bytes, std::size_t width);
// Printable text broken at spaces into lines of at most `width` columns; a word is never cut.
std::vector<std::string> wrapped(std::string_view bytes, std::size_t width);
// `1234567` as `1,234,567`.
std::string thousands(long long number);

}  // namespace shapedbg
