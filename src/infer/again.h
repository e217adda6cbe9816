// Inference of a changed copy of a network whose trace is there.
#pragma once

#include "infer/infer.h"

namespace shapedbg {

// As infer(spec). A layer that shares its options with one of `like`, as copies do until they are edited, and
// that gets the same shapes returns what it returned there: its rule is not asked again. `trace` is what the
// formulas say of `like`; LibTorch's where the two agree.
Trace infer_again(const Spec& spec, const Spec& like, const Trace& trace);

}  // namespace shapedbg
