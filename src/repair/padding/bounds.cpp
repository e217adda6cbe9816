#include "repair/padding/bounds.h"

#include "net/facts.h"

#include <algorithm>

namespace shapedbg {
namespace {

void narrow(SizeBounds& bounds, std::size_t axis, std::int64_t least, std::int64_t most) {
  bounds.least[axis] = std::max(bounds.least[axis], least);
  bounds.most[axis] = std::min(bounds.most[axis], most);
}

// Expectations pin a size; `any` leaves it.
void expect_bounds(const Question& q, const Expect& expect, SizeBounds& bounds) {
  const Shape wanted = expected_shape(q.spec, expect);
  const auto axes = static_cast<std::size_t>(q.axes);
  if (wanted.size() < axes) return;
  for (std::size_t a = 0; a < axes; ++a) {
    const std::int64_t size = wanted[wanted.size() - axes + a];
    if (size != Expect::any_size) narrow(bounds, a, size, size);
  }
}

// The inputs along one axis that a window maps into [least, most]; one stride too wide at each end,
// which covers ceil_mode.
void window_bounds(const Window& w, std::int64_t least, std::int64_t most, std::int64_t& from,
                   std::int64_t& to) {
  const std::int64_t c = w.net_kernel();
  if (least > 1 && least < largest_size / w.s) from = (least - 1) * w.s + c - w.s;
  if (most < largest_size / w.s) to = most * w.s + c - 1 + w.s;
}

void transposed_bounds(const Window& w, std::int64_t least, std::int64_t most, std::int64_t& from,
                       std::int64_t& to) {
  const std::int64_t c = w.net_kernel();
  const std::int64_t reach = std::max(w.s, w.d) - 1;
  if (least > 1) from = -floor_div(-(least - c - reach), w.s) + 1;
  if (most < largest_size) to = floor_div(most - c, w.s) + 1;
}

}  // namespace

std::vector<SizeBounds> bounds_of(const Question& q) {
  PerLayer<SizeBounds> bounds(q.spec.layers.size());
  const auto axes = static_cast<std::size_t>(q.axes);
  if (q.spec.expect) expect_bounds(q, *q.spec.expect, bounds.back());
  for (std::size_t i = q.spec.layers.size(); i-- > 0;) {
    if (q.depends[i] == 0) continue;
    const LayerSpec& layer = q.spec.layers[i];
    const FamilyFacts& is = facts(layer.kind);
    if (layer.expect) expect_bounds(q, *layer.expect, bounds[i]);
    const bool same_axes = layer.info().axes == q.axes;
    for (const Ref ref : layer.inputs) {
      if (ref.is_input() || ref.output != 0 || q.depends[ref.layer] == 0) continue;
      for (std::size_t a = 0; a < axes; ++a) {
        const std::int64_t least = bounds[i].least[a];
        const std::int64_t most = bounds[i].most[a];
        std::int64_t from = 1;
        std::int64_t to = largest_size;
        if (is.window == Sliding::takes) {
          if (same_axes) window_bounds(window_of(layer, static_cast<int>(a)), least, most, from, to);
        } else if (is.window == Sliding::puts) {
          if (same_axes) transposed_bounds(window_of(layer, static_cast<int>(a)), least, most, from, to);
        } else if (is.merge == Merge::adds || is.merge == Merge::joins) {
          to = most;  // broadcast and joined axes may be smaller than the result
        } else if (is.effect == Effect::kept) {
          from = least;
          to = most;
        }
        narrow(bounds[ref.layer], a, from, to);
      }
    }
  }
  return bounds;
}

}  // namespace shapedbg
