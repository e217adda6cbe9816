#include "mirror/work.h"

namespace shapedbg {

void MirrorWork::up(const PathLayer& item, std::int64_t out) {
  const LayerSpec& one = spec_.layer(item.layer);
  const bool conv = one.info().family == Family::conv;
  const int axes = one.info().axes;
  const Numbers strides = axes_of(one, Opt::stride);
  const bool batched = in_of(item).size() == static_cast<std::size_t>(axes) + 2;
  const bool undilated = all_are(axes_of(one, Opt::dilation), 1) || !one.has(Opt::dilation);
  if (options_.style == MirrorStyle::upsample && batched) {
    upsampled(item, out);
  } else if (options_.style == MirrorStyle::pixelshuffle && axes == 2 && batched && strides[0] > 1 &&
             all_are(strides, strides[0])) {
    shuffled(item, out, strides[0]);
  } else if (options_.style == MirrorStyle::unpool && one.info().family == Family::max_pool && undilated) {
    restore(out_of(item), plain(one));
    LayerObject object(name_up(one), kind("MaxUnpool", axes));
    object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
    if (strides != axes_of(one, Opt::kernel_size)) object.put("stride", collapsed(strides));
    object.put("padding", axes_of(one, Opt::padding), 0);
    object.put("indices", to_json(Value(one.name))).put("size_like", like(item.in));
    add(object, in_of(item));
  } else if (conv) {
    transposed(item, out);
  } else {
    transposed_pool(item, out);
  }
  at_.lifted = in_branch_;
  if (error_.empty() && !in_branch_) skip(item.in, plain(one), axes);
}

void MirrorWork::transposed(const PathLayer& item, std::int64_t out) {
  const LayerSpec& one = spec_.layer(item.layer);
  const int axes = one.info().axes;
  const std::int64_t in = channels(at_.shape, one);
  LayerObject object(name_up(one), kind("ConvTranspose", axes));
  object.put("in_channels", in).put("out_channels", out);
  object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
  std::vector<Window> windows;
  for (int i = 0; i < axes; ++i) {
    windows.push_back(window_of(one, i));
    // `same` of an even kernel pads its end more; a transposed layer takes from both sides alike.
    if (windows.back().before != windows.back().after)
      return void(refuse(one, "its padding differs from side to side"));
  }
  sized(object, item, windows);
  shared(object, one, in, out);
  add(object, with_channels(in_of(item), axes, out), true);
}

void MirrorWork::transposed_pool(const PathLayer& item, std::int64_t out) {
  const LayerSpec& one = spec_.layer(item.layer);
  std::vector<Window> windows;
  Numbers kernel;
  for (int i = 0; i < one.info().axes; ++i) {
    Window w = window_of(one, i);
    if (w.ceil_mode) {
      // x - (y-1)s is at least this: the window's last place is inside, or its first one is no padding.
      const std::int64_t least = std::max(w.net_kernel() - w.s + 1, 1 - w.before);
      w.before = w.after = least < w.s ? (w.s - least + 1) / 2 : 0;
      w.k = least + 2 * w.before;
      w.d = 1;
      w.ceil_mode = false;
    }
    kernel.push_back(w.k);
    windows.push_back(w);
  }
  LayerObject object(name_up(one), kind("ConvTranspose", one.info().axes));
  object.put("in_channels", channels(at_.shape, one)).put("out_channels", out);
  object.put("kernel_size", collapsed(kernel));
  sized(object, item, windows);
  add(object, with_channels(in_of(item), one.info().axes, out), true);
}

void MirrorWork::sized(LayerObject& object, const PathLayer& item, const std::vector<Window>& windows) {
  const Numbers x = spatial_of(in_of(item), static_cast<int>(windows.size()));
  const Numbers y = spatial_of(out_of(item), static_cast<int>(windows.size()));
  Numbers stride, padding, dilation, rest;
  bool loses = false;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const Window& w = windows[i];
    stride.push_back(w.s);
    padding.push_back(w.before);
    dilation.push_back(w.d);
    rest.push_back(x[i] - transposed_output({w.k, w.s, w.before, w.after, w.d}, y[i]));
    loses = loses || w.s > 1;
  }
  object.put("stride", stride, 1).put("padding", padding, 0);
  if (options_.every_size && loses) {
    object.put("size_like", like(item.in));
  } else {
    object.put("output_padding", rest, 0);
  }
  object.put("dilation", dilation, 1);
}

LayerObject MirrorWork::keeping(const std::string& name, const LayerSpec& one, std::int64_t in,
                                std::int64_t out) {
  const bool conv = one.info().family == Family::conv;
  const auto axes = one.axis_count();
  const Numbers kernel = conv ? axes_of(one, Opt::kernel_size) : Numbers(axes, 3);
  const Numbers dilation = conv ? axes_of(one, Opt::dilation) : Numbers(axes, 1);
  Numbers padding;
  bool even = false;
  for (std::size_t i = 0; i < axes; ++i) {
    const std::int64_t both = dilation[i] * (kernel[i] - 1);
    even = even || both % 2 != 0;
    padding.push_back(both / 2);
  }
  LayerObject object(name, kind("Conv", static_cast<int>(axes)));
  object.put("in_channels", in).put("out_channels", out).put("kernel_size", collapsed(kernel));
  if (even) {
    object.put("padding", "\"same\"");
  } else {
    object.put("padding", padding, 0);
  }
  object.put("dilation", dilation, 1);
  if (conv) shared(object, one, in, out);
  return object;
}

void MirrorWork::upsampled(const PathLayer& item, std::int64_t out) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const Shape& y = out_of(item);
  const int axes = one.info().axes;
  const Numbers strides = axes_of(one, Opt::stride);
  const Numbers wanted = spatial_of(x, axes);
  Numbers scaled = spatial_of(y, axes);
  for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= strides[i];
  const std::string name = name_up(one);
  LayerObject object(name, "Upsample");
  if (options_.every_size) {
    object.put("size_like", like(item.in));
  } else if (scaled == wanted) {
    object.put("scale_factor", collapsed(strides));
  } else {
    object.put("size", bracketed(wanted));
  }
  add(object, with_channels(x, axes, channels(at_.shape, one)));
  add(keeping(with(name, "_conv"), one, channels(at_.shape, one), out), with_channels(at_.shape, axes, out),
      true);
}

void MirrorWork::shuffled(const PathLayer& item, std::int64_t out, std::int64_t r) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const Shape& y = out_of(item);
  const std::string name = name_up(one);
  add(keeping(with(name, "_conv"), one, channels(at_.shape, one), out * r * r),
      with_channels(y, 2, out * r * r), true);
  Shape shape = with_channels(y, 2, out);
  for (std::size_t axis = shape.size() - 2; axis < shape.size(); ++axis) shape[axis] *= r;
  add(LayerObject(name, "PixelShuffle").put("upscale_factor", r), shape);
  shape = with_channels(x, 2, out);
  if (options_.every_size) {
    add(LayerObject(with(name, "_fit"), "Pad").put("size_like", like(item.in)), shape);
    return;
  }
  Numbers pads;
  for (std::size_t axis = x.size(); axis > x.size() - 2; --axis) {
    pads.push_back(0);
    pads.push_back(x[axis - 1] - y[axis - 1] * r);
  }
  if (!all_are(pads, 0)) add(LayerObject(with(name, "_fit"), "Pad").put("padding", bracketed(pads)), shape);
}

void MirrorWork::skip(Ref in, const std::string& name, int axes) {
  if (options_.skips == MirrorSkips::none || in.is_input()) return;
  const Shape& x = *trace_.output(spec_, in);
  const auto channel = x.size() - static_cast<std::size_t>(axes) - 1;
  const bool sum = options_.skips == MirrorSkips::add && x == at_.shape;
  LayerObject object(name.empty() ? name : fresh(name + "_skip"), sum ? "Add" : "Concat");
  object.inputs("[" + like(in) + ", " + reference(at_) + "]");
  if (!sum && channel != 1) object.put("dim", static_cast<std::int64_t>(channel));
  append(object, sum ? x : with_channels(at_.shape, axes, at_.shape[channel] + x[channel]));
}

void MirrorWork::restore(const Shape& shape, const std::string& name) {
  if (at_.shape == shape || !error_.empty()) return;
  const std::string differs =
      "the mirror image comes to " + bracketed(at_.shape) + " where the encoder has " + bracketed(shape);
  if (at_.shape.size() != shape.size()) return void(fail(differs));
  const auto [here, there] = std::mismatch(at_.shape.begin(), at_.shape.end(), shape.begin());
  const bool one_axis = std::equal(here + 1, at_.shape.end(), there + 1);
  const auto axis = static_cast<std::size_t>(here - at_.shape.begin());
  const auto behind = static_cast<int>(shape.size() - axis) - 1;
  const std::string fused = name.empty() ? name : fresh(name + "_fuse");
  if (one_axis && behind == 0) {
    add(LayerObject(fused, "Linear").put("in_features", *here).put("out_features", *there), shape, true);
  } else if (one_axis && behind <= 3 && axis <= 1) {
    LayerObject object(fused, kind("Conv", behind));
    object.put("in_channels", *here).put("out_channels", *there).put("kernel_size", 1);
    add(object, shape, true);
  } else {
    fail(differs);
  }
}

}  // namespace shapedbg
