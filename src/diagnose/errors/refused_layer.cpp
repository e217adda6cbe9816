// L2xx: a layer that LibTorch would not build or run. The refusal says what is wrong; this rule adds
// where the offending size comes from.
#include <algorithm>

#include "diagnose/rules.h"
#include "finding/counted.h"
#include "net/facts.h"
#include "rules/element_types.h"

namespace shapedbg {
namespace {

bool speaks_of_channels(Code code) { return code == Code::L202 || code == Code::L203 || code == Code::L215; }

// The tensor axis that a refusal is about, for the sizes that are set somewhere else.
std::optional<std::size_t> offending_axis(const LayerSpec& layer, const Shape& x, const Refusal& refusal) {
  const std::size_t axes = static_cast<std::size_t>(layer.info().axes);
  switch (refusal.code) {
    case Code::L209:
      return x.empty() ? std::nullopt : std::optional(x.size() - 1);
    case Code::L202:
    case Code::L203:
      if (facts(layer.kind).channels == Channels::second || axes == 0)
        return x.size() > 1 ? std::optional<std::size_t>(1) : std::nullopt;
      return x.size() > axes ? std::optional(x.size() - axes - 1) : std::nullopt;
    case Code::L215:
      // PixelShuffle divides the channels, in front of its two axes.
      return layer.find(Opt::upscale_factor) != nullptr && x.size() > 2 ? std::optional(x.size() - 3)
                                                                        : std::nullopt;
    case Code::L205:
      return x.size() >= axes ? std::optional(x.size() - axes + static_cast<std::size_t>(refusal.axis))
                              : std::nullopt;
    default:
      return std::nullopt;
  }
}

// Channels that come out of a merge: what each of its inputs brings, and who made that.
void parts_of(const Spec& spec, const Trace& trace, Ref merge, std::size_t axis, Finding& f) {
  constexpr std::size_t most = 6;
  if (merge.is_input()) return;
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(merge.layer)];
  if (facts(layer.kind).merge == Merge::none) return;
  for (const Ref input : layer.inputs) {
    if (f.related.size() > most) return;
    const Ref from = producer(spec, trace, input, axis);
    const Shape* part = trace.output(spec, input);
    if (part == nullptr || axis >= part->size()) continue;
    f.related.push_back(
        related(spec, from, "brings " + std::to_string((*part)[axis]) + " of them: " + bracketed(*part)));
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
      const bool level = std::any_of(levels.begin(), levels.end(),
                                     [&](const Level& l) { return l.down == at || l.up == at; });
      if (level || step.in == 0 || step.out == 0 || step.in == step.out) continue;
      f.related.push_back(related(spec.layers[static_cast<std::size_t>(at)],
                                  "makes " + std::to_string(step.out) + " of " + std::to_string(step.in)));
    }
    if (f.related.empty()) continue;
    f.notes.push_back("the " + std::string(name_of(axis)) +
                      " on the way: " + sizes_along(spec, trace, layer.inputs[0], axis));
    return;
  }
}

// The count that a layer is built for may stand elsewhere in what it gets: at another axis, or in several.
void count_elsewhere(const Spec& spec, const LayerSpec& layer, const Shape& x, const Refusal& refusal,
                     std::size_t axis, Finding& f) {
  const OptionValue* option = layer.find(refusal.option);
  const auto* built = option == nullptr ? nullptr : std::get_if<std::int64_t>(&option->value);
  if (built == nullptr || *built < 2) return;
  const std::string want = std::to_string(*built);
  const std::string name = "`" + layer.name + "`";
  const bool last = refusal.code == Code::L209;
  const std::string takes =
      name + (last ? " takes the last axis" : " takes its channels at axis " + std::to_string(axis));
  std::vector<std::size_t> holding;
  std::int64_t product = 1;
  for (std::size_t k = 1; k < x.size(); ++k) {
    if (x[k] == *built && k != axis) holding.push_back(k);
    if (__builtin_mul_overflow(product, x[k], &product)) return;
  }
  if (holding.size() == 1) {
    // Where the author ordered the axes, that is where they went wrong.
    const Ref from = layer.inputs[0];
    if (!from.is_input() &&
        facts(spec.layers[static_cast<std::size_t>(from.layer)].kind).effect == Effect::reordered)
      f.related.push_back(related(spec, from, "puts the " + want + " at axis " + std::to_string(holding[0])));
    f.notes.push_back("the " + want + " are axis " + std::to_string(holding[0]) + " of " + bracketed(x) +
                      "; " + takes);
  } else if (last && x.size() > 2 && product == *built) {
    f.notes.push_back("the " + want + " are all that a sample of " + bracketed(x) + " holds, flattened; " +
                      takes);
  }
}

// Features that a Linear gets of a flattened map, against the map that it was built for.
void map_it_was_built_for(const LayerSpec& layer, const Refusal& refusal, const Shape& before, Finding& f) {
  const OptionValue* option = layer.find(refusal.option);
  const auto* built = option == nullptr ? nullptr : std::get_if<std::int64_t>(&option->value);
  if (built == nullptr || before.size() < 3 || before[1] < 2 || *built % before[1] != 0) return;
  std::int64_t places = 1;
  for (std::size_t k = 2; k < before.size(); ++k) places *= before[k];
  f.notes.push_back("of " + std::to_string(before[1]) + " channels, " + std::to_string(*built) +
                    " features are " + counted(*built / before[1], "place") + " each, " + by_x(before, 2) +
                    " are " + std::to_string(places));
}

// Who gave the tensor its number of axes: the layer that added or dropped some, and a Squeeze that dropped
// none.
void tell_rank(const Spec& spec, const Trace& trace, Ref ref, Finding& f) {
  while (!ref.is_input()) {
    const LayerSpec& layer = spec.layers[static_cast<std::size_t>(ref.layer)];
    const LayerTrace& row = trace.layers[static_cast<std::size_t>(ref.layer)];
    if (layer.inputs.empty() || row.inputs.empty() || row.outputs.empty()) return;
    const Shape& x = row.inputs[0];
    const Shape& y = row.outputs[0];
    if (layer.info().family == Family::squeeze && x.size() == y.size()) {
      f.related.push_back(related(layer, "drops no axis of " + bracketed(x)));
      for (const std::int64_t dim :
           layer.has(Opt::dim) ? layer.integers(Opt::dim) : std::vector<std::int64_t>{}) {
        const std::size_t at =
            static_cast<std::size_t>(dim < 0 ? dim + static_cast<std::int64_t>(x.size()) : dim);
        if (at >= x.size() || x[at] == 1) continue;
        f.notes.push_back("axis " + std::to_string(at) + " is " + std::to_string(x[at]) + ", and `" +
                          layer.name + "` drops axes of size 1 alone");
        for (const Axis& axis : spatial_axes(spec))
          if (axis.in(x) == at)
            f.notes.push_back("the " + std::string(name_of(axis)) +
                              " on the way: " + sizes_along(spec, trace, layer.inputs[0], axis));
      }
      return;
    }
    if (x.size() != y.size()) {
      f.related.push_back(related(layer, "makes " + bracketed(y) + " of " + bracketed(x)));
      return;
    }
    ref = layer.inputs[0];
  }
  f.related.push_back(
      related(spec, ref,
              "goes in with " +
                  std::to_string(spec.inputs[static_cast<std::size_t>(ref.input())].shape.size()) + " axes"));
}

// Indices of another shape than the map: the pool whose indices would fit.
void tell_fitting_pool(const Spec& spec, const Trace& trace, const LayerSpec& unpool, const Shape& x,
                       Finding& f) {
  const auto pool = unpool.reference(Opt::indices);
  if (!pool || pool->is_input()) return;
  const Shape* given = trace.output(spec, *pool);
  if (given == nullptr || *given == x) return;
  for (std::size_t i = spec.layers.size(); i-- > 0;) {
    const LayerSpec& other = spec.layers[i];
    if (other.info().family != Family::max_pool || other.info().axes != unpool.info().axes) continue;
    if (trace.layers[i].outputs.empty() || trace.layers[i].outputs[0] != x) continue;
    f.notes.push_back("the indices of `" + other.name + "` have the shape of what `" + unpool.name +
                      "` gets");
    return;
  }
}

// An unpooling that does not return what its pool took: the pool cannot have told one size from the other.
void tell_pool(const Spec& spec, const Trace& trace, const LayerSpec& unpool, Finding& f) {
  const auto pool = unpool.reference(Opt::indices);
  if (!pool || pool->is_input()) return;
  for (const Axis& axis : spatial_axes(spec)) {
    const std::string same = alike(spec, trace, pool->layer, axis);
    const Loss loss = loss_of(spec, trace, pool->layer, axis);
    if (same.empty() || loss.remainder == 0) continue;
    f.related.push_back(related(spec.layers[static_cast<std::size_t>(pool->layer)], same));
    f.notes.push_back(loss.text);
    return;
  }
}

// Whether the layer that made the channels is at fault, not the one that takes another count: more layers ask
// for that count than for the present one, of those that take the tensor or stand at the same size.
bool made_wrong(const Spec& spec, const Trace& trace, int taker, Ref from, std::size_t axis, Opt option) {
  if (from.is_input() || axis != 1) return false;
  const LayerSpec& maker = spec.layers[static_cast<std::size_t>(from.layer)];
  const OptionValue* out = maker.find(Opt::out_channels);
  const Shape* x = trace.output(spec, from);
  if (out == nullptr || !out->written || x == nullptr || x->size() < 3) return false;
  const std::int64_t have = maker.integer(Opt::out_channels);
  const std::int64_t want = spec.layers[static_cast<std::size_t>(taker)].integer(option);
  int for_have = 0;
  int for_want = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (static_cast<int>(i) == from.layer) continue;
    const LayerSpec& layer = spec.layers[i];
    const LayerTrace& row = trace.layers[i];
    const auto at_size = [&](const Shape& shape) {
      return shape.size() == x->size() && std::equal(shape.begin() + 2, shape.end(), x->begin() + 2);
    };
    const auto count = [&](Opt opt, const Shape& shape) {
      const OptionValue* value = layer.find(opt);
      if (value == nullptr || !value->written || !at_size(shape)) return;
      for_have += layer.integer(opt) == have ? 1 : 0;
      for_want += layer.integer(opt) == want ? 1 : 0;
    };
    if (!row.outputs.empty()) count(Opt::out_channels, row.outputs[0]);
    if (row.inputs.empty()) continue;
    for (const Opt opt : {Opt::in_channels, Opt::num_features, Opt::num_channels}) count(opt, row.inputs[0]);
  }
  // The one vote of the taker says nothing yet.
  return for_want - 1 > for_have;
}

// A reshape short of elements by just the factor that a Slice in front took away.
std::optional<int> sliced_away(const Spec& spec, const Trace& trace, int index) {
  const LayerSpec& layer = spec.layers[static_cast<std::size_t>(index)];
  const OptionValue* option = layer.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr) return std::nullopt;
  const auto all = [](const Shape& shape) {
    std::int64_t n = 1;
    for (const std::int64_t size : shape)
      if (size < 1 || __builtin_mul_overflow(n, size, &n)) return std::int64_t{0};
    return n;
  };
  Shape want;
  for (const Expression& size : *sizes) {
    if (!size.is_constant() || size.constant() < 1) return std::nullopt;
    want.push_back(size.constant());
  }
  const auto& inputs = trace.layers[static_cast<std::size_t>(index)].inputs;
  const std::int64_t wanted = all(want);
  const std::int64_t got = inputs.empty() ? 0 : all(inputs[0]);
  if (got < 1 || wanted <= got || wanted % got != 0) return std::nullopt;
  const std::vector<int> path = longest_path(spec, layer.inputs[0]);
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const LayerTrace& row = trace.layers[static_cast<std::size_t>(*it)];
    if (spec.layers[static_cast<std::size_t>(*it)].info().family != Family::slice || row.inputs.empty() ||
        row.outputs.empty())
      continue;
    const std::int64_t before = all(row.inputs[0]);
    const std::int64_t after = all(row.outputs[0]);
    if (after > 0 && before == after * (wanted / got)) return *it;
  }
  return std::nullopt;
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
      const Produced place = produced(spec, trace, layer.inputs[0], *axis);
      const Ref from = place.ref;
      const Shape* made = trace.output(spec, from);
      if (made != nullptr) {
        const std::string what = speaks_of_channels(refusal.code) ? "channel"
                                 : refusal.code == Code::L209     ? "feature"
                                                                  : "";
        std::string message =
            std::string(from.is_input() ? "the input has " : "returns ") +
            (what.empty() ? std::to_string(x[*axis]) + " along this axis" : counted(x[*axis], what)) + ": " +
            bracketed(*made);
        // It went through a Permute: what arrives, and where that came from.
        if (place.axis != *axis) {
          f.related.push_back(related(spec, layer.inputs[0],
                                      (layer.inputs[0].is_input() ? "is " : "returns ") + bracketed(x)));
          message = (from.is_input() ? "the input is " : "returns ") + bracketed(*made) + ", whose axis " +
                    std::to_string(place.axis) + " these are";
        }
        // A flattened size is a product: say of what.
        if (!from.is_input() &&
            spec.layers[static_cast<std::size_t>(from.layer)].info().family == Family::flatten) {
          const Shape& before = trace.layers[static_cast<std::size_t>(from.layer)].inputs[0];
          message = "makes " + std::to_string(x[*axis]) + " features of " + bracketed(before);
          if (refusal.at_option) map_it_was_built_for(layer, refusal, before, f);
        }
        const bool maker = refusal.at_option && refusal.code == Code::L203 && place.axis == *axis &&
                           made_wrong(spec, trace, i, from, *axis, refusal.option);
        if (maker) {
          const LayerSpec& other = spec.layers[static_cast<std::size_t>(from.layer)];
          f.related.push_back({layer.name, f.where, "takes " + counted(layer.integer(refusal.option), what)});
          f.layer = other.name;
          f.where = place_of(other, Opt::out_channels);
          f.label = std::move(message);
        } else {
          f.related.push_back(related(spec, from, std::move(message)));
        }
        if (refusal.at_option && (refusal.code == Code::L203 || refusal.code == Code::L209))
          count_elsewhere(spec, layer, x, refusal, *axis, f);
        if (speaks_of_channels(refusal.code)) parts_of(spec, trace, from, *axis, f);
      }
    }
    if (refusal.code == Code::L211)
      if (const auto slice = sliced_away(spec, trace, i)) {
        const LayerSpec& other = spec.layers[static_cast<std::size_t>(*slice)];
        const LayerTrace& cut = trace.layers[static_cast<std::size_t>(*slice)];
        f.related.push_back(related(layer, "needs all of it"));
        f.layer = other.name;
        f.where = place_of(other, Opt::index);
        f.label = "leaves " + bracketed(cut.outputs[0]) + " of " + bracketed(cut.inputs[0]);
      }
    // A shape in numbers was written for another tensor: who set the sizes of this one.
    if (refusal.code == Code::L211)
      for (std::size_t axis = x.size(); axis-- > 1;) tell_makers(spec, trace, layer.inputs[0], axis, f);
    if (refusal.code == Code::L204 || refusal.code == Code::L212) tell_rank(spec, trace, layer.inputs[0], f);
    // Where the integers come from, or the floating point that an Embedding gets.
    if (refusal.code == Code::L219) {
      const ElementTypes types(spec);
      const Ref origin =
          types.origin(spec, layer.inputs[static_cast<std::size_t>(std::max(refusal.input, 0))]);
      const bool pool = !origin.is_input() && origin.output == 1;
      f.related.push_back(related(spec, origin,
                                  pool ? "its second output are the places of the maxima, counted in integers"
                                  : !types.is_integer(origin) ? "returns floating point"
                                  : origin.is_input() ? "is looked up by an Embedding, and so holds integers"
                                                      : "returns integers"));
      if (pool)
        f.notes.push_back("indices go into the `indices` of a MaxUnpool; the maxima are `" +
                          spec.name_of({origin.layer, 0}) + "`");
    }
    // A map that became too small: the way it shrank.
    if (refusal.code == Code::L205 || refusal.code == Code::L206) {
      for (const Axis& axis : spatial_axes(spec)) {
        const auto at = axis.in(x);
        const bool own = layer.info().axes > 0 && refusal.code == Code::L205
                             ? static_cast<int>(x.size()) - layer.info().axes + refusal.axis ==
                                   static_cast<int>(at.value_or(0))
                             : true;
        if (!at || !own) continue;
        const bool shrank = !longest_path(spec, layer.inputs[0]).empty();
        if (shrank)
          f.notes.push_back("the " + std::string(name_of(axis)) +
                            " on the way: " + sizes_along(spec, trace, layer.inputs[0], axis));
        break;
      }
      if (refusal.code == Code::L206 && layer.info().axes > 0) {
        for (const Axis& axis : spatial_axes(spec))
          if (own_axis(layer, axis) == refusal.axis) f.label = size_formula(spec, trace, i, axis);
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
        f.related.push_back(related(up, "returns " + std::to_string(step_of(trace, level->up, axis).out) +
                                            " where `" + down.name + "` took " + std::to_string(taken.in)));
        const std::string same = alike(spec, trace, level->down, axis);
        f.related.push_back(related(down, same.empty() ? "returns " + std::to_string(taken.out) : same));
        f.notes.push_back("`size_like` on `" + up.name + "` gives unpooling the size that was pooled");
        break;
      }
    }
    // No level lost it: the layers between pool and unpooling that changed the size for good.
    if (refusal.code == Code::L210 && f.related.empty()) changed_since(spec, trace, i, f);
    if (refusal.code == Code::L210 && f.related.empty()) tell_pool(spec, trace, layer, f);
    if (refusal.code == Code::L210) tell_fitting_pool(spec, trace, layer, x, f);
    // C,H,W into a layer that then sees N as C: the classic missing axis.
    if (refusal.code == Code::L203 && layer.info().axes > 0 &&
        x.size() == static_cast<std::size_t>(layer.info().axes) + 1) {
      f.notes.push_back(bracketed(x) + " has no batch axis for `" + layer.name +
                        "`, so its first axis counts as channels; N,C,... has " +
                        std::to_string(x.size() + 1) + " axes");
    }
    if (refusal.code == Code::L209 && !spec.inputs.empty() && x.size() == 2) {
      const Shape& input = spec.inputs[0].shape;
      if (first_spatial_axis(spec) == 1 && input.size() > 1) {
        f.notes.push_back("the input " + bracketed(input) + " has no batch axis, so the first axis of " +
                          bracketed(x) + " is not a batch");
      }
    }
  }
  if (refusal.code == Code::L201) {
    f.label = "needs output_padding < max(stride, dilation)";
    if (layer.axes(Opt::stride)[static_cast<std::size_t>(std::max(refusal.axis, 0))] == 1)
      f.notes.push_back(
          "with stride 1 a transposed layer does not upsample; the stride is what multiplies the size");
  }
  if (!row.libtorch_refusal.empty()) f.notes.push_back("LibTorch: " + row.libtorch_refusal);
  return f;
}

}  // namespace shapedbg
