#include "workspace/frozen_sizes.h"

#include <string>
#include <utility>
#include <vector>

#include "infer/infer.h"

namespace shapedbg {
namespace {

// Layers that refuse what they get, and not because of one before them.
std::vector<std::size_t> refused_layers(const Trace& trace) {
  std::vector<std::size_t> layers;
  for (std::size_t i = 0; i < trace.layers.size(); ++i)
    if (!trace.layers[i].refusals.empty() && !trace.layers[i].after_failure) layers.push_back(i);
  return layers;
}

// "`x` = 1x3x24x24": where a known shape is another than the one that is given.
std::string other_shapes(const Spec& spec) {
  constexpr std::size_t most_text = 300;
  std::string text;
  for (std::size_t i = 0; i < spec.inputs.size() && text.size() <= most_text; ++i) {
    if (spec.runs_at[i] == spec.inputs[i].shape) continue;
    text += (text.empty() ? "`" : ", `") + spec.inputs[i].name + "` = ";
    for (std::size_t k = 0; k < spec.runs_at[i].size(); ++k)
      text += (k > 0 ? "x" : "") + std::to_string(spec.runs_at[i][k]);
  }
  return text;
}

}  // namespace

std::optional<Finding> frozen_sizes(const Spec& spec) {
  if (spec.runs_at.size() != spec.inputs.size()) return std::nullopt;
  const std::string known = other_shapes(spec);
  if (known.empty() || !refused_layers(infer(spec, spec.runs_at)).empty()) return std::nullopt;
  const std::vector<std::size_t> stops = refused_layers(infer(spec));
  if (stops.empty()) return std::nullopt;
  Finding finding;
  finding.code = Code::I606;
  finding.message =
      "the file is fixed to " + known + ": its sizes stand in the program as numbers, and `" +
      spec.layers[stops[0]].name +
      (stops.size() > 1 ? "` is the first of " + std::to_string(stops.size()) + " layers that take no other"
                        : "` takes no other");
  finding.notes = {
      "torch refuses other sizes of such a program: export it anew with free ones "
      "(torch.export.export with dynamic_shapes)"};
  return finding;
}

}  // namespace shapedbg
