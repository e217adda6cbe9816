#include "shape/form.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace shapedbg {
namespace {

__extension__ using Wide = __int128;
constexpr Wide kEndless = Wide(1) << 100;
constexpr std::int64_t kTried = 4096;  // values of one digit to be looked at one by one

using Parts4 = std::array<int, 4>;  // the digits of a product, largest first, then 0

Parts4 digits_of(Form::Product product) {
  return {static_cast<int>(product >> 48), static_cast<int>(product >> 32 & 0xffff),
          static_cast<int>(product >> 16 & 0xffff), static_cast<int>(product & 0xffff)};
}
Form::Product product_of(const Parts4& digits) {
  Form::Product product = 0;
  for (const int digit : digits) product = product << 16 | static_cast<Form::Product>(digit);
  return product;
}
bool is_linear(const Form::Term& term) { return (term.product & 0xffff'ffff'ffffu) == 0; }
int degree(Form::Product product) {
  int n = 0;
  for (; product != 0; product <<= 16) ++n;
  return n;
}
int first_digit(const Form::Term& term) { return static_cast<int>(term.product >> 48); }

// Divides what remains of `product` by `by`. False where it is no multiple.
bool without(Form::Product product, Form::Product by, Form::Product& result) {
  Parts4 left = digits_of(product);
  for (const int digit : digits_of(by)) {
    if (digit == 0) continue;
    const auto at = std::find(left.begin(), left.end(), digit);
    if (at == left.end()) return false;
    std::rotate(at, at + 1, left.end());
    left.back() = 0;
  }
  result = product_of(left);
  return true;
}

Wide clamp(Wide value) { return std::clamp(value, -kEndless, kEndless); }
Wide times_clamped(Wide a, Wide b) {  // a of any sign, b >= 0
  if (a == 0 || b == 0) return 0;
  const Wide most = kEndless / b;
  if (a > most) return kEndless;
  if (a < -most) return -kEndless;
  return a * b;
}
bool finite(Wide value) { return value > -kEndless && value < kEndless; }
Wide floor_wide(Wide a, Wide b) {  // b > 0
  const Wide q = a / b;
  return q - (a % b != 0 && a < 0 ? 1 : 0);
}
std::int64_t inverse(std::int64_t a, std::int64_t modulus) {  // of coprime numbers
  std::int64_t before = 0;
  std::int64_t now = 1;
  std::int64_t rest = modulus;
  for (std::int64_t left = floor_mod(a, modulus); left != 0;) {
    const std::int64_t q = rest / left;
    before = std::exchange(now, before - q * now);
    rest = std::exchange(left, rest - q * left);
  }
  return floor_mod(before, modulus);
}

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

void Arith<Form>::expand(int digit, std::int64_t factor, Form& into) {
  while (digits_.split(digit)) {
    into.constant = checked(Wide(into.constant) + Wide(factor) * digits_.offset(digit));
    if (digits_.low(digit) != 0) expand(digits_.low(digit), factor, into);
    factor = checked(Wide(factor) * digits_.factor(digit));
    digit = digits_.high(digit);
  }
  if (digits_.count(digit) > 1) into.terms.push_back({Form::of_digit(digit).terms[0].product, factor});
}

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
  return a;
}

Form Arith<Form>::resolved(const Form& a) {
  if (a.is_constant()) return a;
  if (--budget_ < 0) return fail();
  const auto settled = [&](const Form::Term& term) {
    for (const int digit : digits_of(term.product))
      if (digit != 0 && (digits_.split(digit) || digits_.count(digit) == 1)) return false;
    return true;
  };
  if (std::all_of(a.terms.begin(), a.terms.end(), settled)) return a;
  Form sum(a.constant);
  for (const Form::Term& term : a.terms) {
    if (is_linear(term)) {
      expand(first_digit(term), term.factor, sum);
      continue;
    }
    Form value(term.factor);
    for (const int digit : digits_of(term.product)) {
      if (digit == 0) break;
      Form one;
      expand(digit, 1, one);
      value = product(value, sorted(std::move(one)));
    }
    sum.constant = checked(Wide(sum.constant) + value.constant);
    sum.terms.insert(sum.terms.end(), value.terms.begin(), value.terms.end());
  }
  return sorted(std::move(sum));
}

Form Arith<Form>::combined(const Form& a, const Form& b, std::int64_t sign) {
  if (a.is_constant() && b.is_constant()) return checked(Wide(a.constant) + Wide(sign) * b.constant);
  Form x = resolved(a);
  x.constant = checked(Wide(x.constant) + Wide(sign) * b.constant);
  if (b.is_constant()) return x;
  const Form y = resolved(b);
  // resolved() may have added to the constant.
  x.constant = checked(Wide(x.constant) + Wide(sign) * (Wide(y.constant) - b.constant));
  for (const Form::Term& term : y.terms) x.terms.push_back({term.product, sign * term.factor});
  return sorted(std::move(x));
}

Form Arith<Form>::times(const Form& a, std::int64_t factor) {
  if (factor == 0) return {};
  Form x = resolved(a);
  x.constant = checked(Wide(x.constant) * factor);
  for (Form::Term& term : x.terms) term.factor = checked(Wide(term.factor) * factor);
  return x;
}

// Of resolved forms.
Form Arith<Form>::product(const Form& a, const Form& b) {
  Form sum(checked(Wide(a.constant) * b.constant));
  for (const Form::Term& term : a.terms)
    if (b.constant != 0) sum.terms.push_back({term.product, checked(Wide(term.factor) * b.constant)});
  for (const Form::Term& term : b.terms)
    if (a.constant != 0) sum.terms.push_back({term.product, checked(Wide(term.factor) * a.constant)});
  for (const Form::Term& x : a.terms) {
    for (const Form::Term& y : b.terms) {
      if (degree(x.product) + degree(y.product) > 4) return fail();
      Parts4 digits = digits_of(x.product);
      std::size_t end = static_cast<std::size_t>(degree(x.product));
      for (const int digit : digits_of(y.product))
        if (digit != 0) digits[end++] = digit;
      std::sort(digits.begin(), digits.end(), std::greater<>());
      sum.terms.push_back({product_of(digits), checked(Wide(x.factor) * y.factor)});
    }
  }
  return sorted(std::move(sum));
}

Form Arith<Form>::mul(const Form& a, const Form& b) {
  if (a.is_constant() && b.is_constant()) return checked(Wide(a.constant) * b.constant);
  if (a.is_constant()) return times(b, a.constant);
  if (b.is_constant()) return times(a, b.constant);
  return product(resolved(a), resolved(b));
}

Arith<Form>::Bounds Arith<Form>::bounds(const Form::Term& term) const {
  Wide most = term.factor;
  for (const int digit : digits_of(term.product)) {
    if (digit == 0) break;
    const std::int64_t count = digits_.count(digit);
    most = count == unbounded ? (most > 0 ? kEndless : -kEndless) : times_clamped(most, count - 1);
  }
  return most > 0 ? Bounds{0, most} : Bounds{most, 0};
}

Arith<Form>::Bounds Arith<Form>::bounds(const Form& a) const {
  Bounds sum{a.constant, a.constant};
  for (const Form::Term& term : a.terms) {
    const Bounds one = bounds(term);
    sum.least = clamp(sum.least + one.least);
    sum.most = clamp(sum.most + one.most);
  }
  return sum;
}

bool Arith<Form>::decided(const Form& a) const {
  const Bounds b = bounds(a);
  return b.least > 0 || b.most < 0 || a.is_constant();
}

bool Arith<Form>::less(const Form& a, const Form& b) {
  if (!ok()) return false;
  if (a.is_constant() && b.is_constant()) return a.constant < b.constant;
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

void Arith<Form>::split_at(int digit, std::int64_t place) {
  const std::int64_t count = digits_.count(digit);
  split_ = Split{digit, {{0, place, 1}, {place, count == unbounded ? unbounded : count - place, 1}}};
}

void Arith<Form>::split_in_half(const Form& a) {
  int widest = 0;
  for (const Form::Term& term : a.terms) {
    for (const int digit : digits_of(term.product))
      if (digit != 0 && (widest == 0 || digits_.count(digit) > digits_.count(widest))) widest = digit;
  }
  if (widest == 0 || digits_.count(widest) == unbounded) {
    fail();
    return;
  }
  split_at(widest, digits_.count(widest) / 2);
}

// Splits a digit without end at a place beyond which the sign of a polynomial is clear. False where no digit
// is without end.
bool Arith<Form>::split_growing(const Form& a) {
  bool endless = false;
  for (const Form::Term& named : a.terms) {
    for (const int digit : digits_of(named.product)) {
      if (digit == 0 || digits_.count(digit) != unbounded) continue;
      endless = true;
      for (std::int64_t from = 1; from <= INT64_C(1) << 40; from *= 2) {
        Form moved(a.constant);
        for (const Form::Term& term : a.terms) {
          Form value(term.factor);
          for (const int each : digits_of(term.product)) {
            if (each == 0) break;
            Form one = Form::of_digit(each);
            if (each == digit) one.constant = from;
            value = product(value, one);
          }
          moved.constant = checked(Wide(moved.constant) + value.constant);
          moved.terms.insert(moved.terms.end(), value.terms.begin(), value.terms.end());
        }
        moved = sorted(std::move(moved));
        if (failed_) return true;
        if (!decided(moved)) continue;
        split_at(digit, from);
        return true;
      }
    }
  }
  if (endless) fail();
  return endless;
}

void Arith<Form>::split_sign(const Form& a) {
  if (!std::all_of(a.terms.begin(), a.terms.end(), is_linear)) {
    if (!split_growing(a)) split_in_half(a);
    return;
  }
  // By the digit that matters most, where the sign is clear beyond some place whatever the others are.
  const Form::Term* widest = nullptr;
  Wide span = -1;
  for (const Form::Term& term : a.terms) {
    const Bounds one = bounds(term);
    if (one.most - one.least <= span) continue;
    span = one.most - one.least;
    widest = &term;
  }
  Bounds others{a.constant, a.constant};
  for (const Form::Term& term : a.terms) {
    if (&term == widest) continue;
    const Bounds one = bounds(term);
    others = {clamp(others.least + one.least), clamp(others.most + one.most)};
  }
  const int digit = first_digit(*widest);
  const std::int64_t count = digits_.count(digit);
  const Wide factor = widest->factor > 0 ? widest->factor : -widest->factor;
  if (widest->factor < 0) others = {-others.most, -others.least};
  const Wide above = floor_wide(-others.least, factor) + 1;  // from here on positive
  const Wide below = -floor_wide(others.most, factor);       // up to here negative
  for (const Wide place : {above, below}) {
    if (place < 1 || !finite(place) || place > huge_size || (count != unbounded && place >= count)) continue;
    if (place == above ? !finite(others.least) : !finite(others.most)) continue;
    split_at(digit, static_cast<std::int64_t>(place));
    return;
  }
  if (count == unbounded) {
    fail();
    return;
  }
  split_at(digit, count / 2);
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

// Digits that have more values than residues: whole rounds of residues become a digit of their own, which the
// division does not see. True when there is such a digit.
bool Arith<Form>::split_residues(const Form& rest, std::int64_t b) {
  for (const Form::Term& term : rest.terms) {
    const std::int64_t factor = std::abs(term.factor);
    const std::int64_t round = b / std::gcd(factor, b);
    for (const int digit : digits_of(term.product)) {
      if (digit == 0) break;
      const std::int64_t count = digits_.count(digit);
      if (count <= round) continue;
      // digit = round*high - shift + low. With this shift a factor that divides b makes the floor the same
      // for all values of `low`.
      std::int64_t shift = 0;
      if (is_linear(term)) {
        shift = term.factor > 0 ? floor_mod(floor_div(rest.constant, factor), round)
                                : floor_mod(-floor_div(rest.constant - b + factor, factor), round);
      }
      const std::int64_t first = shift == 0 ? 0 : round - shift;
      const std::int64_t rounds = count == unbounded ? unbounded : (count - first) / round;
      Split split{digit, {}};
      if (first > 0) split.blocks.push_back({0, first, 1});
      if (rounds > 0) split.blocks.push_back({first, rounds, round});
      if (count != unbounded && count - first - rounds * round > 0)
        split.blocks.push_back({first + rounds * round, count - first - rounds * round, 1});
      split_ = std::move(split);
      return true;
    }
  }
  return false;
}

// Of digits with few values whose sum passes a multiple of b.
void Arith<Form>::split_floor(const Form& rest, std::int64_t b) {
  if (split_residues(rest, b)) return;
  if (!std::all_of(rest.terms.begin(), rest.terms.end(), is_linear)) return split_in_half(rest);
  const Form::Term* widest = &rest.terms[0];
  for (const Form::Term& term : rest.terms) {
    const Bounds one = bounds(term);
    const Bounds best = bounds(*widest);
    if (one.most - one.least > best.most - best.least) widest = &term;
  }
  const int digit = first_digit(*widest);
  // Where the digit alone first passes a multiple, from where it and the others are at their least (or most).
  const Bounds range = bounds(rest);
  const Wide start = widest->factor > 0 ? range.least : range.most;
  const Wide floor = floor_wide(start, b);
  const Wide place = widest->factor > 0
                         ? floor_wide((floor + 1) * b - start + widest->factor - 1, widest->factor)
                         : floor_wide(start - floor * b, -widest->factor) + 1;
  if (place >= 1 && place < digits_.count(digit)) return split_at(digit, static_cast<std::int64_t>(place));
  split_in_half(rest);
}

Form Arith<Form>::div_floor(const Form& a, std::int64_t b) {
  if (!ok()) return {};
  if (a.is_constant()) return floor_div(a.constant, b);
  Parts parts = divided(resolved(a), b);
  if (parts.rest.is_constant()) return std::move(parts.whole);
  const Bounds range = bounds(parts.rest);
  if (finite(range.least) && finite(range.most) && floor_wide(range.least, b) == floor_wide(range.most, b)) {
    parts.whole.constant = checked(parts.whole.constant + floor_wide(range.least, b));
    return std::move(parts.whole);
  }
  split_floor(parts.rest, b);
  return {};
}

bool Arith<Form>::divisible(const Form& a, std::int64_t b) {
  if (!ok()) return false;
  if (a.is_constant()) return floor_mod(a.constant, b) == 0;
  const Form rest = divided(resolved(a), b).rest;
  if (!ok()) return false;
  if (rest.is_constant()) return rest.constant == 0;
  std::int64_t common = b;
  for (const Form::Term& term : rest.terms) common = std::gcd(common, term.factor);
  if (rest.constant % common != 0) return false;
  const Bounds range = bounds(rest);
  if (finite(range.least) && finite(range.most) &&
      floor_wide(range.least - 1, b) == floor_wide(range.most, b))
    return false;
  if (split_residues(rest, b)) return false;
  if (rest.terms.size() > 1 || !is_linear(rest.terms[0])) {
    split_in_half(rest);
    return false;
  }
  // One value of the digit in a whole round of residues.
  const Form::Term& term = rest.terms[0];
  const std::int64_t shared = std::gcd(term.factor, b);
  const std::int64_t round = b / shared;
  const auto place = static_cast<std::int64_t>(Wide(floor_mod(-rest.constant / shared, round)) *
                                               inverse(term.factor / shared, round) % round);
  const int digit = first_digit(term);
  const std::int64_t count = digits_.count(digit);
  if (place >= count) return false;
  Split split{digit, {{place, 1, 1}}};
  if (place > 0) split.blocks.push_back({0, place, 1});
  if (place + 1 < count) split.blocks.push_back({place + 1, count - place - 1, 1});
  split_ = std::move(split);
  return false;
}

std::int64_t Arith<Form>::fixed(const Form& a) {
  const Form x = resolved(a);
  if (x.is_constant() || !ok()) return x.is_constant() ? x.constant : 1;
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
  // Long division: the highest degree first, then the digits with the larger numbers.
  const auto leading = [](const Form& form) {
    return *std::max_element(
        form.terms.begin(), form.terms.end(), [](const Form::Term& x, const Form::Term& y) {
          return std::pair(degree(x.product), x.product) < std::pair(degree(y.product), y.product);
        });
  };
  const Form::Term lead = leading(divisor);
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
    rest = sub(rest, product(one, divisor));
    if (!ok()) return false;
  }
  if (rest.is_constant() && rest.constant == 0) {
    result = whole;
    return true;
  }
  // A divisor larger than what it should divide does not.
  if (less(a, divisor) && less(Form(0), a)) return false;
  if (ok()) fixed(divisor);
  if (ok()) fixed(a);
  return false;
}

}  // namespace shapedbg
