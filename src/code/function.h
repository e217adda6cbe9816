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

// The function of torch that does what a module without weights does, with the same words: "F.max_pool2d".
// Empty where there is none.
std::string function_of(LayerKind kind);

// Its call on `x` with the options of a layer: "F.max_pool2d(x, 2)". Empty where there is none.
std::string function_call(const LayerSpec& layer, const LayerTrace& row, const std::string& x);

// What a Parameter holds before training: "torch.zeros((1, 16))".
std::string parameter_tensor(const LayerSpec& layer, Language language);

}  // namespace shapedbg
