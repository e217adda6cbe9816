// Repairs where two branches meet: axes in another order, a stride or a size that the other branch tells, and
// what is no repair then.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::titles_of;

bool any_has(const std::vector<std::string>& titles, std::string_view part) {
  return std::any_of(titles.begin(), titles.end(),
                     [&](const std::string& title) { return title.find(part) != std::string::npos; });
}

// A convolution leaves its features in the middle, an embedding last; the layer behind takes them last.
TEST(TwoBranches, FeaturesThatStandElsewhereAreTurned) {
  const std::string net = R"({"input": {"text": [4, 30], "pitch": [4, 30]}, "layers": [
    {"name": "e", "type": "Embedding", "inputs": "text", "num_embeddings": 50, "embedding_dim": 64},
    {"name": "u", "type": "Unsqueeze", "inputs": "pitch", "dim": 1},
    {"name": "c", "type": "Conv1d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "s", "type": "Add", "inputs": ["e", "c"]},
    {"name": "o", "type": "Linear", "out_features": 80}]})";
  const std::vector<std::string> titles = titles_of(net);
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "put a Transpose between `c` and `s`: [4, 64, 30] becomes [4, 30, 64]");
  EXPECT_FALSE(any_has(titles, "embedding_dim")) << "the widths are right";
}

// Where the layer behind takes them in the middle, it is the other tensor.
TEST(TwoBranches, TheOrderIsThatOfTheLayerBehind) {
  EXPECT_EQ(first_of(R"({"input": {"text": [4, 30], "pitch": [4, 1, 30]}, "layers": [
    {"name": "e", "type": "Embedding", "inputs": "text", "num_embeddings": 50, "embedding_dim": 64},
    {"name": "c", "type": "Conv1d", "inputs": "pitch", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "s", "type": "Add", "inputs": ["e", "c"]},
    {"name": "o", "type": "Conv1d", "in_channels": 64, "out_channels": 80, "kernel_size": 1}]})"),
            "put a Transpose at the end of the branch of `s`: [4, 30, 64] becomes [4, 64, 30]");
}

// The layers with as many features end in sums of another type: they say nothing about what is taken off.
TEST(TwoBranches, ALikeLayerStandsAtALikeMerge) {
  const std::vector<std::string> titles = titles_of(R"({"input": [8, 60], "layers": [
    {"name": "a", "type": "Linear", "out_features": 32},
    {"name": "b1", "type": "Linear", "out_features": 60},
    {"name": "f1", "type": "Linear", "inputs": "a", "out_features": 12},
    {"name": "x", "type": "Sub", "inputs": ["input", "b1"]},
    {"name": "c", "type": "Linear", "out_features": 32},
    {"name": "b2", "type": "Linear", "out_features": 12},
    {"name": "f2", "type": "Linear", "inputs": "c", "out_features": 12},
    {"name": "y", "type": "Sub", "inputs": ["x", "b2"]},
    {"name": "d", "type": "Linear", "out_features": 12},
    {"name": "g", "type": "Add", "inputs": ["f1", "f2"]},
    {"name": "h", "type": "Add", "inputs": ["g", "d"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_features to 60 on `b2`");
  EXPECT_FALSE(any_has(titles, "put a Linear"));
}

// A resize to half of the places reads every other one, as a Crop leaves half.
TEST(TwoBranches, AStrideThatTheOtherBranchTellsComesBeforeAThinnedMap) {
  const std::vector<std::string> titles =
      titles_of(R"({"input": {"slow": [1, 3, 4, 16, 16], "fast": [1, 3, 32, 16, 16]},
   "layers": [
    {"name": "a", "type": "Conv3d", "inputs": "slow", "out_channels": 8, "kernel_size": [1, 3, 3],
     "padding": [0, 1, 1]},
    {"name": "b", "type": "Conv3d", "inputs": "fast", "out_channels": 4, "kernel_size": [5, 3, 3],
     "padding": [2, 1, 1]},
    {"name": "l", "type": "Conv3d", "out_channels": 4, "kernel_size": [5, 1, 1], "stride": [4, 1, 1],
     "padding": [2, 0, 0]},
    {"name": "k", "type": "Concat", "inputs": ["a", "l"], "dim": 1},
    {"name": "o", "type": "Conv3d", "out_channels": 8, "kernel_size": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set stride to [8, 1, 1] on `l`");
  EXPECT_FALSE(any_has(titles, "resize"));
}

TEST(TwoBranches, AnInputIsAsLargeAsTheOneBesideIt) {
  EXPECT_EQ(first_of(R"({"input": {"rgb": [1, 3, 384, 256], "depth": [1, 1, 360, 240]}, "layers": [
    {"name": "a", "type": "Conv2d", "inputs": "rgb", "out_channels": 8, "kernel_size": 7, "stride": 4, "padding": 3},
    {"name": "b", "type": "Conv2d", "inputs": "depth", "out_channels": 8, "kernel_size": 7, "stride": 4,
     "padding": 3},
    {"name": "s", "type": "Add", "inputs": ["a", "b"]},
    {"name": "o", "type": "Conv2d", "out_channels": 2, "kernel_size": 3, "padding": 1}]})"),
            "feed `depth` as [1, 1, 384, 256] instead of [1, 1, 360, 240]");
}

TEST(TwoBranches, WhatCorrectsTheInputIsAsWideAsTheInput) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 20, 60], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 64, "kernel_size": 5, "padding": 2},
    {"type": "Tanh"},
    {"name": "b", "type": "Conv1d", "out_channels": 64, "kernel_size": 5, "padding": 2},
    {"name": "s", "type": "Add", "inputs": ["b", "input"]}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 20 on `b`");
}

// [T, N, C] beside [N, T, C]: as many steps as samples would be chance.
TEST(TwoBranches, AnInputHasItsBatchFirstAsTheOther) {
  const std::vector<std::string> titles =
      titles_of(R"({"input": {"a": [4, 30, 32], "v": [25, 4, 32]}, "layers": [
    {"name": "q", "type": "Linear", "inputs": "a", "out_features": 32},
    {"name": "k", "type": "Linear", "inputs": "v", "out_features": 32},
    {"name": "m", "type": "MultiheadAttention", "inputs": ["q", "k", "k"], "embed_dim": 32, "num_heads": 4,
     "batch_first": true},
    {"name": "o", "type": "Linear", "out_features": 7}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "feed `v` as [4, 25, 32], its batch first as in `a`");
  EXPECT_FALSE(any_has(titles, "[4, 4, 32]"));
}

// Padding that is too narrow for its dilation is no network without padding, whose skips are cropped.
TEST(TwoBranches, SkipsAreCroppedWhereNothingIsPadded) {
  const auto net = [](const std::string& padding) {
    std::string layers = R"({"name": "i", "type": "Conv2d", "out_channels": 8, "kernel_size": 1})";
    std::string last = "i";
    for (const std::string name : {"a", "b"}) {
      layers += R"(, {"name": ")" + name + R"(", "type": "Conv2d", "inputs": ")" + last +
                R"(", "out_channels": 8, "kernel_size": 3, "dilation": 2)" + padding + R"(}, {"name": "s)" +
                name + R"(", "type": "Add", "inputs": [")" + name + R"(", ")" + last + R"("]})";
      last = "s" + name;
    }
    return R"({"input": [1, 3, 40, 40], "layers": [)" + layers + "]}";
  };
  const std::vector<std::string> narrow = titles_of(net(R"(, "padding": 1)"));
  ASSERT_FALSE(narrow.empty());
  EXPECT_EQ(narrow[0], "set padding to 2 on `a` and `b`");
  EXPECT_FALSE(any_has(narrow, "to the centre"));
  EXPECT_TRUE(any_has(titles_of(net("")), "to the centre"));
}

// Windows that overlap cut one place less than the table has out of the signal.
TEST(PaddedEnds, ATableThatHasOnePlaceMore) {
  const std::string net = R"({"input": [2, 3, 60], "layers": [
    {"name": "ci", "type": "Reshape", "shape": ["in[0]*3", 1, 60]},
    {"name": "w", "type": "Conv1d", "out_channels": 16, "kernel_size": 8, "stride": 4},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "pos", "type": "Parameter", "inputs": [], "shape": [1, 15, 16]},
    {"name": "x", "type": "Add", "inputs": ["t", "pos"]},
    {"name": "f", "type": "Flatten"},
    {"name": "h", "type": "Linear", "in_features": 240, "out_features": 24},
    {"name": "y", "type": "Reshape", "shape": [-1, 3, 24]}]})";
  EXPECT_EQ(
      first_of(net),
      "put a ReplicationPad1d of 4 at the end in front of `w`: 15 windows, as many as `pos` has places");
}

// A Pad at one end stands in front of the one other convolution that steps like it.
TEST(PaddedEnds, ThePadOfTheOtherStride) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 32, 32], "layers": [
    {"name": "s1", "type": "ReLU"},
    {"name": "p1", "type": "ZeroPad2d", "padding": [0, 1, 0, 1]},
    {"name": "d1", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2},
    {"name": "s2", "type": "ReLU"},
    {"name": "d2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2},
    {"type": "ReLU"},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "k2", "type": "Concat", "inputs": ["u2", "s2"], "dim": 1},
    {"name": "b2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "k1", "type": "Concat", "inputs": ["u1", "s1"], "dim": 1},
    {"name": "o", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}]})"),
            "put a ZeroPad2d in front of `d2`, as in front of the others like it");
}

// A Squeeze that drops nothing says that its axis was to be used up: what stands behind is right.
TEST(AxesOfOnePlace, WhatASqueezeShouldReturnIsRight) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 3, 6, 16, 16], "layers": [
    {"name": "t", "type": "Conv3d", "out_channels": 8, "kernel_size": [5, 3, 3], "padding": [0, 1, 1]},
    {"name": "s", "type": "Squeeze", "dim": 2},
    {"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_FALSE(any_has(titles, "Conv3d"));
}

TEST(AxesOfOnePlace, ANewAxisIsPutWhereItBelongs) {
  const std::vector<std::string> titles = titles_of(R"({"input": [8, 90], "layers": [
    {"name": "u", "type": "Unsqueeze", "dim": 2},
    {"name": "c", "type": "Conv1d", "in_channels": 1, "out_channels": 8, "kernel_size": 5},
    {"name": "d", "type": "Conv1d", "out_channels": 8, "kernel_size": 5}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set dim to 1 on `u`");
  EXPECT_FALSE(any_has(titles, "Permute"));
}

}  // namespace
}  // namespace shapedbg
