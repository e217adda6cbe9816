// What a network is, as bytes: the key under which an answer about it can be kept.
#pragma once

#include <optional>
#include <string>

#include "net/spec.h"

namespace shapedbg {

// Kinds, wiring, options and expectations of all layers and of the network, and the shapes of its inputs. Not
// its names and places, nor the sizes that are free, nor the size of the axis `open`. Two networks of the
// same bytes return the same for the same inputs.
std::string content_of(const Spec& spec, std::optional<FreeAxis> open = {});

}  // namespace shapedbg
