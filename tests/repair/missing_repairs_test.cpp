// Repairs of several layers or steps that are one thought: the first fix of networks as people post them.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::repair_as;
using repaired::title_of;

TEST(Twins, TransposedLayersWithoutPadding) {
  EXPECT_EQ(title_of(R"({"input": [2, 3, 64, 48], "encoder": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1}], "decoder": [
    {"name": "x", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 4, "stride": 2},
    {"name": "y", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 2}]})"),
            "set padding to 1 on `x` and `y`");
}

TEST(Twins, ReflectedPadsAsWideAsTheirKernels) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 40, 40], "layers": [
    {"name": "p1", "type": "ReflectionPad2d", "padding": 1},
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 7},
    {"name": "p2", "type": "ReflectionPad2d", "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 3, "kernel_size": 5}], "expect": "input"})"),
            "set padding to 3 on `p1`, padding to 2 on `p2`");
}

TEST(Twins, CausalPadsStayCausal) {
  EXPECT_EQ(title_of(R"({"input": [1, 8, 200], "layers": [
    {"name": "p1", "type": "Pad", "padding": [2, 0]},
    {"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 2},
    {"name": "p2", "type": "Pad", "padding": [2, 0]},
    {"name": "b", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 4}], "expect": "input"})"),
            "set padding to [4, 0] on `p1`, padding to [8, 0] on `p2`");
}

TEST(Twins, ABranchWithoutThePaddingOfItsTwin) {
  EXPECT_EQ(title_of(R"({"input": {"x": [1, 3, 33], "y": [1, 2, 33]}, "layers": [
    {"name": "a", "type": "Conv1d", "inputs": ["x"], "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "b", "type": "Conv1d", "inputs": ["y"], "out_channels": 8, "kernel_size": 5, "stride": 2},
    {"name": "add", "type": "Add", "inputs": ["a", "b"]}]})",
                     Code::L208),
            "set padding to 2 on `b`");
}

TEST(Twins, AResidualBranchPaddedTwiceAsWide) {
  EXPECT_EQ(title_of(R"({"input": [2, 8, 60], "layers": [{"type": "Residual", "name": "r", "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 2, "padding": 4},
    {"type": "ReLU"},
    {"name": "b", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 2, "padding": 4}]}]})",
                     Code::L208),
            "set padding to 2 on `r.a` and `r.b`");
}

TEST(Channels, AProductTakesAsManyAsItsOtherFactorHas) {
  const Finding finding = repair_as(R"({"input": [1, 3, 16, 16], "layers": [
    {"name": "enc", "type": "Conv2d", "out_channels": 128, "kernel_size": 2, "stride": 2},
    {"type": "Permute", "dims": [0, 2, 3, 1]}, {"name": "rows", "type": "Reshape", "shape": [64, -1]},
    {"name": "twice", "type": "Mul", "value": 2},
    {"name": "codes", "type": "Parameter", "inputs": [], "shape": [32, 512]},
    {"name": "distances", "type": "MatMul", "inputs": ["twice", "codes"]}]})",
                                    Code::L208);
  // Either is right: nothing else in the network counts them.
  std::vector<std::string> titles;
  for (const Fix& fix : finding.fixes) titles.push_back(fix.title);
  EXPECT_EQ(titles, (std::vector<std::string>{"set shape to [128, 512] on `codes`",
                                              "set out_channels to 32 on `enc`"}));
}

// Windows of 7 on a map that a stride of 4 made: 28, though the reshapes divide by far more on the way.
TEST(Windows, AMapThatTheyDoNotDivideIsPadded) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 56, 44], "layers": [
    {"name": "embed", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"name": "last", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "cut", "type": "Reshape", "inputs": ["last", "embed"],
     "shape": ["in[0]", "in[1][2]//7", 7, "in[1][3]//7", 7, -1]},
    {"name": "windows", "type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"name": "tokens", "type": "Reshape", "inputs": ["windows", "embed"], "shape": [-1, 49, "in[1][1]"]},
    {"name": "mix", "type": "Linear", "out_features": 8},
    {"name": "cells", "type": "Reshape", "inputs": ["mix", "embed"],
     "shape": ["in[1][0]", "in[1][2]//7", "in[1][3]//7", 7, 7, -1]},
    {"name": "rows", "type": "Permute", "dims": [0, 5, 1, 3, 2, 4]},
    {"name": "map", "type": "Reshape", "inputs": ["rows", "embed"], "shape": ["in[0]", "in[1]", "in[1][2]", -1]},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 4}]})",
                     Code::L211),
            "pad the input to multiples of 28 in front and crop the output back");
}

// The sum names both of its tensors, as a recorded network does.
TEST(Axes, APermuteInFrontOfABranchAndBackInFrontOfItsSum) {
  EXPECT_EQ(title_of(R"({"input": [1, 64, 96], "layers": [
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [96]},
    {"name": "a", "type": "Linear", "in_features": 64, "out_features": 128}, {"type": "GELU"},
    {"name": "b", "type": "Linear", "out_features": 64},
    {"name": "add", "type": "Add", "inputs": ["input", "b"]}]})",
                     Code::L209),
            "put a Permute in front of `a`: [1, 64, 96] becomes [1, 96, 64], and one behind `b` back");
}

// A pyramid whose resize stands in a loop: of two that round, one misses here.
TEST(Calls, OfOneStatementChangeTogether) {
  const auto net = [](const std::string& second) {
    return R"({"input": [1, 3, 52, 52], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c3", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up1", "type": "Upsample", "scale_factor": 2, "source": {"called": "net.py:9"}},
    {"name": "a1", "type": "Add", "inputs": ["up1", "c2"]},
    {"name": "up2", "type": "Upsample", "scale_factor": 2, "source": {"called": ")" +
           second + R"("}},
    {"name": "a2", "type": "Add", "inputs": ["up2", "c1"]}]})";
  };
  // Without the repair of the input, which changes no layer.
  const auto set_first = [&](const std::string& second) {
    const Finding finding = repair_as(net(second), Code::L208);
    for (const Fix& fix : finding.fixes)
      if (fix.title.starts_with("set size_like")) return fix.title;
    return std::string("none");
  };
  EXPECT_EQ(set_first("net.py:10"), "set size_like to \"c2\" on `up1`");
  EXPECT_EQ(set_first("net.py:9"), "set size_like to \"c2\" on `up1` and \"c1\" on `up2`");
}

TEST(Axes, APartOfAConcatWithItsAxesTheOtherWayRound) {
  EXPECT_EQ(title_of(R"({"input": [2, 3, 50], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 1},
    {"name": "wide", "type": "Conv1d", "out_channels": 32, "kernel_size": 1},
    {"name": "tokens", "type": "Permute", "dims": [0, 2, 1]},
    {"name": "cat", "type": "Concat", "inputs": ["a", "tokens"]},
    {"name": "head", "type": "Conv1d", "in_channels": 40, "out_channels": 5, "kernel_size": 1}]})",
                     Code::L208),
            "put a Transpose between `tokens` and `cat`: [2, 50, 32] becomes [2, 32, 50]");
}

// Masks for each speaker, who are laid into the batch for the decoder and taken out again.
TEST(Twins, DilatedStackBehindAViewByTheEncodersSizes) {
  EXPECT_EQ(title_of(R"({"input": [2, 1, 400], "layers": [
    {"name": "enc", "type": "Conv1d", "out_channels": 8, "kernel_size": 16, "stride": 8, "bias": false},
    {"name": "s1", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 1, "padding": 1},
    {"name": "s2", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 2, "padding": 1},
    {"name": "s4", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 4, "padding": 1},
    {"name": "mask", "type": "Conv1d", "out_channels": 16, "kernel_size": 1},
    {"name": "masks", "type": "Reshape", "inputs": ["mask", "enc"], "shape": ["in[0]", 2, "in[1][1]", -1]},
    {"name": "one", "type": "Unsqueeze", "inputs": "enc", "dim": 1},
    {"name": "mul", "type": "Mul", "inputs": ["masks", "one"]},
    {"name": "rows", "type": "Reshape", "inputs": ["mul", "enc"], "shape": [-1, "in[1][1]", "in[1][2]"]},
    {"name": "dec", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 16, "stride": 8},
    {"name": "speakers", "type": "Reshape", "inputs": ["dec", "input"], "shape": ["in[1][0]", 2, -1]}]})",
                     Code::L208),
            "set padding to 2 on `s2`, padding to 4 on `s4`");
}

TEST(Partners, TheKernelStaysWhereOtherNumbersWillDo) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 40, 24], "encoder": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}], "decoder": [
    {"name": "x", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 2, "output_padding": 1},
    {"name": "y", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 2, "output_padding": 1}]})"),
            "set padding to 1 and output_padding to 0 on `x` and `y`");
}

TEST(Partners, ADilationThatThePartnerHasNot) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 36], "encoder": [
    {"name": "p", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 7, "stride": 3, "padding": 0}], "decoder": [
    {"name": "x", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 7, "stride": 3, "padding": 1, "output_padding": 2},
    {"name": "y", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2, "dilation": 3}]})"),
            "set padding to 0 on `x`, dilation to 1 on `y`");
}

TEST(Maps, BothEndsOfACodeAndItsMap) {
  EXPECT_EQ(title_of(R"({"input": [4, 3, 48, 48], "encoder": [
    {"name": "a", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 4},
    {"type": "Flatten"},
    {"name": "mu", "type": "Linear", "in_features": 1024, "out_features": 16}], "decoder": [
    {"name": "fc", "type": "Linear", "in_features": 16, "out_features": 1024},
    {"name": "un", "type": "Unflatten", "dim": 1, "unflattened_size": [16, 8, 8]},
    {"name": "x", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 4}]})",
                     Code::L209),
            "set in_features to 2304 on `mu`, out_features to 2304 on `fc`, unflattened_size to [16, 12, 12] "
            "on `un`");
}

TEST(Maps, TokensBecomeTheMapThatTheyWere) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 96, 64], "layers": [
    {"name": "patch", "type": "Conv2d", "out_channels": 8, "kernel_size": 8, "stride": 8},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "grid", "type": "Unflatten", "dim": 2, "unflattened_size": [8, 8]},
    {"name": "o", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 8, "stride": 8}], "expect": "input"})",
                     Code::L211),
            "set unflattened_size to [12, 8] on `grid`");
}

TEST(Joins, EveryLevelOfAUNet) {
  EXPECT_EQ(
      title_of(R"({"input": [1, 2, 64], "encoder": [
    {"name": "e1", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "MaxPool1d", "kernel_size": 2},
    {"name": "e2", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "MaxPool1d", "kernel_size": 2},
    {"name": "m", "type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": 1}], "decoder": [
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "d2", "type": "Conv1d", "in_channels": 16, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 2, "stride": 2},
    {"name": "d1", "type": "Conv1d", "in_channels": 8, "out_channels": 2, "kernel_size": 3, "padding": 1}]})",
               Code::L203),
      "join `e2` and `u2` by a Concat in front of `d2`, and `e1` and `u1` by a Concat in front of `d1`");
}

TEST(Joins, EverySkipOfAnUnpaddedUNetIsCroppedToItsCentre) {
  const Finding finding = repaired::repair_as(R"({"input": [1, 1, 92], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 5},
    {"name": "p1", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "b", "type": "Conv1d", "out_channels": 16, "kernel_size": 5},
    {"name": "p2", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "m", "type": "Conv1d", "out_channels": 32, "kernel_size": 5},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "c2", "type": "Concat", "inputs": ["b", "u2"]},
    {"name": "d", "type": "Conv1d", "out_channels": 16, "kernel_size": 5},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "c1", "type": "Concat", "inputs": ["a", "u1"]}]})",
                                              Code::L208);
  EXPECT_TRUE(std::any_of(finding.fixes.begin(), finding.fixes.end(), [](const Fix& fix) {
    return fix.title ==
           "crop `b` to the centre that `u2` covers, in front of `c2`, and `a` to the centre that `u1` "
           "covers, in "
           "front of `c1`";
  }));
}

TEST(Joins, AVectorMeetsAMap) {
  const auto net = [](const std::string& x, const std::string& layer) {
    return R"({"input": {"x": [2, 16, )" + x + R"(], "s": [2, 64]}, "layers": [
    {"name": "c", "type": ")" +
           layer + R"(", "out_channels": 32, "kernel_size": 3, "padding": 1, "inputs": ["x"]},
    {"name": "g", "type": "Linear", "out_features": 32, "inputs": ["s"]},
    {"name": "m", "type": "Mul", "inputs": ["c", "g"]}]})";
  };
  EXPECT_EQ(title_of(net("24, 20", "Conv2d"), Code::L208),
            "put an Unflatten between `g` and `m`: [2, 32] becomes [2, 32, 1, 1]");
  EXPECT_EQ(title_of(net("24", "Conv1d"), Code::L208),
            "put an Unsqueeze between `g` and `m`: [2, 32] becomes [2, 32, 1]");
}

TEST(Layouts, ChannelsLastInFrontAndBehind) {
  EXPECT_EQ(title_of(R"({"input": [1, 16, 32, 20, 1], "layers": [
    {"name": "a", "type": "Conv3d", "in_channels": 1, "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Conv3d", "in_channels": 4, "out_channels": 1, "kernel_size": 3, "padding": 1}], "expect": "input"})",
                     Code::L203),
            "put a Permute in front: [1, 16, 32, 20, 1] becomes [1, 1, 16, 32, 20], and one behind "
            "everything back");
}

TEST(Layouts, TheSecondHeadTakesWhatTheFirstTook) {
  EXPECT_EQ(title_of(R"({"input": [2, 3, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 64, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "mu", "type": "Conv2d", "in_channels": 64, "out_channels": 8, "kernel_size": 1},
    {"name": "logvar", "type": "Conv2d", "in_channels": 64, "out_channels": 8, "kernel_size": 1}]})",
                     Code::L203),
            "take `a` instead of `mu` in `logvar`, as `mu` does");
}

TEST(Layouts, ALatentIsAMapOfOnePlace) {
  EXPECT_EQ(title_of(R"({"input": [8, 100], "layers": [
    {"name": "g0", "type": "ConvTranspose2d", "in_channels": 100, "out_channels": 3, "kernel_size": 4}], "expect": [8, 3, 4, 4]})",
                     Code::L204),
            "put an Unflatten in front of `g0`: [8, 100] becomes [8, 100, 1, 1]");
}

TEST(Layouts, ChannelsLastForSeveralLinearLayers) {
  EXPECT_EQ(title_of(R"({"input": [1, 64, 14, 14], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "proj", "type": "Linear", "in_features": 64, "out_features": 128}, {"type": "GELU"},
    {"name": "back", "type": "Linear", "in_features": 128, "out_features": 64}], "expect": "input"})",
                     Code::L209),
            "put a Permute in front of `proj`: [1, 64, 14, 14] becomes [1, 14, 14, 64], and one behind "
            "`back` back");
}

TEST(Layouts, ANormOfTheChannelsGetsThemLastAndGivesThemBack) {
  EXPECT_EQ(
      title_of(R"({"input": [1, 32, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "ln", "type": "LayerNorm", "normalized_shape": [64]},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 1}]})",
               Code::L209),
      "put a Permute in front of `ln`: [1, 64, 20, 20] becomes [1, 20, 20, 64], and one behind it back");
}

TEST(Rates, AShortcutThatHasItsConvolutionLacksAStride) {
  EXPECT_EQ(title_of(R"({"input": [1, 16, 32, 32], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "sc", "type": "Conv2d", "out_channels": 32, "kernel_size": 1, "inputs": ["input"]},
    {"name": "add", "type": "Add", "inputs": ["c2", "sc"]}]})",
                     Code::L208),
            "set stride to 2 on `sc`");
}

TEST(Stages, OneMoreLikeItsNeighbours) {
  EXPECT_EQ(title_of(R"({"input": [4, 64, 4, 4], "layers": [
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "c1", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1}, {"type": "ReLU"},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "c2", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": [4, 3, 32, 32]})",
                     Code::R302),
            "put one more stage like `u1` in front of `u2`: Upsample, Conv2d and ReLU");
}

TEST(Rates, OddKernelsKeepTheirWeights) {
  EXPECT_EQ(title_of(R"({"input": {"wav": [1, 8, 2000], "mel": [1, 80, 50]}, "layers": [
    {"name": "u1", "type": "ConvTranspose1d", "inputs": ["mel"], "out_channels": 16, "kernel_size": 16, "stride": 8, "padding": 4},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 10, "stride": 5, "padding": 2},
    {"name": "add", "type": "Add", "inputs": ["wav", "u2"]}]})",
                     Code::L208),
            "set padding to 3 and output_padding to 1 on `u2`");
}

TEST(Rates, ABranchThatGoesUpByTwiceTheFactor) {
  EXPECT_EQ(title_of(R"({"input": {"wav": [1, 8, 800], "mel": [1, 80, 50]}, "layers": [
    {"name": "u1", "type": "ConvTranspose1d", "inputs": ["mel"], "out_channels": 16, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 16, "stride": 8, "padding": 4},
    {"name": "add", "type": "Add", "inputs": ["wav", "u2"]}]})",
                     Code::L208),
            "set stride to 2, kernel_size to 4 and padding to 1 on `u1`");
}

TEST(Rates, ChannelsForAPixelShuffle) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 20, 20], "layers": [
    {"name": "b", "type": "Conv2d", "out_channels": 12, "kernel_size": 3, "padding": 1},
    {"name": "ps", "type": "PixelShuffle", "upscale_factor": 3},
    {"name": "o", "type": "Conv2d", "in_channels": 3, "out_channels": 3, "kernel_size": 1}]})",
                     Code::L215),
            "set out_channels to 27 on `b`");
}

TEST(FarInputs, ATableOfPositions) {
  EXPECT_EQ(title_of(R"({"input": {"image": [1, 3, 32, 32], "positions": [1, 64, 8]}, "layers": [
    {"name": "patch", "type": "Conv2d", "inputs": ["image"], "out_channels": 8, "kernel_size": 8, "stride": 8},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "add", "type": "Add", "inputs": ["t", "positions"]}]})",
                     Code::L208),
            "feed `positions` as [1, 16, 8] instead of [1, 64, 8]");
}

TEST(Framing, TheEndOfASignalIsTrimmedLess) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 1701], "encoder": [
    {"name": "pad", "type": "ConstantPad1d", "padding": [32, 32], "value": 0},
    {"name": "frames", "type": "Conv1d", "out_channels": 33, "kernel_size": 64, "stride": 16}], "decoder": [
    {"name": "ola", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 64, "stride": 16},
    {"name": "cut", "type": "Pad", "padding": [-32, -32]}]})"),
            "set padding to [-32, -27] on `cut`");
}

TEST(Several, TwoMistakesAreRepairedTogether) {
  EXPECT_EQ(title_of(R"({"input": [1, 32, 32], "encoder": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "BatchNorm2d"}], "decoder": [
    {"name": "x", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}]})",
                     Code::L204),
            "give the input a batch axis: [1, 1, 32, 32], and set output_padding to 1 on `x`");
}

// The free sizes stand one axis further behind then.
TEST(Several, ABatchAxisForAnInputWithFreeSizes) {
  EXPECT_EQ(
      title_of(
          R"({"input": [1, "H", "W"], "sizes": {"H": {"min": 16, "max": 64}, "W": {"min": 16}}, "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 3},
    {"type": "Upsample", "scale_factor": 2, "mode": "bilinear"}]})",
          Code::L204),
      "give the input a batch axis: [1, 1, 16, 16]");
}

}  // namespace
}  // namespace shapedbg
