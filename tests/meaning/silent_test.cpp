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

TEST(Stacked, FramesOfWhichOneIsTurned) {
  const std::string right =
      R"({"input": [2, 8, 4, 12, 12], "layers": [{"type": "Unbind", "name": "u", "dim": 1},
    {"type": "Conv2d", "name": "a", "inputs": "u:0", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "b0", "inputs": "u:1", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "ReLU", "name": "b"}, {"type": "Stack", "inputs": ["a", "b"], "dim": 1}]})";
  expect_found(right, R"({"type": "ReLU", "name": "b"})",
               R"({"type": "Transpose", "name": "b", "dim0": 2, "dim1": 3})", "A4");
}

// Windows of a row of tokens, and the way back without its Permute.
TEST(Windows, OfTokensPutTogetherInAnotherOrder) {
  const std::string right =
      R"({"input": [2, 64, 16], "layers": [{"type": "LayerNorm", "normalized_shape": 16},
    {"type": "Reshape", "shape": ["in[0]", 2, 4, 2, 4, 16]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"type": "Reshape", "shape": ["in[0]*4", 16, 16]}, {"type": "Linear", "out_features": 16},
    {"type": "Reshape", "shape": ["in[0]//4", 2, 2, 4, 4, 16]}, {"type": "Permute", "name": "back", "dims": [0, 1, 3, 2, 4, 5]},
    {"type": "Reshape", "name": "y", "shape": ["in[0]", 64, 16]}, {"type": "Add", "inputs": ["y", "input"]}]})";
  expect_found(right, R"("name": "back", "dims": [0, 1, 3, 2, 4, 5])",
               R"("name": "back", "dims": [0, 1, 2, 3, 4, 5])", "A3");
}

TEST(Samples, ARecurrentLayerAlongThem) {
  // [N, features, places], turned: N stands in front.
  const std::string turned = R"({"input": [2, 8, 20], "layers": [{"type": "Permute", "dims": [0, 2, 1]},
    {"type": "GRU", "hidden_size": 16, "batch_first": true}, {"type": "Select", "dim": 1, "index": -1},
    {"type": "Linear", "out_features": 4}]})";
  expect_found(turned, R"(, "batch_first": true)", "", "A7");
  // Places stand behind them.
  const std::string rows = R"({"input": [2, 6, 8, 8], "layers": [{"type": "Permute", "dims": [0, 2, 3, 1]},
    {"type": "Reshape", "shape": ["in[0]*8", 8, 6]}, {"type": "LSTM", "hidden_size": 6, "batch_first": true},
    {"type": "Reshape", "shape": ["in[0]//8", 8, 8, 6]}, {"type": "Permute", "name": "y", "dims": [0, 3, 1, 2]},
    {"type": "Add", "inputs": ["y", "input"]}]})";
  expect_found(rows, R"(, "batch_first": true)", "", "A7");
}

// Who takes one place along axis 1, or the mean of them, or makes features of them, has the samples in front.
TEST(Samples, AreWhereNoPlacesAreTaken) {
  for (const char* behind : {R"({"type": "Select", "dim": 1, "index": -1})", R"({"type": "Mean", "dim": 1})",
                             R"({"type": "Flatten"})"}) {
    for (const char* layer :
         {R"("type": "LSTM", "hidden_size": 32)", R"("type": "MultiheadAttention", "num_heads": 4)",
          R"("type": "TransformerEncoderLayer", "nhead": 4)"}) {
      const std::string right =
          std::string(R"({"input": [8, 30, 7], "layers": [{"type": "Linear", "out_features": 32}, {)") +
          layer + R"(, "batch_first": true}, )" + behind + R"(, {"type": "Linear", "out_features": 5}]})";
      expect_found(right, R"(, "batch_first": true)", "", "A7");
    }
  }
  // L,N,features is read along its length.
  EXPECT_EQ(
      flaws(
          R"({"input": [30, 8, 7], "layers": [{"type": "LSTM", "hidden_size": 32}, {"type": "Select", "dim": 0, "index": -1},
    {"type": "Linear", "out_features": 5}]})"),
      "");
  EXPECT_EQ(
      flaws(
          R"({"input": [30, 1, 7], "layers": [{"type": "LSTM", "hidden_size": 32}, {"type": "Select", "dim": 1, "index": 0},
    {"type": "Linear", "out_features": 5}]})"),
      "");
}

// [directions, N, features]: the samples are in the middle, however the input lies.
TEST(Samples, OfALastStateAreBehindItsLayers) {
  for (const char* input : {R"({"input": [4, 20, 12], "layers": [
    {"name": "rnn", "type": "LSTM", "hidden_size": 32, "bidirectional": true, "batch_first": true}, )",
                            R"({"input": [4, 12, 20], "layers": [{"type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "rnn", "type": "GRU", "hidden_size": 32, "num_layers": 2, "batch_first": true}, )"}) {
    const std::string right =
        std::string(input) +
        R"({"name": "turn", "type": "Transpose", "inputs": "rnn:1", "dim0": 0, "dim1": 1},
      {"name": "row", "type": "Reshape", "inputs": "turn", "shape": [-1, 64]}, {"type": "Linear", "out_features": 3}]})";
    expect_found(right, R"("row", "type": "Reshape", "inputs": "turn")",
                 R"("row", "type": "Reshape", "inputs": "rnn:1")", "A2 A7");
    expect_found(right, R"("row", "type": "Reshape", "inputs": "turn", "shape": [-1, 64])",
                 R"("row", "type": "Select", "inputs": "rnn:1", "dim": 0, "index": -1)", "");
  }
}

TEST(Scores, OfTwoSequencesOverTheOtherOne) {
  const std::string right = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "name": "m", "out_channels": 16, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "start_dim": 2},
    {"type": "Permute", "name": "q", "dims": [0, 2, 1]},
    {"type": "AdaptiveAvgPool2d", "inputs": "m", "output_size": 2}, {"type": "Flatten", "start_dim": 2},
    {"type": "Permute", "name": "k", "dims": [0, 2, 1]}, {"type": "Linear", "name": "k1", "out_features": 16},
    {"type": "Transpose", "name": "kt", "dim0": 1, "dim1": 2}, {"type": "MatMul", "inputs": ["q", "kt"]},
    {"type": "Softmax", "name": "w", "dim": -1}, {"type": "MatMul", "name": "y", "inputs": ["w", "k"]}]})";
  EXPECT_EQ(flaws(right), "");
  expect_found(right, R"("name": "w", "dim": -1)", R"("name": "w", "dim": 1)", "A3");
}

TEST(Features, PiecesInAnotherOrderDoNotMeetPlaces) {
  // Heads put together as [features, places].
  const std::string right = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "start_dim": 2},
    {"type": "Permute", "name": "x", "dims": [0, 2, 1]}, {"type": "Linear", "out_features": 16},
    {"type": "Reshape", "shape": ["in[0]", 16, 4, 4]}, {"type": "Permute", "dims": [0, 2, 1, 3]}, {"type": "Softmax", "dim": -1},
    {"type": "Permute", "name": "o", "dims": [0, 2, 1, 3]}, {"type": "Reshape", "shape": ["in[0]", 16, 16]},
    {"type": "Linear", "name": "y", "out_features": 16}, {"type": "Add", "inputs": ["x", "y"]}]})";
  expect_found(right, R"("name": "o", "dims": [0, 2, 1, 3])", R"("name": "o", "dims": [0, 3, 1, 2])", "A4");
  expect_found(right, R"("name": "o", "dims": [0, 2, 1, 3])", R"("name": "o", "dims": [0, 1, 3, 2])", "A4");
}

TEST(Turned, ListsOfPlacesThatRunAlongColumnsInOneLevelAlone) {
  const std::string right = R"({"input": [2, 16, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 12, "kernel_size": 3, "padding": 1}, {"type": "Permute", "name": "p", "dims": [0, 2, 3, 1]},
    {"type": "Reshape", "name": "a", "shape": ["in[0]", -1, 4]},
    {"type": "Conv2d", "inputs": "input", "out_channels": 12, "kernel_size": 3, "padding": 1, "stride": 2},
    {"type": "Permute", "dims": [0, 2, 3, 1]}, {"type": "Reshape", "name": "b", "shape": ["in[0]", -1, 4]},
    {"type": "Concat", "inputs": ["a", "b"], "dim": 1}]})";
  expect_found(right, R"("name": "p", "dims": [0, 2, 3, 1])", R"("name": "p", "dims": [0, 3, 2, 1])", "A4");
  const std::string alone =
      R"({"input": [2, 16, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 27, "kernel_size": 1},
    {"type": "Reshape", "shape": ["in[0]", 3, 9, 8, 8]}, {"type": "Permute", "dims": [0, 3, 4, 1, 2]},
    {"type": "Reshape", "shape": ["in[0]", -1, 9]}]})";
  expect_found(alone, "[0, 3, 4, 1, 2]", "[0, 4, 3, 1, 2]", "A12");
}

TEST(Pooled, AMapThatLooksToBothSidesIsNotCausal) {
  const std::string right = R"({"input": [2, 16, 12, 12], "layers": [
    {"type": "AvgPool2d", "kernel_size": 3, "stride": 1, "padding": 1}, {"type": "Pad", "name": "y", "padding": [0, 0, 0, 0]},
    {"type": "Add", "inputs": ["input", "y"]}]})";
  expect_found(right, "[0, 0, 0, 0]", "[1, -1, 0, 0]", "A6");
}

TEST(Moved, MapsOfTwoInputsLieInOnePlace) {
  const std::string right = R"({"input": {"a": [2, 3, 16, 16], "b": [2, 3, 16, 16]}, "layers": [
    {"type": "Conv2d", "name": "x", "inputs": "a", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "y", "inputs": "b", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Sub", "inputs": ["x", "y"]}, {"type": "Conv2d", "out_channels": 2, "kernel_size": 1}]})";
  expect_found(
      right, R"({"type": "Sub", "inputs": ["x", "y"]})",
      R"({"type": "Pad", "name": "m", "padding": [0, 0, -2, 2]}, {"type": "Sub", "inputs": ["x", "m"]})",
      "A6");
  // The place before: what is drawn step by step sees that.
  EXPECT_EQ(flaws(replaced(right, R"({"type": "Sub", "inputs": ["x", "y"]})",
                           R"({"type": "Pad", "name": "m", "padding": [0, 0, 1, -1]},
                              {"type": "Sub", "inputs": ["x", "m"]})")),
            "");
}

TEST(Merges, PlacesWithinABlockAreNotTheWholeAxis) {
  const std::string right = R"({"input": [2, 12, 6], "layers": [
    {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Conv1d", "out_channels": 6, "kernel_size": 5, "padding": 2},
    {"type": "Transpose", "name": "x", "dim0": 1, "dim1": 2}, {"type": "Transpose", "name": "f", "dim0": 1, "dim1": 2},
    {"type": "Linear", "name": "a", "out_features": 8}, {"type": "Transpose", "name": "at", "dim0": 1, "dim1": 2},
    {"type": "MatMul", "inputs": ["a", "at"]}, {"type": "Softmax", "name": "w", "dim": -1},
    {"type": "MatMul", "inputs": ["w", "f"]}, {"type": "Transpose", "name": "y", "dim0": 1, "dim1": 2},
    {"type": "Concat", "inputs": ["x", "y"], "dim": 2}, {"type": "Linear", "out_features": 6}]})";
  expect_found(right, R"({"type": "Transpose", "name": "f", "dim0": 1, "dim1": 2})",
               R"({"type": "Reshape", "name": "f", "shape": ["in[0]", 6, 12]})", "A4");
}

TEST(Weights, ThatALayerMadeShareOneOverWhatIsSummed) {
  const std::string right = R"({"input": {"x": [2, 16, 12], "v": [2, 16, 9, 4]}, "layers": [
    {"type": "Linear", "inputs": "x", "out_features": 81}, {"type": "Reshape", "shape": ["in[0]", 16, 9, 9]},
    {"type": "Softmax", "name": "w", "dim": -1}, {"type": "MatMul", "inputs": ["w", "v"]}]})";
  expect_found(right, R"("dim": -1)", R"("dim": 2)", "A3");
  expect_found(right, R"("dim": -1)", R"("dim": 1)", "A3");
}

TEST(Sequences, ALaterLayerTellsWhatIsASample) {
  expect_found(R"({"input": [2, 6, 7, 9], "layers": [
    {"type": "Permute", "dims": [2, 0, 3, 1]}, {"type": "Flatten", "start_dim": 1, "end_dim": 2},
    {"type": "GRU", "name": "g", "input_size": 6, "hidden_size": 6, "batch_first": false},
    {"type": "Unflatten", "dim": 1, "unflattened_size": [-1, 9]}, {"type": "Permute", "name": "y", "dims": [1, 3, 0, 2]},
    {"type": "Concat", "inputs": ["input", "y"]}, {"type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1}]})",
               R"("batch_first": false)", R"("batch_first": true)", "A7");
}

// Sides that are turned, or joined samples, that are meant.
TEST(Copies, PairsAreMadeSymmetric) {
  EXPECT_EQ(flaws(R"({"input": [2, 10, 10, 6], "layers": [
      {"type": "Permute", "name": "x", "dims": [0, 3, 1, 2]}, {"type": "Transpose", "name": "y", "dim0": 2, "dim1": 3},
      {"type": "Add", "name": "s", "inputs": ["x", "y"]}, {"type": "Mean", "name": "r", "dim": [2], "keepdim": true},
      {"type": "Mean", "name": "c", "inputs": "s", "dim": [3], "keepdim": true}, {"type": "Mul", "name": "rc", "inputs": ["r", "c"]},
      {"type": "Sub", "inputs": ["s", "rc"]}, {"type": "Conv2d", "out_channels": 1, "kernel_size": 1}]})"),
            "");
}

TEST(Copies, AMapIsReadByRowsAndByColumns) {
  EXPECT_EQ(flaws(R"({"input": [2, 6, 7, 7], "layers": [
      {"type": "Flatten", "name": "rows", "start_dim": 2}, {"type": "Transpose", "inputs": "input", "dim0": 2, "dim1": 3},
      {"type": "Flatten", "name": "columns", "start_dim": 2}, {"type": "Stack", "inputs": ["rows", "columns"], "dim": 1},
      {"type": "CumSum", "dim": 3}, {"type": "Unbind", "name": "u", "dim": 1},
      {"type": "Reshape", "inputs": "u:1", "shape": ["in[0]", 6, 7, 7]}, {"type": "Transpose", "dim0": 2, "dim1": 3},
      {"type": "Flatten", "name": "back", "start_dim": 2}, {"type": "Add", "inputs": ["u:0", "back"]},
      {"type": "Reshape", "name": "y", "shape": ["in[0]", 6, 7, 7]}, {"type": "Add", "inputs": ["y", "input"]}]})"),
            "");
}

TEST(Copies, TwoInputsAreOneBatch) {
  EXPECT_EQ(flaws(R"({"input": {"a": [4, 3, 16, 16], "b": [4, 3, 16, 16]}, "layers": [
      {"type": "Concat", "inputs": ["a", "b"], "dim": 0}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"type": "Mean", "dim": [2, 3]}, {"type": "Linear", "name": "z", "out_features": 6}, {"type": "Transpose", "name": "t", "dim0": 0, "dim1": 1},
      {"type": "MatMul", "inputs": ["z", "t"]}]})"),
            "");
}

}  // namespace
}  // namespace shapedbg
