// The branches of If nodes, laid into the graph that holds them.
#pragma once

#include "read/onnx/model.h"

namespace shapedbg::onnx {

// Puts the nodes, weights and declared shapes of both branches of every If in front of it, with names of
// their own, and lets it take [condition, outputs of `then`, outputs of `else`]. Each node says which branch
// it stands in (Node::branch); the importer runs those of one. What cannot be read, or lies too deep, stays
// as it is.
void inline_branches(Model& model);

}  // namespace shapedbg::onnx
