#include "size/form_arith.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace shapedbg {
namespace {

constexpr std::int64_t kTried = 4096;                       // values of one digit to be looked at one by one
constexpr std::int64_t kLargestModulus = INT64_C(1) << 40;  // of a remainder that waits

}  // namespace

Form Arith<Form>::fail() {
  failed_ = true;
  return {};
}

std::int64_t Arith<Form>::checked(Wide value) {
  if (value <= huge_size && value >= -huge_size) return static_cast<std::int64_t>(value);
  failed_ = true;
  return 0;
}

// Adds what equals each other, and reduces the fraction.
Form Arith<Form>::sorted(Form a) {
  std::sort(a.terms.begin(), a.terms.end(),
            [](const Form::Term& x, const Form::Term& y) { return x.product < y.product; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < a.terms.size();) {
    Form::Term sum = a.terms[i];
    for (++i; i < a.terms.size() && a.terms[i].product == sum.product; ++i)
      sum.factor = checked(Wide(sum.factor) + a.terms[i].factor);
    if (sum.factor != 0) a.terms[kept++] = sum;
  }
  a.terms.resize(kept);
  if (a.divisor == 1) return a;
  std::int64_t common = std::gcd(a.divisor, a.constant);
  for (const Form::Term& term : a.terms) common = std::gcd(common, term.factor);
  a.constant /= common;
  a.divisor /= common;
  for (Form::Term& term : a.terms) term.factor /= common;
  return a.is_constant() && a.divisor != 1 ? fail() : a;
}

void Arith<Form>::expand(int digit, std::int64_t factor, Form& into) {
  while (digits_.split(digit)) {
    into.constant = checked(Wide(into.constant) + Wide(factor) * digits_.offset(digit));
    if (digits_.low(digit) != 0) expand(digits_.low(digit), factor, into);
    factor = checked(Wide(factor) * digits_.factor(digit));
    digit = digits_.high(digit);
  }
  if (digits_.count(digit) > 1) into.terms.push_back({Form::of_digit(digit).terms[0].product, factor});
}

Form Arith<Form>::in_place_of(int digit) {
  const Remainder* remainder = digits_.remainder(digit);
  if (remainder == nullptr) {
    Form one;
    expand(digit, 1, one);
    return sorted(std::move(one));
  }
  Form rest = divided(resolved(remainder->of), remainder->modulus).rest;
  const auto floor = common_floor(rest, remainder->modulus);
  if (!floor) return Form::of_digit(digit);
  rest.constant = checked(Wide(rest.constant) - Wide(*floor) * remainder->modulus);
  rest.divisor = remainder->divisor;
  return sorted(std::move(rest));
}

bool Arith<Form>::settled(const Form& a) const {
  for (const Form::Term& term : a.terms) {
    for (const int digit : digits_of(term.product)) {
      if (digit == 0) break;
      if (digits_.split(digit) || digits_.count(digit) == 1) return false;
      const Remainder* remainder = digits_.remainder(digit);
      if (remainder != nullptr && !settled(remainder->of)) return false;
    }
  }
  return true;
}

Form Arith<Form>::resolved(const Form& a) {
  if (a.is_constant()) return a;
  if (--budget_ < 0) return fail();
  if (settled(a)) return a;
  Form sum(a.constant);
  Form others;  // what needs more than to be written in other digits
  for (const Form::Term& term : a.terms) {
    if (is_linear(term) && digits_.remainder(first_digit(term)) == nullptr) {
      expand(first_digit(term), term.factor, sum);
      continue;
    }
    Form value(term.factor);
    for (const int digit : digits_of(term.product)) {
      if (digit == 0) break;
      value = product(value, in_place_of(digit));
    }
    others = joined(std::move(others), value, 1);
  }
  sum = joined(std::move(sum), others, 1);
  if (a.divisor == 1) return sum;
  sum.divisor = checked(Wide(sum.divisor) * a.divisor);
  return sorted(std::move(sum));
}

// Of resolved forms.
Form Arith<Form>::joined(Form a, const Form& b, std::int64_t sign) {
  std::int64_t times_b = sign;
  if (a.divisor != b.divisor) {
    const Wide common = Wide(a.divisor) / std::gcd(a.divisor, b.divisor) * b.divisor;
    const auto times_a = static_cast<std::int64_t>(common / a.divisor);
    times_b = sign * static_cast<std::int64_t>(common / b.divisor);
    a.constant = checked(Wide(a.constant) * times_a);
    for (Form::Term& term : a.terms) term.factor = checked(Wide(term.factor) * times_a);
    a.divisor = checked(common);
  }
  a.constant = checked(Wide(a.constant) + Wide(times_b) * b.constant);
  for (const Form::Term& term : b.terms)
    a.terms.push_back({term.product, checked(Wide(times_b) * term.factor)});
  return sorted(std::move(a));
}

Form Arith<Form>::combined(const Form& a, const Form& b, std::int64_t sign) {
  if (b.is_constant()) return shifted(a, Wide(sign) * b.constant);
  if (a.is_constant() && sign == 1) return shifted(b, a.constant);
  return joined(resolved(a), resolved(b), sign);
}

// Most of what size rules add are numbers, which leave the terms as they are.
Form Arith<Form>::shifted(const Form& a, Wide by) {
  if (a.is_constant()) return checked(a.constant + by);
  Form sum = resolved(a);
  sum.constant = checked(sum.constant + by * sum.divisor);
  return sum.divisor == 1 ? sum : sorted(std::move(sum));
}

Form Arith<Form>::times(const Form& a, std::int64_t factor) {
  if (factor == 0) return {};
  Form x = resolved(a);
  x.constant = checked(Wide(x.constant) * factor);
  for (Form::Term& term : x.terms) term.factor = checked(Wide(term.factor) * factor);
  return x.divisor == 1 ? x : sorted(std::move(x));
}

// Of resolved forms.
Form Arith<Form>::product(const Form& a, const Form& b) {
  Form sum(checked(Wide(a.constant) * b.constant));
  sum.divisor = checked(Wide(a.divisor) * b.divisor);
  for (const Form::Term& term : a.terms)
    if (b.constant != 0) sum.terms.push_back({term.product, checked(Wide(term.factor) * b.constant)});
  for (const Form::Term& term : b.terms)
    if (a.constant != 0) sum.terms.push_back({term.product, checked(Wide(term.factor) * a.constant)});
  for (const Form::Term& x : a.terms) {
    for (const Form::Term& y : b.terms) {
      if (degree(x.product) + degree(y.product) > 4) return fail();
      auto digits = digits_of(x.product);
      std::size_t end = static_cast<std::size_t>(degree(x.product));
      for (const int digit : digits_of(y.product))
        if (digit != 0) digits[end++] = digit;
      std::sort(digits.begin(), digits.end(), std::greater<>());
      sum.terms.push_back({product_of(digits), checked(Wide(x.factor) * y.factor)});
    }
  }
  if (failed_) return {};
  return sorted(std::move(sum));
}

Form Arith<Form>::mul(const Form& a, const Form& b) {
  if (a.is_constant() && b.is_constant()) return checked(Wide(a.constant) * b.constant);
  if (a.is_constant()) return times(b, a.constant);
  if (b.is_constant()) return times(a, b.constant);
  return product(resolved(a), resolved(b));
}

Bounds Arith<Form>::bounds(const Form::Term& term) const {
  Wide most = term.factor;
  for (const int digit : digits_of(term.product)) {
    if (digit == 0) break;
    const std::int64_t count = digits_.count(digit);
    most = count == unbounded ? (most > 0 ? endless : -endless) : times_clamped(most, count - 1);
  }
  return most > 0 ? Bounds{0, most} : Bounds{most, 0};
}

Bounds Arith<Form>::bounds(const Form& a) const {
  Bounds sum{a.constant, a.constant};
  for (const Form::Term& term : a.terms) {
    const Bounds one = bounds(term);
    sum.least = clamp(sum.least + one.least);
    sum.most = clamp(sum.most + one.most);
  }
  return sum;
}

bool Arith<Form>::less(const Form& a, const Form& b) {
  if (!ok()) return false;
  if (a.is_constant() && b.is_constant()) return a.constant < b.constant;
  if (a == b) return false;  // whatever the digits are
  if (b.is_constant() && a.divisor == 1 && settled(a)) {
    // Decided without a form of the difference, as most comparisons with a number are.
    const Bounds all = bounds(a);
    if (all.most < b.constant) return true;
    if (all.least >= b.constant) return false;
  }
  const Form difference = sub(b, a);
  if (!ok()) return false;
  const Bounds range = bounds(difference);
  if (range.least > 0) return true;
  if (range.most <= 0) return false;
  split_sign(difference);
  return false;
}

bool Arith<Form>::equal(const Form& a, const Form& b) {
  if (!ok()) return false;
  if (a.is_constant() && b.is_constant()) return a.constant == b.constant;
  if (a == b) return true;  // whatever the digits are
  const Form difference = sub(a, b);
  if (!ok()) return false;
  if (difference.is_constant()) return difference.constant == 0;
  const Bounds range = bounds(difference);
  if (range.least > 0 || range.most < 0) return false;
  std::int64_t common = 0;
  for (const Form::Term& term : difference.terms) common = std::gcd(common, term.factor);
  if (difference.constant % common != 0) return false;
  split_sign(difference);
  return false;
}

Arith<Form>::Parts Arith<Form>::divided(const Form& a, std::int64_t b) {
  Parts parts;
  parts.whole.constant = floor_div(a.constant, b);
  parts.rest.constant = floor_mod(a.constant, b);
  for (const Form::Term& term : a.terms) {
    std::int64_t rest = floor_mod(term.factor, b);
    if (rest > b / 2) rest -= b;
    if (rest != 0) parts.rest.terms.push_back({term.product, rest});
    const std::int64_t whole = (term.factor - rest) / b;
    if (whole != 0) parts.whole.terms.push_back({term.product, whole});
  }
  return parts;
}

// The same modulo b, with remainders by a multiple of b replaced by what they are the remainders of.
Form Arith<Form>::congruent(const Form& rest, std::int64_t b) {
  const auto replaced = [&](const Form::Term& term) -> const Remainder* {
    const Remainder* remainder = is_linear(term) ? digits_.remainder(first_digit(term)) : nullptr;
    if (remainder == nullptr || term.factor % remainder->divisor != 0) return nullptr;
    const Wide multiple = Wide(term.factor / remainder->divisor) * remainder->modulus;
    return multiple % b == 0 ? remainder : nullptr;
  };
  Form sum = rest;
  for (bool again = true; again && ok();) {
    again = false;
    for (const Form::Term term : sum.terms) {
      const Remainder* remainder = replaced(term);
      if (remainder == nullptr) continue;
      sum = joined(std::move(sum), times(Form::of_digit(remainder->digit), term.factor), -1);
      sum = joined(std::move(sum), times(remainder->of, term.factor / remainder->divisor), 1);
      sum = divided(sum, b).rest;
      again = true;
      break;
    }
  }
  return sum;
}

std::optional<std::int64_t> Arith<Form>::common_floor(const Form& rest, std::int64_t b) const {
  const Bounds range = bounds(rest);
  if (!finite(range.least) || !finite(range.most)) return std::nullopt;
  const Wide floor = floor_wide(range.least, b);
  if (floor != floor_wide(range.most, b) || floor > huge_size || floor < -huge_size) return std::nullopt;
  return static_cast<std::int64_t>(floor);
}

Form Arith<Form>::div_floor(const Form& a, std::int64_t b) {
  if (!ok()) return {};
  if (a.is_constant()) return floor_div(a.constant, b);
  if (b == 1) return resolved(a);
  const Form x = resolved(a);
  const std::int64_t modulus = checked(Wide(x.divisor) * b);
  if (!ok()) return {};
  Parts parts = divided(x, modulus);
  if (const auto floor = common_floor(parts.rest, modulus)) {
    parts.whole.constant = checked(Wide(parts.whole.constant) + *floor);
    return std::move(parts.whole);
  }
  // floor(rest/b) = (rest - remainder)/b, whatever the remainder is.
  Form remainder = congruent(parts.rest, modulus);
  if (const auto floor = common_floor(remainder, modulus)) {
    remainder.constant = checked(Wide(remainder.constant) - Wide(*floor) * modulus);
  } else if (split_residues(remainder, modulus)) {
    return {};
  } else if (!remainder.is_linear() || modulus > kLargestModulus || digits_.size() > Digits::most) {
    split_floor(remainder, modulus);
    return {};
  } else {
    remainder = times(Form::of_digit(digits_.add_remainder(remainder, modulus, x.divisor)), x.divisor);
  }
  Form floor = joined(std::move(parts.rest), remainder, -1);
  floor.divisor = modulus;
  return joined(std::move(parts.whole), sorted(std::move(floor)), 1);
}

bool Arith<Form>::divisible(const Form& a, std::int64_t b) {
  if (!ok()) return false;
  if (a.is_constant()) return floor_mod(a.constant, b) == 0;
  const Form x = resolved(a);
  const std::int64_t modulus = checked(Wide(x.divisor) * b);
  if (!ok()) return false;
  const Form rest = congruent(divided(x, modulus).rest, modulus);
  if (rest.is_constant()) return rest.constant == 0;
  std::int64_t common = modulus;
  for (const Form::Term& term : rest.terms) common = std::gcd(common, term.factor);
  if (rest.constant % common != 0) return false;
  const Bounds range = bounds(rest);
  if (finite(range.least) && finite(range.most) &&
      floor_wide(range.least - 1, modulus) == floor_wide(range.most, modulus))
    return false;
  split_multiple(rest, modulus);
  return false;
}

std::int64_t Arith<Form>::fixed(const Form& a) {
  const Form x = resolved(a);
  if (x.is_constant() || !ok()) return x.is_constant() ? x.constant : 1;
  if (split_remainder(x)) return 1;
  const bool few = std::all_of(x.terms.begin(), x.terms.end(), [&](const Form::Term& term) {
    for (const int digit : digits_of(term.product))
      if (digit != 0 && digits_.count(digit) > kTried) return false;
    return true;
  });
  if (few)
    split_in_half(x);
  else
    fail();
  return 1;
}

bool Arith<Form>::quotient(const Form& a, const Form& b, Form& result) {
  if (!ok()) return false;
  const Form divisor = resolved(b);
  Form rest = resolved(a);
  if (!ok()) return false;
  if (divisor.is_constant()) {
    if (divisor.constant == 0 || !divisible(rest, std::abs(divisor.constant))) return false;
    result = div_floor(divisor.constant > 0 ? rest : times(rest, -1), std::abs(divisor.constant));
    return ok();
  }
  // Long division: the highest degree first, then the digits with the larger numbers. Of the sums without
  // their own divisors, which make up for each other in the end.
  const std::int64_t up = divisor.divisor;
  const std::int64_t down = std::exchange(rest.divisor, 1);
  Form by = divisor;
  by.divisor = 1;
  const auto leading = [](const Form& form) {
    return *std::max_element(
        form.terms.begin(), form.terms.end(), [](const Form::Term& x, const Form::Term& y) {
          return std::pair(degree(x.product), x.product) < std::pair(degree(y.product), y.product);
        });
  };
  const Form::Term lead = leading(by);
  Form whole;
  for (int steps = 0; !rest.is_constant() && steps < 32; ++steps) {
    const Form::Term top = leading(rest);
    Form::Product part = 0;
    if (top.factor % lead.factor != 0 || !without(top.product, lead.product, part)) break;
    Form one;
    if (part == 0)
      one.constant = top.factor / lead.factor;
    else
      one.terms.push_back({part, top.factor / lead.factor});
    whole = add(whole, one);
    rest = sub(rest, product(one, by));
    if (!ok()) return false;
  }
  if (rest.is_constant() && rest.constant == 0) {
    whole = times(whole, up);
    if (down != 1 && !divisible(whole, down)) return false;
    result = down == 1 ? std::move(whole) : div_floor(whole, down);
    return ok();
  }
  // A divisor larger than what it should divide does not.
  if (less(a, divisor) && less(Form(0), a)) return false;
  if (ok()) fixed(divisor);
  if (ok()) fixed(a);
  return false;
}

}  // namespace shapedbg
