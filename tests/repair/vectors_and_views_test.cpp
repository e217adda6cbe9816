// Vectors that meet maps, factors that do not fit, reshapes that scramble, and numbers of a block that follow
// its arguments.
#include <gtest/gtest.h>

#include <algorithm>

#include "meaning/walk.h"
#include "repair/repaired.h"

namespace shapedbg::vectors_and_views_test {
namespace {

using repaired::fixed;
using repaired::read;
using repaired::repair_as;
using repaired::title_of;

Shape returned(const std::string& json) {
  const Spec spec = read(json);
  const Trace trace = infer(spec);
  const Shape* got = trace.result(spec);
  const bool runs = std::all_of(trace.layers.begin(), trace.layers.end(),
                                [](const LayerTrace& row) { return row.refusals.empty(); });
  return got == nullptr || !runs ? Shape{} : *got;
}

bool offers(const Finding& finding, const std::string& part) {
  return std::any_of(finding.fixes.begin(), finding.fixes.end(),
                     [&](const Fix& fix) { return fix.title.find(part) != std::string::npos; });
}

TEST(Vectors, BothHalvesOfOneScaleAndShiftAMap) {
  const std::string net = R"({"input": {"x": [2, 3, 20, 24], "y": [2, 5]}, "layers": [
    {"name": "a", "type": "Conv2d", "inputs": "x", "out_channels": 12, "kernel_size": 3, "padding": 1},
    {"name": "l", "type": "Linear", "inputs": "y", "out_features": 24},
    {"name": "half", "type": "Chunk", "chunks": 2, "dim": 1},
    {"name": "m", "type": "Mul", "inputs": ["a", "half"]},
    {"name": "s", "type": "Add", "inputs": ["m", "half:1"]}]})";
  EXPECT_EQ(title_of(net, Code::L208), "put an Unflatten in front of `half`: [2, 24] becomes [2, 24, 1, 1]");
  EXPECT_EQ(returned(fixed(net, Code::L208)), (Shape{2, 12, 20, 24}));
}

TEST(Vectors, EachUseOfABlockHasItsOwnChannels) {
  const std::string net = R"({"input": {"x": [2, 3, 16, 16], "t": [2, 9]}, "blocks": {"step": [
      {"name": "c", "type": "Conv2d", "inputs": "prev", "out_channels": "$n", "kernel_size": 3, "padding": 1},
      {"name": "e", "type": "Linear", "inputs": "t", "out_features": "$n"},
      {"name": "add", "type": "Add", "inputs": ["c", "e"]}]},
    "layers": [{"name": "in", "type": "Conv2d", "inputs": "x", "out_channels": 4, "kernel_size": 1},
      {"use": "step", "name": "one", "n": 8}, {"use": "step", "name": "two", "n": 20}]})";
  const Finding finding = repair_as(net, Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title,
            "put an Unflatten between `one.e` and `one.add`: [2, 8] becomes [2, 8, 1, 1]");
  EXPECT_EQ(returned(fixed(net, Code::L208)), (Shape{2, 20, 16, 16}));
}

TEST(Vectors, AnInputIsSpreadOverTheMapThatItIsJoinedTo) {
  const std::string net = R"({"input": {"x": [2, 3, 16, 12], "z": [2, 6]}, "layers": [
    {"name": "cat", "type": "Concat", "inputs": ["x", "z"]},
    {"name": "c", "type": "Conv2d", "in_channels": 9, "out_channels": 4, "kernel_size": 3, "padding": 1}]})";
  EXPECT_EQ(title_of(net, Code::L208),
            "put an Unflatten and an Expand between `z` and `cat`: [2, 6] becomes [2, 6, 16, 12]");
  EXPECT_EQ(returned(fixed(net, Code::L208)), (Shape{2, 4, 16, 12}));
}

TEST(Vectors, BesideAMapOfOnePlaceNothingIsExpanded) {
  EXPECT_EQ(title_of(R"({"input": {"x": [2, 30, 1, 1], "z": [2, 6]}, "layers": [
    {"name": "cat", "type": "Concat", "inputs": ["x", "z"]},
    {"name": "c", "type": "ConvTranspose2d", "in_channels": 36, "out_channels": 4, "kernel_size": 4}]})",
                     Code::L208),
            "put an Unflatten between `z` and `cat`: [2, 6] becomes [2, 6, 1, 1]");
}

TEST(Factors, ExchangedOrTransposed) {
  EXPECT_EQ(title_of(R"({"input": {"x": [30, 7], "adj": [30, 30]}, "expect": [30, 4], "layers": [
    {"name": "agg", "type": "MatMul", "inputs": ["x", "adj"]},
    {"name": "w", "type": "Linear", "in_features": 7, "out_features": 4}]})",
                     Code::L208),
            "exchange the factors of `agg`: `adj` times `x`");
  EXPECT_EQ(title_of(R"({"input": [2, 11, 16], "expect": [2, 11, 16], "layers": [
    {"name": "q", "type": "Linear", "inputs": "input", "out_features": 16},
    {"name": "k", "type": "Linear", "inputs": "input", "out_features": 16},
    {"name": "v", "type": "Linear", "inputs": "input", "out_features": 16},
    {"name": "scores", "type": "MatMul", "inputs": ["q", "k"]},
    {"name": "w", "type": "Softmax", "dim": -1},
    {"name": "ctx", "type": "MatMul", "inputs": ["w", "v"]}]})",
                     Code::L208),
            "put a Transpose between `k` and `scores`: [2, 11, 16] becomes [2, 16, 11]");
}

// A view that scrambles: W511 at the layer of that name.
Finding unscrambled(const std::string& json, const std::string& layer, Code code = Code::W511) {
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  Finding finding;
  finding.code = code;
  finding.layer = layer;
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  repair(source, parsed.spec, infer(parsed.spec), rerun, finding);
  return finding;
}

void expect_clean(const std::string& json, const Finding& finding) {
  ASSERT_FALSE(finding.fixes.empty());
  const Spec after = read(shapedbg::apply(json, finding.fixes[0].edits).value_or(""));
  ASSERT_FALSE(after.layers.empty());
  const Trace trace = infer(after);
  EXPECT_EQ(returned(json), *trace.result(after));
  EXPECT_TRUE(walk_for_findings(after, trace).troubles.empty());
}

TEST(Views, TokensBecomeAMapBehindAPermute) {
  const std::string net = R"({"input": [2, 3, 48, 48], "layers": [
    {"name": "p", "type": "Conv2d", "out_channels": 20, "kernel_size": 8, "stride": 8},
    {"name": "f", "type": "Flatten", "start_dim": 2},
    {"name": "t", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "l", "type": "Linear", "out_features": 20},
    {"name": "grid", "type": "Reshape", "shape": [-1, 20, 6, 6]},
    {"name": "c", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}]})";
  const Finding finding = unscrambled(net, "grid");
  expect_clean(net, finding);
  EXPECT_EQ(finding.fixes[0].title, "put a Permute in front of `grid`: [2, 36, 20] becomes [2, 20, 36]");
}

TEST(Views, SpaceToDepthKeepsTheOrderOfItsAxes) {
  const std::string net = R"({"input": [2, 3, 24, 36], "layers": [
    {"name": "cut", "type": "Reshape", "shape": ["in[0]", 3, 12, 2, 18, 2]},
    {"name": "stack", "type": "Reshape", "shape": ["in[0]", 12, 12, 18]},
    {"name": "c", "type": "Conv2d", "out_channels": 5, "kernel_size": 3, "padding": 1}]})";
  const Finding finding = unscrambled(net, "stack");
  expect_clean(net, finding);
  EXPECT_EQ(finding.fixes[0].title,
            "put a Permute in front of `stack`: [2, 3, 12, 2, 18, 2] becomes [2, 3, 2, 2, 12, 18]");
}

TEST(Views, HeadsAreTakenApartAndTurnedOnAllThree) {
  const std::string net = R"({"input": [2, 10, 24], "layers": [
    {"name": "q", "type": "Linear", "inputs": "input", "out_features": 24},
    {"name": "k", "type": "Linear", "inputs": "input", "out_features": 24},
    {"name": "v", "type": "Linear", "inputs": "input", "out_features": 24},
    {"name": "qh", "type": "Reshape", "inputs": "q", "shape": ["in[0]", 4, 10, 6]},
    {"name": "kh", "type": "Reshape", "inputs": "k", "shape": ["in[0]", 4, 10, 6]},
    {"name": "vh", "type": "Reshape", "inputs": "v", "shape": ["in[0]", 4, 10, 6]},
    {"name": "kt", "type": "Transpose", "inputs": "kh", "dim0": 2, "dim1": 3},
    {"name": "s", "type": "MatMul", "inputs": ["qh", "kt"]},
    {"name": "w", "type": "Softmax", "dim": -1},
    {"name": "c", "type": "MatMul", "inputs": ["w", "vh"]},
    {"name": "back", "type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "join", "type": "Reshape", "shape": ["in[0]", 10, 24]},
    {"name": "o", "type": "Linear", "out_features": 24}]})";
  const Finding finding = unscrambled(net, "qh");
  expect_clean(net, finding);
  EXPECT_EQ(finding.fixes[0].title,
            "let `qh`, `kh` and `vh` make [2, 10, 4, 6], and put a Permute behind: it becomes [2, 4, 10, 6]");
}

TEST(Words, ThePaddingFollowsTheDilationOfTheBlock) {
  const std::string net = R"({"input": [2, 8, 90], "expect": "input", "blocks": {"level": [
      {"type": "Residual", "layers": [
        {"name": "c", "type": "Conv1d", "out_channels": 8, "kernel_size": 5, "padding": 2, "dilation": "$d"},
        {"type": "ReLU"}]}]},
    "layers": [{"use": "level", "name": "l", "each": {"d": [1, 3, 9]}}]})";
  EXPECT_EQ(title_of(net, Code::L208),
            "set padding to \"$d*2\" on `l.0.0.c`, in the block, for all its uses");
  EXPECT_NE(fixed(net, Code::L208).find(R"("padding": "$d*2")"), std::string::npos);
  EXPECT_EQ(returned(fixed(net, Code::L208)), (Shape{2, 8, 90}));
}

TEST(Words, TheChannelsBehindAJoinInABlock) {
  const std::string net = R"({"input": [1, 3, 32, 32], "blocks": {"up": [
      {"name": "u", "type": "ConvTranspose2d", "out_channels": "$n", "kernel_size": 2, "stride": 2},
      {"name": "j", "type": "Concat", "inputs": ["$skip", "u"]},
      {"name": "c", "type": "Conv2d", "in_channels": "$n", "out_channels": "$n", "kernel_size": 3, "padding": 1}]},
    "layers": [{"name": "a", "type": "Conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1},
      {"name": "b", "type": "Conv2d", "out_channels": 12, "kernel_size": 2, "stride": 2},
      {"name": "d", "type": "Conv2d", "out_channels": 24, "kernel_size": 2, "stride": 2},
      {"use": "up", "name": "x", "n": 12, "skip": "b"}, {"use": "up", "name": "y", "n": 6, "skip": "a"}]})";
  EXPECT_EQ(title_of(net, Code::L203),
            "set in_channels to \"$n*2\" on `x.c`, in the block, for all its uses");
  EXPECT_NE(fixed(net, Code::L203).find(R"("in_channels": "$n*2")"), std::string::npos);
}

TEST(Held, ADepthwiseConvolutionStaysOne) {
  const std::string net = R"({"input": [1, 3, 20, 20], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 12, "kernel_size": 1},
    {"name": "dw", "type": "Conv2d", "out_channels": 18, "kernel_size": 3, "padding": 1, "groups": 12},
    {"name": "pw", "type": "Conv2d", "in_channels": 12, "out_channels": 20, "kernel_size": 1}]})";
  const Finding finding = repair_as(net, Code::L202);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set out_channels to 12 on `dw`");
  EXPECT_FALSE(offers(finding, "groups"));
}

TEST(Held, NoOutputLeavesHalfOfTheSignal) {
  const std::string net = R"({"input": [1, 1, 160], "expect": "input", "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1},
    {"name": "b", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "c", "type": "Conv1d", "out_channels": 1, "kernel_size": 7, "padding": 3}]})";
  const Finding finding = repair_as(net, Code::R301);
  ASSERT_FALSE(finding.fixes.empty());
  for (const char* part : {"at the end", "on `c`"}) EXPECT_FALSE(offers(finding, part)) << part;
}

TEST(Held, AMapOfOnePlaceIsNotPaddedForItsKernel) {
  const std::string net = R"({"input": [4, 1, 12, 12], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 4, "stride": 4},
    {"name": "b", "type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "c", "type": "Conv2d", "out_channels": 1, "kernel_size": 4}]})";
  const Finding finding = repair_as(net, Code::L205);
  EXPECT_FALSE(offers(finding, "padding to 1 on `c`"));
}

TEST(Held, AKernelIsNotShrunkToOnePlace) {
  const std::string net = R"({"input": [2, 8, 60], "layers": [{"type": "Residual", "name": "r", "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 8, "kernel_size": 2, "dilation": 4},
    {"type": "ReLU"}]}]})";
  EXPECT_FALSE(offers(repair_as(net, Code::L208), "kernel_size to 1"));
}

TEST(Held, AShortcutServesItsBranch) {
  const std::string net = R"({"input": [1, 8, 32, 32], "blocks": {"down": [
      {"type": "Residual", "layers": [
        {"name": "a", "type": "Conv2d", "out_channels": "$n", "kernel_size": 3, "stride": "$s", "padding": 1},
        {"type": "ReLU"}],
       "shortcut": [{"name": "k", "type": "Conv2d", "out_channels": "$n", "kernel_size": 1}]}]},
    "layers": [{"use": "down", "name": "one", "n": 8, "s": 1}, {"use": "down", "name": "two", "n": 16, "s": 2}]})";
  const Finding finding = repair_as(net, Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_FALSE(offers(finding, "stride to 1"));
}

TEST(Held, ANormTakesNoPlacesForItsChannels) {
  const std::string net = R"({"input": [4, 50, 16], "layers": [
    {"name": "a", "type": "Linear", "out_features": 24},
    {"name": "n", "type": "BatchNorm1d", "num_features": 24},
    {"name": "b", "type": "Linear", "out_features": 8}]})";
  EXPECT_FALSE(offers(repair_as(net, Code::L203), "num_features to 50"));
}

TEST(Order, SuperfluousOutputPaddingIsTakenAwayFirst) {
  EXPECT_EQ(title_of(R"({"input": [1, 2, 33], "expect": "input", "layers": [
    {"name": "a", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "b", "type": "Conv1d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "x", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1,
     "output_padding": 1},
    {"name": "s", "type": "Concat", "inputs": ["x", "a"]},
    {"name": "y", "type": "ConvTranspose1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1,
     "output_padding": 1}]})",
                     Code::L208),
            "set output_padding to 0 on `x` and `y`");
}

// What else runs and cannot be meant: the fix of that finding, which leaves nothing wrong.
std::string put_right(const std::string& net, const std::string& layer, Code code) {
  const Finding finding = unscrambled(net, layer, code);
  if (finding.fixes.empty()) return "";
  expect_clean(net, finding);
  EXPECT_EQ(finding.fixes[0].applicability, Applicability::unsafe);
  return finding.fixes[0].title;
}

TEST(Meanings, ASoftmaxIsTakenOverWhatIsSummed) {
  const std::string net = R"({"input": [2, 12, 8], "layers": [
    {"name": "q", "type": "Linear", "out_features": 8}, {"name": "k", "inputs": ["input"], "type": "Linear", "out_features": 8},
    {"name": "kt", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "s", "type": "MatMul", "inputs": ["q", "kt"]},
    {"name": "w", "type": "Softmax", "dim": 1}, {"type": "MatMul", "inputs": ["w", "k"]}]})";
  EXPECT_EQ(put_right(net, "w", Code::W512), "set dim to 2 on `w`");
}

// Kernels of two sizes and how much of each: a softmax over one value is 1, and the sum says what was meant.
TEST(Meanings, ASoftmaxIsTakenOverWhatItsProductIsSummedOver) {
  const auto selected = [](const std::string& dim) {
    return R"({"input": [2, 8, 12, 12], "layers": [
      {"name": "a", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"name": "b", "inputs": "input", "type": "Conv2d", "out_channels": 8, "kernel_size": 5, "padding": 2},
      {"name": "both", "type": "Stack", "inputs": ["a", "b"], "dim": 1},
      {"name": "pooled", "inputs": "input", "type": "Mean", "dim": [2, 3]}, {"type": "Linear", "out_features": 16},
      {"type": "Reshape", "shape": ["in[0]", 2, 8, 1, 1]}, {"name": "w", "type": "Softmax", "dim": )" +
           dim + R"(},
      {"type": "Mul", "inputs": ["both", "w"]}, {"type": "Sum", "dim": [1]}]})";
  };
  EXPECT_EQ(put_right(selected("4"), "w", Code::W517), "set dim to 1 on `w`");
  EXPECT_EQ(put_right(selected("0"), "w", Code::W515), "set dim to 1 on `w`");
  const std::string rays = R"({"input": [2, 5, 16, 12], "layers": [
    {"type": "Linear", "name": "h", "out_features": 16}, {"type": "Linear", "out_features": 1},
    {"type": "Softmax", "name": "w", "dim": 1}, {"type": "Linear", "name": "c", "inputs": "h", "out_features": 3},
    {"type": "Mul", "inputs": ["c", "w"]}, {"type": "Sum", "dim": [2]}]})";
  EXPECT_EQ(put_right(rays, "w", Code::W512), "set dim to 2 on `w`");
}

TEST(Meanings, ASequenceIsReadBatchFirst) {
  const std::string net = R"({"input": [2, 8, 50], "layers": [
    {"type": "Conv1d", "out_channels": 16, "kernel_size": 3, "padding": 1}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"name": "r", "type": "GRU", "hidden_size": 6}]})";
  EXPECT_EQ(put_right(net, "r", Code::W515), "set batch_first to true on `r`");
}

TEST(Meanings, ABatchThatMeetsSpeakersGetsTheAxisOfThem) {
  const std::string net = R"({"input": [2, 8, 20], "layers": [
    {"name": "c", "type": "Conv1d", "in_channels": 8, "out_channels": 16, "kernel_size": 1},
    {"name": "masks", "type": "Reshape", "shape": [2, 2, 8, 20]},
    {"name": "est", "type": "Mul", "inputs": ["masks", "input"]}]})";
  EXPECT_EQ(put_right(net, "est", Code::W515),
            "put an Unsqueeze between `input` and `est`: [2, 8, 20] becomes [2, 1, 8, 20]");
}

TEST(Meanings, ASkipIsCutAsMuchInFrontAsItsPartnerLoses) {
  const std::string head = R"({"input": [2, 4, 100], "layers": [
    {"type": "Conv1d", "name": "a", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Conv1d", "name": "b", "inputs": ["input"], "out_channels": 4, "kernel_size": 5},
    {"type": "Slice", "name": "s", "inputs": ["a"], "index": [[null, null], [null, null], [4, null]]},
    {"type": "Add", "name": "m", "inputs": ["s", "b"]}]})";
  EXPECT_EQ(put_right(head, "m", Code::W514), "set index to [[null, null], [null, null], [2, -2]] on `s`");
}

TEST(Meanings, AnUnpaddedSkipIsCroppedToItsMiddle) {
  const std::string net = R"({"input": [2, 1, 28, 28], "layers": [
    {"name": "e", "type": "Conv2d", "out_channels": 4, "kernel_size": 3}, {"type": "MaxPool2d", "kernel_size": 2},
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3}, {"type": "Conv2d", "out_channels": 4, "kernel_size": 3},
    {"name": "u", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
    {"name": "c", "type": "Crop", "inputs": ["e"], "size_like": "u"}, {"name": "m", "type": "Concat", "inputs": ["c", "u"]}]})";
  EXPECT_EQ(put_right(net, "m", Code::W514), R"(set align to "center" on `c`)");
}

TEST(Meanings, TheOtherRowsAreTaken) {
  const std::string net = R"({"input": [2, 3, 16, 16], "layers": [
    {"type": "Slice", "name": "even", "index": [[null, null], [null, null], [0, null, 2]]},
    {"type": "Slice", "name": "odd", "inputs": ["input"], "index": [[null, null], [null, null], [0, null, 2]]},
    {"type": "Concat", "name": "m", "inputs": ["even", "odd"]}]})";
  EXPECT_EQ(put_right(net, "m", Code::W518),
            "set index to [[null, null], [null, null], [1, null, 2]] on `odd`");
}

TEST(Meanings, WhatWasTurnedIsNotTurned) {
  const std::string net = R"({"input": [2, 3, 16, 16], "layers": [
    {"type": "Conv2d", "name": "a", "out_channels": 4, "kernel_size": 3, "padding": 1},
    {"type": "Permute", "name": "p", "dims": [0, 1, 3, 2]}, {"type": "Add", "name": "m", "inputs": ["a", "p"]}]})";
  EXPECT_EQ(put_right(net, "m", Code::W513), "set dims to [0, 1, 2, 3] on `p`");
}

TEST(Orders, WhatOnlyTurnsIsLeftOut) {
  const std::string net = R"({"input": [2, 16, 12, 12], "layers": [
    {"type": "Conv2d", "name": "a", "inputs": ["input"], "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"type": "Transpose", "name": "t", "inputs": ["a"], "dim0": 2, "dim1": 3},
    {"type": "Add", "name": "m", "inputs": ["t", "input"]}]})";
  EXPECT_EQ(put_right(net, "m", Code::W513), "leave out `t`, a Transpose");
  EXPECT_EQ(unscrambled(net, "m", Code::W513).fixes[0].code.python, "# take `a` in place of `t`");
}

// Not another Permute that undoes it, wherever that would do as well.
TEST(Orders, ATransposeInFrontOfAMergeIsLeftOut) {
  const std::string net = R"({"input": [2, 8, 16, 16], "layers": [
    {"type": "AvgPool2d", "name": "low", "kernel_size": 2}, {"type": "Conv2d", "name": "a", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "Upsample", "name": "u", "scale_factor": 2}, {"type": "Transpose", "name": "t", "dim0": 2, "dim1": 3},
    {"type": "Concat", "name": "m", "inputs": ["t", "input"]}, {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}]})";
  EXPECT_EQ(put_right(net, "m", Code::W513), "leave out `t`, a Transpose");
}

TEST(Orders, WindowsThatAreNotPutBackGetTheirPermute) {
  const std::string net = R"({"input": [2, 64, 16], "layers": [{"type": "LayerNorm", "normalized_shape": 16},
    {"type": "Reshape", "shape": ["in[0]", 2, 4, 2, 4, 16]}, {"type": "Permute", "dims": [0, 1, 3, 2, 4, 5]},
    {"type": "Reshape", "shape": ["in[0]*4", 16, 16]}, {"type": "Linear", "out_features": 16},
    {"type": "Reshape", "name": "apart", "shape": ["in[0]//4", 2, 2, 4, 4, 16]},
    {"type": "Reshape", "name": "y", "shape": ["in[0]", 64, 16]}, {"type": "Add", "name": "m", "inputs": ["y", "input"]}]})";
  EXPECT_EQ(put_right(net, "m", Code::W512),
            "put a Permute in front of `y`: [2, 2, 2, 4, 4, 16] becomes [2, 2, 4, 2, 4, 16]");
}

TEST(Orders, HeadsInFrontOfTheirPlacesAreExchanged) {
  const std::string net = R"({"input": [2, 12, 16], "layers": [
    {"type": "Linear", "name": "v0", "out_features": 16}, {"type": "Reshape", "name": "v1", "shape": ["in[0]", 4, 12, 4]},
    {"type": "Permute", "name": "v", "dims": [0, 2, 1, 3]}, {"type": "Softmax", "dim": -1},
    {"type": "Permute", "dims": [0, 2, 1, 3]}, {"type": "Reshape", "shape": ["in[0]", 12, 16]},
    {"type": "Add", "name": "m", "inputs": ["input", "v0"]}]})";
  EXPECT_EQ(put_right(net, "v1", Code::W511), "set shape to [\"in[0]\", 12, 4, 4] on `v1`");
}

TEST(Orders, TokensThatTwoReadAreTurnedForBoth) {
  const std::string net = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "out_channels": 16, "kernel_size": 8, "stride": 8}, {"type": "Flatten", "name": "f", "start_dim": 2},
    {"type": "LayerNorm", "name": "n", "inputs": ["f"], "normalized_shape": [16]}, {"type": "Linear", "name": "l", "out_features": 16},
    {"type": "Add", "inputs": ["f", "l"]}]})";
  EXPECT_EQ(put_right(net, "n", Code::W512), "put a Permute behind `f`: [2, 16, 16] becomes [2, 16, 16]");
}

TEST(Meanings, APadThatOnlyMovesIsLeftOut) {
  const std::string net = R"({"input": [2, 3, 32, 32], "layers": [
    {"type": "Conv2d", "name": "a", "inputs": ["input"], "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "b", "inputs": ["a"], "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "Upsample", "name": "u", "inputs": ["b"], "scale_factor": 2},
    {"type": "Pad", "name": "p", "inputs": ["u"], "padding": [0, 0, 4, -4]},
    {"type": "Add", "name": "m", "inputs": ["p", "a"]}]})";
  EXPECT_EQ(put_right(net, "m", Code::W514), "leave out `p`, a Pad");
}

TEST(Meanings, APadThatMovesOneOfTwoInputsOrChannelsIsLeftOut) {
  const std::string two = R"({"input": {"a": [2, 3, 16, 16], "b": [2, 3, 16, 16]}, "layers": [
    {"type": "Conv2d", "name": "x", "inputs": "a", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Conv2d", "name": "y", "inputs": "b", "out_channels": 6, "kernel_size": 3, "padding": 1},
    {"type": "Pad", "name": "p", "padding": [0, 0, -2, 2]}, {"type": "Sub", "name": "m", "inputs": ["x", "p"]}]})";
  EXPECT_EQ(put_right(two, "m", Code::W514), "leave out `p`, a Pad");
  const std::string channels =
      R"({"input": [2, 12, 6], "layers": [{"type": "Linear", "name": "x", "out_features": 8},
    {"type": "Pad", "name": "p", "padding": [1, -1]}, {"type": "Add", "inputs": ["x", "p"]}]})";
  EXPECT_EQ(put_right(channels, "p", Code::W512), "leave out `p`, a Pad");
}

TEST(Meanings, ASoftmaxOverSamplesIsTakenOverWhatIsSummedNext) {
  const std::string net = R"({"input": [2, 12, 8], "layers": [
    {"name": "q", "type": "Linear", "out_features": 8}, {"name": "k", "inputs": ["input"], "type": "Linear", "out_features": 8},
    {"name": "kt", "type": "Transpose", "dim0": 1, "dim1": 2}, {"name": "s", "type": "MatMul", "inputs": ["q", "kt"]},
    {"name": "w", "type": "Softmax", "dim": 0}, {"type": "MatMul", "inputs": ["w", "k"]}]})";
  EXPECT_EQ(put_right(net, "w", Code::W515), "set dim to 2 on `w`");
}

TEST(Meanings, ANormOfChannelsLastHasAPermuteOnBothSides) {
  const std::string net = R"({"input": [2, 3, 8, 8], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "n", "type": "LayerNorm", "normalized_shape": [8]},
    {"type": "Conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}], "expect": "input"})";
  EXPECT_EQ(put_right(net, "n", Code::W512), "put a Permute in front of `n` and one back behind it");
  const std::string after =
      shapedbg::apply(net, unscrambled(net, "n", Code::W512).fixes[0].edits).value_or("");
  EXPECT_NE(after.find(R"("dims": [0, 2, 3, 1]})"), std::string::npos) << after;
}

TEST(Meanings, TheNormOfTheOneChannelThatIsReturnedIsLeftOut) {
  const std::string net = R"({"input": [2, 8, 16, 16], "layers": [
    {"type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1},
    {"name": "n", "type": "GroupNorm", "num_groups": 1}, {"type": "Sigmoid"}]})";
  EXPECT_EQ(put_right(net, "n", Code::W517), "leave out `n`, a GroupNorm");
}

// As many heads as features of each: the sizes tell which axes were to be exchanged.
TEST(Meanings, AViewOfExchangedSizesBecomesThePermuteOfThese) {
  const std::string net = R"({"input": [2, 16, 16], "layers": [
    {"name": "l", "type": "Linear", "out_features": 16}, {"name": "apart", "type": "Reshape", "shape": ["in[0]", 16, 4, 4]},
    {"name": "v", "type": "Reshape", "shape": ["in[0]", 4, 16, 4]},
    {"name": "heads", "type": "Reshape", "shape": ["in[0]*4", 16, 4]}, {"type": "Softmax", "dim": -1},
    {"type": "Reshape", "shape": ["in[0]//4", 4, 16, 4]}, {"type": "Permute", "dims": [0, 2, 1, 3]},
    {"type": "Flatten", "start_dim": 2}, {"type": "Add", "inputs": ["l", "prev"]}]})";
  EXPECT_EQ(put_right(net, "v", Code::W511),
            "put a Permute in front of `v`: [2, 16, 4, 4] becomes [2, 4, 16, 4]");
}

// A discriminator that is fed a larger image has several scores for each, and its view makes samples of them.
TEST(Meanings, OneAnswerForEachSampleIsTheMeanOfItsPlaces) {
  const std::string net = R"({"input": [8, 3, 32, 32], "layers": [
    {"type": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
    {"type": "Conv2d", "out_channels": 1, "kernel_size": 4}, {"name": "v", "type": "Reshape", "shape": [-1, 1]},
    {"type": "Squeeze", "dim": 1}]})";
  const Finding finding = unscrambled(net, "v", Code::W509);
  ASSERT_EQ(finding.fixes.size(), 1u);
  EXPECT_EQ(finding.fixes[0].title,
            "put an AdaptiveAvgPool2d with output_size 1 in front of `v`: the mean of the 25 places of each "
            "sample");
  EXPECT_EQ(finding.fixes[0].applicability, Applicability::unsafe);
  EXPECT_EQ(finding.fixes[0].verified.output, (Shape{8}));
}

// The samples of a last state are not in front: they come there.
TEST(Meanings, TheSamplesOfALastStateComeInFront) {
  const std::string net = R"({"input": [4, 20, 12], "layers": [
    {"name": "rnn", "type": "GRU", "hidden_size": 32, "num_layers": 2, "batch_first": true},
    {"name": "row", "type": "Reshape", "inputs": "rnn:1", "shape": [-1, 64]}, {"type": "Linear", "out_features": 8}]})";
  EXPECT_EQ(put_right(net, "row", Code::W511),
            "put a Permute in front of `row`: [2, 4, 32] becomes [4, 2, 32]");
}

// Of all Permutes that put it right the one in place of the view, whatever else falls into fewer pieces.
TEST(Meanings, WhatAViewWasToBringAboutAPermuteBrings) {
  const std::string net = R"({"input": [2, 8, 12, 12], "layers": [
    {"type": "AdaptiveAvgPool2d", "output_size": 3}, {"type": "Conv2d", "out_channels": 6, "kernel_size": 1},
    {"name": "f", "type": "Flatten", "start_dim": 2}, {"name": "v", "type": "Reshape", "shape": ["in[0]", 9, 6]},
    {"inputs": "input", "type": "Conv2d", "out_channels": 6, "kernel_size": 1}, {"name": "m", "type": "Flatten", "start_dim": 2},
    {"type": "MatMul", "inputs": ["v", "m"]}, {"type": "Reshape", "shape": ["in[0]", 9, 12, 12]}]})";
  EXPECT_EQ(put_right(net, "v", Code::W511), "put a Permute in front of `v`: [2, 6, 9] becomes [2, 9, 6]");
}

TEST(Meanings, ASoftmaxOverOneScoreIsLeftOut) {
  const std::string net = R"({"input": [8, 20], "layers": [
    {"type": "Linear", "out_features": 1},
    {"name": "s", "type": "Softmax", "dim": 1}]})";
  EXPECT_EQ(put_right(net, "s", Code::W517),
            "leave out `s`, a Softmax: one score says enough, or takes a Sigmoid");
}

TEST(Meanings, TwinsSayTheirFixOnce) {
  const std::string net = R"({"input": [2, 10, 8], "layers": [
    {"name": "q", "type": "Linear", "out_features": 8}, {"name": "a", "type": "Reshape", "shape": ["in[0]", 2, 10, 4]},
    {"name": "k", "inputs": ["input"], "type": "Linear", "out_features": 8}, {"name": "b", "type": "Reshape", "shape": ["in[0]", 2, 10, 4]},
    {"type": "ScaledDotProductAttention", "inputs": ["a", "b", "b"]}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Flatten", "start_dim": 2}], "expect": "input"})";
  const Source source("net.json", net);
  const Parsed parsed = parse(source);
  const Trace trace = infer(parsed.spec);
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  const RightForAll right;
  Repairs repairs(source, parsed.spec, trace, rerun, right);
  std::vector<Finding> findings(2);
  for (std::size_t i = 0; i < 2; ++i) {
    findings[i].code = Code::W511;
    findings[i].layer = i == 0 ? "a" : "b";
    repairs.repair(findings[i]);
  }
  EXPECT_EQ(findings[0].fixes.size(), 1U);
  EXPECT_TRUE(findings[1].fixes.empty());
  EXPECT_EQ(findings[1].notes, std::vector<std::string>{"the fix of `a` puts this right, too"});
}

// A result of [N, 1] and a target of [N]: each number would be compared with each.
TEST(Stretch, OneAxisTooManyIsTakenAwayOrGivenToBoth) {
  const auto net = [](const std::string& behind) {
    return R"({"input": {"x": [16, 8], "y": [16]}, "layers": [
    {"name": "l", "type": "Linear", "inputs": "x", "in_features": 8, "out_features": 1},
    {"name": "sub", "type": "Sub", "inputs": ["l", "y"]}, )" +
           behind + "]}";
  };
  EXPECT_EQ(unscrambled(net(R"({"type": "Pow", "value": 2})"), "sub", Code::W501).fixes.at(0).title,
            "put a Squeeze between `l` and `sub`: [16, 1] becomes [16]");
  EXPECT_EQ(put_right(net(R"({"type": "Mean", "dim": [0, 1]})"), "sub", Code::W501),
            "put an Unsqueeze between `y` and `sub`: [16] becomes [16, 1]");
}

}  // namespace
}  // namespace shapedbg::vectors_and_views_test
