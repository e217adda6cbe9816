// One layer as it is written in a list of layers, read by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/spec.h"

namespace shapedbg {

struct EntryText {
  LayerKind kind = LayerKind::Identity;
  std::string name;
  bool names_inputs = false;
  std::vector<std::string> inputs;
  std::vector<std::pair<Opt, Value>> options;           // in the order of the text, without references
  std::vector<std::pair<Opt, std::string>> references;  // by name
};

// Nothing where `object` is no layer of a known kind with sound options.
std::optional<EntryText> read_entry(std::string_view object);

}  // namespace shapedbg
