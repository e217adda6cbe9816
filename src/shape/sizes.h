// Which input sizes are right, proven for all of them: one evaluation per residue class instead of
// one per size (see number.h), and plain evaluation below the threshold from which the classes hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/spec.h"

namespace shapedbg {

enum class SizeOutcome : std::uint8_t {
  right,    // every layer runs and every expectation holds
  wrong,    // runs, returns another size
  refused,  // some layer refuses
};

// What happens for every size of one axis of the spec's first input, all other sizes as declared.
struct SizeRule {
  int axis = 0;                      // tensor axis
  std::vector<SizeOutcome> classes;  // for n > small.size(): by n mod period
  std::vector<SizeOutcome> small;    // for n = 1, 2, …

  std::int64_t period() const { return static_cast<std::int64_t>(classes.size()); }
  SizeOutcome at(std::int64_t n) const;  // n >= 1
  bool operator==(const SizeRule&) const = default;
};

// The rule with its shortest period and fewest small sizes. Nothing when it cannot be proven (a size
// that is not affine in the input's), or when it would take more than `limit` shape rules.
std::optional<SizeRule> size_rule(const Spec& spec, int axis, std::int64_t limit = 200'000);

// What one size comes to, and the layer that decides: the first that refuses, or the first whose own
// `expect` is missed; -1 where none does or the network's is.
struct SizeVerdict {
  SizeOutcome outcome = SizeOutcome::right;
  int layer = -1;
  bool operator==(const SizeVerdict&) const = default;
};

// What every size comes to when it is put on all of `axes` at once, all other sizes as declared.
struct SizeMap {
  std::vector<SizeVerdict> classes;  // for n > small.size(): by n mod period; empty where nothing is proven there
  std::vector<SizeVerdict> small;    // for n = 1, 2, …

  std::int64_t period() const { return static_cast<std::int64_t>(classes.size()); }
  bool knows(std::int64_t n) const;  // n >= 1
  SizeVerdict at(std::int64_t n) const;  // of a size that it knows
  bool operator==(const SizeMap&) const = default;
};

// Axes of the input to put a size on, and axes of what comes out that no expectation is held against.
struct VariedAxes {
  std::vector<int> axes;
  std::vector<int> ignored = {};
};

// As size_rule(). Of several axes a size that is a product of them is not affine: nothing then.
std::optional<SizeMap> size_map(const Spec& spec, const VariedAxes& varied, std::int64_t limit = 200'000);
// Sizes 1 to `last` one by one, and nothing beyond.
SizeMap evaluated_sizes(const Spec& spec, const VariedAxes& varied, std::int64_t last);

// The sizes of a set in words, as describe(SizeRule): `classes` by n mod their number, for n > small.size().
std::string describe_sizes(std::vector<bool> classes, std::vector<bool> small);

// Moves what repeats to the end of map.small into `classes`: how the sizes seem to go on where nothing is
// proven. Unchanged where nothing repeats three times.
SizeMap extrapolated(SizeMap map);

// The right sizes in words, the shortest true ones: "every size", "every size from 16", "even sizes,
// from 2", "odd sizes", "multiples of 32, from 32", "n mod 12 = 4, from 16", "only 28", "no size".
std::string describe(const SizeRule& rule);

// The spec to judge other sizes than the declared by: an expected shape in numbers that has the input's
// spatial sizes stands for "the size that went in".
Spec for_other_sizes(Spec spec);

// An expected shape in numbers that has the input's spatial sizes stands for "the size that went in".
// For all spatial axes of the first input, each alone: said once where all have the same rule, else
// "height: even sizes, from 2; width: odd sizes". Empty when some axis is not proven.
std::string describe_right_sizes(const Spec& spec);

// The same with what share of all sizes it is: 1 for every size, 0.5 for even ones, 0 for finitely many
// and where nothing is proven. Of several axes the least. Each axis takes at most `limit` shape rules.
struct RightSizes {
  std::string text;
  double share = 0;
};
RightSizes right_sizes(const Spec& spec, std::int64_t limit = 200'000);

// True when every size is right on every spatial axis; false also when that is not proven.
bool right_for_every_size(const Spec& spec);

}  // namespace shapedbg
