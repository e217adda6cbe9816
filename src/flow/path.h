// The way that sizes take through a network: which layers change them, and which undo each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "infer/infer.h"
#include "net/facts.h"
#include "net/spec.h"

namespace shapedbg {

// One axis of the first input, followed through tensors of any rank by its distance from the end.
struct Axis {
  int index = 0;  // among the input's spatial axes
  int count = 0;  // of them
  int least = 0;  // axes of a tensor that has them: what a Flatten returns has none
  // Index into `shape`, or nothing where the tensor has too few axes.
  std::optional<std::size_t> in(const Shape& shape) const;
};
std::vector<Axis> spatial_axes(const Spec& spec);
// "height" and kin.
std::string_view name_of(const Axis& axis);

// The longest chain of layers from an input of the spec to `end`, in running order: through the
// bottleneck of a U-Net, not over its skips, and not through a gate: of a map times weights that were
// pooled to one value per channel, only the map decides the size.
std::vector<LayerId> longest_path(const Spec& spec, Ref end);

// The same for many tensors of one network, which outlives this: it is walked once.
class Paths {
 public:
  explicit Paths(const Spec& spec) : Paths(spec, spec.layers.last_id()) {}
  Paths(const Spec& spec, LayerId last);  // of the layers up to that one
  std::vector<LayerId> to(Ref end) const;

 private:
  PerLayer<LayerId>
      from_;  // of each layer, the one in front of it on its longest path; none: it begins there
};

// Where the values of a tensor come from: back over layers that change neither its shape nor its place
// (norms, activations, dropout).
Ref before_pointwise(const Spec& spec, Ref ref);
// Whether a Concat on the way to `ref`, at the spatial size that it has, takes the values of `skip` already.
bool joined_already(const Spec& spec, const Trace& trace, Ref ref, Ref skip);
// Whether a step up stands right in front of a layer, one convolution at most between them, and no sum behind
// takes the map around it; or the sum of such a map and what comes from before it does: there a skip is
// joined. Not where the map comes out of a code of vectors, though.
bool right_behind_a_step_up(const Spec& spec, const Trace& trace, LayerId layer);

// Sizes along `axis` that layer `i` got and returned; 0 where unknown.
struct SizeStep {
  std::int64_t in = 0;
  std::int64_t out = 0;
};
SizeStep step_of(const Trace& trace, LayerId i, const Axis& axis);

// The layer's own index of that axis; negative for an axis that its kernel_size does not count.
int own_axis(const LayerSpec& layer, const Axis& axis);

// Whether what stands at `axis` of `end` are still places: no layer since the last one that slides over them
// made that axis features or put another one there, as a Linear, a Flatten, a Transpose and a MatMul do.
bool still_places(const Spec& spec, const Trace& trace, Ref end, const Axis& axis);

// How the options of a layer change an axis: down or up by `factor`, 0 where no option fixes it.
struct Resize {
  using Way = Scale::Way;
  Way way = Way::none;  // never `either`
  std::int64_t factor = 0;
};
Resize resize_of(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis);

// Whether layer `i` slides a window along the axis.
bool has_window(const Spec& spec, LayerId i, const Axis& axis);

// A downsampling layer and the upsampling layer that should undo it, matched like parentheses around
// the bottleneck along the path that the data takes. Strides may differ.
struct Level {
  LayerId down;
  LayerId up;
};
// For one spatial axis (0 = first spatial axis of the spec's first input).
std::vector<Level> mirrored_levels(const Spec& spec, const Trace& trace, int axis);

// The levels among the layers of `path`, innermost first.
std::vector<Level> levels_on(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path,
                             const Axis& axis);

// "floor((24 + 2*1 - 1*(3 - 1) - 1)/2) + 1 = 12": the layer's formula with its numbers; empty for
// kinds without one.
std::string size_formula(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis);

// The window that layer `i` slides along the axis when it can end before the map does: of a convolution or a
// pool whose sizes are known. Nothing for other kinds.
std::optional<Window> dropping_window(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis);

// "maps 23 and 24 alike to 12", or empty when the layer maps only one size there.
std::string alike(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis);

// How much of the input the stride of layer `i` did not use: (x + 2p - d(k-1) - 1) mod s, with its
// numbers in words. Remainder 0 for kinds that lose nothing.
struct Loss {
  std::int64_t remainder = 0;
  std::string text;
};
Loss loss_of(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis);

}  // namespace shapedbg
