// A walk over JSON text without a tree: what is not asked for is skipped at the speed of a search. The graph
// of a .pt2 is mostly strides, stack traces and defaults that nobody asks for.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace shapedbg::pt2 {

// Where long objects and arrays of a text end that were skipped once, by where they begin.
using Ends = std::unordered_map<std::size_t, std::size_t>;

class Cursor {
 public:
  // `ends`: shared by the cursors of one text that skip the same parts of it.
  explicit Cursor(std::string_view text, std::size_t at = 0, Ends* ends = nullptr)
      : text_(text), at_(at), ends_(ends) {}

  // False from the first place on where the text is not what was asked for; everything then ends at once.
  bool good() const { return good_; }
  void fail() { good_ = false; }
  std::size_t at() const { return at_; }
  std::string_view text() const { return text_; }

  // The first byte of the next value, 0 at the end.
  char peek() {
    skip_blank();
    return good_ && at_ < text_.size() ? text_[at_] : '\0';
  }
  bool is_null() { return peek() == 'n'; }

  // Calls `member(key)` for each member, with the cursor at the value, which `member` has to consume.
  template <typename Member>
  void object(Member member) {
    if (!take('{')) return;
    if (peek() == '}') {
      ++at_;
      return;
    }
    while (good_) {
      const std::string_view key = raw_string();
      if (!take(':')) return;
      member(key);
      if (!more('}')) return;
    }
  }

  template <typename Item>
  void array(Item item) {
    if (!take('[')) return;
    if (peek() == ']') {
      ++at_;
      return;
    }
    while (good_) {
      item();
      if (!more(']')) return;
    }
  }

  // The bytes between the quotes, escapes as they stand.
  std::string_view raw_string();
  std::string string() { return decoded(raw_string()); }
  // Integers beyond 64 bits, and anything else, fail.
  std::int64_t integer();
  double number();  // NaN and Infinity too, as Python writes them
  bool boolean();
  // Any value, however deep.
  void skip();

  static std::string decoded(std::string_view raw);

 private:
  void skip_blank() {
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) <= ' ') ++at_;
  }
  bool take(char c) {
    if (peek() != c) good_ = false;
    if (good_) ++at_;
    return good_;
  }
  // After a value: true where another follows, false behind `end`.
  bool more(char end) {
    const char c = peek();
    if (c == ',' || c == end) {
      ++at_;
      return c == ',';
    }
    good_ = false;
    return false;
  }
  std::string_view word();

  std::string_view text_;
  std::size_t at_;
  Ends* ends_ = nullptr;
  bool good_ = true;
};

}  // namespace shapedbg::pt2
