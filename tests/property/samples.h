// Random layers of every kind: most are legal, many are just beyond the border.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "dice.h"
#include "net/spec.h"

namespace shapedbg {

// Writes one layer as JSON, option by option.
class LayerText {
 public:
  explicit LayerText(std::string_view type) { text_ = "{\"type\": \"" + std::string(type) + "\""; }
  LayerText& put(const char* key, const std::string& json) {
    text_ += std::string(", \"") + key + "\": " + json;
    return *this;
  }
  LayerText& put(const char* key, std::int64_t value) { return put(key, std::to_string(value)); }
  LayerText& word(const char* key, const std::string& value) { return put(key, "\"" + value + "\""); }
  std::string done() const { return text_ + "}"; }

 private:
  std::string text_;
};

struct Sample {
  std::string input;
  std::string layers;
};

// Random settings. Most are legal, many are just beyond the border.
class Samples {
 public:
  explicit Samples(std::uint64_t seed) : dice_(seed) {}

  Sample of(const KindInfo& kind) {
    LayerText layer(kind.name);
    Shape x = input(kind.axes);
    switch (kind.family) {
      case Family::conv:
        return conv(kind, layer, x);
      case Family::conv_transpose:
        return conv_transpose(kind, layer, x);
      case Family::linear:
        x = input(0);
        if (dice_.one_in(2)) layer.put("in_features", dice_.one_in(4) ? dice_.between(1, 9) : x.back());
        layer.put("out_features", dice_.between(1, 5));
        break;
      case Family::bilinear:
        return bilinear(layer);
      case Family::recurrent:
        return recurrent(kind, layer);
      case Family::recurrent_cell:
        return recurrent_cell(kind, layer);
      case Family::attention:
        return kind.own.function ? dot_product(layer) : multihead(layer);
      case Family::transformer_layer:
        return transformer_layer(kind, layer);
      case Family::embedding:
        x = input(0);
        if (x.size() > 3) x.resize(3);
        layer.put("num_embeddings", dice_.between(1, 9)).put("embedding_dim", dice_.between(1, 5));
        if (dice_.one_in(2)) layer.put("padding_idx", dice_.between(-9, 8));
        break;
      case Family::channel_shuffle:
        x = input(0);
        layer.put("groups", dice_.between(1, 3));
        break;
      case Family::batch_norm:
      case Family::instance_norm:
        if (dice_.one_in(6)) x = input(0);
        if (dice_.one_in(2))
          layer.put("num_features", dice_.one_in(4) || x.size() < 2 ? dice_.between(1, 6) : x[1]);
        flag(layer, "affine");
        flag(layer, "track_running_stats");
        break;
      case Family::group_norm:
        x = input(0);
        layer.put("num_groups", dice_.between(1, 3));
        if (dice_.one_in(3)) layer.put("num_channels", dice_.between(1, 6));
        break;
      case Family::layer_norm: {
        x = input(0);
        const auto count = dice_.between(1, static_cast<std::int64_t>(x.size()));
        std::vector<std::int64_t> sizes(x.end() - count, x.end());
        if (dice_.one_in(4)) sizes[0] += 1;
        layer.put("normalized_shape", list(sizes));
        break;
      }
      case Family::pointwise:
        x = input(0);
        if (kind.kind == LayerKind::Threshold) layer.put("threshold", 0).put("value", 1);
        if (kind.kind == LayerKind::Clamp && !dice_.one_in(8)) layer.put(dice_.one_in(2) ? "min" : "max", 0);
        break;
      case Family::local_response_norm:
        x = input(0);
        layer.put("size", dice_.between(1, 5));
        break;
      case Family::softmax:
        x = input(0);
        if (kind.kind != LayerKind::Softmax2d) layer.put("dim", any_axis(x));
        break;
      case Family::prelu:
        x = input(0);
        layer.put("num_parameters", dice_.one_in(2) || x.size() < 2 ? dice_.between(1, 3) : x[1]);
        break;
      case Family::glu:
        x = input(0);
        layer.put("dim", any_axis(x));
        break;
      case Family::max_pool:
      case Family::avg_pool:
      case Family::lp_pool:
        pool(kind, layer);
        break;
      case Family::adaptive_pool: {
        std::string sizes;
        for (int i = 0; i < kind.axes; ++i)
          sizes += (i == 0 ? "" : ", ") + (dice_.one_in(4) ? "null" : std::to_string(dice_.between(1, 12)));
        if (dice_.one_in(3))
          layer.put("output_size", dice_.between(1, 12));
        else
          layer.put("output_size", "[" + sizes + "]");
        break;
      }
      case Family::max_unpool:
        return max_unpool(kind, x);
      case Family::pad:
        if (dice_.one_in(3))
          layer.put("padding", dice_.between(-2, 5));
        else
          layer.put("padding", list(several(2 * kind.axes, -2, 6)));
        break;
      case Family::upsample:
        return upsample(layer);
      case Family::pixel_shuffle:
      case Family::pixel_unshuffle: {
        x = input(0);
        const std::int64_t r = dice_.between(1, 3);
        if (x.size() >= 3 && !dice_.one_in(3)) {
          if (kind.family == Family::pixel_shuffle)
            x[x.size() - 3] *= r * r;
          else
            for (std::size_t i = x.size() - 2; i < x.size(); ++i) x[i] *= r;
        }
        layer.put(kind.family == Family::pixel_shuffle ? "upscale_factor" : "downscale_factor", r);
        break;
      }
      case Family::fold:
        return fold(layer);
      case Family::unfold:
        axes(layer, "kernel_size", 2, 1, 4);
        if (dice_.one_in(2)) axes(layer, "stride", 2, 1, 3);
        if (dice_.one_in(2)) axes(layer, "padding", 2, 0, 2);
        if (dice_.one_in(3)) axes(layer, "dilation", 2, 1, 3);
        break;
      case Family::flatten:
        x = input(0);
        if (!dice_.one_in(3)) layer.put("start_dim", any_axis(x));
        if (!dice_.one_in(3)) layer.put("end_dim", any_axis(x));
        break;
      case Family::unflatten:
        x = input(0);
        layer.put("dim", any_axis(x))
            .put(
                "unflattened_size",
                list(factors(
                    x[static_cast<std::size_t>(dice_.between(0, static_cast<std::int64_t>(x.size()) - 1))])));
        break;
      case Family::reshape: {
        x = input(0);
        std::int64_t count = 1;
        for (const std::int64_t size : x) count *= size;
        layer.put("shape", list(factors(count)));
        break;
      }
      case Family::permute: {
        x = input(0);
        std::vector<std::int64_t> dims;
        for (std::size_t i = 0; i < x.size(); ++i) dims.push_back(static_cast<std::int64_t>(i));
        for (std::size_t i = dims.size(); i-- > 1;)
          std::swap(dims[i], dims[static_cast<std::size_t>(dice_.between(0, static_cast<std::int64_t>(i)))]);
        if (dice_.one_in(3)) dims[0] -= static_cast<std::int64_t>(x.size());
        if (dice_.one_in(8)) dims[0] = dims.back();
        if (dice_.one_in(8)) dims.pop_back();
        if (dims.empty()) dims.push_back(0);
        layer.put("dims", list(dims));
        break;
      }
      case Family::transpose:
        x = input(0);
        layer.put("dim0", any_axis(x)).put("dim1", any_axis(x));
        break;
      case Family::squeeze:
        x = input(0);
        for (std::int64_t& size : x)
          if (dice_.one_in(2)) size = 1;
        if (dice_.one_in(2))
          layer.put("dim", list({any_axis(x)}));
        else if (dice_.one_in(2))
          layer.put("dim", list({any_axis(x), any_axis(x)}));
        break;
      case Family::unsqueeze:
        x = input(0);
        layer.put("dim", any_axis(x, 1));
        break;
      case Family::slice:
        x = input(0);
        slice(layer, x);
        break;
      case Family::crop:
        x = input(0);
        if (dice_.one_in(3))
          layer.put("size", dice_.between(1, 6));
        else
          layer.put("size", list(several(static_cast<int>(dice_.between(1, 3)), 1, 6)));
        if (dice_.one_in(2)) layer.word("align", "center");
        break;
      case Family::free_pad: {
        x = input(0);
        layer.put("padding", list(several(2 * static_cast<int>(dice_.between(1, 3)), -2, 5)));
        if (!dice_.one_in(3))
          layer.word("mode", dice_.of<std::string>({"constant", "reflect", "replicate", "circular"}));
        break;
      }
      case Family::pad_to_multiple:
        x = input(0);
        if (dice_.one_in(2))
          layer.put("multiple", dice_.between(1, 8));
        else
          layer.put("multiple", list(several(static_cast<int>(dice_.between(1, 3)), 1, 8)));
        if (dice_.one_in(2))
          layer.word("mode", dice_.of<std::string>({"constant", "reflect", "replicate", "circular"}));
        break;
      case Family::reduce:
        x = input(0);
        layer.put("dim", dice_.one_in(2) ? list({any_axis(x)}) : list({any_axis(x), any_axis(x)}));
        if (kind.kind == LayerKind::Norm) layer.put("p", dice_.between(1, 3));
        flag(layer, "keepdim");
        break;
      case Family::stack:
      case Family::concat:
        return merge(kind, layer);
      case Family::elementwise:
        if (!dice_.one_in(4)) return merge(kind, layer);
        x = input(0);
        layer.put("value", dice_.between(-2, 3));
        break;
      case Family::matmul:
        return matmul(layer);
      case Family::split:
        x = input(0);
        layer.put("dim", any_axis(x));
        if (dice_.one_in(2))
          layer.put("split_size_or_sections", dice_.between(1, 5));
        else
          layer.put("split_size_or_sections", list(several(static_cast<int>(dice_.between(1, 3)), 1, 4)));
        break;
      case Family::unbind:
        x = input(0);
        layer.put("dim", any_axis(x));
        break;
      case Family::select:
        x = input(0);
        layer.put("dim", any_axis(x)).put("index", dice_.between(-5, 5));
        break;
      case Family::expand: {
        x = input(0);
        std::vector<std::int64_t> size = x;
        for (std::size_t i = 0; i < x.size(); ++i) {
          if (dice_.one_in(2)) x[i] = 1;
          if (dice_.one_in(3)) size[i] = -1;
          if (dice_.one_in(12)) size[i] = dice_.between(1, 6);
        }
        if (dice_.one_in(3)) size.insert(size.begin(), dice_.one_in(6) ? -1 : dice_.between(1, 3));
        if (dice_.one_in(8)) size.erase(size.begin());
        if (size.empty()) size.push_back(1);
        layer.put("size", list(size));
        break;
      }
      case Family::repeat:
        x = input(0);
        if (kind.kind == LayerKind::RepeatInterleave)
          layer.put("repeats", dice_.between(1, 4)).put("dim", any_axis(x));
        else
          layer.put("repeats", list(several(static_cast<int>(x.size()) +
                                                static_cast<int>(dice_.between(dice_.one_in(6) ? -1 : 0, 1)),
                                            1, 3)));
        break;
      case Family::along_axes:
        x = input(0);
        if (kind.kind == LayerKind::CumSum) {
          layer.put("dim", any_axis(x));
          break;
        }
        layer.put("dims", dice_.one_in(2) ? list({any_axis(x)}) : list({any_axis(x), any_axis(x)}));
        if (kind.kind == LayerKind::Roll)
          layer.put("shifts", list(several(static_cast<int>(dice_.between(1, 2)), -9, 9)));
        break;
      case Family::parameter: {
        x = input(0);
        layer.put("shape", list(several(static_cast<int>(dice_.between(1, 4)), 1, 4)));
        // A reader that fits or does not.
        LayerText reader(dice_.one_in(2) ? "Add" : "MatMul");
        reader.put("inputs", "[\"input\", \"prev\"]");
        return {list(x), layer.done() + ", " + reader.done()};
      }
      case Family::choice:
        return chosen(kind, layer);
      case Family::grid_sample:
        return grid_sample(layer);
      case Family::gathering:
        x = input(0);
        if (kind.kind == LayerKind::Gather) return gather(layer, x);
        if (kind.kind == LayerKind::TopK) layer.put("k", dice_.between(1, 4));
        if (dice_.one_in(2)) layer.put("dim", any_axis(x));
        break;
      case Family::signal:
        return signal(kind, layer);
      case Family::chunk:
        x = input(0);
        layer.put("chunks", dice_.between(1, 5)).put("dim", any_axis(x));
        break;
      case Family::custom:
        x = input(0);
        layer.put("output", R"(["in[0]", "in[-1]*2 - 1", "(in[0] + 7)//3"])");
        break;
    }
    return {list(x), layer.done()};
  }

 private:
  // N,C and `axes` spatial axes, at times unbatched or of another rank. 0: any rank.
  Shape input(int axes) {
    std::int64_t rank = axes == 0 ? dice_.between(1, 5) : axes + 2;
    if (axes != 0 && dice_.one_in(6)) rank = axes + 1;
    if (axes != 0 && dice_.one_in(20)) rank = dice_.between(1, 6);
    Shape shape;
    for (std::int64_t i = 0; i < rank; ++i)
      shape.push_back(i == 0   ? dice_.between(1, 3)
                      : i == 1 ? dice_.between(1, 6)
                               : dice_.between(1, axes == 3 ? 8 : 14));
    if (rank == axes + 1) shape[0] = dice_.between(1, 6);
    return shape;
  }

  std::int64_t any_axis(const Shape& x, std::int64_t extra = 0) {
    const auto rank = static_cast<std::int64_t>(x.size()) + extra;
    return dice_.one_in(12) ? dice_.between(-rank - 1, rank) : dice_.between(-rank, rank - 1);
  }

  std::vector<std::int64_t> several(int count, std::int64_t low, std::int64_t high) {
    std::vector<std::int64_t> values;
    for (int i = 0; i < count; ++i) values.push_back(dice_.between(low, high));
    return values;
  }

  // One number or one per axis.
  void axes(LayerText& layer, const char* key, int count, std::int64_t low, std::int64_t high) {
    if (dice_.one_in(2))
      layer.put(key, dice_.between(low, high));
    else
      layer.put(key, list(several(count, low, high)));
  }

  void flag(LayerText& layer, const char* key) {
    if (dice_.one_in(2)) layer.put(key, dice_.one_in(2) ? "true" : "false");
  }

  // A mask beside a tensor, of axes that fit or do not.
  Sample chosen(const KindInfo& kind, LayerText& layer) {
    const Shape x = input(0);
    Shape mask = x;
    for (std::int64_t& size : mask)
      if (dice_.one_in(3)) size = dice_.one_in(4) ? size + 1 : 1;
    std::string inputs = "\"a\", \"b\"";
    std::string all = "\"a\": " + list(x) + ", \"b\": " + list(mask);
    if (kind.kind == LayerKind::Where && dice_.one_in(2)) {
      inputs += ", \"c\"";
      all += ", \"c\": " + list(x);
    } else if (kind.kind == LayerKind::Where || dice_.one_in(2)) {
      layer.put("value", dice_.between(-2, 3));
    }
    layer.put("inputs", "[" + inputs + "]");
    return {"{" + all + "}", layer.done()};
  }

  Sample grid_sample(LayerText& layer) {
    const int axes = static_cast<int>(dice_.between(2, 3));
    const Shape x = input(axes);
    Shape grid{x[0]};
    for (int i = 0; i < axes; ++i) grid.push_back(dice_.between(1, 6));
    grid.push_back(axes);
    if (dice_.one_in(8)) grid.back() += dice_.between(-1, 1);
    if (dice_.one_in(8)) grid.front() += 1;
    if (dice_.one_in(2)) layer.word("mode", dice_.of<std::string>({"bilinear", "nearest", "bicubic"}));
    if (dice_.one_in(2)) layer.word("padding_mode", dice_.of<std::string>({"zeros", "border", "reflection"}));
    flag(layer, "align_corners");
    layer.put("inputs", "[\"a\", \"b\"]");
    return {"{\"a\": " + list(x) + ", \"b\": " + list(grid) + "}", layer.done()};
  }

  Sample gather(LayerText& layer, const Shape& x) {
    Shape index = x;
    for (std::int64_t& size : index) size = dice_.one_in(6) ? size + 1 : dice_.between(1, size);
    if (dice_.one_in(10)) index.push_back(1);
    layer.put("dim", any_axis(x)).put("inputs", "[\"a\", \"b\"]");
    return {"{\"a\": " + list(x) + ", \"b\": " + list(index) + "}", layer.done()};
  }

  Sample signal(const KindInfo& kind, LayerText& layer) {
    Shape x = input(0);
    if (kind.kind == LayerKind::ViewAsReal) return {list(x), layer.done()};
    if (kind.kind == LayerKind::ViewAsComplex) {
      if (!dice_.one_in(4)) x.push_back(2);
      return {list(x), layer.done()};
    }
    if (kind.kind != LayerKind::STFT && kind.kind != LayerKind::ISTFT) {
      const std::size_t count = dice_.one_in(2) && x.size() > 1 ? 2 : 1;
      layer.put("dim", count == 1 ? list({any_axis(x)}) : list({any_axis(x), any_axis(x)}));
      if (dice_.one_in(3)) layer.put("n", list(several(dice_.one_in(8) ? 3 : static_cast<int>(count), 1, 9)));
      if (dice_.one_in(3)) layer.word("norm", dice_.of<std::string>({"backward", "ortho", "forward"}));
      return {list(x), layer.done()};
    }
    const std::int64_t window = dice_.between(1, 9);
    layer.put("n_fft", window);
    if (!dice_.one_in(3)) layer.put("hop_length", dice_.between(1, 5));
    if (dice_.one_in(3)) layer.put("win_length", dice_.between(1, 9));
    const bool half = !dice_.one_in(4);
    if (!half) layer.put("onesided", "false");
    flag(layer, "center");
    x = dice_.one_in(2) ? Shape{dice_.between(1, 3)} : Shape{};
    if (dice_.one_in(12)) x = {2, 2};
    if (kind.kind == LayerKind::STFT) {
      if (dice_.one_in(2))
        layer.word("padding_mode", dice_.of<std::string>({"reflect", "constant", "replicate", "circular"}));
      x.push_back(dice_.between(1, 20));
    } else {
      x.push_back(dice_.one_in(6) ? dice_.between(1, 9) : half ? window / 2 + 1 : window);
      x.push_back(dice_.between(1, 8));
      if (dice_.one_in(3)) layer.put("length", list({dice_.between(1, 40)}));
    }
    return {list(x), layer.done()};
  }

  // Entries whose product is `count`, at times with a -1, at times wrong.
  std::vector<std::int64_t> factors(std::int64_t count) {
    std::vector<std::int64_t> sizes;
    while (sizes.size() < 3) {
      const std::int64_t by = dice_.between(1, 4);
      if (count % by != 0) continue;
      sizes.push_back(by);
      count /= by;
    }
    sizes.push_back(count);
    if (dice_.one_in(2)) sizes[static_cast<std::size_t>(dice_.between(0, 3))] = -1;
    if (dice_.one_in(6)) sizes[static_cast<std::size_t>(dice_.between(0, 3))] += 1;
    for (std::int64_t& size : sizes)
      if (size == 0) size = 1;
    return sizes;
  }

  void channels_and_groups(LayerText& layer, Shape& x, int axes) {
    std::int64_t groups = 1;
    if (dice_.one_in(3)) {
      groups = dice_.between(1, 3);
      layer.put("groups", groups);
    }
    const std::size_t at = x.size() == static_cast<std::size_t>(axes) + 1 ? 0 : 1;
    if (at < x.size() && !dice_.one_in(10)) x[at] = groups * dice_.between(1, 3);
    if (dice_.one_in(2))
      layer.put("in_channels", dice_.one_in(10) || at >= x.size() ? dice_.between(1, 6) : x[at]);
    layer.put("out_channels", dice_.one_in(10) ? dice_.between(1, 6) : groups * dice_.between(1, 3));
    flag(layer, "bias");
  }

  Sample conv(const KindInfo& kind, LayerText& layer, Shape& x) {
    channels_and_groups(layer, x, kind.axes);
    axes(layer, "kernel_size", kind.axes, 1, 5);
    const bool same = dice_.one_in(8);
    if (same)
      layer.word("padding", dice_.one_in(4) ? "valid" : "same");
    else if (!dice_.one_in(3))
      axes(layer, "padding", kind.axes, 0, 4);
    if (!dice_.one_in(3) && (!same || dice_.one_in(4))) axes(layer, "stride", kind.axes, 1, 4);
    if (dice_.one_in(3)) axes(layer, "dilation", kind.axes, 1, 3);
    if (dice_.one_in(3))
      layer.word("padding_mode", dice_.of<std::string>({"zeros", "reflect", "replicate", "circular"}));
    return {list(x), layer.done()};
  }

  Sample conv_transpose(const KindInfo& kind, LayerText& layer, Shape& x) {
    channels_and_groups(layer, x, kind.axes);
    axes(layer, "kernel_size", kind.axes, 1, 5);
    if (!dice_.one_in(3)) axes(layer, "stride", kind.axes, 1, 4);
    if (!dice_.one_in(3)) axes(layer, "padding", kind.axes, 0, 4);
    if (dice_.one_in(3)) axes(layer, "dilation", kind.axes, 1, 3);
    const std::int64_t choice = dice_.between(1, 4);
    if (choice == 1) axes(layer, "output_padding", kind.axes, 0, 3);
    if (choice == 2)
      layer.put("output_size", list(several(dice_.one_in(3) ? kind.axes + 2 : kind.axes, 1, 30)));
    if (choice == 3) {
      // Back to the size of a tensor that a convolution of the same window halves.
      layer.word("size_like", "b");
      Shape like = x;
      const auto spatial = static_cast<std::size_t>(std::min<int>(kind.axes, static_cast<int>(x.size())));
      for (std::size_t i = like.size() - spatial; i < like.size(); ++i)
        like[i] = like[i] * 2 + dice_.between(-3, 3);
      for (std::int64_t& size : like) size = std::max<std::int64_t>(size, 1);
      layer.word("inputs", "a");
      return {"{\"a\": " + list(x) + ", \"b\": " + list(like) + "}", layer.done()};
    }
    return {list(x), layer.done()};
  }

  void pool(const KindInfo& kind, LayerText& layer) {
    if (kind.family == Family::lp_pool) layer.put("norm_type", dice_.between(1, 3));
    axes(layer, "kernel_size", kind.axes, 1, 5);
    if (dice_.one_in(2)) axes(layer, "stride", kind.axes, 1, 4);
    if (kind.family != Family::lp_pool && dice_.one_in(2)) axes(layer, "padding", kind.axes, 0, 3);
    if (kind.family == Family::max_pool && dice_.one_in(3)) axes(layer, "dilation", kind.axes, 1, 3);
    flag(layer, "ceil_mode");
    if (kind.family == Family::max_pool) flag(layer, "return_indices");
    if (kind.family == Family::avg_pool) flag(layer, "count_include_pad");
    if (kind.family == Family::avg_pool && kind.axes > 1 && dice_.one_in(4)) layer.put("divisor_override", 3);
  }

  Sample max_unpool(const KindInfo& kind, const Shape& x) {
    const std::string digit = std::to_string(kind.axes);
    LayerText down("MaxPool" + digit + "d");
    LayerText up(kind.name);
    down.word("name", "p");
    up.word("indices", "p");
    const std::vector<std::int64_t> k = several(kind.axes, 1, 3);
    down.put("kernel_size", list(k));
    up.put("kernel_size", list(dice_.one_in(6) ? several(kind.axes, 1, 3) : k));
    if (dice_.one_in(3)) {
      const std::vector<std::int64_t> s = several(kind.axes, 1, 3);
      down.put("stride", list(s));
      up.put("stride", list(dice_.one_in(6) ? several(kind.axes, 1, 3) : s));
    }
    if (dice_.one_in(4)) {
      down.put("padding", 1);
      up.put("padding", 1);
    }
    flag(down, "ceil_mode");
    if (dice_.one_in(5)) down.put("dilation", 2);
    if (dice_.one_in(3))
      up.word("size_like", "input");
    else if (dice_.one_in(3)) {
      Shape size = x;
      const auto spatial = std::min<std::ptrdiff_t>(kind.axes, static_cast<std::ptrdiff_t>(size.size()));
      if (dice_.one_in(2)) size.erase(size.begin(), size.end() - spatial);
      size.back() = std::max<std::int64_t>(1, size.back() + dice_.between(-2, 2));
      up.put("output_size", list(size));
    }
    return {list(x), down.done() + ", " + up.done()};
  }

  Sample upsample(LayerText& layer) {
    const Shape x = input(static_cast<int>(dice_.between(1, 3)));
    const std::string fitting = x.size() == 3 ? "linear" : x.size() == 4 ? "bilinear" : "trilinear";
    layer.word("mode", dice_.of<std::string>({"nearest", "nearest", fitting, fitting, "bicubic", "area",
                                              "nearest-exact", "linear", "trilinear"}));
    const int spatial = std::max(1, static_cast<int>(x.size()) - 2);
    const int entries = dice_.one_in(10) ? 2 : spatial;
    if (dice_.one_in(4)) flag(layer, "align_corners");
    if (dice_.one_in(3)) {
      axes(layer, "size", entries, 1, 20);
    } else if (dice_.one_in(3)) {
      Shape like = x;
      for (std::int64_t& size : like) size = dice_.between(1, 20);
      if (dice_.one_in(8)) like.push_back(3);
      layer.word("size_like", "b").word("inputs", "a");
      return {"{\"a\": " + list(x) + ", \"b\": " + list(like) + "}", layer.done()};
    } else {
      std::string scales;
      for (int i = 0; i < entries; ++i)
        scales += (i == 0 ? "" : ", ") + dice_.of<std::string>({"2", "0.5", "1.5", "3", "0.3333333333333333",
                                                                "1.9999", "0.1", "2.7"});
      layer.put("scale_factor", "[" + scales + "]");
    }
    return {list(x), layer.done()};
  }

  Sample fold(LayerText& layer) {
    const std::vector<std::int64_t> k = several(2, 1, 3);
    const std::vector<std::int64_t> s = several(2, 1, 3);
    const std::vector<std::int64_t> p = several(2, 0, 2);
    const std::vector<std::int64_t> d = several(2, 1, 2);
    const std::vector<std::int64_t> out = several(2, 3, 12);
    std::int64_t blocks = 1;
    for (std::size_t i = 0; i < 2; ++i)
      blocks *= std::max<std::int64_t>(1, (out[i] + 2 * p[i] - d[i] * (k[i] - 1) - 1) / s[i] + 1);
    if (dice_.one_in(5)) ++blocks;
    std::int64_t channels = k[0] * k[1] * dice_.between(1, 3);
    if (dice_.one_in(6)) ++channels;
    layer.put("output_size", list(out))
        .put("kernel_size", list(k))
        .put("stride", list(s))
        .put("padding", list(p))
        .put("dilation", list(d));
    return {dice_.one_in(4) ? list({channels, blocks}) : list({2, channels, blocks}), layer.done()};
  }

  void slice(LayerText& layer, const Shape& x) {
    std::string index;
    const std::int64_t count =
        dice_.between(1, static_cast<std::int64_t>(x.size()) + (dice_.one_in(12) ? 1 : 0));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto bound = [&] {
        return dice_.one_in(3) ? std::string("null") : std::to_string(dice_.between(-8, 8));
      };
      index += (i == 0 ? "[" : ", [") + (dice_.one_in(2) ? "0" : bound()) + ", " +
               (dice_.one_in(2) ? "null" : bound());
      index += dice_.one_in(3) ? ", " + std::to_string(dice_.between(1, 3)) + "]" : "]";
    }
    layer.put("index", "[" + index + "]");
  }

  Sample bilinear(LayerText& layer) {
    Shape a = input(0);
    Shape b = a;
    b.back() = dice_.between(1, 6);
    if (dice_.one_in(5)) b = input(0);
    layer.put("inputs", "[\"a\", \"b\"]");
    layer.put("in1_features", dice_.one_in(6) ? dice_.between(1, 6) : a.back());
    layer.put("in2_features", dice_.one_in(6) ? dice_.between(1, 6) : b.back());
    layer.put("out_features", dice_.between(1, 4));
    return {"{\"a\": " + list(a) + ", \"b\": " + list(b) + "}", layer.done()};
  }

  // L,N,features or L,features; sometimes of another number of axes.
  Shape sequence(std::int64_t features) {
    Shape x{dice_.between(1, 5), dice_.between(1, 3), features};
    if (dice_.one_in(4)) x.erase(x.begin());
    if (dice_.one_in(12)) x.insert(x.begin(), 2);
    return x;
  }
  // Another sequence of the same samples.
  Shape partner(const Shape& x, bool batch_first) {
    Shape y = x;
    if (!y.empty()) y[batch_first && y.size() == 3 ? 1 : 0] = dice_.between(1, 5);
    if (dice_.one_in(8))
      y[static_cast<std::size_t>(dice_.between(0, std::ssize(y) - 1))] = dice_.between(1, 4);
    return y;
  }
  static std::string named(const std::vector<Shape>& shapes) {
    std::string text = "{";
    for (std::size_t i = 0; i < shapes.size(); ++i)
      text += std::string(i > 0 ? ", \"" : "\"") + static_cast<char>('a' + i) + "\": " + list(shapes[i]);
    return text + "}";
  }
  static void read_all(LayerText& layer, std::size_t count) {
    std::string names;
    for (std::size_t i = 0; i < count; ++i)
      names += std::string(i > 0 ? ", \"" : "\"") + static_cast<char>('a' + i) + "\"";
    layer.put("inputs", "[" + names + "]");
  }

  Sample recurrent(const KindInfo& kind, LayerText& layer) {
    const Shape x = sequence(dice_.between(1, 6));
    const std::int64_t hidden = dice_.between(2, 6);
    const std::int64_t layers = dice_.between(1, 3);
    const bool both = dice_.one_in(3);
    const bool first = dice_.one_in(3);
    std::int64_t out = hidden;
    if (dice_.one_in(2)) layer.put("input_size", dice_.one_in(5) ? dice_.between(1, 6) : x.back());
    layer.put("hidden_size", hidden).put("num_layers", layers);
    if (both) layer.put("bidirectional", "true");
    if (first) layer.put("batch_first", "true");
    flag(layer, "bias");
    if (kind.option(Opt::proj_size) != nullptr && dice_.one_in(3)) {
      out = dice_.between(1, hidden);
      layer.put("proj_size", out);
    }
    if (kind.option(Opt::nonlinearity) != nullptr && dice_.one_in(2)) layer.word("nonlinearity", "relu");
    std::vector<Shape> inputs{x};
    const std::int64_t most = kind.arity.max;
    for (std::int64_t k = 1; k < (dice_.one_in(3) ? most : dice_.one_in(8) ? 2 : 1); ++k) {
      Shape state{layers * (both ? 2 : 1)};
      if (x.size() == 3) state.push_back(x[first ? 0 : 1]);
      state.push_back(k == 1 ? out : hidden);
      if (dice_.one_in(8)) state[static_cast<std::size_t>(dice_.between(0, std::ssize(state) - 1))] += 1;
      if (dice_.one_in(12)) state.insert(state.begin(), 1);
      inputs.push_back(state);
    }
    read_all(layer, inputs.size());
    return {named(inputs), layer.done()};
  }

  Sample recurrent_cell(const KindInfo& kind, LayerText& layer) {
    Shape x{dice_.between(1, 4), dice_.between(1, 6)};
    if (dice_.one_in(4)) x.erase(x.begin());
    if (dice_.one_in(12)) x.insert(x.begin(), 2);
    const std::int64_t hidden = dice_.between(1, 6);
    if (dice_.one_in(2)) layer.put("input_size", dice_.one_in(5) ? dice_.between(1, 6) : x.back());
    layer.put("hidden_size", hidden);
    flag(layer, "bias");
    if (kind.option(Opt::nonlinearity) != nullptr && dice_.one_in(2)) layer.word("nonlinearity", "relu");
    std::vector<Shape> inputs{x};
    const std::int64_t most = kind.arity.max;
    for (std::int64_t k = 1; k < (dice_.one_in(2) ? most : dice_.one_in(8) ? 2 : 1); ++k) {
      Shape state = x;
      state.back() = hidden;
      if (dice_.one_in(8)) state[static_cast<std::size_t>(dice_.between(0, std::ssize(state) - 1))] += 1;
      inputs.push_back(state);
    }
    read_all(layer, inputs.size());
    return {named(inputs), layer.done()};
  }

  Sample multihead(LayerText& layer) {
    const std::int64_t heads = dice_.between(1, 3);
    const std::int64_t wide = dice_.one_in(8) ? dice_.between(1, 9) : heads * dice_.between(1, 3);
    const bool first = dice_.one_in(3);
    std::vector<Shape> inputs{sequence(wide)};
    if (!dice_.one_in(3)) inputs.push_back(partner(inputs[0], first));
    if (inputs.size() > 1 && dice_.one_in(2)) inputs.push_back(inputs[1]);
    if (inputs.size() > 1 && dice_.one_in(4)) {
      inputs[1].back() = dice_.between(1, 6);
      layer.put("kdim", dice_.one_in(6) ? dice_.between(1, 6) : inputs[1].back());
    }
    if (inputs.size() > 2 && dice_.one_in(4)) {
      inputs[2].back() = dice_.between(1, 6);
      layer.put("vdim", dice_.one_in(6) ? dice_.between(1, 6) : inputs[2].back());
    }
    if (inputs.size() > 2 && dice_.one_in(8)) inputs[2] = partner(inputs[2], first);
    if (dice_.one_in(2)) layer.put("embed_dim", dice_.one_in(6) ? dice_.between(1, 9) : wide);
    layer.put("num_heads", heads);
    if (first) layer.put("batch_first", "true");
    flag(layer, "bias");
    flag(layer, "add_bias_kv");
    flag(layer, "add_zero_attn");
    read_all(layer, inputs.size());
    return {named(inputs), layer.done()};
  }

  Sample dot_product(LayerText& layer) {
    const Shape q = input(0);
    Shape k = q;
    if (k.size() > 1) k[k.size() - 2] = dice_.between(1, 5);
    if (dice_.one_in(8)) k.back() = dice_.between(1, 6);
    if (k.size() > 2 && dice_.one_in(6)) k[0] = dice_.one_in(2) ? 1 : dice_.between(1, 3);
    if (k.size() > 2 && dice_.one_in(8)) k.erase(k.begin());
    Shape v = k;
    v.back() = dice_.between(1, 6);
    if (v.size() > 1 && dice_.one_in(8)) v[v.size() - 2] = dice_.between(1, 5);
    if (v.size() > 2 && dice_.one_in(8)) v[0] = dice_.between(1, 3);
    std::vector<Shape> inputs{q, k, v};
    if (q.size() > 1 && k.size() > 1 && dice_.one_in(3)) {
      Shape mask = q;
      mask.back() = k[k.size() - 2];
      if (dice_.one_in(3)) mask.erase(mask.begin(), mask.end() - 2);
      if (dice_.one_in(6)) mask[0] = dice_.between(1, 3);
      inputs.push_back(mask);
    }
    if (dice_.one_in(6)) layer.put("is_causal", "true");
    if (dice_.one_in(6)) layer.put("scale", "0.5");
    read_all(layer, inputs.size());
    return {named(inputs), layer.done()};
  }

  Sample transformer_layer(const KindInfo& kind, LayerText& layer) {
    const std::int64_t heads = dice_.between(1, 3);
    const std::int64_t wide = dice_.one_in(8) ? dice_.between(1, 9) : heads * dice_.between(1, 3);
    const bool first = dice_.one_in(3);
    std::vector<Shape> inputs{sequence(wide)};
    if (kind.arity.min == 2) inputs.push_back(partner(inputs[0], first));
    if (dice_.one_in(2)) layer.put("d_model", dice_.one_in(6) ? dice_.between(1, 9) : wide);
    layer.put("nhead", heads).put("dim_feedforward", dice_.between(1, 8));
    if (first) layer.put("batch_first", "true");
    flag(layer, "norm_first");
    if (dice_.one_in(2)) layer.word("activation", "gelu");
    read_all(layer, inputs.size());
    return {named(inputs), layer.done()};
  }

  Sample matmul(LayerText& layer) {
    Shape a = input(0);
    Shape b = a;
    if (b.size() > 1) std::swap(b[b.size() - 1], b[b.size() - 2]);
    b.back() = dice_.between(1, 6);
    if (b.size() == 1) b[0] = a[0];
    for (std::size_t i = 0; i + 2 < b.size(); ++i)
      if (dice_.one_in(4)) b[i] = dice_.one_in(6) ? dice_.between(1, 5) : 1;
    if (dice_.one_in(5)) b.erase(b.begin(), b.end() - std::min<std::ptrdiff_t>(2, std::ssize(b)));
    if (dice_.one_in(6)) b = {a.back()};
    if (dice_.one_in(8)) a = {b[b.size() > 1 ? b.size() - 2 : 0]};
    if (dice_.one_in(10)) a.back() = dice_.between(1, 8);
    layer.put("inputs", "[\"a\", \"b\"]");
    return {"{\"a\": " + list(a) + ", \"b\": " + list(b) + "}", layer.done()};
  }

  Sample merge(const KindInfo& kind, LayerText& layer) {
    const Shape a = input(0);
    Shape b = a;
    for (std::int64_t& size : b) {
      if (dice_.one_in(5)) size = 1;
      if (dice_.one_in(10)) size = dice_.between(1, 8);
    }
    if (dice_.one_in(6)) b.erase(b.begin());
    if (b.empty()) b.push_back(1);
    layer.put("inputs", "[\"a\", \"b\"]");
    if (kind.family != Family::elementwise)
      layer.put("dim", any_axis(a, kind.family == Family::stack ? 1 : 0));
    return {"{\"a\": " + list(a) + ", \"b\": " + list(b) + "}", layer.done()};
  }

  Dice dice_;
};

}  // namespace shapedbg
