#include "size/form.h"

#include <algorithm>

#include "size/number.h"

namespace shapedbg {

bool Form::is_linear() const {
  return std::all_of(terms.begin(), terms.end(), [](const Term& term) { return shapedbg::is_linear(term); });
}

std::optional<std::int64_t> Form::value(const std::function<std::int64_t(int digit)>& value_of) const {
  Arith<std::int64_t> arith;
  std::int64_t sum = constant;
  for (const Term& term : terms) {
    std::int64_t product = term.factor;
    for (const int digit : digits_of(term.product))
      if (digit != 0) product = arith.mul(product, value_of(digit));
    sum = arith.add(sum, product);
  }
  return arith.ok() ? std::optional(sum / divisor) : std::nullopt;
}

std::array<int, 4> digits_of(Form::Product product) {
  return {static_cast<int>(product >> 48), static_cast<int>(product >> 32 & 0xffff),
          static_cast<int>(product >> 16 & 0xffff), static_cast<int>(product & 0xffff)};
}

Form::Product product_of(const std::array<int, 4>& digits) {
  Form::Product product = 0;
  for (const int digit : digits) product = product << 16 | static_cast<Form::Product>(digit);
  return product;
}

int degree(Form::Product product) {
  int n = 0;
  for (; product != 0; product <<= 16) ++n;
  return n;
}

bool without(Form::Product product, Form::Product by, Form::Product& result) {
  auto left = digits_of(product);
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

}  // namespace shapedbg
