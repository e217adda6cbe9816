// Edits of which each is there once: layers of one block share their bytes, and ask for the same change.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "text/edit.h"

namespace shapedbg {

// Adds to a list of edits what is not in it yet, in the order in which it comes. Thousands of calls of one
// module are as many edits: they are looked up, not compared with each other. What is put into the list in
// another way is seen with the next call.
class DistinctEdits {
 public:
  // `edits` outlives this.
  explicit DistinctEdits(std::vector<Edit>& edits) : edits_(edits) {}

  void add(std::vector<Edit> more);

 private:
  bool known(const Edit& edit);

  std::vector<Edit>& edits_;
  std::unordered_multimap<std::size_t, std::size_t> by_offset_ = {};  // indices of the first `looked_up_`
  std::size_t looked_up_ = 0;
};

}  // namespace shapedbg
