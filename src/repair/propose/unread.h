// Inputs of a network that no layer takes.
#pragma once

#include <vector>

#include "net/spec.h"

namespace shapedbg {

// Their numbers, where a network has several inputs; ascending.
std::vector<int> unread_inputs(const Spec& spec);
// Layers in front of layer `end` that nothing reads, and that are no output.
std::vector<int> unread_layers(const Spec& spec, int end);

}  // namespace shapedbg
