// Free sizes: the network is run at the smallest and held to all of them.
#include <gtest/gtest.h>

#include "workspace/check.h"

namespace shapedbg {
namespace {

Checked check_with(const std::string& sizes, const std::string& output_padding) {
  return check(Source("net.json",
                      R"({"input": [1, 3, "H", 64], "sizes": )" + sizes + R"(, "expect": "input", "layers": [
{"name": "down", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
{"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1,
 )" + output_padding + "}]}"),
               DeviceChoice::automatic, open_engine, {Code::W503, Code::W504, Code::W505});
}

TEST(DeclaredSizes, TheSmallestThatFailsIsNamedAndRun) {
  const Checked c = check_with(R"({"H": {"min": 64, "max": 512}})", R"("output_padding": 1)");
  EXPECT_EQ(c.status, Status::findings);
  ASSERT_EQ(c.findings.size(), 1u);
  const Finding& f = c.findings[0];
  EXPECT_EQ(f.code, Code::C401);
  EXPECT_EQ(f.message, "for `H` = 65 the network returns [1, 3, 66, 64] where [1, 3, 65, 64] went in");
  EXPECT_EQ(f.layer, "up");
  ASSERT_EQ(f.related.size(), 2u);
  EXPECT_EQ(f.related[1].layer, "down");
  EXPECT_EQ(f.notes[0], "declared: H from 64 to 512; right: even sizes, from 2");
  EXPECT_EQ(c.source.slice(f.where.span), "\"H\"");
}

TEST(DeclaredSizes, OneStoryOfTwoSizesIsToldOnce) {
  const auto with = [](const std::string& kernel) {
    return check(
        Source(
            "net.json",
            R"({"input": [1, 3, "H", "W"], "sizes": {"H": {"min": 16}, "W": {"min": 32, "max": 64}}, "layers": [
{"name": "down", "type": "MaxPool2d", "kernel_size": )" +
                kernel + R"(},
{"name": "up", "type": "Upsample", "scale_factor": )" +
                kernel + R"(},
{"name": "cat", "type": "Concat", "inputs": ["input", "up"]}]})"),
        DeviceChoice::automatic, open_engine);
  };
  const Checked same = with("2");
  ASSERT_EQ(same.findings.size(), 1u);
  EXPECT_EQ(same.findings[0].message, "for `H` = 17 `cat` is refused");
  ASSERT_GE(same.findings[0].notes.size(), 3u);
  EXPECT_EQ(same.findings[0].notes.end()[-3], "declared: H from 16; right: even sizes, from 2");
  EXPECT_EQ(same.findings[0].notes.end()[-2], "`W` = 33 fails likewise; declared: W from 32 to 64");
  bool multiples = false;
  for (const Fix& fix : same.findings[0].fixes)
    multiples = multiples || fix.title == "declare only multiples of 2 for `H`, of 2 for `W`";
  EXPECT_TRUE(multiples);
  // Other rules are another story.
  EXPECT_EQ(with("[2, 4]").findings.size(), 2u);
}

TEST(DeclaredSizes, WhereElseItRunsIsAskedBesideASizeThatIsWrong) {
  const Checked c = check(
      Source("net.json",
             R"({"for": ["ncnn"], "input": [1, 3, "H", 8], "sizes": {"H": {"min": 3, "max": 9}}, "layers": [
{"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true},
{"name": "up", "type": "Upsample", "scale_factor": 2},
{"name": "cat", "type": "Concat", "inputs": ["up", "up"]}], "expect": [1, 6, 4, 10]})"),
      DeviceChoice::automatic, open_engine, {Code::W503, Code::W504, Code::W505});
  ASSERT_EQ(c.findings.size(), 2u);
  EXPECT_EQ(c.findings[0].code, Code::C401);
  EXPECT_EQ(c.findings[1].code, Code::P701);
  EXPECT_EQ(c.findings[1].layer, "pool");
}

TEST(DeclaredSizes, AStepThatAvoidsTheWrongOnesIsRight) {
  const Checked c = check_with(R"({"H": {"min": 63, "multiple_of": 2}})", R"("output_padding": 1)");
  EXPECT_EQ(c.status, Status::ok);
  EXPECT_EQ(c.returned, (Shape{1, 3, 64, 64}));
  EXPECT_EQ(c.right_for, "H from 64 in steps of 2");
}

TEST(DeclaredSizes, SizeLikeIsRightForEverySize) {
  const Checked c = check_with(R"({"H": {}})", R"("size_like": "input")");
  EXPECT_EQ(c.status, Status::ok);
  EXPECT_EQ(c.right_for, "H from 1");
}

TEST(DeclaredSizes, AWrongSmallestSizeIsReportedFirst) {
  const Checked c = check_with(R"({"H": {"min": 64}})", R"("output_padding": [0, 1])");
  ASSERT_FALSE(c.findings.empty());
  EXPECT_EQ(c.findings[0].code, Code::R301);
  for (const Finding& f : c.findings) EXPECT_NE(f.code, Code::C401);
}

TEST(DeclaredSizes, ALayerThatRefusesASizeIsNamed) {
  const Checked c = check(
      Source("net.json", R"({"input": [1, 1, "H", "H"], "sizes": {"H": {"min": 4, "max": 9}}, "layers": [
{"name": "flat", "type": "Flatten"}, {"name": "fc", "type": "Linear", "in_features": 16, "out_features": 2}]})"),
      DeviceChoice::automatic, open_engine);
  ASSERT_FALSE(c.findings.empty());
  EXPECT_EQ(c.findings[0].code, Code::C401);
  EXPECT_EQ(c.findings[0].message, "for `H` = 5 `fc` is refused");
  EXPECT_EQ(c.findings[0].notes.end()[-2], "declared: H from 4 to 9; right: only 4");
}

TEST(DeclaredSizes, EveryCombinationIsJudged) {
  // Right for each size alone: only 3x3 makes nine elements, which no half holds.
  const Checked c = check(
      Source("net.json",
             R"({"input": [1, 1, "H", "W"], "sizes": {"H": {"min": 2, "max": 3}, "W": {"min": 2, "max": 3}},
"layers": [{"name": "flat", "type": "Flatten"}, {"name": "halves", "type": "Unflatten", "dim": 1, "unflattened_size": [2, -1]}]})"),
      DeviceChoice::off, open_engine);
  ASSERT_EQ(c.findings.size(), 1u);
  EXPECT_EQ(c.findings[0].code, Code::C401);
  EXPECT_EQ(c.findings[0].message, "for `H` = 3 and `W` = 3 `halves` is refused");
}

TEST(DeclaredSizes, ABatchMayBeFree) {
  const Checked c = check(
      Source(
          "net.json",
          R"({"input": ["N", 3, "H", "H"], "sizes": {"N": {}, "H": {"min": 32, "multiple_of": 2}}, "expect": "input",
"layers": [{"type": "MaxPool2d", "kernel_size": 2}, {"type": "Upsample", "scale_factor": 2}]})"),
      DeviceChoice::off, open_engine);
  EXPECT_TRUE(c.findings.empty());
  EXPECT_EQ(c.right_for, "N from 1, H from 32 in steps of 2");
}

}  // namespace
}  // namespace shapedbg
