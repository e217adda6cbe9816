// Files written in another library's words, or that are only nearly JSON: all mistakes in one round, each
// with a fix, and with all fixes applied a file without mistakes.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/mend.h"
#include "read/json/parse.h"
#include "text/edit.h"

namespace shapedbg {
namespace {

using Lines = std::vector<std::string>;

Lines messages(const Parsed& parsed) {
  Lines lines;
  for (const Finding& finding : parsed.findings)
    lines.push_back(std::string(info(finding.code).id) + " " + finding.message +
                    (finding.fixes.empty() ? "" : " -> " + finding.fixes[0].title));
  return lines;
}

std::string repaired(const std::string& bytes) {
  std::vector<Edit> edits;
  for (const Finding& finding : parse(Source("f", bytes)).findings)
    if (!finding.fixes.empty())
      edits.insert(edits.end(), finding.fixes[0].edits.begin(), finding.fixes[0].edits.end());
  return shapedbg::apply(bytes, edits).value_or("edits that do not apply");
}

TEST(OtherWords, AreUnderstoodAndTheRestOfTheLayerIsRead) {
  const std::string keras = R"({"input": [1, 3, 32, 32], "layers": [
  {"type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, "padding": "SAME", "colour": 1},
  {"type": "Deconv", "out": 4, "kernel": 2, "stride": 2},
  {"type": "GlobalAveragePooling2D"}, {"type": "Dense", "units": 10}]})";
  const Parsed parsed = parse(Source("f", keras));
  EXPECT_TRUE(parsed.usable);
  EXPECT_EQ(
      messages(parsed),
      (Lines{
          "S103 there is no layer type `Conv2D`; the nearest known type is `Conv2d` -> write `Conv2d`",
          "S102 `Conv2d` has no option `filters`, which is Keras's word for `out_channels` -> write "
          "`out_channels`",
          "S102 `Conv2d` has no option `strides`, which is Keras's word for `stride` -> write `stride`",
          "S110 `padding` must be an integer, a list of 2, `same` or `valid`, not `SAME`; the nearest known "
          "word is `same` -> write `same`",
          "S102 `Conv2d` has no option `colour`",
          "S103 there is no layer type `Deconv`, which is another library's word for `ConvTranspose2d` -> "
          "write `ConvTranspose2d`",
          "S102 `ConvTranspose2d` has no option `out`, which is another library's word for `out_channels` "
          "-> write `out_channels`",
          "S102 `ConvTranspose2d` has no option `kernel`, which is Caffe's word for `kernel_size` -> write "
          "`kernel_size`",
          "S103 there is no layer type `GlobalAveragePooling2D`, which is Keras's word for "
          "`AdaptiveAvgPool2d` -> write `AdaptiveAvgPool2d` with \"output_size\": 1",
          "S103 there is no layer type `Dense`, which is Keras's word for `Linear` -> write `Linear`",
          "S102 `Linear` has no option `units`, which is Keras's word for `out_features` -> write "
          "`out_features`"}));
  ASSERT_EQ(parsed.spec.layers.size(), 4u);
  EXPECT_EQ(parsed.spec.layers[0].kind, LayerKind::Conv2d);
  EXPECT_FALSE(parsed.spec.layers[0].broken);
  EXPECT_EQ(parsed.spec.layers[0].integer(Opt::out_channels), 8);
  EXPECT_EQ(parsed.spec.layers[0].word(Opt::padding), "same");
  EXPECT_EQ(parsed.spec.layers[1].axes(Opt::kernel_size)[0], 2);
  EXPECT_EQ(parsed.spec.layers[2].axes(Opt::output_size)[1], 1);
  const Parsed again = parse(Source("f", repaired(keras)));
  EXPECT_EQ(messages(again), (Lines{"S102 `Conv2d` has no option `colour`"})) << repaired(keras);
}

TEST(OtherWords, OptionsInAnObjectOfTheirOwnAreReadAndPutIntoTheLayer) {
  const std::string wrapped = R"({"input": [1, 3, 8, 8], "layers": [
  {"type": "Conv2d", "params": {"filters": 4, "kernel_size": 3, "padding": 1}},
  {"type": "Conv2d", "out_channels": 4, "config": {"out_channels": 5, "kernel_size": 3}},
  {"type": "ReLU", "args": {}}]})";
  const Parsed parsed = parse(Source("f", wrapped));
  EXPECT_EQ(
      messages(parsed),
      (Lines{"S102 `Conv2d` has no option `params`: options stand in the layer itself, beside its `type` -> "
             "write the options in the layer itself",
             "S102 `Conv2d` has no option `config`: options stand in the layer itself, beside its `type`",
             "S102 `ReLU` has no option `args`: options stand in the layer itself, beside its `type`"}));
  EXPECT_EQ(parsed.spec.layers[0].integer(Opt::out_channels), 4);
  EXPECT_EQ(parsed.spec.layers[1].integer(Opt::out_channels), 4);
  EXPECT_EQ(parsed.spec.layers[1].axes(Opt::kernel_size)[0], 3);
  const Parsed again = parse(Source("f", repaired(wrapped)));
  EXPECT_EQ(messages(again)[0],
            "S102 `Conv2d` has no option `filters`, which is Keras's word for `out_channels` -> write "
            "`out_channels`");
}

TEST(OtherWords, KeysOfTheSpecAndOfEveryLayerAreUnderstood) {
  const std::string onnx = R"({"input_shape": [1, 3, 8, 8], "nodes": [
  {"op_type": "Conv", "kernel_shape": [3, 3], "out_chanels": 4, "name": "c"},
  {"class_name": "ReLU", "inbound_nodes": "c", "activation": "relu"}], "expected": [1, 4, 6, 6]})";
  const Parsed parsed = parse(Source("f", onnx));
  EXPECT_TRUE(parsed.usable);
  EXPECT_EQ(
      messages(parsed),
      (Lines{
          "S102 a spec has no key `input_shape`, which is Keras's word for `input` -> write `input`",
          "S102 a spec has no key `nodes`, which is ONNX's word for `layers` -> write `layers`",
          "S102 `Conv2d` has no option `op_type`, which is ONNX's word for `type` -> write `type`",
          "S103 there is no layer type `Conv`; the nearest known type is `Conv2d` -> write `Conv2d`",
          "S102 `Conv2d` has no option `kernel_shape`, which is ONNX's word for `kernel_size` -> write "
          "`kernel_size`",
          "S102 `Conv2d` has no option `out_chanels`; the nearest known key is `out_channels` -> write "
          "`out_channels`",
          "S102 `ReLU` has no option `class_name`, which is Keras's word for `type` -> write `type`",
          "S102 `ReLU` has no option `inbound_nodes`, which is Keras's word for `inputs` -> write `inputs`",
          "S102 `ReLU` has no option `activation`: an activation is a layer of its own behind this one: "
          "{\"type\": \"ReLU\"}",
          "S102 a spec has no key `expected`, which is another library's word for `expect` -> write `expect`",
      }));
  ASSERT_EQ(parsed.spec.layers.size(), 2u);
  EXPECT_EQ(parsed.spec.layers[0].integer(Opt::out_channels), 4);
  EXPECT_FALSE(parsed.spec.layers[0].broken);
  EXPECT_EQ(parsed.spec.layers[1].inputs, (std::vector<Ref>{Ref{LayerId(0), 0}}));
  EXPECT_EQ(parsed.spec.expect->shape, (Shape{1, 4, 6, 6}));
  EXPECT_EQ(messages(parse(Source("f", repaired(onnx)))).size(), 1u) << repaired(onnx);
}

TEST(OtherWords, NumbersWrittenOtherwiseAreSaidAsNumbers) {
  const std::string written = R"({"input": [1, "3", 8.0, 8], "layers": [
  {"type": "Conv2d", "out_channels": "4", "kernel_size": [3.0, "3"], "stride": "two"}]})";
  EXPECT_EQ(
      messages(parse(Source("f", written))),
      (Lines{"S106 `sizes` does not name the free size `3`: add \"sizes\": {\"3\": {\"min\": 64}}",
             "S104 a size of `input` must be an integer, not 8.0: write 8 -> write 8",
             "S104 `out_channels` must be an integer, not the string `4`: write 4 -> write 4",
             "S104 an entry of `kernel_size` must be an integer, not 3.0: write 3 -> write 3",
             "S104 an entry of `kernel_size` must be an integer, not the string `3`: write 3 -> write 3",
             "S104 `stride` must be an integer or a list of 2, not the string `two`"}));
  for (const char* size : {"null", "-1"})
    EXPECT_EQ(messages(parse(Source("f", std::string(R"({"input": [)") + size +
                                             R"(, 3, 8, 8], "layers": [{"type": "ReLU"}]})"))),
              Lines{std::string("S110 a size of `input` is a number or a name, not ") + size +
                    ": write 1, or \"N\" and \"sizes\": {\"N\": {\"min\": 1}} where it may be any"});
}

TEST(OtherWords, AnUnknownTypeIsTheOneForTheAxesAtHand) {
  const auto type = [](const std::string& input, const std::string& word, const std::string& more = "") {
    const Parsed parsed = parse(
        Source("f", "{\"input\": " + input + ", \"layers\": [{\"type\": \"" + word + "\"}" + more + "]}"));
    return std::string(parsed.spec.layers.at(0).info().name);
  };
  EXPECT_EQ(type("[1, 4, 32, 32]", "Convolution"), "Conv2d");
  EXPECT_EQ(type("[1, 4, 32, 32]", "Convv"), "Conv2d");
  EXPECT_EQ(type("[1, 4, 32]", "Convv"), "Conv1d");
  EXPECT_EQ(type("[1, 4, 8, 32, 32]", "max_pool"), "MaxPool3d");
  EXPECT_EQ(type("[4, 32, 32]", "BatchNorm", ", {\"type\": \"MaxPool2d\", \"kernel_size\": 2}"),
            "BatchNorm2d");
  EXPECT_EQ(type("[1, 4]", "bn"), "BatchNorm1d");
}

TEST(OtherWords, AKeyThatIsThereIsNotTakenTwice) {
  const Parsed parsed = parse(Source(
      "f",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 4, "filters": 5, "kernel_size": 1}]})"));
  EXPECT_EQ(parsed.spec.layers[0].integer(Opt::out_channels), 4);
  ASSERT_EQ(parsed.findings.size(), 1u);
  EXPECT_EQ(parsed.findings[0].code, Code::S102);
}

TEST(OtherWords, NoFixWritesAKeyThatStandsThere) {
  for (const char* layer : {R"({"type": "Conv2d", "out_chanels": 4, "out_channels": 8, "kernel_size": 3})",
                            R"({"type": "GlobalAveragePooling2D", "output_size": 2})"}) {
    const std::string bytes = R"({"input": [1, 3, 8, 8], "layers": [)" + std::string(layer) + "]}";
    for (const Finding& finding : parse(Source("f", bytes)).findings)
      for (const Fix& fix : finding.fixes) {
        const std::string changed = shapedbg::apply(bytes, fix.edits).value();
        for (const Finding& left : parse(Source("f", changed)).findings)
          EXPECT_NE(left.code, Code::J005) << changed;
      }
  }
}

TEST(NearlyJson, IsReadOnWithAFixForEachSlip) {
  const std::string python = R"({
  'input': (1, 3, 8, 8,),  # the image
  "expect": None,
  "layers": [
    {"type": "Conv2d", "out_channels": 4, "kernel_size": (3, 3), "bias": False,},
    {"type": "ReLU" "inplace": True},
    {"type" "ReLU"},,
    {"type": "Foo"},
  ],
})";
  const Parsed parsed = parse(Source("f", python));
  EXPECT_TRUE(parsed.usable);
  EXPECT_EQ(
      messages(parsed),
      (Lines{"J001 JSON strings stand in double quotes, not in single ones -> write \"input\"",
             "J001 a tuple is written as a list -> write `[1, 3, 8, 8]`",
             "J001 a comma stands before the closing `)` -> leave out the comma",
             "J001 `#` starts no comment here: comments start with `//` -> write `//`",
             "J001 `None` is Python: JSON has `null` -> write `null`",
             "J001 a tuple is written as a list -> write `[3, 3]`",
             "J001 `False` is Python: JSON has `false` -> write `false`",
             "J001 a comma stands before the closing `}` -> leave out the comma",
             "J001 expected `,` or `}` after the value, found the string `\"inplace\"` -> put in a comma",
             "J001 `True` is Python: JSON has `true` -> write `true`",
             "J001 expected `:` after the key, found the string `\"ReLU\"` -> put in a colon",
             "J001 expected a value after `,`, found `,` -> leave out one comma",
             "S103 there is no layer type `Foo`",
             "J001 a comma stands before the closing `]` -> leave out the comma",
             "J001 a comma stands before the closing `}` -> leave out the comma"}));
  EXPECT_EQ(parsed.spec.layers.size(), 4u);
  EXPECT_EQ(parsed.spec.inputs[0].shape, (Shape{1, 3, 8, 8}));
}

TEST(NearlyJson, EveryFixByItselfLeavesOneSlipLess) {
  std::string bytes = R"({"input": (1, 3, 8, 8,), # image
 'layers': [{"type": "ReLU" "inplace": True,},,]})";
  for (int round = 0; round < 20; ++round) {
    const Parsed parsed = parse(Source("f", bytes));
    const auto next = std::find_if(parsed.findings.begin(), parsed.findings.end(),
                                   [](const Finding& finding) { return !finding.fixes.empty(); });
    if (next == parsed.findings.end()) break;
    const auto fixed = shapedbg::apply(bytes, next->fixes[0].edits);
    ASSERT_TRUE(fixed);
    ASSERT_LT(parse(Source("f", *fixed)).findings.size(), parsed.findings.size()) << *fixed;
    bytes = *fixed;
  }
  EXPECT_TRUE(parse(Source("f", bytes)).findings.empty()) << bytes;
}

// Quotes do not fit into the bytes that are there: reading ends here, and each has its fix in its turn.
TEST(NearlyJson, AWordWithoutQuotesGetsThem) {
  const auto fixed = [](std::string bytes) {
    for (int round = 0; round < 20; ++round) {
      const Parsed parsed = parse(Source("f", bytes));
      if (parsed.findings.empty() || parsed.findings.back().code != Code::J001 ||
          parsed.findings.back().fixes.empty())
        break;
      bytes = shapedbg::apply(bytes, parsed.findings.back().fixes[0].edits).value_or("torn");
    }
    return bytes;
  };
  EXPECT_EQ(fixed("{input: [1, 3], // a: b\n layers : [{type: nn.ReLU, name:Act,\n  inplace: true}]}"),
            "{\"input\": [1, 3], // a: b\n \"layers\" : [{\"type\": \"nn.ReLU\", \"name\":\"Act\",\n  "
            "\"inplace\": true}]}");
  for (const char* none : {"{\"a\": tru}", "{\"a\": NaN}", "{\"a\": Conv2d(3)}", "{a}", "{a b: 1}",
                           "[Conv2d]", "{\"a\": -Infinity}", "import torch"})
    EXPECT_EQ(fixed(none), none);
}

TEST(NearlyJson, WhatIsNoJsonAtAllIsSaidOnce) {
  for (const char* bytes :
       {"import torch\n", "{a: 1}", "[1, 2", "{\"a\": [1, }", "# nothing", "'x", "(", "x = {'a': 1}"}) {
    const Parsed parsed = parse(Source("f", bytes));
    EXPECT_FALSE(parsed.usable) << bytes;
    ASSERT_FALSE(parsed.findings.empty()) << bytes;
    EXPECT_EQ(parsed.findings.back().code, Code::J001) << bytes;
  }
}

TEST(NearlyJson, KeepsTheNumberOfBytes) {
  const char* pieces[] = {"{",     "}",   "[",     "]",    "(", ")", ",",      ":",
                          "\"a\"", "'b'", "# c\n", "None", "1", " ", "// d\n", "\\"};
  unsigned state = 7;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (int k = 0; k < 12; ++k) {
      state = state * 1664525u + 1013904223u;
      bytes += pieces[(state >> 16u) % std::size(pieces)];
    }
    const Source source("f", bytes);
    const json::Mended mended = json::mended(source);
    ASSERT_EQ(mended.bytes.size(), bytes.size()) << bytes;
    for (const Finding& finding : mended.findings)
      for (const Fix& fix : finding.fixes) ASSERT_TRUE(shapedbg::apply(bytes, fix.edits)) << bytes;
    for (const Finding& finding : parse(source).findings)
      ASSERT_LE(finding.where.span.end, bytes.size()) << bytes;
  }
}

}  // namespace
}  // namespace shapedbg
