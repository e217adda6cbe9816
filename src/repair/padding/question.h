// The question that the search answers: which output_padding, on which transposed layers, makes every
// layer run and every expectation hold. About all spatial axes at once, or about one axis alone.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "diagnose/diagnose.h"
#include "infer/infer.h"
#include "net/readers.h"
#include "net/spec.h"

namespace shapedbg {

using PerAxis = std::array<std::int64_t, 3>;  // entries beyond the layer's spatial axes are 0

// A transposed layer whose output_padding may be chosen: no output_size, no size_like.
struct Unknown {
  LayerId layer;
  PerAxis present{};  // as written; may be out of range
  PerAxis most{};     // max(stride, dilation) - 1
};

// "After `layer`, its size along spatial axis `axis` should be that of `before`": the size that the
// mirrored downsampling layer got.
struct LevelGoal {
  Ref before;
  int axis = 0;
};

struct Question {
  // A copy, so that output_padding can be overwritten while searching. For a question about one axis
  // every per-axis number in it is that axis's: all spatial axes then behave alike, and the real
  // shape rules answer for that axis without being disturbed by what is wrong on another.
  Spec spec;
  int axis = -1;  // -1: all axes at once
  int axes = 0;   // spatial axes of the transposed layers
  std::vector<Unknown> unknowns;
  PerLayer<int> unknown_of;  // per layer: index into unknowns, or -1
  PerLayer<char> depends;    // per layer: whether some unknown can change what it gets or returns
  PerLayer<std::vector<Shape>> constants;   // per layer that does not depend: its outputs
  PerLayer<std::vector<LevelGoal>> levels;  // per layer

  const Shape& constant(Ref ref) const;
};

// Why no output_padding is looked for.
struct Blocked {
  bool blocked = false;
  int layer = -1;  // the layer that fails before any transposed one is reached; -1: none there to change
};

// The transposed layers that can be changed, in the order of the network.
std::vector<Unknown> unknowns_of(const Spec& spec);

// Which layers depend on an unknown: per layer.
std::vector<char> dependants(const Spec& spec, const std::vector<Unknown>& unknowns);

// Whether no unknown can help because something else fails first.
Blocked blocked(const Spec& spec, const Trace& trace, const std::vector<Unknown>& unknowns,
                const PerLayer<char>& depends);

// True when every layer that depends on an unknown treats each spatial axis by itself.
bool axes_are_independent(const Spec& spec, const Trace& trace, const std::vector<Unknown>& unknowns,
                          const PerLayer<char>& depends);

// `axis` -1 asks about all axes at once; another only where axes_are_independent.
Question ask(const Spec& spec, const Trace& trace, const std::vector<Unknown>& unknowns,
             const PerLayer<char>& depends, int axis);

// The network with every per-axis number that of one spatial axis: all axes then behave as that one
// does. Only where layers treat axes alike; what does not is left as it is.
Spec along_axis(const Spec& spec, std::size_t axes, std::size_t axis);

}  // namespace shapedbg
