#include "size/size_box.h"

#include <algorithm>

#include "size/number.h"

namespace shapedbg {
namespace {

using Digits = std::vector<SizeBox::Digit>;

std::int64_t saturated(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? huge_size : std::min(product, huge_size);
}

// The least sum of the digits from `at` on that is not below `r`.
std::optional<std::int64_t> least(const Digits& digits, std::size_t at, std::int64_t r) {
  if (r <= 0) return 0;
  if (at == digits.size()) return std::nullopt;
  const auto& [step, count] = digits[at];
  const std::int64_t k = std::min(r / step, count - 1);
  if (const auto rest = least(digits, at + 1, r - k * step)) return k * step + *rest;
  if (k + 1 < count) return (k + 1) * step;
  return std::nullopt;
}

}  // namespace

SizeBox SizeBox::from(std::int64_t first, std::int64_t step, std::int64_t count) {
  SizeBox box{first, {}};
  if (count > 1) box.digits.push_back({step, count});
  return box;
}

std::int64_t SizeBox::members() const {
  std::int64_t product = 1;
  for (const Digit& digit : digits)
    if (digit.count != unbounded) product = saturated(product, digit.count);
  return product;
}

std::int64_t SizeBox::largest() const {
  std::int64_t sum = base;
  for (const Digit& digit : digits) sum += digit.step * (digit.count - 1);
  return sum;
}

bool SizeBox::contains(std::int64_t n) const {
  const auto found = previous(n);
  return found && *found == n;
}

std::int64_t SizeBox::count_to(std::int64_t n) const {
  std::int64_t rest = n - base;
  if (rest < 0) return 0;
  std::int64_t below = members();  // of the digits after this one
  std::int64_t sum = 0;
  for (const Digit& digit : digits) {
    if (digit.count != unbounded) below /= digit.count;
    const std::int64_t k = std::min(rest / digit.step, digit.count - 1);
    sum = std::min(sum + saturated(k, below), huge_size);
    rest -= k * digit.step;
  }
  return std::min(sum + 1, huge_size);
}

std::optional<std::int64_t> SizeBox::next(std::int64_t n) const {
  const auto found = least(digits, 0, n - base);
  return found ? std::optional(base + *found) : std::nullopt;
}

std::optional<std::int64_t> SizeBox::previous(std::int64_t n) const {
  if (n < base) return std::nullopt;
  std::int64_t rest = n - base;
  for (const Digit& digit : digits) rest -= std::min(rest / digit.step, digit.count - 1) * digit.step;
  return n - rest;
}

void SizeBox::simplify() {
  std::erase_if(digits, [](const Digit& digit) { return digit.count == 1; });
  std::sort(digits.begin(), digits.end(), [](const Digit& a, const Digit& b) { return a.step > b.step; });
  for (std::size_t i = digits.size(); i-- > 1;) {
    const Digit lower = digits[i];
    Digit& upper = digits[i - 1];
    if (upper.step != lower.step * lower.count) continue;
    upper.step = lower.step;
    if (upper.count != unbounded) upper.count *= lower.count;
    digits.erase(digits.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace shapedbg
