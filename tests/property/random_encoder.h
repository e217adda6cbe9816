// Random encoders: chains and what forks and comes together again, as people write them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "infer/infer.h"
#include "read/json/parse.h"
#include "samples.h"

namespace shapedbg {

// 1 to 8 layers that run on their input, one after the other.
class Encoders {
 public:
  explicit Encoders(std::uint64_t seed) : dice_(seed) {}

  std::string next(bool every_size) {
    axes_ = static_cast<int>(dice_.one_in(5) ? 3 : dice_.between(1, 2));
    every_size_ = every_size;
    Shape input{dice_.between(1, 2), 2 * dice_.between(1, 3)};
    for (int i = 0; i < axes_; ++i) input.push_back(dice_.between(axes_ == 3 ? 9 : 12, axes_ == 3 ? 20 : 60));
    const std::string head = "{\"input\": " + list(input) + ", \"encoder\": [";
    std::string layers;
    Shape x = input;
    const std::int64_t wanted = dice_.between(1, 8);
    for (int tries = 0, count = 0; count < wanted && tries < 60; ++tries) {
      const std::string one = layer(x);
      const std::string longer = layers + (count > 0 ? ",\n  " : "\n  ") + one;
      const Parsed parsed = parse(Source("encoder.json", head + longer + "\n]}"));
      if (!parsed.usable || !parsed.findings.empty()) {
        ADD_FAILURE() << head + longer;
        break;
      }
      const Trace trace = infer(parsed.spec);
      const bool runs = std::none_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
        return !row.refusals.empty() || row.outputs.empty();
      });
      if (!runs) continue;
      x = trace.layers.back().outputs[0];
      layers = longer;
      ++count;
    }
    return head + layers + "\n]}";
  }

 private:
  std::string with_axes(const char* base) const { return base + std::to_string(axes_) + "d"; }
  // One number, or one for each axis.
  std::string axes(std::int64_t low, std::int64_t high) {
    if (!dice_.one_in(3)) return std::to_string(dice_.between(low, high));
    std::vector<std::int64_t> values;
    for (int i = 0; i < axes_; ++i) values.push_back(dice_.between(low, high));
    return list(values);
  }

  std::string layer(const Shape& x) {
    if (dice_.one_in(5)) return wired(x);
    std::string text = any(x);
    if (dice_.one_in(2)) text.insert(1, "\"name\": \"l" + std::to_string(names_++) + "\", ");
    return text;
  }

  std::string conv(const std::string& more, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1) {
    return "{" + more + R"("type": ")" + with_axes("Conv") + R"(", "out_channels": )" + std::to_string(out) +
           R"(, "kernel_size": )" + std::to_string(kernel) + R"(, "stride": )" + std::to_string(stride) +
           R"(, "padding": )" + std::to_string(kernel / 2) + "}";
  }

  // What forks and comes together again.
  std::string wired(const Shape& x) {
    const std::string id = std::to_string(names_++);
    const std::string fork = R"({"type": "Identity", "name": "f)" + id + "\"},\n  ";
    const std::string from = R"("inputs": "f)" + id + "\", ";
    const auto named = [&](const char* letter) { return R"("name": ")" + (letter + id) + "\", "; };
    const std::int64_t c = x[1];
    switch (dice_.between(0, 7)) {
      case 0: {  // with a projection where it strides
        const std::int64_t stride = dice_.between(1, 3);
        const std::int64_t out = stride > 1 || dice_.one_in(3) ? 2 * dice_.between(1, 4) : c;
        std::string text = R"({"type": "Residual", "layers": [)";
        if (dice_.one_in(3))
          text += LayerText(with_axes("BatchNorm")).done() + ", " + LayerText("ReLU").done() + ", ";
        text += conv("", 2 * dice_.between(1, 4), 3, stride) + ", " +
                LayerText(with_axes("BatchNorm")).done() + ", " + LayerText("ReLU").done() + ", " +
                conv("", out, dice_.one_in(2) ? 1 : 3);
        if (dice_.one_in(2)) text += ", " + LayerText(with_axes("BatchNorm")).done();
        text += "]";
        if (stride > 1 || out != c) text += R"(, "shortcut": [)" + conv("", out, 1, stride) + "]";
        return text + "}, " + LayerText("ReLU").done();
      }
      case 1: {  // dense
        std::string text = fork + conv(named("a") + from, 2 * dice_.between(1, 2), 3);
        text += R"(, {"type": "Concat", "name": "d)" + id + R"(", "inputs": ["f)" + id + R"(", "a)" + id +
                "\"]}, ";
        text += conv(named("b"), 2, 3);
        return text + R"(, {"type": "Concat", "inputs": ["d)" + id + R"(", "b)" + id + "\"]}";
      }
      case 2: {  // parallel branches
        std::string text =
            fork + conv(named("a") + from, 2, 1) + ", " + conv(from, 4, 1) + ", " + conv(named("b"), 2, 3);
        return text + R"(, {"type": "Concat", "inputs": ["a)" + id + R"(", "b)" + id + "\"]}";
      }
      case 3: {  // a part of the channels goes through weights
        std::string text = R"({"type": "Chunk", "chunks": 2, "dim": 1, "name": "f)" + id + "\"},\n  ";
        text += conv(named("a") + R"("inputs": "f)" + id + R"(:1", )", 2, 3);
        if (c < 2) return fork + conv(from, 2, 1);
        return text + R"(, {"type": "Concat", "inputs": ["f)" + id + R"(", "a)" + id + "\"]}";
      }
      case 4:
        if (c % 2 != 0 || c < 4) return conv("", 4, 3);
        return dice_.one_in(2) ? R"({"type": "GLU", "dim": 1})"
                               : R"({"type": "Chunk", "chunks": 2, "dim": 1})";
      case 5: {  // a gate over the channels
        std::string text =
            fork + "{" + from + R"("type": ")" + with_axes("AdaptiveAvgPool") + R"(", "output_size": 1}, )";
        text += conv("", c, 1) + R"(, {"type": "Sigmoid", "name": "g)" + id + "\"}";
        return text + R"(, {"type": "Mul", "inputs": ["f)" + id + R"(", "g)" + id + "\"]}";
      }
      case 6:
        return R"({"type": "Slice", "index": [null, null, [)" +
               std::string(dice_.one_in(2) ? "1, null" : "null, -1") + "]]}";
      default:
        return R"({"type": "Custom", "label": "LSTM", "output": "same"})";
    }
  }

  std::string any(const Shape& x) {
    switch (dice_.between(0, every_size_ ? 13 : 14)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: {
        LayerText conv(with_axes("Conv"));
        const std::int64_t groups = x[1] % 2 == 0 && dice_.one_in(4) ? 2 : 1;
        conv.put("out_channels", 2 * dice_.between(1, 4)).put("kernel_size", axes(1, 5));
        if (dice_.one_in(2)) {
          conv.put("stride", axes(1, 4));
        } else if (dice_.one_in(4)) {
          conv.word("padding", dice_.one_in(2) ? "same" : "valid");
          return conv.done();
        }
        conv.put("padding", axes(0, 3)).put("dilation", axes(1, 3));
        if (groups > 1) conv.put("groups", groups);
        if (dice_.one_in(3)) conv.put("bias", "false");
        if (dice_.one_in(6))
          conv.word("padding_mode", dice_.of<std::string>({"reflect", "replicate", "circular"}));
        return conv.done();
      }
      case 5:
      case 6: {
        LayerText pool(with_axes("MaxPool"));
        pool.put("kernel_size", axes(1, 4));
        if (dice_.one_in(2)) pool.put("stride", axes(1, 4));
        if (dice_.one_in(3)) pool.put("padding", axes(0, 2));
        if (dice_.one_in(4)) pool.put("dilation", axes(1, 2));
        if (dice_.one_in(3)) pool.put("ceil_mode", "true");
        return pool.done();
      }
      case 7: {
        LayerText pool(with_axes("AvgPool"));
        pool.put("kernel_size", axes(1, 4));
        if (dice_.one_in(2)) pool.put("stride", axes(1, 4));
        if (dice_.one_in(3)) pool.put("padding", axes(0, 2));
        if (dice_.one_in(3)) pool.put("ceil_mode", "true");
        return pool.done();
      }
      case 8:
        return LayerText(dice_.of<std::string>({"ReLU", "GELU", "Tanh", "PReLU", "Dropout"})).done();
      case 9:
      case 10:
        return LayerText(with_axes("BatchNorm")).put("num_features", x[1]).done();
      case 11:
        return LayerText("GroupNorm").put("num_groups", 2).put("num_channels", x[1]).done();
      case 12: {
        std::vector<std::int64_t> pads;
        for (int i = 0; i < 2 * axes_; ++i) pads.push_back(dice_.between(0, 2));
        const auto type = dice_.of<std::string>({"ReflectionPad", "ReplicationPad", "ZeroPad"});
        return LayerText(with_axes(type.c_str())).put("padding", list(pads)).done();
      }
      case 13:
        // (A Crop refuses some sizes for good.)
        if (!every_size_ && dice_.one_in(3)) return LayerText("Crop").put("size_like", "\"input\"").done();
        return LayerText("PadToMultiple").put("multiple", dice_.between(2, 4)).done();
      default:
        if (axes_ != 2) return LayerText("Upsample").put("scale_factor", 2).done();
        return LayerText("PixelUnshuffle").put("downscale_factor", 2).done();
    }
  }

  Dice dice_;
  int axes_ = 2;
  int names_ = 0;
  bool every_size_ = false;
};

}  // namespace shapedbg
