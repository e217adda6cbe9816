// TensorFlow Lite by litert-torch, which keeps maps with their channels last.
#include <string>
#include <utility>

#include "net/facts.h"
#include "portability/rules.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

// Whether what goes in is a map that a layer of two axes made, and only activations and norms lie between.
bool channels_last(const LayerView& view) {
  constexpr int kFar = 64;
  LayerId at = only_layer_before(view.spec, view.index);
  for (int steps = 0; !at.is_none() && steps < kFar; ++steps) {
    const KindInfo& kind = view.spec.layer(at).info();
    if (kind.axes == 2 && (kind.family == Family::conv || kind.family == Family::max_pool)) return true;
    if (kind.family != Family::pointwise && kind.family != Family::batch_norm) return false;
    at = only_layer_before(view.spec, at);
  }
  return false;
}

}  // namespace

std::optional<There> repeats_of_other_axes(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (layer.kind != LayerKind::Repeat || view.row().inputs[0].size() != 4 ||
      view.row().outputs[0].size() != 4 || !channels_last(view))
    return std::nullopt;
  There there;
  there.evaluated = [](const Shape& input, const Shape& here) {
    const auto times = [&](std::size_t axis) { return here[axis] / input[axis]; };
    return Shape{input[0] * times(0), input[1] * times(3), input[2] * times(1), input[3] * times(2)};
  };
  there.why = "the repeats are taken for those of [N, H, W, C]";
  return there;
}

std::optional<There> not_a_transposed_window(const LayerView& view) {
  if (view.layer().kind != LayerKind::ConvTranspose2d) return std::nullopt;
  const Window w = window_of(view.layer(), 0);
  const Window other = window_of(view.layer(), 1);
  // Windows of two kinds were not tried.
  if (w.k != other.k || w.s != other.s || w.before != other.before || w.d != other.d || w.s == 1)
    return std::nullopt;
  const bool known = w.d == 1 && (w.before == 0 || w.k - 2 * w.before == w.s);
  if (known) return std::nullopt;
  return refused(w.d > 1 ? "has no dilation there"
                         : "k - 2p = " + std::to_string(w.k - 2 * w.before) + " is not the stride " +
                               std::to_string(w.s));
}

}  // namespace shapedbg
