// The first fix of networks as they are recorded from programs, where one line makes several layers, every
// count is written and a step may be one that no layer type says.
#include <gtest/gtest.h>

#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::first_of;
using repaired::offers;
using repaired::titles_of;

// Two blocks whose convolution steps and whose shortcut does not: the line of the shortcuts is changed once.
TEST(ProgramLines, WhatOneLineMakesChangesTogether) {
  const auto block = [](const std::string& at, const std::string& in, int from, int to) {
    const std::string counts =
        R"(, "in_channels": )" + std::to_string(from) + R"(, "out_channels": )" + std::to_string(to);
    return R"({"name": ")" + at + R"(.conv", "type": "Conv1d", "inputs": ")" + in + "\"" + counts +
           R"(, "kernel_size": 7, "stride": 2, "padding": 3, "source": {"made": "net.py:8"}},
      {"name": ")" +
           at + R"(.short", "type": "Conv1d", "inputs": ")" + in + "\"" + counts +
           R"(, "kernel_size": 1, "source": {"made": "net.py:9"}},
      {"name": ")" +
           at + R"(.sum", "type": "Add", "inputs": [")" + at + R"(.conv", ")" + at + R"(.short"]})";
  };
  EXPECT_EQ(first_of(R"({"input": [1, 4, 64], "layers": [)" + block("a", "input", 4, 8) + ", " +
                     block("b", "a.sum", 8, 16) + "]}"),
            "set stride to 2 on `a.short` and `b.short`");
}

// A graph says what line called a module, not which one made it: the blocks of a class all call theirs there,
// and each has numbers of its own. What a block calls as a function is one text for all of its calls.
TEST(ProgramLines, AModuleThatTheLineOfManyCallsIsChangedByItself) {
  const auto block = [](const std::string& at, const std::string& in, int kernel) {
    const std::string conv = R"(, "type": "Conv2d", "in_channels": 8, "out_channels": 8, "padding": 1)";
    return R"({"name": ")" + at + R"(.conv1", "inputs": ")" + in + "\"" + conv + R"(, "kernel_size": )" +
           std::to_string(kernel) + R"(, "source": {"called": "resnet.py:93", "node": "conv"}},
      {"name": ")" +
           at + R"(.conv2")" + conv +
           R"(, "kernel_size": 3, "source": {"called": "resnet.py:97", "node": "conv_1"}},
      {"name": ")" +
           at + R"(.add", "type": "Add", "inputs": [")" + at + R"(.conv2", ")" + in +
           R"("], "source": {"called": "resnet.py:102", "node": "add"}})";
  };
  EXPECT_EQ(first_of(R"({"input": [1, 8, 32, 32], "layers": [)" + block("layer1.0", "input", 3) + ", " +
                     block("layer1.1", "layer1.0.add", 5) + "]}"),
            "set kernel_size to 3 on `layer1.1.conv1`");
}

// A call in a loop is one place of the program: it takes the size of the skip at each level, also where it
// returns that size already, and the skip is what it meets there.
TEST(ProgramLines, ACallInALoopTakesTheSizeAtEachOfItsLevels) {
  const std::string text = R"({"input": [1, 4, 46, 46], "layers": [
      {"name": "relu1", "type": "ReLU"},
      {"name": "down1", "type": "Conv2d", "in_channels": 4, "out_channels": 8, "kernel_size": 2, "stride": 2},
      {"name": "relu2", "type": "ReLU"},
      {"name": "down2", "type": "Conv2d", "in_channels": 8, "out_channels": 16, "kernel_size": 2, "stride": 2},
      {"name": "relu3", "type": "ReLU"},
      {"name": "down3", "type": "Conv2d", "in_channels": 16, "out_channels": 32, "kernel_size": 2, "stride": 2},
      {"name": "up3", "type": "ConvTranspose2d", "in_channels": 32, "out_channels": 16, "kernel_size": 2,
       "stride": 2, "source": {"called": "net.py:9"}},
      {"name": "sum3", "type": "Add", "inputs": ["up3", "down2"]},
      {"name": "up2", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 8, "kernel_size": 2,
       "stride": 2, "source": {"called": "net.py:9"}},
      {"name": "sum2", "type": "Add", "inputs": ["up2", "down1"]},
      {"name": "up1", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 4, "kernel_size": 2,
       "stride": 2, "source": {"called": "net.py:9"}},
      {"name": "sum1", "type": "Add", "inputs": ["up1", "input"]}]})";
  EXPECT_EQ(first_of(text), "set size_like to \"down2\" on `up3`, \"down1\" on `up2` and \"input\" on `up1`");
}

// Padded and not cropped back, the input changes what a pyramid returns; its one call, told a size, does not.
TEST(ProgramLines, ACallThatIsToldASizeComesBeforeAPaddedInput) {
  const auto down = [](const std::string& at, const std::string& in) {
    return R"({"name": "d)" + at + R"(", "type": "Conv2d", "inputs": ")" + in +
           R"(", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},)";
  };
  const auto up = [](const std::string& at, const std::string& from, const std::string& side) {
    return R"({"name": "u)" + at + R"(", "type": "Upsample", "inputs": ")" + from +
           R"(", "scale_factor": 2, "source": {"called": "fpn.py:9"}},
      {"name": "s)" +
           at + R"(", "type": "Add", "inputs": ["u)" + at + R"(", ")" + side + R"("]})";
  };
  EXPECT_EQ(first_of(R"({"input": [1, 4, 100, 100], "layers": [)" + down("1", "input") + down("2", "d1") +
                     down("3", "d2") + up("2", "d3", "d2") + ", " + up("1", "s2", "d1") + "]}"),
            "set size_like to \"d2\" on `u2` and \"d1\" on `u1`");
}

// Levels that unpadded convolutions trim never return what they took: all skips are cut, not the first one.
TEST(ProgramLines, EachSkipOfATrimmedNetworkIsCutForItsSum) {
  const std::string conv = R"("type": "Conv1d", "in_channels": 4, "out_channels": 4, "kernel_size": )";
  const std::string up =
      R"("type": "ConvTranspose1d", "in_channels": 4, "out_channels": 4, "kernel_size": 8, "stride": 4)";
  const std::string text = R"({"input": [1, 4, 2001], "layers": [
      {"name": "e1", )" + conv +
                           R"(8, "stride": 4}, {"name": "e2", )" + conv + R"(8, "stride": 4},
      {"name": "e3", )" + conv +
                           R"(8, "stride": 4},
      {"name": "c3", )" + conv +
                           R"(3}, {"name": "u3", )" + up + R"(},
      {"name": "s2", "type": "Add", "inputs": ["u3", "e2"]},
      {"name": "c2", )" + conv +
                           R"(3}, {"name": "u2", )" + up + R"(},
      {"name": "s1", "type": "Add", "inputs": ["u2", "e1"]},
      {"name": "c1", )" + conv +
                           R"(3}, {"name": "u1", )" + up + "}]}";
  EXPECT_EQ(first_of(text),
            "crop `e2` to the centre that `u3` covers, in front of `s2`, and `e1` to the centre "
            "that `u2` covers, in front of `s1`");
}

// Of an even kernel no padding on both sides makes good what it trims, and a kernel of 1 sees nothing of the
// signal's past: though all convolutions would be alike then.
TEST(ProgramLines, DilatedConvolutionsOfAnEvenKernelLookBack) {
  const auto block = [](const std::string& at, const std::string& in, int dilation) {
    return R"({"name": "d)" + at + R"(", "type": "Conv1d", "inputs": ")" + in +
           R"(", "out_channels": 16, "kernel_size": 2, "dilation": )" + std::to_string(dilation) + R"(},
      {"type": "GLU", "dim": 1}, {"name": "r)" +
           at + R"(", "type": "Conv1d", "out_channels": 8, "kernel_size": 1}, {"name": "s)" + at +
           R"(", "type": "Add", "inputs": ["r)" + at + R"(", ")" + in + R"("]})";
  };
  EXPECT_EQ(first_of(R"({"input": [1, 8, 100], "layers": [)" + block("1", "input", 1) + ", " +
                     block("2", "s1", 2) + "]}"),
            "pad what goes into `d1` by 1 and `d2` by 2 places in front, so that each looks back and keeps "
            "its length");
}

TEST(ProgramLines, EveryBlockReturnsAsManyFeaturesAsItTakes) {
  const auto block = [](const std::string& at, const std::string& in) {
    return R"({"name": ")" + at + R"(.fc", "type": "Linear", "inputs": ")" + in +
           R"(", "in_features": 96, "out_features": 16, "source": {"made": "net.py:8"}},
      {"name": ")" +
           at + R"(.back", "type": "Linear", "in_features": 16, "out_features": 24,
       "source": {"made": "net.py:9"}},
      {"name": ")" +
           at + R"(.rest", "type": "Sub", "inputs": [")" + in + R"(", ")" + at +
           R"(.back"], "source": {"called": "net.py:20"}})";
  };
  EXPECT_EQ(first_of(R"({"input": [1, 96], "layers": [)" + block("a", "input") + ", " + block("b", "a.rest") +
                     "]}"),
            "set out_features to 96 on `a.back`, out_features to 96 on `b.back`");
}

// gamma and beta are halves of what a Linear makes, in blocks of different widths.
TEST(ProgramLines, HalvesThatMeetAMapAreMadeTogether) {
  const auto block = [](const std::string& at, const std::string& in, int from, int to) {
    return R"({"name": ")" + at + R"(.conv", "type": "Conv2d", "inputs": ")" + in + R"(", "in_channels": )" +
           std::to_string(from) + R"(, "out_channels": )" + std::to_string(to) +
           R"(, "kernel_size": 3, "padding": 1, "source": {"made": "net.py:7"}},
      {"name": ")" +
           at + R"(.fc", "type": "Linear", "inputs": "style", "in_features": 6, "out_features": )" +
           std::to_string(to) + R"(, "source": {"made": "net.py:8"}},
      {"name": ")" +
           at + R"(.view", "type": "Reshape", "shape": ["in[0]", -1, 1, 1]},
      {"name": ")" +
           at + R"(.halves", "type": "Chunk", "chunks": 2, "dim": 1},
      {"name": ")" +
           at + R"(.scaled", "type": "Mul", "inputs": [")" + at + R"(.conv", ")" + at +
           R"(.halves"], "source": {"called": "net.py:14"}},
      {"name": ")" +
           at + R"(.moved", "type": "Add", "inputs": [")" + at + R"(.scaled", ")" + at +
           R"(.halves:1"], "source": {"called": "net.py:14"}})";
  };
  EXPECT_EQ(first_of(R"({"input": {"x": [1, 3, 8, 8], "style": [1, 6]}, "layers": [)" +
                     block("a", "x", 3, 16) + ", " + block("b", "a.moved", 16, 8) + "]}"),
            "set out_features to 32 on `a.fc`, out_features to 16 on `b.fc`");
}

// Norms of one line that count what their block returns: five widths, one mistake.
TEST(ProgramLines, CountsOfOneLineAreSetTogetherThoughLevelsAreCropped) {
  const auto conv = [](const std::string& name, const std::string& type, int from, int to,
                       const std::string& rest) {
    return R"({"name": ")" + name + R"(", "type": ")" + type + R"(", "in_channels": )" +
           std::to_string(from) + R"(, "out_channels": )" + std::to_string(to) + rest + "}";
  };
  const auto level = [&](const std::string& at, const std::string& skip, int from, int to) {
    return conv(at + ".up", "ConvTranspose1d", from, to, R"(, "kernel_size": 7, "stride": 4)") +
           R"(, {"name": ")" + at + R"(.cut", "type": "Crop", "size_like": ")" + skip + R"("}, {"name": ")" +
           at + R"(.cat", "type": "Concat", "inputs": [")" + skip + R"(", ")" + at + R"(.cut"]}, )" +
           conv(at + ".conv", "Conv1d", to, to, R"(, "kernel_size": 1, "source": {"made": "net.py:9"})");
  };
  const auto down = [&](const std::string& name, int from, int to) {
    return conv(name, "Conv1d", from, to, R"(, "kernel_size": 7, "stride": 4, "padding": 3)");
  };
  EXPECT_EQ(
      first_of(R"({"input": [1, 3, 301], "expect": [1, 8, 301], "layers": [)" +
               conv("in", "Conv1d", 3, 8, R"(, "kernel_size": 1)") + ", " + down("d1", 8, 16) + ", " +
               down("d2", 16, 32) + ", " + level("a", "d1", 32, 16) + ", " + level("b", "in", 16, 8) + "]}"),
      "set in_channels to 32 on `a.conv`, in_channels to 16 on `b.conv`");
}

// A block of residual sums that returns twice the channels that its sum with the skip takes: all of it.
TEST(ProgramLines, AWidthOfABlockIsChangedWhole) {
  const auto conv = [](const std::string& name, int from, int to, int line) {
    return R"({"name": ")" + name + R"(", "type": "Conv2d", "in_channels": )" + std::to_string(from) +
           R"(, "out_channels": )" + std::to_string(to) +
           R"(, "kernel_size": 3, "padding": 1, "source": {"made": "net.py:)" + std::to_string(line) + "\"}}";
  };
  const auto block = [&](const std::string& at, int from, int to) {
    return conv(at + ".pre", from, to, 8) + R"(, {"name": ")" + at +
           R"(.norm", "type": "GroupNorm", "num_groups": )" + std::to_string(to / 4) +
           R"(, "num_channels": )" + std::to_string(to) + R"(, "source": {"made": "net.py:9"}}, )" +
           conv(at + ".one", to, to, 10) + ", " + conv(at + ".two", to, to, 11) + R"(, {"name": ")" + at +
           R"(.sum", "type": "Add", "inputs": [")" + at + R"(.pre", ")" + at + R"(.two"]})";
  };
  const std::string json = R"({"input": [1, 3, 32, 32], "layers": [)" + block("a", 3, 16) +
                           R"(, {"name": "down", "type": "MaxPool2d", "kernel_size": 2}, )" +
                           block("b", 16, 32) +
                           R"(, {"name": "up", "type": "Upsample", "scale_factor": 2},
         {"name": "join", "type": "Add", "inputs": ["a.sum", "up"]}, )" +
                           conv("head", 16, 2, 20) + "]}";
  const auto found = repaired::errors_of(json);
  ASSERT_EQ(found.size(), 1u);
  ASSERT_FALSE(found[0].fixes.empty());
  const Fix& fix = found[0].fixes[0];
  EXPECT_EQ(fix.title, "set out_channels to 16 on `b.pre`, and all that is as wide in its block");
  EXPECT_EQ(fix.changes.size(), 7u);  // both counts of a norm, of two convolutions, and what `pre` returns
}

// Two attentions of different widths: the line that makes the keys of both is wrong once.
TEST(ProgramLines, FaultsThatTheSameLinesCloseAreOneMistake) {
  const auto head = [](const std::string& at, const std::string& in, const std::string& of, int from,
                       int query, int key) {
    const auto linear = [&](const std::string& name, const std::string& takes, int to, int line) {
      return R"({"name": ")" + at + "." + name + R"(", "type": "Linear", "inputs": ")" + takes +
             R"(", "in_features": )" + std::to_string(from) + R"(, "out_features": )" + std::to_string(to) +
             R"(, "source": {"made": "net.py:)" + std::to_string(line) + "\"}}";
    };
    return linear("q", in, query, 5) + ", " + linear("k", of, key, 6) + R"(, {"name": ")" + at +
           R"(.turn", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": ")" + at +
           R"(.bmm", "type": "MatMul", "inputs": [")" + at + R"(.q", ")" + at + R"(.turn"]})";
  };
  const std::string json =
      R"({"input": {"x": [1, 5, 8], "z": [1, 7, 8], "y": [1, 4, 16], "w": [1, 9, 16]}, "layers": [)" +
      head("a", "x", "z", 8, 4, 6) + ", " + head("b", "y", "w", 16, 8, 12) +
      R"(], "outputs": ["a.bmm", "b.bmm"]})";
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  ASSERT_TRUE(parsed.usable);
  const Trace trace = infer(parsed.spec);
  std::vector<LayerId> layers;
  std::vector<Finding> found = diagnose(parsed.spec, trace, &layers);
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  const RightForAll right;
  Repairs(source, parsed.spec, trace, rerun, right).repair(found, layers);
  ASSERT_EQ(found.size(), 2u);
  for (const Finding& one : found) {
    ASSERT_FALSE(one.fixes.empty());
    EXPECT_TRUE(one.fixes[0].leaves_open.empty());
    EXPECT_EQ(one.fixes[0].title, "set out_features to 4 on `a.k`, and set out_features to 8 on `b.k`");
  }
}

// A pool in a function that calls itself: every level of it steps.
TEST(ProgramLines, OneCallOfSeveralModulesHasOneStride) {
  const auto level = [](const std::string& at, const std::string& in) {
    return R"({"name": ")" + at + R"(.low", "type": "AvgPool2d", "inputs": ")" + in +
           R"(", "kernel_size": 2, "stride": 1, "source": {"called": "net.py:8", "module": ")" + at +
           R"("}})";
  };
  const auto back = [](const std::string& at, const std::string& in, const std::string& skip) {
    return R"({"name": ")" + at + R"(.up", "type": "Upsample", "inputs": ")" + in +
           R"(", "scale_factor": 2, "source": {"called": "net.py:9", "module": ")" + at +
           R"("}}, {"name": ")" + at + R"(.sum", "type": "Add", "inputs": [")" + skip + R"(", ")" + at +
           R"(.up"], "source": {"called": "net.py:10", "module": ")" + at + R"("}})";
  };
  EXPECT_EQ(
      first_of(R"({"input": [1, 4, 32, 32], "layers": [)" + level("a", "input") + ", " + level("b", "a.low") +
               ", " + back("b", "b.low", "a.low") + ", " + back("a", "b.sum", "input") + "]}"),
      "set stride to 2 on `a.low` and `b.low`");
}

// The axis of a call that two modules make: one other axis closes all of it, and no count has to change.
TEST(ProgramLines, AnotherAxisOfOneCallStandsBeforeCounts) {
  const auto block = [](const std::string& at, const std::string& in) {
    return R"({"name": ")" + at + R"(.up", "type": "Linear", "inputs": ")" + in +
           R"(", "in_features": 12, "out_features": 48, "source": {"made": "net.py:8"}},
      {"name": ")" +
           at +
           R"(.chunk", "type": "Chunk", "chunks": 2, "dim": 1, "source": {"called": "net.py:14", "module": ")" +
           at + R"("}}, {"name": ")" + at + R"(.gate", "type": "Mul", "inputs": [")" + at + R"(.chunk", ")" +
           at + R"(.chunk:1"]}, {"name": ")" + at +
           R"(.down", "type": "Linear", "in_features": 24, "out_features": 12, "source": {"made": "net.py:9"}},
      {"name": ")" +
           at + R"(.sum", "type": "Add", "inputs": [")" + in + R"(", ")" + at + R"(.down"]})";
  };
  EXPECT_EQ(first_of(R"({"input": [2, 16, 12], "layers": [)" + block("a", "input") + ", " +
                     block("b", "a.sum") + "]}"),
            "set dim to 2 on `a.chunk` and `b.chunk`");
}

// The order that a line gives, and what it joins, instead of a layer more.
TEST(ProgramLines, AnotherOrderOfOneCallStandsBeforeALayerMore) {
  EXPECT_EQ(first_of(R"({"input": [2, 8, 8, 48], "layers": [
    {"name": "turn", "type": "Permute", "dims": [0, 2, 3, 1], "source": {"called": "net.py:5"}},
    {"name": "head", "type": "Conv2d", "in_channels": 48, "out_channels": 10, "kernel_size": 3, "padding": 1}]})"),
            "set dims to [0, 3, 1, 2] on `turn`");
  EXPECT_EQ(first_of(R"({"input": [2, 40, 64], "layers": [
    {"name": "turn", "type": "Transpose", "dim0": 0, "dim1": 1, "source": {"called": "net.py:5"}},
    {"name": "conv", "type": "Conv1d", "in_channels": 64, "out_channels": 10, "kernel_size": 3, "padding": 1}]})"),
            "set dim0 to 1 and dim1 to 2 on `turn`");
}

// A view that mixes samples: the numbers with which each is one again stand before counts.
TEST(ProgramLines, AViewKeepsTheSamplesApart) {
  EXPECT_EQ(first_of(R"({"input": [4, 16, 4, 4], "layers": [
    {"name": "view", "type": "Reshape", "shape": [32, -1], "source": {"called": "net.py:5"}},
    {"name": "fc", "type": "Linear", "in_features": 256, "out_features": 10}]})"),
            "set shape to [-1, 256] on `view`");
  EXPECT_EQ(first_of(R"({"input": [2, 1024], "layers": [
    {"name": "view", "type": "Reshape", "shape": [-1, 32, 16], "source": {"called": "net.py:5"}},
    {"name": "up", "type": "ConvTranspose1d", "in_channels": 64, "out_channels": 8, "kernel_size": 4, "stride": 2,
     "padding": 1}]})"),
            "set shape to [-1, 64, 16] on `view`");
}

// Each part is a third of what there is, in each use of the line.
TEST(ProgramLines, PartsOfOneSizeAreAllThatThereIs) {
  const auto block = [](const std::string& at, const std::string& in) {
    return R"({"name": ")" + at + R"(.qkv", "type": "Linear", "inputs": ")" + in +
           R"(", "in_features": 12, "out_features": 36}, {"name": ")" + at +
           R"(.split", "type": "Split", "split_size_or_sections": [8, 8, 8], "dim": 2, "source": {"called": "net.py:5"}},
      {"name": ")" +
           at + R"(.att", "type": "ScaledDotProductAttention", "inputs": [")" + at + R"(.split", ")" + at +
           R"(.split:1", ")" + at + R"(.split:2"]}, {"name": ")" + at +
           R"(.sum", "type": "Add", "inputs": [")" + in + R"(", ")" + at + R"(.att"]})";
  };
  EXPECT_EQ(first_of(R"({"input": [2, 16, 12], "layers": [)" + block("a", "input") + ", " +
                     block("b", "a.sum") + "]}"),
            "set split_size_or_sections to 12 on `a.split` and `b.split`");
}

TEST(ProgramLines, AsManyChannelsAsPartsAreTaken) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 16, 16], "layers": [
    {"name": "gates", "type": "Conv2d", "in_channels": 8, "out_channels": 24, "kernel_size": 3, "padding": 1},
    {"name": "split", "type": "Split", "split_size_or_sections": 8, "dim": 1},
    {"name": "i", "type": "Sigmoid", "inputs": "split"}, {"name": "f", "type": "Sigmoid", "inputs": "split:1"},
    {"name": "o", "type": "Sigmoid", "inputs": "split:2"}, {"name": "g", "type": "Tanh", "inputs": "split:3"},
    {"name": "c", "type": "Mul", "inputs": ["i", "g"]}, {"name": "h", "type": "Mul", "inputs": ["f", "o"]},
    {"name": "sum", "type": "Add", "inputs": ["c", "h"]}]})"),
            "set out_channels to 32 on `gates`");
}

// Out of one place a stride leads nowhere.
TEST(ProgramLines, ASeedGrowsByItsKernel) {
  const std::string json = R"({"input": [1, 10, 1, 1], "layers": [
    {"name": "seed", "type": "ConvTranspose2d", "in_channels": 10, "out_channels": 8, "kernel_size": 3},
    {"name": "up", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 3, "kernel_size": 4, "stride": 2,
     "padding": 1}], "expect": [1, 3, 8, 8]})";
  EXPECT_EQ(first_of(json), "set kernel_size to 4 on `seed`");
  EXPECT_FALSE(offers(json, "stride")) << testing::PrintToString(titles_of(json));
}

TEST(ProgramLines, AStageOfAMapThatIsGrownFromAVector) {
  EXPECT_EQ(first_of(R"({"input": [1, 10], "layers": [
    {"name": "view", "type": "Reshape", "shape": ["in[0]", -1, 1, 1]},
    {"name": "seed", "type": "ConvTranspose2d", "in_channels": 10, "out_channels": 16, "kernel_size": 4},
    {"name": "a", "type": "ReLU"},
    {"name": "up", "type": "ConvTranspose2d", "in_channels": 16, "out_channels": 8, "kernel_size": 4, "stride": 2,
     "padding": 1}, {"name": "b", "type": "ReLU"},
    {"name": "rgb", "type": "ConvTranspose2d", "in_channels": 8, "out_channels": 3, "kernel_size": 4, "stride": 2,
     "padding": 1}], "expect": [1, 3, 32, 32]})"),
            "put one more stage like `up` in front of `rgb`: ConvTranspose2d and ReLU");
}

// The encoder sees as far as it did.
TEST(ProgramLines, TheResizeAtTheEndHasTheFactorOfAllStrides) {
  const std::string down =
      R"({"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}, {"type": "ReLU"}, )";
  EXPECT_EQ(first_of(R"({"input": [1, 3, 64, 64], "layers": [)" + down + down + down +
                     R"({"name": "head", "type": "Conv2d", "out_channels": 4, "kernel_size": 1},
    {"name": "resize", "type": "Upsample", "scale_factor": 4, "mode": "bilinear"}], "expect": [1, 4, 64, 64]})"),
            "set scale_factor to 8 on `resize`");
}

// The level has its skip: what a convolution further in reads is no second one.
TEST(ProgramLines, NothingIsJoinedToAConcatThatBelongsElsewhere) {
  const std::string json = R"({"input": [1, 3, 32, 32], "layers": [
    {"name": "a", "type": "Conv2d", "in_channels": 3, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "b", "type": "Conv2d", "in_channels": 8, "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "c", "type": "Conv2d", "in_channels": 8, "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"name": "up", "type": "Upsample", "scale_factor": 2},
    {"name": "cat", "type": "Concat", "inputs": ["b", "up"]},
    {"name": "d", "type": "Conv2d", "in_channels": 32, "out_channels": 4, "kernel_size": 3, "padding": 1}]})";
  EXPECT_EQ(first_of(json), "set in_channels to 24 on `d`");
  EXPECT_FALSE(offers(json, "Concat")) << testing::PrintToString(titles_of(json));
}

// As many tokens as features: the number is the embedding's all the same.
TEST(ProgramLines, FeaturesOfAnEmbeddingAreNoPlaces) {
  const std::string json = R"({"input": [1, 16], "layers": [
    {"name": "tok", "type": "Embedding", "num_embeddings": 50, "embedding_dim": 16},
    {"name": "pos", "type": "Parameter", "inputs": [], "shape": [1, 16, 32]},
    {"name": "sum", "type": "Add", "inputs": ["tok", "pos"]}]})";
  EXPECT_EQ(first_of(json), "set embedding_dim to 32 on `tok`");
  EXPECT_FALSE(offers(json, "resize")) << testing::PrintToString(titles_of(json));
}

TEST(ProgramLines, WhatARecordedStepReturnedIsNoNumberToChange) {
  const std::string json = R"({"input": [1, 7, 344], "layers": [
    {"name": "unfold", "type": "Custom", "label": "unfold", "output": ["in[0]", "in[1]", 42, 16],
     "source": {"called": "net.py:19"}},
    {"name": "embed", "type": "Linear", "in_features": 16, "out_features": 64},
    {"name": "pos", "type": "Parameter", "inputs": [], "shape": [41, 64]},
    {"name": "sum", "type": "Add", "inputs": ["embed", "pos"]}]})";
  EXPECT_EQ(first_of(json), "set shape to [42, 64] on `pos`");
  EXPECT_FALSE(offers(json, "output")) << testing::PrintToString(titles_of(json));
}

// One number for the padding and the cut behind it: all that the kernel reaches.
TEST(ProgramLines, ACausalConvolutionIsPaddedAndCutByItsReach) {
  EXPECT_EQ(first_of(R"({"input": [1, 8, 100], "layers": [
    {"name": "c1", "type": "Conv1d", "in_channels": 8, "out_channels": 8, "kernel_size": 5, "padding": 2},
    {"name": "s1", "type": "Slice", "index": [null, null, [null, -2]]},
    {"name": "c2", "type": "Conv1d", "in_channels": 8, "out_channels": 8, "kernel_size": 5, "padding": 2},
    {"name": "s2", "type": "Slice", "index": [null, null, [null, -2]]},
    {"name": "sum", "type": "Add", "inputs": ["s2", "input"]}]})"),
            "set padding to 4 on `c1` and `c2`, index to [[null, null], [null, null], [null, -4]] on `s1` "
            "and `s2`");
}

// The same changes in another order are one fix.
TEST(ProgramLines, NoFixStandsThereTwice) {
  std::string down, up, at = "input";
  for (int i = 0; i < 2; ++i) {
    const std::string n = std::to_string(i);
    down += R"({"name": "d)" + n + R"(", "type": "Conv1d", "inputs": ")" + at +
            R"(", "out_channels": 4, "kernel_size": 8, "stride": 4}, )";
    at = "d" + n;
  }
  for (int i = 1; i >= 0; --i) {
    const std::string n = std::to_string(i);
    up += R"({"name": "u)" + n + R"(", "type": "ConvTranspose1d", "inputs": ")" + at +
          R"(", "out_channels": 4, "kernel_size": 8, "stride": 4, "padding": 2})" +
          (i == 0 ? "" : R"(, {"name": "s", "type": "Add", "inputs": ["u1", "d0"]}, )");
    at = "s";
  }
  const std::vector<std::string> titles =
      titles_of(R"({"input": [1, 4, 256], "layers": [)" + down + up + R"(], "expect": "input"})");
  ASSERT_FALSE(titles.empty());
  for (std::size_t i = 0; i < titles.size(); ++i)
    EXPECT_EQ(std::count(titles.begin(), titles.end(), titles[i]), 1) << titles[i];
  EXPECT_EQ(titles[0], "set padding to 2 on `d0` and `d1`");
  EXPECT_EQ(std::count_if(titles.begin(), titles.end(),
                          [](const std::string& title) {
                            return title.find("padding to 2 on `d") != std::string::npos;
                          }),
            1);
}

}  // namespace
}  // namespace shapedbg
