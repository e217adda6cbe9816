// Exact fractions of 64 bits. What does not fit is not known, and stays so.
#pragma once

#include <compare>
#include <cstdint>
#include <numeric>
#include <string>

namespace shapedbg {

class Rational {
 public:
  constexpr Rational() = default;
  constexpr Rational(std::int64_t whole)
      : top_(whole) {}  // NOLINT(google-explicit-constructor): 2 is a fraction
  constexpr Rational(std::int64_t top, std::int64_t bottom) { *this = reduced(top, bottom); }

  constexpr bool known() const { return bottom_ != 0; }
  constexpr std::int64_t top() const { return top_; }
  constexpr std::int64_t bottom() const { return bottom_; }

  friend constexpr Rational operator+(Rational a, Rational b) {
    if (!a.known() || !b.known()) return unknown();
    std::int64_t sum = 0;
    if (a.bottom_ == 1 && b.bottom_ == 1 && !__builtin_add_overflow(a.top_, b.top_, &sum)) return sum;
    return reduced(Wide{a.top_} * b.bottom_ + Wide{b.top_} * a.bottom_, Wide{a.bottom_} * b.bottom_);
  }
  friend constexpr Rational operator-(Rational a) {
    a.top_ = -a.top_;
    return a;
  }
  friend constexpr Rational operator-(Rational a, Rational b) { return a + -b; }
  friend constexpr Rational operator*(Rational a, Rational b) {
    if (!a.known() || !b.known()) return unknown();
    std::int64_t product = 0;
    if (a.bottom_ == 1 && b.bottom_ == 1 && !__builtin_mul_overflow(a.top_, b.top_, &product)) return product;
    return reduced(Wide{a.top_} * b.top_, Wide{a.bottom_} * b.bottom_);
  }
  friend constexpr Rational operator/(Rational a, Rational b) {
    if (!a.known() || !b.known() || b.top_ == 0) return unknown();
    return reduced(Wide{a.top_} * b.bottom_, Wide{a.bottom_} * b.top_);
  }
  // Nothing is less than what is not known, nor equal to it.
  friend constexpr bool operator<(Rational a, Rational b) {
    return a.known() && b.known() && Wide{a.top_} * b.bottom_ < Wide{b.top_} * a.bottom_;
  }
  friend constexpr bool operator>(Rational a, Rational b) { return b < a; }
  friend constexpr bool operator==(Rational a, Rational b) {
    return a.known() && b.known() && a.top_ == b.top_ && a.bottom_ == b.bottom_;
  }

  static constexpr Rational unknown() {
    Rational none;
    none.bottom_ = 0;
    return none;
  }

 private:
  __extension__ using Wide = __int128;

  static constexpr Rational reduced(Wide top, Wide bottom) {
    // Products beyond this limit would leave 128 bits in a comparison.
    constexpr Wide limit = Wide{1} << 62;
    if (bottom == 0) return unknown();
    if (bottom < 0) {
      top = -top;
      bottom = -bottom;
    }
    Wide a = top < 0 ? -top : top;
    Wide b = bottom;
    if (a < limit && b < limit) {
      const std::int64_t by = std::gcd(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b));
      top /= by;
      bottom /= by;
    } else {
      while (b != 0) {
        const Wide rest = a % b;
        a = b;
        b = rest;
      }
      top /= a;
      bottom /= a;
      if (top >= limit || -top >= limit || bottom >= limit) return unknown();
    }
    Rational result;
    result.top_ = static_cast<std::int64_t>(top);
    result.bottom_ = static_cast<std::int64_t>(bottom);
    return result;
  }

  std::int64_t top_ = 0;
  std::int64_t bottom_ = 1;
};

constexpr Rational abs(Rational x) { return x.top() < 0 ? -x : x; }
constexpr Rational larger(Rational a, Rational b) { return a < b ? b : a; }

// "3", "-1/2", "?"
std::string to_string(Rational x);

}  // namespace shapedbg
