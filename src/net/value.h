// The value of an option, after the JSON and before any meaning.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "net/expression.h"
#include "net/ids.h"

namespace shapedbg {

// One axis of a Slice: [start, stop) with a step, negative bounds count from the end as in Python.
struct SliceRange {
  static constexpr std::int64_t open = std::numeric_limits<std::int64_t>::min();
  std::int64_t start = open;
  std::int64_t stop = open;
  std::int64_t step = 1;

  bool operator==(const SliceRange&) const = default;
};

// Stands for JSON null in a list of sizes: the input's own size.
inline constexpr std::int64_t keep_size = std::numeric_limits<std::int64_t>::min();

// Index from the front of an axis that may be counted from the end, as torch does it: -1 is the last of
// `rank`.
inline std::size_t wrapped_axis(std::int64_t axis, std::size_t rank) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

// A tensor: output `output` of layer `layer`, or an input of the spec. Which one shares the place of `layer`:
// it is -1 minus that number.
struct Ref {
  LayerId layer;
  int output = 0;

  bool is_input() const { return layer.is_none(); }
  std::size_t input() const { return static_cast<std::size_t>(-1 - layer.number()); }
  static Ref of_input(std::integral auto index) { return {LayerId(-1 - static_cast<int>(index)), 0}; }
  bool operator==(const Ref&) const = default;
};

// monostate: absent. string: a word. The lists are what OptType says.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                           std::vector<double>, std::vector<Expression>, std::vector<std::vector<Expression>>,
                           std::vector<SliceRange>, Ref>;

}  // namespace shapedbg
