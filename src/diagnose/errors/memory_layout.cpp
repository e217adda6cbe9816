// L220: LibTorch refuses a layer for the order in which its input lies in memory, not for its shape.
#include <algorithm>

#include "diagnose/rules.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// The nearest layer before `i` that exchanges axes without moving a number; -1 where there is none.
int exchange_before(const Spec& spec, int i) {
  std::vector<bool> before(spec.layers.size());
  before[static_cast<std::size_t>(i)] = true;
  for (int k = i; k >= 0; --k) {
    const LayerSpec& layer = spec.layer(k);
    if (!before[static_cast<std::size_t>(k)]) continue;
    const Family family = layer.info().family;
    if (k != i && facts(family).effect == Effect::reordered) return k;
    for (const Ref ref : layer.inputs)
      if (!ref.is_input()) before[static_cast<std::size_t>(ref.layer)] = true;
  }
  return -1;
}

}  // namespace

Finding memory_layout(const Spec& spec, const Trace& trace, int i) {
  const LayerSpec& layer = spec.layer(i);
  const int at = exchange_before(spec, i);
  Finding f;
  f.code = Code::L220;
  f.message = "LibTorch refuses `" + layer.name + "` for the order in which its input lies in memory";
  f.layer = layer.name;
  f.where = place_of(layer);
  if (at >= 0) {
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
