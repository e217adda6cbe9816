#include "report/excerpt.h"

#include <algorithm>
#include <string_view>

#include "report/printable.h"

namespace shapedbg {
namespace {

constexpr std::string_view kCut = "...";
constexpr std::size_t kContext = 12;  // columns kept before a span that does not fit from the line's start

bool continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The part of a line that can be on the screen: a file of one 16 MB line must not become 16 million
// glyphs. Byte offsets into the line, on the border of code points.
Span near(std::string_view line, Span span, std::size_t width) {
  const std::size_t reach = 8 * width;
  Span part{span.begin > reach ? span.begin - reach : 0, std::min(line.size(), span.begin + reach)};
  for (int i = 0; i < 3 && part.begin > 0 && continuation(line[part.begin]); ++i) --part.begin;
  for (int i = 0; i < 3 && part.end < line.size() && continuation(line[part.end]); ++i) ++part.end;
  return part;
}

// A line as glyphs, and where the span stands in it.
struct Line {
  std::vector<Glyph> glyphs;
  std::size_t first = 0;  // byte at which they begin
  Span span;              // in bytes of the line
  std::size_t from = 0;   // columns of the span
  std::size_t to = 0;
  std::size_t total = 0;   // columns of all glyphs
  bool more_left = false;  // of the line beyond them
  bool more_right = false;
};

Line line_of(std::string_view line, Span span, std::size_t width) {
  const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  const Span part = near(line, span, width);
  Line result;
  result.span = span;
  result.first = std::max(part.begin, std::min(indent, span.begin));
  result.glyphs = glyphs(line.substr(result.first, part.end - result.first));
  result.more_left = result.first > indent;
  result.more_right = part.end < line.size();
  for (const Glyph& glyph : result.glyphs) {
    if (result.first + glyph.begin < span.begin) result.from += glyph.width;
    if (result.first + glyph.begin < span.end) result.to += glyph.width;
    result.total += glyph.width;
  }
  result.to = std::max(result.to, result.from);
  return result;
}

// The window of columns that is shown; what is cut off leaves `...`.
struct Shown {
  std::size_t left = 0;  // its first column
  std::size_t room = 0;  // columns of text
  std::size_t tail = 0;  // of these the last ones, of the line's end
  bool cut_left = false;
  bool cut_right = false;
};

Shown shown_of(const Line& line, std::size_t width) {
  Shown window;
  if (line.more_left || (line.to + kCut.size() > width && line.total > width)) {
    const std::size_t at_end = width - kCut.size();    // room when only the left is cut
    const std::size_t between = at_end - kCut.size();  // room when both sides are
    window.left = line.from > kContext ? line.from - kContext : 0;
    if (line.to > window.left + between) window.left = std::min(line.from, line.to - between);
    if (!line.more_right && line.total <= window.left + at_end)
      window.left = line.total - std::min(line.total, at_end);
  }
  window.cut_left = line.more_left || window.left > 0;
  window.room = width - (window.cut_left ? kCut.size() : 0);
  window.cut_right = line.more_right || line.total - window.left > window.room;
  if (window.cut_right) window.room -= kCut.size();
  // A line cut at its end alone keeps its last options: stride and padding tend to stand there.
  if (window.cut_right && !window.cut_left && !line.more_right) window.tail = width / 3;
  if (line.to + window.tail > window.room) window.tail = 0;
  return window;
}

// Cuts between words, where there is a border on both sides. `shown`: columns of `line` to keep at least.
void cut_between_words(std::string& line, std::string& end, std::size_t shown) {
  const std::size_t last = line.rfind(' ');
  const std::size_t next = end.find(' ');
  if (last == std::string::npos || next >= end.size() / 2 || columns(line.substr(0, last)) < shown) return;
  line.resize(last + 1);
  end.erase(0, next);
}

}  // namespace

Excerpt excerpt(const Source& source, Span span, std::size_t width) {
  width = std::max<std::size_t>(width, 20);
  const std::size_t number = source.position(span.begin).line;
  const std::size_t start = source.line_start(number);
  const std::string_view text = source.line(number);
  // In bytes of the line; at least one mark, also at the end of the line.
  Span local{std::min(span.begin - std::min(start, span.begin), text.size()), 0};
  local.end = std::clamp(span.end - std::min(start, span.end), local.begin, text.size());
  const Line line = line_of(text, local, width);
  const Shown window = shown_of(line, width);

  Excerpt result;
  if (window.cut_left) result.line = kCut;
  const std::size_t shown_from = columns(result.line);
  const std::size_t shown_to = shown_from + window.room - window.tail;
  std::size_t used = shown_from;
  std::size_t at = 0;
  std::size_t mark_end = 0;
  bool begun = false;
  bool cut = false;
  std::string end;  // the tail
  for (const Glyph& glyph : line.glyphs) {
    const std::size_t glyph_at = at;
    at += glyph.width;
    if (glyph_at < window.left) continue;
    cut = cut || used + glyph.width > shown_to;
    if (cut) {
      if (glyph_at >= line.total - window.tail) end += glyph.text;
      continue;
    }
    if (!begun && line.first + glyph.begin >= local.begin) {
      result.column = used;
      begun = true;
    }
    result.line += glyph.text;
    used += glyph.width;
    if (line.first + glyph.begin < local.end) mark_end = used;
  }
  if (window.tail > 0) cut_between_words(result.line, end, std::max(mark_end, used / 2));
  if (window.cut_right) result.line += std::string(kCut) + end;
  if (!begun) result.column = used;  // behind the last character: an end of file, a missing bracket
  result.marks = mark_end > result.column ? mark_end - result.column : 1;
  return result;
}

}  // namespace shapedbg
