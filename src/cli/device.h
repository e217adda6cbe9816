// `--device`, and the LibTorch that all files of a run share.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cli/log.h"
#include "workspace/check.h"

namespace CLI {
class App;
}

namespace shapedbg {

// Declares `--device` on a command; `word` has to outlive the parsing.
void add_device_option(CLI::App& command, std::string& word);
DeviceChoice device_choice(const std::string& word);

// "12 ms", for logs.
std::string milliseconds_since(std::chrono::steady_clock::time_point start);

// LibTorch for all specs of this run, opened when the first network is to be run: what never runs a
// network never pays for it.
class SharedEngine {
 public:
  explicit SharedEngine(Log& log) : log_(log) {}

  Opened operator()();
  // Nothing while it is still being opened, by a thread of its own from the first call on.
  std::optional<Opened> if_open();

 private:
  Log& log_;
  std::mutex first_;  // opens it, the others wait
  std::optional<Opened> opened_;
  std::atomic<bool> open_ = false;
  std::once_flag begun_;
  std::jthread opener_;
};

}  // namespace shapedbg
