#include "diagnose/diagnose.h"

#include <gtest/gtest.h>

#include "flow/path.h"
#include "read/json/parse.h"

namespace shapedbg {
namespace {

Spec network(const std::string& json) {
  Parsed parsed = parse(Source("net.json", json));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message;
  return std::move(parsed.spec);
}

std::vector<Finding> findings(const std::string& json) {
  const Spec spec = network(json);
  return diagnose(spec, infer(spec));
}

// "R301 up <- down | message"
std::string summary(const std::string& json) {
  std::string text;
  for (const Finding& f : findings(json)) {
    text += std::string(info(f.code).id) + " " + f.layer;
    for (const Related& r : f.related) text += " <- " + (r.layer.empty() ? "input" : r.layer);
    text += " | " + f.message + "\n";
  }
  return text;
}

constexpr const char* kSeed = R"({"input": [1, 2, 24, 25],
  "encoder": [{"name": "down", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
              {"name": "act", "type": "ReLU"}],
  "decoder": [{"name": "up", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 3, "stride": 2, "padding": 1}]})";

TEST(Diagnose, AReconstructionNamesTheUpLayerAndTheLayerThatLostTheSize) {
  EXPECT_EQ(summary(kSeed), "R301 up <- down | the output is 23x25 where 24x25 went in\n");
  const Finding f = findings(kSeed)[0];
  EXPECT_EQ(f.label, "(12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 = 23");
  EXPECT_EQ(f.related[0].message,
            "maps 23 and 24 alike to 12: the transposed layer cannot know which it was");
  EXPECT_EQ(f.notes[0],
            "of x + 2p - d(k-1) - 1 = 23 the stride 2 of `down` drops the remainder 1; output_padding of "
            "`up` has to "
            "give it back");
}

TEST(Diagnose, DifferentNetKernelsAreSaid) {
  const auto found = findings(R"({"input": [1, 1, 24],
    "encoder": [{"name": "down", "type": "Conv1d", "out_channels": 4, "kernel_size": 4, "stride": 2, "padding": 1}],
    "decoder": [{"name": "up", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].notes.back(), "the net kernels d(k-1) + 1 - 2p differ: 2 of `down` and 1 of `up`");
}

TEST(Diagnose, AMergeNamesTheLevelThatLostTheSizeNotTheMerge) {
  EXPECT_EQ(summary(R"({"input": [1, 1, 75, 75], "layers": [
      {"name": "enc", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "mid", "type": "ReLU"},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},
      {"name": "cat", "type": "Concat", "inputs": ["enc", "up"]},
      {"name": "head", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}]})"),
            "L208 pool <- up <- cat | the inputs of `cat` differ at axis 2: 75 and 74: `pool` maps 75 to 37, "
            "`up` returns 74\n");
}

// A squeeze-and-excitation gate is the longest way to what follows, yet decides no size; and no size of the
// input makes it as large as the map it is spread over.
TEST(Diagnose, AGateIsNotTheCauseOfAMergeThatFails) {
  const auto gated = [](const std::string& name, const std::string& inputs) {
    return R"({"type": "AdaptiveAvgPool2d", "output_size": 1}, {"type": "Conv2d", "out_channels": 4, "kernel_size": 1},
        {"name": ")" +
           name + R"(", "type": "Mul", "inputs": [)" + inputs + "]},";
  };
  EXPECT_EQ(summary(R"({"input": [1, 1, 75, 75], "layers": [
      {"name": "enc", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},)" +
                    gated("scaled", R"("enc", "prev")") + R"(
      {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},)" +
                    gated("mid", R"("prev", "pool")") + R"(
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 2, "stride": 2},)" +
                    gated("wide", R"("up", "prev")") + R"(
      {"name": "sum", "type": "Add", "inputs": ["wide", "scaled"]},
      {"name": "head", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1}]})"),
            "L208 pool <- up <- sum | the inputs of `sum` differ at axis 3: 74 and 75: `pool` maps 75 to 37, "
            "`up` returns 74\n");
}

TEST(Diagnose, ConsequencesOfOneCauseAreNoFindings) {
  EXPECT_EQ(summary(R"({"input": [1, 3, 8, 8], "layers": [
      {"name": "a", "type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3},
      {"name": "b", "type": "Conv2d", "in_channels": 9, "out_channels": 4, "kernel_size": 3},
      {"name": "c", "type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "output_padding": 2}],
      "expect": [1, 4, 8, 8]})"),
            "L203 a <- input | `a` gets 3 channels, its in_channels is 4\n"
            "L201 c | output_padding 2 of `c` must be smaller than stride 1 or dilation 1\n");
}

TEST(Diagnose, WrongFeaturesBehindAFlattenSayOfWhatTheyAreMade) {
  const auto found = findings(R"({"input": [1, 8, 4, 4], "layers": [
      {"name": "flat", "type": "Flatten"},
      {"name": "fc", "type": "Linear", "in_features": 100, "out_features": 10}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].related[0].message, "makes 128 features of [1, 8, 4, 4]");
}

TEST(Diagnose, ALayersOwnExpectationIsHeld) {
  EXPECT_EQ(summary(R"({"input": [1, 1, 9], "layers": [
      {"name": "pool", "type": "MaxPool1d", "kernel_size": 2, "expect": [1, 1, 5]}, {"type": "ReLU"}]})"),
            "R303 pool | the output of `pool` is 4, expected 5\n");
}

TEST(Diagnose, AScaleThatIsMissedIsNoReconstruction) {
  EXPECT_EQ(summary(R"({"input": [1, 3, 10, 10], "layers": [
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1}],
      "expect": {"scale": 2}})"),
            "R302 up | the output is 19x19, expected 20x20\n");
}

TEST(Diagnose, ShapesAreComparedWholeWhereChannelsDiffer) {
  EXPECT_EQ(
      summary(
          R"({"input": [1, 3, 8], "encoder": [{"name": "a", "type": "Conv1d", "out_channels": 2, "kernel_size": 1}],
      "decoder": [{"name": "b", "type": "Conv1d", "out_channels": 4, "kernel_size": 1}, {"name": "act", "type": "ReLU"}]})"),
      "R301 b | the output is [1, 4, 8] where [1, 3, 8] went in\n");
}

std::string levels(const std::string& layers) {
  const Spec spec = network(R"({"input": [1, 16, 64], "layers": [)" + layers + "]}");
  std::string text;
  for (const Level& level : mirrored_levels(spec, infer(spec), 0))
    text += spec.layers[level.down].name + "-" + spec.layers[level.up].name + " ";
  return text;
}

// A time embedding joins each level by a broadcast Add; its own sizes are features, not places.
TEST(Diagnose, AnEmbeddingThatIsRepeatedOverTheMapIsNoCause) {
  EXPECT_EQ(summary(R"({"input": {"x": [1, 4, 16, 16], "time": [1, 4, 1, 1]}, "layers": [
      {"name": "conv1", "type": "Conv2d", "out_channels": 4, "kernel_size": [3, 1], "inputs": "x"},
      {"name": "timed", "type": "Add", "inputs": ["conv1", "time"]},
      {"name": "conv2", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"name": "sum", "type": "Add", "inputs": ["x", "conv2"]}]})"),
            "L208 conv1 <- sum | the inputs of `sum` differ at axis 2: 16 and 14: `conv1` makes 14 of 16, "
            "and nothing "
            "undoes that\n");
}

TEST(Diagnose, ACustomThatAloneOfItsLabelChangesTheSizeWasWrittenForAnother) {
  EXPECT_EQ(summary(R"({"input": [1, 4, 64], "layers": [
      {"name": "snake1", "type": "Custom", "label": "Snake", "output": [1, 4, 64]},
      {"name": "same", "type": "Conv1d", "out_channels": 4, "kernel_size": 7, "padding": 3},
      {"name": "snake2", "type": "Custom", "label": "Snake", "output": [1, 4, 64]},
      {"name": "down", "type": "Conv1d", "out_channels": 4, "kernel_size": 4, "padding": 1},
      {"name": "snake3", "type": "Custom", "label": "Snake", "output": [1, 4, 32]},
      {"name": "last", "type": "Conv1d", "out_channels": 4, "kernel_size": 7, "padding": 3},
      {"name": "sum", "type": "Add", "inputs": ["down", "last"]}]})"),
            "L208 down <- snake3 <- sum | the inputs of `sum` differ at axis 2: 63 and 32: `snake3`, written "
            "for 32, "
            "gets 63\n");
}

// Levels of a pyramid: each but one is enlarged to the first.
TEST(Diagnose, OfBranchesThatAreEnlargedAlikeTheOddOneIsNamed) {
  EXPECT_EQ(summary(R"({"input": [1, 4, 64], "layers": [
      {"name": "s1", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "s2", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "s3", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "u2", "type": "Upsample", "inputs": "s2", "scale_factor": 2},
      {"name": "u3", "type": "Upsample", "inputs": "s3", "size_like": "s2"},
      {"name": "cat", "type": "Concat", "inputs": ["s1", "u2", "u3"]}]})"),
            "L208 u3 <- cat | the inputs of `cat` differ at axis 2: 32, 32 and 16: `u3` makes 16 of 8\n");
}

// A normalisation divides features by a single number for each sample: they are still those of the Linear.
TEST(Diagnose, WhoMadeTheFeaturesOfAProductIsFoundThroughADivision) {
  const std::string said = summary(R"({"input": {"a": [4, 8], "b": [4, 8]}, "layers": [
      {"name": "x", "type": "Linear", "inputs": "a", "out_features": 32},
      {"name": "n", "type": "Norm", "dim": -1, "keepdim": true},
      {"name": "d", "type": "Div", "inputs": ["x", "n"]},
      {"name": "y", "type": "Linear", "inputs": "b", "out_features": 16},
      {"name": "t", "type": "Transpose", "dim0": 0, "dim1": 1},
      {"name": "p", "type": "MatMul", "inputs": ["d", "t"]}]})");
  EXPECT_EQ(said.substr(0, said.find(" |")), "L208 p <- x <- y");
}

TEST(Diagnose, NoiseThatIsStatedInNumbersPointsToWhatChangedTheMap) {
  EXPECT_EQ(summary(R"({"input": [1, 4, 16], "layers": [
      {"name": "up", "type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "randn", "type": "Custom", "label": "randn", "output": [1, 1, 32]},
      {"name": "noise", "type": "Mul", "inputs": ["up", "randn"]}]})"),
            "L208 up <- randn <- noise | the inputs of `noise` differ at axis 2: 31 and 32: `randn`, written "
            "for 32, gets 31\n");
}

TEST(Diagnose, AProjectedShortcutWithoutTheStrideBesideItIsNamed) {
  EXPECT_EQ(summary(R"({"input": [1, 4, 16, 16], "layers": [
      {"name": "conv1", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "conv2", "type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
      {"name": "project", "type": "Conv2d", "out_channels": 8, "kernel_size": 1, "inputs": "input"},
      {"name": "sum", "type": "Add", "inputs": ["project", "conv2"]}]})"),
            "L208 sum <- conv1 <- project | the inputs of `sum` differ at axis 3: 16 and 8: down `conv1` by "
            "2, up by no layer\n");
}

// A vector is made for the map that it scales, also as a part of what one layer makes.
TEST(Diagnose, AVectorOfAnotherWidthIsNamedByItsMaker) {
  EXPECT_EQ(summary(R"({"input": {"x": [2, 3, 8, 8], "c": [2, 16]}, "layers": [
      {"name": "map", "type": "Conv2d", "inputs": "x", "out_channels": 6, "kernel_size": 3, "padding": 1},
      {"name": "film", "type": "Linear", "inputs": "c", "out_features": 6},
      {"name": "v", "type": "Unflatten", "dim": 1, "unflattened_size": [6, 1, 1]},
      {"name": "parts", "type": "Chunk", "chunks": 2, "dim": 1},
      {"name": "scaled", "type": "Mul", "inputs": ["map", "parts"]},
      {"name": "shifted", "type": "Add", "inputs": ["scaled", "parts:1"]}]})")
                .find("L208 film <- map <- "),
            0U);
}

// Of branches that are joined, the layer that leaves the size of the others, whatever stands behind it.
TEST(Diagnose, ABranchThatLeavesTheSizeIsNamedByTheLayerThatDoes) {
  EXPECT_EQ(summary(R"({"input": [1, 8, 28, 28], "layers": [
      {"name": "a", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 1},
      {"name": "b", "type": "Conv2d", "inputs": "input", "out_channels": 4, "kernel_size": 3, "padding": 1},
      {"name": "pool", "type": "MaxPool2d", "inputs": "input", "kernel_size": 3, "padding": 1},
      {"name": "c", "type": "Conv2d", "out_channels": 4, "kernel_size": 1},
      {"name": "cat", "type": "Concat", "inputs": ["a", "b", "c"], "dim": 1}]})")
                .find("L208 pool <- cat | "),
            0U);
}

// A segmentation returns the size that went in, with other channels.
TEST(Diagnose, AStrideThatNothingUndoesIsNamedThoughTheChannelsChange) {
  EXPECT_EQ(summary(R"({"input": [1, 3, 32, 32], "layers": [
      {"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
      {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "up", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 2, "stride": 2}],
      "expect": [1, 2, 32, 32]})"),
            "R301 up <- conv <- pool | the output is 16x16 where 32x32 went in: down `conv` by 2, `pool` by "
            "2, up `up` by 2\n");
}

TEST(Diagnose, AShapeInNumbersNamesWhoSetTheSizesItGets) {
  EXPECT_EQ(summary(R"({"input": [1, 3, 8], "layers": [
      {"name": "conv", "type": "Conv1d", "out_channels": 5, "kernel_size": 3},
      {"name": "act", "type": "ReLU"},
      {"name": "view", "type": "Reshape", "shape": [8, 5]}]})"),
            "L211 view <- conv | `view` cannot make [8, 5] of [1, 5, 6]: 8*5 = 40, not 5*6 = 30\n");
}

TEST(Diagnose, InputsThatDifferAreNotTakenForOptionsThatDoNotFit) {
  // Two images through one backbone, one four times as large.
  const std::string json = R"({"input": {"a": [1, 3, 32, 32], "b": [1, 3, 32, 128]}, "layers": [
      {"name": "at_a", "type": "Conv2d", "inputs": "a", "out_channels": 4, "kernel_size": 2, "stride": 2},
      {"name": "at_b", "type": "Conv2d", "inputs": "b", "out_channels": 4, "kernel_size": 2, "stride": 2},
      {"name": "fuse", "type": "Mul", "inputs": ["at_a", "at_b"]}]})";
  EXPECT_EQ(summary(json),
            "L208 fuse <- input <- input | the inputs of `fuse` differ at axis 3: 16 and 64: `a` goes in "
            "with width 32, "
            "`b` with 128\n");
  const Finding apart = findings(json)[0];
  for (const std::string& note : apart.notes) EXPECT_EQ(note.find("fits for no size"), std::string::npos);
  // A mel of 4 frames and its wave of 1,024 samples belong together: frames taken up by 128 never meet it.
  EXPECT_EQ(summary(R"({"input": {"wave": [1, 4, 1024], "mel": [1, 4, 4]}, "layers": [
      {"name": "up", "type": "ConvTranspose1d", "inputs": "mel", "out_channels": 4, "kernel_size": 128, "stride": 128},
      {"name": "down", "type": "Conv1d", "inputs": "wave", "out_channels": 4, "kernel_size": 1},
      {"name": "add", "type": "Add", "inputs": ["down", "up"]}]})"),
            "L208 up <- add | the inputs of `add` differ at axis 2: 1024 and 512: down by no layer, up `up` "
            "by 128\n");
}

TEST(Diagnose, TheEmbeddingOfATimeStepIsNoWayOfTheSize) {
  const auto found = findings(R"({"input": {"z": [1, 4, 17], "t": [1, 128]}, "layers": [
      {"name": "temb", "type": "Linear", "inputs": "t", "out_features": 4},
      {"name": "wide", "type": "SiLU"},
      {"name": "spread", "type": "Unsqueeze", "dim": 2},
      {"name": "plus", "type": "Add", "inputs": ["z", "spread"]},
      {"name": "down", "type": "MaxPool1d", "kernel_size": 2},
      {"name": "up", "type": "Upsample", "scale_factor": 2},
      {"name": "cat", "type": "Concat", "inputs": ["up", "plus"]}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].layer, "down");
  EXPECT_EQ(found[0].notes[1], "the length on the way to `up`: `z` 17, `down` 8, `up` 16");
}

TEST(Diagnose, AShapeInNumbersIsToldThroughTransposesAndWhatKeepsTheShape) {
  // The tokens of a vision transformer: 14 x 14 of them, not 16 x 16.
  const std::string json = R"({"input": [2, 3, 224, 224], "layers": [
      {"name": "patch", "type": "Conv2d", "out_channels": 8, "kernel_size": 16, "stride": 16},
      {"name": "flat", "type": "Flatten", "start_dim": 2},
      {"name": "tokens", "type": "Transpose", "dim0": 1, "dim1": 2},
      {"name": "blocks", "type": "Custom", "output": "same"},
      {"name": "norm", "type": "LayerNorm", "normalized_shape": [8]},
      {"name": "back", "type": "Transpose", "dim0": 1, "dim1": 2},
      {"name": "map", "type": "Reshape", "shape": [2, 8, 16, 16]}]})";
  EXPECT_EQ(
      summary(json),
      "L211 map <- flat <- patch | `map` cannot make [2, 8, 16, 16] of [2, 8, 196]: 16*16 = 256, not 196\n");
  const Finding f = findings(json)[0];
  EXPECT_EQ(f.related[0].message, "makes 196 of [2, 8, 14, 14]");
  EXPECT_EQ(f.related[1].message, "returns [2, 8, 14, 14]");
}

TEST(Diagnose, AShapeInNumbersNamesWhatAConcatBrought) {
  const std::string json = R"({"input": {"image": [1, 3, 32, 32], "cls": [1, 1, 8]}, "layers": [
      {"name": "patch", "type": "Conv2d", "inputs": "image", "out_channels": 8, "kernel_size": 8, "stride": 8},
      {"name": "flat", "type": "Flatten", "start_dim": 2},
      {"name": "tokens", "type": "Permute", "dims": [0, 2, 1]},
      {"name": "with_cls", "type": "Concat", "inputs": ["cls", "tokens"]},
      {"name": "back", "type": "Permute", "dims": [0, 2, 1]},
      {"name": "map", "type": "Reshape", "shape": [1, 8, 4, 4]}]})";
  EXPECT_EQ(summary(json),
            "L211 map <- with_cls <- input <- flat | `map` cannot make [1, 8, 4, 4] of [1, 8, 17]: 4*4 = 16, "
            "not 17\n");
  const Finding f = findings(json)[0];
  EXPECT_EQ(f.related[1].message, "`cls` brings 1 of them: [1, 1, 8]");
  EXPECT_EQ(f.related[2].message, "brings 16 of them: [1, 16, 8]");
}

TEST(Diagnose, ChannelsThatStandAtAnotherAxisAreFound) {
  const auto sequence = findings(R"({"input": [8, 500, 12], "layers": [
      {"name": "conv", "type": "Conv1d", "in_channels": 12, "out_channels": 4, "kernel_size": 5}]})");
  ASSERT_EQ(sequence.size(), 1u);
  EXPECT_EQ(sequence[0].notes[0], "the 12 are axis 2 of [8, 500, 12]; `conv` takes its channels at axis 1");
  // A size that a Transpose brought there is told with the axis that it was.
  const auto behind = findings(R"({"input": [8, 1, 140], "layers": [
      {"name": "conv", "type": "Conv1d", "out_channels": 32, "kernel_size": 4, "stride": 4},
      {"name": "to_seq", "type": "Transpose", "dim0": 1, "dim1": 2},
      {"name": "lstm", "type": "Custom", "output": ["in[0]", "in[1]", 64]},
      {"name": "up", "type": "ConvTranspose1d", "in_channels": 64, "out_channels": 1, "kernel_size": 4, "stride": 4}]})");
  ASSERT_EQ(behind.size(), 1u);
  ASSERT_EQ(behind[0].related.size(), 2u);
  EXPECT_EQ(behind[0].related[0].layer, "lstm");
  EXPECT_EQ(behind[0].related[0].message, "returns [8, 35, 64]");
  EXPECT_EQ(behind[0].related[1].layer, "conv");
  EXPECT_EQ(behind[0].related[1].message, "returns [8, 32, 35], whose axis 2 these are");
  const auto swapped = findings(R"({"input": [5, 17, 17, 64], "layers": [
      {"name": "swap", "type": "Transpose", "dim0": 2, "dim1": 3},
      {"name": "conv", "type": "Conv2d", "in_channels": 64, "out_channels": 4, "kernel_size": 3}]})");
  ASSERT_EQ(swapped.size(), 1u);
  EXPECT_EQ(swapped[0].related.back().layer, "swap");
  EXPECT_EQ(swapped[0].related.back().message, "puts the 64 at axis 2");
  const auto flat = findings(R"({"input": [10, 6, 4, 4], "layers": [
      {"name": "fc", "type": "Linear", "in_features": 96, "out_features": 2}]})");
  ASSERT_EQ(flat.size(), 1u);
  EXPECT_EQ(flat[0].notes[0],
            "the 96 are all that a sample of [10, 6, 4, 4] holds, flattened; `fc` takes the last axis");
}

TEST(Diagnose, FeaturesOfAFlattenedMapAreComparedWithTheMapThatWasMeant) {
  const auto found = findings(R"({"input": [1, 16, 5, 6], "layers": [{"type": "Flatten"},
      {"name": "fc", "type": "Linear", "in_features": 256, "out_features": 2}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].notes[0], "of 16 channels, 256 features are 16 places each, 5x6 are 30");
}

TEST(Diagnose, ARankThatIsWrongNamesWhoMadeIt) {
  EXPECT_EQ(
      summary(R"({"input": [2, 1, 16, 8], "layers": [
      {"name": "add_axis", "type": "Unsqueeze", "dim": 1}, {"type": "ReLU"},
      {"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": 3}]})"),
      "L204 conv <- add_axis | `conv` (Conv2d) takes N,C,H,W or C,H,W and gets 5 axes: [2, 1, 1, 16, 8]\n");
  // A Squeeze of an axis that is not 1 drops nothing and says nothing.
  const std::string idle = R"({"input": [8, 1, 16, 70], "layers": [
      {"name": "pool", "type": "MaxPool2d", "kernel_size": [4, 1]},
      {"name": "seq", "type": "Squeeze", "dim": 2},
      {"name": "time_first", "type": "Permute", "dims": [2, 0, 1]}]})";
  EXPECT_EQ(summary(idle),
            "L212 time_first <- seq | dims of `time_first` must name each of the 4 axes once: [2, 0, 1]\n");
  const Finding f = findings(idle)[0];
  EXPECT_EQ(f.related[0].message, "drops no axis of [8, 1, 4, 70]");
  EXPECT_EQ(f.notes[0], "axis 2 is 4, and `seq` drops axes of size 1 alone");
  EXPECT_EQ(f.notes[1], "the height on the way: `input` 16, `pool` 4");
}

TEST(Diagnose, AnUnpoolingThatReturnsTooLittleNamesItsPool) {
  const std::string json = R"({"input": [1, 4, 15, 15], "layers": [
      {"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "unpool", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool")";
  const auto found = findings(json + "}]}");
  ASSERT_EQ(found.size(), 1u);
  ASSERT_EQ(found[0].related.size(), 1u);
  EXPECT_EQ(found[0].related[0].layer, "pool");
  EXPECT_EQ(found[0].related[0].message, "maps 14 and 15 alike to 7");
  // A size that the author gave is what is wrong, and where the caret stands.
  const auto given = findings(json + R"(, "output_size": [13, 15]}]})");
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].where.pointer, "/layers/1/output_size");
}

TEST(Diagnose, ThePoolWhoseIndicesFitIsNamed) {
  const auto found = findings(R"({"input": [1, 4, 16, 16], "layers": [
      {"name": "a", "type": "MaxPool2d", "kernel_size": 2}, {"name": "b", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "up", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "a"}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].notes.back(), "the indices of `b` have the shape of what `up` gets");
}

TEST(Diagnose, ANetworkThatGoesUpByAnotherFactorSaysBoth) {
  const auto found = findings(R"({"input": [1, 4, 50], "expect": [1, 1, 13750], "layers": [
      {"name": "up1", "type": "ConvTranspose1d", "out_channels": 2, "kernel_size": 32, "stride": 16, "padding": 8},
      {"name": "up2", "type": "ConvTranspose1d", "out_channels": 1, "kernel_size": 32, "stride": 16, "padding": 8}]})");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].notes.back(), "from 50 to 12800 is 16*16 = 256 times, 13750 is 275 times");
}

TEST(Levels, AreMatchedLikeParentheses) {
  const std::string d = R"("type": "Conv1d", "out_channels": 16, "kernel_size": 4, "padding": 1)";
  const std::string u = R"("type": "ConvTranspose1d", "out_channels": 16, "kernel_size": 4, "padding": 1)";
  EXPECT_EQ(levels(R"({"name": "a", "stride": 2, )" + d + R"(}, {"name": "b", "stride": 4, )" + d +
                   R"(}, {"name": "c", "stride": 4, )" + u + R"(}, {"name": "d", "stride": 2, )" + u + "}"),
            "b-c a-d ");
  // One layer undoes two.
  EXPECT_EQ(levels(R"({"name": "a", "stride": 2, )" + d + R"(}, {"name": "b", "stride": 2, )" + d +
                   R"(}, {"name": "c", "stride": 4, )" + u + "}"),
            "a-c ");
  // Two layers undo one.
  EXPECT_EQ(levels(R"({"name": "a", "stride": 4, )" + d + R"(}, {"name": "b", "stride": 2, )" + u +
                   R"(}, {"name": "c", "stride": 2, )" + u + "}"),
            "a-c ");
}

TEST(Levels, AnUnpoolingIsMatchedByItsIndices) {
  EXPECT_EQ(
      levels(
          R"({"name": "a", "type": "MaxPool1d", "kernel_size": 2}, {"name": "b", "type": "MaxPool1d", "kernel_size": 2},
      {"name": "ub", "type": "MaxUnpool1d", "kernel_size": 2, "indices": "b"},
      {"name": "ua", "type": "MaxUnpool1d", "kernel_size": 2, "indices": "a"})"),
      "b-ub a-ua ");
}

TEST(Compare, ADisagreementIsReportedOnceAndAsOurFault) {
  const Spec spec = network(kSeed);
  const Trace formula = infer(spec);
  Trace merged = formula;
  for (LayerTrace& row : merged.layers) row.source = RowSource::executed;
  EXPECT_TRUE(compare(spec, formula, merged).empty());
  for (const std::size_t i : {0U, 1U}) {
    Shape other = merged.layers[i].outputs[0];
    other[2] = 11;
    merged.layers[i].outputs = {other};
  }
  const auto found = compare(spec, formula, merged);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::X901);
  EXPECT_EQ(found[0].layer, "down");
}

TEST(Compare, ARefusalWithoutARuleQuotesLibTorch) {
  const Spec spec = network(kSeed);
  const Trace formula = infer(spec);
  Trace merged = formula;
  merged.layers[0].libtorch_refusal = "some reason";
  const auto found = compare(spec, formula, merged);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::L299);
  EXPECT_EQ(found[0].notes[0], "LibTorch: some reason");
}

TEST(Diagnose, LayersBuiltForOneWrongCountAreOneFinding) {
  EXPECT_EQ(summary(R"({"input": [1, 8], "layers": [{"name": "x", "type": "Linear", "out_features": 6},
      {"name": "mu", "type": "Linear", "inputs": "x", "in_features": 5, "out_features": 2},
      {"name": "var", "type": "Linear", "inputs": "x", "in_features": 5, "out_features": 2},
      {"name": "other", "type": "Linear", "inputs": "x", "in_features": 7, "out_features": 2}]})"),
            "L209 mu <- x <- var | `mu` gets 6 features, its in_features is 5\n"
            "L209 other <- x | `other` gets 6 features, its in_features is 7\n");
}

TEST(Diagnose, IntegersAreFollowedToThePoolThatCountsThem) {
  EXPECT_EQ(summary(R"({"input": [1, 2, 8], "layers": [
      {"name": "pool", "type": "MaxPool1d", "kernel_size": 2, "return_indices": true},
      {"name": "flat", "type": "Flatten", "inputs": "pool:1"}, {"name": "fc", "type": "Linear", "out_features": 2}]})"),
            "L219 fc <- pool | `fc` (Linear) computes with floating point and gets integers from `flat`\n");
}

TEST(Diagnose, ALayoutThatIsRefusedNamesTheLayerThatExchangesTheAxes) {
  const Spec spec = network(R"({"input": [1, 2, 3, 4, 5], "layers": [
      {"name": "turn", "type": "Transpose", "dim0": 3, "dim1": 4}, {"name": "act", "type": "ReLU"},
      {"name": "norm", "type": "LocalResponseNorm", "size": 3}]})");
  Trace trace = infer(spec);
  trace.layers[2].layout_refusal = "view size is not compatible";
  const std::vector<Finding> found = diagnose(spec, trace);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, Code::L220);
  EXPECT_EQ(found[0].layer, "turn");
  EXPECT_EQ(found[0].message,
            "LibTorch refuses `norm` for the order in which its input lies in memory: `turn` exchanges axes "
            "without "
            "moving a number");
  ASSERT_EQ(found[0].related.size(), 1u);
  EXPECT_EQ(found[0].related[0].layer, "norm");
  EXPECT_EQ(found[0].notes.back(), "LibTorch: view size is not compatible");
}

}  // namespace
}  // namespace shapedbg
