// JSON as nearly all of it is written: ASCII, strings without escapes, comments, no slips. Reads that several
// times as fast as nlohmann, whose word is asked where anything else stands.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "text/source.h"

namespace shapedbg::json {

// Calls `events` as nlohmann's SAX parser would, with the place of each token. False where something is not
// plain, be it right or wrong, or an event returns false: what was said until then is to be forgotten.
template <class Events>
class PlainReader {
 public:
  PlainReader(std::string_view bytes, std::size_t at, Events& events)
      : bytes_(bytes), at_(at), events_(events) {}

  bool run() { return value() && skip_blank() && at_ == bytes_.size(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  char here() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }

  bool skip_blank() {
    while (true) {
      const char c = here();
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        ++at_;
      } else if (c == '/') {
        if (!skip_comment()) return false;
      } else {
        return true;
      }
    }
  }

  bool skip_comment() {
    const std::string_view rest = bytes_.substr(at_);
    std::size_t length = 0;
    if (rest.starts_with("//")) {
      length = std::min(rest.find_first_of("\n\r"), rest.size());
    } else if (rest.starts_with("/*")) {
      length = rest.find("*/", 2);
      if (length == std::string_view::npos) return false;
      length += 2;
    }
    if (length == 0 || rest.substr(0, length).find('\0') != std::string_view::npos) return false;
    at_ += length;
    return true;
  }

  // Nested no deeper than the events allow.
  bool value() {
    if (!skip_blank()) return false;
    const std::size_t begin = at_;
    switch (here()) {
      case '{':
        ++at_;
        return events_.start_object(Span{begin, at_}) && members();
      case '[':
        ++at_;
        return events_.start_array(Span{begin, at_}) && items();
      case '"':
        return string() && events_.string(Span{begin, at_});
      case 't':
        return word("true") && events_.boolean(Span{begin, at_}, true);
      case 'f':
        return word("false") && events_.boolean(Span{begin, at_}, false);
      case 'n':
        return word("null") && events_.null(Span{begin, at_});
      default:
        return number() && events_.number(Span{begin, at_});
    }
  }

  bool members() {
    if (!skip_blank()) return false;
    if (here() == '}') return ++at_, events_.end_object(at_);
    while (true) {
      if (!skip_blank()) return false;
      const std::size_t begin = at_;
      if (here() != '"' || !string() || !events_.key(Span{begin, at_})) return false;
      if (!skip_blank() || here() != ':') return false;
      ++at_;
      if (!value() || !skip_blank()) return false;
      const char c = here();
      ++at_;
      if (c == '}') return events_.end_object(at_);
      if (c != ',') return false;
    }
  }

  bool items() {
    if (!skip_blank()) return false;
    if (here() == ']') return ++at_, events_.end_array(at_);
    while (true) {
      if (!value() || !skip_blank()) return false;
      const char c = here();
      ++at_;
      if (c == ']') return events_.end_array(at_);
      if (c != ',') return false;
    }
  }

  bool string() {
    for (++at_; at_ < bytes_.size(); ++at_) {
      const auto c = static_cast<unsigned char>(bytes_[at_]);
      if (c == '"') return ++at_, true;
      if (c < 0x20 || c == '\\' || c >= 0x7f) return false;
    }
    return false;
  }

  bool word(std::string_view word) {
    if (!bytes_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(here())) ++at_;
    return at_ > begin;
  }

  // Without an exponent, and short enough for 64 bits or a double.
  bool number() {
    constexpr std::size_t longest = 18;
    const std::size_t begin = at_;
    if (here() == '-') ++at_;
    if (here() == '0') {
      ++at_;
    } else if (!digits()) {
      return false;
    }
    if (here() == '.') {
      ++at_;
      if (!digits()) return false;
    }
    const char c = here();
    return at_ - begin <= longest && c != 'e' && c != 'E' && c != '.' && !is_digit(c);
  }

  std::string_view bytes_;
  std::size_t at_;
  Events& events_;
};

}  // namespace shapedbg::json
