// How findings speak about what stands in a file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spec/json.h"

namespace shapedbg {

// In backticks, on one line, cut when it is long.
std::string quoted(std::string_view text);
// "a string", "3.5", "a list of 2", "null": what a value is, for "…, not 3.5".
std::string described(const json::Node& node);
// "`a`, `b` or `c`" of "a|b|c".
std::string alternatives(std::string_view words);
std::vector<std::string_view> split(std::string_view words);

// "; the nearest known key is `stride`", or nothing. The letters compared are bounded per file, so
// that thousands of wrong names among thousands of layers cost no minutes.
class Suggestions {
 public:
  std::string nearest(std::string_view typed, std::span<const std::string_view> words, std::string_view what);

 private:
  std::size_t budget_ = 40'000'000;  // letters compared
};

// The findings of one file. What goes beyond a limit is counted, not kept.
class Findings {
 public:
  // `layer` may be empty. The result is valid until the next call.
  Finding& add(Code code, std::string message, Location where, std::string_view layer = {});
  // Sorted by place; `left_out` more were counted elsewhere.
  std::vector<Finding> take(std::size_t left_out);
  std::vector<Finding>& raw() { return findings_; }

 private:
  std::vector<Finding> findings_;
  Finding surplus_;
  std::size_t left_out_ = 0;
};

}  // namespace shapedbg
