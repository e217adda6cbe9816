// Random networks as people write them, as JSON text: chains, latent codes, blocks, residuals, several
// inputs. Each is sound for its input, and says what it expects.
#pragma once

#include <string>
#include <vector>

#include "dice.h"

namespace shapedbg {

class RandomTexts {
 public:
  explicit RandomTexts(std::uint64_t seed) : dice_(seed) {}

  std::string next() {
    axes_ = static_cast<int>(dice_.one_in(4) ? 1 : dice_.one_in(4) ? 3 : 2);
    d_ = std::to_string(axes_) + "d";
    layers_.clear();
    switch (dice_.between(0, 7)) {
      case 0:
        return hourglass();
      case 1:
        return code();
      case 2:
        return generator();
      case 3:
        return segmenter();
      case 4:
        return blocks();
      case 5:
        return residuals();
      case 6:
        return unpooled();
      default:
        return two_inputs();
    }
  }

 private:
  using N = std::int64_t;
  static std::string n(N v) { return std::to_string(v); }

  std::string shape(N channels, N size) const {
    std::string text = "[1, " + n(channels);
    for (int i = 0; i < axes_; ++i) text += ", " + n(size);
    return text + "]";
  }
  void layer(const std::string& text) { layers_.push_back("{" + text + "}"); }
  void window(const std::string& name, const std::string& type, N in, N out, N k, N s, N p, N op = 0) {
    std::string text = R"("name": ")" + name + R"(", "type": ")" + type + d_ + R"(", "in_channels": )" +
                       n(in) + R"(, "out_channels": )" + n(out) + R"(, "kernel_size": )" + n(k);
    if (s != 1) text += R"(, "stride": )" + n(s);
    if (p != 0) text += R"(, "padding": )" + n(p);
    if (op != 0) text += R"(, "output_padding": )" + n(op);
    layer(text);
  }
  void plain(const char* type) { layer(std::string(R"("type": ")") + type + "\""); }
  void norm(N channels) {
    if (dice_.one_in(2)) layer(R"("type": "BatchNorm)" + d_ + R"(", "num_features": )" + n(channels));
    if (dice_.one_in(4))
      layer(R"("type": "GroupNorm", "num_groups": )" + n(channels % 4 == 0 ? 4 : 1) +
            R"(, "num_channels": )" + n(channels));
    if (dice_.one_in(2)) plain(dice_.one_in(2) ? "ReLU" : "LeakyReLU");
  }
  std::string list() const {
    std::string text = "[\n";
    for (std::size_t i = 0; i < layers_.size(); ++i)
      text += "    " + layers_[i] + (i + 1 < layers_.size() ? ",\n" : "\n");
    return text + "  ]";
  }
  std::string spec(const std::string& input, const std::string& expect) const {
    return "{\n  \"input\": " + input + ",\n  \"layers\": " + list() + ",\n  \"expect\": " + expect + "\n}\n";
  }
  N small_size() {
    return axes_ == 1 ? dice_.between(40, 200) : axes_ == 2 ? dice_.between(24, 70) : dice_.between(16, 30);
  }

  struct Level {
    N k, s, p, size, channels;
  };

  // Strided convolutions or pools, each undone by its mirror image.
  std::string hourglass() {
    const N start = small_size();
    N size = start, c = dice_.between(1, 3);
    const N in = c;
    std::vector<Level> levels;
    for (N i = 0, depth = dice_.between(1, 3); i < depth; ++i) {
      Level l{0, dice_.between(2, 3), 0, size, c};
      l.k = dice_.between(l.s, l.s + 2);
      l.p = dice_.between(0, l.k / 2);
      const N down = (size + 2 * l.p - l.k) / l.s + 1;
      if (down < 3) break;
      const bool reflect = dice_.one_in(4) && l.p > 0;
      const N out = dice_.between(1, 4) * 4;
      if (reflect) layer(R"("type": "ReflectionPad)" + d_ + R"(", "padding": )" + n(l.p));
      window("d" + n(i), "Conv", c, out, l.k, l.s, reflect ? 0 : l.p);
      norm(out);
      levels.push_back(l);
      c = out;
      size = down;
    }
    if (dice_.one_in(3)) {
      // A wide middle that keeps its size.
      const N dilation = dice_.between(1, 2);
      layer(R"("name": "mid", "type": "Conv)" + d_ + R"(", "in_channels": )" + n(c) +
            R"(, "out_channels": )" + n(c) + R"(, "kernel_size": 3, "padding": )" + n(dilation) +
            R"(, "dilation": )" + n(dilation));
    }
    for (std::size_t i = levels.size(); i-- > 0;) {
      const Level& l = levels[i];
      const N op = (l.size + 2 * l.p - l.k) % l.s;
      window("u" + n(static_cast<N>(i)), "ConvTranspose", c, l.channels, l.k, l.s, l.p, op);
      c = l.channels;
      if (i > 0) norm(c);
    }
    return spec(shape(in, start), "\"input\"");
  }

  // Maps to a code of a few numbers, and back.
  std::string code() {
    axes_ = 2;
    d_ = "2d";
    const N small = dice_.between(2, 5), depth = dice_.between(1, 3);
    const N start = small << depth;
    N c = dice_.between(1, 3);
    const N in = c;
    for (N i = 0; i < depth; ++i) {
      window("d" + n(i), "Conv", c, 4 << i, dice_.one_in(2) ? 4 : 3, 2, 1);
      c = 4 << i;
      norm(c);
    }
    const N features = c * small * small, hidden = dice_.between(4, 20);
    plain("Flatten");
    layer(R"("name": "fc1", "type": "Linear", "in_features": )" + n(features) + R"(, "out_features": )" +
          n(hidden));
    plain("ReLU");
    layer(R"("name": "fc2", "type": "Linear", "in_features": )" + n(hidden) + R"(, "out_features": )" +
          n(features));
    const std::string map = n(c) + ", " + n(small) + ", " + n(small) + "]";
    if (dice_.one_in(2))
      layer(R"("name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [)" + map);
    else
      layer(R"("name": "map", "type": "Reshape", "shape": [1, )" + map);
    for (N i = depth; i-- > 0;) {
      const N out = i == 0 ? in : 4 << (i - 1);
      if (dice_.one_in(2))
        window("u" + n(i), "ConvTranspose", c, out, 4, 2, 1);
      else
        window("u" + n(i), "ConvTranspose", c, out, 3, 2, 1, 1);
      c = out;
      if (i > 0) norm(c);
    }
    return spec(shape(in, start), "\"input\"");
  }

  // A vector becomes an image, which has to have its size.
  std::string generator() {
    axes_ = 2;
    d_ = "2d";
    const N latent = dice_.between(8, 100), first = dice_.between(3, 7), steps = dice_.between(1, 4);
    N c = 4 << steps;
    window("g0", "ConvTranspose", latent, c, first, 1, 0);
    norm(c);
    N size = first;
    for (N i = 1; i <= steps; ++i) {
      const N out = i == steps ? 3 : c / 2;
      if (dice_.one_in(4)) {
        layer(R"("name": "up)" + n(i) + R"(", "type": "Upsample", "scale_factor": 2)");
        window("g" + n(i), "Conv", c, out, 3, 1, 1);
      } else if (dice_.one_in(4)) {
        window("g" + n(i), "Conv", c, 4 * out, 3, 1, 1);
        layer(R"("name": "shuffle)" + n(i) + R"(", "type": "PixelShuffle", "upscale_factor": 2)");
      } else {
        window("g" + n(i), "ConvTranspose", c, out, 4, 2, 1);
      }
      size *= 2;
      c = out;
      if (i < steps) norm(c);
    }
    plain("Tanh");
    return spec("[1, " + n(latent) + ", 1, 1]", shape(3, size));
  }

  // Pools, and the way back in one step; at the side a head of classes.
  std::string segmenter() {
    const N depth = dice_.between(1, 3), factor = N{1} << depth;
    const N start = factor * dice_.between(2, axes_ == 3 ? 3 : 9);
    N c = dice_.between(1, 3);
    const N in = c;
    for (N i = 0; i < depth; ++i) {
      const N dilation = dice_.one_in(4) ? 2 : 1;
      layer(R"("name": "c)" + n(i) + R"(", "type": "Conv)" + d_ + R"(", "in_channels": )" + n(c) +
            R"(, "out_channels": )" + n(4 + i) + R"(, "kernel_size": 3, "padding": )" + n(dilation) +
            R"(, "dilation": )" + n(dilation));
      c = 4 + i;
      norm(c);
      layer(R"("name": "p)" + n(i) + R"(", "type": ")" + (dice_.one_in(2) ? "MaxPool" : "AvgPool") + d_ +
            R"(", "kernel_size": 2)");
    }
    if (dice_.one_in(3)) {
      layer(R"("name": "pool", "type": "AdaptiveAvgPool)" + d_ + R"(", "output_size": 1)");
      plain("Flatten");
      layer(R"("name": "fc", "type": "Linear", "in_features": )" + n(c) + R"(, "out_features": 10)");
      return spec(shape(in, start), "[1, 10]");
    }
    window("head", "Conv", c, 5, 1, 1, 0);
    if (dice_.one_in(2))
      layer(R"("name": "up", "type": "Upsample", "scale_factor": )" + n(factor));
    else
      layer(R"("name": "up", "type": "Upsample", "size": [)" + sizes(start) + "]");
    return spec(shape(in, start), shape(5, start));
  }

  std::string sizes(N size) const {
    std::string text;
    for (int i = 0; i < axes_; ++i) text += (i > 0 ? ", " : "") + n(size);
    return text;
  }

  // A U-Net of two blocks.
  std::string blocks() {
    const N depth = dice_.between(1, 3), start = (N{1} << depth) * dice_.between(2, axes_ == 3 ? 3 : 6);
    const N in = dice_.between(1, 3);
    const bool window_arguments = dice_.one_in(2);
    const std::string k = window_arguments ? "\"$k\"" : "3", p = window_arguments ? "\"$p\"" : "1";
    std::string text =
        "{\n  \"input\": " + shape(in, start) + ",\n  \"blocks\": {\n    \"conv\": {" +
        (window_arguments ? R"("defaults": {"k": 3, "p": 1}, )" : "") +
        R"("layers": [{"name": "c", "type": "Conv)" + d_ + R"(", "out_channels": "$out", "kernel_size": )" +
        k + R"(, "padding": )" + p + R"(}, {"type": "ReLU"}]},)" +
        "\n    \"up\": [{\"name\": \"t\", \"type\": \"ConvTranspose" + d_ +
        R"(", "out_channels": "$out", "kernel_size": "$size", "stride": 2, "padding": "$pad"},)" +
        R"( {"name": "cat", "type": "Concat", "inputs": ["prev", "$skip"]},)" +
        R"( {"name": "m", "type": "Conv)" + d_ +
        R"(", "out_channels": "$out", "kernel_size": 3, "padding": 1}])" + "\n  },\n  \"layers\": [\n";
    for (N i = 0; i < depth; ++i)
      text += R"(    {"use": "conv", "name": "e)" + n(i) + R"(", "out": )" + n(4 << i) + "},\n" +
              R"(    {"name": "pool)" + n(i) + R"(", "type": "MaxPool)" + d_ + R"(", "kernel_size": 2},)" +
              "\n";
    text += R"(    {"use": "conv", "name": "mid", "out": )" + n(4 << depth) + "},\n";
    const bool large = dice_.one_in(2);
    for (N i = depth; i-- > 0;)
      text += R"(    {"use": "up", "name": "u)" + n(i) + R"(", "out": )" + n(4 << i) + R"(, "size": )" +
              (large ? "4" : "2") + R"(, "pad": )" + (large ? "1" : "0") + R"(, "skip": "e)" + n(i) +
              "\"},\n";
    return text + R"(    {"name": "head", "type": "Conv)" + d_ + R"(", "out_channels": )" + n(in) +
           ", \"kernel_size\": 1}\n  ],\n  \"expect\": \"input\"\n}\n";
  }

  std::string residuals() {
    const N start = 4 * dice_.between(2, axes_ == 3 ? 4 : 10), c = 4 * dice_.between(1, 3);
    const N in = dice_.between(1, 3);
    const auto conv = [&](N out, N k, N s, N p) {
      return R"({"type": "Conv)" + d_ + R"(", "out_channels": )" + n(out) + R"(, "kernel_size": )" + n(k) +
             R"(, "stride": )" + n(s) + R"(, "padding": )" + n(p) + "}";
    };
    window("stem", "Conv", in, c, 3, 1, 1);
    layer(R"("type": "Residual", "name": "r1", "layers": [)" + conv(c, 3, 1, 1) + R"(, {"type": "ReLU"}, )" +
          conv(c, 3, 1, 1) + "]");
    layer(R"("type": "Residual", "name": "r2", "layers": [)" + conv(2 * c, 3, 2, 1) +
          R"(, {"type": "ReLU"}, )" + conv(2 * c, 3, 1, 1) + R"(], "shortcut": [)" + conv(2 * c, 1, 2, 0) +
          "]");
    if (dice_.one_in(2)) plain("ReLU");
    window("up", "ConvTranspose", 2 * c, in, 4, 2, 1);
    return spec(shape(in, start), "\"input\"");
  }

  // SegNet: pooled places are put back.
  std::string unpooled() {
    const N depth = dice_.between(1, 3), start = (N{1} << depth) * dice_.between(2, axes_ == 3 ? 3 : 6);
    N c = dice_.between(1, 3);
    const N in = c;
    for (N i = 0; i < depth; ++i) {
      window("e" + n(i), "Conv", c, 4 << i, 3, 1, 1);
      c = 4 << i;
      layer(R"("name": "pool)" + n(i) + R"(", "type": "MaxPool)" + d_ + R"(", "kernel_size": 2)");
    }
    for (N i = depth; i-- > 0;) {
      layer(R"("name": "unpool)" + n(i) + R"(", "type": "MaxUnpool)" + d_ +
            R"(", "kernel_size": 2, "indices": "pool)" + n(i) + "\"");
      const N out = i == 0 ? in : 4 << (i - 1);
      window("d" + n(i), "Conv", c, out, 3, 1, 1);
      c = out;
    }
    return spec(shape(in, start), "\"input\"");
  }

  std::string two_inputs() {
    const N start = 2 * dice_.between(4, axes_ == 3 ? 6 : 16), a = dice_.between(1, 3),
            b = dice_.between(1, 3);
    layer(R"("name": "ca", "type": "Conv)" + d_ + R"(", "inputs": "left", "in_channels": )" + n(a) +
          R"(, "out_channels": 4, "kernel_size": 3, "padding": 1)");
    layer(R"("name": "cb", "type": "Conv)" + d_ + R"(", "inputs": "right", "in_channels": )" + n(b) +
          R"(, "out_channels": 4, "kernel_size": 5, "padding": 2)");
    layer(std::string(R"("name": "both", "type": ")") + (dice_.one_in(2) ? "Add" : "Mul") +
          R"(", "inputs": ["ca", "cb"])");
    layer(R"("name": "tail", "type": "Slice", "index": [[null, null], [0, 3]])");
    window("down", "Conv", 3, 8, 4, 2, 1);
    layer(R"("name": "parts", "type": "Chunk", "chunks": 2, "dim": 1)");
    layer(R"("name": "gate", "type": "Sigmoid", "inputs": "parts:1")");
    layer(R"("name": "gated", "type": "Mul", "inputs": ["parts", "gate"])");
    window("up", "ConvTranspose", 4, a, 4, 2, 1);
    return "{\n  \"input\": {\"left\": " + shape(a, start) + ", \"right\": " + shape(b, start) +
           "},\n  \"layers\": " + list() + ",\n  \"expect\": \"input\"\n}\n";
  }

  Dice dice_;
  int axes_ = 2;
  std::string d_;
  std::vector<std::string> layers_;
};

}  // namespace shapedbg
