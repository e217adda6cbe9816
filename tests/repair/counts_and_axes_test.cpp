// Counts that a factor changes on the way, and axes that a repair must not take for others: the first fix of
// networks as they are recorded from their authors' programs.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::repair_as;
using repaired::title_of;

// As many rows as channels, so that every wrong axis fits by chance.
TEST(Gate, AVectorOfChannelsIsSpreadToItsOwnMap) {
  for (const char* size : {"32, 32", "40, 24"})
    EXPECT_EQ(title_of(R"({"input": [2, 3, )" + std::string(size) + R"(], "layers": [
    {"name": "conv", "type": "Conv2d", "in_channels": 3, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "mean", "type": "Mean", "dim": [2, 3]},
    {"name": "fc1", "type": "Linear", "in_features": 32, "out_features": 8},
    {"name": "fc2", "type": "Linear", "in_features": 8, "out_features": 32},
    {"name": "gate", "type": "Sigmoid"},
    {"name": "mul", "type": "Mul", "inputs": ["conv", "gate"]}]})",
                       Code::L208),
              "put an Unflatten between `gate` and `mul`: [2, 32] becomes [2, 32, 1, 1]")
        << size;
}

TEST(Shuffle, EveryConvolutionInFrontOfOneMakesAllItsChannels) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 24, 24], "layers": [
    {"name": "head", "type": "Conv2d", "in_channels": 3, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "a", "type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "s", "type": "PixelShuffle", "upscale_factor": 2},
    {"name": "b", "type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "t", "type": "PixelShuffle", "upscale_factor": 2},
    {"name": "tail", "type": "Conv2d", "in_channels": 32, "out_channels": 3, "kernel_size": 3, "padding": 1}]})",
                     Code::L203),
            "set out_channels to 128 on `a` and `b`");
}

TEST(Repeat, AsOftenAsWhatItMeetsIsLong) {
  EXPECT_EQ(title_of(R"({"input": [4, 30, 8], "layers": [
    {"name": "enc", "type": "LSTM", "input_size": 8, "hidden_size": 32, "batch_first": true},
    {"name": "last", "type": "Select", "inputs": "enc:1", "dim": 0, "index": -1},
    {"name": "row", "type": "Unsqueeze", "dim": 1},
    {"name": "repeat", "type": "Repeat", "repeats": [1, 20, 1]},
    {"name": "dec", "type": "LSTM", "input_size": 32, "hidden_size": 8, "batch_first": true},
    {"name": "loss", "type": "Sub", "inputs": ["dec", "input"]}]})",
                     Code::L208),
            "set repeats to [1, 30, 1] on `repeat`");
}

TEST(Codebook, TheTableAndItsEmbeddingAreOne) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 16, 16], "layers": [
    {"name": "enc", "type": "Conv2d", "in_channels": 3, "out_channels": 128, "kernel_size": 4, "stride": 4},
    {"name": "last", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "rows", "type": "Reshape", "shape": [-1, "in[3]"]},
    {"name": "table", "type": "Parameter", "inputs": [], "shape": [64, 512]},
    {"name": "near", "type": "MatMul", "inputs": ["rows", "table"]},
    {"name": "which", "type": "ArgMin", "dim": 1},
    {"name": "book", "type": "Embedding", "num_embeddings": 512, "embedding_dim": 64},
    {"name": "map", "type": "Reshape", "inputs": ["book", "last"], "shape": ["in[1][0]", "in[1][1]", "in[1][2]", -1]},
    {"name": "first", "type": "Permute", "dims": [0, 3, 1, 2]},
    {"name": "dec", "type": "ConvTranspose2d", "in_channels": 128, "out_channels": 3, "kernel_size": 4, "stride": 4}]})",
                     Code::L208),
            "set embedding_dim to 128 on `book`, shape to [128, 512] on `table`");
}

// What adds up the samples of a batch is another network; who made the features is found through the
// division.
TEST(Product, OfTwoNormalisedVectorsTakesEqualFeatures) {
  const Finding finding = repair_as(R"({"input": {"a": [4, 32], "b": [4, 64]}, "layers": [
    {"name": "x", "type": "Linear", "inputs": "a", "in_features": 32, "out_features": 512},
    {"name": "xn", "type": "Norm", "dim": -1, "keepdim": true},
    {"name": "xd", "type": "Div", "inputs": ["x", "xn"]},
    {"name": "y", "type": "Linear", "inputs": "b", "in_features": 64, "out_features": 256},
    {"name": "yn", "type": "Norm", "dim": -1, "keepdim": true},
    {"name": "yd", "type": "Div", "inputs": ["y", "yn"]},
    {"name": "yt", "type": "Transpose", "dim0": 0, "dim1": 1},
    {"name": "scores", "type": "MatMul", "inputs": ["xd", "yt"]}]})",
                                    Code::L208);
  ASSERT_EQ(finding.fixes.size(), 2u);
  EXPECT_EQ(finding.fixes[0].title, "set out_features to 512 on `y`");
  EXPECT_EQ(finding.fixes[1].title, "set out_features to 256 on `x`");
}

TEST(Branch, APermuteInFrontOfItIsUndoneAtItsEnd) {
  EXPECT_EQ(title_of(R"({"input": [2, 50, 256], "layers": [
    {"name": "mel", "type": "Linear", "in_features": 256, "out_features": 80},
    {"name": "a", "type": "Conv1d", "in_channels": 80, "out_channels": 512, "kernel_size": 5, "padding": 2},
    {"name": "n", "type": "BatchNorm1d", "num_features": 512},
    {"type": "Tanh"},
    {"name": "b", "type": "Conv1d", "in_channels": 512, "out_channels": 80, "kernel_size": 5, "padding": 2},
    {"name": "sum", "type": "Add", "inputs": ["mel", "b"]}]})",
                     Code::L203),
            "put a Permute in front of `a`: [2, 50, 80] becomes [2, 80, 50], and one behind `b` back");
}

TEST(Shortcut, OneThatHasItsConvolutionAndNormGetsNoOther) {
  const Finding finding = repair_as(R"({"input": [1, 64, 32, 32], "layers": [
    {"name": "c1", "type": "Conv2d", "in_channels": 64, "out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c3", "type": "Conv2d", "in_channels": 64, "out_channels": 256, "kernel_size": 1},
    {"name": "d", "type": "Conv2d", "inputs": "input", "in_channels": 64, "out_channels": 64, "kernel_size": 1, "stride": 2},
    {"name": "dn", "type": "BatchNorm2d", "num_features": 64},
    {"name": "sum", "type": "Add", "inputs": ["c3", "dn"]}]})",
                                    Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  for (const Fix& fix : finding.fixes) EXPECT_EQ(fix.title.find("shortcut"), std::string::npos) << fix.title;
}

// [places, samples, features] where the table has places second.
TEST(Table, HoldsNoNumberForEachSample) {
  const Finding finding = repair_as(R"({"input": [2, 3, 64, 64], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 3, "out_channels": 64, "kernel_size": 16, "stride": 16},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "p", "type": "Permute", "dims": [2, 0, 1]},
    {"name": "pos", "type": "Parameter", "inputs": [], "shape": [1, 16, 64]},
    {"name": "sum", "type": "Add", "inputs": ["p", "pos"]}]})",
                                    Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set dims to [0, 2, 1] on `p`");
}

}  // namespace
}  // namespace shapedbg
