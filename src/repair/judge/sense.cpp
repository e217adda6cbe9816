#include "repair/judge/sense.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "net/sharing.h"

namespace shapedbg {
namespace {

// Another input of the merge is the tensor that went down, cropped to what comes up: as U-Net does.
bool cropped_to_meet(const Spec& spec, const Trace& trace, const LayerSpec& merge, Ref up, const Axis& axis,
                     std::int64_t wanted) {
  return std::any_of(merge.inputs.begin(), merge.inputs.end(), [&](Ref other) {
    if (other == up || other.is_input()) return false;
    return may_cut(spec.layer(other.layer).info().family) && step_of(trace, other.layer, axis).in == wanted;
  });
}

// What stands right behind `up`, layers that keep the size aside, makes good what it returns.
bool made_good(const Spec& spec, const Trace& trace, LayerId up, const Axis& axis, std::int64_t wanted) {
  LayerId last = up;
  for (LayerId i = up + 1; i < spec.layers.end_id(); ++i) {
    const LayerSpec& layer = spec.layer(i);
    const Ref ref{last, 0};
    if (is_merge(layer)) {
      if (std::find(layer.inputs.begin(), layer.inputs.end(), ref) == layer.inputs.end()) continue;
      return cropped_to_meet(spec, trace, layer, ref, axis, wanted);
    }
    if (layer.inputs.empty() || layer.inputs[0] != ref) continue;
    const SizeStep step = step_of(trace, i, axis);
    const Family family = layer.info().family;
    const bool fits = family == Family::crop || family == Family::free_pad || family == Family::upsample;
    if (fits && step.out == wanted) return true;
    if (step.in == 0 || step.in != step.out) return false;
    last = i;
  }
  return false;
}

std::int64_t extent(const Window& w) { return w.reach() + 1; }

// More padding than map under the first or last window.
bool padded_beyond_half(const Window& w) { return 2 * std::max(w.before, w.after) > extent(w); }

// Returns less than the places between the first and the last that it took, spread by the stride.
bool crops_what_it_made(const Window& w) { return w.net_kernel() + w.output_padding < 1; }

bool same_on_all_axes(const LayerSpec& a, const LayerSpec& b, std::int64_t Window::*number) {
  for (int axis = 0; axis < a.info().axes; ++axis)
    if (window_of(a, axis).*number != window_of(b, axis).*number) return false;
  return true;
}

bool is_even(const LayerSpec& layer, std::int64_t Window::*number) {
  for (int axis = 1; axis < layer.info().axes; ++axis)
    if (window_of(layer, axis).*number != window_of(layer, 0).*number) return false;
  return true;
}

bool convolves(const LayerSpec& layer) {
  return has_free_window(layer.info().family) && !is_pool(layer.info().family);
}

// A square window made uneven, as no other layer has it. Pools of volumes often are.
bool becomes_uneven(const Spec& spec, const LayerSpec& was, const LayerSpec& is) {
  if (!convolves(is)) return false;
  for (const auto number : {&Window::k, &Window::s}) {
    if (!is_even(was, number) || is_even(is, number)) continue;
    const bool known = std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& other) {
      return !other.broken && convolves(other) && other.info().axes == is.info().axes &&
             same_on_all_axes(other, is, number);
    });
    if (!known) return true;
  }
  return false;
}

bool does_nothing(const LayerSpec& layer) {
  if (!is_pool(layer.info().family)) return false;
  for (int axis = 0; axis < layer.info().axes; ++axis)
    if (const Window w = window_of(layer, axis); w.k != 1 || w.s != 1) return false;
  return true;
}

// On the way up: another convolution took from the map what this one gives back.
bool undoes_another(const Spec& spec, std::size_t index, int axis, const Window& w) {
  const auto end = spec.layers.begin() + static_cast<std::ptrdiff_t>(index);
  if (w.s != 1 || std::none_of(spec.layers.begin(), end,
                               [](const LayerSpec& layer) { return goes_up(layer.info().family); }))
    return false;
  return std::any_of(spec.layers.begin(), end, [&](const LayerSpec& layer) {
    if (layer.broken || layer.info().family != Family::conv || axis >= layer.info().axes) return false;
    const Window other = window_of(layer, axis);
    return extent(other) == extent(w) && other.before + w.before == w.reach() && other.before < w.before;
  });
}

// Sizes of a network go up and down by factors that belong together.
bool strange_stride(const Spec& before, std::size_t index, int axis, std::int64_t stride) {
  if (stride == 1) return false;
  for (std::size_t i = 0; i < before.layers.size(); ++i) {
    const LayerSpec& layer = before.layers[i];
    if (i == index || layer.broken) continue;
    const std::optional<Opt> by = facts(layer.kind).goes.by;
    if (!by) continue;
    if (*by == Opt::scale_factor) {
      if (layer.has(*by)) return false;  // a factor of any kind
    } else if (*by == Opt::stride) {
      if (axis < layer.info().axes && window_of(layer, axis).s == stride) return false;
    } else if (layer.integer(*by) == stride) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::int64_t cut_behind(const Spec& spec, std::size_t index) {
  if (spec.layers[index].info().axes != 1) return 0;
  const Window window = window_of(spec.layers[index], 0);
  if (window.s != 1 || window.before != window.after || window.before < 1) return 0;
  for (const LayerSpec& one : spec.layers) {
    const OptionValue* option = one.broken || one.inputs.size() != 1 ? nullptr : one.find(Opt::index);
    const auto* ranges = option == nullptr ? nullptr : std::get_if<std::vector<SliceRange>>(&option->value);
    if (ranges != nullptr && one.inputs[0] == Ref{LayerId(index), 0} && !ranges->empty() &&
        ranges->back().stop < 0 && ranges->back().stop != SliceRange::open)
      return -ranges->back().stop;
  }
  return 0;
}

bool cut_to_causal(const Spec& spec, std::size_t index, const Window& window) {
  return window.before == window.reach() && window.before > 0 && cut_behind(spec, index) == window.before;
}

namespace {

// Of a Pad, two for each axis or one for all; none of another layer.
std::vector<std::int64_t> sides_of(const LayerSpec& pad) {
  const OptionValue* option = pad.broken ? nullptr : pad.find(Opt::padding);
  if (option == nullptr || pad.info().family != Family::free_pad) return {};
  if (const auto* one = std::get_if<std::int64_t>(&option->value)) return {*one};
  const auto* sides = std::get_if<std::vector<std::int64_t>>(&option->value);
  return sides == nullptr ? std::vector<std::int64_t>{} : *sides;
}

}  // namespace

bool padded_to_causal(const Spec& spec, LayerId index) {
  const LayerSpec& conv = spec.layer(index);
  if (conv.broken || conv.info().family != Family::conv || conv.info().axes != 1 || conv.inputs.size() != 1 ||
      conv.inputs[0].is_input())
    return false;
  const Window window = window_of(conv, 0);
  return window.s == 1 && window.before + window.after == 0 && window.reach() > 0 &&
         sides_of(spec.layer(conv.inputs[0].layer)) == std::vector{window.reach(), INT64_C(0)};
}

bool undo_each_other(const Window& a, const Window& b) {
  return a.s > 1 && a.k == b.k && a.s == b.s && a.d == b.d && a.before == b.before;
}

namespace {

// On the way up: a convolution of the same windows took from the map what is thrown away.
bool undoes_its_like(const Spec& spec, std::size_t index, int axis, const Window& w) {
  const auto end = spec.layers.begin() + static_cast<std::ptrdiff_t>(index);
  return std::any_of(spec.layers.begin(), end, [&](const LayerSpec& layer) {
    if (layer.broken || layer.info().family != Family::conv || axis >= layer.info().axes) return false;
    const Window other = window_of(layer, axis);
    return undo_each_other(other, w);
  });
}

// Each value goes into one window: a patch, of a size that is the author's. Halves of a map are as good with
// overlap.
bool cuts_patches(const Window& w) {
  return w.k == w.s && w.k >= 4 && w.d == 1 && w.before == 0 && w.after == 0;
}

bool spoils(const Spec& spec, std::size_t index, int axis, const Window& was, const Window& is) {
  const Family family = spec.layers[index].info().family;
  if (family == Family::conv_transpose)
    return (crops_what_it_made(is) && !crops_what_it_made(was) && !undoes_its_like(spec, index, axis, is)) ||
           (leaves_gaps(is) && !leaves_gaps(was));
  if (family == Family::conv && cuts_patches(was) && !cuts_patches(is)) return true;
  const bool other = is.before != was.before || extent(is) < extent(was);
  // Windows laid side by side cut the map into patches: a patch that is half border is none.
  const bool patches = family == Family::conv && was.s > 1 && was.k == was.s && is.k == is.s && is.s == was.s;
  if (patches && was.before == 0 && 2 * is.before >= is.k) return true;
  return (other && padded_beyond_half(is) && !undoes_another(spec, index, axis, is) &&
          !cut_to_causal(spec, index, is)) ||
         (leaves_gaps(is) && !leaves_gaps(was));
}

bool pads(const LayerSpec& layer) {
  for (int axis = 0; axis < layer.info().axes; ++axis)
    if (const Window w = window_of(layer, axis); w.before + w.after > 0) return true;
  return false;
}

// Such a border is no part of the map: padding beyond half a kernel, as FCN's 100 of a kernel of 3.
bool pads_generously(const LayerSpec& layer, const Axis& axis) {
  return !layer.broken && layer.info().family == Family::conv && layer.info().axes == axis.count &&
         padded_beyond_half(window_of(layer, axis.index));
}

// The size that the level of `down` has to give back: padding right in front of it is no part of what it
// took.
std::int64_t taken_by_level(const Spec& spec, const Trace& trace, LayerId down, const Axis& axis) {
  std::int64_t size = step_of(trace, down, axis).in;
  while (true) {
    const LayerSpec& layer = spec.layer(down);
    if (layer.inputs.empty() || layer.inputs[0].is_input()) return size;
    down = layer.inputs[0].layer;
    const LayerSpec& in_front = spec.layer(down);
    const Border border = facts(in_front.kind).border;
    if (border != Border::adds && border != Border::adds_or_cuts && !pads_generously(in_front, axis))
      return size;
    size = step_of(trace, down, axis).in;
  }
}

// The last layer, of those from `first` on, that returns a single place and that nothing steps around: what
// lies behind it does not know how large anything in front of it was. None where there is no such layer.
LayerId last_vector(const Spec& spec, const Trace& trace, LayerId first) {
  const std::size_t rank = spatial_axes(spec).size() + 2;
  LayerId nearest = spec.layers.end_id();  // that a layer behind reads from
  for (LayerId i = spec.layers.end_id(); i-- > first;) {
    const Shapes& out = trace.row(i).outputs;
    const bool one_place =
        !out.empty() && out[0].size() == rank &&
        std::all_of(out[0].begin() + 2, out[0].end(), [](std::int64_t n) { return n == 1; });
    if (one_place && nearest >= i) return i;
    for (const Ref ref : spec.layer(i).inputs)
      nearest = std::min(nearest, ref.is_input() ? LayerId{0} : ref.layer);
  }
  return {};
}

}  // namespace

bool leaves_a_level(const Spec& spec, const Trace& trace, LayerId touched) {
  const std::vector<Axis> axes = spatial_axes(spec);
  const LayerId vector = touched.is_none() ? LayerId() : last_vector(spec, trace, touched);
  for (std::size_t a = 0; a < axes.size(); ++a) {
    for (const Level& level : mirrored_levels(spec, trace, static_cast<int>(a))) {
      if (level.down.is_none() || level.up.is_none()) continue;
      if (!vector.is_none() && level.down < vector && vector < level.up) continue;
      const std::int64_t before = step_of(trace, level.down, axes[a]).in;
      const std::int64_t after = step_of(trace, level.up, axes[a]).out;
      if (before == 0 || after == 0 || before == after || made_good(spec, trace, level.up, axes[a], before))
        continue;
      const std::int64_t unpadded = taken_by_level(spec, trace, level.down, axes[a]);
      if (after != unpadded && !made_good(spec, trace, level.up, axes[a], unpadded)) return true;
    }
  }
  return false;
}

namespace {

// By how much a convolution of stride 1, with the Pad right in front of it that nothing else reads, changes
// the size of its map; nothing for other layers.
std::optional<std::int64_t> change_of_size(const Spec& spec, std::size_t index, int axis) {
  const LayerSpec& layer = spec.layers[index];
  if (layer.broken || layer.info().family != Family::conv || axis >= layer.info().axes) return std::nullopt;
  const Window w = window_of(layer, axis);
  if (w.s != 1 || layer.inputs.size() != 1) return std::nullopt;
  std::int64_t padded = w.before + w.after;
  if (!layer.inputs[0].is_input()) {
    const LayerSpec& pad = spec.layer(layer.inputs[0].layer);
    const bool pads =
        !pad.broken && (pad.info().family == Family::pad || pad.info().family == Family::free_pad);
    const OptionValue* option = pads ? pad.find(Opt::padding) : nullptr;
    const auto* sides = option == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&option->value);
    const auto* one = option == nullptr ? nullptr : std::get_if<std::int64_t>(&option->value);
    // Pads are told from the last axis on.
    const auto at = 2 * static_cast<std::size_t>(layer.info().axes - 1 - axis);
    if (one != nullptr) padded += 2 * *one;
    if (sides != nullptr && at + 1 < sides->size()) padded += (*sides)[at] + (*sides)[at + 1];
  }
  return padded - w.reach();
}

bool keeps_no_longer(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const auto place = origin[i].place();
    if (exchanges_axes(before.layers[place], after.layers[i])) continue;
    for (int axis = 0; axis < after.layers[i].info().axes; ++axis) {
      const auto was = change_of_size(before, place, axis);
      const auto is = change_of_size(after, i, axis);
      if (was == 0 && is && *is != 0) return true;
    }
  }
  return false;
}

bool misses_beside_another(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  if (!multiplies_no_longer(before, after, origin)) return false;
  return std::any_of(before.layers.begin(), before.layers.end(), [](const LayerSpec& layer) {
    if (layer.broken || layer.info().family != Family::conv_transpose) return false;
    const Window w = window_of(layer, 0);
    return w.s > 1 && std::abs(w.net_kernel() + w.output_padding - w.s) > 1;
  });
}

}  // namespace

bool makes_up_for_another(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  return keeps_no_longer(before, after, origin) || misses_beside_another(before, after, origin);
}

bool spoils_a_window(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const LayerSpec& is = after.layers[i];
    const LayerSpec& was = before.layer(origin[i]);
    if (is.broken || was.broken || is.kind != was.kind) continue;
    if (!has_free_window(is.info().family)) continue;
    if (becomes_uneven(before, was, is) || (does_nothing(is) && !does_nothing(was))) return true;
    for (int axis = 0; axis < is.info().axes; ++axis) {
      const Window w = window_of(is, axis);
      const Window old = window_of(was, axis);
      if (spoils(after, i, axis, old, w)) return true;
      const auto place = origin[i].place();
      const bool doubles =
          is.info().family == Family::conv_transpose && old.s == 1 && w.k == w.s && w.before == 0;
      if (w.s != old.s && !doubles && !cuts_patches(w) && strange_stride(before, place, axis, w.s))
        return true;
    }
  }
  return false;
}

namespace {

bool steps_elsewhere(const Spec& spec, std::size_t index, int axis, const Window& is) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (i == index || other.broken || other.kind != spec.layers[index].kind) continue;
    const Window w = window_of(other, axis);
    if (w.k == is.k && w.s == is.s) return true;
  }
  return false;
}

}  // namespace

// Tables of numbers that one statement holds are different tables.
bool splits_a_statement(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  PerLayer<bool> changed(before.layers.size());
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const LayerSpec& was = before.layer(origin[i]);
    const auto same = [](const OptionValue& a, const OptionValue& b) { return a.value == b.value; };
    changed[origin[i]] = was.source != nullptr && was.kind == after.layers[i].kind && !was.inputs.empty() &&
                         !std::equal(was.options.begin(), was.options.end(), after.layers[i].options.begin(),
                                     after.layers[i].options.end(), same);
  }
  for (std::size_t i = 0; i < changed.size(); ++i) {
    if (!changed[i]) continue;
    const std::vector<LayerId> statement = of_one_statement(before, LayerId(i));
    if (std::any_of(statement.begin(), statement.end(), [&](LayerId one) { return !changed[one]; }))
      return true;
  }
  return false;
}

bool multiplies_no_longer(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  const auto exact = [](const LayerSpec& layer) {
    for (int axis = 0; axis < layer.info().axes; ++axis)
      if (const Window w = window_of(layer, axis); w.net_kernel() + w.output_padding != w.s) return false;
    return true;
  };
  if (std::any_of(before.layers.begin(), before.layers.end(), [](const LayerSpec& layer) {
        return !layer.broken && has_free_window(layer.info().family) &&
               layer.info().family != Family::conv_transpose && window_of(layer, 0).s > 1;
      }))
    return false;
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none() || after.layers[i].broken) continue;
    const LayerSpec& was = before.layer(origin[i]);
    if (!was.broken && was.kind == after.layers[i].kind && was.info().family == Family::conv_transpose &&
        exact(was) && !exact(after.layers[i]))
      return true;
  }
  return false;
}

bool exchanges_axes(const LayerSpec& was, const LayerSpec& is) {
  if (was.broken || is.broken || was.kind != is.kind || is.info().axes < 2) return false;
  bool any = false;
  for (const Opt opt : {Opt::kernel_size, Opt::stride, Opt::padding, Opt::dilation}) {
    const OptionValue* then = was.find(opt);
    const OptionValue* now = is.find(opt);
    if (then == nullptr || now == nullptr || then->value == now->value) continue;
    if (std::holds_alternative<std::string>(then->value) || std::holds_alternative<std::string>(now->value))
      return false;
    auto a = was.axes(opt);
    auto b = is.axes(opt);
    std::sort(a.begin(), a.begin() + is.info().axes);
    std::sort(b.begin(), b.begin() + is.info().axes);
    if (a != b) return false;
    any = true;
  }
  return any;
}

bool cuts_too_much(const Spec& before, const Spec& after, const Trace& was, const PerLayer<LayerId>& origin) {
  constexpr std::int64_t small = 4;  // a third of it is about one place
  const auto cuts = [](std::int64_t n) { return n < 0; };
  for (const LayerId i : ids(after.layers)) {
    if (origin[i].is_none()) continue;
    const std::vector<std::int64_t> now = sides_of(after.layer(i));
    const std::vector<std::int64_t> then = sides_of(before.layer(origin[i]));
    const Shapes& inputs = was.row(origin[i]).inputs;
    if (now == then || now.empty() || then.empty() || inputs.empty()) continue;
    if (std::any_of(now.begin(), now.end(), cuts) && std::none_of(then.begin(), then.end(), cuts))
      return true;
    const Shape& x = inputs[0];
    if (now.size() != then.size() || now.size() / 2 > x.size()) continue;
    for (std::size_t a = 0; 2 * a + 1 < now.size(); ++a) {
      // As F.pad, the last axis first.
      const std::int64_t size = x[x.size() - 1 - a];
      const std::int64_t more = now[2 * a] + now[2 * a + 1] - then[2 * a] - then[2 * a + 1];
      if (size > small && std::abs(more) >= (size + 2) / 3) return true;
    }
  }
  return false;
}

namespace {

// All places of a map were pooled to the one that a layer sees: windows have nothing else to look at.
bool sees_what_was_pooled(const Spec& spec, const Trace& trace, std::size_t at) {
  const auto of_one_place = [](const Shape& x) {
    return x.size() > 2 && std::all_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n == 1; });
  };
  const LayerSpec* layer = &spec.layers[at];
  while (layer->inputs.size() == 1 && !layer->inputs[0].is_input()) {
    const LayerId from = layer->inputs[0].layer;
    const LayerSpec& maker = spec.layer(from);
    const LayerTrace& row = trace.row(from);
    if (maker.broken || row.inputs.empty() || row.outputs.empty()) return false;
    const bool flat = row.outputs[0].size() == 2;
    if (!flat && !of_one_place(row.outputs[0])) return false;
    const bool pools = maker.info().family == Family::adaptive_pool || maker.info().family == Family::reduce;
    if (pools) return row.inputs[0].size() > 2 && !of_one_place(row.inputs[0]);
    layer = &maker;
  }
  return false;
}

// The last layer with weights, which neither steps nor pads.
bool ends_the_network(const Spec& spec, std::size_t at) {
  const LayerSpec& layer = spec.layers[at];
  for (std::size_t i = at + 1; i < spec.layers.size(); ++i)
    if (spec.layers[i].broken || !facts(spec.layers[i].kind).weights.empty()) return false;
  for (int axis = 0; axis < layer.info().axes; ++axis)
    if (const Window w = window_of(layer, axis); w.s != 1 || w.before + w.after != 0) return false;
  return true;
}

}  // namespace

bool likes_see_one_place(const Spec& spec, const Trace& trace, std::size_t at, int axis, std::int64_t kernel,
                         const Spec& before, const PerLayer<LayerId>& origin) {
  if (sees_what_was_pooled(spec, trace, at)) return true;
  // A head maps each place to its result: between places, where an unpadded kernel of 2 looks, is none.
  if (kernel == 2 && ends_the_network(spec, at)) return true;
  // What a layer takes need not be stated.
  const auto taken = [&](std::size_t i) -> std::int64_t {
    const auto& inputs = trace.layers[i].inputs;
    const auto axes = spec.layers[i].axis_count();
    return inputs.empty() || inputs[0].size() <= axes ? 0 : inputs[0][inputs[0].size() - axes - 1];
  };
  const LayerSpec& layer = spec.layers[at];
  // Of a kernel that spans another axis one that sees along that axis alone is no like: both together see
  // all.
  int needed = 1;
  for (int a = 0; a < layer.info().axes; ++a)
    if (a != axis && window_of(layer, a).k > 1) needed = 2;
  int likes = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& other = spec.layers[i];
    if (i == at || other.broken || other.kind != layer.kind ||
        other.integer(Opt::out_channels) != layer.integer(Opt::out_channels) || taken(i) != taken(at))
      continue;
    const std::int64_t k = window_of(other, axis).k;
    if (k == kernel) return false;
    // What changes with it says nothing of what was meant.
    const LayerSpec* was = origin[i].is_none() ? nullptr : &before.layer(origin[i]);
    const bool always =
        was == nullptr || was->broken || was->kind != other.kind || window_of(*was, axis).k == 1;
    likes += k == 1 && always ? 1 : 0;
  }
  return likes >= needed;
}

bool loses_its_window(const Spec& before, const Spec& after, const Trace& trace,
                      const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const LayerSpec& is = after.layers[i];
    const LayerSpec& was = before.layer(origin[i]);
    const LayerTrace& row = trace.layers[i];
    if (is.broken || was.broken || is.kind != was.kind || is.info().family != Family::conv ||
        row.inputs.empty() || exchanges_axes(was, is))
      continue;
    const auto axes = is.axis_count();
    const Shape& x = row.inputs[0];
    if (x.size() <= axes) continue;
    for (std::size_t a = 0; a < axes; ++a) {
      const Window w = window_of(is, static_cast<int>(a));
      const Window old = window_of(was, static_cast<int>(a));
      const std::int64_t size = x[x.size() - axes + a];
      const bool other = w.k != old.k || w.before != old.before || w.after != old.after;
      if (other && w.k > 1 && size <= std::max(w.before, w.after) &&
          !pads_a_pyramid(after, i, static_cast<int>(a), old))
        return true;
      if (w.k == 1 && old.k > 1 && size > 1 &&
          !likes_see_one_place(after, trace, i, static_cast<int>(a), old.k, before, origin))
        return true;
      const auto place = origin[i].place();
      // One window beside the other, where they overlapped and trimmed the map: the stride is the kernel's.
      const bool side_by_side = w.k == w.s && w.before + w.after == 0 && old.k == w.k;
      if (old.s == 1 && w.s > 1 && w.k > 1 && !side_by_side &&
          !steps_elsewhere(before, place, static_cast<int>(a), w))
        return true;
    }
  }
  return false;
}

namespace {

// The last convolution, without padding or a stride where others have both: its one window is to see all
// that is left of the map.
bool covers_its_map(const Spec& spec, std::size_t index) {
  const LayerSpec& layer = spec.layers[index];
  if (layer.broken || layer.info().family != Family::conv || pads(layer) || window_of(layer, 0).s != 1)
    return false;
  for (std::size_t i = index + 1; i < spec.layers.size(); ++i)
    if (has_free_window(spec.layers[i].info().family) || is_merge(spec.layers[i])) return false;
  const auto steps = [&](const LayerSpec& other) {
    return !other.broken && other.kind == layer.kind && pads(other) && window_of(other, 0).s > 1;
  };
  return std::any_of(spec.layers.begin(), spec.layers.end(), steps);
}

}  // namespace

bool fills_a_small_map(const Spec& before, const Spec& after, const Trace& was,
                       const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const auto place = origin[i].place();
    const LayerTrace& row = was.layers[place];
    const LayerSpec& is = after.layers[i];
    if (row.refusals.empty() || row.refusals[0].code != Code::L205 || row.inputs.empty()) continue;
    if (facts(is.kind).window != Sliding::takes || !pads(is)) continue;
    const bool covers = covers_its_map(before, place);
    const bool usual = std::any_of(before.layers.begin(), before.layers.end(), [&](const LayerSpec& other) {
      return &other != &before.layers[place] && !other.broken && other.info().family == is.info().family &&
             pads(other);
    });
    const auto axes = is.axis_count();
    for (std::size_t a = 0; a < axes && row.inputs[0].size() > axes && (covers || !usual); ++a) {
      const Window now = window_of(is, static_cast<int>(a));
      const Window then = window_of(before.layers[place], static_cast<int>(a));
      const std::int64_t size = row.inputs[0][row.inputs[0].size() - axes + a];
      const bool more = now.before + now.after > then.before + then.after && extent(now) > size;
      if (more && (!usual || size + now.before + now.after > extent(now))) return true;
    }
  }
  return false;
}

bool breaks_a_kept_axis(const Spec& before, const Trace& was, const Trace& is,
                        const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < is.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const auto place = origin[i].place();
    const OptionValue* shape = before.layers[place].find(Opt::shape);
    const auto* written = shape == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&shape->value);
    if (written == nullptr || was.layers[place].inputs.empty() || is.layers[i].outputs.empty()) continue;
    const Shape& in = was.layers[place].inputs[0];
    const Shape& now = is.layers[i].inputs[0];
    const Shape& out = is.layers[i].outputs[0];
    for (std::size_t k = 1; k < std::min({written->size(), in.size(), now.size(), out.size()}); ++k) {
      if (!(*written)[k].is_constant() || (*written)[k].constant() != in[k]) break;
      if (out[k] == now[k]) continue;
      // Cut in two, into what was kept and what was stated behind it.
      const bool cut = out.size() == now.size() + 1 && out[k + 1] > 1 && out[k] * out[k + 1] == now[k];
      if (!cut) return true;
      break;
    }
  }
  return false;
}

bool looks_past_the_map(const Spec& before, const Spec& after, const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    const LayerSpec& is = after.layers[i];
    if (origin[i].is_none() || is.broken || is.info().family != Family::conv) continue;
    const LayerSpec& was = before.layer(origin[i]);
    for (int axis = 0; axis < is.info().axes && !was.broken && is.kind == was.kind; ++axis) {
      const Window w = window_of(is, axis);
      if (w.before > window_of(was, axis).before && w.before >= extent(w)) return true;
    }
  }
  return false;
}

}  // namespace shapedbg
