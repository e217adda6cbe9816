#include "text/source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shapedbg {
namespace {

TEST(Source, CountsLinesAndColumnsFromOne) {
  const Source source("f", "ab\ncd");
  EXPECT_EQ(source.position(0), (Position{1, 1}));
  EXPECT_EQ(source.position(2), (Position{1, 3}));
  EXPECT_EQ(source.position(3), (Position{2, 1}));
  EXPECT_EQ(source.position(5), (Position{2, 3}));
}

TEST(Source, OffsetsBeyondTheEndStandForTheEnd) {
  EXPECT_EQ(Source("f", "ab\n").position(99), (Position{2, 1}));
  EXPECT_EQ(Source("f", "").position(99), (Position{1, 1}));
}

TEST(Source, ColumnsCountCodePointsNotBytes) {
  const Source source("f", "\"ä€😀\": 1");
  EXPECT_EQ(source.position(1), (Position{1, 2}));
  EXPECT_EQ(source.position(3), (Position{1, 3}));   // behind the two bytes of ä
  EXPECT_EQ(source.position(6), (Position{1, 4}));   // behind the three of €
  EXPECT_EQ(source.position(10), (Position{1, 5}));  // behind the four of 😀
}

TEST(Source, EveryKindOfLineEndingEndsOneLine) {
  const Source source("f", "a\r\nb\rc\nd");
  EXPECT_EQ(source.line(1), "a");
  EXPECT_EQ(source.line(2), "b");
  EXPECT_EQ(source.line(3), "c");
  EXPECT_EQ(source.line(4), "d");
  EXPECT_EQ(source.line(5), "");
  EXPECT_EQ(source.line(0), "");
  EXPECT_EQ(source.line_start(2), 3u);
  EXPECT_EQ(source.line_start(3), 5u);
  EXPECT_EQ(source.position(7), (Position{4, 1}));
}

TEST(Source, AFinalLineEndingOpensAnEmptyLine) {
  const Source source("f", "a\r\n");
  EXPECT_EQ(source.line(1), "a");
  EXPECT_EQ(source.line(2), "");
  EXPECT_EQ(source.line_start(2), 3u);
  EXPECT_EQ(source.position(3), (Position{2, 1}));
}

TEST(Source, AByteOrderMarkIsNoColumn) {
  const Source source("f", "\xEF\xBB\xBF{}\n");
  EXPECT_EQ(source.position(0), (Position{1, 1}));
  EXPECT_EQ(source.position(3), (Position{1, 1}));
  EXPECT_EQ(source.position(4), (Position{1, 2}));
  EXPECT_EQ(source.line(1), "{}");
  EXPECT_EQ(Source("f", "\xEF\xBB\xBF").position(3), (Position{1, 1}));
}

TEST(Source, SliceStaysWithinTheFile) {
  const Source source("f", "abc");
  EXPECT_EQ(source.slice({1, 2}), "b");
  EXPECT_EQ(source.slice({2, 9}), "c");
  EXPECT_EQ(source.slice({9, 12}), "");
  EXPECT_EQ(source.slice({2, 1}), "");
}

// The index by blocks says the same as counting from the start.
TEST(Source, PositionsInOneLongLineAreExact) {
  std::string bytes;
  for (int i = 0; i < 6000; ++i) bytes += i % 7 == 0 ? "€" : i % 3 == 0 ? "ä" : "x";
  const Source source("f", bytes);
  std::size_t column = 1;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if ((static_cast<unsigned char>(bytes[i]) & 0xC0u) == 0x80u) continue;
    ASSERT_EQ(source.position(i), (Position{1, column})) << i;
    ++column;
  }
}

TEST(Source, FindsTheFirstByteThatIsNotUtf8) {
  const auto first = [](const std::string& bytes) { return Source("f", bytes).first_invalid_utf8(); };
  EXPECT_EQ(first(""), std::string::npos);
  EXPECT_EQ(first("plain ä € 😀 \xF4\x8F\xBF\xBF \xED\x9F\xBF"), std::string::npos);
  EXPECT_EQ(first("abc\xFF"), 3u);
  EXPECT_EQ(first("12345678\x80"), 8u);
  EXPECT_EQ(first("\xC0\x80"), 0u) << "overlong";
  EXPECT_EQ(first("\xE0\x9F\xBF"), 0u) << "overlong";
  EXPECT_EQ(first("\xF0\x8F\xBF\xBF"), 0u) << "overlong";
  EXPECT_EQ(first("\xED\xA0\x80"), 0u) << "a surrogate";
  EXPECT_EQ(first("\xF4\x90\x80\x80"), 0u) << "beyond U+10FFFF";
  EXPECT_EQ(first("a\xE2\x82"), 1u) << "cut off";
}

}  // namespace
}  // namespace shapedbg
