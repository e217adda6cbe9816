// Where to split: which digit of a form an answer depends on, and at which of its values.
#include <algorithm>
#include <numeric>
#include <utility>

#include "size/form_arith.h"

namespace shapedbg {
namespace {

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

void Arith<Form>::split_at(int digit, std::int64_t place) {
  const std::int64_t count = digits_.count(digit);
  split_ = Split{digit, {{0, place, 1}, {place, count == unbounded ? unbounded : count - place, 1}}};
}

void Arith<Form>::split_in_half(const Form& a) {
  if (split_remainder(a)) return;
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
  bool growing = false;
  for (const Form::Term& named : a.terms) {
    for (const int digit : digits_of(named.product)) {
      if (digit == 0 || digits_.count(digit) != unbounded) continue;
      growing = true;
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
        const Bounds range = bounds(moved);
        if (range.least <= 0 && range.most >= 0 && !moved.is_constant()) continue;
        split_at(digit, from);
        return true;
      }
    }
  }
  if (growing && !split_remainder(a)) fail();
  return growing;
}

void Arith<Form>::split_sign(const Form& a) {
  if (!a.is_linear()) {
    if (!split_growing(a)) split_in_half(a);
    return;
  }
  // By the digit that matters most, where the sign is clear beyond some place whatever the others are.
  const Form::Term* widest = nullptr;
  Wide span = -1;
  for (const Form::Term& term : a.terms) {
    const Bounds one = bounds(term);
    if (one.most - one.least <= span || digits_.remainder(first_digit(term)) != nullptr) continue;
    span = one.most - one.least;
    widest = &term;
  }
  if (widest == nullptr) {
    split_remainder(a);
    return;
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
  if (split_remainder(a)) return;
  if (count == unbounded) {
    fail();
    return;
  }
  split_at(digit, count / 2);
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
      if (count <= round || digits_.remainder(digit) != nullptr) continue;
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
  if (split_residues(rest, b) || split_remainder(rest)) return;
  if (!rest.is_linear()) return split_in_half(rest);
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

// Where a sum of digits is a multiple of b.
void Arith<Form>::split_multiple(const Form& rest, std::int64_t b) {
  if (split_residues(rest, b) || split_remainder(rest)) return;
  if (rest.terms.size() > 1 || !rest.is_linear()) return split_in_half(rest);
  // One value of the digit in a whole round of residues.
  const Form::Term& term = rest.terms[0];
  const std::int64_t shared = std::gcd(term.factor, b);
  const std::int64_t round = b / shared;
  const auto place = static_cast<std::int64_t>(Wide(floor_mod(-rest.constant / shared, round)) *
                                               inverse(term.factor / shared, round) % round);
  const int digit = first_digit(term);
  const std::int64_t count = digits_.count(digit);
  if (place >= count) return;
  Split split{digit, {{place, 1, 1}}};
  if (place > 0) split.blocks.push_back({0, place, 1});
  if (place + 1 < count) split.blocks.push_back({place + 1, count - place - 1, 1});
  split_ = std::move(split);
}

// Finds the first remainder that the form depends on from the digits that it follows from. False where there
// is none.
bool Arith<Form>::split_remainder(const Form& a) {
  const auto first = [&](const Form& form) {
    const Remainder* found = nullptr;
    for (const Form::Term& term : form.terms) {
      for (const int digit : digits_of(term.product)) {
        const Remainder* one = digit == 0 ? nullptr : digits_.remainder(digit);
        if (one != nullptr && (found == nullptr || one->digit < found->digit)) found = one;
      }
    }
    return found;
  };
  const Remainder* remainder = first(a);
  if (remainder == nullptr) return false;
  Form of = divided(resolved(remainder->of), remainder->modulus).rest;
  while (const Remainder* inner = first(of)) {
    remainder = inner;
    of = divided(resolved(remainder->of), remainder->modulus).rest;
  }
  split_floor(of, remainder->modulus);
  return true;
}

}  // namespace shapedbg
