#include "cli/config.h"

#include <gtest/gtest.h>

namespace shapedbg {
namespace {

// Every byte where the library's own parser expects a name: a table, or one line that says what is wrong.
TEST(ConfigFile, AnyByteBehindABracketIsAnswered) {
  for (int byte = 1; byte < 256; ++byte) {
    const std::string text = std::string("[") + static_cast<char>(byte) + "a]\nb = 1\n";
    const Config config = parse_config("c.toml", "/", text);
    EXPECT_EQ(config.error.find('\n'), std::string::npos) << byte;
    EXPECT_TRUE(config.error.starts_with("c.toml:")) << byte << " " << config.error;
  }
}

TEST(ConfigFile, LettersBeyondAsciiStandInQuotesAndComments) {
  const auto error = [](const std::string& text) { return parse_config("c.toml", "/", text).error; };
  EXPECT_EQ(error("# K\xc3\xb6ln\npaths = [\"\xc3\xb6/*.json\", '\xc3\xb6.json']\n"), "");
  EXPECT_EQ(error("\xef\xbb\xbfpaths = [\"\"\"\n\xc3\xb6\"\"\"]\n"), "");
  EXPECT_EQ(error("paths = [\"a\"]\nna\xc3\xafve = 1\n"),
            "c.toml:2:3: no TOML: letters beyond ASCII stand in quotes or comments alone");
  for (int point = 0x80; point < 0x800; ++point) {
    const std::string letter{static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
    EXPECT_NE(error(letter), "") << point;
  }
}

}  // namespace
}  // namespace shapedbg
