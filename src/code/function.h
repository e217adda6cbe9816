// Functions of torch that forward calls on tensors.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "code/code.h"

namespace shapedbg {

// Of a layer that is a function of torch and no module: "x.amax(dim=1)", "torch.matmul(q, k)". `operands` are
// the names of its inputs; `sizes` writes the size expressions of an option.
std::string function_code(const LayerSpec& layer, const std::vector<std::string>& operands,
                          const Words& words, const std::function<std::string(Opt)>& sizes);

// What a Parameter holds before training: "torch.zeros((1, 16))".
std::string parameter_tensor(const LayerSpec& layer, Language language);

}  // namespace shapedbg
