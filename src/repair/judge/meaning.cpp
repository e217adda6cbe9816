#include "repair/judge/meaning.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "diagnose/diagnose.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/judge/sense.h"
#include "rules/layer_inputs.h"

namespace shapedbg {
namespace {

constexpr HarmInfo kHarms[] = {
    {Harm::torn, "A1", "it cuts through rows that belong together", Doubt::worst},
    {Harm::mixed, "A2", "it joins parts of different axes", Doubt::worst},
    {Harm::misread, "A3", "an axis then holds something else than the layer reads", Doubt::nonsense},
    {Harm::crossed, "A4", "different axes then meet", Doubt::nonsense},
    {Harm::drifting, "A5", "positions at different distances then meet", Doubt::nonsense},
    {Harm::shifted, "A6", "positions of different places then meet", Doubt::nonsense},
    {Harm::samples, "A7", "samples of the batch are mixed", Doubt::worst},
    {Harm::stretched, "A8", "one position stands for all", Doubt::worst},
    {Harm::constant, "A9", "the result no longer depends on the input", Doubt::nonsense},
    {Harm::twice, "A10", "the same values are taken twice", Doubt::nonsense},
    {Harm::layout, "A11", "the window slides over channels", Doubt::nonsense},
    {Harm::turned, "A12", "the output has other axes than the input", Doubt::nonsense},
    {Harm::repeated, "A13", "the same positions are laid end to end", Doubt::nonsense},
    {Harm::off_centre, "off-centre", "what met exactly is shifted", Doubt::nonsense},
    {Harm::outside_block, "outside-block", "windows leave the block that they stand for", Doubt::nonsense},
    {Harm::inexact, "inexact", "a stage no longer multiplies by its stride", Doubt::nonsense},
    {Harm::takes_all, "takes-all", "a part becomes everything", Doubt::nonsense},
    {Harm::resized_input, "resized-input", "a tensor at the input's own resolution is resized",
     Doubt::nonsense},
    {Harm::unread, "unread", "nothing reads a tensor any more", Doubt::nonsense},
    {Harm::holes, "holes", "it leaves outputs that no input reaches", Doubt::worst},
    {Harm::repeats_values, "repeats-values", "values are repeated that were not", Doubt::worst},
    {Harm::made_up, "made-up", "more is added than there is", Doubt::worst},
    {Harm::of_no_map, "of-no-map", "a map that was grown from a vector is resized", Doubt::nonsense},
    {Harm::forgotten_skip, "forgotten-skip", "a skip that is there is never joined", Doubt::nonsense},
    {Harm::other_axis, "other-axis", "the features lie in another axis", Doubt::nonsense},
    {Harm::twin, "twin", "a layer is fed by its twin", Doubt::nonsense},
    {Harm::depthwise, "depthwise", "a depthwise convolution is one no more", Doubt::nonsense},
    {Harm::unseen, "unseen", "most weights see nothing but padding", Doubt::nonsense},
    {Harm::blind, "blind", "a kernel sees one place alone", Doubt::nonsense},
    {Harm::skips, "skips", "places between its windows are read by none", Doubt::nonsense},
    {Harm::thrown_away, "thrown-away", "much of what was computed is cut off", Doubt::nonsense},
    {Harm::warned, "warned", "a warning appears that was not there", Doubt::nonsense},
};

bool taken_apart(const Trace& trace, std::size_t i) {
  return trace.layers[i].outputs.empty() || trace.layers[i].inputs.empty();
}

bool same_options(const LayerSpec& a, const LayerSpec& b) {
  if (a.kind != b.kind) return false;
  for (std::size_t k = 0; k < a.options.size(); ++k)
    if (a.options[k].value != b.options[k].value) return false;
  return true;
}

std::int64_t reach(const Window& w) { return w.d * (w.k - 1); }

// |d(k-1)/2 - p| <= max((s-1)/2, 1/2): each window lies around the block of places that it stands for.
bool within_block(const Window& w) {
  const std::int64_t twice_off = std::abs(reach(w) - 2 * w.before);
  return twice_off <= std::max<std::int64_t>(w.s - 1, 1);
}

// A trace whose rows all count as run where their shapes are clear: warnings are compared, not said.
Trace as_if_run(Trace trace) {
  for (LayerTrace& row : trace.layers) {
    row.after_failure = false;
    if (!row.outputs.empty()) row.refusals.clear();
  }
  return trace;
}

}  // namespace

const HarmInfo& info(Harm harm) { return kHarms[static_cast<std::size_t>(harm)]; }
std::span<const HarmInfo> all_harms() { return kHarms; }

struct Before::After {
  const Spec& spec;
  const Trace& trace;
  const std::vector<int>& origin;

  // The old layer's index; the output stands behind both networks' last layer.
  int old(int layer, std::size_t layers_before) const {
    if (layer == static_cast<int>(spec.layers.size())) return static_cast<int>(layers_before);
    return layer < 0 ? -1 : origin[static_cast<std::size_t>(layer)];
  }
  // The tensor of the old network that `ref` is; nothing of a layer that was put in.
  std::optional<Ref> old_tensor(Ref ref) const {
    if (ref.is_input()) return ref;
    const int layer = origin[static_cast<std::size_t>(ref.layer)];
    return layer < 0 ? std::nullopt : std::optional(Ref{layer, ref.output});
  }
  // Whether a layer of both networks takes other tensors than before.
  bool rewired(const Spec& before, int layer) const {
    if (layer < 0 || origin[static_cast<std::size_t>(layer)] < 0) return false;
    const std::vector<Ref>& was =
        before.layers[static_cast<std::size_t>(origin[static_cast<std::size_t>(layer)])].inputs;
    const std::vector<Ref>& is = spec.layers[static_cast<std::size_t>(layer)].inputs;
    return !std::equal(was.begin(), was.end(), is.begin(), is.end(),
                       [&](Ref a, Ref b) { return old_tensor(b) == a; });
  }
  std::string name(int layer) const {
    return layer < static_cast<int>(spec.layers.size())
               ? "`" + spec.layers[static_cast<std::size_t>(layer)].name + "`"
               : "the output";
  }
};

Before::Before(const Spec& spec, const Trace& trace)
    : spec_(spec), trace_(trace), meaning_(walk(spec, trace)), troubles_(meaning_.troubles) {
  // What a batch of 1 hides counts as there before, also behind what fails.
  if (auto hidden = walk_at_other_batch(spec, trace, true))
    for (Trouble& trouble : hidden->troubles) troubles_.push_back(std::move(trouble));
  warnings_ = shape_warnings(spec, as_if_run(trace));
}

std::optional<Harmed> Before::new_flaw(const After& after, const Meaning& meaning) const {
  for (const Trouble& trouble : meaning.troubles) {
    const int old = after.old(trouble.layer, spec_.layers.size());
    const bool edited = trouble.flaw == Flaw::constant && old >= 0 &&
                        old < static_cast<int>(spec_.layers.size()) &&
                        !same_options(spec_.layers[static_cast<std::size_t>(old)],
                                      after.spec.layers[static_cast<std::size_t>(trouble.layer)]);
    const bool known =
        old >= 0 && !edited && std::any_of(troubles_.begin(), troubles_.end(), [&](const Trouble& was) {
          return was.flaw == trouble.flaw && was.layer == old;
        });
    if (!known)
      return Harmed{static_cast<Harm>(trouble.flaw), after.name(trouble.layer) + ": " + trouble.text};
  }
  return std::nullopt;
}

std::optional<Harmed> Before::off_centre(const After& after, const Meaning& meaning) const {
  for (const MeetingPlace& is : meaning.meetings) {
    if (is.exact() || !is.equal_steps) continue;
    const int old = after.old(is.layer, spec_.layers.size());
    bool met = false;
    for (const MeetingPlace& was : meaning_.meetings) {
      if (was.layer != old || was.input != is.input || was.axis != is.axis) continue;
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

// Another layer whose windows lie just so: what it returns is met where it lies.
bool lies_like_another(const Spec& spec, std::size_t index, const Window& window) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& one = spec.layers[i];
    if (i == index || one.broken || facts(one.kind).window != Sliding::takes || one.info().axes < 1) continue;
    const Window w = window_of(one, 0);
    if (w.s == window.s && w.s > 1 && reach(w) == reach(window) && w.before == window.before) return true;
  }
  return false;
}

}  // namespace

std::optional<Harmed> Before::other_windows(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i] < 0 || is.broken) continue;
    const LayerSpec& was = spec_.layers[static_cast<std::size_t>(after.origin[i])];
    if (was.broken || was.kind != is.kind) continue;
    const Family family = is.info().family;
    for (int a = 0; a < is.info().axes; ++a) {
      const Window now = window_of(is, a);
      const Window then = window_of(was, a);
      if (family == Family::conv_transpose && reach(now) + 1 < now.s && reach(then) + 1 >= then.s)
        return Harmed{Harm::holes, after.name(static_cast<int>(i)) + " has stride " + std::to_string(now.s) +
                                       " and a kernel of " + std::to_string(reach(now) + 1)};
      if (family != Family::conv || within_block(now) || !within_block(then)) continue;
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
      if (!seed && !lies_like_another(after.spec, i, now))
        return Harmed{Harm::outside_block, "windows of " + after.name(static_cast<int>(i)) + " lie " +
                                               to_string(Rational(std::abs(reach(now) - 2 * now.before), 2)) +
                                               " places off what they stand for"};
    }
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
    if (after.origin[i] < 0 || is.broken || taken_apart(after.trace, i)) continue;
    const LayerSpec& was = spec_.layers[static_cast<std::size_t>(after.origin[i])];
    if (was.broken || was.kind != is.kind || same_options(was, is)) continue;
    const std::string name = after.name(static_cast<int>(i));
    const Family family = is.info().family;
    const std::int64_t groups = was.find(Opt::groups) != nullptr ? was.integer(Opt::groups) : 1;
    const LayerTrace& row = trace_.layers[static_cast<std::size_t>(after.origin[i])];
    const auto axes = static_cast<std::size_t>(is.info().axes);
    const bool by_channels = family == Family::conv && groups > 1 && !row.inputs.empty() &&
                             row.inputs[0].size() > axes &&
                             row.inputs[0][row.inputs[0].size() - axes - 1] == groups;
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
      if (reach(then) > 0 && reach(now) == 0 && in > 1)
        return Harmed{Harm::blind, name + " sees one place where it saw " + std::to_string(then.k)};
      const bool steps = now.s > then.s;
      if (steps && now.s > reach(now) + 1 && then.s <= reach(then) + 1 && reach(now) > 0)
        return Harmed{Harm::skips, name + " has stride " + std::to_string(now.s) + " and a kernel of " +
                                       std::to_string(reach(now) + 1)};
      if (steps && then.s == 1 && i == last && reach(then) > 0 && reach(then) == 2 * then.before)
        return Harmed{Harm::skips, name + " ends the network and keeps the size of its map"};
      const bool padded = now.before > then.before || now.after > then.after;
      if (padded && 2 * unseen_entries(now, in, y[y.size() - axes + a]) > now.k)
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
    if (after.origin[i] < 0 || is.broken || is.info().family != Family::conv_transpose ||
        taken_apart(after.trace, i))
      continue;
    const LayerSpec& was = spec_.layers[static_cast<std::size_t>(after.origin[i])];
    if (was.broken || was.kind != is.kind || same_options(was, is)) continue;
    const Shape& x = after.trace.layers[i].inputs[0];
    const auto axes = static_cast<std::size_t>(is.info().axes);
    for (std::size_t a = 0; a < axes && x.size() > axes; ++a) {
      const Window now = window_of(is, static_cast<int>(a));
      const Window then = window_of(was, static_cast<int>(a));
      const auto off = [](const Window& w) { return std::abs(w.net_kernel() + w.output_padding - w.s); };
      const std::size_t at = x.size() - axes + a;
      // Out of a single place any size is made, and a stride of 1 gives back what a convolution trims.
      if (x[at] < 2 || then.s < 2) continue;
      const bool only_padded = now.net_kernel() == then.net_kernel() && now.s == then.s;
      if (off(now) > 1 && off(now) > off(then) && !only_padded)
        return Harmed{Harm::inexact, after.name(static_cast<int>(i)) + " makes " +
                                         std::to_string(after.trace.layers[i].outputs[0][at]) + " of " +
                                         std::to_string(x[at]) + " by a stride of " + std::to_string(now.s)};
    }
  }
  return std::nullopt;
}

// A norm that now takes positions for its channels: of another number of axes, or built for as many.
std::optional<Harmed> Before::other_norm(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    const Family family = is.info().family;
    if (after.origin[i] < 0 || is.broken || is.inputs.empty() ||
        (family != Family::batch_norm && family != Family::layer_norm))
      continue;
    const TensorMeaning& x = meaning.of(is.inputs[0]);
    const auto old = static_cast<std::size_t>(after.origin[i]);
    const bool ran = trace_.layers[old].refusals.empty() || trace_.layers[old].after_failure;
    if ((ran && same_options(spec_.layers[old], is)) || x.rank < 2) continue;
    const OptionValue* shape = is.find(Opt::normalized_shape);
    const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&shape->value);
    // A norm over several axes has channels among them.
    const auto from =
        family == Family::batch_norm
            ? std::size_t{1}
            : static_cast<std::size_t>(x.rank) - std::min(sizes == nullptr ? std::size_t{1} : sizes->size(),
                                                          static_cast<std::size_t>(x.rank));
    const std::size_t end = family == Family::batch_norm ? 2 : static_cast<std::size_t>(x.rank);
    bool places = from < end;
    for (std::size_t axis = from; axis < end; ++axis)
      places = places &&
               read_positions(meaning, meaning.digits_of(meaning.axis(x, axis))).kind == Reading::Kind::place;
    if (places)
      return Harmed{Harm::misread, after.name(static_cast<int>(i)) +
                                       " takes positions for its channels: axis " + std::to_string(from) +
                                       " of what it gets"};
  }
  return std::nullopt;
}

std::optional<Harmed> Before::takes_all(const After& after) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i] < 0 || is.info().family != Family::slice || is.broken || taken_apart(after.trace, i))
      continue;
    const auto place = static_cast<std::size_t>(after.origin[i]);
    const LayerSpec& was = spec_.layers[place];
    if (was.broken || !was.has(Opt::index) || was.info().family != Family::slice) continue;
    const auto& ranges = std::get<std::vector<SliceRange>>(was.find(Opt::index)->value);
    const LayerTrace& row = after.trace.layers[i];
    for (std::size_t k = 1; k < std::min({ranges.size(), row.inputs[0].size(), row.outputs[0].size()}); ++k) {
      const bool part = ranges[k].start > 0 || ranges[k].stop != SliceRange::open || ranges[k].step > 1;
      const bool took = trace_.layers[place].inputs.empty() || trace_.layers[place].outputs.empty() ||
                        trace_.layers[place].inputs[0] != trace_.layers[place].outputs[0];
      const bool changed = !is.has(Opt::index) || is.find(Opt::index)->value != was.find(Opt::index)->value;
      if (part && took && changed && row.inputs[0][k] == row.outputs[0][k])
        return Harmed{Harm::takes_all, after.name(static_cast<int>(i)) + " took a part of axis " +
                                           std::to_string(k) + " and takes everything"};
    }
  }
  return std::nullopt;
}

// What is put in resizes or pads what should give way, or makes most of it up.
std::optional<Harmed> Before::put_in(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i] >= 0 || is.broken || taken_apart(after.trace, i)) continue;
    const Family family = is.info().family;
    const bool resizes = family == Family::upsample;
    if ((resizes || may_cut(family)) && i + 1 == after.spec.layers.size()) {
      const LayerTrace& row = after.trace.layers[i];
      for (std::size_t k = 0; k < std::min(row.inputs[0].size(), row.outputs[0].size()); ++k)
        if (20 * row.outputs[0][k] <= 11 * row.inputs[0][k])  // about half
          return Harmed{Harm::thrown_away, after.name(static_cast<int>(i)) + " leaves " +
                                               std::to_string(row.outputs[0][k]) + " of " +
                                               std::to_string(row.inputs[0][k])};
    }
    if (!resizes && family != Family::free_pad && family != Family::pad) continue;
    const Shape& from = after.trace.layers[i].inputs[0];
    const Shape& to = after.trace.layers[i].outputs[0];
    const TensorMeaning& x = meaning.of(is.inputs[0]);
    const std::string name = after.name(static_cast<int>(i));
    // A table or mask has the size that its author gave it.
    const Ref source = is.inputs[0];
    if (from != to && !source.is_input() &&
        after.spec.layers[static_cast<std::size_t>(source.layer)].inputs.empty())
      return Harmed{Harm::made_up, name + " makes " + bracketed(to) + " of the " + bracketed(from) + " of " +
                                       after.name(source.layer)};
    for (std::size_t k = 0; k < from.size() && x.rank > 0; ++k) {
      if (from[k] == to[k]) continue;
      if (!resizes) {
        // In front of everything a border is the rounding up to what the layers divide.
        const bool wide = i == 0 ? 4 * to[k] > 5 * from[k] && to[k] > from[k] + 2 : 2 * to[k] > 3 * from[k];
        if (wide)
          return Harmed{Harm::made_up,
                        name + " makes " + std::to_string(to[k]) + " places of " + std::to_string(from[k])};
        continue;
      }
      const Reading reading = read_positions(meaning, meaning.digits_of(meaning.axis(x, k)));
      if (reading.kind != Reading::Kind::place) continue;
      const bool grown = meaning.roots[static_cast<std::size_t>(reading.root)].kind == Root::Kind::seed;
      if (grown && i + 1 == after.spec.layers.size())
        return Harmed{
            Harm::of_no_map,
            name + " resizes a map that was grown from a vector: the layer that makes it sets its size"};
      if (!grown && reading.place.step == 1 && reading.place.coarsest == 1)
        return Harmed{Harm::resized_input, name + " resizes what has the input's own resolution"};
    }
  }
  return std::nullopt;
}

namespace {

// A tensor with `channels` channels and the size of `x`, from before a layer that made the map smaller.
std::optional<int> skip_for(const Spec& spec, const Trace& trace, std::size_t layer, const Shape& x,
                            std::int64_t channels) {
  std::optional<int> found;
  for (std::size_t j = 0; j < layer; ++j) {
    if (trace.layers[j].outputs.empty()) continue;
    const Shape& y = trace.layers[j].outputs[0];
    if (y.size() != x.size() || x.size() < 3) continue;
    bool smaller = y.size() == x.size();
    for (std::size_t k = 2; k < x.size(); ++k) smaller = smaller && y[k] < x[k];
    if (smaller && found) return found;
    if (y[1] == channels && std::equal(y.begin() + 2, y.end(), x.begin() + 2) &&
        spec.layers[j].info().family != Family::custom &&
        !joined_already(spec, trace, spec.layers[layer].inputs[0], {static_cast<int>(j), 0}))
      found = static_cast<int>(j);
  }
  return std::nullopt;
}

}  // namespace

// The one axis beside `k` of what a layer gets that has `wanted` features: channels of a layer, or an axis of
// the input itself, which may be any.
std::optional<std::size_t> Before::features_at(std::size_t layer, std::size_t k, std::int64_t wanted) const {
  const Ref from = spec_.layers[layer].inputs[0];
  const Shape& x = trace_.layers[layer].inputs[0];
  const TensorMeaning& tensor = meaning_.of(from);
  std::optional<std::size_t> found;
  for (std::size_t other = k == 0 ? 0 : 1; other < x.size(); ++other) {
    if (other == k || x[other] != wanted || tensor.rank != static_cast<int>(x.size())) continue;
    const Reading reading = read_positions(meaning_, meaning_.digits_of(meaning_.axis(tensor, other)));
    if (!from.is_input() && reading.kind != Reading::Kind::features) continue;
    if (found) return std::nullopt;
    found = other;
  }
  return found;
}

// A layer that is built for another number of channels than it gets, and that a repair gives the number.
std::optional<Harmed> Before::other_counts(const After& after) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i] < 0) continue;
    const auto place = static_cast<std::size_t>(after.origin[i]);
    const LayerSpec& was = spec_.layers[place];
    const LayerSpec& is = after.spec.layers[i];
    const LayerTrace& row = trace_.layers[place];
    const LayerTrace& now = after.trace.layers[i];
    if (was.broken || row.inputs.empty() || was.inputs.size() != 1 || was.kind != is.kind ||
        now.inputs.empty())
      continue;
    const bool linear = was.info().family == Family::linear;
    const Opt opt = linear ? Opt::in_features : Opt::in_channels;
    if ((!linear && was.info().family != Family::conv && was.info().family != Family::conv_transpose) ||
        !was.has(opt))
      continue;
    const Shape& x = row.inputs[0];
    const auto axes = static_cast<std::size_t>(was.info().axes);
    if (x.size() < axes + 1) continue;
    const std::size_t k = x.size() - axes - 1;
    const std::int64_t wanted = was.integer(opt);
    if (x[k] == wanted || wanted == 1) continue;
    const std::int64_t given = is.has(opt) ? is.integer(opt) : now.inputs[0][k];
    const std::string name = "`" + was.name + "`";
    if (const auto other = given == wanted ? std::nullopt : features_at(place, k, wanted))
      return Harmed{Harm::other_axis, name + " is built for " + std::to_string(wanted) + ", which is axis " +
                                          std::to_string(*other) + " of what it gets"};
    const bool same_way =
        is.inputs[0].is_input() || after.origin[static_cast<std::size_t>(is.inputs[0].layer)] >= 0;
    // A merge that takes the right skip now brings what was missing.
    const bool joined = given == wanted && after.rewired(spec_, is.inputs[0].layer);
    if (!linear && wanted > x[k] && same_way && !joined) {
      if (const auto skip = skip_for(spec_, trace_, place, x, wanted - x[k]))
        return Harmed{Harm::forgotten_skip, name + " is built for " + std::to_string(wanted) + " = " +
                                                std::to_string(x[k]) + " + " + std::to_string(wanted - x[k]) +
                                                ", and `" +
                                                spec_.layers[static_cast<std::size_t>(*skip)].name +
                                                "` has these " + std::to_string(wanted - x[k])};
    }
    if (was.inputs[0].is_input() || !same_way) continue;
    const auto producer = static_cast<std::size_t>(was.inputs[0].layer);
    if (same_options(was, spec_.layers[producer]) && is.inputs[0].layer >= 0 &&
        after.origin[static_cast<std::size_t>(is.inputs[0].layer)] == static_cast<int>(producer))
      return Harmed{Harm::twin, name + " is `" + spec_.layers[producer].name +
                                    "` once more, and fits what that one takes"};
  }
  return std::nullopt;
}

// Whether a layer that read an equal one, its twin, now takes what that one takes: two heads side by side.
bool Before::head_beside(const After& after, int layer) const {
  if (layer < 0) return false;
  const LayerSpec& head = spec_.layers[static_cast<std::size_t>(layer)];
  if (head.inputs.size() != 1) return false;
  const Family family = head.info().family;
  if (family != Family::linear && family != Family::conv && family != Family::conv_transpose) return false;
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i] < 0) continue;
    const LayerSpec& was = spec_.layers[static_cast<std::size_t>(after.origin[i])];
    const LayerSpec& is = after.spec.layers[i];
    if (was.inputs.size() != 1 || is.inputs.size() != 1 || was.inputs[0].layer != layer) continue;
    if (same_options(head, is) && after.old_tensor(is.inputs[0]) == head.inputs[0]) return true;
  }
  return false;
}

std::optional<Harmed> Before::unread(const After& after) const {
  std::set<std::pair<int, int>> was, is;
  for (const LayerSpec& layer : spec_.layers)
    each_read(layer, [&](Ref ref) { was.emplace(ref.layer, ref.output); });
  for (const LayerSpec& layer : after.spec.layers)
    each_read(layer, [&](Ref ref) {
      if (const auto old = after.old_tensor(ref)) is.emplace(old->layer, old->output);
    });
  for (const auto& [layer, output] : was) {
    if (is.count({layer, output}) > 0) continue;
    const bool gone =
        layer >= 0 && std::find(after.origin.begin(), after.origin.end(), layer) == after.origin.end();
    const bool last = !after.origin.empty() && layer == after.origin.back();
    if (!gone && !last && !head_beside(after, layer))
      return Harmed{Harm::unread, "nothing reads `" + spec_.name_of({layer, output}) + "` any more"};
  }
  // Nor outputs that a layer has only now.
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i] < 0 || i + 1 == after.spec.layers.size()) continue;
    const auto old = static_cast<std::size_t>(after.origin[i]);
    const std::size_t had = trace_.layers[old].outputs.size();
    for (std::size_t o = had; had > 0 && o < after.trace.layers[i].outputs.size(); ++o)
      if (is.count({static_cast<int>(old), static_cast<int>(o)}) == 0)
        return Harmed{Harm::unread,
                      "nothing reads output " + std::to_string(o) + " of " + after.name(static_cast<int>(i))};
  }
  return std::nullopt;
}

namespace {

// An axis of one place within a tensor of three axes or more, all of which it keeps.
bool only_put_between(const Shape& then, const Shape& now) {
  if (then.size() < 3 || now.size() != then.size() + 1) return false;
  Shape rest = now;
  const auto put = std::mismatch(then.begin(), then.end(), now.begin()).second - now.begin();
  rest.erase(rest.begin() + put);
  return now[static_cast<std::size_t>(put)] == 1 && rest == then;
}

}  // namespace

std::optional<Harmed> Before::repeats_values(const After& after) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i] < 0 || after.spec.layers[i].info().family != Family::elementwise ||
        taken_apart(after.trace, i))
      continue;
    const LayerTrace& was = trace_.layers[static_cast<std::size_t>(after.origin[i])];
    const LayerTrace& is = after.trace.layers[i];
    for (std::size_t input = 0; input < std::min(was.inputs.size(), is.inputs.size()); ++input) {
      const Shape& then = was.inputs[input];
      const Shape& now = is.inputs[input];
      // Axes of one place behind the same axes: a vector that scales or shifts whole maps.
      const auto ones = now.begin() + static_cast<std::ptrdiff_t>(std::min(then.size(), now.size()));
      if (now.size() > then.size() && std::equal(then.begin(), then.end(), now.begin()) &&
          std::all_of(ones, now.end(), [](std::int64_t size) { return size == 1; }))
        continue;
      if (only_put_between(then, now)) continue;
      for (std::size_t back = 1; back <= std::min(then.size(), now.size()); ++back)
        if (now[now.size() - back] == 1 && then[then.size() - back] > 1 &&
            is.outputs[0][is.outputs[0].size() - back] > 1)
          return Harmed{Harm::repeats_values, after.name(static_cast<int>(i)) +
                                                  " repeats one value along an axis where each had its own"};
    }
  }
  return std::nullopt;
}

std::optional<Harmed> Before::warned(const After& after) const {
  for (const Finding& warning : shape_warnings(after.spec, after.trace)) {
    const auto layer = after.spec.find(warning.layer);
    const int old = layer ? after.origin[static_cast<std::size_t>(*layer)] : -1;
    const bool known = std::any_of(warnings_.begin(), warnings_.end(), [&](const Finding& was) {
      // Of an input no layer is named; its name stands in the message.
      if (old < 0) return was.code == warning.code && was.layer.empty() && was.message == warning.message;
      return was.code == warning.code && was.layer == spec_.layers[static_cast<std::size_t>(old)].name;
    });
    // What did not run before may have been warned of all along.
    const bool hidden = old >= 0 && trace_.layers[static_cast<std::size_t>(old)].outputs.empty();
    const bool head = warning.code == Code::W502 && head_beside(after, old);
    // Frames put into the batch on purpose.
    const LayerSpec* put = layer && old < 0 ? &after.spec.layers[static_cast<std::size_t>(*layer)] : nullptr;
    const bool frames = warning.code == Code::W509 && put != nullptr &&
                        put->info().family == Family::flatten && put->integer(Opt::start_dim) == 0 &&
                        put->integer(Opt::end_dim) == 1;
    if (!known && !hidden && !head && !frames)
      return Harmed{Harm::warned, std::string(info(warning.code).id) + ": " + warning.message};
  }
  return std::nullopt;
}

std::optional<Harmed> Before::harm_of(const Spec& spec, const Trace& trace,
                                      const std::vector<int>& origin) const {
  const After after{spec, trace, origin};
  const Meaning meaning = walk(spec, trace);
  if (auto harm = new_flaw(after, meaning)) return harm;
  if (const auto hidden = walk_at_other_batch(spec, trace))
    if (auto harm = new_flaw(after, *hidden)) return harm;
  if (auto harm = off_centre(after, meaning)) return harm;
  if (auto harm = other_windows(after, meaning)) return harm;
  if (auto harm = other_reach(after)) return harm;
  if (auto harm = other_rate(after)) return harm;
  if (auto harm = other_norm(after, meaning)) return harm;
  if (auto harm = takes_all(after)) return harm;
  if (auto harm = put_in(after, meaning)) return harm;
  if (auto harm = other_counts(after)) return harm;
  if (auto harm = unread(after)) return harm;
  if (auto harm = repeats_values(after)) return harm;
  return warned(after);
}

}  // namespace shapedbg
