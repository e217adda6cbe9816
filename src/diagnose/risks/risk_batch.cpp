// W509: a reshape, flatten or squeeze that does not keep the batch axis. With view(-1, 784) a map of
// another size becomes another batch, and with a batch of 1 nothing raises.
#include <algorithm>

#include "diagnose/risks/risks.h"
#include "net/facts.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// Whether axis 0 of every tensor is the batch, as far as the layers before say so.
bool batched(const Spec& spec) {
  return !spec.inputs.empty() && spec.inputs[0].shape.size() >= 2 && first_spatial_axis(spec) >= 2;
}

const std::vector<Expression>* target(const LayerSpec& layer) {
  const OptionValue* option = layer.find(Opt::shape);
  return option != nullptr ? std::get_if<std::vector<Expression>>(&option->value) : nullptr;
}

// Written for the batch of the spec alone: [1, 256, 4, 4].
bool fixed_batch(const LayerSpec& layer, std::int64_t batch) {
  const std::vector<Expression>* shape = target(layer);
  return shape != nullptr && !shape->empty() && (*shape)[0].is_constant() && (*shape)[0].constant() == batch;
}

// Sizes computed from the input's axes are an author who knows: "in[0]*in[1]".
bool computed(const LayerSpec& layer) {
  const std::vector<Expression>* shape = target(layer);
  return shape != nullptr &&
         std::any_of(shape->begin(), shape->end(), [](const Expression& e) { return !e.is_constant(); });
}

// One row for each place, behind a Permute or a layer of features: [B, H, W, C] as [-1, C].
bool rows_of_features(const Spec& spec, std::size_t at, const Shape& x, const Shape& y) {
  if (x.size() < 3 || y.size() != 2 || y[1] != x.back()) return false;
  Ref from = spec.layers[at].inputs[0];
  while (!from.is_input()) {
    const LayerSpec& before = spec.layers[static_cast<std::size_t>(from.layer)];
    const FamilyFacts& is = facts(before.kind);
    if (is.effect == Effect::reordered || is.channels == Channels::last) return true;
    if (!keeps_shape(before.info().family) || before.inputs.empty()) return false;
    from = before.inputs[0];
  }
  return false;
}

bool drops_axis_0(const LayerSpec& layer, const Shape& x) {
  if (x.empty() || x[0] != 1) return false;
  if (!layer.has(Opt::dim)) return true;
  const auto& dims = layer.integers(Opt::dim);
  const auto rank = static_cast<std::int64_t>(x.size());
  return std::any_of(dims.begin(), dims.end(), [&](std::int64_t d) { return d == 0 || d == -rank; });
}

// One entry of axis 0 was taken out in front: `qkv[0]`. That axis is no batch.
bool picks_from_axis_0(const RiskView& view, const LayerSpec& squeeze) {
  const Ref from = squeeze.inputs[0];
  if (from.is_input()) return false;
  const auto at = static_cast<std::size_t>(from.layer);
  const LayerKind kind = view.layer(at).kind;
  const bool picks = view.layer(at).info().family == Family::slice || facts(kind).splits;
  if (!picks || view.row(at).inputs.empty()) return false;
  const Shape& x = view.row(at).inputs[0];
  return !x.empty() && x[0] != 1;
}

}  // namespace

void batch_collapse(const RiskView& view, std::vector<Finding>& findings) {
  const Spec& spec = view.spec;
  if (!batched(spec)) return;
  const std::int64_t batch = spec.inputs[0].shape[0];
  // Folded and unfolded again, as windows and frames are.
  const Shape* result = view.trace.result(spec);
  std::vector<RiskPlace> fixed;
  const bool comes_back =
      result != nullptr && !result->empty() && (*result)[0] == batch && spec.layers.size() > 1;
  // With all its axes: 1 as the size of axis 0 may else be a feature's.
  const bool whole = comes_back && result->size() >= 2;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const Family family = layer.info().family;
    if (family != Family::reshape && family != Family::flatten && family != Family::squeeze) continue;
    if (!view.watches(i, Code::W509)) continue;
    const Shape& x = view.row(i).inputs[0];
    const Shape& y = view.row(i).outputs[0];
    // Behind a fold axis 0 is no batch any more.
    if (x.empty() || y.empty() || x[0] != batch) continue;
    const std::string change = bracketed(x) + " to " + bracketed(y);
    std::string message;
    std::string note;
    if (family == Family::reshape && fixed_batch(layer, batch)) {
      fixed.push_back({i, change});
      continue;
    } else if (family == Family::squeeze && drops_axis_0(layer, x) && !picks_from_axis_0(view, layer) &&
               !(whole && layer.has(Opt::dim) && result->size() >= spec.inputs[0].shape.size())) {
      message = "`" + layer.name + "` drops the batch axis when the batch is 1: " + change;
      note = "`dim` names the axes to drop";
    } else if (family == Family::flatten &&
               layer.integer(Opt::start_dim) % static_cast<std::int64_t>(x.size()) == 0 && x != y &&
               !(whole && y.size() > 1)) {
      message = "`" + layer.name + "` flattens the batch axis too: " + change;
      note = "start_dim 1 keeps it";
    } else if (family == Family::reshape && y[0] != x[0] && !computed(layer) && !comes_back &&
               !rows_of_features(spec, i, x, y)) {
      message = "`" + layer.name + "` makes a batch of " + std::to_string(batch) + " into " +
                std::to_string(y[0]) + ": " + change;
      note = "-1 as the first size takes whatever is left over; `\"in[0]\"` keeps the batch";
    } else {
      continue;
    }
    Finding f;
    f.code = Code::W509;
    f.message = std::move(message);
    f.layer = layer.name;
    f.where = place_of(layer, family == Family::reshape   ? Opt::shape
                              : family == Family::flatten ? Opt::start_dim
                                                          : Opt::dim);
    f.notes = {std::move(note)};
    findings.push_back(std::move(f));
  }
  if (fixed.empty()) return;
  Finding f = about(view, Code::W509,
                    name_list(view, fixed) + (fixed.size() == 1 ? " fixes" : " fix") + " the batch at " +
                        std::to_string(batch) + (fixed.size() == 1 ? ": " + fixed[0].text : ""),
                    fixed);
  f.where = place_of(view.layer(fixed[0].layer), Opt::shape);
  if (fixed.size() == 1) f.label.clear();
  f.notes = {"-1 or `\"in[0]\"` as the first size follows the batch"};
  findings.push_back(std::move(f));
}

}  // namespace shapedbg
