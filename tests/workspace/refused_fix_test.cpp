// Where the first fix cannot be written, as into a program that says it in forward, what takes its place.
#include <gtest/gtest.h>

#include "workspace/fixing.h"

namespace shapedbg {
namespace {

// One resolution too low for the sum: enlarged by 4 it fits, and so does a stride beside it, with a result of
// half the size.
constexpr const char* kNet = R"({"input": [1, 3, 64, 64], "layers": [
 {"name": "stem", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
 {"name": "d1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
 {"name": "d2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
 {"name": "high", "type": "Conv2d", "inputs": "stem", "out_channels": 8, "kernel_size": 3, "padding": 1},
 {"name": "up", "type": "Upsample", "inputs": "d2", "scale_factor": 2},
 {"name": "sum", "type": "Add", "inputs": ["high", "up"]}]})";

Fixed fixed(const std::function<std::string(const Spec&)>& refused) {
  FixOptions options;
  options.device = DeviceChoice::off;
  options.unsafe = true;
  options.refused = refused;
  return fix(Source("net.json", kNet), options, [] { return Opened{}; });
}

TEST(RefusedFix, WhatComesToAnotherResultTakesNoPlace) {
  const Fixed all = fixed({});
  ASSERT_EQ(all.applied.size(), 1u);
  ASSERT_FALSE(all.applied[0].fix.changes.empty());
  EXPECT_EQ(all.applied[0].fix.changes[0].layer, "up");
  EXPECT_EQ(all.applied[0].fix.verified.output, (Shape{1, 8, 64, 64}));
  // As of a program in which the resize is a call of forward.
  const Fixed none = fixed([](const Spec& changed) {
    const LayerSpec& up = changed.layer(*changed.find("up"));
    return up.has(Opt::size_like) || up.number(Opt::scale_factor) != 2.0 ? std::string("a call in forward")
                                                                         : std::string();
  });
  for (const AppliedFix& one : none.applied)
    EXPECT_EQ(one.fix.verified.output, (Shape{1, 8, 64, 64})) << one.fix.title;
}

// Of the same result there may be several.
TEST(RefusedFix, WhatComesToTheSameResultDoes) {
  const Fixed other = fixed([](const Spec& changed) {
    return changed.layer(*changed.find("up")).has(Opt::size_like) ? std::string("a call in forward")
                                                                  : std::string();
  });
  ASSERT_EQ(other.applied.size(), 1u);
  EXPECT_EQ(other.applied[0].fix.verified.output, (Shape{1, 8, 64, 64}));
}

// A pool that leaves the depth alone, and a layer that doubles it: another stride of the pool gives the same
// size, too.
TEST(RefusedFix, AnotherLayerThatGivesTheSameSizeDoesNot) {
  constexpr const char* net = R"({"input": [1, 1, 8, 32, 32], "layers": [
 {"name": "e1", "type": "Conv3d", "out_channels": 8, "kernel_size": 3, "padding": 1},
 {"name": "pool", "type": "MaxPool3d", "kernel_size": [1, 2, 2]},
 {"name": "e2", "type": "Conv3d", "out_channels": 8, "kernel_size": 3, "padding": 1},
 {"name": "up", "type": "Upsample", "scale_factor": 2},
 {"name": "cat", "type": "Concat", "inputs": ["e1", "up"]}]})";
  FixOptions options;
  options.device = DeviceChoice::off;
  options.unsafe = true;
  const auto with = [&](const std::function<std::string(const Spec&)>& refused) {
    options.refused = refused;
    return fix(Source("net.json", net), options, [] { return Opened{}; });
  };
  const Fixed all = with({});
  ASSERT_EQ(all.applied.size(), 1u);
  EXPECT_EQ(all.applied[0].fix.changes[0].layer, "up");
  const Fixed none = with([](const Spec& changed) {
    const LayerSpec& up = changed.layer(*changed.find("up"));
    return up.has(Opt::size_like) || up.number(Opt::scale_factor) != 2.0 ? std::string("cannot be written")
                                                                         : std::string();
  });
  EXPECT_TRUE(none.applied.empty()) << none.applied[0].fix.title;
}

}  // namespace
}  // namespace shapedbg
