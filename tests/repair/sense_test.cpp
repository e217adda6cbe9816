// What an expert would do first, and what never: made-up nets of a few layers.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::errors_of;
using repaired::first_of;
using repaired::place_of;
using repaired::titles_of;

TEST(Sense, ConvolutionsThatTrimTheMapKeepItTogether) {
  const std::string net = R"({"input": [1, 2, 40], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 2, "kernel_size": 3},
    {"name": "b", "type": "Conv1d", "out_channels": 2, "kernel_size": 3, "dilation": 2}], "expect": "input"})";
  EXPECT_EQ(first_of(net), "set padding to 1 on `a`, padding to 2 on `b`");
}

TEST(Sense, AGlobalPoolStaysOneAndItsResultIsResized) {
  const std::string net = R"({"input": [1, 2, 9, 9], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 2, "kernel_size": 1},
    {"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 1, "inputs": "input"},
    {"name": "b", "type": "Conv2d", "out_channels": 2, "kernel_size": 1},
    {"name": "cat", "type": "Concat", "inputs": ["a", "b"]}]})";
  EXPECT_EQ(first_of(net), "resize `b` to the size of `a` in front of `cat`");
  for (const std::string& title : titles_of(net))
    EXPECT_EQ(title.find("output_size"), std::string::npos) << title;
}

TEST(Sense, AnEvenKernelCannotKeepTheMap) {
  const std::string net = R"({"input": [1, 2, 40], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 2, "kernel_size": 4},
    {"name": "b", "type": "Conv1d", "out_channels": 2, "kernel_size": 3}], "expect": "input"})";
  for (const std::string& title : titles_of(net)) EXPECT_EQ(title.find("padding to 1.5"), std::string::npos);
  EXPECT_EQ(place_of(net, "set padding to 1 on `b`"), -1);
}

// 5x5 trimmed twice on the way down is given back by padding 4 on the way up.
TEST(Sense, TheWayUpGivesBackWhatTheWayDownTrims) {
  const std::string net = R"({"input": [1, 1, 30, 30], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 2, "kernel_size": 5},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "c2", "type": "Conv2d", "out_channels": 3, "kernel_size": 4},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "u2", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "p2"},
    {"name": "d2", "type": "Conv2d", "out_channels": 2, "kernel_size": 4},
    {"name": "u1", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "p1", "size_like": "c1"},
    {"name": "d1", "type": "Conv2d", "out_channels": 1, "kernel_size": 5}], "expect": "input"})";
  EXPECT_EQ(first_of(net), "set padding to 3 on `d2`, padding to 4 on `d1`");
}

TEST(Sense, UnpoolingTakesTheSizeThatWasPooled) {
  const std::string net = R"({"input": [1, 1, 9, 9], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 2, "kernel_size": 2, "padding": 1},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 3},
    {"name": "u", "type": "MaxUnpool2d", "kernel_size": 3, "indices": "p", "size_like": "input"}]})";
  const std::vector<Finding> errors = errors_of(net);
  ASSERT_EQ(errors.size(), 1u);
  ASSERT_FALSE(errors[0].fixes.empty());
  EXPECT_EQ(errors[0].fixes[0].title, "set size_like to \"c\" on `u`");
  EXPECT_EQ(errors[0].fixes[0].changes[0].from, "\"input\"");
  EXPECT_EQ(errors[0].fixes[0].verified.output, (Shape{1, 2, 10, 10}));
}

TEST(Sense, AShortcutIsProjected) {
  const std::string net = R"({"input": [1, 6, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 12, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 12, "kernel_size": 3, "padding": 1},
    {"name": "sum", "type": "Add", "inputs": ["input", "b"]}]})";
  EXPECT_EQ(first_of(net),
            "put a convolution of kernel_size 1 and stride 2 to 12 channels into the shortcut from `input` "
            "to `sum`");
}

TEST(Sense, AShortcutOfOtherChannelsAlone) {
  const std::string net = R"({"input": [1, 6, 20], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 9, "kernel_size": 3, "padding": 1},
    {"name": "sum", "type": "Add", "inputs": ["a", "input"]}]})";
  EXPECT_GE(
      place_of(net,
               "put a convolution of kernel_size 1 to 9 channels into the shortcut from `input` to `sum`"),
      0);
}

// One row that rounding lost is no shortcut that lacks a stride.
TEST(Sense, ALevelIsNotProjected) {
  const std::string net = R"({"input": [1, 6, 7], "layers": [
    {"name": "down", "type": "AvgPool1d", "kernel_size": 2},
    {"name": "up", "type": "Upsample", "scale_factor": 2},
    {"name": "sum", "type": "Add", "inputs": ["up", "input"]}]})";
  EXPECT_EQ(first_of(net), "set size_like to \"input\" on `up`");
  for (const std::string& title : titles_of(net))
    EXPECT_EQ(title.find("shortcut"), std::string::npos) << title;
}

TEST(Sense, ChannelsLastArePermuted) {
  EXPECT_EQ(first_of(R"({"input": [2, 30, 40, 3], "layers": [
      {"name": "c", "type": "Conv2d", "in_channels": 3, "out_channels": 4, "kernel_size": 3}]})"),
            "put a Permute in front of `c`: [2, 30, 40, 3] becomes [2, 3, 30, 40]");
  EXPECT_EQ(first_of(R"({"input": [8, 50, 12], "layers": [
      {"name": "c", "type": "Conv1d", "in_channels": 12, "out_channels": 4, "kernel_size": 3}]})"),
            "put a Permute in front of `c`: [8, 50, 12] becomes [8, 12, 50]");
  EXPECT_EQ(first_of(R"({"input": [8, 12, 50], "layers": [
      {"name": "c", "type": "Conv1d", "out_channels": 7, "kernel_size": 3},
      {"name": "f", "type": "Linear", "in_features": 7, "out_features": 2}]})"),
            "put a Permute in front of `f`: [8, 7, 48] becomes [8, 48, 7]");
}

TEST(Sense, AReshapeKeepsTheBatch) {
  const std::string net = R"({"input": [8, 1, 12, 12], "layers": [
    {"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "rows", "type": "Reshape", "shape": [-1, 100]},
    {"name": "f", "type": "Linear", "in_features": 100, "out_features": 5}], "expect": [8, 5]})";
  EXPECT_EQ(first_of(net), "set shape to [-1, 400] on `rows`, in_features to 400 on `f`");
  const std::vector<Finding> errors = errors_of(net);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].layer, "rows");
  EXPECT_EQ(errors[0].message, "the output is [32, 5], expected [8, 5]: `rows` makes a batch of 8 into 32");
}

TEST(Sense, AReshapeToFeaturesThatAreNotThere) {
  EXPECT_EQ(first_of(R"({"input": [1, 2, 10, 10], "layers": [
      {"name": "rows", "type": "Reshape", "shape": [-1, 150]},
      {"name": "f", "type": "Linear", "in_features": 150, "out_features": 5}]})"),
            "set shape to [-1, 200] on `rows`, in_features to 200 on `f`");
  EXPECT_EQ(first_of(R"({"input": [6, 4], "layers": [
      {"name": "f", "type": "Linear", "in_features": 4, "out_features": 20},
      {"name": "map", "type": "Reshape", "shape": [-1, 2, 3, 3]}]})"),
            "set out_features to 18 on `f`");
}

TEST(Sense, ALevelApartIsResizedNotCropped) {
  const std::string pooled = R"({"input": [1, 4, 9, 9], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 1, "inputs": "input"},
    {"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 1, "inputs": "input"},
    {"name": "cat", "type": "Concat", "inputs": ["a", "pool"]}]})";
  EXPECT_GE(place_of(pooled, "resize `pool` to the size of `a` in front of `cat`"), 0);
  EXPECT_EQ(place_of(pooled, "crop `a` to the size of `pool` in front of `cat`"), -1);
}

// Only a size of 64 gives one value; to take one of many is no repair.
TEST(Sense, AResultIsNotThrownAway) {
  const std::string net = R"({"input": [1, 1, 128, 128], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 2, "kernel_size": 8, "stride": 8},
    {"name": "b", "type": "Conv2d", "out_channels": 2, "kernel_size": 8}], "expect": [1, 2, 1, 1]})";
  const std::string first = first_of(net);
  EXPECT_EQ(first.find("crop the output"), std::string::npos) << first;
  EXPECT_EQ(first.find("resize the output"), std::string::npos) << first;
}

// Rounding at `d2` took a row; the stride or padding of `d1` has no part in it.
TEST(Sense, RoundingIsNotMendedElsewhere) {
  const std::string net = R"({"input": [1, 2, 20, 20], "layers": [
    {"name": "d1", "type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d2", "type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d3", "type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u3", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "cat", "type": "Concat", "inputs": ["u3", "d2"]}]})";
  const std::string first = first_of(net);
  EXPECT_EQ(first.find("`d1`"), std::string::npos) << first;
  EXPECT_EQ(first, "pad the input to multiples of 8 in front");
}

// The map is too small for `c` because the input is; the strides in front do what they should.
TEST(Sense, ATooSmallMapWantsALargerInput) {
  const std::string net = R"({"input": [1, 2, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "c", "type": "AvgPool2d", "kernel_size": 8}]})";
  const std::vector<std::string> titles = titles_of(net);
  ASSERT_FALSE(titles.empty());
  for (const char* layer : {"`a`", "`b`"}) EXPECT_EQ(titles[0].find(layer), std::string::npos) << titles[0];
  EXPECT_NE(titles[0].find("ceil_mode"), 4u) << titles[0];
  EXPECT_GE(place_of(net, "feed 32x32 instead of 20x20"), 0);
}

// What the average would take in is padding; where like layers are padded, it was forgotten here.
TEST(Sense, ASmallMapIsNotFilledUp) {
  const auto net = [](const std::string& first, const std::string& last) {
    return R"({"input": [1, 2, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 2, "kernel_size": 4, "stride": 4)" +
           first + R"(}, {"name": "b", )" + last + "}]}";
  };
  for (const char* last : {R"("type": "AvgPool2d", "kernel_size": 7, "stride": 1)",
                           R"("type": "Conv2d", "out_channels": 2, "kernel_size": 7)"}) {
    EXPECT_EQ(first_of(net("", last)).find("padding"), std::string::npos) << first_of(net("", last));
    EXPECT_GE(place_of(net("", last), "feed 28x28 instead of 20x20"), 0);
  }
  const char* const forgotten = R"("type": "Conv2d", "out_channels": 2, "kernel_size": 7)";
  EXPECT_EQ(first_of(net(R"(, "padding": 1)", forgotten)), "set padding to 1 on `b`");
}

TEST(Sense, AnUnevenKernelIsPaddedWhereItIsTooLong) {
  const std::string net = R"({"input": [1, 1, 4, 30], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 1, "kernel_size": [5, 3]}]})";
  EXPECT_EQ(first_of(net), "set padding to [1, 0] on `b`");
}

TEST(Sense, NoPaddingBeyondTheKernel) {
  for (const std::string& title : titles_of(R"({"input": [1, 1, 30], "layers": [
      {"name": "a", "type": "Conv1d", "out_channels": 1, "kernel_size": 5, "stride": 2}], "expect": "input"})"))
    EXPECT_EQ(title.find("set padding"), std::string::npos) << title;
}

TEST(Sense, FeaturesBecomeTheMapThatIsExpected) {
  EXPECT_EQ(first_of(R"({"input": [4, 2, 6, 6], "layers": [
      {"name": "flat", "type": "Flatten"},
      {"name": "f", "type": "Linear", "in_features": 72, "out_features": 72}], "expect": "input"})"),
            "put a Reshape to [-1, 2, 6, 6] at the end");
  EXPECT_EQ(first_of(R"({"input": [4, 50], "layers": [
      {"name": "f", "type": "Linear", "in_features": 50, "out_features": 75},
      {"name": "map", "type": "Reshape", "shape": [-1, 3, 4, 4]}]})"),
            "set shape to [-1, 3, 5, 5] on `map`");
}

TEST(Sense, StridesOfTheLayerThatIsUndone) {
  EXPECT_EQ(first_of(R"({"input": [1, 1, 7, 16, 16], "layers": [
      {"name": "down", "type": "Conv3d", "out_channels": 2, "kernel_size": 3, "stride": [1, 2, 2], "padding": 1},
      {"name": "up", "type": "ConvTranspose3d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1,
       "output_padding": 1}], "expect": "input"})"),
            "set stride to [1, 2, 2] and output_padding to [0, 1, 1] on `up`");
}

TEST(Sense, TwoWaysDownThatRoundDifferently) {
  const std::string net = R"({"input": [1, 2, 11], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "act", "type": "ReLU"},
    {"name": "b", "type": "AvgPool1d", "kernel_size": 2, "inputs": "input"},
    {"name": "norm", "type": "BatchNorm1d"},
    {"name": "sum", "type": "Add", "inputs": ["act", "norm"]}]})";
  const std::vector<Finding> errors = errors_of(net);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].layer, "b");
  EXPECT_EQ(errors[0].message,
            "the inputs of `sum` differ at axis 2: 6 and 5: `b` maps 11 to 5, `a` maps 11 to 6");
  EXPECT_EQ(first_of(net), "set ceil_mode to true on `b`");
}

// As in U-Net: where the map shrinks on purpose, the skip is cropped to it.
TEST(Sense, TheSkipOfAShrinkingMapIsCropped) {
  const std::string net = R"({"input": [1, 1, 44, 44], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 2, "kernel_size": 4},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "c1", "type": "Conv2d", "out_channels": 2, "kernel_size": 4},
    {"name": "c2", "type": "Conv2d", "out_channels": 2, "kernel_size": 2},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 2, "stride": 2},
    {"name": "cat", "type": "Concat", "inputs": ["e", "up"]}]})";
  const std::ptrdiff_t crop = place_of(net, "crop `e` to the size of `up` in front of `cat`");
  const std::ptrdiff_t pad = place_of(net, "pad `up` to the size of `e` in front of `cat`");
  EXPECT_GE(crop, 0);
  EXPECT_TRUE(pad < 0 || crop < pad);
}

}  // namespace
}  // namespace shapedbg
