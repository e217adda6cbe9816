// L2xx: a layer that LibTorch would not build or run. The refusal says what is wrong; this rule adds
// where the offending size comes from.
#include <algorithm>

#include "diagnose/rules.h"
#include "shape/element_types.h"

namespace shapedbg {
namespace {

bool speaks_of_channels(Code code) { return code == Code::L202 || code == Code::L203 || code == Code::L215; }

// The tensor axis that a refusal is about, for the sizes that are set somewhere else.
std::optional<std::size_t> offending_axis(const LayerSpec& layer, const Shape& x, const Refusal& refusal) {
  const std::size_t axes = static_cast<std::size_t>(layer.info().axes);
  switch (refusal.code) {
    case Code::L211:
    case Code::L209: return x.empty() ? std::nullopt : std::optional(x.size() - 1);
    case Code::L202:
    case Code::L203:
      if (layer.info().family == Family::batch_norm || axes == 0) return x.size() > 1 ? std::optional<std::size_t>(1) : std::nullopt;
      return x.size() > axes ? std::optional(x.size() - axes - 1) : std::nullopt;
    case Code::L215:
      return layer.info().family == Family::pixel_shuffle && x.size() > 2 ? std::optional(x.size() - 3) : std::nullopt;
    case Code::L205: return x.size() >= axes ? std::optional(x.size() - axes + static_cast<std::size_t>(refusal.axis)) : std::nullopt;
    default: return std::nullopt;
  }
}

// Channels that come out of a merge: what each of its inputs brings, and who made that.
void parts_of(const Spec& spec, const Trace& trace, Ref merge, std::size_t axis, Finding& f) {
  constexpr std::size_t most = 6;
  if (merge.is_input()) return;
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(merge.layer)];
  if (layer.info().family != Family::concat && layer.info().family != Family::elementwise) return;
  for (const Ref input : layer.inputs) {
    if (f.related.size() > most) return;
    const Ref from = producer(spec, trace, input, axis);
    const Shape* part = trace.output(spec, input);
    if (part == nullptr || axis >= part->size()) continue;
    f.related.push_back(related(spec, from, "brings " + std::to_string((*part)[axis]) + " of them: " + bracketed(*part)));
    // A sum has the channels of whoever set them.
    if (from.layer != merge.layer) parts_of(spec, trace, from, axis, f);
  }
}

// Layers between the pool and its unpooling that change a size and belong to no level there.
void changed_since(const Spec& spec, const Trace& trace, int unpool, Finding& f) {
  constexpr std::size_t most = 6;
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(unpool)];
  const auto pool = layer.reference(Opt::indices);
  if (!pool || pool->is_input()) return;
  const std::vector<int> path = longest_path(spec, layer.inputs[0]);
  for (const Axis& axis : spatial_axes(spec)) {
    const std::vector<Level> levels = levels_on(spec, trace, path, axis);
    for (const int at : path) {
      if (at <= pool->layer || f.related.size() == most) continue;
      const SizeStep step = step_of(trace, at, axis);
      const bool level = std::any_of(levels.begin(), levels.end(), [&](const Level& l) { return l.down == at || l.up == at; });
      if (level || step.in == 0 || step.out == 0 || step.in == step.out) continue;
      f.related.push_back(related(spec.layers[static_cast<std::size_t>(at)],
                                  "makes " + std::to_string(step.out) + " of " + std::to_string(step.in)));
    }
    if (f.related.empty()) continue;
    f.notes.push_back("the " + std::string(name_of(axis)) + " on the way: " + sizes_along(spec, trace, layer.inputs[0], axis));
    return;
  }
}

}  // namespace

Finding refused_layer(const Spec& spec, const Trace& trace, int i, const Refusal& refusal) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(i)];
  const LayerTrace& row = trace.layers[static_cast<std::size_t>(i)];
  Finding f;
  f.code = refusal.code;
  f.message = refusal.message;
  f.layer = layer.name;
  f.where = refusal.at_option ? place_of(layer, refusal.option) : place_of(layer);

  if (!row.inputs.empty() && !layer.inputs.empty()) {
    const Shape& x = row.inputs[0];
    if (const auto axis = offending_axis(layer, x, refusal)) {
      const Ref from = producer(spec, trace, layer.inputs[0], *axis);
      const Shape* made = trace.output(spec, from);
      if (made != nullptr) {
        const std::string what = speaks_of_channels(refusal.code)  ? "channels"
                                 : refusal.code == Code::L209 ? "features"
                                                              : "along this axis";
        std::string message = std::string(from.is_input() ? "the input has " : "returns ") +
                              std::to_string(x[*axis]) + " " + what + ": " + bracketed(*made);
        if (refusal.code == Code::L211) message = (from.is_input() ? "the input is " : "returns ") + bracketed(*made);
        // A flattened size is a product: say of what.
        if (!from.is_input() && spec.layers[static_cast<std::size_t>(from.layer)].info().family == Family::flatten) {
          const Shape& before = trace.layers[static_cast<std::size_t>(from.layer)].inputs[0];
          message = "makes " + std::to_string(x[*axis]) + " features of " + bracketed(before);
        }
        f.related.push_back(related(spec, from, std::move(message)));
        if (speaks_of_channels(refusal.code)) parts_of(spec, trace, from, *axis, f);
      }
    }
    // A shape in numbers was written for another tensor: who set the sizes of this one.
    if (refusal.code == Code::L211) {
      constexpr std::size_t most = 4;
      for (std::size_t axis = 1; axis < x.size(); ++axis) {
        const Ref from = producer(spec, trace, layer.inputs[0], axis);
        const Related made = related(spec, from, (from.is_input() ? "the input has " : "decides the ") + std::to_string(x[axis]) +
                                                     " of " + bracketed(x));
        const bool said = std::any_of(f.related.begin(), f.related.end(), [&](const Related& r) { return r.layer == made.layer; });
        if (!said && f.related.size() < most) f.related.push_back(made);
      }
    }
    // Where the integers come from, or the floating point that an Embedding gets.
    if (refusal.code == Code::L219) {
      const ElementTypes types(spec);
      const Ref origin = types.origin(spec, layer.inputs[static_cast<std::size_t>(std::max(refusal.input, 0))]);
      const bool pool = !origin.is_input() && origin.output == 1;
      f.related.push_back(related(spec, origin,
                                  pool                        ? "its second output are the places of the maxima, counted in integers"
                                  : !types.is_integer(origin) ? "returns floating point"
                                  : origin.is_input()         ? "is looked up by an Embedding, and so holds integers"
                                                              : "returns integers"));
      if (pool) f.notes.push_back("indices go into the `indices` of a MaxUnpool; the maxima are `" + spec.name_of({origin.layer, 0}) + "`");
    }
    // A map that became too small: the way it shrank.
    if (refusal.code == Code::L205 || refusal.code == Code::L206) {
      for (const Axis& axis : spatial_axes(spec)) {
        const auto at = axis.in(x);
        const bool own = layer.info().axes > 0 && refusal.code == Code::L205
                             ? static_cast<int>(x.size()) - layer.info().axes + refusal.axis == static_cast<int>(at.value_or(0))
                             : true;
        if (!at || !own) continue;
        f.notes.push_back("the " + std::string(name_of(axis)) + " on the way: " +
                          sizes_along(spec, trace, layer.inputs[0], axis));
        break;
      }
    }
    // Indices of a pool that stands on another level than the map: where that map lost its size.
    if (refusal.code == Code::L210) {
      for (const Axis& axis : spatial_axes(spec)) {
        const auto level = broken_level(spec, trace, layer.inputs[0], axis);
        if (!level) continue;
        const LayerSpec& down = spec.layers[static_cast<std::size_t>(level->down)];
        const LayerSpec& up = spec.layers[static_cast<std::size_t>(level->up)];
        const SizeStep taken = step_of(trace, level->down, axis);
        f.related.push_back(related(up, "returns " + std::to_string(step_of(trace, level->up, axis).out) + " where `" +
                                            down.name + "` took " + std::to_string(taken.in)));
        const std::string same = alike(spec, trace, level->down, axis);
        f.related.push_back(related(down, same.empty() ? "returns " + std::to_string(taken.out) : same));
        f.notes.push_back("`size_like` on `" + up.name + "` gives unpooling the size that was pooled");
        break;
      }
    }
    // No level lost it: the layers between pool and unpooling that changed the size for good.
    if (refusal.code == Code::L210 && f.related.empty()) changed_since(spec, trace, i, f);
    // C,H,W into a layer that then sees N as C: the classic missing axis.
    if (refusal.code == Code::L203 && layer.info().axes > 0 &&
        x.size() == static_cast<std::size_t>(layer.info().axes) + 1) {
      f.notes.push_back(bracketed(x) + " has no batch axis for `" + layer.name + "`, so its first axis counts as channels; N,C,... has " +
                        std::to_string(x.size() + 1) + " axes");
    }
    if (refusal.code == Code::L209 && !spec.inputs.empty() && x.size() == 2) {
      const Shape& input = spec.inputs[0].shape;
      if (first_spatial_axis(spec) == 1 && input.size() > 1) {
        f.notes.push_back("the input " + bracketed(input) + " has no batch axis, so the first axis of " + bracketed(x) +
                          " is not a batch");
      }
    }
  }
  if (refusal.code == Code::L201) {
    f.label = "needs output_padding < max(stride, dilation)";
    if (layer.axes(Opt::stride)[static_cast<std::size_t>(std::max(refusal.axis, 0))] == 1)
      f.notes.push_back("with stride 1 a transposed layer does not upsample; the stride is what multiplies the size");
  }
  if (!row.libtorch_refusal.empty()) f.notes.push_back("LibTorch: " + row.libtorch_refusal);
  return f;
}

}  // namespace shapedbg
