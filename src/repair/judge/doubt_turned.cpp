// Axes that a repair turns: the samples stay first, and a turn that the author undoes behind a layer is
// meant.
#include <algorithm>
#include <optional>

#include "net/facts.h"
#include "net/readers.h"
#include "repair/judge/beside.h"

namespace shapedbg {
namespace {

// A network that returns its samples along the first axis does so behind its repair.
void loses_the_batch(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.inputs.empty() || s.spec.inputs[0].shape.empty()) return;
  const std::int64_t batch = s.spec.inputs[0].shape[0];
  const Shape* was = s.trace.result(s.spec);
  if (was == nullptr || was->size() < 2 || (*was)[0] != batch) return;
  for (Judged& one : judged) {
    const bool turned = std::any_of(
        one.candidate.changes.begin(), one.candidate.changes.end(),
        [](const Change& c) { return c.option == "dims" || c.option == "dim0" || c.option == "dim1"; });
    if (!turned || one.trace.layers.empty()) continue;
    const Shape* is = one.trace.result(one.spec);
    if (is != nullptr && is->size() == was->size() && (*is)[0] != batch) one.cost.doubt = Doubt::worst;
  }
}

bool turns(const Spec& spec, LayerId at) { return facts(spec.layer(at).kind).effect == Effect::reordered; }

// The layer right in front of `at` that turns its axes; nothing where another one stands there.
std::optional<LayerId> turned_before(const Spec& spec, LayerId at) {
  const auto& inputs = spec.layer(at).inputs;
  if (inputs.size() != 1 || inputs[0].is_input() || !turns(spec, inputs[0].layer)) return std::nullopt;
  return inputs[0].layer;
}

bool turned_behind(const Spec& spec, LayerId at) {
  for (std::size_t i = at.place() + 1; i < spec.layers.size(); ++i) {
    const auto& inputs = spec.layers[i].inputs;
    if (inputs.empty() || inputs[0] != Ref{at, 0}) continue;
    if (turns(spec, LayerId(i))) return true;
    if (inputs.size() != 1 || facts(spec.layers[i].kind).effect != Effect::kept) return false;
    at = LayerId(i);
  }
  return false;
}

// Whether the layer counts the channels that stand second in front of the turn: then it is the turn that is
// wrong. A Linear is turned to for the sake of the other axis.
bool counts_in_front(const Situation& s, LayerId fault, LayerId front) {
  const auto& before = s.trace.row(front).inputs;
  const LayerSpec& layer = s.spec.layer(fault);
  if (before.empty() || before[0].size() < 2 || facts(layer.kind).channels == Channels::last) return false;
  for (const Opt opt : {Opt::num_features, Opt::num_channels, Opt::in_channels})
    if (layer.find(opt) != nullptr && layer.has(opt)) return layer.integer(opt) == before[0][1];
  return false;
}

// Where the author turns the axes for one layer and back again, it is its number that is wrong, and not both
// turns: a count of its own closes it as well.
void undoes_a_turn(const Situation& s, std::vector<Judged>& judged) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals.empty()) return;
  const Code code = s.trace.row(*fault).refusals[0].code;
  const auto front = turned_before(s.spec, *fault);
  if ((code != Code::L209 && code != Code::L203) || !front || !turned_behind(s.spec, *fault)) return;
  if (counts_in_front(s, *fault, *front)) return;
  const std::string& layer = s.spec.layer(*fault).name;
  const std::string& turn = s.spec.layer(*front).name;
  const bool counted = std::any_of(judged.begin(), judged.end(), [&](const Judged& one) {
    return one.cost.kind == FixKind::channels && one.candidate.changes.size() == 1 && !one.cost.other_input &&
           one.candidate.changes[0].layer == layer;
  });
  if (!counted) return;
  for (Judged& one : judged) {
    const bool undone = std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(),
                                    [&](const Change& c) { return c.layer == turn; }) ||
                        (one.candidate.inserted > 0 && one.cost.kind == FixKind::missing_axis);
    if (undone) one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
  }
}

// A new axis that was put at the wrong place is put elsewhere, not carried there behind it.
void carries_a_new_axis(const Situation& s, std::vector<Judged>& judged) {
  const auto moved = [&](const Judged& one) {
    const auto& changes = one.candidate.changes;
    const auto at =
        changes.size() == 1 && changes[0].option == "dim" ? s.spec.find(changes[0].layer) : std::nullopt;
    return at && one.cost.doubt == Doubt::none && s.spec.layer(*at).info().family == Family::unsqueeze
               ? *at
               : LayerId();
  };
  LayerId axis;
  for (const Judged& one : judged)
    if (axis.is_none()) axis = moved(one);
  if (axis.is_none()) return;
  for (Judged& one : judged) {
    for (const LayerId i : ids(one.spec.layers)) {
      const auto& inputs = one.spec.layer(i).inputs;
      if (!one.origin[i].is_none() || !turns(one.spec, i) || inputs.empty() || inputs[0].is_input()) continue;
      if (one.origin[inputs[0].layer] == axis) one.cost.doubt = Doubt::worst;
    }
  }
}

}  // namespace

void doubt_turned(const Situation& s, std::vector<Judged>& judged) {
  loses_the_batch(s, judged);
  undoes_a_turn(s, judged);
  carries_a_new_axis(s, judged);
}

}  // namespace shapedbg
