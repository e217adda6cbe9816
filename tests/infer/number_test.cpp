#include "size/form_arith.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <utility>
#include <vector>

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

// Asks `question` of x = 1 + d for all d from 0 on, and of plain numbers, and splits as it is told to.
template <class Question>
class Asked {
 public:
  explicit Asked(Question question) : question_(std::move(question)), size_(Form(1)) {
    size_ = arith_.add(size_, Form::of_digit(digits_.add(unbounded)));
    ask();
  }
  int answers() const { return answers_; }
  bool failed() const { return failed_; }

 private:
  void ask() {
    ASSERT_LT(++asked_, 10'000);
    arith_.reset();
    const Form x = arith_.resolved(size_);
    const Form result = question_(arith_, x);
    if (arith_.failed()) {
      failed_ = true;
      return;
    }
    if (!arith_.ok()) {
      const Split split = *arith_.split();
      for (const DigitBlock& block : split.blocks) {
        digits_.narrow(split.digit, block);
        ask();
        digits_.undo();
      }
      return;
    }
    ++answers_;
    compare(x, arith_.resolved(result));
  }

  // Digits at their ends and between.
  void compare(const Form& x, const Form& result) {
    for (const std::int64_t part : {0, 1, 2, 3}) {
      const std::function<std::int64_t(int)> value_of = [&](int digit) {
        if (const Remainder* remainder = digits_.remainder(digit))
          return floor_mod(remainder->of.value(value_of).value(), remainder->modulus) / remainder->divisor;
        if (digits_.split(digit)) {
          const int low = digits_.low(digit);
          return digits_.offset(digit) + digits_.factor(digit) * value_of(digits_.high(digit)) +
                 (low == 0 ? 0 : value_of(low));
        }
        const std::int64_t last = std::min<std::int64_t>(digits_.count(digit), 1000) - 1;
        return part == 3 ? last : std::min<std::int64_t>(part, last);
      };
      const auto value = [&](const Form& form) { return form.value(value_of).value(); };
      Arith<std::int64_t> plain;
      ASSERT_EQ(value(result), question_(plain, value(x))) << "at " << value(x);
    }
  }

  Question question_;
  Digits digits_;
  Arith<Form> arith_{digits_};
  Form size_;
  int asked_ = 0;
  int answers_ = 0;
  bool failed_ = false;
};

TEST(Forms, AChainOfHalvingsIsOneClass) {
  const Asked asked([](auto& a, auto x) {
    for (int i = 0; i < 40; ++i) x = a.div_floor(a.add(x, decltype(x)(1)), 2);
    return x;
  });
  EXPECT_EQ(asked.answers(), 1);
}

TEST(Forms, ClassesArePartedOnlyWhereAnAnswerDiffers) {
  // Even or odd, 20 times over: the first odd level decides.
  const Asked asked([](auto& a, auto x) {
    std::int64_t depth = 0;
    for (; depth < 20 && a.divisible(x, 2); ++depth) x = a.div_floor(x, 2);
    return decltype(x)(depth);
  });
  EXPECT_GE(asked.answers(), 21);
  EXPECT_LE(asked.answers(), 3 * 21);
}

TEST(Forms, DivisionsByCoprimeNumbersPartNothingWhereNoAnswerDependsOnThem) {
  const Asked asked([](auto& a, auto x) {
    using N = decltype(x);
    N sum(0);
    for (const std::int64_t s : {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37}) {
      const N kept = a.mul(a.div_floor(a.add(x, N(100)), s), N(s));
      if (!a.less(x, kept)) sum = a.add(sum, N(1));
      sum = a.add(sum, a.div_floor(a.add(kept, N(7)), 2));
    }
    return sum;
  });
  EXPECT_LE(asked.answers(), 12) << "one for all but some small sizes";
}

TEST(Forms, CoprimeDivisionsArePartedOneAfterTheOtherWhereTheyMeet) {
  // x rounded down to multiples of each: equal where x is a multiple of all, or little more.
  const Asked asked([](auto& a, auto x) {
    using N = decltype(x);
    std::int64_t met = 0;
    for (const std::int64_t s : {3, 5, 7, 11, 13, 17, 19, 23, 29, 31}) {
      if (!a.equal(a.mul(a.div_floor(x, 2), N(2)), a.mul(a.div_floor(x, s), N(s)))) break;
      ++met;
    }
    return N(met);
  });
  EXPECT_GE(asked.answers(), 11);
  EXPECT_LT(asked.answers(), 400);
}

TEST(Forms, AProductMeetsAConstantAtOneSizeOnly) {
  const Asked asked([](auto& a, auto x) {
    return decltype(x)(a.equal(a.mul(a.mul(x, x), decltype(x)(512)), decltype(x)(25'088)) ? 1 : 0);
  });
  EXPECT_FALSE(asked.failed());
  EXPECT_LT(asked.answers(), 40);
}

TEST(Forms, ProductsAreDividedByTheirFactors) {
  const Asked asked([](auto& a, auto x) {
    decltype(x) result(0);
    const auto next = a.add(x, decltype(x)(3));
    EXPECT_TRUE(a.quotient(a.mul(a.mul(x, next), decltype(x)(6)), a.mul(next, decltype(x)(2)), result));
    return result;
  });
  EXPECT_EQ(asked.answers(), 1);
}

TEST(Forms, ARoundedScaleIsExactAtEverySize) {
  for (const double scale : {0.1, 1.1, 0.3, 1.0 / 3, 800.0 / 199, 2.5, 0.7}) {
    const Asked asked([&](auto& a, const auto& x) { return a.scale(x, scale); });
    EXPECT_FALSE(asked.failed()) << scale;
  }
  EXPECT_TRUE(Asked([](auto& a, const auto& x) { return a.scale(x, 1.4142135623730951); }).failed());
}

TEST(Forms, RandomQuestionsAreAnsweredAsForPlainNumbers) {
  std::mt19937 random(7);
  const auto from = [&](std::int64_t first, std::int64_t last) {
    return std::uniform_int_distribution<std::int64_t>(first, last)(random);
  };
  for (int i = 0; i < 2000; ++i) {
    struct Step {
      std::int64_t kind, number;
    };
    std::vector<Step> steps(static_cast<std::size_t>(from(1, 8)));
    for (Step& step : steps) step = {from(0, 6), from(1, 6)};
    const Asked asked([steps](auto& a, auto x) {
      using N = decltype(x);
      N y = x;
      for (const auto& [kind, number] : steps) {
        switch (kind) {
          case 0:
            y = a.add(y, N(number));
            break;
          case 1:
            y = a.mul(y, N(number));
            break;
          case 2:
            y = a.div_floor(a.sub(y, N(number)), number);
            break;
          case 3:
            y = a.less(y, N(7 * number)) ? a.add(y, x) : a.sub(y, N(2));
            break;
          case 4:
            y = a.equal(y, x) ? N(number) : y;
            break;
          case 5:
            y = a.divisible(y, number) ? a.add(y, N(1)) : y;
            break;
          default:
            y = a.add(a.div_floor(x, number), y);
            break;
        }
      }
      return y;
    });
    ASSERT_FALSE(asked.failed());
  }
}

}  // namespace
}  // namespace shapedbg
