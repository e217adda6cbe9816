// A size as a polynomial in digits (digits.h), and the arithmetic of the size rules over such forms. Where a
// floor or a comparison is not the same for all values of the digits, the arithmetic says which digit to
// split; whoever evaluates splits it and asks again.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "shape/digits.h"
#include "shape/number.h"

namespace shapedbg {

struct Form {
  // Up to four digits multiplied, 16 bits each, the largest number first.
  using Product = std::uint64_t;
  struct Term {
    Product product = 0;
    std::int64_t factor = 0;
    bool operator==(const Term&) const = default;
  };
  std::int64_t constant = 0;
  std::vector<Term> terms;  // by their products; no factor is 0

  Form() = default;
  Form(std::int64_t constant_) : constant(constant_) {}  // NOLINT: a constant is a form
  static Form of_digit(int digit) {
    Form form;
    form.terms.push_back({static_cast<Product>(digit) << 48, 1});
    return form;
  }
  bool is_constant() const { return terms.empty(); }
  bool operator==(const Form&) const = default;
};

template <>
class Arith<Form> {
 public:
  using Number = Form;
  // After `budget` operations on forms that are no constants everything fails.
  explicit Arith(const Digits& digits, std::int64_t budget = INT64_MAX) : digits_(digits), budget_(budget) {}

  // False: what was asked is undecided (see split()) or not of the form. Results are then of no use.
  bool ok() const { return !failed_ && !split_; }
  const std::optional<Split>& split() const { return split_; }
  // A size that is no such form: no split would help.
  bool failed() const { return failed_; }
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

  // In digits that are not split, without those that have one value only.
  Form resolved(const Form& a);

 private:
  __extension__ using Wide = __int128;
  struct Bounds {
    Wide least = 0;
    Wide most = 0;
  };

  Form fail();
  Form combined(const Form& a, const Form& b, std::int64_t sign);
  Form times(const Form& a, std::int64_t factor);
  Form product(const Form& a, const Form& b);
  void expand(int digit, std::int64_t factor, Form& into);
  Form sorted(Form a);
  std::int64_t checked(Wide value);
  std::int64_t narrowest(const Form::Term& term) const;
  Bounds bounds(const Form& a) const;
  Bounds bounds(const Form::Term& term) const;
  bool decided(const Form& a) const;
  // What remains of a modulo b, with factors as small as can be, and the rest divided by b.
  struct Parts {
    Form whole;
    Form rest;
  };
  Parts divided(const Form& a, std::int64_t b);

  void split_at(int digit, std::int64_t place);
  void split_in_half(const Form& a);
  void split_sign(const Form& a);
  bool split_growing(const Form& a);
  bool split_residues(const Form& rest, std::int64_t b);
  void split_floor(const Form& rest, std::int64_t b);
  void split_multiple(const Form& rest, std::int64_t b);

  const Digits& digits_;
  std::int64_t budget_;
  bool failed_ = false;
  std::optional<Split> split_;
};

}  // namespace shapedbg
