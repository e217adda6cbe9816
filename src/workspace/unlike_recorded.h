// What a program returned when it ran, against what the layers that were made of it return.
#pragma once

#include <optional>

#include "finding/finding.h"
#include "net/spec.h"
#include "read/importer.h"

namespace shapedbg {

// I609, once about the network: the first layer whose output has another shape than the program's own had,
// in a run that is known: what was read of it is wrong there. By formula.
std::optional<Finding> unlike_recorded(const Imported& network, const Spec& spec);

}  // namespace shapedbg
