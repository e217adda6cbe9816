// Colours of a terminal, in the roles that compilers have made familiar. Off: every call returns its
// text as it is.
#pragma once

#include <string>
#include <string_view>

#include "finding/finding.h"

namespace shapedbg {

class Paint {
 public:
  explicit Paint(bool color) : color_(color) {}

  std::string bold(std::string_view text) const { return sgr("1", text); }
  std::string dim(std::string_view text) const { return sgr("2", text); }
  std::string good(std::string_view text) const { return sgr("1;32", text); }
  std::string gutter(std::string_view text) const { return sgr("1;34", text); }
  std::string related(std::string_view text) const { return sgr("36", text); }
  std::string severity(Severity severity, std::string_view text) const {
    return sgr(severity == Severity::error ? "1;31" : severity == Severity::warning ? "1;33" : "1;36", text);
  }

 private:
  std::string sgr(const char* codes, std::string_view text) const {
    if (!color_ || text.empty()) return std::string(text);
    return std::string("\x1b[") + codes + "m" + std::string(text) + "\x1b[0m";
  }
  bool color_;
};

}  // namespace shapedbg
