// Options by which a layer returns one size in PyTorch and in a target.
#pragma once

#include "portability/facts.h"
#include "repair/repair.h"

namespace shapedbg {

// A network that is right in PyTorch. Everything in it outlives the search.
struct Repairing {
  const Source& source;
  const Spec& spec;
  const Trace& trace;
  const Rerun& rerun;
  const RightForAll& right;
};

// Adds the first moves of the first fact that keep the layer's size for every declared size, after which none
// of the facts holds any more, run as any fix is.
void add_fixes(const Repairing& repairing, const std::vector<const Fact*>& facts, LayerId layer,
               Finding& finding);

}  // namespace shapedbg
