#include "repair/padding/question.h"
#include "flow/path.h"
#include "net/facts.h"

#include <algorithm>
#include <utility>

namespace shapedbg {
namespace {

// Families whose rule treats every spatial axis by itself and keeps their number and order.
bool keeps_axes_apart(const LayerSpec& layer, int rank, int axes) {
  const auto beside_spatial = [&](Opt opt) {
    const std::int64_t dim = layer.integer(opt);
    return (dim < 0 ? dim + rank : dim) < rank - axes;
  };
  switch (facts(layer.kind).axes_apart) {
    case Apart::never:
      return false;
    case Apart::own_axes:
      return layer.info().axes == axes;
    case Apart::always:
      return true;
    case Apart::from_third:
      return rank == axes + 2;
    case Apart::last_two:
      return axes == 2;
    case Apart::beside_dim:
      return beside_spatial(Opt::dim);
  }
  return false;
}

// One entry for all spatial axes: entry `axis` of `axes`.
template <class T>
void spread(std::vector<T>& list, std::size_t axes, std::size_t axis) {
  if (list.size() < axes) return;  // one number for all
  const std::size_t first = list.size() - axes;
  const T entry = list[first + axis];
  std::fill(list.begin() + static_cast<std::ptrdiff_t>(first), list.end(), entry);
}

// F.pad's order: (start, end) of the last axis first.
void spread_pads(std::vector<std::int64_t>& pads, std::size_t axes, std::size_t axis) {
  if (pads.size() < 2) return;
  const std::size_t pair = 2 * (axes - 1 - axis);
  const std::int64_t start = pair + 1 < pads.size() ? pads[pair] : 0;
  const std::int64_t end = pair + 1 < pads.size() ? pads[pair + 1] : 0;
  if (pads.size() < 2 * axes) pads.resize(2 * axes);
  for (std::size_t k = 0; k < axes; ++k) {
    pads[2 * k] = start;
    pads[2 * k + 1] = end;
  }
}

void project(LayerSpec& layer, std::size_t axes, std::size_t axis) {
  for (OptionValue& option : layer.options.edit()) {
    if (auto* numbers = std::get_if<std::vector<double>>(&option.value)) spread(*numbers, axes, axis);
    auto* list = std::get_if<std::vector<std::int64_t>>(&option.value);
    if (list == nullptr) continue;
    if (option.info->opt == Opt::padding && facts(layer.kind).border != Border::none) {
      spread_pads(*list, axes, axis);
    } else {
      spread(*list, axes, axis);
    }
  }
  if (layer.expect && layer.expect->kind == Expect::Kind::shape) spread(layer.expect->shape, axes, axis);
}

// Kinds whose lists have one entry per spatial axis.
bool lists_axes(const LayerSpec& layer, std::size_t axes) {
  return facts(layer.kind).axes_apart == Apart::from_third || layer.info().axes == static_cast<int>(axes);
}

}  // namespace

Spec along_axis(const Spec& spec, std::size_t axes, std::size_t axis) {
  Spec cube = spec;
  for (LayerSpec& layer : cube.layers)
    if (lists_axes(layer, axes)) project(layer, axes, axis);
  for (InputSpec& input : cube.inputs)
    if (input.shape.size() > axes) spread(input.shape, axes, axis);
  // A shape of another rank, as [batch, classes], has no such axes at its end.
  const bool maps = cube.expect && cube.expect->kind == Expect::Kind::shape && !cube.inputs.empty() &&
                    cube.expect->shape.size() == cube.inputs[0].shape.size();
  if (maps) spread(cube.expect->shape, axes, axis);
  return cube;
}

const Shape& Question::constant(Ref ref) const {
  static const Shape none;
  if (ref.is_input()) return spec.inputs[ref.input()].shape;
  const auto& outputs = constants[ref.layer];
  return static_cast<std::size_t>(ref.output) < outputs.size() ? outputs[static_cast<std::size_t>(ref.output)]
                                                               : none;
}

std::vector<Unknown> unknowns_of(const Spec& spec) {
  std::vector<Unknown> unknowns;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (layer.info().family != Family::conv_transpose || layer.broken) continue;
    if (layer.has(Opt::output_size) || layer.has(Opt::size_like)) continue;
    Unknown unknown;
    unknown.layer = LayerId(i);
    const PerAxis stride = layer.axes(Opt::stride);
    const PerAxis dilation = layer.axes(Opt::dilation);
    const PerAxis present = layer.axes(Opt::output_padding);
    for (int a = 0; a < layer.info().axes; ++a) {
      const auto at = static_cast<std::size_t>(a);
      unknown.present[at] = present[at];
      unknown.most[at] = std::max(stride[at], dilation[at]) - 1;
    }
    unknowns.push_back(unknown);
  }
  return unknowns;
}

std::vector<char> dependants(const Spec& spec, const std::vector<Unknown>& unknowns) {
  PerLayer<char> depends(spec.layers.size(), 0);
  for (const Unknown& unknown : unknowns) depends[unknown.layer] = 1;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    for (const Ref ref : reads(spec, spec.layers[i])) {
      if (!ref.is_input() && depends[ref.layer] != 0) depends[i] = 1;
    }
  }
  return depends;
}

Blocked blocked(const Spec& spec, const Trace& trace, const std::vector<Unknown>& unknowns,
                const PerLayer<char>& depends) {
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerTrace& row = trace.layers[i];
    if (spec.layers[i].broken) return {true, static_cast<int>(i)};
    if (depends[i] != 0) continue;
    const bool runs = row.refusals.empty() && row.libtorch_refusal.empty() && !row.outputs.empty();
    if (!runs) return {true, static_cast<int>(i)};
    const auto& expect = spec.layers[i].expect;
    if (expect && !meets(row.outputs[0], expected_shape(spec, *expect))) return {true, static_cast<int>(i)};
  }
  if (unknowns.empty() || spec.layers.empty()) return {true, -1};
  if (depends.back() == 0 && spec.expect) {
    const Shape* result = trace.result(spec);
    if (result == nullptr || !meets(*result, expected_shape(spec, *spec.expect))) return {true, -1};
  }
  return {};
}

bool axes_are_independent(const Spec& spec, const Trace& trace, const std::vector<Unknown>& unknowns,
                          const PerLayer<char>& depends) {
  if (unknowns.empty()) return false;
  const LayerSpec& first = spec.layer(unknowns.front().layer);
  const Shape* into = first.inputs.empty() ? nullptr : trace.output(spec, first.inputs.front());
  if (into == nullptr || into->empty()) return false;
  const int rank = static_cast<int>(into->size());
  const int axes = first.info().axes;
  // A question about one axis makes a cube of the map: its size must stay far from the limits.
  constexpr std::int64_t large = INT64_C(1) << 18;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (depends[i] == 0) continue;
    const LayerSpec& layer = spec.layers[i];
    if (!keeps_axes_apart(layer, rank, axes)) return false;
    for (const Ref ref : reads(spec, layer)) {
      if (!ref.is_input() && depends[ref.layer] != 0) continue;
      const Shape* shape = trace.output(spec, ref);
      if (shape == nullptr || static_cast<int>(shape->size()) != rank) return false;
    }
    for (const Shape& shape : trace.layers[i].outputs) {
      for (std::size_t k = shape.size() > static_cast<std::size_t>(axes)
                               ? shape.size() - static_cast<std::size_t>(axes)
                               : 0;
           k < shape.size(); ++k) {
        if (shape[k] > large) return false;
      }
    }
  }
  return true;
}

Question ask(const Spec& spec, const Trace& trace, const std::vector<Unknown>& unknowns,
             const PerLayer<char>& depends, int axis) {
  Question q;
  q.spec = spec;
  q.axis = axis;
  q.unknowns = unknowns;
  q.depends = depends;
  q.unknown_of.assign(spec.layers.size(), -1);
  q.levels.resize(spec.layers.size());
  q.constants.resize(spec.layers.size());
  for (std::size_t u = 0; u < unknowns.size(); ++u) {
    q.unknown_of[unknowns[u].layer] = static_cast<int>(u);
    q.axes = std::max(q.axes, spec.layer(unknowns[u].layer).info().axes);
  }
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const Shapes& outputs = trace.layers[i].outputs;
    if (depends[i] == 0) q.constants[i].assign(outputs.begin(), outputs.end());
  }

  const auto want_levels = [&](int a) {
    for (const Level& level : mirrored_levels(spec, trace, a)) {
      if (level.down.is_none() || level.up.is_none() || depends[level.up] == 0) continue;
      const LayerSpec& down = spec.layer(level.down);
      if (down.inputs.empty()) continue;
      q.levels[level.up].push_back({down.inputs.front(), a});
    }
  };
  if (axis < 0) {
    for (int a = 0; a < q.axes; ++a) want_levels(a);
    return q;
  }

  want_levels(axis);
  const auto axes = static_cast<std::size_t>(q.axes);
  const auto at = static_cast<std::size_t>(axis);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (depends[i] != 0) project(q.spec.layers[i], axes, at);
    for (Shape& shape : q.constants[i]) spread(shape, axes, at);
  }
  for (InputSpec& input : q.spec.inputs) {
    // A latent vector has no spatial axes to speak of.
    if (input.shape.size() > axes) spread(input.shape, axes, at);
  }
  if (q.spec.expect && q.spec.expect->kind == Expect::Kind::shape) spread(q.spec.expect->shape, axes, at);
  for (Unknown& unknown : q.unknowns) {
    const std::int64_t present = unknown.present[at];
    const std::int64_t most = unknown.most[at];
    unknown.present = {present, 0, 0};
    unknown.most = {most, 0, 0};
  }
  return q;
}

}  // namespace shapedbg
