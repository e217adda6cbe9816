// Formula, LibTorch without memory and LibTorch with it agree on every layer of thousands of random networks:
// on its shapes, and on whether it is refused. SHAPEDBG_SEED and SHAPEDBG_COUNT choose other ones and more of
// them.
#include <cstdlib>
#include <iostream>
#include <map>

#include "../engine/networks.h"
#include "diagnose/diagnose.h"
#include "property/environment.h"
#include "random_dag.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

// What the formulas and LibTorch on `device` do not agree about, or nothing. `layouts`: which layers ran only
// on a contiguous copy. Unlike `check`, LibTorch is asked about the layers too that the formulas refuse.
std::string disagreement(const Spec& spec, const Trace& formula, Device device, std::vector<bool>& layouts) {
  const shapedbg::Run run = engine().run(spec, device, {});
  layouts.assign(spec.layers.size(), false);
  const std::string on = std::string(to_string(device)) + ": ";
  if (!run.error.empty()) return on + run.error;
  Trace merged = formula;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    LayerTrace& row = merged.layers[i];
    row.libtorch_refusal = run.layers[i].refusal;
    if (!run.layers[i].executed) continue;
    row.outputs = run.layers[i].outputs;
    row.source = RowSource::executed;
  }
  for (const Finding& finding : compare(spec, formula, merged)) {
    std::string text = on + std::string(info(finding.code).id) + " " + finding.message;
    for (const std::string& note : finding.notes) text += "; " + note;
    // LibTorch before 2.0 has no pools of integers, as a pool's indices are.
    if (engine().version().starts_with("1.") && text.find("not implemented for 'Long'") != std::string::npos)
      return {};
    return text;
  }
  // Neither run nor refused, though all that it reads is there.
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const bool sound = formula.layers[i].refusals.empty() && !formula.layers[i].after_failure;
    if (sound && !run.layers[i].executed && spec.layers[i].kind != LayerKind::Custom)
      return on + "`" + spec.layers[i].name + "` was not run";
    layouts[i] = !run.layers[i].layout_refusal.empty();
  }
  return {};
}

int layouts_refused = 0;  // networks

std::string disagreement(const Dag& dag) {
  const Parsed parsed = parse(Source("dag.json", json_of(dag)));
  if (!parsed.findings.empty()) return {};
  const Trace formula = infer(parsed.spec);
  std::vector<bool> on_meta;
  std::vector<bool> on_cpu;
  if (const std::string text = disagreement(parsed.spec, formula, Device::meta, on_meta); !text.empty())
    return text;
  if (const std::string text = disagreement(parsed.spec, formula, Device::cpu, on_cpu); !text.empty())
    return text;
  layouts_refused += std::count(on_cpu.begin(), on_cpu.end(), true) > 0;
  // The convolutions of LibTorch before 2.0 do not keep channels innermost everywhere: less is refused behind
  // them.
  if (engine().version().starts_with("1."))
    for (std::size_t i = 0; i < on_cpu.size(); ++i) on_meta[i] = on_meta[i] && on_cpu[i];
  return on_meta == on_cpu ? std::string() : "meta and cpu: memory layouts are refused on one of them";
}

// The same disagreement in a smaller network: without layers and options that it does not need.
Dag shrunk(Dag dag) {
  // A shape may change on the way, the kind of disagreement may not.
  const auto kind = [](const std::string& text) {
    return text.substr(0, std::min(text.find('`'), text.size()));
  };
  const std::string wanted = kind(disagreement(dag));
  const auto still = [&](const Dag& smaller) { return kind(disagreement(smaller)) == wanted; };
  for (bool better = true; better;) {
    better = false;
    for (std::size_t i = dag.nodes.size(); i-- > 0;) {
      // Who reads the layer reads its first input instead, or another of its inputs.
      for (std::size_t through = 0; through < dag.nodes[i].inputs.size(); ++through) {
        Dag smaller = dag;
        const Node gone = smaller.nodes[i];
        smaller.nodes.erase(smaller.nodes.begin() + static_cast<std::ptrdiff_t>(i));
        for (Node& node : smaller.nodes) {
          for (std::string& name : node.inputs)
            if (layer_of(name) == gone.name) name = gone.inputs[through];
          if (layer_of(node.like) == gone.name) node.like = gone.inputs[through];
        }
        if (smaller.nodes.empty() || !still(smaller)) continue;
        dag = std::move(smaller);
        better = true;
        break;
      }
    }
    for (std::size_t i = 0; i < dag.nodes.size(); ++i) {
      for (std::size_t k = dag.nodes[i].options.size(); k-- > 0;) {
        Dag smaller = dag;
        auto& options = smaller.nodes[i].options;
        options.erase(options.begin() + static_cast<std::ptrdiff_t>(k));
        if (!still(smaller)) continue;
        dag = std::move(smaller);
        better = true;
      }
    }
  }
  return dag;
}

TEST(Dags, FormulaMetaAndCpuAgreeOnEveryLayerOfRandomNetworks) {
  const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20240608);
  const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 5'000);
  std::cout << "seed " << seed << ", " << count << " networks (SHAPEDBG_SEED, SHAPEDBG_COUNT)" << std::endl;
  RandomDags dags(seed);
  std::uint64_t run_through = 0;
  std::uint64_t layers = 0;
  std::uint64_t unread = 0;
  std::uint64_t wrong = 0;
  int reported = 0;
  std::map<Code, int> refusals;
  std::map<std::string, int> kinds;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Dag dag = dags.next();
    const Parsed parsed = parse(Source("dag.json", json_of(dag)));
    if (!parsed.findings.empty()) {
      if (++unread <= 3) ADD_FAILURE() << parsed.findings[0].message << " in\n" << json_of(dag);
      continue;
    }
    const Trace formula = infer(parsed.spec);
    bool refused = false;
    for (std::size_t k = 0; k < formula.layers.size(); ++k) {
      ++kinds[std::string(parsed.spec.layers[k].info().name)];
      if (formula.layers[k].refusals.empty()) continue;
      refused = true;
      ++refusals[formula.layers[k].refusals[0].code];
    }
    run_through += refused ? 0 : 1;
    layers += formula.layers.size();
    const std::string text = disagreement(dag);
    if (text.empty()) continue;
    ++wrong;
    if (++reported > 5) continue;
    const Dag small = shrunk(dag);
    ADD_FAILURE() << "network " << i << ": " << text << "\nin short: " << disagreement(small) << "\n"
                  << json_of(small);
  }
  EXPECT_EQ(wrong, 0U) << "networks on which formula and LibTorch disagree";
  std::cout << layers << " layers of " << kinds.size() << " kinds; " << run_through
            << " networks run through; refusals:";
  for (const auto& [code, number] : refusals) std::cout << " " << info(code).id << " " << number;
  std::cout << "; memory layouts refused in " << layouts_refused << " networks" << std::endl;
  if (count < 1'000) return;
  // A generator whose networks nearly all fail, or all run, would prove little.
  EXPECT_GT(run_through, count * 4 / 10);
  EXPECT_LT(run_through, count * 7 / 10);
  EXPECT_GT(layers, 6 * count);
  EXPECT_GE(refusals.size(), 12U);
  for (const KindInfo& kind : all_kinds())
    EXPECT_GT(kinds[std::string(kind.name)], 0) << kind.name << " is in none of the networks";
}

}  // namespace
}  // namespace shapedbg
