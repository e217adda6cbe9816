// What a program returned when it ran, against what the layers that were made of it return.
#pragma once

#include <optional>
#include <vector>

#include "finding/finding.h"
#include "net/spec.h"
#include "read/importer.h"

namespace shapedbg {

// I609, once about the network: the first layer whose output has another shape than the program's own had,
// in a run that is known: what was read of it is wrong there. By formula.
std::optional<Finding> unlike_recorded(const Imported& network, const Spec& spec);

// I610, where a call raised when the network was recorded and `findings` holds no error: it is one for a
// reason that no rule knows.
std::optional<Finding> raised_unseen(const Imported& network, const Spec& spec,
                                     const std::vector<Finding>& findings);

}  // namespace shapedbg
