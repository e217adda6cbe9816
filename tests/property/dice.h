// What random networks are thrown with.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "finding/finding.h"

namespace shapedbg {

// The standard's distributions differ between libraries; this one does not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  template <class T>
  const T& of(const std::vector<T>& choices) {
    return choices[static_cast<std::size_t>(between(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

inline std::string list(const std::vector<std::int64_t>& values) { return bracketed(values); }

}  // namespace shapedbg
