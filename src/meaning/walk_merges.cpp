// Layers that bring several tensors together, and how these lie to each other.
#include <algorithm>

#include "meaning/walker.h"

namespace shapedbg {

namespace {

// Positions of one root that lie at the same places: the distance between them is 0, however far each sees.
bool lie_alike(const Alignment& a, const Alignment& b) {
  return a.local == b.local && a.step == b.step && a.offset == b.offset && a.cut == b.cut;
}

// Where an axis is all positions of one root, that root and where they lie; null elsewhere.
struct WholeAxis {
  int root = -1;
  const Alignment* place = nullptr;
};
WholeAxis whole_axis(const Meaning& meaning, std::span<const Digit> digits) {
  if (digits.size() != 1 || !is_whole(digits[0], meaning.atoms)) return {};
  const Atom& atom = meaning.atom(digits[0]);
  if (atom.kind != AtomKind::position) return {};
  return {atom.root, &meaning.places[static_cast<std::size_t>(atom.place)]};
}

}  // namespace

bool Walker::holds_root(const Tensor& tensor, int root) const {
  for (std::size_t k = 0; k < static_cast<std::size_t>(tensor.rank); ++k)
    for (const Digit& digit : m_.digits_of(m_.axis(tensor, k))) {
      const Atom& atom = m_.atom(digit);
      if (atom.kind == AtomKind::position && atom.root == root) return true;
    }
  return false;
}

// The tensor that `ref` is a moved, cut or weighed copy of, value by value.
Ref Walker::copied_from(Ref ref) const {
  constexpr int most_steps = 8;
  for (int step = 0; step < most_steps && !ref.is_input(); ++step) {
    const LayerSpec& one = layer(static_cast<std::size_t>(ref.layer));
    const Family family = one.info().family;
    if (one.inputs.empty()) break;
    const bool moves = family == Family::pad || family == Family::free_pad || family == Family::slice ||
                       family == Family::pointwise;
    bool weighs = one.kind == LayerKind::Mul;
    for (std::size_t k = 1; weighs && k < one.inputs.size(); ++k)
      weighs = !one.inputs[k].is_input() &&
               layer(static_cast<std::size_t>(one.inputs[k].layer)).info().family == Family::parameter;
    if (!moves && !weighs) break;
    ref = one.inputs[0];
  }
  return ref;
}

// Neighbours of one tensor that are added, subtracted or joined: a filter of two places.
bool Walker::neighbours_of_one(std::size_t i, std::size_t input) const {
  if (i == spec_.layers.size() || input == 0 || input >= layer(i).inputs.size()) return false;
  const LayerSpec& one = layer(i);
  if (one.kind == LayerKind::Mul || one.inputs[0] == one.inputs[input]) return false;
  const auto moved = [&](Ref ref) { return !ref.is_input() && copied_from(ref) != ref; };
  if (one.info().family != Family::elementwise) return false;
  const bool first = moved(one.inputs[0]);
  const bool second = moved(one.inputs[input]);
  // x - x.roll(1) is a difference; a sum of a tensor and a moved copy of it may be a slip.
  const bool enough = one.kind == LayerKind::Sub ? first || second : first && second;
  return enough && copied_from(one.inputs[0]) == copied_from(one.inputs[input]);
}

// Whether all that one of two inputs sees along an axis lies right before what the other sees, as where an
// image is drawn row by row: what they see along the other axes is their own affair.
bool Walker::drawn_in_order(std::size_t i, std::size_t input) const {
  if (i == spec_.layers.size() || input >= layer(i).inputs.size()) return false;
  const Tensor& x = in(i);
  const Tensor& y = in(i, input);
  for (std::size_t k = 0; x.rank == y.rank && k < static_cast<std::size_t>(x.rank); ++k) {
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

void Walker::compare_places(std::size_t i, std::size_t input, std::size_t axis, const Reading& a,
                            const Reading& b, std::int64_t n) {
  // Within a window or chunk the same may be compared with the same.
  if (a.place.local != b.place.local || (a.place.local && !(a.place.step == b.place.step))) return;
  Distance d = distance(a.place, b.place, n);
  if (!d.mean.known()) return;
  if (m_.roots[static_cast<std::size_t>(a.root)].symmetric) d.causal = false;
  m_.meetings.push_back({static_cast<int>(i), static_cast<int>(input), static_cast<int>(axis), d.equal_steps,
                         d.mean, larger(a.place.step, b.place.step)});
  const bool drift = drifts(d, a.place, b.place, n);
  if (!drift && d.meets()) return;
  const bool output = i == spec_.layers.size();
  const std::string where = "along axis " + std::to_string(axis);
  const char* what = output ? " the output and the input" : " its inputs";
  if (drift) {
    return flaw(
        Flaw::drifting, i, axis,
        where + what + " lie at steps of " + to_string(a.place.step) + " and " + to_string(b.place.step),
        static_cast<int>(input));
  }
  if (neighbours_of_one(i, input) || drawn_in_order(i, input)) return;
  flaw(Flaw::shifted, i, axis,
       where + what + " lie " + to_string(abs(d.mean)) + " positions of the input apart",
       static_cast<int>(input));
}

// Axes of several digits, one by one as far as their sizes agree.
void Walker::compare_digits(std::size_t i, std::size_t input, std::size_t axis, std::span<const Digit> a,
                            std::span<const Digit> b) {
  for (std::size_t d = 0; d < std::min(a.size(), b.size()) && a[d].size == b[d].size; ++d) {
    const Reading one = read_positions(m_, a.subspan(d, 1));
    const Reading other = read_positions(m_, b.subspan(d, 1));
    if (one.kind != Reading::Kind::place || other.kind != Reading::Kind::place) continue;
    if (one.root == other.root) compare_places(i, input, axis, one, other, a[d].size);
  }
}

// The axes of inputs whose positions follow each other, outermost first; nothing where not all of it is
// known.
std::vector<int> Walker::roots_in(std::span<const Digit> digits) const {
  std::vector<int> all;
  for (const Digit& digit : digits) {
    const Atom& atom = m_.atom(digit);
    const Root* from = m_.root_of(atom);
    if (atom.kind != AtomKind::position || from == nullptr || from->kind != Root::Kind::input) return {};
    if (all.empty() || all.back() != atom.root) all.push_back(atom.root);
  }
  return all;
}

// Whether two axes hold positions of one input, one of them of several axes, and not one behind the other in
// the same order: rows and columns against columns and rows, rows against windows.
bool Walker::in_another_order(const Tensor& x, std::span<const Digit> a, const Tensor& y,
                              std::span<const Digit> b) const {
  const std::vector<int> one = roots_in(a);
  const std::vector<int> other = roots_in(b);
  if (one.empty() || other.empty() || one == other) return false;
  const auto input = [&](int root) { return m_.roots[static_cast<std::size_t>(root)].index; };
  for (const auto* all : {&one, &other})
    for (const int root : *all)
      if (input(root) != input(one[0]) || !holds_root(x, root) || !holds_root(y, root)) return false;
  return true;
}

void Walker::compare(std::size_t i, std::size_t input, std::size_t axis, Side a, Side b, std::int64_t n) {
  const AxisMeaning one = m_.axis(a.tensor, a.axis);
  const AxisMeaning other = m_.axis(b.tensor, b.axis);
  if (one.count == 0 || other.count == 0 || (one.first == other.first && one.count == other.count)) return;
  const auto digits = m_.digits_of(one);
  const auto beside = m_.digits_of(other);
  if (std::equal(digits.begin(), digits.end(), beside.begin(), beside.end())) return;
  // As compare_places() would find it: dense blocks ask this of every pair of their layers.
  const WholeAxis here = whole_axis(m_, digits);
  const WholeAxis there = here.place == nullptr ? WholeAxis{} : whole_axis(m_, beside);
  if (there.place != nullptr && here.root == there.root && lie_alike(*here.place, *there.place)) {
    m_.meetings.push_back(
        {static_cast<int>(i), static_cast<int>(input), static_cast<int>(axis), true, 0, here.place->step});
    return;
  }
  const Reading x = read_positions(m_, digits);
  const Reading y = read_positions(m_, beside);
  using Kind = Reading::Kind;
  const auto crossed = [&] {
    flaw(Flaw::crossed, i, axis,
         "along axis " + std::to_string(axis) + " " + made_of(spec_, m_, one) + " meets " +
             made_of(spec_, m_, other),
         static_cast<int>(input));
  };
  if (is_batch(one) != is_batch(other)) {
    const Kind with = is_batch(one) ? y.kind : x.kind;
    if (with == Kind::place || with == Kind::features || with == Kind::several)
      flaw(Flaw::samples, i, axis,
           "along axis " + std::to_string(axis) + " " + made_of(spec_, m_, one) + " meets " +
               made_of(spec_, m_, other),
           static_cast<int>(input));
    return;
  }
  if (x.kind == Kind::place && y.kind == Kind::place) {
    if (x.root == y.root) return compare_places(i, input, axis, x, y, n);
    const Root& from = m_.roots[static_cast<std::size_t>(x.root)];
    const Root& to = m_.roots[static_cast<std::size_t>(y.root)];
    if (from.kind == Root::Kind::input && to.kind == Root::Kind::input && from.index == to.index) crossed();
    return;
  }
  if (x.kind == Kind::place && y.kind == Kind::features) {
    if (holds_root(b.tensor, x.root)) crossed();
    return;
  }
  if (y.kind == Kind::place && x.kind == Kind::features) {
    if (holds_root(a.tensor, y.root)) crossed();
    return;
  }
  // Features against places that the other tensor has in an axis of their own.
  const auto all_held = [&](const Tensor& tensor, std::span<const Digit> places) {
    const std::vector<int> roots = roots_in(places);
    return !roots.empty() &&
           std::all_of(roots.begin(), roots.end(), [&](int root) { return holds_root(tensor, root); });
  };
  if ((x.kind == Kind::features && y.kind == Kind::several && all_held(a.tensor, beside)) ||
      (y.kind == Kind::features && x.kind == Kind::several && all_held(b.tensor, digits)))
    return crossed();
  const bool joined = x.kind == Kind::several || y.kind == Kind::several;
  if (joined && in_another_order(a.tensor, digits, b.tensor, beside)) return crossed();
  const auto known = [](const Reading& reading) {
    return reading.kind == Kind::place || reading.kind == Kind::several;
  };
  const bool misread = (x.kind == Kind::broken && known(y) && holds_root(a.tensor, y.root)) ||
                       (y.kind == Kind::broken && known(x) && holds_root(b.tensor, x.root));
  if (misread)
    return flaw(Flaw::misread, i, axis,
                "along axis " + std::to_string(axis) + " " + made_of(spec_, m_, one) + " meets " +
                    made_of(spec_, m_, other),
                static_cast<int>(input));
  compare_digits(i, input, axis, digits, beside);
}

// Two different layers, one of them a cut, that hold the same: even rows and even rows.
void Walker::same_twice(std::size_t i) {
  const LayerSpec& one = layer(i);
  if (one.kind == LayerKind::Mul || one.inputs.size() < 2) return;
  const auto cuts = [&](Ref ref) {
    return !ref.is_input() && layer(static_cast<std::size_t>(ref.layer)).info().family == Family::slice;
  };
  constexpr std::size_t most = 16;
  const std::size_t count = std::min(most, one.inputs.size());
  if (std::none_of(one.inputs.begin(), one.inputs.begin() + static_cast<std::ptrdiff_t>(count), cuts)) return;
  for (std::size_t b = 1; b < count; ++b) {
    for (std::size_t a = 0; a < b; ++a) {
      const Ref x = one.inputs[a];
      const Ref y = one.inputs[b];
      if (x == y || in(i, a).value != in(i, b).value || (!cuts(x) && !cuts(y))) continue;
      return flaw(Flaw::twice, i, 0,
                  "`" + spec_.name_of(x) + "` and `" + spec_.name_of(y) + "` are the same tensor",
                  static_cast<int>(b));
    }
  }
}

// Channels of one tensor that are moved apart and joined again: a temporal shift.
std::optional<Ref> Walker::joins_its_parts(std::size_t i, std::size_t dim) const {
  constexpr int most_steps = 4;
  int whole = -1;
  for (const Ref ref : layer(i).inputs) {
    Ref at = ref;
    for (int step = 0; step < most_steps && !at.is_input(); ++step) {
      const LayerSpec& one = layer(static_cast<std::size_t>(at.layer));
      const Family family = one.info().family;
      if (family != Family::pad && family != Family::free_pad && family != Family::crop &&
          family != Family::slice && family != Family::along_axes)
        break;
      if (one.inputs.empty()) return std::nullopt;
      at = one.inputs[0];
    }
    if (at.is_input()) return std::nullopt;
    const LayerSpec& one = layer(static_cast<std::size_t>(at.layer));
    const Family family = one.info().family;
    if (family != Family::chunk && family != Family::split) return std::nullopt;
    const std::size_t rank = in_shape(static_cast<std::size_t>(at.layer)).size();
    if (wrapped(one.integer(Opt::dim), rank) != dim || (whole >= 0 && at.layer != whole)) return std::nullopt;
    whole = at.layer;
  }
  return whole < 0 ? std::nullopt : std::optional(Ref{whole, 0});
}

// Parts that are moved: one axis at a time, and as far back as forth, or all the same way.
void Walker::moves_its_parts(std::size_t i, std::size_t dim, Ref whole) {
  const Tensor from = m_.of(layer(static_cast<std::size_t>(whole.layer)).inputs[0]);
  const auto rank = static_cast<std::size_t>(in(i).rank);
  if (from.rank != in(i).rank) return;
  std::vector<int> moved_along(layer(i).inputs.size(), -1);
  int one_way = -1;  // an axis along which all parts are moved the same way
  int any = -1;
  for (std::size_t k = 1; k < rank; ++k) {
    const Reading home = read_positions(m_, m_.digits_of(m_.axis(from, k)));
    if (k == dim || home.kind != Reading::Kind::place) continue;
    std::vector<Rational> by;
    for (std::size_t input = 0; input < layer(i).inputs.size(); ++input) {
      const Reading part = read_positions(m_, m_.digits_of(m_.axis(in(i, input), k)));
      if (part.kind != Reading::Kind::place || part.root != home.root ||
          !(part.place.step == home.place.step))
        return;
      const Rational off = part.place.offset - home.place.offset;
      if (off == 0) continue;
      if (moved_along[input] >= 0)
        return flaw(Flaw::shifted, i, k,
                    "`" + spec_.name_of(layer(i).inputs[input]) + "` is moved along axis " +
                        std::to_string(moved_along[input]) + " and along axis " + std::to_string(k),
                    static_cast<int>(input));
      moved_along[input] = static_cast<int>(k);
      by.push_back(off);
    }
    if (by.empty()) continue;
    const bool alike_all = std::all_of(by.begin(), by.end(), [&](const Rational& b) { return b == by[0]; });
    if (any >= 0 && (alike_all || one_way >= 0))
      return flaw(Flaw::shifted, i, k,
                  "parts are moved along axis " + std::to_string(any) + " and along axis " +
                      std::to_string(k) + ", not back and forth on each");
    any = static_cast<int>(k);
    if (alike_all) one_way = any;
    for (const Rational& off : by) {
      const bool opposite =
          std::any_of(by.begin(), by.end(), [&](const Rational& b) { return b + off == 0; });
      const bool alike = std::all_of(by.begin(), by.end(), [&](const Rational& b) { return b == off; });
      if (!opposite && !alike)
        return flaw(Flaw::shifted, i, k,
                    "along axis " + std::to_string(k) + " one part is moved by " + to_string(abs(off)) +
                        " positions, and none as far the other way");
    }
  }
}

void Walker::join_samples(std::size_t i, std::size_t dim) {
  if (dim != 0 || layer(i).inputs.size() < 2) return;
  for (std::size_t k = 0; k < layer(i).inputs.size(); ++k)
    if (in(i, k).rank < 2 || !is_batch(m_.axis(in(i, k), 0))) return;
  // Parts of a network for several batches at once take them apart again.
  for (std::size_t later = i + 1; later < spec_.layers.size(); ++later) {
    const LayerSpec& one = layer(later);
    if (one.broken) continue;
    const Family family = one.info().family;
    if (family == Family::chunk && one.integer(Opt::dim) == 0) return;
    if (family == Family::unflatten && one.integer(Opt::dim) == 0) return;
    if (family != Family::slice || !one.has(Opt::index)) continue;
    const auto& ranges = std::get<std::vector<SliceRange>>(one.find(Opt::index)->value);
    if (!ranges.empty() && !(ranges[0] == SliceRange{})) return;
  }
  flaw(Flaw::samples, i, 0, "it joins along axis 0, the batch: one more sample, not more channels");
}

void Walker::join_positions(std::size_t i, std::size_t dim, std::int64_t n) {
  constexpr std::size_t most = 8;
  const LayerSpec& one = layer(i);
  Reading first;
  bool same_root = true;
  bool all_positions = true;
  bool all_features = true;
  bool learned = true;
  bool unknowns = false;
  for (std::size_t k = 0; k < one.inputs.size(); ++k) {
    const AxisMeaning& axis = m_.axis(in(i, k), dim);
    const Reading reading = read_positions(m_, m_.digits_of(axis));
    if (k == 0) first = reading;
    unknowns = unknowns || reading.kind == Reading::Kind::unknown;
    all_positions = all_positions && reading.kind == Reading::Kind::place;
    all_features =
        all_features && (reading.kind == Reading::Kind::features || reading.kind == Reading::Kind::single);
    learned = learned && all_learned(axis);
    same_root = same_root && reading.root == first.root;
    const auto before = m_.digits_of(m_.axis(in(i), dim));
    if (k > 0 && in_another_order(in(i), before, in(i, k), m_.digits_of(axis)))
      flaw(Flaw::crossed, i, dim,
           "along axis " + std::to_string(dim) + " " + made_of(spec_, m_, m_.axis(in(i), dim)) +
               " is followed by " + made_of(spec_, m_, axis),
           static_cast<int>(k));
  }
  // Halves that are exchanged lie in no order any more.
  bool in_order = true;
  for (std::size_t k = 1; k < one.inputs.size() && all_positions && same_root; ++k) {
    const Reading x = read_positions(m_, m_.digits_of(m_.axis(in(i, k - 1), dim)));
    const Reading y = read_positions(m_, m_.digits_of(m_.axis(in(i, k), dim)));
    in_order = in_order && !(y.place.offset < x.place.offset);
  }
  const bool joined_positions = all_positions && same_root;
  if (joined_positions && !first.place.local) {
    const bool of_input = m_.roots[static_cast<std::size_t>(first.root)].kind == Root::Kind::input;
    for (std::size_t b = 1; of_input && b < std::min(most, one.inputs.size()); ++b) {
      const Reading x = read_positions(m_, m_.digits_of(m_.axis(in(i, b - 1), dim)));
      const Reading y = read_positions(m_, m_.digits_of(m_.axis(in(i, b), dim)));
      if (!(x.place.step == y.place.step) || !(x.place.offset == y.place.offset) ||
          in_shape(i, b)[dim] != in_shape(i, b - 1)[dim])
        continue;
      flaw(Flaw::repeated, i, dim, "it lays the same positions end to end along axis " + std::to_string(dim),
           static_cast<int>(b));
      break;
    }
  }
  if (joined_positions && !in_order)
    put(unknown(n));
  else if (joined_positions)
    put(positions(n, first.root, first.place));
  else if (all_features)
    put(features(n, static_cast<int>(i), false));
  else
    put(unknowns ? unknown(n) : seeded(n, i, dim));
  if (joined_positions || building_.back().mark < 0) return;
  std::vector<Part>& all = joined_[building_.back().mark];
  std::int64_t start = 0;
  for (std::size_t k = 0; k < one.inputs.size(); ++k) {
    const std::int64_t size = in_shape(i, k)[dim];
    all.push_back({start, size, m_.axis(in(i, k), dim)});
    start += size;
  }
}

namespace {

// Whether what is read as `now` says more of an axis than `known` does: smallest coarsest step, then nearest
// to the input.
bool says_more(const Reading& now, const Reading& known) {
  using Kind = Reading::Kind;
  if (known.kind == Kind::unknown) return now.kind != Kind::unknown;
  if (known.kind == Kind::features) return now.kind == Kind::place;
  if (known.kind != Kind::place || now.kind != Kind::place) return false;
  if (now.place.coarsest < known.place.coarsest) return true;
  return now.place.coarsest == known.place.coarsest && abs(now.place.offset) < abs(known.place.offset);
}

}  // namespace

void Walker::concat(std::size_t i) {
  const LayerSpec& one = layer(i);
  const auto rank = static_cast<std::size_t>(in(i).rank);
  const std::size_t dim = wrapped(one.integer(Opt::dim), rank);
  for (std::size_t k = 1; k < one.inputs.size(); ++k)
    if (in(i, k).rank != in(i).rank) return;
  join_samples(i, dim);
  same_twice(i);
  const std::optional<Ref> whole = joins_its_parts(i, dim);
  const bool shifts = whole.has_value();
  if (whole) moves_its_parts(i, dim, *whole);
  for (std::size_t k = 0; k < rank; ++k) {
    const std::int64_t n = out_shape(i)[k];
    if (k == dim && one.inputs.size() > 1) {
      is_batch(m_.axis(in(i), k)) ? put(of_atom({.kind = AtomKind::batch, .size = n}))
                                  : join_positions(i, dim, n);
      continue;
    }
    std::size_t fits = 0;
    for (std::size_t input = 0; input < one.inputs.size(); ++input) {
      if (in_shape(i, fits)[k] != n && in_shape(i, input)[k] == n) fits = input;
      if (input == 0 || shifts) continue;
      compare(i, input, k, {in(i, input), k}, {in(i), k}, std::min(in_shape(i, input)[k], in_shape(i)[k]));
      if (input > 1)
        compare(i, input, k, {in(i, input), k}, {in(i, input - 1), k},
                std::min(in_shape(i, input)[k], in_shape(i, input - 1)[k]));
    }
    if (in_shape(i, fits)[k] != n) {
      put(seeded(n, i, k));
      continue;
    }
    Reading known = read_positions(m_, m_.digits_of(m_.axis(in(i, fits), k)));
    for (std::size_t input = fits + 1; input < one.inputs.size(); ++input) {
      if (in_shape(i, input)[k] != n) continue;
      const Reading reading = read_positions(m_, m_.digits_of(m_.axis(in(i, input), k)));
      if (!says_more(reading, known)) continue;
      known = reading;
      fits = input;
    }
    keep(in(i, fits), k);
  }
  finish(value_of(i));
}

// The atom of the channels that a window slid along to make these positions; -1 where it is none.
int Walker::grown_from(const Atom& atom) const {
  const Root* seed = atom.kind == AtomKind::position ? m_.root_of(atom) : nullptr;
  if (seed == nullptr || seed->kind != Root::Kind::seed ||
      layer(static_cast<std::size_t>(seed->index)).inputs.empty())
    return -1;
  const TensorMeaning& before = in(static_cast<std::size_t>(seed->index));
  if (before.rank <= seed->axis) return -1;
  const auto digits = m_.digits_of(m_.axis(before, static_cast<std::size_t>(seed->axis)));
  return digits.size() == 1 && m_.atom(digits[0]).kind == AtomKind::channel ? digits[0].atom : -1;
}

// Positions meet channels that were made of them, and channels meet positions that a window made of them: one
// side was turned, and nothing is where it belongs.
void Walker::exchanged(std::size_t i) {
  const LayerSpec& one = layer(i);
  if (one.kind == LayerKind::Mul || one.inputs.size() != 2 || in(i, 0).rank != in(i, 1).rank) return;
  for (const std::size_t turned : {std::size_t{1}, std::size_t{0}}) {
    const Tensor& x = in(i, 1 - turned);
    const Tensor& y = in(i, turned);
    int mixed = -1;
    int grown = -1;
    for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank); ++k) {
      const auto from = m_.digits_of(m_.axis(x, k));
      const auto to = m_.digits_of(m_.axis(y, k));
      if (from.size() != 1 || to.size() != 1) continue;
      const int channels = grown_from(m_.atom(to[0]));
      if (!roots_in(from).empty() && (m_.atom(to[0]).learned || channels >= 0) &&
          !holds_root(y, m_.atom(from[0]).root))
        mixed = static_cast<int>(k);
      if (channels < 0) continue;
      for (std::size_t other = 0; other < static_cast<std::size_t>(x.rank); ++other)
        for (const Digit& digit : m_.digits_of(m_.axis(x, other)))
          if (digit.atom == channels) grown = static_cast<int>(k);
    }
    if (mixed < 0 || grown < 0) continue;
    return flaw(Flaw::crossed, i, static_cast<std::size_t>(grown),
                "`" + spec_.name_of(one.inputs[turned]) +
                    "` comes from a window that slid along the channels of `" +
                    spec_.name_of(one.inputs[1 - turned]) + "`, and took its axis " + std::to_string(mixed) +
                    " for channels",
                static_cast<int>(turned));
  }
}

// What two neighbours of one tensor make lies between them and sees both.
AxisMeaning Walker::between(const AxisMeaning& axis, const Reading& one, const Reading& other) {
  if (one.kind != other.kind || one.kind != Reading::Kind::place || one.root != other.root ||
      one.place.offset == other.place.offset || !(one.place.step == other.place.step))
    return axis;
  Alignment place = one.place;
  place.offset = (one.place.offset + other.place.offset) * Rational(1, 2);
  place.moved = (one.place.moved + other.place.moved) * Rational(1, 2);
  place.cut = (one.place.cut + other.place.cut) * Rational(1, 2);
  place.low = one.place.low < other.place.low ? one.place.low : other.place.low;
  place.high = larger(one.place.high, other.place.high);
  std::int64_t size = 1;
  for (const Digit& digit : m_.digits_of(axis)) size *= digit.size;
  return place.known() ? positions(size, one.root, place) : axis;
}

void Walker::elementwise(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Shape& out = out_shape(i);
  same_twice(i);
  exchanged(i);
  struct Taking {
    std::size_t input = 0;
    std::size_t axis = 0;
  };
  for (std::size_t k = 0; k < out.size(); ++k) {
    std::vector<Taking> taking;
    const std::size_t back = out.size() - k;
    AxisMeaning best;
    Reading known;
    bool found = false;
    for (std::size_t input = 0; input < one.inputs.size(); ++input) {
      const Shape& shape = in_shape(i, input);
      if (shape.size() < back) continue;
      const std::size_t axis = shape.size() - back;
      const AxisMeaning& mine = m_.axis(in(i, input), axis);
      if (shape[axis] == 1) {
        const bool samples = axis == 0 && shape.size() > 1 && back < out.size() && out[k] != 1 &&
                             batch_is_first_ && mine.mark >= 0 &&
                             m_.atoms[static_cast<std::size_t>(mine.mark)].kind == AtomKind::batch;
        if (samples)
          flaw(Flaw::samples, i, k,
               "`" + spec_.name_of(one.inputs[input]) + "` has " + std::to_string(shape.size()) +
                   " axes, so that its batch meets axis " + std::to_string(k),
               static_cast<int>(input));
        const bool stretched =
            out[k] != 1 && mine.mark >= 0 && m_.atoms[static_cast<std::size_t>(mine.mark)].one_of_many;
        if (stretched)
          flaw(Flaw::stretched, i, k,
               "one position that a convolution made of several is repeated " + std::to_string(out[k]) +
                   " times along axis " + std::to_string(k),
               static_cast<int>(input));
        if (!found && out[k] == 1 && (best.mark < 0 || mine.mark >= 0)) best = mine;
        continue;
      }
      for (const Taking& other : taking)
        if (other.input + 1 == input || other.input == taking[0].input)
          compare(i, input, k, {in(i, input), axis}, {in(i, other.input), other.axis},
                  std::min(shape[axis], in_shape(i, other.input)[other.axis]));
      taking.push_back({input, axis});
      if (shape[axis] != out[k]) continue;
      const Reading reading = read_positions(m_, m_.digits_of(mine));
      if (found && !says_more(reading, known)) continue;
      best = mine;
      known = reading;
      found = true;
    }
    if (found && known.kind == Reading::Kind::place && taking.size() == 2 && neighbours_of_one(i, 1)) {
      const auto reading = [&](const Taking& side) {
        return read_positions(m_, m_.digits_of(m_.axis(in(i, side.input), side.axis)));
      };
      best = between(best, reading(taking[0]), reading(taking[1]));
    }
    put(found || out[k] == 1 ? best : unknown(out[k]));
  }
  finish(value_of(i));
}

}  // namespace shapedbg
