// Formula, LibTorch without memory and LibTorch with it agree on thousands of random layers of every kind: on
// the shapes, and on what is refused. SHAPEDBG_SEED and SHAPEDBG_COUNT choose other ones and more of them.
#include <cstdlib>
#include <iostream>
#include <map>

#include "../engine/networks.h"
#include "infer/infer.h"
#include "property/environment.h"
#include "read/json/parse.h"
#include "samples.h"

namespace shapedbg {
namespace {

// "[2, 3] [2, 3]", or "refused"; of the last layer, or of the first that did not run.
std::string by_formula(const Spec& spec) {
  const Trace trace = infer(spec);
  for (const LayerTrace& layer : trace.layers)
    if (!layer.refusals.empty()) return "refused";
  std::string text;
  for (const Shape& shape : trace.layers.back().outputs) text += (text.empty() ? "" : " ") + bracketed(shape);
  return text.empty() ? "unknown" : text;
}

std::string by_libtorch(const shapedbg::Run& run) {
  if (!run.error.empty()) return "error: " + run.error;
  for (const LayerRun& layer : run.layers)
    if (!layer.refusal.empty()) return "refused";
  return outcome(run);
}

std::string reasons(const Spec& spec, const shapedbg::Run& meta, const shapedbg::Run& cpu) {
  std::string text;
  const Trace trace = infer(spec);
  for (const LayerTrace& layer : trace.layers)
    for (const Refusal& refusal : layer.refusals) text += "\n    formula: " + refusal.message;
  for (const LayerRun& layer : meta.layers)
    if (!layer.refusal.empty()) text += "\n    meta:    " + layer.refusal;
  for (const LayerRun& layer : cpu.layers)
    if (!layer.refusal.empty()) text += "\n    cpu:     " + layer.refusal;
  return text;
}

TEST(Parity, FormulaMetaAndCpuAgreeOnRandomLayersOfEveryKind) {
  const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20240607);
  const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 12'000);
  std::cout << "seed " << seed << ", " << count << " settings (SHAPEDBG_SEED, SHAPEDBG_COUNT)" << std::endl;
  // Kinds with windows have by far the most settings.
  std::vector<const KindInfo*> kinds;
  for (const KindInfo& kind : all_kinds())
    for (int weight = kind.family == Family::pointwise ? 1 : kind.axes > 0 ? 8 : 4; weight > 0; --weight)
      kinds.push_back(&kind);

  Samples samples(seed);
  Dice dice(seed + 1);
  std::uint64_t tried = 0;
  std::uint64_t accepted = 0;
  std::uint64_t not_a_spec = 0;
  int reported = 0;
  std::map<std::string_view, int> disagreements;
  std::map<std::string_view, int> accepted_of;
  for (std::uint64_t i = 0; i < count; ++i) {
    const KindInfo& kind = i < kinds.size() ? *kinds[i] : *dice.of(kinds);
    const Sample sample = samples.of(kind);
    const Source source("parity.json",
                        "{\"input\": " + sample.input + ", \"layers\": [" + sample.layers + "]}");
    const Parsed parsed = parse(source);
    if (!parsed.findings.empty()) {  // the parser already knows that it is wrong
      ++not_a_spec;
      continue;
    }
    ++tried;
    const shapedbg::Run meta = run(parsed.spec, Device::meta);
    const shapedbg::Run cpu = run(parsed.spec, Device::cpu);
    const std::string formula = by_formula(parsed.spec);
    const std::string on_meta = by_libtorch(meta);
    const std::string on_cpu = by_libtorch(cpu);
    accepted += on_cpu == "refused" ? 0 : 1;
    accepted_of[kind.name] += on_cpu == "refused" ? 0 : 1;
    if (formula == on_meta && on_meta == on_cpu) continue;
    // A circular pad that cuts one end and wraps further than what is left copies onto itself. The CPU
    // refuses it only where both parts lie dense in memory, and computes the same sizes elsewhere: no rule of
    // sizes.
    if (kind.name.starts_with("CircularPad") && on_cpu == "refused" &&
        reasons(parsed.spec, meta, cpu).find("single memory location") != std::string::npos)
      continue;
    ++disagreements[kind.name];
    if (++reported <= 10)
      ADD_FAILURE() << "setting " << i << ": " << source.bytes() << "\n  formula " << formula
                    << "\n  meta    " << on_meta << "\n  cpu     " << on_cpu
                    << reasons(parsed.spec, meta, cpu);
  }
  for (const auto& [name, number] : disagreements)
    ADD_FAILURE() << name << ": " << number << " disagreements";
  std::cout << tried << " tried, " << accepted << " accepted, " << not_a_spec << " refused by the parser"
            << std::endl;
  if (count >= 12'000) {
    EXPECT_GE(tried, 5'000U);
    for (const KindInfo& kind : all_kinds()) EXPECT_GT(accepted_of[kind.name], 0) << kind.name;
  }
  // A generator whose layers are nearly all refused, or all accepted, would prove little.
  EXPECT_GT(accepted, tried / 2);
  EXPECT_LT(accepted, tried * 19 / 20);
}

}  // namespace
}  // namespace shapedbg
