// Two axes of one size that meet: whether they hold the same, and lie at the same places.
#include <algorithm>
#include <cstdlib>

#include "meaning/walker.h"
#include "net/facts.h"

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
  for (std::size_t k = 0; k < tensor.axis_count(); ++k)
    for (const Digit& digit : m_.digits_of(m_.axis(tensor, k))) {
      const Atom& atom = m_.atom(digit);
      if (atom.kind == AtomKind::position && atom.root == root) return true;
    }
  return false;
}

bool Walker::holds_roots(const Tensor& tensor, std::span<const Digit> places) const {
  const std::vector<int> roots = all_roots_in(places);
  return !roots.empty() &&
         std::all_of(roots.begin(), roots.end(), [&](int root) { return holds_root(tensor, root); });
}

// Axes of several digits, one by one as far as their sizes agree.
void Walker::compare_digits(const Meet& at, std::span<const Digit> a, std::span<const Digit> b) {
  for (std::size_t d = 0; d < std::min(a.size(), b.size()) && a[d].size == b[d].size; ++d) {
    const Reading one = read_positions(m_, a.subspan(d, 1));
    const Reading other = read_positions(m_, b.subspan(d, 1));
    if (one.kind != Reading::Kind::place || other.kind != Reading::Kind::place) continue;
    if (one.root == other.root) compare_places(at, one, other, a[d].size);
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

// The same, maps that grew inside of the network among them.
std::vector<int> Walker::all_roots_in(std::span<const Digit> digits) const {
  std::vector<int> all;
  for (const Digit& digit : digits) {
    const Atom& atom = m_.atom(digit);
    if (atom.kind != AtomKind::position || atom.root < 0) return {};
    if (all.empty() || all.back() != atom.root) all.push_back(atom.root);
  }
  return all;
}

bool Walker::holds_digits(const Tensor& tensor, std::span<const Digit> digits, std::size_t but) const {
  for (std::size_t k = 0; k < tensor.axis_count(); ++k) {
    const auto mine = m_.digits_of(m_.axis(tensor, k));
    if (k != but && std::equal(mine.begin(), mine.end(), digits.begin(), digits.end())) return true;
  }
  return false;
}

// Whether a tensor holds as an axis of its own, whole, the channels that its places meet a piece of.
bool Walker::holds_whole(Side side, std::span<const Digit> piece) const {
  if (piece.size() != 1 || is_whole(piece[0], m_.atoms)) return false;
  const Digit whole{piece[0].atom, 1, m_.atom(piece[0]).size};
  return holds_digits(side.tensor, {&whole, 1}, side.axis);
}

// Whether a tensor has the places of one axis of an input twice.
bool Walker::holds_beside(Side side, int root) const {
  for (std::size_t k = 0; k < side.tensor.axis_count(); ++k) {
    if (k == side.axis) continue;
    const std::vector<int> roots = roots_in(m_.digits_of(m_.axis(side.tensor, k)));
    if (roots.size() == 1 && roots[0] == root) return true;
  }
  return false;
}

// The input and its axis whose places an axis holds; nothing where it holds anything else.
const Root* Walker::input_along(const Tensor& tensor, std::size_t k) const {
  const std::vector<int> roots = roots_in(m_.digits_of(m_.axis(tensor, k)));
  return roots.size() == 1 ? &m_.roots[static_cast<std::size_t>(roots[0])] : nullptr;
}

// Maps of two inputs, of which one has height and width in the other's order.
bool Walker::turns_another_input(Side a, Side b) const {
  if (a.tensor.rank != b.tensor.rank || a.tensor.rank < 4) return false;
  const Root* one = input_along(a.tensor, a.axis);
  const Root* other = input_along(b.tensor, b.axis);
  for (std::size_t k = 1; one != nullptr && other != nullptr && k < a.tensor.axis_count(); ++k) {
    const Root* beside = input_along(a.tensor, k);
    const Root* across = input_along(b.tensor, k);
    if (k == a.axis || beside == nullptr || across == nullptr || beside->index != one->index ||
        across->index != other->index)
      continue;
    // Pairs have one axis twice, which has no order.
    if (one->axis != beside->axis && other->axis != across->axis &&
        (one->axis < beside->axis) != (other->axis < across->axis))
      return true;
  }
  return false;
}

// Whether what a layer made for each block was taken apart into what is made for each place of it, and the
// features of that: the blocks are the same.
bool Walker::unfolded_for_each(Side within, Side features) const {
  if (within.tensor.rank != features.tensor.rank || within.axis != features.axis || features.axis == 0 ||
      features.axis + 1 >= features.tensor.axis_count())
    return false;
  const auto coarse = m_.digits_of(m_.axis(features.tensor, features.axis));
  const auto fine = m_.digits_of(m_.axis(features.tensor, features.axis + 1));
  const auto blocks = m_.digits_of(m_.axis(features.tensor, features.axis - 1));
  const auto same = m_.digits_of(m_.axis(within.tensor, within.axis - 1));
  const auto of_one_root = [&](const Digit& a, const Digit& b) {
    return a == b || (a.size == b.size && a.stride == b.stride && m_.atom(a).kind == AtomKind::position &&
                      m_.atom(b).kind == AtomKind::position && m_.atom(a).root == m_.atom(b).root);
  };
  return coarse.size() == 1 && fine.size() == 1 && m_.atom(coarse[0]).learned &&
         fine[0] == Digit{coarse[0].atom, 1, coarse[0].stride} && !blocks.empty() &&
         std::equal(blocks.begin(), blocks.end(), same.begin(), same.end(), of_one_root);
}

// Whether places within frames of a bare signal, which has no channels beside them, meet features that a
// layer made for each of these frames: a mask of them.
bool Walker::features_of_frames(Side within, Side features, const Reading& reading) const {
  if (reading.place.local && unfolded_for_each(within, features)) return true;
  if (!reading.place.local || within.tensor.rank != 3 || features.tensor.rank != 3) return false;
  bool alike = false;
  for (std::size_t k = 0; k < within.tensor.axis_count(); ++k) {
    const Reading frames = read_positions(m_, m_.digits_of(m_.axis(within.tensor, k)));
    const Reading made_for = read_positions(m_, m_.digits_of(m_.axis(features.tensor, k)));
    if (frames.kind == Reading::Kind::features) return false;
    alike = alike || (k != within.axis && frames.kind == Reading::Kind::place &&
                      made_for.kind == Reading::Kind::place && frames.root == reading.root &&
                      made_for.root == reading.root && !frames.place.local);
  }
  return alike;
}

// Whether two inputs are maps of one shape: where they meet, one is of the places of the other.
bool Walker::same_map(const Root& one, const Root& other) const {
  const Shape& shape = shapes_[static_cast<std::size_t>(one.index)];
  return shape.size() > 3 && shape == shapes_[static_cast<std::size_t>(other.index)];
}

// Places of one input meet features, and elsewhere the features beside them the places of another input: one
// of the two was turned.
bool Walker::features_for_places(Side places, Side met) const {
  const auto features = [&](const AxisMeaning& axis) {
    return all_learned(axis) || holds_known_channels(axis);
  };
  if (places.tensor.rank != met.tensor.rank || !features(m_.axis(met.tensor, met.axis))) return false;
  const Root* one = input_along(places.tensor, places.axis);
  for (std::size_t k = 1; one != nullptr && k < met.tensor.axis_count(); ++k) {
    const Root* other = k == met.axis ? nullptr : input_along(met.tensor, k);
    const auto digits = m_.digits_of(m_.axis(places.tensor, k));
    if (other != nullptr && other->index != one->index && !digits.empty() &&
        features(m_.axis(places.tensor, k)))
      return true;
  }
  return false;
}

// Features that cannot stand for the places that they meet: those that the places have beside them, pieces of
// features in another order, or a part of them behind something else while the rest lies elsewhere.
bool Walker::no_places(Side places, Side met) const {
  const auto digits = m_.digits_of(m_.axis(met.tensor, met.axis));
  if (digits.empty() || !all_learned(m_.axis(met.tensor, met.axis))) return false;
  if (digits.size() == 1)
    return is_whole(digits[0], m_.atoms) && holds_digits(places.tensor, digits, places.axis);
  for (std::size_t d = 1; d < digits.size(); ++d)
    if (digits[d].atom == digits[d - 1].atom && digits[d].stride > digits[d - 1].stride) return true;
  const Digit last = digits.back();
  if (last.stride == 1) return false;
  for (std::size_t k = 0; k < static_cast<std::size_t>(met.tensor.rank); ++k)
    for (const Digit& rest : m_.digits_of(m_.axis(met.tensor, k)))
      if (k != met.axis && rest.atom == last.atom && rest.stride < last.stride) return true;
  return false;
}

// Whether a tensor has places of `root` besides those that meet `beside`, which has its axis twice: of pairs
// each meets its own.
bool Walker::holds_another(Side side, Side beside, int root) const {
  const std::size_t rank = side.tensor.axis_count();
  const bool in_step = rank - side.axis == beside.tensor.axis_count() - beside.axis;
  const auto pair = m_.digits_of(m_.axis(beside.tensor, beside.axis));
  for (std::size_t k = 0; k < rank; ++k) {
    const auto digits = m_.digits_of(m_.axis(side.tensor, k));
    const bool holds = std::any_of(digits.begin(), digits.end(), [&](const Digit& digit) {
      return m_.atom(digit).kind == AtomKind::position && m_.atom(digit).root == root;
    });
    if (!holds) continue;
    if (!in_step || k + beside.axis < side.axis || k == side.axis) return true;
    const auto met = m_.digits_of(m_.axis(beside.tensor, k + beside.axis - side.axis));
    if (!std::equal(met.begin(), met.end(), pair.begin(), pair.end())) return true;
  }
  return false;
}

// Places of one axis meet those of another, and the other way round elsewhere: windows against what lies in
// them. Pairs have one axis twice, and no order makes them anything else.
bool Walker::exchanges_blocks(Side a, Side b) const {
  const auto one = m_.digits_of(m_.axis(a.tensor, a.axis));
  const auto other = m_.digits_of(m_.axis(b.tensor, b.axis));
  if (all_roots_in(one).empty() || all_roots_in(other).empty()) return false;
  if (holds_digits(a.tensor, one, a.axis) || holds_digits(b.tensor, other, b.axis)) return false;
  return holds_digits(a.tensor, other, a.axis) && holds_digits(b.tensor, one, b.axis);
}

// Whether two axes hold positions of one input, one of them of several axes, and not one behind the other in
// the same order: rows and columns against columns and rows, rows against windows.
bool Walker::in_another_order(const Tensor& x, std::span<const Digit> a, const Tensor& y,
                              std::span<const Digit> b) const {
  const std::vector<int> one = all_roots_in(a);
  const std::vector<int> other = all_roots_in(b);
  if (one.empty() || other.empty() || one == other) return false;
  if (roots_in(a).empty() || roots_in(b).empty()) {
    // Of maps that grew inside nothing is known but which is which: the same ones in another order.
    std::vector<int> mine(one);
    std::vector<int> others(other);
    for (auto* all : {&mine, &others}) {
      std::sort(all->begin(), all->end());
      all->erase(std::unique(all->begin(), all->end()), all->end());
    }
    return mine == others;
  }
  const auto input = [&](int root) { return m_.roots[static_cast<std::size_t>(root)].index; };
  for (const auto* all : {&one, &other})
    for (const int root : *all)
      if (input(root) != input(one[0]) || !holds_root(x, root) || !holds_root(y, root)) return false;
  return true;
}

// The input of a join that says most of an axis whose places lie alike in all of them, as compare() would
// find one by one: dense blocks join hundreds of tensors. Nothing where any lies elsewhere.
std::optional<std::size_t> Walker::lie_in_one_place(std::size_t i, std::size_t axis, std::int64_t n) {
  const LayerSpec& one = layer(i);
  const AxisMeaning& first = m_.axis(in(i), axis);
  const auto digits = m_.digits_of(first);
  const WholeAxis here = whole_axis(m_, digits);
  const Alignment* most = here.place;
  std::size_t fits = 0;
  bool moved = false;
  for (std::size_t input = 0; input < one.inputs.size(); ++input) {
    if (in_shape(i, input)[axis] != n) return std::nullopt;
    const AxisMeaning& other = m_.axis(in(i, input), axis);
    if (other.first == first.first && other.count == first.count) continue;
    const auto beside = m_.digits_of(other);
    if (std::equal(digits.begin(), digits.end(), beside.begin(), beside.end())) continue;
    const WholeAxis there = here.place == nullptr ? WholeAxis{} : whole_axis(m_, beside);
    if (there.place == nullptr || here.root != there.root || !lie_alike(*here.place, *there.place))
      return std::nullopt;
    moved = true;
    if (!(there.place->coarsest < most->coarsest)) continue;
    most = there.place;
    fits = input;
  }
  if (moved)
    m_.meetings.push_back({LayerId(i), MeetingPlace::all, static_cast<int>(axis), true, 0, here.place->step});
  return fits;
}

// Places of one root, or a side that was moved right in front of the merge; false where there is more to ask.
bool Walker::compare_roots(const Meet& at, Side a, Side b, const Reading& x, const Reading& y,
                           std::int64_t n) {
  const AxisMeaning one = m_.axis(a.tensor, a.axis);
  const AxisMeaning other = m_.axis(b.tensor, b.axis);
  if (x.kind == Reading::Kind::place && y.kind == Reading::Kind::place && x.root == y.root &&
      is_batch(one) == is_batch(other)) {
    // What lies within each block, where the blocks stand in another axis, is not the whole axis.
    if (x.place.local == y.place.local || !holds_beside(x.place.local ? a : b, x.root))
      compare_places(at, x, y, n);
    else
      flaw(Flaw::crossed, at.layer, at.axis,
           "along axis " + std::to_string(at.axis) + " " + made_of(spec_, m_, one) + " meets " +
               made_of(spec_, m_, other),
           static_cast<int>(at.input));
    return true;
  }
  const std::int64_t by = moved_alone(at);
  if (by == 0) return false;
  m_.meetings.push_back(
      {LayerId(at.layer), static_cast<int>(at.input), static_cast<int>(at.axis), true, by, 1});
  flaw(Flaw::shifted, at.layer, at.axis,
       "along axis " + std::to_string(at.axis) + " one of its inputs was moved by " +
           std::to_string(std::abs(by)) + " places, and nothing beside it is",
       static_cast<int>(at.input));
  return true;
}

void Walker::compare(const Meet& at, Side a, Side b, std::int64_t n) {
  const AxisMeaning one = m_.axis(a.tensor, a.axis);
  const AxisMeaning other = m_.axis(b.tensor, b.axis);
  if (one.count == 0 || other.count == 0 || (one.first == other.first && one.count == other.count)) return;
  const auto digits = m_.digits_of(one);
  const auto beside = m_.digits_of(other);
  if (std::equal(digits.begin(), digits.end(), beside.begin(), beside.end())) return;
  // As compare_places() would find it.
  const WholeAxis here = whole_axis(m_, digits);
  const WholeAxis there = here.place == nullptr ? WholeAxis{} : whole_axis(m_, beside);
  if (there.place != nullptr && here.root == there.root && lie_alike(*here.place, *there.place)) {
    m_.meetings.push_back({LayerId(at.layer), static_cast<int>(at.input), static_cast<int>(at.axis), true, 0,
                           here.place->step});
    return;
  }
  const bool samples_first =
      digits.front() == beside.front() && m_.atom(digits.front()).kind == AtomKind::batch;
  if (samples_first && in_another_order(a.tensor, digits.subspan(1), b.tensor, beside.subspan(1)))
    return flaw(Flaw::crossed, at.layer, at.axis,
                "along axis " + std::to_string(at.axis) + " " + made_of(spec_, m_, one) + " meets " +
                    made_of(spec_, m_, other),
                static_cast<int>(at.input));
  if (exchanges_blocks(a, b))
    return flaw(Flaw::crossed, at.layer, at.axis,
                "along axis " + std::to_string(at.axis) + " " + made_of(spec_, m_, one) + " meets " +
                    made_of(spec_, m_, other) + ", and the other way round elsewhere",
                static_cast<int>(at.input));
  if (!rolled_.empty() && (comes_back_elsewhere(one, other) || comes_back_elsewhere(other, one)))
    return flaw(Flaw::shifted, at.layer, at.axis,
                "along axis " + std::to_string(at.axis) +
                    " its inputs lie apart: what was rolled is not rolled back to its place",
                static_cast<int>(at.input));
  Reading x = read_positions(m_, digits);
  Reading y = read_positions(m_, beside);
  if (x.kind == Reading::Kind::place && x.root != y.root) as_run(y, x.root, other);
  if (y.kind == Reading::Kind::place && x.root != y.root) as_run(x, y.root, one);
  if (compare_roots(at, a, b, x, y, n)) return;
  const std::optional<Flaw> found = clash(a, b, x, y);
  if (found)
    return flaw(*found, at.layer, at.axis,
                "along axis " + std::to_string(at.axis) + " " + made_of(spec_, m_, one) + " meets " +
                    made_of(spec_, m_, other),
                static_cast<int>(at.input));
  using Kind = Reading::Kind;
  const auto settled = [](Kind p, Kind q) {
    return p == Kind::place && (q == Kind::place || q == Kind::features);
  };
  if (is_batch(one) != is_batch(other) || settled(x.kind, y.kind) || settled(y.kind, x.kind)) return;
  compare_digits(at, digits, beside);
}

// What is wrong where axes of two tensors meet, as far as their readings tell; places of one root are not
// looked at.
std::optional<Flaw> Walker::clash(Side a, Side b, const Reading& x, const Reading& y) const {
  using Kind = Reading::Kind;
  const AxisMeaning& one = m_.axis(a.tensor, a.axis);
  const AxisMeaning& other = m_.axis(b.tensor, b.axis);
  const auto flawed = [](bool holds, Flaw flaw) { return holds ? std::optional(flaw) : std::nullopt; };
  if (is_batch(one) != is_batch(other)) {
    const Reading& beside = is_batch(one) ? y : x;
    const Kind with = beside.kind;
    if (with == Kind::place && m_.roots[static_cast<std::size_t>(beside.root)].frames) return std::nullopt;
    return flawed(with == Kind::place || with == Kind::features || with == Kind::several, Flaw::samples);
  }
  if (x.kind == Kind::place && y.kind == Kind::place) {
    const Root& from = m_.roots[static_cast<std::size_t>(x.root)];
    const Root& to = m_.roots[static_cast<std::size_t>(y.root)];
    if (from.kind != Root::Kind::input || to.kind != Root::Kind::input) return std::nullopt;
    if (from.index != to.index && !same_map(from, to))
      return flawed(turns_another_input(a, b), Flaw::crossed);
    if (from.axis == to.axis) return std::nullopt;
    // Rows of pairs times rows of pairs: no order of its axes makes them rows and columns.
    return flawed(!holds_beside(a, x.root) && !holds_beside(b, y.root), Flaw::crossed);
  }
  if (x.kind == Kind::place && y.kind == Kind::features && features_for_places(a, b)) return Flaw::crossed;
  if (y.kind == Kind::place && x.kind == Kind::features && features_for_places(b, a)) return Flaw::crossed;
  if (x.kind == Kind::place && y.kind == Kind::features)
    return flawed((holds_another(b, a, x.root) && !features_of_frames(a, b, x)) ||
                      holds_whole(a, m_.digits_of(other)) || no_places(a, b),
                  Flaw::crossed);
  if (y.kind == Kind::place && x.kind == Kind::features)
    return flawed((holds_another(a, b, y.root) && !features_of_frames(b, a, y)) ||
                      holds_whole(b, m_.digits_of(one)) || no_places(b, a),
                  Flaw::crossed);
  const auto digits = m_.digits_of(one);
  const auto beside = m_.digits_of(other);
  // Features against places that the other tensor has in an axis of their own.
  if ((x.kind == Kind::features && y.kind == Kind::several &&
       (holds_roots(a.tensor, beside) || no_places(b, a))) ||
      (y.kind == Kind::features && x.kind == Kind::several &&
       (holds_roots(b.tensor, digits) || no_places(a, b))))
    return Flaw::crossed;
  const bool joined = x.kind == Kind::several || y.kind == Kind::several;
  if (joined && in_another_order(a.tensor, digits, b.tensor, beside)) return Flaw::crossed;
  const auto known = [](const Reading& reading) {
    return reading.kind == Kind::place || reading.kind == Kind::several;
  };
  const bool misread = (x.kind == Kind::broken && known(y) && holds_root(a.tensor, y.root)) ||
                       (y.kind == Kind::broken && known(x) && holds_root(b.tensor, x.root));
  return flawed(misread, Flaw::misread);
}

}  // namespace shapedbg
