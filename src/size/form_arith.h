// The arithmetic of the size rules over forms. Where a floor or a comparison is not the same for all values
// of the digits, it says which digit to split; whoever evaluates splits it and asks again.
#pragma once

#include <cstdint>
#include <optional>

#include "size/digits.h"
#include "size/form.h"
#include "size/number.h"
#include "size/wide.h"

namespace shapedbg {

template <>
class Arith<Form> {
 public:
  using Number = Form;
  // After `budget` operations on forms that are no constants everything fails.
  explicit Arith(Digits& digits, std::int64_t budget = INT64_MAX) : digits_(digits), budget_(budget) {}

  // False: what was asked is undecided (see split()) or not of the form. Results are then of no use.
  bool ok() const { return !failed_ && !split_; }
  const std::optional<Split>& split() const { return split_; }
  // A size that is no such form: no split would help.
  bool failed() const { return failed_; }
  bool spent() const { return budget_ < 0; }
  void reset() {
    failed_ = false;
    split_.reset();
  }

  Form add(const Form& a, const Form& b) { return combined(a, b, 1); }
  Form sub(const Form& a, const Form& b) { return combined(a, b, -1); }
  Form mul(const Form& a, const Form& b);
  Form div_floor(const Form& a, std::int64_t b);
  bool divisible(const Form& a, std::int64_t b);
  bool less(const Form& a, const Form& b);
  bool equal(const Form& a, const Form& b);
  Form scale(const Form& a, double factor);
  bool quotient(const Form& a, const Form& b, Form& result);
  std::int64_t fixed(const Form& a);

  // In digits that are not split, without those that have one value only and remainders that are known.
  Form resolved(const Form& a);

 private:
  Form fail();
  std::int64_t checked(Wide value);
  Form sorted(Form a);
  Form joined(Form a, const Form& b, std::int64_t sign);
  Form combined(const Form& a, const Form& b, std::int64_t sign);
  Form shifted(const Form& a, Wide by);
  Form times(const Form& a, std::int64_t factor);
  Form product(const Form& a, const Form& b);
  bool settled(const Form& a) const;
  void expand(int digit, std::int64_t factor, Form& into);
  Form in_place_of(int digit);
  Bounds bounds(const Form& a) const;  // of the sum that `divisor` divides
  Bounds bounds(const Form::Term& term) const;
  // a = b*whole + rest with factors of the rest as small as can be, all for the sum that `divisor` divides.
  struct Parts {
    Form whole;
    Form rest;
  };
  Parts divided(const Form& a, std::int64_t b);
  Form congruent(const Form& rest, std::int64_t b);
  // floor(rest/b) where that is the same for all values of the digits.
  std::optional<std::int64_t> common_floor(const Form& rest, std::int64_t b) const;

  // Where to split (form_split.cpp).
  void split_at(int digit, std::int64_t place);
  void split_in_half(const Form& a);
  void split_sign(const Form& a);
  bool split_growing(const Form& a);
  bool split_residues(const Form& rest, std::int64_t b);
  void split_floor(const Form& rest, std::int64_t b);
  void split_multiple(const Form& rest, std::int64_t b);
  bool split_remainder(const Form& a);

  Digits& digits_;
  std::int64_t budget_;
  bool failed_ = false;
  std::optional<Split> split_;
};

}  // namespace shapedbg
