// The documents that the client has open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lsp/picture.h"
#include "lsp/positions.h"
#include "text/source.h"

namespace shapedbg::lsp {

struct Program;
struct ProjectWishes;

struct OpenDocument {
  std::string uri;
  std::int64_t version = 0;   // the client's
  std::int64_t revision = 0;  // ours: one more with every change
  std::shared_ptr<const Source> text;
  bool is_spec = false;                          // by content; stays while a text is broken
  bool is_program = false;                       // Python
  bool refused = false;                          // larger than a spec may be: its text is not kept
  std::shared_ptr<const Picture> now;            // the newest answer, perhaps about a text that is no network
  std::shared_ptr<const Picture> good;           // the newest about a network
  std::shared_ptr<const Program> program;        // what was recorded of it last
  std::shared_ptr<const ProjectWishes> project;  // never null
  std::string published;                         // the diagnostics that the client has
};

// "/home/me/my nets/unet.json" of "file:///home/me/my%20nets/unet.json"; other URIs as they are.
std::string path_of(std::string_view uri);

// Between the places of two texts that differ in one stretch: what was typed since.
class Shift {
 public:
  Shift(const Source& before, const Source& now);
  // The place in `now` of a place in `before`; nothing within the stretch.
  std::optional<std::size_t> forward(std::size_t offset) const {
    return moved(offset, before_size_, now_size_);
  }
  std::optional<std::size_t> back(std::size_t offset) const { return moved(offset, now_size_, before_size_); }
  std::optional<Span> forward(Span span) const;

 private:
  std::optional<std::size_t> moved(std::size_t offset, std::size_t from, std::size_t to) const;

  std::size_t before_size_;
  std::size_t now_size_;
  std::size_t front_ = 0;  // bytes at the start that are the same
  std::size_t end_ = 0;    // and at the end
};

}  // namespace shapedbg::lsp
