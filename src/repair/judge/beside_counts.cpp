// Rules of beside.h about counts: who states a number, who else reads what it makes, and which of the sizes
// of a product it is about.
#include <algorithm>
#include <optional>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"
#include "repair/propose/channel_counts.h"

namespace shapedbg {
namespace {

// The one layer whose number of channels or features that it returns a repair sets, and nothing else first.
LayerId maker_in(const Situation& s, const Judged& one) {
  const auto& changes = one.candidate.changes;
  if (changes.empty() || one.candidate.inserted > 0 || !sets_what_goes(changes[0])) return {};
  return s.spec.find(changes[0].layer).value_or(LayerId());
}

bool has_places(const Shape& x) {
  return x.size() > 2 && std::any_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n > 1; });
}

// All axes behind the channels are the last ones still.
bool keeps_places(const Shape& x, const Shape& y) {
  const auto places = static_cast<std::ptrdiff_t>(x.size()) - 2;
  return std::ssize(y) > places && std::equal(x.end() - places, x.end(), y.end() - places);
}

// Whether channels and places of what `maker` returns are one axis of what the layer at `fault` gets: a
// Flatten or reshape on the way multiplied them.
bool multiplied_on_the_way(const Situation& s, LayerId maker, LayerId fault) {
  const Shapes& made = s.trace.row(maker).outputs;
  if (made.empty() || !has_places(made[0])) return false;
  for (const Ref start : s.spec.layer(fault).inputs) {
    bool multiplied = false;
    for (Ref at = start; !at.is_input(); at = s.spec.layer(at.layer).inputs[0]) {
      if (at.layer == maker) {
        if (multiplied) return true;
        break;
      }
      const LayerSpec& layer = s.spec.layer(at.layer);
      const LayerTrace& row = s.trace.row(at.layer);
      if (layer.broken || layer.inputs.size() != 1 || row.inputs.empty() || row.outputs.empty()) break;
      const Family family = layer.info().family;
      if (family == Family::permute || family == Family::transpose) break;
      const bool regroups = family == Family::flatten || family == Family::reshape;
      multiplied = multiplied ||
                   (regroups && has_places(row.inputs[0]) && !keeps_places(row.inputs[0], row.outputs[0]));
    }
  }
  return false;
}

// Whether another layer states the number that one is built for, too: the mean of a VAE asks for as many as
// its decoder begins with.
bool asked_elsewhere(const Spec& spec, LayerId at) {
  const LayerSpec& layer = spec.layer(at);
  const auto opt = layer.broken ? std::nullopt : taken_by(layer);
  return opt && states_elsewhere(spec, layer.integer(*opt), LayerId(), at);
}

// What a layer returns is pooled to one place on the way, and the number asked of its channels is a whole
// square of them: the places of the map for which the reader was built.
bool asked_for_a_map(const Situation& s, LayerId maker, LayerId fault) {
  const Shapes& made = s.trace.row(maker).outputs;
  if (made.empty() || !has_places(made[0]) || s.spec.layer(fault).inputs.empty()) return false;
  const LayerSpec& reader = s.spec.layer(fault);
  const auto taken = reader.broken ? std::nullopt : taken_by(reader);
  const std::int64_t factor = taken ? reader.integer(*taken) / made[0][1] : 0;
  std::int64_t side = 1;
  while (side * side < factor) ++side;
  if (side < 2 || side * side * made[0][1] != reader.integer(*taken)) return false;
  for (Ref at = reader.inputs[0]; !at.is_input() && at.layer != maker;) {
    const LayerSpec& layer = s.spec.layer(at.layer);
    const Shapes& out = s.trace.row(at.layer).outputs;
    if (layer.inputs.size() != 1 || out.empty()) return false;
    const Family family = layer.info().family;
    if ((is_pool(family) || family == Family::adaptive_pool) && !has_places(out[0])) return true;
    at = layer.inputs[0];
  }
  return false;
}

}  // namespace

// Channels that a Flatten or a view multiplies by the places of a map, or that a pool left alone: where the
// product is wrong, and its reader's number or the input would do, no other number of channels is chosen that
// makes it come out.
void channels_for_a_product(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || asked_elsewhere(s.spec, *fault)) return;
  const auto bends = [&](const Judged& one) {
    const LayerId maker = maker_in(s, one);
    return !maker.is_none() && maker < *fault &&
           (multiplied_on_the_way(s, maker, *fault) || asked_for_a_map(s, maker, *fault));
  };
  const bool other =
      std::any_of(judged.begin(), judged.end(), [&](const Judged& one) { return sound(one) && !bends(one); });
  for (Judged& one : judged)
    if (other && bends(one)) one.cost.doubt = Doubt::worst;
}

namespace {

// How many ranges end behind the axis that they are taken of: Python cuts them short without a word.
std::ptrdiff_t cut_short(const Spec& spec, const Trace& trace) {
  if (trace.layers.empty()) return 0;
  std::ptrdiff_t found = 0;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& layer = spec.layer(i);
    const Shapes& x = trace.row(i).inputs;
    if (layer.broken || layer.info().family != Family::slice || x.empty() || !layer.has(Opt::index)) continue;
    const auto& ranges = std::get<std::vector<SliceRange>>(layer.find(Opt::index)->value);
    for (std::size_t k = 0; k < std::min(ranges.size(), x[0].size()); ++k)
      found += ranges[k].stop != SliceRange::open && ranges[k].stop > x[0][k] ? 1 : 0;
  }
  return found;
}

}  // namespace

// A part that ends behind its axis was meant to be whole: where a repair makes it so, none takes it as it is.
void beside_a_whole_part(const Situation& s, std::vector<Judged>& judged) {
  const std::ptrdiff_t before = cut_short(s.spec, s.trace);
  if (before == 0) return;
  const auto left = [](const Judged& one) { return cut_short(one.spec, one.trace); };
  const bool whole = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return sound(one) && one.candidate.inserted == 0 && !one.cost.other_input && left(one) < before;
  });
  for (Judged& one : judged)
    if (whole && left(one) >= before) one.cost.doubt = Doubt::worst;
}

namespace {

// Whether anything but the merge takes what a layer returns, as it is or behind what keeps its shape.
bool read_beside(const Situation& s, LayerId maker, LayerId merge) {
  std::vector<LayerId> open{maker};
  while (!open.empty()) {
    const LayerId at = open.back();
    open.pop_back();
    for (const LayerId i : s.trials().readers().of(at)) {
      const LayerSpec& reader = s.spec.layer(i);
      if (i == merge) continue;
      if (reader.inputs.size() != 1 || reader.broken || !keeps_shape(reader.info().family)) return true;
      open.push_back(i);
    }
  }
  return false;
}

}  // namespace

// Where tensors are added, the width of the one that nothing else takes follows the other, which the rest of
// the network is built for.
void width_that_others_read(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || facts(s.spec.layer(*fault).kind).merge != Merge::adds) return;
  const auto alone = [&](const Judged& one) {
    const LayerId maker = maker_in(s, one);
    const bool brought = one.cost.kind == FixKind::projection && sound(one);
    return brought || (sound(one) && !maker.is_none() && !read_beside(s, maker, *fault));
  };
  if (std::none_of(judged.begin(), judged.end(), alone)) return;
  for (Judged& one : judged) {
    const LayerId maker = maker_in(s, one);
    if (!maker.is_none() && maker < *fault && read_beside(s, maker, *fault)) one.cost.doubt = Doubt::worst;
  }
}

// A layer that doubles its channels, as those beside it do, in front of one that is built for as many as it
// takes: it is not made to keep them where the number behind it would do.
void beside_a_doubling(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.layer(*fault).inputs.size() != 1) return;
  const std::string& taker = s.spec.layer(*fault).name;
  const bool counted = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return sound(one) && changes.size() == 1 && changes[0].layer == taker && sets_what_comes(changes[0]);
  });
  if (!counted) return;
  for (Judged& one : judged) {
    const LayerId maker = maker_in(s, one);
    const auto now = maker.is_none() ? std::nullopt : one.spec.find(s.spec.layer(maker).name);
    if (!now || maker >= *fault || one.trace.layers.empty()) continue;
    const Shapes& in = s.trace.row(maker).inputs;
    const Shapes& was = s.trace.row(maker).outputs;
    const Shapes& is = one.trace.row(*now).outputs;
    const bool last = facts(s.spec.layer(maker).kind).channels == Channels::last;
    if (in.empty() || was.empty() || is.empty() || in[0].size() < 2 || was[0].size() != in[0].size() ||
        is[0].size() != was[0].size())
      continue;
    const std::size_t k = last ? in[0].size() - 1 : 1;
    if (was[0][k] == 2 * in[0][k] && is[0][k] <= in[0][k]) one.cost.doubt = Doubt::worst;
  }
}

namespace {

// The map that a Flatten takes, without samples, is `map`.
bool flattened(const Spec& spec, const Trace& trace, const Shape& map) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& layer) {
    const LayerTrace& row = trace.layers[static_cast<std::size_t>(&layer - spec.layers.data())];
    if (layer.broken || row.inputs.empty() || row.outputs.empty() || row.outputs[0].size() != 2) return false;
    const bool flattens = layer.info().family == Family::flatten || layer.info().family == Family::reshape;
    const Shape& x = row.inputs[0];
    return flattens && x.size() > 2 && std::equal(x.begin() + 1, x.end(), map.begin(), map.end());
  });
}

}  // namespace

// A decoder that starts from the map that its encoder ends with: where a number behind it closes, it starts
// from no other.
void beside_the_map_that_was_flattened(const Situation& s, std::vector<Judged>& judged) {
  const auto starts_otherwise = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return changes.size() > 1 && std::any_of(changes.begin(), changes.end(), [&](const Change& c) {
             const auto at = s.spec.find(c.layer);
             if (!at || !sets_any(c, {Opt::shape, Opt::unflattened_size})) return false;
             const Shapes& made = s.trace.row(*at).outputs;
             if (made.empty() || made[0].size() < 3) return false;
             return flattened(s.spec, s.trace, Shape(made[0].begin() + 1, made[0].end()));
           });
  };
  const bool number = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return sound(one) && !one.cost.parameters && one.candidate.changes.size() == 1 &&
           one.candidate.inserted == 0 &&
           sets_any(one.candidate.changes[0], {Opt::stride, Opt::scale_factor});
  });
  for (Judged& one : judged)
    if (number && starts_otherwise(one)) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

namespace {

// What a network returns, where it lies in places as its first input does.
bool returns_the_input_size(const Spec& spec, const Trace& trace) {
  const Shape* got = trace.layers.empty() ? nullptr : trace.result(spec);
  const Shape& input = spec.inputs[0].shape;
  return got != nullptr && got->size() == input.size() && got->size() > 2 &&
         std::equal(got->begin() + 2, got->end(), input.begin() + 2);
}

}  // namespace

// A decoder that starts from as large a map as its encoder was built to end with, and gives the input back
// when both are made larger: one of them alone is not.
void one_end_of_a_map(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.expect || s.spec.inputs.empty()) return;
  const auto among = [](const Change& change, const Judged& other) {
    return std::any_of(other.candidate.changes.begin(), other.candidate.changes.end(), [&](const Change& c) {
      return c.layer == change.layer && c.option == change.option && c.to == change.to;
    });
  };
  const auto part_of = [&](const Judged& one, const Judged& whole) {
    return std::all_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                       [&](const Change& change) { return among(change, whole); });
  };
  for (const Judged& whole : judged) {
    const bool both =
        sound(whole) &&
        std::any_of(whole.candidate.changes.begin(), whole.candidate.changes.end(), [](const Change& change) {
          return sets_any(change, {Opt::shape, Opt::unflattened_size});
        });
    if (!both || !returns_the_input_size(whole.spec, whole.trace)) continue;
    for (Judged& one : judged)
      if (one.candidate.changes.size() < whole.candidate.changes.size() && part_of(one, whole) &&
          !returns_the_input_size(one.spec, one.trace))
        one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

namespace {

// Another layer changes all places by `factor`, the other way round.
bool undone_elsewhere(const Spec& spec, bool down, std::int64_t factor) {
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& other) {
    if (other.broken) return false;
    const Family family = other.info().family;
    if (family == (down ? Family::pixel_shuffle : Family::pixel_unshuffle))
      return other.integer(down ? Opt::upscale_factor : Opt::downscale_factor) == factor;
    return down && family == Family::conv_transpose && window_of(other, 0).s == factor;
  });
}

// A shuffle that then returns what it gets, or has no longer the factor that another layer undoes.
bool spoils_a_shuffle(const Situation& s, const Judged& one) {
  for (const Change& change : one.candidate.changes) {
    if (!sets_any(change, {Opt::upscale_factor, Opt::downscale_factor})) continue;
    const auto at = s.spec.find(change.layer);
    const auto now = one.spec.find(change.layer);
    if (!at || !now || s.spec.layer(*at).broken || s.spec.layer(*at).kind != one.spec.layer(*now).kind)
      continue;
    const bool down = s.spec.layer(*at).info().family == Family::pixel_unshuffle;
    const Opt opt = down ? Opt::downscale_factor : Opt::upscale_factor;
    const std::int64_t is = one.spec.layer(*now).integer(opt);
    if (is == 1) return true;
    if (undone_elsewhere(one.spec, down, s.spec.layer(*at).integer(opt)) &&
        !undone_elsewhere(one.spec, down, is))
      return true;
  }
  return false;
}

}  // namespace

// A shuffle keeps its factor where anything else closes: what stands around it is built for that.
void another_shuffle(const Situation& s, std::vector<Judged>& judged) {
  const bool other = std::any_of(judged.begin(), judged.end(),
                                 [&](const Judged& one) { return sound(one) && !spoils_a_shuffle(s, one); });
  for (Judged& one : judged)
    if (other && spoils_a_shuffle(s, one)) one.cost.doubt = Doubt::worst;
}

// A shuffle that ends the network, as in super resolution, returns the channels of its input where a count in
// front of it makes it do so; another count makes more of them.
void channels_of_the_input(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const bool shuffles = fault && s.spec.layer(*fault).info().family == Family::pixel_shuffle;
  if (s.spec.expect || !shuffles || before_pointwise(s.spec, {s.spec.layers.last_id(), 0}) != Ref{*fault, 0})
    return;
  const Shape& input = s.spec.inputs[0].shape;
  const auto counts = [](const Judged& one) {
    return sound(one) && one.candidate.changes.size() == 1 && sets_what_goes(one.candidate.changes[0]);
  };
  const auto returns_them = [&](const Judged& one) {
    const Shape* got = one.trace.layers.empty() ? nullptr : one.trace.result(one.spec);
    return got != nullptr && got->size() == input.size() && got->size() > 2 && (*got)[1] == input[1];
  };
  const bool any = std::any_of(judged.begin(), judged.end(),
                               [&](const Judged& one) { return counts(one) && returns_them(one); });
  for (Judged& one : judged)
    if (any && counts(one) && !returns_them(one)) one.cost.doubt = Doubt::nonsense;
}

namespace {

// What all strides on the way through the network make of one place; 1 where it does not go down.
std::int64_t whole_stride(const Situation& s, std::size_t from_the_end) {
  constexpr std::int64_t most = 1 << 16;
  std::int64_t stride = 1;
  for (const LayerId i : s.path_to({s.spec.layers.last_id(), 0})) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || facts(layer.kind).window != Sliding::takes || layer.info().axes < 1) continue;
    const auto axes = static_cast<std::size_t>(layer.info().axes);
    if (from_the_end > axes || !has_free_window(layer.info().family)) continue;
    stride *= std::max<std::int64_t>(window_of(layer, static_cast<int>(axes - from_the_end)).s, 1);
    if (stride > most) return most;
  }
  return stride;
}

}  // namespace

// An input that all strides divide, which few sizes are, is what was meant to go in: where a number would do,
// none that they do not divide is fed in its place.
void feeds_a_rest(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.inputs.empty()) return;
  const bool number = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return sound(one) && !one.cost.other_input && !one.cost.parameters && one.candidate.inserted == 0;
  });
  if (!number) return;
  const Shape& was = s.spec.inputs[0].shape;
  for (Judged& one : judged) {
    if (!one.cost.other_input || one.spec.inputs[0].shape.size() != was.size()) continue;
    const Shape& is = one.spec.inputs[0].shape;
    for (std::size_t k = first_spatial_axis(s.spec); k < was.size(); ++k) {
      const std::int64_t stride = is[k] == was[k] ? 1 : whole_stride(s, was.size() - k);
      constexpr std::int64_t no_chance = 8;
      if (stride >= no_chance && was[k] % stride == 0 && is[k] % stride != 0) one.cost.doubt = Doubt::worst;
    }
  }
}

// Where numbers that keep all weights let tensors meet, none of them is cut or padded in front of the merge
// to the size of another.
void fits_beside_numbers(std::vector<Judged>& judged) {
  const bool number = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const FixKind kind = one.cost.kind;
    return sound(one) && !one.cost.parameters &&
           (kind == FixKind::output_padding || kind == FixKind::window || kind == FixKind::stage);
  });
  for (Judged& one : judged) {
    const bool fits =
        one.cost.kind == FixKind::fit && one.candidate.inserted == 1 && !one.candidate.moves.empty() &&
        std::all_of(one.candidate.moves.begin(), one.candidate.moves.end(), [](const Move& move) {
          const auto* put = std::get_if<InsertLayer>(&move);
          return put != nullptr && put->where == InsertLayer::Where::before &&
                 (put->kind == LayerKind::Crop || put->kind == LayerKind::Pad);
        });
    if (number && fits) one.cost.doubt = Doubt::worst;
  }
}

}  // namespace shapedbg
