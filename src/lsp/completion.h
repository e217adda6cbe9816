// What can be written at a place of a spec, which need not be JSON there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "lsp/names.h"
#include "text/source.h"

namespace shapedbg::lsp {

struct Proposal {
  enum class Kind : std::uint8_t { key, type, block, tensor, word, argument, code };
  Kind kind = Kind::key;
  std::string label;
  std::string detail;
  std::string text;      // what is put in, with its quotes
  std::string markdown;  // documentation
};
struct Proposals {
  Span replaced;  // the word at the place, with its quotes; empty where there is none
  std::vector<Proposal> list;
};

// `names`: of the last text that could be read, null where there was none.
Proposals complete(const Source& text, std::size_t offset, const NameTable* names);

}  // namespace shapedbg::lsp
