// An exported program was made at one shape and may hold what it computed of it as numbers.
#pragma once

#include <optional>

#include "finding/finding.h"
#include "net/spec.h"

namespace shapedbg {

// I606, once about the file, where layers refuse the shapes of the inputs and none refuses those of
// `runs_at`: by formula. Each of them is a finding of its own beside it.
std::optional<Finding> frozen_sizes(const Spec& spec);

}  // namespace shapedbg
