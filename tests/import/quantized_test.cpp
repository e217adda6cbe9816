// Calls of quantised networks.
#include <gtest/gtest.h>

#include "import/recorded.h"

namespace shapedbg {
namespace {

using namespace recorded;

TEST(Quantized, ThereAndBackIsNoLayer) {
  const std::string numbers = R"(, 0.1, 0, -128, 127)";
  const Read read = recorded::read(run(1,
                                       tensor(0, "input", {1, 3, 8, 8}) +
                                           call("quantized_decomposed.quantize_per_tensor.default",
                                                R"({"t": 0})" + numbers, made(1, {1, 3, 8, 8}, "int8")) +
                                           call("quantized_decomposed.dequantize_per_tensor.default",
                                                R"({"t": 1})" + numbers, made(2, {1, 3, 8, 8})) +
                                           call("aten.relu.default", R"({"t": 2})", made(3, {1, 3, 8, 8})) +
                                           call("aten.fake_quantize_per_tensor_affine.default",
                                                R"({"t": 3})" + numbers, made(4, {1, 3, 8, 8})),
                                       4));
  ASSERT_EQ(read.spec.layers.size(), 1u) << read.text;
  EXPECT_EQ(read.count("ReLU"), 1u) << read.text;
}

TEST(Quantized, AnOperatorOfALibraryHasItsOwnName) {
  const Read read =
      recorded::read(run(1,
                         tensor(0, "input", {1, 3, 8, 8}) +
                             call("torchao.frobnicate.default", R"({"t": 0})", made(1, {1, 3, 8, 8})),
                         1));
  ASSERT_EQ(read.spec.layers.size(), 1u) << read.text;
  EXPECT_EQ(read.spec.layers[0].name, "frobnicate");
}

}  // namespace
}  // namespace shapedbg
