// Programs that were exported at one shape and hold its sizes as numbers.
#include "workspace/frozen_sizes.h"

#include <gtest/gtest.h>

#include "read/json/parse.h"

namespace shapedbg {
namespace {

std::optional<Finding> found(const std::string& input, const std::string& runs_at,
                             const std::string& layers) {
  const Parsed parsed = parse(Source("spec", R"({"input": {"x": )" + input + "}" + runs_at +
                                                 R"(, "layers": [{"type": "Conv2d", "out_channels": 4, )"
                                                 R"("kernel_size": 3, "padding": 1}, )" +
                                                 layers + "]}"));
  EXPECT_TRUE(parsed.usable);
  return frozen_sizes(parsed.spec);
}

const std::string kKnown = R"(, "runs_at": {"x": [1, 3, 8, 8]})";
const std::string kView = R"({"name": "view", "type": "Reshape", "shape": [1, 256]})";
const std::string kLinear = R"({"name": "head", "type": "Linear", "in_features": 256, "out_features": 10})";

TEST(FrozenSizes, AViewOfTheSizesOfTheExampleIsNamed) {
  const auto finding = found("[1, 3, 10, 8]", kKnown, kView + ", " + kLinear);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->code, Code::I606);
  EXPECT_EQ(
      finding->message,
      "the file is fixed to `x` = 1x3x8x8: its sizes stand in the program as numbers, and `view` takes no "
      "other");
}

TEST(FrozenSizes, LayersThatFollowAreNoMatterOfTheFile) {
  EXPECT_FALSE(found("[1, 3, 10, 8]", kKnown, R"({"type": "ReLU"})"));
  EXPECT_FALSE(found("[1, 3, 8, 8]", kKnown, kView));
  EXPECT_FALSE(found("[1, 3, 10, 8]", "", kView));
  // Nor what runs at no shape at all.
  EXPECT_FALSE(found("[1, 3, 10, 8]", kKnown, R"({"type": "Reshape", "shape": [1, 255]})"));
}

}  // namespace
}  // namespace shapedbg
