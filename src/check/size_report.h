// Which sizes a network takes: proven by formula for all of them, and run on LibTorch for some.
// Returns data, prints nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "check/check.h"
#include "shape/sizes.h"

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
  std::string rule;     // "multiples of 32, from 32"
  std::string layer;    // that refuses, or whose own `expect` is missed, or at which the sizes part; may be empty
  std::string message;  // what it says about the first example; empty where all is right
  std::vector<SizeExample> examples;  // the smallest, then those next to the declared size
  std::int64_t in_range = 0;          // how many sizes of the range asked for
};

struct NearSizes {
  std::int64_t size = 0;
  SizeOutcome outcome = SizeOutcome::right;
  std::optional<std::int64_t> below;  // the next right sizes, `size` itself where it is right
  std::optional<std::int64_t> above;
};

// What happens along one axis, along each of several that behave alike, or on several together.
struct AxisSizes {
  std::vector<std::string> names;  // "height", "width"
  std::vector<int> axes;           // tensor axes
  bool together = false;           // the same size on all `axes`; else each alone, all others as declared
  std::int64_t declared = 0;       // of the first of them
  SizeMap map;
  bool proven = true;              // for every size; else evaluated one by one, for map.small only
  std::vector<SizeGroup> groups;   // right, then wrong, then refused; by their smallest size
  std::optional<NearSizes> near;
  std::vector<std::int64_t> ran;   // sizes that were run on LibTorch, ascending
};

struct SizeReport {
  Source source;
  Spec spec;                       // as it was judged: see for_other_sizes()
  bool expects = false;            // something is expected; else a network only runs or does not
  std::vector<AxisSizes> axes;     // empty where the spec cannot be read
  std::string mixed_by;            // first layer whose result depends on two axes in one; empty where none does
  bool independent = true;         // the answer for several axes follows from those for each
  bool declared_runs = true;       // false: some layer refuses the declared shape, and so each axis alone
  std::string device = "off";      // "meta", "off"
  std::string libtorch = {};       // version, empty when off
  std::vector<Finding> findings;   // of the parser, or differences between formulas and LibTorch
  Status status = Status::ok;
  std::string error = {};          // why the job could not be done: one line
};

SizeReport size_report(Source source, const SizesOptions& options, const EngineSource& engine);

}  // namespace shapedbg
