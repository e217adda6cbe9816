// Numbers said in the words of a program.
#include <gtest/gtest.h>

#include "code/wording.h"

namespace shapedbg {
namespace {

ConstructorCall::Place place(ConstructorCall::Says words, int own, ConstructorCall::Says texts = {}) {
  ConstructorCall::Place one;
  one.wide = true;
  one.words = std::move(words);
  one.own = own;
  one.texts = std::move(texts);
  return one;
}

TEST(Wording, TheNumberThatStandsThereFirst) {
  const auto one = place({{"dim", 64}}, 1, {{"2 * dim", 128}, {"4 * dim", 256}});
  EXPECT_EQ(in_words({{&one, 256}}), "4 * dim");
}

TEST(Wording, ANameThenTheNamesOfTheTextItself) {
  const auto one = place({{"c", 64}, {"dim", 32}, {"inner", 48}}, 1);
  EXPECT_EQ(in_words({{&one, 48}}), "inner");
  EXPECT_EQ(in_words({{&one, 128}}), "c * 2");
  EXPECT_EQ(in_words({{&one, 96}}), "c + dim");
  EXPECT_EQ(in_words({{&one, 63}}), "c - 1");
}

TEST(Wording, SaysItOfEveryLayer) {
  const auto first = place({{"growth", 16}, {"c", 32}, {"i", 1}}, 2);
  const auto second = place({{"growth", 16}, {"c", 32}, {"i", 2}}, 2);
  EXPECT_EQ(in_words({{&first, 48}, {&second, 64}}), "c + growth * i");
  EXPECT_EQ(in_words({{&first, 48}, {&second, 65}}), "");
}

// What stands there already, and one more: G0 + C * G of C * G, not three times something.
TEST(Wording, AProductThatStandsThereAndOneMore) {
  const auto one = place({{"C", 4}, {"G", 16}, {"G0", 32}, {"growth", 32}}, 2);
  EXPECT_EQ(in_words({{&one, 96}}), "G0 + C * G");
}

TEST(Wording, NoStrangeNamesForAnAxisOrAStride) {
  auto axis = place({{"dim", 96}, {"classes", 5}}, 0);
  axis.axis = true;
  EXPECT_EQ(in_words({{&axis, 480}}), "");
  auto stride = place({{"stride", 2}}, 0);
  stride.wide = false;
  EXPECT_EQ(in_words({{&stride, 2}}, "stride"), "stride");
  EXPECT_EQ(in_words({{&stride, 2}}, "padding"), "");
}

TEST(Wording, WhatAStrideLeavesOver) {
  auto four = place({{"s", 4}}, 0);
  auto five = place({{"s", 5}}, 0);
  four.wide = five.wide = false;
  EXPECT_EQ(in_words({{&four, 0}, {&five, 1}}, "output_padding"), "s % 2");
  EXPECT_EQ(in_words({{&five, 1}}, "output_padding"), "");
  auto one = place({{"s", 1}}, 0);
  auto two = place({{"s", 2}}, 0);
  one.wide = two.wide = false;
  EXPECT_EQ(in_words({{&two, 1}, {&one, 0}}, "output_padding"), "s - 1");
  EXPECT_EQ(in_words({{&two, 1}, {&four, 0}, {&one, 0}}, "output_padding"), "");
  EXPECT_EQ(in_words({{&one, 2}, {&two, 4}}, "scale_factor"), "2 ** s");
}

}  // namespace
}  // namespace shapedbg
