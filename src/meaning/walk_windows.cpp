// Layers that slide a window, resize, pad or cut.
#include <algorithm>

#include "infer/period.h"
#include "meaning/walker.h"

namespace shapedbg {

void Walker::misread(std::size_t i, const Tensor& tensor, std::size_t k, const Reading& reading) {
  const AxisMeaning& axis = m_.axis(tensor, k);
  if (reading.kind == Reading::Kind::broken)
    return flaw(Flaw::misread, i, k,
                "axis " + std::to_string(k) + " holds " + made_of(spec_, m_, axis) +
                    ", not positions in their order");
  if (reading.kind == Reading::Kind::features) return slides_over_channels(i, tensor, k);
  if (reading.kind != Reading::Kind::several) return;
  // A part of one axis beside another axis, while the rest of it lies elsewhere.
  for (const Digit& digit : m_.digits_of(axis)) {
    if (is_whole(digit, m_.atoms)) continue;
    for (std::size_t other = 0; other < static_cast<std::size_t>(tensor.rank); ++other) {
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
  const auto axes = family == Family::upsample ? static_cast<std::size_t>(tensor.rank) - 2
                                               : static_cast<std::size_t>(one.info().axes);
  const std::size_t channels = static_cast<std::size_t>(tensor.rank) - axes - 1;
  for (const Digit& digit : m_.digits_of(m_.axis(tensor, channels))) {
    const Atom& atom = m_.atom(digit);
    const Root* from = m_.root_of(atom);
    if (atom.kind != AtomKind::position || from == nullptr || from->kind != Root::Kind::input) continue;
    return flaw(Flaw::layout, i, k,
                "it slides along " + made_of(spec_, m_, m_.axis(tensor, k)) + ", and its channels are " +
                    made_of(spec_, m_, m_.axis(tensor, channels)));
  }
}

// What a layer with weights takes as channels or features.
void Walker::reads_channels(std::size_t i, const Tensor& tensor, std::size_t k) {
  const AxisMeaning axis = m_.axis(tensor, k);
  const auto digits = m_.digits_of(axis);
  if (used_as_channels_ < 0 && digits.size() == 1 && is_whole(digits[0], m_.atoms)) {
    const Root* from = m_.root_of(m_.atom(digits[0]));
    if (from != nullptr && from->kind == Root::Kind::input && from->index == 0 &&
        m_.atom(digits[0]).place < 0)
      used_as_channels_ = from->axis;
    else if (from != nullptr && from->kind == Root::Kind::input && from->index == 0 &&
             m_.places[static_cast<std::size_t>(m_.atom(digits[0]).place)].coarsest == 1)
      used_as_channels_ = from->axis;
  }
  if (used_as_channels_ < 0 && !digits.empty() && m_.atom(digits[0]).learned)
    used_as_channels_ = m_.channel_axis;
  const auto elsewhere = [&](const auto& is_rest) {
    for (std::size_t other = 0; other < static_cast<std::size_t>(tensor.rank); ++other) {
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
    if (kind == AtomKind::position && digit.stride > 1 &&
        elsewhere([&](const Digit& rest) { return rest.atom == digit.atom && rest.stride < digit.stride; }))
      return say("and the positions between them are an axis of their own");
    // Groups of channels may be normalised together, whatever else lies in them.
    if (layer(i).info().family == Family::layer_norm) continue;
    const bool before_positions = d + 1 < digits.size() && m_.atom(digits[d + 1]).kind == AtomKind::position;
    if (kind == AtomKind::channel && before_positions &&
        elsewhere([&](const Digit& rest) { return rest.atom == digit.atom && rest.stride > digit.stride; }))
      return say("and the other channels are an axis of their own");
  }
}

void Walker::looks_to_both_sides(const Tensor& tensor, std::size_t k) {
  for (const Digit& digit : m_.digits_of(m_.axis(tensor, k)))
    if (const Atom& atom = m_.atom(digit); atom.kind == AtomKind::position && atom.root >= 0)
      m_.roots[static_cast<std::size_t>(atom.root)].symmetric = true;
}

void Walker::conv(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto axes = static_cast<std::size_t>(one.info().axes);
  const auto rank = static_cast<std::size_t>(x.rank);
  if (rank != axes + 1 && rank != axes + 2) return;
  const std::size_t channels = rank - axes - 1;
  reads_channels(i, x, channels);
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
    const bool one_of_many = !up && in_shape(i)[k] > 1;
    // Padding as wide as the window on both sides is for a cut behind it: that of a causal one.
    const bool keeps = w.before + w.after <= w.d * (w.k - 1);
    if (!up && w.s == 1 && w.k > 1 && w.before > 0 && w.before == w.after && keeps) looks_to_both_sides(x, k);
    put(moved(i, x, k, out_shape(i)[k], one_of_many, [&](const Alignment& at) {
      return up ? behind_transposed(at, w) : behind_window(at, w, in_shape(i)[k]);
    }));
  }
  finish(value_of(i));
}

void Walker::pool(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto axes = static_cast<std::size_t>(one.info().axes);
  const auto rank = static_cast<std::size_t>(x.rank);
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
  const auto axes = static_cast<std::size_t>(one.info().axes);
  const auto rank = static_cast<std::size_t>(x.rank);
  if (rank < axes) return;
  const auto indices = one.reference(Opt::indices);
  const bool from_pool = indices && !indices->is_input() &&
                         !spec_.layers[static_cast<std::size_t>(indices->layer)].inputs.empty();
  const Ref taken = from_pool ? spec_.layers[static_cast<std::size_t>(indices->layer)].inputs[0] : Ref{};
  const Tensor pooled_from = from_pool ? m_.of(taken) : Tensor{};
  const Shape* sizes = from_pool ? (taken.is_input() ? &shapes_[static_cast<std::size_t>(taken.input())]
                                                     : trace_.output(spec_, taken))
                                 : nullptr;
  for (std::size_t k = 0; k < rank; ++k) {
    if (k < rank - axes) {
      keep(x, k);
    } else if (pooled_from.rank == x.rank && sizes != nullptr && (*sizes)[k] == out_shape(i)[k]) {
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
  for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank); ++k) {
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

void Walker::pixels(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
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
  const auto rank = static_cast<std::size_t>(x.rank);
  if (rank != 3 && rank != 4) return;
  const std::size_t channels = rank - 3;
  for (std::size_t k = 0; k < channels; ++k) keep(x, k);
  const auto span = m_.digits_of(m_.axis(x, channels));
  AxisDigits patch(span.begin(), span.end());
  AxisDigits blocks;
  for (std::size_t a = 0; a < 2; ++a) {
    const Window w = window_of(layer(i), static_cast<int>(a));
    const std::size_t k = channels + 1 + a;
    const AxisMeaning inside = features(w.k, static_cast<int>(i), false);
    const AxisMeaning along =
        moved(i, x, k, window_output(w, in_shape(i)[k]), false,
              [&](const Alignment& at) { return behind_window(at, w, in_shape(i)[k]); });
    for (const Digit& digit : m_.digits_of(inside)) patch.push_back(digit);
    for (const Digit& digit : m_.digits_of(along)) blocks.push_back(digit);
  }
  put(of_digits(patch));
  put(of_digits(blocks));
  finish(value_of(i));
}

void Walker::fold(std::size_t i) {
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  if (rank != 2 && rank != 3) return;
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

AxisMeaning Walker::part(std::size_t i, const Tensor& tensor, std::size_t k, std::int64_t n,
                         std::int64_t start, std::int64_t step, bool middle) {
  const AxisMeaning axis = m_.axis(tensor, k);
  const auto digits = m_.digits_of(axis);
  if (digits.empty()) return axis;
  const Atom first = m_.atom(digits[0]);
  if (digits.size() == 1 && first.kind == AtomKind::batch)
    return of_atom({.kind = AtomKind::batch, .size = n});
  if (const auto joined = digits.size() == 1 ? joined_.find(digits[0].atom) : joined_.end();
      joined != joined_.end() && step == 1 && is_whole(digits[0], m_.atoms))
    for (const Part& was : joined->second)
      if (was.start == start && was.size == n) return was.axis;
  const Reading reading = read_positions(m_, digits);
  switch (reading.kind) {
    case Reading::Kind::broken:
    case Reading::Kind::features:
      return features(n, first.root < 0 ? static_cast<int>(i) : static_cast<int>(i), all_learned(axis));
    case Reading::Kind::place: {
      std::int64_t whole = 1;
      for (const Digit& digit : digits) whole *= digit.size;
      const Alignment place =
          middle ? centred(reading.place, start, whole, n) : shifted(reading.place, start, step);
      return place.known() ? positions(n, reading.root, place) : seeded(n, i, k);
    }
    case Reading::Kind::unknown:
      return unknown(n);
    default:
      return seeded(n, i, k);
  }
}

void Walker::pad(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto rank = static_cast<std::size_t>(x.rank);
  const Family family = one.info().family;
  std::vector<std::int64_t> pads;
  if (family != Family::pad_to_multiple && one.has(Opt::padding)) {
    pads = one.integers(Opt::padding);
    if (pads.size() == 1 && family == Family::pad)
      pads.assign(2 * static_cast<std::size_t>(one.info().axes), pads[0]);
  }
  for (std::size_t k = 0; k < rank; ++k) {
    const std::int64_t n = in_shape(i)[k];
    const std::int64_t m = out_shape(i)[k];
    const std::size_t back = 2 * (rank - 1 - k);
    std::int64_t before = back < pads.size() ? pads[back] : 0;
    if (pads.empty() && family == Family::free_pad) before = (m - n) >= 0 ? (m - n) / 2 : -((n - m + 1) / 2);
    if (n == m && before == 0) {
      keep(x, k);
    } else if (is_batch(m_.axis(x, k))) {
      put(of_atom({.kind = AtomKind::batch, .size = m}));
    } else {
      const bool both_sides = pads.empty() && family == Family::free_pad;
      put(moved(i, x, k, m, false, [&](const Alignment& at) {
        return both_sides ? centred(at, -before, n, m) : shifted(at, -before);
      }));
    }
  }
  finish(value_of(i));
}

void Walker::crop(std::size_t i) {
  const Tensor x = in(i);
  const bool centre = layer(i).word(Opt::align) == "center";
  for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank); ++k) {
    const std::int64_t n = in_shape(i)[k];
    const std::int64_t m = out_shape(i)[k];
    n == m ? keep(x, k) : put(part(i, x, k, m, centre ? (n - m) / 2 : 0, 1, centre));
  }
  finish(value_of(i));
}

void Walker::slice(std::size_t i) {
  const LayerSpec& one = layer(i);
  const Tensor x = in(i);
  const auto* ranges =
      one.has(Opt::index) ? std::get_if<std::vector<SliceRange>>(&one.find(Opt::index)->value) : nullptr;
  // The value is what is taken, however it is written.
  std::uint64_t value = x.value;
  for (std::size_t k = 0; k < static_cast<std::size_t>(x.rank); ++k) {
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
    put(part(i, x, k, m, start, step));
    for (const std::int64_t number : {static_cast<std::int64_t>(k), start, m == 1 ? 1 : step, m})
      value = mixed_hash(value, static_cast<std::uint64_t>(number));
  }
  finish(value);
}

}  // namespace shapedbg
