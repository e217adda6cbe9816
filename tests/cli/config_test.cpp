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

}  // namespace
}  // namespace shapedbg
