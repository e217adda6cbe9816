// Between byte offsets and the positions of the protocol: lines and characters, both from 0, the characters
// counted in the units that client and server agreed on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "text/source.h"

namespace shapedbg::lsp {

enum class Encoding : std::uint8_t { utf8, utf16, utf32 };

struct Place {
  std::size_t line = 0;
  std::size_t character = 0;

  bool operator==(const Place&) const = default;
};

// Of one text, which outlives this. Either way costs no more than a few kilobytes of it.
class Positions {
 public:
  Positions(const Source& source, Encoding encoding);

  Place place(std::size_t offset) const;
  // A character behind the end of its line stands for that end, a line behind the last for the text's end.
  std::size_t offset(Place place) const;
  // Where the line of an offset ends, without its line break.
  std::size_t line_end(std::size_t offset) const;

 private:
  std::size_t units_before(std::size_t offset) const;

  const Source& source_;
  Encoding encoding_;
  std::vector<std::size_t> units_;  // before each block of the text
};

}  // namespace shapedbg::lsp
