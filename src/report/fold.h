// A table with what belongs together in one row: the layers of a block or submodule, and repeats of one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "workspace/check.h"

namespace shapedbg {

// Layers `first` to `last` of the spec in one row. A row of one layer is that layer.
struct FoldedRow {
  std::size_t first = 0;
  std::size_t last = 0;
  std::string name;       // of what they have in common: "enc1"; of repeats "block.0 ... block.17"
  std::size_t times = 1;  // so many alike in a row

  bool single() const { return first == last; }
};

// More layers than this are folded where nobody asks for more or less.
inline constexpr std::size_t fold_above = 40;

// Layers in a row whose names share their first words, `a.b` of `a.b.c`: as many words as leave at most
// fold_above rows, at least one; and those of a block that holds no other. What holds a layer of `open` is
// not folded.
std::vector<FoldedRow> folded_rows(const Spec& spec, const Trace& trace, const std::vector<bool>& open);
// A row for each layer.
std::vector<FoldedRow> whole_rows(const Spec& spec);

}  // namespace shapedbg
