// Parts and copies of one tensor that a Concat joins: moved against each other, or laid around it.
#include <algorithm>
#include <array>
#include <map>

#include "meaning/walker.h"

namespace shapedbg {

namespace {

// Takes a range of axis `dim`, every place of it.
bool cuts_along(const LayerSpec& one, std::size_t dim) {
  if (one.info().family != Family::slice || !one.has(Opt::index)) return false;
  const auto* ranges = std::get_if<std::vector<SliceRange>>(&one.find(Opt::index)->value);
  return ranges != nullptr && dim < ranges->size() && (*ranges)[dim].step == 1 &&
         !((*ranges)[dim] == SliceRange{});
}

}  // namespace

// Channels of one tensor that are moved apart and joined again: a temporal shift.
std::optional<Ref> Walker::joins_its_parts(std::size_t i, std::size_t dim) const {
  constexpr int most_steps = 4;
  std::optional<Ref> whole;
  for (const Ref ref : layer(i).inputs) {
    Ref at = ref;
    bool cut = false;
    for (int step = 0; step < most_steps && !at.is_input(); ++step) {
      const LayerSpec& one = layer(at.layer);
      const Family family = one.info().family;
      if (family != Family::pad && family != Family::free_pad && family != Family::crop &&
          family != Family::slice && family != Family::along_axes)
        break;
      if (one.inputs.empty()) return std::nullopt;
      cut = cut || cuts_along(one, dim);
      at = one.inputs[0];
    }
    if (!cut) {
      if (at.is_input()) return std::nullopt;
      const LayerSpec& one = layer(at.layer);
      const Family family = one.info().family;
      if (family != Family::chunk && family != Family::split) return std::nullopt;
      const std::size_t rank = in_shape(at.layer.place()).size();
      if (wrapped_axis(one.integer(Opt::dim), rank) != dim) return std::nullopt;
      at = one.inputs[0];
    }
    if (whole && *whole != at) return std::nullopt;
    whole = at;
  }
  return whole;
}

// A tensor beside copies of it that are moved by some places: each sees its neighbours, as if a window had
// looked.
std::optional<Ref> Walker::joins_its_copies(std::size_t i, std::size_t dim) const {
  const LayerSpec& one = layer(i);
  if (one.inputs.size() < 2) return std::nullopt;
  const Ref home = copied_from(one.inputs[0]).home;
  const Tensor& from = m_.of(home);
  bool at_home = false;
  for (std::size_t input = 0; input < one.inputs.size(); ++input) {
    if (copied_from(one.inputs[input]).home != home || in(i, input).rank != from.rank) return std::nullopt;
    bool kept = true;
    for (std::size_t k = 0; k < static_cast<std::size_t>(from.rank); ++k) {
      const Reading was = read_positions(m_, m_.digits_of(m_.axis(from, k)));
      const Reading is = read_positions(m_, m_.digits_of(m_.axis(in(i, input), k)));
      if (k == dim || was.kind != Reading::Kind::place) continue;
      if (is.kind != Reading::Kind::place || !(was.place.step == is.place.step)) return std::nullopt;
      kept = kept && was.place.offset == is.place.offset;
    }
    at_home = at_home || kept;
  }
  return at_home ? std::optional(home) : std::nullopt;
}

// Parts that are moved: one axis at a time, and as far back as forth, or all the same way.
void Walker::moves_its_parts(std::size_t i, std::size_t dim, Ref whole) {
  const Tensor from = m_.of(whole);
  const auto rank = in(i).axis_count();
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
    // One place back, two places back: what was before, step by step.
    std::sort(by.begin(), by.end(), [](const Rational& a, const Rational& b) { return a < b; });
    const bool distinct = std::adjacent_find(by.begin(), by.end()) == by.end();
    if (distinct && by.size() > 1 && (by.front() > 0 || by.back() < 0)) continue;
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

// A Concat of a tensor and pieces of it along one axis, of which one is most of the result: a Pad by hand, in
// a circle or with its edge, or a Roll.
std::optional<Walker::Around> Walker::laid_around(std::size_t i) const {
  constexpr std::size_t most = 8;
  const LayerSpec& one = layer(i);
  const LayerTrace& row = trace_.layers[i];
  if (one.broken || one.info().family != Family::concat || one.inputs.size() < 2 ||
      one.inputs.size() > most || row.outputs.empty() || row.inputs.size() != one.inputs.size())
    return std::nullopt;
  const std::size_t dim = wrapped_axis(one.integer(Opt::dim), row.outputs[0].size());
  const auto cut_along = [&](Ref ref) {
    if (ref.is_input() || layer(ref.layer).broken || layer(ref.layer).info().family != Family::slice)
      return false;
    const Shape& from = in_shape(ref.layer.place());
    const Shape& to = out_shape(ref.layer.place());
    for (std::size_t k = 0; k < from.size(); ++k)
      if (k != dim && from[k] != to[k]) return false;
    return true;
  };
  Around around{{}, dim, 0};
  bool main = false;
  std::int64_t before = 0;
  for (std::size_t k = 0; k < one.inputs.size(); ++k) {
    const Ref ref = one.inputs[k];
    const Ref whole = cut_along(ref) ? layer(ref.layer).inputs[0] : ref;
    if (k > 0 && whole != around.whole) return std::nullopt;
    around.whole = whole;
    const std::int64_t size = row.inputs[k][dim];
    if (2 * size > row.outputs[0][dim]) {
      const auto pads = whole == ref ? std::vector<std::int64_t>{} : pads_of(ref.layer.place());
      const std::size_t back = 2 * (row.outputs[0].size() - 1 - dim);
      around.front = before + (back < pads.size() ? pads[back] : 0);
      main = true;
    }
    before += size;
  }
  return main ? std::optional(around) : std::nullopt;
}

// Pieces of one axis that together are as long as all of it, and leave some of it out: one of them begins
// elsewhere. Windows that overlap alike are meant.
void Walker::tell_gap(std::size_t axis, std::vector<Piece> pieces) {
  constexpr std::size_t several = 3;
  if (pieces.size() < several) return;
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.start < b.start; });
  std::int64_t sum = pieces[0].size;
  std::int64_t end = pieces[0].size + pieces[0].start;
  std::size_t at = pieces.size();
  bool alike = true;
  for (std::size_t k = 1; k < pieces.size(); ++k) {
    const Piece& piece = pieces[k];
    alike = alike && piece.size == pieces[0].size &&
            piece.start - pieces[k - 1].start == pieces[1].start - pieces[0].start;
    if (piece.start < end && at == pieces.size()) at = k;
    sum += piece.size;
    end = std::max(end, piece.start + piece.size);
  }
  if (at == pieces.size() || alike || sum != in_shape(pieces[0].layer)[axis]) return;
  flaw(Flaw::twice, pieces[at].layer, axis,
       "its piece of axis " + std::to_string(axis) + " begins within another one, and the " +
           std::to_string(pieces.size()) + " pieces, together as long as the axis, leave some of it out");
}

void Walker::pieces_cover() {
  std::map<std::array<int, 3>, std::vector<Piece>> all;  // by tensor and axis
  for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
    if (layer(i).info().family != Family::slice || trace_.layers[i].outputs.empty()) continue;
    const std::vector<std::int64_t> pads = pads_of(i);
    const Shape& from = in_shape(i);
    const Shape& to = out_shape(i);
    if (pads.empty() || from.size() != to.size()) continue;
    const auto changes = [&](std::size_t k) { return from[k] != to[k]; };
    std::size_t axis = 0;
    while (axis < from.size() && !changes(axis)) ++axis;
    std::size_t more = axis + 1;
    while (more < from.size() && !changes(more)) ++more;
    if (axis >= from.size() || more < from.size()) continue;  // a range of one axis alone
    const std::size_t back = 2 * (from.size() - 1 - axis);
    if (to[axis] - pads[back] - pads[back + 1] != from[axis]) continue;
    const Ref ref = layer(i).inputs[0];
    all[{ref.layer.number(), ref.output, static_cast<int>(axis)}].push_back({-pads[back], to[axis], i});
  }
  for (const auto& [where, pieces] : all) tell_gap(static_cast<std::size_t>(where[2]), pieces);
}

}  // namespace shapedbg
