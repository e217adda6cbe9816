// Doubts about counts of channels and features beside others that stand for themselves, and about the batch.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"

namespace shapedbg {

// Where the features that a layer is built for are there, on other axes, its number is right.
void doubt_another_count(const Situation& s, std::vector<Judged>& judged) {
  const bool elsewhere = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::missing_axis && one.cost.doubt == Doubt::none;
  });
  const auto fault = first_fault(s.trace);
  if (!elsewhere || !fault) return;
  // In the order that the layer takes, or with a count of its own: then no axis is as many by chance.
  const bool moved = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return one.cost.kind == FixKind::missing_axis && one.cost.doubt == Doubt::none &&
           std::any_of(changes.begin(), changes.end(), [&](const Change& c) {
             return sets(c, Opt::in_features) || puts_in(c, LayerKind::Permute);
           });
  });
  const std::string& layer = s.spec.layer(*fault).name;
  for (Judged& one : judged) {
    const bool own = std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                                 [&](const Change& change) { return change.layer == layer; });
    if (one.cost.other_input) one.cost.doubt = Doubt::worst;  // as many places as features
    if (one.cost.kind != FixKind::channels || !own) continue;
    one.cost.doubt = std::max(one.cost.doubt, moved ? Doubt::worst : Doubt::nonsense);
    one.candidate.applicability = std::max(one.candidate.applicability, Applicability::unsafe);
  }
}

namespace {

// Whether all that changes is how many channels reach PixelShuffles.
bool feeds_shuffles(const Spec& spec, const Candidate& candidate) {
  return !candidate.changes.empty() &&
         std::all_of(candidate.changes.begin(), candidate.changes.end(), [&](const Change& change) {
           const auto index = spec.find(change.layer);
           return index && sets(change, Opt::out_channels) &&
                  std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& reader) {
                    return !reader.broken && reader.info().family == Family::pixel_shuffle &&
                           !reader.inputs.empty() && reader.inputs[0] == Ref{*index, 0};
                  });
         });
}

}  // namespace

// Where a factor of PixelShuffles was forgotten in front of them, what stands behind them is built for the
// right widths.
void doubt_behind_shuffles(const Situation& s, std::vector<Judged>& judged) {
  const bool forgotten = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && feeds_shuffles(s.spec, one.candidate);
  });
  if (!forgotten) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::channels && !feeds_shuffles(s.spec, one.candidate))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

// Where a tensor taken instead of another one, a skip that is joined, or axes that are turned in front of a
// merge keep all weights, the widths of the network are what they should be.
void doubt_other_widths(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const bool merges = fault && is_merge(s.spec.layer(*fault));
  const bool wiring = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const bool turned =
        merges && one.cost.kind == FixKind::missing_axis &&
        (puts_in(one.candidate, LayerKind::Transpose) || puts_in(one.candidate, LayerKind::Permute));
    const bool rewired = !one.candidate.turned.empty() || one.cost.kind == FixKind::missing_concat || turned;
    return rewired && one.cost.doubt == Doubt::none && !one.cost.parameters;
  });
  if (!wiring) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::channels && one.cost.parameters) one.cost.doubt = Doubt::worst;
}

namespace {

// How many channels a norm gets, as the network says it besides: they double from the layer in front, or
// another layer makes or takes as many.
struct Told {
  bool doubles = false;
  bool elsewhere = false;
};
Told told_besides(const Situation& s, LayerId norm) {
  const Shapes& x = s.trace.row(norm).inputs;
  if (x.empty() || x[0].size() < 2) return {};
  const bool last = facts(s.spec.layer(norm).kind).channels == Channels::last;
  const std::size_t axis = last ? x[0].size() - 1 : 1;
  const Ref from = producer(s.spec, s.trace, s.spec.layer(norm).inputs[0], axis);
  if (from.is_input()) return {};
  const Shapes& taken = s.trace.row(from.layer).inputs;
  return {!taken.empty() && taken[0].size() == x[0].size() && x[0][axis] == 2 * taken[0][axis],
          states_elsewhere(s.spec, x[0][axis], from.layer, norm)};
}

}  // namespace

// A norm is built for what the layer in front of it returns, not the other way round.
void doubt_for_a_norm(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& norm = s.spec.layer(*fault);
  if (facts(norm.kind).effect != Effect::kept || facts(norm.kind).weights.empty()) return;
  const Told told = told_besides(s, *fault);
  const auto fits_the_norm = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return one.cost.doubt == Doubt::none && std::none_of(changes.begin(), changes.end(), sets_what_goes) &&
           std::any_of(changes.begin(), changes.end(), [&](const Change& c) { return c.layer == norm.name; });
  };
  const bool alone = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.candidate.changes.size() == 1 && fits_the_norm(one);
  });
  // Where what follows is built for the norm's number as well, two layers say so against one.
  const bool own = alone || (told.doubles && std::any_of(judged.begin(), judged.end(), fits_the_norm));
  for (Judged& one : judged) {
    const bool producer = std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                                      [](const Change& c) { return sets_what_goes(c); });
    // Nor is it left out where its number does.
    if (own && one.candidate.removed > 0) one.cost.doubt = Doubt::worst;
    if (!own || !producer) continue;
    constexpr std::int64_t behind = 1 << 20;
    one.cost.amount += behind;
    if (one.candidate.changes.size() > 1) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
    if (told.doubles || (alone && told.elsewhere)) one.cost.doubt = Doubt::worst;
  }
}

namespace {

bool changes_only(const Judged& one, const std::string& layer, Opt opt) {
  const auto& changes = one.candidate.changes;
  return !changes.empty() && std::all_of(changes.begin(), changes.end(),
                                         [&](const Change& c) { return c.layer == layer && sets(c, opt); });
}

}  // namespace

namespace {

// Whether all parts of a Concat but one are `width` wide.
bool all_but_one(const Shapes& parts, std::size_t axis, const std::string& width) {
  const auto as_wide = std::count_if(parts.begin(), parts.end(), [&](const Shape& part) {
    return axis < part.size() && std::to_string(part[axis]) == width;
  });
  return as_wide + 1 == static_cast<std::ptrdiff_t>(parts.size());
}

// Whether every other Concat of channels joins parts of one width, and there is one.
bool equal_elsewhere(const Situation& s, LayerId but) {
  bool equal = false;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& join = s.spec.layer(i);
    const LayerTrace& row = s.trace.row(i);
    if (i == but || join.info().family != Family::concat || !row.refusals.empty() || row.inputs.size() < 2)
      continue;
    const std::size_t axis = wrapped_axis(join.integer(Opt::dim), row.inputs[0].size());
    if (axis != 1) continue;
    for (const Shape& part : row.inputs)
      if (axis >= part.size() || part[axis] != row.inputs[0][axis]) return false;
    equal = true;
  }
  return equal;
}

// A repair of one part of a Concat, by which it gets as wide as the others, where the network joins parts of
// one width everywhere else.
bool evens_out(const Situation& s, LayerId join, std::size_t axis, const Judged& one) {
  const auto& changes = one.candidate.changes;
  return sound(one) && changes.size() == 1 && sets_what_goes(changes[0]) &&
         all_but_one(s.trace.row(join).inputs, axis, changes[0].to) && equal_elsewhere(s, join);
}

}  // namespace

// What a layer takes is the sum of what a Concat in front of it joins: it is the sum that people get wrong.
// None of what is joined is bent to it (but a part that then is as wide as the others, where the network
// joins equal parts everywhere), and nothing is joined along another axis than the one that went without
// saying, nor maps one beside the other. And groups that are more than the channels were meant to be as many.
void doubt_beside_a_count(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& layer = s.spec.layer(*fault);
  const LayerTrace& row = s.trace.row(*fault);
  if (layer.inputs.empty() || row.inputs.empty() || row.inputs[0].empty()) return;
  const Shape& x = row.inputs[0];
  const bool last = facts(layer.kind).channels == Channels::last;
  const std::size_t axis = last ? x.size() - 1 : std::min<std::size_t>(1, x.size() - 1);
  const Ref from = producer(s.spec, s.trace, layer.inputs[0], axis);
  const LayerSpec* sum = from.is_input() ? nullptr : &s.spec.layer(from.layer);
  const bool merged_axes =
      sum != nullptr && !from.is_input() && sum->info().family == Family::flatten && !last;
  const bool joined = sum != nullptr && (sum->info().family == Family::concat || merged_axes);
  const auto own = [&](const Judged& one) {
    // Several layers that take the same tensor are set alike.
    const auto& changes = one.candidate.changes;
    const bool here =
        std::any_of(changes.begin(), changes.end(), [&](const Change& c) { return c.layer == layer.name; });
    const bool counts = std::all_of(changes.begin(), changes.end(), [&](const Change& c) {
      return sets_what_comes(c) && c.to == changes[0].to;
    });
    return one.cost.doubt == Doubt::none && here && counts;
  };
  const bool counted = std::any_of(judged.begin(), judged.end(), own);
  const auto depthwise = [&](const Judged& one) {
    return one.cost.doubt == Doubt::none && changes_only(one, layer.name, Opt::groups) &&
           one.candidate.changes[0].to == std::to_string(x[axis]);
  };
  const bool more_groups =
      layer.find(Opt::groups) != nullptr &&
      (layer.integer(Opt::groups) > x[axis] || x[axis] % layer.integer(Opt::groups) != 0) &&
      std::any_of(judged.begin(), judged.end(), depthwise);
  const auto evened = [&](const Judged& one) {
    return joined && !merged_axes && evens_out(s, from.layer, axis, one);
  };
  const bool odd_part = std::any_of(judged.begin(), judged.end(), evened);
  for (Judged& one : judged) {
    constexpr std::int64_t behind = 1 << 20;
    if (odd_part && own(one)) one.cost.amount += behind;
    const Change& first = one.candidate.changes[0];
    const bool bent = sets_what_goes(first) && !evened(one);
    // Along the channels, where they then are as many as the layer states, is what was meant.
    const bool to_channels = sets(first, Opt::dim) && one.cost.doubt == Doubt::none && !one.cost.parameters &&
                             first.to == std::to_string(axis);
    const bool turned = joined && !merged_axes && first.layer == sum->name && sets(first, Opt::dim) &&
                        (!sum->find(Opt::dim)->written || x.size() > 3) && !to_channels;
    if (joined && counted && (bent || turned)) one.cost.doubt = Doubt::worst;
    if (more_groups && !depthwise(one) && one.cost.kind == FixKind::channels) one.cost.doubt = Doubt::worst;
  }
}

// The counts of several layers bent to what one number puts right: the others state what was meant.
void doubt_bent_counts(const Situation& s, std::vector<Judged>& judged) {
  const auto counts = [](const Judged& one) {
    return one.cost.kind == FixKind::channels && one.candidate.inserted == 0 && !one.harm;
  };
  const auto layers = [](const Judged& one) {
    std::vector<std::string_view> names;
    for (const Change& change : one.candidate.changes)
      if (std::count(names.begin(), names.end(), change.layer) == 0) names.push_back(change.layer);
    return names.size();
  };
  // Of two tensors that are added the one whose number stands by itself.
  const auto fault = first_fault(s.trace);
  const std::size_t most = fault && facts(s.spec.layer(*fault).kind).merge == Merge::adds ? 1 : 2;
  const bool one_number = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return counts(one) && one.cost.doubt == Doubt::none && one.candidate.changes.size() == 1;
  });
  // Nor are trained weights thrown away in several layers where one number of the layer that fails keeps
  // them.
  const bool keeps = fault && std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
                       return sound(one) && !one.cost.parameters && !one.cost.other_input &&
                              one.candidate.changes.size() == 1 && one.candidate.inserted == 0 &&
                              one.candidate.changes[0].layer == s.spec.layer(*fault).name;
                     });
  for (Judged& one : judged)
    if (counts(one) &&
        ((one_number && layers(one) > most) || (keeps && one.cost.parameters && layers(one) > 1)))
      one.cost.doubt = Doubt::worst;
}

// The batch is no axis of channels, though a layer that gets one axis less takes it for one.
void doubt_batch(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.inputs.empty()) return;
  const LayerSpec& layer = s.spec.layer(*fault);
  const LayerTrace& row = s.trace.row(*fault);
  const auto axes = layer.axis_count();
  const Ref from = layer.inputs.empty() ? Ref{} : before_pointwise(s.spec, layer.inputs[0]);
  const std::size_t k = from.is_input() ? from.input() : 0;
  const Shape& input = s.spec.inputs[k].shape;
  const bool batch =
      axes > 0 && !row.inputs.empty() && row.inputs[0].size() == axes + 1 && !input.empty() &&
      row.inputs[0][0] == input[0] && input[0] > 1 && layer.find(Opt::in_channels) != nullptr &&
      (input.size() > axes + 1 || (layer.has(Opt::in_channels) && layer.integer(Opt::in_channels) == 1));
  for (Judged& one : judged) {
    const bool takes_batch =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
          return batch && c.layer == layer.name && sets(c, Opt::in_channels) &&
                 c.to == std::to_string(input[0]);
        });
    if (takes_batch) one.cost.doubt = Doubt::worst;
  }
}

// No size of the input is chosen so that nodes and features are as many by chance, nor where an axis is
// missing in the middle of the network.
void doubt_chance(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.inputs.empty()) return;
  const Family family = s.spec.layer(*fault).info().family;
  for (Judged& one : judged)
    if (one.cost.other_input && (family == Family::matmul || family == Family::attention))
      one.cost.doubt = Doubt::worst;
  const bool axis = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return one.cost.kind == FixKind::missing_axis && one.candidate.inserted > 0 &&
           one.cost.doubt == Doubt::none && !one.cost.other_input;
  });
  for (Judged& one : judged)
    if (axis && one.cost.other_input) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

// Nor is the batch what a product of two matrices sums over, unless it did.
void doubt_sums_over_the_batch(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.inputs.empty() || s.spec.inputs[0].shape.empty()) return;
  const std::int64_t batch = s.spec.inputs[0].shape[0];
  const LayerSpec& layer = s.spec.layer(*fault);
  const auto& was = s.trace.row(*fault).inputs;
  if (layer.info().family != Family::matmul || batch < 2 || was.size() != 2 || was[0].size() != 2) return;
  for (Judged& one : judged) {
    const auto now = one.spec.find(layer.name);
    if (!now || one.trace.layers.empty()) continue;
    const auto& is = one.trace.row(*now).inputs;
    if (is.size() == 2 && is[0].size() == 2 && is[0].back() == batch && was[0].back() != batch)
      one.cost.doubt = Doubt::worst;
  }
}

}  // namespace shapedbg
