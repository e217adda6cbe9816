// print(model) does not say how modules are wired: what their sizes ask for is laid out, and said.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "infer/infer.h"
#include "read/json/parse.h"
#include "read/printed/printed.h"
#include "workspace/layer_shape.h"

namespace shapedbg::wiring_test {
namespace {

struct Read {
  Imported imported;
  Spec spec;
  std::map<std::string, Shape> shapes;  // of each layer that runs
  std::map<std::string, std::string> types;
  std::map<std::string, std::size_t> inputs;
  int refused = 0;

  bool says(const std::string& text) const {
    for (const std::string& guess : imported.guesses)
      if (guess.find(text) != std::string::npos) return true;
    return false;
  }
};

Read read(const std::string& text, const Shape& input = {}) {
  Read all;
  all.imported = import_printed(text, input, layer_shape);
  const Parsed parsed = parse(Source("printed", all.imported.spec()));
  EXPECT_TRUE(parsed.findings.empty()) << all.imported.spec();
  all.spec = parsed.spec;
  const Trace trace = infer(all.spec);
  for (std::size_t i = 0; i < all.spec.layers.size(); ++i) {
    const LayerSpec& layer = all.spec.layers[i];
    const auto& row = trace.layers[i];
    all.refused += row.refusals.empty() ? 0 : 1;
    if (!row.outputs.empty()) all.shapes[layer.name] = row.outputs[0];
    all.types[layer.name] = std::string(layer.info().name);
    all.inputs[layer.name] = layer.inputs.size();
  }
  return all;
}

std::string conv(const std::string& name, int in, int out,
                 const std::string& rest = "kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)") {
  return "(" + name + "): Conv2d(" + std::to_string(in) + ", " + std::to_string(out) + ", " + rest + ")\n";
}

const std::string kHalf = "kernel_size=(4, 4), stride=(2, 2), padding=(1, 1)";

TEST(PrintedWiring, ASkipIsJoinedWhereTheChannelsAskForIt) {
  const Read net =
      read("UNet(\n" + conv("inc", 3, 16) + conv("down1", 16, 32, kHalf) + conv("down2", 32, 64, kHalf) +
               "(up1): Up(\n(up): ConvTranspose2d(64, 32, kernel_size=(2, 2), stride=(2, 2))\n" +
               conv("conv", 64, 32) + ")\n(up2): Up(\n(up): Upsample(scale_factor=2.0, mode='bilinear')\n" +
               conv("conv", 48, 16) + ")\n" + conv("outc", 16, 2) + ")",
           {1, 3, 64, 64});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("up1.conv"), (Shape{1, 32, 32, 32}));
  EXPECT_EQ(net.shapes.at("outc"), (Shape{1, 2, 64, 64}));
  EXPECT_EQ(net.inputs.at("up2.conv.joined"), 2u);
  EXPECT_TRUE(net.says("`up1.conv` gets `up1.up` and `down1` joined: they have its 64"));
}

TEST(PrintedWiring, AMapIsResizedToTheSkipThatForwardJoins) {
  const Read net = read("Net(\n" + conv("a", 3, 8) + conv("b", 8, 16, kHalf) + "(decoder): Decoder(\n" +
                            conv("c", 24, 8) + ")\n)",
                        {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("decoder.c"), (Shape{1, 8, 32, 32}));
  EXPECT_TRUE(net.says("at twice its size"));
}

TEST(PrintedWiring, ABranchAroundABlockIsAdded) {
  const Read net =
      read("Net(\n" + conv("stem", 3, 8) + "(block): BasicBlock(\n" + conv("conv1", 8, 16, kHalf) +
               "(relu): ReLU()\n" + conv("conv2", 16, 16) +
               "(downsample): Sequential(\n(0): Conv2d(8, 16, kernel_size=(1, 1), stride=(2, 2))\n)\n)\n)",
           {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.types.at("block.sum"), "Add");
  EXPECT_EQ(net.shapes.at("block.sum"), (Shape{1, 16, 16, 16}));
}

TEST(PrintedWiring, BranchesOfABlockAreJoinedBehindIt) {
  const std::string one = "kernel_size=(1, 1), stride=(1, 1)";
  const Read net = read("Net(\n" + conv("stem", 3, 16) + "(mixed): Mixed(\n" + conv("one", 16, 8, one) +
                            conv("three_1", 16, 4, one) + conv("three_2", 4, 8) + conv("pool", 16, 6, one) +
                            ")\n" + "(relu): ReLU()\n" + conv("head", 22, 2, one) + ")",
                        {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  // In front of the activation already: it runs on all of them.
  EXPECT_EQ(net.shapes.at("relu"), (Shape{1, 22, 32, 32}));
  EXPECT_TRUE(net.says("joined: they have its 22"));
}

TEST(PrintedWiring, BranchesThatPoolAreResized) {
  const std::string one = "kernel_size=(1, 1), stride=(1, 1)";
  const Read net =
      read("Net(\n" + conv("stem", 3, 16) + "(blocks): ModuleList(\n" + conv("0", 16, 8, one) +
               "(1): Pooled(\n(pool): AdaptiveAvgPool2d(output_size=1)\n" + conv("conv", 16, 8, one) +
               ")\n)\n" + conv("head", 16, 2, one) + conv("last", 2, 2, one) + ")",
           {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("last"), (Shape{1, 2, 32, 32})) << net.imported.spec();
}

TEST(PrintedWiring, AGateScalesWhatItGets) {
  const Read net = read("Net(\n" + conv("stem", 3, 16) + "(se): SqueezeExcite(\n" +
                            conv("reduce", 16, 4, "kernel_size=(1, 1), stride=(1, 1)") + "(act): ReLU()\n" +
                            conv("expand", 4, 16, "kernel_size=(1, 1), stride=(1, 1)") +
                            "(gate): Sigmoid()\n)\n" + conv("next", 16, 8) + ")",
                        {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("se.reduce"), (Shape{1, 4, 1, 1}));
  EXPECT_EQ(net.shapes.at("next"), (Shape{1, 8, 32, 32}));
}

TEST(PrintedWiring, PatchesBecomeTokensAndAttentionMakesOneOfThree) {
  const Read net = read(
      "ViT(\n(patch): Conv2d(3, 32, kernel_size=(8, 8), stride=(8, 8))\n(drop): Dropout(p=0.1, "
      "inplace=False)\n"
      "(blocks): ModuleList(\n(0-1): 2 x Block(\n(norm): LayerNorm((32,), eps=1e-05, "
      "elementwise_affine=True)\n"
      "(qkv): Linear(in_features=32, out_features=96, bias=True)\n(proj): Linear(in_features=32, "
      "out_features=32, bias=True)\n)\n)\n"
      "(head): Linear(in_features=32, out_features=5, bias=True)\n)",
      {1, 3, 64, 64});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("drop"), (Shape{1, 64, 32}));
  EXPECT_EQ(net.types.at("blocks.1.proj.attention"), "ScaledDotProductAttention");
  EXPECT_EQ(net.shapes.at("blocks.1.proj"), (Shape{1, 64, 32}));
}

TEST(PrintedWiring, ChannelsAreTurnedLastInABlockThatConvolvesAndBack) {
  const std::string block =
      "Block(\n(dwconv): Conv2d(16, 16, kernel_size=(7, 7), stride=(1, 1), padding=(3, 3), groups=16)\n"
      "(norm): LayerNorm((16,), eps=1e-06, elementwise_affine=True)\n(pw): Linear(in_features=16, "
      "out_features=16, bias=True)\n)\n";
  const Read net =
      read("Net(\n" + conv("stem", 3, 16) + "(0): " + block + "(1): " + block + conv("out", 16, 3) + ")",
           {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("1.pw"), (Shape{1, 32, 32, 16}));
  EXPECT_EQ(net.shapes.at("out"), (Shape{1, 3, 32, 32}));
}

TEST(PrintedWiring, AHeadGetsTheMeanOrAllPlaces) {
  const std::string tail = "(fc): Linear(in_features=";
  const Read mean = read("Net(\n" + conv("a", 3, 8) + "(drop): Dropout(p=0.2, inplace=False)\n" + tail +
                             "8, out_features=5, bias=True)\n)",
                         {1, 3, 32, 32});
  EXPECT_EQ(mean.refused, 0);
  EXPECT_EQ(mean.shapes.at("drop"), (Shape{1, 8}));
  const Read all =
      read("Net(\n" + conv("a", 3, 8) + tail + "8192, out_features=5, bias=True)\n)", {1, 3, 32, 32});
  EXPECT_EQ(all.refused, 0);
  EXPECT_EQ(all.types.at("fc.flat"), "Flatten");
}

// The network of a thousand tutorials: its one pool runs twice, and its input is the size that its Linear
// asks for.
TEST(PrintedWiring, OnePoolForSeveralConvolutionsAndTheInputThatFits) {
  const Read net = read(
      "Net(\n(conv1): Conv2d(1, 10, kernel_size=(5, 5), stride=(1, 1))\n"
      "(conv2): Conv2d(10, 20, kernel_size=(5, 5), stride=(1, 1))\n"
      "(pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)\n"
      "(fc1): Linear(in_features=320, out_features=50, bias=True)\n)");
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.spec.inputs[0].shape, (Shape{1, 1, 28, 28}));
  EXPECT_EQ(net.shapes.at("conv2"), (Shape{1, 20, 8, 8}));
  EXPECT_TRUE(net.says("`pool` runs behind each convolution"));
}

std::string stage(const std::string& name, int in, int out) {
  return "(" + name + "): Sequential(\n" + conv("0", in, out) + "(1): ReLU(inplace=True)\n" +
         conv("2", out, out) + ")\n";
}

const std::string kPool =
    "(maxpool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)\n";

// One pool and one Upsample for all stages of a U-Net, as many tutorials have them.
TEST(PrintedWiring, OnePoolRunsBetweenTheStages) {
  const Read net = read("UNet(\n" + stage("down1", 3, 8) + stage("down2", 8, 16) + stage("down3", 16, 32) +
                            kPool + "(upsample): Upsample(scale_factor=2.0, mode='bilinear')\n" +
                            stage("up2", 48, 16) + stage("up1", 24, 8) + conv("last", 8, 2) + ")",
                        {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("down3.2"), (Shape{1, 32, 8, 8}));
  EXPECT_EQ(net.shapes.at("up2.2"), (Shape{1, 16, 16, 16}));
  EXPECT_EQ(net.shapes.at("last"), (Shape{1, 2, 32, 32}));
  EXPECT_TRUE(net.says("`maxpool` runs between the stages"));
}

// Stages in lists, and what stands between them made at the end.
TEST(PrintedWiring, OnePoolRunsBehindEachItemOfAList) {
  const Read net =
      read("UNet(\n(downs): ModuleList(\n" + stage("0", 3, 8) + stage("1", 8, 16) +
               ")\n(ups): ModuleList(\n"
               "(0): ConvTranspose2d(32, 16, kernel_size=(2, 2), stride=(2, 2))\n" +
               stage("1", 32, 16) + "(2): ConvTranspose2d(16, 8, kernel_size=(2, 2), stride=(2, 2))\n" +
               stage("3", 16, 8) + ")\n" + kPool + stage("bottleneck", 16, 32) + conv("last", 8, 1) + ")",
           {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 0) << net.imported.spec();
  EXPECT_EQ(net.shapes.at("bottleneck.2"), (Shape{1, 32, 8, 8}));
  EXPECT_EQ(net.shapes.at("ups.1.2"), (Shape{1, 16, 16, 16}));
  EXPECT_EQ(net.shapes.at("last"), (Shape{1, 1, 32, 32}));
}

// Of two ways that both fit the one that gives back the size that goes in.
TEST(PrintedWiring, AnAutoencoderReturnsItsSize) {
  const Read net = read("AE(\n" + conv("e1", 1, 16) + conv("e2", 16, 4) + kPool +
                            "(t1): ConvTranspose2d(4, 16, kernel_size=(2, 2), stride=(2, 2))\n"
                            "(t2): ConvTranspose2d(16, 1, kernel_size=(2, 2), stride=(2, 2))\n)",
                        {1, 1, 28, 28});
  EXPECT_EQ(net.shapes.at("t2"), (Shape{1, 1, 28, 28})) << net.imported.spec();
}

// What fits nowhere stays as it is: it may be the fault that is looked for. Nothing is guessed in a
// Sequential.
TEST(PrintedWiring, WhatFitsNothingIsLeft) {
  const Read net = read("Net(\n" + conv("a", 3, 8) + conv("b", 12, 4) + ")", {1, 3, 32, 32});
  EXPECT_EQ(net.refused, 1);
  const Read chain = read("Sequential(\n" + conv("0", 3, 8) + conv("1", 8, 16, kHalf) + conv("2", 8, 4) + ")",
                          {1, 3, 32, 32});
  EXPECT_EQ(chain.refused, 1);
  EXPECT_TRUE(chain.imported.guesses.empty());
}

// A number that is wrong by a factor stays wrong: no half is taken, and no width for features.
TEST(PrintedWiring, MistakesAreNotGuessedAway) {
  EXPECT_EQ(read("Net(\n" + conv("c1", 3, 64) + conv("c2", 32, 64) + ")", {1, 3, 32, 32}).refused, 1);
  EXPECT_EQ(read("Net(\n(a): Linear(in_features=784, out_features=128, bias=True)\n"
                 "(b): Linear(in_features=64, out_features=32, bias=True)\n)",
                 {1, 784})
                .refused,
            1);
  const Read wide = read("Net(\n" + conv("a", 3, 32) + conv("b", 32, 32) +
                             "(fc): Linear(in_features=32, out_features=10, bias=True)\n)",
                         {1, 3, 16, 16});
  EXPECT_EQ(wide.shapes.at("fc"), (Shape{1, 10})) << wide.imported.spec();
}

TEST(PrintedWiring, FeaturesBecomeMapsAndAPoolStandsInFrontOfItsHead) {
  const Read vae = read(
      "VAE(\n(encoder): Sequential(\n(0): Conv2d(3, 8, kernel_size=(4, 4), stride=(2, 2), padding=(1, "
      "1))\n)\n"
      "(mu): Linear(in_features=2048, out_features=4, bias=True)\n"
      "(up): Linear(in_features=4, out_features=2048, bias=True)\n"
      "(decoder): ConvTranspose2d(8, 3, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1))\n)",
      {1, 3, 32, 32});
  EXPECT_EQ(vae.refused, 0) << vae.imported.spec();
  EXPECT_EQ(vae.shapes.at("decoder"), (Shape{1, 3, 32, 32}));
  const Read se =
      read("Net(\n" + conv("c1", 3, 16) +
               "(se): SELayer(\n(avg_pool): AdaptiveAvgPool2d(output_size=1)\n(fc): Sequential(\n"
               "(0): Linear(in_features=16, out_features=4, bias=False)\n(1): ReLU(inplace=True)\n"
               "(2): Linear(in_features=4, out_features=16, bias=False)\n(3): Sigmoid()\n)\n)\n" +
               conv("c2", 16, 8) + ")",
           {1, 3, 20, 20});
  EXPECT_EQ(se.refused, 0) << se.imported.spec();
  EXPECT_EQ(se.shapes.at("c2"), (Shape{1, 8, 20, 20}));
  EXPECT_EQ(se.inputs.at("se.scaled"), 2u);
}

TEST(PrintedWiring, ListsStayListsAndTheInputIsThatOfTheFirstCount) {
  const Read norm =
      read("Sequential(\n(0): LayerNorm((8, 8), eps=1e-05, elementwise_affine=True)\n)", {1, 4, 8, 8});
  EXPECT_NE(norm.imported.spec().find("\"normalized_shape\": [8, 8]"), std::string::npos)
      << norm.imported.spec();
  EXPECT_EQ(read("Net(\n(n): GroupNorm(32, 64, eps=1e-05, affine=True)\n" + conv("c", 64, 8) + ")").refused,
            0);
  EXPECT_EQ(read("Net(\n(n): LayerNorm((64,), eps=1e-05, elementwise_affine=True)\n)").refused, 0);
  EXPECT_TRUE(
      read("Net(\n(c): LazyConv2d(0, 8, kernel_size=(3, 3), stride=(1, 1))\n)", {1, 3, 8, 8}).refused == 0);
}

TEST(PrintedWiring, LargeTreesTakeTheirTimeAndNoMore) {
  std::string text = "Net(\n";
  for (int i = 0; i < 20'000; ++i) text += "(a" + std::to_string(i) + "): Thing()\n";
  EXPECT_EQ(read(text + ")", {1, 3, 8, 8}).imported.layers, 20'000u);
}

}  // namespace
}  // namespace shapedbg::wiring_test
