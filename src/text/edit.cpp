#include "text/edit.h"

#include <algorithm>

namespace shapedbg {

std::optional<std::string> apply(std::string_view bytes, std::vector<Edit> edits) {
  // An insertion at the offset where a replacement starts stands before the replaced bytes.
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    if (a.offset != b.offset) return a.offset < b.offset;
    return a.length == 0 && b.length != 0;
  });
  std::string result;
  std::size_t added = 0;
  for (const Edit& edit : edits) added += edit.text.size();
  result.reserve(bytes.size() + added);
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.offset < at || edit.offset > bytes.size() || edit.length > bytes.size() - edit.offset)
      return std::nullopt;
    result.append(bytes.substr(at, edit.offset - at));
    result.append(edit.text);
    at = edit.offset + edit.length;
  }
  result.append(bytes.substr(at));
  return result;
}

}  // namespace shapedbg
