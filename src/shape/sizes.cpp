#include "shape/sizes.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "shape/infer.h"
#include "shape/period.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kLongestPeriod = 65'536;

// What `expect` asks of each axis, as a form in q. False where it is not of that form.
bool expected_class(const Spec& spec, const Expect& expect, const ShapeOf<Affine>& input,
                    ShapeOf<Affine>& wanted, std::vector<bool>& any) {
  if (expect.kind == Expect::Kind::input) {
    wanted = input;
    any.assign(input.size(), false);
    return true;
  }
  // A constant, and for `scale` a size that does not grow, as for a plain shape.
  for (const std::int64_t size : expected_shape(spec, expect)) {
    wanted.emplace_back(size);
    any.push_back(size == Expect::any_size);
  }
  if (expect.kind == Expect::Kind::shape) return true;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (any[i] || input[i].slope == 0) continue;
    if (i < first_spatial_axis(spec)) {
      wanted[i] = input[i];
      continue;
    }
    const auto factor = dyadic(expect.scale_of(i, input.size()));
    if (!factor) return false;
    Arith<Affine> arith;
    wanted[i] = arith.div_floor(arith.mul(input[i], Affine(factor->first)), factor->second);
    if (!arith.ok()) return false;
  }
  return true;
}

struct ClassOutcome {
  SizeVerdict verdict;
  std::int64_t from = 0;  // holds for q >= from
};

bool holds(const std::vector<int>& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), static_cast<int>(axis)) != axes.end();
}

std::optional<ClassOutcome> judge(const Spec& spec, const std::vector<ShapeOf<Affine>>& inputs,
                                  const std::vector<int>& ignored) {
  const ClassTrace trace = infer_class(spec, inputs);
  if (!trace.exact) return std::nullopt;
  ClassOutcome result;
  result.from = trace.threshold;
  if (trace.refused) {
    result.verdict = {SizeOutcome::refused, trace.refused_layer};
    return result;
  }
  Arith<Affine> arith;
  const auto check = [&](const Expect& expect, const ShapeOf<Affine>& got, int layer) {
    ShapeOf<Affine> wanted;
    std::vector<bool> any;
    if (!expected_class(spec, expect, inputs[0], wanted, any)) return false;
    bool same = wanted.size() == got.size();
    for (std::size_t i = 0; same && i < got.size(); ++i)
      same = any[i] || holds(ignored, i) || arith.equal(got[i], wanted[i]);
    if (!same && result.verdict.outcome == SizeOutcome::right) result.verdict = {SizeOutcome::wrong, layer};
    return arith.ok();
  };
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const auto& expect = spec.layers[i].expect;
    if (expect && !check(*expect, trace.outputs[i].at(0), static_cast<int>(i))) return std::nullopt;
  }
  if (spec.expect && !spec.layers.empty() && !check(*spec.expect, trace.outputs.back().at(0), -1))
    return std::nullopt;
  result.from = std::max(result.from, arith.threshold());
  return result;
}

// The same for one size, by plain evaluation. `spec` is left as it was.
SizeVerdict judge_plain(Spec& spec, const VariedAxes& varied, std::int64_t size) {
  const auto misses = [&](const Shape& returned, const Expect& expect) {
    Shape wanted = expected_shape(spec, expect);
    for (const int axis : varied.ignored)
      if (static_cast<std::size_t>(axis) < wanted.size()) wanted[static_cast<std::size_t>(axis)] = Expect::any_size;
    return !meets(returned, wanted);
  };
  // Expectations look at the spec's own input.
  const Shape declared = spec.inputs[0].shape;
  for (const int axis : varied.axes) spec.inputs[0].shape[static_cast<std::size_t>(axis)] = size;
  const Trace trace = infer(spec);
  SizeVerdict verdict;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (!row.refusals.empty() || row.outputs.empty()) {
      verdict = {SizeOutcome::refused, static_cast<int>(i)};
      break;
    }
    const auto& expect = spec.layers[i].expect;
    if (expect && verdict.outcome == SizeOutcome::right && misses(row.outputs[0], *expect))
      verdict = {SizeOutcome::wrong, static_cast<int>(i)};
  }
  if (verdict.outcome == SizeOutcome::right && spec.expect && !spec.layers.empty() &&
      misses(*trace.result(spec), *spec.expect))
    verdict.outcome = SizeOutcome::wrong;
  spec.inputs[0].shape = declared;
  return verdict;
}

std::optional<SizeMap> evaluate(const Spec& spec, const VariedAxes& varied, std::int64_t period,
                                std::int64_t limit) {
  const auto layers = static_cast<std::int64_t>(spec.layers.size()) + 1;
  if (period < 1 || period > kLongestPeriod || period > limit / layers) return std::nullopt;
  std::vector<ShapeOf<Affine>> inputs;
  for (const InputSpec& input : spec.inputs) inputs.emplace_back(input.shape.begin(), input.shape.end());
  SizeMap map;
  std::vector<std::int64_t> from;
  std::int64_t last_small = 0;
  for (std::int64_t r = 0; r < period; ++r) {
    for (const int axis : varied.axes) inputs[0][static_cast<std::size_t>(axis)] = Affine(period, r);
    const auto outcome = judge(spec, inputs, varied.ignored);
    if (!outcome) return std::nullopt;
    map.classes.push_back(outcome->verdict);
    from.push_back(outcome->from);
    if (outcome->from > limit / period) return std::nullopt;
    // The largest size of the class below its threshold.
    last_small = std::max(last_small, period * (outcome->from - 1) + r);
  }
  if (last_small > limit) return std::nullopt;
  Spec plain = spec;
  std::int64_t steps = period * layers;
  for (std::int64_t n = 1; n <= last_small; ++n) {
    const auto r = static_cast<std::size_t>(n % period);
    if (n / period >= from[r]) {
      map.small.push_back(map.classes[r]);
      continue;
    }
    steps += layers;
    if (steps > limit) return std::nullopt;
    map.small.push_back(judge_plain(plain, varied, n));
  }
  return map;
}

// A multiple of the periods of all axes, or 0 where that is too large.
Periods common_periods(const Spec& spec, const std::vector<int>& axes) {
  Periods all;
  const auto join = [](std::int64_t& into, std::int64_t other) {
    into = into == 0 || other == 0 ? 0 : std::lcm(into, other);
    if (into > kLongestPeriod) into = 0;
  };
  for (const int axis : axes) {
    const Periods periods = periods_of(spec, axis);
    join(all.likely, periods.likely);
    join(all.safe, periods.safe);
  }
  return all;
}

// The shortest period of a repeating list.
template <class T>
std::size_t shortest_period(const std::vector<T>& list) {
  for (std::size_t p = 1; p < list.size(); ++p) {
    if (list.size() % p != 0) continue;
    bool repeats = true;
    for (std::size_t i = p; repeats && i < list.size(); ++i) repeats = list[i] == list[i - p];
    if (repeats) return p;
  }
  return list.size();
}

template <class T>
void shorten(std::vector<T>& classes, std::vector<T>& small) {
  classes.resize(shortest_period(classes));
  while (!small.empty() && small.back() == classes[small.size() % classes.size()]) small.pop_back();
}

}  // namespace

SizeOutcome SizeRule::at(std::int64_t n) const {
  if (n <= static_cast<std::int64_t>(small.size())) return small[static_cast<std::size_t>(n - 1)];
  return classes[static_cast<std::size_t>(n % period())];
}

bool SizeMap::knows(std::int64_t n) const {
  return !classes.empty() || n <= static_cast<std::int64_t>(small.size());
}

SizeVerdict SizeMap::at(std::int64_t n) const {
  if (n <= static_cast<std::int64_t>(small.size())) return small[static_cast<std::size_t>(n - 1)];
  return classes[static_cast<std::size_t>(n % period())];
}

std::optional<SizeMap> size_map(const Spec& spec, const VariedAxes& varied, std::int64_t limit) {
  const std::vector<int>& axes = varied.axes;
  if (spec.inputs.empty() || axes.empty()) return std::nullopt;
  for (const int axis : axes)
    if (axis < 0 || static_cast<std::size_t>(axis) >= spec.inputs[0].shape.size()) return std::nullopt;
  for (const LayerSpec& layer : spec.layers)
    if (layer.broken) return std::nullopt;
  const Periods periods = common_periods(spec, axes);
  std::optional<SizeMap> map = evaluate(spec, varied, periods.likely, limit);
  if (!map && periods.safe != periods.likely) map = evaluate(spec, varied, periods.safe, limit);
  if (map) shorten(map->classes, map->small);
  return map;
}

SizeMap evaluated_sizes(const Spec& spec, const VariedAxes& varied, std::int64_t last) {
  SizeMap map;
  Spec plain = spec;
  for (std::int64_t n = 1; n <= last; ++n) map.small.push_back(judge_plain(plain, varied, n));
  return map;
}

SizeMap extrapolated(SizeMap map) {
  constexpr std::size_t kLongest = 1024;
  const std::size_t size = map.small.size();
  if (!map.classes.empty()) return map;
  for (std::size_t period = 1; period <= std::min(size / 4, kLongest); ++period) {
    std::size_t first = size - period;  // from here on each is what stands a period behind it
    while (first > 0 && map.small[first - 1] == map.small[first - 1 + period]) --first;
    if (size - first < 4 * period) continue;
    map.classes.resize(period);
    for (std::size_t n = first + 1; n <= first + period; ++n) map.classes[n % period] = map.small[n - 1];
    map.small.resize(first);
    return map;
  }
  return map;
}

std::optional<SizeRule> size_rule(const Spec& spec, int axis, std::int64_t limit) {
  const std::optional<SizeMap> map = size_map(spec, VariedAxes{{axis}}, limit);
  if (!map) return std::nullopt;
  SizeRule rule;
  rule.axis = axis;
  for (const SizeVerdict& verdict : map->classes) rule.classes.push_back(verdict.outcome);
  for (const SizeVerdict& verdict : map->small) rule.small.push_back(verdict.outcome);
  shorten(rule.classes, rule.small);
  return rule;
}

namespace {

std::string listed(const std::vector<std::int64_t>& numbers, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) out += i + 1 == numbers.size() ? std::string(last) : ", ";
    out += std::to_string(numbers[i]);
  }
  return out;
}

bool consecutive(const std::vector<std::int64_t>& numbers) {
  return numbers.back() - numbers.front() == static_cast<std::int64_t>(numbers.size()) - 1;
}

constexpr std::size_t kListed = 4;  // numbers that a sentence can hold

std::string finite(const std::vector<std::int64_t>& sizes) {
  if (sizes.empty()) return "no size";
  if (sizes.size() > 2 && consecutive(sizes))
    return "only " + std::to_string(sizes.front()) + " to " + std::to_string(sizes.back());
  if (sizes.size() <= kListed) return "only " + listed(sizes, " and ");
  return "only " + std::to_string(sizes.size()) + " sizes, from " + std::to_string(sizes.front()) + " to " +
         std::to_string(sizes.back());
}

// The residue classes in words; `residues` are neither none nor all.
std::string classes_text(const std::vector<std::int64_t>& residues, std::int64_t period) {
  const std::string mod = "n mod " + std::to_string(period);
  if (residues.size() == 1 && residues[0] == 0)
    return period == 2 ? "even sizes" : "multiples of " + std::to_string(period);
  if (residues.size() == 1 && period == 2) return "odd sizes";
  if (residues.size() > 2 && consecutive(residues))
    return mod + " = " + std::to_string(residues.front()) + " to " + std::to_string(residues.back());
  if (residues.size() <= kListed) return mod + " = " + listed(residues, " or ");
  std::vector<std::int64_t> others;
  for (std::int64_t r = 0; r < period; ++r)
    if (!std::binary_search(residues.begin(), residues.end(), r)) others.push_back(r);
  if (others.size() == 1 && others[0] == 0) return "sizes that are no multiple of " + std::to_string(period);
  if (others.size() > 2 && consecutive(others))
    return "sizes but n mod " + std::to_string(period) + " = " + std::to_string(others.front()) + " to " +
           std::to_string(others.back());
  if (others.size() <= kListed) return "sizes but " + mod + " = " + listed(others, " or ");
  return std::to_string(residues.size()) + " of every " + std::to_string(period) + " sizes";
}

}  // namespace

Spec for_other_sizes(Spec spec) {
  if (!spec.expect || spec.expect->kind != Expect::Kind::shape) return spec;
  const Shape& input = spec.inputs[0].shape;
  const std::size_t first = first_spatial_axis(spec);
  const Shape& wanted = spec.expect->shape;
  if (wanted.size() != input.size() || first >= input.size()) return spec;
  if (!std::equal(wanted.begin() + static_cast<std::ptrdiff_t>(first), wanted.end(),
                  input.begin() + static_cast<std::ptrdiff_t>(first)))
    return spec;
  spec.expect->kind = Expect::Kind::scale;  // says nothing about channels, which the declared size has shown
  spec.expect->scale = {1};
  return spec;
}

std::string describe(const SizeRule& rule) {
  std::vector<bool> classes;
  std::vector<bool> small;
  for (const SizeOutcome outcome : rule.classes) classes.push_back(outcome == SizeOutcome::right);
  for (const SizeOutcome outcome : rule.small) small.push_back(outcome == SizeOutcome::right);
  return describe_sizes(std::move(classes), std::move(small));
}

std::string describe_sizes(std::vector<bool> classes, std::vector<bool> small) {
  if (classes.empty()) classes.push_back(false);
  shorten(classes, small);
  const auto period = static_cast<std::int64_t>(classes.size());
  std::vector<std::int64_t> early;  // right sizes below the place from which the classes hold
  for (std::size_t i = 0; i < small.size(); ++i)
    if (small[i]) early.push_back(static_cast<std::int64_t>(i) + 1);
  std::vector<std::int64_t> residues;
  for (std::int64_t r = 0; r < period; ++r)
    if (classes[static_cast<std::size_t>(r)]) residues.push_back(r);
  if (residues.empty()) return finite(early);

  std::int64_t from = static_cast<std::int64_t>(small.size()) + 1;
  while (!classes[static_cast<std::size_t>(from % period)]) ++from;
  // Sizes that follow the classes need no mention of their own: the last exception is a wrong one.
  std::string text;
  if (period == 1) {
    text = from == 1 ? "every size" : "every size from " + std::to_string(from);
  } else {
    text = classes_text(residues, period);
    if (from != 1) text += ", from " + std::to_string(from);
  }
  if (early.empty()) return text;
  if (early.size() <= kListed) return text + ", and " + listed(early, " and ");
  return text + ", and " + std::to_string(early.size()) + " smaller ones";
}

RightSizes right_sizes(const Spec& declared, std::int64_t limit) {
  if (declared.inputs.empty()) return {};
  const Spec spec = for_other_sizes(declared);
  const std::size_t first = first_spatial_axis(spec);
  const std::size_t rank = spec.inputs[0].shape.size();
  std::vector<std::string> texts;
  double share = 1;
  for (std::size_t axis = first; axis < rank; ++axis) {
    const auto rule = size_rule(spec, static_cast<int>(axis), limit);
    if (!rule) return {};
    texts.push_back(describe(*rule));
    const auto right = std::count(rule->classes.begin(), rule->classes.end(), SizeOutcome::right);
    share = std::min(share, static_cast<double>(right) / static_cast<double>(rule->period()));
  }
  if (texts.empty()) return {};
  if (std::equal(texts.begin() + 1, texts.end(), texts.begin())) return {texts[0], share};
  std::string text;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) text += "; ";
    text += texts.size() <= 3 ? std::string(axis_name(static_cast<int>(texts.size()), static_cast<int>(i)))
                              : "axis " + std::to_string(first + i);
    text += ": " + texts[i];
  }
  return {text, share};
}

std::string describe_right_sizes(const Spec& spec) { return right_sizes(spec).text; }

bool right_for_every_size(const Spec& declared) {
  if (declared.inputs.empty()) return false;
  const Spec spec = for_other_sizes(declared);
  const std::size_t rank = spec.inputs[0].shape.size();
  for (std::size_t axis = first_spatial_axis(spec); axis < rank; ++axis) {
    const auto rule = size_rule(spec, static_cast<int>(axis));
    if (!rule || describe(*rule) != "every size") return false;
  }
  return true;
}

}  // namespace shapedbg
