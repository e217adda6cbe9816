// The decoder's layers, from the encoder's in reverse.
#include "repair/mirror_work.h"

namespace shapedbg {
namespace {

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

class Mirror : public MirrorWork {
 public:
  Mirror(const Spec& spec, const Trace& trace, const MirrorOptions& options)
      : MirrorWork(spec, trace, options) {}

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
      LayerObject object(name_up(one), std::string(one.info().name));
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

  void spatial(const PathLayer& item) {
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
        LayerObject object(name_up(one), "Upsample");
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
        add(LayerObject(name_up(one), "Crop").put("size_like", like(item.in)));
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
        add(LayerObject(name_up(one), kind("AvgPool", axes)).put("kernel_size", collapsed(factor)));
        return;
      }
      default:
        break;
    }
    // A Crop or a Pad to the size of another tensor.
    add(LayerObject(name_up(one), "Pad").put("size_like", like(item.in)));
  }

  LayerObject padding(const LayerSpec& one, Numbers pads) {
    for (std::int64_t& pad : pads) pad = -pad;
    return LayerObject(name_up(one), "Pad").put("padding", bracketed(pads));
  }

  void barrier(const PathLayer& item) {
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
        LayerObject object(name_up(one), std::string(one.info().name));
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
        LayerObject object(name_up(one), kind("Conv", one.info().axes));
        object.put("in_channels", channels(y, one)).put("out_channels", channels(x, one));
        object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
        object.put("stride", axes_of(one, Opt::stride), 1).put("padding", axes_of(one, Opt::padding), 0);
        object.put("dilation", axes_of(one, Opt::dilation), 1);
        shared(object, one);
        add(object, true);
        return;
      }
      case Family::linear: {
        LayerObject object(name_up(one), "Linear");
        object.put("in_features", y.back()).put("out_features", x.back());
        if (!one.flag(Opt::bias)) object.put("bias", "false");
        add(object, true);
        return;
      }
      case Family::pixel_unshuffle:
        add(LayerObject(name_up(one), "PixelShuffle")
                .put("upscale_factor", one.integer(Opt::downscale_factor)));
        return skip(item);
      case Family::pixel_shuffle:
        add(LayerObject(name_up(one), "PixelUnshuffle")
                .put("downscale_factor", one.integer(Opt::upscale_factor)));
        return;
      case Family::flatten: {
        const std::int64_t first = wrapped(one.integer(Opt::start_dim), rank);
        const std::int64_t last = wrapped(one.integer(Opt::end_dim), rank);
        if (first >= last) return;
        add(LayerObject(name_up(one), "Unflatten")
                .put("dim", first)
                .put("unflattened_size", bracketed(Numbers(x.begin() + first, x.begin() + last + 1))));
        return;
      }
      case Family::unflatten: {
        const std::int64_t first = wrapped(one.integer(Opt::dim), rank);
        const std::int64_t last = first + static_cast<std::int64_t>(y.size()) - rank;
        if (first < last)
          add(LayerObject(name_up(one), "Flatten").put("start_dim", first).put("end_dim", last));
        return;
      }
      case Family::reshape:
        add(LayerObject(name_up(one), "Reshape").put("shape", bracketed(x)));
        return;
      case Family::permute: {
        const Numbers& dims = one.integers(Opt::dims);
        Numbers inverse(dims.size());
        for (std::size_t i = 0; i < dims.size(); ++i)
          inverse[static_cast<std::size_t>(wrapped(dims[i], rank))] = static_cast<std::int64_t>(i);
        add(LayerObject(name_up(one), "Permute").put("dims", bracketed(inverse)));
        return;
      }
      case Family::transpose:
        add(LayerObject(name_up(one), "Transpose")
                .put("dim0", one.integer(Opt::dim0))
                .put("dim1", one.integer(Opt::dim1)));
        return;
      case Family::unsqueeze:
        add(LayerObject(name_up(one), "Squeeze").put("dim", wrapped(one.integer(Opt::dim), rank + 1)));
        return;
      case Family::squeeze:
        if (x != y) add(LayerObject(name_up(one), "Reshape").put("shape", bracketed(x)));
        return;
      case Family::reduce:
        return reduced(item);
      default:
        refuse(one, "no layer undoes it");
        return;
    }
  }

  // The mean over all spatial axes, undone as a pool to one place is.
  void reduced(const PathLayer& item) {
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
      add(LayerObject({}, "Reshape").put("shape", bracketed(small)));
    }
    LayerObject object(name_up(one), "Upsample");
    if (options_.every_size) {
      object.put("size_like", like(item.in));
    } else {
      object.put("size", bracketed(Numbers(x.begin() + 2, x.end())));
    }
    add(object);
  }

  const LayerSpec& layer(std::size_t place) const {
    return spec_.layers[static_cast<std::size_t>(path_[place].layer)];
  }
  using MirrorWork::out_of;
  const Shape& out_of(std::size_t place) const { return out_of(path_[place]); }

  std::vector<PathLayer> path_;
};

}  // namespace

MirroredLayers mirrored_layers(const Spec& spec, const Trace& trace, const MirrorOptions& options) {
  return Mirror(spec, trace, options).result();
}

}  // namespace shapedbg
