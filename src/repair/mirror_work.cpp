#include "repair/mirror_work.h"

namespace shapedbg {

void MirrorWork::up(const PathLayer& item) {
  const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
  const bool conv = one.info().family == Family::conv;
  const int axes = one.info().axes;
  const Numbers strides = axes_of(one, Opt::stride);
  const bool batched = in_of(item).size() == static_cast<std::size_t>(axes) + 2;
  const bool undilated = all_are(axes_of(one, Opt::dilation), 1) || !one.has(Opt::dilation);
  if (options_.style == MirrorStyle::upsample && batched) {
    upsampled(item);
  } else if (options_.style == MirrorStyle::pixelshuffle && axes == 2 && batched && strides[0] > 1 &&
             all_are(strides, strides[0])) {
    shuffled(item, strides[0]);
  } else if (options_.style == MirrorStyle::unpool && one.info().family == Family::max_pool && undilated) {
    LayerObject object(name_up(one), kind("MaxUnpool", axes));
    object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
    if (strides != axes_of(one, Opt::kernel_size)) object.put("stride", collapsed(strides));
    object.put("padding", axes_of(one, Opt::padding), 0);
    object.put("indices", to_json(Value(one.name))).put("size_like", like(item.in));
    add(object);
  } else if (conv) {
    transposed(item);
  } else {
    transposed_pool(item);
  }
  if (error_.empty()) skip(item);
}

void MirrorWork::transposed(const PathLayer& item) {
  const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
  const int axes = one.info().axes;
  const Shape& x = in_of(item);
  const Shape& y = out_of(item);
  LayerObject object(name_up(one), kind("ConvTranspose", axes));
  object.put("in_channels", channels(y, one)).put("out_channels", channels(x, one));
  object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
  std::vector<Window> windows;
  for (int i = 0; i < axes; ++i) {
    windows.push_back(window_of(one, i));
    // `same` of an even kernel pads its end more; a transposed layer takes from both sides alike.
    if (windows.back().before != windows.back().after)
      return void(refuse(one, "its padding differs from side to side"));
  }
  sized(object, item, windows);
  shared(object, one);
  add(object, true);
}

void MirrorWork::transposed_pool(const PathLayer& item) {
  const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
  const Shape& x = in_of(item);
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
  object.put("in_channels", channels(x, one)).put("out_channels", channels(x, one));
  object.put("kernel_size", collapsed(kernel));
  sized(object, item, windows);
  add(object, true);
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
  const auto axes = static_cast<std::size_t>(one.info().axes);
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
  if (conv) shared(object, one);
  return object;
}

void MirrorWork::upsampled(const PathLayer& item) {
  const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
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
  add(object);
  add(keeping(with(name, "_conv"), one, channels(y, one), channels(x, one)), true);
}

void MirrorWork::shuffled(const PathLayer& item, std::int64_t r) {
  const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
  const Shape& x = in_of(item);
  const Shape& y = out_of(item);
  const std::string name = name_up(one);
  add(keeping(with(name, "_conv"), one, channels(y, one), channels(x, one) * r * r), true);
  add(LayerObject(name, "PixelShuffle").put("upscale_factor", r));
  if (options_.every_size) {
    add(LayerObject(with(name, "_fit"), "Pad").put("size_like", like(item.in)));
    return;
  }
  Numbers pads;
  for (std::size_t axis = x.size(); axis > x.size() - 2; --axis) {
    pads.push_back(0);
    pads.push_back(x[axis - 1] - y[axis - 1] * r);
  }
  if (!all_are(pads, 0)) add(LayerObject(with(name, "_fit"), "Pad").put("padding", bracketed(pads)));
}

void MirrorWork::skip(const PathLayer& item) {
  if (options_.skips == MirrorSkips::none || item.in.is_input()) return;
  const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
  const Shape& x = in_of(item);
  const int axes = one.info().axes > 0 ? one.info().axes : 2;
  const auto channel = x.size() - static_cast<std::size_t>(axes) - 1;
  const std::string name = plain(one);
  const bool add_them = options_.skips == MirrorSkips::add;
  LayerObject object(name.empty() ? name : fresh(name + "_skip"), add_them ? "Add" : "Concat");
  object.put("inputs", "[" + like(item.in) + ", \"prev\"]");
  if (!add_them && channel != 1) object.put("dim", static_cast<std::int64_t>(channel));
  add(object);
  if (add_them) return;
  add(LayerObject(name.empty() ? name : fresh(name + "_fuse"), kind("Conv", axes))
          .put("in_channels", 2 * x[channel])
          .put("out_channels", x[channel])
          .put("kernel_size", 3)
          .put("padding", 1),
      true);
}

}  // namespace shapedbg
