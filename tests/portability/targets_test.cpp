// Core ML, ExecuTorch, TensorFlow Lite and OpenCV; the words of LibTorch, MLX, Keras and lax. Each fact: a
// small network, the finding with the sizes on both sides, and a network beside it that does not part.
#include <gtest/gtest.h>

#include <string>

#include "portability/asked.h"

namespace shapedbg {
namespace {

TEST(Portability, TensorFlowLiteByLitertTorch) {
  const std::string in = "[1, 8, 5, 6]";
  const std::string conv = R"({"name": "conv", "type": "Conv2d", "out_channels": 8, "kernel_size": 1}, )";
  const auto repeated = [&](const std::string& front, const std::string& repeats) {
    return ask("tflite", in, front + R"({"name": "twice", "type": "Repeat", "repeats": )" + repeats + "}")
        .first();
  };
  EXPECT_EQ(repeated(conv, "[1, 2, 1, 1]"),
            "P701 `twice` returns [1, 8, 10, 6] in tflite, [1, 16, 5, 6] in PyTorch, of 5x6");
  EXPECT_EQ(repeated(conv + R"({"type": "ReLU"}, )", "[1, 1, 2, 2]"),
            "P701 `twice` returns [1, 16, 5, 12] in tflite, [1, 8, 10, 12] in PyTorch, of 5x6");
  EXPECT_EQ(repeated("", "[1, 2, 1, 1]"), "");
  EXPECT_EQ(repeated(R"({"type": "ReLU"}, )", "[1, 2, 1, 1]"), "");
  const auto up = [&](const std::string& options) {
    return ask("tflite", in,
               R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 8, )" + options + "}")
        .first();
  };
  EXPECT_EQ(up(R"("kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1)"),
            "P702 `up` is refused in tflite, where PyTorch makes 10x12 of 5x6");
  EXPECT_NE(up(R"("kernel_size": 3, "stride": 2, "dilation": 2)"), "");
  EXPECT_EQ(up(R"("kernel_size": 4, "stride": 2, "padding": 1)"), "");
  EXPECT_EQ(up(R"("kernel_size": 3, "stride": 2)"), "");
  EXPECT_EQ(up(R"("kernel_size": 3, "padding": 1, "dilation": 2)"), "");
  EXPECT_EQ(ask("tflite", in, R"({"name": "k", "type": "TopK", "k": 2, "dim": 1})").first().substr(0, 4),
            "P702");
}

TEST(Portability, CoreMlTakesOutputPaddingFromPadding) {
  const auto up = [](const std::string& more) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 3, )" + more + "}";
  };
  const std::string input = "[1, 3, 5, 5]";
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 4, "padding": 1, "output_padding": 3)")).first(),
            "P701 `up` returns 23x23 in coreml, 20x20 in PyTorch, of 5x5");
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 4, "padding": 1, "output_padding": 2)")).first(),
            "P701 `up` returns 20x20 in coreml, 19x19 in PyTorch, of 5x5");
  EXPECT_EQ(
      ask("coreml", input, up(R"("stride": 2, "padding": 1, "output_padding": 2, "dilation": 3)")).first(),
      "P701 `up` returns 14x14 in coreml, 15x15 in PyTorch, of 5x5");
  // 3 - 1 - 2: the two mistakes cancel.
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 3, "padding": 1, "output_padding": 2)")).first(), "");
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 2, "padding": 1, "output_padding": 1)")).first(), "");
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 2)")).first(), "");
  EXPECT_NE(ask("coreml", input, up(R"("stride": 2, "output_padding": 1)")).first().find("P702"),
            std::string::npos);
}

struct Lacking {
  const char* target;
  const char* input;
  const char* layers;
  const char* why;  // empty: it is there
};

TEST(Portability, WhatATargetLacks) {
  const Lacking rows[] = {
      {"coreml", "[1, 4, 9, 9]", R"({"type": "CircularPad2d", "padding": 1})", "circular"},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "ReflectionPad2d", "padding": 1})", ""},
      {"coreml", "[1, 4, 9, 9]",
       R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "padding_mode": "circular"})",
       "circular"},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "Pad", "padding": [-1, 2]})", "negative"},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "Pad", "padding": [1, 2]})", ""},
      {"coreml", "[1, 4, 8, 8, 8]",
       R"({"type": "ConvTranspose3d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1})",
       "one and two axes"},
      {"coreml", "[1, 4, 8, 8, 8]",
       R"({"type": "ConvTranspose3d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1})", ""},
      {"coreml", "[1, 4, 8, 8, 8]", R"({"type": "AdaptiveAvgPool3d", "output_size": 1})", "adaptive"},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "AdaptiveMaxPool2d", "output_size": 3})", ""},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "MaxPool2d", "kernel_size": 2, "dilation": 2})", "dilation"},
      {"coreml", "[1, 4, 8, 8, 8]", R"({"type": "AvgPool3d", "kernel_size": 3, "ceil_mode": true})", "mean"},
      {"coreml", "[1, 4, 9, 9, 9]",
       R"({"type": "AvgPool3d", "kernel_size": 3, "ceil_mode": true, "count_include_pad": false})", ""},
      {"coreml", "[1, 4, 8, 8, 8]", R"({"type": "Upsample", "scale_factor": 2})", "one and two axes"},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "bicubic"})",
       "nearest and"},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "bilinear"})", ""},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "ChannelShuffle", "groups": 2})", "ChannelShuffle"},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "Chunk", "chunks": 4, "dim": 1})", "more parts"},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "Chunk", "chunks": 3, "dim": 1})", ""},
      {"coreml", "[2, 7, 4]",
       R"({"type": "RNN", "hidden_size": 5, "batch_first": true, "bidirectional": true})", "both directions"},
      {"coreml", "[2, 7, 4]",
       R"({"type": "GRU", "hidden_size": 5, "batch_first": true, "bidirectional": true})", ""},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "Softshrink"})", "activation"},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "ReLU"})", ""},
      {"executorch", "[1, 4, 8, 8, 8]", R"({"type": "Conv3d", "out_channels": 4, "kernel_size": 3})",
       "convolutions"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3})", ""},
      {"executorch", "[1, 4, 8, 8, 8]", R"({"type": "MaxPool3d", "kernel_size": 2})", "pools"},
      {"executorch", "[1, 4, 8]", R"({"type": "Upsample", "scale_factor": 2})", "two axes alone"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "nearest-exact"})",
       "nearest and bilinear"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "AdaptiveMaxPool2d", "output_size": 2})", "AdaptiveMaxPool"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "Pad", "padding": [-1, 1]})", "negative"},
      {"opencv", "[1, 6, 8]", R"({"type": "Upsample", "scale_factor": 2})", "two axes alone"},
      {"opencv", "[1, 6, 8, 8]", R"({"type": "Upsample", "scale_factor": 2})", ""},
      {"opencv", "[1, 6, 8, 8, 8]", R"({"type": "Upsample", "scale_factor": 2})", "two axes alone"},
      {"tvm", "[2, 7, 4]", R"({"type": "LSTM", "hidden_size": 5, "batch_first": true})", "LSTM"},
      {"tvm", "[2, 7, 4]", R"({"type": "GRU", "hidden_size": 5, "batch_first": true})", "GRU"},
      {"tvm", "[2, 7, 4]", R"({"type": "RNN", "hidden_size": 5, "batch_first": true})", ""},
      {"tvm", "[1, 16, 9]", R"({"type": "Fold", "output_size": [4, 4], "kernel_size": 2})", "Fold"},
      {"tvm", "[1, 6, 8, 8]", R"({"type": "CELU"})", "activation"},
      {"tvm", "[1, 6, 8, 8]", R"({"type": "ELU"})", ""},
      {"tvm", "[1, 6, 8, 8]",
       R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
          {"type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool"})",
       "indices"},
      {"tract", "[1, 16, 9]", R"({"type": "Fold", "output_size": [4, 4], "kernel_size": 2})", "Fold"},
      {"tract", "[1, 4, 9, 9]", R"({"type": "CircularPad2d", "padding": 1})", "wraps"},
      {"tract", "[1, 4, 9, 9]", R"({"type": "ReplicationPad2d", "padding": 1})", ""},
      {"openvino", "[1, 4, 9, 9]",
       R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "padding_mode": "circular"})",
       "wraps"},
      {"openvino", "[1, 4, 9, 9]",
       R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"})",
       ""},
      {"openvino", "[1, 16, 9]", R"({"type": "Fold", "output_size": [4, 4], "kernel_size": 2})", ""},
  };
  for (const Lacking& row : rows) {
    const Asked asked = ask(row.target, row.input, row.layers);
    if (*row.why == '\0') {
      EXPECT_EQ(asked.first(), "") << row.layers;
      continue;
    }
    ASSERT_FALSE(asked.findings.empty()) << row.layers;
    EXPECT_EQ(asked.findings[0].code, Code::P702) << row.layers;
    EXPECT_NE(asked.findings[0].label.find(row.why), std::string::npos)
        << row.layers << ": " << asked.findings[0].label;
  }
}

TEST(Portability, PaddingSameInCpp) {
  const std::string conv = R"({"name": "conv", "type": "Conv2d", "out_channels": 1, "kernel_size": [3, 5],
      "dilation": [1, 2], "padding": "same", "padding_mode": "reflect"})";
  EXPECT_EQ(ask("libtorch", "[1, 1, 9, 9]", conv).first(),
            "P701 `conv` returns 15x3 in libtorch, 9x9 in PyTorch, of 9x9");
  EXPECT_EQ(ask("libtorch", "[1, 1, 9, 9]", conv).fix(), "set padding to [1, 4] on `conv`");
  const std::string zeros =
      R"({"type": "Conv2d", "out_channels": 1, "kernel_size": [3, 5], "padding": "same"})";
  EXPECT_EQ(ask("libtorch", "[1, 1, 9, 9]", zeros).first(), "");
}

TEST(Portability, OutputSizeInCpp) {
  const auto up = [](int size) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1, "dilation": 2, "output_size": [)" +
           std::to_string(size) + ", " + std::to_string(size) + "]}";
  };
  // The smallest size by the kernel's extent is 11; C++ counts the bare kernel and throws.
  EXPECT_EQ(ask("libtorch", "[1, 1, 5, 5]", up(11)).first(),
            "P701 `up` is refused in libtorch, where PyTorch makes 11x11 of 5x5");
  const std::string plain = R"({"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1, "output_size": [10, 10]})";
  EXPECT_EQ(ask("libtorch", "[1, 1, 5, 5]", plain).first(), "");
}

TEST(Portability, MlxAndLargePadding) {
  const auto up = [](int padding) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": )" +
           std::to_string(padding) + "}";
  };
  EXPECT_EQ(ask("mlx", "[1, 1, 5, 5]", up(3)).first(),
            "P701 `up` returns 3x3 in mlx, 5x5 in PyTorch, of 5x5");
  EXPECT_EQ(ask("mlx", "[1, 1, 5, 5]", up(2)).first(), "");
}

TEST(Portability, WordsOfKerasAndLax) {
  const auto up = [](int k, int s, int p, int op) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": )" +
           std::to_string(k) + ", \"stride\": " + std::to_string(s) + ", \"padding\": " + std::to_string(p) +
           ", \"output_padding\": " + std::to_string(op) + "}";
  };
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(3, 2, 1, 0)).first(),
            "P704 `up` would return 10x10 in keras, 9x9 in PyTorch, of 5x5");
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(2, 3, 0, 0)).first(),
            "P704 `up` would return 15x15 in keras, 14x14 in PyTorch, of 5x5");
  EXPECT_EQ(ask("flax", "[1, 1, 5, 5]", up(2, 3, 0, 0)).first(),
            "P704 `up` would return 15x15 in flax, 14x14 in PyTorch, of 5x5");
  EXPECT_EQ(ask("flax", "[1, 1, 5, 5]", up(4, 2, 1, 0)).first(),
            "P704 `up` would return 8x8 in flax, 10x10 in PyTorch, of 5x5");
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(2, 2, 0, 0)).first(), "");
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(3, 2, 1, 1)).first(), "");
}

}  // namespace
}  // namespace shapedbg
