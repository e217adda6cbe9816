// What the recorder says of where layers are made, and the short form of a spec.
#include <gtest/gtest.h>

#include "net/move.h"
#include "read/json/parse.h"
#include "read/python/python.h"
#include "read/shorten.h"

namespace shapedbg {
namespace {

TEST(Constructors, AreReadWithTheirArguments) {
  Imported result;
  read_constructors(R"({"run": 1}
{"program": "net.py", "text": "a = 1\n"}
{"constructor": "up", "file": "net.py", "makes": 2, "type": "Conv2d", "span": [4, 30], "arguments": [{"name": "stride",
"span": [9, 10]}], "add": 29, "front": ", "}
{"constructor": "up", "file": "net.py", "makes": 2, "type": "Conv2d", "span": [4, 30], "arguments": [{"name": "stride", "span": [9, 10], "value": [2, 1]}, {"name": "padding", "span": [12, 13]}], "add": 29, "front": ", "}
{"constructor": "b", "file": "net.py", "makes": 1, "why": "shares its line with other calls"})",
                    result);
  ASSERT_EQ(result.programs.size(), 1u);
  EXPECT_EQ(result.programs[0].text, "a = 1\n");
  ASSERT_EQ(result.constructors.size(), 2u);  // a line that is cut in two is none
  const ConstructorCall& call = result.constructors[0];
  EXPECT_EQ(call.module, "up");
  EXPECT_EQ(call.makes, 2);
  EXPECT_EQ(call.add, 29u);
  ASSERT_EQ(call.arguments.size(), 2u);
  EXPECT_EQ(call.arguments[0].value, (Value{std::vector<std::int64_t>{2, 1}}));
  EXPECT_FALSE(call.arguments[1].value.has_value());
  EXPECT_EQ(result.constructors[1].why, "shares its line with other calls");
}

// Where a name stands in the call: the text that it stands for, or why that cannot be changed.
TEST(Constructors, AreReadWithTheTextBehindAName) {
  Imported result;
  read_constructors(
      R"({"constructor": "mid", "file": "net.py", "makes": 3, "type": "Conv2d", "span": [4, 30], "arguments": [{"name": "stride", "file": "a.py", "span": [1, 2], "value": 2, "makes": 2}, {"name": "padding", "span": [9, 10], "why": "is `p`, which is also used in line 3"}]})",
      result);
  ASSERT_EQ(result.constructors.size(), 1u);
  ASSERT_EQ(result.constructors[0].arguments.size(), 2u);
  const ConstructorCall::Argument& stride = result.constructors[0].arguments[0];
  EXPECT_EQ(stride.file, "a.py");
  EXPECT_EQ(stride.makes, 2);
  EXPECT_EQ(stride.value, Value{std::int64_t{2}});
  const ConstructorCall::Argument& padding = result.constructors[0].arguments[1];
  EXPECT_EQ(padding.makes, 0);
  EXPECT_EQ(padding.why, "is `p`, which is also used in line 3");
}

// What could be changed further out; a line that says no place is none.
TEST(Constructors, TrialsAreRead) {
  const ProgramTrials read = read_trials(R"({"program": "net.py", "text": "a = 1\n"}
{"trial": 0, "explains": 2, "all": true, "plain": true, "file": "net.py", "span": [4, 5], "text": "3"}
{"trial": -1, "explains": 0, "all": false, "plain": 1, "file": "net.py", "span": [4, 4], "text": ", k=3"}
{"trial": 1, "file": "net.py", "span": [5, 4], "text": "3"}
{"trial": 1, "file": "net.py", "text": "3"}
{"trial": )");
  ASSERT_EQ(read.programs.size(), 1u);
  EXPECT_EQ(read.programs[0].text, "a = 1\n");
  ASSERT_EQ(read.trials.size(), 2u);
  EXPECT_EQ(read.trials[0].fix, 0);
  EXPECT_EQ(read.trials[0].explains, 2);
  EXPECT_TRUE(read.trials[0].all && read.trials[0].plain);
  EXPECT_EQ(read.trials[0].span, (Span{4, 5}));
  EXPECT_EQ(read.trials[1].fix, -1);
  EXPECT_FALSE(read.trials[1].all || read.trials[1].plain);
  EXPECT_EQ(read.trials[1].text, ", k=3");
}

// A call in forward: its arguments are the options of the layer that the call became.
TEST(Constructors, StepsAreReadAsTheirLayers) {
  Imported result;
  result.called = {{"", ""}, {"view", "Reshape"}, {"cat", "Concat"}, {"pad", "Pad"}};
  read_constructors(
      R"({"step": 1, "file": "net.py", "op": "torch.Tensor.view", "span": [4, 30], "arguments": [{"at": 1, "span": [9, 11], "value": -1}, {"at": 2, "span": [13, 20], "value": 400}], "add": 20, "front": ", ", "makes": 2}
{"step": 2, "file": "net.py", "op": "torch.cat", "span": [40, 60], "arguments": [{"at": 0, "list": true, "span": [41, 47]}, {"at": 0, "item": 0, "span": [42, 43]}, {"name": "dim", "span": [50, 51], "value": 2}]}
{"step": 3, "file": "net.py", "op": "torch.nn.functional.pad", "span": [70, 90], "arguments": [{"at": 0, "span": [74, 75]}, {"at": 1, "list": true, "span": [77, 83], "value": [1, 0]}, {"at": 1, "item": 0, "span": [78, 79], "value": 1}, {"at": 1, "item": 1, "span": [81, 82], "value": 0}]}
{"step": 0, "file": "net.py", "op": "torch.Tensor.view", "span": [4, 30], "arguments": []}
{"step": 9, "file": "net.py", "op": "torch.Tensor.view", "span": [4, 30], "arguments": []})",
      result);
  ASSERT_EQ(result.constructors.size(), 3u);  // what became no layer is left out
  const auto names = [&](std::size_t i) {
    std::string all;
    for (const ConstructorCall::Argument& one : result.constructors[i].arguments) all += one.name + " ";
    return all;
  };
  EXPECT_TRUE(result.constructors[0].step);
  EXPECT_EQ(result.constructors[0].module, "view");
  EXPECT_EQ(result.constructors[0].type, "Reshape");
  EXPECT_EQ(result.constructors[0].makes, 2);
  EXPECT_EQ(names(0), "shape[0] shape[1] ");
  EXPECT_EQ(result.constructors[0].arguments[1].value, Value{std::int64_t{400}});
  EXPECT_EQ(names(1), "dim ");
  EXPECT_EQ(names(2), "padding padding[0] padding[1] ");
}

// Where a call stands, the texts of its tensors, and what else can be named there. What has another form is
// left out.
TEST(Constructors, CallsInForwardAreReadWithTheirTensors) {
  Imported result;
  result.called = {{"conv", "Conv2d"}, {"", ""}, {"cat", "Concat"}};
  read_constructors(
      R"({"forward": 2, "file": "net.py", "span": [4, 30], "inputs": [[5, 6, true, "x"], null], "names": [["skip", 0, 0], ["x", -1, 0], ["y", 1, 0], ["z", 9, 0], [3]], "sizes": [["b", -1, 0, 0], ["size", 0, 0, -1], ["t", 9, 0, 1]], "returns": 2, "of": "self.cat", "torch": "torch", "functional": ""}
{"forward": 1, "file": "net.py", "span": [4, 30], "inputs": []}
{"forward": 9, "file": "net.py", "span": [4, 30], "inputs": []}
{"forward": 0, "file": "net.py", "span": [4, 30], "inputs": [[6, 5, true, "x"]]}
{"forward": 0, "file": "net.py", "span": [4, 30], "inputs": 3})",
      result);
  ASSERT_EQ(result.forward.size(), 1u);
  const ForwardCall& call = result.forward[0];
  EXPECT_EQ(call.layer, "cat");
  ASSERT_EQ(call.inputs.size(), 2u);
  EXPECT_EQ(call.inputs[0]->text, "x");
  EXPECT_FALSE(call.inputs[1].has_value());
  ASSERT_EQ(call.names.size(), 2u);
  EXPECT_EQ(call.names[0].layer, "conv");
  EXPECT_EQ(call.names[1].input, 0);
  ASSERT_EQ(call.sizes.size(), 2u);
  EXPECT_EQ(call.sizes[0].axis, 0);
  EXPECT_EQ(call.sizes[1].layer, "conv");
  EXPECT_EQ(call.returns, "cat");
  EXPECT_EQ(call.called, "self.cat");
}

TEST(Constructors, OtherLinesAreLeftOut) {
  for (const char* text :
       {"{\"constructor\"", "{\"constructor\": 3}",
        "{\"constructor\": \"a\", \"span\": [3, 1], \"arguments\": []}",
        "{\"constructor\": \"a\", \"span\": [1, -3], \"arguments\": []}",
        "{\"constructor\": \"a\", \"span\": [1, 3], \"arguments\": [7]}", "{\"program\"", "\n\n"}) {
    Imported result;
    read_constructors(text, result);
    EXPECT_TRUE(result.constructors.empty()) << text;
    EXPECT_TRUE(result.programs.empty()) << text;
  }
}

std::string conv(const std::string& name, int in, int out, const std::string& more = {}) {
  return "{\"name\": \"" + name + "\", \"type\": \"Conv2d\"" + more +
         ", \"in_channels\": " + std::to_string(in) + ", \"out_channels\": " + std::to_string(out) +
         ", \"kernel_size\": 3, \"padding\": 1}";
}
std::string relu(const std::string& name) { return "{\"name\": \"" + name + "\", \"type\": \"ReLU\"}"; }

std::string spec(const std::vector<std::string>& layers) {
  std::string text;
  for (const std::string& layer : layers) text += (text.empty() ? "" : ",\n    ") + layer;
  return "{\n  \"name\": \"net\",\n  \"input\": [1, 3, 16, 16],\n  \"layers\": [\n    " + text + "\n  ]\n}\n";
}

void expect_same(const std::string& flat, const std::string& brief) {
  const Spec a = parse(Source("flat", flat)).spec;
  const Parsed b = parse(Source("short", brief));
  ASSERT_TRUE(b.usable) << brief;
  ASSERT_TRUE(same_network(a, b.spec)) << brief;
  for (std::size_t i = 0; i < a.layers.size(); ++i)
    EXPECT_EQ(a.layers[i].name, b.spec.layers[i].name) << brief;
}

TEST(Shorten, ModulesThatAreMadeAlikeBecomeABlock) {
  const std::string flat = spec({conv("inc.0", 3, 8), relu("inc.1"), conv("inc.2", 8, 8), relu("inc.3"),
                                 "{\"name\": \"pool\", \"type\": \"MaxPool2d\", \"kernel_size\": 2}",
                                 conv("mid.0", 8, 16), relu("mid.1"), conv("mid.2", 16, 16), relu("mid.3"),
                                 "{\"name\": \"up\", \"type\": \"Upsample\", \"scale_factor\": 2}",
                                 "{\"name\": \"cat\", \"type\": \"Concat\", \"inputs\": [\"inc.3\", \"up\"]}",
                                 conv("dec.0", 24, 8), relu("dec.1"), conv("dec.2", 8, 8), relu("dec.3")});
  const std::string brief = shorten(flat);
  EXPECT_NE(brief.find("\"blocks\": {"), std::string::npos) << brief;
  EXPECT_NE(brief.find(R"({"use": "block", "name": "mid", "in": 8, "out": 16})"), std::string::npos) << brief;
  expect_same(flat, brief);
  EXPECT_EQ(shorten(brief), brief);
}

TEST(Shorten, BlocksInARowAreRepeated) {
  std::vector<std::string> layers{conv("stem", 3, 8)};
  for (int i = 0; i < 4; ++i) {
    const std::string at = "body." + std::to_string(i);
    layers.push_back(conv(at + ".conv", 8, 8));
    layers.push_back(relu(at + ".act"));
    layers.push_back("{\"name\": \"" + at + ".add\", \"type\": \"Add\", \"inputs\": [\"" + at + ".act\", \"" +
                     at + ".conv\"]}");
  }
  const std::string flat = spec(layers);
  const std::string brief = shorten(flat);
  EXPECT_NE(brief.find("\"repeat\": 4"), std::string::npos) << brief;
  expect_same(flat, brief);
}

TEST(Shorten, WhatComesFromOutsideIsAnArgument) {
  std::vector<std::string> layers{conv("stem", 3, 8), conv("skip", 8, 8)};
  for (const std::string at : {"a", "b"}) {
    layers.push_back(
        conv(at + ".conv", 8, 8, at == "b" ? ", \"inputs\": \"skip\"" : ", \"inputs\": \"stem\""));
    layers.push_back(relu(at + ".act"));
    layers.push_back("{\"name\": \"" + at + ".add\", \"type\": \"Add\", \"inputs\": [\"" + at +
                     ".act\", \"input\"], \"ignore\": [\"W501\"]}");
    layers.push_back(conv(at + ".last", 8, 8));
  }
  const std::string flat = spec(layers);
  const std::string brief = shorten(flat);
  EXPECT_NE(brief.find("\"$x\""), std::string::npos) << brief;
  expect_same(flat, brief);
}

TEST(Shorten, NothingThatRepeatsStaysAsItIs) {
  for (const std::string& flat :
       {spec({conv("a.0", 3, 8), relu("a.1"), conv("b", 8, 8)}), std::string("{"), std::string()})
    EXPECT_EQ(shorten(flat), flat);
}

}  // namespace
}  // namespace shapedbg
