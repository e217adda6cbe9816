// Flatten, Unflatten and Reshape: the same elements on other axes.
#include <algorithm>

#include "meaning/walk.h"
#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

bool takes_rows_for_channels(const Shape& from, const Shape& to) {
  return from.size() > 2 && to.size() == 2 && to[1] == from[1] && to[1] != from.back();
}

// "height", "blocks of 4 of height", "the 4 within a block of height". By value: the list that the digit
// stands in may grow here.
std::string Walker::spoken(Digit digit) {
  const std::int64_t size = m_.atom(digit).size;
  std::string whole = made_of(spec_, m_, of_digits({Digit{digit.atom, 1, size}}));
  if (is_whole(digit, m_.atoms)) return whole;
  if (digit.stride == 1) return "the " + std::to_string(digit.size) + " within a block of " + whole;
  const std::string blocks = "blocks of " + std::to_string(digit.stride) + " of " + whole;
  return digit.stride * digit.size == size ? blocks : "some " + blocks;
}

void Walker::tell_mixed(std::size_t i, const Mixture& mixture) {
  const Atom& cut = m_.atom(mixture.second);
  const std::string rest =
      is_whole(mixture.first, m_.atoms) ? spoken({mixture.second.atom, 1, cut.size}) : std::string("both");
  flaw(Flaw::mixed, i, mixture.axis,
       "axis " + std::to_string(mixture.axis) + " of what it returns holds " + spoken(mixture.first) +
           " and " + spoken(mixture.second) + ", and other axes hold the rest of " + rest);
}

void Walker::tell_torn(std::size_t i, const Torn& torn) {
  std::string run;
  std::string names;
  for (std::size_t d = 0; d < torn.run.size(); ++d) {
    run += (d == 0 ? "" : ", ") + std::to_string(torn.run[d].size);
    names += (d == 0 ? "" : d + 1 == torn.run.size() ? " and " : ", ") + spoken(torn.run[d]);
  }
  std::string sizes;
  for (std::size_t k = torn.first_axis; k <= torn.last_axis; ++k)
    sizes += (sizes.empty() ? "" : ", ") + std::to_string(out_shape(i)[k]);
  flaw(Flaw::torn, i, torn.first_axis,
       "it cuts [" + run + "], " + names + ", into [" + sizes +
           "] as they lie in memory, and each piece mixes parts of " +
           (torn.run.size() == 2 ? "both" : "all"));
}

// Torn runs that stand there whole are what they were; which ones.
std::vector<std::size_t> Walker::restore(const Shape& from, std::vector<AxisDigits>& axes) const {
  std::vector<std::size_t> restored;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    if (axes[k].size() != 1) continue;
    const int tear = m_.atom(axes[k][0]).tear;
    if (tear < 0 || m_.tears[static_cast<std::size_t>(tear)].run.empty()) continue;
    std::size_t end = k;
    std::int64_t product = 1;
    int last = -1;  // its parts follow each other as they were made
    while (end < axes.size() && (axes[end].empty() || (axes[end].size() == 1 && axes[end][0].atom > last &&
                                                       m_.atom(axes[end][0]).tear == tear))) {
      if (!axes[end].empty()) last = axes[end][0].atom;
      product *= from[end++];
    }
    std::int64_t whole = 1;
    for (const Digit& digit : m_.tears[static_cast<std::size_t>(tear)].run) whole *= digit.size;
    if (product != whole) continue;
    axes[k] = m_.tears[static_cast<std::size_t>(tear)].run;
    for (std::size_t other = k + 1; other < end; ++other) axes[other].clear();
    restored.push_back(static_cast<std::size_t>(tear));
    k = end - 1;
  }
  return restored;
}

// [Q, K+1] as [K+1, Q] behind a column put in front, and the first row cut off: scores by distance become
// scores by place (relative attention).
bool Walker::skews(std::size_t i) const {
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  const std::size_t rank = from.size();
  if (rank < 2 || to.size() != rank || layer(i).inputs[0].is_input() || to[rank - 2] != from[rank - 1] ||
      to[rank - 1] != from[rank - 2] || !std::equal(from.begin(), from.end() - 2, to.begin()))
    return false;
  const auto before = layer(i).inputs[0].layer.place();
  const LayerSpec& column = layer(before);
  const Family family = column.info().family;
  const bool puts = (family == Family::pad || family == Family::free_pad || family == Family::concat) &&
                    !trace_.layers[before].inputs.empty() && !trace_.layers[before].inputs.back().empty() &&
                    trace_.layers[before].inputs.back().back() + 1 == from[rank - 1];
  return puts && std::any_of(spec_.layers.begin(), spec_.layers.end(), [&](const LayerSpec& cut) {
           if (cut.broken || cut.info().family != Family::slice || cut.inputs.empty() ||
               !cut.has(Opt::index) || cut.inputs[0].layer != LayerId(i))
             return false;
           const auto* ranges = std::get_if<std::vector<SliceRange>>(&cut.find(Opt::index)->value);
           return ranges != nullptr && ranges->size() > rank - 2 && (*ranges)[rank - 2].start == 1;
         });
}

// The axes of a torn run: any factorisation of features of one learned layer, else not known.
void Walker::build_torn(std::size_t i, const Torn& torn, std::vector<AxisMeaning>& built) {
  const Shape& to = out_shape(i);
  int root = -1;
  bool learned = true;
  bool opaque = true;
  for (const Digit& digit : torn.run) {
    const Atom& atom = m_.atom(digit);
    if (atom.kind == AtomKind::batch) continue;
    opaque = opaque && atom.kind == AtomKind::unknown;
    learned = learned && atom.learned && (root < 0 || atom.root == root);
    root = atom.root;
  }
  int tear = -1;
  if (!opaque && !learned) {
    tear = static_cast<int>(m_.tears.size());
    m_.tears.push_back({torn.run, m_.troubles.size(), true});
    tell_torn(i, torn);
  }
  for (std::size_t k = torn.first_axis; k <= torn.last_axis; ++k)
    built[k] = !opaque && learned
                   ? of_atom({.kind = AtomKind::channel, .size = to[k], .root = root, .learned = true})
                   : unknown(to[k], tear);
}

// [B, C, H, W] as rows of C, though they are made of places: in front of a codebook, a loss or a Linear.
std::optional<Mixture> Walker::rows_for_channels(std::size_t i, const std::vector<AxisDigits>& axes,
                                                 const Regrouped& result) const {
  if (!takes_rows_for_channels(in_shape(i), out_shape(i))) return std::nullopt;
  const auto is = [&](AtomKind kind) {
    return [this, kind](const Digit& digit) { return m_.atom(digit).kind == kind; };
  };
  const auto find = [](const AxisDigits& digits, const auto& wanted) {
    return std::find_if(digits.begin(), digits.end(), wanted);
  };
  const auto channels = find(axes[1], is(AtomKind::channel));
  if (channels == axes[1].end() || axes[1].size() != 1) return std::nullopt;
  if (find(result.axes[1], is(AtomKind::channel)) != result.axes[1].end()) return std::nullopt;
  const auto places = find(result.axes[0], is(AtomKind::position));
  if (places == result.axes[0].end()) return std::nullopt;
  return Mixture{0, *channels, *places};
}

// A row of tokens that lies whole rows off its own, cut into these: rows moved by as many, and their columns.
void Walker::move_rows(const AxisMeaning& made_of, const Digit& row, Rational off, Regrouped& result) {
  const auto digits = m_.digits_of(made_of);
  if (digits.size() != 2 || !is_whole(digits[0], m_.atoms)) return;
  const Digit rows = digits[0];
  const Digit columns = digits[1];
  const Rational by = off / columns.size;
  if (by.bottom() != 1 || row.size != rows.size * columns.size) return;
  const Alignment& place = m_.places[static_cast<std::size_t>(m_.atom(rows).place)];
  for (AxisDigits& axis : result.axes)
    for (Digit& digit : axis) {
      if (digit.atom != row.atom) continue;
      if (digit.stride == columns.size && digit.size == rows.size)
        digit = m_.digits_of(positions(rows.size, m_.atom(rows).root, shifted(place, by.top())))[0];
      else if (digit.stride == 1 && digit.size == columns.size)
        digit = columns;
    }
}

// A row of tokens that lies some places off its own, cut into rows and columns: each holds the end of one row
// and the beginning of the next.
void Walker::cuts_moved_row(std::size_t i, const std::vector<AxisDigits>& axes, Regrouped& result) {
  for (const AxisDigits& axis : axes) {
    if (axis.size() != 1 || !is_whole(axis[0], m_.atoms)) continue;
    const Atom& atom = m_.atom(axis[0]);
    const auto row = atom.kind == AtomKind::position ? runs_.find(atom.root) : runs_.end();
    if (row == runs_.end()) continue;
    const Rational off = m_.places[static_cast<std::size_t>(atom.place)].offset;
    move_rows(row->second, axis[0], off, result);
    for (std::size_t k = 0; k < result.axes.size(); ++k)
      for (const Digit& digit : result.axes[k])
        if (digit.atom == axis[0].atom && digit.stride > 1 && !((off / digit.stride).bottom() == 1))
          return flaw(Flaw::shifted, i, k,
                      "it cuts " + made_of(spec_, m_, row->second) + ", which lies " + to_string(abs(off)) +
                          " places off, into rows of " + std::to_string(digit.stride));
  }
}

// Two sizes that a reshape just made of one axis, in each other's place: [groups, channels] as
// [channels, groups], which only a Transpose makes of it.
std::optional<Mixture> Walker::exchanges_sizes(std::size_t i) const {
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  if (from.size() != to.size() || layer(i).inputs[0].is_input()) return std::nullopt;
  const Family before = layer(layer(i).inputs[0].layer).info().family;
  if (before != Family::reshape && before != Family::unflatten) return std::nullopt;
  const auto apart = std::mismatch(from.begin(), from.end(), to.begin());
  const auto k = static_cast<std::size_t>(apart.first - from.begin());
  if (k + 1 >= from.size() || from[k] != to[k + 1] || from[k + 1] != to[k] || from[k] == 1 ||
      from[k + 1] == 1 ||
      !std::equal(from.begin() + static_cast<std::ptrdiff_t>(k) + 2, from.end(),
                  to.begin() + static_cast<std::ptrdiff_t>(k) + 2))
    return std::nullopt;
  const auto outer = m_.digits_of(m_.axis(in(i), k));
  const auto inner = m_.digits_of(m_.axis(in(i), k + 1));
  if (outer.size() != 1 || inner.size() != 1) return std::nullopt;
  Digit whole = outer[0];
  if (!fuse(whole, inner[0])) return std::nullopt;
  return Mixture{k, outer[0], inner[0]};
}

// What attention returned for the places of each head, [heads, places, part of the features], as one row for
// each head, where there are as many places: [places, features] was meant, and the heads to be a part of
// them.
void Walker::leaves_heads(std::size_t i, const Regrouped& result) {
  const Tensor& x = in(i);
  if (x.rank < 4 || layer(i).inputs[0].is_input()) return;
  const LayerSpec& before = layer(layer(i).inputs[0].layer);
  if (before.info().family != Family::matmul && before.info().family != Family::attention) return;
  const auto heads = m_.digits_of(m_.axis(x, x.axis_count() - 3));
  const auto last = m_.digits_of(m_.axis(x, x.axis_count() - 1));
  if (heads.size() != 1 || last.size() != 1 || heads[0].atom != last[0].atom || !m_.atom(last[0]).learned ||
      heads[0].stride != last[0].size || in_shape(i)[x.axis_count() - 2] != heads[0].size)
    return;
  bool alone = false;
  for (std::size_t k = 0; k < result.axes.size(); ++k) {
    const AxisDigits& axis = result.axes[k];
    if (alone && axis.size() > 1 && axis.back() == last[0])
      return flaw(Flaw::misread, i, k,
                  "axis " + std::to_string(k) + " of what it returns holds places and " + spoken(last[0]) +
                      ", and the heads are an axis of their own");
    alone = axis.size() == 1 && axis[0] == heads[0];
  }
}

void Walker::regrouped(std::size_t i) {
  const Tensor x = in(i);
  const Shape& from = in_shape(i);
  const Shape& to = out_shape(i);
  if (skews(i)) {
    for (std::size_t k = 0; k + 2 < to.size(); ++k) keep(x, k);
    for (std::size_t k = to.size() - 2; k < to.size(); ++k) put(unknown(to[k]));
    return finish(value_of(i));
  }
  std::vector<AxisDigits> axes;
  for (std::size_t k = 0; k < from.size(); ++k) {
    const auto digits = m_.digits_of(m_.axis(x, k));
    axes.emplace_back(digits.begin(), digits.end());
  }
  const std::vector<std::size_t> restored = restore(from, axes);
  // A batch of 1 that stays in front, or goes into axis 0 with what is left of the sample; else it is moved.
  const bool one_sample = !from.empty() && from[0] == 1 && is_batch(m_.axis(x, 0)) &&
                          std::find(to.begin(), to.end(), 1) == to.end();
  Regrouped result = regroup(axes, to, m_.atoms, one_sample);
  if (result.torn.empty())
    for (const std::size_t tear : restored) m_.tears[tear].flagged = false;
  if (result.torn.empty() && result.mixed.empty())
    if (auto rows = rows_for_channels(i, axes, result)) result.mixed.push_back(*rows);
  if (const auto sizes = exchanges_sizes(i))
    flaw(Flaw::mixed, i, sizes->axis,
         "it takes [" + std::to_string(sizes->first.size) + ", " + std::to_string(sizes->second.size) +
             "], two pieces of " + spoken({sizes->first.atom, 1, m_.atom(sizes->first).size}) + ", for [" +
             std::to_string(sizes->second.size) + ", " + std::to_string(sizes->first.size) +
             "]: as they lie in memory nothing is exchanged");
  for (const Mixture& mixture : result.mixed) tell_mixed(i, mixture);
  if (result.mixed.empty() && result.torn.empty()) leaves_heads(i, result);
  if (!runs_.empty()) cuts_moved_row(i, axes, result);
  std::vector<AxisMeaning> built(to.size());
  for (std::size_t k = 0; k < to.size(); ++k) built[k] = of_digits(result.axes[k]);
  for (const Torn& torn : result.torn) build_torn(i, torn, built);
  // Sizes of 1 at both ends stay what they were.
  for (std::size_t k = 0; k < std::min(from.size(), to.size()) && from[k] == to[k]; ++k)
    if (to[k] == 1) built[k] = m_.axis(x, k);
  for (std::size_t back = 1;
       back <= std::min(from.size(), to.size()) && from[from.size() - back] == to[to.size() - back]; ++back) {
    const AxisMeaning& was = m_.axis(x, from.size() - back);
    if (to[to.size() - back] == 1 && !is_batch(was)) built[to.size() - back] = was;
  }
  building_ = std::move(built);
  finish(value_of(i));
}

}  // namespace shapedbg
