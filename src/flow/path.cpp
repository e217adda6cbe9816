#include <algorithm>
#include <cmath>

#include "flow/path.h"
#include "infer/infer.h"
#include "net/facts.h"

namespace shapedbg {

namespace {

using Way = Scale::Way;

// The scale_factor along the axis; nothing where the layer has none. 1 where the list does not reach that
// far.
std::optional<double> written_scale(const LayerSpec& layer, const Axis& axis) {
  if (!layer.has(Opt::scale_factor)) return std::nullopt;
  const auto* list = std::get_if<std::vector<double>>(&layer.find(Opt::scale_factor)->value);
  const std::vector<double> scales = list ? *list : std::vector<double>{layer.number(Opt::scale_factor)};
  const std::size_t at = scales.size() == 1 ? 0 : static_cast<std::size_t>(axis.index);
  return at < scales.size() ? scales[at] : 1.0;
}

Resize by_scale(double scale) {
  if (scale == 1) return {};
  const double factor = scale > 1 ? scale : 1 / scale;
  const bool whole = factor == std::floor(factor) && factor < 1e9;
  return {scale > 1 ? Way::up : Way::down, whole ? static_cast<std::int64_t>(factor) : 0};
}

}  // namespace

int own_axis(const LayerSpec& layer, const Axis& axis) {
  return axis.index - (axis.count - layer.info().axes);
}

Resize resize_of(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  if (layer.broken) return {};
  const int own = own_axis(layer, axis);
  const SizeStep step = step_of(trace, i, axis);
  const Scale& goes = facts(layer.kind).goes;
  if (goes.way == Way::none) return {};
  if (goes.by == Opt::stride) {
    const std::int64_t s = own >= 0 ? window_of(layer, own).s : 1;
    return s > 1 ? Resize{goes.way, s} : Resize{};
  }
  if (goes.by == Opt::scale_factor) {
    if (const auto scale = written_scale(layer, axis)) return by_scale(*scale);
  } else if (goes.by) {
    return {goes.way, layer.integer(*goes.by)};
  }
  // The sizes themselves say it.
  if (step.in == 0 || step.out == 0 || step.in == step.out) return {};
  return {step.out > step.in ? Way::up : Way::down, 0};
}

bool has_window(const Spec& spec, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  return own_axis(layer, axis) >= 0 && facts(layer.kind).window != Sliding::none;
}

std::optional<std::size_t> Axis::in(const Shape& shape) const {
  const std::size_t back = static_cast<std::size_t>(count - index);
  if (shape.size() < back || shape.size() < static_cast<std::size_t>(least)) return std::nullopt;
  return shape.size() - back;
}

std::vector<Axis> spatial_axes(const Spec& spec) {
  std::vector<Axis> axes;
  if (spec.inputs.empty()) return axes;
  const int count =
      static_cast<int>(spec.inputs[0].shape.size()) - static_cast<int>(first_spatial_axis(spec));
  // Behind N,C a tensor may lose one of the two, not both.
  const int least = first_spatial_axis(spec) > 1 ? count + 1 : 0;
  for (int i = 0; i < count; ++i) axes.push_back({i, count, least});
  return axes;
}

std::string_view name_of(const Axis& axis) {
  return axis.count <= 3 ? axis_name(axis.count, axis.index) : "size";
}

namespace {

// An input beside the first that brings no map: a time step, a label, a class token.
bool brings_no_map(const Spec& spec, Ref input) {
  const std::size_t index = input.input();
  return index > 0 && spec.inputs[index].shape.size() < spec.inputs[0].shape.size();
}

// To one value per channel.
bool pools_everything(const LayerSpec& layer) {
  if (facts(layer.kind).divides != Divides::fixes_size) return false;
  const auto sizes = layer.axes(Opt::output_size);
  return std::all_of(sizes.begin(), sizes.begin() + layer.info().axes, [](auto n) { return n == 1; });
}

// Of one value per channel.
bool makes_a_map(const LayerSpec& layer) {
  const FamilyFacts& is = facts(layer.kind);
  if (is.goes.may_go_up() || is.border == Border::adds || is.border == Border::adds_or_cuts) return true;
  if (is.window == Sliding::blocks) return true;
  // Unflatten and Reshape: by the sizes that they state behind the channels.
  if (is.effect != Effect::regrouped) return false;
  for (const OptionValue& option : layer.options) {
    const auto* sizes = std::get_if<std::vector<Expression>>(&option.value);
    if (sizes == nullptr) continue;
    const std::size_t first = option.info->opt == Opt::shape ? 2 : 1;
    for (std::size_t k = first; k < sizes->size(); ++k)
      if (!(*sizes)[k].is_constant() || (*sizes)[k].constant() != 1) return true;
  }
  return false;
}

// Layers that return one value per channel, to be spread over a map: squeeze-and-excitation, the embedding of
// a time step, and kin.
std::vector<bool> gates(const Spec& spec, LayerId last) {
  PerLayer<bool> gate(last.place() + 1);
  for (std::size_t i = 0; i < gate.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (pools_everything(layer)) {
      gate[i] = true;
    } else if (!makes_a_map(layer)) {
      gate[i] = !layer.inputs.empty() && std::all_of(layer.inputs.begin(), layer.inputs.end(), [&](Ref ref) {
        return ref.is_input() ? brings_no_map(spec, ref) : gate[ref.layer];
      });
    }
  }
  return gate;
}

}  // namespace

Paths::Paths(const Spec& spec, LayerId last) : from_((last + 1).place()) {
  const PerLayer<bool> gate = gates(spec, last);
  PerLayer<int> depth(from_.size(), 0);
  for (std::size_t i = 0; i < from_.size(); ++i) {
    for (const Ref ref : spec.layers[i].inputs) {
      if (ref.is_input()) continue;
      const bool spread = gate[ref.layer] && !gate[i];
      if (spread && facts(spec.layers[i].kind).merge == Merge::adds) continue;
      const int d = depth[ref.layer] + 1;
      if (d > depth[i]) {
        depth[i] = d;
        from_[i] = ref.layer;
      }
    }
  }
}

std::vector<LayerId> Paths::to(Ref end) const {
  std::vector<LayerId> path;
  if (end.is_input()) return path;
  for (LayerId i = end.layer; !i.is_none(); i = from_[i]) path.push_back(i);
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<LayerId> longest_path(const Spec& spec, Ref end) {
  return end.is_input() ? std::vector<LayerId>{} : Paths(spec, end.layer).to(end);
}

Ref before_pointwise(const Spec& spec, Ref ref) {
  while (!ref.is_input()) {
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.inputs.size() != 1 || !keeps_shape(layer.info().family)) break;
    ref = layer.inputs[0];
  }
  return ref;
}

namespace {

// A sum behind `layer` takes what it makes of the tensors `before`, and one of these itself.
bool adds_what_went_in(const Spec& spec, LayerId layer, const std::vector<Ref>& before) {
  for (LayerId i = layer + 1; i < spec.layers.end_id(); ++i) {
    const LayerSpec& sum = spec.layer(i);
    if (!is_merge(sum) || facts(sum.kind).merge == Merge::joins) continue;
    const bool past = std::any_of(sum.inputs.begin(), sum.inputs.end(),
                                  [&](Ref ref) { return std::count(before.begin(), before.end(), ref) > 0; });
    if (!past) continue;
    for (Ref ref : sum.inputs)
      while (!ref.is_input() && ref.layer >= layer) {
        if (ref.layer == layer) return true;
        const LayerSpec& maker = spec.layer(ref.layer);
        if (maker.inputs.size() != 1) break;
        ref = maker.inputs[0];
      }
  }
  return false;
}

// The step up that stands right in front of a tensor, one convolution at most and no merge between them; what
// lies between goes into `between`.
std::optional<LayerId> step_up_in_front(const Spec& spec, const Trace& trace, Ref ref,
                                        std::vector<Ref>& between) {
  for (int convolutions = 0; !ref.is_input(); ref = spec.layer(ref.layer).inputs[0]) {
    const LayerSpec& one = spec.layer(ref.layer);
    const LayerTrace& row = trace.row(ref.layer);
    if (one.broken || is_merge(one) || one.inputs.empty() || row.inputs.empty() || row.outputs.empty())
      return std::nullopt;
    between.push_back(ref);
    const Shape& x = row.inputs[0];
    const Shape& y = row.outputs[0];
    // A border that is put around a map, for a window behind it, is no step.
    const bool border = facts(one.kind).border != Border::none;
    bool larger = goes_up(one.info().family);
    for (std::size_t k = 2; k < std::min(x.size(), y.size()); ++k)
      larger = larger || (!border && y[k] > x[k]);
    if (larger) return ref.layer;
    if (x.size() != y.size()) return std::nullopt;
    if (one.info().family == Family::conv && ++convolutions > 1) return std::nullopt;
  }
  return std::nullopt;
}

// What comes out of a code, one vector for each sample: the code is the point, and nothing goes past it.
bool comes_out_of_a_code(const Spec& spec, const Trace& trace, Ref ref) {
  const std::vector<LayerId> path = longest_path(spec, ref);
  return std::any_of(path.begin(), path.end(), [&](LayerId i) {
    const Shapes& outputs = trace.row(i).outputs;
    return !outputs.empty() && outputs[0].size() == 2;
  });
}

}  // namespace

bool right_behind_a_step_up(const Spec& spec, const Trace& trace, LayerId layer) {
  std::vector<Ref> between;
  const Ref in = spec.layer(layer).inputs[0];
  if (step_up_in_front(spec, trace, in, between))
    return !adds_what_went_in(spec, layer, between) && !comes_out_of_a_code(spec, trace, in);
  // Or behind the sum of such a map and a tensor from the way down.
  const Ref made = before_pointwise(spec, in);
  if (made.is_input()) return false;
  const LayerSpec& sum = spec.layer(made.layer);
  if (sum.broken || facts(sum.kind).merge != Merge::adds || sum.inputs.size() != 2) return false;
  for (const std::size_t k : {0u, 1u}) {
    const auto up = step_up_in_front(spec, trace, sum.inputs[k], between);
    const Ref other = sum.inputs[1 - k];
    if (up && (other.is_input() || other.layer < *up)) return true;
  }
  return false;
}

bool joined_already(const Spec& spec, const Trace& trace, Ref ref, Ref skip) {
  const Shape* size = trace.output(spec, ref);
  const Ref source = before_pointwise(spec, skip);
  PerLayer<char> seen(spec.layers.size(), 0);
  std::vector<Ref> open{ref};
  while (size != nullptr && !open.empty()) {
    const Ref at = open.back();
    open.pop_back();
    if (at.is_input() || seen[at.layer] != 0) continue;
    seen[at.layer] = 1;
    const Shape* here = trace.output(spec, at);
    if (here == nullptr || here->size() != size->size() || here->size() < 3 ||
        !std::equal(here->begin() + 2, here->end(), size->begin() + 2))
      continue;
    const LayerSpec& layer = spec.layer(at.layer);
    // A step of several inputs that is known by its sizes alone may join them.
    const bool stated = facts(layer.kind).effect == Effect::stated && layer.inputs.size() > 1;
    for (const Ref input : layer.inputs) {
      if ((stated || facts(layer.kind).merge == Merge::joins) && before_pointwise(spec, input) == source)
        return true;
      open.push_back(input);
    }
  }
  return false;
}

SizeStep step_of(const Trace& trace, LayerId i, const Axis& axis) {
  const LayerTrace& row = trace.row(i);
  SizeStep step;
  if (!row.inputs.empty())
    if (const auto at = axis.in(row.inputs[0])) step.in = row.inputs[0][*at];
  if (!row.outputs.empty())
    if (const auto at = axis.in(row.outputs[0])) step.out = row.outputs[0][*at];
  // What a merge spreads over its other input is not what it makes that size of.
  for (std::size_t k = 1; k < row.inputs.size() && step.in == 1 && step.out > 1; ++k)
    if (const auto at = axis.in(row.inputs[k])) step.in = row.inputs[k][*at];
  return step;
}

std::vector<Level> levels_on(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path,
                             const Axis& axis) {
  struct Open {
    LayerId layer;
    std::int64_t left;  // of the factor that is still to be undone; 0 = not known
  };
  std::vector<Open> open;
  std::vector<Level> levels;
  for (const LayerId i : path) {
    Resize r = resize_of(spec, trace, i, axis);
    if (r.way == Way::down) open.push_back({i, r.factor});
    if (r.way != Way::up) continue;
    // An unpooling says itself which pool it undoes.
    const auto indices = spec.layer(i).reference(Opt::indices);
    if (indices) {
      const auto at =
          std::find_if(open.begin(), open.end(), [&](const Open& o) { return o.layer == indices->layer; });
      if (at != open.end()) {
        levels.push_back({at->layer, i});
        open.erase(at, open.end());
      }
      continue;
    }
    // One that takes its size from elsewhere says itself how far up it goes.
    if (r.factor == 0 && r.way == Way::up) {
      const auto at = std::find_if(open.rbegin(), open.rend(), [&](const Open& o) {
        return step_of(trace, o.layer, axis).in == step_of(trace, i, axis).out;
      });
      if (at != open.rend()) {
        levels.push_back({at->layer, i});
        open.erase(std::next(at).base(), open.end());
        continue;
      }
    }
    // One layer may undo several (4 = 2 * 2), and several one.
    while (!open.empty()) {
      Open& top = open.back();
      if (r.factor == 0 || top.left == 0 || r.factor == top.left) {
        levels.push_back({top.layer, i});
        open.pop_back();
        break;
      }
      if (r.factor < top.left) {
        top.left = top.left % r.factor == 0 ? top.left / r.factor : 1;
        break;
      }
      if (r.factor % top.left != 0) {  // 3 cannot undo 2: the nearest partner is the one meant
        levels.push_back({top.layer, i});
        open.pop_back();
        break;
      }
      r.factor /= top.left;
      open.pop_back();
      if (open.empty()) break;
    }
  }
  return levels;
}

namespace {

// Whether the layer returns something else at the axis than another size of what it got there.
bool replaces(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  const LayerTrace& row = trace.row(i);
  const FamilyFacts& is = facts(layer.kind);
  if (row.inputs.empty() || row.outputs.empty() || is.effect == Effect::stated) return false;
  const Shape& x = row.inputs[0];
  const Shape& y = row.outputs[0];
  if (layer.info().family == Family::matmul || layer.info().family == Family::parameter) return true;
  // Axes put together or taken apart in front of it leave it as it is.
  const auto behind = static_cast<std::ptrdiff_t>(axis.count - axis.index);
  const bool in_front = is.effect == Effect::regrouped || layer.kind == LayerKind::Unsqueeze;
  if (in_front && x.size() != y.size() && std::ssize(x) > behind && std::ssize(y) > behind &&
      std::equal(x.end() - behind, x.end(), y.end() - behind))
    return false;
  if (is.effect == Effect::reordered || is.effect == Effect::regrouped)
    return x.size() != y.size() || axis.in(x) != axis.in(y) ||
           step_of(trace, i, axis).in != step_of(trace, i, axis).out;
  const bool last = axis.index + 1 == axis.count;
  return (last && is.channels == Channels::last && is.effect != Effect::kept) || x.size() < y.size();
}

}  // namespace

bool still_places(const Spec& spec, const Trace& trace, Ref end, const Axis& axis) {
  if (end.is_input()) return !brings_no_map(spec, end);
  const std::vector<LayerId> path = longest_path(spec, end);
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    if (has_window(spec, *it, axis) || resize_of(spec, trace, *it, axis).way != Way::none) return true;
    if (replaces(spec, trace, *it, axis)) return false;
  }
  const std::vector<Ref>& from = spec.layer(path[0]).inputs;
  return from.empty() || !from[0].is_input() || !brings_no_map(spec, from[0]);
}

std::vector<Level> mirrored_levels(const Spec& spec, const Trace& trace, int axis) {
  const std::vector<Axis> axes = spatial_axes(spec);
  if (spec.layers.empty() || axis < 0 || static_cast<std::size_t>(axis) >= axes.size()) return {};
  const Ref end{spec.layers.last_id(), 0};
  return levels_on(spec, trace, longest_path(spec, end), axes[static_cast<std::size_t>(axis)]);
}

namespace {

std::string window_formula(const Window& w, Sliding window, std::int64_t in, const std::string& result) {
  const auto n = [](std::int64_t v) { return std::to_string(v); };
  switch (window) {
    case Sliding::takes: {
      const std::string pads = w.before == w.after ? "2*" + n(w.before) : n(w.before + w.after);
      const std::string room = n(in) + " + " + pads + " - " + n(w.d) + "*(" + n(w.k) + " - 1) - 1";
      return std::string(w.ceil_mode ? "ceil" : "floor") + "((" + room + ")/" + n(w.s) + ") + 1" + result;
    }
    case Sliding::puts:
      return "(" + n(in) + " - 1)*" + n(w.s) + " - 2*" + n(w.before) + " + " + n(w.d) + "*(" + n(w.k) +
             " - 1) + " + n(w.output_padding) + " + 1" + result;
    case Sliding::unpools:
      return "(" + n(in) + " - 1)*" + n(w.s) + " - 2*" + n(w.before) + " + " + n(w.k) + result;
    case Sliding::blocks:  // one axis counts the blocks of all
    case Sliding::none:
      break;
  }
  return {};
}

}  // namespace

std::string size_formula(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  const SizeStep step = step_of(trace, i, axis);
  const int own = own_axis(layer, axis);
  if (step.in == 0) return {};
  const std::string result = step.out == 0 ? "" : " = " + std::to_string(step.out);
  const FamilyFacts& is = facts(layer.kind);
  if (is.window != Sliding::none) {
    if (own < 0 || layer.has(Opt::output_size) || layer.has(Opt::size_like)) return {};
    return window_formula(window_of(layer, own), is.window, step.in, result);
  }
  if (is.effect == Effect::stated) {
    const std::vector<Expression>* sizes = layer.expressions(Opt::output);
    const auto at =
        trace.output(spec, {i, 0}) == nullptr ? std::nullopt : axis.in(*trace.output(spec, {i, 0}));
    if (sizes == nullptr || !at || *at >= sizes->size() || !(*sizes)[*at].is_constant() ||
        step.in == step.out)
      return {};
    return "stated as " + std::to_string(step.out) + " in the spec, gets " + std::to_string(step.in);
  }
  // A factor that an option holds: PixelShuffle and PixelUnshuffle.
  if (is.goes.way == Way::none || is.goes.way == Way::either || !is.goes.by) return {};
  return std::to_string(step.in) + (is.goes.way == Way::up ? "*" : "/") +
         std::to_string(layer.integer(*is.goes.by)) + result;
}

std::optional<Window> dropping_window(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  if (facts(layer.kind).window != Sliding::takes) return std::nullopt;
  const int own = own_axis(layer, axis);
  const SizeStep step = step_of(trace, i, axis);
  if (own < 0 || step.in == 0 || step.out == 0) return std::nullopt;
  return window_of(layer, own);
}

std::string alike(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const SizeStep step = step_of(trace, i, axis);
  const std::optional<Window> w = dropping_window(spec, trace, i, axis);
  if (!w) return {};
  const SizeRange range = window_inputs(*w, step.out);
  if (range.empty() || range.first == range.last) return {};
  const bool two = range.first + 1 == range.last;
  return "maps " + std::to_string(range.first) + (two ? " and " : " to ") + std::to_string(range.last) +
         " alike to " + std::to_string(step.out);
}

Loss loss_of(const Spec& spec, const Trace& trace, LayerId i, const Axis& axis) {
  const LayerSpec& layer = spec.layer(i);
  const SizeStep step = step_of(trace, i, axis);
  const std::optional<Window> window = dropping_window(spec, trace, i, axis);
  if (!window) return {};
  const Window& w = *window;
  const std::int64_t room = step.in - w.net_kernel();
  const std::int64_t remainder = floor_mod(room, w.s);
  if (remainder == 0) return {};
  const auto n = [](std::int64_t v) { return std::to_string(v); };
  if (w.ceil_mode) {
    return {remainder, "`" + layer.name + "` rounds (" + n(step.in) + " + 2p - d(k-1) - 1)/" + n(w.s) +
                           " = " + n(room) + "/" + n(w.s) + " up, so the " + std::string(name_of(axis)) +
                           " " + n(step.in) + " becomes " + n(step.out)};
  }
  return {remainder, "of x + 2p - d(k-1) - 1 = " + n(room) + " the stride " + n(w.s) + " of `" + layer.name +
                         "` drops the remainder " + n(remainder)};
}

}  // namespace shapedbg
