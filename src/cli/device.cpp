#include "cli/device.h"

#include <CLI/CLI.hpp>
#include <system_error>

#include "cli/choice.h"

namespace shapedbg {

void add_device_option(CLI::App& command, std::string& word) {
  command
      .add_option("--device", word,
                  "where LibTorch runs: auto (cpu while cheap, else meta), cpu, meta (no memory), cuda, "
                  "off (formulas only)")
      ->check(one_of({"auto", "cpu", "meta", "cuda", "off"}))
      ->take_last();
}

DeviceChoice device_choice(const std::string& word) {
  if (word == "cpu") return DeviceChoice::cpu;
  if (word == "meta") return DeviceChoice::meta;
  if (word == "cuda") return DeviceChoice::cuda;
  if (word == "off") return DeviceChoice::off;
  return DeviceChoice::automatic;
}

std::string milliseconds_since(std::chrono::steady_clock::time_point start) {
  const auto passed = std::chrono::steady_clock::now() - start;
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(passed).count()) + " ms";
}

Opened SharedEngine::operator()() {
  const std::lock_guard lock(first_);
  if (!opened_) {
    const auto start = std::chrono::steady_clock::now();
    opened_ = open_engine();
    log_.info(opened_->engine != nullptr ? "opened LibTorch " + opened_->engine->version()
                                         : "no LibTorch: " + opened_->error);
    log_.debug("opening LibTorch took " + milliseconds_since(start));
    open_ = true;
  }
  return *opened_;
}

std::optional<Opened> SharedEngine::if_open() {
  std::call_once(begun_, [this] {
    try {
      opener_ = std::jthread([this] { (*this)(); });
    } catch (const std::system_error&) {
      (*this)();  // no more threads are to be had
    }
  });
  if (!open_) return std::nullopt;
  return (*this)();
}

}  // namespace shapedbg
