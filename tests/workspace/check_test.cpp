#include "workspace/check.h"

#include <gtest/gtest.h>

#include "workspace/fixing.h"

namespace shapedbg {
namespace {

const EngineSource kNever = [] {
  ADD_FAILURE() << "the engine was asked for";
  return Opened{};
};

Checked run(const std::string& json, DeviceChoice device = DeviceChoice::automatic,
            const EngineSource& engine = open_engine) {
  return check(Source("net.json", json), device, engine);
}

std::string seed(const std::string& size, const std::string& extra = "") {
  return R"({"input": [1, 8, )" + size + R"(],
  "encoder": [{"name": "down", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}],
  "decoder": [{"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1)" +
         extra + "}]}";
}

TEST(Check, TheSeedIsReportedAndRepairedAndTheRepairWasRun) {
  const Checked c = run(seed("24, 24"));
  EXPECT_EQ(c.status, Status::findings);
  EXPECT_EQ(c.trace.device, "cpu");
  EXPECT_EQ(*c.returned, (Shape{1, 8, 23, 23}));
  EXPECT_EQ(*c.expected, (Shape{1, 8, 24, 24}));
  ASSERT_EQ(c.findings.size(), 1u);
  ASSERT_FALSE(c.findings[0].fixes.empty());
  const Fix& fix = c.findings[0].fixes[0];
  EXPECT_EQ(fix.title, "set output_padding to 1 on `up`");
  EXPECT_EQ(fix.verified.device, "cpu");
  EXPECT_EQ(fix.verified.output, (Shape{1, 8, 24, 24}));
  EXPECT_EQ(fix.right_for, "right for even sizes, from 2");
  ASSERT_EQ(fix.sizes.size(), 2u);
  EXPECT_EQ(fix.sizes[0].axis, 2);
  EXPECT_EQ(fix.sizes[0].min, 2);
  EXPECT_EQ(fix.sizes[0].period, 2);
  EXPECT_EQ(fix.sizes[0].residues, (std::vector<std::int64_t>{0}));
  EXPECT_TRUE(fix.sizes[0].also.empty());
  EXPECT_TRUE(fix.weights_lost.empty());
  EXPECT_TRUE(fix.leaves_open.empty());
}

TEST(Check, TheBudgetMayLeaveOutTheFixes) {
  Budget budget;
  budget.repairs = false;
  const Checked c = check(Source("net.json", seed("24, 24")), DeviceChoice::off, kNever, {}, budget);
  ASSERT_EQ(c.findings.size(), 1u);
  EXPECT_TRUE(c.findings[0].fixes.empty());
}

TEST(Check, CodeIsWrittenAsFarAsItIsWanted) {
  const auto fixes = [](FixCode code) {
    Budget budget;
    budget.code = code;
    const Checked c = check(Source("net.json", seed("24, 24")), DeviceChoice::off, kNever, {}, budget);
    return c.findings.at(0).fixes;
  };
  const std::vector<Fix> all = fixes(FixCode::all);
  const std::vector<Fix> first = fixes(FixCode::first_in_python);
  const std::vector<Fix> none = fixes(FixCode::none);
  ASSERT_GT(all.size(), 1u);
  ASSERT_EQ(first.size(), all.size());
  ASSERT_EQ(none.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(first[i].title, all[i].title);
    EXPECT_EQ(none[i].title, all[i].title);
    EXPECT_EQ(first[i].code.python, i == 0 ? all[i].code.python : "");
    EXPECT_EQ(first[i].code.cpp, "");
    EXPECT_EQ(none[i].code.python, "");
  }
  EXPECT_NE(all[0].code.python, "");
  EXPECT_NE(all[0].code.cpp, "");
}

// A fix that lets more of the file be read may bring out more mistakes than it mends, as often as it takes.
TEST(Check, AFileThatIsReadFurtherIsNotWorse) {
  std::string layers;
  for (int i = 0; i < 40; ++i) layers += "{type: nn.ReLU, 'inplace': True},";
  const std::string bytes = "{input: (1, 3, 8, 8), # here\n layers: [" + layers + "]}";
  const Fixed fixed = fix(Source("net.json", bytes), {.device = DeviceChoice::off}, open_engine);
  EXPECT_EQ(fixed.result.status, Status::ok);
  EXPECT_EQ(fixed.result.spec.layers.size(), 40U);
  EXPECT_EQ(fixed.result.spec.layers[0].kind, LayerKind::ReLU);
}

// Errors of reading hide the others: with the file in our words there may be more of these.
TEST(Check, AFileInOtherWordsIsRewrittenUntilItCanBeRead) {
  const std::string keras = R"({"input": (1, 3, 32, 32), # image
  "layers": [
  {"type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, "padding": 1,},
  {"type": "Conv2DTranspose", "in": 5, "filters": 4, "kernel": 2, "strides": 2},
  {"type": "Conv2d", "in_channels": 7, "out_channels": 1, "kernel_size": 1}]})";
  const Fixed fixed = fix(Source("net.json", keras), {.device = DeviceChoice::off}, open_engine);
  EXPECT_EQ(fixed.applied.size(), 11u);
  for (const Finding& finding : fixed.result.findings)
    EXPECT_EQ(info(finding.code).id.front(), 'L') << finding.message;
  ASSERT_EQ(fixed.result.spec.layers.size(), 3u);
  EXPECT_EQ(fixed.result.spec.layers[1].kind, LayerKind::ConvTranspose2d);
}

TEST(Check, OneAxisIsRepairedWhereOneIsWrong) {
  const Checked c = run(seed("24, 25"));
  ASSERT_EQ(c.findings.size(), 1u);
  ASSERT_FALSE(c.findings[0].fixes.empty());
  EXPECT_EQ(c.findings[0].fixes[0].title, "set output_padding to [1, 0] on `up`");
}

TEST(Check, ALayoutThatLibTorchRefusesIsCopiedInFrontOfTheLayer) {
  const std::string json = R"({"input": [1, 2, 3, 4, 5], "layers": [
  {"name": "swap", "type": "Permute", "dims": [0, 1, 2, 4, 3]},
  {"name": "norm", "type": "LocalResponseNorm", "size": 3}]})";
  const Checked c = run(json);
  ASSERT_EQ(c.findings.size(), 1u);
  EXPECT_EQ(c.findings[0].code, Code::L220);
  ASSERT_EQ(c.findings[0].fixes.size(), 1u);
  const Fix& fix = c.findings[0].fixes[0];
  EXPECT_EQ(fix.title,
            "put a Contiguous in front of `norm`: it copies the tensor into the order of its axes");
  EXPECT_EQ(fix.applicability, Applicability::safe);
  EXPECT_EQ(fix.verified.device, "cpu");
  EXPECT_EQ(fix.code.python, "x = x.contiguous()");
  EXPECT_EQ(run(*shapedbg::apply(json, fix.edits)).status, Status::ok);
  // Two of them are two findings, each with its own copy.
  const Checked twice = run(
      json.substr(0, json.size() - 2) +
      R"(, {"type": "Permute", "dims": [0, 1, 2, 4, 3]}, {"name": "again", "type": "LocalResponseNorm", "size": 3}]})");
  ASSERT_EQ(twice.findings.size(), 2u);
  for (const Finding& f : twice.findings) EXPECT_EQ(f.fixes.size(), 1u) << f.message;
  // Without LibTorch nobody refuses it.
  EXPECT_EQ(run(json, DeviceChoice::off, kNever).status, Status::ok);
}

TEST(Check, BehindACustomThatDoesNotSayWhatItReturnsFaultsAreFoundAllTheSame) {
  const Checked c = run(R"({"input": [2, 8, 20], "layers": [
  {"name": "attn", "type": "Custom", "label": "Attention"},
  {"name": "conv", "type": "Conv1d", "in_channels": 16, "out_channels": 4, "kernel_size": 3}]})");
  ASSERT_EQ(c.findings.size(), 2u);
  EXPECT_EQ(c.findings[0].code, Code::S105);
  EXPECT_EQ(c.findings[0].notes.at(0), "until then `attn` is taken to return the shape that it gets");
  EXPECT_EQ(c.findings[1].code, Code::L203);
  EXPECT_EQ(c.findings[1].layer, "conv");
}

TEST(Check, WhatComesBackWholeIsOk) {
  EXPECT_EQ(run(seed("25, 25")).status, Status::ok);
  EXPECT_EQ(run(seed("24, 24", R"(, "output_padding": 1)")).status, Status::ok);
}

TEST(Check, EveryDeviceSaysTheSame) {
  for (const DeviceChoice device : {DeviceChoice::cpu, DeviceChoice::meta, DeviceChoice::off}) {
    const Checked c = run(seed("24, 24"), device);
    ASSERT_EQ(c.findings.size(), 1u);
    EXPECT_EQ(*c.returned, (Shape{1, 8, 23, 23}));
    ASSERT_FALSE(c.findings[0].fixes.empty());
    EXPECT_EQ(c.findings[0].fixes[0].verified.device, c.trace.device);
  }
}

TEST(Check, DeviceOffAndUnusableFilesNeverAskForTheEngine) {
  EXPECT_EQ(run(seed("24, 24"), DeviceChoice::off, kNever).trace.layers[0].source, RowSource::formula);
  EXPECT_EQ(run("{", DeviceChoice::automatic, kNever).status, Status::findings);
  EXPECT_EQ(run("", DeviceChoice::automatic, kNever).status, Status::findings);
  EXPECT_EQ(run(R"({"input": [1, 2]})", DeviceChoice::automatic, kNever).status, Status::findings);
}

TEST(Check, AutoLeavesTheCpuWhenTheForwardWouldBeDear) {
  EXPECT_EQ(run(seed("24, 24")).trace.device, "cpu");
  EXPECT_EQ(run(seed("8192, 8192")).trace.device, "meta");
  EXPECT_EQ(run(seed("1048576, 1048576")).trace.device, "meta");
}

TEST(Check, AutoCountsWhatWindowsRead) {
  const char* const dear[] = {R"({"type": "MaxPool2d", "kernel_size": 301, "stride": 1, "padding": 150})",
                              R"({"type": "AvgPool2d", "kernel_size": 301, "stride": 1, "padding": 150})",
                              R"({"type": "LPPool2d", "norm_type": 2, "kernel_size": 301, "stride": 1})",
                              R"({"type": "LocalResponseNorm", "size": 3001})"};
  for (const char* layer : dear) {
    const Checked c = run(R"({"input": [1, 3, 600, 600], "layers": [)" + std::string(layer) + "]}");
    EXPECT_EQ(c.trace.device, "meta") << layer;
    EXPECT_EQ(c.status, Status::ok) << layer;
  }
  const Checked cheap =
      run(R"({"input": [1, 3, 60, 60], "layers": [{"type": "MaxPool2d", "kernel_size": 3}]})");
  EXPECT_EQ(cheap.trace.device, "cpu");
}

// Of one machine's memory nothing is told: the same on every run.
TEST(Check, TooLittleMemoryIsNoFaultOfTheSpec) {
  const std::string json =
      R"({"input": [1, 3, 600, 600], "layers": [{"name": "up", "type": "Upsample", "scale_factor": 50000}]})";
  EXPECT_EQ(run(json).status, Status::ok);
  const Checked c = run(json, DeviceChoice::cpu);
  EXPECT_EQ(c.status, Status::error);
  ASSERT_EQ(c.findings.size(), 1u);
  EXPECT_EQ(c.findings[0].code, Code::X902);
  EXPECT_EQ(c.findings[0].message, "not enough memory to run `up`");
}

// Gives up on the CPU, as LibTorch does where time runs out; elsewhere it is LibTorch.
class SlowOnCpu : public Engine {
 public:
  explicit SlowOnCpu(Engine& engine) : engine_(engine) {}
  std::string version() const override { return engine_.version(); }
  bool has_cuda() const override { return false; }
  Run run(const Spec& spec, Device device, const std::vector<bool>& skip, const std::stop_token& stop,
          std::int64_t limit) override {
    if (device != Device::cpu) return engine_.run(spec, device, skip, stop, limit);
    limits.push_back(limit);
    Run run;
    run.layers.resize(spec.layers.size());
    run.error = "no time";
    run.given_up = true;
    return run;
  }

  std::vector<std::int64_t> limits;  // of each run on the CPU, in milliseconds

 private:
  Engine& engine_;
};

TEST(Check, WhatTakesTooLongOnTheCpuRunsWithoutMemory) {
  const Opened opened = open_engine();
  ASSERT_NE(opened.engine, nullptr) << opened.error;
  SlowOnCpu engine(*opened.engine);
  const EngineSource source = [&] { return Opened{&engine, {}}; };
  const Checked automatic = run(seed("24, 24"), DeviceChoice::automatic, source);
  EXPECT_EQ(automatic.trace.device, "meta");
  EXPECT_EQ(automatic.trace.layers[1].outputs[0], (Shape{1, 8, 23, 23}));
  ASSERT_FALSE(engine.limits.empty());
  EXPECT_EQ(engine.limits[0], auto_milliseconds);
  // Who names the device gets it, or an error.
  engine.limits.clear();
  const Checked named = run(seed("24, 24"), DeviceChoice::cpu, source);
  ASSERT_FALSE(named.findings.empty());
  EXPECT_EQ(named.findings[0].code, Code::X902);
  EXPECT_EQ(engine.limits.at(0), 0);
}

TEST(Check, AMissingEngineIsAnErrorAndTheFormulasStillAnswer) {
  const Checked c = run(seed("24, 24"), DeviceChoice::automatic, [] {
    return Opened{nullptr, "no engine: looked in /nowhere"};
  });
  EXPECT_EQ(c.status, Status::error);
  ASSERT_EQ(c.findings.size(), 1u);
  EXPECT_EQ(c.findings[0].code, Code::X902);
  EXPECT_EQ(c.findings[0].message, "no engine: looked in /nowhere");
  EXPECT_EQ(c.trace.layers[1].outputs[0], (Shape{1, 8, 23, 23}));
}

TEST(Check, AllFindingsOfAFileAreReported) {
  const Checked c = run(R"({"input": [1, 3, 8, 8], "layers": [
    {"name": "a", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "groups": 0},
    {"name": "b", "type": "Conv2D", "out_channels": 4, "kernel_size": 3},
    {"name": "c", "type": "Conv2d", "kernel_size": 3, "strid": 2}]})");
  std::string codes;
  for (const Finding& f : c.findings) codes += std::string(info(f.code).id) + " ";
  EXPECT_EQ(codes, "S110 S103 S105 S102 ");
}

}  // namespace
}  // namespace shapedbg
