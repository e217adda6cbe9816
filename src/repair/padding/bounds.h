// Which sizes a tensor can have if everything behind it is to fit: found backwards from what is
// expected. Only for leaving out what is hopeless, so a range may be too wide, never too narrow.
#pragma once

#include <array>
#include <vector>

#include "repair/padding/question.h"

namespace shapedbg {

inline constexpr std::int64_t largest_size = INT64_C(1) << 50;

// Inclusive, per spatial axis of the question's transposed layers.
struct SizeBounds {
  std::array<std::int64_t, 3> least{1, 1, 1};
  std::array<std::int64_t, 3> most{largest_size, largest_size, largest_size};
};

// For the first output of every layer of the question.
std::vector<SizeBounds> bounds_of(const Question& question);

}  // namespace shapedbg
