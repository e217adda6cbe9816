#include "text/by_name.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace shapedbg {
namespace {

TEST(ByName, FindsWhatWasAdded) {
  ByName<int> table;
  EXPECT_EQ(table.find("a"), nullptr);
  EXPECT_TRUE(table.add("a", 1).second);
  EXPECT_FALSE(table.add("a", 2).second);
  EXPECT_EQ(*table.find("a"), 1);
  EXPECT_EQ(table.find("b"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
}

// Of every length, with common beginnings and ends.
TEST(ByName, TellsNamesApart) {
  std::deque<std::string> names;
  for (const char c : {'a', 'b', '\0', '\xff'})
    for (std::size_t length = 0; length < 40; ++length)
      for (std::size_t place = 0; place < length; ++place) {
        names.emplace_back(length, 'x');
        names.back()[place] = c;
      }
  for (int i = 0; i < 20'000; ++i) names.push_back("layer." + std::to_string(i) + ".conv");
  ByName<std::size_t> table;
  for (std::size_t i = 0; i < names.size(); ++i) ASSERT_TRUE(table.add(names[i], i).second);
  ASSERT_EQ(table.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    ASSERT_NE(table.find(std::string(names[i])), nullptr);
    EXPECT_EQ(*table.find(std::string(names[i])), i);
    EXPECT_EQ(table.entries()[i].name, names[i]);
    EXPECT_EQ(table.find(names[i] + "y"), nullptr);
  }
}

}  // namespace
}  // namespace shapedbg
