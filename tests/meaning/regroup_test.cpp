// AxisDigits against index tensors: through random chains of reshape and permute they give back every index.
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <vector>

#include "meaning/provenance.h"
#include "meaning/rational.h"

namespace shapedbg {
namespace {

using Sizes = std::vector<std::int64_t>;

// An index tensor: for every element its index into the first tensor, row-major.
struct Indexed {
  Sizes shape;
  std::vector<std::int64_t> elements;
};

std::int64_t product(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>{});
}

Sizes place_of(std::int64_t element, const Sizes& shape) {
  Sizes at(shape.size());
  for (std::size_t k = shape.size(); k-- > 0; element /= shape[k]) at[k] = element % shape[k];
  return at;
}

Indexed permuted(const Indexed& x, const std::vector<std::size_t>& dims) {
  Indexed y;
  for (const std::size_t d : dims) y.shape.push_back(x.shape[d]);
  for (std::int64_t e = 0; e < product(y.shape); ++e) {
    const Sizes at = place_of(e, y.shape);
    Sizes from(at.size());
    for (std::size_t k = 0; k < dims.size(); ++k) from[dims[k]] = at[k];
    std::int64_t index = 0;
    for (std::size_t k = 0; k < from.size(); ++k) index = index * x.shape[k] + from[k];
    y.elements.push_back(x.elements[static_cast<std::size_t>(index)]);
  }
  return y;
}

// What the digits say that element `e` of a tensor is, as an index into the first one.
std::int64_t told(const std::vector<AxisDigits>& axes, const Sizes& shape, const Sizes& first,
                  std::int64_t e) {
  const Sizes at = place_of(e, shape);
  Sizes from(first.size());
  for (std::size_t k = 0; k < axes.size(); ++k) {
    std::int64_t index = at[k];
    for (std::size_t d = axes[k].size(); d-- > 0; index /= axes[k][d].size)
      from[static_cast<std::size_t>(axes[k][d].atom)] += index % axes[k][d].size * axes[k][d].stride;
  }
  std::int64_t whole = 0;
  for (std::size_t k = 0; k < first.size(); ++k) whole = whole * first[k] + from[k];
  return whole;
}

// A random factorisation of n.
Sizes factors(std::int64_t n, std::mt19937& dice) {
  Sizes sizes;
  while (n > 1) {
    Sizes divisors;
    for (std::int64_t d = 2; d <= n; ++d)
      if (n % d == 0) divisors.push_back(d);
    const std::int64_t d = divisors[dice() % divisors.size()];
    sizes.push_back(d);
    n /= d;
    if (dice() % 5 == 0) sizes.push_back(1);
  }
  return sizes.empty() ? Sizes{1} : sizes;
}

TEST(Regroup, DigitsGiveBackEveryIndexThroughRandomChains) {
  std::mt19937 dice(20261128);
  int whole = 0;
  int torn = 0;
  for (int chain = 0; chain < 6000; ++chain) {
    Indexed x;
    std::vector<Atom> atoms;
    std::vector<AxisDigits> axes;
    for (std::size_t k = 0; k < 2 + dice() % 3; ++k) {
      x.shape.push_back(static_cast<std::int64_t>(1 + dice() % 12));
      atoms.push_back({.kind = AtomKind::position, .size = x.shape[k]});
      axes.push_back(x.shape[k] == 1 ? AxisDigits{} : AxisDigits{{static_cast<int>(k), 1, x.shape[k]}});
    }
    const Sizes first = x.shape;
    x.elements.resize(static_cast<std::size_t>(product(first)));
    std::iota(x.elements.begin(), x.elements.end(), 0);
    bool known = true;
    for (std::size_t step = 0; known && step < 1 + dice() % 5; ++step) {
      if (dice() % 2 == 0) {
        std::vector<std::size_t> dims(x.shape.size());
        std::iota(dims.begin(), dims.end(), std::size_t{0});
        std::shuffle(dims.begin(), dims.end(), dice);
        std::vector<AxisDigits> moved;
        for (const std::size_t d : dims) moved.push_back(axes[d]);
        x = permuted(x, dims);
        axes = moved;
        continue;
      }
      const Sizes to = factors(product(x.shape), dice);
      Regrouped result = regroup(axes, to, atoms);
      known = result.torn.empty();
      axes = std::move(result.axes);
      x.shape = to;
    }
    torn += known ? 0 : 1;
    if (!known) continue;
    ++whole;
    for (std::int64_t e = 0; e < product(x.shape); ++e)
      ASSERT_EQ(told(axes, x.shape, first, e), x.elements[static_cast<std::size_t>(e)]) << "chain " << chain;
  }
  EXPECT_GT(whole, 2000);
  EXPECT_GT(torn, 200);
}

TEST(Regroup, TearsReachToTheNextBoundaryThatBothSidesShare) {
  const std::vector<Atom> atoms{{.size = 4}, {.size = 6}, {.size = 5}};
  const Regrouped result = regroup({{{0, 1, 4}}, {{1, 1, 6}}, {{2, 1, 5}}}, {3, 8, 5}, atoms);
  ASSERT_EQ(result.torn.size(), 1U);
  EXPECT_EQ(result.torn[0].first_axis, 0U);
  EXPECT_EQ(result.torn[0].last_axis, 1U);
  EXPECT_EQ(result.torn[0].run.size(), 2U);
  ASSERT_EQ(result.axes[2].size(), 1U);
  EXPECT_EQ(result.axes[2][0].atom, 2);
}

TEST(Rational, IsExactAndSaysWhatItDoesNotKnow) {
  EXPECT_EQ(Rational(6, -4), Rational(-3, 2));
  EXPECT_EQ(Rational(1, 3) + Rational(1, 6), Rational(1, 2));
  EXPECT_TRUE(Rational(-1, 2) < 0);
  EXPECT_EQ(to_string(Rational(7, 2)), "7/2");
  Rational large = INT64_MAX;
  large = large * large;
  EXPECT_FALSE(large.known());
  EXPECT_FALSE((large - large).known());
  EXPECT_FALSE((Rational(1) / 0).known());
  EXPECT_FALSE(large < 1 || large > 1);
}

}  // namespace
}  // namespace shapedbg
