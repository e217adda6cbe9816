#include "check/check.h"

#include <algorithm>
#include <utility>

#include "diagnose/diagnose.h"
#include "repair/code_lines.h"
#include "repair/repair.h"

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
Estimate estimate(const Spec& spec, const Trace& trace) {
  Arith<std::int64_t> a;
  Estimate e;
  std::int64_t values = 0;
  for (const InputSpec& input : spec.inputs) values = a.add(values, elements(input.shape));
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const Cost cost = cost_of(spec.layers[i], trace.layers[i]);
    e.mult_adds = a.add(e.mult_adds, std::min(cost.mult_adds, huge_size));
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
    case DeviceChoice::cpu: return Device::cpu;
    case DeviceChoice::cuda: return Device::cuda;
    case DeviceChoice::meta: return Device::meta;
    default: break;
  }
  const Estimate e = estimate(spec, formula);
  return e.mult_adds <= auto_mult_adds && e.bytes <= auto_bytes ? Device::cpu : Device::meta;
}

// Layers that must not reach LibTorch: options that cannot be built, tensors it cannot address, and
// refusals of steps that are no LibTorch operator, where there is nothing to ask.
bool keep_away(const LayerSpec& layer, const LayerTrace& row) {
  if (layer.broken) return true;
  if (row.refusals.empty()) return false;
  switch (layer.info().family) {
    case Family::crop:
    case Family::slice:
    case Family::free_pad:
    case Family::pad_to_multiple:
    case Family::custom:
    case Family::upsample: return true;
    default: break;
  }
  return std::any_of(row.refusals.begin(), row.refusals.end(), [](const Refusal& r) {
    return r.code == Code::L216 || r.code == Code::L213 || r.code == Code::L214 || info(r.code).id[0] == 'S';
  });
}

// The formulas' trace with LibTorch's shapes in place of them wherever it ran.
Trace merged(const Spec& spec, const Trace& formula, Run run, Engine& engine, Device device) {
  Trace trace = formula;
  trace.device = to_string(device);
  trace.libtorch = engine.version();
  for (std::size_t i = 0; i < spec.layers.size() && i < run.layers.size(); ++i) {
    LayerRun& layer = run.layers[i];
    LayerTrace& row = trace.layers[i];
    if (layer.executed) {
      row.outputs = std::move(layer.outputs);
      row.source = RowSource::executed;
    }
    row.libtorch_refusal = std::move(layer.refusal);
  }
  return trace;
}

Run run_on(Engine& engine, const Spec& spec, const Trace& formula, Device device) {
  std::vector<bool> skip(spec.layers.size());
  for (std::size_t i = 0; i < skip.size(); ++i) skip[i] = keep_away(spec.layers[i], formula.layers[i]);
  return engine.run(spec, device, skip);
}

Finding not_run(std::string why) {
  Finding f;
  f.code = Code::X902;
  f.message = std::move(why);
  f.notes = {"`--device off` answers by formula, without LibTorch"};
  return f;
}

bool has_errors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return info(f.code).severity == Severity::error; });
}

bool about_the_result(const Finding& f) { return f.code == Code::R301 || f.code == Code::R302 || f.code == Code::R303; }

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::ok: return "ok";
    case Status::findings: return "findings";
    case Status::error: return "error";
  }
  return "error";
}

Checked check(Source source, DeviceChoice choice, const EngineSource& engine_source,
              const std::vector<Code>& ignored) {
  Parsed parsed = parse(source);
  Checked result{.source = std::move(source),
                 .spec = std::move(parsed.spec),
                 .trace = {},
                 .costs = {},
                 .returned = {},
                 .expected = {},
                 .findings = std::move(parsed.findings)};
  const Spec& spec = result.spec;
  const bool understood = !has_errors(result.findings);
  if (!parsed.usable) {
    result.status = Status::findings;
    return result;
  }

  const Trace formula = infer(spec);
  result.trace = formula;
  Rerun rerun = [](const Spec& changed) { return infer(changed); };
  if (choice != DeviceChoice::off) {
    const Opened opened = engine_source();
    if (opened.engine == nullptr) {
      result.findings.push_back(not_run(opened.error));
      result.status = Status::error;
    } else {
      Engine& engine = *opened.engine;
      const Device device = device_for(choice, spec, formula);
      Run run = run_on(engine, spec, formula, device);
      if (!run.error.empty()) {
        result.findings.push_back(not_run(run.error));
        result.status = Status::error;
      } else {
        result.trace = merged(spec, formula, std::move(run), engine, device);
        rerun = [&engine, choice](const Spec& changed) {
          const Trace by_formula = infer(changed);
          // A repair may be larger than what it repairs.
          const Device there = device_for(choice, changed, by_formula);
          return merged(changed, by_formula, run_on(engine, changed, by_formula, there), engine, there);
        };
      }
    }
  }

  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    result.costs.push_back(cost_of(spec.layers[i], result.trace.layers[i]));
  if (const Shape* returned = result.trace.result(spec)) result.returned = *returned;
  if (spec.expect) result.expected = expected_shape(spec, *spec.expect);
  if (result.status == Status::error) return result;

  std::vector<Finding> found = diagnose(spec, result.trace);
  std::vector<Finding> disagreements = compare(spec, formula, result.trace);
  // What the author wrote could not all be read: a wrong result may only mean that.
  if (!understood) std::erase_if(found, about_the_result);
  if (understood && disagreements.empty())
    for (Finding& finding : found) {
      repair(result.source, spec, result.trace, rerun, finding);
      add_code(result.source, spec, finding);
    }
  std::move(found.begin(), found.end(), std::back_inserter(result.findings));
  // Risks come last, and only of what was understood as it is meant.
  const bool agreed = disagreements.empty();
  std::move(disagreements.begin(), disagreements.end(), std::back_inserter(result.findings));
  if (understood && agreed) {
    std::vector<Finding> risky = risks(spec, result.trace, !has_errors(result.findings));
    drop_ignored(spec, ignored, risky);
    std::move(risky.begin(), risky.end(), std::back_inserter(result.findings));
  }
  if (has_errors(result.findings)) result.status = Status::findings;
  return result;
}

}  // namespace shapedbg
