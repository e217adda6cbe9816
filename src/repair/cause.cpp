#include "repair/cause.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "diagnose/rules.h"

namespace shapedbg {
namespace {

// The layer at fault, as its first fix says it: of several the one that the diagnosis names beside. None
// where the fix puts layers in, leaves some out or feeds another input, or where it sets the layer that is
// named.
LayerId set_by_the_first_fix(const Spec& spec, const Finding& finding) {
  LayerId first;
  std::size_t named = finding.related.size();
  for (const Change& change : finding.fixes[0].changes) {
    const auto at = spec.find(change.layer);
    if (!at || change.option == "layer" || change.layer == finding.layer) return LayerId();
    const auto beside = std::find_if(finding.related.begin(), finding.related.end(),
                                     [&](const Related& r) { return r.layer == change.layer; });
    const auto rank = static_cast<std::size_t>(beside - finding.related.begin());
    if (first.is_none() || rank < named) first = *at;
    named = std::min(named, rank);
  }
  return first;
}

std::string returned_by(const Trace& trace, LayerId layer) {
  const LayerTrace& row = trace.row(layer);
  return row.outputs.empty() ? std::string("is set by the fix") : "returns " + bracketed(row.outputs[0]);
}

}  // namespace

void stand_at_the_first_fix(const Spec& spec, const Trace& trace, Finding& finding) {
  if (finding.fixes.empty()) return;
  const LayerId at = set_by_the_first_fix(spec, finding);
  if (at.is_none()) return;
  const LayerSpec& layer = spec.layer(at);
  const auto beside = std::find_if(finding.related.begin(), finding.related.end(),
                                   [&](const Related& r) { return r.layer == layer.name; });
  std::string label = returned_by(trace, at);
  if (beside != finding.related.end()) {
    label = std::move(beside->message);
    finding.related.erase(beside);
  }
  if (finding.label.empty()) finding.label = "where it shows";
  finding.found_at = finding.layer.empty() ? finding.where.pointer.str() : finding.layer;
  finding.related.insert(finding.related.begin(), {finding.layer, finding.where, std::move(finding.label)});
  finding.layer = layer.name;
  finding.where = place_of(layer);
  finding.label = std::move(label);
}

}  // namespace shapedbg
