#include "infer/sizes.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

#include "infer/infer.h"
#include "net/content.h"
#include "size/number.h"
#include "size/pattern.h"

namespace shapedbg {
namespace {

constexpr std::int64_t kLongestPattern = 200'000;  // sizes that are written down one by one

bool has_axes(const Spec& spec, const std::vector<FreeAxis>& axes) {
  for (const FreeAxis& at : axes) {
    if (at.input < 0 || static_cast<std::size_t>(at.input) >= spec.inputs.size() || at.axis < 0 ||
        static_cast<std::size_t>(at.axis) >= spec.input(at.input).shape.size())
      return false;
  }
  return !axes.empty();
}

// Writes the pieces down as a pattern, where that is short enough.
void write_pattern(SizeMap& map) {
  std::int64_t period = 1;
  std::int64_t from = 1;  // the pattern repeats from here on
  for (const SizePiece& piece : map.pieces) {
    if (piece.sizes.finite()) {
      from = std::max(from, piece.sizes.largest() + 1);
      continue;
    }
    from = std::max(from, piece.sizes.base);
    period = std::lcm(period, std::min(piece.sizes.period(), kLongestPattern + 1));
    if (period > kLongestPattern) return;
  }
  if (from > kLongestPattern - period) return;
  const std::int64_t last = map.proven ? from - 1 + period : from - 1;
  std::vector<SizeVerdict> all(static_cast<std::size_t>(last));
  for (const SizePiece& piece : map.pieces) {
    for (auto n = piece.sizes.next(1); n && *n <= last; n = piece.sizes.next(*n + 1))
      all[static_cast<std::size_t>(*n - 1)] = piece.verdict;
  }
  map.small.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from - 1));
  if (!map.proven) return;
  map.classes.resize(static_cast<std::size_t>(period));
  for (std::int64_t n = from; n <= last; ++n)
    map.classes[static_cast<std::size_t>(n % period)] = all[static_cast<std::size_t>(n - 1)];
  shorten(map.classes, map.small);
}

}  // namespace

SizeOutcome SizeRule::at(std::int64_t n) const {
  if (n <= static_cast<std::int64_t>(small.size())) return small[static_cast<std::size_t>(n - 1)];
  return classes[static_cast<std::size_t>(n % period())];
}

std::optional<SizeVerdict> SizeMap::verdict(std::int64_t n) const {
  if (n < 1) return std::nullopt;
  if (n <= static_cast<std::int64_t>(small.size())) return small[static_cast<std::size_t>(n - 1)];
  if (!classes.empty()) return classes[static_cast<std::size_t>(n % period())];
  for (const SizePiece& piece : pieces)
    if (piece.sizes.contains(n)) return piece.verdict;
  return std::nullopt;
}

std::optional<Shape> SizeMap::returned_for(std::int64_t n) const {
  for (const SizePiece& piece : pieces)
    if (piece.sizes.contains(n)) return piece.proof.returned_for({n});
  return std::nullopt;
}

std::optional<std::int64_t> SizeMap::next(std::int64_t n, const Which& which) const {
  std::optional<std::int64_t> best;
  for (const SizePiece& piece : pieces) {
    if (!which(piece.verdict)) continue;
    const auto found = piece.sizes.next(n);
    if (found && (!best || *found < *best)) best = found;
  }
  return best;
}

std::optional<std::int64_t> SizeMap::previous(std::int64_t n, const Which& which) const {
  std::optional<std::int64_t> best;
  for (const SizePiece& piece : pieces) {
    if (!which(piece.verdict)) continue;
    const auto found = piece.sizes.previous(n);
    if (found && (!best || *found > *best)) best = found;
  }
  return best;
}

std::int64_t SizeMap::count_to(std::int64_t n, const Which& which) const {
  std::int64_t count = 0;
  for (const SizePiece& piece : pieces)
    if (which(piece.verdict)) count = std::min(count + piece.sizes.count_to(n), huge_size);
  return count;
}

SizeMap size_map(const Spec& spec, const VariedSize& varied, const std::vector<int>& ignored,
                 std::int64_t limit, const PartitionBasis* basis) {
  SizeMap map;
  if (!has_axes(spec, varied.axes)) {
    map.proven = false;
    return map;
  }
  Partition parts = partition(spec, {varied}, ignored, limit, basis);
  map.formless = parts.formless;
  for (SizeClass& one : parts.classes) {
    map.proven &= one.known;
    if (one.known) map.pieces.push_back({one.sizes[0], one.verdict, std::move(one)});
  }
  std::sort(map.pieces.begin(), map.pieces.end(),
            [](const SizePiece& a, const SizePiece& b) { return a.sizes.base < b.sizes.base; });
  if (map.proven && varied.sizes == SizeBox::from(1)) write_pattern(map);
  return map;
}

SizeVerdict evaluated(const Spec& spec, const std::vector<FreeAxis>& axes, const std::vector<int>& ignored,
                      std::int64_t size) {
  const std::vector<Shape> inputs = inputs_with_size(spec, axes, size);
  const auto misses = [&](const Shape& returned, const Expect& expect) {
    Shape wanted = expected_shape(spec, expect, inputs.empty() ? Shape{} : inputs[0]);
    for (const int axis : ignored)
      if (static_cast<std::size_t>(axis) < wanted.size())
        wanted[static_cast<std::size_t>(axis)] = Expect::any_size;
    return !meets(returned, wanted);
  };
  const Trace trace = infer(spec, inputs);
  SizeVerdict verdict;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (!row.refusals.empty() || row.outputs.empty()) return {SizeOutcome::refused, LayerId(i)};
    const auto& expect = spec.layers[i].expect;
    if (expect && verdict.outcome == SizeOutcome::right && misses(row.outputs[0], *expect))
      verdict = {SizeOutcome::wrong, LayerId(i)};
  }
  if (verdict.outcome == SizeOutcome::right && spec.expect && !spec.layers.empty() &&
      misses(*trace.result(spec), *spec.expect))
    verdict.outcome = SizeOutcome::wrong;
  return verdict;
}

SizeMap evaluated_sizes(const Spec& spec, const std::vector<FreeAxis>& axes, const std::vector<int>& ignored,
                        std::int64_t last) {
  SizeMap map;
  map.proven = false;
  for (std::int64_t n = 1; n <= last; ++n) {
    map.small.push_back(evaluated(spec, axes, ignored, n));
    if (n > 1 && map.pieces.back().verdict == map.small.back()) {
      SizeBox& run = map.pieces.back().sizes;
      run = SizeBox::from(run.base, 1, n - run.base + 1);
    } else {
      map.pieces.push_back({SizeBox::from(n, 1, 1), map.small.back()});
    }
  }
  return map;
}

SizesTogether sizes_together(const Spec& spec, std::vector<VariedSize> each, std::int64_t limit) {
  for (const VariedSize& one : each)
    if (!has_axes(spec, one.axes)) return {};
  const Partition together = partition(spec, each, {}, limit);
  SizesTogether result{{}, together.mixed_by};
  if (!together.complete()) return result;
  // What is right of each size in some combination; then every combination of these has to be right.
  std::vector<std::vector<SizeBox>> right(each.size());
  for (const SizeClass& one : together.classes) {
    if (one.verdict.outcome != SizeOutcome::right) continue;
    for (std::size_t i = 0; i < each.size(); ++i)
      if (std::find(right[i].begin(), right[i].end(), one.sizes[i]) == right[i].end())
        right[i].push_back(one.sizes[i]);
  }
  std::size_t combinations = 1;
  for (const auto& boxes : right) combinations = std::min(combinations * boxes.size(), std::size_t{1} << 20);
  for (std::size_t code = 0; code < combinations; ++code) {
    std::size_t rest = code;
    for (std::size_t i = 0; i < each.size(); ++i) {
      each[i].sizes = right[i][rest % right[i].size()];
      rest /= right[i].size();
    }
    const Partition mixed = partition(spec, each, {}, limit);
    limit -= mixed.rules;
    if (!mixed.complete()) return result;
    result.independent = mixed.all_right();
    if (!*result.independent) return result;
  }
  result.independent = true;
  return result;
}

std::vector<FreeAxis> axes_of_one_size(const Spec& spec, const FreeAxis& at) {
  std::vector<FreeAxis> axes{at};
  for (const FreeSize& free : spec.free_sizes) {
    if (std::find(free.axes.begin(), free.axes.end(), at) == free.axes.end()) continue;
    for (const FreeAxis& other : free.axes)
      if (!(other == at)) axes.push_back(other);
  }
  return axes;
}

Spec with_size(Spec spec, const std::vector<FreeAxis>& axes, std::int64_t size) {
  for (const FreeAxis& at : axes) spec.input(at.input).shape[static_cast<std::size_t>(at.axis)] = size;
  return spec;
}

std::vector<Shape> inputs_with_size(const Spec& spec, const std::vector<FreeAxis>& axes, std::int64_t size) {
  std::vector<Shape> inputs;
  for (const InputSpec& input : spec.inputs) inputs.push_back(input.shape);
  for (const FreeAxis& at : axes)
    inputs[static_cast<std::size_t>(at.input)][static_cast<std::size_t>(at.axis)] = size;
  return inputs;
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

namespace {

std::optional<SizeRule> proven_rule(const Spec& spec, const std::vector<FreeAxis>& axes, std::int64_t limit,
                                    const PartitionBasis* basis) {
  const SizeMap map = size_map(spec, {axes}, {}, limit, basis);
  if (!map.proven || map.classes.empty()) return std::nullopt;
  SizeRule rule;
  rule.axis = axes.front().axis;
  for (const SizeVerdict& verdict : map.classes) rule.classes.push_back(verdict.outcome);
  for (const SizeVerdict& verdict : map.small) rule.small.push_back(verdict.outcome);
  shorten(rule.classes, rule.small);
  return rule;
}

// Rules that were proven before on this thread: candidates of one repair, and specs of one folder, are often
// one network at other sizes.
class ProvenRules {
 public:
  const std::optional<SizeRule>* find(const std::string& key) const {
    const auto known = rules_.find(key);
    return known == rules_.end() ? nullptr : &known->second;
  }
  const std::optional<SizeRule>& keep(std::string key, std::optional<SizeRule> rule) {
    constexpr std::size_t most_bytes = std::size_t{4} << 20;
    const std::size_t longer = rule ? rule->classes.size() + rule->small.size() : 0;
    if (bytes_ + key.size() + longer > most_bytes) {
      rules_.clear();
      bytes_ = 0;
    }
    bytes_ += key.size() + longer;
    return rules_.insert_or_assign(std::move(key), std::move(rule)).first->second;
  }

 private:
  std::unordered_map<std::string, std::optional<SizeRule>> rules_;
  std::size_t bytes_ = 0;
};

// All that the rule of one axis follows from: what size the axis itself has says nothing about others.
std::string key_of(const Spec& spec, const std::vector<FreeAxis>& axes, std::int64_t limit) {
  std::string key = content_of(spec, axes.front());
  for (const FreeAxis& at : axes) key += std::to_string(at.input) + "." + std::to_string(at.axis) + ",";
  return key + std::to_string(limit);
}

}  // namespace

std::optional<SizeRule> size_rule(const Spec& spec, int axis, std::int64_t limit,
                                  const PartitionBasis* basis) {
  // Of a large network the key alone would be long, and nobody asks for it twice.
  constexpr std::size_t most_layers = 300;
  const std::vector<FreeAxis> axes = axes_of_one_size(spec, {0, axis});
  if (spec.layers.size() > most_layers || !has_axes(spec, axes)) return proven_rule(spec, axes, limit, basis);
  thread_local ProvenRules proven;
  std::string key = key_of(spec, axes, limit);
  if (const std::optional<SizeRule>* known = proven.find(key)) return *known;
  return proven.keep(std::move(key), proven_rule(spec, axes, limit, basis));
}

namespace {

bool expects_its_own_size(const Spec& spec) {
  if (!spec.expect || spec.expect->kind != Expect::Kind::shape) return false;
  const Shape& input = spec.inputs[0].shape;
  const std::size_t first = first_spatial_axis(spec);
  const Shape& wanted = spec.expect->shape;
  if (wanted.size() != input.size() || first >= input.size()) return false;
  return std::equal(wanted.begin() + static_cast<std::ptrdiff_t>(first), wanted.end(),
                    input.begin() + static_cast<std::ptrdiff_t>(first));
}

}  // namespace

Spec for_other_sizes(Spec spec) {
  if (!expects_its_own_size(spec)) return spec;
  spec.expect->kind = Expect::Kind::scale;  // says nothing about channels, which the declared size has shown
  spec.expect->scale = {1};
  return spec;
}

ForOtherSizes::ForOtherSizes(const Spec& declared) : declared_(declared) {
  if (expects_its_own_size(declared)) changed_ = for_other_sizes(declared);
}

RightSizes right_sizes(const Spec& declared, std::int64_t limit) {
  if (declared.inputs.empty()) return {};
  const ForOtherSizes judged(declared);
  const Spec& spec = judged.spec();
  const std::size_t first = first_spatial_axis(spec);
  const std::size_t rank = spec.inputs[0].shape.size();
  std::vector<std::string> texts;
  std::vector<SizeRule> rules;
  double share = 1;
  for (std::size_t axis = first; axis < rank; ++axis) {
    const auto rule = size_rule(spec, static_cast<int>(axis), limit);
    if (!rule) return {};
    texts.push_back(describe(*rule));
    const auto right = std::count(rule->classes.begin(), rule->classes.end(), SizeOutcome::right);
    share = std::min(share, static_cast<double>(right) / static_cast<double>(rule->period()));
    rules.push_back(*rule);
  }
  if (texts.empty()) return {};
  if (std::equal(texts.begin() + 1, texts.end(), texts.begin())) return {texts[0], share, std::move(rules)};
  std::string text;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) text += "; ";
    text += texts.size() <= 3 ? std::string(axis_name(static_cast<int>(texts.size()), static_cast<int>(i)))
                              : "axis " + std::to_string(first + i);
    text += ": " + texts[i];
  }
  return {text, share, std::move(rules)};
}

std::string describe_right_sizes(const Spec& spec) { return right_sizes(spec).text; }

bool right_for_every_size(const Spec& declared) {
  if (declared.inputs.empty()) return false;
  const ForOtherSizes judged(declared);
  const Spec& spec = judged.spec();
  const std::size_t rank = spec.inputs[0].shape.size();
  for (std::size_t axis = first_spatial_axis(spec); axis < rank; ++axis) {
    const auto rule = size_rule(spec, static_cast<int>(axis));
    if (!rule || describe(*rule) != "every size") return false;
  }
  return true;
}

}  // namespace shapedbg
