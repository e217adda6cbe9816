// The smallest legal change that makes a network return what is expected, run before it is offered.
// What is never offered first, because no expert would do it, and the order of the rest: candidate.h.
#pragma once

#include <functional>
#include <vector>

#include "finding/finding.h"
#include "shape/infer.h"
#include "spec/spec.h"

namespace shapedbg {

// Runs a changed spec on whatever device the check ran on and merges formulas in. Repairs are
// offered only when this agrees.
using Rerun = std::function<Trace(const Spec&)>;

// Adds to `finding.fixes` (best first) what closes it, and to `finding.notes` why nothing can where
// that is proven. A fix meets every constraint: every layer runs, every declared expect holds.
void repair(const Source& source, const Spec& spec, const Trace& trace, const Rerun& rerun, Finding& finding);

}  // namespace shapedbg
