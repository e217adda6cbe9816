// The modulus on which a network's sizes are affine along one axis.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "net/spec.h"

namespace shapedbg {

// Both are multiples of every divisor that a size meets, or 0 where that is too large to be of use.
struct Periods {
  // Along each way through the network what was divided less what was multiplied since: 2, not 4, for
  // two pairs of stride 2 down and up.
  std::int64_t likely = 1;
  // The product of all divisors, should `likely` not do.
  std::int64_t safe = 1;
};
Periods periods_of(const Spec& spec, FreeAxis at);
// Of an axis of the first input.
Periods periods_of(const Spec& spec, int axis);

// m and 2^e with scale = m/2^e, when that is exact and small.
std::optional<std::pair<std::int64_t, std::int64_t>> dyadic(double scale);

}  // namespace shapedbg
