// The decoder's layers, from the encoder's in reverse.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "repair/mirror.h"

namespace shapedbg {
namespace {

using Numbers = std::vector<std::int64_t>;

std::string collapsed(const Numbers& values) {
  const bool one = !values.empty() &&
                   std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
  return one ? std::to_string(values.front()) : bracketed(values);
}

bool all_are(const Numbers& values, std::int64_t value) {
  return std::all_of(values.begin(), values.end(), [&](std::int64_t v) { return v == value; });
}

// One entry of the list, on one line.
class Object {
 public:
  Object(const std::string& name, const std::string& type) {
    if (!name.empty()) put("name", to_json(Value(name)));
    put("type", to_json(Value(type)));
  }
  Object& put(const std::string& key, const std::string& json) {
    text_ += (text_.empty() ? "" : ", ") + to_json(Value(key)) + ": " + json;
    return *this;
  }
  Object& put(const std::string& key, std::int64_t value) { return put(key, std::to_string(value)); }
  // Left out where every entry is the default.
  Object& put(const std::string& key, const Numbers& values, std::int64_t fallback) {
    return all_are(values, fallback) ? *this : put(key, collapsed(values));
  }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

// How a family takes part: `run` layers change no shape, `spatial` ones no channels and no rank.
enum class Role : std::uint8_t { run, spatial, merge, barrier };

Role role_of(const LayerSpec& layer) {
  switch (layer.info().family) {
    case Family::batch_norm:
    case Family::instance_norm:
    case Family::group_norm:
    case Family::layer_norm:
    case Family::pointwise:
    case Family::local_response_norm:
    case Family::softmax:
    case Family::prelu:
      return Role::run;
    case Family::max_pool:
    case Family::avg_pool:
    case Family::lp_pool:
    case Family::adaptive_pool:
    case Family::pad:
    case Family::upsample:
    case Family::crop:
    case Family::free_pad:
    case Family::pad_to_multiple:
      return Role::spatial;
    case Family::elementwise:
      return Role::merge;
    default:
      return Role::barrier;
  }
}

bool has_weights(const LayerSpec& layer) {
  const Family family = layer.info().family;
  return family == Family::conv || family == Family::conv_transpose || family == Family::linear;
}

struct Item {
  int layer = 0;
  Ref in;
};

class Mirror {
 public:
  Mirror(const Spec& spec, const Trace& trace, const MirrorOptions& options)
      : spec_(spec), trace_(trace), options_(options) {
    for (const LayerSpec& layer : spec.layers) names_.insert(layer.name);
    for (const InputSpec& input : spec.inputs) names_.insert(input.name);
    names_.insert({"input", "prev"});
  }

  MirroredLayers result() {
    if (find_path()) walk();
    if (!error_.empty()) objects_.clear();
    return {std::move(objects_), std::move(error_)};
  }

 private:
  // The layers from the input to the last one of the encoder; a merge is followed where its shape comes from.
  bool find_path() {
    int at = static_cast<int>(spec_.layers.size()) - 1;
    while (at >= 0 && spec_.layers[static_cast<std::size_t>(at)].part == Part::decoder) --at;
    if (at < 0) return fail("there is no encoder to mirror");
    while (true) {
      const LayerSpec& layer = spec_.layers[static_cast<std::size_t>(at)];
      const LayerTrace& row = trace_.layers[static_cast<std::size_t>(at)];
      if (!row.refusals.empty()) return fail(row.refusals.front().message);
      if (row.outputs.empty() || row.inputs.size() != layer.inputs.size())
        return refuse(layer, "its shape is not known");
      std::size_t from = 0;
      if (role_of(layer) == Role::merge) {
        while (from < row.inputs.size() && row.inputs[from] != row.outputs[0]) ++from;
        if (from == row.inputs.size())
          return refuse(layer, "none of its inputs has the shape that it returns");
      } else if (layer.inputs.size() != 1) {
        return refuse(layer, "it joins " + std::to_string(layer.inputs.size()) + " tensors");
      }
      const Ref in = layer.inputs[from];
      if (in.output != 0) return refuse(layer, "it takes one of several outputs");
      path_.push_back({at, in});
      if (in.is_input()) {
        if (in.input() != 0) return refuse(layer, "it leads to another input than the first");
        break;
      }
      at = in.layer;
    }
    std::reverse(path_.begin(), path_.end());
    return true;
  }

  // Between two barriers: first what acts on the mirrored weights, in the encoder's order, then what undoes
  // pools and pads.
  void walk() {
    std::size_t end = path_.size();
    while (true) {
      std::size_t begin = end;
      while (begin > 0 && role_of(layer(begin - 1)) != Role::barrier) --begin;
      bool inner = false;  // weights stand in front: else a run belongs to the input
      for (std::size_t i = 0; i < begin; ++i) inner = inner || has_weights(layer(i));
      const bool before = weights_;
      if (before && inner && begin < end) runs(begin, end, out_of(end - 1));
      for (std::size_t i = end; i > begin && error_.empty(); --i)
        if (role_of(layer(i - 1)) == Role::spatial) spatial(path_[i - 1]);
      if (!before && weights_ && inner && begin < end) runs(begin, end, in_of(path_[begin]));
      if (begin == 0 || !error_.empty()) return;
      end = begin - 1;
      barrier(path_[end]);
      if (!error_.empty()) return;
    }
  }

  void runs(std::size_t begin, std::size_t end, const Shape& shape) {
    for (std::size_t i = begin; i < end; ++i) {
      const LayerSpec& one = layer(i);
      if (role_of(one) != Role::run || one.kind == LayerKind::Identity) continue;
      Object object(name_up(one), std::string(one.info().name));
      for (const OptionValue& option : one.options) {
        if (!option.written) continue;
        Value value = option.value;
        if (option.info->opt == Opt::normalized_shape) {
          const std::size_t count = one.integers(Opt::normalized_shape).size();
          if (count > shape.size()) return void(refuse(one, "it spans more axes than its mirror image gets"));
          value = Numbers(shape.end() - static_cast<std::ptrdiff_t>(count), shape.end());
        }
        object.put(std::string(to_string(option.info->opt)), to_json(spec_, value));
      }
      add(object);
    }
  }

  void spatial(const Item& item) {
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const Shape& x = in_of(item);
    const Shape& y = out_of(item);
    switch (one.info().family) {
      case Family::max_pool:
      case Family::avg_pool:
      case Family::lp_pool: {
        up(item);
        return;
      }
      case Family::adaptive_pool: {
        if (spatial_of(x, one.info().axes) == spatial_of(y, one.info().axes)) return;
        Object object(name_up(one), "Upsample");
        if (options_.every_size) {
          object.put("size_like", like(item.in));
        } else {
          object.put("size", bracketed(spatial_of(x, one.info().axes)));
        }
        add(object);
        return;
      }
      case Family::pad: {
        // One number, or two per axis, last axis first.
        Numbers pads = one.integers(Opt::padding);
        if (pads.empty()) pads = {one.integer(Opt::padding)};
        if (pads.size() == 1) pads.assign(2 * static_cast<std::size_t>(one.info().axes), pads[0]);
        add(padding(one, pads));
        return;
      }
      case Family::free_pad:
        if (!one.has(Opt::padding)) break;
        add(padding(one, one.integers(Opt::padding)));
        return;
      case Family::pad_to_multiple:
        add(Object(name_up(one), "Crop").put("size_like", like(item.in)));
        return;
      case Family::upsample: {
        if (x.size() < 3) break;
        const int axes = static_cast<int>(x.size()) - 2;
        Numbers factor;
        for (int i = 0; i < axes; ++i) {
          const auto at = static_cast<std::size_t>(i + 2);
          if (y[at] % x[at] != 0) {
            return void(refuse(one, "it scales " + std::to_string(x[at]) + " to " + std::to_string(y[at]) +
                                        ", no multiple"));
          }
          factor.push_back(y[at] / x[at]);
        }
        if (all_are(factor, 1)) return;
        add(Object(name_up(one), kind("AvgPool", axes)).put("kernel_size", collapsed(factor)));
        return;
      }
      default:
        break;
    }
    // A Crop or a Pad to the size of another tensor.
    add(Object(name_up(one), "Pad").put("size_like", like(item.in)));
  }

  Object padding(const LayerSpec& one, Numbers pads) {
    for (std::int64_t& pad : pads) pad = -pad;
    return Object(name_up(one), "Pad").put("padding", bracketed(pads));
  }

  void barrier(const Item& item) {
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const Shape& x = in_of(item);
    const Shape& y = out_of(item);
    const auto rank = static_cast<std::int64_t>(x.size());
    const auto wrapped = [&](std::int64_t dim, std::int64_t count) { return dim < 0 ? dim + count : dim; };
    switch (one.info().family) {
      case Family::conv: {
        const Numbers strides = axes_of(one, Opt::stride);
        if (!all_are(strides, 1)) return up(item);
        if (spatial_of(x, one.info().axes) != spatial_of(y, one.info().axes) || !keeps_size(one))
          return transposed(item);
        Object object(name_up(one), std::string(one.info().name));
        object.put("in_channels", channels(y, one)).put("out_channels", channels(x, one));
        object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
        if (one.word(Opt::padding) == "same") {
          object.put("padding", "\"same\"");
        } else if (one.word(Opt::padding).empty()) {
          object.put("padding", axes_of(one, Opt::padding), 0);
        }
        object.put("dilation", axes_of(one, Opt::dilation), 1);
        if (one.word(Opt::padding_mode) != "zeros")
          object.put("padding_mode", to_json(Value(std::string(one.word(Opt::padding_mode)))));
        shared(object, one);
        add(object, true);
        return;
      }
      case Family::conv_transpose: {
        Object object(name_up(one), kind("Conv", one.info().axes));
        object.put("in_channels", channels(y, one)).put("out_channels", channels(x, one));
        object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
        object.put("stride", axes_of(one, Opt::stride), 1).put("padding", axes_of(one, Opt::padding), 0);
        object.put("dilation", axes_of(one, Opt::dilation), 1);
        shared(object, one);
        add(object, true);
        return;
      }
      case Family::linear: {
        Object object(name_up(one), "Linear");
        object.put("in_features", y.back()).put("out_features", x.back());
        if (!one.flag(Opt::bias)) object.put("bias", "false");
        add(object, true);
        return;
      }
      case Family::pixel_unshuffle:
        add(Object(name_up(one), "PixelShuffle").put("upscale_factor", one.integer(Opt::downscale_factor)));
        return skip(item);
      case Family::pixel_shuffle:
        add(Object(name_up(one), "PixelUnshuffle").put("downscale_factor", one.integer(Opt::upscale_factor)));
        return;
      case Family::flatten: {
        const std::int64_t first = wrapped(one.integer(Opt::start_dim), rank);
        const std::int64_t last = wrapped(one.integer(Opt::end_dim), rank);
        if (first >= last) return;
        add(Object(name_up(one), "Unflatten")
                .put("dim", first)
                .put("unflattened_size", bracketed(Numbers(x.begin() + first, x.begin() + last + 1))));
        return;
      }
      case Family::unflatten: {
        const std::int64_t first = wrapped(one.integer(Opt::dim), rank);
        const std::int64_t last = first + static_cast<std::int64_t>(y.size()) - rank;
        if (first < last) add(Object(name_up(one), "Flatten").put("start_dim", first).put("end_dim", last));
        return;
      }
      case Family::reshape:
        add(Object(name_up(one), "Reshape").put("shape", bracketed(x)));
        return;
      case Family::permute: {
        const Numbers& dims = one.integers(Opt::dims);
        Numbers inverse(dims.size());
        for (std::size_t i = 0; i < dims.size(); ++i)
          inverse[static_cast<std::size_t>(wrapped(dims[i], rank))] = static_cast<std::int64_t>(i);
        add(Object(name_up(one), "Permute").put("dims", bracketed(inverse)));
        return;
      }
      case Family::transpose:
        add(Object(name_up(one), "Transpose")
                .put("dim0", one.integer(Opt::dim0))
                .put("dim1", one.integer(Opt::dim1)));
        return;
      case Family::unsqueeze:
        add(Object(name_up(one), "Squeeze").put("dim", wrapped(one.integer(Opt::dim), rank + 1)));
        return;
      case Family::squeeze:
        if (x != y) add(Object(name_up(one), "Reshape").put("shape", bracketed(x)));
        return;
      case Family::reduce:
        return reduced(item);
      default:
        refuse(one, "no layer undoes it");
        return;
    }
  }

  // The mean over all spatial axes, undone as a pool to one place is.
  void reduced(const Item& item) {
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const Shape& x = in_of(item);
    const auto rank = static_cast<std::int64_t>(x.size());
    std::set<std::int64_t> dims;
    Numbers listed = one.integers(Opt::dim);
    if (listed.empty()) listed = {one.integer(Opt::dim)};
    for (const std::int64_t dim : listed) dims.insert(dim < 0 ? dim + rank : dim);
    if (rank < 3 || dims.size() != x.size() - 2 || *dims.begin() != 2)
      return void(refuse(one, "it reduces other axes than the spatial ones"));
    if (!one.flag(Opt::keepdim)) {
      Shape small(x.size(), 1);
      small[0] = x[0];
      small[1] = x[1];
      add(Object({}, "Reshape").put("shape", bracketed(small)));
    }
    Object object(name_up(one), "Upsample");
    if (options_.every_size) {
      object.put("size_like", like(item.in));
    } else {
      object.put("size", bracketed(Numbers(x.begin() + 2, x.end())));
    }
    add(object);
  }

  // The way up from a pool or a strided convolution, in the style that was asked for where it fits.
  void up(const Item& item) {
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
      Object object(name_up(one), kind("MaxUnpool", axes));
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

  void transposed(const Item& item) {
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const int axes = one.info().axes;
    const Shape& x = in_of(item);
    const Shape& y = out_of(item);
    Object object(name_up(one), kind("ConvTranspose", axes));
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

  // What ceil_mode adds, or a pool without gaps: the window whose transposed one reaches every size.
  void transposed_pool(const Item& item) {
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
    Object object(name_up(one), kind("ConvTranspose", one.info().axes));
    object.put("in_channels", channels(x, one)).put("out_channels", channels(x, one));
    object.put("kernel_size", collapsed(kernel));
    sized(object, item, windows);
    add(object, true);
  }

  // stride, padding, output_padding or size_like, dilation of a transposed layer.
  void sized(Object& object, const Item& item, const std::vector<Window>& windows) {
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

  // A convolution in front of or behind a resizing one: the window of a convolution, 3 of a pool; odd kernels
  // by number, even ones by `same`.
  Object keeping(const std::string& name, const LayerSpec& one, std::int64_t in, std::int64_t out) {
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
    Object object(name, kind("Conv", static_cast<int>(axes)));
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

  void upsampled(const Item& item) {
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const Shape& x = in_of(item);
    const Shape& y = out_of(item);
    const int axes = one.info().axes;
    const Numbers strides = axes_of(one, Opt::stride);
    const Numbers wanted = spatial_of(x, axes);
    Numbers scaled = spatial_of(y, axes);
    for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= strides[i];
    const std::string name = name_up(one);
    Object object(name, "Upsample");
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

  void shuffled(const Item& item, std::int64_t r) {
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const Shape& x = in_of(item);
    const Shape& y = out_of(item);
    const std::string name = name_up(one);
    add(keeping(with(name, "_conv"), one, channels(y, one), channels(x, one) * r * r), true);
    add(Object(name, "PixelShuffle").put("upscale_factor", r));
    if (options_.every_size) {
      add(Object(with(name, "_fit"), "Pad").put("size_like", like(item.in)));
      return;
    }
    Numbers pads;
    for (std::size_t axis = x.size(); axis > x.size() - 2; --axis) {
      pads.push_back(0);
      pads.push_back(x[axis - 1] - y[axis - 1] * r);
    }
    if (!all_are(pads, 0)) add(Object(with(name, "_fit"), "Pad").put("padding", bracketed(pads)));
  }

  // Joins the encoder's tensor that the mirrored layer took; the input itself is what is to be computed.
  void skip(const Item& item) {
    if (options_.skips == MirrorSkips::none || item.in.is_input()) return;
    const LayerSpec& one = spec_.layers[static_cast<std::size_t>(item.layer)];
    const Shape& x = in_of(item);
    const int axes = one.info().axes > 0 ? one.info().axes : 2;
    const auto channel = x.size() - static_cast<std::size_t>(axes) - 1;
    const std::string name = plain(one);
    const bool add_them = options_.skips == MirrorSkips::add;
    Object object(name.empty() ? name : fresh(name + "_skip"), add_them ? "Add" : "Concat");
    object.put("inputs", "[" + like(item.in) + ", \"prev\"]");
    if (!add_them && channel != 1) object.put("dim", static_cast<std::int64_t>(channel));
    add(object);
    if (add_them) return;
    add(Object(name.empty() ? name : fresh(name + "_fuse"), kind("Conv", axes))
            .put("in_channels", 2 * x[channel])
            .put("out_channels", x[channel])
            .put("kernel_size", 3)
            .put("padding", 1),
        true);
  }

  // Options that both ways share.
  static void shared(Object& object, const LayerSpec& one) {
    if (one.integer(Opt::groups) != 1) object.put("groups", one.integer(Opt::groups));
    if (!one.flag(Opt::bias)) object.put("bias", "false");
  }

  static bool keeps_size(const LayerSpec& one) {
    for (int i = 0; i < one.info().axes; ++i)
      if (window_of(one, i).net_kernel() != 1) return false;
    return true;
  }

  static Numbers axes_of(const LayerSpec& one, Opt opt) {
    const auto all = one.axes(opt);
    return {all.begin(), all.begin() + one.info().axes};
  }
  static Numbers spatial_of(const Shape& shape, int axes) {
    return {shape.end() - std::min<std::ptrdiff_t>(axes, std::ssize(shape)), shape.end()};
  }
  static std::int64_t channels(const Shape& shape, const LayerSpec& one) {
    return shape[shape.size() - static_cast<std::size_t>(one.info().axes) - 1];
  }
  static std::string kind(const char* base, int axes) { return base + std::to_string(axes) + "d"; }

  const LayerSpec& layer(std::size_t place) const {
    return spec_.layers[static_cast<std::size_t>(path_[place].layer)];
  }
  const Shape& in_of(const Item& item) const { return *trace_.output(spec_, item.in); }
  const Shape& out_of(const Item& item) const {
    return trace_.layers[static_cast<std::size_t>(item.layer)].outputs[0];
  }
  const Shape& out_of(std::size_t place) const { return out_of(path_[place]); }
  std::string like(Ref ref) const { return to_json(Value(ref.is_input() ? "input" : spec_.name_of(ref))); }

  // The layer's own name with `_` for the dots of blocks; empty where the author gave none.
  static std::string plain(const LayerSpec& one) {
    std::string name = one.name;
    const std::string part = std::string(to_string(one.part)) + ".";
    if (name.starts_with(part) && name.find_first_not_of("0123456789", part.size()) == std::string::npos)
      return {};
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
  }
  std::string name_up(const LayerSpec& one) {
    const std::string name = plain(one);
    return name.empty() ? name : fresh(name + "_up");
  }
  std::string with(const std::string& name, const char* suffix) {
    return name.empty() ? name : fresh(name + suffix);
  }
  std::string fresh(const std::string& wanted) {
    std::string name = wanted;
    for (int number = 2; !names_.insert(name).second; ++number) name = wanted + "_" + std::to_string(number);
    return name;
  }

  void add(const Object& object, bool weights = false) {
    objects_.push_back(object.text());
    weights_ = weights_ || weights;
  }
  bool fail(std::string why) {
    error_ = std::move(why);
    return false;
  }
  bool refuse(const LayerSpec& one, const std::string& why) {
    return fail("`" + one.name + "` (" + std::string(one.info().name) + ") cannot be mirrored: " + why);
  }

  const Spec& spec_;
  const Trace& trace_;
  const MirrorOptions& options_;
  std::vector<Item> path_;
  std::set<std::string> names_;
  std::vector<std::string> objects_;
  std::string error_;
  bool weights_ = false;  // a layer with weights is already there
};

}  // namespace

MirroredLayers mirrored_layers(const Spec& spec, const Trace& trace, const MirrorOptions& options) {
  return Mirror(spec, trace, options).result();
}

}  // namespace shapedbg
