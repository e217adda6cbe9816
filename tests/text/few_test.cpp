#include "text/few.h"

#include <gtest/gtest.h>

#include <random>
#include <utility>
#include <vector>

namespace shapedbg {
namespace {

using Three = Few<int, 3>;

std::vector<int> list(const Three& few) { return {few.begin(), few.end()}; }

TEST(Few, GoesOnBeyondItsOwnRoom) {
  Three few{1, 2};
  for (int i = 3; i <= 8; ++i) few.push_back(i);
  EXPECT_EQ(list(few), (std::vector{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(Few, LeavesNothingBehindWhereItIsMovedFrom) {
  for (const int count : {2, 3, 4, 9}) {
    Three from(static_cast<std::size_t>(count), 7);
    Three to{1, 2, 3, 4, 5};
    to = std::move(from);
    EXPECT_EQ(list(to), std::vector<int>(static_cast<std::size_t>(count), 7));
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what it is then
    from.push_back(1);
    EXPECT_EQ(list(from), std::vector{1});
    EXPECT_EQ(list(to), std::vector<int>(static_cast<std::size_t>(count), 7));
  }
}

// Whatever is done to it, it holds what a vector holds.
TEST(Few, IsAVector) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 2'000; ++round) {
    Three few;
    std::vector<int> vector;
    for (int step = 0; step < 12; ++step) {
      const auto place = static_cast<std::ptrdiff_t>(below(vector.size() + 1));
      const auto item = static_cast<int>(below(9));
      const std::size_t count = below(5);
      switch (below(8)) {
        case 0:
          few.push_back(item);
          vector.push_back(item);
          break;
        case 1:
          few.insert(few.begin() + place, item);
          vector.insert(vector.begin() + place, item);
          break;
        case 2:
          few.insert(few.begin() + place, count, item);
          vector.insert(vector.begin() + place, count, item);
          break;
        case 3:
          if (vector.empty()) break;
          few.erase(few.begin() + place % std::ssize(vector));
          vector.erase(vector.begin() + place % std::ssize(vector));
          break;
        case 4:
          few.resize(count, item);
          vector.resize(count, item);
          break;
        case 5:
          few.assign(count, item);
          vector.assign(count, item);
          break;
        case 6: {
          const Three copy = few;
          few.insert(few.end(), copy.begin(), copy.end());
          vector.insert(vector.end(), copy.begin(), copy.end());
          break;
        }
        default: {
          Three copy = few;
          Three moved = std::move(copy);
          copy = moved;
          few = std::move(copy);
        }
      }
      ASSERT_EQ(list(few), vector);
      ASSERT_EQ(few, Three(vector.begin(), vector.end()));
    }
  }
}

}  // namespace
}  // namespace shapedbg
