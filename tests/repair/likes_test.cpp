// Repairs that layers alike speak for: the number that one of them alone has otherwise, and the parts of a
// Concat that are of one width wherever the network joins.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::titles_of;

std::string bottleneck(const std::string& at, const std::string& in, int width) {
  return R"({"name": ")" + at + R"(.conv1", "type": "Conv2d", "inputs": ")" + in +
         R"(", "in_channels": 64, "out_channels": )" + std::to_string(width) + R"(, "kernel_size": 1},
    {"name": ")" +
         at + R"(.relu", "type": "ReLU"},
    {"name": ")" +
         at +
         R"(.conv2", "type": "Conv2d", "in_channels": 16, "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": ")" +
         at + R"(.add", "type": "Add", "inputs": [")" + at + R"(.conv2", ")" + in + R"("]})";
}

std::string bottlenecks(const std::vector<int>& widths) {
  std::string layers;
  std::string in = "input";
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string at = "b" + std::to_string(i);
    layers += (i > 0 ? ", " : "") + bottleneck(at, in, widths[i]);
    in = at + ".add";
  }
  return R"({"input": [1, 64, 16, 16], "layers": [)" + layers + "]}";
}

TEST(Likes, OneOfManyThatHasAnotherWidthGetsThatOfTheOthers) {
  const std::vector<std::string> titles = titles_of(bottlenecks({16, 16, 16, 24, 16}));
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles[0], "set out_channels to 16 on `b3.conv1`");
  EXPECT_EQ(titles.size(), 1U) << titles[1];
}

// Of three layers with three widths none is a custom.
TEST(Likes, WhereEachHasAnotherWidthNoneIsTheOddOne) {
  const std::vector<std::string> titles = titles_of(bottlenecks({16, 24, 32}));
  EXPECT_EQ(std::count(titles.begin(), titles.end(), "set out_channels to 24 on `b2.conv1`"), 0);
  EXPECT_EQ(std::count(titles.begin(), titles.end(), "set out_channels to 32 on `b1.conv1`"), 0);
}

std::string head(const std::string& at, const std::string& in, const std::string& dims) {
  return R"({"name": ")" + at + R"(.qkv", "type": "Linear", "inputs": ")" + in +
         R"(", "in_features": 32, "out_features": 96},
    {"name": ")" +
         at + R"(.view", "type": "Reshape", "shape": [1, 9, 3, 4, 8]},
    {"name": ")" +
         at + R"(.permute", "type": "Permute", "dims": )" + dims + R"(},
    {"name": ")" +
         at + R"(.parts", "type": "Unbind", "dim": 0},
    {"name": ")" +
         at + R"(.attend", "type": "ScaledDotProductAttention", "inputs": [")" + at + R"(.parts", ")" + at +
         R"(.parts:1", ")" + at + R"(.parts:2"]},
    {"name": ")" +
         at + R"(.back", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": ")" +
         at + R"(.rows", "type": "Reshape", "shape": [1, 9, 32]},
    {"name": ")" +
         at + R"(.add", "type": "Add", "inputs": [")" + at + R"(.rows", ")" + in + R"("]})";
}

TEST(Likes, TheOrderOfAxesThatEveryHeadHas) {
  EXPECT_EQ(
      first_of(R"({"input": [1, 9, 32], "layers": [)" + head("a", "input", "[2, 0, 3, 1, 4]") + ", " +
               head("b", "a.add", "[2, 0, 3, 1, 4]") + ", " + head("c", "b.add", "[4, 0, 3, 1, 2]") + "]}"),
      "set dims to [2, 0, 3, 1, 4] on `c.permute`");
}

// Queries and values are seen as heads before they are turned; keys are not.
TEST(Likes, WhatStandsInFrontOfEachIsPutInFrontOfTheOther) {
  const auto part = [](const std::string& at, bool heads) {
    return R"({"name": ")" + at +
           R"(", "type": "Linear", "inputs": "input", "in_features": 32, "out_features": 32},)" +
           (heads ? R"({"name": ")" + at +
                        R"(.heads", "type": "Unflatten", "dim": -1, "unflattened_size": [4, 8]},)"
                  : std::string()) +
           R"({"name": ")" + at + R"(.turned", "type": "Permute", "dims": [0, 2, 1, 3]},)";
  };
  EXPECT_EQ(
      first_of(R"({"input": [1, 9, 32], "layers": [)" + part("q", true) + part("k", false) + part("v", true) +
               R"({"name": "attend", "type": "ScaledDotProductAttention",
      "inputs": ["q.turned", "k.turned", "v.turned"]}]})"),
      "put an Unflatten like `q.heads` in front of `k.turned`, as all layers like it have it");
}

// Skips as wide as what goes up, level by level; `last` is what the last step up makes.
std::string levels(int skip, int last) {
  return R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "e1", "type": "Conv2d", "in_channels": 3, "out_channels": )" +
         std::to_string(skip) + R"(, "kernel_size": 3, "padding": 1},
    {"name": "e2", "type": "Conv2d", "in_channels": )" +
         std::to_string(skip) + R"(, "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "e3", "type": "Conv2d", "in_channels": 16, "out_channels": 32, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u2", "type": "ConvTranspose2d", "in_channels": 32, "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "j2", "type": "Concat", "inputs": ["u2", "e2"]},
    {"name": "d2", "type": "Conv2d", "in_channels": 32, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": )" +
         std::to_string(last) + R"(, "kernel_size": 2, "stride": 2},
    {"name": "j1", "type": "Concat", "inputs": ["u1", "e1"]},
    {"name": "d1", "type": "Conv2d", "in_channels": 16, "out_channels": 3, "kernel_size": 3, "padding": 1}]})";
}

TEST(Likes, APartOfAConcatIsAsWideAsTheOthersWhereAllJoinsAreEven) {
  EXPECT_EQ(first_of(levels(8, 4)), "set out_channels to 8 on `u1`");
}

// Where the parts would still differ, the sum is what was counted wrong.
TEST(Likes, ASumIsCountedAnewWhereItsPartsDiffer) {
  EXPECT_EQ(first_of(levels(6, 4)), "set in_channels to 10 on `d1`");
}

}  // namespace
}  // namespace shapedbg
