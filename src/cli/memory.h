// How the program takes memory from the system.
#pragma once

namespace shapedbg {

// A check takes memory in many small pieces and is over soon: asking the system for more at a time, and
// giving nothing back in between, is a fifth of its time. Nothing where the C library has no such setting.
void keep_memory();

}  // namespace shapedbg
