// The mirror images of single layers.
#include "mirror/chain.h"

#include "net/facts.h"

namespace shapedbg {

void MirrorChain::spatial(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const Shape& y = out_of(item);
  const FamilyFacts& is = facts(one.kind);
  if (is.splits) return;  // the weights in front take the fewer channels
  if (is_pool(one.info().family)) {
    // One that keeps the size has nothing to be undone.
    if (!all_are(axes_of(one, Opt::stride), 1) || !keeps_size(one)) up(item, channels(x, one));
    return;
  }
  if (is.divides == Divides::fixes_size) {
    if (spatial_of(x, one.info().axes) != spatial_of(y, one.info().axes)) widened(item);
    return;
  }
  if (is.divides == Divides::by_multiple)
    return add(LayerObject(name_up(one), "Crop").put("size_like", like(item.in)), carried(item));
  if (is.divides == Divides::by_steps && one.has(Opt::index)) return slice(item);
  if (is.border == Border::adds_or_cuts && one.has(Opt::padding)) {
    restore(y, plain(one));
    return add(padding(one, one.integers(Opt::padding)), x);
  }
  if (is.border == Border::adds) {
    // One number, or two per axis, last axis first.
    Numbers pads = one.integers(Opt::padding);
    if (pads.empty()) pads = {one.integer(Opt::padding)};
    if (pads.size() == 1) pads.assign(2 * one.axis_count(), pads[0]);
    return add(padding(one, pads), carried(item));
  }
  if (is.goes.may_go_up() && x.size() >= 3) {
    const int axes = static_cast<int>(x.size()) - 2;
    Numbers factor;
    for (std::size_t at = 2; at < x.size(); ++at) {
      if (y[at] % x[at] != 0) return widened(item);
      factor.push_back(y[at] / x[at]);
    }
    if (all_are(factor, 1)) return;
    return add(LayerObject(name_up(one), kind("AvgPool", axes)).put("kernel_size", collapsed(factor)),
               carried(item));
  }
  // Cut or padded to the size of another tensor.
  add(LayerObject(name_up(one), "Pad").put("size_like", like(item.in)), carried(item));
}

void MirrorChain::widened(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  LayerObject object(name_up(one), "Upsample");
  if (options_.every_size) {
    object.put("size_like", like(item.in));
  } else {
    object.put("size", bracketed(Numbers(x.begin() + 2, x.end())));
  }
  add(object, carried(item));
  at_.lifted = in_branch_;
}

// Zeros where a border was cut, as a Crop is undone; every n-th row by the rows in between. Of fewer channels
// the weights in front make more again.
void MirrorChain::slice(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const Shape& y = out_of(item);
  const auto* ranges = std::get_if<std::vector<SliceRange>>(&one.find(Opt::index)->value);
  if (ranges == nullptr || x.size() != y.size()) return void(refuse(one, "it drops an axis"));
  const std::size_t channel = std::min<std::size_t>(1, x.size() - 1);
  Numbers pads(2 * (x.size() - channel - 1), 0);
  bool stepped = false;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if (x[axis] == y[axis]) continue;
    if (axis < channel) return void(refuse(one, "it takes a part of the batch"));
    if (axis == channel) continue;
    const SliceRange& range = (*ranges)[axis];
    stepped = stepped || range.step != 1;
    std::int64_t start = range.start == SliceRange::open ? 0 : range.start;
    if (start < 0) start = std::max<std::int64_t>(0, start + x[axis]);
    const std::size_t place = 2 * (x.size() - 1 - axis);
    pads[place] = start;
    pads[place + 1] = x[axis] - start - y[axis];
  }
  if (stepped) return widened(item);
  while (pads.size() > 2 && pads.back() == 0 && pads[pads.size() - 2] == 0) pads.resize(pads.size() - 2);
  if (!all_are(pads, 0)) add(LayerObject(name_up(one), "Pad").put("padding", bracketed(pads)), carried(item));
}

LayerObject MirrorChain::padding(const LayerSpec& one, Numbers pads) {
  for (std::int64_t& pad : pads) pad = -pad;
  return LayerObject(name_up(one), "Pad").put("padding", bracketed(pads));
}

void MirrorChain::weights(const PathLayer& item, std::int64_t out) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const int axes = one.info().axes;
  if (one.info().family == Family::linear) {
    LayerObject object(name_up(one), "Linear");
    object.put("in_features", at_.shape.back()).put("out_features", out);
    if (!one.flag(Opt::bias)) object.put("bias", "false");
    Shape shape = x;
    shape.back() = out;
    return add(object, std::move(shape), true);
  }
  const std::int64_t in = channels(at_.shape, one);
  const bool up_again = one.info().family == Family::conv_transpose;
  if (!up_again) {
    if (!all_are(axes_of(one, Opt::stride), 1)) return up(item, out);
    if (spatial_of(x, axes) != spatial_of(out_of(item), axes) || !keeps_size(one))
      return transposed(item, out);
  }
  LayerObject object(name_up(one), kind("Conv", axes));
  object.put("in_channels", in).put("out_channels", out);
  object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
  if (up_again) object.put("stride", axes_of(one, Opt::stride), 1);
  if (one.word(Opt::padding) == "same") {
    object.put("padding", "\"same\"");
  } else if (one.word(Opt::padding).empty()) {
    object.put("padding", axes_of(one, Opt::padding), 0);
  }
  object.put("dilation", axes_of(one, Opt::dilation), 1);
  if (!up_again && one.word(Opt::padding_mode) != "zeros")
    object.put("padding_mode", to_json(Value(std::string(one.word(Opt::padding_mode)))));
  shared(object, one, in, out);
  add(object, with_channels(x, axes, out), true);
}

// What gives the tensor another form: the shape that the encoder had. The families are those that the facts
// say to be undone `by_form`.
void MirrorChain::form(const PathLayer& item) {
  using Undo = void (MirrorChain::*)(const PathLayer&);
  static constexpr std::pair<Family, Undo> table[] = {
      {Family::pixel_shuffle, &MirrorChain::pixel_shuffled},
      {Family::pixel_unshuffle, &MirrorChain::pixel_unshuffled},
      {Family::channel_shuffle, &MirrorChain::channel_shuffled},
      {Family::fold, &MirrorChain::folded},
      {Family::unfold, &MirrorChain::folded},
      {Family::max_unpool, &MirrorChain::unpooled},
      {Family::flatten, &MirrorChain::flattened},
      {Family::unflatten, &MirrorChain::unflattened},
      {Family::reshape, &MirrorChain::reshaped},
      {Family::permute, &MirrorChain::permuted},
      {Family::transpose, &MirrorChain::transposed_axes},
      {Family::squeeze, &MirrorChain::squeezed},
      {Family::unsqueeze, &MirrorChain::unsqueezed},
      {Family::reduce, &MirrorChain::reduced},
  };
  const LayerSpec& one = spec_.layer(item.layer);
  const auto* row = std::find_if(std::begin(table), std::end(table),
                                 [&](const auto& entry) { return entry.first == one.info().family; });
  if (row == std::end(table)) return void(refuse(one, "no layer undoes it"));
  (this->*row->second)(item);
}

void MirrorChain::pixel_unshuffled(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  add(LayerObject(name_up(one), "PixelShuffle").put("upscale_factor", one.integer(Opt::downscale_factor)),
      in_of(item));
  at_.lifted = in_branch_;
  if (!in_branch_) skip(item.in, plain(one), 2);
}

void MirrorChain::pixel_shuffled(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  add(LayerObject(name_up(one), "PixelUnshuffle").put("downscale_factor", one.integer(Opt::upscale_factor)),
      in_of(item));
}

// It writes g groups of C/g channels as C/g groups of g: C/g groups write them back.
void MirrorChain::channel_shuffled(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const std::int64_t groups = in_of(item)[1] / one.integer(Opt::groups);
  if (one.integer(Opt::groups) == 1 || groups == 1) return;  // keeps the order
  add(LayerObject(name_up(one), "ChannelShuffle").put("groups", groups), in_of(item));
}

void MirrorChain::folded(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const bool apart = one.info().family == Family::unfold;
  LayerObject object(name_up(one), apart ? "Fold" : "Unfold");
  if (apart) object.put("output_size", bracketed(spatial_of(x, 2)));
  object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
  object.put("dilation", axes_of(one, Opt::dilation), 1).put("padding", axes_of(one, Opt::padding), 0);
  add(object.put("stride", axes_of(one, Opt::stride), 1), x);
}

void MirrorChain::unpooled(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  LayerObject object(name_up(one), kind("MaxPool", one.info().axes));
  object.put("kernel_size", collapsed(axes_of(one, Opt::kernel_size)));
  object.put("stride", collapsed(axes_of(one, Opt::stride)));
  add(object.put("padding", axes_of(one, Opt::padding), 0), in_of(item));
}

void MirrorChain::flattened(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  if (x.empty()) return;
  const std::size_t first = wrapped_axis(one.integer(Opt::start_dim), x.size());
  const std::size_t last = wrapped_axis(one.integer(Opt::end_dim), x.size());
  if (first >= last) return;
  add(LayerObject(name_up(one), "Unflatten")
          .put("dim", static_cast<std::int64_t>(first))
          .put("unflattened_size", sizes_of(item, first, last + 1)),
      x);
}

void MirrorChain::unflattened(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const auto first = static_cast<std::int64_t>(wrapped_axis(one.integer(Opt::dim), x.size()));
  const std::int64_t last =
      first + static_cast<std::int64_t>(out_of(item).size()) - static_cast<std::int64_t>(x.size());
  if (first < last) add(LayerObject(name_up(one), "Flatten").put("start_dim", first).put("end_dim", last), x);
}

void MirrorChain::reshaped(const PathLayer& item) {
  const Shape& x = in_of(item);
  add(LayerObject(name_up(spec_.layer(item.layer)), "Reshape").put("shape", sizes_of(item, 0, x.size())), x);
}

void MirrorChain::permuted(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const Numbers& dims = one.integers(Opt::dims);
  Numbers inverse(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i)
    inverse[wrapped_axis(dims[i], x.size())] = static_cast<std::int64_t>(i);
  add(LayerObject(name_up(one), "Permute").put("dims", bracketed(inverse)), x);
}

void MirrorChain::transposed_axes(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  add(LayerObject(name_up(one), "Transpose")
          .put("dim0", one.integer(Opt::dim0))
          .put("dim1", one.integer(Opt::dim1)),
      in_of(item));
}

void MirrorChain::unsqueezed(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const std::size_t dim = wrapped_axis(one.integer(Opt::dim), x.size() + 1);
  add(LayerObject(name_up(one), "Squeeze").put("dim", static_cast<std::int64_t>(dim)), x);
}

void MirrorChain::squeezed(const PathLayer& item) {
  if (in_of(item) != out_of(item)) reshaped(item);
}

// The mean over spatial axes, undone as a pool to one place is.
void MirrorChain::reduced(const PathLayer& item) {
  const LayerSpec& one = spec_.layer(item.layer);
  const Shape& x = in_of(item);
  const auto rank = static_cast<std::int64_t>(x.size());
  std::set<std::int64_t> dims;
  Numbers listed = one.integers(Opt::dim);
  if (listed.empty()) listed = {one.integer(Opt::dim)};
  for (const std::int64_t dim : listed) dims.insert(dim < 0 ? dim + rank : dim);
  if (rank < 3 || *dims.begin() < 2) return void(refuse(one, "it reduces other axes than the spatial ones"));
  Shape small = x;
  for (const std::int64_t dim : dims) small[static_cast<std::size_t>(dim)] = 1;
  if (!one.flag(Opt::keepdim) && dims.size() == x.size() - 2) {
    add(LayerObject({}, "Reshape").put("shape", bracketed(small)), small);
  } else if (!one.flag(Opt::keepdim)) {
    Shape shape = out_of(item);
    for (const std::int64_t dim : dims) {
      shape.insert(shape.begin() + dim, 1);
      add(LayerObject({}, "Unsqueeze").put("dim", dim), shape);
    }
  }
  widened(item);
}

}  // namespace shapedbg
