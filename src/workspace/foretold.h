// Answers while LibTorch is still being opened, which takes as long as hundreds of small networks: what it
// will say is foretold from the formulas, and asked of it before anybody is told.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "infer/shapes.h"

namespace shapedbg {

// Says what the formulas say, where every layer runs by them, and keeps what it was asked. An answer that
// stands on it is worth nothing until came_true(): then LibTorch ran the very same networks and said the very
// same, so that the answer is the one it would have given.
class Foretold final : public Engine {
 public:
  std::string version() const override { return {}; }
  bool has_cuda() const override { return false; }
  using Engine::run;
  // With an error where LibTorch's own words would be needed: of a layer that does not run.
  Run run(const Spec& spec, Device device, const std::vector<bool>& skip, const std::stop_token& stop,
          std::int64_t limit) override;

  // Runs on `engine` all that was asked. False where that differs, or was not to be foretold: ask it.
  bool came_true(Engine& engine);
  // Of the networks that it holds.
  std::size_t layers() const { return layers_; }

 private:
  struct Asked {
    Spec spec;
    Device device;
    std::int64_t limit;
    std::vector<Shapes> outputs;  // by layer
  };
  std::vector<Asked> asked_ = {};
  std::size_t layers_ = 0;
  bool known_ = true;
};

}  // namespace shapedbg
