// C401 with its repairs: each is right for every declared size, whichever of them is put in.
#include <gtest/gtest.h>

#include <algorithm>

#include "text/edit.h"
#include "workspace/check.h"

namespace shapedbg {
namespace {

const EngineSource no_engine = [] { return Opened{}; };

Checked checked(const std::string& json) {
  return check(Source("net.json", json), DeviceChoice::off, no_engine);
}

std::vector<std::string> titles(const Checked& result) {
  std::vector<std::string> all;
  for (const Finding& finding : result.findings)
    if (finding.code == Code::C401)
      for (const Fix& fix : finding.fixes) all.push_back(fix.title);
  return all;
}

// Every fix in turn: nothing fails for any declared size then.
void expect_all_repair(const std::string& json) {
  for (const Finding& finding : checked(json).findings) {
    if (finding.code != Code::C401) continue;
    EXPECT_FALSE(finding.fixes.empty()) << finding.message;
    for (const Fix& fix : finding.fixes) {
      const auto bytes = shapedbg::apply(json, fix.edits);
      ASSERT_TRUE(bytes) << fix.title;
      const Checked again = checked(*bytes);
      EXPECT_EQ(again.status, Status::ok) << fix.title << "\n" << *bytes;
      EXPECT_FALSE(again.right_for.empty()) << fix.title;
    }
  }
}

const char* const kHourglass =
    R"({"input": [1, 3, "S", "S"], "sizes": {"S": {"min": 64, "max": 512}}, "layers": [
  {"name": "down", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1}
], "expect": "input"})";

// One output_padding cannot serve odd and even sizes.
TEST(DeclaredRepair, TheSizeIsTakenFromTheInput) {
  const std::vector<std::string> all = titles(checked(kHourglass));
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "set size_like to \"input\" on `up`");
  for (const std::string& title : all) EXPECT_EQ(title.find("output_padding"), std::string::npos) << title;
  expect_all_repair(kHourglass);
}

TEST(DeclaredRepair, OrPaddedInFrontOrDeclaredAsMultiples) {
  const std::string net = R"({"input": [1, 4, "S", "S"], "sizes": {"S": {"min": 64, "max": 512}}, "layers": [
    {"name": "d", "type": "AvgPool2d", "kernel_size": 4},
    {"name": "c", "type": "Conv2d", "out_channels": 64, "kernel_size": 1},
    {"name": "u", "type": "PixelShuffle", "upscale_factor": 4}], "expect": "input"})";
  const std::vector<std::string> all = titles(checked(net));
  const auto has = [&](const char* title) { return std::count(all.begin(), all.end(), title) == 1; };
  EXPECT_TRUE(has("pad the input to multiples of 4 in front and crop the output back"));
  EXPECT_TRUE(has("declare only multiples of 4 for `S`"));
  expect_all_repair(net);
}

TEST(DeclaredRepair, AtAMerge) {
  const std::string net = R"({"input": [1, 3, "S", "S"], "sizes": {"S": {"min": 64, "max": 512}}, "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "c1", "type": "Concat", "inputs": ["e1", "u1"]}]})";
  const std::vector<std::string> all = titles(checked(net));
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "set size_like to \"e1\" on `u1`");
  expect_all_repair(net);
}

// Every size is every declared one: said once.
TEST(DeclaredRepair, SaysForWhichSizesOnce) {
  std::size_t every = 0;
  for (const Finding& finding : checked(kHourglass).findings) {
    if (finding.code != Code::C401) continue;
    for (const Fix& fix : finding.fixes) {
      const bool all =
          fix.right_for == "right for every size" || fix.right_for.starts_with("right for every size;");
      const bool declared = fix.right_for.find("every declared size") != std::string::npos;
      EXPECT_NE(all, declared) << fix.right_for;
      every += all ? 1 : 0;
    }
  }
  EXPECT_GT(every, 0u);
}

// What repairs the smallest size and breaks another one stands behind what is right for all.
TEST(DeclaredRepair, AtTheSmallestSizeTheOthersCount) {
  std::string net = kHourglass;
  net.replace(net.find("\"output_padding\": 1"), 19, "\"dilation\": 1");
  const Checked result = checked(net);
  ASSERT_FALSE(result.findings.empty());
  ASSERT_FALSE(result.findings[0].fixes.empty());
  const std::vector<Fix>& fixes = result.findings[0].fixes;
  EXPECT_EQ(fixes[0].title, "set size_like to \"input\" on `up`");
  for (const Fix& fix : fixes) {
    if (fix.title.find("output_padding") == std::string::npos) continue;
    EXPECT_NE(fix.right_for.find("not for every declared size"), std::string::npos) << fix.right_for;
    EXPECT_NE(fix.applicability, Applicability::safe);
  }
}

// The risk that is now an error is not said a second time.
TEST(DeclaredRepair, NoRiskBesideIt) {
  for (const Finding& finding : checked(kHourglass).findings) EXPECT_NE(finding.code, Code::W505);
}

}  // namespace
}  // namespace shapedbg
