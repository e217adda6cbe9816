// L220: LibTorch refuses a layer for the order in which its input lies in memory, not for its shape.
#include <algorithm>

#include "diagnose/rules.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// The nearest layer before `i` that exchanges axes without moving a number; -1 where there is none.
LayerId exchange_before(const Spec& spec, LayerId i) {
  PerLayer<bool> before(spec.layers.size());
  before[i] = true;
  for (LayerId k = i; !k.is_none(); --k) {
    const LayerSpec& layer = spec.layer(k);
    if (!before[k]) continue;
    const Family family = layer.info().family;
    if (k != i && facts(family).effect == Effect::reordered) return k;
    for (const Ref ref : layer.inputs)
      if (!ref.is_input()) before[ref.layer] = true;
  }
  return LayerId();
}

}  // namespace

Finding memory_layout(const Spec& spec, const Trace& trace, LayerId i) {
  const LayerSpec& layer = spec.layer(i);
  const LayerId at = exchange_before(spec, i);
  Finding f;
  f.code = Code::L220;
  f.message = "LibTorch refuses `" + layer.name + "` for the order in which its input lies in memory";
  f.layer = layer.name;
  f.where = place_of(layer);
  if (!at.is_none()) {
    // The cause first, the layer where it surfaces second.
    const LayerSpec& exchange = spec.layer(at);
    f.message += ": `" + exchange.name + "` exchanges axes without moving a number";
    f.layer = exchange.name;
    f.where = place_of(exchange);
    f.label = "returns a view of what it gets";
    f.related.push_back(related(layer, "takes " + bracketed(trace.row(i).inputs[0]) +
                                           " only where it lies in the order of its axes"));
    f.notes.push_back(
        "`x.contiguous()` copies it into that order; in the spec it is {\"type\": \"Contiguous\"}");
  }
  f.notes.push_back("LibTorch: " + trace.row(i).layout_refusal);
  return f;
}

}  // namespace shapedbg
