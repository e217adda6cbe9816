#include <gtest/gtest.h>

#include <random>

#include "rules/rules.h"

namespace shapedbg {
namespace {

TEST(Windows, AStrideOfTwoMapsTwoSizesToOne) {
  const Window down{.k = 3, .s = 2, .before = 1, .after = 1};
  EXPECT_EQ(window_output(down, 23), 12);
  EXPECT_EQ(window_output(down, 24), 12);
  EXPECT_EQ(window_output(down, 25), 13);
  EXPECT_EQ(window_inputs(down, 12), (SizeRange{23, 24}));
}

TEST(Windows, ATransposedLayerReturnsTheSmallestOfThem) {
  Window up{.k = 3, .s = 2, .before = 1, .after = 1};
  EXPECT_EQ(transposed_output(up, 12), 23);
  EXPECT_EQ(transposed_reach(up, 12), (SizeRange{23, 24}));
  up.output_padding = 1;
  EXPECT_EQ(transposed_output(up, 12), 24);
}

TEST(Windows, DilationWidensTheReachBeyondTheStride) {
  const Window up{.k = 3, .s = 2, .before = 0, .after = 0, .d = 3};
  EXPECT_EQ(transposed_output(up, 5), 15);
  EXPECT_EQ(transposed_reach(up, 5), (SizeRange{15, 17}));
}

TEST(Windows, CeilModeDropsTheWindowThatWouldStartInTheRightPadding) {
  EXPECT_EQ(window_output({.k = 3, .s = 2, .before = 1, .after = 1, .ceil_mode = true}, 64), 33);
  EXPECT_EQ(window_output({.k = 3, .s = 2, .before = 1, .after = 1, .ceil_mode = false}, 64), 32);
  EXPECT_EQ(window_output({.k = 2, .s = 3, .before = 1, .after = 1, .ceil_mode = true}, 4), 2);
}

TEST(Windows, TheLastPooledPlaceStaysInsideTheMap) {
  EXPECT_EQ(last_pooled({.k = 2, .s = 2}, 33), 31);
  EXPECT_EQ(last_pooled({.k = 3, .s = 2, .before = 1, .after = 1}, 8), 7);
  EXPECT_EQ(last_pooled({.k = 2, .s = 2, .ceil_mode = true}, 33), 32);
}

TEST(Windows, TheInverseHoldsExactlyTheSizesThatGiveN) {
  std::mt19937 random(11);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int i = 0; i < 2000; ++i) {
    Window w{.k = pick(1, 7), .s = pick(1, 5), .d = pick(1, 3), .ceil_mode = pick(0, 1) == 1};
    w.before = w.after = pick(0, (w.d * (w.k - 1) + 1) / 2);
    const std::int64_t n = pick(1, 12);
    const SizeRange range = window_inputs(w, n);
    for (std::int64_t x = 1; x < 90; ++x) {
      const bool inside = !range.empty() && x >= range.first && x <= range.last;
      ASSERT_EQ(window_output(w, x) == n, inside) << "k" << w.k << " s" << w.s << " p" << w.before << " d"
                                                  << w.d << " ceil" << w.ceil_mode << " x" << x << " n" << n;
    }
  }
}

// The algebra that repairs rest on: with equal strides and net kernels one output_padding exists for
// every size, and it is (L + 2p - d(k-1) - 1) mod s.
TEST(Windows, EqualNetKernelsLetOutputPaddingGiveBackEverySize) {
  std::mt19937 random(13);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int i = 0; i < 3000; ++i) {
    const Window down{.k = pick(1, 7), .s = pick(1, 6), .before = 0, .after = 0, .d = pick(1, 2)};
    Window up = down;
    const std::int64_t size = pick(down.net_kernel(), 200);
    up.output_padding = floor_mod(size - down.net_kernel(), down.s);
    ASSERT_EQ(transposed_output(up, window_output(down, size)), size);
  }
}

}  // namespace
}  // namespace shapedbg
