#include "repair/judge/meaning.h"

#include <algorithm>

#include "diagnose/diagnose.h"
#include "flow/path.h"
#include "repair/judge/after.h"

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

Before::Before(const Spec& spec, const Trace& trace)
    : spec_(spec), trace_(trace), meaning_(walk(spec, trace)), troubles_(meaning_.troubles) {
  // What a batch of 1 hides counts as there before, also behind what fails.
  if (auto hidden = walk_at_other_batch(spec, trace, true))
    for (Trouble& trouble : hidden->troubles) troubles_.push_back(std::move(trouble));
  warnings_ = shape_warnings(spec, as_if_run(trace));
}

std::optional<Harmed> Before::new_flaw(const After& after, const Meaning& meaning) const {
  for (const Trouble& trouble : meaning.troubles) {
    const LayerId old = after.old(trouble.layer, spec_.layers.size());
    const bool edited = trouble.flaw == Flaw::constant && !old.is_none() && old < spec_.layers.end_id() &&
                        !same_options(spec_.layer(old), after.spec.layer(trouble.layer));
    const bool known =
        !old.is_none() && !edited && std::any_of(troubles_.begin(), troubles_.end(), [&](const Trouble& was) {
          return was.flaw == trouble.flaw && was.layer == old;
        });
    if (known) continue;
    const bool layer = !old.is_none() && old < spec_.layers.end_id();
    return Harmed{static_cast<Harm>(trouble.flaw), after.name(trouble.layer) + ": " + trouble.text,
                  layer && trace_.row(old).after_failure &&
                      same_options(spec_.layer(old), after.spec.layer(trouble.layer))};
  }
  return std::nullopt;
}

// A norm that now takes positions for its channels: of another number of axes, or built for as many.
std::optional<Harmed> Before::other_norm(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    const Family family = is.info().family;
    if (after.origin[i].is_none() || is.broken || is.inputs.empty() ||
        (family != Family::batch_norm && family != Family::layer_norm))
      continue;
    const TensorMeaning& x = meaning.of(is.inputs[0]);
    const auto old = after.origin[i].place();
    const bool ran = trace_.layers[old].refusals.empty() || trace_.layers[old].after_failure;
    if ((ran && same_options(spec_.layers[old], is)) || x.rank < 2) continue;
    const OptionValue* shape = is.find(Opt::normalized_shape);
    const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&shape->value);
    // A norm over several axes has channels among them.
    const auto from =
        family == Family::batch_norm
            ? std::size_t{1}
            : x.axis_count() - std::min(sizes == nullptr ? std::size_t{1} : sizes->size(), x.axis_count());
    const std::size_t end = family == Family::batch_norm ? 2 : x.axis_count();
    bool places = from < end;
    for (std::size_t axis = from; axis < end; ++axis)
      places = places &&
               read_positions(meaning, meaning.digits_of(meaning.axis(x, axis))).kind == Reading::Kind::place;
    if (places)
      return Harmed{Harm::misread, after.name(LayerId(i)) + " takes positions for its channels: axis " +
                                       std::to_string(from) + " of what it gets"};
  }
  return std::nullopt;
}

// A layer that takes the batch apart now, or gates places by other places, and did not.
std::optional<Harmed> Before::along_the_batch(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken || taken_apart(after.trace, i)) continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    const Family family = is.info().family;
    const bool parts = family == Family::glu || family == Family::chunk || family == Family::split;
    if (!parts || was.broken || was.kind != is.kind || !is.has(Opt::dim) || !was.has(Opt::dim)) continue;
    const auto rank = static_cast<std::int64_t>(after.trace.layers[i].inputs[0].size());
    const auto first = [&](std::int64_t dim) { return dim == 0 || dim == -rank; };
    if (first(is.integer(Opt::dim)) && !first(was.integer(Opt::dim)))
      return Harmed{Harm::samples, after.name(LayerId(i)) + " takes the batch apart"};
    if (family != Family::glu || is.integer(Opt::dim) == was.integer(Opt::dim)) continue;
    const TensorMeaning& x = meaning.of(is.inputs[0]);
    const std::int64_t dim = is.integer(Opt::dim) < 0 ? is.integer(Opt::dim) + rank : is.integer(Opt::dim);
    if (x.rank == rank &&
        read_positions(meaning, meaning.digits_of(meaning.axis(x, static_cast<std::size_t>(dim)))).kind ==
            Reading::Kind::place)
      return Harmed{Harm::misread, after.name(LayerId(i)) + " gates one half of the places along axis " +
                                       std::to_string(dim) + " by the other"};
  }
  return std::nullopt;
}

namespace {

// Whether input `k` of a sum meets samples along an axis on which it holds more numbers than one, and other
// than it `was`.
bool meets_samples(const LayerSpec& sum, const Shapes& inputs, std::size_t k, const Shape& was,
                   const Meaning& meaning) {
  const Shape& table = inputs[k];
  if (was.size() != table.size()) return false;
  for (std::size_t other = 0; other < inputs.size(); ++other) {
    const TensorMeaning& x = meaning.of(sum.inputs[other]);
    if (other == k || inputs[other].size() != table.size() || x.rank != static_cast<int>(table.size()))
      continue;
    for (std::size_t axis = 0; axis < table.size(); ++axis)
      if (table[axis] != was[axis] && table[axis] > 1 &&
          read_positions(meaning, meaning.digits_of(meaning.axis(x, axis))).kind == Reading::Kind::batch)
        return true;
  }
  return false;
}

// Its size is that of another tensor.
bool like_another(const LayerSpec& layer) { return layer.reference(Opt::size_like).has_value(); }

// An axis that is cut or padded holds features alone, no places, or is to be as long as one that does.
bool bends_features(const Meaning& meaning, const LayerSpec& put, const LayerTrace& row) {
  const Shape& from = row.inputs[0];
  const Shape& to = row.outputs[0];
  const auto features = [&](Ref ref, std::size_t axis) {
    const TensorMeaning& x = meaning.of(ref);
    return x.rank == static_cast<int>(from.size()) &&
           read_positions(meaning, meaning.digits_of(meaning.axis(x, axis))).kind == Reading::Kind::features;
  };
  const auto like = put.reference(Opt::size_like);
  for (std::size_t k = 0; k < from.size() && k < to.size(); ++k)
    if (to[k] != from[k] && (features(put.inputs[0], k) || (like && features(*like, k)))) return true;
  return false;
}

// The author's own layers enlarge what lies at that resolution of `root`, too: it is a level of the network,
// as features of an encoder that come in by themselves are.
bool enlarged_elsewhere(const Spec& spec, const Trace& trace, const PerLayer<LayerId>& origin,
                        const Meaning& meaning, int root, std::size_t axis) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    const LayerSpec& one = spec.layers[i];
    if (origin[i].is_none() || one.inputs.empty() || row.inputs.empty() || row.outputs.empty()) continue;
    const TensorMeaning& x = meaning.of(one.inputs[0]);
    if (row.inputs[0].size() != row.outputs[0].size() || x.rank <= static_cast<int>(axis) ||
        row.outputs[0][axis] <= row.inputs[0][axis] || !goes_up(one.info().family))
      continue;
    const Reading reading = read_positions(meaning, meaning.digits_of(meaning.axis(x, axis)));
    if (reading.kind == Reading::Kind::place && reading.root == root && reading.place.step == 1) return true;
  }
  return false;
}

}  // namespace

std::optional<Harmed> Before::counts_samples(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& sum = after.spec.layers[i];
    const Shapes& inputs = after.trace.layers[i].inputs;
    const Family family = sum.info().family;
    const bool meets = family == Family::elementwise || family == Family::concat ||
                       family == Family::attention || family == Family::transformer_layer;
    if (sum.broken || !meets || inputs.size() != sum.inputs.size()) continue;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (sum.inputs[k].is_input()) continue;
      const LayerId now = sum.inputs[k].layer;
      const LayerSpec& table = after.spec.layer(now);
      const LayerId old = after.origin[now];
      if (table.broken || table.info().family != Family::parameter || old.is_none()) continue;
      const Shapes& was = trace_.row(old).outputs;
      if (!was.empty() && !same_options(spec_.layer(old), table) &&
          meets_samples(sum, inputs, k, was[0], meaning))
        return Harmed{Harm::samples, after.name(now) + " holds numbers for each sample of a batch"};
    }
  }
  return std::nullopt;
}

std::optional<Harmed> Before::takes_all(const After& after) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.info().family != Family::slice || is.broken ||
        taken_apart(after.trace, i))
      continue;
    const auto place = after.origin[i].place();
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
        return Harmed{Harm::takes_all, after.name(LayerId(i)) + " took a part of axis " + std::to_string(k) +
                                           " and takes everything"};
    }
  }
  return std::nullopt;
}

namespace {

// The ranges as they count: from the first place, all axes that are not named.
std::vector<SliceRange> counted(const LayerSpec& slice) {
  auto ranges = std::get<std::vector<SliceRange>>(slice.find(Opt::index)->value);
  for (SliceRange& range : ranges)
    if (range.step > 0 && range.start == SliceRange::open) range.start = 0;
  while (!ranges.empty() && ranges.back().start == 0 && ranges.back().stop == SliceRange::open &&
         ranges.back().step == 1)
    ranges.pop_back();
  return ranges;
}

}  // namespace

// A Slice that takes what another one of the same tensor takes, and took another part.
std::optional<Harmed> Before::takes_another(const After& after) const {
  for (const LayerId i : ids(after.spec.layers)) {
    const LayerSpec& is = after.spec.layers[i];
    if (after.origin[i].is_none() || is.broken || is.info().family != Family::slice ||
        is.inputs.size() != 1 || !is.has(Opt::index))
      continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    if (was.broken || same_options(was, is)) continue;
    const std::vector<SliceRange> ranges = counted(is);
    for (const LayerId j : ids(after.spec.layers)) {
      const LayerSpec& other = after.spec.layers[j];
      if (j == i || other.broken || other.kind != is.kind || other.inputs != is.inputs ||
          !other.has(Opt::index) || counted(other) != ranges)
        continue;
      return Harmed{Harm::twice, after.name(i) + " then takes what `" + other.name +
                                     "` takes, and nothing takes what it took"};
    }
  }
  return std::nullopt;
}

// A table or mask has the size that its author gave it, and nothing else is brought to that.
std::optional<std::string> Before::for_a_table(const After& after, const LayerSpec& put, const Shape& from,
                                               const Shape& to) {
  const auto is_table = [&](Ref ref) {
    return !ref.is_input() && after.spec.layer(ref.layer).inputs.empty();
  };
  const auto like = put.reference(Opt::size_like);
  if (from == to) return std::nullopt;
  if (is_table(put.inputs[0]))
    return " makes " + bracketed(to) + " of the " + bracketed(from) + " of " +
           after.name(put.inputs[0].layer);
  if (like && is_table(*like))
    return " makes " + bracketed(to) + " of " + bracketed(from) + " for the table " + after.name(like->layer);
  return std::nullopt;
}

// Whether a convolution saw several places along an axis of a tensor and made one of them; a pool may be
// meant to.
bool Before::seen_as_one(const After& after, Ref ref, std::size_t axis) {
  const Ref made = before_pointwise(after.spec, ref);
  if (made.is_input() || after.spec.layer(made.layer).info().family != Family::conv) return false;
  const LayerTrace& row = after.trace.row(made.layer);
  return !row.inputs.empty() && axis < row.inputs[0].size() && row.inputs[0][axis] > 1;
}

namespace {

// " leaves 1 of 3": of a map that is cut or thinned out in front of a merge.
std::optional<std::string> cut_to_half(const Shape& from, const Shape& to) {
  for (std::size_t k = 2; k < std::min(from.size(), to.size()); ++k)
    if (2 * to[k] <= from[k]) return " leaves " + std::to_string(to[k]) + " of " + std::to_string(from[k]);
  return std::nullopt;
}

}  // namespace

// What is put in resizes or pads what should give way, or makes most of it up.
std::optional<Harmed> Before::put_in(const After& after, const Meaning& meaning) const {
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    const LayerSpec& is = after.spec.layers[i];
    if (!after.origin[i].is_none() || is.broken || taken_apart(after.trace, i)) continue;
    const Family family = is.info().family;
    const bool resizes = family == Family::upsample;
    if ((resizes || may_cut(family)) && i + 1 == after.spec.layers.size()) {
      const LayerTrace& row = after.trace.layers[i];
      for (std::size_t k = 0; k < std::min(row.inputs[0].size(), row.outputs[0].size()); ++k)
        if (20 * row.outputs[0][k] <= 11 * row.inputs[0][k])  // about half
          return Harmed{Harm::thrown_away, after.name(LayerId(i)) + " leaves " +
                                               std::to_string(row.outputs[0][k]) + " of " +
                                               std::to_string(row.inputs[0][k])};
    }
    const Shape& from = after.trace.layers[i].inputs[0];
    const Shape& to = after.trace.layers[i].outputs[0];
    if (auto half = resizes || family == Family::crop ? cut_to_half(from, to) : std::nullopt)
      return Harmed{Harm::thrown_away, after.name(LayerId(i)) + *half};
    const TensorMeaning& x = meaning.of(is.inputs[0]);
    const std::string name = after.name(LayerId(i));
    if (may_cut(family) && like_another(is) && bends_features(meaning, is, after.trace.layers[i]))
      return Harmed{Harm::thrown_away,
                    name + " makes " + bracketed(to) + " of " + bracketed(from) + ": features are no places"};
    if (!resizes && family != Family::free_pad && family != Family::pad) continue;
    if (auto table = for_a_table(after, is, from, to)) return Harmed{Harm::made_up, name + *table};
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
      if (from[k] == 1 && seen_as_one(after, is.inputs[0], k))
        return Harmed{Harm::stretched, name + " repeats the one place that all others were made to"};
      if (to[k] == 1 && k > 1)
        return Harmed{Harm::thrown_away, name + " leaves 1 of " + std::to_string(from[k])};
      const Reading reading = read_positions(meaning, meaning.digits_of(meaning.axis(x, k)));
      if (reading.kind != Reading::Kind::place) continue;
      const bool grown = meaning.roots[static_cast<std::size_t>(reading.root)].kind == Root::Kind::seed;
      if (grown && i + 1 == after.spec.layers.size())
        return Harmed{
            Harm::of_no_map,
            name + " resizes a map that was grown from a vector: the layer that makes it sets its size"};
      if (!grown && reading.place.step == 1 && reading.place.coarsest == 1 &&
          !enlarged_elsewhere(after.spec, after.trace, after.origin, meaning, reading.root, k))
        return Harmed{Harm::resized_input, name + " resizes what has the input's own resolution"};
    }
  }
  return std::nullopt;
}

std::optional<Harmed> Before::harm_of(const Spec& spec, const Trace& trace,
                                      const PerLayer<LayerId>& origin) const {
  const After after{spec, trace, origin};
  const Meaning meaning = walk(spec, trace);
  if (auto harm = new_flaw(after, meaning)) return harm;
  if (const auto hidden = walk_at_other_batch(spec, trace))
    if (auto harm = new_flaw(after, *hidden)) return harm;
  if (auto harm = off_centre(after, meaning)) return harm;
  if (auto harm = other_windows(after, meaning)) return harm;
  if (auto harm = other_cut(after)) return harm;
  if (auto harm = other_reach(after)) return harm;
  if (auto harm = other_rate(after)) return harm;
  if (auto harm = other_norm(after, meaning)) return harm;
  if (auto harm = along_the_batch(after, meaning)) return harm;
  if (auto harm = counts_samples(after, meaning)) return harm;
  if (auto harm = pools_padding(after)) return harm;
  if (auto harm = takes_all(after)) return harm;
  if (auto harm = takes_another(after)) return harm;
  if (auto harm = put_in(after, meaning)) return harm;
  if (auto harm = other_counts(after)) return harm;
  if (auto harm = unread(after)) return harm;
  if (auto harm = repeats_values(after)) return harm;
  return warned(after);
}

}  // namespace shapedbg
