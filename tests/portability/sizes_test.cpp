// Sizes that part: resizes, the last window of ceil_mode, adaptive pools, output_padding, remainders. Each
// fact: a small network, the finding with the sizes on both sides, and a network beside it that does not
// part.
#include <gtest/gtest.h>

#include <string>

#include "portability/asked.h"

namespace shapedbg {
namespace {

TEST(Portability, AResizeBySinglePrecision) {
  const std::string up = R"({"name": "up", "type": "Upsample", "scale_factor": 0.7})";
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in onnxruntime, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("ncnn", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in ncnn, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("coreml", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in coreml, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("opencv", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in opencv, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("openvino", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in openvino, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 91, 91]", up).first(), "");
  EXPECT_EQ(ask("trace", "[1, 3, 90, 90]", up).first(), "");
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 90, 90]", up).fix(),
            "set size to 62 on `up` in place of scale_factor");
  const std::string small = R"({"name": "down", "type": "Upsample", "scale_factor": 0.29})";
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 100, 200]", small).first(),
            "P701 `down` returns 29x58 in onnxruntime, 28x57 in PyTorch, of 100x200");
}

TEST(Portability, EveryFreeSizeIsLookedAt) {
  const Asked asked =
      ask("onnxruntime", R"([1, 3, "H", 91])", R"({"name": "up", "type": "Upsample", "scale_factor": 0.7})",
          R"(, "sizes": {"H": {"min": 60, "max": 400}})");
  EXPECT_EQ(asked.first(), "P701 for `H` = 90 `up` returns 63x63 in onnxruntime, 62x63 in PyTorch, of 90x91");
  EXPECT_TRUE(asked.notes("`H` = 90, 170, 180, 330, 340, 350 and 1 more, looked at from 60 to 400"));
}

TEST(Portability, FactorsOfFewDigitsNeverPart) {
  for (const char* factor : {"2", "4", "0.5", "0.75", "1.5", "3", "8"})
    for (const char* target : {"onnxruntime", "openvino", "ncnn"})
      EXPECT_EQ(ask(target, "[1, 3, \"H\", 64]",
                    std::string(R"({"type": "Upsample", "scale_factor": )") + factor + "}",
                    R"(, "sizes": {"H": {"min": 8, "max": 4096}})")
                    .first(),
                "")
          << factor << " " << target;
}

TEST(Portability, AMapOfThreeAxesIsNotResized) {
  const std::string up = R"({"name": "up", "type": "Upsample", "scale_factor": 2})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 4, 6, 6]", up).first(),
            "P701 `up` returns 4x6x6 in ncnn, 8x12x12 in PyTorch, of 4x6x6");
  EXPECT_EQ(ask("ncnn", "[1, 1, 6, 6]", up).first(), "");
  const std::string sized = R"({"name": "up", "type": "Upsample", "size": [8, 12, 12]})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 4, 6, 6]", sized).first(),
            "P701 `up` returns 4x6x6 in ncnn, 8x12x12 in PyTorch, of 4x6x6");
}

TEST(Portability, TheLastWindowOfCeilMode) {
  const std::string pool =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true})";
  for (const char* target : {"ncnn", "paddle", "openvino", "opencv"})
    EXPECT_EQ(ask(target, "[1, 1, 3, 3]", pool).first(),
              std::string("P701 `pool` returns 3x3 in ") + target + ", 2x2 in PyTorch, of 3x3");
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 3, 3]", pool).first(), "");
  EXPECT_EQ(ask("ncnn", "[1, 1, 4, 4]", pool).first(), "");
  const std::string short_kernel =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 1, "stride": 3, "ceil_mode": true})";
  EXPECT_EQ(ask("coreml", "[1, 1, 5, 5]", short_kernel).first(),
            "P701 `pool` returns 3x3 in coreml, 2x2 in PyTorch, of 5x5");
  const std::string mean =
      R"({"name": "pool", "type": "AvgPool2d", "kernel_size": 2, "padding": 1, "ceil_mode": true})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 3, 3]", mean).first(),
            "P701 `pool` returns 3x3 in ncnn, 2x2 in PyTorch, of 3x3");
  EXPECT_EQ(ask("openvino", "[1, 1, 3, 3]", mean).first(), "");
}

TEST(Portability, CeilModeIsProvenForEverySize) {
  const Asked asked = ask(
      "ncnn", R"([1, 1, "H", 4])",
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true})",
      R"(, "sizes": {"H": {"min": 4}})");
  EXPECT_EQ(asked.first(), "P701 for `H` = 5 `pool` returns 4x3 in ncnn, 3x3 in PyTorch, of 5x4");
  EXPECT_TRUE(asked.notes("they part for `H`: odd sizes, from 5, proven for every size"))
      << asked.findings[0].notes[1];
}

TEST(Portability, AnAdaptivePoolKeepsItsKernel) {
  const std::string pool = R"({"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 3})";
  EXPECT_EQ(ask("onnxruntime", R"([1, 1, "H", 6])", pool, kFree).first(),
            "P703 for `H` = 8 `pool` returns 4x3 in onnxruntime, 3x3 in PyTorch, of 8x6");
  // 3 does not divide 7: the exporter then writes windows that follow the size.
  EXPECT_EQ(
      ask("onnxruntime", R"([1, 1, "H", 6])", pool, R"(, "sizes": {"H": {"min": 7, "max": 40}})").first(),
      "");
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 9, 6]", pool).first(), "");
  const std::string mean = R"({"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 1})";
  EXPECT_EQ(ask("onnxruntime", R"([1, 1, "H", 6])", mean, kFree).first(), "");
}

TEST(Portability, OutputPaddingOfTheStride) {
  const std::string up = R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3,
      "stride": 2, "padding": 1, "dilation": 3, "output_padding": 2})";
  for (const char* target : {"onnxruntime", "tvm", "paddle"})
    EXPECT_EQ(ask(target, "[1, 1, 5, 5]", up).first(),
              std::string("P702 `up` is refused in ") + target + ", where PyTorch makes 15x15 of 5x5");
  for (const char* target : {"openvino", "tract", "executorch", "ncnn"})
    EXPECT_EQ(ask(target, "[1, 1, 5, 5]", up).first(), "") << target;
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 5, 5]", up).fix(), "set padding to 0 and output_padding to 0 on `up`");
}

TEST(Portability, ARemainderOfANegativeSize) {
  const std::string pad = R"({"name": "pad", "type": "PadToMultiple", "multiple": 8})";
  EXPECT_EQ(ask("tract", "[1, 1, 21, 24]", pad).first(),
            "P701 `pad` returns 16x24 in tract, 24x24 in PyTorch, of 21x24");
  EXPECT_EQ(ask("tract", "[1, 1, 16, 24]", pad).first(), "");
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 21, 24]", pad).first(), "");
}

TEST(Portability, APadToTheSizeOfAnother) {
  const std::string layers = R"({"name": "down", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "up", "type": "Upsample", "scale_factor": 2}, {"name": "pad", "type": "Pad", "size_like": "input"})";
  EXPECT_NE(ask("ncnn", "[1, 2, \"H\", 9]", layers, kFree).first().find("P703 `pad` is refused in ncnn"),
            std::string::npos);
  EXPECT_EQ(ask("ncnn", "[1, 2, 9, 9]", layers).first(), "");
}

TEST(Portability, ANegativeRemainderIsRefused) {
  const std::string pad = R"({"name": "whole", "type": "PadToMultiple", "multiple": 8})";
  EXPECT_EQ(ask("executorch", "[1, 2, 13]", pad).findings.at(0).code, Code::P702);
  EXPECT_EQ(ask("executorch", "[1, 2, 16]", pad).first(), "");
  EXPECT_NE(ask("executorch", "[1, 2, \"L\"]", pad, R"(, "sizes": {"L": {"min": 16, "max": 24}})")
                .first()
                .find("P702"),
            std::string::npos);
}

TEST(Portability, OneCauseIsOneFinding) {
  const Asked asked = ask("onnxruntime\", \"openvino", "[1, 3, 90, 90]",
                          R"({"name": "up", "type": "Upsample", "scale_factor": 0.7})");
  EXPECT_EQ(asked.findings.size(), 1U);
  EXPECT_EQ(asked.first(), "P701 `up` returns 63x63 in onnxruntime and openvino, 62x62 in PyTorch, of 90x90");
  EXPECT_TRUE(asked.notes("seen on openvino 2026.4.1: adds a margin"));
}

}  // namespace
}  // namespace shapedbg
