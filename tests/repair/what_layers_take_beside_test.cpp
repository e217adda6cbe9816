// What a layer takes beside its tensor, and what two tensors that meet say of each other: the first fix of
// networks in which the rest speaks for one repair.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::place_of;
using repaired::titles_of;

TEST(Beside, ASamplerTakesItsPlacesLast) {
  EXPECT_EQ(first_of(R"({"input": {"img": [2, 1, 64, 48], "ref": [2, 1, 64, 48]}, "layers": [
    {"name": "pair", "type": "Concat", "inputs": ["img", "ref"]},
    {"name": "field", "type": "Conv2d", "in_channels": 2, "out_channels": 2, "kernel_size": 3, "padding": 1},
    {"name": "warp", "type": "GridSample", "inputs": ["img", "field"]}]})"),
            "put a Permute between `field` and `warp`: the 2 numbers of each place come last");
}

TEST(Beside, ATableOfQueriesIsGivenToEverySample) {
  const auto net = [](const std::string& more) {
    return R"({"input": [2, 49, 64], "layers": [
    {"name": "q", "type": "Parameter", "shape": [10, 64]},
    {"name": "dec", "type": "TransformerDecoderLayer", "inputs": ["q", "input"], "d_model": 64, "nhead": 4)" +
           more + "}]}";
  };
  EXPECT_EQ(
      first_of(net(R"(, "batch_first": true)")),
      "put an Unsqueeze and an Expand between `q` and `dec`, once for each sample: [10, 64] becomes [2, 10, "
      "64]");
  EXPECT_EQ(
      first_of(net("")),
      "put an Unsqueeze and an Expand between `q` and `dec`, once for each sample: [10, 64] becomes [10, 49, "
      "64]");
}

TEST(Beside, AFirstStateSaysWhereTheBatchStands) {
  const auto net = [](const std::string& enc, const std::string& dec, const std::string& tgt) {
    return R"({"input": {"src": [16, 30, 8], "tgt": )" + tgt + R"(}, "layers": [
    {"name": "enc", "type": "GRU", "inputs": "src", "input_size": 8, "hidden_size": 64)" +
           enc + R"(},
    {"name": "dec", "type": "GRU", "inputs": ["tgt", "enc:1"], "input_size": 8, "hidden_size": 64)" +
           dec + R"(},
    {"name": "o", "type": "Linear", "in_features": 64, "out_features": 8}]})";
  };
  EXPECT_EQ(first_of(net(R"(, "batch_first": true)", "", "[16, 20, 8]")), "set batch_first to true on `dec`");
  EXPECT_EQ(first_of(net("", R"(, "batch_first": true)", "[20, 30, 8]")),
            "set batch_first to false on `dec`");
}

TEST(Beside, PartsThatTheLayerBehindCountsAsChannelsAreStacked) {
  EXPECT_EQ(titles_of(R"({"input": [4, 8192], "layers": [
    {"name": "st", "type": "STFT", "n_fft": 254, "hop_length": 64},
    {"name": "re", "type": "Real", "inputs": "st"},
    {"name": "im", "type": "Imag", "inputs": "st"},
    {"name": "ri", "type": "Concat", "inputs": ["re", "im"], "dim": 1},
    {"name": "e1", "type": "Conv2d", "in_channels": 2, "out_channels": 16, "kernel_size": 3, "padding": 1}]})"),
            std::vector<std::string>{"make `ri` a Stack along dim 1: 2 channels for `e1`"});
}

TEST(Beside, FramesThatTheFirstLayerCountsAsChannelsAreMerged) {
  EXPECT_EQ(
      titles_of(R"({"input": [2, 5, 3, 48, 48], "layers": [
    {"name": "c1", "type": "Conv2d", "in_channels": 15, "out_channels": 8, "kernel_size": 3, "padding": 1}]})"),
      std::vector<std::string>{"put a Flatten in front of `c1`: [2, 5, 3, 48, 48] becomes [2, 15, 48, 48]"});
}

TEST(Beside, AModeOfAResizeIsOneForItsAxes) {
  EXPECT_EQ(first_of(R"({"input": [1, 4, 8, 16, 16], "layers": [
    {"name": "up", "type": "Upsample", "scale_factor": 2, "mode": "bilinear"}]})"),
            "set mode to \"trilinear\" on `up`");
}

TEST(Beside, WhatIsCountedBehindAJoinSaysAlongWhichAxis) {
  const auto net = [](const std::string& count) {
    return R"({"input": {"a": [2, 257, 126], "b": [2, 257, 126]}, "layers": [
    {"name": "ab", "type": "Concat", "inputs": ["a", "b"], "dim": 2},
    {"name": "c1", "type": "Conv1d", "in_channels": )" +
           count + R"(, "out_channels": 64, "kernel_size": 3, "padding": 1}]})";
  };
  EXPECT_EQ(first_of(net("514")), "set dim to 1 on `ab`");
  EXPECT_EQ(place_of(net("514"), "set in_channels to 257 on `c1`"), -1);
  EXPECT_EQ(first_of(net("300")), "set in_channels to 257 on `c1`");
}

TEST(Beside, TokensOfAWiderEncoderGetALinearInFrontOfTheDecoder) {
  EXPECT_EQ(first_of(R"({"input": [2, 49, 96], "layers": [
    {"name": "n", "type": "LayerNorm", "normalized_shape": [96]},
    {"name": "mask", "type": "Parameter", "shape": [1, 1, 64]},
    {"name": "masks", "type": "Expand", "size": [2, 147, -1]},
    {"name": "all", "type": "Concat", "inputs": ["n", "masks"], "dim": 1},
    {"name": "dec", "type": "TransformerEncoderLayer", "d_model": 64, "nhead": 4, "batch_first": true}]})"),
            "put a Linear to 64 features between `n` and `all`");
}

TEST(Beside, APredictionIsBroughtBackToTheFeatures) {
  const auto net = [](const std::string& result) {
    return R"({"input": [1, 3, 16, 16], "layers": [
    {"name": "stem", "type": "Conv2d", "in_channels": 3, "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "heat", "type": "Conv2d", "in_channels": 64, "out_channels": 17, "kernel_size": 1},
    {"name": "back", "type": "Conv2d", "inputs": "stem", "in_channels": 64, "out_channels": 64, "kernel_size": 1},
    {"name": "next", "type": "Add", "inputs": ["stem", "back", "heat"]},
    {"name": "last", "type": "Conv2d", "in_channels": 64, "out_channels": )" +
           result + R"(, "kernel_size": 1}]})";
  };
  EXPECT_EQ(
      titles_of(net("17")),
      std::vector<std::string>{"put a convolution of kernel_size 1 to 64 channels between `heat` and `next`: "
                               "`heat` is made as the result is"});
  EXPECT_EQ(first_of(net("5")), "set out_channels to 64 on `heat`");
}

TEST(Beside, AResultHasTheWidthThatNoHiddenLayerHas) {
  EXPECT_EQ(titles_of(R"({"input": [4, 128, 8, 8], "layers": [
    {"name": "b1", "type": "Conv2d", "in_channels": 128, "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "rgb1", "type": "Conv2d", "in_channels": 64, "out_channels": 3, "kernel_size": 1},
    {"name": "b2", "type": "Conv2d", "inputs": "b1", "in_channels": 64, "out_channels": 64, "kernel_size": 3,
     "padding": 1},
    {"name": "rgb2", "type": "Conv2d", "in_channels": 64, "out_channels": 64, "kernel_size": 1},
    {"name": "rgb", "type": "Add", "inputs": ["rgb1", "rgb2"]},
    {"type": "Tanh"}]})"),
            std::vector<std::string>{"set out_channels to 3 on `rgb2`"});
}

TEST(Beside, ALevelFromWhichOthersComeUpIsBroughtUpToo) {
  EXPECT_EQ(first_of(R"({"input": {"f1": [1, 32, 16, 16], "f2": [1, 64, 8, 8]}, "layers": [
    {"name": "flow", "type": "Conv2d", "inputs": "f2", "in_channels": 64, "out_channels": 2, "kernel_size": 3,
     "padding": 1},
    {"name": "up", "type": "ConvTranspose2d", "inputs": "f2", "in_channels": 64, "out_channels": 2,
     "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "x", "type": "Concat", "inputs": ["f1", "up", "flow"]},
    {"name": "c", "type": "Conv2d", "in_channels": 36, "out_channels": 2, "kernel_size": 3, "padding": 1}]})"),
            "put an Upsample by 2 between `flow` and `x`: others come up from its level");
}

TEST(Beside, ASecondHeadEndsAsTheFirstDoes) {
  EXPECT_EQ(first_of(R"({"input": [2, 32, 8, 8], "layers": [
    {"name": "f2", "type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "stride": 2,
     "padding": 1},
    {"name": "h1", "type": "Conv2d", "inputs": "input", "in_channels": 32, "out_channels": 84, "kernel_size": 3,
     "padding": 1},
    {"name": "p1", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "r1", "type": "Reshape", "shape": [2, -1, 21]},
    {"name": "h2", "type": "Conv2d", "inputs": "f2", "in_channels": 32, "out_channels": 126, "kernel_size": 3,
     "padding": 1},
    {"name": "p2", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "all", "type": "Concat", "inputs": ["r1", "p2"], "dim": 1}]})"),
            "put a Reshape like `r1` between `p2` and `all`");
}

TEST(Beside, ABranchStepsWhereItsShortcutDoes) {
  EXPECT_EQ(titles_of(R"({"input": [2, 64, 32, 32], "layers": [
    {"name": "r", "type": "Residual", "layers": [
      {"name": "a", "type": "Conv2d", "in_channels": 64, "out_channels": 128, "kernel_size": 3, "padding": 1},
      {"name": "b", "type": "Conv2d", "in_channels": 128, "out_channels": 128, "kernel_size": 3, "padding": 1}],
     "shortcut": [
      {"name": "s", "type": "Conv2d", "in_channels": 64, "out_channels": 128, "kernel_size": 1, "stride": 2}]}]})"),
            std::vector<std::string>{"set stride to 2 on `r.a`, as `r.shortcut.s` beside it has"});
}

TEST(Beside, StatesOfSeveralLayersGoIntoAsMany) {
  EXPECT_EQ(first_of(R"({"input": {"src": [16, 30, 8], "tgt": [16, 20, 8]}, "layers": [
    {"name": "enc", "type": "GRU", "inputs": "src", "input_size": 8, "hidden_size": 64, "num_layers": 2,
     "batch_first": true},
    {"name": "dec", "type": "GRU", "inputs": ["tgt", "enc:1"], "input_size": 8, "hidden_size": 64,
     "batch_first": true}]})"),
            "set num_layers to 2 on `dec`, as `enc` has");
}

TEST(Beside, AnInverseTransformHasTheHopOfTheTransform) {
  EXPECT_EQ(first_of(R"({"input": [2, 16384], "expect": "input", "layers": [
    {"name": "st", "type": "STFT", "n_fft": 512},
    {"name": "wav", "type": "ISTFT", "n_fft": 512, "hop_length": 256}]})"),
            "set hop_length to 128 on `wav`, as `st` has");
}

TEST(Beside, AxesThatWereTurnedAreTurnedBackAtTheEnd) {
  const auto net = [](const std::string& turn) {
    return R"({"input": [8, 20, 12], "expect": "input", "layers": [)" + turn + R"(,
    {"name": "c", "type": "Conv1d", "in_channels": 12, "out_channels": 12, "kernel_size": 3, "padding": 1}]})";
  };
  EXPECT_EQ(first_of(net(R"({"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2})")),
            "put a Transpose at the end, back from `t`: [8, 12, 20] becomes [8, 20, 12]");
  EXPECT_EQ(first_of(net(R"({"name": "t", "type": "Permute", "dims": [0, 2, 1]})")),
            "put a Permute at the end, back from `t`: [8, 12, 20] becomes [8, 20, 12]");
}

TEST(Beside, ExchangedAxesAreThoseOfTheLayerThatGoesUp) {
  EXPECT_EQ(first_of(R"({"input": [2, 1, 80, 100], "expect": "input", "layers": [
    {"name": "e", "type": "Conv2d", "in_channels": 1, "out_channels": 8, "kernel_size": [4, 3], "stride": [2, 1],
     "padding": 1},
    {"name": "d", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 1, "kernel_size": [3, 4],
     "stride": [1, 2], "padding": 1}]})"),
            "set kernel_size to [4, 3] and stride to [2, 1] on `d`");
}

TEST(Beside, AKernelDoesNotMakeUpForAPoolThatRoundsUp) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 3, 75, 75], "layers": [
    {"name": "e1", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2, "ceil_mode": true},
    {"name": "m", "type": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 8, "kernel_size": 2, "stride": 2},
    {"name": "c1", "type": "Concat", "inputs": ["e1", "u1"]},
    {"name": "o", "type": "Conv2d", "in_channels": 16, "out_channels": 1, "kernel_size": 1}]})");
  ASSERT_FALSE(titles.empty());
  for (const std::string& title : titles) EXPECT_EQ(title.find("kernel_size"), std::string::npos) << title;
}

TEST(Beside, AHeadThatOnlyConvolvesEndsAsTheOtherDoes) {
  EXPECT_EQ(first_of(R"({"input": [2, 32, 8, 8], "layers": [
    {"name": "f2", "type": "Conv2d", "in_channels": 32, "out_channels": 32, "kernel_size": 3, "stride": 2,
     "padding": 1},
    {"name": "h1", "type": "Conv2d", "inputs": "input", "in_channels": 32, "out_channels": 16, "kernel_size": 3,
     "padding": 1},
    {"name": "p1", "type": "Permute", "dims": [0, 2, 3, 1]},
    {"name": "r1", "type": "Reshape", "shape": [2, -1, 4]},
    {"name": "h2", "type": "Conv2d", "inputs": "f2", "in_channels": 32, "out_channels": 16, "kernel_size": 3,
     "padding": 1},
    {"name": "all", "type": "Concat", "inputs": ["r1", "h2"], "dim": 1}]})"),
            "put a Permute like `p1` and a Reshape like `r1` between `h2` and `all`");
}

TEST(Beside, MasksOfTwoSpeakersAreTakenApart) {
  const auto net = [](const std::string& decoder) {
    return R"({"input": [4, 1, 800], "layers": [
    {"name": "enc", "type": "Conv1d", "in_channels": 1, "out_channels": 32, "kernel_size": 16, "stride": 8},
    {"name": "masks", "type": "Conv1d", "in_channels": 32, "out_channels": 64, "kernel_size": 1},
    {"name": "m", "type": "Sigmoid"},
    {"name": "est", "type": "Mul", "inputs": ["enc", "m"]},)" +
           decoder + "]}";
  };
  const std::string taken_apart =
      "take `m` apart into 2 masks by an Unflatten, give each of them `enc` by an Unsqueeze, and lay them "
      "into "
      "the batch behind `est` by a Flatten";
  EXPECT_EQ(titles_of(net(R"({"name": "dec", "type": "ConvTranspose1d", "in_channels": 32, "out_channels": 1,
      "kernel_size": 16, "stride": 8})")),
            std::vector<std::string>{taken_apart});
  // What is decoded by nothing is an attention, whose number was wrong.
  EXPECT_EQ(place_of(net(R"({"name": "o", "type": "Conv1d", "in_channels": 32, "out_channels": 1,
      "kernel_size": 1})"),
                     taken_apart),
            -1);
}

TEST(Beside, PatchesArePutTogetherOnTheirOwnGrid) {
  EXPECT_EQ(first_of(R"({"input": [2, 3, 64, 96], "layers": [
    {"name": "patch", "type": "Conv2d", "in_channels": 3, "out_channels": 96, "kernel_size": 16, "stride": 16},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "pred", "type": "Linear", "in_features": 96, "out_features": 768},
    {"name": "grid", "type": "Reshape", "shape": [2, 14, 14, 16, 16, 3]},
    {"name": "pp", "type": "Permute", "dims": [0, 5, 1, 3, 2, 4]},
    {"name": "img", "type": "Reshape", "shape": [2, 3, 224, 224]}]})"),
            "set shape to [2, 4, 6, 16, 16, 3] on `grid`, shape to [2, 3, 64, 96] on `img`");
}

TEST(Beside, AMemoryOfAnotherWidthGetsALinear) {
  EXPECT_EQ(titles_of(R"({"input": {"mem": [2, 49, 96], "tgt": [2, 20, 64]}, "layers": [
    {"name": "dec", "type": "TransformerDecoderLayer", "inputs": ["tgt", "mem"], "d_model": 64, "nhead": 4,
     "batch_first": true}]})"),
            std::vector<std::string>{"put a Linear to 64 features between `mem` and `dec`"});
}

TEST(Beside, WhatIsJoinedAlreadyIsNotJoinedTwice) {
  EXPECT_EQ(titles_of(R"({"input": [1, 64, 26, 26], "layers": [
    {"name": "b", "type": "Conv2d", "in_channels": 64, "out_channels": 64, "kernel_size": 3, "stride": 2,
     "padding": 1},
    {"name": "u", "type": "Upsample", "scale_factor": 2},
    {"name": "route", "type": "Concat", "inputs": ["u", "input"]},
    {"name": "h", "type": "Conv2d", "in_channels": 192, "out_channels": 64, "kernel_size": 1}]})"),
            std::vector<std::string>{"set in_channels to 128 on `h`"});
}

TEST(Beside, AForgottenStrideIsNotTakenFromTheWayDown) {
  EXPECT_EQ(first_of(R"({"input": [2, 3, 64, 64], "expect": "input", "layers": [
    {"name": "e1", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 4, "stride": 2,
     "padding": 1},
    {"name": "e2", "type": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 4, "stride": 2,
     "padding": 1},
    {"name": "d2", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 8, "kernel_size": 4, "padding": 1},
    {"name": "d1", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 1, "kernel_size": 4, "stride": 2,
     "padding": 1}]})"),
            "set out_channels to 3 on `d1`, and set stride to 2 on `d2`");
}

TEST(Beside, ANormWithTooManyGroupsIsNotLeftOut) {
  EXPECT_EQ(place_of(R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "c1", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "gn", "type": "GroupNorm", "num_groups": 32, "num_channels": 16},
    {"name": "c2", "type": "Conv2d", "in_channels": 16, "out_channels": 3, "kernel_size": 3, "padding": 1}]})",
                     "leave out `gn`, a GroupNorm"),
            -1);
}

TEST(Beside, FeaturesAreNeitherCutNorPaddedToMakeTwoTensorsMeet) {
  EXPECT_EQ(titles_of(R"({"input": {"a": [2, 20, 64], "b": [2, 30, 96]}, "layers": [
    {"name": "n", "type": "LayerNorm", "inputs": "b", "normalized_shape": [96]},
    {"name": "w", "type": "TransformerEncoderLayer", "d_model": 96, "nhead": 4, "batch_first": true},
    {"name": "all", "type": "Concat", "inputs": ["a", "w"], "dim": 1}]})"),
            std::vector<std::string>{"feed 96 instead of 64"});
}

TEST(Beside, ASecondInputWithoutItsChannelGetsOne) {
  EXPECT_EQ(titles_of(R"({"input": {"x": [2, 8, 120], "pitch": [2, 120]}, "layers": [
    {"name": "pe", "type": "Conv1d", "inputs": "pitch", "in_channels": 1, "out_channels": 8, "kernel_size": 3,
     "padding": 1},
    {"name": "h", "type": "Add", "inputs": ["x", "pe"]}]})")[0],
            "put an Unsqueeze in front of `pe`: [2, 120] becomes [2, 1, 120]");
}

TEST(Beside, TheSumOfAJoinIsNotExchangedWithWhatTheLayerReturns) {
  EXPECT_EQ(first_of(R"({"input": [1, 128, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "inputs": "input", "in_channels": 128, "out_channels": 64, "kernel_size": 1},
    {"name": "b", "type": "Conv2d", "inputs": "input", "in_channels": 128, "out_channels": 64, "kernel_size": 1},
    {"name": "x", "type": "Concat", "inputs": ["a", "b"]},
    {"name": "cv3", "type": "Conv2d", "in_channels": 64, "out_channels": 128, "kernel_size": 1}]})"),
            "set in_channels to 128 on `cv3`");
}

TEST(Beside, AnUpsamplingKernelIsPaddedSoThatItMultiplies) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 64, 64], "layers": [
    {"name": "d", "type": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "d2", "type": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "stride": 2,
     "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 8, "kernel_size": 8, "stride": 4,
     "padding": 4},
    {"name": "s", "type": "Add", "inputs": ["input", "u"]}]})"),
            "set padding to 2 on `u`");
}

TEST(Beside, PatchesAreNotPaddedByHalfOfOne) {
  for (const std::string& title : titles_of(R"({"input": [2, 3, 15, 64, 64], "layers": [
    {"name": "pe", "type": "Conv3d", "in_channels": 3, "out_channels": 16, "kernel_size": [2, 16, 16],
     "stride": [2, 16, 16]},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "pos", "type": "Parameter", "shape": [1, 16, 128]},
    {"name": "x", "type": "Add", "inputs": ["f", "pos"]}]})"))
    EXPECT_EQ(title.find("padding"), std::string::npos) << title;
}

TEST(Beside, APoolThatNothingReadsIsReadOnTheWayToTheResult) {
  EXPECT_EQ(titles_of(R"({"input": [1, 3, 64, 64], "expect": [1, 2, 64, 64], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "p", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "m", "type": "Conv2d", "inputs": "c", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "u", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 2, "kernel_size": 2, "stride": 2}]})"),
            std::vector<std::string>{"take `p` instead of `c` in `m`: nothing reads it"});
}

TEST(Beside, PlacesFirstMeetABatchFirst) {
  const auto net = [](const std::string& more) {
    return R"({"input": [32, 96, 64], "layers": [
    {"name": "pos", "type": "Parameter", "shape": [96, 1, 64]},
    {"name": "x", "type": "Add", "inputs": ["input", "pos"]},
    {"name": "enc", "type": "TransformerEncoderLayer", "d_model": 64, "nhead": 4)" +
           more + "}]}";
  };
  EXPECT_EQ(first_of(net("")),
            "put a Transpose between `input` and `x`: [32, 96, 64] becomes [96, 32, 64], as the "
            "layers behind take sequences");
  EXPECT_EQ(first_of(net(R"(, "batch_first": true)")), "set shape to [1, 96, 64] on `pos`");
}

TEST(Beside, AMapBecomesASequenceForAnAttention) {
  EXPECT_EQ(first_of(R"({"input": [2, 96, 14, 14], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 96, "out_channels": 96, "kernel_size": 3, "padding": 1},
    {"name": "att", "type": "MultiheadAttention", "embed_dim": 96, "num_heads": 4, "batch_first": true}]})"),
            "put a Flatten and a Transpose in front of `att`: [2, 96, 14, 14] becomes [2, 196, 96]");
}

TEST(Beside, AnEmbeddingThatScalesAMapHasItsChannels) {
  EXPECT_EQ(first_of(R"({"input": {"x": [4, 128, 8, 8], "y": [4]}, "layers": [
    {"name": "e", "type": "Embedding", "inputs": "y", "num_embeddings": 10, "embedding_dim": 256},
    {"name": "g", "type": "Unflatten", "dim": 1, "unflattened_size": [256, 1, 1]},
    {"name": "bn", "type": "BatchNorm2d", "inputs": "x", "num_features": 128},
    {"name": "m", "type": "Mul", "inputs": ["bn", "g"]}]})"),
            "set unflattened_size to [128, 1, 1] on `g`, embedding_dim to 128 on `e`");
}

TEST(Beside, AFlowThatMixesFourTimesTheChannelsIsSqueezed) {
  EXPECT_EQ(titles_of(R"({"input": [2, 3, 32, 32], "layers": [
    {"name": "i", "type": "Conv2d", "in_channels": 12, "out_channels": 12, "kernel_size": 1},
    {"name": "n", "type": "Conv2d", "in_channels": 12, "out_channels": 6, "kernel_size": 3, "padding": 1}]})"),
            std::vector<std::string>{
                "put a PixelUnshuffle in front of `i`: [2, 3, 32, 32] becomes [2, 12, 16, 16]"});
}

TEST(Beside, WhatIsJoinedTwiceGivesWayToWhatNothingReads) {
  EXPECT_EQ(titles_of(R"({"input": {"l": [1, 3, 32, 64], "r": [1, 3, 32, 64]}, "layers": [
    {"name": "fl", "type": "Conv2d", "inputs": "l", "in_channels": 3, "out_channels": 16, "kernel_size": 1},
    {"name": "fr", "type": "Conv2d", "inputs": "r", "in_channels": 3, "out_channels": 24, "kernel_size": 1},
    {"name": "j", "type": "Concat", "inputs": ["fl", "fl"]},
    {"name": "c", "type": "Conv2d", "in_channels": 40, "out_channels": 16, "kernel_size": 1}]})"),
            std::vector<std::string>{
                "take `fr` instead of `fl`, which stands there twice, in `j`: nothing reads it"});
}

TEST(Beside, WhatIsAttendedToHasItsFeaturesLast) {
  EXPECT_EQ(titles_of(R"({"input": {"q": [2, 64, 128], "f": [2, 128, 1024]}, "layers": [
    {"name": "att", "type": "MultiheadAttention", "inputs": ["q", "f"], "embed_dim": 128, "num_heads": 4,
     "batch_first": true}]})"),
            std::vector<std::string>{"put a Transpose between `f` and `att`: 128 features come last"});
}

TEST(Beside, AVectorOfAnotherWidthIsBroughtToTheTokens) {
  EXPECT_EQ(titles_of(R"({"input": {"t": [4, 30], "s": [4, 64]}, "layers": [
    {"name": "e", "type": "Embedding", "inputs": "t", "num_embeddings": 100, "embedding_dim": 256},
    {"name": "x", "type": "Add", "inputs": ["e", "s"]}]})"),
            std::vector<std::string>{"put a Linear to 256 features and an Unsqueeze between `s` and `x`"});
}

}  // namespace
}  // namespace shapedbg
