// A number that a program says once for many layers (of a dict of settings, a dataclass, a default), changed
// in the place of what a fix changes on each of them.
#pragma once

#include <vector>

#include "finding/finding.h"
#include "net/constructor.h"
#include "net/spec.h"

namespace shapedbg {

// A number of the program, and what it would have to be.
struct NumberTrial {
  ProgramNumber number;
  std::int64_t value = 0;
};

// The numbers that are, as they stand, what one of the changes is from, with what it changes to; also those
// that are the size of an input that one of the findings' other fixes asks for, with the size that it has.
// Nothing where there are more of them than it pays to run.
std::vector<NumberTrial> number_trials(const Fix& fix, const std::vector<Finding>& findings, const Spec& spec,
                                       const std::vector<ProgramNumber>& numbers);

// Whether the fix changes nothing but inputs.
bool is_of_inputs(const Fix& fix, const Spec& spec);

// Whether the layers of the network have the weights of those of the same names in `fixed`.
bool has_weights_of(const Spec& spec, const Spec& fixed);

}  // namespace shapedbg
