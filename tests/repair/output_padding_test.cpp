// The smallest change of output_padding, on networks written out.
#include <gtest/gtest.h>

#include "read/json/parse.h"
#include "repair/repaired.h"

namespace shapedbg {
namespace {

using repaired::fixed;
using repaired::notes_of;
using repaired::read;
using repaired::repair_as;
using repaired::title_of;

std::string seed(const std::string& input, const std::string& more = "") {
  return R"({"input": )" + input + R"(,
  "encoder": [{"name": "down", "type": "Conv2d", "in_channels": 128, "out_channels": 256, "kernel_size": 3, "stride": 2, "padding": 1},
              {"type": "ReLU"}, {"type": "BatchNorm2d"}],
  "decoder": [{"name": "up", "type": "ConvTranspose2d", "in_channels": 256, "out_channels": 128, "kernel_size": 3, "stride": 2, "padding": 1)" +
         more + "}]}";
}

TEST(OutputPadding, SeedNeedsOne) {
  const Finding finding = repair_as(seed("[1, 128, 24, 24]"), Code::R301);
  ASSERT_GE(finding.fixes.size(), 2u);
  ASSERT_LE(finding.fixes.size(), 4u);
  const Fix& fix = finding.fixes[0];
  EXPECT_EQ(fix.title, "set output_padding to 1 on `up`");
  EXPECT_EQ(fix.applicability, Applicability::safe);
  ASSERT_EQ(fix.changes.size(), 1u);
  EXPECT_EQ(fix.changes[0].layer, "up");
  EXPECT_EQ(fix.changes[0].option, "output_padding");
  EXPECT_EQ(fix.changes[0].from, "0");
  EXPECT_EQ(fix.changes[0].to, "1");
  EXPECT_EQ(fix.verified.output, (Shape{1, 128, 24, 24}));
  EXPECT_EQ(fix.verified.device, "off");
  EXPECT_EQ(fix.right_for, "right for even sizes, from 2");
  EXPECT_EQ(fixed(seed("[1, 128, 24, 24]")), seed("[1, 128, 24, 24]", R"(, "output_padding": 1)"));
}

TEST(OutputPadding, SizeLikeIsOfferedForEverySize) {
  const Finding finding = repair_as(seed("[1, 128, 24, 24]"), Code::R301);
  ASSERT_GE(finding.fixes.size(), 2u);
  ASSERT_LE(finding.fixes.size(), 4u);
  const Fix& fix = finding.fixes[1];
  EXPECT_EQ(fix.title, "set size_like to \"input\" on `up`");
  EXPECT_EQ(fix.right_for, "right for every size");
  EXPECT_EQ(fix.applicability, Applicability::unsafe);
  ASSERT_EQ(fix.changes.size(), 1u);
  EXPECT_EQ(fix.changes[0].from, "null");
  EXPECT_EQ(fix.changes[0].to, "\"input\"");
}

TEST(OutputPadding, OddSizeNeedsNothing) {
  const Spec spec = read(seed("[1, 128, 25, 25]"));
  const Plan plan = plan_output_padding(spec, infer(spec));
  EXPECT_EQ(plan.end, SearchEnd::found);
  EXPECT_TRUE(plan.settings.empty());
  EXPECT_TRUE(repair_as(seed("[1, 128, 25, 25]"), Code::R301).fixes.empty());
}

TEST(OutputPadding, OneAxisOnly) {
  const Finding finding = repair_as(seed("[1, 128, 24, 25]"), Code::R301);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set output_padding to [1, 0] on `up`");
  EXPECT_EQ(finding.fixes[0].right_for, "right for height: even sizes, from 2; width: odd sizes");
}

TEST(OutputPadding, UnbatchedInput) {
  const std::string net = R"({"input": [3, 25, 24], "layers": [
    {"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}], "expect": "input"})";
  EXPECT_EQ(title_of(net), "set output_padding to [0, 1] on `up`");
}

TEST(OutputPadding, IsLowered) {
  EXPECT_EQ(title_of(seed("[1, 128, 25, 25]", R"(, "output_padding": 1)")),
            "set output_padding to 0 on `up`");
  EXPECT_EQ(title_of(seed("[1, 128, 25, 24]", R"(, "output_padding": 1)")),
            "set output_padding to [0, 1] on `up`");
}

TEST(OutputPadding, OutOfRangeIsLoweredIntoRange) {
  EXPECT_EQ(title_of(seed("[1, 128, 24, 24]", R"(, "output_padding": 2)"), Code::L201),
            "set output_padding to 1 on `up`");
  EXPECT_EQ(title_of(seed("[1, 128, 25, 24]", R"(, "output_padding": [2, 3])"), Code::L201),
            "set output_padding to [0, 1] on `up`");
}

// Four mirrored levels 25 -> 13 -> 7 -> 4 -> 2, all written with output_padding 1.
TEST(OutputPadding, EveryMirroredLevelGetsItsOwnSizeBack) {
  std::string json = R"({"input": [1, 1, 25, 25], "layers": [)";
  for (int i = 0; i < 4; ++i)
    json += R"({"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},)";
  for (int i = 4; i < 8; ++i)
    json +=
        std::string(i > 4 ? "," : "") + R"({"name": "l)" + std::to_string(i) +
        R"(", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1})";
  json += R"(], "expect": [1, null, 25, 25]})";
  const Spec spec = read(json);
  const Plan plan = plan_output_padding(spec, infer(spec));
  ASSERT_EQ(plan.end, SearchEnd::found);
  ASSERT_EQ(plan.settings.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(plan.settings[i].layer, LayerId(5 + i));
    EXPECT_EQ(plan.settings[i].to, (PerAxis{0, 0, 0}));
  }
  EXPECT_EQ(title_of(json, Code::R302), "set output_padding to 0 on `l5`, `l6` and `l7`");
}

std::string codec(std::int64_t length) {
  std::string json = R"({"input": [1, 64, )" + std::to_string(length) + R"(], "encoder": [)";
  const int strides[] = {2, 4, 5, 8};
  for (int i = 0; i < 4; ++i) {
    const int s = strides[i];
    json += std::string(i > 0 ? "," : "") + R"({"type": "Conv1d", "out_channels": 64, "kernel_size": )" +
            std::to_string(2 * s) + R"(, "stride": )" + std::to_string(s) + R"(, "padding": )" +
            std::to_string((s + 1) / 2) + "}";
  }
  json += R"(], "decoder": [)";
  for (int i = 3; i >= 0; --i) {
    const int s = strides[i];
    json += std::string(i < 3 ? "," : "") + R"({"name": "up)" + std::to_string(s) +
            R"(", "type": "ConvTranspose1d", "out_channels": 64, "kernel_size": )" + std::to_string(2 * s) +
            R"(, "stride": )" + std::to_string(s) + R"(, "padding": )" + std::to_string((s + 1) / 2) + "}";
  }
  return json + "]}";
}

TEST(OutputPadding, CodecGetsItOnTheLayerWhoseStepLostTheSize) {
  const Finding finding = repair_as(codec(3200), Code::R301);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set output_padding to 1 on `up5`");
  EXPECT_EQ(finding.fixes[0].right_for, "right for multiples of 320, from 320");
}

TEST(OutputPadding, SeveralLayersWithTheirOwnValues) {
  EXPECT_EQ(title_of(codec(10000)), "set output_padding to 2 on `up8` and 1 on `up5`");
}

std::string pair_1d(int length, const std::string& down, const std::string& up,
                    const std::string& expect = "\"input\"") {
  return R"({"input": [1, 3, )" + std::to_string(length) +
         R"(], "layers": [{"name": "down", "type": "Conv1d", "out_channels": 16, )" + down +
         R"(}, {"name": "up", "type": "ConvTranspose1d", "out_channels": 3, )" + up + R"(}], "expect": )" +
         expect + "}";
}

TEST(OutputPadding, LargeKernel) {
  EXPECT_EQ(title_of(pair_1d(250, R"("kernel_size": 11, "stride": 3)", R"("kernel_size": 11, "stride": 3)")),
            "set output_padding to 2 on `up`");
}

// Legal, and a risk of ours all the same (W507): it is not what is offered first.
TEST(OutputPadding, BelowDilationIsLegalToo) {
  EXPECT_EQ(title_of(pair_1d(20, R"("kernel_size": 3)", R"("kernel_size": 2, "dilation": 3, "padding": 1)")),
            "set dilation to 4 on `up`");
}

TEST(OutputPadding, TooLongAlready) {
  const std::string net = pair_1d(24, R"("kernel_size": 3, "stride": 2, "padding": 1)",
                                  R"("kernel_size": 6, "stride": 2, "padding": 1)");
  EXPECT_EQ(title_of(net), "set padding to 2 on `up`");
  EXPECT_EQ(
      notes_of(net),
      "output_padding can only add: with the smallest everywhere the length of `up` is 26, expected is 24\n"
      "net kernels d(k-1) + 1 - 2p differ: 4 of `up`, 1 of `down`; `up` returns too much for the smallest "
      "sizes\n");
}

TEST(OutputPadding, TooShortEvenWithTheLargest) {
  const std::string net = pair_1d(24, R"("kernel_size": 3, "stride": 2, "padding": 1)",
                                  R"("kernel_size": 2, "stride": 2, "padding": 1)");
  EXPECT_EQ(title_of(net), "set padding to 0 on `up`");
  EXPECT_EQ(notes_of(net),
            "with the largest output_padding everywhere the length of `up` is 23, expected is 24; `up` can "
            "add at most 1: "
            "output_padding must be smaller than stride or dilation\n"
            "net kernels d(k-1) + 1 - 2p differ: 0 of `up`, 1 of `down`; `up` returns too little for the "
            "largest sizes\n");
}

TEST(OutputPadding, StrideOneCanAddNothing) {
  EXPECT_EQ(notes_of(pair_1d(24, R"("kernel_size": 4)", R"("kernel_size": 3)")),
            "with the largest output_padding everywhere the length of `up` is 23, expected is 24; `up` can "
            "add nothing: "
            "output_padding must be smaller than stride or dilation, and both are 1\n");
}

TEST(OutputPadding, SizesBetweenTheReachableOnes) {
  // up1 reaches 4 or 5; stride 4 of up2 makes 13..16 and 17..20 of it less padding; Conv leaves every second
  // one.
  const std::string net = R"({"input": [1, 1, 2], "layers": [
    {"name": "up1", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2},
    {"name": "up2", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 1, "stride": 1},
    {"name": "up3", "type": "Upsample", "scale_factor": 3}], "expect": [1, 1, 13]})";
  EXPECT_EQ(notes_of(net, Code::R302), "output_padding can make the length of `up3` 12 or 15, not 13\n");
}

TEST(OutputPadding, NoTransposedLayer) {
  const std::string net =
      R"({"input": [1, 1, 25], "layers": [{"type": "MaxPool1d", "kernel_size": 2}, {"type": "Upsample", "scale_factor": 2}], "expect": "input"})";
  EXPECT_EQ(notes_of(net), "no layer of the network has an output_padding that could be changed\n");
}

// 125 -> 62 -> 31; the skip wants 62 and 125 back.
const char* const kUnet = R"({"input": [1, 1, 125, 125], "layers": [
  {"name": "d1", "type": "MaxPool2d", "kernel_size": 2},
  {"name": "d2", "type": "MaxPool2d", "kernel_size": 2},
  {"name": "u2", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
  {"name": "cat2", "type": "Concat", "inputs": ["u2", "d1"]},
  {"name": "u1", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
  {"name": "cat1", "type": "Concat", "inputs": ["u1", "input"]}]})";

TEST(OutputPadding, SkipsAreConstraints) {
  const Finding finding = repair_as(kUnet, Code::L208);
  ASSERT_FALSE(finding.fixes.empty());
  EXPECT_EQ(finding.fixes[0].title, "set output_padding to 1 on `u1`");
  EXPECT_EQ(finding.fixes[0].verified.output, (Shape{1, 5, 125, 125}));
  EXPECT_EQ(finding.fixes[0].right_for, "right for n mod 4 = 1, from 5");
  ASSERT_GE(finding.fixes.size(), 2u);
  ASSERT_LE(finding.fixes.size(), 4u);
  EXPECT_EQ(finding.fixes[1].title, "set size_like to \"d1\" on `u2` and \"input\" on `u1`");
  EXPECT_EQ(finding.fixes[1].right_for, "right for every size from 4");
}

TEST(OutputPadding, MergeThatCannotAgree) {
  const std::string net = R"({"input": [1, 1, 125], "layers": [
    {"name": "d", "type": "MaxPool1d", "kernel_size": 3},
    {"name": "u", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "stride": 2},
    {"name": "cat", "type": "Concat", "inputs": ["u", "input"]}]})";
  EXPECT_EQ(title_of(net, Code::L208), "set stride to 3, kernel_size to 3 and output_padding to 2 on `u`");
  EXPECT_EQ(notes_of(net, Code::L208),
            "no output_padding makes the inputs of `cat` agree along the length: `u` can have 82 or 83, "
            "`input` has 125\n");
}

TEST(OutputPadding, ALayersOwnExpectation) {
  const std::string net = R"({"input": [1, 1, 24], "layers": [
    {"type": "Conv1d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1, "expect": [1, 1, 24]},
    {"type": "Conv1d", "out_channels": 1, "kernel_size": 2, "stride": 2}], "expect": [1, 1, 12]})";
  EXPECT_EQ(title_of(net, Code::R303), "set output_padding to 1 on `up`");
}

TEST(OutputPadding, AxesThatMixAreSearchedTogether) {
  const std::string net = R"({"input": [1, 1, 24, 25], "layers": [
    {"type": "Conv2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "Flatten"}, {"type": "Linear", "in_features": 600, "out_features": 10}]})";
  EXPECT_EQ(title_of(net, Code::L209), "set output_padding to [1, 0] on `up`");
}

TEST(OutputPadding, AnotherFaultInTheWayIsRepairedWithIt) {
  const std::string net = R"({"input": [1, 3, 24], "layers": [
    {"type": "Conv1d", "in_channels": 4, "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "ConvTranspose1d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}], "expect": "input"})";
  EXPECT_EQ(title_of(net), "set in_channels to 3 on `layers.0`, and set output_padding to 1 on `layers.1`");
  EXPECT_EQ(notes_of(net), "");
}

TEST(OutputPadding, ADisagreeingRunIsNotOffered) {
  const std::string json = seed("[1, 128, 24, 24]");
  const Source source("net.json", json);
  const Parsed parsed = parse(source);
  Finding finding;
  finding.code = Code::R301;
  const Rerun rerun = [](const Spec& spec) {
    Trace trace = infer(spec);
    Shape other = trace.layers[1].outputs[0];
    other[2] += 1;
    trace.layers[1].outputs = {other};
    return trace;
  };
  repair(source, parsed.spec, infer(parsed.spec), rerun, finding);
  EXPECT_TRUE(finding.fixes.empty());
}

TEST(OutputPadding, MirroredByAlgebra) {
  const Window w{.k = 3, .s = 2, .before = 1, .after = 1};
  EXPECT_EQ(mirrored_output_padding(w, w, 24), 1);
  EXPECT_EQ(mirrored_output_padding(w, w, 25), 0);
  const Window other{.k = 4, .s = 2, .before = 1, .after = 1};
  EXPECT_EQ(mirrored_output_padding(w, other, 24), std::nullopt);
  EXPECT_EQ(mirrored_output_padding({.k = 10, .s = 5, .before = 3, .after = 3},
                                    {.k = 10, .s = 5, .before = 3, .after = 3}, 400),
            1);
}

// Every fourth place would hold the bias alone, and one more at the end.
TEST(OutputPadding, AKernelShorterThanItsStrideIsTheFault) {
  EXPECT_EQ(title_of(R"({"input": [1, 3, 64, 64], "layers": [
    {"name": "in", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    {"name": "down", "type": "Conv2d", "out_channels": 16, "kernel_size": 8, "stride": 4, "padding": 2},
    {"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3, "stride": 4},
    {"name": "k", "type": "Concat", "inputs": ["up", "in"], "dim": 1},
    {"name": "out", "type": "Conv2d", "out_channels": 3, "kernel_size": 1}]})",
                     Code::L208),
            "set kernel_size to 8 and padding to 2 on `up`");
}

TEST(OutputPadding, HugeRangesAreAnsweredWithoutTryingThemAll) {
  EXPECT_EQ(title_of(pair_1d(2'000'000'001, R"("kernel_size": 1, "stride": 2000000000)",
                             R"("kernel_size": 1, "stride": 2000000000)", "[1, 3, 3900000000]")),
            "set output_padding to 1899999999 on `up`");
}

}  // namespace
}  // namespace shapedbg
