// A spec with what it says several times said once: the layers of modules that are made alike become a block,
// and blocks in a row a `repeat`.
#pragma once

#include <string>

namespace shapedbg {

// `spec`: a text of Draft::write(), one entry a layer. The same network with the same names, read again and
// compared; the text as it is where nothing repeats, or where its short form would be read as anything else.
std::string shorten(const std::string& spec);

}  // namespace shapedbg
