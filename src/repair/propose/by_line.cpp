// What one line of the author's program gets wrong wherever it is used: a cut of a map that forgets an axis,
// the factor of each branch of a pyramid.
#include <algorithm>
#include <optional>
#include <string>

#include "flow/path.h"
#include "flow/telling_inputs.h"
#include "net/facts.h"
#include "net/sharing.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t most_branches = 16;

const std::vector<SliceRange>* ranges_of(const LayerSpec& layer) {
  if (layer.broken || layer.info().family != Family::slice) return nullptr;
  const OptionValue* index = layer.find(Opt::index);
  return index == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&index->value);
}

// How many places a range leaves out, at its start or at its end; 0 where it is no such range.
std::int64_t places_left_out(const SliceRange& range) {
  const bool from_start = range.start == SliceRange::open || range.start == 0;
  if (range.step != 1) return 0;
  if (from_start && range.stop < 0 && range.stop != SliceRange::open) return -range.stop;
  return range.stop == SliceRange::open && range.start > 0 ? range.start : 0;
}

// The one spatial axis that is cut, and nothing else is.
std::optional<std::size_t> only_cut(const std::vector<SliceRange>& ranges) {
  std::optional<std::size_t> cut;
  for (std::size_t k = 0; k < ranges.size(); ++k) {
    if (ranges[k] == SliceRange{}) continue;
    if (cut || k < 2 || places_left_out(ranges[k]) == 0) return std::nullopt;
    cut = k;
  }
  return cut;
}

// x[:, :, :-1] of a map that lacks the same cut along its other axes: [:, :, :-1, :-1], at each use of the
// line.
void all_axes_cut(const Situation& s, LayerId merge, std::size_t k, const Shape& other,
                  std::vector<Candidate>& out) {
  const Ref ref = before_pointwise(s.spec, s.spec.layer(merge).inputs[k]);
  const Shape& x = s.trace.row(merge).inputs[k];
  if (ref.is_input() || x.size() < 4 || x.size() != other.size()) return;
  const LayerSpec& slice = s.spec.layer(ref.layer);
  const auto* ranges = ranges_of(slice);
  const auto cut = ranges == nullptr ? std::nullopt : only_cut(*ranges);
  if (!cut || *cut >= x.size()) return;
  std::vector<SliceRange> fresh = *ranges;
  fresh.resize(x.size());
  for (std::size_t axis = 2; axis < x.size(); ++axis) {
    if (x[axis] == other[axis]) continue;
    if (axis == *cut || x[axis] - other[axis] != places_left_out(fresh[*cut])) return;
    fresh[axis] = fresh[*cut];
  }
  std::vector<Set> sets;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& one = s.spec.layer(i);
    const auto* its = ranges_of(one);
    if (i == ref.layer || (called_at_one_line(one, slice) && its != nullptr && *its == *ranges))
      sets.push_back({i, Opt::index, Value{fresh}});
  }
  if (!s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  offer_as_one(s, sets, std::move(candidate), out);
}

// The resize that an input of a merge comes out of; none where there is none with a factor.
LayerId resize_of(const Spec& spec, Ref ref) {
  const Ref from = before_pointwise(spec, ref);
  if (from.is_input()) return {};
  const LayerSpec& layer = spec.layer(from.layer);
  const bool resizes = !layer.broken && layer.info().family == Family::upsample;
  return resizes && layer.has(Opt::scale_factor) ? from.layer : LayerId();
}

// How many times a map has to grow, alike along all of its axes.
std::optional<std::int64_t> growth(const Shape& from, const Shape& to) {
  if (from.size() != to.size() || from.size() < 3) return std::nullopt;
  for (std::size_t k = 2; k < from.size(); ++k)
    if (from[k] < 1 || to[k] % from[k] != 0 || to[k] / from[k] != to[2] / from[2]) return std::nullopt;
  return to[2] / from[2];
}

// Maps of several levels, each resized by a factor that one line states: some of them meet, and so does each
// of the others by its own factor.
void factors_of_levels(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& joins = s.spec.layer(merge);
  const Shapes& inputs = s.trace.row(merge).inputs;
  if (inputs.size() < 3 || inputs.size() > most_branches) return;
  const auto same_map = [](const Shape& a, const Shape& b) {
    return a.size() == b.size() && a.size() > 2 && std::equal(a.begin() + 2, a.end(), b.begin() + 2);
  };
  const auto meeting = [&](const Shape& x) {
    return std::count_if(inputs.begin(), inputs.end(), [&](const Shape& y) { return same_map(x, y); });
  };
  const auto most = std::max_element(inputs.begin(), inputs.end(),
                                     [&](const Shape& a, const Shape& b) { return meeting(a) < meeting(b); });
  if (meeting(*most) < 2) return;
  std::vector<Set> sets;
  const LayerSpec* first = nullptr;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const LayerId at = resize_of(s.spec, joins.inputs[k]);
    if (at.is_none() || s.trace.row(at).inputs.empty()) return;
    const LayerSpec& one = s.spec.layer(at);
    if (first == nullptr) first = &one;
    if (one.source == nullptr || first->source == nullptr || one.source->made.empty() ||
        one.source->made != first->source->made)
      return;
    if (same_map(inputs[k], *most)) continue;
    const auto by = growth(s.trace.row(at).inputs[0], *most);
    if (!by) return;
    const bool list = std::holds_alternative<std::vector<double>>(one.find(Opt::scale_factor)->value);
    const auto factor = static_cast<double>(*by);
    sets.push_back(
        {at, Opt::scale_factor, list ? Value{std::vector<double>(most->size() - 2, factor)} : Value{factor}});
  }
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::partner;
  offer_as_one(s, sets, std::move(candidate), out);
}

}  // namespace

void suggest_lines(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = failing_merge(s.spec, s.trace);
  if (!fault) return;
  const LayerTrace& row = s.trace.row(*fault);
  factors_of_levels(s, *fault, out);
  const std::vector<std::size_t> told = telling_inputs(row.inputs);
  for (const std::size_t k : told)
    for (const std::size_t other : told)
      if (other != k) all_axes_cut(s, *fault, k, row.inputs[other], out);
}

}  // namespace shapedbg
