// What `fix` did to a file, for people.
#pragma once

#include <string>

#include "report/render/text.h"
#include "workspace/fixing.h"

namespace shapedbg {

// A line for each applied fix, then what remains: a line for each error and warning, "ok" where there is
// no error, and how to go on.
// `options` says what was asked for, so that nothing is advised twice.
std::string render_fixed(const Fixed& fixed, const FixOptions& options, const TextStyle& style);

// What there is to change in a program that nothing is written into: the fixes of `fixed`, each with its
// lines, and `why`.
std::string render_unwritten(const Fixed& fixed, const std::string& why, const TextStyle& style);

}  // namespace shapedbg
