// What people read when they point at a place of a spec. Markdown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "lsp/names.h"
#include "lsp/picture.h"
#include "net/kinds.h"
#include "read/json/key_docs.h"

namespace shapedbg::lsp {

struct Hover {
  std::string markdown;
  Span span;
};
// Nothing where there is nothing to say.
std::optional<Hover> hover(const Picture& picture, std::size_t offset);

// The story of a layer type, an option, a key: what hover and completion show alike.
std::string about(const KindInfo& kind);
std::string about(const OptionInfo& option);
std::string about(const KeyDoc& key);

}  // namespace shapedbg::lsp
