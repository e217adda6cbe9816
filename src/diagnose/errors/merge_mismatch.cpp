// L208: the inputs of a merge do not fit. The layer that raises is seldom the layer to change: this
// rule walks back to the level where a size was lost, and shows both paths.
#include <algorithm>
#include <string>
#include <utility>

#include "diagnose/rules.h"
#include "flow/consistent.h"
#include "flow/meeting.h"
#include "flow/path.h"
#include "flow/telling_inputs.h"

namespace shapedbg {

std::optional<Level> broken_level(const Spec& spec, const Trace& trace, Ref ref, const Axis& axis) {
  for (const Level& level : levels_on(spec, trace, longest_path(spec, ref), axis)) {
    const std::int64_t before = step_of(trace, level.down, axis).in;
    const std::int64_t after = step_of(trace, level.up, axis).out;
    if (before != 0 && after != 0 && before != after) return level;
  }
  return std::nullopt;
}

namespace {

// Two ways that each go down, and round differently: the layers that changed the size, the one that dropped a
// row first. False where no layer between the parting and the merge did.
bool rounded_apart(const Spec& spec, const Trace& trace, LayerId merge, const Axis& axis, Finding& f) {
  constexpr std::size_t most = 6;
  const auto meeting = meeting_at(spec, trace, merge);
  if (!meeting) return false;
  std::vector<LayerId> changed;
  for (const auto* way : {&meeting->main, &meeting->skip})
    for (const LayerId i : *way)
      if (const SizeStep step = step_of(trace, i, axis); step.in != 0 && step.out != 0 && step.in != step.out)
        changed.push_back(i);
  if (changed.empty() || changed.size() > most) return false;
  // Numbers that neither divide nor multiply; else a size that the stride does not divide, as what goes up at
  // the merge only multiplies; else what the stride left over.
  auto dropped = std::find_if(changed.begin(), changed.end(),
                              [&](LayerId i) { return !self_consistent(spec, i, axis); });
  const bool goes_up = std::any_of(changed.begin(), changed.end(), [&](LayerId i) {
    return resize_of(spec, trace, i, axis).way == Resize::Way::up;
  });
  if (dropped == changed.end() && goes_up)
    dropped = std::find_if(changed.begin(), changed.end(),
                           [&](LayerId i) { return !exact_here(spec, trace, i, axis); });
  if (dropped == changed.end())
    dropped = std::find_if(changed.begin(), changed.end(),
                           [&](LayerId i) { return loss_of(spec, trace, i, axis).remainder != 0; });
  // A resize by a factor that leaves a fraction rounds it away.
  if (dropped == changed.end())
    dropped = std::find_if(changed.begin(), changed.end(), [&](LayerId i) {
      return spec.layer(i).info().family == Family::upsample && !exact_here(spec, trace, i, axis);
    });
  if (dropped != changed.end()) std::rotate(changed.begin(), dropped, dropped + 1);
  std::string story;
  for (const LayerId i : changed) {
    const SizeStep step = step_of(trace, i, axis);
    story += (story.empty() ? ": `" : ", `") + spec.layer(i).name + "` maps " + std::to_string(step.in) +
             " to " + std::to_string(step.out);
  }
  const LayerSpec& first = spec.layer(changed[0]);
  f.message += story;
  f.layer = first.name;
  f.where = place_of(first);
  f.label = size_formula(spec, trace, changed[0], axis);
  for (std::size_t k = 1; k < changed.size(); ++k)
    f.related.push_back(related(spec.layer(changed[k]), size_formula(spec, trace, changed[k], axis)));
  f.related.push_back(related(spec.layer(merge), "needs equal sizes"));
  if (const Loss loss = loss_of(spec, trace, changed[0], axis); loss.remainder != 0)
    f.notes.insert(f.notes.begin(), loss.text);
  return true;
}

// Ways from inputs of different sizes that would meet if these were one size: the inputs are what differs.
bool inputs_apart(const Spec& spec, const Trace& trace, LayerId merge, const Axis& axis, Finding& f) {
  struct Start {
    std::size_t input;
    std::size_t at;
    std::int64_t size;
  };
  std::vector<Start> starts;
  const std::vector<Ref>& refs = spec.layer(merge).inputs;
  for (const std::size_t k : telling_inputs(trace.row(merge).inputs)) {
    const Ref ref = refs[k];
    const std::vector<LayerId> path = longest_path(spec, ref);
    // A way may start at a Parameter, which takes nothing.
    if (!path.empty() && spec.layer(path[0]).inputs.empty()) continue;
    const Ref start = path.empty() ? ref : spec.layer(path[0]).inputs[0];
    if (!start.is_input()) continue;
    const std::size_t input = start.input();
    const Shape& shape = spec.inputs[input].shape;
    if (const auto at = axis.in(shape)) starts.push_back({input, *at, shape[*at]});
  }
  const auto other =
      std::find_if(starts.begin(), starts.end(), [&](const Start& s) { return s.size != starts[0].size; });
  if (other == starts.end()) return false;
  std::vector<Shape> inputs;
  for (const InputSpec& input : spec.inputs) inputs.push_back(input.shape);
  inputs[other->input][other->at] = starts[0].size;
  const Trace tried = infer(spec, inputs);
  const LayerTrace& row = tried.row(merge);
  const bool apart = std::any_of(row.refusals.begin(), row.refusals.end(), [&](const Refusal& r) {
    return r.code == Code::L208 && !row.inputs.empty() &&
           axis.in(row.inputs[0]) == static_cast<std::size_t>(r.axis);
  });
  if (apart || row.inputs.empty()) return false;
  const std::string what = std::string(name_of(axis)) + " ";
  for (const Start& start : {starts[0], *other}) {
    const InputSpec& input = spec.inputs[start.input];
    const bool first = start.input == starts[0].input;
    f.message += (first ? ": `" : ", `") + input.name + (first ? "` goes in with " + what : "` with ") +
                 std::to_string(start.size);
    f.related.push_back({"", input.where, what + std::to_string(start.size) + ": " + bracketed(input.shape)});
  }
  return true;
}

// An input that goes into the merge as it is, as a table of positions does, against what was made of another
// one: its size, or that of the other input, is what differs.
bool table_apart(const Spec& spec, const Trace& trace, LayerId merge, int axis, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const LayerTrace& row = trace.row(merge);
  if (layer.info().family != Family::elementwise || layer.inputs.size() != 2 || row.inputs.size() != 2 ||
      axis < 0)
    return false;
  const std::size_t k = layer.inputs[0].is_input() ? 0 : 1;
  if (!layer.inputs[k].is_input() || layer.inputs[1 - k].is_input()) return false;
  const auto at = static_cast<std::size_t>(axis);
  const std::vector<LayerId> path = longest_path(spec, layer.inputs[1 - k]);
  if (path.empty() || at >= row.inputs[0].size() || at >= row.inputs[1].size()) return false;
  const Ref start = spec.layer(path[0]).inputs.empty() ? layer.inputs[k] : spec.layer(path[0]).inputs[0];
  // What only goes in and out again is a skip from the network's own input.
  if (start == layer.inputs[k]) return false;
  const InputSpec& table = spec.input(layer.inputs[k].input());
  f.layer.clear();
  f.where = table.where;
  f.label = "is " + bracketed(table.shape);
  f.related.push_back(related(layer, "needs equal sizes"));
  f.related.push_back(related(spec, layer.inputs[1 - k], "returns " + bracketed(row.inputs[1 - k])));
  if (start.is_input()) {
    const InputSpec& other = spec.input(start.input());
    f.related.push_back({"", other.where, "goes in as " + bracketed(other.shape)});
  }
  f.message += ": `" + table.name + "` goes in with " + std::to_string(row.inputs[k][at]) + ", `" +
               spec.name_of(layer.inputs[1 - k]) + "` has " + std::to_string(row.inputs[1 - k][at]);
  return true;
}

// ": `temb` is [8, 64], without axes for the places" of a vector that meets a map.
std::string without_places(const Spec& spec, const LayerSpec& merge, const LayerTrace& row) {
  std::size_t most = 0;
  for (const Shape& x : row.inputs) most = std::max(most, x.size());
  for (std::size_t k = 0; k < row.inputs.size() && k < merge.inputs.size() && most > 2; ++k)
    if (row.inputs[k].size() < 3 && merge.info().family != Family::matmul)
      return ": `" + spec.name_of(merge.inputs[k]) + "` is " + bracketed(row.inputs[k]) +
             ", without axes for the places";
  return {};
}

// What each input of the merge is, and who made it at that axis.
void tell_makers_of_inputs(const Spec& spec, const Trace& trace, LayerId merge, std::size_t axis,
                           Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const LayerTrace& row = trace.row(merge);
  // The factors of a product, and tensors of unlike rank, differ as they are; else one axis of each does.
  const bool product = layer.info().family == Family::matmul && row.inputs.size() == 2 &&
                       row.inputs[0].size() > 1 && row.inputs[1].size() > 1;
  const bool whole = layer.info().family == Family::matmul ||
                     std::any_of(row.inputs.begin(), row.inputs.end(),
                                 [&](const Shape& x) { return x.size() != row.inputs[0].size(); });
  for (const std::size_t k : telling_inputs(row.inputs)) {
    // The columns of the first factor meet the rows of the second.
    const std::size_t met = row.inputs[k].size() - (k == 0 ? 1 : 2);
    const Ref from = product ? producer(spec, trace, layer.inputs[k], met)
                     : whole ? layer.inputs[k]
                             : producer(spec, trace, layer.inputs[k], axis);
    f.related.push_back(
        related(spec, from,
                "input " + std::to_string(k) + " of `" + layer.name + "` is " + bracketed(row.inputs[k])));
  }
}

// The axis at which the inputs differ, where places lie along it in each of them: features that stand where
// places are expected have no way through the levels.
std::optional<Axis> axis_of_places(const Spec& spec, const Trace& trace, LayerId merge, int refused) {
  const LayerSpec& layer = spec.layer(merge);
  const LayerTrace& row = trace.row(merge);
  if (row.inputs.empty() || refused < 0) return std::nullopt;
  for (const Axis& axis : spatial_axes(spec)) {
    if (axis.in(row.inputs[0]) != static_cast<std::size_t>(refused)) continue;
    const bool places = std::all_of(layer.inputs.begin(), layer.inputs.end(),
                                    [&](Ref ref) { return still_places(spec, trace, ref, axis); });
    return places ? std::optional(axis) : std::nullopt;
  }
  return std::nullopt;
}

// The layer that brought input `k` of a merge up to its size, such a one of another input having reached
// `usual`: branches that are enlarged alike differ by the one that is enlarged wrongly.
bool enlarged_alike(const Spec& spec, const Trace& trace, const LayerSpec& merge, const Axis& axis,
                    std::size_t odd, std::int64_t usual) {
  const auto up = [&](std::size_t k) {
    const Ref made = before_pointwise(spec, merge.inputs[k]);
    if (made.is_input() || !goes_up(spec.layer(made.layer).info().family)) return SizeStep{};
    return step_of(trace, made.layer, axis);
  };
  if (up(odd).out <= up(odd).in) return false;
  for (std::size_t k = 0; k < merge.inputs.size(); ++k)
    if (k != odd && up(k).out == usual && up(k).out > up(k).in) return true;
  return false;
}

// Of three branches or more that meet, all but one keep a size, and one layer of that one leaves it; or all
// but one are enlarged to it.
bool one_leaves(const Spec& spec, const Trace& trace, LayerId merge, const Axis& axis, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const LayerTrace& row = trace.row(merge);
  const auto at = axis.in(row.inputs[0]);
  if (row.inputs.size() < 3 || row.inputs.size() != layer.inputs.size() || !at) return false;
  const auto size = [&](std::size_t k) { return k < row.inputs.size() ? row.inputs[k][*at] : 0; };
  const std::int64_t usual = size(0) == size(1) ? size(0) : size(2);
  std::optional<std::size_t> odd;
  for (std::size_t k = 0; k < row.inputs.size(); ++k) {
    if (row.inputs[k].size() != row.inputs[0].size()) return false;
    if (size(k) == usual) continue;
    if (odd) return false;
    odd = k;
  }
  if (!odd) return false;
  Ref made = before_pointwise(spec, layer.inputs[*odd]);
  // A layer behind the one that leaves it keeps what it gets.
  while (!made.is_input() && spec.layer(made.layer).inputs.size() == 1 &&
         step_of(trace, made.layer, axis).out == size(*odd) &&
         step_of(trace, made.layer, axis).in == size(*odd))
    made = before_pointwise(spec, spec.layer(made.layer).inputs[0]);
  if (made.is_input()) return false;
  const SizeStep step = step_of(trace, made.layer, axis);
  if (step.out != size(*odd)) return false;
  if (step.in != usual && !enlarged_alike(spec, trace, layer, axis, *odd, usual)) return false;
  const LayerSpec& leaves = spec.layer(made.layer);
  f.layer = leaves.name;
  f.where = place_of(leaves);
  f.label = size_formula(spec, trace, made.layer, axis);
  f.message += ": `" + leaves.name + "` makes " + std::to_string(step.out) + " of " + std::to_string(step.in);
  f.related.push_back(related(layer, "needs equal sizes"));
  return true;
}

// The author cuts the skip of another merge to the map that comes up, and that of this one not: it is this
// merge that lacks something, whatever trimmed the map.
bool lacks_a_crop(const Spec& spec, const Trace& trace, LayerId merge, const Axis& axis, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const Shapes& x = trace.row(merge).inputs;
  if (x.size() != 2 || layer.inputs.size() != 2) return false;
  const auto at = axis.in(x[0]);
  if (!at || x[0].size() != x[1].size()) return false;
  const std::size_t larger = x[0][*at] > x[1][*at] ? 0 : 1;
  if (x[larger][*at] >= 2 * x[1 - larger][*at]) return false;
  const auto crop = cut_at_another_merge(spec, merge);
  if (!crop) return false;
  const std::string& cut = spec.layer(*crop).name;
  f.message +=
      ": `" + spec.name_of(layer.inputs[larger]) + "` is not cut, as `" + cut + "` cuts another skip";
  f.label = "needs equal sizes";
  f.related.push_back(related(spec, layer.inputs[larger], "returns " + bracketed(x[larger])));
  f.related.push_back(related(spec.layer(*crop), "cuts the skip of another level"));
  return true;
}

// What comes out of a merge whose map was brought up goes to the next one as it is, by the same factor too
// small: this one lacks its step up, and what goes down is as it should be.
bool lacks_a_step_up(const Spec& spec, const Trace& trace, LayerId merge, const Axis& axis, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const Shapes& x = trace.row(merge).inputs;
  if (x.size() != 2 || layer.inputs.size() != 2) return false;
  const std::size_t small = factor_between(x[0], x[1]) > 1 ? 1 : 0;
  const std::int64_t factor = factor_between(x[1 - small], x[small]);
  if (factor < 2) return false;
  Ref from = layer.inputs[small];
  while (!from.is_input() && spec.layer(from.layer).inputs.size() == 1) {
    const LayerSpec& one = spec.layer(from.layer);
    const SizeStep step = step_of(trace, from.layer, axis);
    if (one.broken || goes_up(one.info().family) || step.in != step.out) return false;
    from = one.inputs[0];
  }
  if (from.is_input() || !is_merge(spec.layer(from.layer))) return false;
  const LayerSpec& other = spec.layer(from.layer);
  for (const Ref ref : other.inputs) {
    const Ref up = before_pointwise(spec, ref);
    if (up.is_input()) continue;
    const Resize resize = resize_of(spec, trace, up.layer, axis);
    if (resize.way != Resize::Way::up || resize.factor != factor) continue;
    f.message += ": `" + spec.name_of(layer.inputs[small]) + "` is not brought up, as `" +
                 spec.layer(up.layer).name + "` brings up what `" + other.name + "` takes";
    f.label = "needs equal sizes";
    f.related.push_back(related(spec, layer.inputs[small], "returns " + bracketed(x[small])));
    f.related.push_back(related(spec.layer(up.layer), "brings up what `" + other.name + "` takes"));
    return true;
  }
  return false;
}

// An input whose size a layer states that repeats a single place: none of its places came from elsewhere.
bool stated_stretch(const Spec& spec, const Trace& trace, LayerId merge, const Axis& axis, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  for (const Ref ref : layer.inputs) {
    const Ref from = before_pointwise(spec, ref);
    if (from.is_input() || spec.layer(from.layer).info().family != Family::expand) continue;
    const LayerSpec& stretch = spec.layer(from.layer);
    const SizeStep step = step_of(trace, from.layer, axis);
    if (stretch.inputs.size() != 1 || step.in != 1 || step.out < 2) continue;
    f.layer = stretch.name;
    f.where = place_of(stretch);
    f.label = "makes " + std::to_string(step.out) + " of 1";
    f.message += ": `" + stretch.name + "` repeats one place " + std::to_string(step.out) + " times";
    f.related.push_back(related(layer, "needs equal sizes"));
    return true;
  }
  return false;
}

// How many layers state a number of channels or features that they return.
std::ptrdiff_t stated_widths(const Spec& spec, std::int64_t width) {
  return std::count_if(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& layer) {
    if (layer.broken) return false;
    for (const Opt opt : {Opt::out_channels, Opt::out_features, Opt::embedding_dim})
      if (layer.find(opt) != nullptr && layer.integer(opt) == width) return true;
    return false;
  });
}

// Who makes the features at `axis` of `ref`, of a part of them all of them.
Ref maker_of_whole(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis) {
  Ref made = producer(spec, trace, ref, axis);
  while (!made.is_input() && !spec.layer(made.layer).broken && spec.layer(made.layer).inputs.size() == 1 &&
         spec.layer(made.layer).info().family == Family::chunk)
    made = producer(spec, trace, spec.layer(made.layer).inputs[0], axis);
  return made;
}

// The finding stands at `maker`, and `merge` beside it.
void blame_maker(const LayerSpec& maker, const LayerSpec& merge, std::string label, Finding& f) {
  f.layer = maker.name;
  f.where = place_of(maker);
  f.label = std::move(label);
  std::erase_if(f.related, [&](const Related& r) { return r.layer == maker.name; });
  f.related.push_back(related(merge, "needs equal sizes"));
}

// Features of a sum or product that differ: a vector is made for what it meets, and a width that no other
// layer has is the odd one.
bool odd_maker(const Spec& spec, const Trace& trace, LayerId merge, int refused, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const Shapes& x = trace.row(merge).inputs;
  if (layer.info().family != Family::elementwise || refused < 1 || x.size() != 2 ||
      layer.inputs.size() != 2 || x[0].size() != x[1].size() || x[0].size() < 3)
    return false;
  const auto axis = static_cast<std::size_t>(refused);
  const auto is_vector = [&](const Shape& shape) {
    for (std::size_t k = 1; k < shape.size(); ++k)
      if (k != axis && shape[k] != 1) return false;
    return true;
  };
  std::optional<std::size_t> odd;
  if (is_vector(x[0]) != is_vector(x[1])) {
    odd = is_vector(x[0]) ? 0 : 1;
  } else {
    for (const std::size_t k : {0u, 1u})
      if (stated_widths(spec, x[k][axis]) == 1 && stated_widths(spec, x[1 - k][axis]) > 2) odd = k;
  }
  const Ref made = odd ? maker_of_whole(spec, trace, layer.inputs[*odd], axis) : Ref{};
  if (!odd || made.is_input()) return false;
  const LayerSpec& maker = spec.layer(made.layer);
  const bool counts = maker.find(Opt::out_channels) != nullptr || maker.find(Opt::out_features) != nullptr;
  if (maker.broken || !counts) return false;
  blame_maker(maker, layer,
              "makes input " + std::to_string(*odd) + " of `" + layer.name + "`, " + bracketed(x[*odd]), f);
  return true;
}

// Whether a layer states the number itself that it returns along an axis, as its author can change it; what
// a transform or a join returns follows from what it gets.
bool states_number(const LayerSpec& layer, std::size_t axis, std::size_t rank) {
  if (layer.broken) return false;
  if (layer.info().family == Family::parameter) return true;
  const bool last = facts(layer.kind).channels == Channels::last || layer.info().family == Family::embedding;
  if (axis != (last ? rank - 1 : 1)) return false;
  for (const Opt opt : {Opt::out_channels, Opt::out_features, Opt::embedding_dim})
    if (layer.find(opt) != nullptr) return true;
  return false;
}

bool follows_from_inputs(const LayerSpec& layer) {
  const Family family = layer.info().family;
  return family == Family::signal || family == Family::matmul || facts(layer.kind).merge == Merge::joins;
}

// Of two numbers that differ the one that a layer states, where the other follows from what goes in.
bool states_the_odd_one(const Spec& spec, const Trace& trace, LayerId merge, int refused, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const Shapes& x = trace.row(merge).inputs;
  if (facts(layer.kind).merge != Merge::adds || refused < 1 || x.size() != 2 || layer.inputs.size() != 2)
    return false;
  const auto axis = static_cast<std::size_t>(refused);
  if (axis >= x[0].size() || axis >= x[1].size()) return false;
  const auto [a, its_axis] = produced(spec, trace, layer.inputs[0], axis);
  const auto [b, other_axis] = produced(spec, trace, layer.inputs[1], axis);
  if (a.is_input() || b.is_input()) return false;
  const bool first = states_number(spec.layer(a.layer), its_axis, trace.row(a.layer).outputs[0].size()) &&
                     follows_from_inputs(spec.layer(b.layer));
  const bool second = states_number(spec.layer(b.layer), other_axis, trace.row(b.layer).outputs[0].size()) &&
                      follows_from_inputs(spec.layer(a.layer));
  if (first == second) return false;
  blame_maker(spec.layer(first ? a.layer : b.layer), layer,
              "makes input " + std::to_string(first ? 0 : 1) + " of `" + layer.name + "`, " +
                  bracketed(x[first ? 0 : 1]),
              f);
  return true;
}

// The one layer on the way to a merge that took as many as the other input has there, and returned another
// number: what it makes of them is what does not fit.
bool left_on_its_way(const Spec& spec, const Trace& trace, LayerId merge, int refused, Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const Shapes& x = trace.row(merge).inputs;
  if (facts(layer.kind).merge != Merge::adds || refused < 1 || x.size() != 2 || layer.inputs.size() != 2 ||
      x[0].size() != x[1].size())
    return false;
  const auto axis = static_cast<std::size_t>(refused);
  LayerId leaves;
  for (const std::size_t k : {0u, 1u}) {
    const Produced place = produced(spec, trace, layer.inputs[k], axis);
    if (place.ref.is_input()) continue;
    const LayerSpec& made = spec.layer(place.ref.layer);
    const Shapes& in = trace.row(place.ref.layer).inputs;
    const bool slides = !made.broken && made.inputs.size() == 1 && made.info().axes > 0 &&
                        facts(made.kind).window == Sliding::takes;
    if (!slides || in.empty() || place.axis < 2 || place.axis >= in[0].size()) continue;
    if (in[0][place.axis] != x[1 - k][axis]) continue;
    if (!leaves.is_none()) return false;
    leaves = place.ref.layer;
  }
  if (leaves.is_none()) return false;
  const LayerTrace& row = trace.row(leaves);
  blame_maker(spec.layer(leaves), layer,
              "makes " + bracketed(row.outputs[0]) + " of " + bracketed(row.inputs[0]), f);
  return true;
}

// Sizes that no input would bring together are the fault of options, here or further out.
bool never_agree(const Spec& spec, const Trace& trace, Meetings& meetings, LayerId merge, const Axis& axis,
                 Finding& f) {
  const LayerSpec& layer = spec.layer(merge);
  const auto meeting = meetings.never_met(merge, axis);
  auto suspects = meeting ? suspects_of(spec, trace, *meeting, axis) : std::nullopt;
  if (!suspects) return false;
  const bool stated = std::all_of(suspects->layers.begin(), suspects->layers.end(),
                                  [&](LayerId at) { return spec.layer(at).kind == LayerKind::Custom; });
  if (stated && blame_before(spec, trace, suspects->layers[0], axis, f)) {
    f.related.push_back(related(layer, "needs equal sizes"));
    return true;
  }
  if (meeting->layer != merge) {
    const LayerSpec& other = spec.layer(meeting->layer);
    const bool joins = other.inputs.size() > 1;
    suspects->story = (joins ? "those of `" : "the output of `") + other.name +
                      (joins ? "` never agree: " : "` never has the input's size: ") + suspects->story;
  }
  blame(spec, trace, *suspects, axis, f);
  // The message names the merge.
  if (f.related.empty() && f.layer != layer.name) f.related.push_back(related(layer, "needs equal sizes"));
  return true;
}

// One layer that goes up may undo several: of these the one that rounds.
Level the_one_that_rounds(const Spec& spec, const Trace& trace, Level level, const Axis& axis) {
  if (level.down.is_none() || !exact_here(spec, trace, level.down, axis) ||
      !exact_here(spec, trace, level.up, axis))
    return level;
  for (const LayerId at : longest_path(spec, {level.up, 0})) {
    if (at <= level.down || at >= level.up) continue;
    if (resize_of(spec, trace, at, axis).way == Resize::Way::down && !exact_here(spec, trace, at, axis)) {
      level.down = at;
      break;
    }
  }
  return level;
}

// The cause first, the layers where it surfaces after it.
void tell_level(const Spec& spec, const Trace& trace, const Level& level, const LayerSpec& merge,
                const Axis& axis, Finding& f) {
  const LayerSpec& down = spec.layer(level.down);
  const LayerSpec& up = spec.layer(level.up);
  const SizeStep taken = step_of(trace, level.down, axis);
  const SizeStep given = step_of(trace, level.up, axis);
  const auto n = [](std::int64_t v) { return std::to_string(v); };
  f.message += ": `" + down.name + "` maps " + n(taken.in) + " to " + n(taken.out) + ", `" + up.name +
               "` returns " + n(given.out);
  std::string story = alike(spec, trace, level.down, axis);
  if (story.empty()) story = size_formula(spec, trace, level.down, axis);
  std::string formula = size_formula(spec, trace, level.up, axis);
  if (formula.empty()) formula = "returns " + n(given.out);
  // What went down exactly is not what the other one failed to give back.
  const bool from_up = strange_one(spec, trace, level, axis) == level.up;
  f.layer = from_up ? up.name : down.name;
  f.where = place_of(from_up ? up : down);
  f.label = from_up ? formula : story;
  f.related.push_back(from_up ? related(down, story) : related(up, formula));
  f.related.push_back(related(merge, "needs equal sizes"));
  if (const Loss loss = loss_of(spec, trace, level.down, axis); loss.remainder != 0)
    f.notes.insert(f.notes.begin(), loss.text);
}

}  // namespace

Finding merge_mismatch(const Spec& spec, const Trace& trace, Meetings& meetings, LayerId i,
                       const Refusal& refusal) {
  const LayerSpec& layer = spec.layer(i);
  const LayerTrace& row = trace.row(i);
  Finding f;
  f.code = Code::L208;
  f.message = refusal.message;
  f.layer = layer.name;
  f.where = place_of(layer);
  if (!row.libtorch_refusal.empty()) f.notes.push_back("LibTorch: " + row.libtorch_refusal);

  const std::optional<Axis> axis = axis_of_places(spec, trace, i, refusal.axis);
  if (!axis) {
    if (refusal.axis >= 1 && table_apart(spec, trace, i, refusal.axis, f)) return f;
    f.message += without_places(spec, layer, row);
    // Channels, or a rank: say who made each of them.
    tell_makers_of_inputs(spec, trace, i, static_cast<std::size_t>(std::max(refusal.axis, 0)), f);
    if (!left_on_its_way(spec, trace, i, refusal.axis, f) && !odd_maker(spec, trace, i, refusal.axis, f))
      states_the_odd_one(spec, trace, i, refusal.axis, f);
    return f;
  }

  std::optional<Level> cause;
  for (const std::size_t k : telling_inputs(row.inputs)) {
    const Ref ref = layer.inputs[k];
    if (!cause) cause = broken_level(spec, trace, ref, *axis);
    f.notes.push_back("the " + std::string(name_of(*axis)) + " on the way to `" + spec.name_of(ref) +
                      "`: " + sizes_along(spec, trace, ref, *axis));
  }
  if (inputs_apart(spec, trace, i, *axis, f)) return f;
  if (table_apart(spec, trace, i, refusal.axis, f)) return f;
  const auto misfit = misfit_of_its_label(spec, trace, i, *axis);
  if (misfit && blame_before(spec, trace, *misfit, *axis, f)) {
    f.related.push_back(related(layer, "needs equal sizes"));
    return f;
  }
  if (one_leaves(spec, trace, i, *axis, f)) return f;
  if (lacks_a_crop(spec, trace, i, *axis, f)) return f;
  if (lacks_a_step_up(spec, trace, i, *axis, f)) return f;
  if (stated_stretch(spec, trace, i, *axis, f)) return f;
  if (never_agree(spec, trace, meetings, i, *axis, f)) return f;
  if (cause) {
    tell_level(spec, trace, the_one_that_rounds(spec, trace, *cause, *axis), layer, *axis, f);
  } else if (!rounded_apart(spec, trace, i, *axis, f)) {
    tell_makers_of_inputs(spec, trace, i, static_cast<std::size_t>(refusal.axis), f);
  }
  return f;
}

}  // namespace shapedbg
