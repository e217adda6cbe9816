// Whether a change closes a network, at the price of the layers that it reaches.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "infer/infer.h"
#include "net/readers.h"
#include "net/spec.h"

namespace shapedbg {

// An option of a layer, and the value that it is to have.
struct Set {
  LayerId layer;
  Opt opt{};
  Value value;
};

// Tries options of one network. A layer's result follows from its options and its inputs' shapes alone, so
// that only what is behind a change is inferred again, as far as shapes differ, up to the first layer that
// fails.
class Trials {
 public:
  // `trace` holds what the formulas say of `spec`; both outlive this.
  Trials(const Spec& spec, const Trace& trace);

  // Whether with `sets` every layer runs and every expectation holds. Takes a step for each layer that is
  // inferred; false when they are spent.
  bool close(const std::vector<Set>& sets, std::int64_t& steps);

  // Layers whose result reaches the first place that fails, that one among them: no other can close it.
  const PerLayer<char>& reaching() const { return reaching_; }
  const ReaderIndex& readers() const { return readers_; }

 private:
  bool spread(const std::vector<Set>& sets, std::int64_t& steps);
  void await(LayerId layer);

  const Spec& spec_;
  const Trace& trace_;
  Spec changed_;
  ReaderIndex readers_;
  std::vector<std::vector<Shape>> expected_;  // of each layer: what its first output has to meet
  std::vector<LayerId> failing_;              // in running order
  PerLayer<char> reaching_;
  std::vector<std::vector<Shape>>
      fresh_;  // outputs of the layers in changed_rows_, which differ from the trace's
  PerLayer<char> differs_;
  std::vector<LayerId> changed_rows_;
  PerLayer<char> waits_;
  std::priority_queue<LayerId, std::vector<LayerId>, std::greater<>> waiting_;
};

// The same for any other change of a network: every layer is inferred, up to the first that fails.
bool runs_as_expected(const Spec& spec, std::int64_t& steps);

}  // namespace shapedbg
