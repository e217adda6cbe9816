// LibTorch behind a wall: this header is torch-free. The implementation lives in a shared module
// that is opened only when a network is to be run.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

enum class Device : std::uint8_t { cpu, meta, cuda };
std::string_view to_string(Device device);

// What LibTorch did with one layer.
struct LayerRun {
  std::vector<Shape> outputs;  // empty when it was not run or refused
  bool executed = false;       // false for Custom, whose output is declared, not run
  std::string refusal;         // LibTorch's first line, without backtrace
  // Why LibTorch refuses the layer on its input as it lies in memory, where it ran on a contiguous copy
  // instead.
  std::string layout_refusal;
};

struct Run {
  PerLayer<LayerRun> layers;  // one per layer of the spec; not run behind a refused input
  std::string error;          // why the run could not start, or not go on (no CUDA, no memory, no time)
  bool given_up = false;      // for want of memory or time: another device may do
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string version() const = 0;  // "2.13.0"
  virtual bool has_cuda() const = 0;
  // Builds real torch::nn modules and runs them one by one: eval mode, no grad, one thread, random
  // input of the spec's input shapes. A layer that the caller's `skip` marks is not built (its
  // options are already known to be out of range). Never throws.
  // Between two layers it looks at `stop` and at the clock: what was to run behind a request to stop, or more
  // than `limit` milliseconds (0: any time) after the start, is left out, with an error.
  virtual Run run(const Spec& spec, Device device, const std::vector<bool>& skip, const std::stop_token& stop,
                  std::int64_t limit) = 0;
  Run run(const Spec& spec, Device device, const std::vector<bool>& skip) {
    return run(spec, device, skip, std::stop_token(), 0);
  }
};

// Opens the engine module. The result lives to the end of the process: LibTorch is never unloaded.
struct Opened {
  Engine* engine = nullptr;
  std::string error;  // one line: what was looked for and why it could not be had
};
Opened open_engine();

// The module's one exported function. Program and module share the spec's types; a module of another build
// is refused by their sizes, not found out by a crash.
inline constexpr int engine_abi = static_cast<int>(
    3 + 2 * (sizeof(Spec) +
             512 * (sizeof(LayerSpec) + 512 * (sizeof(OptionValue) + sizeof(Run) + sizeof(LayerRun)))));
extern "C" Engine* shapedbg_engine(int abi);

}  // namespace shapedbg
