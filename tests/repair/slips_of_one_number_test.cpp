// One number that is unlike those of its likes, one layer that its likes have in front of them, an order that
// was not undone. The first fix of each.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::place_of;

// A dilation that another branch has is meant, though without it the kernel would have likes.
TEST(Slips, ThePaddingOfAKernelWithHoles) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 64], "layers": [
      {"name": "a1", "type": "Conv1d", "inputs": "input", "out_channels": 8, "kernel_size": 3, "dilation": 3,
       "padding": 3},
      {"name": "a2", "type": "Conv1d", "out_channels": 8, "kernel_size": 7, "padding": 3},
      {"name": "b1", "type": "Conv1d", "inputs": "input", "out_channels": 8, "kernel_size": 7, "dilation": 3,
       "padding": 3},
      {"name": "b2", "type": "Conv1d", "out_channels": 8, "kernel_size": 7, "padding": 3},
      {"name": "sum", "type": "Add", "inputs": ["a2", "b2"]},
      {"name": "post", "type": "Conv1d", "out_channels": 1, "kernel_size": 7, "padding": 3}]})"),
            "set padding to 9 on `b1`");
}

constexpr const char* kCausal = R"({"input": [2, 8, 50], "layers": [
      {"name": "c1", "type": "Conv1d", "inputs": "input", "out_channels": 8, "kernel_size": 3, "dilation": 4,
       "padding": 8},
      {"name": "x1", "type": "Slice", "index": [null, null, [null, -CUT]]},
      {"name": "c2", "type": "Conv1d", "out_channels": 8, "kernel_size": KERNEL, "dilation": 4, "padding": 8},
      {"name": "x2", "type": "Slice", "index": [null, null, [null, -CUT]]},
      {"name": "sum", "type": "Add", "inputs": ["x2", "input"]}]})";

std::string causal(const std::string& cut, const std::string& kernel) {
  std::string net = kCausal;
  for (std::size_t at = 0; (at = net.find("CUT", at)) != std::string::npos;) net.replace(at, 3, cut);
  net.replace(net.find("KERNEL"), 6, kernel);
  return net;
}

TEST(Slips, BothCutsOfACausalBlock) {
  EXPECT_EQ(first_of(causal("4", "3")).find("set index to [[null, null], [null, null], [null, -8]] on"), 0U);
  EXPECT_NE(first_of(causal("4", "3")).find("`x1` and `x2`"), std::string::npos);
}

// Where another one of its padding reaches so far, it is the kernel; a cut that is right is left alone.
TEST(Slips, TheKernelOfACausalConvolution) {
  EXPECT_EQ(first_of(causal("8", "4")), "set kernel_size to 3 on `c2`");
  EXPECT_NE(place_of(causal("8", "4"), "set index to [[null, null], [null, null], [null, -4]] on `x1`"), 0);
}

TEST(Slips, AStrideForWindowsThatWouldTrim) {
  const std::string net = R"({"input": [1, 4, 32, 32], "layers": [
      {"name": "pool", "type": "MaxPool2d", "inputs": "input", "kernel_size": 2},
      {"name": "g", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"name": "theta", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 2},
      {"name": "phi", "type": "Conv2d", "inputs": "g", "out_channels": 4, "kernel_size": 1},
      {"name": "sum", "type": "Add", "inputs": ["theta", "phi"]},
      {"name": "psi", "type": "Conv2d", "out_channels": 1, "kernel_size": 1},
      {"name": "up", "type": "Upsample", "scale_factor": 2},
      {"name": "gate", "type": "Mul", "inputs": ["input", "up"]}]})";
  EXPECT_EQ(first_of(net), "set stride to 2 on `theta`");
  EXPECT_EQ(place_of(net, "crop `theta` to the size of `phi` in front of `sum`"), -1);
}

// Half of a network's own order undone is another order.
TEST(Slips, TheOrderThatABranchLeft) {
  for (const char* width : {"56", "48"})
    EXPECT_EQ(first_of(R"({"input": [1, 96, 56, )" + std::string(width) + R"(], "layers": [
      {"name": "dw", "type": "Conv2d", "inputs": "input", "out_channels": 96, "kernel_size": 7, "padding": 3,
       "groups": 96},
      {"name": "last", "type": "Permute", "dims": [0, 2, 3, 1]},
      {"name": "up", "type": "Linear", "out_features": 384}, {"type": "GELU"},
      {"name": "down", "type": "Linear", "out_features": 96},
      {"name": "sum", "type": "Add", "inputs": ["input", "down"]}]})")
                  .find("put a Permute between `down` and `sum`"),
              0U);
}

TEST(Slips, PadsAsInFrontOfAllOthers) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 40, 40], "layers": [
      {"type": "ReflectionPad2d", "padding": 4}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 9},
      {"type": "ReflectionPad2d", "padding": 1},
      {"name": "x", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
      {"name": "r1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3}, {"type": "ReLU"},
      {"name": "r2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
      {"name": "sum", "type": "Add", "inputs": ["r2", "x"]}]})"),
            "put a ReflectionPad2d in front of `r1` and `r2`, as in front of the other convolutions");
}

// As many features as there are places: the convolution behind says that they are features of each place.
TEST(Slips, AFeatureOfAllPlacesIsNoPlace) {
  EXPECT_EQ(first_of(R"({"input": [2, 3, 64], "layers": [
      {"name": "each", "type": "Conv1d", "inputs": "input", "out_channels": 16, "kernel_size": 1},
      {"name": "all", "type": "Conv1d", "out_channels": 64, "kernel_size": 1},
      {"name": "glob", "type": "Max", "dim": [2]},
      {"name": "cat", "type": "Concat", "inputs": ["each", "glob"], "dim": 1},
      {"name": "head", "type": "Conv1d", "in_channels": 80, "out_channels": 4, "kernel_size": 1}]})")
                .find("put an Unsqueeze and an Expand between `glob` and `cat`"),
            0U);
}

// The sum of a join is wrong, though a side of the map is as large as the count.
TEST(Slips, ASumIsNoAxis) {
  const std::string net = R"({"input": {"l": [1, 32, 24, 32, 64], "r": [1, 32, 24, 32, 64]}, "layers": [
      {"name": "vol", "type": "Concat", "inputs": ["l", "r"], "dim": 1},
      {"name": "v", "type": "Conv3d", "in_channels": 32, "out_channels": 8, "kernel_size": 3, "padding": 1}]})";
  EXPECT_EQ(first_of(net), "set in_channels to 64 on `v`");
}

TEST(Slips, HeadsOfAnAttention) {
  const auto net = [](const std::string& values) {
    return R"({"input": {"q": [2, 8, 32, 16], "k": [2, 2, 32, 16], "v": [2, )" + values +
           R"(, 32, 16]}, "layers": [
      {"name": "att", "type": "ScaledDotProductAttention", "inputs": ["q", "k", "v"]}]})";
  };
  EXPECT_EQ(first_of(net("2")), "repeat each head of `k` and `v` 4 times by a RepeatInterleave");
  // Keys alone are fewer: it is their number that is wrong.
  EXPECT_EQ(first_of(net("8")).find("repeat each head"), std::string::npos);
}

TEST(Slips, TheTokenForAHead) {
  const auto net = [](const std::string& token) {
    return R"({"input": [2, 3, 32, 32], "layers": [
      {"name": "patch", "type": "Conv2d", "out_channels": 24, "kernel_size": 8, "stride": 8},
      {"type": "Flatten", "start_dim": 2}, {"name": "tok", "type": "Transpose", "dim0": 1, "dim1": 2},)" +
           token + R"(
      {"type": "TransformerEncoderLayer", "nhead": 3, "batch_first": true},
      {"type": "LayerNorm", "normalized_shape": [24]}, {"name": "flat", "type": "Flatten"},
      {"name": "head", "type": "Linear", "in_features": 24, "out_features": 10}]})";
  };
  EXPECT_EQ(first_of(net("")), "put a Mean over the tokens in front of `flat`: [2, 16, 24] becomes [2, 24]");
  EXPECT_EQ(first_of(net(R"({"name": "cls", "type": "Parameter", "inputs": [], "shape": [1, 1, 24]},
      {"name": "each", "type": "Expand", "size": [2, -1, -1]},
      {"type": "Concat", "inputs": ["each", "tok"], "dim": 1},)")),
            "put a Select of the first token in front of `flat`: [2, 17, 24] becomes [2, 24]");
}

TEST(Slips, TokensBecomeTheMapThatTheyWere) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 8, 8], "layers": [
      {"name": "first", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
      {"type": "Flatten", "start_dim": 2}, {"type": "Transpose", "dim0": 1, "dim1": 2},
      {"type": "TransformerEncoderLayer", "nhead": 4, "batch_first": true},
      {"name": "conv", "type": "Conv2d", "in_channels": 16, "out_channels": 3, "kernel_size": 3,
       "padding": 1}]})"),
            "put a Transpose and an Unflatten in front of `conv`: [1, 64, 16] becomes [1, 16, 8, 8]");
}

TEST(Slips, APoolOverTimeLikeTheOthers) {
  const auto net = [](const std::string& kernel) {
    return R"({"input": [4, 8, 60], "layers": [
      {"name": "c3", "type": "Conv1d", "inputs": "input", "out_channels": 5, "kernel_size": 3},
      {"name": "p3", "type": "MaxPool1d", "kernel_size": 58},
      {"name": "c4", "type": "Conv1d", "inputs": "input", "out_channels": 5, "kernel_size": 4},
      {"name": "p4", "type": "MaxPool1d", "kernel_size": )" +
           kernel + R"(},
      {"name": "c5", "type": "Conv1d", "inputs": "input", "out_channels": 5, "kernel_size": 5},
      {"name": "p5", "type": "MaxPool1d", "kernel_size": 56},
      {"name": "cat", "type": "Concat", "inputs": ["p3", "p4", "p5"], "dim": 1}, {"type": "Flatten"},
      {"name": "out", "type": "Linear", "in_features": 15, "out_features": 2}]})";
  };
  for (const char* kernel : {"28", "58"}) EXPECT_EQ(first_of(net(kernel)), "set kernel_size to 57 on `p4`");
}

TEST(Slips, FiltersAsWideAsTheWords) {
  EXPECT_EQ(first_of(R"({"input": {"text": [4, 60]}, "layers": [
      {"name": "emb", "type": "Embedding", "inputs": "text", "num_embeddings": 100, "embedding_dim": 128},
      {"name": "u", "type": "Unsqueeze", "dim": 1},
      {"name": "c3", "type": "Conv2d", "inputs": "u", "out_channels": 5, "kernel_size": [3, 300]},
      {"name": "m3", "type": "Max", "dim": [2, 3]},
      {"name": "c4", "type": "Conv2d", "inputs": "u", "out_channels": 5, "kernel_size": [4, 300]},
      {"name": "m4", "type": "Max", "dim": [2, 3]},
      {"name": "cat", "type": "Concat", "inputs": ["m3", "m4"], "dim": 1}]})"),
            "set embedding_dim to 300 on `emb`");
}

TEST(Slips, ADepthwiseConvolutionKeepsItsChannels) {
  EXPECT_EQ(first_of(R"({"input": [2, 32, 50], "layers": [
      {"name": "wide", "type": "Conv1d", "out_channels": 64, "kernel_size": 1},
      {"name": "dw", "type": "Conv1d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "padding": 1,
       "groups": 32},
      {"name": "sum", "type": "Add", "inputs": ["dw", "input"]}]})"),
            "set out_channels to 32 on `wide`");
}

// The window that covers what is left of a map is not padded to more places.
TEST(Slips, TheLastWindowOfACritic) {
  const std::string net = R"({"input": [4, 1, 28, 28], "layers": [
      {"name": "c1", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
      {"name": "c2", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
      {"name": "c3", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
      {"name": "c4", "type": "Conv2d", "out_channels": 1, "kernel_size": 4}]})";
  EXPECT_NE(place_of(net, "set padding to 1 on `c4`"), 0);
  EXPECT_GE(place_of(net, "feed 32x32 instead of 28x28"), 0);
}

// A padding that four others have is what is wrong, however far from the merge.
TEST(Slips, APaddingThatItsLikesHave) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 64, 64], "layers": [
      {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "ReLU"},
      {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3},
      {"name": "skip", "type": "ReLU"},
      {"name": "d1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"name": "skip2", "type": "ReLU"},
      {"name": "d2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "e", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
      {"name": "u2", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
      {"name": "k2", "type": "Concat", "inputs": ["u2", "skip2"]},
      {"name": "f", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"name": "u1", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
      {"name": "k1", "type": "Concat", "inputs": ["u1", "skip"]},
      {"name": "g", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}]})"),
            "set padding to 1 on `b`");
}

// A stride that the others of its kind have: nothing that goes up stands still for it.
TEST(Slips, AStepDownThatWasForgotten) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 64, 64], "layers": [
      {"name": "c0", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"name": "d1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "d2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
      {"name": "d3", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "u3", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 2, "stride": 2},
      {"name": "k3", "type": "Concat", "inputs": ["u3", "d2"]},
      {"name": "u2", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
      {"name": "k2", "type": "Concat", "inputs": ["u2", "d1"]},
      {"name": "u1", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
      {"name": "k1", "type": "Concat", "inputs": ["u1", "c0"]}]})"),
            "set stride to 2 on `d2`");
}

// Channels that no other layer has, in front of one that is built for a number that several have.
TEST(Slips, AWidthThatNoOtherLayerHas) {
  const auto net = [](const std::string& width) {
    return R"({"input": [1, 3, 16, 16], "layers": [
      {"name": "a", "type": "Conv2d", "in_channels": 3, "out_channels": 24, "kernel_size": 3},
      {"name": "b", "type": "Conv2d", "in_channels": 24, "out_channels": )" +
           width + R"(, "kernel_size": 3},
      {"name": "c", "type": "Conv2d", "in_channels": 24, "out_channels": 24, "kernel_size": 3},
      {"name": "d", "type": "Conv2d", "in_channels": 24, "out_channels": 3, "kernel_size": 3}]})";
  };
  EXPECT_EQ(first_of(net("25")), "set out_channels to 24 on `b`");
  // Twice as many are meant.
  EXPECT_EQ(first_of(net("48")), "set in_channels to 48 on `c`");
}

// What takes as many as it gets and returns as many as its twin is not turned round.
TEST(Slips, ALinearLikeAnotherIsNotTurnedRound) {
  EXPECT_EQ(first_of(R"({"input": [2, 9, 32], "layers": [
      {"name": "q", "type": "Linear", "inputs": "input", "in_features": 32, "out_features": 32},
      {"name": "k", "type": "Linear", "inputs": "input", "in_features": 16, "out_features": 32},
      {"name": "sum", "type": "Add", "inputs": ["q", "k"]}]})"),
            "set in_features to 32 on `k`");
}

TEST(Slips, ThePaddingOfACausalConvolutionForItsCut) {
  std::string net = causal("8", "3");
  net.replace(net.rfind("\"padding\": 8"), 12, "\"padding\": 7");
  EXPECT_EQ(first_of(net), "set padding to 8 on `c2`");
}

TEST(Slips, AnArgumentAsTheOtherUsesGiveIt) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 16],
    "blocks": {"up": [
      {"name": "up", "type": "ConvTranspose1d", "out_channels": "$c", "kernel_size": "$k", "stride": "$s",
       "padding": "($k - $s)//2"}]},
    "layers": [
      {"use": "up", "name": "up1", "c": 8, "k": 16, "s": 8}, {"use": "up", "name": "up2", "c": 8, "k": 16, "s": 2},
      {"use": "up", "name": "up3", "c": 8, "k": 4, "s": 2},
      {"name": "post", "type": "Conv1d", "out_channels": 1, "kernel_size": 7, "padding": 3}],
    "expect": [1, 1, 2048]})"),
            "set stride to 8 on `up2.up`, at the use `up2`");
}

TEST(Slips, SequencesWithTheirBatchInFront) {
  EXPECT_EQ(first_of(R"({"input": {"memory": [4, 49, 32], "target": [4, 20, 32]}, "layers": [
      {"name": "dec", "type": "TransformerDecoderLayer", "inputs": ["target", "memory"], "d_model": 32,
       "nhead": 4}]})"),
            "set batch_first to true on `dec`");
}

TEST(Slips, ARepeatThatMakesTooMany) {
  EXPECT_EQ(first_of(R"({"input": {"q": [2, 8, 32, 16], "k": [2, 2, 32, 16]}, "layers": [
      {"name": "kr", "type": "RepeatInterleave", "inputs": "k", "repeats": 8, "dim": 1},
      {"name": "vr", "type": "RepeatInterleave", "inputs": "k", "repeats": 4, "dim": 1},
      {"name": "att", "type": "ScaledDotProductAttention", "inputs": ["q", "kr", "vr"]}]})"),
            "set repeats to 4 on `kr`");
}

// Nor is a shortcut brought to it.
TEST(Slips, ATermOfAWidthThatNoOtherLayerHas) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 16, 16], "layers": [
      {"name": "x", "type": "Conv2d", "in_channels": 3, "out_channels": 24, "kernel_size": 3},
      {"name": "a", "type": "Conv2d", "in_channels": 24, "out_channels": 24, "kernel_size": 3, "padding": 1},
      {"name": "b", "type": "Conv2d", "in_channels": 24, "out_channels": 25, "kernel_size": 3, "padding": 1},
      {"name": "sum", "type": "Add", "inputs": ["b", "x"]},
      {"name": "end", "type": "Conv2d", "out_channels": 3, "kernel_size": 1}]})"),
            "set out_channels to 24 on `b`");
}

// What the one convolution that trims lost is no rounding.
TEST(Slips, TheOneConvolutionThatTrims) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 64, 64], "layers": [
      {"name": "b1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "b2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "f", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
      {"name": "u", "type": "Upsample", "scale_factor": 2},
      {"name": "sum", "type": "Add", "inputs": ["b1", "u"]}]})"),
            "set padding to 1 on `f`");
}

TEST(Slips, APoolLikeTheOtherOne) {
  EXPECT_EQ(first_of(R"({"input": {"a": [1, 8, 32, 32], "b": [1, 8, 16, 16], "c": [1, 8, 8, 8]}, "layers": [
      {"name": "m1", "type": "MaxPool2d", "inputs": "a", "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "s1", "type": "Add", "inputs": ["m1", "b"]},
      {"name": "m2", "type": "MaxPool2d", "kernel_size": 3, "stride": 2},
      {"name": "s2", "type": "Add", "inputs": ["m2", "c"]},
      {"name": "end", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}]})"),
            "set padding to 1 on `m2`");
}

TEST(Slips, AFlattenThatJoinsTheBatch) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 8, 8], "layers": [
      {"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "flat", "type": "Flatten", "start_dim": 0},
      {"name": "code", "type": "Linear", "in_features": 64, "out_features": 64},
      {"name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [4, 4, 4]},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 2, "stride": 2}]})"),
            "set start_dim to 1 on `flat`");
}

TEST(Slips, BlocksPutTogetherAsTheyWereCut) {
  EXPECT_EQ(first_of(R"({"input": [1, 4, 1, 100], "layers": [
      {"name": "cut", "type": "Unfold", "kernel_size": [1, 10], "stride": [1, 5]},
      {"name": "whole", "type": "Fold", "output_size": [1, 100], "kernel_size": [1, 10], "stride": [1, 4]}]})"),
            "set stride to [1, 5] on `whole`, as `cut` has");
}

// A stride that nothing else has is the slip, whatever a resize could follow.
TEST(Slips, AStrideThatNothingElseHas) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 128, 128], "layers": [
      {"name": "b1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 4, "padding": 1},
      {"name": "b2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "b3", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 3, "padding": 1},
      {"name": "u2", "type": "Upsample", "inputs": "b2", "scale_factor": 2},
      {"name": "u3", "type": "Upsample", "inputs": "b3", "scale_factor": 4},
      {"name": "sum", "type": "Add", "inputs": ["b1", "u2", "u3"]}]})"),
            "set stride to 2 on `b3`");
}

// A signal with its samples first, turned to channels and back: no other order of its axes, though the map
// then has a length of 1.
TEST(TurnedAxes, TheSamplesStayFirst) {
  const std::string net = R"({"input": [1, 64, 1], "layers": [
      {"name": "in", "type": "Permute", "dims": [0, 2, 1]},
      {"name": "d1", "type": "Conv1d", "in_channels": 1, "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
      {"name": "d2", "type": "Conv1d", "out_channels": 16, "kernel_size": 5, "stride": 2, "padding": 2},
      {"name": "u1", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
      {"name": "cat", "type": "Concat", "inputs": ["u1", "d1"]},
      {"name": "u2", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 5, "stride": 2, "padding": 2},
      {"name": "out", "type": "Permute", "dims": [0, 2, 1]}]})";
  EXPECT_EQ(first_of(net).find("set output_padding"), 0U) << first_of(net);
  EXPECT_EQ(first_of(net).find("dims"), std::string::npos);
}

// Turned for a Linear along the places and turned back: the Linear counts places.
TEST(TurnedAxes, ATurnThatIsUndoneBehindALayerIsMeant) {
  EXPECT_EQ(first_of(R"({"input": [2, 24, 7], "layers": [
      {"name": "to_time", "type": "Permute", "dims": [0, 2, 1]},
      {"name": "project", "type": "Linear", "in_features": 7, "out_features": 12},
      {"name": "back", "type": "Permute", "dims": [0, 2, 1]}]})"),
            "set in_features to 24 on `project`");
}

// Convolutions that trim the trunk are meant; the one of a branch lacks its padding.
TEST(TurnedAxes, OnlyConvolutionsThatAreAlikeArePadded) {
  const auto block = [](const std::string& n, const std::string& from) {
    return R"({"name": "a)" + n + R"(", "type": "Conv2d", "inputs": ")" + from +
           R"(", "out_channels": 8, "kernel_size": 1},
      {"name": "b)" +
           n + R"(", "type": "Conv2d", "inputs": ")" + from +
           R"(", "out_channels": 8, "kernel_size": [1, 7], "padding": [0, 1]},
      {"name": "c)" +
           n + R"(", "type": "Concat", "inputs": ["a)" + n + R"(", "b)" + n + R"("]},)";
  };
  const std::string net = R"({"input": [1, 3, 32, 32], "layers": [
      {"name": "stem", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
      {"name": "more", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},)" +
                          block("1", "more") + block("2", "c1") +
                          R"({"name": "out", "type": "Conv2d", "out_channels": 2, "kernel_size": 1}]})";
  EXPECT_EQ(first_of(net), "set padding to [0, 3] on `b1` and `b2`");
}

}  // namespace
}  // namespace shapedbg
