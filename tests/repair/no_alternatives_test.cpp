// What closes and is no repair beside a sound one: it is not offered. And repairs that follow from what a
// network undoes, repeats or looks up.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::errors_of;
using repaired::first_of;
using repaired::titles_of;

bool any_with(const std::vector<std::string>& titles, std::string_view part) {
  return std::any_of(titles.begin(), titles.end(),
                     [&](const std::string& title) { return title.find(part) != std::string::npos; });
}

TEST(NoAlternative, AShuffleKeepsTheFactorThatAnotherUndoes) {
  const std::string net = R"({"input": [1, 3, 45, 60], "layers": [
    {"name": "down", "type": "PixelUnshuffle", "downscale_factor": 2},
    {"name": "c", "type": "Conv2d", "out_channels": 12, "kernel_size": 3, "padding": 1},
    {"name": "up", "type": "PixelShuffle", "upscale_factor": 2}]})";
  EXPECT_EQ(first_of(net), "pad the input to multiples of 2 in front and crop the output back");
  EXPECT_FALSE(any_with(titles_of(net), "downscale_factor"));
}

// Beside a depthwise one, a kernel of 1 joins the channels: with as many groups it would join nothing.
TEST(NoAlternative, AKernelOfOneIsMadeToWorkOnChannelsTogether) {
  const std::string net = R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "g1", "type": "Conv2d", "out_channels": 90, "kernel_size": 1},
    {"name": "dw", "type": "Conv2d", "out_channels": 90, "kernel_size": 3, "padding": 1, "groups": 90},
    {"name": "g2", "type": "Conv2d", "out_channels": 360, "kernel_size": 1, "groups": 8}]})";
  EXPECT_EQ(first_of(net), "set groups to 6 on `g2`");
  EXPECT_FALSE(any_with(titles_of(net), "groups to 90"));
}

TEST(NoAlternative, OddPlacesAreNotTheEvenOnes) {
  const std::string net = R"({"input": [1, 4, 33], "layers": [
    {"name": "even", "type": "Slice", "inputs": "input", "index": [null, null, [0, null, 2]]},
    {"name": "odd", "type": "Slice", "inputs": "input", "index": [null, null, [1, null, 2]]},
    {"name": "p", "type": "Conv1d", "inputs": "even", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "t", "type": "Tanh"},
    {"name": "d", "type": "Sub", "inputs": ["odd", "t"]}]})";
  const std::vector<std::string> titles = titles_of(net);
  ASSERT_FALSE(titles.empty());
  EXPECT_FALSE(any_with(titles, "set index"));
}

// 8 channels of 5x5 places are 200, not the 128 of 4x4.
TEST(NoAlternative, ChannelsDoNotMakeUpForPlaces) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 1, 20, 20], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"name": "v", "type": "Reshape", "shape": ["in[0]", -1, 4]},
    {"name": "w", "type": "Parameter", "inputs": [], "shape": [1, 32, 4]},
    {"name": "s", "type": "Mul", "inputs": ["v", "w"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set shape to [1, 50, 4] on `w`");
  EXPECT_FALSE(any_with(titles, "out_channels"));
}

TEST(NoAlternative, APartThatWasCutShortIsMadeWhole) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 3, 16, 16], "layers": [
    {"name": "both", "type": "Conv2d", "out_channels": 30, "kernel_size": 3, "padding": 1},
    {"name": "a", "type": "Slice", "inputs": "both", "index": [null, [0, 7]]},
    {"name": "b", "type": "Slice", "inputs": "both", "index": [null, [7, 31]]},
    {"name": "fa", "type": "Conv2d", "inputs": "a", "in_channels": 7, "out_channels": 24, "kernel_size": 1},
    {"name": "fb", "type": "Conv2d", "inputs": "b", "in_channels": 24, "out_channels": 24, "kernel_size": 1},
    {"name": "y", "type": "Add", "inputs": ["fa", "fb"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 31 on `both`");
  EXPECT_FALSE(any_with(titles, "in_channels")) << "of 24 were 23 there";
}

TEST(NoAlternative, TheWidthThatOthersReadStays) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 20, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e2", "type": "Conv2d", "out_channels": 40, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 12, "kernel_size": 2, "stride": 2},
    {"name": "z", "type": "Conv2d", "out_channels": 28, "kernel_size": 1},
    {"name": "m", "type": "Add", "inputs": ["z", "e1"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 20 on `z`");
  EXPECT_FALSE(any_with(titles, "on `e1`"));
}

TEST(NoAlternative, ALayerThatDoublesGoesOnToDouble) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 16, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "in_channels": 16, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Conv2d", "in_channels": 16, "out_channels": 64, "kernel_size": 3, "padding": 1}]})");
  EXPECT_EQ(titles, std::vector<std::string>{"set in_channels to 32 on `b`"});
}

TEST(NoAlternative, ANormIsBuiltForAWidthThatOthersState) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 24, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 40, "kernel_size": 3, "padding": 1},
    {"name": "n", "type": "BatchNorm2d", "num_features": 24},
    {"name": "b", "type": "Conv2d", "in_channels": 40, "out_channels": 8, "kernel_size": 1}]})");
  EXPECT_EQ(titles, std::vector<std::string>{"set num_features to 40 on `n`"});
}

// What the encoder's pool rounds is no matter of the layer that doubles.
TEST(NoAlternative, AnExactStageGetsNoOtherKernel) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 4, 48, 48], "layers": [
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 3, "stride": 2},
    {"name": "c2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "k", "type": "Concat", "inputs": ["u", "c1"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set padding to 1 on `p2`");
  EXPECT_FALSE(any_with(titles, "on `u`"));
  EXPECT_FALSE(any_with(titles, "crop"));
}

// A convolution made one place of many: it is not spread over a map again.
TEST(NoAlternative, OnePlaceIsNotSpread) {
  const std::vector<std::string> titles =
      titles_of(R"({"input": {"a": [1, 1, 8, 8], "b": [1, 3, 14, 14]}, "layers": [
    {"name": "va", "type": "Conv2d", "inputs": "a", "out_channels": 8, "kernel_size": 8},
    {"name": "vb", "type": "Conv2d", "inputs": "b", "out_channels": 8, "kernel_size": 12},
    {"name": "k", "type": "Concat", "inputs": ["va", "vb"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_FALSE(any_with(titles, "resize")) << titles[0];
}

TEST(NoAlternative, NothingIsPaddedForATable) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 12, 8], "layers": [
    {"name": "q", "type": "Linear", "out_features": 8},
    {"name": "k", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "s", "type": "MatMul", "inputs": ["q", "k"]},
    {"name": "bias", "type": "Parameter", "inputs": [], "shape": [1, 14, 14]},
    {"name": "b", "type": "Add", "inputs": ["s", "bias"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set shape to [1, 12, 12] on `bias`");
  EXPECT_FALSE(any_with(titles, "pad `s`"));
}

// A multiple of 16 is no chance.
TEST(NoAlternative, WhatAllStridesDivideIsNotFedWithARest) {
  std::string layers;
  for (int i = 0; i < 4; ++i)
    layers += R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1},)";
  for (int i = 0; i < 4; ++i)
    layers += std::string(R"({"type": "ConvTranspose1d", "out_channels": 4, "kernel_size": )") +
              (i == 1 ? "3" : "4") + R"(, "stride": 2, "padding": 1})" + (i < 3 ? "," : "");
  const std::string net = R"({"input": [1, 4, 320], "expect": [1, 4, 320], "layers": [)" + layers + "]}";
  const std::vector<std::string> titles = titles_of(net);
  ASSERT_FALSE(titles.empty());
  EXPECT_FALSE(any_with(titles, "feed"));
}

TEST(Undone, AnInverseTransformReturnsTheOddSizeThatWentIn) {
  EXPECT_EQ(first_of(R"({"input": [2, 8, 33], "layers": [
    {"name": "f", "type": "RFFT", "dim": [-1]},
    {"name": "b", "type": "IRFFT", "dim": [-1]},
    {"name": "w", "type": "Conv1d", "inputs": "input", "out_channels": 8, "kernel_size": 1},
    {"name": "a", "type": "Add", "inputs": ["b", "w"]}]})"),
            "set n to [33] on `b`, the sizes that `f` took");
}

TEST(LookedUp, LearnedRowsAreRepeatedForEachSample) {
  const std::vector<std::string> titles = titles_of(R"({"input": [3, 20, 32], "layers": [
    {"name": "rows", "type": "Parameter", "inputs": [], "shape": [1, 8, 32]},
    {"name": "at", "type": "MultiheadAttention", "inputs": ["rows", "input", "input"], "embed_dim": 32,
     "num_heads": 4, "batch_first": true}]})");
  EXPECT_EQ(titles, std::vector<std::string>{
                        "put an Expand between `rows` and `at`, once for each sample: [1, 8, 32] becomes "
                        "[3, 8, 32]"});
}

TEST(LookedUp, ValuesStandWhereTheirKeysDo) {
  EXPECT_EQ(first_of(R"({"input": {"x": [2, 64, 32], "r": [2, 16, 32]}, "layers": [
    {"name": "at", "type": "MultiheadAttention", "inputs": ["x", "r", "x"], "embed_dim": 32, "num_heads": 2,
     "batch_first": true}]})"),
            "take `r` for the values of `at`, too");
}

TEST(Chomps, OfTheRowsOfAMap) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 1, 20, 20], "layers": [
    {"name": "v", "type": "Conv2d", "out_channels": 8, "kernel_size": [2, 3], "padding": [1, 1]},
    {"name": "t", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},
    {"name": "h", "type": "Conv2d", "inputs": "input", "out_channels": 8, "kernel_size": [1, 3], "padding": [0, 1]},
    {"name": "a", "type": "Add", "inputs": ["t", "h"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "cut the last 1 places of `v` off by a Slice: its padding of 1 makes it causal");
  EXPECT_FALSE(any_with(titles, "[1, 3] on `v`")) << "it would see one row";
}

// One number of a list is what the use gives: that is set there, and the block stays.
TEST(Arguments, OneNumberOfAList) {
  const std::string net = R"({"input": [2, 8, 60], "blocks": {"causal": [
      {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": "$d", "padding": "$d*2"},
      {"name": "x", "type": "Slice", "index": [null, null, [0, "$cut"]]}, {"type": "ReLU"}]}, "layers": [
      {"name": "r1", "type": "Residual", "layers": [{"use": "causal", "name": "b", "d": 1, "cut": -2}]},
      {"name": "r2", "type": "Residual", "layers": [{"use": "causal", "name": "b", "d": 2, "cut": -2}]}]})";
  const std::string after = repaired::fixed(net, Code::L208);
  EXPECT_NE(after.find(R"("d": 2, "cut": -4})"), std::string::npos) << after;
  EXPECT_NE(after.find(R"("d": 1, "cut": -2})"), std::string::npos) << after;
  EXPECT_NE(after.find(R"([null, null, [0, "$cut"]])"), std::string::npos) << after;
}

// The finding names what changed the size, not where it shows.
TEST(Causes, AnAverageThatTrimsASeries) {
  const std::vector<Finding> found = errors_of(R"({"input": [4, 48, 3], "layers": [
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "trend", "type": "AvgPool1d", "kernel_size": 7, "stride": 1},
    {"name": "rest", "type": "Sub", "inputs": ["t", "trend"]}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].layer, "trend");
}

// What a join or a transform returns follows from what goes in; the other number is stated.
TEST(Causes, TheNumberThatIsStated) {
  const std::vector<Finding> table = errors_of(R"({"input": [2, 30, 16], "layers": [
    {"name": "cls", "type": "Parameter", "inputs": [], "shape": [2, 1, 16]},
    {"name": "k", "type": "Concat", "inputs": ["cls", "input"], "dim": 1},
    {"name": "pos", "type": "Parameter", "inputs": [], "shape": [1, 30, 16]},
    {"name": "x", "type": "Add", "inputs": ["k", "pos"]}]})");
  ASSERT_EQ(table.size(), 1u);
  EXPECT_EQ(table[0].layer, "pos");
  const std::vector<Finding> mask = errors_of(R"({"input": [2, 4000], "layers": [
    {"name": "f", "type": "STFT", "n_fft": 128, "hop_length": 32},
    {"name": "m", "type": "Abs"},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "h", "type": "Linear", "out_features": 64},
    {"name": "b", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "z", "type": "Mul", "inputs": ["f", "b"]}]})");
  ASSERT_EQ(mask.size(), 1u);
  EXPECT_EQ(mask[0].layer, "h");
}

TEST(Causes, ASqueezeThatDropsTheOneSample) {
  const std::vector<Finding> found = errors_of(R"({"input": [1, 3, 8, 8], "expect": [1, 5], "layers": [
    {"name": "p", "type": "AdaptiveAvgPool2d", "output_size": 1},
    {"name": "sq", "type": "Squeeze"},
    {"name": "o", "type": "Linear", "out_features": 5}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].layer, "sq");
}

// The norm and the convolution behind it are built for 64, and one layer in front says 32.
TEST(Alternative, TwoLayersBehindAreNotBentToOneInFront) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 16, 16], "layers": [
    {"type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "c", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "n", "type": "GroupNorm", "num_groups": 8, "num_channels": 64},
    {"type": "Conv2d", "in_channels": 64, "out_channels": 64, "kernel_size": 3, "padding": 1}]})"),
            "set out_channels to 64 on `c`");
}

// The decoder begins with the number that the mean asks for: the channels in front may be what is wrong.
TEST(Alternative, ChannelsForAProductThatIsStatedTwice) {
  const std::vector<std::string> titles = titles_of(R"({"input": [4, 1, 28, 28], "encoder": [
    {"type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "Flatten"}, {"name": "mu", "type": "Linear", "in_features": 3136, "out_features": 20}], "decoder": [
    {"type": "Linear", "out_features": 3136},
    {"type": "Unflatten", "dim": 1, "unflattened_size": [64, 7, 7]},
    {"type": "ConvTranspose2d", "out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1},
    {"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1}]})");
  EXPECT_TRUE(any_with(titles, "set out_channels to 64 on `c`"));
}

// 128 maps of 7x7 were meant, which a pool left one place of; no layer makes 6272 channels for that.
TEST(NoAlternative, ChannelsAreNoPlacesThatAPoolLeftOut) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 3, 28, 28], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "p", "type": "AdaptiveAvgPool2d", "output_size": 1},
    {"type": "Flatten"},
    {"name": "o", "type": "Linear", "in_features": 784, "out_features": 10}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set in_features to 16 on `o`");
  EXPECT_FALSE(any_with(titles, "out_channels"));
}

TEST(NoAlternative, WeightsAreKeptWhereAViewsOwnNumberDoes) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 20], "layers": [
    {"name": "d", "type": "Linear", "out_features": 3136},
    {"name": "v", "type": "Unflatten", "dim": 1, "unflattened_size": [32, 7, 7]},
    {"name": "u", "type": "ConvTranspose2d", "in_channels": 64, "out_channels": 8, "kernel_size": 2, "stride": 2}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set unflattened_size to [64, 7, 7] on `v`");
  EXPECT_FALSE(any_with(titles, "out_features"));
}

// A depthwise convolution has as many groups as channels, whatever both are.
TEST(NoAlternative, ADepthwiseConvolutionStaysOne) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 24, 16, 16], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 96, "kernel_size": 1},
    {"name": "n", "type": "BatchNorm2d", "num_features": 144},
    {"name": "dw", "type": "Conv2d", "in_channels": 144, "out_channels": 144, "kernel_size": 3, "padding": 1,
     "groups": 144},
    {"name": "p", "type": "Conv2d", "in_channels": 144, "out_channels": 24, "kernel_size": 1},
    {"name": "s", "type": "Add", "inputs": ["p", "input"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 144 on `e`");
  EXPECT_FALSE(any_with(titles, "groups"));
}

// Twice as many bins are other data.
TEST(NoAlternative, DataOfTwiceTheSizeIsNoAdviceBesideACount) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 1, 41, 60], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": [2, 1], "padding": 1},
    {"name": "d", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": [2, 1], "padding": 1},
    {"name": "f", "type": "Flatten", "start_dim": 1, "end_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "g", "type": "GRU", "input_size": 168, "hidden_size": 32, "batch_first": true}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set input_size to 88 on `g`");
  EXPECT_FALSE(any_with(titles, "feed"));
}

// The width of a vector may be wrong besides the axes that it lacks.
TEST(NoAlternative, AVectorGetsItsAxisAndItsWidth) {
  const std::vector<std::string> titles = titles_of(R"({"input": {"x": [4, 3, 32], "t": [4, 24]}, "layers": [
    {"name": "c", "type": "Conv1d", "inputs": "x", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "e", "type": "Linear", "inputs": "t", "out_features": 20},
    {"name": "s", "type": "Add", "inputs": ["c", "e"]},
    {"name": "o", "type": "Conv1d", "in_channels": 16, "out_channels": 3, "kernel_size": 3, "padding": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_TRUE(any_with({titles[0]}, "set out_features to 16 on `e`")) << titles[0];
}

// A resize is set right itself where nothing certain is known either.
TEST(NoAlternative, NothingIsResizedTwice) {
  const std::vector<std::string> titles = titles_of(R"({"input": [4, 1, 48], "layers": [
    {"type": "Flatten"}, {"name": "a", "type": "Linear", "out_features": 6}, {"type": "Unsqueeze", "dim": 1},
    {"name": "y1", "type": "Upsample", "size": [24], "mode": "linear"},
    {"type": "Flatten", "inputs": "input"}, {"name": "b", "type": "Linear", "out_features": 4},
    {"type": "Unsqueeze", "dim": 1},
    {"name": "y2", "type": "Upsample", "size": [12], "mode": "linear"},
    {"type": "Flatten", "inputs": "input"}, {"name": "c", "type": "Linear", "out_features": 24},
    {"name": "y3", "type": "Unsqueeze", "dim": 1},
    {"name": "y", "type": "Add", "inputs": ["y1", "y2", "y3"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_FALSE(any_with(titles, "resize `y2`"));
}

// A kernel of another size is no second answer where a padding closes.
TEST(NoAlternative, WeightsAreKeptByASecondNumberToo) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 3, 65, 65], "layers": [
    {"name": "a", "type": "Conv2d", "inputs": "input", "out_channels": 8, "kernel_size": 3, "stride": 2,
     "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "p", "type": "AvgPool2d", "inputs": "input", "kernel_size": 2},
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "q", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "s", "type": "Add", "inputs": ["b", "q"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set padding to 1 on `q`");
  EXPECT_FALSE(any_with(titles, "kernel_size"));
}

}  // namespace
}  // namespace shapedbg
