// A set of sizes: base + the sum of step*d over some digits, each d from 0 to count - 1. What the lower
// digits add up to is always less than the step above them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "size/digits.h"

namespace shapedbg {

struct SizeBox {
  struct Digit {
    std::int64_t step = 1;
    std::int64_t count = 1;  // only of the first, `unbounded` where the set has no end
    bool operator==(const Digit&) const = default;
  };
  std::int64_t base = 1;
  std::vector<Digit> digits;  // larger steps first

  static SizeBox from(std::int64_t first, std::int64_t step = 1, std::int64_t count = unbounded);

  bool finite() const { return digits.empty() || digits[0].count != unbounded; }
  // The steps after which an endless set repeats.
  std::int64_t period() const { return finite() ? 0 : digits[0].step; }
  // How many of a period's sizes are in an endless set; of a finite one its number of sizes. At most
  // huge_size.
  std::int64_t members() const;
  std::int64_t largest() const;  // of a finite set

  bool contains(std::int64_t n) const;
  std::int64_t count_to(std::int64_t n) const;                 // of those up to n; at most huge_size
  std::optional<std::int64_t> next(std::int64_t n) const;      // the least from n on
  std::optional<std::int64_t> previous(std::int64_t n) const;  // the largest up to n
  // Digits that follow each other without a gap become one; digits with one value go.
  void simplify();
  bool operator==(const SizeBox&) const = default;
};

}  // namespace shapedbg
