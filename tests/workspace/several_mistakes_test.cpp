// Mistakes that have nothing to do with each other: a finding and a fix for each.
#include <gtest/gtest.h>

#include "workspace/fixing.h"

namespace shapedbg::several_mistakes_test {
namespace {

const EngineSource kNone = [] { return Opened{}; };

Checked run(const std::string& json) { return check(Source("net.json", json), DeviceChoice::off, kNone); }

Fixed fixed(const std::string& json) {
  FixOptions options;
  options.device = DeviceChoice::off;
  options.unsafe = true;
  return fix(Source("net.json", json), options, kNone);
}

std::vector<std::string> open_after(const Finding& finding) {
  std::vector<std::string> layers;
  if (!finding.fixes.empty())
    for (const LeftOpen& left : finding.fixes[0].leaves_open) layers.push_back(left.layer);
  return layers;
}

// 45 rows become 22 and come back as 44; the head is built for twice the channels.
const std::string kOddAndHead = R"({"input": [2, 1, 45, 48], "layers": [
  {"name": "inc", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
  {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
  {"name": "mid", "type": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 16, "kernel_size": 2, "stride": 2},
  {"name": "skip", "type": "Concat", "inputs": ["inc", "up"]},
  {"name": "dec", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
  {"name": "head", "type": "Conv2d", "in_channels": 32, "out_channels": 5, "kernel_size": 1}
], "expect": [2, 5, 45, 48]})";

TEST(SeveralMistakes, EachHasAFindingAndAFixThatSaysWhatIsLeft) {
  const Checked c = run(kOddAndHead);
  ASSERT_EQ(c.findings.size(), 2u);
  EXPECT_EQ(c.findings[0].code, Code::L208);
  EXPECT_EQ(open_after(c.findings[0]), std::vector<std::string>{"head"});
  ASSERT_FALSE(c.findings[0].fixes.empty());
  EXPECT_EQ(c.findings[0].fixes[0].title, "set output_padding to [1, 0] on `up`");
  EXPECT_EQ(c.findings[0].fixes[0].right_for, "closes this; next: `head` (L203)");
  EXPECT_EQ(c.findings[1].code, Code::L203);
  EXPECT_EQ(c.findings[1].layer, "head");
  ASSERT_FALSE(c.findings[1].fixes.empty());
  EXPECT_EQ(c.findings[1].fixes[0].title, "set in_channels to 16 on `head`");
  EXPECT_EQ(open_after(c.findings[1]), std::vector<std::string>{"skip"});
}

TEST(SeveralMistakes, FixGoesOnFromOneToTheNext) {
  const Fixed f = fixed(kOddAndHead);
  EXPECT_EQ(f.result.status, Status::ok);
  EXPECT_EQ(f.applied.size(), 2u);
}

// The next layer takes the channels that come: the norm is wrong, and not the convolution in front of it.
TEST(SeveralMistakes, ANormIsToldByTheNextLayer) {
  const std::string odd = R"({"input": [2, 1, 30, 30], "layers": [
    {"name": "down", "type": "Conv2d", "out_channels": 24, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "norm", "type": "BatchNorm2d", "num_features": 12}, {"type": "ReLU"},
    {"name": "up", "type": "ConvTranspose2d", "in_channels": )";
  const std::string tail =
      R"(, "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}], "expect": "input"})";
  const Checked c = run(odd + "24" + tail);
  ASSERT_FALSE(c.findings.empty());
  ASSERT_FALSE(c.findings[0].fixes.empty());
  EXPECT_EQ(c.findings[0].fixes[0].title, "set num_features to 24 on `norm`");
  for (const Fix& fix : c.findings[0].fixes) EXPECT_EQ(fix.title.find("out_channels"), std::string::npos);
  const Fixed f = fixed(odd + "24" + tail);
  EXPECT_EQ(f.result.status, Status::ok);
  EXPECT_EQ(f.applied.size(), 2u);
}

// A skip that a Concat takes already is not forgotten, though its 16 channels would make up the 32.
TEST(SeveralMistakes, ASkipIsNotJoinedTwice) {
  for (const Finding& finding : run(kOddAndHead).findings)
    for (const Fix& fix : finding.fixes) EXPECT_EQ(fix.title.find("join"), std::string::npos) << fix.title;
}

// Nobody knows how 30 features become a map; the layers beside it are repaired all the same.
TEST(SeveralMistakes, OneIsRepairedWhereAnotherHasNoRepair) {
  const std::string json = R"({"input": {"x": [2, 4, 16, 16], "v": [2, 30]}, "layers": [
  {"name": "map", "type": "Reshape", "inputs": ["v"], "shape": [2, 31, 11]},
  {"name": "a", "type": "Conv2d", "inputs": ["x"], "out_channels": 8, "kernel_size": 3, "padding": 1},
  {"name": "b", "type": "Conv2d", "in_channels": 16, "out_channels": 8, "kernel_size": 3, "padding": 1},
  {"name": "c", "type": "Conv2d", "in_channels": 12, "out_channels": 8, "kernel_size": 3, "padding": 1}
]})";
  const Checked c = run(json);
  ASSERT_EQ(c.findings.size(), 3u);
  EXPECT_EQ(c.findings[0].layer, "map");
  EXPECT_EQ(c.findings[1].layer, "b");
  EXPECT_EQ(c.findings[2].layer, "c");
  EXPECT_TRUE(c.findings[0].fixes.empty()) << c.findings[0].fixes[0].title;
  ASSERT_FALSE(c.findings[1].fixes.empty());
  EXPECT_EQ(c.findings[1].fixes[0].title, "set in_channels to 8 on `b`");
  ASSERT_FALSE(c.findings[2].fixes.empty());
  const Fixed f = fixed(json);
  EXPECT_EQ(f.applied.size(), 2u);
  ASSERT_FALSE(f.result.findings.empty());
  EXPECT_EQ(f.result.findings[0].layer, "map");
  for (const Finding& left : f.result.findings) EXPECT_EQ(left.layer, "map") << left.message;
}

// One cause is one finding, though more than one layer feels it: a norm passes on what it is built for.
TEST(SeveralMistakes, WhatFollowsFromOneIsNoSecondOne) {
  const Checked c = run(R"({"input": [2, 3, 16, 16], "layers": [
  {"name": "a", "type": "Conv2d", "out_channels": 60, "kernel_size": 3, "padding": 1},
  {"name": "n", "type": "BatchNorm2d", "num_features": 64},
  {"name": "b", "type": "Conv2d", "in_channels": 64, "out_channels": 8, "kernel_size": 3, "padding": 1}
]})");
  ASSERT_EQ(c.findings.size(), 1u);
  EXPECT_EQ(c.findings[0].layer, "a");
}

}  // namespace
}  // namespace shapedbg::several_mistakes_test
