// Repairs that keep what numbers mean: ends that even kernels add, states of recurrent
// layers; and the layer that a finding names once it is known what closes it.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg::ends_and_causes_test {
namespace {

using repaired::first_of;
using repaired::offers;

TEST(EvenKernels, OfBranchesAreCutAtTheEnd) {
  const std::string branches = R"({"input": [8, 32, 100], "layers": [
    {"name": "a", "type": "Conv1d", "inputs": "input", "out_channels": 16, "kernel_size": 10, "padding": 5},
    {"name": "b", "type": "Conv1d", "inputs": "input", "out_channels": 16, "kernel_size": 20, "padding": 10},
    {"name": "c", "type": "MaxPool1d", "inputs": "input", "kernel_size": 3, "stride": 1, "padding": 1},
    {"name": "k", "type": "Concat", "inputs": ["a", "b", "c"], "dim": 1}]})";
  EXPECT_EQ(first_of(branches),
            "cut the last place of `a` and `b` off in front of `k`: an even kernel that is padded by half "
            "makes one more");
  EXPECT_FALSE(offers(branches, "kernel_size"));
}

TEST(EvenKernels, OfMapsAlongBothAxes) {
  EXPECT_NE(repaired::fixed(R"({"input": [1, 8, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "padding": 2},
    {"name": "r", "type": "ReLU"},
    {"name": "s", "type": "Add", "inputs": ["r", "input"]}]})",
                            Code::L208)
                .find(R"("index": [null, null, [null, -1], [null, -1]])"),
            std::string::npos);
}

TEST(EvenKernels, ThatAreSlipsBecomeOdd) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 64], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 5, "padding": 2},
    {"name": "x", "type": "ReLU"},
    {"name": "b", "type": "Conv1d", "out_channels": 8, "kernel_size": 4, "padding": 2},
    {"name": "s", "type": "Add", "inputs": ["b", "x"]},
    {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 5, "padding": 2}]})"),
            "set kernel_size to 5 on `b`");
}

TEST(Kernels, OfTwoAtTheHeadBecomeOne) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 32, 32], "expect": [1, 2, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "b", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "head", "type": "Conv2d", "out_channels": 2, "kernel_size": 2}]})"),
            "set kernel_size to 1 on `head`");
}

TEST(Shortcuts, ThatAreHalvedTwice) {
  EXPECT_EQ(first_of(R"({"input": [2, 16, 56, 56], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 16, "kernel_size": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c3", "type": "Conv2d", "out_channels": 32, "kernel_size": 1},
    {"name": "av", "type": "AvgPool2d", "inputs": "input", "kernel_size": 2, "stride": 2},
    {"name": "pj", "type": "Conv2d", "out_channels": 32, "kernel_size": 1, "stride": 2},
    {"name": "s", "type": "Add", "inputs": ["c3", "pj"]}]})"),
            "set stride to 1 on `pj`");
}

TEST(Vectors, OfOneAxisTooFew) {
  EXPECT_EQ(first_of(R"({"input": {"x": [4, 3, 16, 16], "t": [4, 64]}, "layers": [
    {"name": "c", "type": "Conv2d", "inputs": "x", "out_channels": 128, "kernel_size": 3, "padding": 1},
    {"name": "h", "type": "SiLU"},
    {"name": "te", "type": "Linear", "inputs": "t", "out_features": 128},
    {"name": "u", "type": "Unsqueeze", "dim": -1},
    {"name": "a", "type": "Add", "inputs": ["h", "u"]}]})"),
            "put an Unsqueeze between `u` and `a`: [4, 128, 1] becomes [4, 128, 1, 1]");
}

TEST(States, OfTheLastLayer) {
  EXPECT_EQ(first_of(R"({"input": [16, 12, 30], "expect": [16, 3], "layers": [
    {"name": "g", "type": "GRU", "input_size": 30, "hidden_size": 20, "num_layers": 2, "batch_first": true},
    {"name": "f", "type": "Linear", "inputs": "g:1", "in_features": 20, "out_features": 3}]})"),
            "put a Select in front of `f`: [2, 16, 20] becomes [16, 20]");
}

TEST(States, OfBothDirections) {
  EXPECT_EQ(first_of(R"({"input": {"txt": [16, 12, 30], "img": [16, 50]}, "layers": [
    {"name": "l", "type": "LSTM", "inputs": "txt", "hidden_size": 20, "batch_first": true, "bidirectional": true},
    {"name": "k", "type": "Concat", "inputs": ["img", "l:1"], "dim": 1},
    {"name": "f", "type": "Linear", "in_features": 90, "out_features": 3}]})"),
            "put a Transpose and a Flatten in front of `k`: [2, 16, 20] becomes [16, 40]");
}

TEST(Joins, OfChannelsAreNotMovedToPlaces) {
  EXPECT_FALSE(offers(R"({"input": [1, 8, 64], "layers": [
    {"name": "a", "type": "Conv1d", "inputs": "input", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Conv1d", "inputs": "input", "out_channels": 8, "kernel_size": 5},
    {"name": "k", "type": "Concat", "inputs": ["a", "b"], "dim": 1},
    {"name": "o", "type": "Conv1d", "in_channels": 16, "out_channels": 4, "kernel_size": 1}]})",
                      "set dim"));
}

TEST(Turns, ThatTurnNothingAreToldWhatToTurn) {
  EXPECT_EQ(first_of(R"({"input": [2, 16, 4], "layers": [
    {"name": "p", "type": "Permute", "dims": [0, 1, 2]},
    {"name": "c", "type": "Conv1d", "in_channels": 4, "out_channels": 8, "kernel_size": 3, "padding": 1}]})"),
            "set dims to [0, 2, 1] on `p`");
}

TEST(Turns, InVainAreLeftOut) {
  EXPECT_EQ(first_of(R"({"input": [4, 80, 200], "layers": [
    {"name": "c1", "type": "Conv1d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "r", "type": "ReLU"},
    {"name": "c2", "type": "Conv1d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "g", "type": "GRU", "input_size": 32, "hidden_size": 16, "batch_first": true}]})"),
            "leave out `t`: `c2` takes the axes as they are in front of it");
}

TEST(Factors, ComeBeforeTheSizeOfAnotherTensor) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "s1", "type": "ReLU"},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 4},
    {"name": "e2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u", "type": "Upsample", "scale_factor": 2},
    {"name": "k", "type": "Concat", "inputs": ["u", "s1"], "dim": 1},
    {"name": "o", "type": "Conv2d", "out_channels": 2, "kernel_size": 1}]})"),
            "set scale_factor to 4 on `u`");
}

TEST(Blocks, OfManyUsesAreOneMistake) {
  std::string uses;
  std::string names;
  for (int i = 0; i < 10; ++i) {
    const std::string name = "h" + std::to_string(i);
    uses += R"({"use": "head", "name": ")" + name + R"(", "inputs": "input"}, )";
    names += (i == 0 ? "\"" : ", \"") + name + "\"";
  }
  EXPECT_EQ(first_of(R"({"input": [2, 64], "blocks": {"head": [
    {"name": "f", "type": "Linear", "in_features": 96, "out_features": 8}, {"type": "ReLU"}]}, "layers": [)" +
                     uses + R"({"name": "k", "type": "Concat", "inputs": [)" + names + R"(], "dim": 1}]})"),
            "set in_features to 64 on 10 layers, `h0.f` to `h9.f`, in the block, for all its uses");
}

TEST(Inputs, WithHeightAndWidthExchanged) {
  EXPECT_EQ(first_of(R"({"input": [4, 3, 192, 256], "expect": [4, 17, 64, 48], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 17, "kernel_size": 3, "stride": 2, "padding": 1}]})"),
            "feed `input` as [4, 3, 256, 192], its axes 2 and 3 exchanged");
}

// As a check asks: all findings of a network together.
Finding first_finding(const std::string& json) {
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.usable);
  const Trace trace = infer(parsed.spec);
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  const RightForAll right;
  std::vector<LayerId> layers;
  std::vector<Finding> found = diagnose(parsed.spec, trace, &layers);
  Repairs(source, parsed.spec, trace, rerun, right).repair(found, layers);
  EXPECT_FALSE(found.empty());
  return found.empty() ? Finding{} : found[0];
}

TEST(Causes, AreTheLayerThatTheFirstFixSets) {
  const Finding gate = first_finding(R"({"input": [4, 100, 16], "layers": [
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "p", "type": "Conv1d", "out_channels": 32, "kernel_size": 1},
    {"name": "g", "type": "GLU", "dim": 2},
    {"name": "d", "type": "Conv1d", "in_channels": 16, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "s", "type": "Add", "inputs": ["b", "input"]}]})");
  ASSERT_FALSE(gate.fixes.empty());
  EXPECT_EQ(gate.fixes[0].title, "set dim to 1 on `g`");
  EXPECT_EQ(gate.layer, "g");
  EXPECT_EQ(gate.label, "returns [4, 32, 50]");
  EXPECT_EQ(gate.found_at, "d");
  ASSERT_FALSE(gate.related.empty());
  EXPECT_EQ(gate.related[0].layer, "d");
}

TEST(Causes, StayWhereTheFixIs) {
  const Finding count = first_finding(R"({"input": [1, 3, 8, 8], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 3},
    {"name": "b", "type": "Conv2d", "in_channels": 16, "out_channels": 8, "kernel_size": 3}]})");
  EXPECT_EQ(count.layer, "b");
  EXPECT_EQ(count.found_at, "");
}

}  // namespace
}  // namespace shapedbg::ends_and_causes_test
