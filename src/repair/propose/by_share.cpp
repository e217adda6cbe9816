// What is cut or viewed between the layer that makes it and the merge that it does not fit: every second
// channel of a convolution, the features of a Linear as a column of scales. The maker returns as many times
// more.
#include <algorithm>
#include <optional>
#include <utility>

#include "infer/again.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t kMostMakers = 24;

bool is_cut_on_the_way(const LayerSpec& layer) {
  return layer.info().family == Family::slice || layer.info().family == Family::chunk ||
         layer.info().family == Family::reshape;
}

std::optional<Opt> width_made_by(const LayerSpec& layer) {
  for (const Opt opt : {Opt::out_channels, Opt::out_features})
    if (layer.has(opt) && !layer.broken) return opt;
  return std::nullopt;
}

// The layer that makes the channels of a tensor which is cut on the way; nothing where nothing is.
std::optional<LayerId> maker_of_cut(const Spec& spec, Ref ref) {
  bool cut = false;
  for (std::size_t steps = 0; steps < 12 && !ref.is_input(); ++steps) {
    const LayerSpec& layer = spec.layer(ref.layer);
    if (layer.broken || layer.inputs.empty()) return std::nullopt;
    if (width_made_by(layer)) return cut ? std::optional(ref.layer) : std::nullopt;
    const bool kept = facts(layer.kind).effect == Effect::kept || layer.info().family == Family::elementwise;
    if (!is_cut_on_the_way(layer) && (layer.inputs.size() != 1 || !kept)) return std::nullopt;
    cut = cut || is_cut_on_the_way(layer);
    ref = layer.inputs[0];
  }
  return std::nullopt;
}

// What the maker behind one of a merge's inputs returns so that the input meets the other; the shorter first.
std::optional<Set> as_many_times(const Spec& spec, const Trace& trace, LayerId index) {
  const LayerTrace& row = trace.row(index);
  const LayerSpec& merge = spec.layer(index);
  if (row.refusals[0].axis < 0 || row.inputs.size() != 2 || merge.inputs.size() != 2) return std::nullopt;
  const auto axis = static_cast<std::size_t>(row.refusals[0].axis);
  if (axis >= row.inputs[0].size() || axis >= row.inputs[1].size()) return std::nullopt;
  const std::size_t shorter = row.inputs[0][axis] < row.inputs[1][axis] ? 0 : 1;
  for (const std::size_t k : {shorter, 1 - shorter}) {
    const std::int64_t have = row.inputs[k][axis];
    const std::int64_t want = row.inputs[1 - k][axis];
    const auto maker = maker_of_cut(spec, merge.inputs[k]);
    if (!maker || have < 1) continue;
    const Opt opt = *width_made_by(spec.layer(*maker));
    const std::int64_t made = spec.layer(*maker).integer(opt);
    if (made < have || made * want % have != 0) continue;
    return Set{*maker, opt, Value{made * want / have}};
  }
  return std::nullopt;
}

}  // namespace

void suggest_shares(const Situation& s, std::vector<Candidate>& out) {
  Spec changed = s.spec;
  std::vector<Set> sets;
  const auto layers = static_cast<std::int64_t>(changed.layers.size());
  while (sets.size() < kMostMakers && s.steps >= layers) {
    s.steps -= layers;
    const Trace trace = infer_again(changed, s.spec, s.trace);
    if (holds(changed, trace)) break;
    const auto fault = first_fault(trace);
    if (!fault || trace.row(*fault).refusals.empty() || trace.row(*fault).refusals[0].code != Code::L208)
      return;
    auto next = as_many_times(changed, trace, *fault);
    if (!next ||
        std::any_of(sets.begin(), sets.end(), [&](const Set& set) { return set.layer == next->layer; }))
      return;
    changed.layer(next->layer).set(next->opt, next->value);
    sets.push_back(std::move(*next));
  }
  if (sets.empty() || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::channels;
  offer_as_one(s, sets, std::move(candidate), out);
}

}  // namespace shapedbg
