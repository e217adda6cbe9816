// Which JSON text is a spec, told by the keys of its outermost object; mistakes further in do not matter.
#pragma once

#include <string_view>

namespace shapedbg {

// Of a file that nobody named: an object that says `input` (a list or an object), `blocks` or `expect` beside
// a list of layers, or an encoder and a decoder.
bool holds_spec(std::string_view text);

// Of a text in an editor, which may be half written: `input` with any value beside a list of layers, or a
// `$schema` of ours.
bool looks_like_spec(std::string_view text);

}  // namespace shapedbg
