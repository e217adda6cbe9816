// Networks of a thousand layers are repaired, or given up, without trying all the ways to do it.
#include <gtest/gtest.h>

#include <chrono>

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

double milliseconds_for(const std::string& json, Code code, Finding& finding) {
  const auto start = std::chrono::steady_clock::now();
  finding = repair_as(json, code);
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// The times are far above what is needed, so that only a wrong order of growth fails.
TEST(Large, OneDefectInAThousandLayers) {
  Finding finding;
  const double ms = milliseconds_for(pairs(500, "[1, 1, 64, 64]", "\"input\""), Code::R301, finding);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set output_padding to 1 on `up499`");
  EXPECT_LT(ms, 5000);
  RecordProperty("milliseconds", std::to_string(ms));
}

TEST(Large, HopelessThousandLayers) {
  Finding finding;
  const double ms = milliseconds_for(pairs(500, "[1, 1, 64, 64]", "[2, 1, 70, 64]"), Code::R302, finding);
  EXPECT_TRUE(finding.fixes.empty());
  ASSERT_FALSE(finding.notes.empty());
  EXPECT_LT(ms, 10000);
  RecordProperty("milliseconds", std::to_string(ms));
}

// 2^20 ways to choose: expectations seen from behind leave a few.
TEST(Large, TwentyLevelsOfUpsampling) {
  std::string json = R"({"input": [1, 1, 1], "layers": [)";
  for (int i = 0; i < 20; ++i) {
    json += std::string(i > 0 ? ", " : "") +
            R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2})";
  }
  Finding finding;
  const double ms = milliseconds_for(json + R"(], "expect": [1, 1, 1400000]})", Code::R302, finding);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].verified.output, (Shape{1, 1, 1'400'000}));
  EXPECT_LT(ms, 5000);
}

TEST(Large, TooManyWaysAreSaidToBeTooMany) {
  // The Slice hides what is expected behind it.
  std::string json = R"({"input": [1, 1, 1], "layers": [)";
  for (int i = 0; i < 20; ++i) {
    json += R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2}, )";
  }
  Finding finding;
  milliseconds_for(
      json + R"({"type": "Slice", "index": [null, null, [5, null]]}], "expect": [1, 1, 9999999]})",
      Code::R302, finding);
  for (const Fix& fix : finding.fixes) EXPECT_NE(fix.changes[0].option, "output_padding");
  ASSERT_EQ(finding.notes.size(), 1u);
  EXPECT_EQ(finding.notes[0],
            "output_padding was searched for, but not to the end: there are too many ways to set it");
}

}  // namespace
}  // namespace shapedbg
