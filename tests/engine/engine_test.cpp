// What the engine does beyond single kinds: wiring, refusals, sizes asked for at forward time, memory.
#include <sys/resource.h>

#include "networks.h"

namespace shapedbg::engine_test {
namespace {

constexpr Device devices[] = {Device::cpu, Device::meta};

std::string layers_of(int count, const std::string& layer) {
  std::string text = layer;
  for (int i = 1; i < count; ++i) text += ", " + layer;
  return text;
}

const std::string seed =
    R"({"name": "down", "type": "Conv2d", "in_channels": 128, "out_channels": 256, "kernel_size": 3, "stride": 2, "padding": 1},
       {"type": "ReLU"}, {"type": "BatchNorm2d"},
       {"name": "up", "type": "ConvTranspose2d", "in_channels": 256, "out_channels": 128, "kernel_size": 3, "stride": 2, "padding": 1)";

TEST(Engine, RunsTheSeedLayerByLayer) {
  for (const Device device : devices) {
    const auto result = run(network("[1, 128, 24, 24]", seed + "}"), device);
    ASSERT_EQ(result.layers.size(), 4U);
    EXPECT_EQ(result.layers[0].outputs, std::vector<Shape>{Shape({1, 256, 12, 12})});
    EXPECT_EQ(result.layers[2].outputs, std::vector<Shape>{Shape({1, 256, 12, 12})});
    EXPECT_EQ(outcome(result), "[1, 128, 23, 23]");
    EXPECT_EQ(outcome(run(network("[1, 128, 24, 24]", seed + R"(, "output_padding": 1})"), device)),
              "[1, 128, 24, 24]");
    EXPECT_EQ(outcome(run(network("[1, 128, 25, 25]", seed + "}"), device)), "[1, 128, 25, 25]");
    EXPECT_EQ(outcome(run(network("[1, 128, 24, 25]", seed + R"(, "size_like": "input"})"), device)),
              "[1, 128, 24, 25]");
  }
}

TEST(Engine, NamesItsVersion) {
  EXPECT_EQ(engine().version().find_first_not_of("0123456789."), engine().version().find('+'));
}

TEST(Engine, SaysWhenThereIsNoCuda) {
  if (engine().has_cuda()) GTEST_SKIP();
  const auto result = run(network("[1, 3]", R"({"type": "ReLU"})"), Device::cuda);
  EXPECT_NE(result.error.find("no CUDA"), std::string::npos) << result.error;
  ASSERT_EQ(result.layers.size(), 1U);
  EXPECT_TRUE(result.layers[0].outputs.empty());
}

TEST(Engine, LayersBehindARefusedOneAreNotRun) {
  for (const Device device : devices) {
    const auto result =
        run(network("[1, 3, 8, 8]",
                    R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 9}, {"type": "ReLU"})"),
            device);
    EXPECT_FALSE(result.layers[0].refusal.empty());
    EXPECT_EQ(result.layers[0].refusal.find('\n'), std::string::npos);
    EXPECT_FALSE(result.layers[0].executed);
    EXPECT_FALSE(result.layers[1].executed);
    EXPECT_TRUE(result.layers[1].refusal.empty());
    EXPECT_TRUE(result.layers[1].outputs.empty());
  }
}

TEST(Engine, OtherBranchesAreRunBehindARefusedLayer) {
  for (const Device device : devices) {
    const auto result = run(
        network(
            "[1, 3, 8, 8]",
            R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 9}, {"type": "ReLU", "inputs": "input"})"),
        device);
    EXPECT_FALSE(result.layers[0].refusal.empty());
    EXPECT_EQ(outcome(result), "[1, 3, 8, 8]");
  }
}

TEST(Engine, SkippedLayersAreNotBuilt) {
  const Spec spec =
      network("[1, 3, 8, 8]", R"({"type": "ReLU"}, {"type": "ReLU"}, {"type": "Tanh", "inputs": "input"})");
  for (const Device device : devices) {
    const auto result = engine().run(spec, device, {true, false, false});
    EXPECT_FALSE(result.layers[0].executed);
    EXPECT_TRUE(result.layers[0].refusal.empty());
    EXPECT_FALSE(result.layers[1].executed);
    EXPECT_TRUE(result.layers[2].executed);
  }
}

struct Refusal {
  const char* input;
  const char* layers;
};

TEST(Engine, RefusesOnEveryDeviceAlike) {
  const Refusal refusals[] = {
      {"[1, 3, 8, 8]", R"({"type": "Conv2d", "in_channels": 4, "out_channels": 4, "kernel_size": 3})"},
      {"[1, 3, 8]", R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 9})"},
      {"[8]", R"({"type": "Conv1d", "out_channels": 4, "kernel_size": 3})"},
      {"[1, 3, 8, 8]",
       R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 8, "padding_mode": "reflect"})"},
      {"[1, 4, 8]", R"({"type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 1, "padding": 4})"},
      {"[1, 4, 12, 12]",
       R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_size": [25, 24]})"},
      {"[1, 4, 12, 12]",
       R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_size": [22, 24]})"},
      {"[1, 3, 8, 8]", R"({"type": "BatchNorm2d", "num_features": 5})"},
      {"[1, 3, 8]", R"({"type": "BatchNorm2d"})"},
      {"[2, 8]", R"({"type": "Linear", "in_features": 9, "out_features": 3})"},
      {"[1, 3, 8, 8]", R"({"type": "GroupNorm", "num_groups": 2})"},
      {"[1, 3, 8, 8]", R"({"type": "LayerNorm", "normalized_shape": [8, 9]})"},
      {"[1, 3, 9]", R"({"type": "GLU"})"},
      {"[1, 3, 9]", R"({"type": "PReLU", "num_parameters": 2})"},
      {"[1, 3, 8, 8]", R"({"type": "MaxPool2d", "kernel_size": 2, "padding": 2})"},
      {"[1, 3, 2, 2]", R"({"type": "MaxPool2d", "kernel_size": 3})"},
      {"[1, 3, 2, 2, 2]", R"({"type": "MaxPool3d", "kernel_size": 3})"},
      {"[1, 3, 4, 4]", R"({"type": "ReflectionPad2d", "padding": 4})"},
      {"[1, 3, 4, 4]", R"({"type": "ZeroPad2d", "padding": -2})"},
      {"[1, 3, 4, 4]", R"({"type": "Upsample", "scale_factor": 2, "mode": "linear"})"},
      {"[1, 3, 1, 1]", R"({"type": "Upsample", "scale_factor": 0.5})"},
      {"[1, 3, 4, 4]", R"({"type": "PixelShuffle", "upscale_factor": 2})"},
      {"[1, 13, 9]", R"({"type": "Fold", "output_size": [4, 4], "kernel_size": 2})"},
      {"[1, 3, 2, 2]", R"({"type": "Unfold", "kernel_size": 3})"},
      {"[1, 3, 8, 8]", R"({"type": "Dropout1d"})"},
      // Averages take further axes in front, maxima do not.
      {"[2, 4, 3, 9, 8]", R"({"type": "AdaptiveMaxPool2d", "output_size": 1})"},
      {"[2, 7]", R"({"type": "Unflatten", "dim": 1, "unflattened_size": [2, 3]})"},
      {"[2, 7]", R"({"type": "Reshape", "shape": [3, 5]})"},
      {"[2, 7]", R"({"type": "Squeeze", "dim": [0, 0]})"},
      {"[2, 7]", R"({"type": "Slice", "index": [[0, null], [5, 3]]})"},
      {"[1, 3, 4, 4]", R"({"type": "Crop", "size": 5})"},
      {R"({"a": [1, 3, 4, 4], "b": [1, 3, 4, 5]})", R"({"type": "Concat", "inputs": ["a", "b"]})"},
      {R"({"a": [1, 3, 4, 4], "b": [1, 3, 4, 5]})", R"({"type": "Add", "inputs": ["a", "b"]})"},
      {"[4, 2]", R"({"type": "Custom", "output": ["in[0] - 4"]})"},
      {"[4, 2]", R"_({"type": "Custom", "output": ["4//(in[0] - 4)"]})_"},
  };
  for (const Refusal& one : refusals) {
    const Spec spec = network(one.input, one.layers);
    for (const Device device : devices)
      EXPECT_EQ(outcome(run(spec, device)), "refused")
          << to_string(device) << ": " << one.input << " " << one.layers;
  }
}

// LibTorch has the check in its CPU kernels only; and an output_padding below the dilation alone is fine.
TEST(Engine, OutputPaddingIsBelowStrideOrDilation) {
  for (const Device device : devices) {
    const auto up = [&](const char* options) {
      Spec spec =
          network("[1, 4, 8]", R"({"type": "ConvTranspose1d", "out_channels": 4, "kernel_size": 3, )" +
                                   std::string(options) + "}");
      return outcome(run(spec, device));
    };
    EXPECT_EQ(up(R"("stride": 2, "output_padding": 1)"), "[1, 4, 18]");
    EXPECT_EQ(up(R"("stride": 2, "dilation": 4, "output_padding": 3)"), "[1, 4, 26]");
    EXPECT_EQ(up(R"("stride": 2, "output_padding": 2)"), "refused");
  }
}

TEST(Engine, OutputSizeOverridesOutputPadding) {
  for (const Device device : devices) {
    const std::string up =
        R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "dilation": 2, "padding": 1, "output_padding": 1, "output_size": )";
    EXPECT_EQ(outcome(run(network("[1, 4, 12, 12]", up + "[25, 26]}"), device)), "[1, 4, 25, 26]");
    EXPECT_EQ(outcome(run(network("[4, 12, 12]", up + "[4, 25, 26]}"), device)), "[4, 25, 26]");
  }
}

TEST(Engine, UnpoolRefusesIndicesThatItsOutputDoesNotHave) {
  const std::string pool =
      R"({"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"type": "MaxUnpool2d", "kernel_size": 2, "indices": "p")";
  for (const Device device : devices) {
    EXPECT_EQ(outcome(run(network("[1, 4, 24, 24]", pool + "}"), device)), "[1, 4, 24, 24]");
    EXPECT_EQ(outcome(run(network("[1, 4, 25, 25]", pool + "}"), device)), "refused");
    EXPECT_EQ(outcome(run(network("[1, 4, 25, 25]", pool + R"(, "size_like": "input"})"), device)),
              "[1, 4, 25, 25]");
    EXPECT_EQ(outcome(run(network("[4, 25, 25]", pool + R"(, "output_size": [25, 25]})"), device)),
              "[4, 25, 25]");
    EXPECT_EQ(outcome(run(network("[1, 4, 24, 24]", pool + R"(, "output_size": [30, 30]})"), device)),
              "refused");
  }
}

TEST(Engine, IndicesAreAnOutputOnlyWhereTheyAreAskedFor) {
  const auto result = run(
      network(
          "[1, 4, 8, 8]",
          R"({"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"type": "MaxUnpool2d", "kernel_size": 2, "indices": "p"})"),
      Device::cpu);
  EXPECT_EQ(result.layers[0].outputs, std::vector<Shape>{Shape({1, 4, 4, 4})});
}

TEST(Engine, SeveralOutputsAreWiredByNumber) {
  for (const Device device : devices)
    EXPECT_EQ(
        outcome(run(
            network(
                "[2, 7, 9]",
                R"({"name": "c", "type": "Chunk", "chunks": 3, "dim": 1}, {"type": "Concat", "inputs": ["c:2", "c", "input"]})"),
            device)),
        "[2, 11, 9]");
}

TEST(Engine, MetaTakesSizesThatNoMemoryHolds) {
  const std::string layers =
      R"({"type": "Conv2d", "out_channels": 8192, "kernel_size": 3, "padding": 1}, {"type": "BatchNorm2d"}, {"type": "MaxPool2d", "kernel_size": 2}, {"type": "ReLU"})";
  EXPECT_EQ(outcome(run(network("[1, 1024, 32768, 32768]", layers), Device::meta)),
            "[1, 8192, 16384, 16384]");
  EXPECT_EQ(
      outcome(run(network("[1, 1000000]", R"({"type": "Linear", "out_features": 1000000})"), Device::meta)),
      "[1, 1000000]");
}

TEST(Engine, CpuRefusesWhatMemoryDoesNotHold) {
  EXPECT_NE(run(network("[1024, 1024, 1024, 1024]", R"({"type": "ReLU"})"), Device::cpu).error.find("memory"),
            std::string::npos);
  const auto result =
      run(network("[1, 1000000]",
                  R"({"type": "Linear", "out_features": 1000000}, {"type": "ReLU", "inputs": "input"})"),
          Device::cpu);
  EXPECT_NE(result.error.find("not enough memory to run"), std::string::npos) << result.error;
  EXPECT_TRUE(result.given_up);
  EXPECT_FALSE(result.layers[1].executed);
}

TEST(Engine, SizesBeyondSixtyFourBitsAreRefused) {
  for (const Device device : devices) {
    const auto result = run(network("[1, 281474976710656, 281474976710656]", R"({"type": "ReLU"})"), device);
    EXPECT_FALSE(result.error.empty());
  }
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

TEST(Engine, AThousandLayersOfAnyWidthAreRunWithoutMemory) {
  const Spec spec =
      network("[1, 4096, 256, 256]",
              layers_of(1000, R"({"type": "Conv2d", "out_channels": 4096, "kernel_size": 3, "padding": 1})"));
  run(network("[1, 8]", R"({"type": "ReLU"})"), Device::meta);  // LibTorch is loaded before we measure
  const long before = peak_megabytes();
  EXPECT_EQ(outcome(run(spec, Device::meta)), "[1, 4096, 256, 256]");
  EXPECT_LT(peak_megabytes() - before, 100);  // its weights alone would take 600 GB
}

// Each layer copies 16 MB; together they would take 800.
TEST(Engine, TensorsAreFreedBehindTheirLastReader) {
  const Spec spec = network("[1, 16, 512, 512]", layers_of(50, R"({"type": "Pad", "padding": [0, 0]})"));
  run(network("[1, 8]", R"({"type": "ReLU"})"), Device::cpu);  // LibTorch is loaded before we measure
  const long before = peak_megabytes();
  EXPECT_EQ(outcome(run(spec, Device::cpu)), "[1, 16, 512, 512]");
  EXPECT_LT(peak_megabytes() - before, 200);
}

TEST(Engine, RunsAreTheSameEachTime) {
  const Spec spec = network(
      "[1, 4, 9, 9]",
      R"({"name": "p", "type": "MaxPool2d", "kernel_size": 2}, {"type": "MaxUnpool2d", "kernel_size": 2, "indices": "p"})");
  const auto first = run(spec, Device::cpu);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(run(spec, Device::cpu).layers[1].refusal, first.layers[1].refusal);
}

// LocalResponseNorm makes a view of N,C,D,H,W that not every order of axes in memory allows, and MaxPool3d
// takes C,D,H,W with the channels last for a batch of images (since LibTorch 2.0). PixelShuffle knows no five
// axes with the channels innermost, which a convolution keeps.
TEST(Engine, WhatLibTorchRefusesForItsLayoutRunsOnACopy) {
  std::vector<std::pair<std::string, std::string>> refused{
      {"[1, 2, 3, 4, 5]",
       R"({"type": "Permute", "dims": [0, 1, 2, 4, 3]}, {"type": "LocalResponseNorm", "size": 3})"},
      {"[2, 3, 4, 5]",
       R"({"type": "Permute", "dims": [0, 3, 1, 2]}, {"type": "MaxPool3d", "kernel_size": 1})"},
      {"[2, 1, 2, 6, 7]",
       R"({"type": "Permute", "dims": [0, 4, 1, 2, 3]}, {"type": "PixelShuffle", "upscale_factor": 1})"}};
  if (engine().version().starts_with("1.")) refused.erase(refused.begin() + 1);
  for (const auto& [input, layers] : refused) {
    for (const Device device : {Device::cpu, Device::meta}) {
      const auto result = run(network(input, layers), device);
      EXPECT_EQ(result.layers[1].refusal, "") << layers;
      EXPECT_NE(result.layers[1].layout_refusal, "") << layers << to_string(device);
      EXPECT_TRUE(result.layers[1].executed);
      EXPECT_EQ(result.layers[1].outputs, result.layers[0].outputs);
      const std::size_t behind = layers.find("}, {");
      const auto ordered = run(network(input, layers.substr(0, behind) + R"(}, {"type": "Contiguous"}, {)" +
                                                  layers.substr(behind + 4)),
                               device);
      EXPECT_EQ(ordered.layers[2].layout_refusal, "") << layers;
      EXPECT_TRUE(ordered.layers[2].executed);
    }
  }
}

TEST(Engine, AnIntegerSquaredStaysOne) {
  const Spec spec = network("[2, 3]", R"({"type": "Pow", "value": 2},
    {"type": "Embedding", "num_embeddings": 1000000, "embedding_dim": 4})");
  EXPECT_EQ(outcome(run(spec, Device::meta)), "[2, 3, 4]");
}

TEST(Engine, AnEmbeddingLooksUpDummyIntegersWithinItsTable) {
  for (const char* rows : {"1", "3", "100000"}) {
    const Spec spec = network(R"({"image": [2, 1, 4], "label": [2]})",
                              R"({"type": "Embedding", "inputs": "label", "num_embeddings": )" +
                                  std::string(rows) + R"(, "embedding_dim": 4, "max_norm": 1})");
    for (const Device device : {Device::cpu, Device::meta})
      EXPECT_EQ(outcome(run(spec, device)), "[2, 4]") << rows;
  }
}

}  // namespace
}  // namespace shapedbg::engine_test
