// Layers that slide a window, resize, pad or cut.
#include <algorithm>

#include "infer/period.h"
#include "meaning/walker.h"
#include "net/facts.h"

namespace shapedbg {

// Patches that lie side by side and never reach from one row over into the next: rows of time laid under each
// other, as those of a long spectrogram are.
bool Walker::stays_within_rows(std::size_t i, const Tensor& tensor, std::size_t k) const {
  const LayerSpec& one = layer(i);
  if (one.info().family != Family::conv) return false;
  const std::size_t front = tensor.axis_count() - one.axis_count();
  const auto digits = m_.digits_of(m_.axis(tensor, k));
  if (k < front || digits.empty()) return false;
  const Window w = window_of(one, static_cast<int>(k - front));
  return w.d == 1 && w.k == w.s && w.before == 0 && w.after == 0 && digits.back().size % w.s == 0;
}

void Walker::misread(std::size_t i, const Tensor& tensor, std::size_t k, const Reading& reading) {
  const AxisMeaning& axis = m_.axis(tensor, k);
  if (reading.kind == Reading::Kind::broken)
    return flaw(Flaw::misread, i, k,
                "axis " + std::to_string(k) + " holds " + made_of(spec_, m_, axis) +
                    ", not positions in their order");
  if (reading.kind == Reading::Kind::features) return slides_over_channels(i, tensor, k);
  // Rows laid end to end and padded are rows of another length: how relative positions become absolute ones.
  if (reading.kind != Reading::Kind::several || facts(layer(i).kind).border != Border::none) return;
  if (stays_within_rows(i, tensor, k)) return;
  // A part of one axis beside another axis, while the rest of it lies elsewhere.
  for (const Digit& digit : m_.digits_of(axis)) {
    if (is_whole(digit, m_.atoms)) continue;
    for (std::size_t other = 0; other < tensor.axis_count(); ++other) {
      if (other == k) continue;
      for (const Digit& rest : m_.digits_of(m_.axis(tensor, other)))
        if (rest.atom == digit.atom)
          return flaw(Flaw::misread, i, k,
                      "axis " + std::to_string(k) + " holds " + made_of(spec_, m_, axis) +
                          ", the rest lies in axis " + std::to_string(other));
    }
  }
}

// A window along features while whole positions of an input are the channels.
void Walker::slides_over_channels(std::size_t i, const Tensor& tensor, std::size_t k) {
  const LayerSpec& one = layer(i);
  const Family family = one.info().family;
  const bool window =
      family == Family::conv || family == Family::conv_transpose || family == Family::upsample;
  if (!window || tensor.rank < 2) return;
  const auto axes = family == Family::upsample ? tensor.axis_count() - 2 : one.axis_count();
  const std::size_t channels = tensor.axis_count() - axes - 1;
  for (const Digit& digit : m_.digits_of(m_.axis(tensor, channels))) {
    const Atom& atom = m_.atom(digit);
    const Root* from = m_.root_of(atom);
    const bool places = atom.kind == AtomKind::position && from != nullptr && from->kind == Root::Kind::input;
    if (!places && !atom.of_places) continue;
    return flaw(Flaw::layout, i, k,
                "it slides along " + made_of(spec_, m_, m_.axis(tensor, k)) + ", and its channels are " +
                    made_of(spec_, m_, m_.axis(tensor, channels)));
  }
}

// Features that are samples, where another layer has read axis 0 as samples. Groups of a convolution may be.
void Walker::reads_samples(std::size_t i, const Tensor& tensor, std::size_t k) {
  if (!batch_is_first_) return;
  const auto digits = m_.digits_of(m_.axis(tensor, k));
  const bool samples = std::any_of(digits.begin(), digits.end(), [&](const Digit& digit) {
    return m_.atom(digit).kind == AtomKind::batch && digit.size > 1;
  });
  const LayerSpec& one = layer(i);
  if (!samples || (one.find(Opt::groups) != nullptr && one.integer(Opt::groups) > 1)) return;
  flaw(Flaw::samples, i, k, "its features are " + made_of(spec_, m_, m_.axis(tensor, k)));
}

// Tokens, or an image with its features last, whose neighbours were laid beside each other before any layer
// read them: pieces of the axes in front before all of the last axis.
bool Walker::merges_tokens(std::span<const Digit> digits) const {
  const auto last = static_cast<int>(shapes_[0].size()) - 1;
  if (digits.size() < 2 || last < 2 || last > 3 || !is_whole(digits.back(), m_.atoms)) return false;
  const auto axis_of = [&](const Digit& digit) {
    const Root* from = m_.root_of(m_.atom(digit));
    return from != nullptr && from->kind == Root::Kind::input && from->index == 0 ? from->axis : -1;
  };
  return axis_of(digits.back()) == last &&
         std::all_of(digits.begin(), digits.end() - 1, [&](const Digit& digit) {
           const int axis = axis_of(digit);
           return axis > 0 && axis < last && !is_whole(digit, m_.atoms);
         });
}

// What a layer with weights takes as channels or features.
void Walker::reads_channels(std::size_t i, const Tensor& tensor, std::size_t k) {
  const AxisMeaning axis = m_.axis(tensor, k);
  const auto digits = m_.digits_of(axis);
  if (used_as_channels_ < 0 && digits.size() == 1 && is_whole(digits[0], m_.atoms)) {
    const Atom& atom = m_.atom(digits[0]);
    const Root* from = m_.root_of(atom);
    const bool as_it_came = atom.place < 0 || m_.places[static_cast<std::size_t>(atom.place)].coarsest == 1;
    if (from != nullptr && from->kind == Root::Kind::input && from->index == 0 && as_it_came)
      used_as_channels_ = from->axis;
  }
  if (used_as_channels_ < 0 && merges_tokens(digits))
    used_as_channels_ = static_cast<int>(shapes_[0].size()) - 1;
  if (used_as_channels_ < 0 && !digits.empty() && m_.atom(digits[0]).learned && comes_from_first(i))
    used_as_channels_ = m_.channel_axis;
  const auto elsewhere = [&](const auto& is_rest) {
    for (std::size_t other = 0; other < tensor.axis_count(); ++other) {
      if (other == k) continue;
      const auto rest = m_.digits_of(m_.axis(tensor, other));
      if (std::any_of(rest.begin(), rest.end(), is_rest)) return true;
    }
    return false;
  };
  const auto say = [&](const char* why) {
    flaw(Flaw::misread, i, k, "its channels are " + made_of(spec_, m_, axis) + ", " + why);
  };
  for (std::size_t d = 0; d < digits.size(); ++d) {
    const Digit digit = digits[d];
    const AtomKind kind = m_.atom(digit).kind;
    if (is_whole(digit, m_.atoms)) continue;
    // Rows and columns of tokens, each cut in two: what is coarser than this piece is an axis, too.
    const auto within_rows = [&](const Digit& rest) {
      return rest.atom == digit.atom && rest.stride == digit.stride * digit.size;
    };
    if (kind == AtomKind::position && digit.stride > 1 && !elsewhere(within_rows) &&
        elsewhere([&](const Digit& rest) { return rest.atom == digit.atom && rest.stride < digit.stride; }))
      return say("and the positions between them are an axis of their own");
    // Groups of channels may be normalised together, whatever else lies in them.
    if (layer(i).info().family == Family::layer_norm) continue;
    const bool before_positions = d + 1 < digits.size() && m_.atom(digits[d + 1]).kind == AtomKind::position;
    if (kind == AtomKind::channel && before_positions &&
        elsewhere([&](const Digit& rest) { return rest.atom == digit.atom && rest.stride > digit.stride; }))
      return say("and the other channels are an axis of their own");
    const bool torn_apart = d > 0 && kind == AtomKind::channel && digits[d - 1].atom == digit.atom &&
                            digits[d - 1].stride > digit.stride * digit.size;
    if (layer(i).info().family == Family::linear && torn_apart && elsewhere([&](const Digit& rest) {
          return rest.atom == digit.atom && rest.stride > digit.stride && rest.stride < digits[d - 1].stride;
        }))
      return say("and the channels between them are an axis of their own");
    if (layer(i).info().family == Family::linear && kind == AtomKind::channel && before_positions &&
        d + 2 == digits.size() && is_whole(digits[d + 1], m_.atoms) &&
        elsewhere([&](const Digit& rest) { return rest.atom == digit.atom && rest.stride < digit.stride; }))
      return say("and the other channels are where its places are");
  }
}

// Whole positions of an input and the coarse part of their features as channels, and the fine part as
// positions: a view of tokens where they had to be turned.
void Walker::reads_tokens(std::size_t i, const Tensor& tensor, std::size_t k) {
  const auto digits = m_.digits_of(m_.axis(tensor, k));
  if (digits.size() < 2) return;
  const Digit last = digits.back();
  if (m_.atom(last).kind != AtomKind::channel || last.stride == 1 || is_whole(last, m_.atoms)) return;
  const bool tokens = std::all_of(digits.begin(), digits.end() - 1, [&](const Digit& digit) {
    const Root* from = m_.root_of(m_.atom(digit));
    return m_.atom(digit).kind == AtomKind::position && is_whole(digit, m_.atoms) && from != nullptr &&
           from->kind == Root::Kind::input;
  });
  if (!tokens) return;
  for (std::size_t other = 0; other < tensor.axis_count(); ++other) {
    if (other == k) continue;
    for (const Digit& rest : m_.digits_of(m_.axis(tensor, other)))
      if (rest.atom == last.atom && rest.stride < last.stride)
        return flaw(Flaw::misread, i, k,
                    "its channels are " + made_of(spec_, m_, m_.axis(tensor, k)) +
                        ", and the other features lie where its positions are");
  }
}

// Rows and columns that are pieces of the features of one layer, while the channels hold places of an input:
// [B, places, features] taken for a map of [B, features, places].
void Walker::reads_pieces(std::size_t i, const Tensor& tensor, std::size_t channels) {
  const auto rank = tensor.axis_count();
  const auto held = m_.digits_of(m_.axis(tensor, channels));
  const bool places = std::any_of(held.begin(), held.end(), [&](const Digit& digit) {
    const Root* from = m_.root_of(m_.atom(digit));
    return m_.atom(digit).kind == AtomKind::position && from != nullptr && from->kind == Root::Kind::input;
  });
  if (rank < channels + 3 || !places) return;
  int atom = -1;
  for (std::size_t k = channels + 1; k < rank; ++k) {
    const auto digits = m_.digits_of(m_.axis(tensor, k));
    if (digits.size() != 1 || !m_.atom(digits[0]).learned || is_whole(digits[0], m_.atoms)) return;
    if (atom >= 0 && digits[0].atom != atom) return;
    atom = digits[0].atom;
  }
  flaw(Flaw::layout, i, channels + 1,
       "its rows and columns are pieces of " +
           spoken({atom, 1, m_.atoms[static_cast<std::size_t>(atom)].size}) + ", and its channels are " +
           made_of(spec_, m_, m_.axis(tensor, channels)));
}

void Walker::looks_to_both_sides(const Tensor& tensor, std::size_t k) {
  for (const Digit& digit : m_.digits_of(m_.axis(tensor, k)))
    if (const Atom& atom = m_.atom(digit); atom.kind == AtomKind::position && atom.root >= 0)
      m_.roots[static_cast<std::size_t>(atom.root)].symmetric = true;
}

// Whether two axes are height and width, whole or in blocks, of one image that is as high as wide.
bool Walker::square(const Tensor& tensor, std::size_t a, std::size_t b) const {
  const std::vector<int> one = roots_in(m_.digits_of(m_.axis(tensor, a)));
  const std::vector<int> other = roots_in(m_.digits_of(m_.axis(tensor, b)));
  if (one.size() != 1 || other.size() != 1 || one == other) return false;
  const Root& x = m_.roots[static_cast<std::size_t>(one[0])];
  const Root& y = m_.roots[static_cast<std::size_t>(other[0])];
  const Shape& shape = shapes_[static_cast<std::size_t>(x.index)];
  return x.index == y.index &&
         shape[static_cast<std::size_t>(x.axis)] == shape[static_cast<std::size_t>(y.axis)];
}

namespace {

// Pads or cuts an axis, other than every second place of it, on one side alone.
bool on_one_side(const LayerSpec& one) {
  const Family family = one.info().family;
  if (one.broken) return false;
  if ((family == Family::pad || family == Family::free_pad) && one.has(Opt::padding)) {
    const auto& pads = one.integers(Opt::padding);
    for (std::size_t k = 0; k + 1 < pads.size(); k += 2)
      if ((pads[k] == 0) != (pads[k + 1] == 0)) return true;
  }
  if (family != Family::slice || !one.has(Opt::index)) return false;
  const auto* ranges = std::get_if<std::vector<SliceRange>>(&one.find(Opt::index)->value);
  return ranges != nullptr && std::any_of(ranges->begin(), ranges->end(), [](const SliceRange& range) {
           const bool front = range.start != SliceRange::open && range.start != 0;
           return range.step == 1 && front != (range.stop != SliceRange::open);
         });
}

}  // namespace

bool Walker::treats_sides_unlike(const LayerSpec& one) const {
  const Family family = one.info().family;
  if (one.broken) return false;
  if (family == Family::along_axes || on_one_side(one)) return true;
  if ((family != Family::pad && family != Family::free_pad) || !one.has(Opt::padding)) return false;
  const auto& pads = one.integers(Opt::padding);
  for (std::size_t k = 0; k + 1 < pads.size(); k += 2)
    if (pads[k] != pads[k + 1]) return true;
  return false;
}

// Whether a convolution takes the Pad that reaches `reach` along every axis, and steps by one place.
bool Walker::in_front_of_a_square_window(std::size_t pad, std::int64_t reach) const {
  return std::any_of(spec_.layers.begin(), spec_.layers.end(), [&](const LayerSpec& one) {
    if (one.broken || one.info().family != Family::conv || one.inputs.empty() ||
        one.inputs[0].layer != LayerId(pad))
      return false;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      if (w.s != 1 || w.before != 0 || w.after != 0 || w.reach() != reach) return false;
    }
    return one.info().axes > 1;
  });
}

// Whether no window of the network, but those behind layer `but`, is another one along one axis than along
// the others.
bool Walker::treats_axes_alike(std::size_t but) const {
  return std::none_of(spec_.layers.begin(), spec_.layers.end(), [&](const LayerSpec& one) {
    if (one.broken || !has_free_window(one.info().family) || one.inputs.empty() ||
        one.inputs[0].layer == LayerId(but))
      return false;
    const Window first = window_of(one, 0);
    for (int a = 1; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      if (w.k != first.k || w.s != first.s || w.d != first.d || w.before != first.before) return true;
    }
    return false;
  });
}

// A window that is to look back adds as much on one side as another axis gets on both. In a square image, and
// nowhere else in the network, that is no time: the one axis is as good as the other.
void Walker::looks_back_along_one(std::size_t i, const Tensor& tensor, std::span<const std::int64_t> pads) {
  const auto rank = tensor.axis_count();
  const auto at = [&](std::size_t k) { return 2 * (rank - 1 - k); };
  for (std::size_t k = 1; k < rank; ++k) {
    if (at(k) + 1 >= pads.size() || pads[at(k)] == pads[at(k) + 1]) continue;
    for (std::size_t other = 1; other < rank; ++other) {
      if (at(other) + 1 >= pads.size() || other == k || pads[at(other)] != pads[at(other) + 1]) continue;
      const std::int64_t both = pads[at(other)] + pads[at(other) + 1];
      if (both == 0 || pads[at(k)] + pads[at(k) + 1] != both || pads[at(k)] * pads[at(k) + 1] != 0 ||
          !square(tensor, k, other))
        continue;
      for (std::size_t l = 0; l < spec_.layers.size(); ++l)
        if (l != i && on_one_side(layer(l))) return;
      if (!treats_axes_alike(i)) return;
      looks_to_both_sides(tensor, k);
      if (both > 0 && in_front_of_a_square_window(i, both))
        return flaw(Flaw::shifted, i, k,
                    "it pads axis " + std::to_string(k) + " by " + std::to_string(both) +
                        (pads[at(k)] > 0 ? " in front" : " behind") + ", and axis " + std::to_string(other) +
                        " by as much on both sides together");
    }
  }
}

// One position where a larger input would have several.
bool Walker::is_left_of_many(const AxisMeaning& axis) const {
  if (axis.count != 0 || axis.mark < 0) return false;
  const Atom& one = m_.atoms[static_cast<std::size_t>(axis.mark)];
  return one.kind == AtomKind::position &&
         m_.places[static_cast<std::size_t>(one.place)].coarsest > Rational(1);
}

void Walker::conv(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto axes = one.axis_count();
  const auto rank = x.axis_count();
  if (rank != axes + 1 && rank != axes + 2) return;
  const std::size_t channels = rank - axes - 1;
  const std::size_t known = m_.troubles.size();
  reads_channels(i, x, channels);
  reads_tokens(i, x, channels);
  reads_samples(i, x, channels);
  if (m_.troubles.size() == known) reads_pieces(i, x, channels);
  const bool up = one.info().family == Family::conv_transpose;
  for (std::size_t k = 0; k < channels; ++k) keep(x, k);
  put(features(out_shape(i)[channels], static_cast<int>(i), true));
  for (std::size_t a = 0; a < axes; ++a) {
    const std::size_t k = channels + 1 + a;
    const Window w = window_of(one, static_cast<int>(a));
    if (w.k == 1 && w.s == 1 && w.before == 0 && w.after == 0) {
      keep(x, k);
      continue;
    }
    // The stride says nothing of one place that is left of many.
    if (up && w.s > 1 && in_shape(i)[k] == 1 && is_left_of_many(m_.axis(x, k))) {
      put(seeded(out_shape(i)[k], i, k));
      continue;
    }
    const bool one_of_many = !up && in_shape(i)[k] > 1;
    // Padding as wide as the window on both sides is for a cut behind it: that of a causal one.
    const bool keeps = w.before + w.after <= w.reach();
    const bool both_sides = !up && w.k > 1 && w.before > 0 && w.before == w.after && keeps;
    const bool about_its_middle = 2 * w.before == w.reach();
    if (both_sides && (w.s == 1 || about_its_middle)) looks_to_both_sides(x, k);
    put(moved(i, x, k, out_shape(i)[k], one_of_many, [&](const Alignment& at) {
      return up ? behind_transposed(at, w) : behind_window(at, w, in_shape(i)[k]);
    }));
  }
  finish(value_of(i));
}

void Walker::pool(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto axes = one.axis_count();
  const auto rank = x.axis_count();
  if (rank < axes) return;
  for (std::size_t output = 0; output < trace_.layers[i].outputs.size(); ++output) {
    for (std::size_t k = 0; k < rank; ++k) {
      const std::int64_t n = in_shape(i)[k];
      const std::int64_t m = out_shape(i)[k];
      if (k < rank - axes) {
        keep(x, k);
      } else if (one.info().family == Family::adaptive_pool) {
        n == m ? keep(x, k)
               : put(moved(i, x, k, m, false, [&](const Alignment& at) { return pooled(at, n, m); }));
      } else {
        const Window w = window_of(one, static_cast<int>(k - (rank - axes)));
        if (w.s == 1 && w.before > 0 && 2 * w.before == w.reach() && w.before == w.after)
          looks_to_both_sides(x, k);
        put(w.k == 1 && w.s == 1 ? m_.axis(x, k) : moved(i, x, k, m, false, [&](const Alignment& at) {
          return behind_window(at, w, n);
        }));
      }
    }
    finish(value_of(i) + output);
  }
}

void Walker::unpool(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto axes = one.axis_count();
  const auto rank = x.axis_count();
  if (rank < axes) return;
  const auto indices = one.reference(Opt::indices);
  const bool from_pool = indices && !indices->is_input() && !spec_.layer(indices->layer).inputs.empty();
  const Ref taken = from_pool ? spec_.layer(indices->layer).inputs[0] : Ref{};
  const Tensor pooled_from = from_pool ? m_.of(taken) : Tensor{};
  const Shape* sizes =
      from_pool ? (taken.is_input() ? &shapes_[taken.input()] : trace_.output(spec_, taken)) : nullptr;
  for (std::size_t k = 0; k < rank; ++k) {
    if (k < rank - axes) {
      keep(x, k);
    } else if (pooled_from.rank == x.rank && sizes != nullptr && (*sizes)[k] == out_shape(i)[k]) {
      // What is put back has to lie where the pool found it.
      if (m_.of(*indices).rank == x.rank) compare({i, k}, {x, k}, {m_.of(*indices), k}, in_shape(i)[k]);
      keep(pooled_from, k);
    } else {
      const Window w = window_of(one, static_cast<int>(k - (rank - axes)));
      put(moved(i, x, k, out_shape(i)[k], false,
                [&](const Alignment& at) { return behind_transposed(at, w); }));
    }
  }
  finish(value_of(i));
}

void Walker::upsample(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const bool corners = one.has(Opt::align_corners) && one.flag(Opt::align_corners);
  const OptionValue* written = one.has(Opt::scale_factor) ? one.find(Opt::scale_factor) : nullptr;
  for (std::size_t k = 0; k < x.axis_count(); ++k) {
    const std::int64_t n = in_shape(i)[k];
    const std::int64_t m = out_shape(i)[k];
    if (k < 2 || n == m) {
      keep(x, k);
      continue;
    }
    Rational factor(m, n);
    if (written != nullptr) {
      const auto* list = std::get_if<std::vector<double>>(&written->value);
      const double scale = list == nullptr
                               ? one.number(Opt::scale_factor)
                               : (*list)[list->size() == 1 ? 0 : std::min(k - 2, list->size() - 1)];
      if (const auto exact = dyadic(scale)) factor = Rational(exact->first, exact->second);
    }
    put(moved(i, x, k, m, false, [&](const Alignment& at) {
      return corners ? resized_between_corners(at, n, m) : resized(at, factor);
    }));
  }
  finish(value_of(i));
}

// Reads places of its first input where the second one says: its batch and channels, and the places of the
// grid.
void Walker::grid_sample(std::size_t i) {
  const Tensor x = in(i);
  const Tensor grid = in(i, 1);
  const auto rank = x.axis_count();
  if (rank < 4 || grid.rank != x.rank) return;
  for (std::size_t k = 2; k < rank; ++k) {
    const Reading reading = read_positions(m_, m_.digits_of(m_.axis(x, k)));
    if (reading.kind == Reading::Kind::broken || reading.kind == Reading::Kind::several)
      misread(i, x, k, reading);
  }
  reads_pieces(i, x, 1);
  keep(x, 0);
  keep(x, 1);
  for (std::size_t k = 1; k + 1 < rank; ++k) keep(grid, k);
  finish(value_of(i));
}

void Walker::pixels(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  if (rank < 3) return;
  const bool up = layer(i).info().family == Family::pixel_shuffle;
  const std::int64_t r = layer(i).integer(up ? Opt::upscale_factor : Opt::downscale_factor);
  for (std::size_t k = 0; k < rank; ++k) {
    if (k < rank - 3 || r == 1) {
      keep(x, k);
    } else if (k == rank - 3) {
      put(features(out_shape(i)[k], static_cast<int>(i), all_learned(m_.axis(x, k))));
    } else {
      put(moved(i, x, k, out_shape(i)[k], false,
                [&](const Alignment& at) { return up ? resized(at, r) : grouped(at, r); }));
    }
  }
  finish(value_of(i));
}

void Walker::unfold(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  if (rank != 3 && rank != 4) return;
  const std::size_t channels = rank - 3;
  for (std::size_t k = 0; k < channels; ++k) keep(x, k);
  const auto span = m_.digits_of(m_.axis(x, channels));
  AxisDigits patch(span.begin(), span.end());
  AxisDigits blocks;
  int one_place = -1;
  for (std::size_t a = 0; a < 2; ++a) {
    const Window w = window_of(layer(i), static_cast<int>(a));
    const std::size_t k = channels + 1 + a;
    if (w.before > 0 && w.before == w.after && 2 * w.before == w.reach()) looks_to_both_sides(x, k);
    const AxisMeaning inside = features(w.k, static_cast<int>(i), false);
    const AxisMeaning along =
        moved(i, x, k, window_output(w, in_shape(i)[k]), false,
              [&](const Alignment& at) { return behind_window(at, w, in_shape(i)[k]); });
    for (const Digit& digit : m_.digits_of(inside)) patch.push_back(digit);
    for (const Digit& digit : m_.digits_of(along)) blocks.push_back(digit);
    one_place = along.mark;
  }
  put(of_digits(patch));
  AxisMeaning places = of_digits(blocks);
  if (blocks.empty()) places.mark = one_place;
  put(places);
  finish(value_of(i));
}

void Walker::fold(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = x.axis_count();
  if (rank != 2 && rank != 3) return;
  reads_tokens(i, x, rank - 2);
  for (std::size_t k = 0; k + 2 < rank; ++k) keep(x, k);
  put(features(out_shape(i)[rank - 2], static_cast<int>(i), all_learned(m_.axis(x, rank - 2))));
  const auto span = m_.digits_of(m_.axis(x, rank - 1));
  const AxisDigits blocks(span.begin(), span.end());
  std::size_t next = 0;
  for (std::size_t a = 0; a < 2; ++a) {
    const Window w = window_of(layer(i), static_cast<int>(a));
    const std::int64_t n = layer(i).axes(Opt::output_size)[a];
    const std::int64_t steps = window_output(w, n);
    AxisDigits own;
    std::int64_t product = 1;
    while (next < blocks.size() && product < steps) {
      product *= blocks[next].size;
      own.push_back(blocks[next++]);
    }
    const Reading reading = product == steps ? read_positions(m_, own) : Reading{};
    const Alignment place = behind_transposed(reading.place, w);
    const bool known = reading.kind == Reading::Kind::place && place.known();
    put(known ? positions(n, reading.root, place) : seeded(n, i, rank - 1 + a));
  }
  finish(value_of(i));
}

}  // namespace shapedbg
