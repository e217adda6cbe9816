// Numbers that whoever runs the tests may set: another seed, more networks.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace shapedbg {

inline std::uint64_t from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? fallback : std::strtoull(text, nullptr, 10);
}

}  // namespace shapedbg
