// What surrounds a layer: the names it sees, what `prev` and `input` mean there, and its arguments.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/value.h"
#include "read/json/json.h"

namespace shapedbg {

struct Block;

// The list of layers of the spec itself (the root), of one use of a block, or of one branch of a
// Residual. The indices are those of the expanded layers.
struct Scope {
  int id = 0;
  Scope* around = nullptr;            // whose names are seen next; a block sees the root's after its own
  Scope* caller = nullptr;            // where the use or the Residual stands; null for the root
  Scope* block = nullptr;             // the use whose arguments `$` means; null outside of blocks
  const Block* definition = nullptr;  // where this is a use
  const json::Node* node = nullptr;   // the object of the use or the Residual
  std::string name;                   // of the use or the Residual; `prefix` is it and a dot
  std::string prefix;
  std::vector<std::string_view> locals;  // names that the author wrote in the list, without the prefix
  std::vector<Location> used_at;         // the uses that its layers come from, innermost first
  int depth = 0;
  int copy = 0;  // of a repeated use, from 0
  bool repeated = false;
  LayerId first{0};       // its first layer
  bool starts = false;    // stands at the start of the caller's list
  Scope* twin = nullptr;  // the other branch of the Residual, which takes the same
  std::vector<std::pair<std::string_view, const json::Node*>> arguments;

  // Known once the first layer is read.
  bool opened = false;
  Ref before = Ref::of_input(0);  // what `prev` is where the use stands
  std::vector<Ref> inputs;        // `input`, `input:1`, …
  std::vector<bool> taken;        // which of them a layer inside has named
};

// Where a reference is read.
struct Spot {
  Scope* scope = nullptr;
  LayerId layer{0};       // the index of the layer that takes it
  Ref previous;           // what `prev` means
  std::string_view name;  // of that layer, for the findings
};

}  // namespace shapedbg
