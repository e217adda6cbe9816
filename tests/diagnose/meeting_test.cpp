// Where two ways meet, whether they ever fit, and whom that puts at fault.
#include "flow/meeting.h"
#include "flow/telling_inputs.h"
#include "read/json/parse.h"

#include <gtest/gtest.h>

namespace shapedbg::meeting_test {
namespace {

Spec network(const std::string& layers, const char* expect = "null", int size = 64) {
  Parsed parsed = parse(Source("net.json", "{\"input\": [1, 4, " + std::to_string(size) + "], \"layers\": [" +
                                               layers + "], \"expect\": " + expect + "}"));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  return std::move(parsed.spec);
}

std::string conv(const std::string& name, int k, int s, int p) {
  return "{\"name\": \"" + name +
         "\", \"type\": \"Conv1d\", \"out_channels\": 4, \"kernel_size\": " + std::to_string(k) +
         ", \"stride\": " + std::to_string(s) + ", \"padding\": " + std::to_string(p) + "}";
}
std::string up(const std::string& name, int k, int s, int p) {
  return "{\"name\": \"" + name +
         "\", \"type\": \"ConvTranspose1d\", \"out_channels\": 4, \"kernel_size\": " + std::to_string(k) +
         ", \"stride\": " + std::to_string(s) + ", \"padding\": " + std::to_string(p) + "}";
}
std::string add(const std::string& a, const std::string& b) {
  return R"({"name": "add", "type": "Add", "inputs": [")" + a + "\", \"" + b + "\"]}";
}

std::string names(const Spec& spec, const std::vector<LayerId>& layers) {
  std::string text;
  for (const LayerId i : layers) text += (text.empty() ? "" : " ") + spec.layers[i].name;
  return text;
}

std::optional<Meeting> meeting_in(const Spec& spec, LayerId layer) {
  return meeting_at(spec, infer(spec), layer);
}

// "at: main | skip" of the first meeting that no size fits, "" where there is none.
std::string never(const Spec& spec) {
  const auto meeting = never_met(spec, infer(spec), LayerId{0}, spatial_axes(spec)[0]);
  if (!meeting) return {};
  return spec.layers[meeting->layer].name + ": " + names(spec, meeting->main) + " | " +
         names(spec, meeting->skip);
}

// "layers: story" of that meeting.
std::string suspected(const Spec& spec) {
  const auto meeting = never_met(spec, infer(spec), LayerId{0}, spatial_axes(spec)[0]);
  if (!meeting) return "fits";
  const auto suspects = suspects_of(spec, infer(spec), *meeting, spatial_axes(spec)[0]);
  if (!suspects) return "nobody";
  return names(spec, suspects->layers) + ": " + suspects->story + (suspects->pairs ? " (pairs)" : "") +
         (suspects->uneven ? " (uneven)" : "");
}

TEST(Meeting, IsAMergeWithTheTwoWaysSinceTheyParted) {
  const Spec spec = network(conv("stem", 3, 1, 1) + ", " + conv("down", 2, 2, 0) + ", " + up("up", 2, 2, 0) +
                            ", " + add("up", "stem") + R"(, {"type": "ReLU"})");
  const auto meeting = meeting_in(spec, LayerId{3});
  ASSERT_TRUE(meeting);
  EXPECT_EQ(meeting->layer, LayerId{3});
  EXPECT_EQ(names(spec, meeting->main), "down up");
  EXPECT_EQ(names(spec, meeting->skip), "");
  EXPECT_FALSE(meeting_in(spec, LayerId{2}));  // takes one tensor
  EXPECT_FALSE(meeting_in(spec, LayerId{4}));  // the last layer, and nothing is expected of it
}

TEST(Meeting, IsTheEndOfANetworkThatReturnsItsInput) {
  const std::string layers = conv("down", 2, 2, 0) + ", " + up("up", 2, 2, 0);
  const auto meeting = meeting_in(network(layers, "\"input\""), LayerId{1});
  ASSERT_TRUE(meeting);
  EXPECT_EQ(names(network(layers), meeting->main), "down up");
  EXPECT_TRUE(meeting_in(network(layers, "[1, 4, 64]"), LayerId{1}));
  EXPECT_FALSE(meeting_in(network(layers, "[1, 4, 32]"), LayerId{1}));
}

TEST(Meeting, AWayGoesOverTheSkipOfAnInnerMerge) {
  const Spec spec = network(
      conv("a", 3, 1, 1) + ", " + conv("b", 2, 2, 0) + ", " + conv("c", 2, 2, 0) + ", " + up("d", 2, 2, 0) +
      R"(, {"name": "in", "type": "Add", "inputs": ["d", "b"]}, )" + up("e", 2, 2, 0) + ", " + add("e", "a"));
  const auto meeting = meeting_in(spec, LayerId{6});
  ASSERT_TRUE(meeting);
  EXPECT_EQ(names(spec, meeting->main), "b in e");
}

TEST(Meeting, ThatFitsForSomeSizeBlamesTheInputNotAnOption) {
  // 64 fits and 65 does not.
  for (const int size : {64, 65})
    EXPECT_EQ(never(network(conv("down", 3, 2, 1) + ", " + up("up", 2, 2, 0) + ", " + add("up", "input"),
                            "null", size)),
              "");
}

TEST(Meeting, SizesThatAConcatAddsNeedNotAgree) {
  // Heads of a detector: classes and boxes, turned to the end and joined there.
  const std::string heads = R"({"name": "box", "type": "Conv1d", "out_channels": 2, "kernel_size": 1},
      {"name": "boxes", "type": "Permute", "dims": [0, 2, 1]},
      {"name": "class", "type": "Conv1d", "out_channels": 5, "kernel_size": 1, "inputs": "input"},
      {"name": "turned", "type": "Permute", "dims": [0, 2, 1]},
      {"type": "Concat", "dim": )";
  EXPECT_EQ(never(network(heads + R"(-1, "inputs": ["boxes", "turned"]})")), "");
  EXPECT_EQ(never(network(heads + R"(2, "inputs": ["boxes", "turned"]})")), "");
}

TEST(Meeting, ThatFitsForNoSizeIsFound) {
  EXPECT_EQ(never(network(conv("down", 3, 3, 0) + ", " + up("up", 2, 2, 0) + ", " + add("up", "input"))),
            "add: down up | ");
  // At the end of the network, and only the first of two.
  EXPECT_EQ(never(network(conv("short", 3, 1, 0), "\"input\"")), "short: short | ");
  EXPECT_EQ(never(network(conv("x", 3, 1, 0) + ", " + add("x", "input") +
                          R"(, {"name": "y", "type": "Add", "inputs": ["x", "input"]})")),
            "add: x | ");
}

TEST(Suspects, AreStridesThatDoNotUndoEachOther) {
  EXPECT_EQ(suspected(network(conv("d1", 2, 2, 0) + ", " + conv("d2", 3, 3, 0) + ", " + up("u2", 2, 2, 0) +
                              ", " + up("u1", 2, 2, 0) + ", " + add("u1", "input"))),
            "d2 d1 u2 u1: down `d1` by 2, `d2` by 3, up `u2` by 2, `u1` by 2");
}

TEST(Suspects, IncludeTheLayerThatShouldHaveAStride) {
  EXPECT_EQ(suspected(network(conv("flat", 3, 1, 1) + ", " + up("up", 2, 2, 0) + ", " + add("up", "input"))),
            "up flat: down by no layer, up `up` by 2 (uneven)");
}

TEST(Suspects, AreElseTheLayerThatChangesTheSizeByItself) {
  EXPECT_EQ(suspected(network(conv("down", 2, 2, 0) + ", " + conv("cut", 3, 1, 0) + ", " + up("up", 2, 2, 0) +
                              ", " + add("up", "input"))),
            "cut down up: `cut` makes 30 of 32, and nothing undoes that");
}

TEST(Suspects, AreElseThePairWhoseKernelsAndPaddingsDisagree) {
  EXPECT_EQ(suspected(network(conv("down", 2, 2, 0) + ", " + up("up", 5, 2, 0) + ", " + add("up", "input"))),
            "up down: `down` makes 32 of 64, `up` makes 67 of 32 (pairs)");
}

TEST(Meeting, OfManyInputsOneForEachShapeTells) {
  std::vector<Shape> inputs(16, Shape{1, 4, 64});
  EXPECT_EQ(telling_inputs(inputs).size(), 16u) << "of a few all do";
  inputs.assign(8000, Shape{1, 4, 64});
  inputs[5000] = Shape{1, 4, 62};
  EXPECT_EQ(telling_inputs(inputs), (std::vector<std::size_t>{0, 5000}));
  for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = Shape{1, 4, static_cast<std::int64_t>(k) + 1};
  EXPECT_LE(telling_inputs(inputs).size(), 8u);
  EXPECT_TRUE(telling_inputs({}).empty());
}

}  // namespace
}  // namespace shapedbg::meeting_test
