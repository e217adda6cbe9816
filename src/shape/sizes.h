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
