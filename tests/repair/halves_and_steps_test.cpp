// What was left out between two layers: the Chunk in front of filter and gate, the last step of a sequence, a
// code given to each step, the Flatten in front of a count for another map. And repairs that are none beside
// them.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::place_of;
using repaired::titles_of;

TEST(Halves, FilterAndGateOfOneConvolutionAreItsHalves) {
  const std::vector<std::string> titles = titles_of(R"({"input": [1, 64, 400], "layers": [
    {"name": "both", "type": "Conv1d", "in_channels": 64, "out_channels": 128, "kernel_size": 3, "padding": 1},
    {"name": "f", "type": "Tanh", "inputs": "both"},
    {"name": "g", "type": "Sigmoid", "inputs": "both"},
    {"name": "mul", "type": "Mul", "inputs": ["f", "g"]},
    {"name": "res", "type": "Conv1d", "in_channels": 64, "out_channels": 64, "kernel_size": 1}]})");
  ASSERT_EQ(titles.size(), 1u) << titles[1];
  EXPECT_EQ(titles[0], "put a Chunk behind `both`: one half of its 128 channels for `f`, the other for `g`");
}

TEST(Halves, AGateThatIsMultipliedWithTheTensorItself) {
  EXPECT_EQ(first_of(R"({"input": [4, 20, 32], "layers": [
    {"name": "up", "type": "Linear", "in_features": 32, "out_features": 128},
    {"name": "gate", "type": "SiLU", "inputs": "up"},
    {"name": "mul", "type": "Mul", "inputs": ["gate", "up"]},
    {"name": "down", "type": "Linear", "in_features": 64, "out_features": 32}]})"),
            "put a Chunk behind `up`: one half of its 128 channels for `gate`, the other for `mul`");
}

// The way down ends in a layer that makes twice what the way up begins with; `front` stands before it.
std::string coder(const std::string& name, const std::string& front, int takes, const std::string& behind) {
  return R"({"input": [8, 784], "encoder": [
    {"name": "fc1", "type": "Linear", "in_features": 784, "out_features": 400}, {"type": "ReLU"},)" +
         front + R"(
    {"name": ")" +
         name + R"(", "type": "Linear", "in_features": )" + std::to_string(takes) +
         R"(, "out_features": 40})" + behind + R"(],
    "decoder": [{"name": "fc3", "type": "Linear", "in_features": 20, "out_features": 784}]})";
}

TEST(Halves, ADecoderBuiltForTheMeanTakesTheMeanWhateverTheLayerIsCalled) {
  const std::string first =
      "put a Chunk in front of `fc3`: [8, 40] becomes twice [8, 20], and it takes the first";
  EXPECT_EQ(first_of(coder("to_mu_logvar", "", 400, "")), first);
  EXPECT_EQ(first_of(coder("code", "", 400, "")), first);
}

TEST(Halves, WhatAnActivationFollowsIsNoMeanAndVariance) {
  EXPECT_EQ(first_of(coder("to_mu_logvar", "", 400, R"(, {"type": "ReLU"})")),
            "set in_features to 40 on `fc3`");
}

TEST(Halves, OneMoreOfTheLayersThatNarrowIsNoMeanAndVariance) {
  EXPECT_EQ(first_of(coder("to_mu_logvar", R"(
    {"name": "fc2", "type": "Linear", "in_features": 400, "out_features": 160}, {"type": "ReLU"},
    {"name": "fc2b", "type": "Linear", "in_features": 160, "out_features": 80}, {"type": "ReLU"},)",
                           80, "")),
            "set in_features to 40 on `fc3`");
}

TEST(Halves, NoiseOfHalfTheFeaturesTellsMeanAndSpread) {
  EXPECT_EQ(titles_of(R"({"input": {"x": [16, 784], "eps": [16, 20]}, "encoder": [
    {"name": "e1", "type": "Linear", "inputs": "x", "in_features": 784, "out_features": 64},
    {"name": "code", "type": "Linear", "in_features": 64, "out_features": 40},
    {"name": "s", "type": "Exp"},
    {"name": "n", "type": "Mul", "inputs": ["s", "eps"]},
    {"name": "z", "type": "Add", "inputs": ["code", "n"]}], "decoder": [
    {"name": "d1", "type": "Linear", "in_features": 20, "out_features": 784}]})"),
            std::vector<std::string>{
                "take the first half of the 40 features of `code` in `z` and the second in `s`, "
                "by a Slice each: mean and spread"});
}

TEST(Steps, OneValueOfASequenceIsThatOfItsLastStep) {
  EXPECT_EQ(
      titles_of(R"({"input": [32, 24, 7], "expect": [32, 1], "layers": [
    {"name": "lstm", "type": "LSTM", "input_size": 7, "hidden_size": 64, "batch_first": true},
    {"name": "fc", "type": "Linear", "in_features": 64, "out_features": 1}]})"),
      std::vector<std::string>{"put a Select of the last step behind `lstm`: [32, 24, 64] becomes [32, 64]"});
  EXPECT_EQ(first_of(R"({"input": [24, 32, 7], "expect": [32, 64], "layers": [
    {"name": "gru", "type": "GRU", "input_size": 7, "hidden_size": 64}]})"),
            "put a Select of the last step behind `gru`: [24, 32, 64] becomes [32, 64]");
}

TEST(Steps, OneVectorOfTokensIsTheirMeanOrTheFirstThatWasPutThere) {
  const auto net = [](const std::string& front) {
    return R"({"input": [8, 49, 64], "expect": [8, 5], "layers": [)" + front + R"(
    {"name": "enc", "type": "TransformerEncoderLayer", "d_model": 64, "nhead": 4, "batch_first": true},
    {"name": "norm", "type": "LayerNorm", "normalized_shape": [64]},
    {"name": "head", "type": "Linear", "in_features": 64, "out_features": 5}]})";
  };
  EXPECT_EQ(titles_of(net("")), std::vector<std::string>{"put a Mean over the tokens in front of `head`"});
  EXPECT_EQ(titles_of(net(R"({"name": "cls", "type": "Parameter", "shape": [1, 1, 64]},
    {"name": "each", "type": "Expand", "size": [8, 1, 64]},
    {"name": "all", "type": "Concat", "inputs": ["each", "input"], "dim": 1},)")),
            std::vector<std::string>{"put a Select of the first token in front of `head`"});
}

TEST(Steps, OneScoreOfEachClassIsTheMeanOfTheirMap) {
  EXPECT_EQ(
      titles_of(R"({"input": [4, 3, 32, 32], "expect": [4, 10], "layers": [
    {"name": "c1", "type": "Conv2d", "in_channels": 3, "out_channels": 32, "kernel_size": 3, "stride": 2},
    {"name": "head", "type": "Conv2d", "in_channels": 32, "out_channels": 10, "kernel_size": 1}]})"),
      std::vector<std::string>{"put a Mean over the places at the end: [4, 10, 15, 15] becomes [4, 10]"});
}

TEST(Counts, ALayerThatStatesOneNumberTwiceIsSquare) {
  EXPECT_EQ(titles_of(R"({"input": [4, 3, 32, 32], "layers": [
    {"name": "sq", "type": "PixelUnshuffle", "downscale_factor": 2},
    {"name": "inv", "type": "Conv2d", "in_channels": 3, "out_channels": 3, "kernel_size": 1},
    {"name": "n", "type": "Conv2d", "in_channels": 12, "out_channels": 6, "kernel_size": 3, "padding": 1}]})"),
            std::vector<std::string>{"set in_channels to 12 and out_channels to 12 on `inv`"});
}

TEST(Windows, ArePutBackAsTheyWereTakenApart) {
  EXPECT_EQ(first_of(R"({"input": [1, 56, 56, 96], "layers": [
    {"name": "w", "type": "Reshape", "shape": [1, 8, 7, 8, 7, 96]},
    {"name": "p", "type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"name": "wt", "type": "Reshape", "shape": [64, 49, 96]},
    {"name": "mlp", "type": "Linear", "in_features": 96, "out_features": 96},
    {"name": "b", "type": "Reshape", "shape": [1, 8, 8, 8, 8, 96]},
    {"name": "bp", "type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"name": "r", "type": "Reshape", "shape": [1, 56, 56, 96]}]})"),
            "set shape to [1, 8, 8, 7, 7, 96] on `b`");
}

TEST(NoRepair, TwoPicturesJoinedOneBesideTheOther) {
  const std::vector<std::string> titles =
      titles_of(R"({"input": {"a": [2, 3, 32, 32], "b": [2, 3, 32, 32]}, "layers": [
    {"name": "ab", "type": "Concat", "inputs": ["a", "b"], "dim": 1},
    {"name": "c1", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 7, "padding": 3}]})");
  EXPECT_EQ(titles, std::vector<std::string>{"set in_channels to 6 on `c1`"});
}

TEST(Steps, ACodeIsGivenToEachStep) {
  EXPECT_EQ(first_of(R"({"input": [32, 24, 7], "expect": [32, 24, 7], "layers": [
    {"name": "enc", "type": "LSTM", "input_size": 7, "hidden_size": 64, "batch_first": true},
    {"name": "code", "type": "Select", "dim": 1, "index": -1},
    {"name": "dec", "type": "LSTM", "input_size": 64, "hidden_size": 64, "batch_first": true},
    {"name": "out", "type": "Linear", "in_features": 64, "out_features": 7}]})"),
            "repeat what `dec` takes for each step, by an Unsqueeze and an Expand: [32, 64] becomes "
            "[32, 24, 64]");
}

TEST(Steps, NumbersOfTokensLoseTheAxisBehindThem) {
  EXPECT_EQ(first_of(R"({"input": [16, 20, 1], "layers": [
    {"name": "emb", "type": "Embedding", "num_embeddings": 1000, "embedding_dim": 64},
    {"name": "lstm", "type": "LSTM", "input_size": 64, "hidden_size": 128, "batch_first": true},
    {"name": "last", "type": "Select", "dim": 1, "index": -1},
    {"name": "fc", "type": "Linear", "in_features": 128, "out_features": 2}]})"),
            "put a Squeeze in front of `emb`: [16, 20, 1] becomes [16, 20]");
}

// 400 are 16 maps of 5x5, where 4x4 come.
TEST(Flattened, ACountForAnotherMapIsNoCountOfItsLastAxis) {
  EXPECT_EQ(first_of(R"({"input": [4, 3, 12, 12], "layers": [
    {"name": "c1", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 5}, {"type": "ReLU"},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "f1", "type": "Linear", "in_features": 400, "out_features": 10}]})"),
            "put a Flatten in front of `f1`, and set its in_features to 256: [4, 16, 4, 4] holds as many");
}

TEST(ExchangedSides, OfAMapThatAVectorBecomes) {
  const auto net = [](const std::string& view) {
    return R"({"input": [4, 1, 24, 32], "expect": "input", "layers": [
    {"name": "flat", "type": "Flatten"},
    {"name": "fc", "type": "Linear", "in_features": 768, "out_features": 192},
    {"name": "map", )" +
           view + R"(},
    {"name": "t", "type": "ConvTranspose2d", "in_channels": 4, "out_channels": 1, "kernel_size": 4, "stride": 4}]})";
  };
  EXPECT_EQ(titles_of(net(R"("type": "Unflatten", "dim": 1, "unflattened_size": [4, 8, 6])")),
            std::vector<std::string>{"set unflattened_size to [4, 6, 8] on `map`"});
  EXPECT_EQ(titles_of(net(R"("type": "Reshape", "shape": [-1, 4, 8, 6])")),
            std::vector<std::string>{"set shape to [-1, 4, 6, 8] on `map`"});
}

TEST(Unpooled, PoolsThatReturnTheirPlacesAreExchangedToo) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 32, 32], "encoder": [
    {"name": "c1", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "pool1", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
    {"name": "c2", "type": "Conv2d", "in_channels": 8, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "pool2", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true}],
  "decoder": [
    {"name": "un1", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool1"},
    {"name": "d1", "type": "Conv2d", "in_channels": 16, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "un2", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool2"},
    {"name": "d2", "type": "Conv2d", "in_channels": 8, "out_channels": 3, "kernel_size": 3, "padding": 1}]})"),
            "exchange the indices of `pool1` in `un1` and of `pool2` in `un2`");
}

TEST(Resized, InFrontOfTheLastConvolutionWhereTheFirstHalvingWasNeverUndone) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 64, 64], "expect": [1, 1, 64, 64], "encoder": [
    {"name": "stem", "type": "Conv2d", "in_channels": 3, "out_channels": 16, "kernel_size": 7, "stride": 2, "padding": 3},
    {"name": "mp", "type": "MaxPool2d", "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "l1", "type": "Conv2d", "in_channels": 16, "out_channels": 32, "kernel_size": 3, "padding": 1}],
  "decoder": [
    {"name": "u0", "type": "ConvTranspose2d", "in_channels": 32, "out_channels": 16, "kernel_size": 2, "stride": 2},
    {"name": "c0", "type": "Concat", "inputs": ["stem", "u0"]},
    {"name": "d0", "type": "Conv2d", "in_channels": 32, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "o", "type": "Conv2d", "in_channels": 16, "out_channels": 1, "kernel_size": 1}]})"),
            "put an Upsample by 2 in front of `o`: the network goes down by 2 more than up");
}

TEST(Projection, AJoinIsBroughtToTheWidthThatItIsMultipliedWith) {
  EXPECT_EQ(first_of(R"({"input": {"user": [256], "item": [256], "genre": [256, 18]}, "layers": [
    {"name": "u", "type": "Embedding", "inputs": "user", "num_embeddings": 1000, "embedding_dim": 64},
    {"name": "i", "type": "Embedding", "inputs": "item", "num_embeddings": 5000, "embedding_dim": 64},
    {"name": "g", "type": "Linear", "inputs": "genre", "in_features": 18, "out_features": 32},
    {"name": "iv", "type": "Concat", "inputs": ["i", "g"], "dim": 1},
    {"name": "uv", "type": "Mul", "inputs": ["u", "iv"]}, {"name": "score", "type": "Sum", "dim": 1}]})"),
            "put a Linear to 64 features between `iv` and `uv`");
}

TEST(Counts, AnEmbeddingIsAsWideAsWhatItIsMultipliedWith) {
  EXPECT_EQ(first_of(R"({"input": {"z": [16, 100], "y": [16]}, "layers": [
    {"name": "e", "type": "Embedding", "inputs": "y", "num_embeddings": 10, "embedding_dim": 50},
    {"name": "zy", "type": "Mul", "inputs": ["z", "e"]},
    {"name": "g1", "type": "Linear", "in_features": 100, "out_features": 256}]})"),
            "set embedding_dim to 100 on `e`");
}

TEST(Padding, OfTheAxisThatTheKernelIsLongAlong) {
  EXPECT_EQ(first_of(R"({"input": [1, 3, 8, 32, 32], "layers": [
    {"name": "r", "type": "Residual", "layers": [
      {"name": "s", "type": "Conv3d", "out_channels": 3, "kernel_size": [1, 3, 3], "padding": [0, 1, 1]},
      {"name": "t", "type": "Conv3d", "out_channels": 3, "kernel_size": [3, 1, 1], "padding": [0, 1, 1]}]}]})"),
            "set padding to [1, 0, 0] on `r.t`");
}

TEST(Padding, InFrontOfACausalConvolutionIsAsLongAsItsWindow) {
  EXPECT_EQ(titles_of(R"({"input": [4, 16, 200], "layers": [
    {"name": "p1", "type": "ZeroPad1d", "padding": [2, 0]},
    {"name": "c1", "type": "Conv1d", "in_channels": 16, "out_channels": 16, "kernel_size": 3, "dilation": 4},
    {"name": "r", "type": "Add", "inputs": ["input", "prev"]}]})"),
            std::vector<std::string>{"set padding to [8, 0] on `p1`"});
}

TEST(Unread, ProbabilitiesAreAResult) {
  EXPECT_EQ(first_of(R"({"input": [32, 10], "layers": [
    {"name": "h", "type": "Linear", "in_features": 10, "out_features": 50}, {"name": "t", "type": "Tanh"},
    {"name": "pi", "type": "Linear", "inputs": "t", "in_features": 50, "out_features": 5},
    {"type": "Softmax", "dim": 1},
    {"name": "mu", "type": "Linear", "inputs": "t", "in_features": 50, "out_features": 5},
    {"name": "mus", "type": "Reshape", "shape": [32, 5, 2]}]})"),
            "set out_features to 10 on `mu`");
}

TEST(NoRepair, CountsOfThreeLayersBentToOne) {
  EXPECT_EQ(titles_of(R"({"input": [1, 1, 64, 64], "layers": [
    {"name": "e1", "type": "Conv2d", "in_channels": 1, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "in_channels": 32, "out_channels": 64, "kernel_size": 3, "padding": 1},
    {"name": "u1", "type": "ConvTranspose2d", "in_channels": 64, "out_channels": 64, "kernel_size": 2, "stride": 2},
    {"name": "a1", "type": "Add", "inputs": ["u1", "e1"]},
    {"name": "d1", "type": "Conv2d", "in_channels": 32, "out_channels": 1, "kernel_size": 3, "padding": 1}]})"),
            std::vector<std::string>{"set out_channels to 32 on `u1`"});
}

TEST(NoRepair, APadThatAddsAlongOneAxisAndCutsAlongTheOther) {
  const std::string net = R"({"input": [1, 3, 48, 64], "encoder": [
    {"name": "e1", "type": "Conv2d", "in_channels": 3, "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"name": "p1", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "mid", "type": "Conv2d", "in_channels": 32, "out_channels": 64, "kernel_size": 3, "padding": 1}],
  "decoder": [
    {"name": "up", "type": "Upsample", "size": [64, 48]}, {"name": "c", "type": "Concat", "inputs": ["e1", "up"]},
    {"name": "o", "type": "Conv2d", "in_channels": 96, "out_channels": 3, "kernel_size": 1}]})";
  EXPECT_EQ(first_of(net), "set size_like to \"e1\" on `up`");
  EXPECT_EQ(place_of(net, "pad `up` to the size of `e1` in front of `c`"), -1);
}

TEST(NoRepair, LearnedTokensForEachSampleOfTheBatch) {
  const std::vector<std::string> titles = titles_of(R"({"input": [8, 49, 64], "layers": [
    {"name": "emb", "type": "Linear", "in_features": 64, "out_features": 32},
    {"name": "mask", "type": "Parameter", "shape": [1, 147, 32]},
    {"name": "all", "type": "Concat", "inputs": ["emb", "mask"], "dim": 1},
    {"name": "pix", "type": "Linear", "in_features": 32, "out_features": 48}]})");
  ASSERT_EQ(titles.size(), 1u) << titles.back();
  EXPECT_NE(titles[0].find("Expand"), std::string::npos) << titles[0];
}

}  // namespace
}  // namespace shapedbg
