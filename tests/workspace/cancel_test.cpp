#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include "workspace/check.h"
#include "workspace/in_parallel.h"

namespace shapedbg {
namespace {

const EngineSource kNoEngine = [] { return Opened{}; };

// Chains side by side that each miss their size, too many to be looked through in less than seconds.
Source large() {
  std::string layers;
  for (int i = 0; i < 30'000; ++i)
    layers += R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": )" +
              std::string(i % 1000 == 500 ? "0" : "1") + "},\n";
  return Source("large.json", "{\"input\": [1, 4, 64], \"expect\": [2, 4, 66], \"layers\": [\n" + layers +
                                  "{\"type\": \"ReLU\"}]}\n");
}

TEST(Cancel, AQuestionStoppedBeforeItBeginsHasNoAnswer) {
  std::stop_source stop;
  stop.request_stop();
  const Checked c = check(large(), DeviceChoice::off, kNoEngine, {}, {stop.get_token()});
  EXPECT_EQ(c.status, Status::error);
  EXPECT_EQ(c.error, cancelled_text);
  EXPECT_TRUE(c.findings.empty());
  EXPECT_TRUE(c.spec.layers.empty());
}

// How long the answer takes then is measured in tests/bench; here it only has to come.
TEST(Cancel, AnotherThreadStopsAQuestion) {
  using Clock = std::chrono::steady_clock;
  std::stop_source stop;
  Clock::time_point stopped;
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stopped = Clock::now();
    stop.request_stop();
  });
  const Checked c = check(large(), DeviceChoice::off, kNoEngine, {}, {stop.get_token()});
  const auto answered = Clock::now();
  other.join();
  EXPECT_EQ(c.status, Status::error);
  EXPECT_EQ(c.error, cancelled_text);
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(answered - stopped).count();
  RecordProperty("milliseconds", static_cast<int>(passed));
}

TEST(Cancel, AQuestionWithoutABudgetIsAnswered) {
  const Checked c = check(Source("f", R"({"input": [1, 3, 8], "layers": [{"type": "ReLU"}]})"),
                          DeviceChoice::off, kNoEngine);
  EXPECT_EQ(c.status, Status::ok);
}

TEST(InParallel, EachIsDoneOnceAndWhatIsThrownArrives) {
  std::vector<int> done(100, 0);
  in_parallel(done.size(), 4, [&](std::size_t i) { ++done[i]; });
  EXPECT_EQ(done, std::vector<int>(100, 1));
  EXPECT_THROW(in_parallel(done.size(), 4,
                           [](std::size_t i) {
                             if (i == 7) throw std::string("seven");
                           }),
               std::string);
  in_parallel(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace shapedbg
