// The engine module as a file: what it says of itself without being opened.
#pragma once

#include <string>

namespace shapedbg {

struct EngineFile {
  std::string path;      // empty where there is none
  std::string error;     // why there is none: one line
  std::string shapedbg;  // the version it was built with; empty where the file does not say
  std::string libtorch;  // and for which LibTorch
};

// The module that open_engine() would open.
EngineFile engine_file();

}  // namespace shapedbg
