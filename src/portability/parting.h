// Whether a layer's sizes part from those of a target, for the declared size and for all that are free.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "portability/facts.h"

namespace shapedbg {

struct Parting {
  Shape input;        // of the layer, at the first size that parts
  Shape here;         // what it returns in PyTorch
  Shape there;        // empty where the target refuses
  std::string at;     // "for `H` = 67"; empty for the declared size
  std::string sizes;  // of each free size those that part; empty where none is free
};

// Nothing where they part for no declared size. `steps`: shape rules that may still be applied, taken off.
std::optional<Parting> parting(const LayerView& view, const There& there, std::int64_t& steps);

}  // namespace shapedbg
