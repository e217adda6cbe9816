// A vector that was given an axis of one place, where the result is expected to have many there: it is
// repeated along it, as the code of a sequence is for each of its steps. And a map that is joined to a
// vector: where the layer behind counts the channels of both, it is averaged first.
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The one axis along which the result has one place and more are expected.
std::optional<std::size_t> single_axis(const Shape& got, const Shape& want) {
  if (got.size() != want.size()) return std::nullopt;
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < got.size(); ++k) {
    if (want[k] == Expect::any_size || want[k] == got[k]) continue;
    if (found || k == 0 || got[k] != 1 || want[k] < 2) return std::nullopt;
    found = k;
  }
  return found;
}

bool has_places(const Shape& x) {
  return x.size() > 2 && std::any_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n > 1; });
}

// Input `k` of the Concat is the map.
void average(const Situation& s, LayerId at, std::size_t k, std::vector<Candidate>& out,
             std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const Shape& x = s.trace.row(at).inputs[k];
  Shape dims;
  for (std::size_t axis = 2; axis < x.size(); ++axis) dims.push_back(static_cast<std::int64_t>(axis));
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (!put_on_input(s, at, k, "Mean", R"(, "dim": )" + to_json(Value{dims}), candidate)) return;
  candidate.title = "put a Mean over the places between `" + s.spec.name_of(layer.inputs[k]) + "` and `" +
                    layer.name + "`: " + bracketed(x) + " becomes " + bracketed({x[0], x[1]});
  sort_in(s, std::move(candidate), out, partial);
}

}  // namespace

void suggest_repeats(const Situation& s, std::vector<Candidate>& out) {
  const Shape* got = s.trace.result(s.spec);
  if (first_fault(s.trace) || !s.spec.expect || got == nullptr || s.spec.layers.empty()) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  const auto axis = single_axis(*got, want);
  if (!axis) return;
  const std::vector<LayerId> path = s.path_to({s.spec.layers.last_id(), 0});
  for (std::size_t n = 0; n + 1 < path.size(); ++n) {
    const LayerSpec& given = s.spec.layer(path[n]);
    const LayerTrace& row = s.trace.row(path[n]);
    if (given.broken || given.info().family != Family::unsqueeze || row.outputs.empty()) continue;
    const std::size_t rank = row.outputs[0].size();
    if (wrapped_axis(given.integer(Opt::dim), rank) != *axis) continue;
    Shape sizes(rank, -1);
    sizes[*axis] = want[*axis];
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    if (!put_on_input(s, path[n + 1], "Expand", R"(, "size": )" + to_json(Value{sizes}), candidate)) continue;
    Shape fresh = row.outputs[0];
    fresh[*axis] = want[*axis];
    candidate.title = "repeat `" + given.name + "` by an Expand in front of `" +
                      s.spec.layer(path[n + 1]).name + "`: " + bracketed(row.outputs[0]) + " becomes " +
                      bracketed(fresh);
    const auto changed = changed_by(s, candidate);
    if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
  }
}

void suggest_pooled(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerSpec& layer = s.spec.layer(*fault);
  const auto& inputs = s.trace.row(*fault).inputs;
  if (layer.broken || layer.info().family != Family::concat || inputs.size() != layer.inputs.size() ||
      inputs.size() != 2 || layer.integer(Opt::dim) != 1)
    return;
  std::int64_t sum = inputs[0].size() > 1 && inputs[1].size() > 1 ? inputs[0][1] + inputs[1][1] : 0;
  const bool counted = std::any_of(s.spec.layers.begin(), s.spec.layers.end(), [&](const LayerSpec& reader) {
    return !reader.inputs.empty() && before_pointwise(s.spec, reader.inputs[0]) == Ref{*fault, 0} &&
           reader.info().family == Family::linear && reader.has(Opt::in_features) &&
           reader.integer(Opt::in_features) == sum;
  });
  for (const std::size_t k : {0u, 1u})
    if (counted && has_places(inputs[k]) && inputs[1 - k].size() == 2) average(s, *fault, k, out, partial);
}

}  // namespace shapedbg
