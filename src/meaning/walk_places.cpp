// Places of one root that meet in a merge: whether they lie together, and what says that they were not meant
// to.
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

// Windows of even kernels, one half a step in front of its middle and one half a step behind: neither can lie
// on it, and no cut or pad moved them.
bool even_windows(const Alignment& a, const Alignment& b, const Distance& d) {
  if (!d.equal_steps || d.cut || !(abs(d.mean) == a.step)) return false;
  const auto wide = [](const Alignment& at) { return !(at.high - at.low < at.step * 4); };
  return wide(a) && wide(b);
}

// A window padded behind alone, which begins where what it meets begins: it looks ahead.
bool looks_ahead(const Alignment& a, const Alignment& b) {
  return a.low == b.low && a.high > b.high && b.offset == 0 && a.low == 0;
}

}  // namespace

void Walker::compare_places(const Meet& at, const Reading& a, const Reading& b, std::int64_t n) {
  // Within a window or chunk the same may be compared with the same.
  if (a.place.local != b.place.local || (a.place.local && !(a.place.step == b.place.step))) return;
  Distance d = distance(a.place, b.place, n);
  if (!d.mean.known()) return;
  const bool looks_back = a.place.looks_back || b.place.looks_back;
  if (d.causal &&
      ((symmetric(a.root) && !looks_back) || (d.cut && moves_in_a_square(at)) || moved_alone(at) != 0))
    d.causal = false;
  m_.meetings.push_back({LayerId(at.layer), static_cast<int>(at.input), static_cast<int>(at.axis),
                         d.equal_steps, d.mean, larger(a.place.step, b.place.step)});
  const bool drift = drifts(d, a.place, b.place, n);
  if (!drift && (d.meets() || even_windows(a.place, b.place, d))) return;
  const bool output = at.layer == spec_.layers.size();
  const std::string where = "along axis " + std::to_string(at.axis);
  const char* what = output ? " the output and the input" : " its inputs";
  if (drift) {
    return flaw(
        Flaw::drifting, at.layer, at.axis,
        where + what + " lie at steps of " + to_string(a.place.step) + " and " + to_string(b.place.step),
        static_cast<int>(at.input));
  }
  if (speaks_for_a_difference(at, a, b, d) > 0) return;
  flaw(Flaw::shifted, at.layer, at.axis,
       where + what + " lie " + to_string(abs(d.mean)) + " positions of the input apart",
       static_cast<int>(at.input));
}

// What says that the author meant two inputs to lie apart, less what says that they were to meet. Each fact
// is one by itself, and their order says nothing.
int Walker::speaks_for_a_difference(const Meet& at, const Reading& a, const Reading& b,
                                    const Distance& d) const {
  // A layer that is there to bring neighbours together, against windows that may look where they like.
  constexpr int by_itself = 4;
  constexpr int by_its_windows = 2;
  constexpr int against = -2;
  constexpr int hint_against = -1;
  struct Fact {
    bool holds;
    int weight;
  };
  const bool ahead =
      !d.cut && d.equal_steps && (looks_ahead(a.place, b.place) || looks_ahead(b.place, a.place));
  if (!is_merge(at)) return ahead ? by_its_windows : 0;
  const std::span<const Ref> inputs = layer(at.layer).inputs;
  const bool one_step = d.equal_steps && abs(d.mean) == a.place.step;
  const auto delayed = [](const Alignment& place) { return place.cut < 0 && place.moved < 0; };
  const bool between = abs(d.mean) == abs(d.mean - d.moved);
  const Fact all[] = {
      {neighbours_of_one(at), by_itself},
      {cut_against_each_other(at), by_itself},
      {moved_both_ways(at), by_itself},
      {looks_at_another_block(at), by_itself},
      {one_step && hands_on_a_state(at), by_itself},
      {one_step && meets_the_step_before(at), by_itself},
      {between && (is_difference(inputs[at.input]) || is_difference(inputs[at.other])), by_itself},
      {delays_elsewhere(at), by_its_windows},
      {drawn_in_order(at), by_its_windows},
      {both_look_back(at) || (delayed(a.place) && delayed(b.place)), by_its_windows},
      {ahead, by_its_windows},
      {moved_alone(at) != 0, against},
      {symmetric(a.root), hint_against},
      {moves_in_a_square(at), hint_against},
  };
  return std::accumulate(std::begin(all), std::end(all), 0,
                         [](int sum, const Fact& fact) { return sum + (fact.holds ? fact.weight : 0); });
}

// Whether windows look to both sides along the places of a root.
bool Walker::symmetric(int root) const { return m_.roots[static_cast<std::size_t>(root)].symmetric; }

// Whether an input of a merge was moved along one axis of a square image by the only layer of the network
// that treats it otherwise than the other: no image is drawn so.
bool Walker::moves_in_a_square(const Meet& at) const {
  if (!is_merge(at)) return false;
  const auto [i, axis, input, other_input] = at;
  const std::span<const Ref> refs = layer(i).inputs;
  for (const Ref moved : {refs[input], refs[other_input]}) {
    if (moves_along(moved, axis) == 0) continue;
    // Beside itself it is a neighbour.
    const Ref home = copied_from(moved).home;
    if (std::any_of(refs.begin(), refs.end(),
                    [&](Ref ref) { return ref != moved && copied_from(ref).home == home; }))
      continue;
    bool in_square = false;
    for (std::size_t k = 0; k < refs.size(); ++k)
      for (std::size_t other = 1; !in_square && other < in(i, k).axis_count(); ++other)
        in_square = axis < in(i, k).axis_count() && other != axis && square(in(i, k), axis, other);
    if (!in_square || !treats_axes_alike(spec_.layers.size())) continue;
    bool alone = true;
    for (std::size_t j = 0; alone && j < spec_.layers.size(); ++j)
      alone = LayerId(j) == moved.layer || !treats_sides_unlike(layer(j));
    if (alone) return true;
  }
  return false;
}

// By how many places one of two sides of a merge was moved right in front of it, alone of all its inputs,
// where nothing else that is made of the same tensor meets anything.
std::int64_t Walker::moved_alone(const Meet& at) const {
  if (!is_merge(at) || at.axis == 0) return 0;
  const Family family = layer(at.layer).info().family;
  if (family != Family::elementwise && family != Family::concat) return 0;
  const std::span<const Ref> refs = layer(at.layer).inputs;
  for (const Ref moved : {refs[at.input], refs[at.other]}) {
    const std::int64_t by = moves_along(moved, at.axis);
    if (by == 0 || is_step_of_another(at, moved, by) ||
        std::any_of(refs.begin(), refs.end(), [&](Ref ref) { return ref != moved && is_moved(ref); }))
      continue;
    const Ref home = copied_from(moved).home;
    // What only weighs it is a copy, too, and meets nothing.
    const std::vector<Use>& uses = uses_of(home);
    const bool alone = std::none_of(uses.begin(), uses.end(), [&](const Use& use) {
      return use.ref != moved && copied_from({LayerId(use.layer), 0}).home != home;
    });
    if (alone) return by;
  }
  return 0;
}

// Whether a tensor stands a step behind another input of the network: what was done before beside what is
// seen now. A sequence has a before; an image only where its windows look back, or a difference is taken.
bool Walker::is_step_of_another(const Meet& at, Ref moved, std::int64_t by) const {
  constexpr std::size_t sequence = 3;
  const LayerSpec& one = layer(at.layer);
  const int from = stems_from(moved);
  if (by != 1 || from < 0 || std::any_of(one.inputs.begin(), one.inputs.end(), [&](Ref ref) {
        return ref != moved && stems_from(ref) == from;
      }))
    return false;
  if (one.kind == LayerKind::Sub || shapes_[static_cast<std::size_t>(from)].size() <= sequence) return true;
  const Tensor& home = m_.of(layer(moved.layer).inputs[0]);
  if (home.rank < 0 || at.axis >= home.axis_count()) return false;
  const Reading reading = read_positions(m_, m_.digits_of(m_.axis(home, at.axis)));
  return reading.kind == Reading::Kind::place && reading.place.low < 0 && !(reading.place.high > 0);
}

}  // namespace shapedbg
