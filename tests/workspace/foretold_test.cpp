#include "workspace/foretold.h"

#include <gtest/gtest.h>

#include "workspace/check.h"

namespace shapedbg {
namespace {

constexpr const char* kSeed = R"({"input": [1, 8, 24, 24],
  "encoder": [{"name": "down", "type": "Conv2d", "out_channels": 16, "kernel_size": 3, "stride": 2, "padding": 1}],
  "decoder": [{"name": "up", "type": "ConvTranspose2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1}]})";

Checked run(const char* json, Engine& engine) {
  return check(Source("net.json", json), DeviceChoice::meta, [&] { return Opened{&engine, {}}; });
}

// LibTorch, but for one layer of one of its runs.
class SaysOtherwise final : public Engine {
 public:
  SaysOtherwise(Engine& engine, int run, void (*change)(LayerRun&))
      : engine_(engine), at_(run), change_(change) {}
  std::string version() const override { return engine_.version(); }
  bool has_cuda() const override { return false; }
  Run run(const Spec& spec, Device device, const std::vector<bool>& skip, const std::stop_token& stop,
          std::int64_t limit) override {
    Run run = engine_.run(spec, device, skip, stop, limit);
    if (runs++ == at_) change_(run.layers.back());
    return run;
  }
  int runs = 0;

 private:
  Engine& engine_;
  int at_;
  void (*change_)(LayerRun&);
};

TEST(Foretold, WhatLibTorchConfirmsIsWhatItWouldHaveAnswered) {
  const Opened opened = open_engine();
  ASSERT_NE(opened.engine, nullptr) << opened.error;
  Foretold foretold;
  const Checked ahead = run(kSeed, foretold);
  const Checked asked = run(kSeed, *opened.engine);
  EXPECT_GT(foretold.layers(), 2u);  // the repairs too
  SaysOtherwise counting(*opened.engine, -1, nullptr);
  EXPECT_TRUE(foretold.came_true(counting));
  EXPECT_GT(counting.runs, 1);
  EXPECT_EQ(foretold.layers(), 0u);
  ASSERT_EQ(ahead.findings.size(), 1u);
  ASSERT_EQ(ahead.findings.size(), asked.findings.size());
  ASSERT_FALSE(ahead.findings[0].fixes.empty());
  ASSERT_EQ(ahead.findings[0].fixes.size(), asked.findings[0].fixes.size());
  for (std::size_t i = 0; i < ahead.findings[0].fixes.size(); ++i) {
    EXPECT_EQ(ahead.findings[0].fixes[i].title, asked.findings[0].fixes[i].title);
    EXPECT_EQ(ahead.findings[0].fixes[i].verified.device, asked.findings[0].fixes[i].verified.device);
  }
  EXPECT_EQ(ahead.trace.device, asked.trace.device);
  for (std::size_t i = 0; i < ahead.trace.layers.size(); ++i) {
    EXPECT_EQ(ahead.trace.layers[i].outputs, asked.trace.layers[i].outputs);
    EXPECT_EQ(ahead.trace.layers[i].source, asked.trace.layers[i].source);
  }
}

TEST(Foretold, DoesNotComeTrueWhereLibTorchSaysAnythingElse) {
  const Opened opened = open_engine();
  ASSERT_NE(opened.engine, nullptr) << opened.error;
  void (*const changes[])(LayerRun&) = {
      [](LayerRun& layer) { layer.outputs.at(0).back() += 1; },
      [](LayerRun& layer) { layer.refusal = "refused"; },
      [](LayerRun& layer) { layer.layout_refusal = "refused as it lies in memory"; },
      [](LayerRun& layer) { layer.executed = false; },
  };
  for (const auto change : changes)
    for (const int at : {0, 1}) {  // the network, the first repair
      Foretold foretold;
      run(kSeed, foretold);
      SaysOtherwise engine(*opened.engine, at, change);
      EXPECT_FALSE(foretold.came_true(engine)) << at;
      EXPECT_EQ(engine.runs, at + 1);
    }
}

TEST(Foretold, NeedsLibTorchsWordsWhereALayerDoesNotRun) {
  const Opened opened = open_engine();
  ASSERT_NE(opened.engine, nullptr) << opened.error;
  Foretold foretold;
  const Checked checked = run(
      R"({"input": [1, 8, 24], "layers": [{"type": "Conv1d", "in_channels": 3, "out_channels": 8, "kernel_size": 3}]})",
      foretold);
  EXPECT_EQ(checked.status, Status::error);
  EXPECT_EQ(foretold.layers(), 0u);
  EXPECT_FALSE(foretold.came_true(*opened.engine));
}

}  // namespace
}  // namespace shapedbg
