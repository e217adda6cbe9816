// Random layers on top of a growing network, those for maps: each knows what its kind needs, and what is just
// beyond it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dag.h"
#include "net/kinds.h"

namespace shapedbg {

class DagMaps {
 public:
  explicit DagMaps(std::uint64_t seed) : dice_(seed) {}

 protected:
  struct Tensor {
    std::string name;
    Shape shape;
  };
  static constexpr std::int64_t kMostElements = 4000;

  static std::int64_t elements(const Shape& shape) {
    std::int64_t n = 1;
    for (const std::int64_t size : shape) n *= std::min<std::int64_t>(size, 1 << 20);
    return n;
  }

  // Spatial axes of a tensor: 0 where it is no map any more.
  int axes_of(const Shape& x) const {
    const int axes = static_cast<int>(x.size()) - (batched_ ? 2 : 1);
    return axes < 1 || axes > 3 ? 0 : axes;
  }
  std::size_t channel_axis(const Shape& x) const { return x.size() > 1 && batched_ ? 1 : 0; }

  // Mostly the newest tensor, often an older one.
  const Tensor& pick() {
    if (!dice_.one_in(3)) return tensors_.back();
    return tensors_[static_cast<std::size_t>(
        dice_.between(0, static_cast<std::int64_t>(tensors_.size()) - 1))];
  }

  std::string fresh_name(std::size_t ahead = 0) const {
    return "l" + std::to_string(dag_.nodes.size() + ahead);
  }
  Node node(const std::string& type, const Tensor& x) const { return Node{fresh_name(), type, {}, {x.name}}; }

  // One number, or one per axis.
  std::string per_axis(int axes, std::int64_t low, std::int64_t high) {
    if (!dice_.one_in(4)) return std::to_string(dice_.between(low, high));
    std::vector<std::int64_t> values;
    for (int i = 0; i < axes; ++i) values.push_back(dice_.between(low, high));
    return list(values);
  }
  std::string of(std::initializer_list<const char*> words) {
    return *(words.begin() + dice_.between(0, static_cast<std::int64_t>(words.size()) - 1));
  }
  void flag(Node& node, const char* key) {
    if (dice_.one_in(3)) node.put(key, dice_.one_in(2) ? "true" : "false");
  }
  std::string digit(int axes) const { return std::to_string(axes) + "d"; }

  void channels(Node& layer, const Shape& x, int axes, bool wrong) {
    const std::size_t at =
        x.size() > static_cast<std::size_t>(axes) ? x.size() - static_cast<std::size_t>(axes) - 1 : 0;
    std::int64_t groups = 1;
    if (dice_.one_in(4)) {
      groups = wrong && dice_.one_in(3) ? dice_.between(2, 3) : x[at] % 2 == 0 ? 2 : x[at] <= 6 ? x[at] : 1;
      layer.put("groups", groups);
    }
    if (dice_.one_in(2))
      layer.put("in_channels", wrong && dice_.one_in(3) ? x[at] + dice_.between(-1, 2) : x[at]);
    layer.put("out_channels", wrong && dice_.one_in(6) ? dice_.between(1, 5) : groups * dice_.between(1, 3));
  }

  std::vector<Node> conv(const Tensor& x, int axes, bool wrong) {
    Node layer = node("Conv" + digit(axes), x);
    channels(layer, x.shape, axes, wrong);
    const std::int64_t k = dice_.between(1, wrong ? 9 : 5);
    layer.put("kernel_size", dice_.one_in(4) ? per_axis(axes, 1, 5) : std::to_string(k));
    if (dice_.one_in(8)) {
      layer.word("padding", of({"same", "valid"}));
      if (wrong) layer.put("stride", 2);
    } else {
      if (!dice_.one_in(3))
        layer.put("padding", dice_.one_in(4) ? per_axis(axes, 0, 3) : std::to_string(k / 2));
      if (dice_.one_in(2)) layer.put("stride", per_axis(axes, 1, 3));
    }
    if (dice_.one_in(6)) layer.put("dilation", per_axis(axes, 1, 3));
    if (dice_.one_in(6)) layer.word("padding_mode", of({"reflect", "replicate", "circular"}));
    return {layer};
  }

  std::vector<Node> transposed(const Tensor& x, int axes, bool wrong) {
    Node layer = node("ConvTranspose" + digit(axes), x);
    channels(layer, x.shape, axes, wrong);
    layer.put("kernel_size", per_axis(axes, 1, 4));
    if (!dice_.one_in(4)) layer.put("stride", per_axis(axes, 1, 3));
    if (dice_.one_in(2)) layer.put("padding", per_axis(axes, 0, wrong ? 4 : 2));
    if (dice_.one_in(6)) layer.put("dilation", per_axis(axes, 1, 3));
    if (dice_.one_in(4))
      layer.like = pick().name;
    else if (dice_.one_in(3))
      layer.put("output_padding", per_axis(axes, 0, wrong ? 3 : 1));
    return {layer};
  }

  std::vector<Node> pool(const Tensor& x, int axes, bool wrong) {
    if (dice_.one_in(6)) {
      Node layer = node(of({"AdaptiveAvgPool", "AdaptiveMaxPool"}) + digit(axes), x);
      return {layer.put("output_size", per_axis(axes, 1, 6))};
    }
    const std::string type = of({"MaxPool", "MaxPool", "MaxPool", "AvgPool", "AvgPool", "LPPool"});
    Node layer = node(type + digit(axes), x);
    if (type == "LPPool") layer.put("norm_type", 2);
    const std::int64_t k = dice_.between(1, wrong ? 8 : 3);
    layer.put("kernel_size", dice_.one_in(5) ? per_axis(axes, 1, 3) : std::to_string(k));
    if (dice_.one_in(2)) layer.put("stride", per_axis(axes, 1, 3));
    if (type != "LPPool" && dice_.one_in(3)) layer.put("padding", wrong ? dice_.between(0, 3) : k / 2);
    if (type == "MaxPool" && dice_.one_in(6)) layer.put("dilation", per_axis(axes, 1, 2));
    flag(layer, "ceil_mode");
    if (type == "MaxPool" && dice_.one_in(8)) layer.put("return_indices", "true");
    if (type == "AvgPool") flag(layer, "count_include_pad");
    return {layer};
  }

  // Undoes an earlier MaxPool, or one made for it with something between.
  std::vector<Node> unpool(const Tensor& x, int axes, bool wrong) {
    std::vector<const Node*> pools;
    for (const Node& old : dag_.nodes)
      if (old.type.rfind("MaxPool", 0) == 0) pools.push_back(&old);
    const auto undo = [&](const Node& pool, const Tensor& map, std::size_t ahead) {
      Node up{fresh_name(ahead), "MaxUnpool" + pool.type.substr(7), {}, {map.name}};
      up.indices = pool.name;
      for (const auto& [key, json] : pool.options)
        if (key == "kernel_size" || key == "stride" || key == "padding") up.put(key, json);
      if (dice_.one_in(2))
        up.like = pool.inputs[0];
      else if (wrong && dice_.one_in(2))
        up.like = pick().name;
      return up;
    };
    if (!pools.empty() && dice_.one_in(2)) {
      const Node& pool = *dice_.of(pools);
      std::vector<Tensor> maps;
      for (const Tensor& tensor : tensors_)
        if (tensor.name == pool.name) maps.push_back(tensor);
      for (const Tensor& tensor : tensors_)
        if (!maps.empty() && tensor.shape == maps[0].shape) maps.push_back(tensor);
      if (maps.empty() || (wrong && dice_.one_in(3))) maps = {x};
      return {undo(pool, dice_.of(maps), 0)};
    }
    Node down = node("MaxPool" + digit(axes), x);
    down.put("kernel_size", per_axis(axes, 1, 3));
    if (dice_.one_in(4)) down.put("stride", per_axis(axes, 1, 3));
    flag(down, "ceil_mode");
    Node between{fresh_name(1), of({"ReLU", "Tanh", "Identity"}), {}, {down.name}};
    return {down, between, undo(down, {between.name, {}}, 2)};
  }

  std::vector<Node> resize(const Tensor& x, int axes, bool wrong) {
    Node layer = node(of({"Upsample", "Upsample", "Interpolate"}), x);
    const std::string linear = axes == 1 ? "linear" : axes == 2 ? "bilinear" : "trilinear";
    const bool smooth = dice_.one_in(3);
    if (smooth) layer.word("mode", wrong && dice_.one_in(3) ? of({"linear", "bilinear", "bicubic"}) : linear);
    if (smooth) flag(layer, "align_corners");
    if (dice_.one_in(3))
      layer.like = pick().name;
    else if (dice_.one_in(3))
      layer.put("size", per_axis(axes, 1, 12));
    else
      layer.put("scale_factor", of({"2", "2", "2", "3", "1.5", "0.5", "0.75", "0.1"}));
    return {layer};
  }

  std::vector<Node> shuffle(const Tensor& x, bool wrong) {
    if (dice_.one_in(3)) {
      const std::int64_t c = x.shape.size() > 1 ? x.shape[1] : 1;
      return {node("ChannelShuffle", x).put("groups", wrong ? dice_.between(1, 4) : c % 2 == 0 ? 2 : 1)};
    }
    if (dice_.one_in(3)) return unfold(x, wrong);
    const bool up = dice_.one_in(2);
    const std::int64_t r = dice_.between(1, 3);
    const std::size_t rank = x.shape.size();
    // Half of the time what PixelShuffle needs is made for it.
    if (up && !wrong && rank >= 3 && axes_of(x.shape) == 2) {
      Node conv = node("Conv2d", x);
      conv.put("out_channels", r * r * dice_.between(1, 2)).put("kernel_size", 1);
      Node layer{fresh_name(1), "PixelShuffle", {}, {conv.name}};
      return {conv, layer.put("upscale_factor", r)};
    }
    Node layer = node(up ? "PixelShuffle" : "PixelUnshuffle", x);
    return {layer.put(up ? "upscale_factor" : "downscale_factor", r)};
  }

  // Takes blocks out of an image, and at times puts them back.
  std::vector<Node> unfold(const Tensor& x, bool wrong) {
    const std::size_t rank = x.shape.size();
    Node out = node("Unfold", x);
    const std::string k = per_axis(2, 1, wrong ? 5 : 2);
    const std::string p = std::to_string(dice_.between(0, 1));
    out.put("kernel_size", k).put("padding", p);
    if (rank < 3 || dice_.one_in(2)) return {out};
    const Shape image(x.shape.end() - 2, x.shape.end());
    Node back{fresh_name(1), "Fold", {}, {out.name}};
    back.put("output_size", list({image[0] + (wrong ? 1 : 0), image[1]}))
        .put("kernel_size", k)
        .put("padding", p);
    return {out, back};
  }

  std::vector<Node> pad(const Tensor& x, int axes) {
    if (dice_.one_in(3)) {
      Node layer = node("PadToMultiple", x);
      layer.put("multiple", dice_.one_in(2) ? dice_.between(1, 8) : 4);
      if (dice_.one_in(3)) layer.word("mode", of({"reflect", "replicate", "circular"}));
      return {layer};
    }
    std::vector<std::int64_t> pads;
    if (dice_.one_in(2)) {
      Node layer = node(
          of({"ReflectionPad", "ReplicationPad", "CircularPad", "ZeroPad", "ConstantPad"}) + digit(axes), x);
      for (int i = 0; i < 2 * axes; ++i) pads.push_back(dice_.between(-1, 3));
      return {layer.put("padding", dice_.one_in(2) ? list(pads) : std::to_string(pads[0]))};
    }
    Node layer = node("Pad", x);
    if (dice_.one_in(4)) {
      layer.like = pick().name;
      return {layer};
    }
    const std::int64_t count = dice_.one_in(3) ? dice_.between(1, axes) : axes;
    for (std::int64_t i = 0; i < 2 * count; ++i) pads.push_back(dice_.between(-1, 3));
    layer.put("padding", list(pads));
    if (dice_.one_in(3)) layer.word("mode", of({"reflect", "replicate", "circular"}));
    return {layer};
  }

  std::vector<Node> cut(const Tensor& x, int axes, bool wrong) {
    if (dice_.one_in(2)) {
      Node layer = node("Crop", x);
      if (dice_.one_in(2))
        layer.like = pick().name;
      else
        layer.put("size", per_axis(axes, 1, wrong ? 14 : 5));
      if (dice_.one_in(2)) layer.word("align", "center");
      return {layer};
    }
    Node layer = node("Slice", x);
    if (dice_.one_in(4)) {
      layer.like = pick().name;
      return {layer};
    }
    std::string index;
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      const bool open = i + 1 < x.shape.size() - static_cast<std::size_t>(axes) + 1 || dice_.one_in(2);
      const std::int64_t start = open ? 0 : dice_.between(-6, 3);
      index += std::string(i == 0 ? "[" : ", [") + (start == 0 ? "null" : std::to_string(start)) + ", " +
               (open || dice_.one_in(2) ? "null" : std::to_string(dice_.between(-3, 12))) +
               (dice_.one_in(3) ? ", " + std::to_string(dice_.between(1, 3)) : "") + "]";
    }
    return {layer.put("index", "[" + index + "]")};
  }

  std::vector<Node> residual(const Tensor& x, int axes, bool wrong) {
    const std::int64_t c = x.shape[channel_axis(x.shape)];
    const std::int64_t out = dice_.one_in(2) ? c : dice_.between(1, 4);
    const std::int64_t stride = dice_.one_in(4) ? 2 : 1;
    const auto conv = [&](std::int64_t k, std::int64_t s, std::int64_t p) {
      return R"({"type": "Conv)" + digit(axes) + R"(", "out_channels": )" + std::to_string(out) +
             R"(, "kernel_size": )" + std::to_string(k) + R"(, "stride": )" + std::to_string(s) +
             R"(, "padding": )" + std::to_string(p) + "}";
    };
    const std::int64_t p = wrong && dice_.one_in(2) ? 0 : 1;
    Node layer = node("Residual", x);
    layer.put("layers", "[" + conv(3, stride, p) + R"(, {"type": "ReLU"}, )" + conv(3, 1, 1) + "]");
    if (out != c || stride != 1 || dice_.one_in(3)) {
      if (!wrong || dice_.one_in(2)) layer.put("shortcut", "[" + conv(1, stride, 0) + "]");
    }
    return {layer};
  }

  Dice dice_;
  Dag dag_;
  std::vector<Tensor> tensors_;
  bool batched_ = true;
  int axes_ = 2;
};

}  // namespace shapedbg
