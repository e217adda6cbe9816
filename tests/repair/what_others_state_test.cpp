// Repairs that follow from what the rest of a network states: what nothing reads, how long an axis is, how
// many features are viewed, split or multiplied. The first fix of networks as people post them.
#include <gtest/gtest.h>

#include "meaning/walk.h"
#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::title_of;

TEST(Unread, WhatALayerMadeIsTakenInsteadOfTheInput) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 32, 32], "layers": [
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "f", "type": "ConvTranspose2d", "inputs": "input", "out_channels": 8, "kernel_size": 8, "stride": 4,
     "padding": 2},
    {"name": "r", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1},
    {"name": "up2", "type": "ConvTranspose2d", "inputs": "input", "out_channels": 1, "kernel_size": 4, "stride": 2,
     "padding": 1},
    {"name": "sum", "type": "Add", "inputs": ["up2", "r"]}]})",
                     Code::L208),
            "take `up` instead of `input` in `up2`: nothing reads it");
}

TEST(Unread, WhatALayerMadeIsJoinedFurtherUp) {
  EXPECT_EQ(title_of(R"({"input": {"z": [1, 4, 8, 8], "c": [1, 4, 8, 8]}, "layers": [
    {"name": "pz", "type": "PixelUnshuffle", "inputs": "z", "downscale_factor": 2},
    {"name": "pc", "type": "PixelUnshuffle", "inputs": "c", "downscale_factor": 2},
    {"name": "f", "type": "Flatten", "inputs": "pz", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "e", "type": "Linear", "in_features": 32, "out_features": 8}]})",
                     Code::L209),
            "join `pz` and `pc` by a Concat in front of `f`: nothing reads `pc`");
}

TEST(Unread, ALabelBesideACodeThatIsReadElsewhere) {
  EXPECT_EQ(title_of(R"({"input": {"x": [4, 30], "y": [4, 10]}, "layers": [
    {"name": "xy", "type": "Concat", "inputs": ["x", "y"]},
    {"name": "mu", "type": "Linear", "in_features": 40, "out_features": 6},
    {"name": "d", "type": "Linear", "in_features": 16, "out_features": 30}]})",
                     Code::L209),
            "join `mu` and `y` by a Concat in front of `d`");
}

TEST(Spans, AKernelThatIsToUseUpItsAxis) {
  EXPECT_EQ(title_of(R"({"input": [2, 1, 16, 41], "layers": [
    {"name": "time", "type": "Conv2d", "out_channels": 4, "kernel_size": [1, 5]},
    {"name": "space", "type": "Conv2d", "out_channels": 4, "kernel_size": [8, 1]},
    {"type": "Flatten"},
    {"name": "fc", "type": "Linear", "in_features": 148, "out_features": 2}]})",
                     Code::L209),
            "set kernel_size to [16, 1] on `space`");
}

TEST(Spans, APoolOfAllThatIsLeft) {
  EXPECT_EQ(title_of(R"({"input": [2, 8, 3, 3], "layers": [
    {"name": "pool", "type": "AvgPool2d", "kernel_size": 7}, {"type": "Flatten"},
    {"name": "fc", "type": "Linear", "in_features": 8, "out_features": 2}]})",
                     Code::L205),
            "set kernel_size to 3 on `pool`");
}

TEST(Spans, PatchesAsLargeAsTheWayUpUndoes) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "pix", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "embed", "type": "Conv2d", "inputs": "input", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"name": "u1", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "u2", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "u3", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
    {"name": "j", "type": "Concat", "inputs": ["u3", "pix"]}]})",
                     Code::L208),
            "set kernel_size to 8 and stride to 8 on `embed`");
}

TEST(Spans, WholeRowsOfASignal) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 100], "layers": [
    {"name": "rows", "type": "Reshape", "shape": ["in[0]", 1, -1, 3]},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": [3, 1]}]})",
                     Code::L211),
            "pad by 2 to whole rows of 3 in front of `rows`");
}

TEST(Repeats, ACodeForEachStepOfTheSequence) {
  EXPECT_EQ(title_of(R"({"input": [4, 10, 3], "expect": "input", "layers": [
    {"name": "enc", "type": "LSTM", "input_size": 3, "hidden_size": 8, "batch_first": true},
    {"name": "last", "type": "Select", "dim": 1, "index": -1},
    {"name": "code", "type": "Unsqueeze", "dim": 1},
    {"name": "dec", "type": "LSTM", "input_size": 8, "hidden_size": 8, "batch_first": true},
    {"name": "out", "type": "Linear", "in_features": 8, "out_features": 3}]})"),
            "repeat `code` by an Expand in front of `dec`: [4, 1, 8] becomes [4, 10, 8]");
}

TEST(Pooled, AMapBesideAVectorThatALinearCounts) {
  EXPECT_EQ(title_of(R"({"input": {"x": [4, 6, 20], "v": [4, 3]}, "layers": [
    {"name": "j", "type": "Concat", "inputs": ["v", "x"]},
    {"name": "fc", "type": "Linear", "in_features": 9, "out_features": 2}]})",
                     Code::L208),
            "put a Mean over the places between `x` and `j`: [4, 6, 20] becomes [4, 6]");
}

TEST(Products, WeightsGetARowOfTheirOwn) {
  EXPECT_EQ(title_of(R"({"input": {"w": [4, 6], "v": [4, 6, 8], "e": [4, 1, 2]}, "layers": [
    {"name": "ctx", "type": "MatMul", "inputs": ["w", "v"]},
    {"name": "j", "type": "Concat", "inputs": ["e", "ctx"], "dim": 2}]})",
                     Code::L208),
            "put an Unsqueeze between `w` and `ctx`: [4, 6] becomes [4, 1, 6]");
}

TEST(Makers, OfWhatIsViewedSplitAndMultiplied) {
  EXPECT_EQ(title_of(R"({"input": [2, 40, 16], "layers": [
    {"name": "p", "type": "Linear", "in_features": 16, "out_features": 80},
    {"name": "v", "type": "Reshape", "shape": ["in[0]", 120, 80]}]})",
                     Code::L211),
            "set out_features to 240 on `p`");
  EXPECT_EQ(title_of(R"({"input": [8, 16], "layers": [
    {"name": "p", "type": "Linear", "in_features": 16, "out_features": 24},
    {"name": "s", "type": "Split", "split_size_or_sections": [8, 8], "dim": 1},
    {"type": "Linear", "in_features": 8, "out_features": 2, "inputs": "s:0"},
    {"type": "Linear", "in_features": 8, "out_features": 2, "inputs": "s:1"}]})",
                     Code::L215),
            "set out_features to 16 on `p`");
  EXPECT_EQ(title_of(R"({"input": {"a": [8, 16], "b": [8, 12]}, "layers": [
    {"name": "pa", "type": "Linear", "inputs": "a", "in_features": 16, "out_features": 32},
    {"name": "pb", "type": "Linear", "inputs": "b", "in_features": 12, "out_features": 20},
    {"name": "t", "type": "Transpose", "dim0": 0, "dim1": 1},
    {"name": "m", "type": "MatMul", "inputs": ["pa", "t"]}]})",
                     Code::L208),
            "set out_features to 32 on `pb`");
}

TEST(Projections, FeaturesOfAShortcut) {
  EXPECT_EQ(title_of(R"({"input": [8, 12], "layers": [
    {"name": "a", "type": "Linear", "in_features": 12, "out_features": 12},
    {"name": "g", "type": "GLU", "dim": -1},
    {"name": "y", "type": "Add", "inputs": ["g", "input"]},
    {"name": "n", "type": "LayerNorm", "normalized_shape": [6]}]})",
                     Code::L208),
            "put a Linear to 6 features between `input` and `y`");
}

TEST(Axes, AVectorThatScalesTokensAndABranchTurnedOnTheSecondSide) {
  EXPECT_EQ(title_of(R"({"input": {"x": [4, 50, 8], "v": [4, 8]}, "layers": [
    {"name": "m", "type": "Mul", "inputs": ["x", "v"]}]})",
                     Code::L208),
            "put an Unsqueeze between `v` and `m`: [4, 8] becomes [4, 1, 8]");
  EXPECT_EQ(title_of(R"({"input": [2, 12, 20], "layers": [
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "l", "type": "Linear", "in_features": 12, "out_features": 12},
    {"name": "m", "type": "Mul", "inputs": ["input", "l"]}]})",
                     Code::L208),
            "put a Transpose between `l` and `m`: [2, 20, 12] becomes [2, 12, 20]");
}

TEST(Axes, AStateOfOneLayerBesideAVector) {
  EXPECT_EQ(title_of(R"({"input": {"x": [4, 9, 3], "y": [4, 2]}, "layers": [
    {"name": "enc", "type": "GRU", "inputs": "x", "input_size": 3, "hidden_size": 8, "batch_first": true},
    {"name": "mu", "type": "Linear", "inputs": "enc:1", "in_features": 8, "out_features": 5},
    {"name": "zy", "type": "Concat", "inputs": ["mu", "y"], "dim": 1},
    {"name": "d", "type": "Linear", "in_features": 7, "out_features": 3}]})",
                     Code::L208),
            "put a Squeeze between `mu` and `zy`: [1, 4, 5] becomes [4, 5]");
}

TEST(Unbatched, TheBatchAxisAndTheCountTogether) {
  EXPECT_EQ(title_of(R"({"input": [3, 8, 8], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3},
    {"name": "f", "type": "Flatten"},
    {"name": "fc", "type": "Linear", "in_features": 100, "out_features": 2}]})",
                     Code::L209),
            "give the input a batch axis: [1, 3, 8, 8], and set in_features to 144 on `fc`");
}

// Halves of an axis that are exchanged are no positions any more: rotary embeddings add them to the whole.
TEST(Meanings, ExchangedHalvesAreNotShifted) {
  const Spec spec = repaired::read(R"({"input": [2, 8, 50, 64], "layers": [
    {"name": "h", "type": "Chunk", "chunks": 2, "dim": -1},
    {"name": "n", "type": "Neg", "inputs": "h:1"},
    {"name": "r", "type": "Concat", "inputs": ["n", "h:0"], "dim": -1},
    {"name": "y", "type": "Add", "inputs": ["input", "r"]}]})");
  EXPECT_TRUE(walk(spec, infer(spec)).troubles.empty());
}

}  // namespace
}  // namespace shapedbg
