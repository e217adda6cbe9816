// One run of a network on LibTorch, joined with what the formulas say.
#pragma once

#include "engine/engine.h"
#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

// Runs all layers but those that must not reach LibTorch: options that cannot be built, tensors it
// cannot address, refusals of steps that are no LibTorch operator.
Run run_on(Engine& engine, const Spec& spec, const Trace& formula, Device device, std::int64_t limit = 0);

// The formulas' trace with LibTorch's shapes in place of them wherever it ran.
Trace merged(const Spec& spec, Trace formula, Run run, Engine& engine, Device device);

}  // namespace shapedbg
