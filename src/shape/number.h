// The two number types that size rules are written over: a plain integer for one input size, and
// slope*q + offset for all input sizes of one residue class at once. (Every size rule is built from
// x + a, x * s, floor(x / s) and comparisons. With x = M*q + r and M a multiple of all divisors on
// the way, each intermediate size is affine in q: floor((k*q + c)/s) = (k/s)*q + floor(c/s).)
#pragma once

#include <cstdint>
#include <limits>

namespace shapedbg {

// slope*q + offset for every q from the class's threshold on. `exact` is false where a size is not
// of that form (a product of two growing sizes, a divisor that the period does not hold).
struct Affine {
  std::int64_t slope = 0;
  std::int64_t offset = 0;
  bool exact = true;

  Affine() = default;
  Affine(std::int64_t constant) : offset(constant) {}  // NOLINT: a constant is an Affine
  Affine(std::int64_t slope_, std::int64_t offset_) : slope(slope_), offset(offset_) {}
  static Affine unknown() {
    Affine a;
    a.exact = false;
    return a;
  }
  bool constant() const { return exact && slope == 0; }
  std::int64_t at(std::int64_t q) const { return slope * q + offset; }
  bool operator==(const Affine&) const = default;
};

// Arithmetic over N, passed to every rule. Sizes are bounded by `huge`; what would leave the bound
// or the form becomes `not ok()` and the rule's result is then unknown, never wrong.
template <class N>
class Arith;

inline constexpr std::int64_t huge_size = INT64_C(1) << 60;

inline std::int64_t floor_div(std::int64_t a, std::int64_t b) {  // b > 0
  const std::int64_t q = a / b;
  return q - ((a % b != 0 && (a < 0)) ? 1 : 0);
}
inline std::int64_t floor_mod(std::int64_t a, std::int64_t b) { return a - floor_div(a, b) * b; }

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
  // Sizes that are data, not form: the value of a constant.
  bool known(Number) const { return true; }
  std::int64_t value(Number a) const { return a; }
  // The result of a rule outside of the form (a float scale factor).
  template <class F>
  Number apply(Number a, F&& f) { return f(a); }

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

template <>
class Arith<Affine> {
 public:
  using Number = Affine;
  bool ok() const { return ok_; }
  // All comparisons made so far hold for every q >= threshold().
  std::int64_t threshold() const { return threshold_; }

  Number add(Number a, Number b) {
    if (!a.exact || !b.exact) return fail();
    Number r;
    const bool slope = __builtin_add_overflow(a.slope, b.slope, &r.slope);
    const bool offset = __builtin_add_overflow(a.offset, b.offset, &r.offset);
    return make(slope || offset, r);
  }
  Number sub(Number a, Number b) {
    if (!a.exact || !b.exact) return fail();
    Number r;
    const bool slope = __builtin_sub_overflow(a.slope, b.slope, &r.slope);
    const bool offset = __builtin_sub_overflow(a.offset, b.offset, &r.offset);
    return make(slope || offset, r);
  }
  Number mul(Number a, Number b) {
    if (!a.exact || !b.exact || (a.slope != 0 && b.slope != 0)) return fail();
    if (a.slope == 0) {
      const Number t = a;
      a = b;
      b = t;
    }
    Number r;
    const bool slope = __builtin_mul_overflow(a.slope, b.offset, &r.slope);
    const bool offset = __builtin_mul_overflow(a.offset, b.offset, &r.offset);
    return make(slope || offset, r);
  }
  Number div_floor(Number a, std::int64_t b) {
    if (!a.exact || a.slope % b != 0) return fail();
    return {a.slope / b, floor_div(a.offset, b)};
  }
  bool divisible(Number a, std::int64_t b) {
    if (!a.exact || a.slope % b != 0) {
      fail();
      return false;
    }
    return floor_mod(a.offset, b) == 0;
  }
  // a < b for every q from the threshold on; the threshold rises so that this is true.
  bool less(Number a, Number b) {
    if (!a.exact || !b.exact) {
      fail();
      return false;
    }
    const std::int64_t slope = b.slope - a.slope;
    const std::int64_t offset = b.offset - a.offset;  // a < b  <=>  slope*q + offset > 0
    if (slope == 0) return offset > 0;
    if (slope > 0) {
      raise(floor_div(-offset, slope) + 1);
      return true;
    }
    raise(floor_div(offset - 1, -slope) + 1);
    return false;
  }
  bool equal(Number a, Number b) {
    if (!a.exact || !b.exact) {
      fail();
      return false;
    }
    if (a.slope == b.slope) return a.offset == b.offset;
    const std::int64_t slope = b.slope - a.slope;
    const std::int64_t offset = b.offset - a.offset;
    raise(slope > 0 ? floor_div(-offset, slope) + 1 : floor_div(offset, -slope) + 1);
    return false;
  }
  bool known(Number a) const { return a.constant(); }
  std::int64_t value(Number a) const { return a.offset; }
  template <class F>
  Number apply(Number a, F&& f) {
    if (!a.constant()) return fail();
    return f(a.offset);
  }

 private:
  Number fail() {
    ok_ = false;
    return Affine::unknown();
  }
  Number make(bool overflow, const Number& a) {
    if (overflow || a.slope > huge_size || a.slope < -huge_size || a.offset > huge_size || a.offset < -huge_size)
      return fail();
    return a;
  }
  void raise(std::int64_t q) { threshold_ = q > threshold_ ? q : threshold_; }
  bool ok_ = true;
  std::int64_t threshold_ = 0;
};

}  // namespace shapedbg
