// One wrong number in networks as packages have them: what layers behind state, and what the likes of a layer
// are.
#include <gtest/gtest.h>

#include <string>

#include "repair/repaired.h"

namespace shapedbg::counts_and_likes_test {
namespace {

std::string first_fix(const std::string& input, const std::string& layers,
                      const std::string& expect = "null") {
  const auto found = repaired::errors_of(R"({"input": )" + input + R"(, "layers": [)" + layers +
                                         R"(], "expect": )" + expect + "}");
  if (found.empty()) return "nothing is wrong";
  return found[0].fixes.empty() ? "no fix" : found[0].fixes[0].title;
}

// Layers that say only what they return take whatever comes: no number behind asks for another one here.
TEST(Counts, OneNumberAmongLayersThatSayNone) {
  const std::string conv = R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1}, )";
  const std::string odd =
      R"({"name": "odd", "type": "Conv1d", "in_channels": 7, "out_channels": 4, "kernel_size": 3, "padding": 1}, )";
  EXPECT_EQ(first_fix("[1, 4, 64]", conv + conv + odd + conv + R"({"type": "ReLU"})", R"("input")"),
            "set in_channels to 4 on `odd`");
  EXPECT_EQ(first_fix("[1, 4, 64]",
                      R"({"type": "Conv1d", "out_channels": 5, "kernel_size": 3, "padding": 1},
      {"name": "odd", "type": "Conv1d", "in_channels": 7, "out_channels": 5, "kernel_size": 3, "padding": 1},
      {"type": "Conv1d", "out_channels": 4, "kernel_size": 1})",
                      R"("input")"),
            "set in_channels to 5 on `odd`");
}

TEST(Counts, WhatComesOutOfACodeGetsNoSkip) {
  // Twice the channels that come: a skip of a U-Net has as many, and would go past the code.
  EXPECT_EQ(first_fix("[2, 3, 16, 16]", R"(
    {"name": "down1", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "down2", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "flat", "type": "Flatten"},
    {"name": "code", "type": "Linear", "out_features": 10},
    {"name": "back", "type": "Linear", "out_features": 256},
    {"name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [16, 4, 4]},
    {"name": "up1", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "up2", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1})",
                      R"("input")"),
            "set in_channels to 8 on `up2`");
}

TEST(Counts, ABorderIsNoStepUp) {
  const std::string block = R"(
    {"name": "pad1", "type": "ReflectionPad2d", "padding": 1},
    {"name": "c1", "type": "Conv2d", "in_channels": 16, "out_channels": 16, "kernel_size": 3},
    {"name": "pad2", "type": "ReflectionPad2d", "padding": 1},
    {"name": "c2", "type": "Conv2d", "in_channels": 32, "out_channels": 16, "kernel_size": 3},
    {"name": "sum", "type": "Add", "inputs": ["c2", "down"]}, )";
  EXPECT_EQ(first_fix("[1, 3, 32, 32]", R"(
    {"name": "stem", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "down", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}, )" +
                                            block + R"(
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1})"),
            "set in_channels to 16 on `c2`");
}

TEST(Counts, ANormStatesWhatItsMakerMakes) {
  EXPECT_EQ(first_fix("[1, 3, 32, 32]", R"(
    {"name": "patch", "type": "Conv2d", "out_channels": 32, "kernel_size": 4, "stride": 4},
    {"name": "turn", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [16]},
    {"name": "a", "type": "Linear", "in_features": 16, "out_features": 16},
    {"name": "sum", "type": "Add", "inputs": ["a", "norm"]},
    {"name": "norm2", "type": "LayerNorm", "normalized_shape": [16]})"),
            "set out_channels to 16 on `patch`");
}

TEST(Counts, AVectorThatScalesStatesThem) {
  EXPECT_EQ(first_fix("[1, 17, 32]", R"(
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [32]},
    {"name": "o", "type": "Linear", "in_features": 32, "out_features": 40},
    {"name": "gamma", "type": "Parameter", "shape": [32]},
    {"name": "scaled", "type": "Mul", "inputs": ["gamma", "o"]},
    {"name": "sum", "type": "Add", "inputs": ["scaled", "input"]},
    {"name": "norm2", "type": "LayerNorm", "normalized_shape": [32]})"),
            "set out_features to 32 on `o`");
}

TEST(Counts, NoSkipIsJoinedWithinABranch) {
  EXPECT_EQ(first_fix("[1, 3, 64, 64]", R"(
    {"name": "stem", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "down", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up", "type": "Upsample", "scale_factor": 2},
    {"name": "c1", "type": "Conv2d", "in_channels": 16, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "act", "type": "SiLU"},
    {"name": "c2", "type": "Conv2d", "in_channels": 24, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "sum", "type": "Add", "inputs": ["c2", "up"]},
    {"name": "out", "type": "Conv2d", "in_channels": 16, "out_channels": 3, "kernel_size": 3, "padding": 1})",
                      "\"input\""),
            "set in_channels to 16 on `c2`");
}

// The other level joins, and the layer behind this one counts both: it was to be a Concat.
TEST(Counts, ASkipIsMissingWhereALevelAddsIt) {
  EXPECT_NE(first_fix("[1, 3, 64, 64]", R"(
    {"name": "s1", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "s2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "u2", "type": "ConvTranspose2d", "out_channels": 32, "kernel_size": 2, "stride": 2},
    {"name": "c2", "type": "Add", "inputs": ["s2", "u2"]},
    {"name": "d2", "type": "Conv2d", "in_channels": 64, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "c1", "type": "Concat", "inputs": ["s1", "u1"]},
    {"name": "d1", "type": "Conv2d", "in_channels": 32, "out_channels": 3, "kernel_size": 3, "padding": 1})",
                      "\"input\""),
            "set in_channels to 32 on `d2`");
}

TEST(Counts, WhatLayersBehindTheFaultDoIsNoHarmOfACount) {
  EXPECT_EQ(first_fix("[1, 64, 64]", R"(
    {"name": "qkv", "type": "Linear", "in_features": 64, "out_features": 256},
    {"name": "split", "type": "Reshape", "shape": [1, 64, 3, 64]},
    {"name": "v", "type": "Select", "dim": 2, "index": 2},
    {"name": "back", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "map", "type": "Reshape", "shape": [1, 64, 8, 8]},
    {"name": "conv", "type": "Conv2d", "out_channels": 64, "kernel_size": 1},
    {"name": "cells", "type": "Reshape", "shape": [256, 2, 4, 2]},
    {"name": "turn", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "tokens", "type": "Reshape", "shape": [1, 64, 16, 4]})"),
            "set out_features to 192 on `qkv`");
}

// `wi` states the same numbers, and ends no branch.
TEST(Counts, TheEndOfABranchIsAsWideAsItsShortcut) {
  EXPECT_EQ(first_fix("[1, 12, 32]", R"(
    {"name": "n1", "type": "LayerNorm", "normalized_shape": [32]},
    {"name": "o", "type": "Linear", "in_features": 32, "out_features": 64},
    {"name": "drop", "type": "Dropout"},
    {"name": "r1", "type": "Add", "inputs": ["drop", "input"]},
    {"name": "n2", "type": "LayerNorm", "normalized_shape": [32]},
    {"name": "wi", "type": "Linear", "in_features": 32, "out_features": 64},
    {"name": "act", "type": "ReLU"},
    {"name": "wo", "type": "Linear", "in_features": 64, "out_features": 32},
    {"name": "r2", "type": "Add", "inputs": ["wo", "r1"]})"),
            "set out_features to 32 on `o`");
}

TEST(Likes, AKernelOfOnePlaceIsOneWhereItsLikesAre) {
  const auto pair = [](const std::string& name, const std::string& kernel, const std::string& from) {
    return R"({"name": ")" + name +
           R"(1", "type": "Conv2d", "in_channels": 16, "out_channels": 32, "kernel_size": )" + kernel +
           R"(, "inputs": ")" + from + R"("}, {"name": ")" + name +
           R"(2", "type": "Conv2d", "in_channels": 32, "out_channels": 16, "kernel_size": 1}, {"name": ")" +
           name + R"(", "type": "Add", "inputs": [")" + name + R"(2", ")" + from + "\"]}";
  };
  EXPECT_EQ(first_fix("[1, 16, 20, 20]",
                      pair("a", "1", "input") + ", " + pair("b", "2", "a") + ", " + pair("c", "1", "b")),
            "set kernel_size to 1 on `b1`");
}

TEST(Likes, TheOddWindowBecomesTheOneThatOthersHave) {
  EXPECT_EQ(first_fix("[1, 3, 64, 64]", R"(
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "skip", "type": "Conv2d", "inputs": "b", "out_channels": 8, "kernel_size": 1, "stride": 2},
    {"name": "c", "type": "Conv2d", "inputs": "b", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 2},
    {"name": "sum", "type": "Add", "inputs": ["c", "skip"]},
    {"name": "d", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2})"),
            "set kernel_size to 5 on `c`");
}

// Both ends of a code were built for a smaller input. Nothing says what is expected, and the network gives
// its input back when both are made for the larger one.
TEST(Maps, BothEndsOfACodeGrowTogether) {
  const std::string text = R"({"input": [2, 1, 32, 32], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "flat", "type": "Flatten"},
    {"name": "mean", "type": "Linear", "in_features": 256, "out_features": 10},
    {"name": "back", "type": "Linear", "in_features": 10, "out_features": 256},
    {"name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [16, 4, 4]},
    {"name": "u1", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "u2", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1}]})";
  EXPECT_EQ(repaired::first_of(text),
            "set in_features to 1024 on `mean`, out_features to 1024 on `back`, unflattened_size to "
            "[16, 8, 8] on `map`");
}

// A batch of one in numbers: whatever comes is meant, in all views.
TEST(Samples, AreTakenAsTheyCome) {
  EXPECT_EQ(first_fix("[16, 3, 32, 32]",
                      R"({"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "flat", "type": "Reshape", "shape": [1, 2048]}, {"type": "Linear", "in_features": 2048, "out_features": 10},
    {"type": "Linear", "out_features": 2048}, {"name": "map", "type": "Reshape", "shape": [1, 8, 16, 16]},
    {"type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1})"),
            "set shape to [-1, 2048] on `flat`, and set shape to [-1, 8, 16, 16] on `map`");
  EXPECT_EQ(
      first_fix("[16, 20, 12]", R"({"name": "rnn", "type": "LSTM", "hidden_size": 64, "batch_first": true},
    {"name": "last", "type": "Reshape", "inputs": "rnn:1", "shape": [1, 64]}, {"type": "Linear", "in_features": 64, "out_features": 10})"),
      "set shape to [-1, 64] on `last`");
}

// Twice the factor, where its square was meant: as many channels come out as went in.
TEST(Counts, AShuffleThatEndsTheNetworkReturnsTheChannelsOfItsInput) {
  EXPECT_EQ(
      first_fix("[1, 1, 32, 32]", R"({"type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "c", "type": "Conv2d", "in_channels": 16, "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "PixelShuffle", "upscale_factor": 3})"),
      "set out_channels to 9 on `c`");
}

// One more place behind windows with gaps holds the bias alone; a kernel as long as the stride may be meant.
TEST(OutputPadding, OfAKernelShorterThanItsStrideIsAsked) {
  for (const int kernel : {3, 4}) {
    const auto found = repaired::errors_of(R"({"input": [1, 3, 34, 34], "layers": [
      {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": )" +
                                           std::to_string(kernel) + R"(, "stride": 4},
      {"type": "Add", "inputs": ["up", "input"]}]})");
    ASSERT_FALSE(found.empty());
    int offered = 0;
    for (const Fix& fix : found[0].fixes) {
      if (!fix.title.starts_with("set output_padding")) continue;
      ++offered;
      EXPECT_EQ(fix.applicability == Applicability::safe, kernel == 4) << fix.title;
    }
    EXPECT_EQ(offered, 1) << kernel;
  }
}

}  // namespace
}  // namespace shapedbg::counts_and_likes_test
