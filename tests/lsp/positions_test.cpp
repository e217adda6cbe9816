#include "lsp/positions.h"

#include <gtest/gtest.h>

#include "lsp/documents.h"

namespace shapedbg::lsp {
namespace {

TEST(Positions, CountInTheUnitsAgreedOn) {
  // e with an acute accent: 2 bytes, 1 unit; the rocket: 4 bytes, 2 units of UTF-16.
  const Source source("t", "a\n\xC3\xA9\xF0\x9F\x9A\x80x\r\nlast");
  const std::size_t x = source.bytes().find('x');
  EXPECT_EQ(Positions(source, Encoding::utf8).place(x), (Place{1, 6}));
  EXPECT_EQ(Positions(source, Encoding::utf16).place(x), (Place{1, 3}));
  EXPECT_EQ(Positions(source, Encoding::utf32).place(x), (Place{1, 2}));
  EXPECT_EQ(Positions(source, Encoding::utf16).offset({1, 3}), x);
  EXPECT_EQ(Positions(source, Encoding::utf32).offset({1, 2}), x);
  EXPECT_EQ(Positions(source, Encoding::utf8).offset({1, 6}), x);
}

TEST(Positions, BehindALineStandForItsEnd) {
  const Source source("t", "ab\r\ncd\ne");
  for (const Encoding encoding : {Encoding::utf8, Encoding::utf16, Encoding::utf32}) {
    const Positions positions(source, encoding);
    EXPECT_EQ(positions.offset({0, 99}), 2u);
    EXPECT_EQ(positions.offset({1, 2}), 6u);
    EXPECT_EQ(positions.offset({2, 1}), 8u);
    EXPECT_EQ(positions.offset({7, 0}), 8u);
    EXPECT_EQ(positions.offset({SIZE_MAX, SIZE_MAX}), 8u);
    EXPECT_EQ(positions.line_end(0), 2u);
    EXPECT_EQ(positions.line_end(8), 8u);
  }
}

TEST(Positions, NeverPointIntoACharacter) {
  const Source source("t", "\xF0\x9F\x9A\x80x");
  EXPECT_EQ(Positions(source, Encoding::utf16).offset({0, 1}), 4u);
}

// Over many blocks every offset of a character comes back.
TEST(Positions, AreInverseOnLongLines) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += i % 7 == 0 ? "\xF0\x9F\x9A\x80" : i % 3 == 0 ? "\xC3\xA9" : "a";
  text += "\n" + text;
  const Source source("t", text);
  for (const Encoding encoding : {Encoding::utf8, Encoding::utf16, Encoding::utf32}) {
    const Positions positions(source, encoding);
    for (std::size_t at = 0; at < text.size(); ++at) {
      if ((static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u) continue;
      ASSERT_EQ(positions.offset(positions.place(at)), at);
    }
  }
}

TEST(Documents, APathIsDecoded) {
  EXPECT_EQ(path_of("file:///a/my%20nets/%C3%A9.json"), "/a/my nets/\xC3\xA9.json");
  EXPECT_EQ(path_of("file://host/a%2"), "/a%2");
  EXPECT_EQ(path_of("untitled:Untitled-1"), "untitled:Untitled-1");
}

TEST(Documents, APlaceMovesWithTheTextAroundAnEdit) {
  const Source before("t", "abc def ghi");
  const Source now("t", "abc de__f ghi");
  const Shift shift(before, now);
  EXPECT_EQ(shift.forward(0), 0u);
  EXPECT_EQ(shift.forward(6), 6u);
  EXPECT_EQ(shift.forward(8), 10u);
  EXPECT_EQ(shift.forward(11), 13u);
  EXPECT_EQ(shift.back(13), 11u);
  EXPECT_EQ(shift.forward(Span{4, 7}), (Span{4, 9}));
  EXPECT_EQ(Shift(before, Source("t", "abc ghi")).forward(5), std::nullopt);
}

}  // namespace
}  // namespace shapedbg::lsp
