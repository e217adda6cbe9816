// The smallest input that a network takes, where its author left sizes free and stated no `min`.
#pragma once

#include "net/spec.h"

namespace shapedbg {

// Gives every free size without a stated `min` the smallest one with which every layer runs and every
// expectation holds, by formula; where there is none, the smallest with which every layer runs; where there
// is none either, it stays as it is. Several such sizes are first taken to be equal, then each is made as
// small as it can be. Writes FreeSize::min and the shapes of the inputs. Looks at sizes up to some thousands,
// fewer in large networks.
void take_smallest_sizes(Spec& spec);

// The same, with what was found for `like`, of which `spec` is a changed copy.
void take_sizes_of(Spec& spec, const Spec& like);

// The shape of the first input at which `like` is looked at, of which `spec` is a changed copy; its own where
// it takes another number of axes.
void take_shape_of(Spec& spec, const Spec& like);

}  // namespace shapedbg
