// The graph of an exported program (torch.export.save, schema major 8) as a recorded program.
#pragma once

#include <string>
#include <string_view>

#include "read/calls/calls.h"

namespace shapedbg::pt2 {

struct Graph {
  calls::Program program;
  std::string torch;  // the version that wrote it
  // One line; empty where the graph could be read. `decomposed` and `other_schema` are true where that is
  // why.
  std::string error;
  bool decomposed = false;
  bool other_schema = false;
  bool too_large = false;
};

// `json`: the model's entry of the archive. Never throws for any bytes.
Graph read_graph(std::string_view json);

}  // namespace shapedbg::pt2
