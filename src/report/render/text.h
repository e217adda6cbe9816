// The report for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "workspace/check.h"

namespace shapedbg {

enum class TableFold : std::uint8_t {
  automatic,  // folded above 40 layers
  full,       // a row for each layer
  folded,     // blocks, submodules and their repeats in a row each
};

struct TextStyle {
  bool color = false;
  std::size_t width = 100;  // columns of the terminal, for excerpts and wrapped lines
  bool axes = false;        // a column of what each axis is made of and where its positions lie
  bool tables = true;       // the layers of each network
  bool right_ones = true;   // also says what is right and has no warning
  TableFold fold = TableFold::automatic;
};

// Per spec: the table of layers, then the findings with excerpts and fixes, or one line that says
// all is well. A line of totals follows when there are several specs. A spec whose file could not be
// read has nothing to show and is only counted.
std::string render_text(const std::vector<Checked>& specs, const TextStyle& style);

}  // namespace shapedbg
