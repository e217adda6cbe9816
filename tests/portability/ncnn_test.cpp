// ncnn by pnnx. Each fact: a small network, the finding with the
// sizes on both sides, and a network beside it that does not part.
#include <gtest/gtest.h>

#include <string>

#include "portability/asked.h"

namespace shapedbg {
namespace {

TEST(Portability, NumbersComputedFromSizes) {
  const std::string pad = R"({"name": "pad", "type": "PadToMultiple", "multiple": 8})";
  EXPECT_EQ(ask("ncnn", R"([1, 1, "H", 24])", pad, kFree).first(),
            "P703 `pad` is refused in ncnn, where PyTorch makes 8x24 of 6x24");
  EXPECT_EQ(ask("ncnn", "[1, 1, 6, 24]", pad).first(), "");
  const std::string crop = R"({"name": "wide", "type": "ZeroPad2d", "padding": 2},
      {"name": "crop", "type": "Crop", "size": 4})";
  EXPECT_EQ(ask("ncnn", R"([1, 1, "H", 24])", crop, kFree).first(), "");
}

// pnnx sees two sizes that it has no numbers for, and takes the slice between them for nothing.
TEST(Portability, ASliceOfAFreeSizeIsDropped) {
  const std::string sizes = R"(, "sizes": {"L": {"min": 12}})";
  const std::string causal =
      R"({"name": "conv", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 2},
      {"name": "chomp", "type": "Slice", "index": [null, null, [null, -2]]})";
  EXPECT_EQ(ask("ncnn", R"([1, 4, "L"])", causal, sizes).first(),
            "P701 `chomp` returns 14 in ncnn, 12 in PyTorch, of 14");
  EXPECT_TRUE(ask("ncnn", R"([1, 4, "L"])", causal, sizes).notes("proven for every size"));
  EXPECT_EQ(ask("ncnn", "[1, 4, 12]", causal).first(), "") << "one size alone";
  EXPECT_EQ(ask("onnxruntime", R"([1, 4, "L"])", causal, sizes).first(), "");
  const auto sliced = [&](const std::string& index) {
    return ask("ncnn", R"([1, 4, "L", 8])", R"({"name": "cut", "type": "Slice", "index": )" + index + "}",
               sizes)
        .first();
  };
  EXPECT_EQ(sliced("[null, null, [1, -1], [1, -1]]"),
            "P701 `cut` returns 12x6 in ncnn, 10x6 in PyTorch, of 12x8");
  EXPECT_EQ(sliced("[null, [1, 3], [1, null]]"), "P701 `cut` returns 12x8 in ncnn, 11x8 in PyTorch, of 12x8");
  EXPECT_EQ(sliced("[null, null, [1, 4]]"), "") << "a number is left";
  EXPECT_EQ(sliced("[null, [1, 3]]"), "");
  EXPECT_EQ(sliced("[null, null, null, [0, 8, 2]]"),
            "P702 `cut` is refused in ncnn, where PyTorch makes 12x4 of 12x8");
  EXPECT_EQ(sliced("[null, null, [null, null, 2]]"),
            "P701 `cut` returns 12x8 in ncnn, 6x8 in PyTorch, of 12x8");
}

TEST(Portability, WhatNcnnLacks) {
  const std::string in = "[1, 4, 12, 12]";
  const auto refused = [&](const std::string& layer) {
    const std::string said =
        ask("ncnn", in,
            R"({"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": 1}, {"name": "one", )" +
                layer + "}")
            .first();
    EXPECT_EQ(ask("openvino", in, "{" + layer + "}").first(), "") << layer;
    return said.starts_with("P702 `one` is refused in ncnn");
  };
  EXPECT_TRUE(refused(R"("type": "MaxPool2d", "kernel_size": 2, "dilation": 2)"));
  EXPECT_FALSE(refused(R"("type": "MaxPool2d", "kernel_size": 2)"));
  EXPECT_TRUE(refused(R"("type": "LPPool2d", "norm_type": 2, "kernel_size": 2)"));
  EXPECT_TRUE(refused(R"("type": "AvgPool2d", "kernel_size": 2, "divisor_override": 3)"));
  EXPECT_FALSE(refused(R"("type": "AvgPool2d", "kernel_size": 2)"));
  EXPECT_TRUE(refused(R"("type": "Tanhshrink")"));
  EXPECT_FALSE(refused(R"("type": "Softshrink")"));
  EXPECT_TRUE(refused(R"("type": "Std", "dim": 1)"));
  EXPECT_FALSE(refused(R"("type": "Mean", "dim": 1)"));
  EXPECT_TRUE(refused(R"("type": "Greater", "value": 0)"));
  EXPECT_TRUE(refused(R"("type": "TopK", "k": 2, "dim": 1)"));
  EXPECT_TRUE(refused(R"("type": "RepeatInterleave", "repeats": 2, "dim": 2)"));
  EXPECT_FALSE(refused(R"("type": "Repeat", "repeats": [1, 2, 1, 1])"));
  EXPECT_FALSE(refused(R"("type": "Expand", "size": [-1, -1, 12, 12])"));
  EXPECT_FALSE(refused(R"("type": "Unflatten", "dim": 1, "unflattened_size": [2, 2])"));
  EXPECT_TRUE(refused(R"("type": "Reshape", "shape": [1, 4, 6, 2, 6, 2])"));
  EXPECT_FALSE(refused(R"("type": "Expand", "size": [-1, -1, "in[2]", "in[3]"])")) << "of one size alone";
  EXPECT_EQ(ask("ncnn", R"([1, 4, "H", 12])",
                R"({"name": "one", "type": "Expand", "size": [-1, -1, "in[2]", "in[3]"]})", kFree)
                .first(),
            "P702 `one` is refused in ncnn, where PyTorch makes 6x12 of 6x12");
  EXPECT_EQ(
      ask("ncnn", R"(["N", 4, 6, 12])", R"({"name": "one", "type": "Expand", "size": ["in[0]", -1, -1, -1]})",
          R"(, "sizes": {"N": {"min": 2}})")
          .first(),
      "")
      << "the batch alone";
}

}  // namespace
}  // namespace shapedbg
