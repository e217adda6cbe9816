#include "lsp/positions.h"

#include <algorithm>
#include <string_view>

namespace shapedbg::lsp {
namespace {

constexpr std::size_t kBlock = 4096;

// How much one byte of UTF-8 adds: the first of a code point stands for all of it.
std::size_t units_of(char byte, Encoding encoding) {
  const auto b = static_cast<unsigned char>(byte);
  if (encoding == Encoding::utf8) return 1;
  if ((b & 0xC0u) == 0x80u) return 0;
  return encoding == Encoding::utf16 && b >= 0xF0u ? 2 : 1;  // two for what lies beyond U+FFFF
}

std::size_t count(std::string_view bytes, Encoding encoding) {
  std::size_t units = 0;
  for (const char byte : bytes) units += units_of(byte, encoding);
  return units;
}

}  // namespace

Positions::Positions(const Source& source, Encoding encoding) : source_(source), encoding_(encoding) {
  if (encoding == Encoding::utf8) return;
  const std::string_view bytes = source.bytes();
  units_.reserve(bytes.size() / kBlock + 1);
  std::size_t units = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
    units_.push_back(units);
    units += count(bytes.substr(at, kBlock), encoding);
  }
}

std::size_t Positions::units_before(std::size_t offset) const {
  if (units_.empty()) return offset;
  const std::size_t block = std::min(offset / kBlock, units_.size() - 1);
  return units_[block] + count(source_.slice({block * kBlock, offset}), encoding_);
}

Place Positions::place(std::size_t offset) const {
  offset = std::min(offset, source_.bytes().size());
  const std::size_t line = source_.position(offset).line;
  const std::size_t start = std::min(source_.line_start(line), offset);
  return {line - 1, units_before(offset) - units_before(start)};
}

std::size_t Positions::offset(Place place) const {
  const std::size_t size = source_.bytes().size();
  if (place.line >= size + 1) return size;
  const std::size_t start = source_.line_start(place.line + 1);
  if (start >= size) return size;
  const std::size_t end = start + source_.line(place.line + 1).size();
  if (place.character >= end - start && (units_.empty() || place.character >= 2 * (end - start))) return end;
  const std::size_t wanted = units_before(start) + place.character;
  // The block that holds it, then byte by byte.
  std::size_t at = start;
  std::size_t units = units_before(start);
  if (!units_.empty()) {
    const auto after = std::upper_bound(units_.begin(), units_.end(), wanted);
    const std::size_t block = static_cast<std::size_t>(after - units_.begin()) - 1;
    if (block * kBlock > at) {
      at = block * kBlock;
      units = units_[block];
    }
  }
  const std::string_view bytes = source_.bytes();
  while (at < end && units < wanted) units += units_of(bytes[at++], encoding_);
  // Never into a code point.
  while (at < end && (static_cast<unsigned char>(bytes[at]) & 0xC0u) == 0x80u) ++at;
  return std::min(at, end);
}

std::size_t Positions::line_end(std::size_t offset) const {
  const std::size_t line = source_.position(offset).line;
  return source_.line_start(line) + source_.line(line).size();
}

}  // namespace shapedbg::lsp
