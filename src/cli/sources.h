// Where a network comes from: a spec, or something that is imported on the way. The kind is told by the
// content.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/constructor.h"

namespace CLI {
class App;
}

namespace shapedbg {

class PythonWorker;

struct SourceOptions {
  std::vector<std::string> inputs;  // "1,3,64,64", "x=1,3,64,64", "ids=2,77:int64"
  std::vector<std::string> also;    // the same at a second size (Python)
  std::string expect;               // what must come out: "input", "1,3,64,64"; `*` is any size
  std::string call;                 // "UNet(depth=4)" (Python)
  std::string python = "python3";
  bool constructors = false;                  // also where a Python model's layers are made
  std::vector<ProgramText> changed = {};      // files of a Python model that are read as if they held this
  std::shared_ptr<PythonWorker> worker = {};  // where a model is recorded more than once
};

// The options that were given, as words of a command: "--input 1,3,64,64 --call 'UNet(depth=4)'".
std::string words_of(const SourceOptions& options);

void add_source_options(CLI::App& command, SourceOptions& options);

}  // namespace shapedbg
