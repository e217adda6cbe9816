// Blocks, repeat and Residual: what they expand to, and what is said about them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/spec.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

using Lines = std::vector<std::string>;

// "name type <- inputs" of every layer; the findings where there are any.
Lines layers_of(const std::string& bytes) {
  const Parsed parsed = parse(Source("f", bytes));
  Lines lines;
  for (const Finding& finding : parsed.findings) lines.push_back(finding.message);
  if (!lines.empty()) return lines;
  for (const LayerSpec& layer : parsed.spec.layers) {
    std::string line = layer.name + " " + std::string(layer.info().name) + " <-";
    for (const Ref& ref : layer.inputs) line += " " + parsed.spec.name_of(ref);
    lines.push_back(line);
  }
  return lines;
}

// "line:column code message [layer]" of every finding; each related place as "  line:column message",
// each note as "  note".
Lines findings_of(const std::string& bytes) {
  const Source source("f", bytes);
  const auto place = [&](const Location& where) {
    const Position at = source.position(where.span.begin);
    return std::to_string(at.line) + ":" + std::to_string(at.column);
  };
  Lines lines;
  for (const Finding& finding : parse(source).findings) {
    lines.push_back(place(finding.where) + " " + std::string(info(finding.code).id) + " " + finding.message +
                    (finding.layer.empty() ? "" : " [" + finding.layer + "]"));
    for (const Related& related : finding.related)
      lines.push_back("  " + place(related.where) + " " + related.message);
    for (const std::string& note : finding.notes) lines.push_back("  " + note);
  }
  return lines;
}

std::string spec(const std::string& blocks, const std::string& layers) {
  return "{\"input\": [1, 3, 8, 8], \"blocks\": {" + blocks + "},\n\"layers\": [" + layers + "]}";
}

constexpr const char* kConv =
    R"({"name": "conv", "type": "Conv2d", "out_channels": "$out", "kernel_size": 3})";

TEST(Blocks, AUseStandsForTheLayersOfItsBlock) {
  const std::string bytes = spec(std::string("\"double\": [") + kConv + R"(, {"type": "ReLU"}])",
                                 R"({"use": "double", "name": "enc1", "out": 64}, {"use": "double", "out": 8},
                                    {"type": "Concat", "inputs": ["enc1", "layers.1", "enc1.conv"]})");
  EXPECT_EQ(layers_of(bytes),
            (Lines{"enc1.conv Conv2d <- input", "enc1.1 ReLU <- enc1.conv", "layers.1.conv Conv2d <- enc1.1",
                   "layers.1.1 ReLU <- layers.1.conv", "layers.2 Concat <- enc1.1 layers.1.1 enc1.conv"}));
  const Source source("f", bytes);
  const Parsed parsed = parse(source);
  const LayerSpec& conv = parsed.spec.layers[0];
  EXPECT_EQ(conv.integer(Opt::out_channels), 64);
  EXPECT_EQ(parsed.spec.layers[2].integer(Opt::out_channels), 8);
  // The layer stands in the block, its argument where the use gives it.
  EXPECT_EQ(conv.where.pointer, "/blocks/double/0");
  EXPECT_EQ(source.slice(conv.name_place.span), "\"name\": \"conv\"");
  EXPECT_EQ(conv.find(Opt::kernel_size)->where.pointer, "/blocks/double/0/kernel_size");
  EXPECT_EQ(conv.find(Opt::out_channels)->where.pointer, "/layers/0/out");
  EXPECT_EQ(source.slice(conv.find(Opt::out_channels)->where.span), "64");
  ASSERT_EQ(conv.used_at.size(), 1u);
  EXPECT_EQ(source.slice(conv.used_at[0].span), "\"name\": \"enc1\"");
  EXPECT_EQ(source.slice(parsed.spec.layers[3].used_at.at(0).span), "\"use\": \"double\"");
  EXPECT_TRUE(parsed.spec.layers[4].used_at.empty());
}

TEST(Blocks, ArgumentsStandForAnyValueAndInsideExpressions) {
  const Parsed parsed =
      parse(Source("f", spec(R"("b": {"defaults": {"k": 3, "act": "ReLU"}, "layers": [
    {"type": "Conv2d", "out_channels": "$out*2 + 1", "kernel_size": ["$k", "$k//2"], "padding": "$pad", "bias": "$bias"},
    {"type": "$act"}, {"type": "Custom", "output": ["in[0]", "in[1]//$out", 7]}]})",
                             R"({"use": "b", "out": 5, "pad": [1, 0], "bias": false, "act": "Tanh"},
                                                  {"use": "b", "out": -2, "pad": "same", "bias": true})")));
  ASSERT_EQ(parsed.findings.size(), 1u) << parsed.findings[0].message;
  EXPECT_EQ(parsed.findings[0].message, "`out_channels` must be from 1 to 2147483647, not -3");
  const LayerSpec& conv = parsed.spec.layers.at(0);
  EXPECT_EQ(conv.integer(Opt::out_channels), 11);
  EXPECT_EQ(conv.axes(Opt::kernel_size), (std::array<std::int64_t, 3>{3, 1, 0}));
  EXPECT_EQ(conv.axes(Opt::padding), (std::array<std::int64_t, 3>{1, 0, 0}));
  EXPECT_FALSE(conv.flag(Opt::bias));
  EXPECT_EQ(parsed.spec.layers.at(1).kind, LayerKind::Tanh);
  EXPECT_EQ(to_json(parsed.spec.layers.at(2).find(Opt::output)->value), "[\"in[0]\", \"in[1]//5\", 7]");
  EXPECT_EQ(parsed.spec.layers.at(3).word(Opt::padding), "same");
  EXPECT_EQ(parsed.spec.layers.at(4).kind, LayerKind::ReLU);
  EXPECT_EQ(to_json(parsed.spec.layers.at(5).find(Opt::output)->value), "[\"in[0]\", \"in[1]//(-2)\", 7]");
}

TEST(Blocks, BlocksUseBlocksAndHandArgumentsOn) {
  const std::string bytes = spec(std::string("\"one\": [") + kConv + R"(], "two": [
{"use": "one", "name": "a", "out": "$wide"}, {"use": "one", "out": "$wide//2"}])",
                                 R"({"use": "two", "name": "t", "wide": 6})");
  EXPECT_EQ(layers_of(bytes), (Lines{"t.a.conv Conv2d <- input", "t.1.conv Conv2d <- t.a.conv"}));
  const Source source("f", bytes);
  const Parsed parsed = parse(source);
  EXPECT_EQ(parsed.spec.layers[0].find(Opt::out_channels)->where.pointer, "/layers/0/wide");
  EXPECT_EQ(parsed.spec.layers[1].integer(Opt::out_channels), 3);
  EXPECT_EQ(parsed.spec.layers[1].find(Opt::out_channels)->where.pointer, "/blocks/two/1/out");
  Lines used;
  for (const Location& use : parsed.spec.layers[0].used_at) used.emplace_back(source.slice(use.span));
  EXPECT_EQ(used, (Lines{"\"name\": \"a\"", "\"name\": \"t\""}));
}

TEST(Blocks, NamesInsideMeanTheBlockFirstThenTheSpec) {
  EXPECT_EQ(
      layers_of(
          spec(R"("b": [{"name": "x", "type": "ReLU"}, {"type": "Add", "inputs": ["x", "y"]},
                                    {"type": "Add", "inputs": ["input", "prev"]}])",
               R"({"name": "x", "type": "Tanh"}, {"name": "y", "type": "Tanh"}, {"use": "b", "name": "u"})")),
      (Lines{"x Tanh <- input", "y Tanh <- x", "u.x ReLU <- y", "u.1 Add <- u.x y", "u.2 Add <- y u.1"}));
}

TEST(Blocks, AUseTakesItsInputsAndTheBlockNamesThem) {
  EXPECT_EQ(layers_of(spec(
                R"("b": [{"name": "up", "type": "ReLU"}, {"type": "Concat", "inputs": ["up", "input:1"]}])",
                R"({"name": "a", "type": "Tanh"}, {"name": "b", "type": "Tanh"},
                              {"use": "b", "name": "u", "inputs": ["a", "b"]}, {"use": "b", "name": "v", "inputs": ["prev", "input"]})")),
            (Lines{"a Tanh <- input", "b Tanh <- a", "u.up ReLU <- a", "u.1 Concat <- u.up b",
                   "v.up ReLU <- u.1", "v.1 Concat <- v.up input"}));
}

TEST(Blocks, ANameGivenAsArgumentMeansWhatItMeansAtTheUse) {
  EXPECT_EQ(
      layers_of(spec(
          R"("in": [{"name": "x", "type": "Tanh"}, {"type": "Concat", "inputs": ["prev", "$skip", "$more"]}],
                              "out": [{"name": "x", "type": "ReLU"}, {"type": "Sigmoid"}, {"use": "in", "name": "i", "skip": "x", "more": "$far"}])",
          R"({"name": "x", "type": "GELU"}, {"type": "SiLU"}, {"use": "out", "name": "o", "far": "x"},
                              {"use": "in", "name": "p", "skip": "prev", "more": "input"})")),
      (Lines{"x GELU <- input", "layers.1 SiLU <- x", "o.x ReLU <- layers.1", "o.1 Sigmoid <- o.x",
             "o.i.x Tanh <- o.1", "o.i.1 Concat <- o.i.x o.x x", "p.x Tanh <- o.i.1",
             "p.1 Concat <- p.x o.i.1 input"}));
}

TEST(Blocks, AListOfNamesMayBeAnArgument) {
  EXPECT_EQ(layers_of(spec(R"("b": [{"type": "Concat", "inputs": "$from"}])",
                           R"({"name": "x", "type": "GELU"}, {"use": "b", "from": ["prev", "input"]})")),
            (Lines{"x GELU <- input", "layers.1.0 Concat <- x input"}));
}

TEST(Blocks, RepeatRunsEachCopyOnTheOneBefore) {
  EXPECT_EQ(
      layers_of(spec(
          R"("b": [{"type": "ReLU"}, {"type": "Add", "inputs": ["prev", "input:1"]}])",
          R"({"name": "s", "type": "SiLU"}, {"name": "c", "type": "Tanh", "repeat": 3, "inputs": "input"},
                              {"use": "b", "name": "u", "repeat": 2, "inputs": ["s", "c"]},
                              {"type": "Add", "inputs": ["u", "c.0"], "repeat": 1})")),
      (Lines{"s SiLU <- input", "c.0 Tanh <- input", "c.1 Tanh <- c.0", "c.2 Tanh <- c.1", "u.0.0 ReLU <- s",
             "u.0.1 Add <- u.0.0 c.2", "u.1.0 ReLU <- u.0.1", "u.1.1 Add <- u.1.0 c.2",
             "layers.3.0 Add <- u.1.1 c.0"}));
}

TEST(Blocks, AResidualAddsItsBranchAndItsShortcut) {
  EXPECT_EQ(layers_of(spec("", R"({"name": "a", "type": "Tanh"},
    {"name": "r", "type": "Residual", "layers": [{"name": "x", "type": "ReLU"}, {"type": "Mul", "inputs": ["x", "input"]}]},
    {"name": "q", "type": "Residual", "inputs": "a", "layers": [{"type": "ReLU"}, {"type": "ReLU"}],
     "shortcut": [{"type": "SiLU"}, {"type": "SiLU"}]},
    {"type": "Residual", "layers": [{"type": "ReLU"}], "shortcut": []}, {"type": "Add", "inputs": ["r", "r.x"]})")),
            (Lines{"a Tanh <- input", "r.x ReLU <- a", "r.1 Mul <- r.x a", "r Add <- r.1 a", "q.0 ReLU <- a",
                   "q.1 ReLU <- q.0", "q.shortcut.0 SiLU <- a", "q.shortcut.1 SiLU <- q.shortcut.0",
                   "q Add <- q.1 q.shortcut.1", "layers.3.0 ReLU <- q", "layers.3 Add <- layers.3.0 q",
                   "layers.4 Add <- r r.x"}));
}

TEST(Blocks, ResidualsAndBlocksStandInEachOther) {
  EXPECT_EQ(
      layers_of(spec(
          R"("unit": [{"type": "Residual", "name": "r", "layers": [{"name": "c", "type": "Conv1d", "out_channels": "$w",
      "kernel_size": 1}, {"use": "act", "of": "c"}]}], "act": [{"type": "Mul", "inputs": ["prev", "$of"]}])",
          R"({"use": "unit", "name": "u", "w": 4, "repeat": 2},
                              {"type": "Residual", "layers": [{"use": "unit", "w": 4}], "repeat": 2})")),
      (Lines{"u.0.r.c Conv1d <- input", "u.0.r.1.0 Mul <- u.0.r.c u.0.r.c", "u.0.r Add <- u.0.r.1.0 input",
             "u.1.r.c Conv1d <- u.0.r", "u.1.r.1.0 Mul <- u.1.r.c u.1.r.c", "u.1.r Add <- u.1.r.1.0 u.0.r",
             "layers.1.0.0.r.c Conv1d <- u.1.r",
             "layers.1.0.0.r.1.0 Mul <- layers.1.0.0.r.c layers.1.0.0.r.c",
             "layers.1.0.0.r Add <- layers.1.0.0.r.1.0 u.1.r", "layers.1.0 Add <- layers.1.0.0.r u.1.r",
             "layers.1.1.0.r.c Conv1d <- layers.1.0",
             "layers.1.1.0.r.1.0 Mul <- layers.1.1.0.r.c layers.1.1.0.r.c",
             "layers.1.1.0.r Add <- layers.1.1.0.r.1.0 layers.1.0",
             "layers.1.1 Add <- layers.1.1.0.r layers.1.0"}));
}

TEST(Blocks, OptionsThatNameLayersFollowTheSameRules) {
  const Parsed parsed =
      parse(Source("f", spec(R"("d": [{"name": "pool", "type": "MaxPool2d", "kernel_size": 2}],
    "u": [{"name": "un", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "$pool", "size_like": "$like"}])",
                             R"({"use": "d", "name": "e"}, {"use": "u", "pool": "e", "like": "input"},
    {"type": "MaxPool2d", "kernel_size": 2, "name": "p", "repeat": 2}, {"use": "u", "pool": "p.1", "like": "p.0"})")));
  ASSERT_TRUE(parsed.findings.empty()) << parsed.findings[0].message;
  EXPECT_EQ(parsed.spec.layers[1].reference(Opt::indices), (Ref{LayerId(0), 0}));
  EXPECT_EQ(parsed.spec.layers[1].reference(Opt::size_like), Ref::of_input(0));
  EXPECT_EQ(parsed.spec.layers[4].reference(Opt::indices), (Ref{LayerId(3), 0}));
  EXPECT_EQ(parsed.spec.layers[4].reference(Opt::size_like), (Ref{LayerId(2), 0}));
}

TEST(Blocks, ExpectIsAboutWhatTheEntryReturns) {
  const Parsed parsed = parse(Source(
      "f", spec(R"("b": [{"type": "ReLU"}, {"type": "Tanh"}])",
                R"({"use": "b", "expect": [1, null, 8, 8]}, {"type": "ReLU", "repeat": 2, "expect": "input"},
                                                  {"type": "Residual", "layers": [{"type": "ReLU"}], "expect": {"scale": 1}})")));
  ASSERT_TRUE(parsed.findings.empty());
  std::vector<bool> expects;
  for (const LayerSpec& layer : parsed.spec.layers) expects.push_back(layer.expect.has_value());
  EXPECT_EQ(expects, (std::vector<bool>{false, true, false, true, false, true}));
  EXPECT_EQ(parsed.spec.layers[1].expect->shape, (Shape{1, Expect::any_size, 8, 8}));
  EXPECT_EQ(
      findings_of(
          spec(R"("b": [{"type": "ReLU", "expect": "input"}])", R"({"use": "b", "expect": "input"})")),
      (Lines{
          "2:25 S116 `expect` is written twice for one output: here and on the last layer inside [layers.0]",
          "  1:59 the other one"}));
}

TEST(Blocks, SharedTellsWhereAnEditWouldChangeMoreThanOneLayer) {
  const Parsed parsed = parse(Source(
      "f",
      spec(R"("once": [{"type": "ReLU"}, {"type": "ELU", "alpha": "$a"}], "twice": [{"type": "Tanh"}])",
           R"({"use": "once", "a": 1.5}, {"use": "twice"}, {"use": "twice"}, {"type": "ReLU", "repeat": 2},
    {"type": "ReLU", "repeat": 1}, {"type": "Residual", "layers": [{"type": "ReLU"}]})")));
  ASSERT_TRUE(parsed.findings.empty());
  std::vector<bool> shared;
  for (const LayerSpec& layer : parsed.spec.layers) shared.push_back(layer.shared);
  EXPECT_EQ(shared, (std::vector<bool>{false, true, true, true, true, true, false, false, false}));
}

TEST(Blocks, AnErrorInABlockIsSaidOnce) {
  EXPECT_EQ(
      findings_of(spec(R"("b": [
{"name": "c", "type": "Conv2d", "out_channels": 0, "kernel_size": 3, "strid": 2},
{"type": "Relu"},
{"type": "Add", "inputs": ["cc", "late"]},
{"name": "late", "type": "ReLU"}])",
                       R"(
{"use": "b", "name": "one"},
{"use": "b", "name": "two", "repeat": 2}, {"type": "Add", "inputs": "prev", "repeat": 3})")),
      (Lines{
          "2:49 S110 `out_channels` must be from 1 to 2147483647, not 0 [one.c]", "  7:14 used here",
          "  the same in 2 more layers made from this text",
          "2:70 S102 `Conv2d` has no option `strid`; the nearest known key is `stride` [one.c]",
          "  7:14 used here",
          "  options of `Conv2d`: in_channels, out_channels, kernel_size, stride, padding, dilation, groups, "
          "bias, padding_mode",
          "  the same in 2 more layers made from this text",
          "3:10 S103 there is no layer type `Relu`; the nearest known type is `ReLU` [one.1]",
          "  7:14 used here", "  the same in 2 more layers made from this text",
          "4:28 S106 there is no layer or input `cc`; the nearest known name is `c` [one.2]",
          "  7:14 used here", "  the same in 2 more layers made from this text",
          "4:34 S108 `late` runs after `one.2`: a layer takes only what ran before it [one.2]",
          "  7:14 used here", "  the same in 2 more layers made from this text",
          "8:69 S109 `Add` takes 2 or more inputs, not 1 [layers.2.0]",
          "  the same in 2 more layers made from this text"}));
}

TEST(Blocks, AWrongArgumentIsShownWhereItIsGiven) {
  EXPECT_EQ(findings_of(spec(std::string("\"b\": [\n") + kConv + "]", R"(
{"use": "b", "out": 4}, {"use": "b", "out": -4},
{"use": "b", "out": "many"})")),
            (Lines{"4:45 S110 `out_channels` must be from 1 to 2147483647, not -4 [layers.1.conv]",
                   "  2:2 taken here", "  4:26 used here",
                   "5:21 S104 `out_channels` must be an integer, not the string `many` [layers.2.conv]",
                   "  2:2 taken here", "  5:2 used here"}));
}

TEST(Blocks, ArgumentsAreGivenOnceAndAllOfThem) {
  EXPECT_EQ(
      findings_of(
          spec(R"("b": {"layers": [{"type": "Conv2d", "out_channels": "$out", "kernel_size": "$kernel"}],
"defaults": {"kernel": 3, "kernels": 4}})",
               R"(
{"use": "b", "ouut": 3, "type": "ReLU"},
{"use": "bb", "out": 3})")),
      (Lines{"2:27 S102 the block `b` never takes `$kernels`; the nearest known argument is `kernel`",
             "4:2 S105 the block `b` needs `out` [layers.0]", "  1:36 the block stands here",
             "4:14 S102 the block `b` has no argument `ouut`; the nearest known argument is `out` [layers.0]",
             "4:25 S116 `use` and `type` exclude each other [layers.0]",
             "5:9 S106 there is no block `bb`; the nearest known block is `b` [layers.1]"}));
}

TEST(Blocks, ExpressionsThatCannotBeEvaluatedAreSaid) {
  const auto line = [](const std::string& expression, const std::string& value) {
    return findings_of(spec("\"b\": [{\"type\": \"Chunk\", \"chunks\":\n\"" + expression + "\"}]",
                            "{\"use\": \"b\", \"n\": " + value + "}"));
  };
  EXPECT_EQ(
      line("$n*2 +", "1").at(0),
      "2:1 S113 the expression `$n*2 +` cannot be read: expected a number, `in[axis]` or `(`, found the end "
      "[layers.0.0]");
  EXPECT_EQ(line("1//$n", "0").at(0),
            "2:1 S113 the expression `1//$n` cannot be read: division by 0 [layers.0.0]");
  EXPECT_EQ(line("1//($n - 1)", "1").at(0),
            "2:1 S113 the expression `1//($n - 1)` has no value within 64 bits [layers.0.0]");
  EXPECT_EQ(line("$n*$n", "4000000000").at(0),
            "2:1 S113 the expression `$n*$n` has no value within 64 bits [layers.0.0]");
  EXPECT_EQ(line("$n + 1", "1.5").at(0),
            "2:1 S104 the expression `$n + 1` needs an integer for `$n`, not 1.5 [layers.0.0]");
  EXPECT_EQ(line("$n + $", "1").at(0), "2:1 S113 behind `$` in `$n + $` the name of an argument must stand");
  EXPECT_EQ(line("-7//$n + 5", "2"), Lines{});
}

TEST(Blocks, BlocksThatAreNoneAreSaid) {
  EXPECT_EQ(findings_of(
                spec(R"(
"a": [],
"b": 3,
"c": {"layer": [{"type": "ReLU"}]},
"d": {"layers": [{"type": "ReLU"}], "defaults": []},
"e": [{"type": "ReLU", "inputs": "$inputs"}])",
                     R"({"use": "a"}, {"use": "b"}, {"use": "c"}, {"use": "d"}, {"use": "e"}, {"use": 3})")),
            (Lines{"2:6 S111 the block `a` has no layers",
                   "3:6 S104 a block must be a list of layers or an object with `layers`, not 3",
                   "4:1 S105 the block `c` needs `layers`",
                   "4:7 S102 a block has no key `layer`; the nearest known key is `layers`",
                   "5:49 S104 `defaults` must be an object of argument values, not an empty list",
                   "6:34 S112 `$inputs` cannot be an argument: `inputs` has its own meaning in a use",
                   "7:90 S104 `use` must be the name of a block, not 3 [layers.5]"}));
  EXPECT_EQ(findings_of(R"({"input": [1], "blocks": [], "layers": [{"type": "ReLU"}]})"),
            (Lines{"1:26 S104 `blocks` must be an object of named lists of layers, not an empty list"}));
}

TEST(Blocks, EachGivesEveryPassValuesOfItsOwn) {
  // Of a use, with `repeat` and without, from an argument, and of a plain layer; what names a layer does so
  // in each.
  const Parsed parsed = parse(Source(
      "f",
      spec(
          R"("unit": [{"type": "Conv2d", "out_channels": "$w", "kernel_size": 3,
      "padding": "$d*2 - 1", "dilation": "$d"}],
    "units": [{"use": "unit", "w": "$w", "each": {"d": "$ds"}}, {"use": "unit", "d": 1, "each": {"w": ["$w + 1", 9]}}],
    "skip": [{"type": "Add", "inputs": ["prev", "$from"]}])",
          R"({"use": "unit", "w": 4, "repeat": 3, "each": {"d": [1, 3, 9]}}, {"use": "units", "w": 5, "ds": [7, 8]},
    {"type": "Conv2d", "name": "c", "kernel_size": 1, "each": {"out_channels": [6, 7], "stride": [1, 2]}},
    {"use": "skip", "each": {"from": ["layers.1.1.0", "input"]}})")));
  ASSERT_TRUE(parsed.findings.empty()) << parsed.findings[0].message;
  Lines lines;
  for (const LayerSpec& layer : parsed.spec.layers) {
    std::string line = layer.name + " <- " + parsed.spec.name_of(layer.inputs.back());
    if (layer.kind == LayerKind::Conv2d)
      for (const Opt opt : {Opt::out_channels, Opt::dilation, Opt::padding, Opt::stride})
        line += " " + to_json(layer.find(opt)->value);
    lines.push_back(line);
  }
  EXPECT_EQ(lines,
            (Lines{"layers.0.0.0 <- input 4 1 1 1", "layers.0.1.0 <- layers.0.0.0 4 3 5 1",
                   "layers.0.2.0 <- layers.0.1.0 4 9 17 1", "layers.1.0.0.0 <- layers.0.2.0 5 7 13 1",
                   "layers.1.0.1.0 <- layers.1.0.0.0 5 8 15 1", "layers.1.1.0.0 <- layers.1.0.1.0 6 1 1 1",
                   "layers.1.1.1.0 <- layers.1.1.0.0 9 1 1 1", "c.0 <- layers.1.1.1.0 6 1 0 1",
                   "c.1 <- c.0 7 1 0 2", "layers.3.0.0 <- layers.1.1.0.0", "layers.3.1.0 <- input"}));
}

TEST(Blocks, AnEditOfAValueInEachChangesItsPassAlone) {
  const std::string bytes =
      spec("", R"({"type": "Conv2d", "kernel_size": 1, "each": {"out_channels": [6, 7]}})");
  const Source source("f", bytes);
  const LayerSpec second = parse(source).spec.layers.at(1);
  EXPECT_TRUE(second.shared);
  const std::vector<Edit> edits = set_option(source, second, Opt::out_channels, "8");
  ASSERT_EQ(edits.size(), 1u);
  EXPECT_EQ(bytes.substr(edits[0].offset, edits[0].length), "7");
  EXPECT_EQ(second.find(Opt::out_channels)->where.pointer, "/layers/0/each/out_channels/1");
}

TEST(Blocks, WrongListsOfEachAreSaid) {
  EXPECT_EQ(
      findings_of(spec(R"("b": [{"type": "ELU", "alpha": "$a"}])",
                       R"(
{"use": "b", "repeat": 3, "each": {"a": [1, 2]}},
{"use": "b", "each": {"a": [1], "b": [2]}},
{"type": "ELU", "each": {"alpha": [1, 2], "inplace": [true]}},
{"type": "ELU", "alpha": 1, "each": {"alpha": [1, 2]}},
{"type": "ELU", "each": {"alpha": 3, "name": ["a"], "inplace": []}},
{"type": "ELU", "each": [1]}, {"type": "ELU", "each": {}}, {"type": "ELU", "each": {"alpha": ["x", 1]}},
{"type": "ELU", "repeat": 0, "each": {"alpha": [1, 2]}},
{"type": "Residual", "layers": [{"type": "ReLU"}], "each": {"alpha": [1, 2]}})")),
      (Lines{
          "3:41 S111 `each` gives `a` 2 values for 3 passes [layers.0]",
          "  3:14 says how many passes there are",
          "4:33 S102 the block `b` has no argument `b`; the nearest known argument is `a` [layers.1.0]",
          "5:54 S111 `each` gives `inplace` 1 value for 2 passes [layers.2]",
          "  5:26 says how many passes there are",
          "6:38 S116 `alpha` stands twice: here and in the entry itself [layers.3]", "  6:17 the other one",
          "7:35 S104 `alpha` in `each` must be a list with one value per pass, not 3 [layers.4]",
          "7:38 S112 `name` cannot change from pass to pass: `each` gives options of a layer or arguments of "
          "a use [layers.4]",
          "7:64 S111 `inplace` in `each` needs at least one value [layers.4]",
          "8:25 S104 `each` must be an object of lists, one value per pass, not a list of 1 [layers.5]",
          "8:55 S105 `each` names no option and no argument [layers.6]",
          "8:95 S104 `alpha` must be a number, not the string `x` [layers.7.0]",
          "9:27 S110 `repeat` must be from 1 to 100000, not 0 [layers.8]",
          "10:61 S102 `Residual` has no option `alpha` [layers.9.0]",
          "  the same in 1 more layer made from this text"}));
}

TEST(Blocks, ABlockThatNothingUsesIsAWarning) {
  const Parsed parsed = parse(Source("f", spec(R"("b": [{"type": "Nonsense"}])", R"({"type": "ReLU"})")));
  ASSERT_EQ(parsed.findings.size(), 1u);
  EXPECT_EQ(parsed.findings[0].message, "the block `b` is never used, and so not checked");
  EXPECT_EQ(info(parsed.findings[0].code).severity, Severity::warning);
  EXPECT_TRUE(parsed.usable);
}

TEST(Blocks, BlocksThatUseThemselvesAreSaid) {
  EXPECT_EQ(findings_of(spec(R"("a": [{"use": "b"}, {"type": "ReLU"}], "b": [{"type": "Tanh"},
{"use": "a"}])",
                             R"({"use": "a"}, {"use": "a"})")),
            (Lines{"2:9 S117 the block `a` uses itself: `a` -> `b` -> `a` [layers.0.0.1]", "  1:43 used here",
                   "  3:13 used here", "  the same in 1 more layer made from this text"}));
}

TEST(Blocks, NestingIsBounded) {
  const auto nested = [](int levels) {
    std::string blocks = "\"b0\": [{\"type\": \"ReLU\"}]";
    for (int i = 1; i < levels; ++i)
      blocks += ", \"b" + std::to_string(i) + "\": [{\"use\": \"b" + std::to_string(i - 1) + "\"}]";
    return layers_of(spec(blocks, "{\"use\": \"b" + std::to_string(levels - 1) + "\"}"));
  };
  EXPECT_EQ(nested(16), (Lines{"layers.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 ReLU <- input"}));
  EXPECT_EQ(nested(17).at(0), "blocks are nested deeper than 16 levels");
}

TEST(Blocks, ASpecThatStandsForTooMuchIsRefused) {
  EXPECT_EQ(findings_of(R"({"input": [1], "layers": [{"type": "ReLU"},
{"type": "ReLU", "repeat": 100000}]})"),
            (Lines{"2:1 J004 the spec expands to more than 100000 layers"}));
  EXPECT_EQ(findings_of(spec(R"("b": [{"type": "ReLU", "repeat": 60000}, {"type": "ELU", "alpha": "$a"}])",
                             R"(
{"use": "b", "each": {"a": [1, 2]}})")),
            (Lines{"3:1 J004 the spec expands to more than 100000 layers"}));
  const Parsed at_limit =
      parse(Source("f", R"({"input": [1], "layers": [{"type": "ReLU", "repeat": 100000}]})"));
  EXPECT_TRUE(at_limit.usable);
  EXPECT_EQ(at_limit.spec.layers.size(), limits::layers);
  EXPECT_EQ(
      findings_of(
          R"({"input": [1], "layers": [{"type": "ReLU", "repeat": 100001}, {"type": "ReLU", "repeat": 0}]})"),
      (Lines{"1:54 S110 `repeat` must be from 1 to 100000, not 100001 [layers.0]",
             "1:90 S110 `repeat` must be from 1 to 100000, not 0 [layers.1]"}));
}

TEST(Blocks, WiringMistakesAreSaid) {
  EXPECT_EQ(
      findings_of(spec(R"("b": [{"type": "ReLU"}, {"type": "Add", "inputs": ["prev", "input:1"]}])",
                       R"(
{"use": "b"},
{"use": "b", "inputs": ["input", "input", "input"]},
{"use": "b", "name": "u", "inputs": ["u", "input"]},
{"type": "Residual", "inputs": ["input", "prev"], "layers": [{"type": "ReLU"}]},
{"type": "Residual", "layer": [{"type": "ReLU"}]},
{"type": "ReLU", "layers": []})")),
      (Lines{"1:95 S112 `layers.0` takes 1 input: there is no `input:1` [layers.0.1]", "  3:2 used here",
             "4:24 S109 the block `b` never takes `input:2`, which `layers.1` gives it [layers.1]",
             "5:38 S108 `u` runs after `u`: a layer takes only what ran before it [u]",
             "6:32 S109 `Residual` takes 1 input, not 2 [layers.3]",
             "7:2 S105 `Residual` needs `layers`, the list of its branch [layers.4]",
             "7:22 S102 `Residual` has no option `layer`; the nearest known key is `layers` [layers.4]",
             "8:18 S102 `ReLU` has no option `layers` [layers.5]", "  options of `ReLU`: inplace"}));
}

TEST(Blocks, NamesInABlockAreUniqueWithinAUse) {
  EXPECT_EQ(findings_of(spec(R"("b": [{"name": "x", "type": "ReLU"},
{"name": "x", "type": "ReLU"}, {"name": "input", "type": "ReLU"}])",
                             R"({"use": "b", "name": "u"}, {"use": "b", "name": "v"},
{"name": "v", "type": "ReLU"})")),
            (Lines{"2:2 S107 the name `u.x` is already taken [u.x]", "  3:25 used here",
                   "  1:43 first used here", "  the same in 1 more layer made from this text",
                   "2:33 S112 `input` is reserved for the first input of the network", "  3:25 used here",
                   "  the same in 1 more layer made from this text",
                   "4:2 S107 the name `v` is already taken [v]", "  3:52 first used here"}));
}

TEST(Blocks, AFindingAboutALayerCanNameItsUses) {
  const Source source("f", spec(R"("b": [{"type": "ReLU"}])", R"({"use": "b", "name": "u"})"));
  const Parsed parsed = parse(source);
  const LayerSpec& layer = parsed.spec.layers.at(0);
  Finding finding{Code::R303, "wrong", layer.name, layer.name_place, {}, {}, {}, {}};
  add_uses(finding, layer);
  add_uses(finding, layer);
  ASSERT_EQ(finding.related.size(), 1u);
  EXPECT_EQ(finding.related[0].message, "used here");
  EXPECT_EQ(source.slice(finding.related[0].where.span), "\"name\": \"u\"");
}

}  // namespace
}  // namespace shapedbg
