// What `explain` and docs/findings.md say alike.
#pragma once

#include <string>
#include <string_view>

#include "portability/facts.h"

namespace shapedbg {

// What all codes of a letter have in common.
std::string_view family_of(char letter);
// A fact about a target, with what it was seen on.
std::string told(const Fact& fact);

}  // namespace shapedbg
