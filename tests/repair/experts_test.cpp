// Networks as people post them, made up for this test: the first fix is the one that an expert would give.
#include <gtest/gtest.h>

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
