// Several layers put in at one place of the file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
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
bool put_in_a_row(const Situation& s, LayerId at, std::size_t k, const std::vector<PutIn>& row,
                  Candidate& candidate);

// A layer at the end of a Residual's branch, in each use of its block: `options` are the rest of its object,
// `values` the same for the sum of one use. False where the file does not allow it.
using OptionsOf = std::function<std::vector<std::pair<Opt, Value>>(const LayerSpec& sum)>;
bool put_at_branch_end(const Situation& s, LayerId sum, LayerKind kind, const std::string& base,
                       const std::string& options, const OptionsOf& values, Candidate& candidate);

}  // namespace shapedbg
