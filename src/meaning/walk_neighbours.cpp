// What is moved against what it meets, and was meant to be: neighbours, differences, states that are handed
// on.
#include <algorithm>
#include <map>

#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

bool Walker::is_merge(const Meet& at) const {
  return at.layer < spec_.layers.size() && at.input != at.other &&
         std::max(at.input, at.other) < layer(at.layer).inputs.size();
}

// The tensor that `ref` is a moved, cut or weighed copy of, value by value, and how far it was moved.
Walker::Copy Walker::copied_from(Ref ref) const {
  constexpr int most_steps = 8;
  Copy copy{ref, {}};
  for (int step = 0; step < most_steps && !copy.home.is_input(); ++step) {
    const LayerSpec& one = layer(copy.home.layer);
    const Family family = one.info().family;
    if (one.inputs.empty()) break;
    const bool moves = family == Family::pad || family == Family::free_pad || family == Family::slice;
    bool weighs = one.kind == LayerKind::Mul;
    for (std::size_t k = 1; weighs && k < one.inputs.size(); ++k)
      weighs = !one.inputs[k].is_input() && layer(one.inputs[k].layer).info().family == Family::parameter;
    if (const auto around = laid_around(copy.home.layer.place())) {
      const std::size_t back = out_shape(copy.home.layer.place()).size() - 1 - around->dim;
      copy.by.resize(std::max(copy.by.size(), back + 1));
      copy.by[back] += around->front;
      copy.home = around->whole;
      continue;
    }
    if (!moves && !weighs && family != Family::pointwise) break;
    if (moves) {
      const std::vector<std::int64_t> pads = pads_of(copy.home.layer.place());
      copy.by.resize(std::max(copy.by.size(), pads.size() / 2));
      for (std::size_t back = 0; back + 1 < pads.size(); back += 2) copy.by[back / 2] += pads[back];
    }
    copy.home = one.inputs[0];
  }
  return copy;
}

// What merges bring together: of each tensor, its copies.
void Walker::note_uses() {
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    const LayerSpec& one = layer(i);
    const Family family = one.info().family;
    const bool merge = family == Family::elementwise || family == Family::concat || family == Family::stack ||
                       family == Family::matmul;
    if (one.broken || !merge || one.inputs.size() < 2) continue;
    for (const Ref ref : one.inputs) {
      Copy copy = copied_from(ref);
      uses_[{copy.home.layer.number(), copy.home.output}].push_back({i, ref, std::move(copy.by)});
    }
  }
  for (auto& [home, uses] : uses_)
    for (auto first = uses.begin(); first != uses.end();) {
      const auto last =
          std::find_if(first, uses.end(), [&](const Use& use) { return use.layer != first->layer; });
      const bool apart = std::any_of(first, last, [&](const Use& use) { return use.by != first->by; });
      for (; first != last; ++first)
        if (apart) ++apart_[{home, first->by}];
    }
}

const std::vector<Walker::Use>& Walker::uses_of(Ref home) const {
  static const std::vector<Use> none;
  const auto known = uses_.find({home.layer.number(), home.output});
  return known == uses_.end() ? none : known->second;
}

// The network input that a tensor hangs on by what each layer takes first; -1 where it is none.
int Walker::stems_from(Ref ref) const {
  while (!ref.is_input()) {
    const LayerSpec& one = layer(ref.layer);
    if (one.inputs.empty()) return -1;
    ref = one.inputs[0];
  }
  return static_cast<int>(ref.input());
}

// By how many places a Pad moves a tensor along an axis, as many put in front as cut behind; 0 where it does
// anything else.
std::int64_t Walker::moves_along(Ref ref, std::size_t axis) const {
  if (ref.is_input() || layer(ref.layer).broken || layer(ref.layer).info().family == Family::slice) return 0;
  const std::size_t at = ref.layer.place();
  const std::vector<std::int64_t> pads = pads_of(at);
  if (pads.empty() || axis >= in_shape(at).size()) return 0;
  const std::size_t back = 2 * (in_shape(at).size() - 1 - axis);
  return back + 1 < pads.size() && pads[back] + pads[back + 1] == 0 ? pads[back] : 0;
}

// Whether a Pad moves a tensor along any axis.
bool Walker::is_moved(Ref ref) const {
  for (std::size_t k = 0; m_.of(ref).rank > 0 && k < m_.of(ref).axis_count(); ++k)
    if (moves_along(ref, k) != 0) return true;
  return false;
}

// Whether what lies apart are copies of one tensor, moved by some places, which stand beside each other in
// another layer, too: there it is plain that they were meant.
bool Walker::delays_elsewhere(const Meet& at) const {
  const std::span<const Ref> refs = layer(at.layer).inputs;
  for (const Ref moved : {refs[at.input], refs[at.other]}) {
    const Copy copy = copied_from(moved);
    if (std::all_of(copy.by.begin(), copy.by.end(), [](std::int64_t by) { return by == 0; })) continue;
    const auto known = apart_.find({{copy.home.layer.number(), copy.home.output}, copy.by});
    if (known == apart_.end()) continue;
    // Those of this layer are no other ones.
    std::size_t here = 0;
    bool apart = false;
    for (const Ref ref : refs) {
      const Copy beside = copied_from(ref);
      if (beside.home != copy.home) continue;
      if (beside.by == copy.by)
        ++here;
      else
        apart = true;
    }
    if (known->second > (apart ? here : 0)) return true;
  }
  return false;
}

// Neighbours of one tensor that are added, subtracted or joined: a filter of two places.
bool Walker::neighbours_of_one(const Meet& at) const {
  if (!is_merge(at)) return false;
  const LayerSpec& one = layer(at.layer);
  const Ref x = one.inputs[at.other];
  const Ref y = one.inputs[at.input];
  if (one.kind == LayerKind::Mul || x == y) return false;
  const auto moved = [&](Ref ref) { return !ref.is_input() && copied_from(ref).home != ref; };
  if (one.info().family != Family::elementwise) return false;
  const bool first = moved(x);
  const bool second = moved(y);
  // x - x.roll(1) is a difference; a sum of a tensor and a moved copy of it may be a slip.
  const bool enough = one.kind == LayerKind::Sub ? first || second : first && second;
  return enough && copied_from(x).home == copied_from(y).home && in_balance(at.layer);
}

// Whether several copies of one tensor lie around a middle, or along one axis; two may lie anywhere.
bool Walker::in_balance(std::size_t i) const {
  constexpr std::size_t several = 3;
  const LayerSpec& one = layer(i);
  if (one.inputs.size() < several) return true;
  const auto count = std::ssize(one.inputs);
  std::vector<std::vector<std::int64_t>> by;
  std::vector<std::int64_t> sum(in(i).axis_count());
  const Ref home = copied_from(one.inputs[0]).home;
  for (const Ref ref : one.inputs) {
    Copy copy = copied_from(ref);
    if (copy.home != home) return true;
    copy.by.resize(sum.size());
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += copy.by[k];
    by.push_back(std::move(copy.by));
  }
  std::size_t axes = 0;
  for (std::size_t k = 0; k < sum.size(); ++k)
    if (std::any_of(by.begin(), by.end(), [&](const auto& mine) { return mine[k] != by[0][k]; })) ++axes;
  const auto opposite = [&](const auto& mine, const auto& other) {
    for (std::size_t k = 0; k < sum.size(); ++k)
      if (count * (mine[k] + other[k]) != 2 * sum[k]) return false;
    return true;
  };
  return axes < 2 || std::all_of(by.begin(), by.end(), [&](const auto& mine) {
           return std::any_of(by.begin(), by.end(), [&](const auto& other) { return opposite(mine, other); });
         });
}

// Whether all that one of two inputs sees along an axis lies right before what the other sees, as where an
// image is drawn row by row: what they see along the other axes is their own affair.
bool Walker::drawn_in_order(const Meet& at) const {
  const Tensor& x = in(at.layer, at.other);
  const Tensor& y = in(at.layer, at.input);
  for (std::size_t k = 0; x.rank == y.rank && k < x.axis_count(); ++k) {
    const Reading one = read_positions(m_, m_.digits_of(m_.axis(x, k)));
    const Reading other = read_positions(m_, m_.digits_of(m_.axis(y, k)));
    if (one.kind != Reading::Kind::place || other.kind != Reading::Kind::place || one.root != other.root ||
        m_.roots[static_cast<std::size_t>(one.root)].symmetric || !(one.place.step == other.place.step))
      continue;
    const Alignment& a = one.place;
    const Alignment& b = other.place;
    const bool adjoins = a.high + a.step == b.low || b.high + b.step == a.low;
    if (adjoins && !(a.high == a.low && b.high == b.low)) return true;
  }
  return false;
}

// Whether an input is a difference of neighbours, whatever looked at it since.
bool Walker::is_difference(Ref ref) const {
  constexpr int most_steps = 8;
  for (int step = 0; step < most_steps && !ref.is_input(); ++step) {
    const LayerSpec& one = layer(ref.layer);
    const Family family = one.info().family;
    if (family == Family::elementwise && one.inputs.size() > 1)
      return neighbours_of_one({ref.layer.place(), 0, 1});
    if (!keeps_shape(family) && family != Family::conv && family != Family::pad &&
        family != Family::free_pad && family != Family::slice)
      return false;
    ref = one.inputs[0];
  }
  return false;
}

// Whether neither of two inputs sees its own place, each only what was before along some axis: rows above
// beside what lies to the left.
bool Walker::both_look_back(const Meet& at) const {
  const auto looks_back = [&](const Tensor& x) {
    for (std::size_t k = 0; k < x.axis_count(); ++k) {
      const Reading reading = read_positions(m_, m_.digits_of(m_.axis(x, k)));
      if (reading.kind == Reading::Kind::place && reading.place.known() && reading.place.high < 0)
        return true;
    }
    return false;
  };
  const Tensor& x = in(at.layer, at.other);
  const Tensor& y = in(at.layer, at.input);
  return x.rank > 0 && y.rank > 0 && looks_back(x) && looks_back(y);
}

// Whether of several summands each that is moved along an axis has another that is moved as far the other
// way: a window whose places are summed one by one.
bool Walker::moved_both_ways(const Meet& at) const {
  constexpr std::size_t least = 3;
  const auto [i, axis, input, other_input] = at;
  if (layer(i).inputs.size() < least || layer(i).info().family != Family::elementwise) return false;
  std::vector<Alignment> places;
  Rational middle = 0;
  for (std::size_t k = 0; k < layer(i).inputs.size(); ++k) {
    if (in(i, k).rank != in(i).rank || axis >= in(i).axis_count()) return false;
    const Reading reading = read_positions(m_, m_.digits_of(m_.axis(in(i, k), axis)));
    if (reading.kind != Reading::Kind::place || (!places.empty() && !(reading.place.step == places[0].step)))
      return false;
    places.push_back(reading.place);
    middle = middle + reading.place.offset;
  }
  middle = middle / Rational(std::ssize(places));
  return std::all_of(places.begin(), places.end(), [&](const Alignment& one) {
    return std::any_of(places.begin(), places.end(),
                       [&](const Alignment& other) { return one.offset + other.offset == middle * 2; });
  });
}

// Whether the keys and the values of attention lie off the queries alike: another block is looked at.
bool Walker::looks_at_another_block(const Meet& at) const {
  const auto [i, axis, input, other_input] = at;
  if (layer(i).info().family != Family::attention || layer(i).inputs.size() < 3 || (input != 1 && input != 2))
    return false;
  const Tensor& one = in(i, input);
  const Tensor& other = in(i, 3 - input);
  if (one.rank != in(i).rank || other.rank != one.rank) return false;
  const Reading a = read_positions(m_, m_.digits_of(m_.axis(one, axis)));
  const Reading b = read_positions(m_, m_.digits_of(m_.axis(other, axis)));
  return a.kind == Reading::Kind::place && b.kind == Reading::Kind::place && a.root == b.root &&
         a.place.step == b.place.step && a.place.offset == b.place.offset;
}

// Whether a MatMul runs in step along blocks, and one side has nothing but features for each: what comes to a
// block from the one before it is a state that is handed on.
bool Walker::hands_on_a_state(const Meet& at) const {
  const auto [i, axis, input, other_input] = at;
  if (layer(i).info().family != Family::matmul) return false;
  const std::size_t back = in(i).axis_count() - axis;
  const auto is_state = [&](const Tensor& x) {
    return all_learned(m_.axis(x, x.axis_count() - 1)) && all_learned(m_.axis(x, x.axis_count() - 2));
  };
  const auto has_blocks = [&](const Tensor& x) {
    const auto digits = m_.digits_of(m_.axis(x, x.axis_count() - back));
    if (digits.size() != 1 || digits[0].stride == 1) return false;
    const Digit within{digits[0].atom, 1, digits[0].stride};
    return holds_digits(x, {&within, 1}, x.axis_count() - back);
  };
  const Tensor& x = in(i);
  const Tensor& y = in(i, input);
  if (back < 3 || y.axis_count() < back) return false;
  return (has_blocks(x) && is_state(y)) || (has_blocks(y) && is_state(x));
}

// Whether one side is what a recurrent layer or a running sum had one place before, whatever each value has
// become since.
bool Walker::meets_the_step_before(const Meet& at) const {
  const auto step_before = [&](Ref ref) {
    const Copy copy = copied_from(ref);
    if (copy.home.is_input() || m_.of(ref).rank < 0) return false;
    const std::size_t back = m_.of(ref).axis_count() - 1 - at.axis;
    return back < copy.by.size() && copy.by[back] == 1 &&
           (layer(copy.home.layer).info().family == Family::recurrent ||
            layer(copy.home.layer).kind == LayerKind::CumSum);
  };
  return step_before(layer(at.layer).inputs[at.other]) || step_before(layer(at.layer).inputs[at.input]);
}

}  // namespace shapedbg
