#include "net/rare.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace shapedbg {
namespace {

TEST(Rare, IsAValueThatMayNotBeThere) {
  Rare<std::string> none;
  EXPECT_FALSE(none.has_value());
  EXPECT_FALSE(Rare<std::string>(std::nullopt));
  Rare<std::string> one = std::string("a");
  ASSERT_TRUE(one);
  Rare<std::string> copy = one;
  *copy += "b";
  EXPECT_EQ(*one, "a") << "a copy is its own";
  EXPECT_EQ(copy->size(), 2u);
  one = copy;
  EXPECT_EQ(*one, "ab");
  const Rare<std::string>& itself = one;
  one = itself;
  EXPECT_EQ(*one, "ab");
  none = std::move(copy);
  EXPECT_EQ(*none, "ab");
  one = none;
  none.reset();
  EXPECT_FALSE(none);
  EXPECT_EQ(*one, "ab");
  one = std::nullopt;
  EXPECT_FALSE(one);
}

}  // namespace
}  // namespace shapedbg
