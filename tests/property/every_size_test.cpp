// The classes into which all sizes are parted equal plain evaluation at each size, on thousands of random
// networks of the whole vocabulary: what happens, which layer decides, and what is returned. SHAPEDBG_SEED
// and SHAPEDBG_COUNT choose other networks and more of them.
#include <cstdlib>
#include <iostream>
#include <map>

#include "../engine/networks.h"
#include "infer/sizes.h"
#include "property/environment.h"
#include "random_dag.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

bool too_large(const Trace& trace) {
  for (const LayerTrace& row : trace.layers)
    for (const Refusal& refusal : row.refusals)
      if (refusal.code == Code::L216) return true;
  return false;
}

std::string told(const SizeVerdict& verdict) {
  static const char* const kWords[] = {"right", "wrong", "refused"};
  return std::string(kWords[static_cast<int>(verdict.outcome)]) + " by " +
         std::to_string(verdict.layer.number());
}

const SizeClass* class_of(const Partition& parts, std::int64_t n) {
  const SizeClass* found = nullptr;
  for (const SizeClass& one : parts.classes) {
    if (!one.sizes[0].contains(n)) continue;
    if (found != nullptr) ADD_FAILURE() << n << " is in two classes";
    found = &one;
  }
  if (found == nullptr) ADD_FAILURE() << n << " is in no class";
  return found;
}

// The size up to which everything is compared: 3 periods past the place from which the classes repeat, where
// that can be afforded, and some more where that is next to nothing.
std::int64_t last_compared(const Partition& parts, std::int64_t most) {
  constexpr std::int64_t least = 150;
  std::int64_t from = 1;
  std::int64_t period = 1;
  for (const SizeClass& one : parts.classes) {
    const SizeBox& box = one.sizes[0];
    from = std::max(from, box.finite() ? box.largest() : box.base);
    if (!box.finite()) period = std::lcm(period, std::min(box.period(), most));
    if (period > most || from > most) return most;
  }
  return std::clamp(from + 3 * period, least, most);
}

struct Counts {
  std::uint64_t proven = 0;
  std::uint64_t partly = 0;
  std::uint64_t compared = 0;
  std::uint64_t ran = 0;
  std::uint64_t labels = 0;  // networks whose number of labels was varied
  std::uint64_t cut = 0;     // networks of which less than 3 periods were compared
  std::map<SizeOutcome, std::uint64_t> outcomes;
};

// The first difference between the classes and plain evaluation (or LibTorch on a sample), or nothing.
std::string difference(const Spec& spec, const std::vector<FreeAxis>& axes, bool run, Counts& counts) {
  constexpr std::int64_t kMost = 3000;
  const Partition parts = partition(spec, {VariedSize{axes}}, {}, 60'000);
  counts.proven += parts.complete() ? 1 : 0;
  counts.partly += parts.complete() ? 0 : 1;
  const std::int64_t last = last_compared(parts, kMost);
  counts.cut += last == kMost ? 1 : 0;
  for (std::int64_t n = 1; n <= last; ++n) {
    const SizeClass* one = class_of(parts, n);
    if (one == nullptr) return "classes overlap or leave a gap at " + std::to_string(n);
    if (!one->known) continue;
    const Spec at = with_size(spec, axes, n);
    const Trace trace = infer(at);
    if (too_large(trace)) continue;
    ++counts.compared;
    ++counts.outcomes[one->verdict.outcome];
    const SizeVerdict plain = evaluated(spec, axes, {}, n);
    if (plain != one->verdict)
      return std::to_string(n) + ": " + told(one->verdict) + ", plainly " + told(plain);
    if (plain.outcome == SizeOutcome::refused) continue;
    const auto returned = one->returned_for({n});
    if (!returned || *returned != *trace.result(at)) {
      return std::to_string(n) + ": returns " + (returned ? bracketed(*returned) : "nothing") + ", plainly " +
             bracketed(*trace.result(at));
    }
  }
  if (!run) return {};
  // Of each class its smallest member that is not too large, on LibTorch.
  int left = 3;
  for (const SizeClass& one : parts.classes) {
    if (!one.known || one.sizes[0].base > 100'000 || left-- == 0) continue;
    const Spec at = with_size(spec, axes, one.sizes[0].base);
    const Trace trace = infer(at);
    if (too_large(trace)) continue;
    const shapedbg::Run ran = engine().run(at, Device::meta, {});
    if (!ran.error.empty()) return ran.error;
    ++counts.ran;
    const LayerRun& end = ran.layers.back();
    if (one.verdict.outcome != SizeOutcome::refused && end.executed && end.outputs[0] != *trace.result(at))
      return "LibTorch returns " + bracketed(end.outputs[0]) + " for " + std::to_string(one.sizes[0].base);
    const bool refuses = std::any_of(ran.layers.begin(), ran.layers.end(),
                                     [](const LayerRun& layer) { return !layer.refusal.empty(); });
    if (refuses && one.verdict.outcome != SizeOutcome::refused)
      return "LibTorch refuses " + std::to_string(one.sizes[0].base);
  }
  return {};
}

TEST(EverySize, ClassesEqualPlainEvaluationOnRandomNetworks) {
  const std::uint64_t seed = from_environment("SHAPEDBG_SEED", 20260607);
  const std::uint64_t count = from_environment("SHAPEDBG_COUNT", 5'000);
  std::cout << "seed " << seed << ", " << count << " networks (SHAPEDBG_SEED, SHAPEDBG_COUNT)" << std::endl;
  RandomDags dags(seed);
  Dice dice(seed + 1);
  Counts counts;
  int wrong = 0;
  std::uint64_t judged = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    Dag dag = dags.next();
    static const char* const kExpect[] = {"", R"("input")", R"({"scale": 2})", R"({"scale": 0.3})"};
    dag.expect = kExpect[dice.between(0, 3)];
    const Parsed parsed = parse(Source("dag.json", json_of(dag)));
    if (!parsed.findings.empty()) continue;
    ++judged;
    // One axis, any axis, or the same size on two of them.
    const auto rank = static_cast<std::int64_t>(parsed.spec.inputs[0].shape.size());
    std::vector<FreeAxis> axes{{0, static_cast<int>(dice.one_in(4) ? dice.between(0, rank - 1) : rank - 1)}};
    if (dice.one_in(5) && axes[0].axis == rank - 1 && rank > 2)
      axes.push_back({0, static_cast<int>(rank - 2)});
    if (parsed.spec.inputs.size() > 1 && dice.one_in(2) &&
        static_cast<std::size_t>(axes[0].axis) < parsed.spec.inputs[1].shape.size())
      axes.push_back({1, axes[0].axis});
    // A further input alone, such as the labels that an Embedding looks up.
    if (parsed.spec.inputs.size() > 1 && dice.one_in(3)) {
      const auto last = static_cast<std::int64_t>(parsed.spec.inputs.size()) - 1;
      const std::int64_t input = dice.between(1, last);
      const InputSpec& further = parsed.spec.inputs[static_cast<std::size_t>(input)];
      axes = {{static_cast<int>(input), static_cast<int>(further.shape.size()) - 1}};
      counts.labels += further.name == "label" ? 1 : 0;
    }
    const std::string text = difference(parsed.spec, axes, i % 4 == 0, counts);
    if (text.empty()) continue;
    if (++wrong > 3) continue;
    std::string named;
    for (const FreeAxis& at : axes) named += " " + std::to_string(at.input) + "/" + std::to_string(at.axis);
    ADD_FAILURE() << "network " << i << ", axes" << named << ": " << text << "\n" << json_of(dag);
  }
  EXPECT_EQ(wrong, 0) << "networks with a difference";
  std::cout << judged << " networks: " << counts.proven << " proven for every size, " << counts.partly
            << " in part, " << counts.cut << " compared for less than 3 periods; " << counts.compared
            << " sizes (" << counts.outcomes[SizeOutcome::right] << " right, "
            << counts.outcomes[SizeOutcome::wrong] << " wrong, " << counts.outcomes[SizeOutcome::refused]
            << " refused), " << counts.labels << " networks for other numbers of labels, " << counts.ran
            << " run on LibTorch" << std::endl;
  if (count < 1'000) return;
  EXPECT_GT(counts.proven, judged * 9 / 10);
  EXPECT_GT(counts.labels, count / 200);
  for (const SizeOutcome outcome : {SizeOutcome::right, SizeOutcome::wrong, SizeOutcome::refused})
    EXPECT_GT(counts.outcomes[outcome], 10 * count);
}

}  // namespace
}  // namespace shapedbg
