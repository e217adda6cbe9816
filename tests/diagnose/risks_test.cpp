// Each risk fires on a network that has it, and is silent about its sound twin.
#include <gtest/gtest.h>

#include <algorithm>

#include "diagnose/diagnose.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

std::vector<Finding> found(const std::string& json) {
  const Parsed parsed = parse(Source("net.json", json));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  const Trace trace = infer(parsed.spec);
  for (const Finding& finding : diagnose(parsed.spec, trace))
    ADD_FAILURE() << "no sound network: " << finding.message;
  return risks(parsed.spec, trace, true);
}

// The codes, in order: "W501 W504".
std::string codes(const std::string& json) {
  std::string text;
  for (const Finding& f : found(json)) text += (text.empty() ? "" : " ") + std::string(info(f.code).id);
  return text;
}

// The one finding, as "layer: message", or what else was found.
std::string only(const std::string& json, Code code) {
  const std::vector<Finding> all = found(json);
  if (all.size() != 1 || all[0].code != code)
    return "not one " + std::string(info(code).id) + " but: " + codes(json);
  return all[0].layer + ": " + all[0].message;
}

std::string net(const std::string& input, const std::string& layers, const std::string& more = "") {
  return R"({"input": )" + input + R"(, "layers": [)" + layers + "]" + more + "}";
}

TEST(SilentBroadcast, OneChannelAddedToManyIsNamed) {
  const std::string layers = R"({"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},
      {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": %, "kernel_size": 1},
      {"name": "sum", "type": "Add", "inputs": ["a", "b"]})";
  const auto with = [&](const std::string& n) {
    return net("[1, 3, 8, 8]", std::string(layers).replace(layers.find('%'), 1, n));
  };
  EXPECT_EQ(only(with("1"), Code::W501), "sum: `sum` stretches `b` from [1, 1, 8, 8] to [1, 8, 8, 8]");
  EXPECT_EQ(codes(with("8")), "");
}

TEST(SilentBroadcast, ALearnedTableIsMadeToBeAddedEverywhere) {
  EXPECT_EQ(codes(net("[2, 5, 8]", R"({"name": "a", "type": "Linear", "out_features": 8},
      {"name": "table", "type": "Parameter", "shape": [5, 8]},
      {"name": "scale", "type": "Parameter", "shape": [1, 1, 8]},
      {"type": "Add", "inputs": ["a", "table"]}, {"type": "Add", "inputs": ["prev", "scale"]})")),
            "");
}

TEST(SingleValue, AGroupNormOverSingleValuesIsNamed) {
  const auto with = [](const std::string& groups) {
    return net("[1, 8, 1, 1]", R"({"name": "norm", "type": "GroupNorm", "num_groups": )" + groups + "}");
  };
  EXPECT_EQ(only(with("8"), Code::W506),
            "norm: `norm` normalises a single value per group: the result is 0, and Python raises with a "
            "batch of 1");
  EXPECT_EQ(codes(with("4")), "");
}

TEST(SilentBroadcast, AMapThatAStrideMadeOneIsNamedButNoMean) {
  const auto with = [](const std::string& to_one) {
    return net("[1, 8, 4, 4]", R"({"name": "id", "type": "Identity"}, )" + to_one + R"(,
      {"name": "sum", "type": "Add", "inputs": ["id", "one"]})");
  };
  EXPECT_EQ(
      codes(with(R"({"name": "one", "type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4})")),
      "W501");
  EXPECT_EQ(codes(with(R"({"name": "one", "type": "AdaptiveAvgPool2d", "output_size": 1})")), "");
  EXPECT_EQ(codes(with(R"({"name": "one", "type": "Mean", "dim": [1], "keepdim": true})")), "");
}

TEST(SilentBroadcast, AGateIsMeantAnOuterProductIsNot) {
  EXPECT_EQ(codes(net("[1, 8, 4, 4]", R"({"name": "pool", "type": "AvgPool2d", "kernel_size": 4},
      {"name": "fc", "type": "Conv2d", "out_channels": 8, "kernel_size": 1},
      {"name": "gate", "type": "Mul", "inputs": ["input", "fc"]})")),
            "");
  // Attention over places: one channel for all.
  EXPECT_EQ(
      codes(net("[1, 8, 4, 4]", R"({"name": "psi", "type": "Conv2d", "out_channels": 1, "kernel_size": 1},
      {"name": "gate", "type": "Mul", "inputs": ["input", "psi"]})")),
      "");
  EXPECT_EQ(
      codes(net("[1, 8, 4, 4]", R"({"name": "psi", "type": "Conv2d", "out_channels": 1, "kernel_size": 1},
      {"name": "vector", "type": "AvgPool2d", "kernel_size": 4, "inputs": "input"},
      {"name": "gate", "type": "Mul", "inputs": ["vector", "psi"]})")),
      "W501 W501");
}

TEST(SilentBroadcast, ASumForEachPairOfPlacesIsMeant) {
  const std::string pairs = R"({"name": "a", "type": "Linear", "out_features": 1},
      {"name": "b", "type": "Linear", "inputs": "input", "out_features": 1},
      {"name": "bt", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "sum", "type": "Add", "inputs": ["a", "bt"]})";
  EXPECT_EQ(codes(net("[2, 10, 8]", pairs)), "");
  // One side alone is stretched.
  EXPECT_EQ(
      codes(net("[2, 8, 4, 4]", R"({"name": "psi", "type": "Conv2d", "out_channels": 1, "kernel_size": 1},
      {"name": "sum", "type": "Add", "inputs": ["input", "psi"]})")),
      "W501");
}

TEST(SilentBroadcast, DeclaredVectorsAndNumbersAreMeant) {
  const auto with = [](const std::string& shape) {
    return R"({"input": {"x": [2, 8, 4, 4], "t": )" + shape +
           R"(}, "layers": [{"name": "sum", "type": "Add", "inputs": ["x", "t"]}]})";
  };
  EXPECT_EQ(codes(with("[2, 8, 1, 1]")), "");
  EXPECT_EQ(codes(with("[1, 8, 4, 4]")), "");
  EXPECT_EQ(codes(with("[1]")), "");
  EXPECT_EQ(codes(with("[2, 1, 4, 4]")), "W501");
}

TEST(UnusedOutput, ASkipThatNothingJoinsIsNamed) {
  const std::string head = R"({"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 1},
      {"name": "skip", "type": "ReLU"}, )";
  EXPECT_EQ(only(net("[1, 3, 8, 8]", head + R"({"name": "b", "type": "ReLU", "inputs": "a"})"), Code::W502),
            "skip: no layer reads `skip`, which returns [1, 4, 8, 8]");
  EXPECT_EQ(codes(net("[1, 3, 8, 8]", head + R"({"name": "b", "type": "Add", "inputs": ["a", "skip"]})")),
            "");
}

TEST(UnusedOutput, TheLastRoundOfALoopIsNone) {
  const auto rounds = [](const std::string& second, const std::string& called) {
    return net("[1, 4, 8]", R"({"name": "a", "type": "Tanh", "inputs": "input"},
      {"name": "sum1", "type": "Add", "inputs": ["input", "a"], "source": {"called": "net.py:9"}},
      {"name": "b", "type": "Tanh", "inputs": ")" +
                                second + R"("},
      {"name": "sum2", "type": "Add", "inputs": ["b", "a"], "source": {"called": ")" +
                                called + R"("}},
      {"name": "skips", "type": "Mul", "inputs": ["a", "b"]})");
  };
  EXPECT_EQ(codes(rounds("sum1", "net.py:9")), "");
  // Another line, or a first round that nothing reads either, is told.
  EXPECT_EQ(codes(rounds("sum1", "net.py:12")), "W502");
  EXPECT_EQ(codes(rounds("a", "net.py:9")), "W502");
}

TEST(UnusedOutput, TheLastJoinOfEachDenseBlockIsNone) {
  const auto block = [](const std::string& name, const std::string& taken, const std::string& second) {
    return R"({"name": ")" + name + R"(.a", "type": "Conv2d", "out_channels": 4, "kernel_size": 1},
      {"name": ")" +
           name + R"(.cat", "type": "Concat", "inputs": [")" + taken + R"(", ")" + name +
           R"(.a"], "source": {"called": "net.py:9"}},
      {"name": ")" +
           name + R"(.b", "type": "Conv2d", "out_channels": 4, "kernel_size": 1},
      {"name": ")" +
           name + R"(.cat_2", "type": "Concat", "inputs": [")" + name + R"(.cat", ")" + name +
           R"(.b"], "source": {"called": ")" + second + R"("}},
      {"name": ")" +
           name + R"(.new", "type": "Concat", "inputs": [")" + name + R"(.a", ")" + name + R"(.b"]})";
  };
  const auto two = [&](const std::string& second) {
    return net("[1, 4, 8, 8]", block("d1", "input", second) + "," + block("d2", "d1.new", second));
  };
  EXPECT_EQ(codes(two("net.py:9")), "");
  EXPECT_EQ(codes(two("net.py:12")), "W502");
}

TEST(UnusedOutput, SeveralAreOneFindingEachWithItsShape) {
  const auto all = found(net("[1, 3, 8, 8]", R"({"name": "a", "type": "ReLU", "inputs": "input"},
      {"name": "b", "type": "MaxPool2d", "kernel_size": 2, "inputs": "input"},
      {"name": "c", "type": "ReLU", "inputs": "input"})"));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].message, "no layer reads `a` and `b`");
  EXPECT_EQ(all[0].label, "returns [1, 3, 8, 8]");
  ASSERT_EQ(all[0].related.size(), 1u);
  EXPECT_EQ(all[0].related[0].message, "returns [1, 3, 4, 4]");
}

TEST(UnusedOutput, AnOutputOfItsOwnSaysSoByExpect) {
  EXPECT_EQ(codes(net("[1, 3, 8, 8]", R"({"name": "head", "type": "ReLU", "expect": [1, 3, 8, 8]},
      {"type": "ReLU", "inputs": "input"})")),
            "");
}

TEST(UnusedOutput, WhatTheNetworkReturnsBesideItIsRead) {
  EXPECT_EQ(codes(R"({"input": [1, 3, 8, 8], "outputs": ["last", "head"], "layers": [
      {"name": "head", "type": "ReLU"}, {"name": "last", "type": "ReLU", "inputs": "input"}]})"),
            "");
}

TEST(UnusedOutput, SizesIndicesAndFurtherPartsAreRead) {
  EXPECT_EQ(codes(net("[1, 4, 8, 8]", R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "parts", "type": "Chunk", "chunks": 2, "dim": 1},
      {"name": "both", "type": "Concat", "inputs": ["parts", "parts"]},
      {"name": "un", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "input"})")),
            "");
}

TEST(UnusedOutput, AnInputThatNothingTakesIsNamed) {
  EXPECT_EQ(only(R"({"input": {"x": [1, 3], "label": [1, 2]}, "layers": [{"type": "ReLU"}]})", Code::W502),
            ": no layer reads the input `label`");
}

TEST(DroppedRows, ThePoolThatLeavesARowIsNamedOnceForBothAxes) {
  const auto with = [](const std::string& size) {
    return net("[1, 3, " + size + ", " + size + "]",
               R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "next", "type": "MaxPool2d", "kernel_size": 2})");
  };
  EXPECT_EQ(only(with("75"), Code::W503),
            "pool: what fills no window is left out along height and width: `pool` the last 1 of 75 and "
            "`next` the last "
            "1 of 37");
  EXPECT_EQ(codes(with("76")), "");
}

TEST(DroppedRows, ZerosOfThePaddingAndSubsamplingAreNoLoss) {
  EXPECT_EQ(
      codes(net("[1, 3, 24, 24]",
                R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1})")),
      "");
  EXPECT_EQ(
      codes(net("[1, 3, 24, 24]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 1, "stride": 2})")),
      "");
  EXPECT_EQ(codes(net("[1, 3, 25, 25]", R"({"type": "MaxPool2d", "kernel_size": 2, "ceil_mode": true})")),
            "");
  EXPECT_EQ(
      codes(net("[1, 3, 25]",
                R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 3, "padding": 1})")),
      "W503");
}

TEST(Checkerboard, AKernelThatTheStrideDoesNotDivideIsNamedOnceForTheNetwork) {
  const auto with = [](const std::string& k, const std::string& d) {
    const std::string layer =
        R"("type": "ConvTranspose2d", "out_channels": 4, "stride": 2, "kernel_size": )" + k +
        R"(, "dilation": )" + d + "}";
    return net("[1, 3, 8, 8]", R"({"name": "up1", )" + layer + R"(, {"name": "up2", )" + layer);
  };
  EXPECT_EQ(only(with("3", "1"), Code::W504),
            "up1: the windows of each of `up1` and `up2` overlap unevenly, which can show as a checkerboard");
  EXPECT_EQ(found(with("3", "1"))[0].label, "kernel_size 3, stride 2: a position gets 1 or 2 weights");
  EXPECT_EQ(codes(with("4", "1")), "");
  // Dilation 2 under stride 2 reaches every other position only, whatever the kernel.
  EXPECT_EQ(codes(with("4", "2")), "W504");
  EXPECT_EQ(codes(with("4", "3")), "");
}

TEST(OnlyMultiples, TheSizesAreProvenAndTheNextWrongOneIsTried) {
  const auto with = [](const std::string& like) {
    return net("[1, 4, 32, 32]",
               R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2)" +
                   like + R"(},
      {"name": "cat", "type": "Concat", "inputs": ["input", "up"]})",
               R"(, "expect": [1, 8, 32, 32])");
  };
  const std::vector<Finding> all = found(with(""));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].message, "the network returns what is expected only for even sizes, from 2");
  ASSERT_EQ(all[0].notes.size(), 1u);
  EXPECT_EQ(
      all[0].notes[0],
      "height 33: the inputs of `cat` differ at axis 2: 33 and 32: `pool` maps 33 to 16, `up` returns 32");
  ASSERT_EQ(all[0].related.size(), 1u);
  EXPECT_EQ(all[0].related[0].layer, "pool");
  EXPECT_EQ(codes(with(R"(, "size_like": "input")")), "");
}

TEST(OnlyMultiples, ANetworkForOneSizeSurprisesNobody) {
  EXPECT_EQ(codes(net("[1, 1, 8, 8]",
                      R"({"type": "Flatten"}, {"type": "Linear", "in_features": 64, "out_features": 4})")),
            "");
}

std::string only_multiples_text(const std::string& json) {
  for (const Finding& finding : found(json))
    if (finding.code == Code::W505) return finding.message;
  return {};
}

TEST(OnlyMultiples, ALongNetworkIsProven) {
  std::string layers;
  for (int i = 0; i < 8; ++i) layers += R"({"type": "MaxPool2d", "kernel_size": 2}, )";
  for (int i = 0; i < 984; ++i)
    layers += R"({"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}, )";
  for (int i = 0; i < 8; ++i)
    layers += R"({"type": "Upsample", "scale_factor": 2})" + std::string(i < 7 ? ", " : "");
  EXPECT_EQ(only_multiples_text(net("[1, 3, 512, 512]", layers, R"(, "expect": "input")")),
            "the network returns what is expected only for multiples of 256, from 256");
}

TEST(OnlyMultiples, AStrideThatDoesNotDivideTheOthersIsProvenToo) {
  // Strides 2, 4, 5 and 8 back and forth, the odd one without the output_padding that it needs.
  std::string down;
  std::string up;
  for (const int stride : {2, 4, 5, 8}) {
    const std::string window = R"("out_channels": 2, "kernel_size": )" + std::to_string(2 * stride) +
                               R"(, "stride": )" + std::to_string(stride) + R"(, "padding": )" +
                               std::to_string((stride + 1) / 2) + "}";
    down += R"({"type": "Conv1d", )" + window + ", ";
    up = R"({"type": "ConvTranspose1d", )" + window + ", " + up;
  }
  EXPECT_EQ(
      only_multiples_text(net("[1, 1, 24001]", R"({"type": "PadToMultiple", "multiple": 320}, )" + down + up +
                                                   R"({"type": "Crop", "size_like": "input"})")),
      "the network runs only for n mod 320 = 1 to 312");
}

TEST(SingleValueNorm, InstanceNormOnOnePixelIsNamed) {
  const auto with = [](const std::string& size) {
    return net("[2, 3, " + size + "]", R"({"name": "norm", "type": "InstanceNorm2d", "num_features": 3})");
  };
  EXPECT_EQ(only(with("1, 1"), Code::W506),
            "norm: `norm` normalises a single value per channel: the result is 0, and Python raises");
  EXPECT_EQ(codes(with("1, 2")), "");
}

TEST(SingleValueNorm, BatchNormNeedsTwoOfABatchOrAMap) {
  const auto with = [](const std::string& shape) {
    return net(shape, R"({"name": "norm", "type": "BatchNorm2d"})");
  };
  EXPECT_EQ(codes(with("[1, 3, 1, 1]")), "W506");
  EXPECT_EQ(codes(with("[2, 3, 1, 1]")), "");
  EXPECT_EQ(codes(with("[1, 3, 1, 2]")), "");
}

TEST(RefusedByPython, WhatLibTorchRunsIsNamed) {
  const auto upsample = [](const std::string& mode) {
    return net("[1, 3, 8]", R"({"name": "up", "type": "Upsample", "scale_factor": 2, "mode": )" + mode + "}");
  };
  EXPECT_EQ(
      only(upsample(R"("nearest-exact", "align_corners": false)"), Code::W520),
      "up: `up` has `align_corners`, which Python takes for modes that interpolate alone; LibTorch runs it");
  EXPECT_EQ(codes(upsample(R"("nearest-exact")")), "");
  EXPECT_EQ(codes(upsample(R"("linear", "align_corners": false)")), "");
  const auto pool = [](const std::string& kind) {
    return net(
        "[1, 3, 8, 8]",
        R"({"name": "rows", "type": "Flatten", "start_dim": 1, "end_dim": 2}, {"name": "p", "type": ")" +
            kind + "}");
  };
  EXPECT_EQ(codes(pool(R"(AdaptiveMaxPool1d", "output_size": null)")), "W520");
  EXPECT_EQ(codes(pool(R"(AdaptiveAvgPool1d", "output_size": [null])")), "W520");
  EXPECT_EQ(codes(pool(R"(AdaptiveAvgPool1d", "output_size": 8)")), "");
  EXPECT_EQ(codes(net("[1, 3, 8, 8]", R"({"type": "AdaptiveAvgPool2d", "output_size": null})")), "");
  const auto unpool = [](const std::string& size) {
    return net("[1, 3, 8, 8]",
               R"({"name": "p", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
      {"name": "u", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "p", "output_size": )" +
                   size + "}");
  };
  EXPECT_EQ(
      only(unpool("[10, 8]"), Code::W520),
      "u: `u` returns a whole stride more or less than its own options give, and Python takes less than "
      "that alone; LibTorch runs it");
  EXPECT_EQ(codes(unpool("[9, 8]")), "");
}

TEST(ExcessOutputPadding, WhatOnlyDilationAllowsIsNamed) {
  const auto with = [](const std::string& op) {
    return net("[1, 3, 8]",
               R"({"name": "up", "type": "ConvTranspose1d", "out_channels": 3, "kernel_size": 4, "stride": 2,
      "padding": 3, "dilation": 3, "output_padding": )" +
                   op + "}");
  };
  EXPECT_EQ(only(with("2"), Code::W507),
            "up: output_padding 2 of `up` is legal only through dilation 3: stride 2 drops at most 1");
  EXPECT_EQ(codes(with("1")), "");
}

TEST(ExcessOutputPadding, MoreThanTheMirroredLayerCanHaveTakenIsNamed) {
  const auto with = [](const std::string& op) {
    return net(
        "[1, 3, 16]",
        R"({"name": "down", "type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1},
      {"name": "up", "type": "ConvTranspose1d", "out_channels": 3, "kernel_size": 6, "stride": 2, "padding": 1, "output_padding": )" +
            op + "}");
  };
  EXPECT_EQ(only(with("1"), Code::W507),
            "up: output_padding of `up` is larger than anything `down` can have dropped");
  EXPECT_EQ(codes(with("0")), "");
}

TEST(EvenKernelSame, IsNamedForEvenExtentsOnly) {
  const auto with = [](const std::string& k) {
    return net("[1, 3, 8, 8]",
               R"({"name": "conv", "type": "Conv2d", "out_channels": 3, "padding": "same", "kernel_size": )" +
                   k + "}");
  };
  EXPECT_EQ(only(with("4"), Code::W508),
            "conv: padding `same` of `conv` is not symmetric: each shifts the map by half a step");
  EXPECT_EQ(codes(with("5")), "");
  EXPECT_EQ(codes(with("4, \"dilation\": 2")), "");
}

TEST(BatchCollapse, AConstantShapeThatMovesTheBatchIsNamed) {
  const auto with = [](const std::string& shape) {
    return net(
        "[4, 1, 56, 28]",
        R"({"type": "Conv2d", "out_channels": 1, "kernel_size": 1}, {"name": "view", "type": "Reshape", "shape": )" +
            shape + "}");
  };
  EXPECT_EQ(only(with("[-1, 784]"), Code::W509),
            "view: `view` makes a batch of 4 into 8: [4, 1, 56, 28] to [8, 784]");
  EXPECT_EQ(only(with("[4, -1]"), Code::W509),
            "view: `view` fixes the batch at 4: [4, 1, 56, 28] to [4, 1568]");
  EXPECT_EQ(codes(with("[-1, 1568]")), "");
  EXPECT_EQ(codes(with(R"(["in[0]", -1])")), "");
  EXPECT_EQ(codes(with(R"(["in[0]*2", -1])")), "");
}

TEST(BatchCollapse, ShapesThatFixTheBatchAreOneFinding) {
  const std::string spec = net("[1, 4, 8, 8]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 1},
      {"name": "fold", "type": "Reshape", "shape": [1, 4, 64]}, {"name": "back", "type": "Reshape", "shape": [1, 4, 8, 8]})");
  EXPECT_EQ(only(spec, Code::W509), "fold: `fold` and `back` fix the batch at 1");
  ASSERT_EQ(found(spec)[0].related.size(), 1u);
  EXPECT_EQ(found(spec)[0].related[0].message, "[1, 4, 64] to [1, 4, 8, 8]");
}

TEST(BatchCollapse, AFoldThatIsUndoneIsMeant) {
  EXPECT_EQ(codes(net("[2, 6, 8, 8]", R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 1},
      {"name": "fold", "type": "Reshape", "shape": [-1, 3, 8, 8]}, {"type": "ReLU"},
      {"name": "unfold", "type": "Reshape", "shape": [-1, 6, 8, 8]})")),
            "");
}

TEST(BatchCollapse, AnAxisThatWasPutInFrontIsNoBatch) {
  const auto put_in = [](const std::string& dim) {
    return net("[1, 3, 8]", R"({"type": "Unsqueeze", "dim": )" + dim + R"(}, {"type": "Add", "value": 1},
        {"type": "Squeeze", "dim": 0}, {"type": "Flatten"})");
  };
  EXPECT_EQ(codes(put_in("0")), "");
  EXPECT_EQ(codes(put_in("1")), "W509");
}

TEST(BatchCollapse, TheStatesOfARecurrentLayerBeginWithItsLayers) {
  const std::string lstm = R"({"name": "lstm", "type": "LSTM", "input_size": 8, "hidden_size": 4}, )";
  const auto squeezed = [&](const std::string& from) {
    return net("[1, 1, 8]", lstm + R"({"type": "Squeeze", "dim": 0, "inputs": ")" + from + R"("})");
  };
  EXPECT_EQ(codes(squeezed("lstm")), "W509");
  EXPECT_EQ(codes(squeezed("lstm:1")), "");
}

TEST(BatchCollapse, FlattenFromZeroAndSqueezeOfABatchOfOneAreNamed) {
  const std::string conv = R"({"type": "Conv2d", "out_channels": 3, "kernel_size": 1}, )";
  EXPECT_EQ(codes(net("[1, 3, 8, 8]", conv + R"({"type": "Flatten", "start_dim": 0})")), "W509");
  EXPECT_EQ(codes(net("[1, 3, 8, 8]", conv + R"({"type": "Flatten"})")), "");
  EXPECT_EQ(codes(net("[1, 3, 1, 1]", conv + R"({"type": "Squeeze"})")), "W509");
  EXPECT_EQ(codes(net("[1, 3, 1, 1]", conv + R"({"type": "Squeeze", "dim": [2, 3]})")), "");
}

TEST(BatchCollapse, AxesThatGoIntoTheBatchOnPurpose) {
  const std::string conv = R"({"type": "Conv2d", "out_channels": 3, "kernel_size": 1}, )";
  EXPECT_EQ(codes(net("[2, 3, 8, 8]", conv + R"({"type": "Permute", "dims": [0, 2, 3, 1]},
      {"type": "Flatten", "start_dim": 0, "end_dim": 2})")),
            "");
  EXPECT_EQ(codes(net("[2, 3, 8, 8]", conv + R"({"type": "Flatten", "start_dim": 0, "end_dim": 1})")), "");
}

TEST(BatchCollapse, FramesThatBecomeAClipAgainAreMeant) {
  const std::string conv = R"({"type": "Conv2d", "out_channels": 3, "kernel_size": 1}, )";
  EXPECT_EQ(codes(net("[2, 6, 8, 8]", R"({"type": "Conv2d", "out_channels": 6, "kernel_size": 1},
      {"type": "Unflatten", "dim": 1, "unflattened_size": [2, 3]}, {"type": "Flatten", "start_dim": 0, "end_dim": 1},
      {"type": "ReLU"}, {"type": "Reshape", "shape": [-1, 6, 8, 8]})")),
            "");
  EXPECT_EQ(
      codes(net("[1, 3, 8, 8]", conv + R"({"type": "Squeeze", "dim": 0}, {"type": "Unsqueeze", "dim": 0})")),
      "");
  EXPECT_EQ(codes(net("[1, 3, 8, 8]", conv + R"({"type": "Squeeze", "dim": 0})")), "W509");
}

TEST(BatchCollapse, LinesOfAPackageAreItsOwnAffair) {
  const auto with = [](const std::string& file) {
    return net("[1, 3, 8, 8]", R"({"type": "Conv2d", "out_channels": 3, "kernel_size": 1},
      {"type": "Flatten", "start_dim": 0, "source": {"called": ")" +
                                   file + R"(:7"}})");
  };
  EXPECT_EQ(codes(with("/usr/lib/python3/dist-packages/nets/vit.py")), "");
  EXPECT_EQ(codes(with("nets/vit.py")), "W509");
}

TEST(BiasOnlyBorder, IsWhatNoWindowReaches) {
  const auto with = [](const std::string& k, const std::string& p) {
    return net(
        "[1, 3, 37]",
        R"({"name": "up", "type": "ConvTranspose1d", "out_channels": 3, "stride": 2, "output_padding": 1,
      "kernel_size": )" +
            k + R"(, "padding": )" + p + "}");
  };
  EXPECT_EQ(only(with("2", "0"), Code::W510),
            "up: the border of `up` holds nothing but the bias: no window reaches it");
  EXPECT_EQ(found(with("2", "0"))[0].label, "output_padding 1, padding 0: the last 1 of 75 along length");
  EXPECT_EQ(codes(with("4", "1")), "");
}

TEST(Risks, NotesWaitUntilNothingIsWrongWarningsDoNot) {
  const Parsed parsed = parse(
      Source("net.json", net("[1, 3, 75, 75]", R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"type": "ReLU", "inputs": "input"})")));
  const Trace trace = infer(parsed.spec);
  const auto count = [&](bool sound) { return risks(parsed.spec, trace, sound).size(); };
  EXPECT_EQ(count(false), 1u);
  EXPECT_EQ(count(true), 2u);
}

TEST(Risks, NothingIsSaidBehindARefusedLayer) {
  const Parsed parsed = parse(
      Source("net.json",
             net("[1, 3, 8, 8]",
                 R"({"name": "a", "type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3},
      {"name": "b", "type": "InstanceNorm2d", "num_features": 4}, {"type": "ReLU", "inputs": "a"})")));
  EXPECT_TRUE(risks(parsed.spec, infer(parsed.spec), false).empty());
}

TEST(Risks, AreIgnoredByLayerBySpecAndByTheCaller) {
  Parsed parsed =
      parse(Source("net.json", net("[1, 3, 8, 8]",
                                   R"({"name": "a", "type": "ReLU"}, {"type": "ReLU", "inputs": "input"})")));
  Spec& spec = parsed.spec;
  const Trace trace = infer(spec);
  std::vector<Finding> all = risks(spec, trace, true);
  ASSERT_EQ(all.size(), 1u);
  drop_ignored(spec, {Code::W501}, all);
  EXPECT_EQ(all.size(), 1u);
  drop_ignored(spec, {Code::W502}, all);
  EXPECT_TRUE(all.empty());

  all = risks(spec, trace, true);
  spec.ignore = {Code::W502};
  drop_ignored(spec, {}, all);
  EXPECT_TRUE(all.empty());

  spec.layers[0].ignore = {Code::W502};
  EXPECT_TRUE(risks(spec, trace, true).empty());
}

}  // namespace
}  // namespace shapedbg
