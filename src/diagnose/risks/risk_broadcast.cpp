// W501: an element-wise merge that repeats an input of size 1 along an axis where nobody asked for it.
// Gates, masks, global vectors and axes that a layer made 1 on purpose are meant.
#include <algorithm>

#include "diagnose/risks/risks.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// Whether the size 1 of axis `axis` of `ref` was made to be repeated: by a mean, an added axis, a pool
// over everything, a shape that states it. A stride that happened to end at 1 and a convolution to one
// channel were not.
bool meant(const RiskView& view, Ref ref, std::size_t axis) {
  while (!ref.is_input()) {
    const std::size_t i = ref.layer.place();
    const LayerSpec& layer = view.layer(i);
    const LayerTrace& row = view.row(i);
    if (row.inputs.empty() || layer.inputs.empty()) return true;
    const Shape& x = row.inputs[0];
    const bool was_one = axis < x.size() && x.size() == row.outputs[0].size() && x[axis] == 1;
    const FamilyFacts& is = facts(layer.kind);
    if (is.channels != Channels::none && is.effect != Effect::kept) {  // a convolution or a linear map
      const std::size_t features =
          is.channels == Channels::before_axes ? x.size() - layer.axis_count() - 1 : x.size() - 1;
      if (axis == features || !was_one) return false;
    } else if (!was_one) {
      return !is_pool(layer.info().family);
    }
    ref = layer.inputs[0];
  }
  const Shape& shape = view.spec.input(ref.input()).shape;
  if (axis == 0) return true;  // a constant for every element of the batch
  // A vector per channel, written as N,C,1,1.
  return axis >= 2 &&
         std::all_of(shape.begin() + 2, shape.end(), [](std::int64_t size) { return size == 1; });
}

// What is left of a tensor once its own mean is taken off: one value for all of it is added back on purpose.
bool centred(const RiskView& view, Ref ref) {
  if (ref.is_input()) return false;
  const LayerSpec& less = view.layer(ref.layer.place());
  if (less.kind != LayerKind::Sub || less.inputs.size() != 2 || less.inputs[1].is_input()) return false;
  const LayerSpec& mean = view.layer(less.inputs[1].layer.place());
  return mean.kind == LayerKind::Mean && !mean.inputs.empty() && mean.inputs[0] == less.inputs[0];
}

bool is_turned(const RiskView& view, Ref ref) {
  return !ref.is_input() && facts(view.layer(ref.layer.place()).kind).effect == Effect::reordered;
}

// Each side is stretched to the other along axes of a sample: a table of pairs, rows beside columns. Of one
// sample alone it is a column beside a column that was turned to a row.
bool of_pairs(const RiskView& view, std::size_t i) {
  const Shapes& inputs = view.row(i).inputs;
  const Shape& out = view.row(i).outputs[0];
  if (inputs.size() == 2 && out.size() == 2 && inputs[0].size() == 2 && inputs[1].size() == 2) {
    const LayerSpec& merge = view.layer(i);
    const auto column = [&](std::size_t k) { return inputs[k][1] == 1 && inputs[k][0] == out[0]; };
    const auto row = [&](std::size_t k) { return inputs[k][0] == 1 && is_turned(view, merge.inputs[k]); };
    return (column(0) && row(1)) || (column(1) && row(0));
  }
  if (inputs.size() != 2 || out.size() < 3) return false;
  return std::all_of(inputs.begin(), inputs.end(), [&](const Shape& x) {
    if (x.size() != out.size() || x[0] != out[0]) return false;
    for (std::size_t axis = 1; axis < out.size(); ++axis)
      if (x[axis] != out[axis]) return true;
    return false;
  });
}

struct Stretch {
  std::size_t input = 0;
  std::vector<std::size_t> axes;  // of the output
  bool unmeant = false;
};

std::vector<Stretch> stretches(const RiskView& view, std::size_t i) {
  const LayerSpec& layer = view.layer(i);
  const LayerTrace& row = view.row(i);
  const Shape& out = row.outputs[0];
  std::vector<Stretch> all;
  for (std::size_t k = 0; k < row.inputs.size() && k < layer.inputs.size(); ++k) {
    const Shape& x = row.inputs[k];
    if (std::all_of(x.begin(), x.end(), [](std::int64_t size) { return size == 1; })) continue;  // a number
    Stretch stretch{k, {}, false};
    const std::size_t missing = out.size() - std::min(out.size(), x.size());
    for (std::size_t axis = 0; axis < out.size(); ++axis) {
      if (out[axis] == 1 || (axis >= missing && x[axis - missing] != 1)) continue;
      stretch.axes.push_back(axis);
      const Ref ref = layer.inputs[k];
      // A learned vector or table is made to be added to every place.
      const bool own = ref.is_input() || view.layer(ref.layer.place()).info().family == Family::parameter;
      const bool wanted = axis < missing ? own : meant(view, layer.inputs[k], axis - missing);
      stretch.unmeant |= !wanted;
    }
    if (!stretch.axes.empty()) all.push_back(std::move(stretch));
  }
  return all;
}

}  // namespace

void silent_broadcast(const RiskView& view, std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < view.spec.layers.size(); ++i) {
    const LayerSpec& layer = view.layer(i);
    if (facts(layer.kind).merge != Merge::adds || !view.watches(i, Code::W501)) continue;
    const std::vector<Stretch> all = stretches(view, i);
    // A product with one smaller side is a gate or a mask. Where each side is stretched to the other, it
    // is an outer product: [n] times [n, 1].
    const bool product = layer.kind == LayerKind::Mul || layer.kind == LayerKind::Div;
    if (product && all.size() < 2) continue;
    // Weights of their own, one for each channel or place, are made to be put on every other axis.
    const bool weighed =
        product && std::any_of(all.begin(), all.end(), [&](const Stretch& stretch) {
          const Ref ref = layer.inputs[stretch.input];
          return !ref.is_input() && view.layer(ref.layer.place()).info().family == Family::parameter;
        });
    const bool own_mean =
        layer.inputs.size() == 2 && (centred(view, layer.inputs[0]) || centred(view, layer.inputs[1]));
    if (weighed || own_mean || (!product && of_pairs(view, i))) continue;
    for (const Stretch& stretch : all) {
      if (!stretch.unmeant) continue;
      const Ref ref = layer.inputs[stretch.input];
      const Shape& x = view.row(i).inputs[stretch.input];
      const Shape& out = view.row(i).outputs[0];
      Finding f;
      f.code = Code::W501;
      f.message = "`" + layer.name + "` stretches `" + view.spec.name_of(ref) + "` from " + bracketed(x) +
                  " to " + bracketed(out);
      f.layer = layer.name;
      f.where = place_of(layer);
      std::vector<std::string> repeated;
      for (const std::size_t axis : stretch.axes)
        repeated.push_back("axis " + std::to_string(axis) + " " + std::to_string(out[axis]) + " times");
      f.label = "repeats " + listed(std::move(repeated));
      f.related.push_back(related(view.spec, ref, (ref.is_input() ? "is " : "returns ") + bracketed(x)));
      f.notes = {"an axis of size 1 fits any size, so a wrong tensor passes here unseen"};
      findings.push_back(std::move(f));
    }
  }
}

}  // namespace shapedbg
