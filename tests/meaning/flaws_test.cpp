// What runs, returns the right size and is another network: the worked examples of the theory, one by one.
#include "meaning/read.h"

namespace shapedbg {
namespace {

TEST(Flaws, TokensViewedAsAnImageAreTorn) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 224, 224], "layers": [
    {"type": "Conv2d", "out_channels": 768, "kernel_size": 16, "stride": 16}, {"type": "Flatten", "start_dim": 2},
    {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Reshape", "name": "r", "shape": ["in[0]", 3, 224, 224]}],
    "expect": "input"})"),
            "A1");
}

TEST(Flaws, RowsAsAnImageOfRowsAndFeaturesAreTurned) {
  EXPECT_EQ(flaws(R"({"input": [1, 1, 4, 4], "layers": [
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 2, "stride": 2}, {"type": "Flatten", "start_dim": 2},
    {"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Unsqueeze", "dim": 1}], "expect": "input"})"),
            "A12");
}

TEST(Flaws, AViewOfAnotherOrderIsTorn) {
  EXPECT_EQ(flaws(R"({"input": [1, 384, 36, 40], "layers": [
    {"type": "Conv2d", "out_channels": 384, "kernel_size": 3, "padding": 1}, {"type": "Permute", "dims": [0, 2, 3, 1]},
    {"type": "Reshape", "shape": [1, 4, 3840, 4, 9, -1]}]})"),
            "A1");
}

TEST(Flaws, SpaceToDepthWithoutItsPermuteIsMixed) {
  EXPECT_EQ(flaws(R"({"input": [1, 4, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Reshape", "name": "r", "shape": ["in[0]", 16, 2, 8]}]})"),
            "A2");
}

TEST(Flaws, RowsOfPlacesTakenForChannelsAreMixed) {
  const auto rows = [](const std::string& between) {
    return flaws(R"({"input": [8, 3, 16, 16], "layers": [
      {"type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1}, )" +
                 between + R"(
      {"type": "Reshape", "shape": [-1, 64]}, {"type": "Linear", "out_features": 512}]})");
  };
  EXPECT_EQ(rows(""), "A2");
  EXPECT_EQ(rows(R"({"type": "Permute", "dims": [0, 2, 3, 1]},)"), "");
}

TEST(Flaws, OddRowsSetToEvenOnesAreTheSameTwice) {
  const std::string head = R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Slice", "name": "even", "index": [[null, null], [null, null], [0, null, 2]]},
    {"type": "Slice", "name": "odd", "inputs": ["input"], "index": [[null, null], [null, null], [)";
  const std::string tail = R"(, null, 2]]}, {"type": "Concat", "inputs": ["even", "odd"]}]})";
  EXPECT_EQ(flaws(head + "0" + tail), "A10");
  EXPECT_EQ(flaws(head + "1" + tail), "");
}

TEST(Flaws, AConcatAlongTheBatchJoinsSamples) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Conv2d", "name": "a", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "b", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Concat", "inputs": ["a", "b"], "dim": 0}]})"),
            "A7");
}

TEST(Flaws, ASequenceOverTheBatchJoinsSamples) {
  // A spectrogram, read as N,L,features by a layer that takes L,N,features.
  const std::string tokens = R"({"input": [1, 8, 50], "layers": [
    {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    )";
  for (const char* layer :
       {R"({"type": "LSTM", "hidden_size": 6)", R"({"type": "MultiheadAttention", "num_heads": 4)",
        R"({"type": "TransformerEncoderLayer", "nhead": 2, "dim_feedforward": 8)"}) {
    EXPECT_EQ(flaws(tokens + layer + "}]}"), "A7") << layer;
    EXPECT_EQ(flaws(tokens + layer + R"(, "batch_first": true}]})"), "") << layer;
    // What nobody reads as samples first may well be L,N,features.
    EXPECT_EQ(flaws(R"({"input": [50, 3, 8], "layers": [{"type": "Linear", "out_features": 8}, )" +
                    std::string(layer) + "}]}"),
              "")
        << layer;
  }
}

TEST(Flaws, OneChannelNormalisedAtTheEndIsAConstant) {
  EXPECT_EQ(flaws(R"({"input": [1, 8, 16, 16], "layers": [
    {"type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}, {"type": "GroupNorm", "num_groups": 1},
    {"type": "Sigmoid"}]})"),
            "A9");
}

TEST(Flaws, OneTokenForAllPlacesIsStretched) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Conv2d", "name": "p", "out_channels": 4, "kernel_size": 4, "stride": 4},
    {"type": "Conv2d", "name": "q", "inputs": ["input"], "out_channels": 4, "kernel_size": 16},
    {"type": "Add", "inputs": ["p", "q"]}]})"),
            "A8");
}

TEST(Flaws, ASkipAddedToAShiftedMap) {
  const std::string head = R"({"input": [1, 4, 1000], "layers": [
    {"type": "Conv1d", "name": "a", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Conv1d", "name": "b", "inputs": ["input"], "out_channels": 4, "kernel_size": 5},
    {"type": "Slice", "name": "s", "inputs": ["a"], "index": [[null, null], [null, null], [)";
  EXPECT_EQ(flaws(head + R"(4, null]]}, {"type": "Add", "inputs": ["s", "b"]}]})"), "A6");
  EXPECT_EQ(flaws(head + R"(2, 998]]}, {"type": "Add", "inputs": ["s", "b"]}]})"), "");
}

TEST(Flaws, ASkipOfAnotherStepDrifts) {
  EXPECT_EQ(flaws(R"({"input": [1, 4, 64], "layers": [
    {"type": "Conv1d", "name": "a", "out_channels": 4, "kernel_size": 2, "stride": 2},
    {"type": "Slice", "name": "s", "inputs": ["input"], "index": [[null, null], [null, null], [16, 48]]},
    {"type": "Add", "inputs": ["a", "s"]}]})"),
            "A5");
}

TEST(Flaws, HeightMeetsWidth) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Conv2d", "name": "a", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Transpose", "name": "t", "dim0": 2, "dim1": 3}, {"type": "Add", "inputs": ["a", "t"]}]})"),
            "A4");
}

TEST(Flaws, TheSamePositionsEndToEnd) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Conv2d", "name": "a", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "b", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Concat", "inputs": ["a", "b"], "dim": 2}]})"),
            "A13");
}

TEST(Flaws, AWindowOverChannelsWithPositionsAsChannels) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 64], "layers": [
    {"type": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Conv1d", "out_channels": 64, "kernel_size": 3, "padding": 1}]})"),
            "A11");
}

TEST(Flaws, SamplesThatAPermuteSpreads) {
  EXPECT_EQ(flaws(R"({"input": [1, 4, 4, 4], "layers": [
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "Permute", "dims": [1, 0, 2, 3]},
    {"type": "Flatten"}]})"),
            "A7");
}

// A U-Net of one level with what lies between the skip and its Concat.
std::string level(const std::string& between) {
  return R"({"input": [1, 3, 16, 16], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "MaxPool2d", "kernel_size": 4}, {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 4, "stride": 4},
    {"name": "s", "inputs": ["e"], )" +
         between + R"(}, {"type": "Concat", "inputs": ["s", "u"]},
    {"type": "Conv2d", "out_channels": 3, "kernel_size": 1}], "expect": "input"})";
}

TEST(Flaws, AShiftWithinTheCoarsestStepThatNoWindowAccountsFor) {
  EXPECT_EQ(flaws(level(R"("type": "Identity")")), "");
  EXPECT_EQ(flaws(level(R"("type": "Pad", "padding": [1, -1])")), "A6");
  EXPECT_EQ(flaws(level(R"("type": "Pad", "padding": [0, 0, -1, 1])")), "A6");
}

TEST(Flaws, AnUnpaddedSkipCutAtTheStart) {
  const std::string head = R"({"input": [1, 1, 28, 28], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 4, "kernel_size": 3}, {"type": "MaxPool2d", "kernel_size": 2},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3}, {"type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
    {"name": "c", "type": "Crop", "inputs": ["e"], "size_like": "u", "align": ")";
  const std::string tail = R"("}, {"type": "Concat", "inputs": ["c", "u"]}]})";
  EXPECT_EQ(flaws(head + "start" + tail), "A6");
  EXPECT_EQ(flaws(head + "center" + tail), "");
}

// Heads of one attention; `dim` of its softmax.
std::string attention(const std::string& dim, const std::string& key_order) {
  std::string text = R"({"input": [1, 10, 8], "layers": [)";
  for (const std::string name : {"q", "k", "v"})
    text += R"({"name": ")" + name + R"(0", "inputs": ["input"], "type": "Linear", "out_features": 8},
      {"name": ")" +
            name + R"(1", "type": "Reshape", "shape": ["in[0]", 10, 2, 4]},
      {"name": ")" +
            name + R"(", "type": "Transpose", "dim0": 1, "dim1": 2},)";
  return text + R"({"name": "kt", "inputs": ["k"], "type": "Permute", "dims": )" + key_order + R"(},
    {"name": "s", "type": "MatMul", "inputs": ["q", "kt"]}, {"name": "w", "type": "Softmax", "dim": )" +
         dim + R"(}, {"type": "MatMul", "inputs": ["w", "v"]}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Reshape", "shape": ["in[0]", 10, 8]}, {"type": "Linear", "out_features": 8}], "expect": "input"})";
}

TEST(Flaws, WeightsThatDoNotAddUpToOneOverWhatTheyWeigh) {
  EXPECT_EQ(flaws(attention("-1", "[0, 1, 3, 2]")), "");
  EXPECT_EQ(flaws(attention("1", "[0, 1, 3, 2]")), "A3");
  EXPECT_EQ(flaws(attention("2", "[0, 1, 3, 2]")), "A3");
}

TEST(Flaws, ClassesThatSharePlaces) {
  const std::string head = R"({"input": [1, 3, 8, 6], "layers": [
    {"type": "Conv2d", "out_channels": 5, "kernel_size": 3, "padding": 1}, {"type": "LogSoftmax", "dim": )";
  EXPECT_EQ(flaws(head + "1}]}"), "");
  EXPECT_EQ(flaws(head + "2}]}"), "A3");
}

TEST(Flaws, AnImageNormalisedAlongItsRows) {
  const std::string conv = R"({"input": [1, 3, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}, )";
  const std::string norm = R"({"type": "LayerNorm", "normalized_shape": [8]})";
  EXPECT_EQ(flaws(conv + norm + "]}"), "A3");
  EXPECT_EQ(flaws(conv + R"({"type": "Permute", "dims": [0, 2, 3, 1]}, )" + norm + "]}"), "");
}

TEST(Flaws, BoxesCutOutOfRows) {
  const std::string head = R"({"input": [1, 3, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 12, "kernel_size": 3, "padding": 1}, )";
  EXPECT_EQ(
      flaws(head +
            R"({"type": "Permute", "dims": [0, 2, 3, 1]}, {"type": "Reshape", "shape": ["in[0]", -1, 4]}]})"),
      "");
  EXPECT_EQ(flaws(head + R"({"type": "Reshape", "shape": ["in[0]", -1, 4]}]})"), "A2");
}

TEST(Flaws, TokensOfWindowsMeetTokensOfRows) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 8, 8], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "rows", "type": "Flatten", "start_dim": 2},
    {"type": "Reshape", "inputs": ["c"], "shape": ["in[0]", 4, 2, 4, 2, 4]}, {"type": "Permute", "dims": [0, 1, 2, 4, 3, 5]},
    {"name": "windows", "type": "Flatten", "start_dim": 2}, {"type": "Add", "inputs": ["rows", "windows"]}]})"),
            "A4");
}

TEST(Flaws, TokensOfColumnsBehindTokensOfRows) {
  const std::string head = R"({"input": [1, 3, 8, 8], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "Permute", "inputs": ["a"], "dims": [0, 2, 3, 1]}, {"name": "ta", "type": "Reshape", "shape": ["in[0]", 16, 4]},
    {"type": "Permute", "inputs": ["b"], "dims": )";
  const std::string tail = R"(}, {"name": "tb", "type": "Reshape", "shape": ["in[0]", 4, 4]},
    {"type": "Concat", "inputs": ["ta", "tb"], "dim": 1}]})";
  EXPECT_EQ(flaws(head + "[0, 2, 3, 1]" + tail), "");
  EXPECT_EQ(flaws(head + "[0, 3, 2, 1]" + tail), "A4");
}

TEST(Flaws, BehindATableOfPositionsTheWalkGoesOn) {
  const std::string head = R"({"input": [1, 3, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 2, "stride": 2}, {"type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "pos", "type": "Parameter", "shape": [1, 16, 8]},
    {"type": "Add", "inputs": ["t", "pos"]}, )";
  EXPECT_EQ(flaws(head + R"({"type": "Reshape", "shape": ["in[0]", 8, 4, 4]}]})"), "A2");
  EXPECT_EQ(
      flaws(
          head +
          R"({"type": "Transpose", "dim0": 1, "dim1": 2}, {"type": "Reshape", "shape": ["in[0]", 8, 4, 4]}]})"),
      "");
}

TEST(Flaws, WhatAConcatJoinedASliceTakesApart) {
  const std::string head = R"({"input": [1, 3, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 2, "stride": 2}, {"type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "cls", "type": "Parameter", "shape": [1, 1, 8]},
    {"type": "Concat", "inputs": ["cls", "t"], "dim": 1},
    {"type": "Slice", "index": [[null, null], [1, null]]}, )";
  EXPECT_EQ(flaws(head + R"({"type": "Reshape", "shape": ["in[0]", 8, 4, 4]}]})"), "A2");
}

// Words are places, of the first input and of any other: heads that a view takes for words, a shifted
// residual.
TEST(Flaws, WordsThatAreLookedUpAreASequence) {
  const auto heads = [](const std::string& input, const std::string& back) {
    return flaws(
        R"({"input": {"ids": [2, 12], "answer": [2, 9]}, "layers": [
      {"type": "Embedding", "name": "asked", "inputs": "ids", "num_embeddings": 50, "embedding_dim": 32},
      {"type": "Embedding", "name": "said", "inputs": "answer", "num_embeddings": 50, "embedding_dim": 32},
      {"type": "Linear", "inputs": ")" +
        input + R"(", "out_features": 32},
      {"type": "Reshape", "shape": ["in[0]", "in[1]", 4, 8]}, {"type": "Permute", "dims": [0, 2, 1, 3]},
      {"type": "Softmax", "dim": -1}, )" +
        back +
        R"({"type": "Reshape", "shape": ["in[0]", -1, 32]}, {"type": "Linear", "out_features": 32}]})");
  };
  for (const char* input : {"asked", "said"}) {
    EXPECT_EQ(heads(input, R"({"type": "Permute", "dims": [0, 2, 1, 3]}, )"), "");
    EXPECT_NE(heads(input, ""), "");
  }
  EXPECT_EQ(flaws(R"({"input": [2, 40], "layers": [
    {"type": "Embedding", "num_embeddings": 50, "embedding_dim": 16, "name": "words"},
    {"type": "Slice", "index": [null, [null, -4]]}, {"type": "Pad", "padding": [0, 0, 4, 0]},
    {"type": "Linear", "out_features": 16, "name": "mixed"}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Add", "inputs": ["words", "prev"]}]})"),
            "A6");
}

TEST(Flaws, NothingIsSaidOfWhatAnOpaqueLayerReturns) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Custom", "output": [1, 7, 30]}, {"type": "Reshape", "shape": [1, 3, 70]}]})"),
            "");
}

// 48 divides 96, so that nothing is torn: the channels are all tokens and the coarse part of their features.
TEST(Misread, TokensViewedAsAMapWithoutTurningThem) {
  const auto net = [](const std::string& turn) {
    return R"({"input": [2, 3, 64, 48], "layers": [
    {"name": "patch", "type": "Conv2d", "in_channels": 3, "out_channels": 96, "kernel_size": 8, "stride": 8},
    {"name": "flat", "type": "Flatten", "start_dim": 2},
    {"name": "tokens", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "mlp", "type": "Linear", "in_features": 96, "out_features": 96},)" +
           turn + R"(
    {"name": "map", "type": "Reshape", "shape": [-1, 96, 8, 6]},
    {"name": "cls", "type": "Conv2d", "in_channels": 96, "out_channels": 5, "kernel_size": 1}]})";
  };
  EXPECT_EQ(flaws(net("")), "A3");
  EXPECT_EQ(flaws(net(R"({"type": "Transpose", "dim0": 1, "dim1": 2},)")), "");
}

// LibTorch takes dim 0 of a tensor without axes.
TEST(Flaws, ATensorWithoutAxesHasNoneToDropOrExchange) {
  for (const std::string step :
       {R"("ArgMax", "dim": 0, "keepdim": true)", R"("Sum", "dim": [-1])", R"("Softmax", "dim": 0)",
        R"("Transpose", "dim0": 0, "dim1": -1)", R"("CumSum", "dim": 0)"})
    EXPECT_EQ(flaws(R"({"input": [4], "layers": [
      {"name": "one", "type": "Sum", "dim": [0]},
      {"name": "step", "type": )" +
                    step + R"(},
      {"name": "rest", "type": "Sub", "inputs": ["input", "one"]}]})"),
              "")
        << step;
}

}  // namespace
}  // namespace shapedbg
