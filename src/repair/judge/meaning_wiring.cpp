// Who reads what behind a repair, and which counts, values and warnings are new (meaning.h).
#include <algorithm>
#include <cstdint>
#include <unordered_set>

#include "diagnose/diagnose.h"
#include "flow/path.h"
#include "repair/judge/after.h"
#include "repair/propose/skips.h"
#include "repair/propose/unread.h"
#include "rules/layer_inputs.h"

namespace shapedbg {

namespace {

// A tensor with `channels` channels and the size of `x`, from before a layer that made the map smaller.
std::optional<LayerId> skip_for(const Spec& spec, const Trace& trace, std::size_t layer, const Shape& x,
                                std::int64_t channels) {
  std::optional<LayerId> found;
  if (!right_behind_a_step_up(spec, trace, LayerId(layer)) || likes_go_without(spec, trace, LayerId(layer)))
    return std::nullopt;
  for (std::size_t j = 0; j < layer; ++j) {
    if (trace.layers[j].outputs.empty()) continue;
    const Shape& y = trace.layers[j].outputs[0];
    if (y.size() != x.size() || x.size() < 3) continue;
    bool smaller = y.size() == x.size();
    for (std::size_t k = 2; k < x.size(); ++k) smaller = smaller && y[k] < x[k];
    if (smaller && found) return found;
    if (y[1] == channels && std::equal(y.begin() + 2, y.end(), x.begin() + 2) &&
        spec.layers[j].info().family != Family::custom &&
        !joined_already(spec, trace, spec.layers[layer].inputs[0], {LayerId(j), 0}))
      found = LayerId(j);
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
    if (after.origin[i].is_none()) continue;
    const auto place = after.origin[i].place();
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
    const auto axes = was.axis_count();
    if (x.size() < axes + 1) continue;
    const std::size_t k = x.size() - axes - 1;
    const std::int64_t wanted = was.integer(opt);
    if (x[k] == wanted || wanted == 1) continue;
    const std::int64_t given = is.has(opt) ? is.integer(opt) : now.inputs[0][k];
    const std::string name = "`" + was.name + "`";
    if (const auto other = given == wanted ? std::nullopt : features_at(place, k, wanted))
      return Harmed{Harm::other_axis, name + " is built for " + std::to_string(wanted) + ", which is axis " +
                                          std::to_string(*other) + " of what it gets"};
    const bool same_way = is.inputs[0].is_input() || !after.origin[is.inputs[0].layer].is_none();
    // A merge that takes the right skip now brings what was missing.
    const bool joined = given == wanted && after.rewired(spec_, is.inputs[0].layer);
    if (!linear && wanted > x[k] && same_way && !joined) {
      const auto skip = skip_for(spec_, trace_, place, x, wanted - x[k]);
      if (skip && !belongs_elsewhere(spec_, was.inputs[0], *skip))
        return Harmed{Harm::forgotten_skip, name + " is built for " + std::to_string(wanted) + " = " +
                                                std::to_string(x[k]) + " + " + std::to_string(wanted - x[k]) +
                                                ", and `" + spec_.layer(*skip).name + "` has these " +
                                                std::to_string(wanted - x[k])};
    }
    // In and out exchanged: it undoes its twin.
    const Opt made = linear ? Opt::out_features : Opt::out_channels;
    const bool turned =
        is.has(made) && was.has(made) && is.integer(made) == wanted && was.integer(made) == given;
    if (was.inputs[0].is_input() || !same_way || turned) continue;
    const auto producer = was.inputs[0].layer.place();
    if (same_options(was, spec_.layers[producer]) && !is.inputs[0].layer.is_none() &&
        after.origin[is.inputs[0].layer] == LayerId(producer))
      return Harmed{Harm::twin, name + " is `" + spec_.layers[producer].name +
                                    "` once more, and fits what that one takes"};
  }
  return std::nullopt;
}

// Whether a layer that read an equal one, its twin, now takes what that one takes: two heads side by side.
bool Before::head_beside(const After& after, LayerId layer) const {
  if (layer.is_none()) return false;
  const LayerSpec& head = spec_.layer(layer);
  if (head.inputs.size() != 1) return false;
  const Family family = head.info().family;
  if (family != Family::linear && family != Family::conv && family != Family::conv_transpose) return false;
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i].is_none()) continue;
    const LayerSpec& was = spec_.layer(after.origin[i]);
    const LayerSpec& is = after.spec.layers[i];
    if (was.inputs.size() != 1 || is.inputs.size() != 1 || was.inputs[0].layer != layer) continue;
    if (same_options(head, is) && after.old_tensor(is.inputs[0]) == head.inputs[0]) return true;
  }
  return false;
}

namespace {

std::uint64_t key_of(Ref ref) {
  return std::uint64_t{static_cast<std::uint32_t>(ref.layer.number())} << 32U |
         static_cast<std::uint32_t>(ref.output);
}

Ref ref_of(std::uint64_t key) {
  return {LayerId(static_cast<std::uint32_t>(key >> 32U)), static_cast<int>(static_cast<std::uint32_t>(key))};
}

}  // namespace

std::optional<Harmed> Before::unread(const After& after) const {
  std::unordered_set<std::uint64_t> was, is;  // most tensors of a dense network are read many times
  PerLayer<char> read(spec_.layers.size(), 0);
  for (const LayerSpec& layer : spec_.layers)
    each_read(layer, [&](Ref ref) {
      if (!ref.is_input()) read[ref.layer] = 1;
    });
  // squeeze(1) of an LSTM's states, which the module does itself and nobody reads, is no reader.
  const auto own_step = [&](LayerId layer, Ref ref) {
    return read[layer] == 0 && !ref.is_input() && spec_.layer(layer).info().family == Family::squeeze &&
           module_of(spec_.layer(layer)) == module_of(spec_.layer(ref.layer));
  };
  for (const LayerId i : ids(spec_.layers))
    each_read(spec_.layer(i), [&](Ref ref) {
      if (!own_step(i, ref)) was.insert(key_of(ref));
    });
  for (const LayerSpec& layer : after.spec.layers)
    each_read(layer, [&](Ref ref) {
      if (const auto old = after.old_tensor(ref)) is.insert(key_of(*old));
    });
  std::vector<Ref> lost;
  for (const std::uint64_t key : was)
    if (!is.contains(key)) lost.push_back(ref_of(key));
  std::sort(lost.begin(), lost.end(),
            [](Ref a, Ref b) { return std::pair(a.layer, a.output) < std::pair(b.layer, b.output); });
  for (const auto& [layer, output] : lost) {
    const bool gone =
        !layer.is_none() && std::find(after.origin.begin(), after.origin.end(), layer) == after.origin.end();
    const bool last = !after.origin.empty() && layer == after.origin.back();
    if (!gone && !last && !head_beside(after, layer))
      return Harmed{Harm::unread, "nothing reads `" + spec_.name_of({layer, output}) + "` any more"};
  }
  // Nor outputs that a layer has only now.
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i].is_none() || i + 1 == after.spec.layers.size()) continue;
    const auto old = after.origin[i].place();
    const std::size_t had = trace_.layers[old].outputs.size();
    for (std::size_t o = had; had > 0 && o < after.trace.layers[i].outputs.size(); ++o)
      if (!is.contains(key_of({LayerId(old), static_cast<int>(o)})))
        return Harmed{Harm::unread,
                      "nothing reads output " + std::to_string(o) + " of " + after.name(LayerId(i))};
  }
  return std::nullopt;
}

namespace {

// One vector for each sample gets axes of one place, and another width with them.
bool brought_along(Shape then, Shape now) {
  if (now.size() <= then.size()) return false;
  std::erase(then, 1);
  std::erase(now, 1);
  return then.size() == now.size() && !then.empty() && then[0] == now[0];
}

// An axis of one place stands elsewhere, and each of the others holds what it held.
bool only_moves_ones(Shape then, Shape now) {
  if (then.size() != now.size()) return false;
  std::erase(then, 1);
  std::erase(now, 1);
  return then == now;
}

// An axis of one place within a tensor of three axes or more, or axes of one place between batch and
// features: it keeps all axes that it had.
bool only_put_between(const Shape& then, const Shape& now) {
  if (then.size() < 2 || now.size() <= then.size()) return false;
  const auto more = static_cast<std::ptrdiff_t>(now.size() - then.size());
  const auto put = std::mismatch(then.begin(), then.end(), now.begin()).second - now.begin();
  if (then.size() == 2 ? put != 1 : more != 1) return false;
  const auto from = now.begin() + put;
  if (now.end() - from < more || std::any_of(from, from + more, [](std::int64_t n) { return n != 1; }))
    return false;
  Shape rest = now;
  rest.erase(rest.begin() + put, rest.begin() + put + more);
  return rest == then;
}

}  // namespace

// The last part of a split, shorter than the others and one place alone: what is left over, where the split
// left nothing over before.
bool Before::left_over(const After& after, Ref ref, std::size_t axis) const {
  ref = before_pointwise(after.spec, ref);
  if (ref.is_input() || after.origin[ref.layer].is_none()) return false;
  const LayerSpec& split = after.spec.layer(ref.layer);
  const OptionValue* option = split.broken ? nullptr : split.find(Opt::split_size_or_sections);
  const auto* size = option == nullptr ? nullptr : std::get_if<std::int64_t>(&option->value);
  const Shapes& was = trace_.row(after.origin[ref.layer]).outputs;
  if (split.info().family != Family::split || size == nullptr || *size < 2 || was.empty()) return false;
  const auto whole = [&](const Shapes& parts) {
    return axis < parts.back().size() && parts.back()[axis] == *size;
  };
  return whole(was) && !whole(after.trace.row(ref.layer).outputs) &&
         ref.output + 1 == std::ssize(after.trace.row(ref.layer).outputs);
}

// Merges that could not run before, each at a line of the author's program.
std::vector<LayerId> Before::mended_merges(const After& after) const {
  std::vector<LayerId> mended;
  for (const LayerId i : ids(after.spec.layers)) {
    const LayerSpec& merge = after.spec.layer(i);
    if (after.origin[i].is_none() || merge.info().family != Family::elementwise || merge.source == nullptr ||
        merge.source->called.empty() || taken_apart(after.trace, i.place()))
      continue;
    const LayerTrace& was = trace_.row(after.origin[i]);
    if (!was.refusals.empty() && !was.after_failure && was.inputs.size() == merge.inputs.size())
      mended.push_back(i);
  }
  return mended;
}

// A merge stretches a size of 1 to the very number that was wrong in another merge of its line, and is put
// right there: the same number is wrong here, and broadcasting hides it.
bool Before::stretches_what_was_wrong(const After& after, LayerId at,
                                      const std::vector<LayerId>& mended) const {
  const LayerSpec& merge = after.spec.layer(at);
  const Shapes& inputs = after.trace.row(at).inputs;
  const auto from_back = [](const Shape& x, std::size_t back) {
    return back <= x.size() ? x[x.size() - back] : 0;
  };
  for (const LayerId like : mended) {
    const LayerSpec& other = after.spec.layer(like);
    const Shapes& was = trace_.row(after.origin[like]).inputs;
    const Shapes& is = after.trace.row(like).inputs;
    if (like == at || other.kind != merge.kind || merge.source == nullptr || inputs.size() != 2 ||
        is.size() != 2 || was.size() != 2 || other.source->called != merge.source->called)
      continue;
    for (const std::size_t k : {0u, 1u})
      for (std::size_t back = 1; back < inputs[k].size(); ++back) {
        const std::int64_t wide = from_back(inputs[k], back);
        if (wide > 1 && from_back(inputs[1 - k], back) == 1 && from_back(was[k], back) == wide &&
            from_back(is[k], back) != wide && from_back(is[k], back) == from_back(is[1 - k], back))
          return true;
      }
  }
  return false;
}

std::optional<Harmed> Before::repeats_values(const After& after) const {
  const std::vector<LayerId> mended = mended_merges(after);
  for (std::size_t i = 0; i < after.spec.layers.size(); ++i) {
    if (after.origin[i].is_none() || after.spec.layers[i].info().family != Family::elementwise ||
        taken_apart(after.trace, i))
      continue;
    if (stretches_what_was_wrong(after, LayerId(i), mended))
      return Harmed{Harm::repeats_values,
                    after.name(LayerId(i)) + " repeats one value to the number that was wrong elsewhere"};
    const Shapes& meet = after.trace.layers[i].inputs;
    const Shape& result = after.trace.layers[i].outputs[0];
    for (std::size_t input = 0; input < meet.size(); ++input)
      for (std::size_t axis = 1; axis < meet[input].size() && meet[input].size() == result.size(); ++axis)
        if (meet[input][axis] == 1 && result[axis] > 1 &&
            left_over(after, after.spec.layers[i].inputs[input], axis))
          return Harmed{Harm::repeats_values,
                        after.name(LayerId(i)) + " repeats the one place that a split leaves over"};
    const LayerTrace& was = trace_.row(after.origin[i]);
    const LayerTrace& is = after.trace.layers[i];
    for (std::size_t input = 0; input < std::min(was.inputs.size(), is.inputs.size()); ++input) {
      const Shape& then = was.inputs[input];
      const Shape& now = is.inputs[input];
      // Axes of one place behind the same axes: a vector that scales or shifts whole maps.
      const auto ones = now.begin() + static_cast<std::ptrdiff_t>(std::min(then.size(), now.size()));
      if (now.size() > then.size() && std::equal(then.begin(), then.end(), now.begin()) &&
          std::all_of(ones, now.end(), [](std::int64_t size) { return size == 1; }))
        continue;
      if (only_put_between(then, now) || only_moves_ones(then, now) || brought_along(then, now)) continue;
      for (std::size_t back = 1; back <= std::min(then.size(), now.size()); ++back)
        if (now[now.size() - back] == 1 && then[then.size() - back] > 1 &&
            is.outputs[0][is.outputs[0].size() - back] > 1)
          return Harmed{Harm::repeats_values,
                        after.name(LayerId(i)) + " repeats one value along an axis where each had its own"};
    }
  }
  return std::nullopt;
}

std::optional<Harmed> Before::warned(const After& after) const {
  for (const Finding& warning : shape_warnings(after.spec, after.trace)) {
    const auto layer = after.spec.find(warning.layer);
    const LayerId old = layer ? after.origin[*layer] : LayerId();
    const bool known = std::any_of(warnings_.begin(), warnings_.end(), [&](const Finding& was) {
      // Of an input no layer is named; its name stands in the message.
      if (old.is_none())
        return was.code == warning.code && was.layer.empty() && was.message == warning.message;
      return was.code == warning.code && was.layer == spec_.layer(old).name;
    });
    // What did not run before may have been warned of all along.
    const bool hidden = !old.is_none() && trace_.row(old).outputs.empty();
    const bool head = warning.code == Code::W502 && head_beside(after, old);
    // Frames put into the batch on purpose.
    const LayerSpec* put = layer && old.is_none() ? &after.spec.layer(*layer) : nullptr;
    const bool frames = warning.code == Code::W509 && put != nullptr &&
                        put->info().family == Family::flatten && put->integer(Opt::start_dim) == 0 &&
                        put->integer(Opt::end_dim) == 1;
    if (!known && !hidden && !head && !frames)
      return Harmed{Harm::warned, std::string(info(warning.code).id) + ": " + warning.message};
  }
  return std::nullopt;
}

}  // namespace shapedbg
