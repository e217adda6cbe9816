// The layer that a finding names, once it is known what closes it.
#pragma once

#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

// Where the first fix sets options of other layers than the one that the diagnosis named, the layer that it
// sets is at fault: the finding stands there, and says beside it where the fault shows.
void stand_at_the_first_fix(const Spec& spec, const Trace& trace, Finding& finding);

}  // namespace shapedbg
