#include "finding/finding.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>

namespace shapedbg {
namespace {

TEST(Finding, SizesAreWrittenAsPeopleReadThem) {
  EXPECT_EQ(by_x({1, 3, 24, 25}, 2), "24x25");
  EXPECT_EQ(by_x({7}), "7");
  EXPECT_EQ(by_x({1, 3}, 2), "");
  EXPECT_EQ(bracketed({1, 3, 24, 24}), "[1, 3, 24, 24]");
  EXPECT_EQ(bracketed({}), "[]");
}

TEST(Finding, EveryCodeIsUniqueNamedAndFoundByItsEnumerator) {
  std::set<std::string_view> ids;
  std::set<std::string_view> names;
  for (const CodeInfo& code : all_codes()) {
    EXPECT_EQ(&info(code.code), &code);
    EXPECT_TRUE(ids.insert(code.id).second) << code.id;
    EXPECT_TRUE(names.insert(code.name).second) << code.name;
    EXPECT_NE(code.summary.back(), '.') << code.id;
    for (const char c : code.name)
      EXPECT_TRUE(c == '-' || std::isdigit(static_cast<unsigned char>(c)) ||
                  std::islower(static_cast<unsigned char>(c)))
          << code.name;
  }
  EXPECT_EQ(info(Code::R301).id, "R301");
  EXPECT_EQ(info(Code::R301).name, "reconstruction-mismatch");
  EXPECT_EQ(info(Code::W501).severity, Severity::warning);
}

}  // namespace
}  // namespace shapedbg
