// What no layer takes, and what others take: whether a tensor is to be had for a join.
#pragma once

#include <vector>

#include "net/spec.h"

namespace shapedbg {

// Their numbers, where a network has several inputs; ascending.
std::vector<int> unread_inputs(const Spec& spec);
// Layers in front of layer `end` that nothing reads, and that are no output.
std::vector<LayerId> unread_layers(const Spec& spec, LayerId end);
// Whether `joined` is a Concat, so that its level has a skip, and something else than a Concat takes what
// `layer` returns: it is no further skip of that level.
bool belongs_elsewhere(const Spec& spec, Ref joined, LayerId layer);

}  // namespace shapedbg
