#include "report/excerpt.h"

#include <gtest/gtest.h>

#include <random>

#include "report/printable.h"

namespace shapedbg {
namespace {

Excerpt of(const std::string& bytes, std::size_t begin, std::size_t end, std::size_t width = 40) {
  return excerpt(Source("f", bytes), {begin, end}, width);
}

// The text above the marks.
std::string marked(const Excerpt& cut) { return cut.line.substr(cut.column, cut.marks); }

TEST(Excerpt, DropsTheIndentation) {
  const Excerpt cut = of("  \t {\"a\": 1}\n", 5, 8);
  EXPECT_EQ(cut.line, "{\"a\": 1}");
  EXPECT_EQ(marked(cut), "\"a\"");
}

TEST(Excerpt, KeepsIndentationThatIsItselfMarked) {
  const Excerpt cut = of("   x", 1, 2);
  EXPECT_EQ(cut.line, "  x");
  EXPECT_EQ(cut.column, 0u);
}

TEST(Excerpt, ShowsATabAsFourSpaces) {
  const Excerpt cut = of("a\tb\tc", 4, 5);
  EXPECT_EQ(cut.line, "a    b    c");
  EXPECT_EQ(marked(cut), "c");
  EXPECT_EQ(of("a\tb", 1, 2).marks, 4u);
}

TEST(Excerpt, CountsCodePointsNotBytes) {
  const std::string bytes = "ääää \"x\"";
  const Excerpt cut = of(bytes, bytes.find('"'), bytes.size());
  EXPECT_EQ(cut.column, 5u);
  EXPECT_EQ(cut.marks, 3u);
}

TEST(Excerpt, CutsAtTheRightWhenTheSpanIsNearTheStart) {
  const Excerpt cut = of("0123456789" + std::string(100, 'x'), 2, 15, 20);
  EXPECT_EQ(cut.line, "0123456789xxxxxxx...");
  EXPECT_EQ(marked(cut), "23456789xxxxx");
}

TEST(Excerpt, KeepsTheEndOfALineThatIsCutBehindTheSpan) {
  const Excerpt cut = of("0123456789" + std::string(100, 'x') + "stride: 2", 2, 5, 30);
  EXPECT_EQ(cut.line, "0123456789xxxxxxx...xstride: 2");
  EXPECT_EQ(marked(cut), "234");
}

TEST(Excerpt, CutsAtBothSidesAroundAFarSpan) {
  const Excerpt cut = of(std::string(100, 'a') + "SPAN" + std::string(100, 'b'), 100, 104, 30);
  EXPECT_EQ(cut.line, "...aaaaaaaaaaaaSPANbbbbbbbb...");
  EXPECT_EQ(marked(cut), "SPAN");
}

TEST(Excerpt, CutsAtTheLeftOnlyWhenTheSpanEndsTheLine) {
  const Excerpt cut = of(std::string(100, 'a') + "SPAN", 100, 104, 30);
  EXPECT_EQ(cut.line.size(), 30u);
  EXPECT_TRUE(cut.line.starts_with("...a"));
  EXPECT_EQ(marked(cut), "SPAN");
  EXPECT_EQ(cut.column + cut.marks, 30u);
}

TEST(Excerpt, ShowsTheStartOfASpanThatIsWiderThanTheTerminal) {
  const Excerpt cut = of(std::string(50, 'a') + "B" + std::string(100, 'b') + "zzz", 50, 151, 30);
  EXPECT_EQ(cut.line[cut.column], 'B');
  EXPECT_LE(cut.column + cut.marks, 27u);
  EXPECT_TRUE(cut.line.ends_with("..."));
}

TEST(Excerpt, MarksTheFirstLineOfASpanOverSeveral) {
  const Excerpt cut = of("{\"a\": [\n1,\n2]}", 6, 13);
  EXPECT_EQ(cut.line, "{\"a\": [");
  EXPECT_EQ(marked(cut), "[");
}

TEST(Excerpt, MarksOneColumnBehindTheEndOfTheFile) {
  const Excerpt cut = of("{", 1, 1);
  EXPECT_EQ(cut.line, "{");
  EXPECT_EQ(cut.column, 1u);
  EXPECT_EQ(cut.marks, 1u);
  EXPECT_EQ(of("", 0, 0).line, "");
  EXPECT_EQ(of("", 7, 9).marks, 1u);
}

TEST(Excerpt, LeavesOutTheLineEnding) {
  EXPECT_EQ(of("ab\r\ncd\r\n", 4, 6).line, "cd");
  EXPECT_EQ(of("ab\r\ncd\r\n", 0, 2).line, "ab");
}

TEST(Excerpt, TakesALineOfManyMegabytes) {
  const std::string bytes = std::string(8 << 20, '[') + "X" + std::string(8 << 20, ']');
  const Excerpt cut = of(bytes, 8 << 20, (8 << 20) + 1, 80);
  EXPECT_EQ(columns(cut.line), 80u);
  EXPECT_EQ(marked(cut), "X");
}

// Whatever the line, the width and the span: it fits, is whole UTF-8, and the marks stand under
// what they mean.
TEST(Excerpt, AlwaysFitsAndMarksTheSpan) {
  const std::string pieces[] = {"a", "ä", "€", "\t", "\x1b", "\xff", " ", "𝄞", "{\"k\": 3}"};
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    std::vector<std::size_t> starts;
    const unsigned length = random() % 120;
    for (unsigned i = 0; i < length; ++i) {
      starts.push_back(bytes.size());
      bytes += pieces[random() % std::size(pieces)];
    }
    starts.push_back(bytes.size());
    std::size_t begin = starts[random() % starts.size()];
    std::size_t end = starts[random() % starts.size()];
    if (begin > end) std::swap(begin, end);
    const std::size_t width = 20 + random() % 80;
    const Excerpt cut = of(bytes, begin, end, width);
    ASSERT_LE(columns(cut.line), width) << bytes;
    ASSERT_EQ(printable(cut.line), cut.line) << bytes;
    ASSERT_GE(cut.marks, 1u);
    const std::string shown = printable(std::string_view(bytes).substr(begin, end - begin));
    if (columns(shown) == 0 || columns(shown) > width / 2) continue;
    // Columns to bytes: skip continuation bytes.
    std::size_t at = 0;
    for (std::size_t column = 0; at < cut.line.size(); ++at) {
      if ((static_cast<unsigned char>(cut.line[at]) & 0xC0) == 0x80) continue;
      if (column++ == cut.column) break;
    }
    ASSERT_EQ(cut.line.substr(at, shown.size()), shown) << bytes << "\n" << cut.line << " width " << width;
    ASSERT_EQ(cut.marks, columns(shown)) << bytes;
  }
}

}  // namespace
}  // namespace shapedbg
