// Which sizes a network takes: public networks held against what their own code did at each tested size,
// and small ones whose answer is known.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "real/real.h"
#include "workspace/size_report.h"

namespace shapedbg::sizes_test {
namespace {

using nlohmann::json;

std::string bytes_of(const std::string& file) {
  return real::bytes_of(std::filesystem::path(SHAPEDBG_SOURCE_DIR) / file);
}

SizeReport report_of(const std::string& bytes, const SizesOptions& options = {}) {
  return size_report(Source("net.json", bytes), options, open_engine);
}

std::string rule(const AxisSizes& axis, SizeOutcome outcome) {
  for (const SizeGroup& group : axis.groups)
    if (group.outcome == outcome) return group.rule;
  return "no size";
}

std::string spec_with(const std::string& input, const std::string& layers) {
  return R"({"input": )" + input + R"(, "expect": "input", "layers": [)" + layers + "]}";
}

const std::string kHalf =
    R"({"name": "down", "type": "Conv2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1},
       {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1,
        "output_padding": 1})";

// What is one size on two inputs is changed on both, alone and with the other axis.
TEST(Sizes, FreeSizesOfTwoInputsAreChangedOnBoth) {
  const SizeReport report = report_of(
      R"({"input": {"a": [1, 3, "H", "W"], "b": [1, 3, "H", "W"]}, "sizes": {"H": {"min": 10}, "W": {}},
          "layers": [{"name": "s", "type": "Add", "inputs": ["a", "b"]}, )" +
      kHalf + R"(], "expect": "input"})");
  ASSERT_EQ(report.axes.size(), 3U);  // H, W, both together
  for (const AxisSizes& axis : report.axes) {
    EXPECT_EQ(rule(axis, SizeOutcome::right), "even sizes, from 2");
    EXPECT_EQ(rule(axis, SizeOutcome::refused), "no size");
  }
  EXPECT_TRUE(report.axes.back().together);
  EXPECT_EQ(report.axes.back().axes, (std::vector<FreeAxis>{{0, 2}, {1, 2}, {0, 3}, {1, 3}}));
  EXPECT_TRUE(report.findings.empty());
}

struct Recorded {
  const char* network;
  // Sizes at which the original code does more than its layers say, and what its layers alone come to.
  std::map<std::int64_t, SizeOutcome> differs = {};
};

// Left out: networks whose code computes a pad, crop or target size from the input's, of which a spec in
// numbers holds only the one for its own size.
std::vector<Recorded> recorded() {
  return {
      {"pix2pix_unet_128"},
      {"cyclegan_resnet_9blocks"},
      {"pytorch_vae_vanilla"},
      {"segnet_delta_onera"},
      // Python's InstanceNorm refuses a single value; LibTorch's does not, and 16 comes back whole.
      {"monai_unet_2d", {{16, SizeOutcome::right}}},
      // Its forward() asks for multiples of 32 first; 63 would come back as 64.
      {"smp_linknet_resnet34", {{63, SizeOutcome::wrong}}},
      {"wolny_unet3d"},
  };
}

TEST(RecordedSizes, EachTestedSizeFallsIntoTheClassThatTheOriginalCodeShowed) {
  const json truth = real::truth("networks.truth.json");
  std::size_t compared = 0;
  for (const Recorded& one : recorded()) {
    const std::string name = one.network;
    SizesOptions options;
    options.device = DeviceChoice::off;
    const SizeReport report = report_of(bytes_of("tests/real/networks/" + name + ".json"), options);
    ASSERT_EQ(report.status, Status::ok) << name;
    const AxisSizes& axis = report.axes.back();
    ASSERT_TRUE(axis.together) << name;
    const json& sizes = truth.at(name).at("sizes");

    std::map<std::int64_t, SizeOutcome> wanted;
    for (const std::int64_t n : real::sizes_in(sizes.at("returns_expected_size")))
      wanted[n] = SizeOutcome::right;
    std::map<std::int64_t, std::int64_t> returned;
    for (const json& pair : sizes.value("returns_another_size", json::array())) {
      wanted[pair[0]] = SizeOutcome::wrong;
      returned[pair[0]] = pair[1];
    }
    for (const json& raised : sizes.value("raises", json::array()))
      for (const std::int64_t n : real::sizes_in(raised.at("sizes"))) wanted[n] = SizeOutcome::refused;
    ASSERT_GT(wanted.size(), 4u) << name;
    for (const auto& [size, outcome] : one.differs) wanted[size] = outcome;

    for (const auto& [size, outcome] : wanted) {
      ASSERT_TRUE(axis.map.knows(size)) << name << " " << size;
      EXPECT_EQ(static_cast<int>(axis.map.at(size).outcome), static_cast<int>(outcome))
          << name << " " << size;
      ++compared;
    }
    for (const SizeGroup& group : axis.groups)
      for (const SizeExample& example : group.examples)
        if (returned.count(example.size) > 0 && group.outcome == SizeOutcome::wrong) {
          EXPECT_EQ(example.returned, std::to_string(returned[example.size])) << name;
        }
  }
  EXPECT_GT(compared, 150u);
}

TEST(RecordedSizes, TheRuleIsTheRecordedOne) {
  const std::pair<const char*, const char*> rules[] = {
      {"pix2pix_unet_128", "multiples of 128, from 128"},
      {"cyclegan_resnet_9blocks", "multiples of 4, from 8"},
      {"segnet_delta_onera", "multiples of 32, from 32"},
      {"smp_linknet_resnet34", "multiples of 32, from 32"},
      {"wolny_unet3d", "every size from 8"},
      {"pytorch_vae_vanilla", "only 64"},
  };
  for (const auto& [name, wanted] : rules) {
    SizesOptions options;
    options.device = DeviceChoice::off;
    const SizeReport report =
        report_of(bytes_of(std::string("tests/real/networks/") + name + ".json"), options);
    EXPECT_EQ(rule(report.axes.back(), SizeOutcome::right), wanted) << name;
  }
}

TEST(Sizes, NoSizeIsBelowOne) {
  const SizeReport report = report_of(spec_with("[1, 3, 8, 8]", kHalf));
  ASSERT_FALSE(report.axes.empty());
  const SizeMap& map = report.axes[0].map;
  EXPECT_TRUE(map.verdict(1));
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-1}, -(std::int64_t{1} << 40)}) {
    EXPECT_FALSE(map.verdict(n)) << n;
    SizesOptions options;
    options.near = n;
    EXPECT_FALSE(report_of(spec_with("[1, 3, 8, 8]", kHalf), options).axes[0].near) << n;
  }
}

TEST(Sizes, AxesThatBehaveAlikeAreToldOnceAndRunOnLibTorch) {
  const SizeReport report = report_of(spec_with("[1, 3, 64, 64]", kHalf));
  ASSERT_EQ(report.status, Status::ok) << report.error;
  ASSERT_EQ(report.axes.size(), 2u);
  EXPECT_EQ(report.axes[0].names, (std::vector<std::string>{"height", "width"}));
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "even sizes, from 2");
  const SizeGroup& wrong = report.axes[0].groups[1];
  EXPECT_EQ(wrong.rule, "odd sizes");
  EXPECT_EQ(wrong.examples[1].size, 63);
  EXPECT_EQ(wrong.examples[1].returned, "64");
  EXPECT_EQ(wrong.layer, "down");
  EXPECT_EQ(report.independent, true);
  EXPECT_EQ(report.device, "meta");
  EXPECT_GT(report.axes[0].ran.size(), 4u);
  EXPECT_TRUE(report.findings.empty());
}

TEST(Sizes, AWrongDeclaredSizeDoesNotHideTheOtherAxis) {
  const SizeReport report = report_of(spec_with("[1, 3, 63, 64]", kHalf));
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "even sizes, from 2");
  EXPECT_EQ(rule(report.axes[1], SizeOutcome::right), "even sizes, from 2");
  EXPECT_EQ(report.independent, true);
}

TEST(Sizes, NextRightSizesAroundOne) {
  SizesOptions options;
  options.device = DeviceChoice::off;
  options.near = 1647;
  const SizeReport report = report_of(spec_with("[1, 3, 64, 64]", kHalf), options);
  ASSERT_TRUE(report.axes[0].near);
  EXPECT_EQ(report.axes[0].near->below, 1646);
  EXPECT_EQ(report.axes[0].near->above, 1648);
}

TEST(Sizes, ARangeIsCountedWithoutLookingAtEachSize) {
  SizesOptions options;
  options.device = DeviceChoice::off;
  options.first = 3;
  options.last = 1'000'000'000;
  const SizeReport report = report_of(spec_with("[1, 3, 64, 64]", kHalf), options);
  EXPECT_EQ(report.axes[0].groups[0].in_range, 499'999'999);  // 4, 6, …, 10^9
  EXPECT_EQ(report.axes[0].groups[1].in_range, 499'999'999);  // 3, 5, …, 10^9 - 1
}

TEST(Sizes, AFlattenMixesTheAxes) {
  const SizeReport report = report_of(
      R"({"input": [1, 2, 4, 4], "layers": [{"name": "flat", "type": "Flatten"},
          {"name": "fc", "type": "Linear", "in_features": 32, "out_features": 5}]})");
  EXPECT_EQ(report.mixed_by, "flat");
  EXPECT_EQ(report.independent, false);
  EXPECT_FALSE(report.expects);
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "only 4");
  EXPECT_EQ(report.axes[0].groups[1].layer, "fc");
  EXPECT_TRUE(report.findings.empty());
}

TEST(Sizes, AProductOfTwoSizesIsProvenToo) {
  const SizeReport report = report_of(
      R"({"input": [1, 2, 4, 4], "layers": [{"name": "flat", "type": "Flatten"},
          {"name": "fc", "type": "Linear", "in_features": 32, "out_features": 5}]})");
  const AxisSizes& together = report.axes.back();
  EXPECT_TRUE(together.map.proven);
  EXPECT_EQ(rule(together, SizeOutcome::right), "only 4");
}

TEST(Sizes, WhatCannotBeProvenSaysHowFarItWasSeen) {
  SizesOptions options;
  options.device = DeviceChoice::off;
  const SizeReport report = report_of(
      R"({"input": [1, 2, 4], "layers": [{"type": "Upsample", "scale_factor": 1.4142135623730951}]})",
      options);
  const AxisSizes& axis = report.axes.back();
  EXPECT_FALSE(axis.map.proven);
  EXPECT_EQ(axis.map.small.size(), 1024u);
  EXPECT_FALSE(axis.map.knows(1025));
  EXPECT_EQ(axis.map.formless, 0) << "the Upsample";
}

TEST(Sizes, TooManyClassesAreToldApartFromWhatNoFormulaSays) {
  // Seven coprime strides laid end to end: whether their sum is even is another question for each residue.
  std::string layers;
  std::string joined;
  for (const std::string k : {"3", "5", "7", "11", "13", "17", "19"}) {
    layers +=
        R"({"name": "d)" + k + R"(", "type": "MaxPool1d", "inputs": "input", "kernel_size": )" + k + "}, ";
    joined += (joined.empty() ? "d" : R"(", "d)") + k;
  }
  SizesOptions options;
  options.device = DeviceChoice::off;
  const SizeReport report =
      report_of(R"({"input": [1, 2, 1000], "layers": [)" + layers +
                    R"({"name": "row", "type": "Concat", "dim": 2, "inputs": [")" + joined + R"("]},
                    {"type": "MaxPool1d", "kernel_size": 2}, {"name": "up", "type": "Upsample", "scale_factor": 2},
                    {"type": "Add", "inputs": ["row", "up"]}]})",
                options);
  ASSERT_EQ(report.axes.size(), 1u) << (report.findings.empty() ? report.error : report.findings[0].message);
  const AxisSizes& axis = report.axes.back();
  EXPECT_FALSE(axis.map.proven);
  EXPECT_EQ(axis.map.formless, -1);
  EXPECT_EQ(axis.map.small.size(), 2000u);
}

TEST(Sizes, APeriodTooLongToWriteDownIsStillProven) {
  std::string layers;
  for (int i = 0; i < 40; ++i)
    layers += R"({"type": "Conv1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1},)";
  for (int i = 0; i < 40; ++i)
    layers +=
        std::string(i > 0 ? "," : "") +
        R"({"type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1})";
  SizesOptions options;
  options.device = DeviceChoice::off;
  options.near = 3'000'000'000'000;
  const SizeReport report = report_of(spec_with("[1, 1, 64]", layers), options);
  const AxisSizes& axis = report.axes.back();
  EXPECT_TRUE(axis.map.proven);
  EXPECT_FALSE(axis.map.is_pattern());
  EXPECT_EQ(rule(axis, SizeOutcome::right), "multiples of 1099511627776, from 1099511627776");
  EXPECT_EQ(rule(axis, SizeOutcome::wrong), "sizes that are no multiple of 1099511627776");
  ASSERT_TRUE(axis.near);
  EXPECT_EQ(axis.near->below, INT64_C(2) << 40);
  EXPECT_EQ(axis.near->above, INT64_C(3) << 40);
}

TEST(Sizes, CoprimeStridesSideBySideAreProven) {
  std::string layers;
  std::string merged;
  for (const std::string k : {"2", "3", "5", "7", "11", "13", "17", "19", "23"}) {
    layers += R"({"type": "Conv2d", "inputs": "input", "out_channels": 3, "kernel_size": )" + k +
              R"(, "stride": )" + k + R"(}, {"name": "up)" + k +
              R"(", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": )" + k + R"(, "stride": )" +
              k + "}, ";
    merged += (merged.empty() ? R"("up)" : R"(", "up)") + k;
  }
  SizesOptions options;
  options.device = DeviceChoice::off;
  const SizeReport report =
      report_of(spec_with("[1, 3, 223092870, 223092870]",
                          layers + R"({"name": "sum", "type": "Add", "inputs": [)" + merged + R"("]})"),
                options);
  ASSERT_EQ(report.axes.size(), 2u);
  for (const AxisSizes& axis : report.axes) {
    EXPECT_TRUE(axis.map.proven);
    EXPECT_EQ(rule(axis, SizeOutcome::right), "multiples of 223092870, from 223092870");
  }
  EXPECT_EQ(report.independent, true);
}

TEST(Sizes, OfThousandsOfPartsThoseThatAreReadAreProven) {
  const SizeReport report = report_of(
      R"({"input": [1, 4, 9000], "layers": [{"name": "split", "type": "Chunk", "chunks": 4096, "dim": 2},
          {"name": "sum", "type": "Add", "inputs": ["split", "split:2"]}]})");
  ASSERT_EQ(report.axes.size(), 1u);
  EXPECT_TRUE(report.axes[0].map.proven);
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "every size from 3");
  EXPECT_TRUE(report.findings.empty());
}

TEST(Sizes, ThePadThatNothingCropsDecides) {
  const SizeReport report = report_of(
      spec_with("[1, 3, 64, 64]", R"({"name": "pad", "type": "PadToMultiple", "multiple": 4}, )" + kHalf));
  const SizeGroup& wrong = report.axes[0].groups[1];
  EXPECT_EQ(wrong.rule, "n mod 4 = 1 to 3");
  EXPECT_EQ(wrong.layer, "pad");
  EXPECT_EQ(wrong.message, "makes 4 of 1");
}

TEST(Sizes, LayersThatRefuseForOneReasonAreToldTogether) {
  std::string layers;
  for (const std::string level : {"1", "2", "3"})
    layers += R"({"name": "pool)" + level + R"(", "type": "MaxPool2d", "kernel_size": 2},)";
  const SizeReport report =
      report_of(R"({"input": [1, 3, 64, 64], "layers": [)" + layers +
                R"({"name": "half", "type": "PixelUnshuffle", "downscale_factor": 2}]})");
  const AxisSizes& axis = report.axes[0];
  EXPECT_EQ(axis.groups.size(), 5u);
  ASSERT_EQ(axis.reasons.size(), 3u);
  EXPECT_EQ(axis.reasons[1].rule, "only 1 to 7");
  EXPECT_EQ(axis.reasons[1].layer, "pool1");
  EXPECT_EQ(axis.reasons[1].others, (std::vector<std::string>{"pool2", "pool3"}));
  EXPECT_EQ(axis.reasons[2].layer, "half");
  EXPECT_TRUE(axis.reasons[2].others.empty());
}

TEST(Sizes, ATextOfAFreeLengthIsLookedUp) {
  const SizeReport report = report_of(
      R"({"input": [1, "L"], "sizes": {"L": {"min": 8, "max": 64}},
          "layers": [{"name": "table", "type": "Embedding", "num_embeddings": 1000, "embedding_dim": 16},
          {"type": "Transpose", "dim0": 1, "dim1": 2},
          {"name": "down", "type": "Conv1d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
          {"type": "ConvTranspose1d", "out_channels": 16, "kernel_size": 4, "stride": 2, "padding": 1},
          {"name": "back", "type": "Transpose", "dim0": 1, "dim1": 2},
          {"name": "sum", "type": "Add", "inputs": ["table", "back"]}]})");
  ASSERT_EQ(report.status, Status::ok) << report.error;
  ASSERT_EQ(report.axes.size(), 1u);
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "even sizes, from 2");
  ASSERT_TRUE(report.axes[0].range);
  EXPECT_EQ(report.axes[0].range->right, 29);
  EXPECT_EQ(report.axes[0].range->failing, 9);
  EXPECT_GE(report.axes[0].ran.size(), 5u);
}

TEST(Sizes, SizesOfTwoInputsDependOnEachOther) {
  const SizeReport report = report_of(
      R"({"input": {"image": [1, 3, "H"], "small": [1, 3, "h"]}, "sizes": {"H": {"min": 96}, "h": {"min": 32}},
          "layers": [{"name": "third", "type": "MaxPool1d", "inputs": "image", "kernel_size": 3},
          {"name": "both", "type": "Concat", "inputs": ["third", "small"]}]})");
  ASSERT_EQ(report.axes.size(), 2u);
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "only 96 to 98");
  EXPECT_EQ(rule(report.axes[1], SizeOutcome::right), "only 32");
  EXPECT_EQ(report.independent, false);
  EXPECT_EQ(report.mixed_by, "");
}

TEST(Sizes, PatchesInARowMixTheAxesAndAreRightForAllOfThem) {
  const SizeReport report = report_of(
      R"({"input": [1, 3, 64, 64], "expect": [1, 5], "layers": [
          {"name": "patch", "type": "Conv2d", "out_channels": 8, "kernel_size": 16, "stride": 16},
          {"name": "flat", "type": "Flatten", "start_dim": 2}, {"type": "Mean", "dim": [2]},
          {"type": "Linear", "out_features": 5}]})");
  EXPECT_EQ(report.mixed_by, "flat");
  EXPECT_EQ(report.independent, true);
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "every size from 16");
}

TEST(Sizes, FreeSizesAreHeldToTheirRangeOnEveryInputThatNamesThem) {
  const SizeReport report = report_of(
      R"({"input": {"image": ["N", 3, "H", 8], "mask": ["N", 1, "H", 8]}, "sizes": {"N": {"max": 4}, "H": {"min": 8, "max": 15}},
          "expect": [null, 4, null, 8], "layers": [{"name": "cat", "type": "Concat", "inputs": ["image", "mask"]},
          {"type": "Conv2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
          {"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
          {"name": "same", "type": "Concat", "inputs": ["prev", "mask"]},
          {"name": "to", "type": "Conv2d", "out_channels": 4, "kernel_size": 1}]})");
  ASSERT_EQ(report.status, Status::ok) << report.error;
  ASSERT_GE(report.axes.size(), 2u);
  EXPECT_EQ(report.axes[0].symbol, "N");
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "every size");
  ASSERT_TRUE(report.axes[1].range);
  EXPECT_EQ(report.axes[1].range->right, 4);
  EXPECT_EQ(report.axes[1].range->failing, 9);
  EXPECT_EQ(rule(report.axes[1], SizeOutcome::right), "even sizes, from 2");
}

TEST(Sizes, ANetworkWithoutSpatialAxesHasItsFeatures) {
  const SizeReport report =
      report_of(R"({"input": [2, 8], "layers": [{"type": "Linear", "in_features": 8, "out_features": 4}]})");
  ASSERT_EQ(report.axes.size(), 1u);
  EXPECT_EQ(report.axes[0].names[0], "axis 1");
  EXPECT_EQ(rule(report.axes[0], SizeOutcome::right), "only 8");
}

TEST(Sizes, AFileThatIsNoSpecHasFindingsOnly) {
  const SizeReport report = report_of("[1, 2");
  EXPECT_EQ(report.status, Status::findings);
  EXPECT_TRUE(report.axes.empty());
  EXPECT_FALSE(report.findings.empty());
}

TEST(Sizes, WithoutLibTorchTheJobIsNotDone) {
  const SizeReport report = size_report(Source("net.json", spec_with("[1, 3, 64, 64]", kHalf)), {}, [] {
    return Opened{nullptr, "no LibTorch here"};
  });
  EXPECT_EQ(report.status, Status::error);
  EXPECT_EQ(report.error, "no LibTorch here");
}

// Answers as the formulas do, but for the height 65, where its last layer returns a row more.
class OffByOne : public Engine {
 public:
  std::string version() const override { return "0"; }
  bool has_cuda() const override { return false; }
  using Engine::run;
  Run run(const Spec& spec, Device, const std::vector<bool>&, const std::stop_token&, std::int64_t) override {
    Run run;
    for (const LayerTrace& row : infer(spec).layers)
      run.layers.push_back({std::vector<Shape>(row.outputs.begin(), row.outputs.end()), true, {}, {}});
    if (spec.inputs[0].shape[2] == 65) ++run.layers.back().outputs[0][2];
    return run;
  }
};

TEST(Sizes, ADifferenceBetweenFormulaAndLibTorchIsReported) {
  OffByOne engine;
  const SizeReport report = size_report(Source("net.json", spec_with("[1, 3, 65, 64]", kHalf)), {}, [&] {
    return Opened{&engine, {}};
  });
  EXPECT_EQ(report.status, Status::findings);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].code, Code::X901);
  EXPECT_EQ(report.findings[0].layer, "up");
  EXPECT_EQ(report.findings[0].notes.back(), "for the input [1, 3, 65, 64]");
}

}  // namespace
}  // namespace shapedbg::sizes_test
