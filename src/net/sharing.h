// Which layers are one definition: what stands in a block that is used several times, or is repeated.
#pragma once

#include <utility>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// The layers and options that are written in the same place of the file, this one among them: what stands in
// a block, or an argument that several options take.
std::vector<std::pair<int, Opt>> sharers(const Spec& spec, int layer, Opt opt);
// The layers that are written in the same place, this one among them.
std::vector<int> copies(const Spec& spec, int layer);
// Whether two layers come from the same use of a block.
bool same_use(const LayerSpec& a, const LayerSpec& b);

}  // namespace shapedbg
