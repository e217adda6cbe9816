// The options of a call, for the files that know what JSON is.
#pragma once

#include <nlohmann/json.hpp>

#include "read/keras/model.h"

namespace shapedbg::keras {

using Json = nlohmann::json;

inline const Json& json_of(const void* json) { return *static_cast<const Json*>(json); }

}  // namespace shapedbg::keras
