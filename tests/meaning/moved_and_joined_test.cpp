// Places that are moved, repeated or looked at to both sides, and what stands behind what: right networks,
// and the slips beside them.
#include "meaning/read.h"

namespace shapedbg {
namespace {
namespace moved_and_joined {

// Taps of a kernel that the network makes for each place.
TEST(Taps, MeetTheWeightsOfTheirMiddle) {
  EXPECT_EQ(flaws(R"({"input": [2, 12, 8], "layers": [
    {"type": "Linear", "out_features": 24}, {"type": "Reshape", "shape": ["in[0]", 12, 8, 3]},
    {"type": "Softmax", "name": "w", "dim": 3}, {"type": "Pad", "name": "p", "inputs": "input", "padding": [0, 0, 1, 1]},
    {"type": "Slice", "name": "a", "inputs": "p", "index": [null, [0, 12]]},
    {"type": "Slice", "name": "b", "inputs": "p", "index": [null, [1, 13]]},
    {"type": "Slice", "name": "c", "inputs": "p", "index": [null, [2, 14]]},
    {"type": "Stack", "name": "t", "inputs": ["a", "b", "c"], "dim": 3},
    {"type": "Mul", "inputs": ["t", "w"]}, {"type": "Sum", "dim": [3]}]})"),
            "");
}

std::string chunks(const std::string& moved) {
  return flaws(R"({"input": [2, 24, 8], "layers": [
    {"type": "Linear", "out_features": 8}, {"type": "Reshape", "name": "x", "shape": ["in[0]", 6, 4, 8]},
    {"type": "Linear", "inputs": "input", "out_features": 6}, {"type": "Reshape", "name": "b", "shape": ["in[0]", 6, 4, 6]},
    {"type": "Linear", "inputs": "input", "out_features": 6}, {"type": "Reshape", "name": "c", "shape": ["in[0]", 6, 4, 6]},
    {"type": "Transpose", "name": "bt", "inputs": "b", "dim0": 2, "dim1": 3},
    {"type": "MatMul", "inputs": ["bt", "x"]}, {"type": "CumSum", "dim": 1},
    {"type": "Pad", "name": "s", "padding": )" +
               moved + R"(}, {"type": "MatMul", "inputs": ["c", "s"]}]})");
}
TEST(Chunks, TakeTheStateOfTheOneBefore) {
  EXPECT_EQ(chunks("[0, 0, 0, 0, 1, -1]"), "");
  EXPECT_EQ(chunks("[0, 0, 0, 0, 2, -2]"), "A6");
}

TEST(Windows, AStridedOneThatLooksToBothSidesLooksBackNowhere) {
  const auto pyramid = [](const std::string& by) {
    return flaws(R"({"input": [2, 5, 48], "layers": [
      {"type": "Conv1d", "name": "a", "out_channels": 8, "kernel_size": 7, "stride": 2, "padding": 3},
      {"type": "Conv1d", "name": "b", "out_channels": 8, "kernel_size": 5, "stride": 2, "padding": 2},
      {"type": "Upsample", "scale_factor": 2}, {"type": "Pad", "name": "u", "padding": [)" +
                 by + R"(]}, {"type": "Add", "inputs": ["a", "u"]}]})");
  };
  EXPECT_EQ(pyramid("0, 0"), "");
  EXPECT_EQ(pyramid("1, -1"), "A6");
}

TEST(Windows, OfASequenceThatWasMadeAMapTakeNoChannels) {
  EXPECT_EQ(flaws(R"({"input": [2, 20, 6], "layers": [
    {"type": "Unsqueeze", "dim": 1}, {"type": "Conv2d", "out_channels": 8, "kernel_size": [3, 6], "padding": [1, 0]},
    {"type": "Squeeze", "dim": 3}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Linear", "name": "y", "out_features": 6}, {"type": "Add", "inputs": ["y", "input"]}]})"),
            "");
}

TEST(Repeats, EachPlaceSeveralTimesLiesWhereAResizePutsIt) {
  const auto halved = [](const std::string& by) {
    return flaws(R"({"input": [2, 12, 32], "layers": [
      {"type": "Conv1d", "name": "s", "out_channels": 12, "kernel_size": 3, "padding": 1},
      {"type": "Conv1d", "out_channels": 12, "kernel_size": 3, "stride": 2, "padding": 1},
      {"type": "RepeatInterleave", "repeats": 2, "dim": 2},
      {"type": "Pad", "name": "u", "padding": [)" +
                 by + R"(]}, {"type": "Add", "inputs": ["s", "u"]}]})");
  };
  EXPECT_EQ(halved("0, 0"), "");
  EXPECT_EQ(halved("-2, 2"), "A6");
}

TEST(Joins, PairsOfPlacesMayStandInFrontOfPlaces) {
  const auto moves = [](const std::string& order) {
    return flaws(R"({"input": [2, 5, 8, 8], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 12, "kernel_size": 3, "padding": 1},
      {"type": "Flatten", "start_dim": 2}, {"type": "Transpose", "name": "t", "dim0": 1, "dim1": 2},
      {"type": "Linear", "name": "q", "out_features": 12}, {"type": "Linear", "inputs": "t", "out_features": 12},
      {"type": "Transpose", "name": "k", "dim0": 1, "dim1": 2}, {"type": "MatMul", "inputs": ["q", "k"]},
      {"type": "Flatten", "name": "pairs"}, {"type": "Conv2d", "inputs": "x", "out_channels": 3, "kernel_size": 1},
      {"type": "Permute", "dims": [0, 2, 3, 1]}, {"type": "Flatten", "name": "places"},
      {"type": "Conv2d", "inputs": "x", "out_channels": 3, "kernel_size": 1}, {"type": "Permute", "dims": )" +
                 order + R"(}, {"type": "Flatten", "name": "others"},
      {"type": "Concat", "inputs": [)" +
                 (order == "[0, 2, 3, 1]" ? R"("pairs", "places", "others")" : R"("places", "others")") +
                 R"(], "dim": 1}]})");
  };
  EXPECT_EQ(moves("[0, 2, 3, 1]"), "");
  EXPECT_EQ(moves("[0, 3, 2, 1]"), "A4");
}

TEST(Joins, AVectorInFrontOfChannelsThatWereToBeTokens) {
  const auto tokens = [](const std::string& turned) {
    return flaws(R"({"input": {"img": [2, 4, 12, 12], "t": [2, 16]}, "layers": [
      {"type": "Conv2d", "inputs": "img", "out_channels": 16, "kernel_size": 3, "stride": 3},
      {"type": "Flatten", "start_dim": 2}, )" +
                 turned + R"(
      {"type": "Linear", "inputs": "t", "out_features": 16}, {"type": "Unsqueeze", "name": "one", "dim": 1},
      {"type": "Concat", "inputs": ["one", "x"], "dim": 1}, {"type": "LayerNorm", "normalized_shape": [16]},
      {"type": "Linear", "out_features": 8}]})");
  };
  EXPECT_EQ(tokens(R"({"type": "Transpose", "name": "x", "dim0": 1, "dim1": 2},)"), "");
  EXPECT_EQ(tokens(R"({"type": "Reshape", "name": "x", "shape": ["in[0]", 16, 16]},)"), "A3");
}

TEST(Inputs, TheChannelsOfOneDoNotMeetThePlacesOfAnother) {
  const auto joined = [](const std::string& ctx) {
    return flaws(R"({"input": {"ctx": [2, 8, 8, 8], "motion": [2, 8, 8, 8]}, "layers": [
      {"type": "Conv2d", "name": "a", "inputs": "ctx", "out_channels": 8, "kernel_size": 1},
      {"type": "Conv2d", "name": "m", "inputs": "motion", "out_channels": 8, "kernel_size": 1},
      {"type": "Transpose", "name": "turned", "inputs": "motion", "dim0": 1, "dim1": 3},
      {"type": "Add", "name": "sum", "inputs": [")" +
                 ctx + R"(", "a"]}, {"type": "Add", "inputs": ["sum", "m"]}]})");
  };
  EXPECT_EQ(joined("motion"), "");
  EXPECT_EQ(joined("turned"), "A4");
}

TEST(Inputs, AFurtherOneThatIsTurnedForItsConvolutionHasItsFeaturesLast) {
  const auto read = [](const std::string& turned) {
    return flaws(R"({"input": {"txt": [2, 7, 8], "mel": [2, 8, 8]}, "layers": [
      {"type": "Linear", "name": "k", "inputs": "txt", "out_features": 5}, )" +
                 turned + R"( {"type": "Conv1d", "out_channels": 5, "kernel_size": 3, "padding": 1},
      {"type": "Transpose", "name": "q", "dim0": 1, "dim1": 2}, {"type": "Transpose", "name": "kt", "inputs": "k", "dim0": 1, "dim1": 2},
      {"type": "MatMul", "inputs": ["q", "kt"]}, {"type": "Softmax", "dim": 2}]})");
  };
  EXPECT_EQ(read(R"({"type": "Transpose", "name": "t", "inputs": "mel", "dim0": 1, "dim1": 2},)"), "");
}

TEST(Inputs, OfOneShapeMeetRowByRow) {
  const auto motion = [](const std::string& back) {
    return flaws(R"({"input": {"ctx": [2, 8, 8, 8], "motion": [2, 8, 8, 8]}, "layers": [
      {"type": "Conv2d", "inputs": "motion", "out_channels": 8, "kernel_size": 1}, {"type": "Flatten", "start_dim": 2},
      {"type": "Transpose", "name": "t", "dim0": 1, "dim1": 2}, )" +
                 back + R"(
      {"type": "Reshape", "name": "y", "shape": ["in[0]", 8, 8, 8]},
      {"type": "Conv2d", "name": "c", "inputs": "ctx", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"type": "Conv2d", "name": "m", "inputs": "y", "out_channels": 8, "kernel_size": 1}, {"type": "Add", "inputs": ["c", "m"]}]})");
  };
  EXPECT_EQ(motion(R"({"type": "Permute", "dims": [0, 2, 1]},)"), "");
  EXPECT_EQ(motion(""), "A4");
}

TEST(Inputs, MasksOfFramesAreFeaturesOfTheFrames) {
  EXPECT_EQ(flaws(R"({"input": [2, 1, 64], "layers": [
    {"type": "Reshape", "name": "f", "shape": ["in[0]", 8, 8]}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Conv1d", "out_channels": 10, "kernel_size": 3, "padding": 1}, {"type": "Transpose", "dim0": 1, "dim1": 2},
    {"type": "Linear", "name": "m", "out_features": 8}, {"type": "Mul", "inputs": ["m", "f"]},
    {"type": "Reshape", "shape": ["in[0]", 1, 64]}], "expect": "input"})"),
            "");
}

std::string attended(const std::string& back) {
  return flaws(R"({"input": [2, 3, 12], "layers": [
    {"type": "Linear", "out_features": 12}, {"type": "Reshape", "shape": ["in[0]", 3, 3, 4]},
    {"type": "Permute", "name": "q", "dims": [0, 2, 1, 3]},
    {"type": "ScaledDotProductAttention", "inputs": ["q", "q", "q"]}, )" +
               back +
               R"({"type": "Reshape", "shape": ["in[0]", 3, 12]}, {"type": "Linear", "out_features": 5}]})");
}
TEST(Heads, AreAPartOfTheFeaturesAgain) {
  EXPECT_EQ(attended(R"({"type": "Permute", "dims": [0, 2, 1, 3]}, )"), "");
  EXPECT_EQ(attended(""), "A3");
}

TEST(Parts, OfTheBatchAreNoParts) {
  const auto pairs = [](const std::string& dim) {
    return flaws(R"({"input": [2, 3, 8, 8], "layers": [
      {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1}, {"type": "Reshape", "shape": ["in[0]", 2, 4, 8, 8]},
      {"type": "Permute", "dims": [1, 0, 2, 3, 4]}, {"type": "Unbind", "name": "u", "dim": )" +
                 dim + R"(}, {"type": "Add", "inputs": ["u:0", "u:1"]}]})");
  };
  EXPECT_EQ(pairs("0"), "");
  EXPECT_EQ(pairs("1"), "A7");
}

TEST(Copies, OneAloneBesideItselfIsANeighbour) {
  const auto beside = [](const std::string& other) {
    return flaws(R"({"input": [2, 4, 8, 8], "layers": [
      {"type": "Conv2d", "name": "x", "out_channels": 6, "kernel_size": 2, "stride": 2},
      {"type": "Conv2d", "name": "y", "out_channels": 6, "kernel_size": 1},
      {"type": "Pad", "name": "p", "inputs": "x", "padding": [1, -1, 0, 0]},
      {"type": "Concat", "inputs": [")" +
                 other + R"(", "p"], "dim": 1}, {"type": "Conv2d", "out_channels": 6, "kernel_size": 1}]})");
  };
  EXPECT_EQ(beside("x"), "");
  EXPECT_EQ(beside("y"), "A6");
}

TEST(Windows, BehindAPadInFrontLookBack) {
  const auto stack = [](const std::string& pad) {
    return flaws(R"({"input": [2, 6, 48], "layers": [
      {"type": "Conv1d", "name": "a", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"type": "Pad", "padding": )" +
                 pad + R"(}, {"type": "Conv1d", "name": "y", "out_channels": 8, "kernel_size": 5},
      {"type": "Add", "inputs": ["a", "y"]}]})");
  };
  EXPECT_EQ(stack("[4, 0]"), "");
  EXPECT_EQ(stack("[2, 2]"), "");
}

TEST(Sequences, MeetTheirStateOneStepBefore) {
  EXPECT_EQ(flaws(R"({"input": [2, 6, 40], "layers": [
    {"type": "Conv1d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
    {"type": "Transpose", "name": "t", "dim0": 1, "dim1": 2}, {"type": "GRU", "input_size": 8, "hidden_size": 8, "batch_first": true},
    {"type": "Pad", "name": "p", "padding": [0, 0, 1, -1]}, {"type": "Concat", "inputs": ["t", "p"], "dim": 2},
    {"type": "Linear", "out_features": 4}]})"),
            "");
}

TEST(Chunks, MayLookAtTheOneBefore) {
  const auto looked = [](const std::string& values) {
    return flaws(R"({"input": [2, 24, 8], "layers": [
      {"type": "Linear", "out_features": 8}, {"type": "Reshape", "name": "q", "shape": ["in[0]", 6, 4, 8]},
      {"type": "Pad", "name": "m", "padding": [0, 0, 0, 0, 1, -1]},
      {"type": "ScaledDotProductAttention", "inputs": ["q", "m", ")" +
                 values + R"("]}, {"type": "Reshape", "shape": ["in[0]", 24, 8]}]})");
  };
  EXPECT_EQ(looked("m"), "");
  EXPECT_EQ(looked("q"), "A6");
}

TEST(Copies, OneAndTwoStepsBackAreDelays) {
  EXPECT_EQ(flaws(R"({"input": [2, 12, 6], "layers": [
    {"type": "Linear", "name": "h", "out_features": 6}, {"type": "Pad", "name": "a", "padding": [0, 0, 1, -1]},
    {"type": "Pad", "name": "b", "inputs": "h", "padding": [0, 0, 2, -2]},
    {"type": "Concat", "inputs": ["h", "a", "b"], "dim": 2}, {"type": "Linear", "out_features": 4}]})"),
            "");
}

}  // namespace moved_and_joined
}  // namespace
}  // namespace shapedbg
