// How findings speak about what stands in a file.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "read/json/json.h"

namespace shapedbg {

// In backticks, on one line, cut when it is long.
std::string in_backticks(std::string_view text);
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
  // That word alone.
  std::optional<std::string_view> nearest(std::string_view typed, std::span<const std::string_view> words);

 private:
  std::size_t budget_ = 40'000'000;  // letters compared
};

// "; the nearest known key is `stride`"
std::string nearest_text(std::string_view what, std::string_view word);
// ", which is Keras's word for `Linear`"; as nearest_text() where `from` is empty.
std::string word_text(std::string_view from, std::string_view what, std::string_view word);
// A fix that writes `text` in place of what stands at `place`. Only the reader can tell that it is right:
// nothing is run.
void offer_text(Finding& finding, Span place, std::string text, std::string title,
                Applicability applicability = Applicability::safe);

// The same for a word in quotes.
void offer_word(Finding& finding, Span place, std::string_view word,
                Applicability applicability = Applicability::safe);

// A part of the file that stands for several layers, while one of them is read.
struct Copy {
  std::string layer;  // names that differ from copy to copy
  std::string_view prefix;
  Span text;                                       // the object of the layer or use
  Location place;                                  // what to point at in it
  const std::vector<Location>* used_at = nullptr;  // innermost first
};

// The findings of one file. What goes beyond a limit is counted, not kept.
class Findings {
 public:
  // Until the next call, findings are about this copy: each is kept once, with the places of use.
  void read_copy(Copy copy) { copy_ = std::move(copy); }
  void read_single() { copy_.reset(); }
  // `layer` may be empty. The result is valid until the next call.
  Finding& add(Code code, std::string message, Location where, std::string_view layer = {});
  // Sorted by place; `left_out` more were counted elsewhere.
  std::vector<Finding> take(std::size_t left_out);
  std::vector<Finding>& raw() { return findings_; }

 private:
  bool seen_in_another_copy(const Finding& finding);

  std::vector<Finding> findings_;
  std::optional<Copy> copy_;
  // Where the finding of a copy was kept, and in how many more it came up.
  std::unordered_map<std::string, std::size_t> of_copies_;
  std::unordered_map<std::size_t, std::size_t> repeated_;
  Finding surplus_;
  std::size_t left_out_ = 0;
};

}  // namespace shapedbg
