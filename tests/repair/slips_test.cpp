// Repairs of single wrong numbers of kinds that were not proposed, or stood behind another network: an axis
// that is not there, parts of a split, a first state, the stride of patches, a kernel over what was pooled, a
// seed's map.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::titles_of;

TEST(Slips, AnAxisThatIsNotThereBecomesTheLast) {
  EXPECT_EQ(first_of(R"({"input": [1, 12], "layers": [
    {"name": "fc", "type": "Linear", "in_features": 12, "out_features": 5},
    {"name": "classes", "type": "Softmax", "dim": 2}]})"),
            "set dim to 1 on `classes`");
}

TEST(Slips, OfSeveralAxesOneIsNotThere) {
  EXPECT_EQ(first_of(R"({"input": [1, 4, 16, 16], "layers": [
    {"name": "mean", "type": "Mean", "dim": [2, 4], "keepdim": true},
    {"name": "rest", "type": "Sub", "inputs": ["input", "mean"]}]})"),
            "set dim to [2, 3] on `mean`");
}

TEST(Slips, EqualPartsStayEqual) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 8], "layers": [
    {"name": "parts", "type": "Split", "split_size_or_sections": [5, 5], "dim": 2},
    {"name": "relu", "type": "ReLU", "inputs": "parts"},
    {"name": "gate", "type": "Mul", "inputs": ["relu", "parts:1"]}]})"),
            "set split_size_or_sections to 4 on `parts`");
}

TEST(Slips, ALayerIsAsWideAsItsFirstState) {
  EXPECT_EQ(first_of(R"({"input": [1, 9, 16], "layers": [
    {"name": "read", "type": "GRU", "input_size": 16, "hidden_size": 16, "batch_first": true},
    {"name": "write", "type": "GRU", "inputs": ["read", "read:1"], "input_size": 16, "hidden_size": 32,
     "batch_first": true},
    {"name": "words", "type": "Linear", "inputs": "write", "in_features": 16, "out_features": 5}]})"),
            "set hidden_size to 16 on `write`");
}

TEST(Slips, ACodeBecomesAStateOfOneLayer) {
  EXPECT_EQ(
      first_of(R"({"input": [1, 9, 5], "layers": [
    {"name": "read", "type": "GRU", "input_size": 5, "hidden_size": 16, "batch_first": true},
    {"name": "code", "type": "Select", "inputs": "read:1", "dim": 0, "index": 0},
    {"name": "write", "type": "GRU", "inputs": ["read", "code"], "input_size": 16, "hidden_size": 16,
     "batch_first": true}]})"),
      "put an Unsqueeze of axis 0 between `code` and `write`: a state has an axis of layers in front of its "
      "samples");
}

// The order of axes has no part in levels that do not give back their size.
TEST(Slips, FeaturesAreTurnedBehindUnevenLevels) {
  EXPECT_EQ(first_of(R"({"input": [1, 4, 100], "layers": [
    {"name": "down", "type": "Conv1d", "in_channels": 4, "out_channels": 8, "kernel_size": 5, "stride": 2},
    {"name": "up", "type": "ConvTranspose1d", "in_channels": 8, "out_channels": 4, "kernel_size": 4, "stride": 2},
    {"name": "read", "type": "GRU", "input_size": 4, "hidden_size": 8, "batch_first": true}]})"),
            "put a Permute in front of `read`: [1, 4, 98] becomes [1, 98, 4]");
}

TEST(Slips, PatchesLieSideBySide) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "patches", "type": "Conv2d", "in_channels": 3, "out_channels": 24, "kernel_size": 8, "stride": 3},
    {"name": "tokens", "type": "Reshape", "shape": [1, 24, 16]},
    {"name": "places", "type": "Parameter", "shape": [1, 24, 16]},
    {"name": "sum", "type": "Add", "inputs": ["tokens", "places"]}]})"),
            "set stride to 8 on `patches`");
}

TEST(Slips, WhatWasPooledIsSeenByAKernelOfOne) {
  EXPECT_EQ(first_of(R"({"input": [1, 24, 16, 16], "layers": [
    {"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 1},
    {"name": "less", "type": "Conv2d", "in_channels": 24, "out_channels": 6, "kernel_size": 1},
    {"name": "more", "type": "Conv2d", "in_channels": 6, "out_channels": 24, "kernel_size": 3},
    {"name": "gate", "type": "Mul", "inputs": ["input", "more"]}]})"),
            "set kernel_size to 1 on `more`");
}

// What a longer kernel sees beside a shortcut lies before it, as in the other block: it is not shifted for
// that.
TEST(Slips, ALongerKernelOfACausalBlockIsPaddedInFront) {
  const auto block = [](const std::string& at, const std::string& in, int kernel) {
    return R"({"name": ")" + at + R"(.pad", "type": "Pad", "inputs": ")" + in + R"(", "padding": [2, 0]},
      {"name": ")" +
           at + R"(.conv", "type": "Conv1d", "in_channels": 4, "out_channels": 4, "kernel_size": )" +
           std::to_string(kernel) + R"(},
      {"name": ")" +
           at + R"(.add", "type": "Add", "inputs": [")" + at + R"(.conv", ")" + in + R"("]})";
  };
  EXPECT_EQ(first_of(R"({"input": [1, 4, 64], "layers": [)" + block("a", "input", 3) + ", " +
                     block("b", "a.add", 5) + "]}"),
            "set padding to [4, 0] on `b.pad`");
}

// A table of places is written down in the order that is meant: it is the patches that were not turned.
TEST(Slips, PatchesAreTurnedToTheirTableOfPlaces) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "patches", "type": "Conv2d", "in_channels": 3, "out_channels": 48, "kernel_size": 16, "stride": 16},
    {"name": "flat", "type": "Flatten", "start_dim": 2},
    {"name": "places", "type": "Parameter", "inputs": [], "shape": [1, 16, 48]},
    {"name": "sum", "type": "Add", "inputs": ["flat", "places"]},
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [48]}]})");
  ASSERT_EQ(titles.size(), 1U);
  EXPECT_EQ(titles[0], "put a Transpose between `flat` and `sum`: [1, 48, 16] becomes [1, 16, 48]");
}

TEST(Slips, ABlockThatIsScaledByChannelGoesBackToThem) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 32, 16, 16], "layers": [
    {"name": "dw", "type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 7, "padding": 3,
     "groups": 32},
    {"name": "to_last", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [32]},
    {"name": "up", "type": "Linear", "in_features": 32, "out_features": 128},
    {"name": "down", "type": "Linear", "in_features": 128, "out_features": 32},
    {"name": "gamma", "type": "Parameter", "inputs": [], "shape": [32, 1, 1]},
    {"name": "scaled", "type": "Mul", "inputs": ["gamma", "down"]},
    {"name": "sum", "type": "Add", "inputs": ["scaled", "input"]}]})");
  ASSERT_EQ(titles.size(), 1U);
  EXPECT_EQ(titles[0], "put a Permute between `down` and `scaled`: [1, 16, 16, 32] becomes [1, 32, 16, 16]");
}

// Half of a signal is not cut away by a Pad that stood there for the last two places.
TEST(Slips, HalfOfASignalIsNotCutAway) {
  const std::vector<std::string> titles =
      titles_of(R"({"input": [1, 4, 180], "expect": [1, 4, 44], "layers": [
    {"name": "first", "type": "MaxPool1d", "kernel_size": 2, "stride": 2},
    {"name": "trim", "type": "Pad", "padding": [0, -2]},
    {"name": "second", "type": "MaxPool1d", "kernel_size": 2, "stride": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set stride to 2 on `second`");
  for (const std::string& title : titles) EXPECT_EQ(title.find("on `trim`"), std::string::npos) << title;
}

// Of two paddings that close, the one that centres the window.
TEST(Slips, AStridedWindowIsPaddedByHalfOfIt) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "stem", "type": "Conv2d", "in_channels": 3, "out_channels": 3, "kernel_size": 7, "stride": 2, "padding": 1},
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "short", "type": "Conv2d", "inputs": "input", "in_channels": 3, "out_channels": 3, "kernel_size": 1,
     "stride": 4},
    {"name": "sum", "type": "Add", "inputs": ["pool", "short"]}]})"),
            "set padding to 3 on `stem`");
}

// As many features as channels: the classifier was built for the mean of the map.
TEST(Slips, AClassifierOfChannelsTakesTheirMean) {
  EXPECT_EQ(
      first_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "conv", "type": "Conv2d", "in_channels": 3, "out_channels": 64, "kernel_size": 3, "stride": 4,
     "padding": 1},
    {"name": "relu", "type": "ReLU"},
    {"name": "flat", "type": "Flatten"},
    {"name": "classes", "type": "Linear", "in_features": 64, "out_features": 10}]})"),
      "put an AdaptiveAvgPool2d with output_size 1 in front of `flat`: `classes` is built for that map");
}

// The decoder starts from 7x7 because the encoder ends there: a stride is wrong, not the seed.
TEST(Slips, ADecoderStartsFromTheMapThatWasFlattened) {
  const std::vector<std::string> titles =
      titles_of(R"({"input": [1, 1, 28, 28], "expect": "input", "layers": [
    {"name": "e1", "type": "Conv2d", "in_channels": 1, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e2", "type": "Conv2d", "in_channels": 8, "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "flat", "type": "Flatten"},
    {"name": "code", "type": "Linear", "in_features": 784, "out_features": 8},
    {"name": "seed", "type": "Linear", "in_features": 8, "out_features": 784},
    {"name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [16, 7, 7]},
    {"name": "d1", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 8, "kernel_size": 3, "stride": 3,
     "padding": 1, "output_padding": 1},
    {"name": "d2", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 1, "kernel_size": 3, "stride": 2,
     "padding": 1, "output_padding": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set stride to 2 on `d1`");
  for (const std::string& title : titles) EXPECT_EQ(title.find("on `seed`"), std::string::npos) << title;
}

}  // namespace
}  // namespace shapedbg
