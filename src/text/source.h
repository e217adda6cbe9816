// The bytes of one file, and the way from a byte offset to what a person reads: line and column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shapedbg {

// Half-open range of byte offsets into a Source: [begin, end).
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(const Span&) const = default;
};

// What editors show: both 1-based; the column counts Unicode code points, not bytes.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;

  bool operator==(const Position&) const = default;
};

class Source {
 public:
  // `name` is what reports call the file: the path as the user typed it, or "<stdin>".
  Source(std::string name, std::string bytes);

  const std::string& name() const { return name_; }
  const std::string& bytes() const { return bytes_; }
  std::string_view slice(Span span) const;

  // Offsets beyond the end stand for the end. A line ends with LF, CRLF or a lone CR; a byte order
  // mark at the start counts as no column.
  Position position(std::size_t offset) const;

  // The text of a 1-based line without its line ending; empty when there is no such line.
  std::string_view line(std::size_t number) const;
  // Byte offset at which a 1-based line starts.
  std::size_t line_start(std::size_t number) const;

  // Offset of the first byte that is not valid UTF-8, or npos.
  std::size_t first_invalid_utf8() const;

 private:
  std::size_t code_points_before(std::size_t offset) const;

  std::string name_;
  std::string bytes_;
  std::vector<std::size_t> line_starts_;
  std::vector<std::size_t> code_points_;  // before each block of the file
};

}  // namespace shapedbg
