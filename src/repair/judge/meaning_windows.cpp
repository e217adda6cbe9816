// What the windows of a repaired network see, and where they lie (meaning.h).
#include <algorithm>
#include <cstdlib>

#include "repair/judge/after.h"
#include "repair/judge/sense.h"

namespace shapedbg {

namespace {

// All that changed are convolutions without stride, each of which lies centred and keeps its map now: that is
// how they are meant, wherever even kernels let things meet before.
bool only_keep_their_maps(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  bool any = false;
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) return false;
    const LayerSpec& is = after.layers[i];
    if (same_options(before.layer(origin[i]), is)) continue;
    if (is.broken || is.info().family != Family::conv) return false;
    for (int a = 0; a < is.info().axes; ++a)
      if (const Window w = window_of(is, a); w.s != 1 || w.before != w.after || 2 * w.before != w.reach())
        return false;
    any = true;
  }
  return any;
}

// All that changed are transposed convolutions that multiply sizes by their strides now and did not before:
// where half of a window is padded away on each side is where they are meant to lie.
bool only_multiply_now(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  const auto multiplies = [](const LayerSpec& one) {
    for (int a = 0; a < one.info().axes; ++a)
      if (const Window w = window_of(one, a);
          w.net_kernel() + w.output_padding != w.s || (w.k - w.s) % 2 != 0 || w.s < 2)
        return false;
    return true;
  };
  bool any = false;
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) return false;
    const LayerSpec& is = after.layers[i];
    const LayerSpec& was = before.layer(origin[i]);
    if (same_options(was, is)) continue;
    if (is.broken || was.broken || is.info().family != Family::conv_transpose || was.kind != is.kind ||
        multiplies(was) || !multiplies(is))
      return false;
    any = true;
  }
  return any;
}

// The convolution that a layer, or the Pad in front of one, belongs to.
LayerId window_behind(const Spec& spec, LayerId index) {
  if (spec.layer(index).info().family != Family::free_pad) return index;
  for (const LayerId i : ids(spec.layers))
    if (const auto& inputs = spec.layer(i).inputs; inputs.size() == 1 && inputs[0] == Ref{index, 0}) return i;
  return index;
}

// Every layer that changes is a convolution of a network that pads for causal ones elsewhere, and sees what
// stands before it alone.
bool only_padded_to_causal(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  bool any = false;
  for (const LayerId i : ids(after.layers)) {
    if (origin[i].is_none()) return false;
    if (same_options(before.layer(origin[i]), after.layer(i))) continue;
    if (!padded_to_causal(after, window_behind(after, i))) return false;
    any = true;
  }
  if (!any) return false;
  for (const LayerId i : ids(before.layers))
    if (padded_to_causal(before, i)) return true;
  return false;
}

// Every layer that changes is such a convolution, or the Slice behind one: what it sees ends where it stands.
bool only_made_causal(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  bool any = false;
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) return false;
    const LayerSpec& is = after.layers[i];
    if (same_options(before.layer(origin[i]), is)) continue;
    const LayerId conv = is.info().family != Family::slice ? LayerId(i)
                         : is.inputs.size() == 1           ? is.inputs[0].layer
                                                           : LayerId();
    if (conv.is_none() || after.layer(conv).broken || after.layer(conv).info().family != Family::conv)
      return false;
    if (!cut_to_causal(after, conv.place(), window_of(after.layer(conv), 0))) return false;
    any = true;
  }
  return any;
}

}  // namespace

std::optional<Harmed> Before::off_centre(const After& after, const Meaning& meaning) const {
  if (only_keep_their_maps(spec_, after.spec, after.origin)) return std::nullopt;
  if (only_made_causal(spec_, after.spec, after.origin)) return std::nullopt;
  if (only_padded_to_causal(spec_, after.spec, after.origin)) return std::nullopt;
  if (only_multiply_now(spec_, after.spec, after.origin)) return std::nullopt;
  for (const MeetingPlace& is : meaning.meetings) {
    if (is.exact() || !is.equal_steps) continue;
    const LayerId old = after.old(is.layer, spec_.layers.size());
    bool met = false;
    for (const MeetingPlace& was : meaning_.meetings) {
      const bool same_input = was.input == is.input || was.input == MeetingPlace::all;
      if (was.layer != old || !same_input || was.axis != is.axis) continue;
      met = was.exact() && was.equal_steps;
      if (!met) break;
    }
    if (met)
      return Harmed{Harm::off_centre, "along axis " + std::to_string(is.axis) + " " + after.name(is.layer) +
                                          " is shifted by " + to_string(abs(is.mean)) +
                                          " positions of the input"};
  }
  return std::nullopt;
}

namespace {

// A transposed convolution of the same windows brings every place back to where it was.
bool undone_by_another(const Spec& spec, const LayerSpec& layer, int axis, const Window& w) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& up) {
    if (up.broken || up.info().family != Family::conv_transpose || up.info().axes != layer.info().axes)
      return false;
    const Window other = window_of(up, axis);
    return undo_each_other(other, w);
  });
}

// Another layer whose windows lie just so: what it returns is met where it lies.
bool lies_like_another(const Spec& spec, std::size_t index, const Window& window) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& one = spec.layers[i];
    if (i == index || one.broken || facts(one.kind).window != Sliding::takes || one.info().axes < 1) continue;
    const Window w = window_of(one, 0);
    if (w.s == window.s && w.s > 1 && w.reach() == window.reach() && w.before == window.before) return true;
  }
  return false;
}

// A Pad right in front of a layer, which is no part of its window.
bool padded_in_front(const Spec& spec, const LayerSpec& layer) {
  if (layer.inputs.size() != 1 || layer.inputs[0].is_input()) return false;
  return facts(spec.layer(layer.inputs[0].layer).kind).border == Border::adds;
}

}  // namespace

std::optional<Harmed> Before::other_windows(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken) continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    if (was.broken || was.kind != is.kind) continue;
    const Family family = is.info().family;
    for (int a = 0; a < is.info().axes; ++a) {
      const Window now = window_of(is, a);
      const Window then = window_of(was, a);
      if (family == Family::conv_transpose && now.reach() + 1 < now.s && then.reach() + 1 >= then.s)
        return Harmed{Harm::holes, after.name(LayerId(i)) + " has stride " + std::to_string(now.s) +
                                       " and a kernel of " + std::to_string(now.reach() + 1)};
      if (family == Family::conv_transpose && now.before > now.reach() && now.before > then.before)
        return Harmed{Harm::thrown_away, after.name(LayerId(i)) + " has padding " +
                                             std::to_string(now.before) + " and a kernel that reaches " +
                                             std::to_string(now.reach()) + ": positions it got are cut off"};
      if (family != Family::conv || within_block(now) || !within_block(then)) continue;
      if (now.s == 1 && padded_in_front(after.spec, is)) continue;
      const TensorMeaning& x = meaning.of(is.inputs[0]);
      if (x.rank <= is.info().axes) continue;
      const auto k = static_cast<std::size_t>(x.rank - is.info().axes + a);
      const Reading reading = read_positions(meaning, meaning.digits_of(meaning.axis(x, k)));
      // The last layer of a discriminator covers what is left.
      const auto merges = [](const LayerSpec& layer) {
        return layer.info().family == Family::elementwise || layer.info().family == Family::concat;
      };
      const auto here = after.spec.layers.begin() + static_cast<std::ptrdiff_t>(i);
      const bool covers = !after.trace.layers[i].outputs.empty() &&
                          after.trace.layers[i].outputs[0][k] == 1 &&
                          std::none_of(here, after.spec.layers.end(), merges);
      const bool seed = covers || reading.root < 0 ||
                        meaning.roots[static_cast<std::size_t>(reading.root)].kind != Root::Kind::input;
      if (!seed && !cut_to_causal(after.spec, i, now) && !lies_like_another(after.spec, i, now) &&
          !undone_by_another(after.spec, is, a, now))
        return Harmed{Harm::outside_block,
                      "windows of " + after.name(LayerId(i)) + " lie " +
                          to_string(Rational(std::abs(now.reach() - 2 * now.before), 2)) +
                          " places off what they stand for"};
    }
  }
  return std::nullopt;
}

namespace {

// All that the padding of a convolution adds at the end, or that its kernel reaches.
bool cuts_what_it_adds(const Spec& spec, std::size_t conv) {
  const std::int64_t cut = cut_behind(spec, conv);
  const Window window = window_of(spec.layers[conv], 0);
  return cut > 0 && (cut == window.before || cut == window.reach());
}

}  // namespace

// A Slice that cut just what the padding of its convolution adds at the end, and cuts something else now.
std::optional<Harmed> Before::other_cut(const After& after) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken || is.info().family != Family::slice ||
        is.inputs.size() != 1 || same_options(spec_.layer(after.origin[i]), is))
      continue;
    const auto conv = after.old_tensor(is.inputs[0]);
    if (!conv || conv->is_input()) continue;
    const auto at = conv->layer.place();
    const LayerSpec& was = spec_.layers[at];
    if (was.broken || was.info().family != Family::conv || was.info().axes != 1 ||
        !same_options(was, after.spec.layer(is.inputs[0].layer)) || !cuts_what_it_adds(spec_, at))
      continue;
    return Harmed{Harm::off_centre, after.name(LayerId(i)) + " cut what the padding of `" + was.name +
                                        "` adds at the end, and no longer does"};
  }
  return std::nullopt;
}

namespace {

// How many entries of a kernel see the map in no window: all of them lie on the padding.
std::int64_t unseen_entries(const Window& w, std::int64_t in, std::int64_t out) {
  if (w.k > 64 || in < 1 || out < 1) return 0;
  std::int64_t unseen = 0;
  for (std::int64_t j = 0; j < w.k; ++j) {
    // The places that entry j sees: j*d - p, and every stride on.
    const std::int64_t first = j * w.d - w.before;
    const std::int64_t last = first + (out - 1) * w.s;
    const std::int64_t entered = first >= 0 ? first : first + (-first + w.s - 1) / w.s * w.s;
    unseen += first >= in || last < 0 || entered > last || entered >= in ? 1 : 0;
  }
  return unseen;
}

}  // namespace

// What the windows of an edited layer see of the map.
std::optional<Harmed> Before::other_reach(const After& after) const {
  std::size_t last = 0;
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i)
    if (!facts(after.spec.layers[i].kind).weights.empty()) last = i;
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken || taken_apart(after.trace, i)) continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    if (was.broken || was.kind != is.kind || same_options(was, is)) continue;
    const std::string name = after.name(LayerId(i));
    const Family family = is.info().family;
    const std::int64_t groups = was.find(Opt::groups) != nullptr ? was.integer(Opt::groups) : 1;
    const LayerTrace& row = trace_.row(after.origin[i]);
    const auto axes = is.axis_count();
    const bool by_channels = family == Family::conv && groups > 1 && !row.inputs.empty() &&
                             row.inputs[0].size() > axes &&
                             row.inputs[0][row.inputs[0].size() - axes - 1] == groups;
    const bool stated = family == Family::conv && groups > 1 && was.has(Opt::in_channels) &&
                        was.integer(Opt::in_channels) == groups;
    if (stated && is.integer(Opt::groups) > 1 && is.has(Opt::in_channels) &&
        is.integer(Opt::in_channels) != is.integer(Opt::groups))
      return Harmed{Harm::depthwise,
                    name + " had " + std::to_string(groups) + " groups for as many channels"};
    if (by_channels && is.integer(Opt::groups) != groups && is.integer(Opt::groups) > 1)
      return Harmed{Harm::depthwise,
                    name + " has " + std::to_string(groups) + " groups for as many channels"};
    if (family != Family::conv || exchanges_axes(was, is)) continue;
    const Shape& x = after.trace.layers[i].inputs[0];
    const Shape& y = after.trace.layers[i].outputs[0];
    for (std::size_t a = 0; a < axes && axes <= x.size() && axes <= y.size(); ++a) {
      const Window now = window_of(is, static_cast<int>(a));
      const Window then = window_of(was, static_cast<int>(a));
      const std::int64_t in = x[x.size() - axes + a];
      const bool refused = !row.refusals.empty() && !row.after_failure;
      if (then.reach() > 0 && now.reach() == 0 && (in > 1 || refused || row.after_failure) &&
          !likes_see_one_place(after.spec, after.trace, i, static_cast<int>(a), then.k, spec_, after.origin))
        return Harmed{Harm::blind, name + " sees one place where it saw " + std::to_string(then.k)};
      const bool steps = now.s > then.s;
      if (steps && now.s > now.reach() + 1 && then.s <= then.reach() + 1 && now.reach() > 0)
        return Harmed{Harm::skips, name + " has stride " + std::to_string(now.s) + " and a kernel of " +
                                       std::to_string(now.reach() + 1)};
      if (steps && then.s == 1 && i == last && then.reach() > 0 && then.reach() == 2 * then.before)
        return Harmed{Harm::skips, name + " ends the network and keeps the size of its map"};
      const bool padded = now.before > then.before || now.after > then.after;
      if (padded && 2 * unseen_entries(now, in, y[y.size() - axes + a]) > now.k &&
          !pads_a_pyramid(after.spec, i, static_cast<int>(a), then))
        return Harmed{Harm::unseen, "entries of the kernel of " + name +
                                        " see nothing but padding: its map is " + std::to_string(in) +
                                        " wide"};
    }
  }
  return std::nullopt;
}

// A transposed layer that undoes no other one multiplies sizes by its stride, or about so. Where another
// kernel, padding or stride misses that by two places or more, and by more than before, it makes up for
// another layer; and so do several that multiplied just so.
std::optional<Harmed> Before::other_rate(const After& after) const {
  const bool goes_down = std::any_of(spec_.layers.begin(), spec_.layers.end(), [](const LayerSpec& layer) {
    return !layer.broken && has_free_window(layer.info().family) &&
           layer.info().family != Family::conv_transpose && window_of(layer, 0).s > 1;
  });
  for (std::size_t i = 0; i < after.spec.layers.size() && !goes_down; ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken || is.info().family != Family::conv_transpose ||
        taken_apart(after.trace, i))
      continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    if (was.broken || was.kind != is.kind || same_options(was, is)) continue;
    const Shape& x = after.trace.layers[i].inputs[0];
    const auto axes = is.axis_count();
    for (std::size_t a = 0; a < axes && x.size() > axes; ++a) {
      const Window now = window_of(is, static_cast<int>(a));
      const Window then = window_of(was, static_cast<int>(a));
      const auto off = [](const Window& w) { return std::abs(w.net_kernel() + w.output_padding - w.s); };
      const std::size_t at = x.size() - axes + a;
      // Out of a single place any size is made, and a stride of 1 gives back what a convolution trims.
      if (x[at] < 2 || then.s < 2) continue;
      const bool only_padded = now.net_kernel() == then.net_kernel() && now.s == then.s;
      if (off(now) > 1 && off(now) > off(then) && !only_padded)
        return Harmed{Harm::inexact, after.name(LayerId(i)) + " makes " +
                                         std::to_string(after.trace.layers[i].outputs[0][at]) + " of " +
                                         std::to_string(x[at]) + " by a stride of " + std::to_string(now.s)};
    }
  }
  return std::nullopt;
}

// A pool whose one window covers all of a map that is too small for it sees more padding than map.
std::optional<Harmed> Before::pools_padding(const After& after) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken || !is_pool(is.info().family) || taken_apart(after.trace, i) ||
        is.find(Opt::padding) == nullptr)
      continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    if (was.broken || was.kind != is.kind) continue;
    const Shape& x = after.trace.layers[i].inputs[0];
    const auto axes = is.axis_count();
    for (std::size_t a = 0; a < axes && axes <= x.size(); ++a) {
      const Window now = window_of(is, static_cast<int>(a));
      const std::int64_t in = x[x.size() - axes + a];
      if (now.before > window_of(was, static_cast<int>(a)).before && now.reach() + 1 > in)
        return Harmed{Harm::made_up, "the window of " + after.name(LayerId(i)) + " is " +
                                         std::to_string(now.reach() + 1) + " wide and its map " +
                                         std::to_string(in)};
    }
  }
  return std::nullopt;
}

}  // namespace shapedbg
