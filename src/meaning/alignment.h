// Where the positions of an axis lie, in coordinates of the root that they descend from (an axis of an
// input).
#pragma once

#include "meaning/rational.h"
#include "rules/rules.h"

namespace shapedbg {

// Position i lies at step*i + offset, and sees the places step*i + [low, high] of its root.
struct Alignment {
  Rational step = 1;
  Rational offset = 0;
  Rational coarsest = 1;  // the coarsest step on its way
  Rational low = 0;
  Rational high = 0;
  // How far it lies from the places that it stands for by what no window accounts for: cuts, pads, windows
  // that reach beyond their own block. 0 where they make good for each other.
  Rational moved = 0;
  Rational cut = 0;      // the part of it that cuts and pads made
  Rational lost = 0;     // half of what strides left out at the end: a centred cut or pad moves by it
  bool cropped = false;  // to its middle
  // A window padded by its whole reach on both sides made the map this much longer: cut off behind, it looks
  // back alone, and was meant to.
  std::int64_t longer = 0;
  std::int64_t in_front = 0;  // places that a Pad put in front, and none behind
  bool looks_back = false;
  bool local = false;  // within a window or chunk: where that lies stands in another axis

  bool operator==(const Alignment&) const = default;

  bool known() const {
    return step.known() && offset.known() && coarsest.known() && low.known() && high.known();
  }
};

// Window i begins at s*i - before and reaches over d(k-1) + 1 places; `n` positions go in.
Alignment behind_window(const Alignment& at, const Window& w, std::int64_t n);
// A transposed convolution or unpooling; output_padding changes nothing.
Alignment behind_transposed(const Alignment& at, const Window& w);
// Resized by the factor r: PixelShuffle, Upsample without align_corners, features that became sub-pixels.
Alignment resized(const Alignment& at, Rational r);
// n positions to m whose first and last stay where they are.
Alignment resized_between_corners(const Alignment& at, std::int64_t n, std::int64_t m);
// n positions pooled to m.
Alignment pooled(const Alignment& at, std::int64_t n, std::int64_t m);
// r neighbours become one position: PixelUnshuffle, the outer digit of a split axis.
Alignment grouped(const Alignment& at, std::int64_t r);
// Begins `by` positions later (Crop, Slice), or earlier where `by` is negative (Pad), and takes every
// `every`th.
Alignment shifted(const Alignment& at, std::int64_t by, std::int64_t every = 1);
// The same for n positions that are cut or padded to m on both sides alike, as far as that is even.
Alignment centred(const Alignment& at, std::int64_t by, std::int64_t n, std::int64_t m);

// What of n positions is left, the m from `start` on: whether a causal window was cut so.
Alignment cut_behind(Alignment at, std::int64_t start, std::int64_t n, std::int64_t m);

// How two axes of n positions of one root lie to each other.
struct Distance {
  Rational mean;      // of the differences in place over the axis
  Rational drift;     // how far the difference grows from its first position to the last
  Rational coarsest;  // the coarser one's
  bool equal_steps = false;
  bool causal =
      false;  // one sees a part of what the other does, both end at one place; or one ends before the other
  Rational step;     // the finer one's
  Rational moved;    // the part of it that no window accounts for
  bool cut = false;  // cuts or pads are a part of that
  Rational lost;     // and as much of it as strides account for where a middle is cut out

  // No layer saw a position outside of its own block: a bound of half the coarsest step. Cuts and pads bring
  // positions nearer to each other.
  bool meets() const {
    if (causal) return true;
    if (abs(mean) > coarsest * Rational(1, 2)) return false;
    if (!cut || abs(moved) < step || !(abs(moved) > lost)) return true;
    return abs(mean) < abs(mean - moved);
  }
};
Distance distance(const Alignment& a, const Alignment& b, std::int64_t n);
// Steps that are so different that positions cannot meet.
bool drifts(const Distance& d, const Alignment& a, const Alignment& b, std::int64_t n);

}  // namespace shapedbg
