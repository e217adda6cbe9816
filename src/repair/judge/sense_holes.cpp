// Convolutions with holes: the padding by which they keep their map.
#include <algorithm>

#include "repair/judge/sense.h"

namespace shapedbg {
namespace {

// Stride 1, holes, and padded on both sides by just what the kernel takes.
bool keeps_with_holes(const Window& w) {
  return w.s == 1 && w.d > 1 && w.before == w.after && w.before > 0 && w.before + w.after == w.reach();
}

}  // namespace

bool pads_a_pyramid(const Spec& after, std::size_t index, int axis, const Window& was) {
  const LayerSpec& is = after.layers[index];
  const Window w = window_of(is, axis);
  if (!keeps_with_holes(w) || w.k != was.k || w.d != was.d || w.s != was.s) return false;
  return std::any_of(after.layers.begin(), after.layers.end(), [&](const LayerSpec& other) {
    if (&other == &is || other.broken || other.kind != is.kind) return false;
    const Window beside = window_of(other, axis);
    return beside.k == w.k && beside.d != w.d && keeps_with_holes(beside);
  });
}

}  // namespace shapedbg
