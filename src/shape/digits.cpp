#include "shape/digits.h"

namespace shapedbg {

int Digits::add(std::int64_t count) {
  all_.push_back({.count = count});
  return static_cast<int>(all_.size()) - 1;
}

void Digits::narrow(int digit, const Block& block) {
  const int high = add(block.count);
  const int low = block.factor > 1 ? add(block.factor) : 0;
  Digit& it = all_[static_cast<std::size_t>(digit)];
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
}

}  // namespace shapedbg
