#include "meaning/alignment.h"

namespace shapedbg {

std::string to_string(Rational x) {
  if (!x.known()) return "?";
  std::string text = std::to_string(x.top());
  if (x.bottom() != 1) text += "/" + std::to_string(x.bottom());
  return text;
}

namespace {

// A window that lies `by` steps off the block of `s` positions that it stands for: within its block that is
// its own affair, and so is what a pad or cut before it did where both together stay there.
Rational moved_by_window(Rational moved, Rational step, Rational by, std::int64_t s) {
  const Rational block = s > 2 ? Rational(s - 1, 2) : Rational(1, 2);
  const Rational all = moved + step * by;
  if (!(abs(all) > step * block)) return 0;
  return abs(by) > block ? all : moved;
}

}  // namespace

Alignment behind_window(const Alignment& at, const Window& w, std::int64_t n) {
  Alignment to = at;
  const std::int64_t reach = w.reach();
  if (at.in_front > 0) {
    to.looks_back = at.looks_back || (w.s == 1 && w.before == 0 && w.after == 0 && at.in_front == reach);
    to.in_front = 0;
  }
  to.longer = w.s == 1 && w.before == reach && w.after == reach ? reach : 0;
  if (reach - 2 * w.before != w.s - 1 || !(at.moved == 0))
    to.moved = moved_by_window(at.moved, at.step, Rational(reach - 2 * w.before - (w.s - 1), 2), w.s);
  if (w.s != 1 && n + w.before > reach) {
    const std::int64_t left = (n + w.before + w.after - reach - 1) % w.s - w.after;
    if (left > 0) to.lost = at.lost + at.step * Rational(left, 2);
  }
  if (reach != 2 * w.before) to.offset = at.offset + at.step * Rational(reach - 2 * w.before, 2);
  if (w.s != 1) to.step = at.step * w.s;
  to.coarsest = larger(at.coarsest, to.step);
  if (w.before != 0) to.low = at.low - at.step * w.before;
  if (reach != w.before) to.high = at.high + at.step * (reach - w.before);
  return to;
}

Alignment behind_transposed(const Alignment& at, const Window& w) {
  Alignment to = at;
  const std::int64_t reach = w.reach();
  to.step = at.step / w.s;
  to.offset = at.offset - to.step * Rational(reach - 2 * w.before, 2);
  if (reach - 2 * w.before != w.s - 1 || !(at.moved == 0))
    to.moved = moved_by_window(at.moved, to.step, Rational(w.s - 1 - (reach - 2 * w.before), 2), w.s);
  to.low = at.low + to.step * (w.before - reach);
  to.high = at.high + to.step * w.before;
  return to;
}

Alignment resized(const Alignment& at, Rational r) {
  Alignment to = at;
  to.step = at.step / r;
  to.offset = at.offset + (to.step - at.step) * Rational(1, 2);
  to.coarsest = larger(at.coarsest, to.step);
  // The nearest position; a linear resize sees one more.
  if (to.step < at.step) to.low = at.low + to.step - at.step;
  return to;
}

Alignment resized_between_corners(const Alignment& at, std::int64_t n, std::int64_t m) {
  if (n == 1) return resized(at, m);  // the same everywhere
  Alignment to = at;
  if (m > 1) to.step = at.step * Rational(n - 1, m - 1);
  to.coarsest = larger(at.coarsest, to.step);
  return to;
}

Alignment pooled(const Alignment& at, std::int64_t n, std::int64_t m) {
  Alignment to = at;
  to.step = at.step * Rational(n, m);
  to.offset = at.offset + (to.step - at.step) * Rational(1, 2);
  to.coarsest = larger(at.coarsest, to.step);
  to.high = at.high + larger(to.step - at.step, 0);
  return to;
}

Alignment grouped(const Alignment& at, std::int64_t r) {
  Alignment to = at;
  to.step = at.step * r;
  to.offset = at.offset + at.step * Rational(r - 1, 2);
  to.coarsest = larger(at.coarsest, to.step);
  to.high = at.high + at.step * (r - 1);
  return to;
}

Alignment shifted(const Alignment& at, std::int64_t by, std::int64_t every) {
  Alignment to = at;
  const Rational move = at.step * by;
  to.offset = at.offset + move;
  to.low = at.low + move;
  to.high = at.high + move;
  to.moved = every > 1 ? moved_by_window(at.moved, at.step, Rational(2 * by - (every - 1), 2), every)
                       : at.moved + move;
  to.cut = at.cut + move;
  to.step = at.step * every;
  to.coarsest = larger(at.coarsest, to.step);
  return to;
}

Alignment centred(const Alignment& at, std::int64_t by, std::int64_t n, std::int64_t m) {
  Alignment to = shifted(at, by);
  if (n > m) {
    to.cropped = true;
    if ((n - m) % 2 != 0) to.lost = at.lost + at.step * Rational(1, 2);
    return to;
  }
  // What was left out comes back.
  if (!(abs(to.moved) > at.lost)) to.moved = 0;
  const Rational back = at.step * Rational(m - n, 2);
  to.lost = back < at.lost ? at.lost - back : Rational(0);
  return to;
}

Alignment cut_behind(Alignment at, std::int64_t start, std::int64_t n, std::int64_t m) {
  if (at.longer > 0 && start == 0 && n - m == at.longer) at.looks_back = true;
  at.in_front = start < 0 && m == n - start ? -start : 0;
  at.longer = 0;
  return at;
}

Distance distance(const Alignment& a, const Alignment& b, std::int64_t n) {
  Distance d;
  const Rational slope = a.step - b.step;
  d.equal_steps = a.step == b.step;
  d.mean = a.offset - b.offset + slope * Rational(n - 1, 2);
  d.drift = abs(slope * (n - 1));
  d.coarsest = larger(a.coarsest, b.coarsest);
  d.step = a.step < b.step ? a.step : b.step;
  d.moved = a.moved - b.moved;
  d.cut = !(a.cut == b.cut);
  if (a.cropped || b.cropped) d.lost = a.lost + b.lost;
  const Rational bound = d.coarsest * Rational(1, 2);
  const Rational low = a.low - b.low;
  const Rational high = a.high - b.high;
  // Nested: the field of one begins no later and ends no earlier than the other's.
  const bool nested = !(low > 0 && high > 0) && !(low < 0 && high < 0);
  // What sees more looks back: it lies off the place that it stands for, and a cut of the other follows it.
  const Alignment& longer = a.high - a.low < b.high - b.low ? b : a;
  d.causal = nested && !(abs(high) > bound) && !(longer.offset == 0);
  // So does what is coded block by block: it ends within its own block, and sees far more of what was before.
  const bool own_block = abs(high) < d.coarsest && !(abs(low) < abs(high) * 3);
  d.causal = d.causal || (nested && own_block && !(longer.offset == 0));
  // Or all that one sees lies right before what the other does: what is drawn place by place.
  const bool adjoins = a.high + a.step == b.low || b.high + b.step == a.low;
  d.causal = d.causal || (d.equal_steps && adjoins && !(a.high == a.low && b.high == b.low));
  return d;
}

bool drifts(const Distance& d, const Alignment& a, const Alignment& b, std::int64_t n) {
  const Rational step = larger(a.step, b.step);
  return d.drift > larger(d.coarsest, step * Rational(n, 8));
}

}  // namespace shapedbg
