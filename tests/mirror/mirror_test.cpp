// The mirror image of small encoders, layer by layer.
#include "mirror/mirror.h"
#include "read/json/parse.h"

#include <gtest/gtest.h>

namespace shapedbg {
namespace {

Mirrored made(const std::string& input, const std::string& encoder, const MirrorOptions& options = {}) {
  return mirror(Source("net.json", "{\"input\": " + input + ", \"encoder\": [" + encoder + "]}"), options);
}

// The decoder's layers, one a line; or why there are none.
std::string layers(const std::string& input, const std::string& encoder, const MirrorOptions& options = {}) {
  const Source source("net.json", "{\"input\": " + input + ", \"encoder\": [" + encoder + "]}");
  const Parsed parsed = parse(source);
  const MirroredLayers mirrored = mirrored_layers(parsed.spec, infer(parsed.spec), options);
  std::string text = mirrored.error;
  for (const std::string& object : mirrored.objects) text += object + "\n";
  return text;
}

const std::string kDown =
    R"({"name": "down", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1})";
const std::string kPool = R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2})";
const std::string kConv =
    R"({"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1})";

TEST(Mirror, AStridedConvolutionGetsTheOutputPaddingOfItsSize) {
  EXPECT_EQ(
      layers("[1, 3, 24, 25]", kDown),
      R"({"name": "down_up", "type": "ConvTranspose2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, )"
      R"("stride": 2, "padding": 1, "output_padding": [1, 0]})"
      "\n");
  EXPECT_EQ(made("[1, 3, 24, 24]", kDown).sizes, "even sizes, from 2");
  EXPECT_EQ(made("[1, 3, 25, 25]", kDown).sizes, "odd sizes");
}

TEST(Mirror, ForEverySizeItTakesTheSizeOfTheTensorThatTheEncoderTook) {
  EXPECT_EQ(
      layers("[1, 3, 24, 25]", kDown, {.every_size = true}),
      R"({"name": "down_up", "type": "ConvTranspose2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, )"
      R"("stride": 2, "padding": 1, "size_like": "input"})"
      "\n");
  EXPECT_EQ(made("[1, 3, 24, 24]", kDown, {.every_size = true}).sizes, "every size");
  const std::string twice = kPool + R"(, {"type": "AvgPool2d", "kernel_size": 2})";
  EXPECT_EQ(made("[1, 3, 24, 24]", twice, {.every_size = true}).sizes, "every size from 4");
}

TEST(Mirror, AShuffleOfChannelsIsUndoneByOneOfTheOtherFactor) {
  EXPECT_EQ(layers("[1, 6, 8, 8]", R"({"name": "cs", "type": "ChannelShuffle", "groups": 2})"),
            "{\"name\": \"cs_up\", \"type\": \"ChannelShuffle\", \"groups\": 3}\n");
  EXPECT_EQ(layers("[1, 6, 8, 8]", R"({"type": "ChannelShuffle", "groups": 6})"), "");
}

TEST(Mirror, AConvolutionThatKeepsTheSizeStaysOneAndAnotherIsTransposed) {
  EXPECT_EQ(
      layers("[1, 3, 8, 8]", kConv),
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
  EXPECT_EQ(
      layers("[1, 2, 8, 8]",
             R"({"type": "Conv2d", "out_channels": 4, "kernel_size": [3, 5], "groups": 2, "bias": false})"),
      R"({"type": "ConvTranspose2d", "in_channels": 4, "out_channels": 2, "kernel_size": [3, 5], "groups": 2, "bias": false})"
      "\n");
}

TEST(Mirror, WhatFollowsAConvolutionFollowsTheMirrorImageOfTheNext) {
  // The latent is not normalised twice, and what is returned is not cut off by a ReLU.
  EXPECT_EQ(
      layers(
          "[1, 3, 8, 8]",
          kConv +
              R"(, {"name": "bn", "type": "BatchNorm2d"}, {"name": "act", "type": "ReLU"}, )"
              R"({"name": "last", "type": "Conv2d", "out_channels": 6, "kernel_size": 1}, {"type": "Tanh"})"),
      R"({"name": "last_up", "type": "Conv2d", "in_channels": 6, "out_channels": 4, "kernel_size": 1})"
      "\n"
      R"({"name": "bn_up", "type": "BatchNorm2d"})"
      "\n"
      R"({"name": "act_up", "type": "ReLU"})"
      "\n"
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
}

TEST(Mirror, APoolInEachStyle) {
  EXPECT_EQ(
      layers("[1, 3, 9, 8]", kPool),
      R"({"name": "pool_up", "type": "ConvTranspose2d", "in_channels": 3, "out_channels": 3, "kernel_size": 2, )"
      R"("stride": 2, "output_padding": [1, 0]})"
      "\n");
  EXPECT_EQ(
      layers("[1, 3, 8, 8]", kPool, {.style = MirrorStyle::upsample}),
      R"({"name": "pool_up", "type": "Upsample", "scale_factor": 2})"
      "\n"
      R"({"name": "pool_up_conv", "type": "Conv2d", "in_channels": 3, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
  EXPECT_EQ(
      layers("[1, 3, 9, 8]", kPool, {.style = MirrorStyle::pixelshuffle}),
      R"({"name": "pool_up_conv", "type": "Conv2d", "in_channels": 3, "out_channels": 12, "kernel_size": 3, "padding": 1})"
      "\n"
      R"({"name": "pool_up", "type": "PixelShuffle", "upscale_factor": 2})"
      "\n"
      R"({"name": "pool_up_fit", "type": "Pad", "padding": [0, 0, 0, 1]})"
      "\n");
  EXPECT_EQ(
      layers("[1, 3, 9, 8]", kPool, {.style = MirrorStyle::unpool}),
      R"({"name": "pool_up", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "input"})"
      "\n");
}

TEST(Mirror, SkipsJoinTheTensorThatTheLevelTook) {
  EXPECT_EQ(
      layers("[1, 3, 8, 8]", kConv + "," + kPool,
             {.style = MirrorStyle::unpool, .skips = MirrorSkips::concat}),
      R"({"name": "pool_up", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "conv"})"
      "\n"
      R"({"name": "pool_skip", "type": "Concat", "inputs": ["conv", "prev"]})"
      "\n"
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 8, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
  EXPECT_EQ(
      layers("[1, 3, 8, 8]",
             kConv + "," + kPool + R"(, {"type": "Flatten"}, {"type": "Linear", "out_features": 7})",
             {.style = MirrorStyle::unpool, .skips = MirrorSkips::add}),
      R"({"type": "Linear", "in_features": 7, "out_features": 64})"
      "\n"
      R"({"type": "Unflatten", "dim": 1, "unflattened_size": [4, 4, 4]})"
      "\n"
      R"({"name": "pool_up", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "conv"})"
      "\n"
      R"({"name": "pool_skip", "type": "Add", "inputs": ["conv", "prev"]})"
      "\n"
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
}

TEST(Mirror, FlattenAndLinearGoBackToTheTracedShape) {
  EXPECT_EQ(
      layers("[2, 3, 4, 5]", R"({"type": "Flatten"}, {"name": "fc", "type": "Linear", "out_features": 7})"),
      R"({"name": "fc_up", "type": "Linear", "in_features": 7, "out_features": 60})"
      "\n"
      R"({"type": "Unflatten", "dim": 1, "unflattened_size": [3, 4, 5]})"
      "\n");
}

TEST(Mirror, OneFreeSizeOfAnotherFormIsLeftOpenForEverySize) {
  const std::string encoder = kPool + R"(, {"type": "Reshape", "name": "heads", "shape": [2, 2, 2, -1, 8]})"
                                      R"(, {"type": "Flatten", "start_dim": 1, "end_dim": 2})";
  const char* const kBack = R"({"type": "Unflatten", "dim": 1, "unflattened_size": [2, 2]})"
                            "\n"
                            R"({"name": "heads_up", "type": "Reshape", "shape": )";
  // The width is given: only the height is free.
  EXPECT_TRUE(layers("[2, 4, 24, 16]", encoder).starts_with(kBack + std::string("[2, 4, 12, 8]}")));
  const std::string tokens =
      R"({"name": "down", "type": "Conv1d", "out_channels": 8, "kernel_size": 4, "stride": 4},
      {"type": "Reshape", "name": "heads", "shape": [2, 4, 2, -1]}, {"type": "Unsqueeze", "dim": 0}, {"type": "Squeeze", "dim": 0})";
  const Mirrored mirrored = made("[2, 1, 24]", tokens, {.every_size = true});
  EXPECT_EQ(mirrored.error, "");
  EXPECT_EQ(mirrored.sizes, "every size from 4");
  EXPECT_NE(mirrored.text.find(R"("name": "heads_up", "type": "Reshape", "shape": [2, 8, -1])"),
            std::string::npos)
      << mirrored.text;
}

TEST(Mirror, AMeanOverOneSpatialAxisIsSpreadOverItAgain) {
  EXPECT_EQ(layers("[1, 4, 6, 8]", R"({"type": "Mean", "name": "mean", "dim": [3]})", {.every_size = true}),
            R"({"type": "Unsqueeze", "dim": 3})"
            "\n"
            R"({"name": "mean_up", "type": "Upsample", "size_like": "input"})"
            "\n");
  const Mirrored kept = made("[1, 4, 6, 8]", kConv + R"(, {"type": "Mean", "dim": [-2], "keepdim": true})",
                             {.every_size = true});
  EXPECT_EQ(kept.error, "");
  EXPECT_EQ(kept.sizes, "every size");
}

TEST(Mirror, CeilModeIsUndoneByAWindowThatReachesEverySize) {
  const std::string pool = R"({"type": "MaxPool1d", "kernel_size": 3, "stride": 2, "ceil_mode": true})";
  EXPECT_EQ(made("[1, 2, 10]", pool, {.every_size = true}).sizes, "every size from 2");
  EXPECT_EQ(made("[1, 2, 11]", pool).error, "");
}

TEST(Mirror, NamesWhatCannotBeMirrored) {
  EXPECT_EQ(made("[1, 4, 8, 8]", R"({"type": "GLU", "name": "gate", "dim": 2})").error,
            "`gate` (GLU) cannot be mirrored: it takes a part of an axis that is no channel");
  EXPECT_EQ(
      made("[1, 4, 8, 8]", kConv + R"(, {"type": "Custom", "name": "own", "output": [1, "in[1]", 4, 4]})")
          .error,
      "`own` (Custom) cannot be mirrored: only the shape that it returns is known");
  EXPECT_EQ(made("[1, 4, 8, 8]", kConv + R"(, {"type": "Sum", "name": "sum", "dim": 1})").error,
            "`sum` (Sum) cannot be mirrored: it reduces other axes than the spatial ones");
  EXPECT_EQ(made("[4, 4, 8, 8]", kConv + R"(, {"type": "Slice", "name": "half", "index": [[0, 2]]})").error,
            "`half` (Slice) cannot be mirrored: it takes a part of the batch");
  EXPECT_EQ(made(R"({"a": [1, 4], "b": [1, 4]})",
                 R"({"type": "Bilinear", "name": "both", "inputs": ["a", "b"], "out_features": 3})")
                .error,
            "`both` (Bilinear) cannot be mirrored: it joins 2 tensors");
  EXPECT_EQ(made("[1, 3, 8, 8]",
                 R"({"type": "Flatten"}, {"type": "Linear", "in_features": 192, "out_features": 7})",
                 {.every_size = true})
                .error,
            "the encoder itself takes few sizes: only 8");
}

TEST(Mirror, AResidualComesBackAsOne) {
  const std::string residual = kConv + R"(, {"type": "Residual", "name": "res", "layers": [
        {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}, {"type": "BatchNorm2d"}, {"type": "ReLU"},
        {"type": "Conv2d", "out_channels": 4, "kernel_size": 1}, {"type": "BatchNorm2d"}]},
      {"type": "ReLU"}, {"name": "last", "type": "Conv2d", "out_channels": 6, "kernel_size": 1})";
  // What leads in a branch leads in its mirror image, and what comes last comes last.
  EXPECT_EQ(
      layers("[1, 3, 8, 8]", residual),
      R"({"name": "last_up", "type": "Conv2d", "in_channels": 6, "out_channels": 4, "kernel_size": 1})"
      "\n"
      R"({"type": "ReLU"})"
      "\n"
      R"({"name": "res_3_up", "type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 1})"
      "\n"
      R"({"name": "res_1_up", "type": "BatchNorm2d"})"
      "\n"
      R"({"name": "res_2_up", "type": "ReLU"})"
      "\n"
      R"({"name": "res_0_up", "type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3, "padding": 1})"
      "\n"
      R"({"name": "res_4_up", "type": "BatchNorm2d"})"
      "\n"
      R"({"name": "conv_sum", "type": "Add", "inputs": ["decoder.1", "prev"]})"
      "\n"
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
}

TEST(Mirror, WhatIsJoinedComesApartAndWhatForksIsSummed) {
  const std::string dense =
      kConv + R"(, {"name": "grow", "type": "Conv2d", "out_channels": 2, "kernel_size": 3, "padding": 1},
      {"name": "all", "type": "Concat", "inputs": ["conv", "grow"]},
      {"name": "last", "type": "Conv2d", "out_channels": 5, "kernel_size": 1})";
  EXPECT_EQ(
      layers("[1, 3, 8, 8]", dense),
      R"({"name": "last_up", "type": "Conv2d", "in_channels": 5, "out_channels": 6, "kernel_size": 1})"
      "\n"
      R"({"name": "all_conv", "type": "Slice", "index": [null, [0, 4]]})"
      "\n"
      R"({"name": "all_grow", "type": "Slice", "inputs": "last_up", "index": [null, [4, 6]]})"
      "\n"
      R"({"name": "grow_up", "type": "Conv2d", "in_channels": 2, "out_channels": 4, "kernel_size": 3, "padding": 1})"
      "\n"
      R"({"name": "conv_sum", "type": "Add", "inputs": ["all_conv", "prev"]})"
      "\n"
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
}

TEST(Mirror, APartThatWentThroughWeightsKeepsItsOrder) {
  const std::string split = kConv + R"(, {"name": "two", "type": "Chunk", "chunks": 2, "dim": 1},
      {"name": "pass", "type": "Conv2d", "inputs": "two:1", "out_channels": 2, "kernel_size": 1}, {"name": "norm", "type": "BatchNorm2d"},
      {"type": "MaxPool2d", "kernel_size": 3, "stride": 1, "padding": 1, "name": "smooth"},
      {"name": "cat", "type": "Concat", "inputs": ["two", "smooth"]},
      {"name": "last", "type": "Conv2d", "out_channels": 5, "kernel_size": 1})";
  EXPECT_EQ(
      layers("[1, 3, 8, 8]", split),
      R"({"name": "last_up", "type": "Conv2d", "in_channels": 5, "out_channels": 4, "kernel_size": 1})"
      "\n"
      R"({"name": "cat_two", "type": "Slice", "index": [null, [0, 2]]})"
      "\n"
      R"({"name": "cat_smooth", "type": "Slice", "inputs": "last_up", "index": [null, [2, 4]]})"
      "\n"
      R"({"name": "pass_up", "type": "Conv2d", "in_channels": 2, "out_channels": 2, "kernel_size": 1})"
      "\n"
      R"({"name": "norm_up", "type": "BatchNorm2d"})"
      "\n"
      R"({"name": "two_up", "type": "Concat", "inputs": ["cat_two", "prev"]})"
      "\n"
      R"({"name": "conv_up", "type": "Conv2d", "in_channels": 4, "out_channels": 3, "kernel_size": 3, "padding": 1})"
      "\n");
}

TEST(Mirror, WeightsMakeRoomForAGate) {
  // conv1 GLU conv2 GLU: the latent's gate goes, the inner one follows twice the channels.
  EXPECT_EQ(
      layers(
          "[1, 3, 64]",
          R"({"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 8, "stride": 4, "padding": 2}, {"type": "GLU", "dim": 1},
             {"name": "b", "type": "Conv1d", "out_channels": 12, "kernel_size": 8, "stride": 4, "padding": 2}, {"type": "GLU", "dim": 1})"),
      R"({"name": "b_up", "type": "ConvTranspose1d", "in_channels": 6, "out_channels": 8, "kernel_size": 8, "stride": 4, "padding": 2})"
      "\n"
      R"({"type": "GLU", "dim": 1})"
      "\n"
      R"({"name": "a_up", "type": "ConvTranspose1d", "in_channels": 4, "out_channels": 3, "kernel_size": 8, "stride": 4, "padding": 2})"
      "\n");
}

TEST(Mirror, OfTwoHeadsTheFirstIsTheCode) {
  const std::string vae =
      R"({"name": "h", "type": "Linear", "out_features": 8}, {"name": "mu", "type": "Linear", "out_features": 2},
         {"name": "var", "type": "Linear", "inputs": "h", "out_features": 2})";
  EXPECT_EQ(layers("[4, 16]", vae),
            R"({"name": "mu_up", "type": "Linear", "inputs": "mu", "in_features": 2, "out_features": 8})"
            "\n"
            R"({"name": "h_up", "type": "Linear", "in_features": 8, "out_features": 16})"
            "\n");
}

TEST(Mirror, BlocksOfAnImageAreFoldedBack) {
  EXPECT_EQ(made("[1, 3, 9, 8]", R"({"type": "Unfold", "kernel_size": [3, 2], "stride": [3, 2]},
                                    {"type": "Conv1d", "out_channels": 5, "kernel_size": 1})")
                .error,
            "");
}

TEST(Mirror, ASizeThatTheEncoderRefusesNeedNotComeBack) {
  const std::string encoder =
      R"({"type": "Conv1d", "out_channels": 2, "kernel_size": 2}, )"
      R"({"type": "PadToMultiple", "multiple": 3}, {"type": "Crop", "size_like": "input"})";
  EXPECT_EQ(made("[1, 2, 8]", encoder, {.every_size = true}).sizes, "n mod 3 = 0 or 2, from 2");
}

TEST(Mirror, TheOldDecoderGoesAndTheRestOfTheFileStays) {
  const std::string text =
      "// mine\n{\"input\": [1, 3, 8, 8], \"layers\": [ {\"type\": \"ReLU\"},\n  " + kPool + " ]}\n";
  const Mirrored first = mirror(Source("net.json", text), {.every_size = true});
  EXPECT_EQ(first.text,
            "// mine\n{\"input\": [1, 3, 8, 8], \"encoder\": [ {\"type\": \"ReLU\"},\n  " + kPool +
                " ],\n  \"decoder\": [\n    // mirrored: right for every size from 2\n    "
                R"({"name": "pool_up", "type": "ConvTranspose2d", "in_channels": 3, "out_channels": 3, )"
                R"("kernel_size": 2, "stride": 2, "size_like": "encoder.0"})"
                "\n  ]}\n");
  EXPECT_EQ(mirror(Source("net.json", first.text), {.every_size = true}).text, first.text);
}

}  // namespace
}  // namespace shapedbg
