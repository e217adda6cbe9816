// Sequences that meet, gates that halve, skips that are cut elsewhere: the first fix of networks as people
// post them.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::errors_of;
using repaired::first_of;
using repaired::titles_of;

// Counts of channels that nobody states are no equal ones: convolutions of one place between other channels
// do not show that a kernel of three was a slip.
TEST(Residual, PaddingIsMissingBesideAConvolutionInTheShortcut) {
  EXPECT_EQ(first_of(R"({"input": [1, 32, 50], "layers": [
    {"name": "u", "type": "ConvTranspose1d", "out_channels": 64, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "r", "type": "Residual", "layers": [
      {"name": "a", "type": "Conv1d", "out_channels": 32, "kernel_size": 3}, {"type": "ELU"},
      {"name": "b", "type": "Conv1d", "out_channels": 64, "kernel_size": 1}],
     "shortcut": [{"name": "s", "type": "Conv1d", "out_channels": 64, "kernel_size": 1}]},
    {"name": "q", "type": "Residual", "layers": [
      {"name": "c", "type": "Conv1d", "out_channels": 32, "kernel_size": 3, "padding": 1}, {"type": "ELU"},
      {"name": "d", "type": "Conv1d", "out_channels": 64, "kernel_size": 1}],
     "shortcut": [{"name": "t", "type": "Conv1d", "out_channels": 64, "kernel_size": 1}]},
    {"name": "o", "type": "Conv1d", "out_channels": 32, "kernel_size": 1}]})"),
            "set padding to 1 on `r.a`");
}

TEST(Attention, TurnedInFrontAndBackWhereTheReaderNamesIt) {
  EXPECT_EQ(first_of(R"({"input": [2, 128, 8, 10], "layers": [
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "at", "type": "MultiheadAttention", "embed_dim": 128, "num_heads": 4, "batch_first": true},
    {"name": "un", "type": "Unflatten", "inputs": ["at"], "dim": 2, "unflattened_size": [8, 10]},
    {"name": "c", "type": "Conv2d", "in_channels": 128, "out_channels": 8, "kernel_size": 1}]})"),
            "put a Permute in front of `at`: [2, 128, 80] becomes [2, 80, 128], and one behind it back");
}

TEST(Sequences, StepsOfTwoInputsMeetEachOther) {
  const std::string joint = R"({"input": {"enc": [2, 50, 256], "pred": [2, 20, 320]}, "layers": [
    {"name": "fe", "type": "Linear", "inputs": "enc", "out_features": 512},
    {"name": "fp", "type": "Linear", "inputs": "pred", "out_features": 512},
    {"name": "j", "type": "Add", "inputs": ["fe", "fp"]}, {"type": "Tanh"},
    {"name": "o", "type": "Linear", "out_features": 29}]})";
  EXPECT_EQ(first_of(joint),
            "put an Unsqueeze between `fe` and `j`, and one between `fp` and it: [2, 50, 1, 512] and [2, 1, "
            "20, 512] meet step by step");
}

// Of one input they would be two ways of one sequence: there a length is wrong.
TEST(Sequences, TwoWaysOfOneInputDoNot) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 50, 256], "layers": [
    {"name": "fe", "type": "Linear", "out_features": 512},
    {"name": "h", "type": "Slice", "inputs": "input", "index": [null, [0, 20]]},
    {"name": "fp", "type": "Linear", "out_features": 512},
    {"name": "j", "type": "Add", "inputs": ["fe", "fp"]}]})");
  EXPECT_TRUE(std::none_of(titles.begin(), titles.end(),
                           [](const std::string& t) { return t.find("step by step") != std::string::npos; }));
}

TEST(Sequences, ExpectedWithTheStepsInFront) {
  const std::string net = R"({"input": [16, 80, 200], "expect": [100, 16, 30], "layers": [
    {"name": "c", "type": "Conv1d", "out_channels": 128, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "o", "type": "Linear", "out_features": 30},
    {"name": "p", "type": "LogSoftmax", "dim": -1}]})";
  EXPECT_EQ(
      first_of(net),
      "put a Transpose at the end: [16, 100, 30] becomes [100, 16, 30], its steps in front of the batch");
  EXPECT_EQ(errors_of(net).at(0).layer, "p");
}

TEST(Sequences, TokensMeetTheTableOfANarrowerPart) {
  EXPECT_EQ(first_of(R"({"input": [2, 196, 384], "layers": [
    {"name": "n", "type": "LayerNorm", "normalized_shape": [384]},
    {"name": "dp", "type": "Parameter", "inputs": [], "shape": [1, 196, 256]},
    {"name": "x", "type": "Add", "inputs": ["n", "dp"]},
    {"name": "d", "type": "TransformerEncoderLayer", "d_model": 256, "nhead": 8, "batch_first": true},
    {"name": "o", "type": "Linear", "in_features": 256, "out_features": 768}]})"),
            "put a Linear to 256 features between `n` and `x`, for which the layers behind are built");
}

TEST(Axes, TurnedAndBackForNothing) {
  EXPECT_EQ(first_of(R"({"input": [2, 3, 32, 40], "layers": [
    {"name": "p", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "c", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "r", "type": "ReLU"},
    {"name": "q", "type": "Permute", "dims": [0, 3, 1, 2]},
    {"name": "d", "type": "Conv2d", "in_channels": 8, "out_channels": 3, "kernel_size": 3, "padding": 1}]})"),
            "leave out `p` and `q`: `c` takes the axes as they are in front of them");
  EXPECT_EQ(first_of(R"({"input": [2, 64, 100], "layers": [
    {"name": "c", "type": "Conv1d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "p", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "b", "type": "BatchNorm1d", "num_features": 64}, {"type": "ReLU"},
    {"name": "q", "type": "Transpose", "dim0": -1, "dim1": -2},
    {"name": "d", "type": "Conv1d", "in_channels": 64, "out_channels": 3, "kernel_size": 3, "padding": 1}]})"),
            "leave out `p` and `q`: `b` takes the axes as they are in front of them");
}

TEST(Axes, ASqueezeThatDropsNothingNamesAnotherAxis) {
  EXPECT_EQ(first_of(R"({"input": [4, 512, 1, 31], "layers": [
    {"name": "sq", "type": "Squeeze", "dim": 3},
    {"name": "p", "type": "Permute", "dims": [2, 0, 1]},
    {"name": "l", "type": "LSTM", "input_size": 512, "hidden_size": 8}]})"),
            "set dim to [2] on `sq`");
}

// A kernel that is longer along the axis along which the others of its kind are.
TEST(Axes, KernelsThatLieAlikeAreNotTurned) {
  const std::string net = R"({"input": [4, 1, 161, 200], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 32, "kernel_size": [41, 11], "stride": 2, "padding": [20, 5]},
    {"name": "c2", "type": "Conv2d", "out_channels": 32, "kernel_size": [21, 11], "stride": [2, 1],
     "padding": [10, 5]},
    {"name": "f", "type": "Flatten", "start_dim": 1, "end_dim": 2},
    {"name": "p", "type": "Permute", "dims": [2, 0, 1]},
    {"name": "g", "type": "GRU", "input_size": 2592, "hidden_size": 8}]})";
  EXPECT_EQ(first_of(net), "set input_size to 1312 on `g`");
}

TEST(Gates, WhatAGateHalvesIsDoubledInFrontOfIt) {
  EXPECT_EQ(first_of(R"({"input": [1, 64, 100], "layers": [
    {"name": "g", "type": "Conv1d", "out_channels": 128, "kernel_size": 1}, {"name": "s", "type": "GLU", "dim": 1},
    {"name": "q", "type": "Conv1d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "h", "type": "GLU", "dim": 1},
    {"name": "k", "type": "Add", "inputs": ["h", "s"]},
    {"name": "o", "type": "Conv1d", "out_channels": 2, "kernel_size": 1}]})"),
            "set out_channels to 128 on `q`");
}

// An unpadded network whose author cuts one skip: the other one lacks its Crop, and the merge is the cause.
TEST(Skips, CutAsTheAuthorCutsAnotherOne) {
  const std::string net = R"({"input": [1, 1, 92], "layers": [
    {"name": "e1", "type": "Conv1d", "out_channels": 8, "kernel_size": 5},
    {"name": "p1", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "e2", "type": "Conv1d", "out_channels": 16, "kernel_size": 5},
    {"name": "p2", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "b", "type": "Conv1d", "out_channels": 32, "kernel_size": 5},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "x2", "type": "Crop", "inputs": ["e2"], "size_like": "u2", "align": "center"},
    {"name": "k2", "type": "Concat", "inputs": ["x2", "u2"]},
    {"name": "d2", "type": "Conv1d", "out_channels": 16, "kernel_size": 5},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "k1", "type": "Concat", "inputs": ["e1", "u1"]},
    {"name": "o", "type": "Conv1d", "out_channels": 2, "kernel_size": 1}]})";
  EXPECT_EQ(first_of(net), "crop `e1` to the size of `u1` in front of `k1`");
  EXPECT_EQ(errors_of(net).at(0).layer, "k1");
}

TEST(Products, QueriesMeetTheMapInARow) {
  EXPECT_EQ(first_of(R"({"input": {"q": [2, 100, 64], "f": [2, 64, 32, 32]}, "layers": [
    {"name": "me", "type": "Linear", "inputs": "q", "out_features": 64},
    {"name": "mf", "type": "Conv2d", "inputs": "f", "out_channels": 64, "kernel_size": 1},
    {"name": "m", "type": "MatMul", "inputs": ["me", "mf"]}]})"),
            "put a Flatten between `mf` and `m`: [2, 64, 32, 32] becomes [2, 64, 1024]");
}

// An even kernel where the others are odd: nothing was rounded away that a size would have to follow.
TEST(Kernels, OneMoreThanItsLikes) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 256], "layers": [
    {"name": "e1", "type": "Conv1d", "out_channels": 8, "kernel_size": 15, "padding": 7},
    {"name": "p1", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "e2", "type": "Conv1d", "out_channels": 8, "kernel_size": 15, "padding": 7},
    {"name": "p2", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "b", "type": "Conv1d", "out_channels": 8, "kernel_size": 16, "padding": 7},
    {"name": "u", "type": "Upsample", "scale_factor": 2},
    {"name": "k", "type": "Concat", "inputs": ["u", "e2"]},
    {"name": "o", "type": "Conv1d", "out_channels": 1, "kernel_size": 1}]})"),
            "set kernel_size to 15 on `b`");
}

// The others of its kernel say how a stage is written.
TEST(Stages, OneThatLacksItsOutputPaddingGetsNoOtherKernel) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "x", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
    {"name": "k", "type": "Add", "inputs": ["x", "b"]},
    {"name": "y", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2,
     "output_padding": 1},
    {"name": "z", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 5, "stride": 2, "padding": 2,
     "output_padding": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set output_padding to 1 on `x`");
  EXPECT_EQ(std::count(titles.begin(), titles.end(), "set kernel_size to 4 and padding to 1 on `x`"), 0);
  EXPECT_TRUE(std::none_of(titles.begin(), titles.end(), [](const std::string& t) {
    return t.starts_with("pad `x`") || t.starts_with("crop");
  }));
}

TEST(Joins, MapsOfTwoViewsAreNotLaidBesideEachOther) {
  const std::vector<std::string> titles = titles_of(R"({"input": {"a": [1, 3, 32, 64], "b": [1, 3, 32, 62]},
    "layers": [{"name": "k", "type": "Concat", "inputs": ["a", "b"]},
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 7, "stride": 2, "padding": 3}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(std::count(titles.begin(), titles.end(), "set dim to 3 on `k`"), 0);
}

TEST(Windows, AMapIsPaddedToWholeOnes) {
  const std::string net = R"({"input": [1, 52, 52, 96], "layers": [
    {"name": "w", "type": "Reshape", "shape": [1, 7, 7, 7, 7, 96]},
    {"name": "p", "type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"name": "t", "type": "Reshape", "shape": [-1, 49, 96]}]})";
  EXPECT_EQ(
      first_of(net),
      "pad [1, 52, 52, 96] to [1, 56, 56, 96], whole windows, in front of `w`, and count them in its shape");
  EXPECT_EQ(first_of(R"({"input": [1, 50, 56, 96], "layers": [
    {"name": "w", "type": "Reshape", "shape": ["in[0]", "in[1]//7", 7, "in[2]//7", 7, 96]},
    {"name": "p", "type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"name": "t", "type": "Reshape", "shape": [-1, 49, 96]}]})"),
            "pad [1, 50, 56, 96] to [1, 56, 56, 96], whole windows, in front of `w`");
}

TEST(Pools, OverASinglePlaceOneIsLeftOut) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 4, 4], "layers": [
    {"type": "MaxPool2d", "kernel_size": 2}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "MaxPool2d", "kernel_size": 2}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"type": "Flatten"},
    {"type": "Linear", "in_features": 8, "out_features": 10}]})"),
            "leave out `p`, a MaxPool2d");
}

TEST(Joins, MapsAreNotLaidBesideEachOtherForANorm) {
  EXPECT_EQ(first_of(R"({"input": {"a": [2, 16, 40, 40], "b": [2, 16, 40, 40]}, "layers": [
    {"name": "k", "type": "Concat", "inputs": ["a", "b"]},
    {"name": "n", "type": "BatchNorm2d", "num_features": 16},
    {"name": "c", "type": "Conv2d", "in_channels": 16, "out_channels": 8, "kernel_size": 3, "stride": 2,
     "padding": 1}]})"),
            "set num_features to 32 on `n`, in_channels to 32 on `c`");
}

std::vector<std::string> titles_for_norms(const std::string& text) {
  const Source source("net.json", text);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.usable);
  const Trace trace = infer(parsed.spec);
  std::vector<std::string> titles;
  for (Finding& finding : risks(parsed.spec, trace, true)) {
    if (finding.code != Code::W506) continue;
    repair(
        source, parsed.spec, trace, [](const Spec& spec) { return infer(spec); }, finding);
    for (const Fix& fix : finding.fixes) titles.push_back(fix.title);
  }
  return titles;
}

TEST(Norms, OverOneValueAreLeftOutOrFedMore) {
  EXPECT_EQ(titles_for_norms(R"({"input": [1, 3, 16, 16], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
    {"name": "a", "type": "AdaptiveAvgPool2d", "output_size": 1},
    {"name": "n", "type": "BatchNorm2d"}]})"),
            (std::vector<std::string>{"leave out `n`, a norm over one value",
                                      "feed 2 samples at a time: [2, 3, 16, 16]"}));
  EXPECT_EQ(titles_for_norms(R"({"input": [4, 3, 16, 16], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 16},
    {"name": "n", "type": "InstanceNorm2d"}]})"),
            std::vector<std::string>{"leave out `n`, a norm over one value"});
}

TEST(Causes, OnePlaceRepeatedByAStatedNumber) {
  EXPECT_EQ(errors_of(R"({"input": [2, 3, 2048], "layers": [
    {"name": "p", "type": "Conv1d", "out_channels": 64, "kernel_size": 1},
    {"name": "g", "type": "Max", "dim": [2], "keepdim": true},
    {"name": "ex", "type": "Expand", "size": [-1, -1, 1024]},
    {"name": "k", "type": "Concat", "inputs": ["p", "ex"]}]})")
                .at(0)
                .layer,
            "ex");
}

// The last sample of a batch where the last step was meant.
TEST(Causes, ASelectThatTakesOneSample) {
  EXPECT_EQ(errors_of(R"({"input": [32, 50, 12], "expect": [32, 4], "layers": [
    {"name": "l", "type": "LSTM", "hidden_size": 64, "batch_first": true},
    {"name": "s", "type": "Select", "dim": 0, "index": -1},
    {"name": "o", "type": "Linear", "out_features": 4}]})")
                .at(0)
                .layer,
            "s");
}

// A network that goes up once more than down: no layer that keeps the size is at fault.
TEST(Causes, AStageTooManyAtTheEnd) {
  EXPECT_EQ(errors_of(R"({"input": [1, 1, 8000], "expect": "input", "layers": [
    {"name": "d1", "type": "Conv1d", "out_channels": 32, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "d2", "type": "Conv1d", "out_channels": 64, "kernel_size": 10, "stride": 5, "padding": 3},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 32, "kernel_size": 10, "stride": 5, "padding": 3,
     "output_padding": 1},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 16, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "u3", "type": "ConvTranspose1d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "o", "type": "Conv1d", "out_channels": 1, "kernel_size": 7, "padding": 3}]})")
                .at(0)
                .layer,
            "u3");
}

// One that goes down twice and up once: the layer that makes the result, not the activation behind it.
TEST(Causes, NoActivationAtTheEnd) {
  EXPECT_EQ(errors_of(R"({"input": [1, 1, 64, 64], "expect": "input", "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "t", "type": "Tanh"}]})")
                .at(0)
                .layer,
            "u");
}

TEST(Causes, AMergeThatLacksTheResizeOfAnother) {
  EXPECT_EQ(errors_of(R"({"input": [1, 64, 40, 40], "layers": [
    {"name": "d4", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d5", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u5", "type": "Upsample", "scale_factor": 2},
    {"name": "k4", "type": "Concat", "inputs": ["u5", "d4"]},
    {"name": "q4", "type": "Conv2d", "out_channels": 64, "kernel_size": 1},
    {"name": "k3", "type": "Concat", "inputs": ["q4", "input"]},
    {"name": "o", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}]})")
                .at(0)
                .layer,
            "k3");
}

TEST(Causes, AResizeThatLeavesAFraction) {
  EXPECT_EQ(errors_of(R"({"input": [1, 3, 75, 75], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "half", "type": "Upsample", "inputs": "input", "scale_factor": 0.5},
    {"name": "k", "type": "Concat", "inputs": ["e", "half"]}]})")
                .at(0)
                .layer,
            "half");
}

}  // namespace
}  // namespace shapedbg
