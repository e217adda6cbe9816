// What LibTorch returned for layers on the meta device. There a result follows from the layer's options and
// its inputs' types, sizes and strides alone: no tensor has values. A layer like one that ran before, as most
// are when a changed network runs again, need not be built and run a second time.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/modules.h"

namespace shapedbg {

// Of one process; may be asked from several threads.
class MetaResults {
 public:
  // What tells the step from others. Empty where it is not worth keeping: one that reads more than its inputs
  // and options of numbers and words.
  static std::string key_of(const Step& step);

  std::optional<Tensors> find(const std::string& key);
  // Tensors without memory, which nobody writes to. Forgets all others once they are many.
  void keep(std::string key, const Tensors& outputs);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Tensors> known_;
};

}  // namespace shapedbg
