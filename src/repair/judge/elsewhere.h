// A network that runs at another size than the one that it is given.
#pragma once

#include <vector>

#include "repair/candidate.h"

namespace shapedbg {

// Takes out what would make other layers of it: they are right, and what is given is another size. What
// follows the size remains: other sizes fed, cut, padded or written in a layer.
void drop_changes_of_layers(const Situation& s, std::vector<Candidate>& all);

}  // namespace shapedbg
