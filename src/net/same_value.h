// Values of options, compared and copied: most are whole numbers.
#pragma once

#include "net/value.h"

namespace shapedbg {

inline bool same_value(const Value& a, const Value& b) {
  if (const auto* number = std::get_if<std::int64_t>(&a)) {
    const auto* other = std::get_if<std::int64_t>(&b);
    return other != nullptr && *number == *other;
  }
  return a == b;
}

// `to` is empty.
inline void copy_value(const Value& from, Value& to) {
  if (const auto* number = std::get_if<std::int64_t>(&from))
    to.emplace<std::int64_t>(*number);
  else if (const auto* flag = std::get_if<bool>(&from))
    to.emplace<bool>(*flag);
  else if (!std::holds_alternative<std::monostate>(from))
    to = from;
}

}  // namespace shapedbg
