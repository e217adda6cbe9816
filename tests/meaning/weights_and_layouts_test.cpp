// Silent bugs of weighed sums, of inputs beside the first one, of tokens laid together and of samples, each
// beside the network that is right.
#include "meaning/read.h"

namespace shapedbg {
namespace {
namespace weights_and_layouts {

TEST(Weighed, WeightsShareOneOverWhatIsSummed) {
  // Experts and how much of each: their gate is a softmax over them, not over the tokens.
  const auto experts = [](const std::string& dim) {
    return flaws(R"({"input": [2, 12, 8], "layers": [
      {"type": "Linear", "name": "score", "out_features": 3}, {"type": "Softmax", "name": "gate", "dim": )" +
                 dim + R"(},
      {"type": "Linear", "name": "a", "inputs": "input", "out_features": 8},
      {"type": "Linear", "name": "b", "inputs": "input", "out_features": 8},
      {"type": "Linear", "name": "c", "inputs": "input", "out_features": 8},
      {"type": "Stack", "name": "all", "inputs": ["a", "b", "c"], "dim": 2},
      {"type": "Unsqueeze", "name": "weights", "inputs": "gate", "dim": 3},
      {"type": "Mul", "inputs": ["all", "weights"]}, {"type": "Sum", "dim": [2]}]})");
  };
  EXPECT_EQ(experts("-1"), "");
  EXPECT_EQ(experts("1"), "A3");
}

TEST(Weighed, CapsulesThatShareOneOverWhatTheyGoToAreMeant) {
  EXPECT_EQ(flaws(R"({"input": [2, 27, 4], "layers": [
    {"type": "Linear", "out_features": 20}, {"type": "Reshape", "name": "votes", "shape": ["in[0]", 27, 5, 4]},
    {"type": "Sum", "dim": [3], "keepdim": true}, {"type": "Softmax", "name": "routes", "dim": 2},
    {"type": "Mul", "inputs": ["votes", "routes"]}, {"type": "Sum", "dim": [1]}]})"),
            "");
}

// Four neighbours of an 8x8 row of tokens beside each other, behind a view alone.
std::string merged_tokens(const std::string& pad) {
  return R"({"input": [2, 64, 12], "layers": [
    {"type": "Reshape", "shape": ["in[0]", 4, 2, 4, 2, 12]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"type": "Reshape", "shape": ["in[0]", 16, 48]}, {"type": "LayerNorm", "normalized_shape": [48]},
    {"type": "Linear", "name": "merged", "out_features": 24},
    {"type": "MultiheadAttention", "name": "seen", "num_heads": 2, "batch_first": true}, )" +
         pad + R"( {"type": "Add", "inputs": ["merged", "prev"]}]})";
}

TEST(Layout, TokensLaidTogetherHaveTheirFeaturesLast) {
  EXPECT_EQ(flaws(merged_tokens("")), "");
  EXPECT_EQ(flaws(merged_tokens(R"({"type": "Pad", "padding": [0, 0, 2, -2]},)")), "A6");
}

TEST(Layout, APadMovesPlacesNotTheFeaturesOfEach) {
  const auto shift = [](const std::string& padding) {
    return flaws(R"({"input": [2, 20, 16], "layers": [
      {"type": "Linear", "name": "x", "out_features": 16}, {"type": "Pad", "name": "before", "padding": )" +
                 padding + R"(}, {"type": "Concat", "inputs": ["x", "before"], "dim": 2},
      {"type": "Linear", "out_features": 16}]})");
  };
  // The token before, beside each.
  EXPECT_EQ(shift("[1, -1]"), "A11");
  EXPECT_EQ(shift("[0, 0, 1, -1]").find("A11"), std::string::npos);
}

TEST(Layout, RowsOfPairsTimesRowsOfPairsAreRowsTwice) {
  EXPECT_EQ(flaws(R"({"input": [2, 10, 10, 6], "layers": [
    {"type": "Linear", "out_features": 6}, {"type": "Permute", "name": "a", "dims": [0, 3, 1, 2]},
    {"type": "Linear", "inputs": "input", "out_features": 6},
    {"type": "Permute", "name": "b", "dims": [0, 3, 1, 2]}, {"type": "Transpose", "dim0": 2, "dim1": 3},
    {"type": "MatMul", "inputs": ["a", "prev"]}, {"type": "Permute", "dims": [0, 2, 3, 1]},
    {"type": "Linear", "name": "out", "out_features": 6}, {"type": "Add", "inputs": ["out", "input"]}]})"),
            "");
}

TEST(Samples, ALaterLayerTellsThatTheyComeFirst) {
  const auto decoder = [](const std::string& first) {
    return flaws(R"({"input": {"x": [2, 14, 8], "words": [2, 9, 8]}, "layers": [
      {"type": "GRU", "name": "seen", "inputs": "x", "hidden_size": 8, "batch_first": )" +
                 first +
                 R"(}, {"type": "Mean", "inputs": "seen", "dim": [1]}, {"type": "Unsqueeze", "dim": 1},
      {"type": "Expand", "size": [-1, 9, -1]}, {"type": "Concat", "inputs": ["words", "prev"], "dim": 2},
      {"type": "GRU", "hidden_size": 8, "batch_first": true}]})");
  };
  EXPECT_EQ(decoder("true"), "");
  EXPECT_EQ(decoder("false"), "A7");
}

TEST(Samples, OfABatchOfOneBesideAClassToken) {
  const auto classifier = [](const std::string& dim) {
    return flaws(R"({"input": [1, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4}, {"type": "Flatten", "start_dim": 2},
      {"type": "Transpose", "name": "tokens", "dim0": 1, "dim1": 2},
      {"type": "Parameter", "name": "class", "shape": [1, 1, 8]},
      {"type": "Concat", "name": "all", "inputs": ["class", "tokens"], "dim": 1},
      {"type": "Linear", "name": "q", "out_features": 8}, {"type": "Linear", "name": "k", "inputs": "all", "out_features": 8},
      {"type": "Transpose", "name": "turned", "dim0": 1, "dim1": 2}, {"type": "MatMul", "inputs": ["q", "turned"]},
      {"type": "Softmax", "name": "weights", "dim": )" +
                 dim + R"(}, {"type": "MatMul", "inputs": ["weights", "all"]}]})");
  };
  EXPECT_EQ(classifier("-1"), "");
  EXPECT_EQ(classifier("0"), "A7");
}

TEST(Samples, PartsOfThemBesideFeaturesAreNotSummedOver) {
  const auto towers = [](const std::string& turn) {
    return flaws(R"({"input": {"image": [3, 3, 16, 16], "text": [3, 7, 8]}, "layers": [
      {"type": "Conv2d", "inputs": "image", "out_channels": 8, "kernel_size": 16}, {"type": "Flatten"},
      {"type": "Linear", "name": "a", "out_features": 6},
      {"type": "Mean", "inputs": "text", "dim": [1]}, {"type": "Linear", "out_features": 6}, )" +
                 turn + R"(, {"type": "MatMul", "inputs": ["a", "prev"]}]})");
  };
  EXPECT_EQ(towers(R"({"type": "Transpose", "dim0": 0, "dim1": 1})"), "");
  EXPECT_EQ(towers(R"({"type": "Reshape", "shape": [6, 3]})"), "A7");
}

std::string two_images(const std::string& turn) {
  return R"({"input": {"a": [2, 3, 12, 12], "b": [2, 3, 12, 12]}, "layers": [
    {"type": "Conv2d", "name": "x", "inputs": "a", "out_channels": 12, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "y", "inputs": "b", "out_channels": 12, "kernel_size": 3, "padding": 1}, )" +
         turn + R"({"type": "Sub", "inputs": ["x", "prev"]}]})";
}

TEST(Inputs, TwoOfOneSizeHaveHeightAndWidthInOneOrder) {
  EXPECT_EQ(flaws(two_images("")), "");
  EXPECT_EQ(flaws(two_images(R"({"type": "Transpose", "dim0": 2, "dim1": 3},)")), "A4");
  EXPECT_EQ(flaws(two_images(R"({"type": "Transpose", "dim0": 1, "dim1": 2},)")), "A4");
}

// What is known of a bias of pairs is its own: scores run along the same axis twice.
std::string pair_bias(const std::string& turn) {
  return R"({"input": {"rows": [2, 4, 10, 8], "pair": [2, 10, 10, 6]}, "layers": [
    {"type": "Linear", "name": "q", "inputs": "rows", "out_features": 8},
    {"type": "Linear", "inputs": "rows", "out_features": 8}, {"type": "Transpose", "name": "k", "dim0": 2, "dim1": 3},
    {"type": "MatMul", "name": "scores", "inputs": ["q", "k"]},
    {"type": "Linear", "inputs": "pair", "out_features": 1}, )" +
         turn + R"(, {"type": "Add", "inputs": ["scores", "prev"]}, {"type": "Softmax", "dim": -1}]})";
}

TEST(Inputs, AFurtherOneThatALinearReadsHasItsFeaturesLast) {
  EXPECT_EQ(flaws(pair_bias(R"({"type": "Permute", "dims": [0, 3, 1, 2]})")), "");
  const auto biased = [](const std::string& turn) {
    return flaws(R"({"input": {"x": [2, 10, 10, 4], "pair": [2, 10, 10, 6]}, "layers": [
      {"type": "Linear", "inputs": "pair", "out_features": 2}, )" +
                 turn + R"(, {"type": "Mean", "dim": [1]}, {"type": "Linear", "out_features": 4}]})");
  };
  EXPECT_EQ(biased(R"({"type": "Permute", "dims": [0, 3, 1, 2]})"), "");
  EXPECT_EQ(biased(R"({"type": "Reshape", "shape": ["in[0]", 2, 10, 10]})"), "A2");
}

TEST(Codes, WhatAnEntryOfALearnedTableHoldsAreFeatures) {
  const auto codec = [](const std::string& turn) {
    return flaws(R"({"input": [2, 1, 48], "layers": [
      {"type": "Conv1d", "out_channels": 12, "kernel_size": 4, "stride": 4}, {"type": "Transpose", "name": "z", "dim0": 1, "dim1": 2},
      {"type": "Parameter", "name": "codes", "shape": [7, 12]}, {"type": "Transpose", "name": "turned", "dim0": 0, "dim1": 1},
      {"type": "MatMul", "inputs": ["z", "turned"]}, {"type": "Softmax", "name": "picked", "dim": -1},
      {"type": "MatMul", "inputs": ["picked", "codes"]}, )" +
                 turn + R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 4, "stride": 4}]})");
  };
  EXPECT_EQ(codec(R"({"type": "Transpose", "dim0": 1, "dim1": 2},)"), "");
  EXPECT_EQ(codec(""), "A11");
}

TEST(Joined, TokensWithLearnedOnesBesideThemLieSomewhere) {
  const auto decoder = [](const std::string& pad) {
    return flaws(R"({"input": [2, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4}, {"type": "Flatten", "start_dim": 2},
      {"type": "Transpose", "name": "tokens", "dim0": 1, "dim1": 2},
      {"type": "Parameter", "name": "learned", "shape": [1, 5, 8]},
      {"type": "Expand", "name": "classes", "inputs": ["learned", "tokens"], "size": ["in[1][0]", -1, -1]},
      {"type": "Concat", "name": "all", "inputs": ["tokens", "classes"], "dim": 1},
      {"type": "Linear", "out_features": 8}, )" +
                 pad + R"({"type": "Add", "inputs": ["all", "prev"]}]})");
  };
  EXPECT_EQ(decoder(""), "");
  EXPECT_EQ(decoder(R"({"type": "Pad", "padding": [0, 0, 1, -1]},)"), "A6");
}

TEST(Views, OfSizesThatAReshapeJustMadeTurnNothing) {
  const auto shuffled = [](const std::string& turn) {
    return flaws(R"({"input": [2, 3, 8, 8], "layers": [
      {"type": "Conv2d", "out_channels": 24, "kernel_size": 3, "padding": 1},
      {"type": "Reshape", "shape": ["in[0]", 3, 8, 8, 8]}, )" +
                 turn + R"(, {"type": "Flatten", "start_dim": 1, "end_dim": 2},
      {"type": "Conv2d", "out_channels": 24, "kernel_size": 1, "groups": 3}]})");
  };
  EXPECT_EQ(shuffled(R"({"type": "Transpose", "dim0": 1, "dim1": 2})"), "");
  EXPECT_EQ(shuffled(R"({"type": "Reshape", "shape": ["in[0]", 8, 3, 8, 8]})"), "A2");
}

}  // namespace weights_and_layouts
}  // namespace
}  // namespace shapedbg
