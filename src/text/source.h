// The bytes of one file, and the way from a byte offset to what a person reads: line and column.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

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

// A text that was made here, not read. Who makes it may know more of it than its bytes, for who reads it
// next.
struct MadeText {
  std::string bytes;

  MadeText() = default;
  explicit MadeText(std::string text) : bytes(std::move(text)) {}
  MadeText(const MadeText&) = delete;
  MadeText& operator=(const MadeText&) = delete;
  virtual ~MadeText() = default;
};

class Source {
 public:
  // `name` is what reports call the file: the path as the user typed it, or "<stdin>".
  Source(std::string name, std::string bytes);
  static Source of(std::string name, std::shared_ptr<const MadeText> made);

  const std::string& name() const { return name_; }
  const std::string& bytes() const { return made_ ? made_->bytes : bytes_; }
  // Null where the bytes were read.
  const std::shared_ptr<const MadeText>& made() const { return made_; }
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
  struct Lines;
  explicit Source(std::string name);
  const Lines& lines() const;
  std::size_t first() const;  // behind a byte order mark
  std::size_t code_points_before(const Lines& lines, std::size_t offset) const;

  std::string name_;
  std::string bytes_;
  std::shared_ptr<const MadeText> made_;  // in place of the bytes
  std::shared_ptr<Lines> lines_;          // found when one is asked for; copies share them
};

}  // namespace shapedbg
