// The structure of a spec's text: symbols, what can be folded, hints at the ends of lines, lines above.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lsp/names.h"
#include "lsp/picture.h"

namespace shapedbg::lsp {

struct Symbol {
  enum class Kind : std::uint8_t { input, list, block, layer, use };
  Kind kind = Kind::layer;
  std::string name;
  std::string detail;  // type and shape
  Span whole;
  Span selected;  // within `whole`
  std::vector<Symbol> inside;
};
std::vector<Symbol> symbols(const Picture& picture);

// Objects and lists that begin and end on different lines; of any text.
std::vector<Span> foldings(const Source& text);

struct Hint {
  std::size_t offset = 0;  // behind what its line holds
  std::string label;       // "[1, 16, 12, 12]"
  std::string tooltip;
};
// Of the entries that end within `range`.
std::vector<Hint> hints(const Picture& picture, Span range);

struct Lens {
  Span span;
  std::string title;
};
std::vector<Lens> lenses(const Picture& picture);

}  // namespace shapedbg::lsp
