#include "workspace/size_sample.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "diagnose/diagnose.h"
#include "infer/infer.h"
#include "workspace/execute.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kRunLayers = 8'000;  // layers run on LibTorch for one axis
// Of a network of tens of thousands of layers, each run of which takes a second: fewer runs, one at least.
constexpr std::int64_t kRunLayersAtMost = 100'000;
constexpr std::int64_t kRunsAtLeast = 4;
constexpr std::size_t kBoundaries = 10;
constexpr std::size_t kClasses = 12;
constexpr std::size_t kRandom = 4;

std::vector<std::int64_t> some_of(const std::vector<std::int64_t>& all, std::size_t most) {
  if (all.size() <= most) return all;
  if (most == 1) return {all.back()};
  std::vector<std::int64_t> some;
  for (std::size_t i = 0; i < most; ++i) some.push_back(all[i * (all.size() - 1) / (most - 1)]);
  return some;
}

bool too_large(const Trace& trace) {
  return std::any_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return std::any_of(row.refusals.begin(), row.refusals.end(),
                       [](const Refusal& refusal) { return refusal.code == Code::L216; });
  });
}

std::string_view word(const SizeVerdict& verdict) {
  switch (verdict.outcome) {
    case SizeOutcome::right:
      return "right";
    case SizeOutcome::wrong:
      return "another size";
    case SizeOutcome::refused:
      return "refused";
  }
  return "refused";
}

Finding disagreement(const Spec& spec, const SizeVerdict& proven, const SizeVerdict& plain) {
  Finding finding;
  finding.code = Code::X901;
  finding.where = spec.inputs[0].where;
  finding.message = "for the input " + bracketed(spec.inputs[0].shape) + " the proof says " +
                    std::string(word(proven)) + ", plain evaluation " + std::string(word(plain));
  return finding;
}

}  // namespace

std::vector<std::int64_t> sample(const AxisSizes& axis, std::size_t layers) {
  const SizeMap& map = axis.map;
  std::set<std::int64_t> edges;
  std::set<std::int64_t> classes;
  std::int64_t from = 1;  // the pattern repeats from here on
  std::int64_t period = 1;
  for (const SizePiece& piece : map.pieces) {
    const SizeBox& box = piece.sizes;
    edges.insert(box.base);
    if (box.base > 1) edges.insert(box.base - 1);
    if (box.finite()) {
      edges.insert(box.largest());
      edges.insert(box.largest() + 1);
    }
    from = std::max(from, box.finite() ? box.largest() + 1 : box.base);
    period = std::max(period, box.period());
  }
  for (const SizePiece& piece : map.pieces)
    if (const auto n = piece.sizes.next(from)) classes.insert(*n);
  for (std::int64_t i = 1; i <= std::min<std::int64_t>(map.period(), 1'000); ++i)
    classes.insert(static_cast<std::int64_t>(map.small.size()) + i);
  std::set<std::int64_t> sizes{1, axis.declared};
  for (const std::int64_t n : some_of({edges.begin(), edges.end()}, kBoundaries)) sizes.insert(n);
  for (const std::int64_t n : some_of({classes.begin(), classes.end()}, kClasses)) sizes.insert(n);
  std::mt19937_64 random(20260);  // the same sizes each time
  const std::int64_t span =
      map.proven ? std::min(from + 3 * std::min(period, limits::size / 4), limits::size) : from;
  for (std::size_t i = 0; i < kRandom; ++i)
    sizes.insert(1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span)));
  std::erase_if(sizes, [&](std::int64_t n) { return n > limits::size || !map.knows(n); });
  const auto count = static_cast<std::int64_t>(layers + 1);
  const std::int64_t least = std::clamp<std::int64_t>(kRunLayersAtMost / count, 1, kRunsAtLeast);
  const std::int64_t most = std::max(least, kRunLayers / count);
  if (most == 1 && map.knows(axis.declared)) return {axis.declared};
  return some_of({sizes.begin(), sizes.end()}, static_cast<std::size_t>(most));
}

bool run_sample(SizeReport& report, AxisSizes& axis, Engine& engine) {
  const std::size_t known = report.findings.size();
  const bool alone = !axis.together && axis.symbol.empty();
  for (const FreeAxis at : alone ? axis.axes : std::vector<FreeAxis>{axis.axes[0]}) {
    const std::vector<FreeAxis> varied = alone ? std::vector<FreeAxis>{at} : axis.axes;
    for (const std::int64_t n : sample(axis, report.spec.layers.size())) {
      const Spec spec = with_size(report.spec, varied, n);
      const Trace formula = infer(spec);
      // What LibTorch cannot address says nothing about the rule.
      if (too_large(formula)) continue;
      const SizeVerdict plain = evaluated(report.spec, varied, ignored_axes(axis.missed, varied), n);
      if (plain != axis.map.at(n)) {
        report.findings.push_back(disagreement(spec, axis.map.at(n), plain));
        return true;
      }
      Run run = run_on(engine, spec, formula, Device::meta);
      if (!run.error.empty()) {
        report.error = std::move(run.error);
        return false;
      }
      const Trace trace = merged(spec, formula, std::move(run), engine, Device::meta);
      for (Finding& finding : compare(spec, formula, trace)) {
        finding.notes.push_back("for the input " + bracketed(spec.inputs[0].shape));
        report.findings.push_back(std::move(finding));
      }
      if (at == axis.axes[0]) axis.ran.push_back(n);
      // One difference is enough to be reported.
      if (report.findings.size() > known) return true;
    }
  }
  return true;
}

}  // namespace shapedbg
