// The documents that the client has open.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lsp/picture.h"
#include "lsp/positions.h"
#include "text/source.h"

namespace shapedbg::lsp {

struct OpenDocument {
  std::string uri;
  std::int64_t version = 0;   // the client's
  std::int64_t revision = 0;  // ours: one more with every change
  std::shared_ptr<const Source> text;
  bool is_spec = false;                 // by content; stays while a text is broken
  bool refused = false;                 // larger than a spec may be: its text is not kept
  std::shared_ptr<const Picture> now;   // the newest answer, perhaps about a text that is no network
  std::shared_ptr<const Picture> good;  // the newest about a network
  std::string published;                // the diagnostics that the client has
};

// "/home/me/my nets/unet.json" of "file:///home/me/my%20nets/unet.json"; other URIs as they are.
std::string path_of(std::string_view uri);

// The place in `now` of a place in the text `before`, where both texts agree around it: nothing within what
// was changed.
std::optional<std::size_t> moved(const Source& before, const Source& now, std::size_t offset);

}  // namespace shapedbg::lsp
