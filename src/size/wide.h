// Bounds of forms: integers of 128 bits, and beyond them "endless".
#pragma once

#include <algorithm>
#include <cstdint>

namespace shapedbg {

__extension__ using Wide = __int128;
inline constexpr Wide endless = Wide(1) << 100;

struct Bounds {
  Wide least = 0;
  Wide most = 0;
};

inline bool finite(Wide value) { return value > -endless && value < endless; }
inline Wide clamp(Wide value) { return std::clamp(value, -endless, endless); }
inline Wide times_clamped(Wide a, Wide b) {  // a of any sign, b >= 0
  if (a == 0 || b == 0) return 0;
  const Wide most = endless / b;
  if (a > most) return endless;
  if (a < -most) return -endless;
  return a * b;
}
inline Wide floor_wide(Wide a, Wide b) {  // b > 0
  const Wide q = a / b;
  return q - (a % b != 0 && a < 0 ? 1 : 0);
}

}  // namespace shapedbg
