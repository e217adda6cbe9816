// Networks of a thousand layers are repaired, or given up, without trying all the ways to do it.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::repair_as;

// `pairs` times down and up again by 2; with `last_padding` in the last transposed layer.
std::string pairs(int count, const std::string& input, const std::string& expect) {
  std::string json = R"({"input": )" + input + R"(, "layers": [)";
  for (int i = 0; i < count; ++i) {
    json +=
        R"({"type": "Conv2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}, {"name": "up)" +
        std::to_string(i) +
        R"(", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1)" +
        (i + 1 < count ? R"(, "output_padding": 1}, )" : "}");
  }
  return json + R"(], "expect": )" + expect + "}";
}

TEST(Large, OneDefectInAThousandLayers) {
  const Finding finding = repair_as(pairs(500, "[1, 1, 64, 64]", "\"input\""), Code::R301);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set output_padding to 1 on `up499`");
  EXPECT_GE(finding.fixes.size(), 3u);
}

TEST(Large, HopelessThousandLayers) {
  const Finding finding = repair_as(pairs(500, "[1, 1, 64, 64]", "[2, 1, 70, 64]"), Code::R302);
  EXPECT_TRUE(finding.fixes.empty());
  ASSERT_FALSE(finding.notes.empty());
  EXPECT_EQ(finding.notes.back(),
            "no repair was found: no option, step or input size that was tried closes this");
}

// Traces of large networks are dropped once they are judged, and no doubt may look at one.
TEST(Large, AShortcutOfAnotherStride) {
  std::string json = R"({"input": [1, 8, 64, 64], "layers": [)";
  for (int i = 0; i < 301; ++i) json += R"({"type": "ReLU"}, )";
  json += R"({"name": "x", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "skip", "type": "Conv2d", "inputs": "layers.300", "out_channels": 16, "kernel_size": 1},
    {"name": "sum", "type": "Add", "inputs": ["x", "skip"]}], "expect": [1, 16, 32, 32]})";
  const std::vector<Finding> found = repaired::errors_of(json);
  ASSERT_EQ(found.size(), 1u);
  ASSERT_FALSE(found[0].fixes.empty());
  EXPECT_EQ(found[0].fixes[0].title, "set stride to 2 on `skip`");
}

// 2^20 ways to choose: expectations seen from behind leave a few.
TEST(Large, TwentyLevelsOfUpsampling) {
  std::string json = R"({"input": [1, 1, 1], "layers": [)";
  for (int i = 0; i < 20; ++i) {
    json += std::string(i > 0 ? ", " : "") +
            R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2})";
  }
  const Finding finding = repair_as(json + R"(], "expect": [1, 1, 1400000]})", Code::R302);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].verified.output, (Shape{1, 1, 1'400'000}));
}

TEST(Large, TooManyWaysAreSaidToBeTooMany) {
  // The Slice hides what is expected behind it.
  std::string json = R"({"input": [1, 1, 1], "layers": [)";
  for (int i = 0; i < 20; ++i) {
    json += R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2}, )";
  }
  const Finding finding =
      repair_as(json + R"({"type": "Slice", "index": [null, null, [5, null]]}], "expect": [1, 1, 9999999]})",
                Code::R302);
  for (const Fix& fix : finding.fixes) EXPECT_NE(fix.changes[0].option, "output_padding");
  ASSERT_EQ(finding.notes.size(), 1u);
  EXPECT_EQ(finding.notes[0],
            "output_padding was searched for, but not to the end: there are too many ways to set it");
}

}  // namespace
}  // namespace shapedbg
