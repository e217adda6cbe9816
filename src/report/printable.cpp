#include "report/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace shapedbg {
namespace {

constexpr std::uint32_t kInvalid = 0xFFFFFFFF;

struct Decoded {
  std::uint32_t code = kInvalid;
  std::size_t length = 1;
};

// One code point of UTF-8 as RFC 3629 allows it: no overlong forms, no surrogates.
Decoded decode(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > bytes.size()) return {};
  std::uint32_t code = lead & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length};
}

// Format characters that are invisible or turn the reading direction of what follows.
bool hidden(std::uint32_t code) {
  return (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0x061C || code == 0xFEFF || code == 0xAD ||
         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

std::string escape(const char* format, unsigned value) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

std::string shown(std::string_view bytes, std::size_t at, const Decoded& decoded) {
  const std::uint32_t code = decoded.code;
  if (code == kInvalid) return escape("\\x%02x", static_cast<unsigned char>(bytes[at]));
  if (code == '\t') return "    ";
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return escape("\\x%02x", code);
  if (hidden(code)) return escape("\\u{%x}", code);
  return std::string(bytes.substr(at, decoded.length));
}

}  // namespace

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::vector<Glyph> glyphs(std::string_view bytes) {
  std::vector<Glyph> result;
  for (std::size_t at = 0; at < bytes.size();) {
    const Decoded decoded = decode(bytes, at);
    Glyph glyph{shown(bytes, at, decoded), at, 1};
    glyph.width = columns(glyph.text);
    result.push_back(std::move(glyph));
    at += decoded.length;
  }
  return result;
}

std::string printable(std::string_view bytes) {
  std::string result;
  result.reserve(bytes.size());
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  for (std::size_t at = 0; at < bytes.size();) {
    // Nearly all of a report is plain ASCII, which stands for itself.
    const std::size_t from = at;
    while (at < bytes.size() && plain(bytes[at])) ++at;
    result.append(bytes, from, at - from);
    if (at == bytes.size()) break;
    const Decoded decoded = decode(bytes, at);
    result += shown(bytes, at, decoded);
    at += decoded.length;
  }
  return result;
}

std::string shortened(std::string_view bytes, std::size_t width) {
  const std::vector<Glyph> all = glyphs(bytes);
  std::size_t total = 0;
  for (const Glyph& glyph : all) total += glyph.width;
  std::string head;
  if (total <= width || width < 5) {
    for (const Glyph& glyph : all) head += glyph.text;
    return head;
  }
  const std::size_t tail_width = (width - 3) / 2;
  const std::size_t head_width = width - 3 - tail_width;
  std::size_t used = 0;
  for (std::size_t i = 0; used + all[i].width <= head_width; ++i) {
    head += all[i].text;
    used += all[i].width;
  }
  std::size_t first = all.size();
  used = 0;
  while (used + all[first - 1].width <= tail_width) used += all[--first].width;
  head += "...";
  for (std::size_t i = first; i < all.size(); ++i) head += all[i].text;
  return head;
}

std::vector<std::string> wrapped(std::string_view bytes, std::size_t width) {
  const std::string text = printable(bytes);
  std::vector<std::string> lines(1);
  std::size_t used = 0;  // columns of the last line
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = std::string_view(text).substr(begin, end - begin);
    const std::size_t wide = columns(word);
    if (begin > 0 && used + 1 + wide > width) {
      lines.emplace_back(word);
      used = wide;
    } else {
      if (begin > 0) lines.back() += ' ';
      lines.back() += word;
      used += (begin > 0 ? 1 : 0) + wide;
    }
    begin = end + 1;
  }
  return lines;
}

std::string thousands(long long number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace shapedbg
