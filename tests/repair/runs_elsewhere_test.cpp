// A network that runs at one size and is given another: its layers are right.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "repair/repaired.h"

namespace shapedbg::runs_elsewhere_test {
namespace {

using repaired::errors_of;

// Patches of 16, a table of positions for 8x8 of them.
std::string patches(const std::string& input, const std::string& more) {
  return R"({"input": )" + input + more + R"(, "layers": [
    {"name": "proj", "type": "Conv2d", "out_channels": 24, "kernel_size": 16, "stride": 16},
    {"name": "pos", "type": "Parameter", "shape": [1, 24, 8, 8]},
    {"name": "add", "type": "Add", "inputs": ["proj", "pos"]}], "expect": null})";
}

std::vector<std::string> titles(const std::string& json) {
  std::vector<std::string> all;
  for (const Finding& finding : errors_of(json))
    for (const Fix& fix : finding.fixes) all.push_back(fix.title);
  return all;
}

bool any_sets(const std::vector<std::string>& titles, const std::string& word) {
  return std::any_of(titles.begin(), titles.end(),
                     [&](const std::string& title) { return title.find(word) != std::string::npos; });
}

TEST(RunsElsewhere, NoNumberOfALayerIsChanged) {
  const auto all = titles(patches("[1, 3, 122, 122]", R"(, "runs_at": [1, 3, 128, 128])"));
  ASSERT_FALSE(all.empty());
  EXPECT_FALSE(any_sets(all, "padding")) << all[0];
  EXPECT_FALSE(any_sets(all, "kernel_size"));
  EXPECT_TRUE(any_sets(all, "feed 128x128"));
}

TEST(RunsElsewhere, WhatTheNetworkDoesThereIsNoHarm) {
  // Levels are joined half a step off each other, at every size; what is given divides by no 8.
  const std::string conv = R"("type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1)";
  const auto all = titles(R"({"input": [1, 3, 41, 41], "runs_at": [1, 3, 64, 48], "layers": [
    {"name": "c1", "stride": 2, )" +
                          conv + R"(},
    {"name": "d2", "stride": 2, )" +
                          conv + R"(},
    {"name": "e2", "type": "Conv2d", "out_channels": 4, "kernel_size": 2, "padding": "same"},
    {"name": "d3", "stride": 2, )" +
                          conv + R"(},
    {"name": "u3", "type": "Upsample", "scale_factor": 2},
    {"name": "a3", "type": "Add", "inputs": ["u3", "e2"]},
    {"name": "f3", )" + conv +
                          R"(},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "a2", "type": "Add", "inputs": ["u2", "c1"]},
    {"name": "g2", )" + conv +
                          R"(},
    {"name": "p3", "type": "Upsample", "scale_factor": 4, "inputs": "d3"},
    {"name": "p2", "type": "Upsample", "scale_factor": 2, "inputs": "f3"},
    {"name": "join", "type": "Concat", "inputs": ["p3", "p2", "g2"]}]})");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "pad the input to multiples of 8 in front");
}

TEST(RunsElsewhere, WhatIsNotTrueIsNotBelieved) {
  const auto net = [](const std::string& more) {
    return R"({"input": [1, 1, 21])" + more + R"(, "layers": [
      {"name": "down", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "up", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1}],
      "expect": "input"})";
  };
  EXPECT_TRUE(any_sets(titles(net("")), "set kernel_size"));
  EXPECT_TRUE(any_sets(titles(net(R"(, "runs_at": [1, 1, 23])")), "set kernel_size"))
      << "at 23 it returns another size, too";
  EXPECT_FALSE(any_sets(titles(net(R"(, "runs_at": [1, 1, 20])")), "set kernel_size"));
}

// Not said, and plain all the same: patches neither overlap nor see a border.
TEST(RunsElsewhere, PatchesStayPatches) {
  const auto all = titles(patches("[1, 3, 122, 122]", ""));
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].find("padding"), std::string::npos) << all[0];
  EXPECT_EQ(all[0].find("kernel_size"), std::string::npos) << all[0];
}

// No size near 58 is right, and the one that is known is offered.
TEST(RunsElsewhere, TheKnownSizeIsOffered) {
  const auto all = titles(R"({"input": [2, 56, 50, 90], "runs_at": [2, 56, 56, 96], "layers": [
    {"name": "w", "type": "Reshape", "shape": [2, 8, 7, 8, 7, 96]}], "expect": null})");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0], "feed [2, 56, 56, 96], with which it runs, instead of [2, 56, 50, 90]");
}

// Where no other size is stated, but the network runs at one close by, its strides and factors fit each
// other.
TEST(RunsElsewhere, NoOtherRateWhereANearSizeRuns) {
  const auto all = titles(R"({"input": [1, 3, 250, 250], "layers": [
    {"name": "stem", "type": "Conv2d", "out_channels": 8, "kernel_size": 7, "stride": 2, "padding": 3},
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u", "type": "Upsample", "scale_factor": 2},
    {"name": "sum", "type": "Add", "inputs": ["u", "pool"]},
    {"name": "out", "type": "Upsample", "scale_factor": 4}], "expect": null})");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].find("set stride"), std::string::npos) << all[0];
}

}  // namespace
}  // namespace shapedbg::runs_elsewhere_test
