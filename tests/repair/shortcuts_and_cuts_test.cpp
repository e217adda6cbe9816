// Repairs of what programs write once for several blocks: strides of shortcuts, heads, what is cut from one
// layer.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg::shortcuts_and_cuts_test {
namespace {

using repaired::title_of;

TEST(Shortcuts, TakeTheStridesOfTheirBranches) {
  EXPECT_EQ(title_of(R"({"input": [1, 8, 32, 32], "layers": [
    {"name": "a1", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "s1", "type": "Conv2d", "inputs": "input", "out_channels": 16, "kernel_size": 1},
    {"name": "r1", "type": "Add", "inputs": ["a1", "s1"]},
    {"name": "a2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "s2", "type": "Conv2d", "inputs": "r1", "out_channels": 32, "kernel_size": 1},
    {"name": "r2", "type": "Add", "inputs": ["a2", "s2"]},
    {"name": "a3", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "s3", "type": "Conv2d", "inputs": "r2", "out_channels": 64, "kernel_size": 1},
    {"name": "r3", "type": "Add", "inputs": ["a3", "s3"]}]})",
                     Code::L208),
            "set stride to 2 on `s2` and `s3`");
}

TEST(Heads, ThatDivideTheFeatures) {
  EXPECT_EQ(title_of(R"({"input": [2, 10, 64], "layers": [
    {"name": "q", "type": "Linear", "inputs": "input", "out_features": 64},
    {"name": "k", "type": "Linear", "inputs": "input", "out_features": 64},
    {"name": "vq", "type": "Reshape", "inputs": "q", "shape": ["in[0]", "in[1]", 6, -1]},
    {"name": "vk", "type": "Reshape", "inputs": "k", "shape": ["in[0]", "in[1]", 6, -1]},
    {"name": "add", "type": "Add", "inputs": ["vq", "vk"]},
    {"name": "back", "type": "Reshape", "shape": ["in[0]", "in[1]", -1]},
    {"name": "out", "type": "Linear", "in_features": 64, "out_features": 64}], "expect": [2, 10, 64]})",
                     Code::L211),
            "set shape to [\"in[0]\", \"in[1]\", 4, -1] on `vq` and `vk`");
}

TEST(Cuts, EverySecondChannelOfALayer) {
  EXPECT_EQ(title_of(R"({"input": [1, 12, 8, 8], "layers": [
    {"name": "parts", "type": "Chunk", "chunks": 2, "dim": 1},
    {"name": "net", "type": "Conv2d", "inputs": "parts", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"name": "even", "type": "Slice", "inputs": "net", "index": [null, [0, null, 2]]},
    {"name": "odd", "type": "Slice", "inputs": "net", "index": [null, [1, null, 2]]},
    {"name": "moved", "type": "Add", "inputs": ["parts:1", "even"]},
    {"name": "scaled", "type": "Mul", "inputs": ["moved", "odd"]},
    {"name": "out", "type": "Concat", "inputs": ["parts", "scaled"], "dim": 1},
    {"name": "next", "type": "Conv2d", "in_channels": 12, "out_channels": 12, "kernel_size": 1}]})",
                     Code::L208),
            "set out_channels to 12 on `net`");
}

TEST(Signals, ComeBackAsLongAsTheyWere) {
  EXPECT_EQ(title_of(R"({"input": [2, 16050], "layers": [
    {"name": "stft", "type": "STFT", "n_fft": 512}, {"name": "istft", "type": "ISTFT", "n_fft": 512}],
    "expect": [2, 16050]})",
                     Code::R302),
            "set length to [16050] on `istft`");
}

// Noise that a program computes is as large as it is computed: what meets it is what is wrong.
TEST(Constants, ThatAreComputedStay) {
  const Finding finding = repaired::repair_as(R"({"input": [1, 10, 8], "layers": [
    {"name": "cat.parameter", "type": "Parameter", "inputs": [], "shape": [1, 10, 5], "requires_grad": false,
     "source": {"called": "net.py:9"}},
    {"name": "cat", "type": "Concat", "inputs": ["input", "cat.parameter"], "dim": -1},
    {"name": "norm", "type": "LayerNorm", "inputs": "cat", "normalized_shape": 12},
    {"name": "out", "type": "Linear", "in_features": 12, "out_features": 4}]})",
                                              Code::L209);
  ASSERT_FALSE(finding.fixes.empty());
  for (const Change& change : finding.fixes[0].changes) EXPECT_NE(change.layer, "cat.parameter");
}

// Two networks that look at one pair of images.
TEST(Counts, OfAllThatTakeAJoinedPairOfInputs) {
  EXPECT_EQ(title_of(R"({"input": {"x": [1, 3, 32, 32], "y": [1, 3, 32, 32]}, "layers": [
    {"name": "cat", "type": "Concat", "inputs": ["x", "y"], "dim": 1},
    {"name": "a", "type": "Conv2d", "inputs": "cat", "in_channels": 3, "out_channels": 8, "kernel_size": 3},
    {"name": "pool", "type": "AvgPool2d", "inputs": "cat", "kernel_size": 2},
    {"name": "b", "type": "Conv2d", "inputs": "pool", "in_channels": 3, "out_channels": 8, "kernel_size": 3}]})",
                     Code::L203),
            "set in_channels to 6 on `a`, in_channels to 6 on `b`");
}

TEST(CausalPads, OfOnePlaceAndOfSeveral) {
  EXPECT_EQ(title_of(R"({"input": [1, 4, 64], "layers": [
    {"name": "p1", "type": "Pad", "padding": [1, 0]},
    {"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3},
    {"name": "p2", "type": "Pad", "padding": [-1, 0]},
    {"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 1},
    {"name": "sum", "type": "Add", "inputs": ["input", "b"]},
    {"name": "p3", "type": "Pad", "padding": [3, 0]},
    {"name": "c", "type": "Conv1d", "out_channels": 4, "kernel_size": 5},
    {"name": "sum2", "type": "Add", "inputs": ["sum", "c"]}], "expect": "input"})",
                     Code::L208),
            "set padding to [2, 0] on `p1`, padding to [0, 0] on `p2`, padding to [4, 0] on `p3`");
}

}  // namespace
}  // namespace shapedbg::shortcuts_and_cuts_test
