// torch's older exporter, and onnx2torch behind it. Each fact: a small network, the finding with the
// sizes on both sides, and a network beside it that does not part.
#include <gtest/gtest.h>

#include <string>

#include "portability/asked.h"

namespace shapedbg {
namespace {

TEST(Portability, TheRankIsLostBehindAnUnflatten) {
  const std::string map = R"({"name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [4, 4, 4]},
                             {"name": "act", "type": "ReLU"},)";
  const auto on = [&](const std::string& layer) { return ask("onnx2torch", "[2, 64]", map + layer).first(); };
  EXPECT_EQ(on(R"({"name": "mean", "type": "AdaptiveAvgPool2d", "output_size": 1})"),
            "P701 `mean` returns [1, 1, 1, 1] in onnx2torch, [2, 4, 1, 1] in PyTorch, of 4x4");
  EXPECT_EQ(on(R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2})"),
            "P702 `pool` is refused in onnx2torch, where PyTorch makes 2x2 of 4x4");
  EXPECT_EQ(on(R"({"name": "norm", "type": "BatchNorm2d"})"),
            "P702 `norm` is refused in onnx2torch, where PyTorch makes 4x4 of 4x4");
  EXPECT_EQ(
      on(R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 1}, {"name": "n", "type": "BatchNorm2d"})")
          .substr(0, 8),
      "P702 `n`");
  // Folded into the convolution, or known again.
  EXPECT_EQ(on(R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 1}, {"type": "BatchNorm2d"})"), "");
  EXPECT_EQ(on(R"({"type": "Reshape", "shape": [2, 4, 4, 4]}, {"type": "MaxPool2d", "kernel_size": 2})"), "");
  EXPECT_EQ(on(R"({"type": "GroupNorm", "num_groups": 2})"), "");
  EXPECT_EQ(ask("onnx2torch", "[2, 4, 4, 4]", R"({"type": "MaxPool2d", "kernel_size": 2})").first(), "");
}

TEST(Portability, TheOlderExporterTraces) {
  const std::string net = R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
      {"name": "unpool", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool"})";
  EXPECT_EQ(ask("onnx-torchscript", "[1, 3, 4, 4]", net).first(),
            "P702 `unpool` is refused in onnx-torchscript, where PyTorch makes 4x4 of 2x2");
  EXPECT_EQ(ask("onnx", "[1, 3, 4, 4]", net).first(), "");
}

TEST(Portability, WhatTheOlderExporterAndOnnx2torchLack) {
  const auto refused = [&](const std::string& target, const std::string& input, const std::string& layer) {
    return ask(target, input, R"({"name": "one", )" + layer + "}")
        .first()
        .starts_with("P702 `one` is refused in");
  };
  const std::string in = "[1, 4, 12, 12]";
  EXPECT_TRUE(refused("onnx-torchscript", in, R"("type": "ChannelShuffle", "groups": 2)"));
  EXPECT_FALSE(refused("onnx", in, R"("type": "ChannelShuffle", "groups": 2)"));
  EXPECT_TRUE(refused("onnx-torchscript", in, R"("type": "RMSNorm", "normalized_shape": 12)"));
  EXPECT_TRUE(refused("onnx-torchscript", in, R"("type": "Threshold", "threshold": 0.1, "value": 0.2)"));
  EXPECT_FALSE(refused("onnx-torchscript", in, R"("type": "Threshold", "threshold": 0, "value": 0)"));
  EXPECT_TRUE(
      refused("onnx-torchscript", in, R"("type": "Upsample", "scale_factor": 2, "mode": "nearest-exact")"));
  EXPECT_FALSE(refused("onnx-torchscript", in, R"("type": "Upsample", "scale_factor": 2)"));
  EXPECT_TRUE(refused("onnx2torch", "[8, 20, 4]", R"("type": "LSTM", "input_size": 4, "hidden_size": 3)"));
  const std::string same = R"("type": "Conv2d", "out_channels": 2, "padding": "same", "kernel_size": )";
  EXPECT_TRUE(refused("onnx2torch", in, same + "4"));
  EXPECT_FALSE(refused("onnx2torch", in, same + "3"));
}

// The patch embedding of a vision transformer.
TEST(Portability, ANormOfTokensInOnnx2torch) {
  const auto said = [](const std::string& between,
                       const std::string& flat = R"("type": "Flatten", "start_dim": 2)",
                       const std::string& more = {}) {
    return ask("onnx2torch", more.empty() ? "[2, 8, 6, 8]" : R"([2, 8, "H", 8])",
               R"({"name": "flat", )" + flat + R"(}, {"type": "Transpose", "dim0": 1, "dim1": 2}, )" +
                   between + R"({"name": "norm", "type": "LayerNorm", "normalized_shape": 8})",
               more)
        .first();
  };
  EXPECT_EQ(said(""), "P702 `norm` is refused in onnx2torch, where PyTorch makes 8 of 8");
  EXPECT_EQ(said(R"({"type": "GELU"}, )"),
            "P702 `norm` is refused in onnx2torch, where PyTorch makes 8 of 8");
  EXPECT_EQ(said(R"({"type": "Linear", "in_features": 8, "out_features": 8}, )"), "");
  const std::string reshape = R"("type": "Reshape", "shape": ["in[0]", 8, -1])";
  EXPECT_EQ(said("", reshape), "") << "of one size alone";
  EXPECT_EQ(said("", reshape, kFree), "P702 `norm` is refused in onnx2torch, where PyTorch makes 8 of 8");
}

}  // namespace
}  // namespace shapedbg
