// Which layer or input set the size of one axis of a tensor.
#include <algorithm>
#include <span>
#include <utility>

#include "diagnose/rules.h"

#include "net/facts.h"

namespace shapedbg {
namespace {

// The axis of a Custom's first input whose size it states for `axis`: "in[1]", or the same shape.
std::optional<std::size_t> stated_axis(const LayerSpec& layer, std::size_t rank, std::size_t axis) {
  if (layer.broken || layer.has(Opt::outputs)) return std::nullopt;
  const OptionValue* output = layer.find(Opt::output);
  const auto* sizes = output == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&output->value);
  if (sizes == nullptr) return axis;
  if (axis >= sizes->size() || (*sizes)[axis].nodes().size() != 1) return std::nullopt;
  const Expression::Node& node = (*sizes)[axis].nodes()[0];
  if (node.op != Expression::Op::axis || node.input != 0) return std::nullopt;
  return wrapped_axis(node.value, rank);
}

// Permute says where each axis comes from, Transpose which two are exchanged.
std::optional<std::size_t> reordered_axis(const LayerSpec& layer, std::size_t rank, std::size_t axis) {
  if (layer.find(Opt::dims) != nullptr) {
    const auto& dims = layer.integers(Opt::dims);
    return axis < dims.size() ? std::optional(wrapped_axis(dims[axis], rank)) : std::nullopt;
  }
  const std::size_t a = wrapped_axis(layer.integer(Opt::dim0), rank);
  const std::size_t b = wrapped_axis(layer.integer(Opt::dim1), rank);
  return axis == a ? b : axis == b ? a : axis;
}

// The axis of its first input that a layer passes on as `axis` of its output; nothing where it sets that
// size.
std::optional<std::size_t> passed(const LayerSpec& layer, const Shape& x, const Shape& y, std::size_t axis) {
  const FamilyFacts& is = facts(layer.kind);
  if (is.merge == Merge::adds) return layer.inputs.size() == 1 ? std::optional(axis) : std::nullopt;
  if (is.window != Sliding::none && !is.weights.empty()) return std::nullopt;
  if (is.effect == Effect::stated) return stated_axis(layer, x.size(), axis);
  if (is.effect == Effect::reordered) return reordered_axis(layer, x.size(), axis);
  if (is.channels == Channels::last && is.effect != Effect::kept && axis + 1 == y.size()) return std::nullopt;
  // Its vectors stand behind the axes of the ids, also where there are as many ids.
  if (layer.info().family == Family::embedding && axis + 1 == y.size()) return std::nullopt;
  if (is.merge == Merge::joins && axis == wrapped_axis(layer.integer(Opt::dim), y.size()))
    return std::nullopt;
  const auto end = static_cast<std::ptrdiff_t>(axis) + 1;
  const bool same_front = axis < x.size() && std::equal(y.begin(), y.begin() + end, x.begin());
  const bool same = x.size() == y.size() ? x[axis] == y[axis] : same_front;
  if (same) return axis;
  // Rows that are put together, or taken apart, keep what stands behind them.
  const std::size_t behind = y.size() - axis;
  const bool same_back =
      behind <= x.size() && x.size() != y.size() &&
      std::equal(y.begin() + end - 1, y.end(), x.end() - static_cast<std::ptrdiff_t>(behind));
  return same_back ? std::optional(x.size() - behind) : std::nullopt;
}

void say(const Spec& spec, Ref ref, const std::string& message, Finding& f) {
  constexpr std::size_t most = 6;
  Related said = related(spec, ref, message);
  const auto same = [&](const Related& r) {
    return r.layer == said.layer && r.where.pointer == said.where.pointer;
  };
  if (f.related.size() < most && std::none_of(f.related.begin(), f.related.end(), same))
    f.related.push_back(std::move(said));
}

// The input of a sum or product that alone has the size of `axis` of the result, where all others are
// stretched to it.
std::optional<std::pair<std::size_t, std::size_t>> stretched_to(std::span<const Shape> inputs, const Shape& y,
                                                                std::size_t axis) {
  std::optional<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const Shape& x = inputs[k];
    if (x.size() > y.size()) return std::nullopt;
    const std::size_t in_front = y.size() - x.size();
    if (axis < in_front || x[axis - in_front] != y[axis]) continue;
    if (found || y[axis] == 1) return std::nullopt;
    found = {k, axis - in_front};
  }
  return found;
}

}  // namespace

Produced produced(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis) {
  Produced place{ref, axis};
  while (!place.ref.is_input()) {
    const std::size_t i = place.ref.layer.place();
    const LayerSpec& layer = spec.layers[i];
    const LayerTrace& row = trace.layers[i];
    const std::size_t output = static_cast<std::size_t>(place.ref.output);
    if (row.inputs.empty() || output >= row.outputs.size() || layer.inputs.empty()) break;
    const Shape& y = row.outputs[output];
    if (place.axis >= y.size()) break;
    if (facts(layer.kind).merge == Merge::adds && row.inputs.size() > 1 &&
        row.inputs.size() == layer.inputs.size()) {
      const auto from = stretched_to(row.inputs, y, place.axis);
      if (!from) break;
      place = {layer.inputs[from->first], from->second};
      continue;
    }
    const auto before = passed(layer, row.inputs[0], y, place.axis);
    if (!before || *before >= row.inputs[0].size()) break;
    place = {layer.inputs[0], *before};
  }
  return place;
}

Ref producer(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis) {
  return produced(spec, trace, ref, axis).ref;
}

std::string brings(const Spec& spec, Ref from, const Shape& part, std::size_t axis) {
  return (from.is_input() ? "`" + spec.name_of(from) + "` brings " : "brings ") + std::to_string(part[axis]) +
         " of them: " + bracketed(part);
}

void tell_makers(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis, Finding& f) {
  const Produced place = produced(spec, trace, ref, axis);
  const Shape* made = trace.output(spec, place.ref);
  if (made == nullptr || place.axis >= made->size()) return;
  const std::string size = std::to_string((*made)[place.axis]);
  if (place.ref.is_input()) {
    say(spec, place.ref, "the input is " + bracketed(*made), f);
    return;
  }
  const std::size_t i = place.ref.layer.place();
  const LayerSpec& layer = spec.layers[i];
  const Shapes& inputs = trace.layers[i].inputs;
  const Family family = layer.info().family;
  if (family == Family::flatten && !inputs.empty()) {
    say(spec, place.ref, "makes " + size + " of " + bracketed(inputs[0]), f);
    const std::size_t end = wrapped_axis(layer.integer(Opt::end_dim), inputs[0].size());
    for (std::size_t k = place.axis; k <= end && k < inputs[0].size(); ++k)
      tell_makers(spec, trace, layer.inputs[0], k, f);
  } else if (facts(layer.kind).merge == Merge::joins && inputs.size() == layer.inputs.size()) {
    say(spec, place.ref, "joins " + size + ": " + bracketed(*made), f);
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      if (place.axis >= inputs[k].size()) continue;
      const Ref from = producer(spec, trace, layer.inputs[k], place.axis);
      say(spec, from, brings(spec, from, inputs[k], place.axis), f);
    }
  } else {
    say(spec, place.ref, "returns " + bracketed(*made), f);
  }
}

}  // namespace shapedbg
