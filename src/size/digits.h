// Input sizes under analysis, written as digits of a mixed radix that grows only where a layer tells sizes
// apart: x = 1 + d at first, then d = 2e + r where some layer halves, and so on. Where a division would part
// the digits that there are (by 3 where others are halves), its remainder becomes a digit of its own, which
// is found from the others only where an answer depends on it.
#pragma once

#include <cstdint>
#include <vector>

#include "size/form.h"

namespace shapedbg {

inline constexpr std::int64_t unbounded = INT64_MAX;  // of a count: no end

// Values of a digit: offset + factor*high + low with 0 <= high < count and 0 <= low < factor.
struct DigitBlock {
  std::int64_t offset = 0;
  std::int64_t count = 1;  // may be `unbounded`
  std::int64_t factor = 1;
};

// What is undecided: the digit to look at more closely, and the blocks that its values fall into.
struct Split {
  int digit = 0;
  std::vector<DigitBlock> blocks;
};

// A digit that follows from those before it: (of mod modulus)/divisor, where both `of` and `modulus` are
// multiples of `divisor`.
struct Remainder {
  int digit = 0;
  Form of;  // linear, its own divisor 1
  std::int64_t modulus = 1;
  std::int64_t divisor = 1;
};

class Digits {
 public:
  static constexpr std::size_t most = 60'000;  // on one way to a class

  // A digit from 0 to count - 1; numbered from 1.
  int add(std::int64_t count);
  // The digit that is this remainder, from 0 to modulus/divisor - 1.
  int add_remainder(const Form& of, std::int64_t modulus, std::int64_t divisor);
  std::int64_t count(int digit) const { return at(digit).count; }
  // Null where the digit is none.
  const Remainder* remainder(int digit) const {
    const int index = at(digit).remainder;
    return index < 0 ? nullptr : &remainders_[static_cast<std::size_t>(index)];
  }
  const std::vector<Remainder>& remainders() const { return remainders_; }
  // Digits that stand for this one; it is then not used any more.
  bool split(int digit) const { return at(digit).split; }
  std::int64_t offset(int digit) const { return at(digit).block.offset; }
  std::int64_t factor(int digit) const { return at(digit).block.factor; }
  int high(int digit) const { return at(digit).high; }
  int low(int digit) const { return at(digit).low; }  // 0 where factor is 1
  // The digit that was added, of which this one is a part.
  int origin(int digit) const { return at(digit).origin; }
  std::size_t size() const { return all_.size(); }

  // Holds the digit to a block until undo(), which also drops all digits that were added since.
  void narrow(int digit, const DigitBlock& block);
  void undo();

 private:
  struct Digit {
    std::int64_t count = 1;
    bool split = false;
    int remainder = -1;  // index of it
    int origin = 0;
    DigitBlock block = {};
    int high = 0;
    int low = 0;
  };
  const Digit& at(int digit) const { return all_[static_cast<std::size_t>(digit)]; }

  std::vector<Digit> all_ = std::vector<Digit>(1);  // the first is none
  std::vector<Remainder> remainders_;
  std::vector<int> narrowed_;
};

}  // namespace shapedbg
