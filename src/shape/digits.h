// Input sizes under analysis, written as digits of a mixed radix that grows only where a layer tells sizes
// apart: x = 1 + d at first, then d = 2e + r where some layer halves, and so on.
#pragma once

#include <cstdint>
#include <vector>

namespace shapedbg {

inline constexpr std::int64_t unbounded = INT64_MAX;  // of a count: no end

// Values of a digit: offset + factor*high + low with 0 <= high < count and 0 <= low < factor.
struct Block {
  std::int64_t offset = 0;
  std::int64_t count = 1;  // may be `unbounded`
  std::int64_t factor = 1;
};

// What is undecided: the digit to look at more closely, and the blocks that its values fall into.
struct Split {
  int digit = 0;
  std::vector<Block> blocks;
};

class Digits {
 public:
  static constexpr std::size_t most = 60'000;  // on one way to a class

  // A digit from 0 to count - 1; numbered from 1.
  int add(std::int64_t count);
  std::int64_t count(int digit) const { return all_[static_cast<std::size_t>(digit)].count; }
  // Digits that stand for this one; it is then not used any more.
  bool split(int digit) const { return all_[static_cast<std::size_t>(digit)].split; }
  std::int64_t offset(int digit) const { return all_[static_cast<std::size_t>(digit)].block.offset; }
  std::int64_t factor(int digit) const { return all_[static_cast<std::size_t>(digit)].block.factor; }
  int high(int digit) const { return all_[static_cast<std::size_t>(digit)].high; }
  int low(int digit) const { return all_[static_cast<std::size_t>(digit)].low; }  // 0 where factor is 1
  std::size_t size() const { return all_.size(); }

  // Holds the digit to a block until undo().
  void narrow(int digit, const Block& block);
  void undo();

 private:
  struct Digit {
    std::int64_t count = 1;
    bool split = false;
    Block block = {};
    int high = 0;
    int low = 0;
  };
  std::vector<Digit> all_ = std::vector<Digit>(1);  // the first is none
  std::vector<int> narrowed_;
};

}  // namespace shapedbg
