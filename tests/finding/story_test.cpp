#include "finding/story.h"

#include <gtest/gtest.h>

#include <map>

namespace shapedbg {
namespace {

TEST(Story, EveryCodeHasOneAndItIsWhole) {
  std::map<Code, int> told;
  for (const auto stories : {file_stories(), import_stories(), layer_stories(), result_stories(),
                             risk_stories(), portability_stories()})
    for (const Story& one : stories) ++told[one.code];
  for (const CodeInfo& code : all_codes()) {
    EXPECT_EQ(told[code.code], 1) << code.id;
    const Story& one = story(code.code);
    EXPECT_EQ(one.code, code.code) << code.id;
    for (const std::string_view part : {one.finds, one.why, one.repair, one.safe}) {
      ASSERT_FALSE(part.empty()) << code.id;
      EXPECT_EQ(part.back(), '.') << code.id << ": " << part;
      EXPECT_EQ(part.find('\n'), std::string_view::npos) << code.id;
      EXPECT_EQ(part.find("  "), std::string_view::npos) << code.id;
    }
  }
}

TEST(Story, AnExampleHasNumbersAndFitsALine) {
  for (const CodeInfo& code : all_codes()) {
    std::string_view rest = story(code.code).example;
    if (rest.empty()) continue;
    EXPECT_NE(rest.find_first_of("0123456789"), std::string_view::npos) << code.id;
    EXPECT_NE(rest.back(), '\n') << code.id;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      EXPECT_LE(end, 110u) << code.id << ": " << rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  for (const Code code : {Code::R301, Code::L208, Code::L201, Code::L213})
    EXPECT_FALSE(story(code).example.empty()) << info(code).id;
}

TEST(Story, CodesAreFoundByCodeInAnyCaseAndByName) {
  EXPECT_EQ(find_code("R301"), &info(Code::R301));
  EXPECT_EQ(find_code("r301"), &info(Code::R301));
  EXPECT_EQ(find_code("reconstruction-mismatch"), &info(Code::R301));
  EXPECT_EQ(find_code("R30"), nullptr);
  EXPECT_EQ(find_code("R3011"), nullptr);
  EXPECT_EQ(find_code(""), nullptr);
}

}  // namespace
}  // namespace shapedbg
