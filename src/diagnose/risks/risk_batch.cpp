// W509: a reshape, flatten or squeeze that does not keep the batch axis. With view(-1, 784) a map of
// another size becomes another batch, and with a batch of 1 nothing raises.
#include <algorithm>

#include "diagnose/risks/risks.h"
#include "net/facts.h"

namespace shapedbg {
namespace {

// Whether axis 0 of every tensor is the batch, as far as the layers before say so.
bool batched(const Spec& spec) {
  return !spec.inputs.empty() && spec.inputs[0].shape.size() >= 2 && first_spatial_axis(spec) >= 2;
}

// Written for the batch of the spec alone: [1, 256, 4, 4].
bool fixed_batch(const LayerSpec& layer, std::int64_t batch) {
  const std::vector<Expression>* shape = layer.expressions(Opt::shape);
  return shape != nullptr && !shape->empty() && (*shape)[0].is_constant() && (*shape)[0].constant() == batch;
}

// Sizes computed from the input's axes are an author who knows: "in[0]*in[1]".
bool computed(const LayerSpec& layer) {
  const std::vector<Expression>* shape = layer.expressions(Opt::shape);
  return shape != nullptr && any_computed(*shape);
}

// One row for each place, behind a Permute or a layer of features: [B, H, W, C] as [-1, C].
bool rows_of_features(const Spec& spec, std::size_t at, const Shape& x, const Shape& y) {
  if (x.size() < 3 || y.size() != 2 || y[1] != x.back()) return false;
  Ref from = spec.layers[at].inputs[0];
  while (!from.is_input()) {
    const LayerSpec& before = spec.layer(from.layer);
    const FamilyFacts& is = facts(before.kind);
    if (is.effect == Effect::reordered || is.channels == Channels::last) return true;
    if (!keeps_shape(before.info().family) || before.inputs.empty()) return false;
    from = before.inputs[0];
  }
  return false;
}

// Only the first axes, and whoever wrote it said where they end: frames, speakers or windows become samples.
bool into_the_batch(const LayerSpec& flatten, const Shape& x) {
  const OptionValue* end = flatten.find(Opt::end_dim);
  const auto rank = static_cast<std::int64_t>(x.size());
  return end != nullptr && end->written && rank > 2 &&
         (flatten.integer(Opt::end_dim) + rank) % rank < rank - 1;
}

bool drops_axis_0(const LayerSpec& layer, const Shape& x) {
  if (x.empty() || x[0] != 1) return false;
  if (!layer.has(Opt::dim)) return true;
  const auto& dims = layer.integers(Opt::dim);
  const auto rank = static_cast<std::int64_t>(x.size());
  return std::any_of(dims.begin(), dims.end(), [&](std::int64_t d) { return d == 0 || d == -rank; });
}

// One entry of axis 0 was taken out in front: `qkv[0]`. That axis is no batch; nor is that of the states of a
// recurrent layer, which counts its layers.
bool picks_from_axis_0(const RiskView& view, const LayerSpec& squeeze) {
  const Ref from = squeeze.inputs[0];
  if (from.is_input()) return false;
  const auto at = from.layer.place();
  const LayerKind kind = view.layer(at).kind;
  if (view.layer(at).info().family == Family::recurrent && from.output > 0) return true;
  const bool picks = view.layer(at).info().family == Family::slice || facts(kind).splits;
  if (!picks || view.row(at).inputs.empty()) return false;
  const Shape& x = view.row(at).inputs[0];
  return !x.empty() && x[0] != 1;
}

// An axis of one place that was put in front, whatever was done to its values since.
bool takes_out_what_was_put_in(const RiskView& view, const LayerSpec& squeeze) {
  constexpr int most_steps = 64;  // each squeeze walks its own way back
  Ref from = squeeze.inputs[0];
  for (int step = 0; step < most_steps && !from.is_input(); ++step) {
    const auto at = from.layer.place();
    const LayerSpec& layer = view.layer(at);
    if (layer.kind == LayerKind::Unsqueeze) return layer.integer(Opt::dim) == 0;
    const LayerTrace& row = view.row(at);
    if (layer.inputs.size() != 1 || row.inputs.empty() || row.outputs.empty() ||
        row.inputs[0] != row.outputs[0])
      return false;
    from = layer.inputs[0];
  }
  return false;
}

// What a layer does to the batch, and what to do about it; empty where nothing.
struct Collapse {
  std::string message;
  std::string note;
};

class Collapses {
 public:
  explicit Collapses(const RiskView& view) : view_(view), batch_(view.spec.inputs[0].shape[0]) {
    // Folded and unfolded again, as windows and frames are.
    const Shape* result = view.trace.result(view.spec);
    comes_back_ =
        result != nullptr && !result->empty() && (*result)[0] == batch_ && view.spec.layers.size() > 1;
    returned_axes_ = comes_back_ ? result->size() : 0;
  }

  void find(std::vector<Finding>& findings) {
    for (std::size_t i = 0; i < view_.spec.layers.size(); ++i) look_at(i, findings);
    if (!fixed_.empty()) findings.push_back(about_fixed());
  }

 private:
  // With all its axes: 1 as the size of axis 0 may else be a feature's.
  bool whole() const { return returned_axes_ >= 2; }
  void look_at(std::size_t i, std::vector<Finding>& findings);
  Collapse collapse_of(std::size_t i, const Shape& x, const Shape& y) const;
  Finding about_fixed() const;

  const RiskView& view_;
  const std::int64_t batch_;
  bool comes_back_ = false;
  std::size_t returned_axes_ = 0;
  std::vector<RiskPlace> fixed_;  // reshapes that hold the batch as a number
};

void Collapses::look_at(std::size_t i, std::vector<Finding>& findings) {
  const LayerSpec& layer = view_.spec.layers[i];
  const Family family = layer.info().family;
  if (family != Family::reshape && family != Family::flatten && family != Family::squeeze) return;
  if (!view_.watches(i, Code::W509)) return;
  const Shape& x = view_.row(i).inputs[0];
  const Shape& y = view_.row(i).outputs[0];
  // Behind a fold axis 0 is no batch any more.
  if (x.empty() || y.empty() || x[0] != batch_) return;
  if (family == Family::reshape && fixed_batch(layer, batch_)) {
    fixed_.push_back({i, bracketed(x) + " to " + bracketed(y)});
    return;
  }
  Collapse collapse = collapse_of(i, x, y);
  if (collapse.message.empty()) return;
  Finding f;
  f.code = Code::W509;
  f.message = std::move(collapse.message);
  f.layer = layer.name;
  f.where = place_of(layer, family == Family::reshape   ? Opt::shape
                            : family == Family::flatten ? Opt::start_dim
                                                        : Opt::dim);
  f.notes = {std::move(collapse.note)};
  findings.push_back(std::move(f));
}

Collapse Collapses::collapse_of(std::size_t i, const Shape& x, const Shape& y) const {
  const LayerSpec& layer = view_.spec.layers[i];
  const Family family = layer.info().family;
  const std::string change = bracketed(x) + " to " + bracketed(y);
  if (family == Family::squeeze) {
    const bool meant = whole() && layer.has(Opt::dim) && returned_axes_ >= view_.spec.inputs[0].shape.size();
    if (meant || !drops_axis_0(layer, x) || picks_from_axis_0(view_, layer) ||
        takes_out_what_was_put_in(view_, layer))
      return {};
    return {"`" + layer.name + "` drops the batch axis when the batch is 1: " + change,
            "`dim` names the axes to drop"};
  }
  if (rows_of_features(view_.spec, i, x, y)) return {};
  if (family == Family::flatten) {
    const bool from_0 = layer.integer(Opt::start_dim) % static_cast<std::int64_t>(x.size()) == 0;
    if (!from_0 || x == y || (whole() && y.size() > 1) || into_the_batch(layer, x)) return {};
    return {"`" + layer.name + "` flattens the batch axis too: " + change, "start_dim 1 keeps it"};
  }
  if (y[0] == x[0] || computed(layer) || comes_back_) return {};
  return {"`" + layer.name + "` makes a batch of " + std::to_string(batch_) + " into " +
              std::to_string(y[0]) + ": " + change,
          "-1 as the first size takes whatever is left over; `\"in[0]\"` keeps the batch"};
}

Finding Collapses::about_fixed() const {
  const bool one = fixed_.size() == 1;
  Finding f = about(view_, Code::W509,
                    name_list(view_, fixed_) + (one ? " fixes" : " fix") + " the batch at " +
                        std::to_string(batch_) + (one ? ": " + fixed_[0].text : ""),
                    fixed_);
  f.where = place_of(view_.layer(fixed_[0].layer), Opt::shape);
  if (one) f.label.clear();
  f.notes = {"-1 or `\"in[0]\"` as the first size follows the batch"};
  return f;
}

}  // namespace

void batch_collapse(const RiskView& view, std::vector<Finding>& findings) {
  if (batched(view.spec)) Collapses(view).find(findings);
}

}  // namespace shapedbg
