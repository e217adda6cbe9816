#include "repair/judge/beside.h"

#include <algorithm>

#include "flow/path.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

bool sound(const Judged& one) { return one.cost.doubt == Doubt::none; }

// A layer that returned one size along an axis returns another, by a third or more.
bool changes_a_factor(const Situation& s, const Judged& one) {
  for (std::size_t i = 0; i < one.origin.size() && i < one.trace.layers.size(); ++i) {
    if (one.origin[i] < 0) continue;
    const auto& was = s.trace.layers[static_cast<std::size_t>(one.origin[i])];
    const auto& is = one.trace.layers[i];
    if (was.outputs.empty() || is.outputs.empty() || was.after_failure || !was.refusals.empty()) continue;
    const Shape& before = was.outputs[0];
    const Shape& after = is.outputs[0];
    for (std::size_t k = 2; before.size() == after.size() && k < after.size(); ++k)
      if (4 * before[k] < 3 * after[k] || 4 * after[k] < 3 * before[k]) return true;
  }
  return false;
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
    if (kind == FixKind::fit || (number && changes_a_factor(s, one))) one.cost.doubt = Doubt::worst;
  }
}

// Where a Slice makes a convolution causal.
void beside_a_chomp(std::vector<Judged>& judged) {
  const bool chomps = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    const bool slice = std::any_of(
        one.candidate.changes.begin(), one.candidate.changes.end(),
        [](const Change& c) { return c.option == "index" || c.to.find("\"Slice\"") != std::string::npos; });
    return slice && sound(one) && (one.cost.kind == FixKind::fitted || one.cost.kind == FixKind::fit);
  });
  if (!chomps) return;
  for (Judged& one : judged) {
    const bool slices = std::any_of(
        one.candidate.changes.begin(), one.candidate.changes.end(),
        [](const Change& c) { return c.option == "index" || c.to.find("\"Slice\"") != std::string::npos; });
    const bool bends = one.cost.kind == FixKind::window || one.cost.kind == FixKind::fit ||
                       one.cost.kind == FixKind::size_like;
    if (bends && !slices) one.cost.doubt = Doubt::worst;
  }
}

// Right in front of a sum, or behind nothing but norms.
bool in_a_shortcut(const Spec& spec, int layer) {
  for (const LayerSpec& sum : spec.layers) {
    if (facts(sum.kind).merge != Merge::adds) continue;
    for (const Ref ref : sum.inputs)
      if (before_pointwise(spec, ref).layer == layer) return true;
  }
  return false;
}

void steps_of_one_place(const Situation& s, std::vector<Judged>& judged) {
  const bool other = std::any_of(judged.begin(), judged.end(), sound);
  for (Judged& one : judged) {
    const bool steps =
        std::any_of(one.candidate.changes.begin(), one.candidate.changes.end(), [&](const Change& c) {
          const auto layer = c.option == "stride" ? s.spec.find(c.layer) : std::nullopt;
          if (!layer) return false;
          const LayerSpec& conv = s.spec.layers[static_cast<std::size_t>(*layer)];
          if (conv.broken || conv.info().family != Family::conv || in_a_shortcut(s.spec, *layer))
            return false;
          const Window w = window_of(conv, 0);
          return w.k == 1 && w.s == 1 && c.to != "1";
        });
    if (steps && other) one.cost.doubt = Doubt::worst;
  }
}

void stretched_signal(const Situation& s, std::vector<Judged>& judged) {
  if (spatial_axes(s.spec).size() != 1) return;
  const bool numbers = std::any_of(judged.begin(), judged.end(), [](const Judged& one) {
    return sound(one) && !one.cost.other_input && one.cost.kind != FixKind::fit;
  });
  if (!numbers) return;
  for (Judged& one : judged)
    if (one.cost.kind == FixKind::fit && !one.origin.empty() && one.origin.back() < 0 &&
        one.spec.layers.back().info().family == Family::upsample)
      one.cost.doubt = Doubt::worst;
}

}  // namespace

void doubt_at_a_vector(const Situation& s, std::vector<Judged>& judged) {
  if (s.spec.inputs.size() != 1) return;
  const Shape& x = s.spec.inputs[0].shape;
  const std::size_t first = first_spatial_axis(s.spec);
  const auto places = x.begin() + static_cast<std::ptrdiff_t>(std::min(first, x.size()));
  if (x.size() < 3 || places == x.end() ||
      std::any_of(places, x.end(), [](std::int64_t n) { return n != 1; }))
    return;
  // Of one place a stride makes no more, and output_padding adds places that hold the bias alone.
  const auto of_one_place = [&](const Change& change) {
    const auto layer = s.spec.find(change.layer);
    if (!layer || (change.option != "stride" && change.option != "output_padding")) return false;
    const LayerSpec& up = s.spec.layers[static_cast<std::size_t>(*layer)];
    return up.info().family == Family::conv_transpose && up.inputs.size() == 1 && up.inputs[0].is_input();
  };
  for (Judged& one : judged) {
    const bool padded = one.cost.kind == FixKind::padded_input || one.cost.kind == FixKind::pad_and_crop;
    const auto& changes = one.candidate.changes;
    if (padded || one.cost.other_input || std::any_of(changes.begin(), changes.end(), of_one_place))
      one.cost.doubt = Doubt::worst;
  }
}

void doubt_beside_better(const Situation& s, std::vector<Judged>& judged) {
  beside_the_right_tensor(s, judged);
  beside_a_chomp(judged);
  steps_of_one_place(s, judged);
  stretched_signal(s, judged);
}

}  // namespace shapedbg
