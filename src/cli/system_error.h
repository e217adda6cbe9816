// The system's words for an errno, in our style.
#pragma once

#include <string>

namespace shapedbg {

// "no such file or directory"; "unknown error" where the system gave no reason.
std::string system_error(int number);

}  // namespace shapedbg
