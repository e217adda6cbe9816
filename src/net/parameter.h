// A tensor of the network's own.
#pragma once

#include "net/spec.h"

namespace shapedbg {

// Whether a tensor is one of the network's own.
inline bool is_parameter(const Spec& spec, Ref ref) {
  return !ref.is_input() && spec.layer(ref.layer).kind == LayerKind::Parameter;
}

// Whether a Parameter is trained: one of integers has no gradient.
inline bool is_learned(const LayerSpec& parameter) {
  return parameter.flag(Opt::requires_grad) && parameter.word(Opt::dtype) != "int64";
}

// A tensor that a recorded call took beside its inputs, and that no attribute of the model holds: a slice of
// a table, positions, a mask.
inline bool is_unnamed_constant(const LayerSpec& layer) {
  return layer.info().family == Family::parameter && layer.source != nullptr &&
         !layer.source->called.empty() && layer.name.find(".parameter") != std::string::npos;
}

}  // namespace shapedbg
