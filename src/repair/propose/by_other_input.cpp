// What a layer that is no merge takes beside its tensor: the grid of places of a sampler, the table of
// queries of a decoder layer, the state that a recurrent layer starts from.
#include <algorithm>
#include <optional>
#include <string>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// A field of displacements as a convolution makes it, [N, 2, H, W]: a sampler takes its places last.
void places_last(const Situation& s, LayerId at, std::vector<Candidate>& out,
                 std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.info().family != Family::grid_sample || inputs.size() != 2) return;
  const Shape& grid = inputs[1];
  const auto numbers = static_cast<std::int64_t>(grid.size()) - 2;
  if (grid.size() < 4 || grid[1] != numbers || grid.back() == numbers) return;
  Shape order{0};
  for (std::size_t k = 2; k < grid.size(); ++k) order.push_back(static_cast<std::int64_t>(k));
  order.push_back(1);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!put_on_input(s, at, 1, "Permute", R"(, "dims": )" + to_json(Value{order}), candidate)) return;
  candidate.title = "put a Permute between `" + s.spec.name_of(layer.inputs[1]) + "` and `" + layer.name +
                    "`: the " + std::to_string(numbers) + " numbers of each place come last";
  sort_in(s, std::move(candidate), out, partial);
}

// Learned rows, or what is made of them alone: no sample of a batch has its own.
bool is_table(const Spec& spec, Ref ref) {
  const Ref from = before_pointwise(spec, ref);
  if (from.is_input()) return false;
  const Family family = spec.layer(from.layer).info().family;
  return family == Family::parameter || family == Family::embedding;
}

// A table of queries [L, E], or [1, L, E], beside a batch [N, M, E]: every sample gets all of them.
void for_every_sample(const Situation& s, LayerId at, std::vector<Candidate>& out,
                      std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  const Family family = layer.info().family;
  if (layer.broken || (family != Family::transformer_layer && family != Family::attention)) return;
  if (inputs.size() < 2 || inputs.size() != layer.inputs.size() || layer.find(Opt::batch_first) == nullptr)
    return;
  const std::size_t batch = layer.flag(Opt::batch_first) ? 0 : 1;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (!is_table(s.spec, layer.inputs[k])) continue;
    const bool lacks_batch = inputs[k].size() == 2;
    const std::size_t model = k == 0 ? 1 : 0;
    const Shape& x = inputs[model];
    if (x.size() != 3 || x.back() != inputs[k].back()) continue;
    const bool of_one = inputs[k].size() == 3 && inputs[k][batch] == 1 && x[batch] > 1;
    if (!lacks_batch && !of_one) continue;
    const std::string of_batch = "\"in[1][" + std::to_string(batch) + "]\"";
    const std::string sizes = batch == 0 ? "[" + of_batch + ", -1, -1]" : "[-1, " + of_batch + ", -1]";
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    std::vector<PutIn> row{{"Expand", R"(, "size": )" + sizes, model}};
    if (lacks_batch) row.insert(row.begin(), {"Unsqueeze", R"(, "dim": )" + std::to_string(batch)});
    if (!put_in_a_row(s, at, k, row, candidate)) return;
    Shape fresh = inputs[k];
    if (of_one)
      fresh[batch] = x[batch];
    else
      fresh.insert(fresh.begin() + static_cast<std::ptrdiff_t>(batch), x[batch]);
    candidate.title = std::string("put an ") + (lacks_batch ? "Unsqueeze and an " : "") + "Expand between `" +
                      s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name +
                      "`, once for each sample: " + bracketed(inputs[k]) + " becomes " + bracketed(fresh);
    sort_in(s, std::move(candidate), out, partial);
    return;
  }
}

// A state has its samples on axis 1 whatever the layer: where the sequence has as many on the other of its
// first two axes, that is its batch.
void batch_of_the_state(const Situation& s, LayerId at, std::vector<Candidate>& out,
                        std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.broken || layer.info().family != Family::recurrent || inputs.size() < 2) return;
  const bool first = layer.flag(Opt::batch_first);
  const Shape& x = inputs[0];
  const Shape& state = inputs[1];
  if (x.size() != 3 || state.size() != 3 || state[1] == x[first ? 0 : 1] || state[1] != x[first ? 1 : 0])
    return;
  const Set set{at, Opt::batch_first, Value{!first}};
  Candidate candidate;
  candidate.kind = FixKind::axis;
  candidate.telling = true;
  candidate.title = title_of(s.spec, {set});
  if (add_sets(s, {set}, candidate)) sort_in(s, std::move(candidate), out, partial);
}

// A code of each sample, [N, H], where a recurrent layer takes its first states: they have an axis of layers
// in front.
void axis_of_the_state(const Situation& s, LayerId at, std::vector<Candidate>& out,
                       std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.broken || layer.info().family != Family::recurrent || inputs.size() != layer.inputs.size())
    return;
  const Shape& x = inputs[0];
  if (x.size() != 3 || layer.integer(Opt::num_layers) != 1 || layer.flag(Opt::bidirectional)) return;
  const std::int64_t samples = x[layer.flag(Opt::batch_first) ? 0 : 1];
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  std::string named;
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    if (inputs[k] != Shape{samples, layer.integer(Opt::hidden_size)}) continue;
    if (!put_on_input(s, at, k, "Unsqueeze", R"(, "dim": 0)", candidate)) return;
    named += (named.empty() ? "`" : " and `") + s.spec.name_of(layer.inputs[k]) + "`";
  }
  if (named.empty()) return;
  one_edit_each(candidate.edits);
  candidate.by_text = true;
  candidate.title = "put an Unsqueeze of axis 0 between " + named + " and `" + layer.name +
                    "`: a state has an axis of layers in front of its samples";
  sort_in(s, std::move(candidate), out, partial);
}

// Sequences whose batches are one along the axis that the layer does not take for theirs.
void batch_of_sequences(const Situation& s, LayerId at, std::vector<Candidate>& out,
                        std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  const Family family = layer.info().family;
  if (layer.broken || (family != Family::transformer_layer && family != Family::attention)) return;
  if (inputs.size() < 2 || layer.find(Opt::batch_first) == nullptr) return;
  const std::size_t batch = layer.flag(Opt::batch_first) ? 0 : 1;
  bool apart = false;
  for (const Shape& x : inputs) {
    if (x.size() != 3 || x[1 - batch] != inputs[0][1 - batch]) return;
    apart = apart || x[batch] != inputs[0][batch];
  }
  if (!apart) return;
  const Set set{at, Opt::batch_first, Value{batch == 1}};
  Candidate candidate;
  candidate.kind = FixKind::axis;
  candidate.telling = true;
  candidate.title = title_of(s.spec, {set});
  if (add_sets(s, {set}, candidate)) sort_in(s, std::move(candidate), out, partial);
}

// As many states as layers of the one that made them, which has several: so has the one that starts from
// them.
void layers_of_the_state(const Situation& s, LayerId at, std::vector<Candidate>& out,
                         std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  if (layer.broken || layer.info().family != Family::recurrent || layer.inputs.size() < 2) return;
  const Ref from = layer.inputs[1];
  if (from.is_input() || from.output == 0) return;
  const LayerSpec& made = s.spec.layer(from.layer);
  if (made.broken || made.info().family != Family::recurrent ||
      made.flag(Opt::bidirectional) != layer.flag(Opt::bidirectional) ||
      made.integer(Opt::num_layers) == layer.integer(Opt::num_layers))
    return;
  const Set set{at, Opt::num_layers, Value{made.integer(Opt::num_layers)}};
  Candidate candidate;
  candidate.kind = FixKind::channels;
  candidate.telling = true;
  candidate.title = title_of(s.spec, {set}) + ", as `" + made.name + "` has";
  if (add_sets(s, {set}, candidate)) sort_in(s, std::move(candidate), out, partial);
}

// How many features a layer takes of what it attends to; 0 where it does not say.
std::int64_t attended_width(const LayerSpec& layer) {
  for (const Opt opt : {Opt::embed_dim, Opt::d_model})
    if (layer.find(opt) != nullptr && layer.has(opt)) return layer.integer(opt);
  return 0;
}

// What is attended to has its features in front of its places, as convolutions leave them.
void features_last(const Situation& s, LayerId at, std::vector<Candidate>& out,
                   std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  const Family family = layer.info().family;
  if (layer.broken || (family != Family::transformer_layer && family != Family::attention)) return;
  if (inputs.size() < 2 || inputs.size() != layer.inputs.size() || layer.find(Opt::batch_first) == nullptr ||
      !layer.flag(Opt::batch_first) || layer.has(Opt::kdim))
    return;
  const std::int64_t width = attended_width(layer);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  for (std::size_t k = 1; k < inputs.size(); ++k) {
    const Shape& x = inputs[k];
    if (x.size() != 3 || x[1] != width || x[2] == width) continue;
    if (!put_on_input(s, at, k, "Transpose", R"(, "dim0": 1, "dim1": 2)", candidate)) return;
    candidate.title += (candidate.title.empty() ? "put a Transpose between `" : " and between `") +
                       s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name + "`";
  }
  if (candidate.title.empty()) return;
  candidate.title += ": " + std::to_string(width) + " features come last";
  if (candidate.inserted > 1) {
    one_edit_each(candidate.edits);
    candidate.by_text = true;
  }
  sort_in(s, std::move(candidate), out, partial);
}

// A memory of another width than the decoder layer has: a Linear stands between them.
void memory_of_its_width(const Situation& s, LayerId at, std::vector<Candidate>& out,
                         std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.broken || layer.info().family != Family::transformer_layer || inputs.size() != 2 ||
      !layer.has(Opt::d_model))
    return;
  const std::int64_t width = layer.integer(Opt::d_model);
  if (inputs[0].empty() || inputs[1].size() < 2 || inputs[0].back() != width || inputs[1].back() == width)
    return;
  if (inputs[1].size() == 3 && inputs[1][1] == width) return;  // features_last()
  Candidate candidate;
  candidate.kind = FixKind::projection;
  candidate.telling = true;
  if (!put_on_input(s, at, 1, "Linear", R"(, "out_features": )" + std::to_string(width), candidate)) return;
  candidate.title = "put a Linear to " + std::to_string(width) + " features between `" +
                    s.spec.name_of(layer.inputs[1]) + "` and `" + layer.name + "`";
  sort_in(s, std::move(candidate), out, partial);
}

// Keys of one tensor and values of another, as long as each other for no input: what is looked up at a place
// is what stands there, so the one that the query is as well gives way.
void values_of_the_keys(const Situation& s, LayerId at, std::vector<Candidate>& out,
                        std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.broken || layer.info().family != Family::attention || layer.inputs.size() < 3 ||
      inputs.size() != layer.inputs.size())
    return;
  const Ref key = layer.inputs[1];
  const Ref value = layer.inputs[2];
  const Shape& k = inputs[1];
  const Shape& v = inputs[2];
  if (key == value || k.size() != v.size() || k.size() < 2 || k[k.size() - 2] == v[v.size() - 2]) return;
  const bool of_query = value == layer.inputs[0];
  if (of_query == (key == layer.inputs[0])) return;
  const std::size_t wrong = of_query ? 2 : 1;
  const Ref fresh = of_query ? key : value;
  Candidate candidate;
  candidate.kind = FixKind::source;
  candidate.telling = true;
  if (!turn_input(s, at, wrong, fresh, candidate)) return;
  candidate.title = "take `" + s.spec.name_of(fresh) + "` for the " + (of_query ? "values" : "keys") +
                    " of `" + layer.name + "`, too";
  sort_in(s, std::move(candidate), out, partial);
}

}  // namespace

void suggest_other_inputs(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  places_last(s, *fault, out, partial);
  for_every_sample(s, *fault, out, partial);
  batch_of_the_state(s, *fault, out, partial);
  axis_of_the_state(s, *fault, out, partial);
  batch_of_sequences(s, *fault, out, partial);
  layers_of_the_state(s, *fault, out, partial);
  features_last(s, *fault, out, partial);
  memory_of_its_width(s, *fault, out, partial);
  values_of_the_keys(s, *fault, out, partial);
}

}  // namespace shapedbg
