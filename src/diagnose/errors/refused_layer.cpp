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
  const std::size_t axes = layer.axis_count();
  switch (refusal.code) {
    case Code::L209:
      return x.empty() ? std::nullopt : std::optional(x.size() - 1);
    case Code::L202:
    case Code::L203:
      if (facts(layer.kind).channels == Channels::last)
        return x.empty() ? std::nullopt : std::optional(x.size() - 1);
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
  const LayerSpec& layer = spec.layer(merge.layer);
  if (facts(layer.kind).merge == Merge::none) return;
  for (const Ref input : layer.inputs) {
    if (f.related.size() > most) return;
    const Ref from = producer(spec, trace, input, axis);
    const Shape* part = trace.output(spec, input);
    if (part == nullptr || axis >= part->size()) continue;
    f.related.push_back(related(spec, from, brings(spec, from, *part, axis)));
    // What is joined in there has parts of its own; a sum or a product has the channels of each that it
    // takes.
    const bool joined = !from.is_input() && from.layer != merge.layer &&
                        facts(spec.layer(from.layer).kind).merge == Merge::joins;
    if (joined) parts_of(spec, trace, from, axis, f);
  }
}

// Layers between the pool and its unpooling that change a size and belong to no level there.
void changed_since(const Spec& spec, const Trace& trace, LayerId unpool, Finding& f) {
  constexpr std::size_t most = 6;
  const LayerSpec& layer = spec.layer(unpool);
  const auto pool = layer.reference(Opt::indices);
  if (!pool || pool->is_input()) return;
  const std::vector<LayerId> path = longest_path(spec, layer.inputs[0]);
  for (const Axis& axis : spatial_axes(spec)) {
    const std::vector<Level> levels = levels_on(spec, trace, path, axis);
    for (const LayerId at : path) {
      if (at <= pool->layer || f.related.size() == most) continue;
      const SizeStep step = step_of(trace, at, axis);
      const bool level = std::any_of(levels.begin(), levels.end(),
                                     [&](const Level& l) { return l.down == at || l.up == at; });
      if (level || step.in == 0 || step.out == 0 || step.in == step.out) continue;
      f.related.push_back(
          related(spec.layer(at), "makes " + std::to_string(step.out) + " of " + std::to_string(step.in)));
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
  // Places come first there, and samples behind them.
  const bool places_first = layer.find(Opt::batch_first) != nullptr && !layer.flag(Opt::batch_first);
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
    if (!from.is_input() && facts(spec.layer(from.layer).kind).effect == Effect::reordered)
      f.related.push_back(related(spec, from, "puts the " + want + " at axis " + std::to_string(holding[0])));
    f.notes.push_back("the " + want + " are axis " + std::to_string(holding[0]) + " of " + bracketed(x) +
                      "; " + takes);
  } else if (last && !places_first && x.size() > 2 && product == *built) {
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
    const LayerSpec& layer = spec.layer(ref.layer);
    const LayerTrace& row = trace.row(ref.layer);
    if (layer.inputs.empty() || row.inputs.empty() || row.outputs.empty()) return;
    const Shape& x = row.inputs[0];
    const Shape& y = row.outputs[0];
    if (layer.info().family == Family::squeeze && x.size() == y.size()) {
      f.related.push_back(related(layer, "drops no axis of " + bracketed(x)));
      for (const std::int64_t dim :
           layer.has(Opt::dim) ? layer.integers(Opt::dim) : std::vector<std::int64_t>{}) {
        const std::size_t at = wrapped_axis(dim, x.size());
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
      related(spec, ref, "goes in with " + std::to_string(spec.input(ref.input()).shape.size()) + " axes"));
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
    f.related.push_back(related(spec.layer(pool->layer), same));
    f.notes.push_back(loss.text);
    return;
  }
}

// Whether the layer that made the channels is at fault, not the one that takes another count: more layers ask
// for that count than for the present one, of those that take the tensor or stand at the same size.
bool made_wrong(const Spec& spec, const Trace& trace, LayerId taker, Ref from, std::size_t axis, Opt option) {
  if (from.is_input() || axis != 1) return false;
  const LayerSpec& maker = spec.layer(from.layer);
  const OptionValue* out = maker.find(Opt::out_channels);
  const Shape* x = trace.output(spec, from);
  if (out == nullptr || !out->written || x == nullptr || x->size() < 3) return false;
  const std::int64_t have = maker.integer(Opt::out_channels);
  const std::int64_t want = spec.layer(taker).integer(option);
  int for_have = 0;
  int for_want = 0;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    if (LayerId(i) == from.layer) continue;
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
std::optional<LayerId> sliced_away(const Spec& spec, const Trace& trace, LayerId index) {
  const LayerSpec& layer = spec.layer(index);
  const OptionValue* option = layer.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr) return std::nullopt;
  Shape want;
  for (const Expression& size : *sizes) {
    if (!size.is_constant() || size.constant() < 1) return std::nullopt;
    want.push_back(size.constant());
  }
  const auto& inputs = trace.row(index).inputs;
  const std::int64_t wanted = elements(want);
  const std::int64_t got = inputs.empty() ? 0 : elements(inputs[0]);
  if (got < 1 || wanted <= got || wanted % got != 0) return std::nullopt;
  const std::vector<LayerId> path = longest_path(spec, layer.inputs[0]);
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const LayerTrace& row = trace.row(*it);
    if (spec.layer(*it).info().family != Family::slice || row.inputs.empty() || row.outputs.empty()) continue;
    const std::int64_t before = elements(row.inputs[0]);
    const std::int64_t after = elements(row.outputs[0]);
    if (after > 0 && before == after * (wanted / got)) return *it;
  }
  return std::nullopt;
}

// What is told of one refusal, step by step. The layer has inputs, and their shapes are known.
class Telling {
 public:
  Telling(const Spec& spec, const Trace& trace, LayerId i, const Refusal& refusal, Finding& f)
      : spec_(spec),
        trace_(trace),
        i_(i),
        layer_(spec.layers[i]),
        x_(trace.layers[i].inputs[0]),
        refusal_(refusal),
        f_(f) {}

  void run() {
    if (const auto axis = offending_axis(layer_, x_, refusal_)) producer_of(*axis);
    if (refusal_.code == Code::L211) wrong_count();
    if (refusal_.code == Code::L204 || refusal_.code == Code::L212)
      tell_rank(spec_, trace_, layer_.inputs[0], f_);
    if (refusal_.code == Code::L219) integers();
    if (refusal_.code == Code::L205 || refusal_.code == Code::L206) way_it_shrank();
    if (refusal_.code == Code::L210) {
      level_that_lost_it();
      // No level lost it: the layers between pool and unpooling that changed the size for good.
      if (f_.related.empty()) changed_since(spec_, trace_, i_, f_);
      if (f_.related.empty()) tell_pool(spec_, trace_, layer_, f_);
      tell_fitting_pool(spec_, trace_, layer_, x_, f_);
    }
    missing_batch();
  }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }

  // Who made the axis that does not fit.
  void producer_of(std::size_t axis) {
    const Produced place = produced(spec_, trace_, layer_.inputs[0], axis);
    const Ref from = place.ref;
    const Shape* made = trace_.output(spec_, from);
    if (made == nullptr) return;
    const bool last = facts(layer_.kind).channels == Channels::last;
    const std::string what = refusal_.code == Code::L209          ? "feature"
                             : !speaks_of_channels(refusal_.code) ? ""
                             : last                               ? "feature"
                                                                  : "channel";
    std::string message =
        std::string(from.is_input() ? "the input has " : "returns ") +
        (what.empty() ? std::to_string(x_[axis]) + " along this axis" : counted(x_[axis], what)) + ": " +
        bracketed(*made);
    // It went through a Permute: what arrives, and where that came from.
    if (place.axis != axis) {
      f_.related.push_back(related(spec_, layer_.inputs[0],
                                   (layer_.inputs[0].is_input() ? "is " : "returns ") + bracketed(x_)));
      message = (from.is_input() ? "the input is " : "returns ") + bracketed(*made) + ", whose axis " +
                std::to_string(place.axis) + " these are";
    }
    // A flattened size is a product: say of what.
    if (!from.is_input() && spec_.layers[from.layer].info().family == Family::flatten) {
      const Shape& before = trace_.layers[from.layer].inputs[0];
      message = "makes " + std::to_string(x_[axis]) + " features of " + bracketed(before);
      if (refusal_.at_option) map_it_was_built_for(layer_, refusal_, before, f_);
    }
    const bool maker = refusal_.at_option && refusal_.code == Code::L203 && place.axis == axis &&
                       made_wrong(spec_, trace_, i_, from, axis, refusal_.option);
    if (maker) {
      const LayerSpec& other = spec_.layers[from.layer];
      f_.related.push_back(
          {layer_.name, f_.where, "takes " + counted(layer_.integer(refusal_.option), what)});
      f_.layer = other.name;
      f_.where = place_of(other, Opt::out_channels);
      f_.label = std::move(message);
    } else {
      f_.related.push_back(related(spec_, from, std::move(message)));
    }
    if (refusal_.at_option && (refusal_.code == Code::L203 || refusal_.code == Code::L209))
      count_elsewhere(spec_, layer_, x_, refusal_, axis, f_);
    if (speaks_of_channels(refusal_.code)) parts_of(spec_, trace_, from, axis, f_);
  }

  // A shape in numbers was written for another tensor: who set the sizes of this one.
  void wrong_count() {
    if (const auto slice = sliced_away(spec_, trace_, i_)) {
      const LayerSpec& other = spec_.layers[*slice];
      const LayerTrace& cut = trace_.layers[*slice];
      f_.related.push_back(related(layer_, "needs all of it"));
      f_.layer = other.name;
      f_.where = place_of(other, Opt::index);
      f_.label = "leaves " + bracketed(cut.outputs[0]) + " of " + bracketed(cut.inputs[0]);
    }
    for (std::size_t axis = x_.size(); axis-- > 1;) tell_makers(spec_, trace_, layer_.inputs[0], axis, f_);
  }

  // Where the integers come from, or the floating point that an Embedding gets.
  void integers() {
    const ElementTypes types(spec_);
    const Ref origin = types.origin(spec_, layer_.inputs[at(std::max(refusal_.input, 0))]);
    const bool pool = !origin.is_input() && origin.output == 1;
    f_.related.push_back(related(spec_, origin,
                                 pool ? "its second output are the places of the maxima, counted in integers"
                                 : !types.is_integer(origin) ? "returns floating point"
                                 : origin.is_input() ? "is looked up by an Embedding, and so holds integers"
                                                     : "returns integers"));
    if (pool)
      f_.notes.push_back("indices go into the `indices` of a MaxUnpool; the maxima are `" +
                         spec_.name_of({origin.layer, 0}) + "`");
  }

  // Of a map that became too small.
  void way_it_shrank() {
    for (const Axis& axis : spatial_axes(spec_)) {
      const auto place = axis.in(x_);
      const bool own = layer_.info().axes > 0 && refusal_.code == Code::L205
                           ? static_cast<int>(x_.size()) - layer_.info().axes + refusal_.axis ==
                                 static_cast<int>(place.value_or(0))
                           : true;
      if (!place || !own) continue;
      const bool shrank = !longest_path(spec_, layer_.inputs[0]).empty();
      if (shrank)
        f_.notes.push_back("the " + std::string(name_of(axis)) +
                           " on the way: " + sizes_along(spec_, trace_, layer_.inputs[0], axis));
      break;
    }
    if (refusal_.code != Code::L206 || layer_.info().axes <= 0) return;
    for (const Axis& axis : spatial_axes(spec_))
      if (own_axis(layer_, axis) == refusal_.axis) f_.label = size_formula(spec_, trace_, i_, axis);
  }

  // Indices of a pool that stands on another level than the map: where that map lost its size.
  void level_that_lost_it() {
    for (const Axis& axis : spatial_axes(spec_)) {
      const auto level = broken_level(spec_, trace_, layer_.inputs[0], axis);
      if (!level) continue;
      const LayerSpec& down = spec_.layers[level->down];
      const LayerSpec& up = spec_.layers[level->up];
      const SizeStep taken = step_of(trace_, level->down, axis);
      f_.related.push_back(related(up, "returns " + std::to_string(step_of(trace_, level->up, axis).out) +
                                           " where `" + down.name + "` took " + std::to_string(taken.in)));
      const std::string same = alike(spec_, trace_, level->down, axis);
      f_.related.push_back(related(down, same.empty() ? "returns " + std::to_string(taken.out) : same));
      f_.notes.push_back("`size_like` on `" + up.name + "` gives unpooling the size that was pooled");
      return;
    }
  }

  // C,H,W into a layer that then sees N as C: the classic missing axis.
  void missing_batch() {
    if (refusal_.code == Code::L203 && layer_.info().axes > 0 && x_.size() == layer_.axis_count() + 1) {
      f_.notes.push_back(bracketed(x_) + " has no batch axis for `" + layer_.name +
                         "`, so its first axis counts as channels; N,C,... has " +
                         std::to_string(x_.size() + 1) + " axes");
    }
    if (refusal_.code != Code::L209 || spec_.inputs.empty() || x_.size() != 2) return;
    const Shape& input = spec_.inputs[0].shape;
    if (first_spatial_axis(spec_) == 1 && input.size() > 1) {
      f_.notes.push_back("the input " + bracketed(input) + " has no batch axis, so the first axis of " +
                         bracketed(x_) + " is not a batch");
    }
  }

  const Spec& spec_;
  const Trace& trace_;
  LayerId i_;
  const LayerSpec& layer_;
  const Shape& x_;
  const Refusal& refusal_;
  Finding& f_;
};

}  // namespace

Finding refused_layer(const Spec& spec, const Trace& trace, LayerId i, const Refusal& refusal) {
  const LayerSpec& layer = spec.layer(i);
  const LayerTrace& row = trace.row(i);
  Finding f;
  f.code = refusal.code;
  f.message = refusal.message;
  f.layer = layer.name;
  f.where = refusal.at_option ? place_of(layer, refusal.option) : place_of(layer);
  if (!row.inputs.empty() && !layer.inputs.empty()) Telling(spec, trace, i, refusal, f).run();
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
