// Layers that bring several tensors together: Add and kin, Concat, Stack.
#include <algorithm>

#include "meaning/walker.h"

namespace shapedbg {

// Two different layers, one of which cuts or rolls, that hold the same: even rows and even rows.
void Walker::same_twice(std::size_t i) {
  const LayerSpec& one = layer(i);
  if (one.kind == LayerKind::Mul || one.inputs.size() < 2) return;
  const auto cuts = [&](Ref ref) {
    if (ref.is_input()) return false;
    const LayerSpec& at = layer(ref.layer);
    return at.info().family == Family::slice ||
           (at.info().family == Family::along_axes && at.kind != LayerKind::CumSum);
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

// A reshape that gives as many parts of axis 0 an axis of their own, in front.
bool Walker::takes_apart(std::size_t i, std::int64_t parts) const {
  const LayerTrace& row = trace_.layers[i];
  if (row.inputs.empty() || row.outputs.empty() || row.inputs[0].empty() || row.outputs[0].size() < 2)
    return false;
  const Shape& x = row.inputs[0];
  const Shape& y = row.outputs[0];
  return y.size() > x.size() && y[0] == parts && x[0] == parts * y[1];
}

void Walker::join_samples(std::size_t i, std::size_t dim) {
  if (dim != 0 || layer(i).inputs.size() < 2) return;
  for (std::size_t k = 0; k < layer(i).inputs.size(); ++k)
    if (in(i, k).rank < 2 || !is_batch(m_.axis(in(i, k), 0))) return;
  // Several inputs of the network as one batch, as where each sample is compared with all of them.
  const std::span<const Ref> refs = layer(i).inputs;
  const bool inputs = std::all_of(refs.begin(), refs.end(), [&](Ref ref) {
    return ref.is_input() && std::count(refs.begin(), refs.end(), ref) == 1;
  });
  if (inputs) return;
  // Parts of a network for several batches at once take them apart again.
  for (std::size_t later = i + 1; later < spec_.layers.size(); ++later) {
    const LayerSpec& one = layer(later);
    if (one.broken) continue;
    const Family family = one.info().family;
    const bool parts = family == Family::chunk || family == Family::split || family == Family::unbind;
    if (parts && one.integer(Opt::dim) == 0) return;
    if (family == Family::unflatten && one.integer(Opt::dim) == 0) return;
    if (family == Family::reshape && takes_apart(later, std::ssize(layer(i).inputs))) return;
    if (family != Family::slice || !one.has(Opt::index)) continue;
    const auto& ranges = std::get<std::vector<SliceRange>>(one.find(Opt::index)->value);
    if (!ranges.empty() && !(ranges[0] == SliceRange{})) return;
  }
  flaw(Flaw::samples, i, 0, "it joins along axis 0, the batch: one more sample, not more channels");
}

// Parts whose order along `dim` is another than that of the first. A map of pairs may stand in front of a map
// of places: it holds more of them, not others.
void Walker::join_crossed(std::size_t i, std::size_t dim) {
  const AxisMeaning& first = m_.axis(in(i), dim);
  // Places, without the features that lie at each.
  const auto places = [&](const AxisMeaning& axis) {
    auto digits = m_.digits_of(axis);
    while (digits.size() > 1 && m_.atom(digits.back()).kind == AtomKind::channel)
      digits = digits.first(digits.size() - 1);
    return digits;
  };
  for (std::size_t k = 1; k < layer(i).inputs.size(); ++k) {
    const AxisMeaning& axis = m_.axis(in(i, k), dim);
    if (all_roots_in(places(first)).size() == all_roots_in(places(axis)).size() &&
        in_another_order(in(i), places(first), in(i, k), places(axis)))
      flaw(Flaw::crossed, i, dim,
           "along axis " + std::to_string(dim) + " " + made_of(spec_, m_, first) + " is followed by " +
               made_of(spec_, m_, axis),
           static_cast<int>(k));
  }
}

// Parts whose axes stand in another order than those of the first. Parts may lie beside each other, as
// windows do, and profiles along rows stand beside those along columns.
void Walker::stack_crossed(std::size_t i) {
  for (std::size_t input = 1; input < layer(i).inputs.size(); ++input) {
    if (in(i, input).rank != in(i).rank) return;
    for (std::size_t k = 0; k < in(i).axis_count(); ++k) {
      const Reading one = read_positions(m_, m_.digits_of(m_.axis(in(i), k)));
      const Reading other = read_positions(m_, m_.digits_of(m_.axis(in(i, input), k)));
      const bool places = one.kind == Reading::Kind::place && other.kind == Reading::Kind::place;
      if (places &&
          (one.root == other.root || !holds_root(in(i), other.root) || !holds_root(in(i, input), one.root)))
        continue;
      const std::size_t known = m_.troubles.size();
      compare({i, k, input}, {in(i, input), k}, {in(i), k}, in_shape(i)[k]);
      if (m_.troubles.size() > known) return;
    }
  }
}

// Positions of an input that stand behind themselves.
void Walker::join_repeated(std::size_t i, std::size_t dim, std::span<const Reading> parts) {
  constexpr std::size_t most = 8;
  if (parts[0].place.local || m_.roots[static_cast<std::size_t>(parts[0].root)].kind != Root::Kind::input)
    return;
  for (std::size_t k = 1; k < std::min(most, parts.size()); ++k) {
    const Alignment& x = parts[k - 1].place;
    const Alignment& y = parts[k].place;
    if (!(x.step == y.step) || !(x.offset == y.offset) || in_shape(i, k)[dim] != in_shape(i, k - 1)[dim])
      continue;
    return flaw(Flaw::repeated, i, dim,
                "it lays the same positions end to end along axis " + std::to_string(dim),
                static_cast<int>(k));
  }
}

bool Walker::holds_channels_alone(const AxisMeaning& axis) const {
  const auto digits = m_.digits_of(axis);
  return std::all_of(digits.begin(), digits.end(),
                     [&](const Digit& digit) { return m_.atom(digit).kind == AtomKind::channel; });
}

void Walker::note_joined(std::size_t i, std::size_t dim) {
  if (building_.back().mark >= 0) joined_[building_.back().mark] = {i, dim};
}

// What the Concat joined whose new axis is `mark`; nothing where that is no such axis.
std::vector<Walker::Part> Walker::parts_of(int mark) const {
  const auto joined = joined_.find(mark);
  if (joined == joined_.end()) return {};
  const auto [i, dim] = joined->second;
  std::vector<Part> parts;
  std::int64_t start = 0;
  for (std::size_t k = 0; k < layer(i).inputs.size(); ++k) {
    const std::int64_t size = in_shape(i, k)[dim];
    parts.push_back({start, size, m_.axis(in(i, k), dim)});
    start += size;
  }
  return parts;
}

void Walker::join_positions(std::size_t i, std::size_t dim, std::int64_t n) {
  const LayerSpec& one = layer(i);
  // Channels behind channels, as nearly everywhere: nothing lies anywhere.
  bool channels = true;
  for (std::size_t k = 0; channels && k < one.inputs.size(); ++k)
    channels = holds_channels_alone(m_.axis(in(i, k), dim));
  if (channels) {
    put(features(n, static_cast<int>(i), false));
    return note_joined(i, dim);
  }
  std::vector<Reading> parts;
  for (std::size_t k = 0; k < one.inputs.size(); ++k)
    parts.push_back(read_positions(m_, m_.digits_of(m_.axis(in(i, k), dim))));
  join_crossed(i, dim);
  using Kind = Reading::Kind;
  const auto all_of = [&](const auto& holds) { return std::all_of(parts.begin(), parts.end(), holds); };
  const bool features_among = std::any_of(parts.begin(), parts.end(),
                                          [](const Reading& part) { return part.kind == Kind::features; });
  for (std::size_t k = 0; features_among && k < one.inputs.size(); ++k) reads_tokens(i, in(i, k), dim);
  const bool positions_joined =
      all_of([&](const Reading& part) { return part.kind == Kind::place && part.root == parts[0].root; });
  if (positions_joined) {
    join_repeated(i, dim, parts);
    // Halves that are exchanged lie in no order any more.
    const bool in_order = std::is_sorted(parts.begin(), parts.end(), [](const Reading& a, const Reading& b) {
      return a.place.offset < b.place.offset;
    });
    return put(in_order ? positions(n, parts[0].root, parts[0].place) : unknown(n));
  }
  if (all_of([](const Reading& part) { return part.kind == Kind::features || part.kind == Kind::single; }))
    put(features(n, static_cast<int>(i), false));
  else
    // Places with learned ones beside them: a class token in front.
    put(std::any_of(
            parts.begin(), parts.end(),
            [](const Reading& part) { return part.kind == Kind::place || part.kind == Kind::several; }) ||
                all_of([](const Reading& part) { return part.kind != Kind::unknown; })
            ? seeded(n, i, dim)
            : unknown(n));
  note_joined(i, dim);
}

namespace {

// Whether what is read as `now` says more of an axis than `known` does: smallest coarsest step, then nearest
// to the input.
bool says_more(const Reading& now, const Reading& known) {
  using Kind = Reading::Kind;
  if (known.kind == Kind::unknown) return now.kind != Kind::unknown;
  if (known.kind == Kind::features) return now.kind == Kind::place || now.kind == Kind::several;
  if (known.kind != Kind::place || now.kind != Kind::place) return false;
  if (now.place.coarsest < known.place.coarsest) return true;
  return now.place.coarsest == known.place.coarsest && abs(now.place.offset) < abs(known.place.offset);
}

}  // namespace

// Of inputs with a size of 1 along an axis the first that says what it stands for: beside a class token the
// tokens of a batch of 1.
std::size_t Walker::one_that_is_known(std::size_t i, std::size_t k) const {
  for (std::size_t input = 0; input < layer(i).inputs.size(); ++input)
    if (m_.axis(in(i, input), k).mark >= 0) return input;
  return 0;
}

void Walker::concat(std::size_t i) {
  const LayerSpec& one = layer(i);
  const auto rank = in(i).axis_count();
  const std::size_t dim = wrapped_axis(one.integer(Opt::dim), rank);
  for (std::size_t k = 1; k < one.inputs.size(); ++k)
    if (in(i, k).rank != in(i).rank) return;
  join_samples(i, dim);
  same_twice(i);
  // Channels of one tensor, or copies of it, are moved against each other; places follow each other.
  bool places = false;
  for (std::size_t k = 0; !places && k < one.inputs.size(); ++k) {
    const Reading along = read_positions(m_, m_.digits_of(m_.axis(in(i, k), dim)));
    places = along.kind == Reading::Kind::place && !along.place.local;
  }
  const std::optional<Around> around = places ? laid_around(i) : std::nullopt;
  std::optional<Ref> whole = places ? std::nullopt : joins_its_parts(i, dim);
  if (!whole && !places) whole = joins_its_copies(i, dim);
  const bool shifts = whole.has_value();
  if (whole) moves_its_parts(i, dim, *whole);
  for (std::size_t k = 0; k < rank; ++k) {
    const std::int64_t n = out_shape(i)[k];
    if (k == dim && around && holds_places(m_.axis(m_.of(around->whole), k))) {
      const std::int64_t before = around->front;
      put(moved(i, m_.of(around->whole), k, n, false,
                [&](const Alignment& at) { return shifted(at, -before); }));
      continue;
    }
    if (k == dim && one.inputs.size() > 1) {
      is_batch(m_.axis(in(i), k)) ? put(of_atom({.kind = AtomKind::batch, .size = n}))
                                  : join_positions(i, dim, n);
      continue;
    }
    if (const auto alike = shifts ? std::nullopt : lie_in_one_place(i, k, n)) {
      keep(in(i, n == 1 ? one_that_is_known(i, k) : *alike), k);
      continue;
    }
    std::size_t fits = 0;
    for (std::size_t input = 0; input < one.inputs.size(); ++input) {
      if (in_shape(i, fits)[k] != n && in_shape(i, input)[k] == n) fits = input;
      if (input == 0 || shifts) continue;
      compare({i, k, input}, {in(i, input), k}, {in(i), k}, std::min(in_shape(i, input)[k], in_shape(i)[k]));
      if (input > 1)
        compare({i, k, input, input - 1}, {in(i, input), k}, {in(i, input - 1), k},
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

// The atom of the channels that a window slid along to make these positions; -1 where it is none. A sequence
// that was made a map of one channel has none: both of its axes are what windows slide along.
int Walker::grown_from(const Atom& atom) const {
  const Root* seed = atom.kind == AtomKind::position ? m_.root_of(atom) : nullptr;
  if (seed == nullptr || seed->kind != Root::Kind::seed ||
      layer(static_cast<std::size_t>(seed->index)).inputs.empty())
    return -1;
  const TensorMeaning& before = in(static_cast<std::size_t>(seed->index));
  const LayerSpec& window = layer(static_cast<std::size_t>(seed->index));
  if (before.rank <= seed->axis) return -1;
  const std::size_t front = before.axis_count() - std::min(before.axis_count(), window.axis_count());
  if (window.info().axes > 1 && front > 0 && in_shape(static_cast<std::size_t>(seed->index))[front - 1] == 1)
    return -1;
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
    for (std::size_t k = 0; k < x.axis_count(); ++k) {
      const auto from = m_.digits_of(m_.axis(x, k));
      const auto to = m_.digits_of(m_.axis(y, k));
      if (from.size() != 1 || to.size() != 1) continue;
      const int channels = grown_from(m_.atom(to[0]));
      if ((m_.atom(to[0]).learned || channels >= 0) && !roots_in(from).empty() &&
          !holds_root(y, m_.atom(from[0]).root))
        mixed = static_cast<int>(k);
      if (channels < 0) continue;
      for (std::size_t other = 0; other < x.axis_count(); ++other)
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

// Places meet learned features, and their features what a layer made of places: [N, places, features] was
// read as [N, features, places] on the way to one of them.
void Walker::summed_over_places(std::size_t i) {
  const LayerSpec& one = layer(i);
  if (one.kind == LayerKind::Mul || one.inputs.size() != 2 || in(i, 0).rank != in(i, 1).rank) return;
  for (const std::size_t turned : {std::size_t{1}, std::size_t{0}}) {
    const Tensor& x = in(i, 1 - turned);
    const Tensor& y = in(i, turned);
    int places = -1;
    bool features = false;
    for (std::size_t k = 1; k < x.axis_count(); ++k) {
      const auto from = m_.digits_of(m_.axis(x, k));
      const auto to = m_.digits_of(m_.axis(y, k));
      if (from.empty() || to.size() != 1 || !m_.atom(to[0]).learned || !is_whole(to[0], m_.atoms)) continue;
      const bool of_places = m_.atom(to[0]).of_places;
      if (!of_places && !roots_in(from).empty() && !holds_roots(y, from)) places = static_cast<int>(k);
      const bool channels = std::all_of(from.begin(), from.end(), [&](const Digit& digit) {
        return m_.atom(digit).kind == AtomKind::channel && !m_.atom(digit).of_places;
      });
      features = features || (of_places && channels);
    }
    if (places < 0 || !features) continue;
    return flaw(Flaw::crossed, i, static_cast<std::size_t>(places),
                "along axis " + std::to_string(places) + " " +
                    made_of(spec_, m_, m_.axis(x, static_cast<std::size_t>(places))) + " meets " +
                    made_of(spec_, m_, m_.axis(y, static_cast<std::size_t>(places))) +
                    ", and its features what a layer made of places",
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

// An axis of size 1 that is repeated over `n`: of samples, or one position that stands for many.
void Walker::spread(std::size_t i, std::size_t input, std::size_t k, const AxisMeaning& axis) {
  const std::int64_t n = out_shape(i)[k];
  if (n == 1 || axis.mark < 0) return;
  const Atom& one = m_.atoms[static_cast<std::size_t>(axis.mark)];
  const Shape& shape = in_shape(i, input);
  const std::size_t back = out_shape(i).size() - k;
  const bool first_axis = shape.size() == back && shape.size() > 1 && back < out_shape(i).size();
  if (first_axis && batch_is_first_ && one.kind == AtomKind::batch)
    flaw(Flaw::samples, i, k,
         "`" + spec_.name_of(layer(i).inputs[input]) + "` has " + std::to_string(shape.size()) +
             " axes, so that its batch meets axis " + std::to_string(k),
         static_cast<int>(input));
  // A gate over all that it saw.
  if (one.one_of_many && layer(i).kind != LayerKind::Mul)
    flaw(Flaw::stretched, i, k,
         "one position that a convolution made of several is repeated " + std::to_string(n) +
             " times along axis " + std::to_string(k),
         static_cast<int>(input));
}

// What axis `k` of the result is: of the inputs that have it whole the one whose reading says most.
AxisMeaning Walker::merged_axis(std::size_t i, std::size_t k) {
  const std::int64_t n = out_shape(i)[k];
  const std::size_t back = out_shape(i).size() - k;
  std::vector<Taking>& taking = taking_;
  taking.clear();
  AxisMeaning best;
  std::optional<Reading> known;  // of `best`, once that matters
  const auto known_reading = [&]() -> const Reading& {
    if (!known) known = read_positions(m_, m_.digits_of(best));
    return *known;
  };
  bool found = false;
  for (std::size_t input = 0; input < layer(i).inputs.size(); ++input) {
    const Shape& shape = in_shape(i, input);
    if (shape.size() < back) continue;
    const std::size_t axis = shape.size() - back;
    const AxisMeaning& mine = m_.axis(in(i, input), axis);
    if (shape[axis] == 1) {
      spread(i, input, k, mine);
      if (!found && n == 1 && (best.mark < 0 || mine.mark >= 0)) best = mine;
      continue;
    }
    for (const Taking& other : taking)
      if (other.input + 1 == input || other.input == taking[0].input)
        compare({i, k, input, other.input}, {in(i, input), axis}, {in(i, other.input), other.axis},
                std::min(shape[axis], in_shape(i, other.input)[other.axis]));
    taking.push_back({input, axis});
    if (shape[axis] != n) continue;
    if (found) {
      if (mine.first == best.first && mine.count == best.count) continue;
      const Reading reading = read_positions(m_, m_.digits_of(mine));
      if (!says_more(reading, known_reading())) continue;
      known = reading;
    }
    best = mine;
    found = true;
  }
  if (found && taking.size() == 2 && neighbours_of_one({i, 0, 1}) &&
      known_reading().kind == Reading::Kind::place) {
    const auto reading = [&](const Taking& side) {
      return read_positions(m_, m_.digits_of(m_.axis(in(i, side.input), side.axis)));
    };
    return between(best, reading(taking[0]), reading(taking[1]));
  }
  return found || n == 1 ? best : unknown(n);
}

// What nearly all sums are: features beside features, places beside the same places. As merged_axis() would
// find it axis by axis; false where any axis needs a closer look.
bool Walker::adds_alike(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Shape& to = out_shape(i);
  for (std::size_t input = 0; input < one.inputs.size(); ++input)
    if (in_shape(i, input) != to) return false;
  const std::size_t met = m_.meetings.size();
  for (std::size_t k = 0; k < to.size(); ++k) {
    if (to[k] == 1) {
      keep(in(i, one_that_is_known(i, k)), k);
      continue;
    }
    bool channels = true;
    for (std::size_t input = 0; channels && input < one.inputs.size(); ++input) {
      const auto digits = m_.digits_of(m_.axis(in(i, input), k));
      channels = digits.size() == 1 && m_.atom(digits[0]).kind == AtomKind::channel;
    }
    const auto alike = channels ? std::optional<std::size_t>(0) : lie_in_one_place(i, k, to[k]);
    if (!alike) {
      while (m_.meetings.size() > met) m_.meetings.pop_back();
      building_.clear();
      return false;
    }
    keep(in(i, *alike), k);
  }
  return true;
}

void Walker::elementwise(std::size_t i) {
  same_twice(i);
  if (rolled_.empty() && !neighbours_of_one({i, 0, 1}) && adds_alike(i)) return finish(value_of(i));
  // Pairs with features behind them are made symmetric; an image turned and added to itself is a slip.
  if (m_.channel_axis > 1 && in_shape(i, 0) == out_shape(i) && turns_its_copies(i)) {
    for (std::size_t k = 0; k < out_shape(i).size(); ++k) keep(in(i), k);
    return finish(value_of(i));
  }
  exchanged(i);
  summed_over_places(i);
  for (std::size_t k = 0; k < out_shape(i).size(); ++k) put(merged_axis(i, k));
  finish(value_of(i));
}

}  // namespace shapedbg
