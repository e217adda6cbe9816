// Layers that pad and cut: Pad, Crop, Slice, and the rows of tokens that they move.
#include <algorithm>
#include <cstdlib>

#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

// Places of several axes, one behind the other, or of one axis with some between them left out.
bool Walker::is_row_of_pieces(const AxisMeaning& axis) const {
  const auto digits = m_.digits_of(axis);
  if (digits.size() < 2) return false;
  const std::size_t roots = all_roots_in(digits).size();
  return roots > 1 || (roots == 1 && read_positions(m_, digits).kind == Reading::Kind::unknown);
}

// Places of several axes, one behind the other, as one row with places of its own: its root.
int Walker::run_of(std::size_t i, std::size_t k, const AxisMeaning& axis) {
  const auto digits = m_.digits_of(axis);
  for (const auto& [known, made] : runs_) {
    const auto of = m_.digits_of(made);
    if (std::equal(of.begin(), of.end(), digits.begin(), digits.end())) return known;
  }
  const int made = root(Root::Kind::seed, static_cast<int>(i), static_cast<int>(k));
  runs_[made] = axis;
  return made;
}

// Reads an axis that such a row was made of as that row.
bool Walker::as_run(Reading& reading, int root, const AxisMeaning& axis) const {
  const auto known = runs_.find(root);
  if (known == runs_.end()) return false;
  // The same places, whether or not windows have looked at them since.
  const auto alike = [&](const Digit& a, const Digit& b) {
    return a == b || (is_whole(a, m_.atoms) && is_whole(b, m_.atoms) && a.size == b.size &&
                      m_.atom(b).kind == AtomKind::position && m_.atom(a).root == m_.atom(b).root);
  };
  const auto of = m_.digits_of(known->second);
  const auto digits = m_.digits_of(axis);
  if (!std::equal(of.begin(), of.end(), digits.begin(), digits.end(), alike)) return false;
  reading = {Reading::Kind::place, root, Alignment{}};
  return true;
}

// A Slice of what a Concat joined: the part that it takes, or, where it takes as many places as a part of
// several axes has from beside it, those places moved.
std::optional<AxisMeaning> Walker::part_across(std::size_t i, std::size_t k, const std::vector<Part>& parts,
                                               std::int64_t n, std::int64_t start) {
  for (const Part& was : parts)
    if (was.start == start && was.size == n) return was.axis;
  for (const Part& was : parts) {
    if (was.size != n || was.start >= start + n || start >= was.start + was.size) continue;
    if (all_roots_in(m_.digits_of(was.axis)).size() < 2) continue;
    return positions(n, run_of(i, k, was.axis), shifted(Alignment{}, start - was.start));
  }
  return std::nullopt;
}

AxisMeaning Walker::part(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t n,
                         std::int64_t start, std::int64_t step, bool middle) {
  const AxisMeaning axis = m_.axis(tensor, k);
  const auto digits = m_.digits_of(axis);
  if (digits.empty()) return axis;
  const Atom first = m_.atom(digits[0]);
  if (digits.size() == 1 && first.kind == AtomKind::batch)
    return of_atom({.kind = AtomKind::batch, .size = n});
  if (digits.size() == 1 && step == 1 && is_whole(digits[0], m_.atoms))
    if (const auto across = part_across(i, k, parts_of(digits[0].atom), n, start)) return *across;
  const Reading reading = read_positions(m_, digits);
  switch (reading.kind) {
    case Reading::Kind::broken:
    case Reading::Kind::features:
      return features(n, static_cast<int>(i), all_learned(axis));
    case Reading::Kind::place: {
      std::int64_t whole = 1;
      for (const Digit& digit : digits) whole *= digit.size;
      Alignment place =
          middle ? centred(reading.place, start, whole, n) : shifted(reading.place, start, step);
      if (!middle && step == 1) place = cut_behind(place, start, whole, n);
      return place.known() ? positions(n, reading.root, place) : seeded(n, i, k);
    }
    case Reading::Kind::unknown:
      if (!is_row_of_pieces(axis)) return unknown(n);
      [[fallthrough]];
    case Reading::Kind::several:
      if (all_roots_in(digits).empty()) break;
      return positions(n, run_of(i, k, axis), shifted(Alignment{}, start, step));
    case Reading::Kind::single:
    case Reading::Kind::batch:
      break;
  }
  return seeded(n, i, k);
}

// Features alone: those of a layer, or of an input that a layer with weights has read so.
bool Walker::holds_known_channels(const AxisMeaning& axis) const {
  const auto digits = m_.digits_of(axis);
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), [&](const Digit& digit) {
    const Atom& atom = m_.atom(digit);
    const Root* from = m_.root_of(atom);
    const bool read = from != nullptr && (from->kind == Root::Kind::layer || used_as_channels_ >= 0);
    return atom.kind == AtomKind::channel && read;
  });
}

// One axis of a square image padded in front and the other behind.
void Walker::pads_on_other_sides(std::size_t i, const Tensor& tensor, std::span<const std::int64_t> pads) {
  const auto rank = tensor.axis_count();
  for (std::size_t k = 1; k + 1 < rank; ++k) {
    const std::size_t a = 2 * (rank - 1 - k);
    if (a + 1 >= pads.size() || a < 2) continue;
    const bool height_first = pads[a] > 0 && pads[a + 1] == 0 && pads[a - 2] == 0 && pads[a - 1] == pads[a];
    const bool width_first =
        pads[a] == 0 && pads[a + 1] > 0 && pads[a - 2] == pads[a + 1] && pads[a - 1] == 0;
    if ((height_first || width_first) && square(tensor, k, k + 1))
      return flaw(Flaw::shifted, i, k,
                  "it pads axis " + std::to_string(height_first ? k : k + 1) + " in front and axis " +
                      std::to_string(height_first ? k + 1 : k) + " behind");
  }
}

// What is moved before any layer has read it are places: the channels of a sequence come last.
void Walker::moves_a_sequence(const AxisMeaning& axis) {
  constexpr std::size_t sequence = 3;
  const auto digits = m_.digits_of(axis);
  if (used_as_channels_ >= 0 || digits.size() != 1 || shapes_[0].size() != sequence) return;
  const Root* from = m_.root_of(m_.atom(digits[0]));
  if (from != nullptr && from->kind == Root::Kind::input && from->index == 0 && from->axis == 1)
    used_as_channels_ = static_cast<int>(sequence) - 1;
}

void Walker::pad(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  const Family family = one.info().family;
  const std::vector<std::int64_t> pads = pads_of(i);
  looks_back_along_one(i, x, pads);
  pads_on_other_sides(i, x, pads);
  for (std::size_t k = 0; k < rank; ++k) {
    const std::int64_t n = in_shape(i)[k];
    const std::int64_t m = out_shape(i)[k];
    const std::size_t back = 2 * (rank - 1 - k);
    std::int64_t before = back < pads.size() ? pads[back] : 0;
    if (pads.empty() && family == Family::free_pad) before = (m - n) >= 0 ? (m - n) / 2 : -((n - m + 1) / 2);
    if (n == m && before != 0) moves_a_sequence(m_.axis(x, k));
    if (n == m && before == 0) {
      keep(x, k);
    } else if (n == m && holds_known_channels(m_.axis(x, k))) {
      flaw(Flaw::layout, i, k,
           "it moves axis " + std::to_string(k) + " by " + std::to_string(std::abs(before)) +
               ", which holds " + made_of(spec_, m_, m_.axis(x, k)) + ", not places");
      put(features(n, static_cast<int>(i), all_learned(m_.axis(x, k))));
    } else if (is_batch(m_.axis(x, k))) {
      put(of_atom({.kind = AtomKind::batch, .size = m}));
    } else if (is_row_of_pieces(m_.axis(x, k))) {
      put(positions(m, run_of(i, k, m_.axis(x, k)), shifted(Alignment{}, -before)));
    } else {
      const bool both_sides = pads.empty() && family == Family::free_pad;
      put(moved(i, x, k, m, false, [&](const Alignment& at) {
        return both_sides ? centred(at, -before, n, m) : cut_behind(shifted(at, -before), -before, n, m);
      }));
    }
  }
  finish(value_of(i));
}

void Walker::crop(std::size_t i) {
  const Tensor x = in(i);
  const bool centre = layer(i).word(Opt::align) == "center";
  for (std::size_t k = 0; k < x.axis_count(); ++k) {
    const std::int64_t n = in_shape(i)[k];
    const std::int64_t m = out_shape(i)[k];
    n == m ? keep(x, k) : put(part(i, x, k, m, centre ? (n - m) / 2 : 0, 1, centre));
  }
  finish(value_of(i));
}

// What a Pad puts beside an axis, and a Slice takes away (negative): of the last axis first, in front and
// behind. Nothing of any other layer, and where only the sizes say it.
std::vector<std::int64_t> Walker::pads_of(std::size_t i) const {
  const LayerSpec& one = layer(i);
  const Family family = one.info().family;
  if (one.broken || trace_.layers[i].inputs.empty()) return {};
  if (family == Family::pad || family == Family::free_pad) {
    if (!one.has(Opt::padding)) return {};
    std::vector<std::int64_t> pads = one.integers(Opt::padding);
    if (pads.size() == 1 && family == Family::pad) pads.assign(2 * one.axis_count(), pads[0]);
    return pads;
  }
  if (family != Family::slice || !one.has(Opt::index)) return {};
  const auto* ranges = std::get_if<std::vector<SliceRange>>(&one.find(Opt::index)->value);
  std::vector<std::int64_t> pads;
  const Shape& x = in_shape(i);
  for (std::size_t k = x.size(); ranges != nullptr && k-- > 0;) {
    const SliceRange range = k < ranges->size() ? (*ranges)[k] : SliceRange{};
    const bool front = range.start != SliceRange::open && range.start > 0;
    const bool behind = range.stop != SliceRange::open && range.step == 1;
    pads.push_back(front ? -range.start : 0);
    pads.push_back(behind ? (range.stop < 0 ? range.stop : std::min<std::int64_t>(range.stop - x[k], 0)) : 0);
  }
  return pads;
}

// What the Slice on the way to a tensor took away of an axis, where all behind it keep its places.
Walker::Ends Walker::cut_before(Ref ref, std::size_t axis) const {
  constexpr int most_steps = 8;
  for (int step = 0; step < most_steps && !ref.is_input(); ++step) {
    const std::size_t j = ref.layer.place();
    const LayerSpec& one = layer(j);
    if (one.broken || one.inputs.empty() || axis >= in_shape(j).size()) break;
    const Family family = one.info().family;
    const std::size_t back = 2 * (in_shape(j).size() - 1 - axis);
    if (family == Family::slice) {
      const std::vector<std::int64_t> cut = pads_of(j);
      if (cut.empty()) break;
      if (cut[back] != 0 || cut[back + 1] != 0) return {-cut[back], -cut[back + 1]};
    } else if (!keeps_shape(family) && family != Family::conv && family != Family::linear) {
      break;
    }
    if (in_shape(j).size() != out_shape(j).size() || in_shape(j)[axis] != out_shape(j)[axis]) break;
    ref = one.inputs[0];
  }
  return {};
}

// x[:-k] beside y[k:]: as much was cut in front of the one as behind the other, and without either cut they
// would have met as they lay. What comes next is meant.
bool Walker::cut_against_each_other(const Meet& at) const {
  const Ends one = cut_before(layer(at.layer).inputs[at.input], at.axis);
  const Ends other = cut_before(layer(at.layer).inputs[at.other], at.axis);
  return one.front == other.behind && one.behind == other.front && (one.front == 0) != (one.behind == 0);
}

void Walker::slice(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto* ranges =
      one.has(Opt::index) ? std::get_if<std::vector<SliceRange>>(&one.find(Opt::index)->value) : nullptr;
  looks_back_along_one(i, x, pads_of(i));
  // The value is what is taken, however it is written.
  std::uint64_t value = x.value;
  for (std::size_t k = 0; k < x.axis_count(); ++k) {
    const std::int64_t n = in_shape(i)[k];
    const std::int64_t m = out_shape(i)[k];
    std::int64_t start = 0;
    std::int64_t step = 1;
    if (ranges != nullptr && k < ranges->size()) {
      const SliceRange& r = (*ranges)[k];
      start = r.start == SliceRange::open ? 0
              : r.start < 0               ? std::max<std::int64_t>(r.start + n, 0)
                                          : std::min(r.start, n);
      step = r.step;
    }
    if (n == m && start == 0) {
      keep(x, k);
      continue;
    }
    // The middle of what unpadded windows left less of.
    if (step == 1 && start > 0 && start == n - m - start) looks_to_both_sides(x, k);
    put(part(i, x, k, m, start, step));
    for (const std::int64_t number : {static_cast<std::int64_t>(k), start, m == 1 ? 1 : step, m})
      value = mixed_hash(value, static_cast<std::uint64_t>(number));
  }
  finish(value);
}

}  // namespace shapedbg
