// Rules of beside.h about what layers take and how many features it has.
#include <algorithm>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"
#include "repair/propose/unread.h"

namespace shapedbg {
namespace {

// A layer that returned one size along an axis returns another, by a third or more.
bool changes_a_factor(const Situation& s, const Judged& one) {
  for (std::size_t i = 0; i < one.origin.size() && i < one.trace.layers.size(); ++i) {
    if (one.origin[i].is_none()) continue;
    const auto& was = s.trace.row(one.origin[i]);
    const auto& is = one.trace.layers[i];
    if (was.outputs.empty() || is.outputs.empty() || was.after_failure || !was.refusals.empty()) continue;
    const Shape& before = was.outputs[0];
    const Shape& after = is.outputs[0];
    for (std::size_t k = 2; before.size() == after.size() && k < after.size(); ++k)
      if (4 * before[k] < 3 * after[k] || 4 * after[k] < 3 * before[k]) return true;
  }
  return false;
}

}  // namespace

// The Flatten, or nothing, that what a failing Linear gets comes straight from.
const LayerSpec* flatten_before(const Situation& s, LayerId fault) {
  const LayerSpec& layer = s.spec.layer(fault);
  if (layer.inputs.size() != 1) return nullptr;
  const Ref from = before_pointwise(s.spec, layer.inputs[0]);
  if (from.is_input()) return nullptr;
  const LayerSpec& one = s.spec.layer(from.layer);
  return one.info().family == Family::flatten ? &one : nullptr;
}

bool counts_arriving(const Situation& s, LayerId fault, const Judged& one) {
  const std::string& name = s.spec.layer(fault).name;
  return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
    return c.layer == name && sets_any(c, {Opt::in_features, Opt::in_channels});
  });
}

void beside_the_right_tensor(const Situation& s, std::vector<Judged>& judged) {
  const bool rewired = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const bool another =
        one.cost.kind == FixKind::source || (one.cost.kind == FixKind::axis && !one.candidate.turned.empty());
    return another && sound(one) && !one.cost.parameters;
  });
  if (!rewired) return;
  for (Judged& one : judged) {
    const FixKind kind = one.cost.kind;
    const bool number = kind == FixKind::window || kind == FixKind::partner || kind == FixKind::size_like;
    const bool resized = kind == FixKind::stage && one.candidate.inserted > 0;
    if (kind == FixKind::fit || resized || (number && changes_a_factor(s, one)))
      one.cost.doubt = Doubt::worst;
  }
}

// A vector that scales or shifts a map is made for the map, not the map for the vector.
void map_for_a_vector(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& merge = s.spec.layer(*fault);
  const auto& inputs = s.trace.row(*fault).inputs;
  if (merge.info().family != Family::elementwise || inputs.size() != merge.inputs.size()) return;
  const auto is_vector = [](const Shape& x) {
    return x.size() > 2 && std::all_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n == 1; });
  };
  const auto map = std::find_if(inputs.begin(), inputs.end(),
                                [&](const Shape& x) { return x.size() > 2 && !is_vector(x); });
  if (map == inputs.end() || std::none_of(inputs.begin(), inputs.end(), is_vector)) return;
  const Ref from = producer(s.spec, s.trace, merge.inputs[static_cast<std::size_t>(map - inputs.begin())], 1);
  if (from.is_input()) return;
  const std::string& made = s.spec.layer(from.layer).name;
  const auto changes_map = [&](const Judged& one) {
    return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                       [&](const Change& c) { return c.layer == made; });
  };
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::channels && changes_map(one)) one.cost.doubt = Doubt::worst;
}

// Where a mean or a sum over another axis leaves the features that the layer behind is built for, its number
// is right.
void beside_another_reduction(const Situation& s, std::vector<Judged>& judged) {
  const bool reduces = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto at =
        changes.size() == 1 && sets(changes[0], Opt::dim) ? s.spec.find(changes[0].layer) : std::nullopt;
    return at && sound(one) && !one.cost.parameters && s.spec.layer(*at).info().family == Family::reduce;
  });
  for (Judged& one : judged)
    if (reduces && one.cost.parameters && one.cost.kind == FixKind::channels) one.cost.doubt = Doubt::worst;
}

// Of several inputs none gets another number of features where a layer can be counted for what it gets.
void feed_of_other_features(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.inputs.size() < 2) return;
  const bool counted = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return sound(one) && one.cost.kind == FixKind::channels;
  });
  for (Judged& one : judged) {
    if (!counted || !one.cost.other_input) continue;
    for (std::size_t i = 0; i < std::min(one.spec.inputs.size(), s.spec.inputs.size()); ++i) {
      const Shape& was = s.spec.inputs[i].shape;
      const Shape& is = one.spec.inputs[i].shape;
      const std::size_t axis = was.size() == 3 ? 2 : 1;
      if (was.size() != is.size() || was.size() < 2) continue;
      if (was[1] != is[1] || was[axis] != is[axis]) one.cost.doubt = Doubt::worst;
    }
  }
}

// Whoever does all that another repair does, and more, does too much.
void more_than_another(std::vector<Judged>& judged) {
  const auto same = [](const Change& a, const Change& b) {
    return a.layer == b.layer && a.option == b.option && a.to == b.to;
  };
  for (Judged& more : judged) {
    const auto& all = more.candidate.changes;
    const bool too_much =
        sound(more) && more.cost.kind == FixKind::window &&
        std::any_of(judged.begin(), judged.end(), [&](const Judged& less) {
          const auto& some = less.candidate.changes;
          return sound(less) && less.cost.kind == FixKind::window && some.size() < all.size() &&
                 std::all_of(some.begin(), some.end(), [&](const Change& c) {
                   return std::any_of(all.begin(), all.end(), [&](const Change& d) { return same(c, d); });
                 });
        });
    if (too_much) more.cost.doubt = Doubt::nonsense;
  }
}

// Where every input of the network, and all that is made in front of the layer that fails, is read behind a
// repair, none that leaves something unread is meant.
void inputs_unread(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const auto count = [](const Spec& spec, LayerId end) {
    return unread_inputs(spec).size() + unread_layers(spec, end).size();
  };
  // Nothing fails, and the result is none: all of the network is in front of it.
  const LayerId end = fault ? *fault : s.spec.layers.last_id();
  const std::size_t before = count(s.spec, end);
  if (before == 0) return;
  const auto left = [&](const Judged& one) {
    const auto here = fault ? std::find(one.origin.begin(), one.origin.end(), *fault)
                            : one.origin.end() - (one.origin.empty() ? 0 : 1);
    return count(one.spec, LayerId(here - one.origin.begin()));
  };
  const bool reads = std::any_of(judged.begin(), judged.end(),
                                 [&](const Judged& one) { return sound(one) && left(one) < before; });
  for (Judged& one : judged)
    if (reads && left(one) >= before) one.cost.doubt = Doubt::worst;
}

// A Flatten that takes less, or is left out, leaves the features that the layer behind is built for: it is
// the Flatten that is wrong.
void beside_a_narrower_flatten(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const LayerSpec* flatten = fault ? flatten_before(s, *fault) : nullptr;
  if (flatten == nullptr) return;
  // What stands last has to be features by its maker, not by the layer behind alone.
  const Ref made = before_pointwise(s.spec, flatten->inputs[0]);
  const LayerSpec* maker = made.is_input() ? nullptr : &s.spec.layer(made.layer);
  const bool features = maker != nullptr && (facts(maker->kind).channels == Channels::last ||
                                             maker->info().family == Family::embedding);
  const auto cuts_features = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return !features && s.spec.layer(*fault).info().family == Family::linear && changes.size() == 1 &&
           changes[0].layer == flatten->name && sets_any(changes[0], {Opt::start_dim, Opt::end_dim}) &&
           flatten->integer(Opt::start_dim) > 0;
  };
  for (Judged& one : judged)
    if (cuts_features(one)) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  const bool narrower = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    return sound(one) && !one.cost.parameters && !one.cost.other_input && changes.size() == 1 &&
           changes[0].layer == flatten->name;
  });
  for (Judged& one : judged)
    if (narrower && counts_arriving(s, *fault, one)) one.cost.doubt = Doubt::worst;
}

// Without a batch axis a Flatten behind the first axis leaves as many rows as there are channels: no Linear
// is built for what one of them holds.
void beside_a_batch_axis(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  const LayerSpec* flatten = fault ? flatten_before(s, *fault) : nullptr;
  if (flatten == nullptr || s.spec.inputs.size() != 1 || !lacks_a_batch(s.spec)) return;
  const auto batched = [](const Judged& one) {
    return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [](const Change& c) {
      return (c.layer == "input" && sets(c, Opt::shape) && c.to.find("[1, ") == 0) || sets(c, Opt::start_dim);
    });
  };
  for (Judged& one : judged)
    if (!batched(one) && one.candidate.inserted == 0) one.cost.doubt = Doubt::worst;
}

// A view in rows of a stated length: the length is meant, what is cut into rows is not long enough.
void beside_padded_rows(std::vector<Judged>& judged) {
  const bool padded = std::any_of(judged.begin(), judged.end(),
                                  [](const Judged& one) { return sound(one) && one.candidate.pads_to_rows; });
  for (Judged& one : judged)
    if (padded && !one.candidate.pads_to_rows &&
        (one.cost.kind == FixKind::window || one.cost.kind == FixKind::channels))
      one.cost.doubt = Doubt::worst;
}

}  // namespace shapedbg
