// What runs and is no repair for what an axis holds then (sense.h): samples that are added up, sizes of 1
// that are stretched, rows of parts of a sample.
#include <algorithm>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/judge/sense.h"

namespace shapedbg {

namespace {

// The author wrote how many rows a reshape returns, as where frames of a batch are taken apart.
bool written_rows(const LayerSpec& layer, std::int64_t rows) {
  const OptionValue* option = layer.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr || sizes->empty()) return false;
  if ((*sizes)[0].is_constant()) return (*sizes)[0].constant() == rows;
  // As many as another tensor has, from which they were put together.
  const std::vector<Expression::Node>& nodes = (*sizes)[0].nodes();
  return nodes.size() == 1 && nodes[0].op == Expression::Op::axis && nodes[0].input > 0 &&
         nodes[0].value == 0;
}

// Axes in front laid together as they are, as speakers or frames into the batch.
bool folds_whole_axes(const Shape& x, const Shape& y) {
  return x.size() > y.size() && y.size() > 1 && std::equal(y.rbegin(), y.rend() - 1, x.rbegin());
}

// As many rows as samples that go in, of whole axes: what was laid together into the batch is taken apart
// again, as channels of a forecaster or frames of a clip.
bool unfolds_to_the_batch(const Spec& spec, const Shape& x, const Shape& y) {
  return folds_whole_axes(y, x) &&
         std::any_of(spec.inputs.begin(), spec.inputs.end(),
                     [&](const auto& input) { return !input.shape.empty() && input.shape[0] == y[0]; });
}

// The first factor [N, C], no table of numbers, was turned by a Transpose that was put in: the product adds
// up its samples.
bool sums_samples(const Spec& after, const Trace& is, const PerLayer<LayerId>& origin,
                  const LayerSpec& product) {
  if (product.inputs.empty() || product.inputs[0].is_input()) return false;
  const LayerId at = product.inputs[0].layer;
  const LayerSpec& turn = after.layer(at);
  if (!origin[at].is_none() || turn.broken || turn.info().family != Family::transpose ||
      is.row(at).outputs.empty() || is.row(at).outputs[0].size() != 2)
    return false;
  const Ref made = before_pointwise(after, turn.inputs[0]);
  return made.is_input() || !after.layer(made.layer).inputs.empty();
}

// An axis of one place that the author put there, by a view or an Unsqueeze that ran before: it is to be
// repeated.
bool put_there(const Spec& after, const Trace& before, const PerLayer<LayerId>& origin, Ref ref,
               std::size_t axis) {
  while (!ref.is_input() && keeps_shape(after.layer(ref.layer).info().family) &&
         after.layer(ref.layer).inputs.size() == 1)
    ref = after.layer(ref.layer).inputs[0];
  if (ref.is_input() || origin[ref.layer].is_none()) return false;
  const Family family = after.layer(ref.layer).info().family;
  const Shapes& was = before.row(origin[ref.layer]).outputs;
  return (family == Family::reshape || family == Family::unsqueeze) && !was.empty() && axis < was[0].size() &&
         was[0][axis] == 1;
}

// All that an input lacked are axes of one place: they are put in to be repeated. How wide it is, is another
// matter.
bool gets_axes(const LayerTrace& was, std::size_t input, const Shape& x) {
  if (input >= was.inputs.size() || was.inputs[input].size() >= x.size()) return false;
  Shape then = was.inputs[input];
  Shape now = x;
  std::erase(then, 1);
  std::erase(now, 1);
  return then.size() == now.size() && !then.empty() && then[0] == now[0];
}

}  // namespace

bool works_on_another_axis(const Spec& before, const Spec& after, const Trace& was, const Trace& is,
                           const PerLayer<LayerId>& origin) {
  const auto over_batch = [](const LayerSpec& layer, std::size_t rank) {
    if (rank < 2 || !layer.has(Opt::dim)) return false;
    const Value& dim = layer.find(Opt::dim)->value;
    if (const auto* one = std::get_if<std::int64_t>(&dim)) return wrapped_axis(*one, rank) == 0;
    const auto* several = std::get_if<std::vector<std::int64_t>>(&dim);
    return several != nullptr && std::any_of(several->begin(), several->end(),
                                             [&](std::int64_t k) { return wrapped_axis(k, rank) == 0; });
  };
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    const LayerSpec& layer = after.layers[i];
    const Shapes& inputs = is.layers[i].inputs;
    if (origin[i].is_none() || layer.broken || inputs.empty() || inputs[0].empty()) continue;
    const LayerSpec& old = before.layer(origin[i]);
    const Shapes& had = was.row(origin[i]).inputs;
    if (old.broken || old.kind != layer.kind || had.empty() || had[0].empty()) continue;
    const Family family = layer.info().family;
    const bool along = family == Family::reduce || family == Family::signal || family == Family::softmax;
    if (along && over_batch(layer, inputs[0].size()) && !over_batch(old, had[0].size())) return true;
    if (family == Family::linear && inputs[0].back() == 1 && had[0].back() > 1) return true;
    if (family == Family::matmul && sums_samples(after, is, origin, layer)) return true;
  }
  return false;
}

bool runs_by_accident(const Spec& after, const Trace& trace, const Trace& before,
                      const PerLayer<LayerId>& origin) {
  for (std::size_t i = 0; i < after.layers.size(); ++i) {
    if (origin[i].is_none()) continue;
    const LayerTrace& was = before.row(origin[i]);
    const LayerTrace& is = trace.layers[i];
    // A reshape that is told another shape for the same tensor counts as new.
    const bool ran =
        was.refusals.empty() && !was.after_failure && (is.inputs != was.inputs || is.outputs == was.outputs);
    if (ran || is.outputs.empty() || is.inputs.empty() || is.outputs[0].empty()) continue;
    const Family family = after.layers[i].info().family;
    const Shape& out = is.outputs[0];
    const LayerSpec& layer = after.layers[i];
    if (family == Family::reshape && is.inputs[0].size() > 1 && is.inputs[0][0] != out[0] &&
        !written_rows(layer, out[0]) && !folds_whole_axes(is.inputs[0], out) &&
        !unfolds_to_the_batch(after, is.inputs[0], out))
      return true;
    if (is_pool(layer.info().family)) {
      const auto axes = layer.axis_count();
      for (std::size_t a = 0; a < axes && is.inputs[0].size() > axes; ++a) {
        const Window w = window_of(layer, static_cast<int>(a));
        if (is.inputs[0][is.inputs[0].size() - axes + a] + w.before + w.after < w.reach() + 1) return true;
      }
    }
    if (family != Family::elementwise) continue;
    for (std::size_t k = 0; k < is.inputs.size(); ++k) {
      const Shape& x = is.inputs[k];
      const bool known = k < was.inputs.size() && was.inputs[k].size() == x.size();
      // One weight for each map, as before.
      const bool gate = known && x.size() > 2 &&
                        std::all_of(x.begin() + 2, x.end(), [](std::int64_t n) { return n == 1; }) &&
                        std::equal(x.begin() + 2, x.end(), was.inputs[k].begin() + 2);
      if (gate || gets_axes(was, k, x)) continue;
      for (std::size_t a = 1; a < x.size() && x.size() == out.size(); ++a)
        if (x[a] == 1 && out[a] != 1 && (a > 1 || (known && was.inputs[k][a] != 1)) &&
            !put_there(after, before, origin, layer.inputs[k], a))
          return true;
    }
  }
  return false;
}

}  // namespace shapedbg
