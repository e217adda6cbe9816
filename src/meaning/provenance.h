// What an axis is made of: an ordered product of digits of atoms, outermost first. The theory stands in
// `shapedbg explain axes`.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace shapedbg {

enum class AtomKind : std::uint8_t {
  batch,     // samples
  position,  // places along an axis of an input, or of a map grown from a vector
  channel,   // channels, features
  unknown,
};

// Something that is indexed.
struct Atom {
  AtomKind kind = AtomKind::unknown;
  std::int64_t size = 1;
  int root = -1;             // what it descends from: index into Meaning::roots
  int place = -1;            // where its positions lie: index into Meaning::places
  bool learned = false;      // features of a layer with weights: their order is free
  bool of_places = false;    // features that a layer made of all places of an axis
  bool one_of_many = false;  // a single position that a convolution made of several
  int tear = -1;             // stands for a part of a torn run: index into Meaning::tears
};

// floor(index / stride) mod size, of the index of an atom.
struct Digit {
  int atom = -1;
  std::int64_t stride = 1;
  std::int64_t size = 1;
  bool operator==(const Digit&) const = default;
};
using AxisDigits = std::vector<Digit>;

inline bool is_whole(const Digit& digit, const std::vector<Atom>& atoms) {
  return digit.stride == 1 && digit.size == atoms[static_cast<std::size_t>(digit.atom)].size;
}

// (a, s*n, m)(a, s, n) is (a, s, m*n).
inline bool fuse(Digit& left, const Digit& right) {
  std::int64_t stride = 0;
  if (left.atom != right.atom || __builtin_mul_overflow(right.stride, right.size, &stride)) return false;
  if (left.stride != stride) return false;
  left = {left.atom, right.stride, left.size * right.size};
  return true;
}

// Two neighbours in an axis that a regrouping put together and that make no index together.
struct Mixture {
  std::size_t axis = 0;  // of the output
  Digit first;
  Digit second;
};

// A boundary inside of a run of elements: no digit can say what the axes hold.
struct Torn {
  std::size_t first_axis = 0;  // of the output
  std::size_t last_axis = 0;
  AxisDigits run;  // what lies there
};

struct Regrouped {
  std::vector<AxisDigits> axes;  // of a torn run: empty
  std::vector<Mixture> mixed;
  std::vector<Torn> torn;
};

// The digits of `axes` in one row, filled into axes of the sizes `out` (row-major, as torch's reshape). The
// products of both are equal. `one_sample`: axis 0 is a batch of 1, which has no digit.
Regrouped regroup(const std::vector<AxisDigits>& axes, const std::vector<std::int64_t>& out,
                  const std::vector<Atom>& atoms, bool one_sample = false);

}  // namespace shapedbg
