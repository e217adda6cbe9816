#include "size/digits.h"

#include <algorithm>

namespace shapedbg {

int Digits::add(std::int64_t count) {
  const int digit = static_cast<int>(all_.size());
  all_.push_back({.count = count, .origin = digit});
  return digit;
}

int Digits::add_remainder(const Form& of, std::int64_t modulus, std::int64_t divisor) {
  const auto same = std::find_if(remainders_.begin(), remainders_.end(), [&](const Remainder& one) {
    return one.modulus == modulus && one.divisor == divisor && one.of == of;
  });
  if (same != remainders_.end()) return same->digit;
  const int digit = add(modulus / divisor);
  all_.back().remainder = static_cast<int>(remainders_.size());
  remainders_.push_back({digit, of, modulus, divisor});
  return digit;
}

void Digits::narrow(int digit, const DigitBlock& block) {
  const int high = add(block.count);
  const int low = block.factor > 1 ? add(block.factor) : 0;
  Digit& it = all_[static_cast<std::size_t>(digit)];
  for (std::size_t i = static_cast<std::size_t>(high); i < all_.size(); ++i) all_[i].origin = it.origin;
  it.split = true;
  it.block = block;
  it.high = high;
  it.low = low;
  narrowed_.push_back(digit);
}

void Digits::undo() {
  Digit& it = all_[static_cast<std::size_t>(narrowed_.back())];
  narrowed_.pop_back();
  it.split = false;
  all_.resize(static_cast<std::size_t>(it.high));
  while (!remainders_.empty() && static_cast<std::size_t>(remainders_.back().digit) >= all_.size())
    remainders_.pop_back();
}

}  // namespace shapedbg
