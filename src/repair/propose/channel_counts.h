// Where the channels of a layer stand, by which options it counts them, and the number that fits what
// arrives.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "diagnose/rules.h"
#include "finding/finding.h"
#include "infer/infer.h"
#include "net/spec.h"
#include "repair/trials.h"

namespace shapedbg {

// Refused for what a layer is built for: channels, features, groups.
bool about_channels(Code code);

// Tensor axis that the layer's channels stand at, in a tensor of `rank` axes.
std::optional<std::size_t> axis_of_channels(const LayerSpec& layer, std::size_t rank);

// The option that says for how many channels a layer is built, as written.
std::optional<Opt> taken_by(const LayerSpec& layer);
// The one that says how many it returns.
std::optional<Opt> returned_by(const LayerSpec& layer);
// The one whose number divides channels or features.
std::optional<Opt> divides_by(const LayerSpec& layer);
// LayerNorm and RMSNorm over the last axis alone: its number.
std::optional<std::int64_t> width_of_norm(const LayerSpec& layer);

// Who makes what stands at an axis, and of how many equal parts of it `ref` is one: gamma and beta of one
// Linear.
std::pair<Produced, std::int64_t> made_whole(const Spec& spec, const Trace& trace, Ref ref, std::size_t axis);

// A reshape to rows of so many features, "[-1, 400]": as many as there are behind the batch axis. Nothing for
// other layers, or where that is what it says.
std::optional<Set> set_to_features(const Spec& spec, const Trace& trace, LayerId index);

// A refused layer, built for what arrives. Nothing where it is refused for something else.
std::optional<Set> set_to_arriving(const Spec& spec, const Trace& trace, LayerId index);

}  // namespace shapedbg
