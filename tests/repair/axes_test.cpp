// Axes that stand elsewhere, are missing or are one too many, in front of a layer in the middle of a network.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::fixed;
using repaired::read;
using repaired::repair_as;
using repaired::title_of;

// What the network returns after the first fix.
Shape result_of(const std::string& json, Code code) {
  const Spec spec = read(fixed(json, code));
  const Trace trace = infer(spec);
  const Shape* result = trace.result(spec);
  return result == nullptr ? Shape{} : *result;
}

bool offers(const std::string& json, Code code, const std::string& start) {
  for (const Fix& fix : repair_as(json, code).fixes)
    if (fix.title.starts_with(start)) return true;
  return false;
}

TEST(Order, ChannelsBehindASequenceModelStandLast) {
  const std::string net = R"({"input": [8, 20, 10], "layers": [
    {"name": "lstm", "type": "Custom", "output": ["in[0]", "in[1]", 64]},
    {"name": "up", "type": "ConvTranspose1d", "in_channels": 64, "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1}]})";
  EXPECT_EQ(title_of(net, Code::L203), "put a Permute in front of `up`: [8, 20, 64] becomes [8, 64, 20]");
  EXPECT_EQ(result_of(net, Code::L203), (Shape{8, 4, 40}));
}

// 16 stands last by chance: behind a convolution channels come second.
TEST(Order, BehindAConvolutionChannelsDoNotStandLast) {
  const std::string net = R"({"input": [1, 3, 18, 18], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 3}, {"type": "ReLU"},
    {"name": "b", "type": "Conv2d", "in_channels": 16, "out_channels": 4, "kernel_size": 3}]})";
  ASSERT_FALSE(repair_as(net, Code::L203).fixes.empty());
  EXPECT_FALSE(offers(net, Code::L203, "put a Permute"));
}

TEST(Order, ThereAndBackWhereTheLayersBehindTakeThemLastToo) {
  const std::string batch_norm = R"({"input": [32, 20, 64], "layers": [
    {"name": "fc1", "type": "Linear", "out_features": 48},
    {"name": "bn", "type": "BatchNorm1d", "num_features": 48},
    {"name": "fc2", "type": "Linear", "in_features": 48, "out_features": 10}]})";
  EXPECT_EQ(title_of(batch_norm, Code::L203),
            "put a Permute in front of `bn`: [32, 20, 48] becomes [32, 48, 20], and one behind it back");
  EXPECT_EQ(result_of(batch_norm, Code::L203), (Shape{32, 20, 10}));

  const std::string layer_norm = R"({"input": [2, 3, 32, 32], "layers": [
    {"name": "stem", "type": "Conv2d", "out_channels": 48, "kernel_size": 4, "stride": 4},
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [48]},
    {"name": "next", "type": "Conv2d", "in_channels": 48, "out_channels": 96, "kernel_size": 2, "stride": 2}]})";
  EXPECT_EQ(title_of(layer_norm, Code::L203),
            "put a Permute in front of `norm`: [2, 48, 8, 8] becomes [2, 8, 8, 48], and one behind it back");
  EXPECT_EQ(result_of(layer_norm, Code::L203), (Shape{2, 96, 4, 4}));
}

TEST(Order, NotBackWhereSomebodyElseTakesTheResult) {
  const std::string net = R"({"input": [32, 20, 64], "layers": [
    {"name": "fc1", "type": "Linear", "out_features": 48},
    {"name": "bn", "type": "BatchNorm1d", "num_features": 48},
    {"name": "fc2", "type": "Linear", "in_features": 48, "out_features": 48},
    {"type": "Add", "inputs": ["bn", "fc2"]}]})";
  EXPECT_FALSE(offers(net, Code::L203, "put a Permute"));
}

// The 144 are there: a Linear over rows of 3 would be another network.
TEST(Order, ALayerIsNotGivenTheCountOfAnotherAxis) {
  const Finding finding = repair_as(R"({"input": [8, 4, 3, 3], "layers": [
    {"name": "conv", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "fc", "type": "Linear", "in_features": 144, "out_features": 10}]})",
                                    Code::L209);
  ASSERT_EQ(finding.fixes.size(), 1u);
  EXPECT_EQ(finding.fixes[0].title, "put a Flatten in front of `fc`: [8, 16, 3, 3] holds the 144 features");
  EXPECT_EQ(finding.fixes[0].applicability, Applicability::safe);
}

TEST(Rank, AnAxisOfOneTooMany) {
  const std::string net = R"({"input": [2, 1, 128, 50], "layers": [
    {"type": "Unsqueeze", "dim": 1},
    {"name": "conv", "type": "Conv2d", "in_channels": 1, "out_channels": 8, "kernel_size": 3}]})";
  EXPECT_EQ(title_of(net, Code::L204),
            "put a Squeeze in front of `conv`: [2, 1, 1, 128, 50] becomes [2, 1, 128, 50]");
  EXPECT_EQ(result_of(net, Code::L204), (Shape{2, 8, 126, 48}));
}

TEST(Rank, AnAxisOfOneMissing) {
  const std::string net = R"({"input": [2, 64], "layers": [
    {"name": "fc", "type": "Linear", "out_features": 100},
    {"name": "fc2", "type": "Linear", "out_features": 100},
    {"name": "conv", "type": "ConvTranspose1d", "in_channels": 1, "out_channels": 8, "kernel_size": 4}]})";
  // An unbatched map of 2 channels is not what is meant.
  EXPECT_TRUE(offers(net, Code::L203, "put an Unsqueeze in front of `conv`: [2, 100] becomes [2, 1, 100]"));
}

TEST(Rank, FeaturesBecomeTheMapThatWasFlattened) {
  const std::string net = R"({"input": [4, 1, 20, 28], "encoder": [
    {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
    {"type": "Flatten"}, {"type": "Linear", "out_features": 32}], "decoder": [
    {"type": "Linear", "out_features": 1120},
    {"name": "up", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1}]})";
  EXPECT_EQ(title_of(net, Code::L204), "put an Unflatten in front of `up`: [4, 1120] becomes [4, 8, 10, 14]");
  EXPECT_EQ(result_of(net, Code::L204), (Shape{4, 1, 20, 28}));
}

TEST(Rank, FeaturesBecomeASquareMapWhereNothingWasFlattened) {
  const std::string net = R"({"input": [4, 100], "layers": [
    {"name": "fc", "type": "Linear", "out_features": 784},
    {"name": "up", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 1, "kernel_size": 4, "stride": 4}]})";
  EXPECT_EQ(title_of(net, Code::L204), "put an Unflatten in front of `up`: [4, 784] becomes [4, 16, 7, 7]");
  const std::string uneven = R"({"input": [4, 100], "layers": [
    {"name": "fc", "type": "Linear", "out_features": 192},
    {"name": "up", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 1, "kernel_size": 4, "stride": 4}]})";
  EXPECT_FALSE(offers(uneven, Code::L204, "put an Unflatten"));
}

TEST(Rank, TheTokenInFrontOfThePatches) {
  const std::string net = R"({"input": {"image": [1, 3, 32, 32], "cls": [1, 1, 24]}, "layers": [
    {"type": "Conv2d", "out_channels": 24, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "start_dim": 2},
    {"name": "tokens", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Concat", "inputs": ["cls", "tokens"], "dim": 1},
    {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "map", "type": "Reshape", "shape": [1, 24, 4, 4]}]})";
  EXPECT_EQ(title_of(net, Code::L211), "put a Slice in front of `map`: [1, 24, 17] becomes [1, 24, 16]");
  EXPECT_EQ(result_of(net, Code::L211), (Shape{1, 24, 4, 4}));
}

// 14 x 14 of 192 channels: -1 for the channels would come out, too.
TEST(Rank, AReshapeThatKeepsTheChannelsGoesOnToKeepThem) {
  const std::string net = R"({"input": [1, 192, 14, 14], "layers": [
    {"name": "windows", "type": "Reshape", "shape": [1, 192, 1, 14, 1, 12]},
    {"type": "Permute", "dims": [0, 2, 4, 3, 5, 1]}, {"type": "Flatten", "start_dim": 1, "end_dim": 4}]})";
  EXPECT_EQ(title_of(net, Code::L211), "set shape to [1, 192, 1, 14, 1, 14] on `windows`");
  EXPECT_EQ(result_of(net, Code::L211), (Shape{1, 196, 192}));
}

// What the Squeeze needs of the height says nothing of the width.
TEST(InputSizes, OneAxisAloneWhereAnotherIsSqueezed) {
  const std::string net = R"({"input": [8, 1, 64, 280], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"type": "Conv2d", "out_channels": 16, "kernel_size": [8, 1]},
    {"name": "seq", "type": "Squeeze", "dim": 2}, {"name": "time", "type": "Permute", "dims": [2, 0, 1]},
    {"type": "Linear", "in_features": 16, "out_features": 37}]})";
  EXPECT_TRUE(offers(net, Code::L212, "feed 32x280 instead of 64x280"));
}

TEST(InputSizes, OfAFurtherInput) {
  const std::string net = R"({"input": {"roi": [8, 256, 14, 14], "pos": [1024, 1, 256]}, "layers": [
    {"type": "Flatten", "start_dim": 2}, {"name": "tokens", "type": "Permute", "dims": [2, 0, 1]},
    {"name": "sum", "type": "Add", "inputs": ["tokens", "pos"]}]})";
  EXPECT_TRUE(offers(net, Code::L208, "feed `pos` as [196, 1, 256] instead of [1024, 1, 256]"));
}

}  // namespace
}  // namespace shapedbg
