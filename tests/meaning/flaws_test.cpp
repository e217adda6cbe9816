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

TEST(Flaws, NothingIsSaidOfWhatAnOpaqueLayerReturns) {
  EXPECT_EQ(flaws(R"({"input": [1, 3, 16, 16], "layers": [
    {"type": "Custom", "output": [1, 7, 30]}, {"type": "Reshape", "shape": [1, 3, 70]}]})"),
            "");
}

}  // namespace
}  // namespace shapedbg
