// How the program ends where nothing can catch what was thrown: out of memory while a library starts.
#pragma once

namespace shapedbg {

// From now on one line and exit code 2 stand for what would abort.
void end_in_one_line();

}  // namespace shapedbg
