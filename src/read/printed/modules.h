// What a printed module is, by its class, its name and its arguments.
#pragma once

#include <string>
#include <string_view>

#include "net/kinds.h"
#include "read/draft.h"
#include "read/printed/tree.h"

namespace shapedbg::printed {

bool is_list(std::string_view type);  // Sequential, ModuleList, ModuleDict
// Made by the module but no step of forward: parameters, losses, how a weight is computed.
bool never_runs(const Module& module);
// Named as people name the branch that goes around a block: "downsample", "conv_shortcut", "residual".
bool is_beside(std::string name);
// 1: a class without arguments that is named after going up, -1: down. 0: no such.
int resizes(std::string_view type);
// Squeeze and excitation: a few layers that weigh the channels of what they get.
bool is_gate(const Module& module);
// The kind of a module: its own class, or the one of torch that a class of another name was derived from, as
// its arguments show. None of what is no layer.
const KindInfo* kind_of(const Module& module);
// The same of a module that holds no others.
const KindInfo* leaf_kind(const Module& module);
// One step of the network, whatever modules it holds.
bool is_layer(const Module& module);
// A layer that is the same for a map, for its places as tokens and for features.
bool passes(const Module& module);
bool drops(const Module& module);  // begins with a Dropout
bool pools_first(const Module& module);
// Whether what a module asks for is joined in front of it: not in front of layers that pass on what they get,
// or that make it as large as what it is joined with.
bool asks_at_once(const Module& module);
bool names_gate(std::string type);           // "SwiGLUFFN", "GatedConv"
bool has_convolution(const Module& module);  // over two axes or more, among its own layers
// The only pool among a module's own layers, made beside two convolutions or more: `forward` often uses it
// several times.
const Module* lone_pool(const Module& module);
// Its options as the layer's, without inputs.
DraftLayer layer_of(const KindInfo& kind, const Module& module, const std::string& path);

}  // namespace shapedbg::printed
