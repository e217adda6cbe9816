// Where a finding stands for those who read it: in the spec, or, of an imported network, in the author's own
// program, as nobody sees the spec that was made of it.
#pragma once

#include <optional>
#include <string>

#include "workspace/check.h"

namespace shapedbg {

struct SourcePlace {
  const Source* source;
  Span span;
};

// Of a finding, or of what is related to one: `layer` is its layer, `where` its place in the spec. Of an
// imported network the line that made the layer, else the one that called it; nothing where no such line can
// be read.
std::optional<SourcePlace> place_of(const Checked& checked, const std::string& layer, const Location& where);

}  // namespace shapedbg
