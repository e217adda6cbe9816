// An argument of a call around, which says more than the numbers that a fix changes: only the program that is
// run again shows what comes of it.
#pragma once

#include <vector>

#include "code/constructor.h"
#include "finding/finding.h"
#include "net/constructor.h"
#include "net/spec.h"

namespace shapedbg {

// A fix, and what the calls around would say in its place.
struct ArgumentTrial {
  const Fix* fix = nullptr;
  ProgramEdits edits;
};

// The calls around whose words can say all that one of the fixes changes, the best fix first. Nothing where
// there are more of them than it pays to run.
std::vector<ArgumentTrial> argument_trials(const std::vector<const Fix*>& fixes, const Spec& spec,
                                           const std::vector<ConstructorCall>& calls);

}  // namespace shapedbg
