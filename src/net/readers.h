// Who reads what in a network.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

// Every tensor that a layer's shape rule looks at: inputs, `size_like`, and through `indices` what the
// pool got and returned.
std::vector<Ref> reads(const Spec& spec, const LayerSpec& layer);

// The layers that read each layer, found in one pass: a walk over the network for each question takes the
// square of its layers.
class ReaderIndex {
 public:
  explicit ReaderIndex(const Spec& spec);

  // In running order; a layer that reads several tensors of `layer`, or one several times, stands there as
  // often.
  std::span<const LayerId> of(LayerId layer) const;
  // The one that reads `layer`, and reads one tensor of it.
  std::optional<LayerId> only(LayerId layer) const;

 private:
  std::vector<std::size_t> first_;  // of each layer in readers_, and the end
  std::vector<LayerId> readers_;
};

}  // namespace shapedbg
