#include "flow/meeting.h"

#include <algorithm>
#include <map>

#include "flow/consistent.h"
#include "infer/again.h"
#include "infer/period.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

// Layers between each layer and the input on the longest way.
std::vector<int> depths_of(const Spec& spec) {
  std::vector<int> depths(spec.layers.size(), 1);
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    for (const Ref ref : spec.layers[i].inputs)
      if (!ref.is_input()) depths[i] = std::max(depths[i], depths[static_cast<std::size_t>(ref.layer)] + 1);
  return depths;
}

int depth_of(const std::vector<int>& depths, Ref ref) {
  return ref.is_input() ? 0 : depths[static_cast<std::size_t>(ref.layer)];
}

// The inputs of a merge that bring a size. One that is repeated along every spatial axis does not: a gate,
// or the embedding of a time or a label.
std::vector<Ref> sized_inputs(const Spec& spec, const Trace& trace, int i) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
  const LayerTrace& row = trace.layers[static_cast<std::size_t>(i)];
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
std::vector<int> way_back(const Spec& spec, const Trace& trace, const std::vector<int>& depths, Ref end) {
  std::vector<int> way;
  for (Ref ref = end; !ref.is_input();) {
    way.push_back(ref.layer);
    const LayerSpec& layer = spec.layers[static_cast<std::size_t>(ref.layer)];
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
bool meets_at(const Spec& spec, const Trace& trace, int i) {
  if (is_merge(spec.layers[static_cast<std::size_t>(i)])) return sized_inputs(spec, trace, i).size() >= 2;
  return i + 1 == static_cast<int>(spec.layers.size()) && gives_back_input(spec);
}

std::optional<Meeting> meeting_at(const Spec& spec, const Trace& trace, const std::vector<int>& depths,
                                  int i) {
  if (!meets_at(spec, trace, i)) return std::nullopt;
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
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
  std::vector<bool> behind(spec.layers.size());
  std::vector<bool> fails(spec.layers.size());
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    for (const Ref ref : spec.layers[i].inputs)
      if (!ref.is_input() && fails[static_cast<std::size_t>(ref.layer)]) behind[i] = true;
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
bool sizes_meet(const Spec& spec, const Trace& trace, int layer, const Axis& axis, std::int64_t size) {
  const LayerTrace& row = trace.layers[static_cast<std::size_t>(layer)];
  if (row.inputs.empty()) return false;
  if (!is_merge(spec.layers[static_cast<std::size_t>(layer)])) return step_of(trace, layer, axis).out == size;
  const auto size_in = [&](const Shape& shape) {
    const auto at = axis.in(shape);
    return at ? shape[*at] : 0;
  };
  // Arithmetic spreads a size of 1 over any other.
  const bool spreads = facts(spec.layers[static_cast<std::size_t>(layer)].kind).merge == Merge::adds;
  std::int64_t common = 0;
  for (const Shape& shape : row.inputs) {
    const std::int64_t own = size_in(shape);
    if (spreads && own == 1) continue;
    if (common != 0 && own != common) return false;
    common = own;
  }
  return true;
}

std::string n(std::int64_t v) { return std::to_string(v); }

}  // namespace

std::optional<Meeting> meeting_at(const Spec& spec, const Trace& trace, int layer) {
  return meeting_at(spec, trace, depths_of(spec), layer);
}

namespace {

std::vector<int> all_never_met(const Spec& spec, const Trace& trace, int from, const Axis& axis) {
  const auto input_axis = axis.in(spec.inputs[0].shape);
  if (!input_axis) return {};
  std::vector<int> open;
  for (int i = from; i < static_cast<int>(spec.layers.size()); ++i)
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
    const std::vector<bool> behind = spoilt(spec, tried, axis);
    std::erase_if(open, [&](int layer) {
      return !behind[static_cast<std::size_t>(layer)] && sizes_meet(spec, tried, layer, axis, size);
    });
    if (open.empty()) return {};
  }
  return any ? open : std::vector<int>{};
}

}  // namespace

std::optional<Meeting> Meetings::never_met(int from, const Axis& axis) {
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

std::optional<Meeting> never_met(const Spec& spec, const Trace& trace, int from, const Axis& axis) {
  return Meetings(spec, trace).never_met(from, axis);
}

std::optional<Suspects> suspects_of(const Spec& spec, const Trace& trace, const Meeting& meeting,
                                    const Axis& axis) {
  using Way = Scale::Way;
  struct Step {
    int layer;
    Resize resize;
    SizeStep size;
  };
  const auto steps = [&](const std::vector<int>& layers) {
    std::vector<Step> result;
    std::int64_t last = 0;  // behind a Flatten the size in front of it
    for (const int i : layers) {
      if (is_merge(spec.layers[static_cast<std::size_t>(i)])) continue;
      Step step{i, resize_of(spec, trace, i, axis), step_of(trace, i, axis)};
      if (step.size.in == 0 && step.size.out != 0) step.size.in = last;
      last = step.size.out != 0 ? step.size.out : step.size.in != 0 ? step.size.in : last;
      const bool known = step.size.in != 0 && step.size.out != 0;
      if (step.resize.way != Way::none || (known && step.size.in != step.size.out)) result.push_back(step);
    }
    return result;
  };
  const std::vector<Step> main = steps(meeting.main);
  const std::vector<Step> skip = steps(meeting.skip);
  const auto name = [&](int i) { return "`" + spec.layers[static_cast<std::size_t>(i)].name + "`"; };

  Suspects suspects;
  const auto add = [&](int i) {
    if (std::find(suspects.layers.begin(), suspects.layers.end(), i) == suspects.layers.end())
      suspects.layers.push_back(i);
  };
  // What the strides of a way make of a size: up/down. 0 where a factor is not fixed.
  struct Factor {
    std::int64_t down = 1;
    std::int64_t up = 1;
  };
  const auto factor_of = [](const std::vector<Step>& way) {
    Factor f;
    for (const Step& step : way) {
      if (step.resize.way == Way::down) f.down *= step.resize.factor;
      if (step.resize.way == Way::up) f.up *= step.resize.factor;
      if (std::max(f.down, f.up) > (1 << 20)) return Factor{0, 0};
    }
    return f;
  };
  // The layer without whose stride the ways would agree: a convolution where others of its kind have none.
  // The factors of the ways are `up` and `down` in all.
  const auto one_too_many = [&](const std::vector<Step>& all, std::int64_t up, std::int64_t down) {
    std::optional<int> found;
    std::ptrdiff_t most = 0;
    // As many layers go up as down: then a way starts from the wrong level.
    int downs = 0;
    int ups = 0;
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      const Way way = resize_of(spec, trace, static_cast<int>(i), axis).way;
      downs += way == Way::down ? 1 : 0;
      ups += way == Way::up ? 1 : 0;
    }
    if (downs == ups || ups == 0) return found;
    for (const Step& step : all) {
      const LayerSpec& layer = spec.layers[static_cast<std::size_t>(step.layer)];
      const bool on_main =
          std::any_of(main.begin(), main.end(), [&](const Step& s) { return s.layer == step.layer; });
      const bool downward = step.resize.way == Way::down;
      const std::int64_t rest_up =
          (downward == on_main) ? up : up / std::max<std::int64_t>(step.resize.factor, 1);
      const std::int64_t rest_down =
          (downward == on_main) ? down / std::max<std::int64_t>(step.resize.factor, 1) : down;
      if (rest_up != rest_down || layer.find(Opt::stride) == nullptr) continue;
      const auto twins = std::count_if(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& other) {
        return !other.broken && other.kind == layer.kind &&
               other.axes(Opt::kernel_size) == layer.axes(Opt::kernel_size) &&
               other.axes(Opt::stride) != layer.axes(Opt::stride) && other.axes(Opt::stride)[0] == 1;
      });
      if (twins > most) {
        most = twins;
        found = step.layer;
      }
    }
    return found;
  };
  // Ways that start from two inputs of the network start where they should.
  const auto from_two_inputs = [&] {
    if (meeting.main.empty() || meeting.skip.empty()) return false;
    const auto& one = spec.layers[static_cast<std::size_t>(meeting.main.front())].inputs;
    const auto& other = spec.layers[static_cast<std::size_t>(meeting.skip.front())].inputs;
    return !one.empty() && !other.empty() && one[0].is_input() && other[0].is_input() && one[0] != other[0];
  };
  const Factor a = factor_of(main);
  const Factor b = factor_of(skip);
  const bool fixed = a.down * a.up * b.down * b.up != 0;
  const auto strided = [](const Step& step) { return step.resize.way != Way::none; };
  if (fixed && a.up * b.down != a.down * b.up) {
    // The stride that the rest of the network uses is the one meant: the layer with another stands out.
    std::map<std::int64_t, int> common;
    for (std::size_t i = 0; i < spec.layers.size(); ++i)
      if (const Resize r = resize_of(spec, trace, static_cast<int>(i), axis); r.way != Way::none)
        ++common[r.factor];
    std::vector<Step> all;
    for (const auto* way : {&main, &skip})
      std::copy_if(way->begin(), way->end(), std::back_inserter(all), strided);
    std::stable_sort(all.begin(), all.end(), [&](const Step& x, const Step& y) {
      return common[x.resize.factor] < common[y.resize.factor];
    });
    // A layer whose numbers neither divide nor multiply stands out more.
    std::stable_partition(all.begin(), all.end(),
                          [&](const Step& x) { return !self_consistent(spec, x.layer, axis); });
    const std::optional<int> extra = one_too_many(all, a.up * b.down, a.down * b.up);
    // Where one factor is as common as another, any of them may be the wrong one.
    const bool rare = all.size() > 1 && common[all[0].resize.factor] < common[all.back().resize.factor];
    suspects.certain =
        extra || all.size() == 1 || rare || (!all.empty() && !self_consistent(spec, all[0].layer, axis));
    if (extra) add(*extra);
    for (const Step& step : all) add(step.layer);
    std::string downs;
    std::string ups;
    for (const Step& step : main)
      if (strided(step)) {
        std::string& list = step.resize.way == Way::down ? downs : ups;
        list += (list.empty() ? "" : ", ") + name(step.layer) + " by " + n(step.resize.factor);
      }
    const auto count = [](const std::string& list) {
      return list.empty() ? 0 : std::count(list.begin(), list.end(), ',') + 1;
    };
    suspects.uneven = count(downs) != count(ups) && !extra && !from_two_inputs();
    suspects.story =
        "down " + (downs.empty() ? "by no layer" : downs) + ", up " + (ups.empty() ? "by no layer" : ups);
    // One side has no stride at all: the layer that should have one stands next to the parting or the merge.
    if (downs.empty() && !meeting.main.empty()) {
      for (const int i : meeting.main) {
        const LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
        const int own = own_axis(layer, axis);
        if (!has_window(spec, i, axis)) continue;
        // A convolution over single places mixes channels; nobody takes sizes down with it.
        if (layer.info().family == Family::conv &&
            layer.axes(Opt::kernel_size)[static_cast<std::size_t>(own)] == 1)
          continue;
        add(i);
        break;
      }
    }
    // A way beside it that goes through a window and no stride, as a projected shortcut does.
    if (!downs.empty() && std::none_of(skip.begin(), skip.end(), strided))
      for (const int i : meeting.skip)
        if (has_window(spec, i, axis)) add(i);
    // Layers that are there to go up or down, and do neither.
    for (const int i : meeting.main) {
      const LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
      // Pools, and what can go up; a plain convolution need not resize anything.
      const bool resizes = is_pool(layer.info().family) || goes_up(layer.info().family);
      if (resizes && resize_of(spec, trace, i, axis).way == Way::none) add(i);
    }
  }
  // Layers that change the size by themselves; what one adds the next may take away again, as a cut behind
  // the padding of a causal convolution does.
  std::int64_t change = 0;
  std::vector<int> undone;
  std::vector<Step> open;
  for (const Step& step : main) {
    if (strided(step)) continue;
    const std::int64_t own = step.size.out - step.size.in;
    if (!open.empty() && own != 0 && own == open.back().size.in - open.back().size.out) {
      undone.push_back(open.back().layer);
      undone.push_back(step.layer);
      open.pop_back();
    } else {
      open.push_back(step);
    }
  }
  const auto is_undone = [&](const Step& step) {
    return !open.empty() && std::find(undone.begin(), undone.end(), step.layer) != undone.end();
  };
  for (const Step& step : main)
    if (!strided(step)) change += step.size.out - step.size.in;
  constexpr int most_told = 3;
  int told = 0;
  const bool untold = change != 0 && suspects.story.empty();
  for (const Step& step : main) {
    if (strided(step) || is_undone(step)) continue;
    add(step.layer);
    const std::int64_t own = step.size.out - step.size.in;
    if (untold && (own > 0) == (change > 0) && own != 0 && ++told <= most_told)
      suspects.story +=
          (told > 1 ? ", " : "") + name(step.layer) + " makes " + n(step.size.out) + " of " + n(step.size.in);
  }
  if (told > most_told) suspects.story += " and " + n(told - most_told) + " more";
  if (told > 0) suspects.story += ", and nothing undoes that";
  for (const Step& step : skip) add(step.layer);
  for (const Step& step : main) add(step.layer);
  if (told > 0) suspects.certain = told == 1;
  if (suspects.layers.empty()) return std::nullopt;
  // What states a size says more than what only passes one on.
  const auto states = [&](int i) {
    const LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
    const Family family = layer.info().family;
    return family == Family::unflatten || family == Family::reshape || family == Family::adaptive_pool ||
           (family == Family::upsample && layer.has(Opt::size));
  };
  const auto counts_features = [&](int i) {
    const Family family = spec.layers[static_cast<std::size_t>(i)].info().family;
    return family == Family::flatten || family == Family::linear;
  };
  if (!suspects.layers.empty() && counts_features(suspects.layers[0]))
    std::stable_partition(suspects.layers.begin(), suspects.layers.end(), states);
  if (suspects.story.empty()) {
    // Of layers that should undo each other the one that is no plain division or multiplication.
    std::stable_partition(suspects.layers.begin(), suspects.layers.end(),
                          [&](int i) { return !self_consistent(spec, i, axis); });
    suspects.pairs = true;
    suspects.certain = !self_consistent(spec, suspects.layers[0], axis);
    for (const auto* way : {&main, &skip})
      for (const Step& step : *way)
        suspects.story += (suspects.story.empty() ? "" : ", ") + name(step.layer) + " makes " +
                          n(step.size.out) + " of " + n(step.size.in);
  }
  return suspects;
}

}  // namespace shapedbg
