// The arithmetic that size rules are written over. Every size rule is built from x + a, x * s, floor(x / s)
// and comparisons: over plain integers it is the answer for one input size, over forms (form.h) for all
// sizes of a class at once.
#pragma once

#include <cstdint>

namespace shapedbg {

// Arithmetic over N, passed to every rule. Sizes are bounded by `huge_size`; what would leave the bound
// becomes `not ok()` and the rule's result is then unknown, never wrong.
template <class N>
class Arith;

inline constexpr std::int64_t huge_size = INT64_C(1) << 60;

inline std::int64_t floor_div(std::int64_t a, std::int64_t b) {  // b > 0
  const std::int64_t q = a / b;
  return q - ((a % b != 0 && (a < 0)) ? 1 : 0);
}
inline std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

// floor(size * scale) in double arithmetic, as torch does it; at most huge_size.
std::int64_t scaled_size(std::int64_t size, double scale);

template <>
class Arith<std::int64_t> {
 public:
  using Number = std::int64_t;
  bool ok() const { return ok_; }
  Number add(Number a, Number b) {
    Number r = 0;
    return bounded(__builtin_add_overflow(a, b, &r), r);
  }
  Number sub(Number a, Number b) {
    Number r = 0;
    return bounded(__builtin_sub_overflow(a, b, &r), r);
  }
  Number mul(Number a, Number b) {
    Number r = 0;
    return bounded(__builtin_mul_overflow(a, b, &r), r);
  }
  Number div_floor(Number a, std::int64_t b) { return floor_div(a, b); }
  bool divisible(Number a, std::int64_t b) { return floor_mod(a, b) == 0; }
  bool less(Number a, Number b) { return a < b; }
  bool equal(Number a, Number b) { return a == b; }
  Number scale(Number a, double factor) { return scaled_size(a, factor); }
  // a / b where b divides it. False where it does not.
  bool quotient(Number a, Number b, Number& result) {
    if (b == 0 || a % b != 0) return false;
    result = a / b;
    return true;
  }
  // The value of a size that steers a rule, as the right side of a division does.
  std::int64_t fixed(Number a) { return a; }

 private:
  // By reference: read only after the other argument, which writes it, is evaluated.
  Number bounded(bool overflow, const Number& a) {
    if (overflow || a > huge_size || a < -huge_size) {
      ok_ = false;
      return 0;
    }
    return a;
  }
  bool ok_ = true;
};

}  // namespace shapedbg
