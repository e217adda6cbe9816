#include "workspace/check.h"

#include <algorithm>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/smallest.h"
#include "portability/portability.h"
#include "read/json/parse.h"
#include "repair/repair.h"
#include "text/cancel.h"
#include "workspace/declared_sizes.h"
#include "workspace/execute.h"

namespace shapedbg {
namespace {

std::int64_t elements(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t size : shape)
    if (__builtin_mul_overflow(n, size, &n)) return huge_size;
  return n;
}

// What a CPU forward would cost, from the formulas: multiply-adds, and bytes of weights and tensors.
struct Estimate {
  std::int64_t mult_adds = 0;
  std::int64_t bytes = 0;
};
// Values that the windows of a layer without weights read: nothing that is counted as a multiply-add, yet
// what a pool of a large kernel spends its time on.
std::int64_t window_reads(const LayerSpec& layer, const LayerTrace& row, Arith<std::int64_t>& a) {
  if (row.inputs.empty() || row.outputs.empty() || layer.broken) return 0;
  const std::int64_t out = elements(row.outputs[0]);
  const Family family = layer.info().family;
  if (family == Family::conv || family == Family::conv_transpose) return 0;
  if (family == Family::adaptive_pool) return elements(row.inputs[0]);
  std::int64_t window = 1;
  if (layer.find(Opt::kernel_size) != nullptr && layer.has(Opt::kernel_size)) {
    const auto kernel = layer.axes(Opt::kernel_size);
    for (int i = 0; i < layer.info().axes; ++i)
      window = a.mul(window, std::max<std::int64_t>(kernel[static_cast<std::size_t>(i)], 1));
  } else if (family == Family::local_response_norm) {
    window = layer.integer(Opt::size);
  }
  return window == 1 ? 0 : a.mul(out, window);
}

Estimate estimate(const Spec& spec, const Trace& trace) {
  Arith<std::int64_t> a;
  Estimate e;
  std::int64_t values = 0;
  for (const InputSpec& input : spec.inputs) values = a.add(values, elements(input.shape));
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const Cost cost = cost_of(spec.layers[i], trace.layers[i]);
    e.mult_adds = a.add(e.mult_adds, std::min(cost.mult_adds, huge_size));
    e.mult_adds = a.add(e.mult_adds, window_reads(spec.layers[i], trace.layers[i], a));
    values = a.add(values, std::min(cost.params, huge_size));
    for (const Shape& shape : trace.layers[i].outputs) values = a.add(values, elements(shape));
  }
  // Every value is written about once: as slow as a few multiply-adds.
  e.mult_adds = a.add(e.mult_adds, a.mul(values, 4));
  e.bytes = a.mul(values, 4);
  if (!a.ok()) e = {huge_size, huge_size};
  return e;
}

Device device_for(DeviceChoice choice, const Spec& spec, const Trace& formula) {
  switch (choice) {
    case DeviceChoice::cpu:
      return Device::cpu;
    case DeviceChoice::cuda:
      return Device::cuda;
    case DeviceChoice::meta:
      return Device::meta;
    case DeviceChoice::automatic:
    case DeviceChoice::off:
      break;
  }
  const Estimate e = estimate(spec, formula);
  return e.mult_adds <= auto_mult_adds && e.bytes <= auto_bytes ? Device::cpu : Device::meta;
}

Finding not_run(std::string why) {
  Finding f;
  f.code = Code::X902;
  f.message = std::move(why);
  f.notes = {"`--device off` answers by formula, without LibTorch"};
  return f;
}

// Errors but those of one kind.
bool has_errors(const std::vector<Finding>& findings, std::optional<Code> but = {}) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& f) { return is_error(f) && f.code != but; });
}

bool about_the_result(const Finding& f) {
  return f.code == Code::R301 || f.code == Code::R302 || f.code == Code::R303;
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::findings:
      return "findings";
    case Status::error:
      return "error";
  }
  return "error";
}

namespace {

// The network's trace, the formulas' own beside it, and how a changed network is run the same way.
struct Ran {
  std::optional<Trace> formula = {};  // nothing where the trace is the formulas' own
  Trace trace = {};
  Rerun rerun = [](const Spec& changed) { return infer(changed); };
  std::string error = {};  // why LibTorch could not be asked
};

Ran run_network(const Spec& spec, DeviceChoice choice, const EngineSource& engine_source) {
  Ran ran;
  ran.trace = infer(spec);
  if (choice == DeviceChoice::off) return ran;
  const Opened opened = engine_source();
  if (opened.engine == nullptr) {
    ran.error = opened.error;
    return ran;
  }
  Engine& engine = *opened.engine;
  Device device = device_for(choice, spec, ran.trace);
  const bool may_change = choice == DeviceChoice::automatic && device == Device::cpu;
  Run run = run_on(engine, spec, ran.trace, device, may_change ? auto_milliseconds : 0);
  // The estimate was wrong, or there is less memory than it takes: the shapes need neither.
  if (may_change && run.given_up) {
    device = Device::meta;
    run = run_on(engine, spec, ran.trace, device);
  }
  if (!run.error.empty()) {
    ran.error = std::move(run.error);
    return ran;
  }
  ran.formula = std::move(ran.trace);
  ran.trace = merged(spec, *ran.formula, std::move(run), engine, device);
  // The first repair is run as the network was; further ones, where the device is ours to choose, on
  // meta: the same modules, the same shapes, without the arithmetic. (A repair may also be larger than
  // what it repairs, so each is estimated anew.)
  ran.rerun = [&engine, choice, first = true](const Spec& changed) mutable {
    Trace by_formula = infer(changed);
    const bool own_choice = choice == DeviceChoice::automatic && !first;
    const Device there = own_choice ? Device::meta : device_for(choice, changed, by_formula);
    first = false;
    Run run_there = run_on(engine, changed, by_formula, there);
    return merged(changed, std::move(by_formula), std::move(run_there), engine, there);
  };
  return ran;
}

bool right_for_declared(const Spec& spec) {
  return declared_sizes(spec, [](const Spec& changed) { return infer(changed); }).findings.empty();
}

// Where the layer at fault stands in the author's program, or in the graph that was imported.
void add_origin(Finding& finding, const LayerSpec& layer) {
  if (layer.source == nullptr) return;
  const LayerSource& from = *layer.source;
  std::string where;
  if (!from.made.empty()) where = "is made at " + from.made.text();
  if (!from.called.empty()) where += (where.empty() ? "is called at " : ", called at ") + from.called.text();
  if (where.empty() && !from.node.empty()) where = "is the node `" + from.node + "`";
  if (!where.empty()) finding.notes.insert(finding.notes.begin(), "`" + layer.name + "` " + where);
}

// What the diagnosis finds, repaired where it can be; then where formulas and LibTorch disagree; then
// risks. `understood`: the parser had no errors.
std::vector<Finding> find_all(const Source& source, const Spec& spec, Ran& ran, bool understood,
                              const std::vector<Code>& ignored, const Budget& budget,
                              std::shared_ptr<const json::Document> document) {
  std::vector<LayerId> layers;
  std::vector<Finding> found = diagnose(spec, ran.trace, &layers);
  std::vector<Finding> disagreements;
  if (ran.formula) disagreements = compare(spec, *ran.formula, ran.trace);
  ran.formula.reset();
  const bool agreed = disagreements.empty();
  // What the author wrote could not all be read: a wrong result may only mean that.
  if (!understood) std::erase_if(found, about_the_result);
  const RightForAll right = right_for_declared;
  Repairs repairs(source, spec, ran.trace, ran.rerun, right, budget.code, std::move(document));
  if (understood && agreed && budget.repairs) repairs.repair(found, std::move(layers));
  std::move(disagreements.begin(), disagreements.end(), std::back_inserter(found));
  // Risks come last, and only of what was understood as it is meant.
  if (understood && agreed) {
    std::vector<Finding> risky = risks(spec, ran.trace, !has_errors(found));
    drop_ignored(spec, ignored, risky);
    // A batch that collapses is no mere risk where the result is wrong for it.
    std::erase_if(risky, [&](const Finding& risk) {
      return risk.code == Code::W509 && std::any_of(found.begin(), found.end(), [&](const Finding& error) {
               return about_the_result(error) && (error.layer == risk.layer || error.found_at == risk.layer);
             });
    });
    if (budget.repairs)
      for (Finding& risk : risky) repairs.repair(risk);
    std::move(risky.begin(), risky.end(), std::back_inserter(found));
  }
  for (Finding& finding : found)
    if (const auto at = spec.find(finding.layer)) {
      const LayerSpec& layer = spec.layer(*at);
      add_origin(finding, layer);
      add_uses(finding, layer);
    }
  return found;
}

// Fills in all but the source, which is there.
void answer(Checked& result, DeviceChoice choice, const EngineSource& engine_source,
            const std::vector<Code>& ignored, const Budget& budget, const std::vector<Target>& targets) {
  ParsedFile file = parse_file(result.source);
  Parsed& parsed = file.parsed;
  result.spec = std::move(parsed.spec);
  result.findings = std::move(parsed.findings);
  for (const Target target : targets)
    if (std::find(parsed.targets.begin(), parsed.targets.end(), target) == parsed.targets.end())
      parsed.targets.push_back(target);
  const Spec& spec = result.spec;
  if (!parsed.usable) {
    result.status = Status::findings;
    return;
  }
  take_smallest_sizes(result.spec);

  Ran ran = run_network(spec, choice, engine_source);
  result.costs = costs_of(spec, ran.trace);
  if (const Shape* returned = ran.trace.result(spec)) result.returned = *returned;
  if (spec.expect) result.expected = expected_shape(spec, *spec.expect);

  if (!ran.error.empty()) {
    result.findings.push_back(not_run(std::move(ran.error)));
    result.status = Status::error;
  } else {
    std::vector<Finding> found = find_all(result.source, spec, ran, !has_errors(result.findings), ignored,
                                          budget, std::move(file.document));
    // Other sizes can wait until the one that was run is right.
    if (!spec.free_sizes.empty() && !has_errors(found) && !has_errors(result.findings)) {
      DeclaredSizes declared = declared_sizes(spec, ran.rerun);
      if (std::find(ignored.begin(), ignored.end(), Code::C401) != ignored.end()) declared.findings.clear();
      for (Finding& finding : declared.findings)
        if (budget.repairs)
          repair_for_sizes(result.source, spec, ran.rerun, right_for_declared, finding, budget.code);
      // What fails is no mere risk any more.
      if (!declared.findings.empty())
        std::erase_if(found, [](const Finding& f) { return f.code == Code::W505; });
      found.insert(found.begin(), std::make_move_iterator(declared.findings.begin()),
                   std::make_move_iterator(declared.findings.end()));
      result.right_for = std::move(declared.right_for);
    }
    // What goes wrong in PyTorch comes first: elsewhere it would go wrong too. A declared size for which the
    // output is wrong says nothing of the others.
    if (!parsed.targets.empty() && !has_errors(found, Code::C401) && !has_errors(result.findings)) {
      std::vector<Finding> there =
          portability(result.source, spec, ran.trace, parsed.targets, ran.rerun, right_for_declared);
      const auto behind = std::find_if(found.begin(), found.end(), [](const Finding& finding) {
        return info(finding.code).severity != Severity::error;
      });
      found.insert(behind, std::make_move_iterator(there.begin()), std::make_move_iterator(there.end()));
    }
    std::move(found.begin(), found.end(), std::back_inserter(result.findings));
    if (has_errors(result.findings)) result.status = Status::findings;
  }
  result.trace = std::move(ran.trace);
}

}  // namespace

Checked check(Source source, DeviceChoice choice, const EngineSource& engine_source,
              const std::vector<Code>& ignored, const Budget& budget, const std::vector<Target>& targets) {
  const Cancellable question(budget.stop);
  Checked result{.source = std::move(source),
                 .spec = {},
                 .trace = {},
                 .costs = {},
                 .returned = {},
                 .expected = {},
                 .findings = {}};
  try {
    answer(result, choice, engine_source, ignored, budget, targets);
  } catch (const Cancelled&) {
    result.spec = {};
    result.costs.clear();
    result.returned.reset();
    result.expected.reset();
    result.findings.clear();
    result.status = Status::error;
    result.error = cancelled_text;
  }
  return result;
}

}  // namespace shapedbg
