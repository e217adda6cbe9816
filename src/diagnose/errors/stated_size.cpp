// A Custom step has no formula: its size is written in the spec, for the size that it was to take. Where it
// takes another one, what changed it stands before.
#include <algorithm>
#include <map>

#include "diagnose/rules.h"

namespace shapedbg {
namespace {

bool keeps_rank(const LayerTrace& row) {
  return !row.inputs.empty() && !row.outputs.empty() && row.inputs[0].size() == row.outputs[0].size();
}

// The layers that made the size that `custom` takes, nearest first, back to the Custom before it.
std::vector<LayerId> makers(const Spec& spec, const Trace& trace, LayerId custom, const Axis& axis) {
  std::vector<LayerId> changed;
  std::vector<LayerId> windows;
  const std::vector<Ref>& taken = spec.layer(custom).inputs;
  for (Ref ref = taken.empty() ? Ref{} : taken[0]; !ref.is_input();) {
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.kind == LayerKind::Custom || layer.inputs.empty()) break;
    const SizeStep step = step_of(trace, ref.layer, axis);
    if (layer.inputs.size() == 1 && step.in != step.out) changed.push_back(ref.layer);
    if (has_window(spec, ref.layer, axis)) windows.push_back(ref.layer);
    ref = *std::max_element(layer.inputs.begin(), layer.inputs.end(),
                            [](Ref a, Ref b) { return a.layer < b.layer; });
  }
  return changed.empty() ? windows : changed;
}

}  // namespace

std::optional<LayerId> misfit_of_its_label(const Spec& spec, const Trace& trace, LayerId end,
                                           const Axis& axis) {
  constexpr int enough = 2;  // steps that keep their size, to say that the label means one that does
  struct Seen {
    int keep = 0;
    int differ = 0;
    LayerId first{0};  // that differs
  };
  std::map<std::string_view, Seen> labels;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.kind != LayerKind::Custom || layer.broken || !layer.has(Opt::label)) continue;
    if (!keeps_rank(trace.layers[i])) continue;
    const SizeStep step = step_of(trace, LayerId(i), axis);
    if (step.in == 0 || step.out == 0) continue;
    Seen& seen = labels[layer.word(Opt::label)];
    if (step.in == step.out) {
      ++seen.keep;
    } else if (++seen.differ == 1) {
      seen.first = LayerId(i);
    }
  }
  std::optional<LayerId> misfit;
  for (const auto& [label, seen] : labels) {
    const bool means_to_keep = seen.keep >= enough && seen.keep > seen.differ;
    if (means_to_keep && seen.differ > 0 && seen.first < end && (!misfit || seen.first < *misfit))
      misfit = seen.first;
  }
  return misfit;
}

bool blame_before(const Spec& spec, const Trace& trace, LayerId custom_index, const Axis& axis, Finding& f) {
  const std::vector<LayerId> from = makers(spec, trace, custom_index, axis);
  if (from.empty()) return false;
  constexpr std::size_t most = 4;
  const LayerSpec& custom = spec.layer(custom_index);
  const SizeStep step = step_of(trace, custom_index, axis);
  const std::string got = std::to_string(step.in);
  f.message += ": `" + custom.name + "`, written for " + std::to_string(step.out) + ", gets " + got;
  for (std::size_t k = 0; k < std::min(from.size(), most); ++k) {
    const LayerSpec& layer = spec.layer(from[k]);
    std::string text = size_formula(spec, trace, from[k], axis);
    if (text.empty()) text = "returns " + std::to_string(step_of(trace, from[k], axis).out);
    if (k > 0) {
      f.related.push_back(related(layer, std::move(text)));
      continue;
    }
    f.layer = layer.name;
    f.where = place_of(layer);
    f.label = std::move(text);
  }
  f.related.push_back(
      related(custom, "gets " + got + ", and the others of its kind return the size they take"));
  return true;
}

}  // namespace shapedbg
