// A size times a floating-point factor. torch takes floor(size * factor) in double arithmetic, which is
// floor(size * p/q) for the simple fraction p/q that the factor stands for, except at some multiples of q:
// there the product can be rounded to just below the integer (199 * (800/199) gives 799).
#include <bit>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "size/form_arith.h"

namespace shapedbg {
namespace {

struct Fraction {
  std::int64_t p = 0;
  std::int64_t q = 1;
};

// The fraction with the smallest denominator that the double is the nearest one to. Products of p and sizes
// below 2^51/p, for which all of this holds, are more than any size that LibTorch can address.
std::optional<Fraction> simple_fraction(double value) {
  constexpr std::int64_t kLargest = INT64_C(1) << 20;
  if (!(value > 0) || value > 1e9) return std::nullopt;
  Fraction before{0, 1};
  Fraction now{1, 0};
  double rest = value;
  for (int i = 0; i < 40; ++i) {
    const auto whole = static_cast<std::int64_t>(std::floor(rest));
    if (whole > kLargest && i > 0) return std::nullopt;
    const Fraction next{before.p + whole * now.p, before.q + whole * now.q};
    if (next.q > kLargest) return std::nullopt;
    before = std::exchange(now, next);
    if (static_cast<double>(now.p) / static_cast<double>(now.q) == value) return now;
    rest = 1 / (rest - static_cast<double>(whole));
  }
  return std::nullopt;
}

constexpr std::int64_t kLargestSize = INT64_C(1) << 48;  // that a spec can say

}  // namespace

std::int64_t scaled_size(std::int64_t size, double scale) {
  const double out = std::floor(static_cast<double>(size) * scale);
  return out < static_cast<double>(huge_size) ? static_cast<std::int64_t>(out) : huge_size;
}

Form Arith<Form>::scale(const Form& a, double factor) {
  if (!ok()) return {};
  const Form x = resolved(a);
  if (x.is_constant()) return scaled_size(x.constant, factor);
  const auto fraction = simple_fraction(factor);
  if (!fraction) return fail();
  const std::int64_t p = fraction->p;
  const std::int64_t q = fraction->q;
  const Form product = times(x, p);
  Form size = div_floor(product, q);
  if (q == 1 || std::has_single_bit(static_cast<std::uint64_t>(q))) return size;
  // At multiples of q: between two powers of two the products are exact up to some place, and one less from
  // there on.
  const auto low = [&](std::int64_t t) { return scaled_size(q * t, factor) < p * t; };
  if (!divisible(x, q)) return size;
  const Form multiple = div_floor(x, q);
  if (!ok()) return {};
  std::int64_t start = 1;
  bool state = low(1);
  const auto reach = [&](std::int64_t t) {  // the next place at which products change
    if (less(multiple, Form(t))) return true;
    start = t;
    state = !state;
    return !ok();
  };
  for (std::int64_t power = 1; power <= kLargestSize / q * p && ok();) {
    const std::int64_t first = std::max(start, (power + p - 1) / p);
    const std::int64_t last = (2 * power - 1) / p;
    power *= 2;
    if (first > last) continue;
    if (low(first) != state && reach(first)) break;
    if (first == last) continue;
    if (low(first + 1) != state && reach(first + 1)) break;
    if (low(last) == state) continue;
    std::int64_t a_place = first + 1;
    std::int64_t b_place = last;
    while (a_place < b_place) {
      const std::int64_t middle = a_place + (b_place - a_place) / 2;
      if (low(middle) == state)
        a_place = middle + 1;
      else
        b_place = middle;
    }
    if (reach(a_place)) break;
  }
  if (!ok()) return {};
  return state ? sub(size, Form(1)) : size;
}

}  // namespace shapedbg
