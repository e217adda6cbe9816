// The options of a call, for the files that know what JSON is.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "read/keras/model.h"

namespace shapedbg::keras {

using Json = nlohmann::json;

inline const Json& json_of(const void* json) { return *static_cast<const Json*>(json); }

// The class that a layer, a key or a tensor says it is of; empty where it says none.
std::string class_of(const Json& json);

// The product of the sizes from `from` on that are above 0; refused beyond 64 bits.
std::int64_t product(const std::vector<std::int64_t>& sizes, std::size_t from);

// The class of keras.ops that a function of TensorFlow became ("math.reduce_mean": Mean), and its options out
// of the arguments that it was called with by name. None of a function that is not known.
std::optional<std::string> function_of_tensorflow(const std::string& function, const Json& named,
                                                  Json& config);

}  // namespace shapedbg::keras
