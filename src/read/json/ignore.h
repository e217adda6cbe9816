// Which findings an author may say not to want: the risks, W5xx. The command line and specs take the same
// words.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "finding/finding.h"
#include "read/json/json.h"
#include "read/json/wording.h"

namespace shapedbg {

// The risk that `word` names by its code or its name, or why it cannot be ignored (one line).
std::variant<Code, std::string> read_ignored(std::string_view word);

// The value of `"ignore"`, a list of them, each once. `layer`: where it stands, empty for the spec itself.
std::vector<Code> read_ignore(const json::Document& document, const json::Node& list, std::string_view layer,
                              Findings& findings);

}  // namespace shapedbg
