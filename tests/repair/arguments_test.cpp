// Repairs that follow the arguments of a block, the twin of a branch, or what a reshape and a sequence want.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::fixed;
using repaired::repair_as;
using repaired::title_of;

TEST(Arguments, AShortcutStepsByTheWordOfItsBranch) {
  const std::string net = R"({"input": [4, 24, 56, 56], "blocks": {"ir": [{"type": "Residual", "layers": [
    {"name": "dw", "type": "Conv2d", "out_channels": 24, "kernel_size": 3, "stride": "$s", "padding": 1}]}]},
    "layers": [{"use": "ir", "name": "b1", "s": 1}, {"use": "ir", "name": "b2", "s": 2}]})";
  EXPECT_EQ(title_of(net, Code::L208),
            "give `b2.0` a shortcut of kernel_size 1 of stride \"$s\", in the block, for all its uses");
  EXPECT_NE(
      fixed(net, Code::L208)
          .find(R"("shortcut": [{"type": "Conv2d", "out_channels": 24, "kernel_size": 1, "stride": "$s"}])"),
      std::string::npos)
      << fixed(net, Code::L208);
}

TEST(Arguments, AGateHalvesWhatTheWordSays) {
  const std::string net = R"({"input": [1, 2, 64], "blocks": {"enc": [
    {"name": "conv", "type": "Conv1d", "out_channels": "$c", "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "rewrite", "type": "Conv1d", "out_channels": "$c", "kernel_size": 1}, {"type": "GLU", "dim": 1}]},
    "layers": [{"use": "enc", "name": "e0", "c": 16}, {"use": "enc", "name": "e1", "c": 32},
    {"name": "d", "type": "Conv1d", "in_channels": 32, "out_channels": 2, "kernel_size": 1}]})";
  EXPECT_EQ(title_of(net, Code::L203),
            "set out_channels to \"$c*2\" on `e0.rewrite`, in the block, for all its uses");
}

TEST(Arguments, PaddingIsHalfTheStrideOfEachUse) {
  const std::string net = R"({"input": [1, 1, 1024], "expect": "input", "blocks": {
    "down": [{"name": "c", "type": "Conv1d", "out_channels": "$c", "kernel_size": "2*$s", "stride": "$s", "padding": "$s"}],
    "up": [{"name": "t", "type": "ConvTranspose1d", "out_channels": "$c", "kernel_size": "2*$s", "stride": "$s", "padding": "$s//2"}]},
    "layers": [{"use": "down", "name": "d1", "c": 16, "s": 2}, {"use": "down", "name": "d2", "c": 32, "s": 4},
    {"use": "up", "name": "u2", "c": 16, "s": 4}, {"use": "up", "name": "u1", "c": 1, "s": 2}]})";
  EXPECT_EQ(title_of(net), "set padding to \"$s//2\" on `d1.c`, in the block, for all its uses");
}

TEST(Twins, TheLayerThatTheOtherBranchHas) {
  const std::string net = R"({"input": {"a": [2, 3, 64, 64], "b": [2, 3, 64, 64]}, "layers": [
    {"name": "a1", "type": "Conv2d", "inputs": "a", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"name": "ra", "type": "ReLU"},
    {"name": "pa", "type": "MaxPool2d", "kernel_size": 2}, {"name": "a2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "b1", "type": "Conv2d", "inputs": "b", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"name": "rb", "type": "ReLU"},
    {"name": "b2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "d", "type": "Sub", "inputs": ["a2", "b2"]}]})";
  EXPECT_EQ(title_of(net, Code::L208),
            "put a MaxPool2d like `pa` in front of `b2`, as the other branch has it");
}

TEST(Sequences, AnLstmTakesItsFeaturesLast) {
  const std::string net = R"({"input": [2, 1, 64], "layers": [
    {"name": "c", "type": "Conv1d", "out_channels": 12, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "lstm", "type": "LSTM", "input_size": 12, "hidden_size": 12, "batch_first": true},
    {"name": "u", "type": "ConvTranspose1d", "in_channels": 12, "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1}]})";
  EXPECT_EQ(title_of(net, Code::L209),
            "put a Permute in front of `lstm`: [2, 12, 32] becomes [2, 32, 12], and one behind it back");
}

TEST(Windows, HeightAndWidthExchanged) {
  const std::string net = R"({"input": [2, 1, 22, 100], "layers": [
    {"name": "t", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "s", "type": "Conv2d", "out_channels": 16, "kernel_size": [1, 22]}, {"name": "f", "type": "Flatten"},
    {"name": "fc", "type": "Linear", "in_features": 1600, "out_features": 4}]})";
  EXPECT_EQ(title_of(net, Code::L209), "set kernel_size to [22, 1] on `s`");
}

TEST(Windows, AShuffleOfAnotherFactor) {
  const std::string net = R"({"input": [1, 1, 32, 32], "expect": {"scale": 4}, "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 9, "kernel_size": 3, "padding": 1},
    {"name": "ps", "type": "PixelShuffle", "upscale_factor": 3}]})";
  EXPECT_EQ(title_of(net, Code::R302), "set upscale_factor to 4 on `ps`, out_channels to 16 on `c`");
}

TEST(Features, AnUnflattenSaysHowManyAreMade) {
  const std::string net = R"({"input": [2, 8, 40], "layers": [
    {"name": "mask", "type": "Conv1d", "out_channels": 16, "kernel_size": 1},
    {"name": "two", "type": "Unflatten", "dim": 1, "unflattened_size": [2, 16]}]})";
  EXPECT_EQ(title_of(net, Code::L211), "set out_channels to 32 on `mask`");
}

TEST(Sources, WhatWasEnlargedForTheMergeAndIsReadByNobody) {
  const std::string net = R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "x0", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"name": "p", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "x1", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1}, {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "k", "type": "Concat", "inputs": ["x0", "x1"]},
    {"name": "d", "type": "Conv2d", "in_channels": 48, "out_channels": 16, "kernel_size": 3, "padding": 1}]})";
  EXPECT_EQ(title_of(net, Code::L208), "take `u1` instead of `x1` in `k`");
}

TEST(Sources, AMaskIsNotPadded) {
  const std::string net = R"({"input": [8, 1, 32, 32], "layers": [
    {"name": "mask", "type": "Parameter", "shape": [1, 1, 28, 28]}, {"name": "m", "type": "Mul", "inputs": ["input", "mask"]},
    {"name": "n", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}]})";
  const Finding finding = repair_as(net, Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  for (const Fix& fix : finding.fixes)
    EXPECT_EQ(fix.title.find("pad `mask`"), std::string::npos) << fix.title;
}

}  // namespace
}  // namespace shapedbg
