// What people read about an option of a layer type.
#pragma once

#include <string>
#include <string_view>

#include "net/kinds.h"

namespace shapedbg {

// "integer or one per axis"
std::string_view type_text(OptType type);
// "default 1", "required", "optional"
std::string presence_text(const OptionInfo& option);
// "1 to 64" of an option that has bounds, "zeros, reflect" of a word; empty where all is allowed.
std::string range_text(const OptionInfo& option);

}  // namespace shapedbg
