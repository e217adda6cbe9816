// What the keys of a spec mean, for the schema and for editors. The options of the layers stand in net/kinds.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace shapedbg {

struct KeyDoc {
  std::string_view key;
  std::string_view doc;      // a sentence or two, lower case, no final period
  std::string_view example;  // JSON text of a value
};

enum class KeysOf : std::uint8_t { spec, layer, use, residual, block, free_size, source, expect };

std::span<const KeyDoc> key_docs(KeysOf object);
// Null where the object has no such key.
const KeyDoc* find_key(KeysOf object, std::string_view key);

}  // namespace shapedbg
