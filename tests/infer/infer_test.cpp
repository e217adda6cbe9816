#include "infer/infer.h"
#include "infer/outputs.h"
#include "read/json/parse.h"

#include <gtest/gtest.h>

namespace shapedbg {
namespace {

Spec network(const std::string& input, const std::string& layers) {
  Parsed parsed = parse(Source("net.json", R"({"input": )" + input + R"(, "layers": [)" + layers + "]}"));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  return std::move(parsed.spec);
}

std::string result(const std::string& input, const std::string& layers) {
  const Spec spec = network(input, layers);
  const Trace trace = infer(spec);
  for (const LayerTrace& row : trace.layers)
    if (!row.refusals.empty())
      return std::string(info(row.refusals[0].code).id) + " " + row.refusals[0].message;
  const Shape* shape = trace.result(spec);
  return shape == nullptr ? "unknown" : bracketed(*shape);
}

Cost cost(const std::string& input, const std::string& layer) {
  const Spec spec = network(input, layer);
  return cost_of(spec.layers[0], infer(spec).layers[0]);
}

TEST(Infer, ChannelsAndFeaturesAreInferredAndChecked) {
  EXPECT_EQ(result("[1, 3, 8, 8]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3})"),
            "[1, 4, 6, 6]");
  EXPECT_EQ(
      result("[1, 3, 8, 8]",
             R"({"name": "c", "type": "Conv2d", "in_channels": 5, "out_channels": 4, "kernel_size": 3})"),
      "L203 `c` gets 3 channels, its in_channels is 5");
  EXPECT_EQ(result("[2, 7]", R"({"name": "fc", "type": "Linear", "in_features": 8, "out_features": 3})"),
            "L209 `fc` gets 7 features, its in_features is 8");
}

TEST(Infer, OfVeryManyPartsTheFirstAreLookedAtAndAllAreCounted) {
  const Spec spec =
      network("[1, 5376]", R"({"type": "Unbind", "dim": -1}, {"type": "Split", "inputs": ["input"],
              "split_size_or_sections": 1, "dim": 1}, {"type": "Split", "inputs": ["input"],
              "split_size_or_sections": 5, "dim": 1})");
  const Trace trace = infer(spec);
  EXPECT_EQ(trace.layers[0].outputs.size(), 4096u);
  EXPECT_EQ(outputs_in_all(spec.layers[0], trace.layers[0]), 5376);
  EXPECT_EQ(outputs_in_all(spec.layers[1], trace.layers[1]), 5376);
  EXPECT_EQ(outputs_in_all(spec.layers[2], trace.layers[2]), 1076);
}

TEST(Infer, UnbatchedInputIsToldByItsRank) {
  EXPECT_EQ(result("[3, 8, 8]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3})"), "[4, 6, 6]");
  EXPECT_EQ(result("[8, 8]", R"({"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3})"),
            "L204 `c` (Conv2d) takes N,C,H,W or C,H,W and gets 2 axes: [8, 8]");
}

TEST(Infer, RefusalsSayTheNumbers) {
  EXPECT_EQ(result("[1, 1, 2, 2]",
                   R"({"name": "c", "type": "Conv2d", "out_channels": 1, "kernel_size": 4, "padding": 0})"),
            "L205 the kernel of `c` covers 4 along the height, the map has only 2");
  EXPECT_EQ(
      result(
          "[1, 1, 4, 4]",
          R"({"name": "u", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "output_padding": 1})"),
      "L201 output_padding 1 of `u` must be smaller than stride 1 or dilation 1");
  EXPECT_EQ(result("[1, 6, 4, 4]",
                   R"({"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "groups": 4})"),
            "L202 the 6 input channels of `c` are not divisible by groups 4");
  EXPECT_EQ(
      result(
          "[1, 1, 1]",
          R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 2, "padding": 1})"),
      "L206 `u` would return a length of 0 from 1");
}

TEST(Infer, MergesNameTheAxisAndItsSizes) {
  const std::string branches =
      R"({"name": "a", "type": "MaxPool2d", "kernel_size": 2}, {"name": "u", "type": "Upsample", "scale_factor": 2},)";
  EXPECT_EQ(
      result("[1, 1, 5, 4]", branches + R"({"name": "cat", "type": "Concat", "inputs": ["input", "u"]})"),
      "L208 the inputs of `cat` differ at axis 2: 5 and 4");
  EXPECT_EQ(
      result("[1, 1, 4, 4]", branches + R"({"name": "cat", "type": "Concat", "inputs": ["input", "u"]})"),
      "[1, 2, 4, 4]");
}

TEST(Infer, BehindAMismatchTheLargerSizeGoesOn) {
  const Spec spec = network("[1, 1, 5, 5]", R"({"name": "a", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "u", "type": "Upsample", "scale_factor": 2},
      {"name": "sum", "type": "Add", "inputs": ["input", "u"]}, {"type": "ReLU"})");
  const Trace trace = infer(spec);
  EXPECT_EQ(*trace.result(spec), (Shape{1, 1, 5, 5}));
  EXPECT_FALSE(trace.layers[2].after_failure);
  EXPECT_TRUE(trace.layers[3].after_failure);
}

TEST(Infer, ReshapesFillTheOpenSize) {
  EXPECT_EQ(result("[4, 2, 3, 3]", R"({"type": "Reshape", "shape": ["in[0]", -1]})"), "[4, 18]");
  EXPECT_EQ(result("[4, 18]", R"({"type": "Unflatten", "dim": 1, "unflattened_size": [2, 3, -1]})"),
            "[4, 2, 3, 3]");
  EXPECT_EQ(result("[4, 18]", R"({"name": "r", "type": "Reshape", "shape": [5, -1]})"),
            "L211 `r` cannot make [5, -1] of [4, 18]: 4*18 = 72 is not divisible by 5");
  // What both share, in front and behind, is not what does not fit.
  EXPECT_EQ(result("[1, 64, 64, 96]", R"({"name": "r", "type": "Reshape", "shape": [1, 9, 7, 9, 7, 96]})"),
            "L211 `r` cannot make [1, 9, 7, 9, 7, 96] of [1, 64, 64, 96]: 9*7*9*7 = 3969, not 64*64 = 4096");
  EXPECT_EQ(
      result("[4, 18]", R"({"name": "r", "type": "Unflatten", "dim": 1, "unflattened_size": [2, 3, 4]})"),
      "L211 `r` cannot make [2, 3, 4] of axis 1 of [4, 18]: 2*3*4 = 24, not 18");
}

TEST(Infer, ASizeThatIsAskedForMustBeWithinReach) {
  EXPECT_EQ(
      result(
          "[1, 1, 12]",
          R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1, "output_size": [24]})"),
      "[1, 1, 24]");
  EXPECT_EQ(
      result(
          "[1, 1, 12]",
          R"({"name": "u", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1, "output_size": [25]})"),
      "L213 `u` is asked for a length of 25, from 12 it can return 23 to 24");
}

TEST(Infer, ScaleFactorsAreTakenInDoubleArithmetic) {
  EXPECT_EQ(result("[1, 1, 199]", R"({"type": "Upsample", "scale_factor": 4.02010050251256281407})"),
            "[1, 1, 799]");
  EXPECT_EQ(result("[1, 1, 5]", R"({"type": "Upsample", "scale_factor": 0.5})"), "[1, 1, 2]");
}

TEST(Infer, AChunkCanReturnFewerPartsThanAsked) {
  EXPECT_EQ(
      result(
          "[1, 4, 2]",
          R"({"name": "c", "type": "Chunk", "chunks": 3, "dim": 1}, {"name": "r", "type": "ReLU", "inputs": "c:2"})"),
      "L212 `r` takes output 2 of `c`, which returns only 2: it splits axis 1 of [1, 4, 2]");
}

TEST(Cost, ConvolutionsCountOutputPositionsTransposedOnesInputPositions) {
  const Cost down =
      cost("[1, 128, 24, 24]",
           R"({"type": "Conv2d", "out_channels": 256, "kernel_size": 3, "stride": 2, "padding": 1})");
  EXPECT_EQ(down.params, 295168);
  EXPECT_EQ(down.mult_adds, 42467328);
  const Cost up = cost(
      "[1, 256, 12, 12]",
      R"({"type": "ConvTranspose2d", "out_channels": 128, "kernel_size": 3, "stride": 2, "padding": 1})");
  EXPECT_EQ(up.params, 295040);
  EXPECT_EQ(up.mult_adds, 42467328);
}

TEST(Cost, GroupsAndBiasAndNorms) {
  EXPECT_EQ(cost("[1, 8, 4]",
                 R"({"type": "Conv1d", "out_channels": 8, "kernel_size": 3, "groups": 4, "bias": false})")
                .params,
            48);
  EXPECT_EQ(cost("[1, 8, 4]", R"({"type": "BatchNorm1d"})").params, 16);
  EXPECT_EQ(cost("[1, 8, 4]", R"({"type": "InstanceNorm1d"})").params, 0);
  EXPECT_EQ(cost("[2, 8]", R"({"type": "Linear", "out_features": 3})").params, 27);
  EXPECT_EQ(cost("[2, 8]", R"({"type": "Linear", "out_features": 3})").mult_adds, 48);
}

TEST(Expectations, AScaleAsksForSpatialSizesAlone) {
  Spec spec = network("[2, 3, 8, 9]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 1})");
  Expect expect;
  expect.kind = Expect::Kind::scale;
  expect.scale = {4};
  EXPECT_EQ(expected_shape(spec, expect), (Shape{2, Expect::any_size, 32, 36}));
  EXPECT_TRUE(meets({2, 7, 32, 36}, expected_shape(spec, expect)));
  EXPECT_FALSE(meets({1, 7, 32, 36}, expected_shape(spec, expect)));
  EXPECT_FALSE(meets({2, 7, 32}, expected_shape(spec, expect)));
  expect.scale = {2, 0.5};
  EXPECT_EQ(expected_shape(spec, expect), (Shape{2, Expect::any_size, 16, 4}));
}

}  // namespace
}  // namespace shapedbg
