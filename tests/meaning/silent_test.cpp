// Silent bugs of attention, tokens, rolled windows and turned maps, each planted into a network that is
// right.
#include "meaning/idioms.h"
#include "meaning/read.h"

namespace shapedbg {
namespace {

// Each has a right network beside it, in which nothing is found.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}
void expect_found(const std::string& right, const std::string& from, const std::string& to,
                  const std::string& wanted) {
  EXPECT_EQ(flaws(right), "") << right;
  EXPECT_EQ(flaws(replaced(right, from, to)), wanted) << to;
}
const char* idiom_named(std::string_view name) {
  for (const Idiom& idiom : idioms)
    if (name == idiom.name) return idiom.text;
  return "";
}

TEST(Rolled, WindowsOfARolledMapAreReadLikeOthers) {
  const std::string right = idiom_named("windows of a rolled map, rolled back");
  // The way in, then the way back as a view.
  expect_found(
      right, R"({"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
      {"type": "Reshape", "name": "win")",
      R"({"type": "Reshape", "shape": ["in[0]", 4, 4, 4, 4, 16]}, {"type": "Reshape", "name": "win")", "A3");
  expect_found(right, R"("shifts": [2, 2])", R"("shifts": [-2, -2])", "A6");
}

TEST(Rolled, WhatAGridNamesKeepsItsAxes) {
  const std::string right = idiom_named("a map sampled where a flow says");
  expect_found(right, R"({"type": "Permute", "dims": [0, 2, 3, 1]})",
               R"({"type": "Permute", "dims": [0, 3, 2, 1]})", "A4");
}

TEST(Rolled, ACopyMovedOneWayAloneIsNotAsFarTheOther) {
  const std::string right = idiom_named("an image beside itself moved to all sides");
  expect_found(right, R"("padding": [-1, 1, 0, 0])", R"("padding": [-3, 3, 0, 0])", "A6");
}

TEST(Tokens, ARowOfTokensThatIsMovedDoesNotMeetItself) {
  const std::string head = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "start_dim": 2},
    {"type": "Permute", "name": "tok", "dims": [0, 2, 1]}, {"type": "Linear", "out_features": 16},)";
  const std::string tail = R"({"type": "Add", "inputs": ["y", "tok"]}]})";
  EXPECT_EQ(flaws(head + R"({"type": "Pad", "padding": [0, 0, 2, 0]},
    {"type": "Slice", "name": "y", "index": [null, [2, null]]},)" +
                  tail),
            "");
  EXPECT_EQ(flaws(head + R"({"type": "Pad", "padding": [0, 0, 4, 0]},
    {"type": "Slice", "name": "y", "index": [null, [null, -4]]},)" +
                  tail),
            "A6");
}

TEST(Tokens, TheWrongTokenTakenOffMovesTheMap) {
  const std::string right = idiom_named("a class token put in front of patches and taken off");
  expect_found(right, "[null, [1, null]]", "[null, [null, -1]]", "A6");
  expect_found(right, R"(["c", "tok"])", R"(["tok", "c"])", "A6");
}

TEST(Tokens, ALayerNormOverThemWhereThereAreAsManyFeatures) {
  const std::string right = idiom_named("a class token put in front of patches and taken off");
  expect_found(right, R"({"type": "Permute", "name": "tok", "dims": [0, 2, 1]})",
               R"({"type": "Reshape", "name": "tok", "shape": ["in[0]", 64, 64]})", "A3 A4");
}

TEST(Scores, PlacesOfTheQueriesDoNotMeetFeaturesOfTheKeys) {
  const std::string right = R"({"input": {"x": [2, 8, 16], "y": [2, 12, 16]}, "layers": [
    {"type": "Linear", "name": "q0", "out_features": 32}, {"type": "Reshape", "shape": ["in[0]", 8, 4, 8]},
    {"type": "Permute", "name": "q", "dims": [0, 2, 1, 3]},
    {"type": "Linear", "name": "k0", "inputs": "y", "out_features": 32}, {"type": "Reshape", "shape": ["in[0]", 12, 4, 8]},
    {"type": "Permute", "name": "k", "dims": [0, 2, 1, 3]},
    {"type": "Linear", "name": "v0", "inputs": "y", "out_features": 32}, {"type": "Reshape", "shape": ["in[0]", 12, 4, 8]},
    {"type": "Permute", "name": "v", "dims": [0, 2, 1, 3]},
    {"type": "ScaledDotProductAttention", "inputs": ["q", "k", "v"]}, {"type": "Permute", "name": "o", "dims": [0, 2, 1, 3]},
    {"type": "Reshape", "shape": ["in[0]", 8, 32]}, {"type": "Linear", "out_features": 16}]})";
  expect_found(right, R"("name": "q", "dims": [0, 2, 1, 3])", R"("name": "q", "dims": [0, 2, 3, 1])", "A4");
  expect_found(right, R"("name": "o", "dims": [0, 2, 1, 3])", R"("name": "o", "dims": [0, 3, 1, 2])", "A3");
}

TEST(Scores, WeightsOfQueriesOverTheQueries) {
  const std::string right = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "start_dim": 2},
    {"type": "Permute", "name": "tok", "dims": [0, 2, 1]},
    {"type": "Linear", "name": "q", "inputs": "tok", "out_features": 16}, {"type": "Linear", "name": "k", "inputs": "tok", "out_features": 16},
    {"type": "Transpose", "name": "kt", "dim0": 1, "dim1": 2}, {"type": "MatMul", "inputs": ["q", "kt"]},
    {"type": "Softmax", "dim": 2}, {"type": "Reshape", "shape": ["in[0]", 1, 16, 16]},
    {"type": "Reshape", "name": "w", "shape": ["in[0]", 16, 16]}, {"type": "MatMul", "inputs": ["w", "tok"]}]})";
  expect_found(right, R"({"type": "Softmax", "dim": 2})", R"({"type": "Softmax", "dim": 1})", "A3");
}

TEST(Exchanged, WindowsMeetWhatLiesInThem) {
  const std::string right = R"({"input": [2, 3, 16, 16], "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 1}, {"type": "Permute", "dims": [0, 2, 3, 1]},
    {"type": "Reshape", "shape": ["in[0]", 4, 4, 4, 4, 16]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"type": "Reshape", "name": "x", "shape": ["in[0]", 16, 16, 16]}, {"type": "Permute", "name": "y", "dims": [0, 1, 2, 3]},
    {"type": "Linear", "name": "z", "out_features": 16}, {"type": "Add", "inputs": ["z", "x"]}]})";
  expect_found(right, R"("name": "y", "dims": [0, 1, 2, 3])", R"("name": "y", "dims": [0, 2, 1, 3])", "A4");
}

TEST(Turned, AMapThatComesOutColumnsFirst) {
  const std::string right = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, {"type": "ReLU", "name": "r"},
    {"type": "Conv2d", "out_channels": 5, "kernel_size": 3, "padding": 1}]})";
  expect_found(right, R"({"type": "ReLU", "name": "r"})", R"({"type": "Transpose", "dim0": 2, "dim1": 3})",
               "A12");
}

TEST(Samples, FoldedIntoTheBatchTheyAreStillSamples) {
  const std::string right = idiom_named("chunks of a sequence, within and across");
  expect_found(right, R"(, "batch_first": true)", "", "A7");
}

TEST(Features, OfAnImageTakenApartByRowsAreItsChannels) {
  const std::string right = idiom_named("attention along time, space in the batch");
  EXPECT_EQ(flaws(replaced(replaced(right, R"("dims": [0, 3, 4, 2, 1])", R"("dims": [0, 3, 4, 1, 2])"),
                           R"("dims": [0, 4, 3, 1, 2])", R"("dims": [0, 3, 4, 1, 2])")),
            "A11");
}

TEST(Features, PiecesOfThemAreNoRowsAndColumns) {
  const std::string right = R"({"input": [2, 3, 16, 16], "layers": [
    {"type": "Conv2d", "name": "x", "out_channels": 16, "kernel_size": 4, "stride": 4}, {"type": "Flatten", "start_dim": 2},
    {"type": "Permute", "dims": [0, 2, 1]}, {"type": "Linear", "out_features": 16},
    {"type": "Permute", "name": "back", "dims": [0, 2, 1]}, {"type": "Reshape", "shape": ["in[0]", 16, 4, 4]},
    {"type": "Conv2d", "name": "z", "out_channels": 16, "kernel_size": 1}, {"type": "Add", "inputs": ["z", "x"]}]})";
  expect_found(right, R"("name": "back", "dims": [0, 2, 1])", R"("name": "back", "dims": [0, 1, 2])", "A11");
}

}  // namespace
}  // namespace shapedbg
