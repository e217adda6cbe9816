#include "text/diff.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace shapedbg {
namespace {

TEST(UnifiedDiff, IsEmptyForEqualTexts) {
  EXPECT_EQ(unified_diff("a", "a", "", ""), "");
  EXPECT_EQ(unified_diff("a", "a", "x\ny", "x\ny"), "");
}

TEST(UnifiedDiff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(
      unified_diff("spec.json", "spec.json", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
      "--- spec.json\n+++ spec.json\n"
      "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, MarksAMissingNewlineOnEachSide) {
  EXPECT_EQ(
      unified_diff("a", "b", "x", "y"),
      "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n");
  EXPECT_EQ(unified_diff("a", "b", "x\n", "x"),
            "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n");
  EXPECT_EQ(unified_diff("a", "b", "1\nx", "2\nx"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-1\n+2\n x\n\\ No newline at end of file\n");
}

TEST(UnifiedDiff, CountsFromTheLineBeforeWhereASideIsEmpty) {
  EXPECT_EQ(unified_diff("a", "b", "", "x\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  EXPECT_EQ(unified_diff("a", "b", "x\n", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-x\n");
}

TEST(UnifiedDiff, JoinsChangesWhoseContextTouchesAndPartsOthers) {
  EXPECT_EQ(unified_diff("a", "b", "1\n2\n3\n4\n5\n6\n7\n8\n", "one\n2\n3\n4\n5\n6\n7\neight\n"),
            "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight\n");
  EXPECT_EQ(unified_diff("a", "b", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "one\n2\n3\n4\n5\n6\n7\n8\nnine\n"),
            "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+nine\n");
}

TEST(UnifiedDiff, FindsTheFewestLinesOfAnInsertion) {
  EXPECT_EQ(unified_diff("a", "b", "{\nx\n}\n", "{\nx\n}\n{\nx\n}\n"),
            "--- a\n+++ b\n@@ -1,3 +1,6 @@\n {\n x\n }\n+{\n+x\n+}\n");
}

TEST(UnifiedDiff, KeepsCarriageReturns) {
  EXPECT_EQ(unified_diff("a", "b", "x\r\ny\r\n", "x\r\nz\r\n"),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n x\r\n-y\r\n+z\r\n");
}

TEST(UnifiedDiff, QuotesNamesThatWouldEndTheHeader) {
  EXPECT_EQ(unified_diff("my spec.json", "a\nb\"", "", "x\n"),
            "--- my spec.json\t\n+++ \"a\\012b\\\"\"\n@@ -0,0 +1 @@\n+x\n");
}

// Undoes and redoes a diff by its own hunks, trusting nothing but the format.
std::string applied(const std::string& before, const std::string& diff) {
  const auto split = [](const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t feed = text.find('\n', at);
      const std::size_t end = feed == std::string::npos ? text.size() : feed + 1;
      lines.push_back(text.substr(at, end - at));
      at = end;
    }
    return lines;
  };
  const std::vector<std::string> old = split(before);
  const std::vector<std::string> lines = split(diff);
  std::string result;
  std::size_t at = 0;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line[0] == '@') {
      std::size_t start = std::stoul(line.substr(4));
      if (line.substr(4, line.find(' ', 4) - 4).ends_with(",0")) ++start;
      while (at + 1 < start) result += old.at(at++);
      continue;
    }
    if (line[0] == '\\') continue;
    std::string body = line.substr(1);
    if (i + 1 < lines.size() && lines[i + 1][0] == '\\') body.pop_back();
    if (line[0] != '+') {
      EXPECT_EQ(old.at(at), body);
      ++at;
    }
    if (line[0] != '-') result += body;
  }
  while (at < old.size()) result += old[at++];
  return result;
}

TEST(UnifiedDiff, LeadsFromAnyTextToAnyOther) {
  std::mt19937 random(7);
  const auto text = [&](std::size_t most) {
    std::string result;
    for (std::size_t n = random() % most; n > 0; --n) result += static_cast<char>("ab\n\n"[random() % 4]);
    return result;
  };
  for (int i = 0; i < 3000; ++i) {
    const std::string before = text(60);
    std::string after = i % 3 == 0 ? text(60) : before;
    for (std::size_t n = random() % 4; n > 0; --n) after.insert(random() % (after.size() + 1), text(6));
    const std::string diff = unified_diff("a", "b", before, after);
    ASSERT_EQ(diff.empty(), before == after);
    if (!diff.empty()) {
      ASSERT_EQ(applied(before, diff), after) << diff;
    }
  }
}

TEST(UnifiedDiff, StaysFastWhereEveryLineDiffers) {
  std::string before;
  std::string after;
  for (int i = 0; i < 20'000; ++i) {
    before += std::to_string(i) + " old\n";
    after += std::to_string(i) + " new\n";
  }
  const std::string diff = unified_diff("a", "b", before, after);
  EXPECT_EQ(applied(before, diff), after);
}

}  // namespace
}  // namespace shapedbg
