// Pools and transposed convolutions elsewhere.
#include <algorithm>

#include "net/facts.h"
#include "portability/rules.h"
#include "rules/rules.h"

namespace shapedbg {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers per_axis(const LayerView& view,
                 const std::function<std::int64_t(int axis, const Window& w)>& number) {
  Numbers all;
  for (int i = 0; i < view.layer().info().axes; ++i) all.push_back(number(i, window_of(view.layer(), i)));
  return all;
}

bool any_axis(const LayerView& view, const std::function<bool(int axis, const Window& w)>& holds) {
  for (int i = 0; i < view.layer().info().axes; ++i)
    if (holds(i, window_of(view.layer(), i))) return true;
  return false;
}

// As F.pad takes them: the last axis first, two numbers each. `before` may be left out.
Numbers pads(const Numbers& after, const Numbers& before = {}) {
  Numbers all;
  for (std::size_t i = after.size(); i-- > 0;) {
    all.push_back(before.empty() ? 0 : before[i]);
    all.push_back(after[i]);
  }
  return all;
}

bool all_zero(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](std::int64_t n) { return n == 0; });
}

There::Stand pad_step(const Numbers& after) { return {LayerKind::Pad, {{Opt::padding, Value{pads(after)}}}}; }

// The layer's own options, as far as they are written, but for some.
Options options_but(const LayerSpec& layer, OptList left_out) {
  Options options;
  for (const OptionValue& option : layer.options)
    if (option.written && !left_out.has(option.info->opt))
      options.emplace_back(option.info->opt, option.value);
  return options;
}

There::Stand with(There::Stand stand, Opt opt, Value value) {
  stand.options.emplace_back(opt, std::move(value));
  return stand;
}

// torch's own pool, and one that keeps the last window: `after` more values at the end of each axis.
There kept(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  There there;
  there.stands.push_back(pad_step(per_axis(view, [](int, const Window& w) { return w.s - 1; })));
  there.stands.push_back({layer.kind, options_but(layer, OptList(Opt::ceil_mode, Opt::return_indices))});
  const Window w = window_of(layer, 0);
  const std::int64_t x = view.in(0);
  there.why = "rounds up to ceil((" + std::to_string(x) + " + 2*" + std::to_string(w.before) + " - " +
              std::to_string(w.d) + "*(" + std::to_string(w.k) + " - 1) - 1)/" + std::to_string(w.s) +
              ") + 1 and keeps the last window";
  return there;
}

bool is_ceil_pool(const LayerSpec& layer) {
  return is_pool(layer.info().family) && layer.find(Opt::ceil_mode) != nullptr &&
         layer.flag(Opt::ceil_mode) && layer.info().axes > 0;
}

// A last window that starts in the padding exists for some size: with p < s it can, as (out - 1)s >= x + p.
bool can_drop(const LayerView& view) {
  return any_axis(view, [](int, const Window& w) { return w.reach() + 1 - w.before < w.s; });
}

bool is_transposed(const LayerSpec& layer) { return layer.info().family == Family::conv_transpose; }
bool follows_a_size(const LayerSpec& layer) {
  return layer.has(Opt::size_like) || layer.has(Opt::output_size);
}

// The transposed convolution alone, at the size that its numbers give without padding.
There::Stand bare_transposed(const LayerSpec& layer) {
  const OptList left(Opt::padding, Opt::output_padding, Opt::size_like, Opt::output_size);
  return {layer.kind, options_but(layer, left)};
}

}  // namespace

// The axis behind which torch.export sees a number and no size: 1 in the example, made by this layer.
std::optional<There> one_as_in_example(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  const Shape& x = view.row().inputs[0];
  const Shape& y = view.row().outputs[0];
  if (x.size() != y.size() || follows_a_size(layer)) return std::nullopt;
  std::vector<Expression> held;
  for (std::size_t i = 0; i < y.size(); ++i) held.emplace_back(y[i] == 1 && x[i] != 1 ? 1 : -1);
  if (std::find(held.begin(), held.end(), Expression(1)) == held.end()) return std::nullopt;
  There there;
  there.stands.push_back({layer.kind, options_but(layer, OptList(Opt::return_indices))});
  there.stands.push_back({LayerKind::Expand, {{Opt::size, Value{held}}}});  // refuses all but 1 there
  there.raises = true;
  there.why = "makes " + by_x(y, 2) + " in the example, and a size of 1 is held to it";
  return there;
}

std::optional<There> last_window_kept(const LayerView& view) {
  if (!is_ceil_pool(view.layer()) || !can_drop(view)) return std::nullopt;
  return kept(view);
}

std::optional<There> last_window_of_maximum_kept(const LayerView& view) {
  if (view.layer().info().family != Family::max_pool) return std::nullopt;
  return last_window_kept(view);
}

std::optional<There> last_window_without_padding_kept(const LayerView& view) {
  if (any_axis(view, [](int, const Window& w) { return w.before > 0; })) return std::nullopt;
  return last_window_kept(view);
}

std::optional<There> last_window_as_in_example(const LayerView& view) {
  std::optional<There> there = last_window_kept(view);
  if (!there) return there;
  const Numbers dropped = per_axis(view, [&](int axis, Window w) {
    const std::int64_t x = view.in(axis);
    const std::int64_t torch_says = window_output(w, x);
    w.ceil_mode = false;
    return torch_says - window_output(w, x + w.s - 1);
  });
  if (std::any_of(dropped.begin(), dropped.end(), [](std::int64_t n) { return n != 0; }))
    there->stands.push_back(pad_step(dropped));
  there->raises = true;
  there->why = "holds for sizes that " + std::string(dropped[0] == 0 ? "keep" : "drop") +
               " the last window, as the example does";
  return there;
}

std::optional<There> adaptive_kernel_kept(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (layer.info().family != Family::adaptive_pool) return std::nullopt;
  const auto sizes = layer.axes(Opt::output_size);
  Numbers kernel;
  bool kept_kernel = false;
  for (int i = 0; i < layer.info().axes; ++i) {
    const std::int64_t size = sizes[static_cast<std::size_t>(i)];
    const std::int64_t x = view.in(i);
    if (size == keep_size || size < 1 || x % size != 0) return std::nullopt;
    kernel.push_back(x / size);
    kept_kernel |= size > 1;
  }
  // A mean of all values follows its input.
  if (!kept_kernel) return std::nullopt;
  static constexpr LayerKind kPools[] = {LayerKind::AvgPool1d, LayerKind::AvgPool2d, LayerKind::AvgPool3d};
  There there;
  there.stands.push_back({kPools[layer.info().axes - 1], {{Opt::kernel_size, short_value(Value{kernel})}}});
  there.why = "is a pool with kernel and stride " + to_json(short_value(Value{kernel})) + " there, made of " +
              std::to_string(view.in(0)) + "/" + std::to_string(view.out(0));
  return there;
}

std::optional<There> output_padding_of_the_stride(const LayerView& view) {
  if (!is_transposed(view.layer()) || follows_a_size(view.layer())) return std::nullopt;
  if (!any_axis(view, [](int, const Window& w) { return w.output_padding >= w.s; })) return std::nullopt;
  const Window w = window_of(view.layer(), 0);
  return refused("output_padding " + std::to_string(w.output_padding) + " is not below the stride " +
                 std::to_string(w.s) + ", only below the dilation " + std::to_string(w.d));
}

std::optional<There> output_padding_of_the_example(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (!is_transposed(layer) || !follows_a_size(layer)) return std::nullopt;
  const Numbers padding = per_axis(view, [&](int axis, Window w) {
    w.output_padding = 0;
    return view.out(axis) - transposed_output(w, view.in(axis));
  });
  There there;
  there.stands.push_back(
      with({layer.kind, options_but(layer, OptList(Opt::output_padding, Opt::size_like, Opt::output_size))},
           Opt::output_padding, Value{padding}));
  there.why = "has output_padding " + to_json(short_value(Value{padding})) + " there, whatever is asked for";
  return there;
}

std::optional<There> unpool_refused(const LayerView& view) {
  if (view.layer().info().family != Family::max_unpool) return std::nullopt;
  return refused("raises TypeError while it is traced");
}

std::optional<There> cpp_output_size(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (!is_transposed(layer) || !follows_a_size(layer)) return std::nullopt;
  if (!any_axis(view, [](int, const Window& w) { return w.d > 1 && w.k > 1; })) return std::nullopt;
  There there;
  there.stands.push_back({layer.kind, options_but(layer, OptList(Opt::dilation, Opt::output_padding))});
  there.stands.push_back(
      pad_step(per_axis(view, [](int, const Window& w) { return (w.d - 1) * (w.k - 1); })));
  there.why =
      "forgets the dilation " + std::to_string(window_of(layer, 0).d) + " when it looks for output_padding";
  return there;
}

std::optional<There> cpp_same_exchanged(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (layer.info().family != Family::conv || layer.info().axes < 2 || layer.word(Opt::padding) != "same" ||
      layer.word(Opt::padding_mode) == "zeros")
    return std::nullopt;
  const Numbers own = per_axis(view, [](int, const Window& w) { return w.reach(); });
  Numbers other(own.rbegin(), own.rend());
  if (other == own) return std::nullopt;
  There there;
  there.stands.push_back(pad_step(other));
  there.stands.push_back({layer.kind, options_but(layer, OptList(Opt::padding, Opt::padding_mode))});
  there.why = "pads the first axis by " + std::to_string(other[0]) + " and the last by " +
              std::to_string(other.back()) + ", which is the wrong way round";
  return there;
}

std::optional<There> mlx_padding(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (!is_transposed(layer) || follows_a_size(layer)) return std::nullopt;
  const auto beyond = [](const Window& w) {
    return std::max<std::int64_t>(0, w.before - (w.k - 1)) * (w.s - 1);
  };
  if (!any_axis(view, [&](int, const Window& w) { return beyond(w) > 0; })) return std::nullopt;
  There there;
  there.stands.push_back({layer.kind, options_but(layer, OptList())});
  there.stands.push_back(pad_step(per_axis(view, [&](int, const Window& w) { return -2 * beyond(w); })));
  there.why = "padding is beyond kernel_size - 1, each of these costs twice stride - 1";
  return there;
}

std::optional<There> coreml_output_padding(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (!is_transposed(layer) || follows_a_size(layer) || layer.info().axes == 3) return std::nullopt;
  const auto beyond = [](const Window& w) { return std::max<std::int64_t>(0, w.output_padding - w.before); };
  if (!any_axis(view, [&](int, const Window& w) { return beyond(w) > 0; }) ||
      !any_axis(view, [](int, const Window& w) { return w.before > 0; }))
    return std::nullopt;
  const Numbers more = per_axis(view, [&](int, const Window& w) {
    return beyond(w) > 0 ? beyond(w) * (w.s - 1) - w.output_padding : 0;
  });
  if (all_zero(more)) return std::nullopt;
  There there;
  there.stands = {{layer.kind, options_but(layer, OptList())}, pad_step(more)};
  there.why = "output_padding is beyond padding, which it is taken from";
  return there;
}

std::optional<There> keras_transposed(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  // With output_padding its user has given a number there, too.
  if (!is_transposed(layer) || follows_a_size(layer) ||
      any_axis(view, [](int, const Window& w) { return w.output_padding > 0; }))
    return std::nullopt;
  const bool padded = any_axis(view, [](int, const Window& w) { return w.before > 0; });
  There there;
  // "same" is x*s; "valid" (x-1)s + max(d(k-1) + 1, s).
  const Numbers more = per_axis(view, [&](int, const Window& w) {
    const std::int64_t extent = w.reach() + 1;
    return padded ? w.s - extent : std::max<std::int64_t>(0, w.s - extent);
  });
  if (!padded && all_zero(more)) return std::nullopt;
  there.stands = {bare_transposed(layer), pad_step(more)};
  there.why = padded ? "padding \"same\" without output_padding multiplies by the stride"
                     : "padding \"valid\" without output_padding fills the stride";
  return there;
}

std::optional<There> lax_transposed(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  if (!is_transposed(layer) || follows_a_size(layer)) return std::nullopt;
  const bool padded =
      any_axis(view, [](int, const Window& w) { return w.before > 0 || w.output_padding > 0; });
  There there;
  const Numbers more = per_axis(view, [&](int, const Window& w) {
    const std::int64_t extent = w.reach() + 1;
    return padded ? 2 * (w.before - extent + 1) : std::max<std::int64_t>(0, w.s - extent);
  });
  if (!padded && all_zero(more)) return std::nullopt;
  there.stands = {bare_transposed(layer), pad_step(more)};
  const Window w = window_of(layer, 0);
  const std::int64_t right = w.reach() - w.before;
  there.why = "torch's padding " + std::to_string(w.before) + " is (" + std::to_string(right) + ", " +
              std::to_string(right + w.output_padding) + ") there";
  return there;
}

std::vector<Moves> without_ceil_mode(const LayerView& view) {
  std::vector<Moves> all;
  const LayerSpec& layer = view.layer();
  const SetOption floor{view.index, Opt::ceil_mode, Value{false}};
  all.push_back({floor});
  if (layer.find(Opt::padding) == nullptr) return all;
  const auto kernel = layer.axes(Opt::kernel_size);
  for (std::int64_t p = 0; p <= kernel[0] / 2 && p < 8; ++p)
    if (p != window_of(layer, 0).before)
      all.push_back({floor, SetOption{view.index, Opt::padding, Value{p}}});
  return all;
}

std::vector<Moves> less_output_padding(const LayerView& view) {
  // Two of output_padding are one of padding.
  const auto moved = [](const Window& w) { return (w.output_padding - w.s + 2) / 2; };
  bool possible = true;
  const Numbers padding = per_axis(view, [&](int, const Window& w) {
    const std::int64_t by = w.output_padding >= w.s ? moved(w) : 0;
    possible &= by <= w.before;
    return w.before - by;
  });
  const Numbers output = per_axis(view, [&](int, const Window& w) {
    const std::int64_t by = w.output_padding >= w.s ? moved(w) : 0;
    possible &= 2 * by <= w.output_padding;
    return w.output_padding - 2 * by;
  });
  if (!possible) return {};
  return {{SetOption{view.index, Opt::padding, Value{padding}},
           SetOption{view.index, Opt::output_padding, Value{output}}}};
}

std::vector<Moves> output_padding_for_size_like(const LayerView& view) {
  const LayerSpec& layer = view.layer();
  const Opt present = layer.has(Opt::size_like) ? Opt::size_like : Opt::output_size;
  const Numbers padding = per_axis(view, [&](int axis, Window w) {
    w.output_padding = 0;
    return view.out(axis) - transposed_output(w, view.in(axis));
  });
  return {{ReplaceOption{view.index, present, Opt::output_padding, Value{padding}}}};
}

std::vector<Moves> numbers_for_same(const LayerView& view) {
  if (any_axis(view, [](int, const Window& w) { return w.before != w.after; })) return {};
  return {{SetOption{view.index, Opt::padding,
                     Value{per_axis(view, [](int, const Window& w) { return w.before; })}}}};
}

}  // namespace shapedbg
