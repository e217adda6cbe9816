#include "text/edit.h"

#include <gtest/gtest.h>

#include "text/distinct_edits.h"

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

TEST(Edit, StandsOnceInAListOfDistinctOnes) {
  // Beyond the few that are compared with each other.
  constexpr std::size_t many = 1000;
  std::vector<Edit> edits;
  DistinctEdits distinct(edits);
  for (int round = 0; round < 2; ++round)
    for (std::size_t i = 0; i < many; ++i) distinct.add({{i / 2, i % 2, "x"}, {i / 2, i % 2, "x"}});
  ASSERT_EQ(edits.size(), many);
  for (std::size_t i = 0; i < many; ++i) EXPECT_EQ(edits[i], (Edit{i / 2, i % 2, "x"})) << i;
  edits.push_back({7, 7, "put in beside it"});
  distinct.add({{7, 7, "put in beside it"}, {7, 7, "another text"}});
  EXPECT_EQ(edits.size(), many + 2);
}

}  // namespace
}  // namespace shapedbg
