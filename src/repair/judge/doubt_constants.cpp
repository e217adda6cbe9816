// What a program computes (positions, masks, noise) is as large as it computes it: no repair gives it another
// size.
#include <algorithm>

#include "net/parameter.h"
#include "repair/changed.h"
#include "repair/judge/beside.h"

namespace shapedbg {
namespace {

// The computed tensors that a candidate gives another size.
std::vector<LayerId> resized(const Situation& s, const Judged& one) {
  std::vector<LayerId> layers;
  for (const Change& change : one.candidate.changes) {
    const auto at = s.spec.find(change.layer);
    if (at && sets(change, Opt::shape) && is_unnamed_constant(s.spec.layer(*at))) layers.push_back(*at);
  }
  return layers;
}

bool reads(const LayerSpec& layer, LayerId other) {
  return std::any_of(layer.inputs.begin(), layer.inputs.end(),
                     [&](const Ref& ref) { return !ref.is_input() && ref.layer == other; });
}

}  // namespace

// A table that is too short meets what is longer at the fault itself; elsewhere nothing says that the tensor
// is wrong.
void doubt_computed_constants(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const bool other = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && !one.cost.other_input && resized(s, one).empty();
  });
  for (Judged& one : judged) {
    const std::vector<LayerId> layers = resized(s, one);
    const bool elsewhere = std::any_of(layers.begin(), layers.end(), [&](LayerId layer) {
      return !fault || !reads(s.spec.layer(*fault), layer);
    });
    if (elsewhere)
      one.cost.doubt = Doubt::worst;
    else if (!layers.empty() && other)
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

}  // namespace shapedbg
