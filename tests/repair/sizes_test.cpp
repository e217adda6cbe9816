// Which input sizes are right, in words.
#include "infer/sizes.h"

#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::read;

std::string sizes(const std::string& input, const std::string& layers, const std::string& expect) {
  return describe_right_sizes(
      read(R"({"input": )" + input + R"(, "layers": [)" + layers + R"(], "expect": )" + expect + "}"));
}

const std::string kDown =
    R"({"type": "Conv1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1})";
const std::string kUp =
    R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1})";
const std::string kUp1 =
    R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1})";

TEST(Sizes, EvenAndOdd) {
  EXPECT_EQ(sizes("[1, 1, 24]", kDown + "," + kUp1, "\"input\""), "even sizes, from 2");
  EXPECT_EQ(sizes("[1, 1, 24]", kDown + "," + kUp, "\"input\""), "odd sizes");
}

// One size on two inputs is put on both, as the spec says that it is one.
TEST(Sizes, AFreeSizeOfTwoInputs) {
  const auto spec = [](const std::string& of_b, const std::string& out) {
    return read(R"({"input": {"a": [1, 1, "N"], "b": [1, 1, )" + of_b + R"(]}, "sizes": {"N": {"min": 10}},
      "layers": [{"name": "s", "type": "Add", "inputs": ["a", "b"]},)" +
                kDown + "," + out + R"(], "expect": "input"})");
  };
  EXPECT_EQ(describe_right_sizes(spec("\"N\"", kUp1)), "even sizes, from 2");
  EXPECT_EQ(describe_right_sizes(spec("\"N\"", kUp)), "odd sizes");
  // The same shapes, of which the second is declared as it is; asked for behind the other, which is kept.
  EXPECT_EQ(describe_right_sizes(spec("10", kUp1)), "only 10");
  const auto axes = axes_of_one_size(spec("\"N\"", kUp), {0, 2});
  EXPECT_EQ(axes, (std::vector<FreeAxis>{{0, 2}, {1, 2}}));
}

TEST(Sizes, EverySize) {
  EXPECT_EQ(sizes("[1, 1, 24]", R"({"type": "ReLU"})", "\"input\""), "every size");
  EXPECT_EQ(sizes("[1, 1, 24]", R"({"type": "Conv1d", "out_channels": 1, "kernel_size": 16})", "null"),
            "every size from 16");
}

TEST(Sizes, MultiplesAndClasses) {
  std::string net;
  for (int i = 0; i < 5; ++i) net += R"({"type": "MaxPool1d", "kernel_size": 2},)";
  EXPECT_EQ(sizes("[1, 1, 64]", net + R"({"type": "Upsample", "scale_factor": 32})", "\"input\""),
            "multiples of 32, from 32");
  EXPECT_EQ(sizes("[1, 1, 64]", kDown + "," + kDown + "," + kUp + "," + kUp, "\"input\""), "n mod 4 = 1");
  EXPECT_EQ(sizes("[1, 1, 64]", kDown + "," + kDown + "," + kUp + "," + kUp1, "\"input\""),
            "n mod 4 = 2, from 2");
}

TEST(Sizes, FinitelyMany) {
  EXPECT_EQ(sizes("[1, 1, 24]", kDown, "[1, 1, 12]"), "only 23 and 24");
  EXPECT_EQ(sizes("[1, 1, 24]", R"({"type": "Conv1d", "out_channels": 1, "kernel_size": 4, "stride": 4})",
                  "[1, 1, 3]"),
            "only 12 to 15");
  EXPECT_EQ(sizes("[1, 1, 28]",
                  R"({"type": "Flatten"}, {"type": "Linear", "in_features": 28, "out_features": 3})", "null"),
            "only 28");
  EXPECT_EQ(sizes("[1, 1, 24]", kDown, "[1, 2, 12]"), "no size");
}

TEST(Sizes, AScaleThatIsExpected) {
  EXPECT_EQ(sizes("[1, 1, 24]", kDown, R"({"scale": 0.5})"), "even sizes, from 2");
  EXPECT_EQ(sizes("[1, 1, 24]", kUp1, R"({"scale": 2})"), "every size");
  EXPECT_EQ(sizes("[1, 1, 24]", kUp, R"({"scale": 2})"), "no size");
}

TEST(Sizes, AxesByName) {
  const std::string layer =
      R"({"type": "MaxPool2d", "kernel_size": [2, 1]}, {"type": "Upsample", "scale_factor": [2, 1]})";
  EXPECT_EQ(sizes("[1, 1, 24, 24]", layer, "\"input\""), "height: even sizes, from 2; width: every size");
}

TEST(Sizes, NotProvenIsNotSaid) {
  EXPECT_EQ(sizes("[1, 1, 24]", R"({"type": "Upsample", "scale_factor": 1.4142135623730951})", "null"), "");
  EXPECT_EQ(sizes("[1, 1, 24]", R"({"type": "Upsample", "scale_factor": 1.1})", "null"), "every size");
}

TEST(Sizes, RuleCountsWrongAndRefusedApart) {
  const Spec spec = read(
      R"({"input": [1, 1, 24], "layers": [{"type": "Conv1d", "out_channels": 1, "kernel_size": 4, "stride": 2}, )" +
      kUp1 + R"(], "expect": "input"})");
  const auto rule = size_rule(spec, 2);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->at(3), SizeOutcome::refused);
  EXPECT_EQ(rule->at(4), SizeOutcome::wrong);
  EXPECT_EQ(rule->at(1000), SizeOutcome::wrong);
}

SizeRule rule_of(std::vector<int> classes, std::vector<int> small) {
  SizeRule rule;
  for (const int c : classes) rule.classes.push_back(c != 0 ? SizeOutcome::right : SizeOutcome::wrong);
  for (const int s : small) rule.small.push_back(s != 0 ? SizeOutcome::right : SizeOutcome::refused);
  return rule;
}

TEST(Sizes, Sentences) {
  EXPECT_EQ(describe(rule_of({1}, {})), "every size");
  EXPECT_EQ(describe(rule_of({1, 0}, {})), "even sizes, from 2");
  EXPECT_EQ(describe(rule_of({1, 0}, {0, 0, 0})), "even sizes, from 4");
  EXPECT_EQ(describe(rule_of({0, 1, 0, 1}, {})), "odd sizes");
  EXPECT_EQ(describe(rule_of({0, 1, 1, 0}, {})), "n mod 4 = 1 or 2");
  EXPECT_EQ(describe(rule_of({0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0})),
            "n mod 12 = 4, from 16");
  EXPECT_EQ(describe(rule_of({0}, {0, 0, 1})), "only 3");
  EXPECT_EQ(describe(rule_of({1}, {1, 0, 0})), "every size from 4, and 1");
  EXPECT_EQ(describe(rule_of({1}, {1, 1, 1, 1, 1, 0, 0, 0})), "every size but 6 to 8");
  EXPECT_EQ(describe(rule_of({1}, {1, 1, 1, 1, 1, 0})), "every size but 6");
  EXPECT_EQ(describe(rule_of({0, 1, 1}, {})), "n mod 3 = 1 or 2");
  EXPECT_EQ(describe(rule_of({0, 1, 1, 1, 1, 1, 1}, {})), "n mod 7 = 1 to 6");
  EXPECT_EQ(describe(rule_of({1, 1, 1, 0, 1, 1, 1, 1}, {})), "sizes but n mod 8 = 3");
}

}  // namespace
}  // namespace shapedbg
