// Repairs beside levels: a vector between two halves, stages that stand still, skips of another level, and
// factors in front of shuffles.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::titles_of;

// The encoder ends in a vector, and its first layer pads more than the decoder undoes: between both halves
// nothing is left of it. The vector alone is wrong.
TEST(LevelsApart, BehindAVectorTheHalvesNeedNotMirrorEachOther) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 3, 64, 64], "encoder": [
    {"name": "first", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 4},
    {"name": "down1", "type": "Conv2d", "out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "down2", "type": "Conv2d", "out_channels": 64, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "down3", "type": "Conv2d", "out_channels": 128, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "code", "type": "Conv2d", "out_channels": 100, "kernel_size": 4, "padding": 1}], "decoder": [
    {"name": "grow", "type": "ConvTranspose2d", "out_channels": 128, "kernel_size": 4},
    {"name": "up3", "type": "ConvTranspose2d", "out_channels": 64, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "up2", "type": "ConvTranspose2d", "out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "up1", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "last", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1}
  ]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set padding to 0 on `code`");
}

// Convolutions with other holes each keep their map by as much padding, also where that is more than the map.
TEST(LevelsApart, APyramidOfHolesIsPaddedThroughout) {
  const auto branch = [](int dilation) {
    const std::string d = std::to_string(dilation);
    return R"({"name": "b)" + d +
           R"(", "type": "Conv2d", "inputs": "down", "out_channels": 8, "kernel_size": 3,
      "padding": 1, "dilation": )" +
           d + "},";
  };
  const std::vector<std::string> titles = titles_of(
      R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "down", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 4},
    {"name": "b1", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},)" +
      branch(6) + branch(12) + branch(18) + R"(
    {"name": "all", "type": "Concat", "inputs": ["b1", "b6", "b12", "b18"]},
    {"name": "head", "type": "Conv2d", "in_channels": 32, "out_channels": 2, "kernel_size": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set padding to 6 on `b6`, padding to 12 on `b12`, padding to 18 on `b18`");
}

// A decoder of four steps and a fifth transposed convolution that stands still: it forgot its step.
TEST(LevelsApart, AStageThatStandsStillIsNotPutInASecondTime) {
  const auto up = [](const std::string& name, int channels, const std::string& step) {
    return R"({"name": ")" + name + R"(", "type": "ConvTranspose2d", "out_channels": )" +
           std::to_string(channels) + R"(, "kernel_size": 3, )" + step + "},";
  };
  const std::string steps = R"("stride": 2, "padding": 1, "output_padding": 1)";
  const std::string text = R"({"input": [2, 3, 32, 32], "expect": "input", "layers": [
    {"name": "d1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d3", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d4", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1},)" +
                           up("u4", 32, steps) + up("u3", 16, steps) + up("u2", 8, steps) +
                           up("u1", 8, R"("padding": 1)") + R"(
    {"name": "image", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}]})";
  const std::vector<std::string> titles = titles_of(text);
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set stride to 2 and output_padding to 1 on `u1`");
  for (const std::string& title : titles) EXPECT_EQ(title.find("put "), std::string::npos) << title;
}

// What is right for as many sizes by a number of the layers themselves comes before sizes of other tensors.
TEST(LevelsApart, OutputPaddingComesBeforeSizesOfTheWayDown) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 3, 32, 32], "encoder": [
    {"name": "d1", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "d2", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "d3", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1}],
    "decoder": [
    {"name": "u3", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u2", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u1", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}
  ]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set output_padding to 1 on `u3`, `u2` and `u1`");
}

// A Pad to the size of whatever it meets hides that the skip is that of another level.
TEST(LevelsApart, APaddedLevelTakesItsOwnSkip) {
  const auto down = [](const std::string& name, int channels) {
    return R"({"name": "pool)" + name + R"(", "type": "MaxPool2d", "kernel_size": 2}, {"name": "e)" + name +
           R"(", "type": "Conv2d", "out_channels": )" + std::to_string(channels) +
           R"(, "kernel_size": 3, "padding": 1},)";
  };
  const auto up = [](const std::string& name, int channels, const std::string& skip) {
    const std::string n = std::to_string(channels);
    return R"({"name": "up)" + name + R"(", "type": "ConvTranspose2d", "out_channels": )" + n +
           R"(, "kernel_size": 2, "stride": 2}, {"name": "pad)" + name +
           R"(", "type": "Pad", "size_like": ")" + skip + R"("}, {"name": "cat)" + name +
           R"(", "type": "Concat", "inputs": [")" + skip + R"(", "pad)" + name + R"("]}, {"name": "c)" +
           name + R"(", "type": "Conv2d", "in_channels": )" + std::to_string(2 * channels) +
           R"(, "out_channels": )" + n + R"(, "kernel_size": 3, "padding": 1})";
  };
  const std::vector<std::string> titles = titles_of(
      R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},)" +
      down("2", 16) + down("3", 32) + down("4", 64) + up("3", 32, "e2") + "," + up("2", 16, "e2") + "," +
      up("1", 8, "e1") + "]}");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "take `e3` instead of `e2` in `cat3`");
}

// The square of the factor was forgotten in front of each shuffle, and a view of what is joined behind shows
// it.
TEST(LevelsApart, AFactorThatEachShuffleLacksIsGivenToAll) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "e2", "type": "Conv2d", "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "e3", "type": "Conv2d", "out_channels": 32, "kernel_size": 2, "stride": 2},
    {"name": "s2", "type": "Conv2d", "out_channels": 32, "kernel_size": 1},
    {"name": "p2", "type": "PixelShuffle", "upscale_factor": 2},
    {"name": "cat2", "type": "Concat", "inputs": ["p2", "e2"]},
    {"name": "view2", "type": "Reshape", "inputs": ["cat2", "p2"],
     "shape": ["in[0]", 2, "in[1][1]", "in[1][2]", "in[1][3]"]},
    {"name": "sum2", "type": "Sum", "dim": 1},
    {"name": "c2", "type": "Conv2d", "in_channels": 16, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "s1", "type": "Conv2d", "in_channels": 16, "out_channels": 16, "kernel_size": 1},
    {"name": "p1", "type": "PixelShuffle", "upscale_factor": 2},
    {"name": "cat1", "type": "Concat", "inputs": ["p1", "e1"]},
    {"name": "view1", "type": "Reshape", "inputs": ["cat1", "p1"],
     "shape": ["in[0]", 2, "in[1][1]", "in[1][2]", "in[1][3]"]},
    {"name": "sum1", "type": "Sum", "dim": 1},
    {"name": "c1", "type": "Conv2d", "in_channels": 8, "out_channels": 3, "kernel_size": 3, "padding": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 64 on `s2`, out_channels to 32 on `s1`");
}

// A step up by 2 that is right as it is stays so beside three that lack their output_padding.
TEST(LevelsApart, NoLayerIsChangedThatNeedsNoChange) {
  const auto up = [](const std::string& name, int channels, const std::string& skip) {
    return R"({"name": ")" + name + R"(", "type": "ConvTranspose2d", "out_channels": )" +
           std::to_string(channels) + R"(, "kernel_size": 3, "stride": 2, "padding": 1}, {"name": "sum)" +
           name + R"(", "type": "Add", "inputs": [")" + name + R"(", ")" + skip + R"("]},)";
  };
  const std::string text = R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e2", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e3", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e4", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "stride": 2, "padding": 1},)" +
                           up("u3", 32, "e3") + up("u2", 16, "e2") + up("u1", 8, "e1") + R"(
    {"name": "final", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 2, "stride": 2}]})";
  const std::vector<std::string> titles = titles_of(text);
  ASSERT_FALSE(titles.empty());
  for (const std::string& title : titles) EXPECT_EQ(title.find("`final`"), std::string::npos) << title;
  EXPECT_EQ(std::count(titles.begin(), titles.end(), "set output_padding to 1 on `u3`, `u2` and `u1`"), 1);
}

// An image of 3 channels behind a gate: 6 were meant in front of it.
TEST(LevelsApart, AGateThatCannotHalveGetsTwiceAsMany) {
  const std::vector<std::string> titles = titles_of(R"({"input": [2, 16, 8, 8], "layers": [
    {"name": "up", "type": "Upsample", "scale_factor": 2},
    {"name": "conv", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1},
    {"name": "gate", "type": "GLU", "dim": 1}]})");
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 6 on `conv`");
}

}  // namespace
}  // namespace shapedbg
