#include "text/edit.h"

#include <gtest/gtest.h>

namespace shapedbg {
namespace {

TEST(Edit, ReplacesInsertsAndRemoves) {
  EXPECT_EQ(apply("abcdef", {{1, 2, "X"}}), "aXdef");
  EXPECT_EQ(apply("abcdef", {{3, 0, "--"}}), "abc--def");
  EXPECT_EQ(apply("abcdef", {{0, 6, ""}}), "");
  EXPECT_EQ(apply("abc", {{3, 0, "!"}}), "abc!");
  EXPECT_EQ(apply("abc", {}), "abc");
}

TEST(Edit, TheOrderOfEditsDoesNotMatter) {
  EXPECT_EQ(apply("abcdef", {{4, 1, "5"}, {0, 1, "1"}}), "1bcd5f");
  EXPECT_EQ(apply("abcdef", {{0, 1, "1"}, {4, 1, "5"}}), "1bcd5f");
}

TEST(Edit, InsertionsAtOnePlaceKeepTheirOrder) {
  EXPECT_EQ(apply("ab", {{1, 0, "1"}, {1, 0, "2"}}), "a12b");
  EXPECT_EQ(apply("ab", {{1, 1, "B"}, {1, 0, "+"}}), "a+B");
}

TEST(Edit, RefusesEditsThatOverlapOrLeaveTheFile) {
  EXPECT_EQ(apply("abcdef", {{0, 3, ""}, {2, 1, ""}}), std::nullopt);
  EXPECT_EQ(apply("abcdef", {{0, 3, ""}, {1, 0, "x"}}), std::nullopt);
  EXPECT_EQ(apply("abc", {{2, 2, ""}}), std::nullopt);
  EXPECT_EQ(apply("abc", {{4, 0, ""}}), std::nullopt);
  EXPECT_EQ(apply("abc", {{1, static_cast<std::size_t>(-1), ""}}), std::nullopt);
}

}  // namespace
}  // namespace shapedbg
