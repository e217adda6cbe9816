// Where a network comes from: a spec, or something that is imported on the way. The kind is told by the
// content.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace shapedbg {

struct SourceOptions {
  std::vector<std::string> inputs;  // "1,3,64,64", "x=1,3,64,64", "ids=2,77:int64"
  std::vector<std::string> also;    // the same at a second size (Python)
  std::string call;                 // "UNet(depth=4)" (Python)
  std::string python = "python3";
};

void add_source_options(CLI::App& command, SourceOptions& options);

}  // namespace shapedbg
