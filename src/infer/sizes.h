// Which input sizes are right, proven for all of them: the classes into which the network parts them
// (partition.h), as patterns that repeat and in words.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "infer/partition.h"
#include "net/spec.h"

namespace shapedbg {

// What happens for every size of one axis of the spec's first input, all other sizes as declared. Where the
// axis holds a free size, all axes that hold it change with it.
struct SizeRule {
  int axis = 0;                      // tensor axis
  std::vector<SizeOutcome> classes;  // for n > small.size(): by n mod period
  std::vector<SizeOutcome> small;    // for n = 1, 2, …

  std::int64_t period() const { return static_cast<std::int64_t>(classes.size()); }
  SizeOutcome at(std::int64_t n) const;  // n >= 1
  bool operator==(const SizeRule&) const = default;
};

// The rule with its shortest period and fewest small sizes. Nothing when it cannot be proven (a size that is
// no polynomial in the input's digits, more than `limit` shape rules), or is too long to be written down so.
std::optional<SizeRule> size_rule(const Spec& spec, int axis, std::int64_t limit = 200'000,
                                  const PartitionBasis* basis = nullptr);

struct SizePiece {
  SizeBox sizes;
  SizeVerdict verdict;
  SizeClass proof = {};  // what was proven of them; empty where they were tried one by one
  bool operator==(const SizePiece& other) const { return sizes == other.sizes && verdict == other.verdict; }
};

// What every size comes to when it is put on some axes at once, all other sizes as declared.
struct SizeMap {
  using Which = std::function<bool(const SizeVerdict&)>;

  std::vector<SizePiece> pieces;  // all that is known; no two share a size
  bool proven = true;             // for every size; else pieces leave some out
  int formless = -1;              // where not proven: see Partition
  // The same as a pattern: `classes` for n > small.size(), by n mod period, `small` for n = 1, 2, …; both
  // empty where that would be too long. Where nothing endless is proven `classes` is empty.
  std::vector<SizeVerdict> classes;
  std::vector<SizeVerdict> small;

  bool is_pattern() const { return !classes.empty() || !small.empty(); }
  std::int64_t period() const { return static_cast<std::int64_t>(classes.size()); }
  std::optional<SizeVerdict> verdict(std::int64_t n) const;  // n >= 1; nothing where not known
  bool knows(std::int64_t n) const { return verdict(n).has_value(); }
  SizeVerdict at(std::int64_t n) const { return *verdict(n); }  // of a size that it knows
  // What the last layer returns for n, where that is proven.
  std::optional<Shape> returned_for(std::int64_t n) const;
  // The nearest of the sizes with such a verdict from n on, up to n, and their number up to n (at most
  // huge_size).
  std::optional<std::int64_t> next(std::int64_t n, const Which& which) const;
  std::optional<std::int64_t> previous(std::int64_t n, const Which& which) const;
  std::int64_t count_to(std::int64_t n, const Which& which) const;
  bool operator==(const SizeMap&) const = default;
};

// What every size comes to that `varied` puts on its axes, as far as `limit` shape rules go. `ignored`: axes
// of what comes out that no expectation is held against.
SizeMap size_map(const Spec& spec, const VariedSize& varied, const std::vector<int>& ignored,
                 std::int64_t limit, const PartitionBasis* basis = nullptr);
// What happens to one size, by plain evaluation.
SizeVerdict evaluated(const Spec& spec, const std::vector<FreeAxis>& axes, const std::vector<int>& ignored,
                      std::int64_t size);
// Sizes 1 to `last` one by one, and nothing beyond.
SizeMap evaluated_sizes(const Spec& spec, const std::vector<FreeAxis>& axes, const std::vector<int>& ignored,
                        std::int64_t last);
// The axis, and behind it all others that hold the same free size of the spec.
std::vector<FreeAxis> axes_of_one_size(const Spec& spec, const FreeAxis& at);
// The spec with the size on those axes, and only the shapes of its inputs then.
Spec with_size(Spec spec, const std::vector<FreeAxis>& axes, std::int64_t size);
std::vector<Shape> inputs_with_size(const Spec& spec, const std::vector<FreeAxis>& axes, std::int64_t size);

// How several sizes depend on each other, each put on its own axes.
struct SizesTogether {
  // Whether the right combinations are all those of a set for each size. Nothing where that is not proven.
  std::optional<bool> independent;
  LayerId mixed_by;  // a layer that returns a size which depends on two of them, where one is known
};
SizesTogether sizes_together(const Spec& spec, std::vector<VariedSize> each, std::int64_t limit);

// The sizes of a set in words, as describe(SizeRule): `classes` by n mod their number, for n > small.size().
std::string describe_sizes(std::vector<bool> classes, std::vector<bool> small);
// The sizes with such a verdict, of a map that need not be a pattern.
std::string describe_sizes(const SizeMap& map, const SizeMap::Which& which);

// Moves what repeats to the end of map.small into `classes`: how the sizes seem to go on where nothing is
// proven. Unchanged where nothing repeats three times.
SizeMap extrapolated(SizeMap map);

// The right sizes in words, the shortest true ones: "every size", "every size from 16", "even sizes,
// from 2", "odd sizes", "multiples of 32, from 32", "n mod 12 = 4, from 16", "only 28", "no size".
std::string describe(const SizeRule& rule);

// The spec to judge other sizes than the declared by: an expected shape in numbers that has the input's
// spatial sizes stands for "the size that went in".
Spec for_other_sizes(Spec spec);
// The same of a spec that stays: a large network is copied only where its expected shape stands for that.
class ForOtherSizes {
 public:
  explicit ForOtherSizes(const Spec& declared);
  const Spec& spec() const { return changed_ ? *changed_ : declared_; }

 private:
  const Spec& declared_;
  std::optional<Spec> changed_;
};

// An expected shape in numbers that has the input's spatial sizes stands for "the size that went in".
// For all spatial axes of the first input, each alone: said once where all have the same rule, else
// "height: even sizes, from 2; width: odd sizes". Empty when some axis is not proven.
std::string describe_right_sizes(const Spec& spec);

// The same with what share of all sizes it is: 1 for every size, 0.5 for even ones, 0 for finitely many
// and where nothing is proven. Of several axes the least. Each axis takes at most `limit` shape rules.
struct RightSizes {
  std::string text;
  double share = 0;
  std::vector<SizeRule> rules = {};  // of the axes
};
RightSizes right_sizes(const Spec& spec, std::int64_t limit = 200'000);

// True when every size is right on every spatial axis; false also when that is not proven.
bool right_for_every_size(const Spec& spec);

}  // namespace shapedbg
