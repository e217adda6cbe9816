// W505: a network that runs and returns what is expected, but for some input sizes only. The sizes are
// proven (shape/sizes.h), and the nearest larger one that fails is tried to say where.
#include <algorithm>

#include "diagnose/risks/risks.h"
#include "infer/sizes.h"

namespace shapedbg {
namespace {

// Shape rules to spend per axis: some 4 ms.
constexpr std::int64_t kLimit = 20'000;

// Only some of the residue classes are right. A network for one size (a Linear behind a Flatten) does
// not surprise anybody, nor does a smallest size.
bool periodic(const SizeRule& rule) {
  const auto right = std::count(rule.classes.begin(), rule.classes.end(), SizeOutcome::right);
  return right > 0 && right < rule.period();
}

// A free size is held to what the spec declares of it (C401).
bool is_free(const Spec& spec, int axis) {
  return std::any_of(spec.free_sizes.begin(), spec.free_sizes.end(), [&](const FreeSize& size) {
    return std::find(size.axes.begin(), size.axes.end(), FreeAxis{0, axis}) != size.axes.end();
  });
}

// A shape of constants says for which size the network is made.
bool fixes_size(const LayerSpec& layer) {
  const std::vector<Expression>* sizes = layer.expressions(Opt::shape);
  return sizes != nullptr && !any_computed(*sizes);
}

}  // namespace

void only_multiples(const RiskView& view, std::vector<Finding>& findings) {
  if (view.spec.inputs.empty() || view.spec.layers.empty()) return;
  if (std::any_of(view.spec.layers.begin(), view.spec.layers.end(), fixes_size)) return;
  const ForOtherSizes judged(view.spec);
  const Spec& spec = judged.spec();
  const PartitionBasis basis(spec);
  const Shape& input = spec.inputs[0].shape;
  std::vector<std::string> names;
  std::vector<std::string> texts;
  std::optional<Spec> failing;
  std::string tried;
  for (const Axis& axis : spatial_axes(spec)) {
    const auto at = axis.in(input);
    if (!at || is_free(spec, static_cast<int>(*at))) continue;
    const auto rule = size_rule(spec, static_cast<int>(*at), kLimit, &basis);
    if (!rule || !periodic(*rule)) continue;
    names.emplace_back(name_of(axis));
    texts.push_back(describe(*rule));
    if (failing) continue;
    std::int64_t n = input[*at] + 1;
    while (rule->at(n) == SizeOutcome::right) ++n;
    tried = names.back() + " " + std::to_string(n);
    failing = spec;
    failing->inputs[0].shape[*at] = n;
  }
  if (texts.empty()) return;
  Finding f;
  f.code = Code::W505;
  f.where = spec.inputs[0].where;
  const bool alike = std::equal(texts.begin() + 1, texts.end(), texts.begin());
  f.message = spec.expect ? "the network returns what is expected only for " : "the network runs only for ";
  if (alike) {
    f.message += texts[0];
    if (names.size() < spatial_axes(spec).size()) f.message += " along the " + names[0];
  } else {
    for (std::size_t i = 0; i < texts.size(); ++i)
      f.message += (i > 0 ? "; " : "") + names[i] + ": " + texts[i];
  }
  const std::vector<Finding> wrong = diagnose(*failing, infer(*failing));
  if (!wrong.empty()) {
    f.notes.push_back(tried + ": " + wrong[0].message);
    if (const auto layer = spec.find(wrong[0].layer); layer && !wrong[0].layer.empty())
      f.related.push_back(related(spec.layer(*layer), "where " + tried + " goes wrong"));
  }
  findings.push_back(std::move(f));
}

}  // namespace shapedbg
