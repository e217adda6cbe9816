#include "flow/consistent.h"

#include "net/facts.h"

namespace shapedbg {

bool self_consistent(const Spec& spec, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  const int own = own_axis(layer, axis);
  if (layer.broken || layer.info().axes == 0 || own < 0) return true;
  const Window w = window_of(layer, own);
  const Sliding window = facts(layer.kind).window;
  if (window == Sliding::takes) return w.net_kernel() >= 1 && w.net_kernel() <= w.s;
  if (window != Sliding::puts || layer.has(Opt::size_like) || layer.has(Opt::output_size)) return true;
  return w.net_kernel() + w.output_padding == w.s;
}

bool exact_here(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const SizeStep step = step_of(trace, i, axis);
  const Resize resize = resize_of(spec, trace, i, axis);
  switch (resize.way) {
    case Resize::Way::down:
      return resize.factor > 0 && step.out * resize.factor == step.in;
    case Resize::Way::up:
      return resize.factor > 0 && step.in * resize.factor == step.out;
    case Resize::Way::none:
    case Resize::Way::either:
      break;
  }
  return step.in == step.out;
}

std::optional<LayerId> strange_one(const Spec& spec, const Trace& trace, const Level& level,
                                   const Axis& axis) {
  const bool down = exact_here(spec, trace, level.down, axis);
  const bool up = exact_here(spec, trace, level.up, axis);
  if (down != up) return down ? level.up : level.down;
  const bool plain_down = self_consistent(spec, level.down, axis);
  const bool plain_up = self_consistent(spec, level.up, axis);
  if (plain_down != plain_up) return plain_down ? level.up : level.down;
  return std::nullopt;
}

}  // namespace shapedbg
