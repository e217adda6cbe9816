// Which layers are one definition: what stands in a block that is used several times, or is repeated; and
// which are calls of one module of an imported network.
#pragma once

#include <utility>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// The layers and options that are written in the same place of the file, this one among them: what stands in
// a block, or an argument that several options take.
std::vector<std::pair<LayerId, Opt>> sharers(const Spec& spec, LayerId layer, Opt opt);
// The layers that are written in the same place, this one among them.
std::vector<LayerId> copies(const Spec& spec, LayerId layer);
// Whether two layers come from the same use of a block.
bool same_use(const LayerSpec& a, const LayerSpec& b);

// The module's path in the author's program: its own, or the layer's name.
const std::string& module_of(const LayerSpec& layer);
// By layer, the first layer that is a call of the same module: itself, but for the later steps of a recurrent
// network or the second use of a shared head. Weights are theirs together, and an option is changed for all
// of them.
PerLayer<LayerId> first_calls(const Spec& spec);
// Steps of forward itself that one statement makes, in running order: a resize in a loop, this one among
// them. Those of a class that is used several times are not, as each use may have numbers of its own.
std::vector<LayerId> of_one_statement(const Spec& spec, LayerId layer);
// One line of the author's program calls both, in a loop or in each use of a class: what changes there
// changes for both.
bool called_at_one_line(const LayerSpec& a, const LayerSpec& b);
// All calls of the module that `layer` is a call of, in running order.
std::vector<LayerId> calls_of(const Spec& spec, LayerId layer);

}  // namespace shapedbg
