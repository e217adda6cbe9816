// Frames in the batch that are taken out of it again, and convolutions that look back.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::fixed;
using repaired::read;
using repaired::title_of;

// The steps that torch takes for rows without a batch go, and the layer stands in their place.
constexpr const char* kFrames = R"({
  "input": [4, 10, 1, 300],
  "layers": [
    {"name": "flatten", "type": "Flatten", "start_dim": 0, "end_dim": 1},
    {"name": "conv", "type": "Conv1d", "out_channels": 8, "kernel_size": 5},
    {"name": "mean", "type": "Mean", "dim": 2},
    {"name": "lstm", "type": "Unsqueeze", "dim": 0},
    {"name": "lstm_2", "type": "LSTM", "hidden_size": 6, "batch_first": true, "source": {"module": "lstm"}},
    {"name": "lstm_3", "type": "Squeeze", "dim": 0, "source": {"module": "lstm"}},
    {"name": "lstm_4", "type": "Squeeze", "inputs": "lstm_2:1", "dim": 1, "source": {"module": "lstm"}},
    {"name": "last", "type": "Select", "inputs": "lstm_3", "dim": 1, "index": -1},
    {"name": "out", "type": "Linear", "in_features": 6, "out_features": 5}
  ],
  "expect": [4, 5]
})";

TEST(Frames, AreTakenOutOfTheBatchInFrontOfWhatGoesAlongThem) {
  const std::string after = fixed(kFrames, Code::L209);
  const Spec spec = read(after);
  ASSERT_EQ(spec.layers.size(), 7u) << after;
  const auto frames = spec.find("frames");
  ASSERT_TRUE(frames) << after;
  EXPECT_EQ(infer(spec).row(*frames).outputs[0], (Shape{4, 10, 8}));
  EXPECT_EQ(*infer(spec).result(spec), (Shape{4, 5}));
  EXPECT_NE(after.find("\n    {\"name\": \"frames\""), std::string::npos) << after;
}

TEST(Frames, AreTakenOutAtTheEndWhereBothAxesAreExpected) {
  const std::string after = fixed(R"({"input": [2, 5, 1, 28, 28], "layers": [
    {"name": "rows", "type": "Reshape", "shape": ["in[0]*in[1]", "in[2]", "in[3]", "in[4]"]},
    {"name": "conv", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
    {"name": "mean", "type": "Mean", "dim": [2, 3]},
    {"name": "fc", "type": "Linear", "out_features": 10}], "expect": [2, 5, 10]})",
                                  Code::R302);
  const Spec spec = read(after);
  ASSERT_EQ(spec.layers.size(), 5u) << after;
  EXPECT_EQ(*infer(spec).result(spec), (Shape{2, 5, 10}));
}

// The steps of a text stand in the samples' place: nothing was laid into the batch.
TEST(Frames, ThatWereNeverInTheBatchAreNone) {
  EXPECT_EQ(title_of(R"({"input": [12, 16], "layers": [
    {"name": "att", "type": "MultiheadAttention", "num_heads": 2, "batch_first": true},
    {"name": "fc", "type": "Linear", "out_features": 10}], "expect": [2, 6, 10]})",
                     Code::R302)
                .find("frames"),
            std::string::npos);
}

std::string causal(const std::string& more) {
  return R"({"input": [1, 4, 50], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 2},
    {"name": "s", "type": "Add", "inputs": ["a", "input"]},
    {"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 4, "dilation": 2},
    {"name": "t", "type": "Add", "inputs": ["b", "s"]})" +
         more + "]}";
}

TEST(Causal, WhatAllAreToLookBackIsCutOffAtTheEnd) {
  EXPECT_EQ(title_of(causal(""), Code::L208),
            "cut the padding of `a` and `b` off at the end: each looks back alone");
  // One that looks both ways says that all are to.
  const std::string both =
      R"(, {"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 1})";
  EXPECT_EQ(title_of(causal(both), Code::L208).find("looks back"), std::string::npos);
}

}  // namespace
}  // namespace shapedbg
