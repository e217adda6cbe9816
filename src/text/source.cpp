#include "text/source.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

namespace shapedbg {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// Code points are counted once per block, so that a column costs one block even where the whole
// file is a single line.
constexpr std::size_t kBlock = 4096;

// Eight bytes at a time: a byte 10xxxxxx goes on with a code point, every other one starts one.
std::size_t count_code_points(std::string_view bytes) {
  constexpr std::uint64_t kOnes = UINT64_C(0x0101010101010101);
  std::size_t continuing = 0;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    continuing += static_cast<std::size_t>(std::popcount((word >> 7u) & ~(word >> 6u) & kOnes));
  }
  for (; at < bytes.size(); ++at)
    continuing += (static_cast<unsigned char>(bytes[at]) & 0xC0u) == 0x80u ? 1 : 0;
  return bytes.size() - continuing;
}

// True when the eight bytes at `at` are all ASCII.
bool eight_ascii(std::string_view bytes, std::size_t at) {
  constexpr std::uint64_t kHighBits = UINT64_C(0x8080808080808080);
  std::uint64_t word = 0;
  if (at + sizeof word > bytes.size()) return false;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return (word & kHighBits) == 0;
}

// Length of the valid UTF-8 sequence at `at`, or 0. Refuses overlong forms, surrogates and what lies
// beyond U+10FFFF (the Unicode Standard, table 3-7).
std::size_t sequence_length(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u;
  };
  const auto tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

struct Source::Lines {
  std::once_flag found;
  std::vector<std::size_t> starts;
  std::vector<std::size_t> code_points;  // before each block of the file
};

Source::Source(std::string name) : name_(std::move(name)), lines_(std::make_shared<Lines>()) {}
Source::Source(std::string name, std::string bytes) : Source(std::move(name)) { bytes_ = std::move(bytes); }

Source Source::of(std::string name, std::shared_ptr<const MadeText> made) {
  Source source(std::move(name));
  source.made_ = std::move(made);
  return source;
}

std::size_t Source::first() const { return bytes().starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0; }

namespace {

std::vector<std::size_t> line_starts(std::string_view bytes, std::size_t first) {
  std::vector<std::size_t> starts{first};
  // Two memchr sweeps instead of one look at every byte: files of megabytes are read in no time.
  const auto find = [&](char wanted, std::size_t from) {
    const void* found =
        from < bytes.size() ? std::memchr(bytes.data() + from, wanted, bytes.size() - from) : nullptr;
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) : bytes.size();
  };
  std::size_t feed = find('\n', 0);
  std::size_t carriage = find('\r', 0);
  while (feed < bytes.size() || carriage < bytes.size()) {
    const std::size_t end = std::min(feed, carriage);
    const bool pair = carriage < feed && carriage + 1 == feed;
    const std::size_t next = end + (pair ? 2 : 1);
    starts.push_back(next);
    if (feed < next) feed = find('\n', next);
    if (carriage < next) carriage = find('\r', next);
  }
  return starts;
}

std::vector<std::size_t> code_points(std::string_view bytes) {
  std::vector<std::size_t> before;
  before.reserve(bytes.size() / kBlock + 1);
  std::size_t count = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kBlock) {
    before.push_back(count);
    count += count_code_points(bytes.substr(at, kBlock));
  }
  return before;
}

}  // namespace

const Source::Lines& Source::lines() const {
  std::call_once(lines_->found, [&] {
    lines_->starts = line_starts(bytes(), first());
    lines_->code_points = code_points(bytes());
  });
  return *lines_;
}

std::string_view Source::slice(Span span) const {
  const std::string_view all = bytes();
  const std::size_t begin = std::min(span.begin, all.size());
  const std::size_t end = std::clamp(span.end, begin, all.size());
  return all.substr(begin, end - begin);
}

std::size_t Source::code_points_before(const Lines& lines, std::size_t offset) const {
  if (lines.code_points.empty()) return 0;
  const std::size_t block = std::min(offset / kBlock, lines.code_points.size() - 1);
  return lines.code_points[block] + count_code_points(slice({block * kBlock, offset}));
}

Position Source::position(std::size_t offset) const {
  const Lines& known = lines();
  offset = std::clamp(offset, known.starts.front(), std::max(bytes().size(), known.starts.front()));
  const auto after = std::upper_bound(known.starts.begin(), known.starts.end(), offset);
  const auto line = static_cast<std::size_t>(after - known.starts.begin());
  const std::size_t start = known.starts[line - 1];
  return {line, code_points_before(known, offset) - code_points_before(known, start) + 1};
}

std::string_view Source::line(std::size_t number) const {
  const std::vector<std::size_t>& starts = lines().starts;
  if (number == 0 || number > starts.size()) return {};
  const std::size_t begin = starts[number - 1];
  std::size_t end = number < starts.size() ? starts[number] : bytes().size();
  if (number < starts.size()) {
    --end;
    if (bytes()[end] == '\n' && end > begin && bytes()[end - 1] == '\r') --end;
  }
  return slice({begin, end});
}

std::size_t Source::line_start(std::size_t number) const {
  if (number <= 1) return first();
  const std::vector<std::size_t>& starts = lines().starts;
  return number <= starts.size() ? starts[number - 1] : bytes().size();
}

std::size_t Source::first_invalid_utf8() const {
  const std::string_view all = bytes();
  for (std::size_t at = 0; at < all.size();) {
    if (eight_ascii(all, at)) {
      at += 8;
      continue;
    }
    const std::size_t length = sequence_length(all, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string::npos;
}

}  // namespace shapedbg
