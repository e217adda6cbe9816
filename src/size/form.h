// A size as a polynomial in digits (digits.h). What can be asked of such forms is in form_arith.h.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

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
  std::vector<Term> terms;   // by their products; no factor is 0
  std::int64_t divisor = 1;  // of the whole sum, which is a multiple of it whatever the digits are

  Form() = default;
  Form(std::int64_t constant_) : constant(constant_) {}  // NOLINT: a constant is a form
  static Form of_digit(int digit) {
    Form form;
    form.terms.push_back({static_cast<Product>(digit) << 48, 1});
    return form;
  }
  bool is_constant() const { return terms.empty(); }
  bool is_linear() const;
  bool operator==(const Form&) const = default;

  // The size where the digits have these values; nothing where that leaves 64 bits.
  std::optional<std::int64_t> value(const std::function<std::int64_t(int digit)>& value_of) const;
};

// The digits of a product, largest number first, then 0.
std::array<int, 4> digits_of(Form::Product product);
Form::Product product_of(const std::array<int, 4>& digits);
int degree(Form::Product product);
inline int first_digit(const Form::Term& term) { return static_cast<int>(term.product >> 48); }
inline bool is_linear(const Form::Term& term) { return (term.product & 0xffff'ffff'ffffU) == 0; }
// Divides what remains of `product` by `by`. False where it is no multiple.
bool without(Form::Product product, Form::Product by, Form::Product& result);

}  // namespace shapedbg
