#include "shape/number.h"

#include <gtest/gtest.h>

#include <random>

namespace shapedbg {
namespace {

TEST(PlainNumbers, FloorDivisionRoundsDownForNegativeNumbers) {
  EXPECT_EQ(floor_div(7, 2), 3);
  EXPECT_EQ(floor_div(-7, 2), -4);
  EXPECT_EQ(floor_mod(-7, 2), 1);
  EXPECT_EQ(floor_div(-8, 2), -4);
}

TEST(PlainNumbers, WhatLeavesTheBoundIsMarked) {
  Arith<std::int64_t> a;
  EXPECT_EQ(a.mul(INT64_C(1) << 40, 1 << 20), INT64_C(1) << 60);
  EXPECT_TRUE(a.ok());
  a.mul(INT64_C(1) << 40, 1 << 21);
  EXPECT_FALSE(a.ok());
}

TEST(AffineNumbers, ADivisorOfTheSlopeKeepsTheForm) {
  Arith<Affine> a;
  EXPECT_EQ(a.div_floor({6, 5}, 3), Affine(2, 1));
  EXPECT_EQ(a.div_floor({6, -5}, 3), Affine(2, -2));
  EXPECT_TRUE(a.ok());
  a.div_floor({5, 0}, 3);
  EXPECT_FALSE(a.ok());
}

TEST(AffineNumbers, AProductOfTwoGrowingSizesIsNotOfTheForm) {
  Arith<Affine> a;
  EXPECT_EQ(a.mul({2, 3}, Affine(4)), Affine(8, 12));
  EXPECT_EQ(a.mul(Affine(4), {2, 3}), Affine(8, 12));
  EXPECT_TRUE(a.ok());
  a.mul({1, 0}, {1, 0});
  EXPECT_FALSE(a.ok());
}

// Every comparison must hold for all q from the threshold on, and the threshold must be the smallest.
TEST(AffineNumbers, ComparisonsHoldFromTheThresholdOnAndNotBefore) {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::int64_t> slope(-3, 3);
  std::uniform_int_distribution<std::int64_t> offset(-40, 40);
  for (int i = 0; i < 5000; ++i) {
    const Affine p{slope(random), offset(random)};
    const Affine q{slope(random), offset(random)};
    Arith<Affine> less;
    const bool below = less.less(p, q);
    for (std::int64_t n = less.threshold(); n < less.threshold() + 100; ++n)
      ASSERT_EQ(p.at(n) < q.at(n), below) << p.slope << "q+" << p.offset << " < " << q.slope << "q+" << q.offset << " at " << n;
    if (less.threshold() > 0) {
      const std::int64_t n = less.threshold() - 1;
      ASSERT_NE(p.at(n) < q.at(n), below) << "the threshold of " << p.slope << "q+" << p.offset << " is too high";
    }
    Arith<Affine> equal;
    const bool same = equal.equal(p, q);
    for (std::int64_t n = equal.threshold(); n < equal.threshold() + 100; ++n) ASSERT_EQ(p.at(n) == q.at(n), same);
  }
}

}  // namespace
}  // namespace shapedbg
