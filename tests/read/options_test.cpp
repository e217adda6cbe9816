// Option values and references of single layers.
#include <gtest/gtest.h>

#include <algorithm>

#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg::options_test {
namespace {

using Lines = std::vector<std::string>;

struct Read {
  Parsed parsed;
  Lines findings;  // "code message"
  const LayerSpec& last() const { return parsed.spec.layers.back(); }
};

// `layers` behind two pools and a Chunk that they may refer to.
Read read(const std::string& layers) {
  const std::string head = R"({"input": [1, 4, 8, 8], "layers": [
    {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "both", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
    {"name": "parts", "type": "Chunk", "chunks": 2}, )";
  Read result{parse(Source("f", head + layers + "]}")), {}};
  for (const Finding& finding : result.parsed.findings)
    result.findings.push_back(std::string(info(finding.code).id) + " " + finding.message);
  // Later stages leave out exactly the layers that have a finding, but go through a Custom that does not say
  // what it returns.
  bool broken = false;
  for (const LayerSpec& layer : result.parsed.spec.layers) broken = broken || layer.broken;
  const bool silent = std::any_of(result.parsed.findings.begin(), result.parsed.findings.end(),
                                  [](const Finding& f) { return f.code == Code::S105 && !f.notes.empty(); });
  EXPECT_EQ(broken || silent, !result.findings.empty()) << layers;
  return result;
}

Lines conv(const std::string& option) {
  return read(R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, )" + option + "}").findings;
}

TEST(Options, OutOfRangeNamesTheRange) {
  EXPECT_EQ(conv(R"("stride": 0)"), (Lines{"S110 `stride` must be from 1 to 2147483647, not 0"}));
  EXPECT_EQ(conv(R"("stride": 2147483648)"),
            (Lines{"S110 `stride` must be from 1 to 2147483647, not 2147483648"}));
  EXPECT_EQ(conv(R"("stride": 2147483647)"), Lines{});
  EXPECT_EQ(conv(R"("groups": 0)"), (Lines{"S110 `groups` must be from 1 to 2147483647, not 0"}));
  EXPECT_EQ(conv(R"("padding": -1)"), (Lines{"S110 `padding` must be from 0 to 2147483647, not -1"}));
  EXPECT_EQ(conv(R"("padding": [1, -2])"),
            (Lines{"S110 an entry of `padding` must be from 0 to 2147483647, not -2"}));
  EXPECT_EQ(conv(R"("dilation": [0, -1])"),
            (Lines{"S110 an entry of `dilation` must be from 1 to 2147483647, not 0",
                   "S110 an entry of `dilation` must be from 1 to 2147483647, not -1"}));
  EXPECT_EQ(read(R"({"type": "Dropout", "p": 1.5})").findings,
            (Lines{"S110 `p` must be from 0 to 1, not 1.5"}));
  EXPECT_EQ(read(R"({"type": "BatchNorm2d", "eps": 1e400})").findings,
            (Lines{"S110 `eps` is beyond what a double holds: 1e400"}));
  EXPECT_EQ(read(R"({"type": "Upsample", "scale_factor": [2, 0]})").findings,
            (Lines{"S110 an entry of `scale_factor` must be greater than 0, not 0"}));
}

TEST(Options, AWrongTypeNamesWhatIsExpectedAndWhatStandsThere) {
  EXPECT_EQ(conv(R"("stride": "2")"),
            (Lines{"S104 `stride` must be an integer or a list of 2, not the string `2`: write 2"}));
  EXPECT_EQ(conv(R"("stride": 2.0)"),
            (Lines{"S104 `stride` must be an integer or a list of 2, not 2.0: write 2"}));
  EXPECT_EQ(conv(R"("stride": 2.5)"), (Lines{"S104 `stride` must be an integer or a list of 2, not 2.5"}));
  EXPECT_EQ(conv(R"("stride": null)"), (Lines{"S104 `stride` must be an integer or a list of 2, not null"}));
  EXPECT_EQ(conv(R"("stride": [1, {}])"),
            (Lines{"S104 an entry of `stride` must be an integer, not an object"}));
  EXPECT_EQ(conv(R"("bias": 1)"), (Lines{"S104 `bias` must be true or false, not 1"}));
  EXPECT_EQ(conv(R"("padding": true)"),
            (Lines{"S104 `padding` must be an integer, a list of 2, `same` or `valid`, not true"}));
  EXPECT_EQ(read(R"({"type": "LeakyReLU", "negative_slope": "a"})").findings,
            (Lines{"S104 `negative_slope` must be a number, not the string `a`"}));
  EXPECT_EQ(read(R"({"type": "Upsample", "size_like": 3})").findings,
            (Lines{"S104 a reference must be the name of a layer or input, not 3"}));
}

TEST(Options, AWrongLengthNamesTheRightOne) {
  EXPECT_EQ(conv(R"("stride": [1])"),
            (Lines{"S111 `stride` of Conv2d takes one integer or a list of 2, not a list of 1"}));
  EXPECT_EQ(conv(R"("stride": [])"),
            (Lines{"S111 `stride` of Conv2d takes one integer or a list of 2, not an empty list"}));
  EXPECT_EQ(read(R"({"type": "ZeroPad2d", "padding": [1, 2]})").findings,
            (Lines{"S111 `padding` of ZeroPad2d takes one integer or a list of 4, not a list of 2"}));
  EXPECT_EQ(read(R"({"type": "Pad", "padding": [1, 2, 3]})").findings,
            (Lines{"S111 `padding` of Pad takes two numbers for each axis, not a list of 3"}));
}

TEST(Options, WordsAreChecked) {
  EXPECT_EQ(conv(R"("padding": "sam")"), (Lines{"S110 `padding` must be an integer, a list of 2, `same` or "
                                                "`valid`, not `sam`; the nearest known word is `same`"}));
  EXPECT_EQ(
      read(R"({"type": "GELU", "approximate": "tan"})").findings,
      (Lines{"S110 `approximate` must be `none` or `tanh`, not `tan`; the nearest known word is `tanh`"}));
  EXPECT_EQ(read(R"({"type": "Custom", "label": "any words", "output": "same"})").findings, Lines{});
}

TEST(Options, WhatIsMissingIsNamed) {
  EXPECT_EQ(read(R"({"type": "Conv2d"})").findings,
            (Lines{"S105 `Conv2d` needs `out_channels`", "S105 `Conv2d` needs `kernel_size`"}));
  EXPECT_EQ(read(R"({"type": "Custom"})").findings,
            (Lines{"S105 `Custom` needs `output`: \"same\", or a shape as [\"in[0]\", \"in[1]*2\"]; "
                   "`outputs` where it "
                   "returns several"}));
  EXPECT_EQ(read(R"({"name": "x"})").findings, (Lines{"S105 `x` needs a `type`"}));
  EXPECT_EQ(read(R"({"type": "Custom", "output": [1], "outputs": [[1]]})").findings,
            (Lines{"S116 `output` and `outputs` exclude each other"}));
}

TEST(Options, ValuesAreReadAsTheirTypeSays) {
  const Read pads = read(R"({"type": "ZeroPad2d", "padding": -3})");
  EXPECT_EQ(pads.last().integers(Opt::padding), (std::vector<std::int64_t>{-3, -3, -3, -3}))
      << "one number for every side";
  EXPECT_EQ(read(R"({"type": "Mean", "dim": 1})").last().integers(Opt::dim), (std::vector<std::int64_t>{1}));
  const Read adaptive = read(R"({"type": "AdaptiveAvgPool2d", "output_size": [null, 3]})");
  EXPECT_EQ(adaptive.last().axes(Opt::output_size), (std::array<std::int64_t, 3>{keep_size, 3, 0}));
  EXPECT_EQ(to_json(adaptive.last().find(Opt::output_size)->value), "[null, 3]");
  const Read slice = read(R"({"type": "Slice", "index": [null, [1, null], [-3, null, 2]]})");
  EXPECT_EQ(std::get<std::vector<SliceRange>>(slice.last().find(Opt::index)->value),
            (std::vector<SliceRange>{{}, {1, SliceRange::open, 1}, {-3, SliceRange::open, 2}}));
  EXPECT_EQ(to_json(slice.last().find(Opt::index)->value), "[[null, null], [1, null], [-3, null, 2]]");
  const Read reshape = read(R"({"type": "Reshape", "shape": [-1, "in[1]*4", 2]})");
  EXPECT_EQ(to_json(reshape.last().find(Opt::shape)->value), R"([-1, "in[1]*4", 2])");
  const Read same = read(R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": "same"})");
  EXPECT_EQ(same.last().word(Opt::padding), "same");
  EXPECT_EQ(same.last().axes(Opt::padding), (std::array<std::int64_t, 3>{0, 0, 0}));
  EXPECT_EQ(read(R"({"type": "Upsample", "scale_factor": 2})").last().number(Opt::scale_factor), 2.0);
  EXPECT_EQ(read(R"({"type": "AvgPool2d", "kernel_size": [3, 2]})").last().axes(Opt::stride),
            (std::array<std::int64_t, 3>{3, 2, 0}))
      << "a pool steps by its kernel";
  EXPECT_EQ(read(R"({"type": "AvgPool2d", "kernel_size": 3, "stride": null})").last().axes(Opt::stride),
            (std::array<std::int64_t, 3>{3, 3, 0}));
}

TEST(Options, SizesAreChecked) {
  const auto shape = [](const std::string& json) {
    return read(R"({"type": "Reshape", "shape": )" + json + "}").findings;
  };
  EXPECT_EQ(shape("[-1, 2, -1]"),
            (Lines{"S110 `shape` holds -1 twice: only one entry can follow from the rest"}));
  EXPECT_EQ(shape("[0]"), (Lines{"S110 an entry of `shape` must be from 1 to 2147483647, or -1, not 0"}));
  EXPECT_EQ(shape("[-2]"), (Lines{"S110 an entry of `shape` must be from 1 to 2147483647, or -1, not -2"}));
  EXPECT_EQ(shape("[\"in[0]/2\"]"), (Lines{"S113 the size expression `in[0]/2` cannot be read: sizes are "
                                           "divided with `//`, which rounds down"}));
  EXPECT_EQ(shape("[\"in[1][0]\"]"),
            (Lines{"S113 `in[1][0]` reads input 1, and `layers.3` has 1, counted from 0"}));
  EXPECT_EQ(shape("\"same\""),
            (Lines{"S104 `shape` must be a list of integers and size expressions, not the string `same`"}));
  EXPECT_EQ(read(R"({"type": "Custom", "outputs": [[1, 2], []]})").findings, Lines{});
  EXPECT_EQ(read(R"({"type": "Custom", "output": [-1]})").findings,
            (Lines{"S110 an entry of `output` must be from 1 to 2147483647, not -1"}));
}

TEST(References, NameLayersInputsAndTheirOutputs) {
  const Read good = read(
      R"({"type": "Concat", "inputs": ["pool", "both:1", "parts:1", "input", "prev", "prev:1", "pool:0"]})");
  EXPECT_EQ(good.findings, Lines{});
  EXPECT_EQ(good.last().inputs, (std::vector<Ref>{{LayerId(0), 0},
                                                  {LayerId(1), 1},
                                                  {LayerId(2), 1},
                                                  Ref::of_input(0),
                                                  {LayerId(2), 0},
                                                  {LayerId(2), 1},
                                                  {LayerId(0), 0}}));
}

TEST(References, OfVeryManyTensorsTheFirstCanBeNamed) {
  const auto lines = [](const std::string& name) {
    return read(R"({"type": "Unbind", "name": "every", "dim": 3}, {"type": "ReLU", "inputs": ")" + name +
                R"("})")
        .findings;
  };
  EXPECT_EQ(lines("every:4095"), Lines{});
  EXPECT_EQ(lines("every:4096"), (Lines{"S112 `every:4096` cannot be named: of the tensors of `every` the "
                                        "first 4096 alone are looked at"}));
}

TEST(References, ThatNameNothingAreFindings) {
  const auto lines = [](const std::string& name) {
    return read(R"({"type": "ReLU", "name": "me", "inputs": ")" + name +
                R"("}, {"name": "later", "type": "ReLU"})")
        .findings;
  };
  EXPECT_EQ(lines("poll"),
            (Lines{"S106 there is no layer or input `poll`; the nearest known name is `pool`"}));
  EXPECT_EQ(lines("later"), (Lines{"S108 `later` runs after `me`: a layer takes only what ran before it"}));
  EXPECT_EQ(lines("me"), (Lines{"S108 `me` cannot take its own output"}));
  EXPECT_EQ(lines("parts:2"), (Lines{"S112 `parts` returns 2 tensors: there is no `parts:2`"}));
  EXPECT_EQ(lines("pool:1"), (Lines{"S112 `pool` returns 1 tensor: there is no `pool:1`; `return_indices` "
                                    "adds the indices as the second"}));
  EXPECT_EQ(lines("input:1"), (Lines{"S112 `input` returns 1 tensor: there is no `input:1`"}));
  EXPECT_EQ(lines("pool:x"), (Lines{"S112 the output in `pool:x` must be a number from 0, as in `pool:1`"}));
  EXPECT_EQ(
      lines("pool:99999999999999999999"),
      (Lines{"S112 the output in `pool:99999999999999999999` must be a number from 0, as in `pool:1`"}));
  EXPECT_EQ(lines("zzzzzzzzzzzzzzzz"), (Lines{"S106 there is no layer or input `zzzzzzzzzzzzzzzz`"}));
}

TEST(References, IndicesComeFromAPoolOfTheSameAxes) {
  const auto unpool = [](const std::string& kind, const std::string& name) {
    return read(R"({"type": ")" + kind + R"(", "kernel_size": 2, "indices": ")" + name + R"("})");
  };
  EXPECT_EQ(unpool("MaxUnpool2d", "pool").last().reference(Opt::indices), (Ref{LayerId(0), 0}));
  EXPECT_EQ(unpool("MaxUnpool2d", "pool:1").last().reference(Opt::indices), (Ref{LayerId(0), 0}))
      << "a pool has its indices in any case";
  EXPECT_EQ(unpool("MaxUnpool3d", "pool").findings,
            (Lines{"S112 `indices` must name a MaxPool3d, and `pool` is a MaxPool2d"}));
  EXPECT_EQ(unpool("MaxUnpool2d", "input").findings,
            (Lines{"S112 `indices` must name a MaxPool2d, and `input` is an input"}));
}

TEST(References, KindsTakeTheirNumberOfInputs) {
  EXPECT_EQ(read(R"({"type": "Add"})").findings, (Lines{"S109 `Add` needs `inputs` with 2 or more names"}));
  EXPECT_EQ(read(R"({"type": "Sub", "inputs": ["pool"]})").findings,
            (Lines{"S109 `Sub` takes 2 inputs, not 1"}));
  EXPECT_EQ(read(R"({"type": "ReLU", "inputs": ["pool", "input"]})").findings,
            (Lines{"S109 `ReLU` takes 1 input, not 2"}));
  EXPECT_EQ(read(R"({"type": "ReLU", "inputs": []})").findings, (Lines{"S109 `ReLU` takes 1 input, not 0"}));
}

TEST(References, HaveTheirNamesInJson) {
  const Read like = read(R"({"type": "Upsample", "size_like": "parts:1"})");
  EXPECT_EQ(to_json(like.parsed.spec, like.last().find(Opt::size_like)->value), "\"parts:1\"");
  EXPECT_EQ(to_json(like.last().find(Opt::scale_factor)->value), "null");
}

// Every kind of the table can be written with what it requires and nothing else.
TEST(Options, EveryKindReadsItsRequiredOptions) {
  for (const KindInfo& kind : all_kinds()) {
    std::string json = "{\"type\": \"" + std::string(kind.name) + "\"";
    for (const OptionInfo& option : kind.options) {
      if (!option.required) continue;
      json += ", \"" + std::string(to_string(option.opt)) + "\": ";
      switch (option.type) {
        case OptType::number:
        case OptType::integer:
        case OptType::axes:
        case OptType::axes_or_null:
        case OptType::axes_or_word:
        case OptType::axes_number:
        case OptType::pads:
        case OptType::integers:
          json += "1";
          break;
        case OptType::sizes:
          json += "[1]";
          break;
        case OptType::sizes_list:
          json += "[[1]]";
          break;
        case OptType::slices:
          json += "[[0, 1]]";
          break;
        case OptType::reference: {
          const std::string axes = std::to_string(kind.axes);
          json += "\"pool" + axes + "\"";
          break;
        }
        case OptType::boolean:
          json += "true";
          break;
        case OptType::word:
          json += "\"" + std::string(option.words.substr(0, option.words.find('|'))) + "\"";
          break;
      }
    }
    if (kind.kind == LayerKind::Custom) json += ", \"output\": \"same\"";
    if (kind.arity.min > 1 || kind.family == Family::elementwise) {
      json += ", \"inputs\": [\"input\"";
      // Without a `value` in place of the last one.
      const int taken = kind.kind == LayerKind::Where ? kind.arity.max : std::max(kind.arity.min, 2);
      for (int i = 1; i < taken; ++i) json += ", \"prev\"";
      json += "]";
    }
    const Read one = read(
        R"({"name": "pool1", "type": "MaxPool1d", "kernel_size": 2}, {"name": "pool2", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "pool3", "type": "MaxPool3d", "kernel_size": 2}, )" +
        json + "}");
    EXPECT_EQ(one.findings, Lines{}) << json;
    EXPECT_FALSE(one.last().broken) << json;
    EXPECT_EQ(one.last().kind, kind.kind);
    EXPECT_EQ(one.last().options.size(), kind.options.size());
  }
}

}  // namespace
}  // namespace shapedbg::options_test
