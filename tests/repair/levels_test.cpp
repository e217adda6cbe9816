// What is missing where tensors meet: an input that nothing reads, a resize, a stride, an axis, a Transpose.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::place_of;

TEST(Unread, ABranchTakesTheInputThatNothingReads) {
  EXPECT_EQ(first_of(R"({"input": {"rgb": [1, 3, 16, 16], "ir": [1, 1, 16, 16]}, "layers": [
      {"name": "a", "type": "Conv2d", "inputs": "rgb", "in_channels": 3, "out_channels": 8, "kernel_size": 1},
      {"name": "b", "type": "Conv2d", "inputs": "rgb", "in_channels": 1, "out_channels": 8, "kernel_size": 1},
      {"name": "y", "type": "Add", "inputs": ["a", "b"]}]})"),
            "take `ir` instead of `rgb` in `b`: nothing reads it");
}

TEST(Unread, OrJoinsItWhereTheChannelsSaySo) {
  EXPECT_EQ(first_of(R"({"input": {"x": [1, 3, 16, 16], "mask": [1, 1, 16, 16]}, "layers": [
      {"name": "c", "type": "Conv2d", "inputs": "x", "in_channels": 4, "out_channels": 8, "kernel_size": 1}]})"),
            "join `x` and `mask` by a Concat in front of `c`");
  EXPECT_EQ(first_of(R"({"input": {"x": [1, 3, 16, 16], "mask": [1, 1, 16, 16]}, "layers": [
      {"name": "c", "type": "Conv2d", "inputs": "x", "in_channels": 5, "out_channels": 8, "kernel_size": 1}]})"),
            "set in_channels to 3 on `c`");
}

TEST(Unread, AHeadThatNamesTheWrongLevel) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 32, 32], "outputs": ["one", "two"], "layers": [
      {"name": "e", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 2, "stride": 2},
      {"name": "u", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 8, "kernel_size": 2, "stride": 2},
      {"name": "one", "type": "Conv2d", "in_channels": 8, "out_channels": 4, "kernel_size": 1},
      {"name": "two", "type": "Conv2d", "inputs": "e", "in_channels": 8, "out_channels": 1, "kernel_size": 1,
       "expect": [1, 1, 32, 32]}]})"),
            "take `u` instead of `e` in `two`");
}

constexpr const char* kPyramid = R"({"input": [1, 3, 64, 64], "outputs": ["p3", "p4"], "layers": [
    {"name": "c3", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c4", "type": "Conv2d", "in_channels": 16, "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "p4", "type": "Conv2d", "in_channels": 32, "out_channels": 8, "kernel_size": 1},
    {"name": "l3", "type": "Conv2d", "inputs": "c3", "in_channels": 16, "out_channels": 8, "kernel_size": 1},
    {"name": "p3", "type": "KIND", "inputs": ["l3", "p4"]}]})";

TEST(Levels, TheDeeperOneOfTwoIsEnlarged) {
  for (const char* kind : {"Add", "Concat"}) {
    std::string net = kPyramid;
    net.replace(net.find("KIND"), 4, kind);
    EXPECT_EQ(first_of(net), "put an Upsample by 2 between `p4` and `p3`");
    EXPECT_NE(place_of(net, "set stride to 1 on `c4`"), 0);
  }
}

TEST(Levels, OneMoreStrideOnTheWayDown) {
  EXPECT_EQ(first_of(R"({"input": {"a": [1, 8, 32, 32], "b": [1, 16, 16, 16], "c": [1, 32, 8, 8]}, "layers": [
      {"name": "x", "type": "Conv2d", "inputs": "a", "in_channels": 8, "out_channels": 32, "kernel_size": 3,
       "stride": 2, "padding": 1},
      {"name": "y", "type": "Conv2d", "inputs": "b", "in_channels": 16, "out_channels": 32, "kernel_size": 3,
       "stride": 2, "padding": 1},
      {"name": "sum", "type": "Add", "inputs": ["x", "y", "c"]}]})"),
            "put one more strided convolution like `x` between `x` and `sum`");
}

TEST(Levels, ABranchIsTurnedBack) {
  EXPECT_EQ(first_of(R"({"input": [2, 49, 32], "layers": [
      {"name": "mix", "type": "Residual", "layers": [
        {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
        {"name": "f", "type": "Linear", "in_features": 49, "out_features": 49}]}]})"),
            "put a Transpose at the end of the branch of `mix`: [2, 32, 49] becomes [2, 49, 32]");
}

TEST(Levels, TheStageThatUndoesTheFirstStride) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 960], "encoder": [
      {"name": "d2", "type": "Conv1d", "in_channels": 1, "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
      {"type": "ELU"},
      {"name": "d4", "type": "Conv1d", "in_channels": 8, "out_channels": 16, "kernel_size": 8, "stride": 4, "padding": 2}],
    "decoder": [
      {"name": "u4", "type": "ConvTranspose1d", "in_channels": 16, "out_channels": 8, "kernel_size": 8, "stride": 4,
       "padding": 2},
      {"type": "ELU"},
      {"name": "out", "type": "Conv1d", "in_channels": 8, "out_channels": 1, "kernel_size": 7, "padding": 3}]})"),
            "put one more stage in front of `out` that undoes `d2`: ConvTranspose1d and ELU");
}

TEST(Meeting, AnAxisBetweenWhereAllOthersHaveTheirCounterpart) {
  EXPECT_EQ(first_of(R"({"input": [3, 16, 40], "layers": [
      {"name": "m", "type": "Conv1d", "in_channels": 16, "out_channels": 32, "kernel_size": 1},
      {"name": "two", "type": "Unflatten", "dim": 1, "unflattened_size": [2, 16]},
      {"name": "y", "type": "Mul", "inputs": ["two", "input"]}]})"),
            "put an Unsqueeze between `input` and `y`: [3, 16, 40] becomes [3, 1, 16, 40]");
  EXPECT_EQ(first_of(R"({"input": {"z": [4, 10, 1, 1], "y": [4, 6, 1]}, "layers": [
      {"name": "j", "type": "Concat", "inputs": ["z", "y"]},
      {"name": "g", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 8, "kernel_size": 4}]})"),
            "put an Unsqueeze between `y` and `j`: [4, 6, 1] becomes [4, 6, 1, 1]");
}

TEST(Meeting, AVectorOfAsManyElementsAsTheMapIsAMap) {
  EXPECT_EQ(first_of(R"({"input": {"x": [4, 1, 8, 8], "y": [4, 64]}, "layers": [
      {"name": "j", "type": "Concat", "inputs": ["x", "y"]},
      {"name": "c", "type": "Conv2d", "in_channels": 2, "out_channels": 4, "kernel_size": 3}]})"),
            "put an Unflatten between `y` and `j`: [4, 64] becomes [4, 1, 8, 8]");
}

TEST(Meeting, AProductGetsNoShortcut) {
  const std::string gates = R"({"input": {"x": [2, 4, 8, 8], "c": [2, 16, 8, 8]}, "layers": [
      {"name": "g", "type": "Conv2d", "inputs": "x", "in_channels": 4, "out_channels": 48, "kernel_size": 3,
       "padding": 1},
      {"name": "k", "type": "Chunk", "chunks": 4, "dim": 1},
      {"name": "f", "type": "Sigmoid", "inputs": "k:1"},
      {"name": "fc", "type": "Mul", "inputs": ["f", "c"]}]})";
  EXPECT_EQ(first_of(gates), "set out_channels to 64 on `g`");
}

TEST(Meeting, AGateIsMadeForItsMap) {
  EXPECT_EQ(first_of(R"({"input": [2, 8, 16, 16], "layers": [
      {"name": "c", "type": "Conv2d", "in_channels": 8, "out_channels": 32, "kernel_size": 3, "padding": 1},
      {"name": "sq", "type": "Mean", "dim": [2, 3]},
      {"name": "a", "type": "Linear", "in_features": 32, "out_features": 8},
      {"name": "b", "type": "Linear", "in_features": 8, "out_features": 8},
      {"name": "v", "type": "Unflatten", "dim": 1, "unflattened_size": [8, 1, 1]},
      {"name": "y", "type": "Mul", "inputs": ["c", "v"]}]})"),
            "set unflattened_size to [32, 1, 1] on `v`, out_features to 32 on `b`");
}

TEST(Counts, OneThatIsStatedTwiceIsChangedTwice) {
  EXPECT_EQ(first_of(R"({"input": [2, 36, 24], "layers": [
      {"name": "mix", "type": "Residual", "layers": [
        {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
        {"name": "f", "type": "Linear", "in_features": 49, "out_features": 96},
        {"name": "g", "type": "Linear", "in_features": 96, "out_features": 49},
        {"name": "b", "type": "Transpose", "dim0": 1, "dim1": 2}]}]})"),
            "set in_features to 36 on `mix.f`, out_features to 36 on `mix.g`");
}

TEST(Orders, TheChannelsOfAClipStandBehindItsFrames) {
  EXPECT_EQ(first_of(R"({"input": [2, 8, 3, 32, 32], "layers": [
      {"name": "c", "type": "Conv3d", "in_channels": 3, "out_channels": 8, "kernel_size": 3}]})"),
            "put a Permute in front of `c`: [2, 8, 3, 32, 32] becomes [2, 3, 8, 32, 32]");
}

TEST(Orders, ThreeAxesTakenForEachOther) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 6, 14, 14], "layers": [
      {"name": "b", "type": "Residual", "layers": [
        {"name": "s", "type": "Conv3d", "in_channels": 8, "out_channels": 8, "kernel_size": [1, 3, 3],
         "padding": [1, 0, 1]}]}]})"),
            "set padding to [0, 1, 1] on `b.s`");
}

TEST(Windows, NoMoreThanIsNeededIsChanged) {
  EXPECT_EQ(first_of(R"({"input": [1, 2, 36, 18], "expect": "input", "layers": [
      {"name": "d0", "type": "Conv2d", "out_channels": 7, "kernel_size": 3, "stride": 3},
      {"name": "d1", "type": "Conv2d", "out_channels": 14, "kernel_size": 3, "stride": 3},
      {"name": "m", "type": "Conv2d", "out_channels": 28, "kernel_size": 3, "padding": 3},
      {"name": "n", "type": "Conv2d", "out_channels": 28, "kernel_size": 3, "padding": 1},
      {"name": "u1", "type": "ConvTranspose2d", "out_channels": 14, "kernel_size": 5, "stride": 3, "padding": 1},
      {"name": "j", "type": "Concat", "inputs": ["d0", "u1"]},
      {"name": "u0", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 5, "stride": 3, "padding": 1}]})"),
            "set padding to 1 on `m`");
}

TEST(Windows, OneOfThreeBranchesIsPaddedLikeTheOthers) {
  EXPECT_EQ(first_of(R"({"input": [1, 16, 35, 35], "layers": [
      {"name": "a", "type": "Conv2d", "inputs": "input", "in_channels": 16, "out_channels": 8, "kernel_size": 3,
       "stride": 2},
      {"name": "b", "type": "Conv2d", "inputs": "input", "in_channels": 16, "out_channels": 8, "kernel_size": 3,
       "stride": 2, "padding": 1},
      {"name": "c", "type": "MaxPool2d", "inputs": "input", "kernel_size": 3, "stride": 2},
      {"name": "j", "type": "Concat", "inputs": ["a", "b", "c"]}]})"),
            "set padding to 0 on `b`");
}

}  // namespace
}  // namespace shapedbg
