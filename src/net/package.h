// Whose line a layer's source is.
#pragma once

#include "net/layer_source.h"

namespace shapedbg {

// Whether a line stands in an installed package of Python, which the user does not write.
inline bool in_package(const SourceLine& line) {
  return line.file.find("site-packages/") != std::string::npos ||
         line.file.find("dist-packages/") != std::string::npos;
}

}  // namespace shapedbg
