// Shortcuts of blocks that step: the convolution of one place in a shortcut takes the strides of its branch.
#include <algorithm>
#include <optional>
#include <utility>

#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The convolution of one place, without a stride, from which a shortcut comes but for norms and activations.
std::optional<LayerId> projection_behind(const Spec& spec, Ref ref) {
  for (std::size_t steps = 0; steps < 4 && !ref.is_input(); ++steps) {
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.broken || layer.inputs.size() != 1) return std::nullopt;
    if (layer.info().family == Family::conv) {
      for (int axis = 0; axis < layer.info().axes; ++axis)
        if (const Window w = window_of(layer, axis); w.k != 1 || w.s != 1) return std::nullopt;
      return ref.layer;
    }
    if (facts(layer.kind).effect != Effect::kept) return std::nullopt;
    ref = layer.inputs[0];
  }
  return std::nullopt;
}

// The strides, an axis each, of the convolutions on the way from a tensor back to another; nothing where that
// is no single line of layers.
std::optional<std::vector<std::int64_t>> strides_from(const Spec& spec, Ref ref, Ref source, int axes) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(axes), 1);
  for (std::size_t steps = 0; steps < 32; ++steps) {
    if (ref == source) return strides;
    if (ref.is_input()) return std::nullopt;
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.broken || layer.inputs.size() != 1) return std::nullopt;
    if (layer.info().family == Family::conv && layer.info().axes == axes)
      for (int axis = 0; axis < axes; ++axis)
        strides[static_cast<std::size_t>(axis)] *= window_of(layer, axis).s;
    ref = layer.inputs[0];
  }
  return std::nullopt;
}

}  // namespace

void suggest_shortcuts(const Situation& s, std::vector<Candidate>& out) {
  std::vector<Set> sets;
  for (const LayerSpec& sum : s.spec.layers) {
    if (sum.broken || sum.info().family != Family::elementwise || sum.inputs.size() != 2) continue;
    for (const std::size_t k : {0u, 1u}) {
      const auto projection = projection_behind(s.spec, sum.inputs[k]);
      if (!projection) continue;
      const LayerSpec& conv = s.spec.layer(*projection);
      const auto strides = strides_from(s.spec, sum.inputs[1 - k], conv.inputs[0], conv.info().axes);
      if (!strides || std::all_of(strides->begin(), strides->end(), [](std::int64_t n) { return n == 1; }))
        continue;
      Set set{*projection, Opt::stride, Value{*strides}};
      sets.push_back(std::move(set));
      break;
    }
  }
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  offer_as_one(s, sets, std::move(candidate), out);
}

}  // namespace shapedbg
