// Why no output_padding can help, in numbers.
#pragma once

#include <string>
#include <vector>

#include "repair/padding/question.h"

namespace shapedbg {

// `question` is about one axis and its search ended with `none`. Lines for Finding::notes; empty when
// something other than a size along this axis is at fault.
std::vector<std::string> why_none(const Spec& spec, const Trace& trace, Question& question);

}  // namespace shapedbg
