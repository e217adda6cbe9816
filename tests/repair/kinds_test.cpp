// What is proposed beside output_padding, on networks written out: the change, its place in the file, and
// what is never proposed first.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::fixed;
using repaired::repair_as;
using repaired::title_of;

// The fix whose title starts with `start`, or an empty one.
Fix fix_of(const std::string& json, Code code, const std::string& start) {
  for (const Fix& fix : repair_as(json, code).fixes)
    if (fix.title.starts_with(start)) return fix;
  return {};
}

std::string after(const std::string& json, const Fix& fix) {
  return fix.edits.empty() ? "" : shapedbg::apply(json, fix.edits).value_or("overlap");
}

TEST(Channels, TheLayerTakesWhatArrives) {
  const std::string net = R"({"input": [1, 3, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 3},
    {"name": "bn", "type": "BatchNorm2d", "num_features": 32}, {"type": "ReLU"}]})";
  const Finding finding = repair_as(net, Code::L203);
  ASSERT_EQ(finding.fixes.size(), 2u);
  EXPECT_EQ(finding.fixes[0].title, "set num_features to 16 on `bn`");
  EXPECT_EQ(finding.fixes[0].applicability, Applicability::unsafe);
  EXPECT_EQ(finding.fixes[0].right_for, "right for every size from 3; trained weights of `bn` no longer fit");
  EXPECT_EQ(finding.fixes[1].title, "set out_channels to 32 on `layers.0`");
  EXPECT_EQ(finding.fixes[1].applicability, Applicability::unsafe);
}

TEST(Channels, SeveralLayersAreSettledTogether) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 8, 8], "layers": [
    {"name": "a", "type": "Conv2d", "in_channels": 4, "out_channels": 16, "kernel_size": 3},
    {"name": "b", "type": "Conv2d", "in_channels": 8, "out_channels": 16, "kernel_size": 3}]})",
                     Code::L203),
            "set in_channels to 3 on `a`, in_channels to 16 on `b`");
}

// Neither change alone is a repair.
TEST(Channels, TogetherWithTheSizeThatIsWrongBehind) {
  const std::string net = R"({"input": [1, 3, 24, 24], "layers": [
    {"name": "a", "type": "Conv2d", "in_channels": 4, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}], "expect": "input"})";
  const Finding finding = repair_as(net, Code::L203);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set in_channels to 3 on `a`, and set output_padding to 1 on `b`");
  EXPECT_EQ(finding.fixes[0].verified.output, (Shape{1, 3, 24, 24}));
  const Spec spec = repaired::read(after(net, finding.fixes[0]));
  EXPECT_EQ(spec.layers[0].integer(Opt::in_channels), 3);
}

TEST(Axes, AnImageAlone) {
  const std::string net =
      R"({"input": [28, 28], "layers": [{"type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})";
  EXPECT_EQ(title_of(net, Code::L204), "give the input a batch and a channel axis: [1, 1, 28, 28]");
  EXPECT_EQ(repaired::read(fixed(net, Code::L204)).inputs.at(0).shape, (Shape{1, 1, 28, 28}));
}

// A discriminator for 64 x 64 that is fed 128 x 128.
TEST(Windows, TheLastOneCoversTheWholeMap) {
  const std::string net = R"({"input": [1, 3, 128, 128], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"name": "out", "type": "Conv2d", "out_channels": 1, "kernel_size": 4, "padding": 1}], "expect": [1, 1, 1, 1]})";
  const Fix fix = fix_of(net, Code::R302, "set kernel_size to 8 and padding to 0 on `out`");
  EXPECT_EQ(fix.verified.output, (Shape{1, 1, 1, 1}));
}

TEST(Channels, GroupsBecomeADivisor) {
  EXPECT_EQ(title_of(R"({"input": [1, 12, 8, 8], "layers": [
    {"name": "g", "type": "GroupNorm", "num_groups": 8}]})",
                     Code::L202),
            "set num_groups to 6 on `g`");
}

TEST(Channels, TheOutputGetsTheExpectedChannels) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 8, 8], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1}], "expect": "input"})",
                     Code::R301),
            "set out_channels to 3 on `c`");
}

const char* const kMissingConcat = R"({"input": [1, 3, 32, 32], "layers": [
  {"name": "e1", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
  {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
  {"name": "mid", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 2, "stride": 2},
  {"name": "d1", "type": "Conv2d", "in_channels": 32, "out_channels": 16, "kernel_size": 3, "padding": 1}
]})";

TEST(MissingLayers, TheSkipIsJoined) {
  const Finding finding = repair_as(kMissingConcat, Code::L203);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "join `e1` and `up` by a Concat in front of `d1`");
  const std::string text = after(kMissingConcat, finding.fixes[0]);
  EXPECT_NE(text.find("\n  {\"name\": \"concat\", \"type\": \"Concat\", \"inputs\": [\"e1\", \"up\"]},\n  "
                      "{\"name\": \"d1\""),
            std::string::npos)
      << text;
}

TEST(MissingLayers, AFlattenBeforeTheLinear) {
  const std::string net =
      R"({"input": [1, 3, 4, 4], "layers": [{"type": "ReLU"}, {"name": "fc", "type": "Linear", "in_features": 48, "out_features": 10}]})";
  EXPECT_EQ(title_of(net, Code::L209), "put a Flatten in front of `fc`: [1, 3, 4, 4] holds the 48 features");
  EXPECT_EQ(
      fixed(net, Code::L209),
      R"({"input": [1, 3, 4, 4], "layers": [{"type": "ReLU"}, {"name": "flatten", "type": "Flatten"}, {"name": "fc", "type": "Linear", "in_features": 48, "out_features": 10}]})");
}

TEST(Windows, CeilModeWhereAPoolDropsTheLastRow) {
  const std::string net = R"({"input": [1, 1, 5, 5], "layers": [
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 2}], "expect": [1, 1, 3, 3]})";
  EXPECT_EQ(title_of(net, Code::R302), "set ceil_mode to true on `pool`");
}

TEST(Windows, APaddingThatOutgrowsTheMapIsNotTheAnswer) {
  const std::string net = R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 4, "stride": 16},
    {"name": "b", "type": "Conv2d", "out_channels": 1, "kernel_size": 4}]})";
  EXPECT_NE(title_of(net, Code::L205).substr(0, 11), "set padding");
}

const char* const kSkip = R"({
  "input": [1, 4, 15, 15],
  "layers": [
    // halves
    {"name": "down", "type": "AvgPool2d", "kernel_size": 2, "ceil_mode": true},
    {"name": "up", "type": "PixelShuffle", "upscale_factor": 2}, // doubles
    // joins
    {"name": "cat", "type": "Concat", "inputs": ["prev", "input"]}
  ]
})";

TEST(Fit, ACropStandsBeforeTheMergeOnALineOfItsOwn) {
  const Fix fix = fix_of(kSkip, Code::L208, "crop `up`");
  EXPECT_EQ(after(kSkip, fix), R"({
  "input": [1, 4, 15, 15],
  "layers": [
    // halves
    {"name": "down", "type": "AvgPool2d", "kernel_size": 2, "ceil_mode": true},
    {"name": "up", "type": "PixelShuffle", "upscale_factor": 2}, // doubles
    {"name": "crop", "type": "Crop", "inputs": "up", "size_like": "input"},
    // joins
    {"name": "cat", "type": "Concat", "inputs": ["crop", "input"]}
  ]
})");
}

TEST(Fit, PaddingInFrontTurnsEveryReferenceToTheInput) {
  const Fix fix = fix_of(kSkip, Code::L208, "pad the input");
  const std::string text = after(kSkip, fix);
  EXPECT_NE(
      text.find("\"layers\": [\n    {\"name\": \"pad\", \"type\": \"PadToMultiple\", \"multiple\": 2},\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("inputs": ["prev", "pad"])"), std::string::npos) << text;
  EXPECT_NE(text.find("\"inputs\": [\"prev\", \"pad\"]},\n    {\"name\": \"crop\", \"type\": \"Crop\", "
                      "\"size_like\": \"input\"}\n  ]"),
            std::string::npos)
      << text;
  EXPECT_EQ(fix.right_for, "right for every size");
}

TEST(Fit, NamesOfNewLayersAreFree) {
  std::string net = kSkip;
  net.replace(net.find("\"down\""), 6, "\"crop\"");
  const Fix fix = fix_of(net, Code::L208, "crop `up`");
  EXPECT_NE(after(net, fix).find(R"({"name": "crop_2", "type": "Crop")"), std::string::npos);
}

// A reference to a default name would mean another layer once one stands in front of it.
TEST(Fit, AnEditThatRewiresTheNetworkIsNotOffered) {
  const std::string net = R"({"input": [1, 1, 13, 13], "layers": [
    {"type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1},
    {"type": "AvgPool2d", "kernel_size": 2},
    {"type": "PixelUnshuffle", "downscale_factor": 1},
    {"type": "Upsample", "scale_factor": 2},
    {"name": "cat", "type": "Concat", "inputs": ["layers.0", "layers.3"]}]})";
  const Finding finding = repair_as(net, Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  for (const Fix& fix : finding.fixes) {
    const Spec spec = repaired::read(after(net, fix));
    const auto cat = spec.find("cat");
    ASSERT_TRUE(cat.has_value()) << fix.title;
    const Ref first = spec.layers[*cat].inputs[0];
    EXPECT_EQ(spec.layers[first.layer].info().name, "Conv2d") << fix.title;
  }
}

TEST(InputSize, TheNearestOnBothSides) {
  const std::string net = R"({"input": [1, 1, 100], "layers": [
    {"name": "unshuffle", "type": "MaxPool1d", "kernel_size": 32},
    {"type": "Flatten"}, {"name": "fc", "type": "Linear", "in_features": 2, "out_features": 1}]})";
  const Fix fix = fix_of(net, Code::L209, "feed");
  EXPECT_EQ(fix.title, "feed 64 instead of 100");
  EXPECT_EQ(fix.changes[0].to, "[1, 1, 64]");
  const std::string doubled = R"({"input": [1, 4, 50, 50], "layers": [
    {"name": "d", "type": "AvgPool2d", "kernel_size": 16}, {"name": "u", "type": "Upsample", "scale_factor": 16},
    {"type": "Concat", "inputs": ["u", "input"]}], "expect": [1, 8, 50, 50]})";
  const Fix two = fix_of(doubled, Code::L208, "feed");
  EXPECT_EQ(two.title, "feed 48x48 instead of 50x50 (a larger one that fits is 64x64)");
  EXPECT_NE(after(doubled, two).find(R"("expect": [1, 8, 48, 48])"), std::string::npos);
}

// Levels 12 -> 6 and 6 -> 3 lose nothing; 25 -> 12 does. Zeros or a stride somewhere else would only make up
// for it.
TEST(NeverNonsense, TheLevelThatLostTheSizeIsTheOneRepaired) {
  const std::string net = R"({"input": [1, 1, 25], "layers": [
    {"name": "d1", "type": "MaxPool1d", "kernel_size": 2}, {"name": "d2", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "d3", "type": "MaxPool1d", "kernel_size": 2},
    {"name": "u3", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2}], "expect": "input"})";
  const Finding finding = repair_as(net, Code::R301);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set output_padding to 1 on `u1`");
}

// hop 8 and 2: 20 frames give 320; 326 would need output_padding 3 of stride 8 with padding 0.
TEST(NeverNonsense, AStretchedFirstLayerStandsBehindPadAndCrop) {
  const std::string net = R"({"input": [1, 1, 20], "layers": [
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 8, "stride": 8},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2}], "expect": [1, 1, 330]})";
  const Finding finding = repair_as(net, Code::R302);
  ASSERT_GE(finding.fixes.size(), 2u);
  EXPECT_EQ(finding.fixes[0].title, "pad the input to 21 in front and crop the output back");
  for (const Fix& fix : finding.fixes) EXPECT_NE(fix.applicability, Applicability::safe) << fix.title;
}

TEST(NeverNonsense, ZerosAroundTheResultComeLast) {
  const std::string net = R"({"input": [1, 1, 25], "layers": [
    {"name": "d", "type": "MaxPool1d", "kernel_size": 2}, {"name": "u", "type": "Upsample", "scale_factor": 2}], "expect": "input"})";
  const Finding finding = repair_as(net, Code::R301);
  ASSERT_GE(finding.fixes.size(), 2u);
  for (std::size_t i = 0; i + 1 < finding.fixes.size(); ++i)
    EXPECT_EQ(finding.fixes[i].title.find("Pad at the end"), std::string::npos) << finding.fixes[i].title;
}

TEST(NeverNonsense, WhatStandsBehindAnUnsafeFixIsNotSafe) {
  const std::string net = R"({"input": [64, 32, 32], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 1, "out_channels": 6, "kernel_size": 5}]})";
  const Finding finding = repair_as(net, Code::L203);
  ASSERT_GE(finding.fixes.size(), 1u);
  EXPECT_TRUE(finding.fixes[0].title.starts_with("put an Unsqueeze")) << finding.fixes[0].title;
  for (const Fix& fix : finding.fixes) {
    EXPECT_EQ(fix.applicability, Applicability::unsafe) << fix.title;
    // 64 is the batch.
    EXPECT_EQ(fix.title.find("in_channels to 64"), std::string::npos) << fix.title;
  }
}

}  // namespace
}  // namespace shapedbg
