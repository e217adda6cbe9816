// `for`: where else the network is to run.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/targets.h"
#include "read/json/json.h"
#include "read/json/wording.h"

namespace shapedbg {

// The target of that name, or what is wrong with the word: one line.
std::variant<Target, std::string> read_target(std::string_view word);

// The targets of a list, or of one word; what cannot be read is a finding.
std::vector<Target> read_targets(const json::Document& document, const json::Node& node, Findings& findings);

}  // namespace shapedbg
