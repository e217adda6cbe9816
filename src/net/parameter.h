// A tensor of the network's own.
#pragma once

#include "net/spec.h"

namespace shapedbg {

// Whether a Parameter is trained: one of integers has no gradient.
inline bool is_learned(const LayerSpec& parameter) {
  return parameter.flag(Opt::requires_grad) && parameter.word(Opt::dtype) != "int64";
}

}  // namespace shapedbg
