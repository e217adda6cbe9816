// Repairs that other layers of a network speak for: what stands in front of its likes, what two numbers
// state, the axis that a vector lacks. The first fix of each.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::title_of;

TEST(StatedElsewhere, AResizeAsInFrontOfTheOtherSums) {
  EXPECT_EQ(title_of(R"({"input": [2, 8, 4, 4], "layers": [
    {"name": "r1", "type": "Conv2d", "inputs": "input", "out_channels": 3, "kernel_size": 1},
    {"name": "x2", "type": "Upsample", "inputs": "input", "scale_factor": 2},
    {"name": "r2", "type": "Conv2d", "out_channels": 3, "kernel_size": 1},
    {"name": "y1", "type": "Upsample", "inputs": "r1", "scale_factor": 2},
    {"name": "s2", "type": "Add", "inputs": ["y1", "r2"]},
    {"name": "x3", "type": "Upsample", "inputs": "x2", "scale_factor": 2},
    {"name": "r3", "type": "Conv2d", "out_channels": 3, "kernel_size": 1},
    {"name": "s3", "type": "Add", "inputs": ["s2", "r3"]}]})",
                     Code::L208),
            "put an Upsample like `y1` between `s2` and `s3`");
}

TEST(StatedElsewhere, ABranchThatIsToSeeLess) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "l1", "type": "Conv2d", "inputs": "input", "out_channels": 8, "kernel_size": 7, "padding": 3},
    {"name": "l2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "g1", "type": "Conv2d", "inputs": "input", "out_channels": 8, "kernel_size": 7, "padding": 3},
    {"name": "g2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "g3", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "m", "type": "Add", "inputs": ["l2", "g3"]},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1}]})",
                     Code::L208),
            "put an AvgPool2d in front of `g1`: its branch gives back the size that it gets, and meets 1/2 "
            "of it at "
            "`m`");
}

TEST(StatedElsewhere, KernelAndStrideOfTheBranchThatFallsShort) {
  EXPECT_EQ(title_of(R"({"input": [1, 8, 32, 32], "layers": [
    {"name": "b1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b3", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u2", "type": "ConvTranspose2d", "inputs": "b2", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "u3", "type": "ConvTranspose2d", "inputs": "b3", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "j", "type": "Concat", "inputs": ["b1", "u2", "u3"]}]})",
                     Code::L208),
            "set kernel_size to 4 and stride to 4 on `u3`");
}

TEST(StatedElsewhere, TheStrideBetweenTwoRates) {
  EXPECT_EQ(title_of(R"({"input": {"slow": [1, 8, 8, 6, 6], "fast": [1, 2, 32, 6, 6]}, "layers": [
    {"name": "lat", "type": "Conv3d", "inputs": "fast", "out_channels": 4, "kernel_size": [5, 1, 1],
     "stride": [8, 1, 1], "padding": [2, 0, 0]},
    {"name": "j", "type": "Concat", "inputs": ["slow", "lat"]}]})",
                     Code::L208),
            "set stride to [4, 1, 1] on `lat`");
}

TEST(StatedElsewhere, APadAsInFrontOfItsLikes) {
  EXPECT_EQ(title_of(R"({"input": [1, 4, 16], "layers": [
    {"name": "p1", "type": "CircularPad1d", "padding": 2},
    {"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 5},
    {"name": "p2", "type": "CircularPad1d", "padding": 2},
    {"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 5},
    {"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 5},
    {"name": "sum", "type": "Add", "inputs": ["b", "c"]}]})",
                     Code::L208),
            "put a CircularPad1d in front of `c`, as in front of the others like it");
}

TEST(StatedElsewhere, TheEndThatTwinsCutOff) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 200], "expect": "input", "layers": [
    {"type": "Pad", "padding": [4, 0]},
    {"name": "e1", "type": "Conv1d", "out_channels": 4, "kernel_size": 8, "stride": 4},
    {"type": "Pad", "padding": [5, 0]},
    {"name": "e2", "type": "Conv1d", "out_channels": 4, "kernel_size": 10, "stride": 5},
    {"name": "d2", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 10, "stride": 5},
    {"name": "k2", "type": "Slice", "index": [null, null, [0, -5]]},
    {"name": "d1", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 8, "stride": 4},
    {"type": "Pad", "padding": [6, 0]},
    {"name": "o", "type": "Conv1d", "out_channels": 1, "kernel_size": 7}]})"),
            "cut the last 4 places of `d1` off by a Slice, as behind the other transposed convolutions");
}

TEST(StatedElsewhere, InAndOutExchanged) {
  EXPECT_EQ(title_of(R"({"input": [2, 5, 48], "layers": [
    {"name": "down", "type": "Linear", "in_features": 48, "out_features": 8},
    {"name": "up", "type": "Linear", "in_features": 48, "out_features": 8},
    {"name": "y", "type": "Add", "inputs": ["input", "up"]}]})",
                     Code::L209),
            "set in_features to 8 and out_features to 48 on `up`");
}

TEST(StatedElsewhere, PartsThatTheirReadersState) {
  EXPECT_EQ(title_of(R"({"input": [2, 30], "layers": [
    {"name": "sp", "type": "Split", "split_size_or_sections": [10, 10], "dim": 1},
    {"name": "a", "type": "Linear", "inputs": "sp:0", "in_features": 10, "out_features": 4},
    {"name": "b", "type": "Linear", "inputs": "sp:1", "in_features": 20, "out_features": 4},
    {"name": "y", "type": "Add", "inputs": ["a", "b"]}]})",
                     Code::L215),
            "set split_size_or_sections to [10, 20] on `sp`");
}

TEST(StatedElsewhere, HeadsThatAnswerSeveral) {
  EXPECT_EQ(title_of(R"({"input": {"q": [2, 8, 10, 16], "k": [2, 2, 16, 10], "v": [2, 2, 10, 16]}, "layers": [
    {"name": "qk", "type": "MatMul", "inputs": ["q", "k"]},
    {"name": "a", "type": "Softmax", "dim": -1},
    {"name": "av", "type": "MatMul", "inputs": ["a", "v"]}]})",
                     Code::L208),
            "repeat each head of `k` and `v` 4 times by a RepeatInterleave");
}

TEST(StatedElsewhere, TheStateOfTheLastLayer) {
  EXPECT_EQ(title_of(R"({"input": {"x": [6, 9, 4], "y": [6, 3]}, "layers": [
    {"name": "enc", "type": "GRU", "inputs": "x", "input_size": 4, "hidden_size": 5, "num_layers": 2,
     "batch_first": true},
    {"name": "c", "type": "Concat", "inputs": ["enc:1", "y"], "dim": 1},
    {"name": "fc", "type": "Linear", "in_features": 8, "out_features": 2}]})",
                     Code::L208),
            "put a Select of the last layer between `enc:1` and `c`: [2, 6, 5] becomes [6, 5]");
}

TEST(StatedElsewhere, ChannelsOfThePoolWhosePlacesAreUsed) {
  EXPECT_EQ(title_of(R"({"input": [1, 4, 8, 8], "layers": [
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "main", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},
    {"name": "un", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool"},
    {"name": "o", "type": "Conv2d", "in_channels": 4, "out_channels": 2, "kernel_size": 1}]})",
                     Code::L210),
            "set out_channels to 4 on `main`");
}

TEST(StatedElsewhere, WeightsThatLackTheAxisOfFeatures) {
  EXPECT_EQ(title_of(R"({"input": {"w": [4, 6], "x": [4, 6, 8]}, "layers": [
    {"name": "c", "type": "Linear", "inputs": "x", "in_features": 8, "out_features": 3},
    {"name": "wc", "type": "Mul", "inputs": ["w", "c"]},
    {"name": "y", "type": "Sum", "dim": [1]}]})",
                     Code::L208),
            "put an Unsqueeze between `w` and `wc`: [4, 6] becomes [4, 6, 1]");
}

TEST(StatedElsewhere, AChunkThatCutTheBatch) {
  EXPECT_EQ(title_of(R"({"input": [8, 20], "layers": [
    {"name": "e", "type": "Linear", "in_features": 20, "out_features": 16},
    {"name": "h", "type": "Chunk", "chunks": 2},
    {"name": "z", "type": "Add", "inputs": ["h:0", "h:1"]},
    {"name": "d", "type": "Linear", "in_features": 8, "out_features": 20}]})",
                     Code::L209),
            "set dim to 1 on `h`");
}

TEST(StatedElsewhere, CountsOfTwoLayersBehindAJoin) {
  EXPECT_EQ(title_of(R"({"input": [4, 6, 20], "layers": [
    {"name": "m", "type": "Conv1d", "out_channels": 12, "kernel_size": 1},
    {"name": "mean", "type": "Mean", "inputs": "m", "dim": [2]},
    {"name": "std", "type": "Std", "inputs": "m", "dim": [2]},
    {"name": "st", "type": "Concat", "inputs": ["mean", "std"]},
    {"name": "bn", "type": "BatchNorm1d", "num_features": 12},
    {"name": "fc", "type": "Linear", "in_features": 12, "out_features": 5}]})",
                     Code::L203),
            "set num_features to 24 on `bn`, in_features to 24 on `fc`");
}

TEST(StatedElsewhere, RowsOfSeveralPlacesArePadded) {
  EXPECT_EQ(title_of(R"({"input": [4, 100, 8], "layers": [
    {"name": "e", "type": "Linear", "in_features": 8, "out_features": 8},
    {"name": "fold", "type": "Reshape", "shape": ["in[0]", -1, 24, 8]}]})",
                     Code::L211),
            "pad by 20 to whole rows of 24 in front of `fold`");
}

TEST(StatedElsewhere, WhatWasMadeIsJoinedWhereItsNeighboursAre) {
  EXPECT_EQ(title_of(R"({"input": [2, 8, 4, 4], "layers": [
    {"name": "box", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 1},
    {"name": "obj", "type": "Conv2d", "inputs": "input", "out_channels": 1, "kernel_size": 1},
    {"name": "cls", "type": "Conv2d", "inputs": "input", "out_channels": 10, "kernel_size": 1},
    {"name": "j", "type": "Concat", "inputs": ["box", "cls"]},
    {"name": "rows", "type": "Reshape", "shape": ["in[0]", 15, 16]}]})",
                     Code::L211),
            "join `obj` behind `box` in `j`: nothing reads it");
}

TEST(StatedElsewhere, OneFactorOfAllTheOthers) {
  EXPECT_EQ(title_of(R"({"input": [1, 2, 16, 24], "layers": [
    {"name": "e0", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "p0", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "e1", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 3, "stride": 4, "padding": 1},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "m1", "type": "Concat", "inputs": ["u1", "e1"]},
    {"name": "u0", "type": "Upsample", "scale_factor": 2},
    {"name": "m0", "type": "Concat", "inputs": ["u0", "e0"]}]})",
                     Code::L208),
            "set stride to 2 on `p1`");
}

TEST(StatedElsewhere, ANumberThatBringsPlacesTogether) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 57], "expect": "input", "layers": [
    {"type": "ReflectionPad1d", "padding": 1},
    {"name": "d0", "type": "Conv1d", "out_channels": 8, "kernel_size": 5, "stride": 3},
    {"name": "d1", "type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 3},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 4, "stride": 3},
    {"name": "u0", "type": "ConvTranspose1d", "out_channels": 3, "kernel_size": 5, "stride": 3, "padding": 2}]})"),
            "set padding to 1 on `u0`");
}

TEST(StatedElsewhere, ThePaddingOfWhatIsUndone) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 30, 30], "expect": "input", "layers": [
    {"name": "d0", "type": "Conv2d", "out_channels": 4, "kernel_size": 4, "stride": 3, "padding": 2},
    {"name": "u0", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 3, "padding": 1}]})"),
            "set padding to 2 on `u0`");
}

TEST(StatedElsewhere, PaddingOfAMapThatIsNotCausal) {
  EXPECT_EQ(title_of(R"({"input": [1, 2, 16], "layers": [
    {"name": "e0", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "p0", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "u0", "type": "Upsample", "scale_factor": 2},
    {"name": "c0", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 2},
    {"name": "m0", "type": "Add", "inputs": ["c0", "e0"]}]})",
                     Code::L208),
            "set padding to 1 on `c0`");
}

TEST(StatedElsewhere, ABatchThatWasTakenApart) {
  EXPECT_EQ(title_of(R"({"input": [3, 2, 5], "expect": [3, 5], "layers": [
    {"name": "h", "type": "Unbind", "dim": 0},
    {"name": "fc", "type": "Linear", "out_features": 5}]})"),
            "set dim to 1 on `h`");
}

TEST(StatedElsewhere, NoProductSumsOverTheBatch) {
  EXPECT_EQ(title_of(R"({"input": {"a": [16, 20], "t": [16, 30]}, "layers": [
    {"name": "pa", "type": "Linear", "inputs": "a", "in_features": 20, "out_features": 12},
    {"name": "pt", "type": "Linear", "inputs": "t", "in_features": 30, "out_features": 6},
    {"name": "tt", "type": "Transpose", "dim0": 0, "dim1": 1},
    {"name": "logits", "type": "MatMul", "inputs": ["pa", "tt"]}]})",
                     Code::L217),
            "set out_features to 12 on `pt`");
}

TEST(StatedElsewhere, ClassesOfEachAnchorAreMade) {
  EXPECT_EQ(title_of(R"({"input": [2, 8, 5, 5], "layers": [
    {"name": "cls", "type": "Conv2d", "out_channels": 72, "kernel_size": 1},
    {"name": "p", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "r", "type": "Reshape", "shape": ["in[0]", 225, 9]}]})",
                     Code::L211),
            "set out_channels to 81 on `cls`");
}

TEST(StatedElsewhere, NeighboursStandLast) {
  EXPECT_EQ(title_of(R"({"input": [2, 6, 32, 8], "layers": [
    {"name": "c1", "type": "Conv2d", "in_channels": 6, "out_channels": 10, "kernel_size": 1},
    {"name": "mx", "type": "Max", "dim": [1]},
    {"name": "c2", "type": "Conv1d", "in_channels": 10, "out_channels": 4, "kernel_size": 1}]})",
                     Code::L203),
            "set dim to [3] on `mx`");
}

TEST(StatedElsewhere, TokensBecomeTheMapThatTheyMeet) {
  EXPECT_EQ(title_of(R"({"input": [2, 8, 4, 6], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "fc", "type": "Linear", "in_features": 8, "out_features": 8},
    {"name": "m", "type": "Add", "inputs": ["fc", "c"]}]})",
                     Code::L208),
            "put a Transpose and an Unflatten between `fc` and `m`: [2, 24, 8] becomes [2, 8, 4, 6]");
}

TEST(StatedElsewhere, ALearnedTokenForEachSample) {
  EXPECT_EQ(title_of(R"({"input": [4, 9, 8], "layers": [
    {"name": "cls", "type": "Parameter", "shape": [1, 1, 8]},
    {"name": "x", "type": "Concat", "inputs": ["cls", "input"], "dim": 1}]})",
                     Code::L208),
            "put an Expand between `cls` and `x`: [1, 1, 8] becomes [4, 1, 8]");
}

TEST(StatedElsewhere, AMaskOfPlacesMeetsScores) {
  EXPECT_EQ(title_of(R"({"input": {"s": [4, 2, 6, 6], "mask": [4, 6]}, "layers": [
    {"name": "sm", "type": "Add", "inputs": ["s", "mask"]},
    {"name": "p", "type": "Softmax", "dim": -1}]})",
                     Code::L208),
            "put an Unflatten between `mask` and `sm`: [4, 6] becomes [4, 1, 1, 6]");
}

TEST(StatedElsewhere, AnAxisOfOneBesideVectors) {
  EXPECT_EQ(title_of(R"({"input": {"z": [6, 10], "y": [6, 1]}, "layers": [
    {"name": "emb", "type": "Embedding", "inputs": "y", "num_embeddings": 4, "embedding_dim": 5},
    {"name": "j", "type": "Concat", "inputs": ["z", "emb"], "dim": 1},
    {"name": "g", "type": "Linear", "in_features": 15, "out_features": 3}]})",
                     Code::L208),
            "put a Squeeze between `emb` and `j`: [6, 1, 5] becomes [6, 5]");
}

TEST(StatedElsewhere, AMeanThatIsToDropItsAxis) {
  EXPECT_EQ(title_of(R"({"input": [6, 9, 4], "layers": [
    {"name": "g", "type": "Linear", "in_features": 4, "out_features": 8},
    {"name": "pool", "type": "Mean", "dim": [1], "keepdim": true},
    {"name": "bn", "type": "BatchNorm1d", "num_features": 8},
    {"name": "o", "type": "Linear", "in_features": 8, "out_features": 3}]})",
                     Code::L203),
            "set keepdim to false on `pool`");
}

TEST(StatedElsewhere, PlacesThatAreCountedAsChannels) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 16, 16], "layers": [
    {"name": "fine", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "deep", "type": "Conv2d", "out_channels": 10, "kernel_size": 3, "padding": 1},
    {"name": "j", "type": "Concat", "inputs": ["fine", "deep"]},
    {"name": "c", "type": "Conv2d", "in_channels": 26, "out_channels": 5, "kernel_size": 1}]})",
                     Code::L208),
            "put a PixelUnshuffle by 2 between `fine` and `j`: 26 channels are counted behind it");
}

TEST(StatedElsewhere, EvenKernelsThatEachLoseOne) {
  EXPECT_EQ(title_of(R"({"input": [2, 3, 16, 16], "expect": "input", "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e2", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "d2", "type": "Conv2d", "out_channels": 4, "kernel_size": 4, "padding": 1},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "d1", "type": "Conv2d", "out_channels": 3, "kernel_size": 4, "padding": 1}]})"),
            "set kernel_size to 3 on `d2` and `d1`");
}

}  // namespace
}  // namespace shapedbg
