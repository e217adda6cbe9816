#include <algorithm>

#include "read/json/json.h"

namespace shapedbg::json {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) || c == '_'; }

// JSON readers end a literal at its last letter: `nullx` is `null` and a stray `x`.
std::size_t literal(std::string_view text) {
  for (const std::string_view word : {"true", "false", "null"})
    if (text.starts_with(word)) return word.size();
  return 0;
}

// End of the longest number (JSON grammar) that starts at `at`.
std::size_t number_end(std::string_view bytes, std::size_t at) {
  const auto digits = [&](std::size_t from) {
    while (from < bytes.size() && digit(bytes[from])) ++from;
    return from;
  };
  const auto is = [&](std::size_t i, char c) { return i < bytes.size() && bytes[i] == c; };
  std::size_t end = at + (is(at, '-') ? 1 : 0);
  // A leading 0 stands alone: 012 is two tokens, as for every JSON reader.
  end = is(end, '0') ? end + 1 : digits(end);
  if (is(end, '.') && digits(end + 1) > end + 1) end = digits(end + 1);
  if (is(end, 'e') || is(end, 'E')) {
    const std::size_t sign = end + 1 + (is(end + 1, '+') || is(end + 1, '-') ? 1 : 0);
    if (digits(sign) > sign) end = digits(sign);
  }
  return end;
}

// Behind the string that starts at `at`, or the end of the bytes where it has none.
std::size_t string_end(std::string_view bytes, std::size_t at) {
  const std::size_t quote = bytes.find('"', at + 1);
  if (quote == std::string_view::npos) return bytes.size();
  if (bytes[quote - 1] != '\\') return quote + 1;
  // Where a backslash stands before a quote, those before it say whether it ends the string.
  for (++at; at < bytes.size() && bytes[at] != '"';) at += bytes[at] == '\\' && at + 1 < bytes.size() ? 2 : 1;
  return std::min(at + 1, bytes.size());
}

}  // namespace

void Scanner::skip_blank() {
  while (at_ < bytes_.size()) {
    const char c = bytes_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (c == '/' && at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '/') {
      while (at_ < bytes_.size() && bytes_[at_] != '\n' && bytes_[at_] != '\r') ++at_;
    } else if (c == '/' && at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '*') {
      const std::size_t end = bytes_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return;  // an open comment is a token: the error points there
      at_ = end + 2;
    } else {
      return;
    }
  }
}

Span Scanner::token() {
  skip_blank();
  const std::size_t begin = at_;
  if (begin >= bytes_.size()) return {bytes_.size(), bytes_.size()};
  const char c = bytes_[begin];
  if (c == '"') {
    at_ = string_end(bytes_, begin);
  } else if (c == '-' || digit(c)) {
    at_ = number_end(bytes_, begin);
    if (at_ == begin) ++at_;
  } else if (const std::size_t length = literal(bytes_.substr(begin)); length > 0) {
    at_ += length;
  } else if (letter(c)) {
    while (at_ < bytes_.size() && letter(bytes_[at_])) ++at_;
  } else {
    // One code point, so that a message can quote it whole.
    ++at_;
    while (at_ < bytes_.size() && (static_cast<unsigned char>(bytes_[at_]) & 0xC0u) == 0x80u) ++at_;
  }
  return {begin, at_};
}

Span Scanner::value() {
  while (true) {
    const Span span = token();
    const bool separator =
        span.end == span.begin + 1 && (bytes_[span.begin] == ',' || bytes_[span.begin] == ':');
    if (!separator) return span;
  }
}

}  // namespace shapedbg::json
