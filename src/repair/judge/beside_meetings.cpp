// Rules of beside.h about tensors that meet: along which axis they are joined, and which of two widths is
// that of the result.
#include <algorithm>
#include <cstdlib>
#include <optional>
#include <span>

#include "diagnose/rules.h"
#include "flow/meeting.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"

namespace shapedbg {

// A Concat told to join along the channels, where they then are as many as the layer behind it states: the
// count is right, and the axis was wrong.
void beside_joined_channels(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.layer(*fault).inputs.size() != 1 || s.trace.row(*fault).inputs.empty()) return;
  const LayerSpec& layer = s.spec.layer(*fault);
  const std::size_t rank = s.trace.row(*fault).inputs[0].size();
  if (facts(layer.kind).channels == Channels::none || rank < 2) return;
  const std::size_t channels = facts(layer.kind).channels == Channels::last ? rank - 1 : 1;
  const Ref from = before_pointwise(s.spec, layer.inputs[0]);
  if (from.is_input() || s.spec.layer(from.layer).info().family != Family::concat) return;
  const std::string& join = s.spec.layer(from.layer).name;
  const bool joined = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return sound(one) && !one.cost.parameters && changes.size() == 1 && changes[0].layer == join &&
           sets(changes[0], Opt::dim) &&
           wrapped_axis(std::strtoll(changes[0].to.c_str(), nullptr, 10), rank) == channels;
  });
  for (Judged& one : judged)
    if (joined && one.cost.kind == FixKind::channels) one.cost.doubt = Doubt::worst;
}

namespace {

// How often layers return so many channels or features, those aside that bring them to the sum.
std::ptrdiff_t widths_elsewhere(const Spec& spec, std::int64_t width, const std::vector<LayerId>& makers) {
  std::ptrdiff_t found = 0;
  for (const LayerId i : ids(spec.layers)) {
    if (spec.layer(i).broken || std::count(makers.begin(), makers.end(), i) > 0) continue;
    for (const Opt opt : {Opt::out_channels, Opt::out_features})
      if (spec.layer(i).find(opt) != nullptr) found += spec.layer(i).integer(opt) == width ? 1 : 0;
  }
  return found;
}

constexpr Opt kTaken[] = {Opt::in_channels, Opt::in_features, Opt::num_features, Opt::num_channels};
constexpr Opt kMade[] = {Opt::out_channels, Opt::out_features, Opt::embedding_dim};

// The number that a layer states for one of `opts`.
std::optional<std::int64_t> stated(const LayerSpec& layer, std::span<const Opt> opts) {
  for (const Opt opt : opts)
    if (!layer.broken && layer.find(opt) != nullptr && layer.find(opt)->written && layer.has(opt))
      return layer.integer(opt);
  return std::nullopt;
}

// How many numbers of channels or features that layers state are `width`, those of two layers aside.
std::ptrdiff_t statements_of(const Spec& spec, std::int64_t width, LayerId maker, LayerId taker) {
  std::ptrdiff_t found = 0;
  for (const LayerId i : ids(spec.layers)) {
    found += i != taker && stated(spec.layer(i), kTaken) == width ? 1 : 0;
    found += i != maker && stated(spec.layer(i), kMade) == width ? 1 : 0;
  }
  return found;
}

}  // namespace

bool states_elsewhere(const Spec& spec, std::int64_t width, LayerId maker, LayerId taker) {
  return statements_of(spec, width, maker, taker) > 0;
}

namespace {

// Widths that double or halve from layer to layer.
bool doubles(std::int64_t a, std::int64_t b) { return a == 2 * b || b == 2 * a || a == 4 * b || b == 4 * a; }

}  // namespace

// A layer returns as many channels as no other one states, and what takes them is built for a number that
// several state: it is the maker's number that is a slip, and nothing behind is bent to it.
void beside_an_odd_width(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.spec.layer(*fault).inputs.size() != 1 || s.trace.row(*fault).inputs.empty()) return;
  const LayerSpec& layer = s.spec.layer(*fault);
  const Shape& x = s.trace.row(*fault).inputs[0];
  const auto wanted = stated(layer, kTaken);
  const bool last = facts(layer.kind).channels == Channels::last;
  if (!wanted || facts(layer.kind).channels == Channels::none || x.size() < 2) return;
  const std::size_t axis = last ? x.size() - 1 : 1;
  const Ref from = producer(s.spec, s.trace, layer.inputs[0], axis);
  if (from.is_input() || stated(s.spec.layer(from.layer), kMade) != x[axis]) return;
  if (statements_of(s.spec, x[axis], from.layer, *fault) > 0 ||
      statements_of(s.spec, *wanted, from.layer, *fault) < 2)
    return;
  // Widths that double or halve from layer to layer are meant.
  const Shapes& taken = s.trace.row(from.layer).inputs;
  if (taken.empty() || axis >= taken[0].size()) return;
  const std::int64_t in = taken[0][last ? taken[0].size() - 1 : 1];
  if (doubles(x[axis], in)) return;
  const std::string& maker = s.spec.layer(from.layer).name;
  const auto of_the_maker = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return changes.size() == 1 && changes[0].layer == maker;
  };
  const auto made = std::find_if(judged.begin(), judged.end(), [&](const Judged& one) {
    return !one.harm && one.cost.kind == FixKind::channels && of_the_maker(one);
  });
  if (made == judged.end()) return;
  constexpr std::int64_t behind = 1 << 20;
  const bool whole = sound(*made);
  for (Judged& one : judged) {
    if (one.cost.kind != FixKind::channels || of_the_maker(one)) continue;
    one.cost.amount += behind;
    if (whole) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

// The same where two tensors are added: none is brought to a width that one layer alone states, by a
// projection or by a number of what made the other.
void beside_an_odd_term(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || facts(s.spec.layer(*fault).kind).merge != Merge::adds) return;
  // Of what the network returns the width of its own is the right one (width_of_the_result).
  if (before_pointwise(s.spec, {s.spec.layers.last_id(), 0}) == Ref{*fault, 0}) return;
  const LayerSpec& sum = s.spec.layer(*fault);
  const Shapes& x = s.trace.row(*fault).inputs;
  const auto& refusal = s.trace.row(*fault).refusals[0];
  if (x.size() != 2 || sum.inputs.size() != 2 || x[0].size() != x[1].size() || refusal.axis < 1) return;
  const auto axis = static_cast<std::size_t>(refusal.axis);
  for (const std::size_t k : {0u, 1u}) {
    const Ref from = producer(s.spec, s.trace, sum.inputs[k], axis);
    if (axis >= x[k].size() || from.is_input() || doubles(x[0][axis], x[1][axis]) ||
        stated(s.spec.layer(from.layer), kMade) != x[k][axis] ||
        statements_of(s.spec, x[k][axis], from.layer, from.layer) > 0 ||
        statements_of(s.spec, x[1 - k][axis], from.layer, from.layer) < 2)
      continue;
    const std::string& maker = s.spec.layer(from.layer).name;
    const auto of_the_maker = [&](const Judged& one) {
      const auto& changes = one.candidate.changes;
      return changes.size() == 1 && changes[0].layer == maker;
    };
    const bool made = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
      return sound(one) && one.cost.kind == FixKind::channels && of_the_maker(one);
    });
    for (Judged& one : judged)
      if (made && !of_the_maker(one) &&
          (one.cost.kind == FixKind::channels || one.cost.kind == FixKind::projection))
        one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

// A sum that the network returns, of one width that its hidden layers have and one that none of them has:
// that one is the width of the result.
void width_of_the_result(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || facts(s.spec.layer(*fault).kind).merge != Merge::adds) return;
  const Ref end = before_pointwise(s.spec, {s.spec.layers.last_id(), 0});
  if (end != Ref{*fault, 0}) return;
  const LayerSpec& sum = s.spec.layer(*fault);
  const auto& refusal = s.trace.row(*fault).refusals[0];
  if (refusal.axis < 0) return;
  std::vector<LayerId> makers;
  for (const Ref ref : sum.inputs) {
    const Ref made = producer(s.spec, s.trace, ref, static_cast<std::size_t>(refusal.axis));
    if (!made.is_input()) makers.push_back(made.layer);
  }
  const auto makes = [&](const Judged& one) -> const Change* {
    const auto& changes = one.candidate.changes;
    if (!sound(one) || changes.size() != 1) return nullptr;
    return sets_what_goes(changes[0]) ? &changes[0] : nullptr;
  };
  const auto number = [](const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); };
  const auto hidden = [&](std::int64_t width) { return widths_elsewhere(s.spec, width, makers) > 0; };
  const bool narrow = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const Change* change = makes(one);
    return change != nullptr && !hidden(number(change->to)) && hidden(number(change->from));
  });
  for (Judged& one : judged)
    if (const Change* change = makes(one);
        narrow && change != nullptr && hidden(number(change->to)) && !hidden(number(change->from)))
      one.cost.doubt = Doubt::worst;
}

// Where the author cuts the skip of another level, the level that fails lacks its Crop, and its convolutions
// trim the map because they are meant to.
void beside_a_skip_that_is_cut(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || !cut_at_another_merge(s.spec, *fault)) return;
  const auto cuts = [&](const Judged& one) { return puts_in(one.candidate, LayerKind::Crop); };
  if (std::none_of(judged.begin(), judged.end(), [&](const Judged& one) { return sound(one) && cuts(one); }))
    return;
  for (Judged& one : judged)
    if (!cuts(one)) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

namespace {

// How many channels a layer returns for each that it takes, behind a change; 0 where that is no whole number
// or nothing of the kind.
std::int64_t widens(const Judged& one, const std::string& name) {
  const auto at = one.spec.find(name);
  if (!at || one.trace.layers.empty() || one.trace.row(*at).inputs.empty()) return 0;
  const LayerSpec& layer = one.spec.layer(*at);
  const Shape& x = one.trace.row(*at).inputs[0];
  const auto axes = layer.axis_count();
  const auto made = stated(layer, kMade);
  const bool last = facts(layer.kind).channels == Channels::last;
  if (!made || x.size() <= axes) return 0;
  const std::int64_t in = last ? x.back() : x[x.size() - axes - 1];
  return in > 0 && *made % in == 0 ? *made / in : 0;
}

}  // namespace

// A gate halves what it gets. A layer that makes as many channels for it as it takes, where twice as many
// close everything, is the one that forgot that: no skip is brought to the half.
void beside_a_doubled_gate(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || facts(s.spec.layer(*fault).kind).merge != Merge::adds) return;
  const auto in_front_of_a_gate = [&](LayerId at) {
    return std::any_of(s.spec.layers.begin(), s.spec.layers.end(), [&](const LayerSpec& reader) {
      return !reader.broken && reader.info().family == Family::glu && reader.inputs.size() == 1 &&
             before_pointwise(s.spec, reader.inputs[0]).layer == at;
    });
  };
  const auto doubles_for_a_gate = [&](const Judged& one) {
    const Moves& moves = one.candidate.moves;
    const auto* set = moves.size() == 1 ? std::get_if<SetOption>(&moves[0]) : nullptr;
    return set != nullptr && std::find(std::begin(kMade), std::end(kMade), set->opt) != std::end(kMade) &&
           in_front_of_a_gate(set->layer) && widens(one, s.spec.layer(set->layer).name) == 2;
  };
  const auto doubled = std::find_if(judged.begin(), judged.end(),
                                    [&](const Judged& one) { return sound(one) && doubles_for_a_gate(one); });
  if (doubled == judged.end()) return;
  for (Judged& one : judged)
    if (!doubles_for_a_gate(one) &&
        (one.cost.kind == FixKind::projection || one.cost.kind == FixKind::channels))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

namespace {

// A Permute or Transpose that leaves every axis where it is.
bool stays_as_it_is(const LayerSpec& layer) {
  if (layer.broken || facts(layer.kind).effect != Effect::reordered) return false;
  if (layer.find(Opt::dims) == nullptr) return layer.integer(Opt::dim0) == layer.integer(Opt::dim1);
  const auto& dims = layer.integers(Opt::dims);
  for (std::size_t k = 0; k < dims.size(); ++k)
    if (wrapped_axis(dims[k], dims.size()) != k) return false;
  return true;
}

}  // namespace

// A Permute that turns nothing stands there to turn something: where its numbers do, no other one is put in.
// Nor where one that was turned in vain is left out.
void beside_an_idle_turn(const Situation& s, std::vector<Judged>& judged) {
  const auto turns_it = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto gone = one.candidate.removed == 1 ? s.spec.find(changes[0].layer) : std::nullopt;
    if (gone && facts(s.spec.layer(*gone).kind).effect == Effect::reordered) return true;
    return std::any_of(changes.begin(), changes.end(), [&](const Change& c) {
      const auto at = sets_any(c, {Opt::dims, Opt::dim0, Opt::dim1}) ? s.spec.find(c.layer) : std::nullopt;
      return at && stays_as_it_is(s.spec.layer(*at));
    });
  };
  const bool turned = std::any_of(judged.begin(), judged.end(),
                                  [&](const Judged& one) { return sound(one) && turns_it(one); });
  for (Judged& one : judged)
    if (turned && !turns_it(one) &&
        (puts_in(one.candidate, LayerKind::Permute) || puts_in(one.candidate, LayerKind::Transpose)))
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

// A resize to the size of another tensor makes good what was rounded. Where sizes are a factor apart and the
// factor of the same layer closes it, that is what is wrong.
void beside_a_factor(const Situation& s, std::vector<Judged>& judged) {
  const auto set_by = [&](const Judged& one, Opt opt) {
    for (const Change& c : one.candidate.changes)
      if (sets(c, opt) && c.to != "null")
        if (const auto at = s.spec.find(c.layer)) return *at;
    return LayerId();
  };
  for (Judged& like : judged) {
    const LayerId at = like.cost.kind == FixKind::size_like ? set_by(like, Opt::size_like) : LayerId();
    const auto now = at.is_none() ? std::nullopt : like.spec.find(s.spec.layer(at).name);
    if (!now || like.trace.layers.empty()) continue;
    const Shapes& was = s.trace.row(at).outputs;
    const Shapes& is = like.trace.row(*now).outputs;
    if (was.empty() || is.empty() || was[0].empty() || was[0].size() != is[0].size()) continue;
    const bool apart = 2 * is[0].back() >= 3 * was[0].back() || 3 * is[0].back() <= 2 * was[0].back();
    const bool factor = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
      return sound(one) && !one.harm && set_by(one, Opt::scale_factor) == at;
    });
    if (!apart || !factor) continue;
    like.cost.doubt = std::max(like.cost.doubt, Doubt::nonsense);
    // Nor is a stride of another layer taken away for it.
    for (Judged& one : judged)
      if (one.cost.kind == FixKind::window && !one.candidate.telling &&
          std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), takes_the_stride))
        one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

}  // namespace shapedbg
