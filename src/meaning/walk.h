// One pass over a network in running order, by formula, from the shapes that inference has.
#pragma once

#include <optional>

#include "infer/infer.h"
#include "meaning/meaning.h"

namespace shapedbg {

// The meaning of `spec` at the sizes of `trace`. Goes on behind a refused layer as far as shapes are clear;
// what is not known has the rank -1. Never throws.
Meaning walk(const Spec& spec, const Trace& trace);

// The same, where a batch of 1 hides what mixes samples: of a network that takes another batch the pass runs
// at that one. `trace` is of the declared sizes, and may be LibTorch's.
// `failing`: also of a network that does not run, as far as its shapes are clear.
Meaning walk_for_findings(const Spec& spec, const Trace& trace, bool failing = false);

// The same for whoever has walk() already: nothing where it says all.
std::optional<Meaning> walk_at_other_batch(const Spec& spec, const Trace& trace, bool failing = false);

// Whether a reshape takes the channels of a map for those of its rows: [B, C, H, W] as [-1, C].
bool takes_rows_for_channels(const Shape& from, const Shape& to);

}  // namespace shapedbg
