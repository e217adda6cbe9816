#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>

namespace shapedbg {
namespace {

constexpr std::size_t kDefaultWidth = 100;
constexpr std::size_t kLeast = 40;
constexpr std::size_t kWidest = 1000;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

bool is_terminal(const std::ostream& out) {
  return static_cast<const void*>(&out) == static_cast<const void*>(&std::cout) &&
         ::isatty(STDOUT_FILENO) == 1;
}

bool is_error_terminal(const std::ostream& err) {
  return static_cast<const void*>(&err) == static_cast<const void*>(&std::cerr) &&
         ::isatty(STDERR_FILENO) == 1;
}

bool wants_color(std::string_view mode, bool terminal) {
  if (mode != "auto") return mode == "always";
  return terminal && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

std::size_t terminal_width(bool terminal) {
  const std::string_view columns = variable("COLUMNS");
  std::size_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (width == 0 && terminal) {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  }
  return width == 0 ? kDefaultWidth : std::clamp(width, kLeast, kWidest);
}

}  // namespace shapedbg
