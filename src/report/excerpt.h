// A line of the user's file with a place marked under it, cut to the width of the terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "text/source.h"

namespace shapedbg {

struct Excerpt {
  std::string line;        // printable, indentation dropped, cut around the span with `...`
  std::size_t column = 0;  // 0-based column of the first mark
  std::size_t marks = 1;   // how many columns are marked, at least 1
};

// The line on which `span` begins, in at most `width` columns (at least 20). Of a span over several
// lines the part on its first line is marked.
Excerpt excerpt(const Source& source, Span span, std::size_t width);

}  // namespace shapedbg
