// What standard output is connected to, and what that means for colour and width.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string_view>

namespace shapedbg {

// True when `out` is the process's standard output and that is a terminal.
bool is_terminal(const std::ostream& out);
// Whether `err` is the process's standard error, on a terminal.
bool is_error_terminal(const std::ostream& err);

// `mode` is always, never or auto: on a terminal that is not dumb, unless NO_COLOR is set
// (https://no-color.org).
bool wants_color(std::string_view mode, bool terminal);

// Columns: what COLUMNS says, else the terminal, else 100.
std::size_t terminal_width(bool terminal);

}  // namespace shapedbg
