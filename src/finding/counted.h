// A count with its noun, as messages say it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shapedbg {

// "1 error", "2 errors"
inline std::string counted(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace shapedbg
