// What people read about a layer type and its options.
#pragma once

#include <string>
#include <string_view>

#include "net/kinds.h"

namespace shapedbg {

// "an Unflatten", "an LSTM", "a Permute"
std::string with_article(std::string_view kind);
// "integer or one per axis"
std::string_view type_text(OptType type);
// "default 1", "required", "optional"
std::string presence_text(const OptionInfo& option);
// "1 to 64" of an option that has bounds, "zeros, reflect" of a word; empty where all is allowed.
std::string range_text(const OptionInfo& option);

}  // namespace shapedbg
