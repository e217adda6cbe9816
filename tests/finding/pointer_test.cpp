#include "finding/pointer.h"

#include <gtest/gtest.h>

namespace shapedbg {
namespace {

TEST(Pointer, AMemberIsWrittenBehindItsObject) {
  const Pointer layer("/layers/3");
  const Pointer option(layer, "kernel_size");
  EXPECT_EQ(option, "/layers/3/kernel_size");
  EXPECT_EQ(option, Pointer("/layers/3/kernel_size"));
  EXPECT_EQ(Pointer(option, "0"), "/layers/3/kernel_size/0");
  EXPECT_FALSE(option == layer);
  EXPECT_FALSE(option == Pointer(layer, "stride"));
}

TEST(Pointer, TheWholeFileHasNone) {
  EXPECT_TRUE(Pointer().empty());
  EXPECT_TRUE(Pointer("").empty());
  EXPECT_FALSE(Pointer(Pointer(), "input").empty());
  EXPECT_EQ(Pointer(Pointer(), "input"), "/input");
}

}  // namespace
}  // namespace shapedbg
