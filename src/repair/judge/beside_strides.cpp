// Rules of beside.h about strides: of one place, of layers that are alike.
#include <algorithm>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/changed.h"
#include "repair/judge/beside_rules.h"

namespace shapedbg {
namespace {

// Right in front of a sum, or behind nothing but norms.
bool in_a_shortcut(const Spec& spec, LayerId layer) {
  for (const LayerSpec& sum : spec.layers) {
    if (facts(sum.kind).merge != Merge::adds) continue;
    for (const Ref ref : sum.inputs)
      if (before_pointwise(spec, ref).layer == layer) return true;
  }
  return false;
}

}  // namespace

void steps_of_one_place(const Situation& s, std::vector<Judged>& judged) {
  const bool other = std::any_of(judged.begin(), judged.end(), sound);
  for (Judged& one : judged) {
    const bool steps =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
          const auto layer = sets(c, Opt::stride) ? s.spec.find(c.layer) : std::nullopt;
          if (!layer) return false;
          const LayerSpec& conv = s.spec.layer(*layer);
          if (conv.broken || conv.info().family != Family::conv || in_a_shortcut(s.spec, *layer))
            return false;
          const Window w = window_of(conv, 0);
          return w.k == 1 && w.s == 1 && c.to != "1";
        });
    if (steps && other) one.cost.doubt = Doubt::worst;
  }
}

// Of two layers of a branch that step, the first does what the branch is to do.
void later_of_two_steps(const Situation& s, std::vector<Judged>& judged) {
  const auto unstepped = [&](const Judged& one) -> LayerId {
    const auto& changes = one.candidate.changes;
    if (changes.size() != 1 || !sets(changes[0], Opt::stride) || changes[0].to != "1") return LayerId();
    return s.spec.find(changes[0].layer).value_or(LayerId());
  };
  LayerId last;
  for (const Judged& one : judged)
    if (sound(one)) last = std::max(last, unstepped(one));
  for (Judged& one : judged)
    if (const LayerId layer = unstepped(one); !layer.is_none() && layer < last) one.cost.amount += 1;
}

namespace {

// The one layer whose stride a repair sets, and what goes with it, of a family; -1 for other repairs.
LayerId sets_one_stride(const Situation& s, const Judged& one, Family family) {
  const auto& changes = one.candidate.changes;
  const auto same = [&](const Change& c) { return c.layer == changes[0].layer; };
  if (!sets(one.candidate, Opt::stride) || !std::all_of(changes.begin(), changes.end(), same))
    return LayerId();
  const auto at = s.spec.find(changes[0].layer);
  return at && !s.spec.layer(*at).broken && s.spec.layer(*at).info().family == family ? *at : LayerId();
}

// Nothing else in the network goes down or up by its stride.
bool strides_as_none(const Spec& spec, LayerId at) {
  const std::int64_t stride = window_of(spec.layer(at), 0).s;
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& other = spec.layer(i);
    if (i == at || other.broken) continue;
    const auto by = facts(other.kind).goes.by;
    if (by == Opt::stride && window_of(other, 0).s == stride) return false;
    if (by == Opt::scale_factor && other.has(*by) && std::holds_alternative<double>(other.find(*by)->value) &&
        other.number(*by) == static_cast<double>(stride))
      return false;
  }
  return stride > 1;
}

// A convolution by whose stride nothing else goes, and that gets the window of another one: no size is
// followed, cut or fed for it.
void beside_a_strange_stride(const Situation& s, std::vector<Judged>& judged) {
  const auto usual = [&](const Judged& one) {
    const LayerId at = sound(one) && !one.cost.parameters ? sets_one_stride(s, one, Family::conv) : LayerId();
    const auto now = at.is_none() ? std::nullopt : one.spec.find(s.spec.layer(at).name);
    return now && strides_as_none(s.spec, at) &&
           std::any_of(s.spec.layers.begin(), s.spec.layers.end(),
                       [&](const LayerSpec& other) { return same_windows(one.spec.layer(*now), other); });
  };
  if (std::none_of(judged.begin(), judged.end(), usual)) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::size_like || one.cost.kind == FixKind::fit || one.cost.other_input)
      one.cost.doubt = std::max(one.cost.doubt, Doubt::nonsense);
}

// A convolution without a stride that gets the one which others of its kernel have: nothing that goes up is
// to stand still for it.
void beside_a_forgotten_step_down(const Situation& s, std::vector<Judged>& judged) {
  const auto steps = [&](const Judged& one) {
    const LayerId at = sound(one) && !one.cost.parameters ? sets_one_stride(s, one, Family::conv) : LayerId();
    const auto now = at.is_none() ? std::nullopt : one.spec.find(s.spec.layer(at).name);
    if (!now || window_of(s.spec.layer(at), 0).s != 1) return false;
    const LayerSpec& mine = one.spec.layer(*now);
    return std::any_of(s.spec.layers.begin(), s.spec.layers.end(), [&](const LayerSpec& other) {
      return same_windows(mine, other) && window_of(other, 0).s > 1;
    });
  };
  if (std::none_of(judged.begin(), judged.end(), steps)) return;
  for (Judged& one : judged) {
    const LayerId at = sets_one_stride(s, one, Family::conv_transpose);
    const auto now = at.is_none() ? std::nullopt : one.spec.find(s.spec.layer(at).name);
    if (now && window_of(one.spec.layer(*now), 0).s == 1 && window_of(s.spec.layer(at), 0).s > 1)
      one.cost.doubt = Doubt::worst;
  }
}

}  // namespace

// A transposed convolution without a stride, whose other numbers are those of one that steps: the stride was
// forgotten there, and none is taken from the layers that it undoes.
void beside_a_forgotten_stride(const Situation& s, std::vector<Judged>& judged) {
  const auto gives = [&](const Judged& one) {
    return sound(one) &&
           std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
             const auto at = sets(c, Opt::stride) ? s.spec.find(c.layer) : std::nullopt;
             const auto now = at ? one.spec.find(c.layer) : std::nullopt;
             if (!now || s.spec.layer(*at).broken || one.spec.layer(*now).broken) return false;
             const LayerSpec& was = s.spec.layer(*at);
             if (was.info().family != Family::conv_transpose || was.find(Opt::stride)->written) return false;
             const Window w = window_of(one.spec.layer(*now), 0);
             return w.s > 1 && w.net_kernel() + w.output_padding == w.s;
           });
  };
  const auto takes = [](const Judged& one) {
    return std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), takes_the_stride);
  };
  if (std::any_of(judged.begin(), judged.end(), gives))
    for (Judged& one : judged)
      if (takes(one)) one.cost.doubt = Doubt::worst;
  beside_a_forgotten_step_down(s, judged);
  beside_a_strange_stride(s, judged);
}

}  // namespace shapedbg
