#include "workspace/unlike_recorded.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "infer/infer.h"

namespace shapedbg {
namespace {

// "[1, 3, 24, 24]", or "x [1, 3, 24, 24], y [1, 8]".
std::string inputs_of(const Spec& spec, const std::vector<Shape>& shapes) {
  if (shapes.size() == 1) return bracketed(shapes[0]);
  std::string text;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    text += (i > 0 ? ", `" : "`") + spec.inputs[i].name + "` " + bracketed(shapes[i]);
  return text;
}

// The first layer of one run, in the order of the spec, that returns another shape.
std::optional<Finding> unlike_in(const Imported::Run& run, const Spec& spec) {
  if (run.inputs.size() != spec.inputs.size()) return std::nullopt;
  const Trace trace = infer(spec, run.inputs);
  std::unordered_map<std::string_view, LayerId> places;
  for (LayerId i{0}; i < spec.layers.end_id(); ++i) places.emplace(spec.layer(i).name, i);
  const Imported::Run::Returned* first = nullptr;
  LayerId at;
  for (const Imported::Run::Returned& returned : run.returned) {
    const auto place = places.find(returned.layer);
    if (place == places.end() || (first != nullptr && at <= place->second)) continue;
    const LayerId layer = place->second;
    // Behind a layer that cannot run, what follows is assumed: free sizes are tried at one that the exporter
    // admits, and the network may not.
    if (!trace.row(layer).refusals.empty() || trace.row(layer).after_failure) continue;
    const Shape* shape = trace.output(spec, {layer, returned.output});
    if (shape == nullptr || *shape == returned.shape) continue;
    first = &returned;
    at = layer;
  }
  if (first == nullptr) return std::nullopt;
  const LayerSpec& layer = spec.layer(at);
  Finding finding;
  finding.code = Code::I609;
  finding.layer = layer.name;
  finding.where = layer.name_place;
  finding.message = "`" + layer.name + "` (" + std::string(layer.info().name) + ") returned " +
                    bracketed(first->shape) + " where the network ran with " + inputs_of(spec, run.inputs) +
                    ", and is read as one that returns " +
                    bracketed(*trace.output(spec, {at, first->output}));
  return finding;
}

}  // namespace

std::optional<Finding> unlike_recorded(const Imported& network, const Spec& spec) {
  for (const Imported::Run& run : network.runs)
    if (auto finding = unlike_in(run, spec)) return finding;
  return std::nullopt;
}

std::optional<Finding> raised_unseen(const Imported& network, const Spec& spec,
                                     const std::vector<Finding>& findings) {
  if (!network.raised || count_errors(findings) > 0) return std::nullopt;
  Finding finding;
  finding.code = Code::I610;
  finding.message = "a call raises in PyTorch: " + one_line(network.raised->message);
  if (const auto at = spec.find(network.raised->layer)) {
    finding.layer = network.raised->layer;
    finding.where = spec.layer(*at).name_place;
    finding.message = "`" + finding.layer + "` (" + std::string(spec.layer(*at).info().name) +
                      ") raises in PyTorch: " + one_line(network.raised->message);
  }
  return finding;
}

}  // namespace shapedbg
