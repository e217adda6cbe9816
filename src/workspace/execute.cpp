#include "workspace/execute.h"

#include "net/facts.h"

#include <algorithm>
#include <utility>

#include "text/cancel.h"

namespace shapedbg {
namespace {

// Layers that must not reach LibTorch: options that cannot be built, tensors it cannot address, and
// refusals of steps that are no LibTorch operator, where there is nothing to ask.
bool keep_away(const LayerSpec& layer, const LayerTrace& row) {
  if (layer.broken) return true;
  if (row.refusals.empty()) return false;
  if (facts(layer.kind).composed) return true;
  return std::any_of(row.refusals.begin(), row.refusals.end(), [](const Refusal& r) {
    return r.code == Code::L216 || r.code == Code::L213 || r.code == Code::L214 || info(r.code).id[0] == 'S';
  });
}

}  // namespace

Trace merged(const Spec& spec, Trace formula, Run run, Engine& engine, Device device) {
  Trace trace = std::move(formula);
  trace.device = to_string(device);
  trace.libtorch = engine.version();
  for (std::size_t i = 0; i < spec.layers.size() && i < run.layers.size(); ++i) {
    LayerRun& layer = run.layers[i];
    LayerTrace& row = trace.layers[i];
    if (layer.executed) {
      if (row.outputs != layer.outputs) row.outputs = std::move(layer.outputs);
      row.source = RowSource::executed;
    }
    row.libtorch_refusal = std::move(layer.refusal);
    row.layout_refusal = std::move(layer.layout_refusal);
  }
  return trace;
}

Run run_on(Engine& engine, const Spec& spec, const Trace& formula, Device device, std::int64_t limit) {
  std::vector<bool> skip(spec.layers.size());
  for (std::size_t i = 0; i < skip.size(); ++i) skip[i] = keep_away(spec.layers[i], formula.layers[i]);
  Run run = engine.run(spec, device, skip, current_stop(), limit);
  check_cancelled();
  return run;
}

}  // namespace shapedbg
