// What becomes of a network's sizes where it is to run beside PyTorch: findings P7xx from the table of facts.
#pragma once

#include <vector>

#include "finding/finding.h"
#include "infer/infer.h"
#include "net/spec.h"
#include "net/targets.h"
#include "repair/repair.h"

namespace shapedbg {

// Of a network that is right in PyTorch, for where else it is to run, each cause once, in the order
// of the layers. Where the rule of a target is known it is held against every declared size, by the same
// proofs as `sizes`; other sizes are looked at one by one. A fix returns what PyTorch returned, for every
// declared size, is no finding for the same targets, and was run.
std::vector<Finding> portability(const Source& source, const Spec& spec, const Trace& trace,
                                 const std::vector<Target>& targets, const Rerun& rerun,
                                 const RightForAll& right);

}  // namespace shapedbg
