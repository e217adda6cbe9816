// What the files of judge/meaning.h share: the network behind a repair, seen from the one before.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "net/facts.h"
#include "repair/judge/meaning.h"

namespace shapedbg {

struct Before::After {
  const Spec& spec;
  const Trace& trace;
  const PerLayer<LayerId>& origin;

  // The old layer's index; the output stands behind both networks' last layer.
  LayerId old(LayerId layer, std::size_t layers_before) const {
    if (layer == spec.layers.end_id()) return LayerId(layers_before);
    return layer.is_none() ? LayerId() : origin[layer];
  }
  // The tensor of the old network that `ref` is; nothing of a layer that was put in.
  std::optional<Ref> old_tensor(Ref ref) const {
    if (ref.is_input()) return ref;
    const LayerId layer = origin[ref.layer];
    return layer.is_none() ? std::nullopt : std::optional(Ref{layer, ref.output});
  }
  // Whether a layer of both networks takes other tensors than before.
  bool rewired(const Spec& before, LayerId layer) const {
    if (layer.is_none() || origin[layer].is_none()) return false;
    const std::vector<Ref>& was = before.layer(origin[layer]).inputs;
    const std::vector<Ref>& is = spec.layer(layer).inputs;
    return !std::equal(was.begin(), was.end(), is.begin(), is.end(),
                       [&](Ref a, Ref b) { return old_tensor(b) == a; });
  }
  std::string name(LayerId layer) const {
    return layer < spec.layers.end_id() ? "`" + spec.layer(layer).name + "`" : "the output";
  }
};

inline bool taken_apart(const Trace& trace, std::size_t i) {
  return trace.layers[i].outputs.empty() || trace.layers[i].inputs.empty();
}

inline bool same_options(const LayerSpec& a, const LayerSpec& b) {
  if (a.kind != b.kind) return false;
  for (std::size_t k = 0; k < a.options.size(); ++k)
    if (a.options[k].value != b.options[k].value) return false;
  return true;
}

// |d(k-1)/2 - p| <= max((s-1)/2, 1/2): each window lies around the block of places that it stands for.
inline bool within_block(const Window& w) {
  const std::int64_t twice_off = std::abs(w.reach() - 2 * w.before);
  return twice_off <= std::max<std::int64_t>(w.s - 1, 1);
}

}  // namespace shapedbg
