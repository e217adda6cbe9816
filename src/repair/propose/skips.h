// The skip that was never joined: a tensor from the way down, of the size that comes up.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "infer/infer.h"
#include "net/spec.h"

namespace shapedbg {

// Of one sample, of the same places; the channels aside.
bool same_places(const Shape& a, const Shape& b);

// What is found on the way `path` to the tensor `taken`, walking back.
struct SkipOnTheWay {
  std::optional<Ref>
      skip;  // the nearest behind the bottleneck that has `missing` channels and is not joined yet
  bool left_the_size = false;  // the way passes a bottleneck
};
// `taken` is of shape `x`; `may` says which layers are asked about at all.
SkipOnTheWay skip_on_the_way(const Spec& spec, const Trace& trace, const std::vector<LayerId>& path,
                             Ref taken, const Shape& x, std::int64_t missing,
                             const std::function<bool(LayerId)>& may);

// Another layer that the same line of the program makes runs right behind a step up, without a skip: this one
// was to have none either.
bool likes_go_without(const Spec& spec, const Trace& trace, LayerId index);

}  // namespace shapedbg
