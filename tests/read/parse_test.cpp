// The document, its layers, inputs and expectations.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg::parse_test {
namespace {

// "line:column code message [layer]" of every finding, in order.
std::vector<std::string> findings_of(const std::string& bytes) {
  const Source source("f", bytes);
  std::vector<std::string> lines;
  for (const Finding& finding : parse(source).findings) {
    const Position at = source.position(finding.where.span.begin);
    lines.push_back(std::to_string(at.line) + ":" + std::to_string(at.column) + " " +
                    std::string(info(finding.code).id) + " " + finding.message +
                    (finding.layer.empty() ? "" : " [" + finding.layer + "]"));
  }
  return lines;
}

using Lines = std::vector<std::string>;

constexpr const char* kSeed = R"({
  "name": "autoencoder",
  "input": [1, 128, 24, 24],
  "encoder": [
    // strided
    {"name": "down", "type": "Conv2d", "in_channels": 128, "out_channels": 256, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "ReLU"}, {"type": "BatchNorm2d"}
  ],
  "decoder": [
    {"name": "up", "type": "ConvTranspose2d", "in_channels": 256, "out_channels": 128, "kernel_size": [3, 5], "stride": 2, "padding": 1}
  ]
})";

TEST(Parse, ReadsAnEncoderAndADecoder) {
  const Source source("f", kSeed);
  const Parsed parsed = parse(source);
  ASSERT_TRUE(parsed.findings.empty());
  EXPECT_TRUE(parsed.usable);
  const Spec& spec = parsed.spec;
  EXPECT_EQ(spec.name, "autoencoder");
  ASSERT_EQ(spec.inputs.size(), 1u);
  EXPECT_EQ(spec.inputs[0].name, "input");
  EXPECT_EQ(spec.inputs[0].shape, (Shape{1, 128, 24, 24}));
  ASSERT_EQ(spec.layers.size(), 4u);
  EXPECT_TRUE(spec.has_parts);
  EXPECT_EQ(spec.layers[1].name, "encoder.1");
  EXPECT_EQ(spec.layers[2].part, Part::encoder);
  EXPECT_EQ(spec.layers[3].part, Part::decoder);
  EXPECT_EQ(spec.layers[0].inputs, (std::vector<Ref>{Ref::of_input(0)}));
  EXPECT_EQ(spec.layers[3].inputs, (std::vector<Ref>{{LayerId(2), 0}}));
  EXPECT_EQ(spec.find("up"), LayerId{3});
  EXPECT_EQ(spec.find("upp"), std::nullopt);
  EXPECT_EQ(spec.name_of({LayerId(3), 0}), "up");
  EXPECT_EQ(spec.name_of({LayerId(0), 1}), "down:1");
  EXPECT_EQ(spec.name_of(Ref::of_input(0)), "input");
  ASSERT_TRUE(spec.expect);
  EXPECT_EQ(spec.expect->kind, Expect::Kind::input);

  const LayerSpec& up = spec.layers[3];
  EXPECT_EQ(up.kind, LayerKind::ConvTranspose2d);
  EXPECT_EQ(up.typed_as, "ConvTranspose2d");
  EXPECT_EQ(up.axes(Opt::kernel_size), (std::array<std::int64_t, 3>{3, 5, 0}));
  EXPECT_EQ(up.axes(Opt::stride), (std::array<std::int64_t, 3>{2, 2, 0}));
  EXPECT_EQ(up.axes(Opt::output_padding), (std::array<std::int64_t, 3>{0, 0, 0}));
  EXPECT_EQ(up.integer(Opt::out_channels), 128);
  EXPECT_TRUE(up.flag(Opt::bias));
  EXPECT_EQ(up.word(Opt::padding_mode), "zeros");
  EXPECT_FALSE(up.has(Opt::size_like));
  EXPECT_TRUE(up.has(Opt::output_padding));
  EXPECT_FALSE(up.find(Opt::output_padding)->written);
  EXPECT_EQ(up.find(Opt::indices), nullptr);
  EXPECT_EQ(source.slice(up.name_place.span), "\"name\": \"up\"");
  EXPECT_EQ(source.slice(up.type_place.span), "\"ConvTranspose2d\"");
  EXPECT_EQ(up.where.pointer, "/decoder/0");
  EXPECT_EQ(up.find(Opt::kernel_size)->where.pointer, "/decoder/0/kernel_size");
  EXPECT_EQ(source.slice(up.find(Opt::kernel_size)->where.span), "[3, 5]");
  EXPECT_EQ(source.slice(spec.layers[1].name_place.span), "\"type\": \"ReLU\"");
}

TEST(Parse, ADecoderOrAnEncoderMayStandAlone) {
  for (const std::string part : {"encoder", "decoder"}) {
    const Parsed parsed = parse(Source("f", "{\"input\": [1, 4], \"" + part + "\": [{\"type\": \"ReLU\"}]}"));
    EXPECT_TRUE(parsed.findings.empty());
    EXPECT_TRUE(parsed.usable);
    EXPECT_FALSE(parsed.spec.expect) << "nothing is expected of half a network";
    EXPECT_EQ(parsed.spec.layers.at(0).name, part + ".0");
  }
}

TEST(Parse, TheDecoderRunsBehindTheEncoderWhereverItStands) {
  const Parsed parsed = parse(Source(
      "f",
      R"({"decoder": [{"type": "Tanh", "inputs": "e"}], "encoder": [{"type": "ReLU", "name": "e"}], "input": [4]})"));
  ASSERT_TRUE(parsed.findings.empty());
  EXPECT_EQ(parsed.spec.layers.at(0).kind, LayerKind::ReLU);
  EXPECT_EQ(parsed.spec.layers.at(1).inputs, (std::vector<Ref>{{LayerId(0), 0}}));
}

TEST(Parse, AWrittenNullSwitchesTheExpectationOff) {
  std::string bytes = kSeed;
  bytes.insert(1, "\"expect\": null, ");
  EXPECT_FALSE(parse(Source("f", bytes)).spec.expect);
}

TEST(Parse, ReadsEveryFormOfExpect) {
  const auto expect = [](const std::string& json) {
    const Parsed parsed =
        parse(Source("f", "{\"input\": [1, 4], \"layers\": [{\"type\": \"ReLU\", \"expect\": " + json +
                              "}], \"expect\": " + json + "}"));
    EXPECT_TRUE(parsed.findings.empty()) << json;
    EXPECT_TRUE(parsed.spec.expect && parsed.spec.layers[0].expect) << json;
    EXPECT_EQ(parsed.spec.expect->kind, parsed.spec.layers[0].expect->kind);
    return *parsed.spec.expect;
  };
  EXPECT_EQ(expect("\"input\"").kind, Expect::Kind::input);
  EXPECT_EQ(expect("[1, null, 5]").shape, (Shape{1, Expect::any_size, 5}));
  EXPECT_EQ(expect("{\"scale\": 4}").scale, std::vector<double>{4});
  EXPECT_EQ(expect("{\"scale\": 0.5}").scale, std::vector<double>{0.5});
  EXPECT_EQ(expect("{\"scale\": [2]}").scale, std::vector<double>{2});
}

TEST(Parse, RefusesExpectationsThatAreNone) {
  const auto line = [](const std::string& json) {
    return findings_of("{\"input\": [4], \"layers\": [{\"type\": \"ReLU\"}], \"expect\":\n" + json + "}");
  };
  EXPECT_EQ(line("\"inputs\""), (Lines{"2:1 S110 `expect` must be `input`, a shape or {\"scale\": number}, "
                                       "not `inputs`; the nearest known word is `input`"}));
  EXPECT_EQ(line("3"),
            (Lines{"2:1 S104 `expect` must be `input`, a shape, {\"scale\": number} or null, not 3"}));
  EXPECT_EQ(line("[1, 0]"), (Lines{"2:5 S110 a size of `expect` must be from 1 to 281474976710656, not 0"}));
  EXPECT_EQ(line("{}"), (Lines{"2:1 S105 `expect` as an object needs `scale`"}));
  EXPECT_EQ(line("{\"scale\": 0}"),
            (Lines{"2:11 S110 `scale` must be greater than 0 and at most 281474976710656, not 0"}));
  EXPECT_EQ(line("{\"scale\": [2, true]}"),
            (Lines{"2:11 S111 `scale` takes a number, or one per spatial axis, not a list of 2"}));
  EXPECT_EQ(line("{\"scale\": \"2\"}"),
            (Lines{"2:11 S104 `scale` must be a number or a list of numbers, not the string `2`"}));
  EXPECT_EQ(line("{\"scale\": 2, \"scala\": 1}"),
            (Lines{"2:14 S102 `expect` has no key `scala`; the nearest known key is `scale`"}));
}

TEST(Parse, ReadsSeveralInputs) {
  const Parsed parsed = parse(Source("f", R"({"input": {"image": [1, 1, 28, 28], "label": [1]}, "layers": [
    {"type": "Concat", "inputs": ["input", "image", "label", "prev"]}]})"));
  ASSERT_TRUE(parsed.findings.empty());
  ASSERT_EQ(parsed.spec.inputs.size(), 2u);
  EXPECT_EQ(parsed.spec.inputs[1].name, "label");
  EXPECT_EQ(parsed.spec.name_of(Ref::of_input(1)), "label");
  const Ref first = Ref::of_input(0);
  EXPECT_EQ(parsed.spec.layers[0].inputs, (std::vector<Ref>{first, first, Ref::of_input(1), first}));
}

TEST(Parse, ReadsWhereANetworkRuns) {
  const auto net = [](const std::string& runs_at) {
    return R"({"input": {"a": [1, 3, 8], "b": [4]}, "layers": [{"type": "ReLU"}], "runs_at":)"
           "\n" +
           runs_at + "}";
  };
  EXPECT_EQ(parse(Source("f", net("[1, 3, 16]"))).spec.runs_at, (std::vector<Shape>{{1, 3, 16}, {4}}));
  EXPECT_EQ(parse(Source("f", net(R"({"b": [5]})"))).spec.runs_at, (std::vector<Shape>{{1, 3, 8}, {5}}));
  EXPECT_EQ(findings_of(net("[1, 3]")), (Lines{"2:1 S111 `runs_at` has 2 sizes of `a`, which has 3"}));
  EXPECT_EQ(findings_of(net(R"({"c": [5]})")), (Lines{"2:2 S102 `runs_at`: the spec has no input `c`"}));
  EXPECT_EQ(findings_of(net("7")),
            (Lines{"2:1 S104 `a` must be a list of sizes with the batch axis, not 7"}));
}

TEST(Parse, ChecksInputShapes) {
  const auto lines = [](const std::string& json) {
    return findings_of("{\"layers\": [{\"type\": \"ReLU\"}], \"input\":\n" + json + "}");
  };
  EXPECT_EQ(lines("[1, 1099511627776]"), Lines{});
  EXPECT_EQ(lines("[1, 0, -3]"),
            (Lines{"2:5 S110 a size of `input` must be from 1 to 281474976710656, not 0",
                   "2:8 S110 a size of `input` must be from 1 to 281474976710656, not -3"}));
  EXPECT_EQ(lines("[24.0]"), (Lines{"2:2 S104 a size of `input` must be an integer, not 24.0: write 24"}));
  EXPECT_EQ(lines("[1e400]"),
            (Lines{"2:2 S110 a size of `input` must be from 1 to 281474976710656, not 1e400"}));
  EXPECT_EQ(
      lines("[99999999999999999999]"),
      (Lines{"2:2 S110 a size of `input` must be from 1 to 281474976710656, not 99999999999999999999"}));
  EXPECT_EQ(
      lines("[1, \"H\"]"),
      (Lines{"2:5 S106 `sizes` does not name the free size `H`: add \"sizes\": {\"H\": {\"min\": 64}}"}));
  EXPECT_EQ(lines("[]"), (Lines{"2:1 S111 `input` takes 1 to 8 sizes, not an empty list"}));
  EXPECT_EQ(lines("7"), (Lines{"2:1 S104 `input` must be a list of sizes with the batch axis, not 7"}));
  EXPECT_EQ(lines("{}"), (Lines{"2:1 S105 `input` as an object needs at least one named shape"}));
  EXPECT_EQ(lines("{\"a\": [1], \"input\": [2], \"prev\": [3]}"),
            (Lines{"2:12 S112 `input` always names the first input",
                   "2:26 S112 `prev` is reserved for the layer before"}));
}

TEST(Parse, WhatHoldsNoNetworkIsNotUsable) {
  const auto usable = [](const std::string& bytes) { return parse(Source("f", bytes)).usable; };
  EXPECT_FALSE(usable("[]"));
  EXPECT_FALSE(usable("{}"));
  EXPECT_FALSE(usable("{\"input\": [1]}"));
  EXPECT_FALSE(usable("{\"input\": [1], \"layers\": []}"));
  EXPECT_FALSE(usable("{\"input\": [0], \"layers\": [{\"type\": \"ReLU\"}]}"));
  EXPECT_FALSE(usable("{\"layers\": [{\"type\": \"ReLU\"}]}"));
  EXPECT_TRUE(usable("{\"input\": [1], \"layers\": [{\"type\": \"Relu\"}]}"));
  EXPECT_EQ(findings_of("[]"),
            (Lines{"1:1 S101 a spec is a JSON object with `input` and layers, not an empty list"}));
  EXPECT_EQ(findings_of("{\"input\": [1]}"),
            (Lines{"1:1 S101 the file holds no network: a spec needs `layers`, or `encoder` and `decoder`"}));
  EXPECT_EQ(findings_of("{\"input\": [1], \"layers\": []}"), (Lines{"1:26 S101 the spec has no layers"}));
  EXPECT_EQ(findings_of("{\"input\": [1], \"layers\": {}}"),
            (Lines{"1:26 S104 `layers` must be a list of layers, not an object"}));
}

TEST(Parse, UnknownWordsComeWithTheNearestOne) {
  EXPECT_EQ(findings_of(R"({"inputs": [1], "input": [1], "$schema": "x", "description": "y",
"layers": [
{"type": "Conv2D", "name": "a", "kernel": 3},
{"type": "ConvTransposed2d"},
{"type": "Conv2d", "out_channels": 1, "kernel_size": 1, "strid": 1, "zzz": 2}]})"),
            (Lines{"1:2 S102 a spec has no key `inputs`; the nearest known key is `input`",
                   "3:10 S103 there is no layer type `Conv2D`; the nearest known type is `Conv2d` [a]",
                   // What is understood is read: what it lacks is told in the same round.
                   "3:10 S105 `Conv2d` needs `out_channels` [a]",
                   "3:33 S102 `Conv2d` has no option `kernel`, which is Caffe's word for `kernel_size` [a]",
                   "4:10 S103 there is no layer type `ConvTransposed2d`; the nearest known type is "
                   "`ConvTranspose2d` [layers.1]",
                   "4:10 S105 `ConvTranspose2d` needs `out_channels` [layers.1]",
                   "4:10 S105 `ConvTranspose2d` needs `kernel_size` [layers.1]",
                   "5:57 S102 `Conv2d` has no option `strid`; the nearest known key is `stride` [layers.2]",
                   "5:69 S102 `Conv2d` has no option `zzz` [layers.2]"}));
}

TEST(Parse, ALayerOfUnknownTypeStaysAsABrokenOne) {
  const Parsed parsed = parse(Source(
      "f",
      R"({"input": [1], "layers": [{"type": "Foo", "name": "a"}, {"type": "ReLU"}, {"type": "Add", "inputs": ["a:3", "prev"]}]})"));
  ASSERT_EQ(parsed.findings.size(), 1u);
  ASSERT_EQ(parsed.spec.layers.size(), 3u);
  EXPECT_TRUE(parsed.spec.layers[0].broken);
  EXPECT_EQ(parsed.spec.layers[0].typed_as, "Foo");
  EXPECT_FALSE(parsed.spec.layers[1].broken);
  EXPECT_FALSE(parsed.spec.layers[2].broken);
  EXPECT_EQ(parsed.spec.layers[2].inputs, (std::vector<Ref>{{LayerId(0), 3}, {LayerId(1), 0}}));
}

TEST(Parse, NamesAreUniqueAndNotReserved) {
  EXPECT_EQ(
      findings_of(R"({"input": [1], "layers": [
{"type": "ReLU", "name": "a"},
{"type": "ReLU", "name": "a"},
{"type": "ReLU", "name": "prev"},
{"type": "ReLU", "name": "input"},
{"type": "ReLU", "name": "input:1"},
{"type": "ReLU", "name": ""},
{"type": "ReLU", "name": 7}]})"),
      (Lines{"3:18 S107 the name `a` is already taken [a]",
             "4:18 S112 `prev` is reserved for the layer before",
             "5:18 S112 `input` is reserved for the first input of the network",
             "6:18 S112 `input:1` is reserved: `:` numbers the outputs of a layer and the inputs of a block",
             "7:18 S112 a name cannot be empty", "8:26 S104 `name` must be a string, not 7"}));
}

// As tensors are called in an imported file: "conv/Relu:0".
TEST(Parse, ANameMayHoldAColonAndGoesBeforeTheNumberOfAnOutput) {
  const Parsed parsed = parse(Source("f", R"({"input": [2, 4], "layers": [
{"type": "Chunk", "name": "a", "chunks": 2},
{"type": "ReLU", "name": "b:0"},
{"type": "ReLU", "name": "a:x", "inputs": "b:0"},
{"type": "Add", "inputs": ["a:x", "a:1"]},
{"type": "ReLU", "inputs": "b:0:0"}]})"));
  EXPECT_TRUE(parsed.findings.empty());
  EXPECT_EQ(parsed.spec.layers.at(2).inputs, (std::vector<Ref>{{LayerId(1), 0}}));
  EXPECT_EQ(parsed.spec.layers.at(3).inputs, (std::vector<Ref>{{LayerId(2), 0}, {LayerId(0), 1}}));
  EXPECT_EQ(parsed.spec.layers.at(4).inputs, (std::vector<Ref>{{LayerId(1), 0}}));
}

// In place of a second input; without either, arithmetic has nothing to do.
TEST(Parse, ArithmeticTakesANumberInPlaceOfItsSecondInput) {
  EXPECT_EQ(findings_of(R"({"input": [1], "layers": [
{"type": "Add", "value": 1},
{"type": "Mul", "inputs": ["prev", "input"], "value": 2},
{"type": "Sub", "inputs": ["prev"]},
{"type": "Parameter", "shape": [1], "inputs": "prev"}]})"),
            (Lines{"3:27 S109 `Mul` takes 1 input, not 2 [layers.1]",
                   "4:27 S109 `Sub` takes 2 inputs, not 1 [layers.2]",
                   "5:47 S109 `Parameter` takes 0 inputs, not 1 [layers.3]"}));
}

TEST(Parse, DefaultNamesMakeRoomForWrittenOnes) {
  const Parsed parsed = parse(Source(
      "f",
      R"({"input": [1], "layers": [{"type": "ReLU"}, {"type": "ReLU", "name": "layers.0"}, {"type": "ReLU"}, {"type": "ReLU", "name": "layers.0"}]})"));
  std::vector<std::string> names;
  for (const LayerSpec& layer : parsed.spec.layers) names.push_back(layer.name);
  EXPECT_EQ(names, (Lines{"layers.0_2", "layers.0", "layers.2", "layers.3"}));
}

TEST(Parse, AFreeSizeTakesItsSmallestValueOnEveryAxisThatNamesIt) {
  const std::string text = R"({"input": [1, 3, "H", "H"], "layers": [{"type": "ReLU"}],
"sizes": {"H": {"min": 60, "max": 512, "multiple_of": 8}, "unused": {}}})";
  const Parsed parsed = parse(Source("f", text));
  EXPECT_EQ(findings_of(text), (Lines{"2:59 S121 no axis of an input is `unused`, so that the network is not "
                                      "held to its range"}));
  EXPECT_EQ(parsed.spec.inputs[0].shape, (Shape{1, 3, 64, 64}));
  ASSERT_EQ(parsed.spec.free_sizes.size(), 1u);
  EXPECT_EQ(parsed.spec.free_sizes[0].axes, (std::vector<FreeAxis>{{0, 2}, {0, 3}}));
  EXPECT_EQ(parsed.spec.free_sizes[0].max, 512);
}

TEST(Parse, FreeSizesThatSayNothingClearAreFindings) {
  const auto lines = [](const std::string& sizes) {
    return findings_of("{\"input\": [1, 1, \"H\"], \"layers\": [{\"type\": \"ReLU\"}],\n\"sizes\": " + sizes +
                       "}");
  };
  EXPECT_EQ(lines(R"({"H": {}})"), Lines{});
  EXPECT_EQ(lines("[1]"),
            (Lines{"1:18 S106 `sizes` does not name the free size `H`: add \"sizes\": {\"H\": {\"min\": 64}}",
                   "2:10 S104 `sizes` must be an object such as {\"H\": {\"min\": 64}}, not a list of 1"}));
  EXPECT_EQ(lines(R"({"H": 64})"),
            (Lines{"2:16 S104 the free size `H` must be an object such as {\"min\": 64}, not 64"}));
  EXPECT_EQ(lines(R"({"H": {"minn": 64}})"),
            (Lines{"2:17 S102 a free size has no key `minn`; the nearest known key is `min`"}));
  EXPECT_EQ(lines(R"({"H": {"min": 0}})"),
            (Lines{"2:24 S110 `min` of `H` must be from 1 to 281474976710656, not 0"}));
  EXPECT_EQ(lines(R"({"H": {"min": 65, "max": 95, "multiple_of": 32}})"),
            (Lines{"2:11 S110 no value of `H` is allowed: there is no multiple of 32 from 65 to 95"}));
}

TEST(Parse, AFreeSizeIsOneSizeOnEveryInputThatNamesIt) {
  const Parsed parsed = parse(
      Source("f", R"({"input": {"a": ["N", 3, "W"], "b": ["N", "W"]}, "sizes": {"N": {}, "W": {"min": 8}},
"layers": [{"type": "ReLU"}]})"));
  EXPECT_TRUE(parsed.findings.empty());
  EXPECT_EQ(parsed.spec.inputs[1].shape, (Shape{1, 8}));
  ASSERT_EQ(parsed.spec.free_sizes.size(), 2u);
  EXPECT_EQ(parsed.spec.free_sizes[0].axes, (std::vector<FreeAxis>{{0, 0}, {1, 0}}));
  EXPECT_EQ(parsed.spec.free_sizes[1].axes, (std::vector<FreeAxis>{{0, 2}, {1, 1}}));
}

TEST(Parse, LayersAndPartsExcludeEachOther) {
  EXPECT_EQ(findings_of(R"({"input": [1], "layers": [{"type": "ReLU"}], "decoder": [{"type": "ReLU"}]})"),
            (Lines{"1:16 S116 `layers` cannot stand beside `encoder` and `decoder`"}));
}

TEST(Parse, AThousandLayersAreReadInOrder) {
  std::string bytes = "{\"input\": [1, 8, 64, 64], \"layers\": [";
  for (int i = 0; i < 1000; ++i)
    bytes += std::string(i ? ",\n" : "\n") + "{\"name\": \"l" + std::to_string(i) +
             "\", \"type\": \"Conv2d\", \"out_channels\": 8, \"kernel_size\": 3, \"padding\": 1}";
  const Parsed parsed = parse(Source("f", bytes + "]}"));
  EXPECT_TRUE(parsed.findings.empty());
  ASSERT_EQ(parsed.spec.layers.size(), 1000u);
  EXPECT_EQ(parsed.spec.layers[999].inputs, (std::vector<Ref>{{LayerId(998), 0}}));
}

TEST(Parse, MoreLayersThanTheLimitAreRefused) {
  std::string bytes = "{\"input\": [1], \"layers\": [0";
  for (std::size_t i = 0; i < limits::layers; ++i) bytes += ",0";
  EXPECT_EQ(findings_of(bytes + "]}"),
            (Lines{"1:200027 J004 the spec has 100001 layers, more than the limit of 100000"}));
}

TEST(Parse, FindingsBeyondTheLimitAreCounted) {
  std::string bytes = "{\"input\": [1], \"layers\": [0";
  for (std::size_t i = 0; i < limits::findings + 4; ++i) bytes += ",0";
  const Parsed parsed = parse(Source("f", bytes + "]}"));
  ASSERT_EQ(parsed.findings.size(), limits::findings);
  EXPECT_EQ(parsed.findings.back().notes, (Lines{"5 more findings of this file are not listed"}));
}

TEST(Parse, ModulesOfTorchThatAreNoKindSayWhatToWrite) {
  const auto said = [](const std::string& type) {
    const Parsed parsed =
        parse(Source("f", R"({"input": [1, 2, 8], "layers": [{"type": ")" + type + "\"}]}"));
    return parsed.findings.empty() ? std::string() : parsed.findings[0].message;
  };
  for (const char* type : {"AdaptiveLogSoftmaxWithLoss", "Transformer", "TransformerEncoder", "EmbeddingBag",
                           "FractionalMaxPool2d"})
    EXPECT_EQ(said(type),
              "`" + std::string(type) +
                  "` of torch.nn is no layer type here: state what it returns as `Custom`: {\"type\": "
                  "\"Custom\", \"label\": …, \"output\": …}");
  EXPECT_EQ(said("LazyConv2d"),
            "`LazyConv2d` of torch.nn is no layer type here: write the type without `Lazy`; its input size "
            "may stay out");
  EXPECT_EQ(said("UpsamplingNearest2d"),
            "`UpsamplingNearest2d` of torch.nn is no layer type here: it is `Upsample`");
  EXPECT_EQ(said("Sequential"),
            "`Sequential` of torch.nn is no layer type here: layers stand in a list, or in a block");
  EXPECT_EQ(said("LazyConf2d"), "there is no layer type `LazyConf2d`");
}

}  // namespace
}  // namespace shapedbg::parse_test
