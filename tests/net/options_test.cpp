// Copies of a network share the options of their layers, and never see each other's changes.
#include <gtest/gtest.h>

#include "net/move.h"
#include "net/spec.h"

namespace shapedbg {
namespace {

TEST(Options, ACopyIsChangedByItself) {
  LayerSpec layer;
  layer.kind = LayerKind::Conv1d;
  for (const OptionInfo& info : layer.info().options)
    layer.options.edit().push_back({&info, info.fallback, false, {}});
  layer.set(Opt::stride, Value{std::int64_t{2}});
  LayerSpec copy = layer;
  EXPECT_EQ(&layer.options[0], &copy.options[0]) << "nothing is copied yet";
  copy.set(Opt::stride, Value{std::int64_t{3}});
  EXPECT_EQ(layer.axes(Opt::stride)[0], 2);
  EXPECT_EQ(copy.axes(Opt::stride)[0], 3);
  layer = copy;
  EXPECT_EQ(layer.axes(Opt::stride)[0], 3);
  layer.set(Opt::stride, Value{std::int64_t{4}});
  EXPECT_EQ(copy.axes(Opt::stride)[0], 3);
  EXPECT_EQ(LayerSpec{}.options.size(), 0u);
  EXPECT_TRUE(LayerSpec{}.options.empty());
}

// In a Reshape -1 is what is left, and there is one; in an Expand it keeps an axis, and there may be many.
TEST(Options, HowOftenASizeMayBeOpen) {
  const auto takes = [](LayerKind kind, Opt opt, const std::vector<std::int64_t>& sizes) {
    for (const OptionInfo& option : info(kind).options)
      if (option.opt == opt) return written_value(info(kind), option, Value{sizes}).has_value();
    return false;
  };
  EXPECT_TRUE(takes(LayerKind::Reshape, Opt::shape, {-1, 4}));
  EXPECT_FALSE(takes(LayerKind::Reshape, Opt::shape, {-1, -1, 4}));
  EXPECT_FALSE(takes(LayerKind::Unflatten, Opt::unflattened_size, {-1, -1}));
  EXPECT_TRUE(takes(LayerKind::Expand, Opt::size, {-1, -1, 1, -1}));
}

}  // namespace
}  // namespace shapedbg
