#include "workspace/foretold.h"

#include <algorithm>
#include <utility>

#include "infer/infer.h"
#include "net/kinds.h"

namespace shapedbg {

Run Foretold::run(const Spec& spec, Device device, const std::vector<bool>& skip, const std::stop_token&,
                  std::int64_t limit) {
  Run run;
  run.layers.resize(spec.layers.size());
  const Trace trace = infer(spec);
  const bool runs = std::none_of(skip.begin(), skip.end(), [](bool skipped) { return skipped; }) &&
                    std::all_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
                      return row.refusals.empty() && !row.after_failure && !row.outputs.empty();
                    });
  if (!known_ || !runs) {
    known_ = false;
    asked_.clear();
    layers_ = 0;
    run.error = "not to be foretold";
    return run;
  }
  Asked asked{spec, device, limit, {}};
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const Shapes& outputs = trace.layers[i].outputs;
    run.layers[i].outputs.assign(outputs.begin(), outputs.end());
    run.layers[i].executed = spec.layers[i].kind != LayerKind::Custom;
    asked.outputs.push_back(outputs);
  }
  layers_ += spec.layers.size();
  asked_.push_back(std::move(asked));
  return run;
}

bool Foretold::came_true(Engine& engine) {
  for (const Asked& asked : asked_) {
    if (!known_) break;
    const std::vector<bool> none(asked.spec.layers.size());
    const Run run = engine.run(asked.spec, asked.device, none, std::stop_token(), asked.limit);
    known_ = run.error.empty() && run.layers.size() == asked.outputs.size();
    for (std::size_t i = 0; known_ && i < run.layers.size(); ++i) {
      const LayerRun& layer = run.layers[i];
      known_ = asked.outputs[i] == layer.outputs && layer.refusal.empty() && layer.layout_refusal.empty() &&
               layer.executed == (asked.spec.layers[i].kind != LayerKind::Custom);
    }
  }
  asked_.clear();
  layers_ = 0;
  return known_;
}

}  // namespace shapedbg
