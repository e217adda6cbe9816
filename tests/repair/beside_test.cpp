// Repairs that are right only beside, or instead of, one that also runs: attention, causal cuts, sizes taken
// from another tensor, depthwise groups, what grows from a vector.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::repair_as;
using repaired::title_of;

bool offers(const Finding& finding, const std::string& part) {
  return std::any_of(finding.fixes.begin(), finding.fixes.end(),
                     [&](const Fix& fix) { return fix.title.find(part) != std::string::npos; });
}

TEST(Attention, HeadsThatDivideTheWidth) {
  const Finding finding = repair_as(R"({"input": [2, 50, 768], "layers": [
    {"name": "att", "type": "MultiheadAttention", "embed_dim": 768, "num_heads": 10, "batch_first": true}]})",
                                    Code::L202);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set num_heads to 8 on `att`");
  EXPECT_FALSE(offers(finding, "num_heads to 1 on"));
}

TEST(Attention, ContextOfAnotherWidth) {
  const Finding finding = repair_as(R"({"input": {"x": [2, 64, 512], "text": [2, 77, 768]}, "layers": [
    {"name": "att", "type": "MultiheadAttention", "inputs": ["x", "text", "text"], "embed_dim": 512,
     "num_heads": 8, "batch_first": true}]})",
                                    Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set kdim to 768 and vdim to 768 on `att`");
  EXPECT_FALSE(offers(finding, "feed"));
}

TEST(Attention, WidthOfTwoDirections) {
  const Finding finding = repair_as(R"({"input": [4, 30, 64], "layers": [
    {"name": "gru", "type": "GRU", "input_size": 64, "hidden_size": 256, "batch_first": true, "bidirectional": true},
    {"name": "att", "type": "MultiheadAttention", "embed_dim": 256, "num_heads": 8, "batch_first": true},
    {"name": "out", "type": "Linear", "in_features": 256, "out_features": 5}]})",
                                    Code::L209);
  EXPECT_TRUE(offers(finding, "embed_dim to 512 on `att`, in_features to 512 on `out`"));
  EXPECT_TRUE(offers(finding, "hidden_size to 128") || offers(finding, "bidirectional to false"));
}

TEST(Chomps, APaddingThatIsCausalIsCutBehind) {
  EXPECT_EQ(title_of(R"({"input": [2, 64, 32], "layers": [
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "conv", "type": "Conv1d", "out_channels": 32, "kernel_size": 4, "padding": 3, "groups": 32},
    {"name": "back", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "gate", "type": "Mul", "inputs": ["back", "input"]}]})",
                     Code::L208),
            "cut the last 3 places of `conv` off by a Slice: its padding of 3 makes it causal");
}

TEST(Chomps, ACutThatLeavesTooMuch) {
  EXPECT_EQ(title_of(R"({"input": [4, 8, 200], "layers": [{"type": "Residual", "name": "b", "layers": [
    {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 4, "dilation": 2},
    {"name": "cut", "type": "Slice", "index": [null, null, [null, -2]]}]}]})",
                     Code::L208),
            "set index to [[null, null], [null, null], [null, -4]] on `b.cut`");
}

TEST(Chomps, SumsOfUnpaddedEvenKernels) {
  EXPECT_EQ(title_of(R"({"input": [1, 8, 100], "layers": [
    {"name": "d1", "type": "Conv1d", "out_channels": 8, "kernel_size": 2},
    {"name": "s1", "type": "Conv1d", "out_channels": 4, "kernel_size": 1},
    {"name": "d2", "type": "Conv1d", "inputs": "d1", "out_channels": 8, "kernel_size": 2, "dilation": 2},
    {"name": "s2", "type": "Conv1d", "out_channels": 4, "kernel_size": 1},
    {"name": "sum", "type": "Add", "inputs": ["s1", "s2"]}]})",
                     Code::L208),
            "take the last 97 places of each longer input of `sum`: what the kernels leave lies at the end");
}

TEST(SizeLike, ThatNamesAnotherTensorThanTheSkip) {
  const Finding finding = repair_as(R"({"input": [1, 3, 90, 90], "layers": [
    {"name": "s1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "s2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "u2", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "pad", "type": "Pad", "size_like": "input"},
    {"name": "j", "type": "Concat", "inputs": ["pad", "s2"]}]})",
                                    Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set size_like to \"s2\" on `pad`");
  EXPECT_FALSE(offers(finding, "crop"));
}

TEST(Groups, OfAnExpandedMapAreAsManyAsItsChannels) {
  const Finding finding = repair_as(R"({"input": [2, 24, 28, 28], "layers": [
    {"name": "expand", "type": "Conv2d", "out_channels": 144, "kernel_size": 1},
    {"name": "dw", "type": "Conv2d", "out_channels": 144, "kernel_size": 3, "padding": 1, "groups": 96},
    {"name": "project", "type": "Conv2d", "out_channels": 24, "kernel_size": 1}]})",
                                    Code::L202);
  ASSERT_EQ(finding.fixes.size(), 1U);
  EXPECT_EQ(finding.fixes[0].title, "set groups to 144 on `dw`");
}

TEST(Joins, WhatIsAddedBehindIsNoForgottenSkip) {
  EXPECT_EQ(title_of(R"({"input": [2, 32, 400], "layers": [
    {"name": "left", "type": "ConstantPad1d", "padding": [4, 0]},
    {"name": "conv", "type": "Conv1d", "out_channels": 64, "kernel_size": 3, "dilation": 2},
    {"name": "ab", "type": "Chunk", "chunks": 2, "dim": 1},
    {"name": "z", "type": "Mul", "inputs": ["ab:0", "ab:1"]},
    {"name": "res", "type": "Conv1d", "in_channels": 64, "out_channels": 32, "kernel_size": 1},
    {"name": "y", "type": "Add", "inputs": ["res", "input"]}]})",
                     Code::L203),
            "set in_channels to 32 on `res`");
}

TEST(Generators, TheFirstStageMakesTheMapOfAVector) {
  const Finding finding = repair_as(R"({"input": [8, 100, 1, 1], "expect": [8, 3, 32, 32], "layers": [
    {"name": "t1", "type": "ConvTranspose2d", "out_channels": 64, "kernel_size": 3},
    {"name": "t2", "type": "ConvTranspose2d", "out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "t3", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "t4", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1}]})",
                                    Code::R302);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set kernel_size to 4 on `t1`");
  EXPECT_FALSE(offers(finding, "feed"));
  EXPECT_FALSE(offers(finding, "pad the input"));
}

TEST(Sources, ATensorOfTheRightLevelLeavesAllFactorsAlone) {
  const Finding finding = repair_as(R"({"input": [1, 3, 128, 128], "layers": [
    {"name": "f0", "type": "Conv2d", "out_channels": 8, "kernel_size": 7, "stride": 2, "padding": 3},
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "f1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "f2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "j", "type": "Concat", "inputs": ["u2", "f0"]},
    {"name": "d", "type": "Conv2d", "in_channels": 24, "out_channels": 8, "kernel_size": 3, "padding": 1}]})",
                                    Code::L208);
  ASSERT_EQ(finding.fixes.size(), 1U);
  EXPECT_EQ(finding.fixes[0].title, "take `f1` instead of `f0` in `j`");
}

TEST(Strides, NoneOnAConvolutionOfOnePlace) {
  EXPECT_FALSE(offers(repair_as(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "c4", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c5", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "l5", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},
    {"name": "t5", "type": "Upsample", "scale_factor": 4},
    {"name": "m", "type": "Add", "inputs": ["c4", "t5"]}]})",
                                Code::L208),
                      "stride to 2 on `l5`"));
}

TEST(Axes, AMeanAndAMaximumKeepTheirAxis) {
  EXPECT_EQ(title_of(R"({"input": [4, 64, 32, 32], "layers": [
    {"name": "avg", "type": "Mean", "inputs": "input", "dim": [1]},
    {"name": "mx", "type": "Max", "inputs": "input", "dim": [1]},
    {"name": "two", "type": "Concat", "inputs": ["avg", "mx"], "dim": 1},
    {"name": "conv", "type": "Conv2d", "in_channels": 2, "out_channels": 1, "kernel_size": 7, "padding": 3},
    {"name": "out", "type": "Mul", "inputs": ["input", "conv"]}]})",
                     Code::L203),
            "set keepdim to true on `avg` and `mx`");
}

TEST(Axes, ASqueezeLeavesTheBatch) {
  EXPECT_EQ(title_of(R"({"input": [1, 64, 8, 8], "expect": [1, 10], "layers": [
    {"name": "gap", "type": "AdaptiveAvgPool2d", "output_size": 1},
    {"name": "sq", "type": "Squeeze"},
    {"name": "fc", "type": "Linear", "out_features": 10}]})",
                     Code::R302),
            "set dim to [2, 3] on `sq`");
}

TEST(Axes, AHeightOfOneIsTakenAwayInFrontOfAPermute) {
  EXPECT_EQ(title_of(R"({"input": [2, 16, 1, 24], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 32, "kernel_size": 1},
    {"name": "p", "type": "Permute", "dims": [2, 0, 1]},
    {"name": "rnn", "type": "LSTM", "input_size": 32, "hidden_size": 8}]})",
                     Code::L212),
            "put a Squeeze in front of `p`: [2, 32, 1, 24] becomes [2, 32, 24]");
}

TEST(Axes, FramesOfClipsGoIntoTheBatch) {
  EXPECT_EQ(title_of(R"({"input": [4, 8, 3, 64, 64], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3},
    {"name": "gap", "type": "AdaptiveAvgPool2d", "output_size": 1},
    {"name": "f", "type": "Flatten"},
    {"name": "fc", "type": "Linear", "in_features": 8, "out_features": 10}]})",
                     Code::L204),
            "put a Flatten in front of `c`: [4, 8, 3, 64, 64] becomes [32, 3, 64, 64]");
}

TEST(Axes, TokensGoBackToTheMapTheyWere) {
  const Finding finding = repair_as(R"({"input": [1, 64, 16, 12], "layers": [
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "fc", "type": "Linear", "out_features": 64},
    {"name": "b", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "g", "type": "Reshape", "shape": ["in[0]", 64, 8, 6]},
    {"name": "y", "type": "Add", "inputs": ["g", "input"]}]})",
                                    Code::L211);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set shape to [\"in[0]\", 64, 16, 12] on `g`");
  EXPECT_FALSE(offers(finding, "feed"));
}

TEST(Stages, TheOneThatStepsUnlikeItsSiblings) {
  const Finding finding = repair_as(R"({"input": [4, 8, 16], "expect": [4, 1, 4096], "layers": [
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 24, "stride": 4, "padding": 10},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 24, "stride": 2, "padding": 11},
    {"name": "u3", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 24, "stride": 4, "padding": 10},
    {"name": "u4", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 24, "stride": 4, "padding": 10}]})",
                                    Code::R302);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set stride to 4 and padding to 10 on `u2`");
}

TEST(Stages, OfTwoThatStepTheFirstIsMeant) {
  EXPECT_EQ(title_of(R"({"input": [2, 64, 56, 56], "layers": [{"type": "Residual", "name": "b", "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 128, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 128, "kernel_size": 3, "stride": 2, "padding": 1}],
    "shortcut": [{"type": "Conv2d", "out_channels": 128, "kernel_size": 1, "stride": 2}]}]})",
                     Code::L208),
            "set stride to 1 on `b.c2`");
}

TEST(Stages, ADilationIsPaddedNotTakenBack) {
  const Finding finding = repair_as(R"({"input": [1, 16, 33, 33], "layers": [
    {"name": "a1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 6, "dilation": 6},
    {"name": "a2", "type": "Conv2d", "inputs": "input", "out_channels": 8, "kernel_size": 3, "padding": 6,
     "dilation": 12},
    {"name": "j", "type": "Concat", "inputs": ["a1", "a2"]}]})",
                                    Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set padding to 12 on `a2`");
  EXPECT_FALSE(offers(finding, "dilation"));
  EXPECT_FALSE(offers(finding, "pad `a2`"));
}

}  // namespace
}  // namespace shapedbg
