// Inputs of a merge that lie apart: what the author meant, and what is a slip.
#include <gtest/gtest.h>

#include "meaning/read.h"

namespace shapedbg {
namespace {

// Maps of two inputs, one of them moved by a Pad.
std::string beside(const std::string& pad, const std::string& kind) {
  return flaws(R"({"input": {"x": [2, 4, 12, 12], "hint": [2, 4, 12, 12]}, "layers": [
    {"type": "Conv2d", "name": "a", "inputs": "x", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "h", "inputs": "hint", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Pad", "name": "m", "padding": )" +
               pad + R"(}, {"type": ")" + kind + R"(", "inputs": ["a", "m"]}]})");
}

TEST(Apart, AnImageHasNoPlaceBefore) {
  EXPECT_EQ(beside("[0, 0, 0, 0]", "Add"), "");
  EXPECT_EQ(beside("[0, 0, 1, -1]", "Add"), "A6");
  EXPECT_EQ(beside("[1, -1]", "Add"), "A6");
  EXPECT_EQ(beside("[0, 0, 1, -1]", "Sub"), "");
}

TEST(Apart, AnImageThatIsDrawnRowByRowHas) {
  const auto drawn = [](const std::string& pad) {
    return flaws(R"({"input": {"cond": [2, 4, 12, 16], "x": [2, 4, 12, 16]}, "layers": [
      {"type": "Conv2d", "name": "c", "inputs": "cond", "out_channels": 6, "kernel_size": 3, "padding": 1},
      {"type": "Pad", "inputs": "x", "padding": )" +
                 pad + R"(}, {"type": "Conv2d", "out_channels": 6, "kernel_size": 3},
      {"type": "Pad", "name": "m", "padding": [0, 0, 1, -1]}, {"type": "Add", "inputs": ["c", "m"]}]})");
  };
  EXPECT_EQ(drawn("[1, 1, 2, 0]"), "");
  EXPECT_EQ(drawn("[1, 1, 1, 1]"), "A6");
}

TEST(Apart, ASequenceStandsAStepBehindAnother) {
  const auto actions = [](const std::string& pad) {
    return flaws(R"({"input": {"state": [2, 9, 6], "action": [2, 9, 4]}, "layers": [
      {"type": "Linear", "name": "s", "inputs": "state", "out_features": 8},
      {"type": "Linear", "name": "a", "inputs": "action", "out_features": 8},
      {"type": "Pad", "name": "m", "padding": )" +
                 pad +
                 R"(}, {"type": "Add", "inputs": ["s", "m"]}, {"type": "Linear", "out_features": 3}]})");
  };
  EXPECT_EQ(actions("[0, 0, 1, -1]"), "");
  EXPECT_EQ(actions("[0, 0, -2, 2]"), "A6");
}

// What all places before it come to, as light that is left of a ray.
TEST(Apart, ARunningSumIsTakenUpToThePlaceBefore) {
  const auto ray = [](const std::string& sum) {
    return flaws(R"({"input": [2, 10, 12, 6], "layers": [
      {"type": "Linear", "name": "h", "out_features": 8}, {"type": "Linear", "name": "s", "out_features": 1}, )" +
                 sum + R"({"type": "Pad", "padding": [0, 0, 1, -1]}, {"type": "Exp", "name": "t"},
      {"type": "Mul", "name": "w", "inputs": ["t", "s"]}, {"type": "Linear", "name": "c", "inputs": "h", "out_features": 3},
      {"type": "Mul", "inputs": ["w", "c"]}, {"type": "Sum", "dim": 2}]})");
  };
  EXPECT_EQ(ray(R"({"type": "CumSum", "dim": 2}, )"), "");
  EXPECT_EQ(ray(""), "A6");
}

TEST(Apart, ARowOfADetailIsNoRowBefore) {
  const auto levels = [](const std::string& up) {
    return flaws(R"({"input": [2, 3, 16, 16], "layers": [
      {"type": "AvgPool2d", "name": "small", "kernel_size": 2},
      {"type": "Upsample", "name": "up", "scale_factor": 2},
      {"type": "Pad", "name": "m", "padding": [0, 0, -2, 2]},
      {"type": "Sub", "name": "d", "inputs": ["input", ")" +
                 up + R"("]}, {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}]})");
  };
  EXPECT_EQ(levels("up"), "");
  EXPECT_EQ(levels("m"), "A6");
}

// Places that follow each other are no channels to be moved against each other.
TEST(Apart, ColumnsLaidBesideAMapLieInItsRows) {
  const auto around = [](const std::string& more) {
    return flaws(R"({"input": [2, 5, 12, 24], "layers": [
      {"type": "Slice", "name": "l", "index": [null, null, null, [-1, null]]},
      {"type": "Slice", "name": "r", "inputs": "input", "index": [null, null, null, [null, 1]]}, )" +
                 more + R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": [1, 0]}]})");
  };
  EXPECT_EQ(around(R"({"type": "Concat", "inputs": ["l", "input", "r"], "dim": 3},)"), "");
  EXPECT_EQ(around(R"({"type": "Pad", "name": "m", "inputs": "l", "padding": [0, 0, 1, -1]},
                      {"type": "Concat", "inputs": ["m", "input", "r"], "dim": 3},)"),
            "A6");
}

TEST(Apart, NeighboursOnOneSideAreTheSameTwice) {
  const auto around = [](const std::string& west) {
    return flaws(R"({"input": [2, 4, 6, 12], "layers": [
      {"type": "Roll", "name": "e", "shifts": [1], "dims": [3]},
      {"type": "Roll", "name": "w", "inputs": "input", "shifts": )" +
                 west + R"(, "dims": [3]}, {"type": "Add", "inputs": ["e", "w"]}]})");
  };
  EXPECT_EQ(around("[-1]"), "");
  EXPECT_EQ(around("[1]"), "A10");
}

// Scores of pairs by pairs: their bias is of the same pairs, in which rows and columns are one kind.
TEST(Pairs, BiasOfAPairMeetsItsScores) {
  const auto biased = [](const std::string& dims) {
    return flaws(
        R"({"input": [2, 6, 6, 8], "layers": [
      {"type": "Linear", "name": "q", "out_features": 4}, {"type": "Linear", "name": "k", "inputs": "input", "out_features": 4},
      {"type": "Transpose", "name": "kt", "dim0": 2, "dim1": 3}, {"type": "MatMul", "name": "s", "inputs": ["q", "kt"]},
      {"type": "Unsqueeze", "dim": 1}, {"type": "Linear", "name": "b", "inputs": "input", "out_features": 1},
      {"type": "Permute", "name": "bt", "dims": )" +
        dims +
        R"(}, {"type": "Add", "name": "sb", "inputs": ["s", "bt"]}, {"type": "Softmax", "dim": -1}]})");
  };
  EXPECT_EQ(biased("[0, 3, 1, 2]"), "");
}

TEST(Pairs, ATableOfRowsMeetsPairsOfRows) {
  EXPECT_EQ(flaws(R"({"input": [2, 6, 6, 8], "layers": [
    {"type": "Linear", "name": "x", "out_features": 8}, {"type": "Reshape", "name": "q", "shape": ["in[0]", 36, 8]},
    {"type": "Transpose", "name": "k", "dim0": 1, "dim1": 2}, {"type": "MatMul", "name": "s", "inputs": ["q", "k"]},
    {"type": "Reshape", "name": "s6", "shape": ["in[0]", 6, 6, 6, 6]}, {"type": "Parameter", "name": "t", "shape": [6, 8, 6]},
    {"type": "MatMul", "name": "r", "inputs": ["x", "t"]}, {"type": "Unsqueeze", "name": "rh", "dim": 4},
    {"type": "Add", "inputs": ["s6", "rh"]}, {"type": "Reshape", "shape": ["in[0]", 36, 36]},
    {"type": "Softmax", "name": "w", "dim": -1}, {"type": "MatMul", "inputs": ["w", "q"]}]})"),
            "");
}

// A gate that has seen both mixes a tensor with itself one step before.
TEST(Apart, AGateMayMixATensorWithTheStepBefore) {
  const auto mixed = [](const std::string& seen) {
    return flaws(R"({"input": [2, 20, 6], "layers": [
      {"type": "Linear", "name": "x", "out_features": 6}, {"type": "Pad", "name": "p", "padding": [0, 0, 1, -1]},
      {"type": "Concat", "inputs": ["x", ")" +
                 seen +
                 R"("], "dim": 2}, {"type": "Linear", "out_features": 6}, {"type": "Sigmoid", "name": "g"},
      {"type": "Pad", "name": "q", "inputs": "x", "padding": [0, 0, 1, -1]}, {"type": "Mul", "inputs": ["g", "q"]}]})");
  };
  EXPECT_EQ(mixed("p"), "");
  EXPECT_EQ(mixed("x"), "A6");
}

// Blocks that know those before, and places that know the one before.
TEST(Apart, BlocksAndTheirPlacesAreDelayedEachByItself) {
  EXPECT_EQ(flaws(R"({"input": [2, 16, 6], "layers": [
    {"type": "Pad", "padding": [0, 0, 4, -4]}, {"type": "Reshape", "shape": ["in[0]", 4, 24]},
    {"type": "Linear", "out_features": 24}, {"type": "Reshape", "name": "g", "shape": ["in[0]*4", 4, 6]},
    {"type": "Pad", "inputs": "input", "padding": [0, 0, 1, -1]}, {"type": "Reshape", "shape": ["in[0]*4", 4, 6]},
    {"type": "Linear", "name": "l", "out_features": 6}, {"type": "Add", "inputs": ["g", "l"]},
    {"type": "Linear", "out_features": 9}, {"type": "Reshape", "shape": ["in[0]//4", 16, 9]}]})"),
            "");
}

TEST(Pairs, OfOneInputMeetPairsOfAnother) {
  EXPECT_EQ(flaws(R"({"input": {"h": [2, 7, 6], "e": [2, 7, 7, 4]}, "layers": [
    {"type": "Linear", "name": "x", "inputs": "h", "out_features": 8}, {"type": "Unsqueeze", "name": "a", "dim": 2},
    {"type": "Unsqueeze", "name": "b", "inputs": "x", "dim": 1}, {"type": "Linear", "name": "y", "inputs": "e", "out_features": 8},
    {"type": "Add", "inputs": ["a", "b", "y"]}, {"type": "Linear", "name": "u", "out_features": 4},
    {"type": "Add", "inputs": ["e", "u"]}, {"type": "Sum", "dim": 2}]})"),
            "");
}

// Two maps that are compared at three distances of columns.
std::string volume(const std::string& third) {
  return flaws(
      R"({"input": {"l": [2, 3, 8, 16], "r": [2, 3, 8, 16]}, "layers": [
    {"type": "Conv2d", "name": "x", "inputs": "l", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "y", "inputs": "r", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Pad", "name": "a", "padding": [1, -1]}, {"type": "Pad", "name": "b", "inputs": "y", "padding": [2, -2]}, )" +
      third +
      R"({"type": "Mul", "name": "m", "inputs": ["x", "y"]}, {"type": "Mul", "name": "n", "inputs": ["x", "a"]},
    {"type": "Mul", "name": "o", "inputs": ["x", "b"]}, {"type": "Mul", "name": "p", "inputs": ["x", "c"]},
    {"type": "Stack", "inputs": ["m", "n", "o", "p"], "dim": 2}]})");
}
TEST(Distances, EachIsLookedAtOnce) {
  EXPECT_EQ(volume(R"({"type": "Pad", "name": "c", "inputs": "y", "padding": [3, -3]}, )"), "");
  EXPECT_EQ(volume(R"({"type": "Pad", "name": "c", "inputs": "y", "padding": [1, -1]}, )"), "A10");
}
TEST(Distances, LieAlongOneAxis) {
  EXPECT_EQ(volume(R"({"type": "Pad", "name": "c", "inputs": "y", "padding": [3, -3, 1, -1]}, )"), "A6");
}
TEST(Distances, PartsOfChannelsAreNone) {
  EXPECT_EQ(flaws(R"({"input": {"x": [2, 2, 9, 12], "m": [2, 2, 9, 12]}, "layers": [
    {"type": "Slice", "name": "a", "inputs": "x", "index": [null, [0, 1]]}, {"type": "Slice", "name": "b", "inputs": "x", "index": [null, [1, 2]]},
    {"type": "Slice", "name": "c", "inputs": "m", "index": [null, [0, 1]]}, {"type": "Slice", "name": "d", "inputs": "m", "index": [null, [1, 2]]},
    {"type": "Mul", "name": "ac", "inputs": ["a", "c"]}, {"type": "Mul", "name": "bd", "inputs": ["b", "d"]},
    {"type": "Mul", "name": "ad", "inputs": ["a", "d"]}, {"type": "Mul", "name": "bc", "inputs": ["b", "c"]},
    {"type": "Sub", "name": "re", "inputs": ["ac", "bd"]}, {"type": "Add", "name": "im", "inputs": ["ad", "bc"]},
    {"type": "Concat", "inputs": ["re", "im"], "dim": 1}]})"),
            "");
}

// A circle of columns: the windows behind it lie where those of a Pad would.
TEST(Around, PiecesLaidBesideATensorPadIt) {
  const auto circle = [](const std::string& turn) {
    return flaws(R"({"input": [2, 5, 12, 12], "layers": [
      {"type": "Slice", "name": "l", "index": [null, null, null, [-1, null]]},
      {"type": "Slice", "name": "r", "inputs": "input", "index": [null, null, null, [null, 1]]},
      {"type": "Concat", "inputs": ["l", "input", "r"], "dim": 3},
      {"type": "Conv2d", "name": "y", "out_channels": 5, "kernel_size": 3, "padding": [1, 0]}, )" +
                 turn + R"({"type": "Add", "inputs": ["y", "input"]}]})");
  };
  EXPECT_EQ(circle(""), "");
  EXPECT_EQ(
      circle(R"({"type": "Transpose", "name": "y2", "dim0": 2, "dim1": 3}, {"type": "ReLU", "name": "z"},
                      {"type": "Add", "name": "s", "inputs": ["z", "input"]}, )"),
      "A4");
}

TEST(Pieces, OfAnAxisLeaveNothingOut) {
  const auto bands = [](const std::string& second) {
    return flaws(R"({"input": [2, 3, 12, 10], "layers": [
      {"type": "Slice", "name": "a", "index": [null, null, [0, 2]]},
      {"type": "Slice", "name": "b", "inputs": "input", "index": [null, null, )" +
                 second +
                 R"(]}, {"type": "Slice", "name": "c", "inputs": "input", "index": [null, null, [6, 12]]},
      {"type": "Mean", "name": "p", "inputs": "a", "dim": 2}, {"type": "Mean", "name": "q", "inputs": "b", "dim": 2},
      {"type": "Mean", "name": "r", "inputs": "c", "dim": 2}, {"type": "Concat", "inputs": ["p", "q", "r"], "dim": 1}]})");
  };
  EXPECT_EQ(bands("[2, 6]"), "");
  EXPECT_EQ(bands("[0, 4]"), "A10");
  EXPECT_EQ(bands("[4, 8]"), "A10");
  EXPECT_EQ(bands("[3, 6]"), "");
}

TEST(Pieces, NeighboursLieAroundTheirMiddle) {
  const auto around = [](const std::string& west) {
    return flaws(R"({"input": [2, 3, 12, 18], "layers": [
      {"type": "Pad", "name": "p", "padding": [1, 1, 1, 1]},
      {"type": "Slice", "name": "n", "index": [null, null, [null, -2], [1, -1]]},
      {"type": "Slice", "name": "s", "inputs": "p", "index": [null, null, [2, null], [1, -1]]},
      {"type": "Slice", "name": "e", "inputs": "p", "index": [null, null, [1, -1], [2, null]]},
      {"type": "Slice", "name": "w", "inputs": "p", "index": [null, null, )" +
                 west + R"(]}, {"type": "Add", "name": "sum", "inputs": ["n", "s", "e", "w"]},
      {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}]})");
  };
  EXPECT_EQ(around("[1, -1], [null, -2]"), "");
  EXPECT_EQ(around("[null, -2], [null, -2]"), "A6");
}

}  // namespace
}  // namespace shapedbg
