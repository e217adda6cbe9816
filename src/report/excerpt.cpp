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

}  // namespace

Excerpt excerpt(const Source& source, Span span, std::size_t width) {
  width = std::max<std::size_t>(width, 20);
  const std::size_t number = source.position(span.begin).line;
  const std::size_t start = source.line_start(number);
  const std::string_view line = source.line(number);
  const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());

  // In bytes of the line; at least one mark, also at the end of the line.
  Span local{std::min(span.begin - std::min(start, span.begin), line.size()), 0};
  local.end = std::clamp(span.end - std::min(start, span.end), local.begin, line.size());

  const Span part = near(line, local, width);
  const std::size_t first = std::max(part.begin, std::min(indent, local.begin));
  const std::vector<Glyph> all = glyphs(line.substr(first, part.end - first));
  const bool more_left = first > indent;
  const bool more_right = part.end < line.size();

  // Columns of the part: where the span begins and ends, and how long the whole is.
  std::size_t total = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  for (const Glyph& glyph : all) {
    if (first + glyph.begin < local.begin) from += glyph.width;
    if (first + glyph.begin < local.end) to += glyph.width;
    total += glyph.width;
  }
  to = std::max(to, from);

  // The window of columns that is shown starts at `left`; what is cut off leaves `...`.
  std::size_t left = 0;
  if (more_left || (to + kCut.size() > width && total > width)) {
    const std::size_t at_end = width - kCut.size();    // room when only the left is cut
    const std::size_t between = at_end - kCut.size();  // room when both sides are
    left = from > kContext ? from - kContext : 0;
    if (to > left + between) left = std::min(from, to - between);
    if (!more_right && total <= left + at_end) left = total - std::min(total, at_end);
  }
  const bool cut_left = more_left || left > 0;
  std::size_t room = width - (cut_left ? kCut.size() : 0);
  const bool cut_right = more_right || total - left > room;
  if (cut_right) room -= kCut.size();
  // A line cut at its end alone keeps its last options: stride and padding tend to stand there.
  std::size_t tail = cut_right && !cut_left && !more_right ? width / 3 : 0;
  if (to + tail > room) tail = 0;

  Excerpt result;
  if (cut_left) result.line = kCut;
  const std::size_t shown_from = columns(result.line);
  const std::size_t shown_to = shown_from + room - tail;
  std::size_t used = shown_from;
  std::size_t at = 0;
  std::size_t mark_end = 0;
  bool begun = false;
  bool cut = false;
  std::string end;  // the tail
  for (const Glyph& glyph : all) {
    const std::size_t glyph_at = at;
    at += glyph.width;
    if (glyph_at < left) continue;
    cut = cut || used + glyph.width > shown_to;
    if (cut) {
      if (glyph_at >= total - tail) end += glyph.text;
      continue;
    }
    if (!begun && first + glyph.begin >= local.begin) {
      result.column = used;
      begun = true;
    }
    result.line += glyph.text;
    used += glyph.width;
    if (first + glyph.begin < local.end) mark_end = used;
  }
  if (tail > 0) {
    // Between words, where there is a border on both sides.
    const std::size_t last = result.line.rfind(' ');
    const std::size_t next = end.find(' ');
    if (last != std::string::npos && columns(result.line.substr(0, last)) >= std::max(mark_end, used / 2) &&
        next < end.size() / 2) {
      result.line.resize(last + 1);
      end.erase(0, next);
    }
  }
  if (cut_right) result.line += std::string(kCut) + end;
  if (!begun) result.column = used;  // behind the last character: an end of file, a missing bracket
  result.marks = mark_end > result.column ? mark_end - result.column : 1;
  return result;
}

}  // namespace shapedbg
