// What tells a layer from other whole numbers: nothing turns into one, or one into something, unless it is
// said.
#include "net/ids.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "net/spec.h"

namespace shapedbg {
namespace {

template <class A, class B>
constexpr bool apart = !std::is_convertible_v<A, B> && !std::is_convertible_v<B, A>;
static_assert(apart<LayerId, int>);
static_assert(apart<LayerId, std::size_t>);
static_assert(apart<LayerId, std::int64_t>);
static_assert(apart<LayerId, bool>);
static_assert(!std::is_constructible_v<LayerId, bool>);
static_assert(!std::is_constructible_v<int, LayerId>);
static_assert(!std::is_constructible_v<std::size_t, LayerId>);

template <class A, class B>
concept Compared = requires(A a, B b) {
  a == b;
};
static_assert(Compared<LayerId, LayerId>);
static_assert(!Compared<LayerId, int>);
static_assert(!Compared<LayerId, std::size_t>);

static_assert(sizeof(LayerId) == sizeof(int));
static_assert(sizeof(Ref) == 2 * sizeof(int));
static_assert(sizeof(PerLayer<int>) == sizeof(std::vector<int>));
static_assert(std::is_trivially_copyable_v<LayerId> && std::is_trivially_copyable_v<Ref>);

TEST(LayerId, IsNoneUntilItIsSaid) {
  EXPECT_TRUE(LayerId().is_none());
  EXPECT_FALSE(LayerId(0).is_none());
  EXPECT_TRUE((LayerId(0) - 1).is_none());
}

TEST(LayerId, CountsInRunningOrder) {
  LayerId id(3);
  EXPECT_EQ(++id, LayerId(4));
  EXPECT_EQ(id - LayerId(1), 3);
  EXPECT_LT(id - 1, id);
  EXPECT_EQ(id.place(), 4u);
  EXPECT_EQ(std::unordered_set<LayerId>({LayerId(1), LayerId(1), LayerId(2)}).size(), 2u);
}

TEST(PerLayer, IsReadByLayer) {
  PerLayer<int> depth(3, 7);
  depth[LayerId(1)] = 8;
  EXPECT_EQ(depth, (std::vector<int>{7, 8, 7}));
  EXPECT_EQ(depth.last_id(), LayerId(2));
  EXPECT_TRUE(depth.has(LayerId(2)));
  EXPECT_FALSE(depth.has(depth.end_id()));
  EXPECT_FALSE(depth.has(LayerId()));
  int sum = 0;
  for (const LayerId id : ids(depth)) sum += depth[id] * (id.number() + 1);
  EXPECT_EQ(sum, 7 + 16 + 21);
  EXPECT_TRUE(PerLayer<int>().last_id().is_none());
}

TEST(Ref, IsAnInputOrWhatALayerReturns) {
  const Ref second = Ref::of_input(1);
  EXPECT_TRUE(second.is_input());
  EXPECT_EQ(second.input(), 1u);
  EXPECT_FALSE((Ref{LayerId(0), 0}).is_input());
}

}  // namespace
}  // namespace shapedbg
