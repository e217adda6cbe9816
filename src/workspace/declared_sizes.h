// A network with free sizes, held to every size that its spec declares.
#pragma once

#include <string>
#include <vector>

#include "finding/finding.h"
#include "net/spec.h"
#include "repair/repair.h"
#include "size/size_box.h"

namespace shapedbg {

// "H from 64 to 512 in steps of 8".
std::string range_text(const FreeSize& size);
// The sizes that it may be.
SizeBox declared_box(const FreeSize& size);

struct DeclaredSizes {
  std::vector<Finding> findings;  // C401: the smallest size that fails, for each free size
  std::string right_for;          // "H from 64 to 512"; empty unless every declared size is proven right
};

// Each free size by itself, the others at their smallest; then every combination of them.
// `spec` is right at its own shape. `run` shows what the network returns at a size that fails.
DeclaredSizes declared_sizes(const Spec& spec, const Rerun& run);

}  // namespace shapedbg
