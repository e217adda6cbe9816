// Layers alike are proven once: what a partition says is what every size comes to all the same.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "infer/sizes.h"
#include "read/json/parse.h"

namespace shapedbg::twins_test {
namespace {

Spec twins_of(const std::string& layers) {
  Parsed parsed =
      parse(Source("f", R"({"input": [1, 4, 30, 40], "expect": "input", "layers": [)" + layers + "]}"));
  EXPECT_TRUE(parsed.usable && parsed.findings.empty()) << layers;
  return std::move(parsed.spec);
}

void expect_every_size(const Spec& spec) {
  const PartitionBasis basis(spec);
  for (const int axis : {2, 3}) {
    const std::vector<FreeAxis> axes{{0, axis}};
    const SizeMap map = size_map(spec, {axes}, {}, 20'000, &basis);
    EXPECT_EQ(map, size_map(spec, {axes}, {}, 20'000));
    for (std::int64_t n = 1; n <= 100; ++n)
      EXPECT_EQ(map.verdict(n), evaluated(spec, axes, {}, n)) << "axis " << axis << ", size " << n;
  }
}

const std::string kept = R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},)";
const std::string halved =
    R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},)";
const std::string thirds = R"({"type": "MaxPool2d", "kernel_size": 3},)";
const std::string act = R"({"type": "ReLU"},)";
const std::string doubled =
    R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1})";

TEST(Twins, ThatGetTheSame) {
  expect_every_size(twins_of(kept + act + kept + act + kept + act + R"({"type": "Identity"})"));
  expect_every_size(twins_of(kept + halved + act + kept + act + kept + act + doubled));
}

TEST(Twins, ThatGetWhatIsHalfAsLarge) {
  expect_every_size(
      twins_of(kept + halved + kept + halved + kept + halved + doubled + "," + doubled + "," + doubled));
  expect_every_size(
      twins_of(thirds + halved + thirds + halved + kept + R"({"type": "Upsample", "scale_factor": 36})"));
}

TEST(Twins, ThatReadOneTensor) {
  expect_every_size(twins_of(
      R"({"name": "a", "type": "MaxPool2d", "kernel_size": 2, "inputs": "input"},
         {"name": "b", "type": "MaxPool2d", "kernel_size": 2, "inputs": "input"},
         {"name": "c", "type": "MaxPool2d", "kernel_size": 2, "inputs": "b"},
         {"name": "d", "type": "Upsample", "scale_factor": 2, "inputs": "c"},
         {"name": "e", "type": "Add", "inputs": ["a", "d"]},
         {"name": "f", "type": "Add", "inputs": ["b", "d"]},
         {"name": "g", "type": "Upsample", "scale_factor": 2, "inputs": "e"},
         {"name": "h", "type": "Upsample", "scale_factor": 2, "inputs": "f"},
         {"type": "Add", "inputs": ["g", "h"]})"));
}

}  // namespace
}  // namespace shapedbg::twins_test
