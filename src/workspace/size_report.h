// Which sizes a network takes: proven by formula for all of them, and run on LibTorch for some.
// Returns data, prints nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "infer/sizes.h"
#include "workspace/check.h"

namespace shapedbg {

struct SizesOptions {
  DeviceChoice device = DeviceChoice::automatic;  // off: formulas only; else LibTorch on meta
  std::optional<std::int64_t> near;               // next right sizes around this one
  // Only sizes from `first` to `last` are counted, both included; 0 where no range is asked for.
  std::int64_t first = 0;
  std::int64_t last = 0;

  bool has_range() const { return last > 0; }
};

struct SizeExample {
  std::int64_t size = 0;
  std::string returned;  // "64", "64x32", "[1, 10]"; empty where a layer refuses
};

// Sizes that come to the same, decided by the same layer.
struct SizeGroup {
  SizeOutcome outcome = SizeOutcome::right;
  std::string rule;  // "multiples of 32, from 32"
  std::string
      layer;  // that refuses, or whose own `expect` is missed, or at which the sizes part; may be empty
  std::string message;                   // what it says about the first example; empty where all is right
  std::vector<SizeExample> examples;     // the smallest, then those next to the declared size
  std::int64_t in_range = 0;             // how many sizes of the range asked for
  Code code = Code::L299;                // of the refusal
  std::vector<std::string> others = {};  // of `reasons`: more layers that refuse by that code
};

struct NearSizes {
  std::int64_t size = 0;
  SizeOutcome outcome = SizeOutcome::right;
  std::optional<std::int64_t> below;  // the next right sizes, `size` itself where it is right
  std::optional<std::int64_t> above;
};

// What the spec's range of a free size comes to.
struct DeclaredRange {
  std::string text;  // "H from 64 to 512 in steps of 8"
  bool endless = false;
  std::int64_t count = 0;               // sizes in it, where it has an end
  std::int64_t right = 0;               // of these
  std::optional<std::int64_t> failing;  // the smallest that is not right
};

// What happens along one axis, along each of several that behave alike, or on several together.
struct AxisSizes {
  std::vector<std::string> names;  // "height", "width"; "`H`" of a free size
  std::vector<FreeAxis> axes;      // where the size is put
  bool together = false;           // the same size on all `axes`; else each alone, all others as declared
  std::string symbol;              // the free size that it is; empty where it is none
  std::int64_t declared = 0;       // of the first of them
  std::vector<int> missed;         // axes of what comes out that miss what is expected already as declared
  SizeMap map;                     // if not proven: evaluated one by one, as far as map.small
  std::optional<DeclaredRange> range;  // of a free size; nothing where it is not proven
  std::vector<SizeGroup> groups;       // right, then wrong, then refused; by their smallest size
  std::vector<SizeGroup> reasons;      // the same, all that is refused by the same code in one
  std::optional<NearSizes> near;
  std::vector<std::int64_t> ran;  // sizes that were run on LibTorch, ascending
};

// Axes that no expectation is held against where a size is put on `varied`: those missed for another reason.
std::vector<int> ignored_axes(const std::vector<int>& missed, const std::vector<FreeAxis>& varied);

struct SizeReport {
  Source source;
  Spec spec;                        // as it was judged: see for_other_sizes()
  bool expects = false;             // something is expected; else a network only runs or does not
  std::vector<AxisSizes> axes;      // empty where the spec cannot be read
  std::string mixed_by;             // a layer that makes one size of two axes; empty where none is known
  std::optional<bool> independent;  // the right combinations of sizes are all of those right on each axis,
                                    // proven; nothing: not known
  bool declared_runs = true;        // false: some layer refuses the declared shape, and so each axis alone
  std::string device = "off";       // "meta", "off"
  std::string libtorch = {};        // version, empty when off
  std::vector<Finding> findings;    // of the parser, or differences between formulas and LibTorch
  Status status = Status::ok;
  std::string error = {};  // why the job could not be done: one line
};

SizeReport size_report(Source source, const SizesOptions& options, const EngineSource& engine);

}  // namespace shapedbg
