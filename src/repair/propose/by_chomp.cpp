// What a causal convolution returns too much: padded on both sides by all that its kernel reaches, it sees no
// place behind its own, and as many places at the end are to be cut off. And unpadded ones of even kernels,
// whose results meet what is longer: the last places of each belong together.
#include <algorithm>
#include <optional>

#include "diagnose/rules.h"
#include "flow/telling_inputs.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The axis along which two tensors of one rank differ; nothing where they differ along several, or none.
std::optional<std::size_t> only_difference(const Shape& a, const Shape& b) {
  if (a.size() != b.size()) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] == b[k]) continue;
    if (found) return std::nullopt;
    found = k;
  }
  return found;
}

// "[null, null, [null, -3]]"
std::string cut_of(std::size_t rank, std::size_t axis, const std::string& range) {
  std::string index = "[";
  for (std::size_t k = 0; k < rank; ++k)
    index += std::string(k == 0 ? "" : ", ") + (k == axis ? range : std::string("null"));
  return index + "]";
}

// The one layer that takes what `layer` returns, by its first input alone.
std::optional<int> only_reader(const Spec& spec, int layer) {
  std::optional<int> found;
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    for (const Ref ref : reads(spec, spec.layers[i])) {
      if (ref.layer != layer) continue;
      if (found) return std::nullopt;
      found = static_cast<int>(i);
    }
  return found;
}

// A convolution that is padded on both sides by all that it reaches.
bool padded_for_causal(const LayerSpec& layer, std::int64_t surplus) {
  if (layer.broken || layer.info().family != Family::conv || layer.info().axes != 1) return false;
  const Window w = window_of(layer, 0);
  return w.s == 1 && w.before == w.after && w.before == surplus && w.d * (w.k - 1) == surplus;
}

void behind_causal(const Situation& s, int merge, std::size_t k, std::size_t other,
                   std::vector<Candidate>& out) {
  const LayerTrace& row = s.trace.layers[static_cast<std::size_t>(merge)];
  const auto axis = only_difference(row.inputs[k], row.inputs[other]);
  if (!axis) return;
  const std::int64_t surplus = row.inputs[k][*axis] - row.inputs[other][*axis];
  const Produced place =
      produced(s.spec, s.trace, s.spec.layers[static_cast<std::size_t>(merge)].inputs[k], *axis);
  if (surplus < 1 || place.ref.is_input()) return;
  const LayerSpec& conv = s.spec.layers[static_cast<std::size_t>(place.ref.layer)];
  if (!padded_for_causal(conv, surplus)) return;
  const auto reader = only_reader(s.spec, place.ref.layer);
  if (!reader) return;
  const std::size_t rank = s.trace.layers[static_cast<std::size_t>(place.ref.layer)].outputs[0].size();
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  const std::string options =
      R"(, "index": )" + cut_of(rank, place.axis, "[null, " + std::to_string(-surplus) + "]");
  const LayerSpec& takes = s.spec.layers[static_cast<std::size_t>(*reader)];
  const auto input = static_cast<std::size_t>(std::find(takes.inputs.begin(), takes.inputs.end(), place.ref) -
                                              takes.inputs.begin());
  if (input == takes.inputs.size()) return;
  const bool put = is_merge(takes) ? put_on_input(s, *reader, input, "Slice", options, candidate)
                                   : put_on_input(s, *reader, "Slice", options, candidate);
  if (!put) return;
  candidate.title = "cut the last " + std::to_string(surplus) + " places of `" + conv.name +
                    "` off by a Slice: its padding of " + std::to_string(surplus) + " makes it causal";
  out.push_back(std::move(candidate));
}

// Whether only unpadded convolutions of stride 1 and even kernels stand between `ref` and what `start` is.
bool trimmed_by_even_kernels(const Spec& spec, Ref ref, Ref start) {
  bool even = false;
  while (ref != start) {
    if (ref.is_input()) return false;
    const LayerSpec& layer = spec.layers[static_cast<std::size_t>(ref.layer)];
    if (layer.broken || layer.inputs.size() != 1) return false;
    if (layer.info().family == Family::conv) {
      const Window w = window_of(layer, 0);
      if (layer.info().axes != 1 || w.s != 1 || w.before != 0 || w.after != 0) return false;
      even = even || w.k % 2 == 0;
    } else if (!keeps_shape(layer.info().family)) {
      return false;
    }
    ref = layer.inputs[0];
  }
  return even;
}

// Every tensor that `ref` is made of by one input each.
std::vector<Ref> chain_of(const Spec& spec, Ref ref) {
  std::vector<Ref> chain{ref};
  while (!ref.is_input() && spec.layers[static_cast<std::size_t>(ref.layer)].inputs.size() == 1)
    chain.push_back(ref = spec.layers[static_cast<std::size_t>(ref.layer)].inputs[0]);
  return chain;
}

// The last places of each longer input of a sum.
void ends_of_a_sum(const Situation& s, int merge, std::vector<Candidate>& out) {
  const LayerSpec& sum = s.spec.layers[static_cast<std::size_t>(merge)];
  const auto& inputs = s.trace.layers[static_cast<std::size_t>(merge)].inputs;
  std::size_t shortest = 0;
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    if (inputs[k].size() != 3 || inputs[0].size() != 3) return;
    if (inputs[k][2] < inputs[shortest][2]) shortest = k;
  }
  const std::vector<Ref> deepest = chain_of(s.spec, sum.inputs[shortest]);
  Candidate candidate;
  candidate.kind = FixKind::fit;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto axis = only_difference(inputs[k], inputs[shortest]);
    if (inputs[k] == inputs[shortest]) continue;
    if (!axis || *axis != 2) return;
    const std::vector<Ref> chain = chain_of(s.spec, sum.inputs[k]);
    const auto common = std::find_first_of(chain.begin(), chain.end(), deepest.begin(), deepest.end());
    if (common == chain.end() || !trimmed_by_even_kernels(s.spec, sum.inputs[shortest], *common)) return;
    if (common != chain.begin() && !trimmed_by_even_kernels(s.spec, sum.inputs[k], *common) &&
        !std::all_of(chain.begin(), common, [&](Ref ref) {
          const LayerSpec& one = s.spec.layers[static_cast<std::size_t>(ref.layer)];
          return keeps_shape(one.info().family) ||
                 (one.info().family == Family::conv && window_of(one, 0).net_kernel() == 1);
        }))
      return;
    const std::int64_t surplus = inputs[k][2] - inputs[shortest][2];
    if (!put_on_input(s, merge, k, "Slice",
                      R"(, "index": )" + cut_of(3, 2, "[" + std::to_string(surplus) + ", null]"), candidate))
      return;
  }
  if (candidate.changes.empty()) return;
  candidate.places = 1;
  candidate.title = "take the last " + std::to_string(inputs[shortest][2]) +
                    " places of each longer input of `" + sum.name +
                    "`: what the kernels leave lies at the end";
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_chomps(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& merge = s.spec.layers[static_cast<std::size_t>(*fault)];
  const LayerTrace& row = s.trace.layers[static_cast<std::size_t>(*fault)];
  if (row.refusals[0].code != Code::L208 || row.inputs.size() != merge.inputs.size() || !is_merge(merge))
    return;
  const std::vector<std::size_t> told = telling_inputs(row.inputs);
  for (const std::size_t k : told)
    for (const std::size_t other : told)
      if (other != k) behind_causal(s, *fault, k, other, out);
  ends_of_a_sum(s, *fault, out);
}

}  // namespace shapedbg
