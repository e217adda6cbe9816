// Names of layers that were meant to be others, and kinds of layers for another number of axes.
#include <gtest/gtest.h>

#include <algorithm>

#include "repair/candidate.h"
#include "repair/repaired.h"

namespace shapedbg::sources_test {
namespace {

using repaired::fixed;
using repaired::read;
using repaired::repair_as;
using repaired::title_of;

// Two levels of convolution and ReLU, whose decoder takes these two skips.
std::string levels(const std::string& deep, const std::string& shallow, const std::string& expect) {
  return R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "e1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "r1", "type": "ReLU"},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "e2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "r2", "type": "ReLU"},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u2", "type": "Upsample", "scale_factor": 2},
    {"name": "c2", "type": "Concat", "inputs": [")" +
         deep + R"(", "u2"]},
    {"name": "d2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "Upsample", "scale_factor": 2},
    {"name": "c1", "type": "Concat", "inputs": [")" +
         shallow + R"(", "u1"]},
    {"name": "out", "type": "Conv2d", "out_channels": 3, "kernel_size": 1}], "expect": )" +
         expect + "}";
}

void expect_whole(const std::string& net, Code code) {
  const Spec spec = read(fixed(net, code));
  ASSERT_FALSE(spec.layers.empty()) << fixed(net, code);
  EXPECT_TRUE(holds(spec, infer(spec))) << fixed(net, code);
}

TEST(Sources, ASkipFromTheWrongLevel) {
  for (const char* expect : {"\"input\"", "null"}) {
    const std::string net = levels("r2", "r2", expect);
    EXPECT_EQ(title_of(net, Code::L208), "take `r1` instead of `r2` in `c1`");
    EXPECT_EQ(fixed(net, Code::L208), levels("r2", "r1", expect));
  }
  EXPECT_EQ(title_of(levels("r1", "r1", "null"), Code::L208), "take `r2` instead of `r1` in `c2`");
}

TEST(Sources, TwoSkipsExchanged) {
  const std::string net = levels("r1", "r2", "\"input\"");
  EXPECT_EQ(title_of(net, Code::L208), "exchange `r1` in `c2` and `r2` in `c1`");
  EXPECT_EQ(fixed(net, Code::L208), levels("r2", "r1", "\"input\""));
}

// What is taken now and what fits stand in different places: a convolution's result is no ReLU's.
TEST(Sources, OfTheSameKindAlone) {
  std::string net = levels("r2", "r2", "\"input\"");
  net.replace(net.find(R"({"name": "r1", "type": "ReLU"})"), 30, R"({"name": "r1", "type": "Tanh"})");
  const Finding finding = repair_as(net, Code::L208);
  for (const Fix& fix : finding.fixes) EXPECT_FALSE(fix.title.starts_with("take ")) << fix.title;
}

// The level is taken already, and the stride of `d` is what was forgotten: no other tensor is.
TEST(Sources, AForgottenStrideIsNotRewired) {
  const std::string net = R"({"input": [1, 4, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u2", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "m2", "type": "Add", "inputs": ["a", "u2"]},
    {"name": "u1", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 1, "padding": 1},
    {"name": "m1", "type": "Add", "inputs": ["input", "u1"]}], "expect": "input"})";
  EXPECT_FALSE(title_of(net, Code::L208).starts_with("take ")) << title_of(net, Code::L208);
  EXPECT_FALSE(title_of(net, Code::L208).starts_with("exchange ")) << title_of(net, Code::L208);
}

TEST(Sources, AMergeTakesNothingThatIsMadeBehindIt) {
  const char* net = R"({"input": [1, 4, 16, 16], "layers": [
    {"name": "r1", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"name": "s", "type": "ReLU"}, {"name": "c1", "type": "Add", "inputs": ["s", "r1"]},
    {"name": "r2", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "u", "type": "ReLU", "inputs": ["c1"]}, {"name": "c2", "type": "Add", "inputs": ["u", "r2"]}]})";
  EXPECT_FALSE(title_of(net, Code::L208).starts_with("exchange ")) << title_of(net, Code::L208);
}

TEST(Sources, AnArgumentOfTheUseIsTurned) {
  const std::string net = R"({"input": [1, 3, 64, 64], "blocks": {
  "down": [{"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
           {"name": "p", "type": "MaxPool2d", "kernel_size": 2}],
  "up": [{"name": "u", "type": "Upsample", "scale_factor": 2},
         {"name": "cat", "type": "Concat", "inputs": ["$skip", "prev"]},
         {"name": "c", "type": "Conv2d", "out_channels": "$out", "kernel_size": 3, "padding": 1}]},
  "layers": [{"use": "down", "name": "d1"}, {"use": "down", "name": "d2"},
    {"use": "up", "name": "u2", "out": 8, "skip": "d2.c"}, {"use": "up", "name": "u1", "out": 3, "skip": "d2.c"}],
  "expect": "input"})";
  EXPECT_EQ(title_of(net, Code::L208), "take `d1.c` instead of `d2.c` in `u1.cat`, at the use `u1`");
  EXPECT_NE(fixed(net, Code::L208).find(R"("out": 3, "skip": "d1.c"})"), std::string::npos);
  expect_whole(net, Code::L208);
}

TEST(Sources, IndicesOfTheWrongPool) {
  const std::string net = R"({"input": [1, 4, 36, 36], "layers": [
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 3},
    {"name": "u2", "type": "MaxUnpool2d", "kernel_size": 3, "indices": "p1"},
    {"name": "u1", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "p1"}], "expect": "input"})";
  EXPECT_EQ(title_of(net, Code::L210), "take the indices of `p2` instead of `p1` in `u2`");
  expect_whole(net, Code::L210);
}

TEST(Sources, IndicesExchanged) {
  const std::string net = R"({"input": [1, 4, 36, 36], "layers": [
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "p2", "type": "MaxPool2d", "kernel_size": 3},
    {"name": "u2", "type": "MaxUnpool2d", "kernel_size": 3, "indices": "p1"},
    {"name": "u1", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "p2"}], "expect": "input"})";
  EXPECT_EQ(title_of(net, Code::L210), "exchange the indices of `p1` in `u2` and of `p2` in `u1`");
  expect_whole(net, Code::L210);
}

TEST(Kinds, OfTheAxesThatArrive) {
  const std::string norm = R"({"input": [8, 32], "layers": [
    {"type": "Linear", "out_features": 64}, {"name": "n", "type": "BatchNorm2d", "num_features": 64}]})";
  const Finding finding = repair_as(norm, Code::L204);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "make `n` a BatchNorm1d");
  EXPECT_EQ(finding.fixes[0].applicability, Applicability::safe);
  EXPECT_NE(fixed(norm, Code::L204).find(R"("type": "BatchNorm1d", "num_features": 64)"), std::string::npos);
  const std::string images = R"({"input": [2, 3, 10, 10], "layers": [
    {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 3},
    {"name": "n", "type": "InstanceNorm1d"}, {"name": "p", "type": "AvgPool1d", "kernel_size": 2}]})";
  EXPECT_EQ(title_of(images, Code::L204), "make `c` a Conv2d, `n` an InstanceNorm2d and `p` an AvgPool2d");
  expect_whole(images, Code::L204);
}

// No kind of the family has so many axes, and a list per axis cannot be meant for another number of them.
TEST(Kinds, OnlyWhereThereIsOne) {
  for (
      const char* net :
      {R"({"input": [8, 32], "layers": [{"name": "c", "type": "Conv2d", "out_channels": 8, "kernel_size": 3}]})",
       R"({"input": [2, 3, 10, 10], "layers": [
           {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": [3]}]})"}) {
    const Finding finding = repair_as(net, Code::L204);
    for (const Fix& fix : finding.fixes) EXPECT_FALSE(fix.title.starts_with("make ")) << fix.title;
  }
}

}  // namespace
}  // namespace shapedbg::sources_test
