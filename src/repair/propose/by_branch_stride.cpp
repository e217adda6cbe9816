// A shortcut that steps around a branch that does not: a convolution of one place and a stride is there only
// because the branch was to step.
#include <algorithm>
#include <optional>
#include <string>

#include "flow/meeting.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The 1x1 convolution with a stride that a shortcut is, with its norm or without; -1 where it is none.
LayerId stepping_shortcut(const Spec& spec, Ref end) {
  const Ref made = before_pointwise(spec, end);
  if (made.is_input()) return LayerId();
  const LayerSpec& one = spec.layer(made.layer);
  if (one.broken || one.info().family != Family::conv) return LayerId();
  for (int a = 0; a < one.info().axes; ++a)
    if (window_of(one, a).k != 1 || window_of(one, 0).s < 2) return LayerId();
  return made.layer;
}

// The first layer of the branch that looks at several places, where none of them steps.
std::optional<LayerId> first_that_looks(const Spec& spec, Ref end, Ref start) {
  std::optional<LayerId> first;
  while (!end.is_input() && end != start) {
    const LayerSpec& one = spec.layer(end.layer);
    if (one.broken || one.inputs.size() != 1) return std::nullopt;
    if (one.info().axes > 0 && facts(one.kind).window == Sliding::takes) {
      for (int a = 0; a < one.info().axes; ++a)
        if (window_of(one, a).s != 1) return std::nullopt;
      if (window_of(one, 0).k > 1) first = end.layer;
    }
    end = one.inputs[0];
  }
  return end == start ? first : std::nullopt;
}

}  // namespace

void suggest_shortcut_strides(const Situation& s, std::vector<Candidate>& out,
                              std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  const LayerSpec& sum = s.spec.layer(*fault);
  const auto& inputs = s.trace.row(*fault).inputs;
  if (sum.kind != LayerKind::Add || inputs.size() != 2 || sum.inputs.size() != 2) return;
  for (const std::size_t k : {0u, 1u}) {
    const LayerId shortcut = stepping_shortcut(s.spec, sum.inputs[k]);
    if (shortcut.is_none()) continue;
    const LayerSpec& steps = s.spec.layer(shortcut);
    const auto at = first_that_looks(s.spec, sum.inputs[1 - k], steps.inputs[0]);
    if (!at || factor_between(inputs[1 - k], inputs[k]) == 0) continue;
    const Set set{*at, Opt::stride, steps.find(Opt::stride)->value};
    Candidate candidate;
    candidate.kind = FixKind::window;
    candidate.telling = true;
    candidate.of_a_rate = true;
    candidate.title = title_of(s.spec, {set}) + ", as `" + steps.name + "` beside it has";
    if (add_sets(s, {set}, candidate)) sort_in(s, std::move(candidate), out, partial);
    return;
  }
}

}  // namespace shapedbg
