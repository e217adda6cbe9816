#include "flow/meeting.h"

#include <algorithm>

#include "infer/again.h"
#include "infer/period.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

// Layers between each layer and the input on the longest way.
PerLayer<int> depths_of(const Spec& spec) {
  PerLayer<int> depths(spec.layers.size(), 1);
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    for (const Ref ref : spec.layers[i].inputs)
      if (!ref.is_input()) depths[i] = std::max(depths[i], depths[ref.layer] + 1);
  return depths;
}

int depth_of(const PerLayer<int>& depths, Ref ref) { return ref.is_input() ? 0 : depths[ref.layer]; }

// The inputs of a merge that bring a size. One that is repeated along every spatial axis does not: a gate,
// or the embedding of a time or a label.
std::vector<Ref> sized_inputs(const Spec& spec, const Trace& trace, LayerId i) {
  const LayerSpec& layer = spec.layer(i);
  const LayerTrace& row = trace.row(i);
  if (facts(layer.kind).merge != Merge::adds || row.inputs.size() != layer.inputs.size()) return layer.inputs;
  const std::size_t first = first_spatial_axis(spec);
  const auto single = [&](const Shape& shape) {
    return shape.size() <= first || std::all_of(shape.begin() + static_cast<std::ptrdiff_t>(first),
                                                shape.end(), [](std::int64_t size) { return size == 1; });
  };
  std::vector<Ref> sized;
  for (std::size_t k = 0; k < row.inputs.size(); ++k)
    if (!single(row.inputs[k])) sized.push_back(layer.inputs[k]);
  return sized.empty() ? layer.inputs : sized;
}

// From `end` back to an input, over the skips of the merges on the way.
std::vector<LayerId> way_back(const Spec& spec, const Trace& trace, const PerLayer<int>& depths, Ref end) {
  std::vector<LayerId> way;
  for (Ref ref = end; !ref.is_input();) {
    way.push_back(ref.layer);
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.inputs.empty()) break;
    const auto nearer = [&](Ref a, Ref b) { return depth_of(depths, a) < depth_of(depths, b); };
    ref = layer.inputs[0];
    if (is_merge(layer)) {
      const std::vector<Ref> sized = sized_inputs(spec, trace, way.back());
      ref = *std::min_element(sized.begin(), sized.end(), nearer);
    }
  }
  return way;
}

bool gives_back_input(const Spec& spec) {
  if (!spec.expect || spec.inputs.empty()) return false;
  if (spec.expect->kind == Expect::Kind::input) return true;
  const Shape& want = spec.expect->shape;
  const Shape& input = spec.inputs[0].shape;
  const auto first = static_cast<std::ptrdiff_t>(first_spatial_axis(spec));
  return spec.expect->kind == Expect::Kind::shape && want.size() == input.size() &&
         want.size() > static_cast<std::size_t>(first) &&
         std::equal(want.begin() + first, want.end(), input.begin() + first);
}

// Whether ways meet at the layer that must bring the same size.
bool meets_at(const Spec& spec, const Trace& trace, LayerId i) {
  if (is_merge(spec.layer(i))) return sized_inputs(spec, trace, i).size() >= 2;
  return i + 1 == spec.layers.end_id() && gives_back_input(spec);
}

std::optional<Meeting> meeting_at(const Spec& spec, const Trace& trace, const PerLayer<int>& depths,
                                  LayerId i) {
  if (!meets_at(spec, trace, i)) return std::nullopt;
  const LayerSpec& layer = spec.layer(i);
  Meeting meeting;
  meeting.layer = i;
  if (is_merge(layer)) {
    const std::vector<Ref> sized = sized_inputs(spec, trace, i);
    const auto nearer = [&](Ref a, Ref b) { return depth_of(depths, a) < depth_of(depths, b); };
    const auto [near, far] = std::minmax_element(sized.begin(), sized.end(), nearer);
    meeting.skip = way_back(spec, trace, depths, *near);
    meeting.main = way_back(spec, trace, depths, *far);
    // What both share lies before the parting.
    while (!meeting.skip.empty() && !meeting.main.empty() && meeting.skip.back() == meeting.main.back()) {
      meeting.skip.pop_back();
      meeting.main.pop_back();
    }
  } else {
    meeting.main = way_back(spec, trace, depths, Ref{i, 0});
  }
  std::reverse(meeting.main.begin(), meeting.main.end());
  std::reverse(meeting.skip.begin(), meeting.skip.end());
  return meeting;
}

// Input sizes from the spec's own on: multiples of the period and what is near them, then a run of
// neighbours. Not below: strides that do not undo each other may still agree on a handful of tiny sizes.
std::vector<std::int64_t> sizes_to_try(const Spec& spec, std::int64_t own, int tensor_axis) {
  constexpr std::size_t most_work = 10'000;  // layers times sizes: some milliseconds
  constexpr std::int64_t enough = 32;
  const std::size_t most =
      std::clamp<std::size_t>(most_work / std::max<std::size_t>(spec.layers.size(), 1), 8, 96);
  const std::int64_t period = std::max<std::int64_t>(periods_of(spec, tensor_axis).likely, 1);
  const std::int64_t first = (std::max(own, enough) / period + 1) * period;
  std::vector<std::int64_t> sizes;
  // A code of fixed size in between takes few sizes, and its period is far beyond them.
  if (period > own)
    for (std::int64_t step = 2; step <= 64; step *= 2) sizes.push_back((own / step + 1) * step);
  for (std::int64_t off = 0; off <= 4; ++off)
    for (const std::int64_t multiple : {first, first + period})
      sizes.insert(sizes.end(), {multiple + off, multiple - off});
  for (std::int64_t off = 5; sizes.size() < most; ++off)
    sizes.insert(sizes.end(), {first + off, first - off});
  std::erase_if(sizes,
                [&](std::int64_t size) { return size < std::min(own, enough) || size >= limits::size; });
  if (sizes.size() > most) sizes.resize(most);
  return sizes;
}

// The inputs for `size` along an axis where the first has `own`: those of its rank keep their proportion to
// it. Nothing where that would be no whole number.
std::optional<std::vector<Shape>> inputs_of_size(const Spec& spec, const Axis& axis, std::int64_t own,
                                                 std::int64_t size) {
  std::vector<Shape> inputs;
  for (const InputSpec& input : spec.inputs) {
    inputs.push_back(input.shape);
    const auto at = axis.in(input.shape);
    if (!at) continue;
    std::int64_t& there = inputs.back()[*at];
    if (there == own) {
      there = size;
    } else if (there > 1 && input.shape.size() == spec.inputs[0].shape.size()) {
      if (there * size % own != 0) return std::nullopt;
      there = there * size / own;
    }
  }
  return inputs;
}

// Behind which layers sizes along `axis` prove nothing: another merge failed along it, or a layer could not
// run at all. What fails along other axes does not matter here, nor do channels.
std::vector<bool> spoilt(const Spec& spec, const Trace& trace, const Axis& axis) {
  PerLayer<bool> behind(spec.layers.size());
  PerLayer<bool> fails(spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    for (const Ref ref : spec.layers[i].inputs)
      if (!ref.is_input() && fails[ref.layer]) behind[i] = true;
    fails[i] = behind[i] || row.outputs.empty();
    for (const Refusal& refusal : row.refusals) {
      if (refusal.code == Code::L202 || refusal.code == Code::L203 || refusal.code == Code::L209) continue;
      const bool other_axis = refusal.code == Code::L208 && refusal.axis >= 0 && !row.inputs.empty() &&
                              axis.in(row.inputs[0]) != static_cast<std::size_t>(refusal.axis);
      if (!other_axis) fails[i] = true;
    }
  }
  return behind;
}

// At a merge; at the end of the network, against the `size` that went in.
bool sizes_meet(const Spec& spec, const Trace& trace, LayerId layer, const Axis& axis, std::int64_t size) {
  const LayerTrace& row = trace.row(layer);
  if (row.inputs.empty()) return false;
  const LayerSpec& merge = spec.layer(layer);
  if (!is_merge(merge)) return step_of(trace, layer, axis).out == size;
  // Sizes are added along the axis that a Concat joins: behind a view that is where places were.
  if (merge.info().family == Family::concat)
    if (const auto at = axis.in(row.inputs[0]))
      if (*at == wrapped_axis(merge.integer(Opt::dim), row.inputs[0].size())) return true;
  const auto size_in = [&](const Shape& shape) {
    const auto at = axis.in(shape);
    return at ? shape[*at] : 0;
  };
  // Arithmetic spreads a size of 1 over any other.
  const bool spreads = facts(merge.kind).merge == Merge::adds;
  std::int64_t common = 0;
  for (const Shape& shape : row.inputs) {
    const std::int64_t own = size_in(shape);
    if (spreads && own == 1) continue;
    if (common != 0 && own != common) return false;
    common = own;
  }
  return true;
}

}  // namespace

std::optional<Meeting> meeting_at(const Spec& spec, const Trace& trace, LayerId layer) {
  return meeting_at(spec, trace, depths_of(spec), layer);
}

namespace {

std::vector<LayerId> all_never_met(const Spec& spec, const Trace& trace, LayerId from, const Axis& axis) {
  const auto input_axis = axis.in(spec.inputs[0].shape);
  if (!input_axis) return {};
  std::vector<LayerId> open;
  for (LayerId i = from; i < spec.layers.end_id(); ++i)
    if (meets_at(spec, trace, i)) open.push_back(i);
  const std::int64_t own = spec.inputs[0].shape[*input_axis];
  std::vector<std::int64_t> sizes = sizes_to_try(spec, own, static_cast<int>(*input_axis));
  for (const std::int64_t factor : {2, 3, 5, 8}) sizes.push_back(own * factor);
  bool any = false;
  const Inference inference(spec);
  for (const std::int64_t size : sizes) {
    const auto inputs = inputs_of_size(spec, axis, own, size);
    if (!inputs) continue;
    any = true;
    const Trace tried = inference.at(*inputs);
    const PerLayer<bool> behind = spoilt(spec, tried, axis);
    std::erase_if(
        open, [&](LayerId layer) { return !behind[layer] && sizes_meet(spec, tried, layer, axis, size); });
    if (open.empty()) return {};
  }
  return any ? open : std::vector<LayerId>{};
}

}  // namespace

std::optional<Meeting> Meetings::never_met(LayerId from, const Axis& axis) {
  auto known = std::find_if(answers_.begin(), answers_.end(), [&](const Answer& answer) {
    return answer.axis == axis.index && answer.from <= from;
  });
  if (known == answers_.end())
    known = answers_.insert(answers_.end(), {axis.index, from, all_never_met(spec_, trace_, from, axis)});
  const auto first = std::lower_bound(known->never.begin(), known->never.end(), from);
  if (first == known->never.end()) return std::nullopt;
  if (depths_.empty()) depths_ = depths_of(spec_);
  return meeting_at(spec_, trace_, depths_, *first);
}

std::optional<Meeting> never_met(const Spec& spec, const Trace& trace, LayerId from, const Axis& axis) {
  return Meetings(spec, trace).never_met(from, axis);
}

std::optional<LayerId> cut_at_another_merge(const Spec& spec, LayerId merge) {
  const auto cut = [&](const LayerSpec& layer) -> std::optional<LayerId> {
    for (const Ref ref : layer.inputs)
      if (const Ref from = before_pointwise(spec, ref);
          !from.is_input() && spec.layer(from.layer).info().family == Family::crop)
        return from.layer;
    return std::nullopt;
  };
  if (cut(spec.layer(merge))) return std::nullopt;
  for (const LayerId i : ids(spec.layers))
    if (i != merge && is_merge(spec.layer(i)))
      if (const auto found = cut(spec.layer(i))) return found;
  return std::nullopt;
}

std::int64_t factor_between(const Shape& large, const Shape& small) {
  if (large.size() != small.size() || large.size() < 3 || large[0] != small[0]) return 0;
  std::int64_t factor = 0;
  for (std::size_t k = 2; k < large.size(); ++k) {
    if (small[k] < 1 || large[k] % small[k] != 0 || (factor != 0 && large[k] / small[k] != factor)) return 0;
    factor = large[k] / small[k];
  }
  return factor > 1 ? factor : 0;
}

}  // namespace shapedbg
