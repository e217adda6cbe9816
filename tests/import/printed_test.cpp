// print(model): the tree and its options, and what is said to be guessed.
#include <gtest/gtest.h>

#include <random>

#include "infer/infer.h"
#include "read/json/parse.h"
#include "read/printed/printed.h"
#include "read/printed/tree.h"
#include "read/same_tree.h"

namespace shapedbg {
namespace {

const std::string kSequential = R"(>>> print(net)
Sequential(
  (0): Conv2d(3, 8, kernel_size=(3, 5), stride=(2, 2), padding=(1, 2), bias=False)
  (1): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
  (2): LeakyReLU(negative_slope=0.2, inplace=True)
  (3-4): 2 x Sequential(
    (0): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    (1): Dropout(p=0.1, inplace=False)
  )
  (5): Upsample(scale_factor=4.0, mode='bilinear')
  (6): ConvTranspose2d(8, 3, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))
)
)";

TEST(Printed, ASequentialIsWhatItSays) {
  const Imported imported = import_printed(kSequential, {1, 3, 32, 32});
  EXPECT_TRUE(imported.guesses.empty());
  EXPECT_EQ(imported.layers, 9u);
  EXPECT_TRUE(expect_same_tree(imported.made));
  const Parsed parsed = parse(Source("printed", imported.spec()));
  EXPECT_TRUE(parsed.findings.empty()) << imported.spec();
  EXPECT_EQ(parsed.spec.layers[3].name, "3.0");
  EXPECT_EQ(parsed.spec.layers[6].name, "4.1");
  const Trace trace = infer(parsed.spec);
  EXPECT_EQ(*trace.result(parsed.spec), (Shape{1, 3, 32, 32}));
  EXPECT_NE(imported.spec().find(R"("kernel_size": [3, 5], "stride": 2, "padding": [1, 2], "bias": false)"),
            std::string::npos)
      << imported.spec();
}

TEST(Printed, TheInputIsGuessedFromTheFirstLayer) {
  const Imported imported = import_printed(kSequential);
  EXPECT_EQ(imported.guesses, std::vector<std::string>{"the input's shape, from the first layer"});
  ASSERT_EQ(imported.findings.size(), 1u);
  EXPECT_EQ(imported.findings[0].code, Code::I605);
  EXPECT_NE(imported.spec().find(R"("input": [1, 3, 64, 64])"), std::string::npos) << imported.spec();
  EXPECT_NE(import_printed("Linear(in_features=12, out_features=4, bias=True)").spec().find("[1, 12]"),
            std::string::npos);
}

TEST(Printed, WhatOnlyForwardKnowsIsAGuess) {
  const Imported imported = import_printed(R"(SegNet(
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (gate): Squeeze3000(8)
  (unpool): MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))
))",
                                           {1, 8, 16, 16});
  ASSERT_EQ(imported.guesses.size(), 2u);
  EXPECT_NE(imported.guesses[0].find("`SegNet`"), std::string::npos);
  EXPECT_NE(imported.guesses[1].find("`Squeeze3000`"), std::string::npos);
  EXPECT_EQ(imported.custom, 1u);
  const Parsed parsed = parse(Source("printed", imported.spec()));
  EXPECT_TRUE(parsed.findings.empty()) << imported.spec();
}

TEST(Printed, NumbersAreWrittenAsJsonKnowsThem) {
  const Imported imported =
      import_printed("Sequential(\n  (0): Conv2d(3, 05, kernel_size=(03, 1), stride=-01)\n)");
  const Parsed parsed = parse(Source("printed", imported.spec()));
  for (const Finding& finding : parsed.findings) EXPECT_NE(finding.code, Code::J001) << imported.spec();
  EXPECT_NE(imported.spec().find(R"("out_channels": 5, "kernel_size": [3, 1])"), std::string::npos)
      << imported.spec();
}

TEST(Printed, OtherTextIsOneFinding) {
  EXPECT_FALSE(looks_printed("{\"input\": [1]}"));
  EXPECT_FALSE(looks_printed("int main() {\n  return f(x);\n}\n"));
  EXPECT_TRUE(looks_printed(kSequential));
  for (const char* text : {"", "hello", "Net(\n  (a): ReLU()", "Net()"}) {
    const Imported imported = import_printed(text);
    EXPECT_FALSE(imported.usable() && text != std::string("Net()")) << text;
    EXPECT_EQ(imported.findings.empty(), false) << text;
  }
  EXPECT_TRUE(import_printed("ReLU(" + std::string(1000, '(') + std::string(1001, ')')).usable());
  EXPECT_TRUE(import_printed("ReLU(" + std::string(200'000, '(') + std::string(200'001, ')')).usable());
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "(a): Net(\n";
  EXPECT_FALSE(import_printed("Net(\n" + deep).usable());
  std::mt19937 dice(3);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = kSequential;
    for (int k = 0; k < 5; ++k) bytes[dice() % bytes.size()] = static_cast<char>(dice());
    const Imported imported = import_printed(bytes, {1, 3, 32, 32});
    EXPECT_TRUE(imported.usable() || !imported.findings.empty());
  }
}

}  // namespace
}  // namespace shapedbg
