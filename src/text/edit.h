// A change of bytes. Edits keep everything the author wrote outside of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

// Replaces `length` bytes at `offset` by `text`.
struct Edit {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text;

  bool operator==(const Edit&) const = default;
};

// The bytes with all edits applied, or nothing when two edits overlap or one reaches beyond the
// end. The order of `edits` does not matter, except that insertions at one offset keep theirs.
// Call it as shapedbg::apply: a std::string argument brings std::apply in.
std::optional<std::string> apply(std::string_view bytes, std::vector<Edit> edits);

}  // namespace shapedbg
