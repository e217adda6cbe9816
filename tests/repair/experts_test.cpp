// Networks as people post them, made up for this test: the first fix is the one that an expert would give.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::title_of;

TEST(Experts, AnOddUNet) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 101, 101], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "c1", "type": "Concat", "inputs": ["e1", "u1"]},
    {"name": "out", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": "input"})",
                     Code::L208),
            "set output_padding to 1 on `u1`");
}

TEST(Experts, AGeneratorOfOnePixelLess) {
  EXPECT_EQ(title_of(R"({"input": [1, 128, 1, 1], "layers": [
    {"name": "g0", "type": "ConvTranspose2d", "out_channels": 64, "kernel_size": 4},
    {"name": "g1", "type": "ConvTranspose2d", "out_channels": 64, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "g2", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}], "expect": [1, 3, 16, 16]})",
                     Code::R302),
            "set output_padding to 1 on `g2`");
}

TEST(Experts, KernelsOfFourDownAndOfThreeUp) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 32, 32], "encoder": [
    {"name": "c1", "type": "Conv2d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 32, "kernel_size": 4, "stride": 2, "padding": 1}], "decoder": [
    {"name": "t2", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "t1", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}]})"),
            "set output_padding to 1 on `t2` and `t1`");
}

TEST(Experts, ADilatedDecoder) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 100], "encoder": [
    {"name": "c1", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "dilation": 2, "padding": 2}], "decoder": [
    {"name": "t1", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "dilation": 2, "padding": 1}]})"),
            "set padding to 2 on `t1`");
}

TEST(Experts, ASegmentationThatGoesUpByEight) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 250, 250], "layers": [
    {"name": "c1", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c2", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "c3", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up", "type": "Upsample", "scale_factor": 8, "mode": "bilinear"}], "expect": [1, 32, 250, 250]})"),
            "set size_like to \"input\" on `up`");
}

// Levels that round are asked for sizes that divide, not for a size at each merge.
std::string unet(const std::string& size, const std::string& expect) {
  return R"({"input": [1, 3, )" + size + R"(], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "e2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "c2", "type": "Concat", "inputs": ["e2", "u2"]},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "c1", "type": "Concat", "inputs": ["e1", "u1"]},
    {"name": "out", "type": "Conv2d", "out_channels": 3, "kernel_size": 1}], "expect": )" +
         expect + "}";
}

TEST(Experts, AUNetOfInputsThatDoNotDivide) {
  std::string stem = unet("204, 204", "null");
  stem.insert(stem.find(R"({"name": "e1")"),
              R"({"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, )");
  EXPECT_EQ(title_of(stem, Code::L208), "pad the input to multiples of 8 in front");
  EXPECT_EQ(title_of(unet("103, 101", "\"input\""), Code::L208),
            "pad the input to multiples of 4 in front and crop the output back");
  // One level alone, of a size that is expected back: less than a step in front and one behind.
  EXPECT_EQ(title_of(unet("102, 102", "\"input\""), Code::L208), "set size_like to \"e2\" on `u2`");
}

// Nothing merges: three levels get their sizes back where they are undone.
TEST(InputPad, DividesByNothingThatOnlyAViewCounts) {
  // A pyramid whose head counts five classes for each place: 4 is enough, 20 is not asked for.
  EXPECT_EQ(title_of(R"({"input": [1, 3, 30, 30], "layers": [
    {"name": "fine", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "coarse", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up", "type": "Upsample", "scale_factor": 2},
    {"name": "sum", "type": "Add", "inputs": ["fine", "up"]},
    {"name": "classes", "type": "Conv2d", "out_channels": 20, "kernel_size": 1},
    {"type": "Permute", "dims": [0, 2, 3, 1]},
    {"type": "Reshape", "shape": [1, -1, 5]}]})",
                     Code::L208),
            "pad the input to multiples of 4 in front");
}

TEST(Experts, AnAutoencoderOfThreeLevels) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 27], "encoder": [
    {"name": "d1", "type": "Conv1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d2", "type": "Conv1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d3", "type": "Conv1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}], "decoder": [
    {"name": "u3", "type": "ConvTranspose1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1,
     "output_padding": 1},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1,
     "output_padding": 1}]})"),
            "set output_padding to 0 on `u3`, 1 on `u2` and 0 on `u1`");
}

// Three convolutions trim the map: they were to be padded, not the input.
TEST(Experts, DilatedConvolutionsKeepTheMap) {
  EXPECT_EQ(title_of(R"({"input": [1, 1, 60], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "dilation": 2},
    {"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "dilation": 2},
    {"name": "c", "type": "Conv1d", "out_channels": 1, "kernel_size": 3, "dilation": 2}], "expect": "input"})"),
            "set padding to 2 on `a`, `b` and `c`");
}

// FCN's first convolution pads far beyond its kernel: what that adds is cropped at the end.
TEST(Experts, AGenerousBorderIsCropped) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 96, 96], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 50},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 4},
    {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 7},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 8, "stride": 4}],
    "expect": [1, 2, 96, 96]})",
                     Code::R302),
            "crop the output to the size of the input by a Crop at the end");
}

// A crop by numbers stands there to make sizes meet: its numbers are what is wrong. Both tensors begin 5
// places in: what is cut off more goes at the end.
TEST(Experts, ACropByNumbersIsCounted) {
  const std::string net = R"({"input": [1, 2, 61, 61], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
    {"name": "cut", "type": "Pad", "padding": [-4, -4, -4, -4], "inputs": "e"},
    {"name": "cat", "type": "Concat", "inputs": ["cut", "up"]}]})";
  EXPECT_EQ(title_of(net, Code::L208), "set padding to [-4, -5, -4, -5] on `cut`");
}

// A vocoder of another hop than its strides have: 30 = 5 * 3 * 2 where 4 * 2 * 2 stand, kernels twice the
// stride.
TEST(Experts, AVocoderOfAnotherHop) {
  EXPECT_EQ(title_of(R"({"input": [1, 20, 10], "layers": [
    {"name": "pre", "type": "Conv1d", "out_channels": 8, "kernel_size": 7, "padding": 3},
    {"name": "u0", "type": "ConvTranspose1d", "out_channels": 8, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "u1", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "u2", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "post", "type": "Conv1d", "out_channels": 1, "kernel_size": 7, "padding": 3}], "expect": [1, 1, 300]})",
                     Code::R302),
            "set stride to 5, kernel_size to 11 and padding to 3 on `u0`, stride to 3, kernel_size to 7 and "
            "padding to 2 on `u1`");
}

// No padding keeps the map under an even kernel: the nearest odd one does, with its padding.
TEST(Experts, AnEvenKernelBecomesOddWithItsPadding) {
  const Finding finding = repaired::repair_as(R"({"input": [1, 1, 20], "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 1, "kernel_size": 6, "padding": 1}], "expect": "input"})",
                                              Code::R301);
  EXPECT_TRUE(std::any_of(finding.fixes.begin(), finding.fixes.end(), [](const Fix& fix) {
    return fix.title == "set kernel_size to 5 and padding to 2 on `a`";
  }));
}

TEST(Combined, TwoIndependentDefects) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "e1", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 3},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "c1", "type": "Conv2d", "in_channels": 32, "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": "input"})",
                     Code::L203),
            "set padding to 1 on `e1`, in_channels to 16 on `mid`");
}

}  // namespace
}  // namespace shapedbg
