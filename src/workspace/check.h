// The main job on one file: parse, infer, run, diagnose, repair. Returns data, prints nothing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "finding/finding.h"
#include "infer/infer.h"
#include "net/spec.h"
#include "net/targets.h"
#include "workspace/budget.h"

namespace shapedbg {

enum class DeviceChoice : std::uint8_t { automatic, cpu, meta, cuda, off };

enum class Status : std::uint8_t {
  ok,        // runs and returns what is expected
  findings,  // something was found in the spec
  error,     // the job could not be done: unreadable file, no LibTorch
};
std::string_view to_string(Status status);

struct Checked {
  Source source;
  Spec spec;  // empty when the file holds none
  Trace trace;
  std::vector<Cost> costs;  // one per layer
  std::optional<Shape> returned;
  std::optional<Shape> expected;  // Expect::any_size where every size is right
  std::vector<Finding> findings;  // cause first
  Status status = Status::ok;
  std::string error = {};  // why the file could not even be read: one line; empty otherwise
  // "H from 64 to 512": the sizes declared, where all of them are proven right; else empty.
  std::string right_for = {};
  bool imported = false;  // the source is a spec that was made of something else, which nobody sees
  // Of an imported network: the files that its layers come from, as far as they can be read, by their names.
  std::map<std::string, Source> files = {};
  std::string how = {};   // the options that it was imported with, as words of a command: "--input 1,3,64,64"
  std::size_t known = 0;  // findings that are left out, as a baseline has them; `status` is about the others
};

// Asks for the engine when a network is to be run; called at most once per network.
using EngineSource = std::function<Opened()>;

// `ignored`: risks (W5xx) that are not reported, and C401 where the free sizes are no promise. `targets`:
// where else it is to run, beside those that the spec names. Where the budget is stopped, an error with
// cancelled_text.
Checked check(Source source, DeviceChoice device, const EngineSource& engine,
              const std::vector<Code>& ignored = {}, const Budget& budget = {},
              const std::vector<Target>& targets = {});

// Below these estimates `auto` runs on the CPU for real, above on meta.
inline constexpr std::int64_t auto_mult_adds = 1'500'000'000;  // about 50 ms on one thread
inline constexpr std::int64_t auto_milliseconds = 2'000;       // then the rest is run on meta
inline constexpr std::int64_t auto_bytes = INT64_C(256) << 20;

}  // namespace shapedbg
