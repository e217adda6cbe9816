// Several layers put in at one place of the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repair/candidate.h"
#include "text/edit.h"

namespace shapedbg {

// What is put in at one place, one behind the other, is one edit: whoever applies them need not know the
// order.
void one_edit_each(std::vector<Edit>& edits);

// A layer to be put in: its options are the rest of its object. `sizes_of`: another input of the layer that
// it stands in front of, of which it takes sizes.
struct PutIn {
  std::string type;
  std::string options;
  std::optional<std::size_t> sizes_of = {};
};

// Layers one behind the other between a layer that names its inputs and input `k`. False where the file does
// not allow it.
bool put_in_a_row(const Situation& s, int at, std::size_t k, const std::vector<PutIn>& row,
                  Candidate& candidate);

}  // namespace shapedbg
