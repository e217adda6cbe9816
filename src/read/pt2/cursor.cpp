#include "read/pt2/cursor.h"

#include <charconv>
#include <cstring>
#include <limits>

namespace shapedbg::pt2 {

std::string_view Cursor::raw_string() {
  if (!take('"')) return {};
  const std::size_t begin = at_;
  while (at_ < text_.size()) {
    const char* quote = static_cast<const char*>(std::memchr(text_.data() + at_, '"', text_.size() - at_));
    if (!quote) break;
    const auto end = static_cast<std::size_t>(quote - text_.data());
    std::size_t slashes = 0;
    while (end > begin + slashes && text_[end - slashes - 1] == '\\') ++slashes;
    at_ = end + 1;
    if (slashes % 2 == 0) return text_.substr(begin, end - begin);
  }
  good_ = false;
  return {};
}

// A number or a literal: everything up to the next mark.
std::string_view Cursor::word() {
  peek();
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '}' && text_[at_] != ']' &&
         static_cast<unsigned char>(text_[at_]) > ' ')
    ++at_;
  if (at_ == begin) good_ = false;
  return text_.substr(begin, at_ - begin);
}

std::int64_t Cursor::integer() {
  const std::string_view digits = word();
  std::int64_t value = 0;
  const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc() || stop != digits.data() + digits.size()) good_ = false;
  return good_ ? value : 0;
}

double Cursor::number() {
  // Infinities are strings in newer files, bare words in older ones.
  const std::string_view written = peek() == '"' ? raw_string() : word();
  const double infinite = std::numeric_limits<double>::infinity();
  if (written == "Infinity" || written == "inf") return infinite;
  if (written == "-Infinity" || written == "-inf") return -infinite;
  if (written == "NaN" || written == "nan") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [stop, code] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (stop != written.data() + written.size() ||
      (code != std::errc() && code != std::errc::result_out_of_range))
    good_ = false;
  return value;
}

bool Cursor::boolean() {
  const std::string_view written = word();
  if (written != "true" && written != "false") good_ = false;
  return written == "true";
}

void Cursor::skip() {
  constexpr std::size_t long_value = 4096;
  std::size_t depth = 0;
  if (const char first = peek(); ends_ && (first == '{' || first == '['))
    if (const auto known = ends_->find(at_); known != ends_->end()) {
      at_ = known->second;
      return;
    }
  std::vector<std::size_t> begins;
  do {
    const char c = peek();
    if (c == '"') {
      raw_string();
    } else if (c == '{' || c == '[') {
      if (ends_) begins.push_back(at_);
      ++depth;
      ++at_;
      continue;
    } else if (c == '}' || c == ']') {
      if (depth == 0) good_ = false;
      if (good_) --depth;
      ++at_;
      if (!ends_ || begins.empty()) continue;
      if (at_ - begins.back() >= long_value) ends_->emplace(begins.back(), at_);
      begins.pop_back();
    } else if (c == ',' || c == ':') {
      if (depth == 0) good_ = false;
      ++at_;
      continue;
    } else {
      word();
    }
  } while (good_ && depth > 0);
}

std::string Cursor::decoded(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return std::string(raw);
  std::string text;
  const auto unit = [&](std::size_t at) -> unsigned {
    unsigned value = 0;
    if (at + 4 <= raw.size()) std::from_chars(raw.data() + at, raw.data() + at + 4, value, 16);
    return value;
  };
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      text += raw[i];
      continue;
    }
    const char c = raw[++i];
    if (c != 'u') {
      text += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c == 'b' ? '\b' : c == 'f' ? '\f' : c;
      continue;
    }
    unsigned code = unit(i + 1);
    i += 4;
    if (code >= 0xD800 && code < 0xDC00 && raw.substr(std::min(i + 1, raw.size()), 2) == "\\u") {
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(i + 3) & 0x3FF);
      i += 6;
    }
    const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6), put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12), put(0x80 | (code >> 6 & 0x3F)), put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18), put(0x80 | (code >> 12 & 0x3F)), put(0x80 | (code >> 6 & 0x3F)),
          put(0x80 | (code & 0x3F));
    }
  }
  return text;
}

}  // namespace shapedbg::pt2
