// Free sizes without a stated `min`: the smallest that the layers take is the one that is run.
#include "infer/smallest.h"

#include <gtest/gtest.h>

#include <string>

#include "infer/infer.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

Spec settled(const std::string& bytes) {
  Parsed parsed = parse(Source("f", bytes));
  EXPECT_TRUE(parsed.usable) << bytes;
  take_smallest_sizes(parsed.spec);
  return std::move(parsed.spec);
}

Shape smallest(const std::string& bytes) { return settled(bytes).inputs[0].shape; }

const std::string halved =
    R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},)";
const std::string doubled =
    R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1})";

TEST(Smallest, IsTheFirstThatIsRight) {
  const std::string layers = "\"expect\": \"input\", \"layers\": [" + halved + halved + halved + doubled +
                             "," + doubled + "," + doubled + "]}";
  EXPECT_EQ(smallest(R"({"input": [1, 4, "H", "W"], "sizes": {"H": {}, "W": {}}, )" + layers),
            (Shape{1, 4, 8, 8}));
  EXPECT_EQ(smallest(R"({"input": [1, 4, "H", "W"], "sizes": {"H": {"min": 64}, "W": {}}, )" + layers),
            (Shape{1, 4, 64, 8}));
  EXPECT_EQ(smallest(R"({"input": [1, 4, "H", "W"], "sizes": {"H": {"multiple_of": 6}, "W": {}}, )" + layers),
            (Shape{1, 4, 24, 8}));
  EXPECT_EQ(smallest(R"({"input": [1, 4, "S", "S"], "sizes": {"S": {}}, )" + layers), (Shape{1, 4, 8, 8}));
}

TEST(Smallest, ElseTheFirstThatRuns) {
  EXPECT_EQ(smallest(R"({"input": [1, 4, "W"], "sizes": {"W": {}}, "expect": [1, 4, 3], "layers": [
    {"type": "Conv1d", "out_channels": 8, "kernel_size": 7}]})"),
            (Shape{1, 4, 7}));
  // Never: it stays as declared.
  EXPECT_EQ(smallest(R"({"input": [1, 4, "W"], "sizes": {"W": {"max": 5}}, "layers": [
    {"type": "Conv1d", "out_channels": 8, "kernel_size": 7}]})"),
            (Shape{1, 4, 1}));
  EXPECT_EQ(smallest(R"({"input": [1, 4, "W"], "sizes": {"W": {"multiple_of": 4}}, "layers": [
    {"type": "Conv1d", "in_channels": 3, "out_channels": 8, "kernel_size": 7}]})"),
            (Shape{1, 4, 4}));
}

TEST(Smallest, SizesThatHaveToDiffer) {
  EXPECT_EQ(smallest(R"({"input": [1, 1, "H", "W"], "sizes": {"H": {}, "W": {}}, "layers": [
    {"type": "Flatten", "start_dim": 2}, {"type": "Linear", "in_features": 35, "out_features": 2}]})"),
            (Shape{1, 1, 1, 35}));
  EXPECT_EQ(smallest(R"({"input": [1, 1, "H", "W"], "sizes": {"H": {}, "W": {}}, "layers": [
    {"type": "Conv2d", "out_channels": 2, "kernel_size": [5, 9]}]})"),
            (Shape{1, 1, 5, 9}));
}

TEST(Smallest, SeveralInputsAndStatedSizes) {
  const Spec spec = settled(R"({"input": {"a": [1, 4, "W"], "b": [1, 4, "W"], "c": [1, "N"]},
    "sizes": {"W": {}, "N": {"min": 3}}, "layers": [
    {"name": "m", "type": "MaxPool1d", "kernel_size": 4, "inputs": "a"},
    {"type": "Concat", "inputs": ["a", "b"]}]})");
  EXPECT_EQ(spec.inputs[0].shape, (Shape{1, 4, 4}));
  EXPECT_EQ(spec.inputs[1].shape, (Shape{1, 4, 4}));
  EXPECT_EQ(spec.inputs[2].shape, (Shape{1, 3}));
  EXPECT_EQ(spec.free_sizes[0].min, 4);
  EXPECT_FALSE(spec.free_sizes[0].min_stated);
  EXPECT_TRUE(spec.free_sizes[1].min_stated);

  Parsed again = parse(Source("f", R"({"input": [1, 4, "W"], "sizes": {"W": {"multiple_of": 3}}, "layers": [
    {"type": "ReLU"}]})"));
  Spec like = again.spec;
  like.free_sizes[0].min = 8;
  take_sizes_of(again.spec, like);
  EXPECT_EQ(again.spec.inputs[0].shape, (Shape{1, 4, 9}));
}

// A repair that gives the input another axis moves the free sizes with it: the shape of before has no such
// place.
TEST(Smallest, AnInputOfOtherAxesKeepsItsOwnShape) {
  const char* rest = R"(, "sizes": {"H": {"min": 16}, "W": {"min": 20}}, "layers": [{"type": "ReLU"}]})";
  const Spec before = settled(std::string(R"({"input": [1, "H", "W"])") + rest);
  Spec longer = settled(std::string(R"({"input": [1, 1, "H", "W"])") + rest);
  take_shape_of(longer, before);
  EXPECT_EQ(longer.inputs[0].shape, (Shape{1, 1, 16, 20}));
  Spec same = before;
  same.inputs[0].shape = {1, 7, 9};
  take_shape_of(same, before);
  EXPECT_EQ(same.inputs[0].shape, (Shape{1, 16, 20}));
}

// A network of a hundred thousand layers must not be looked at for minutes.
TEST(Smallest, GivesUpInLargeNetworks) {
  std::string layers;
  for (int i = 0; i < 20'000; ++i) layers += "{\"type\": \"ReLU\"},";
  const std::string bytes = R"({"input": [1, 4, "W"], "sizes": {"W": {}}, "layers": [)" + layers +
                            R"({"type": "MaxPool1d", "kernel_size": 1000}]})";
  EXPECT_EQ(smallest(bytes), (Shape{1, 4, 1}));
}

}  // namespace
}  // namespace shapedbg
