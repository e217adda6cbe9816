// What an export or a trace remembers of its example. Each fact: a small network, the finding with the
// sizes on both sides, and a network beside it that does not part.
#include <gtest/gtest.h>

#include <string>

#include "portability/asked.h"

namespace shapedbg {
namespace {

TEST(Portability, AnExportedCeilModeRemembersItsExample) {
  const std::string pool =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true})";
  EXPECT_EQ(ask("export", R"([1, 1, "H", 4])", pool, kFree).first(),
            "P703 for `H` = 7 `pool` is refused in export, where PyTorch makes 4x3 of 7x4");
  EXPECT_EQ(ask("export", "[1, 1, 7, 4]", pool).first(), "");
}

TEST(Portability, ATraceKeepsTheOutputPadding) {
  const std::string net =
      R"({"name": "down", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1}, {"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1, "size_like": "input"})";
  const std::string free = R"(, "sizes": {"H": {"min": 26, "max": 60}})";
  for (const char* target : {"trace", "ncnn"})
    EXPECT_EQ(
        ask(target, R"([1, 1, "H", 26])", net, free).first(),
        std::string("P703 for `H` = 27 `up` returns 28x26 in ") + target + ", 27x26 in PyTorch, of 14x13");
  EXPECT_EQ(ask("export", R"([1, 1, "H", 26])", net, free).first(), "");
  EXPECT_EQ(ask("trace", "[1, 1, 27, 26]", net).first(), "");
  // Where all declared sizes are even, the example's output_padding is right for each.
  const std::string even = R"(, "sizes": {"H": {"min": 26, "max": 60, "multiple_of": 2}})";
  EXPECT_EQ(ask("trace", R"([1, 1, "H", 26])", net, even).first(), "");
}

TEST(Portability, AnExportedSliceRemembersItsExample) {
  const std::string net =
      R"({"name": "down", "type": "Conv2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1}, {"name": "up", "type": "Upsample", "scale_factor": 2},
      {"name": "cut", "type": "Slice", "size_like": "input"})";
  const auto from = [](int size) {
    return R"(, "sizes": {"H": {"min": )" + std::to_string(size) + R"(, "max": 30}})";
  };
  const Asked odd = ask("export", R"([1, 1, "H", 25])", net, from(25));
  EXPECT_EQ(odd.first(), "P703 for `H` = 26 `cut` is refused in export, where PyTorch makes 26x25 of 26x26");
  EXPECT_TRUE(odd.notes("`H` = 26, 28, 30, looked at from 25 to 30"));
  EXPECT_EQ(ask("export", R"([1, 1, "H", 25])", net, from(26)).first(),
            "P703 for `H` = 27 `cut` is refused in export, where PyTorch makes 27x25 of 28x26");
  EXPECT_EQ(ask("trace", R"([1, 1, "H", 25])", net, from(25)).first(), "");
  EXPECT_EQ(ask("export", "[1, 1, 25, 25]", net).first(), "");
}

TEST(Portability, AnExampleOfOneIsTakenForFixed) {
  const std::string net = R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 4})";
  const auto from = [](int size) {
    return R"(, "sizes": {"H": {"min": )" + std::to_string(size) + R"(, "max": 30}})";
  };
  for (const char* target : {"export", "executorch"})
    EXPECT_EQ(
        ask(target, R"([1, 1, "H", 3])", net, from(1)).first(),
        std::string("P703 `H` is 1 in the example, and refused in ") + target + " where it is another size");
  EXPECT_EQ(ask("export", R"([1, 1, "H", 3])", net, from(2)).first(), "");
  EXPECT_EQ(ask("onnxruntime", R"([1, 1, "H", 3])", net, from(1)).first(), "");
}

TEST(Portability, AnUnpoolIsNotTraced) {
  const std::string net = R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "up", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool"})";
  EXPECT_EQ(ask("trace", "[1, 1, 8, 8]", net).first(),
            "P702 `up` is refused in trace, where PyTorch makes 8x8 of 4x4");
  EXPECT_EQ(ask("export", "[1, 1, 8, 8]", net).first(), "");
  const std::string sized = R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2},
      {"name": "up", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool", "size_like": "input"})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 9, 9]", sized).first(),
            "P702 `up` is refused in ncnn, where PyTorch makes 9x9 of 4x4");
}

// A ModuleDict takes any name; where the module has no tensors its name is not written into the program.
TEST(Portability, AModuleNamedByAKeyword) {
  const auto layer = [](const std::string& name, const std::string& options, bool program = true) {
    return "{\"name\": \"" + name + "\", " + options +
           (program ? R"(, "source": {"made": "net.py:7", "called": "net.py:9"})" : "") + "}";
  };
  const std::string conv = R"("type": "Conv2d", "out_channels": 3, "kernel_size": 3, "bias": false)";
  const std::string in = "[1, 2, 8, 8]";
  for (const std::string target : {"export", "executorch", "onnx"}) {
    EXPECT_EQ(ask(target, in, layer("branches.global.conv", conv)).first(),
              "P702 `branches.global.conv` is refused in " + target + ", where PyTorch makes 6x6 of 8x8");
    EXPECT_EQ(ask(target, in, layer("lambda", R"("type": "BatchNorm2d", "affine": false)")).first(),
              "P702 `lambda` is refused in " + target + ", where PyTorch makes 8x8 of 8x8");
    EXPECT_EQ(ask(target, in, layer("branches.class", R"("type": "ReLU")")).first(), "");
    EXPECT_EQ(ask(target, in, layer("branches.global_", conv)).first(), "");
    EXPECT_EQ(ask(target, in, layer("NoneType", conv)).first(), "");
    EXPECT_EQ(ask(target, in, layer("global", conv, false)).first(), "") << "a spec's own name";
  }
  EXPECT_EQ(ask("trace", in, layer("branches.class", R"("type": "ReLU")")).first(),
            "P702 `branches.class` is refused in trace, where PyTorch makes 8x8 of 8x8");
  EXPECT_EQ(ask("trace", in, layer("NoneType", conv)).first(),
            "P702 `NoneType` is refused in trace, where PyTorch makes 6x6 of 8x8");
  EXPECT_EQ(ask("trace", in, layer("lambda", conv)).first(), "");
  EXPECT_EQ(ask("onnx-torchscript", in, layer("global", conv)).first(), "");
}

TEST(Portability, AMapOfOneInTheExample) {
  const std::string down =
      R"({"name": "down", "type": "Conv2d", "out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1})";
  const auto sizes = [](int least) {
    return ", \"sizes\": {\"H\": {\"min\": " + std::to_string(least) + "}}";
  };
  const std::string in = R"([1, 1, "H", 8])";
  const Asked asked = ask("export", in, down, sizes(2));
  EXPECT_EQ(asked.first(), "P703 for `H` = 4 `down` is refused in export, where PyTorch makes 2x4 of 4x8");
  EXPECT_TRUE(asked.notes("`H`: every size from 4, proven for every size")) << asked.findings[0].notes[1];
  EXPECT_EQ(ask("export", in, down, sizes(4)).first(), "");
  EXPECT_EQ(ask("export", "[1, 1, 2, 8]", down).first(), "") << "no size is free";
  EXPECT_EQ(ask("onnxruntime", in, down, sizes(2)).first(), "");
  EXPECT_EQ(ask("executorch", in, down, sizes(2)).first(), "");
  EXPECT_EQ(ask("export", in, R"({"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 1})", sizes(2))
                .first(),
            "")
      << "1 for every size";
  const std::string slice = R"({"name": "last", "type": "Slice", "index": [null, null, [1, null]]})";
  EXPECT_EQ(ask("export", in, slice, sizes(2)).first(),
            "P703 for `H` = 3 `last` is refused in export, where PyTorch makes 2x8 of 3x8");
}

TEST(Portability, TheLengthOfTheExample) {
  const std::string free = R"(, "sizes": {"L": {"min": 12, "max": 20}})";
  const std::string pool = R"({"name": "pool", "type": "MaxPool1d", "kernel_size": 2)";
  EXPECT_NE(ask("export", "[1, 4, \"L\"]", pool + "}", free).first().find("P703 for `L` = 13"),
            std::string::npos);
  EXPECT_EQ(ask("export", "[1, 4, 12]", pool + "}").first(), "");
  EXPECT_EQ(ask("export", "[1, 4, \"L\"]", pool + ", \"return_indices\": true}", free).first(), "");
  EXPECT_EQ(ask("export", "[1, 4, \"L\"]", R"({"type": "AvgPool1d", "kernel_size": 2})", free).first(), "");
  const std::string states = R"({"name": "states", "hidden_size": 5, "batch_first": true, "type": ")";
  EXPECT_NE(ask("export", "[2, \"L\", 4]", states + "RNN\"}", free).first().find("P703 for `L` = 13"),
            std::string::npos);
  EXPECT_NE(ask("export", "[2, \"L\", 4]", states + "GRU\"}", free).first().find("P703 for `L` = 13"),
            std::string::npos);
  EXPECT_EQ(ask("onnx", "[2, \"L\", 4]", states + "GRU\"}", free).first(), "");
  EXPECT_NE(ask("onnx", "[2, \"L\", 4]", states + "RNN\"}", free).first().find("P703"), std::string::npos);
  EXPECT_EQ(ask("export", "[\"L\", 7, 4]", states + "RNN\"}", free).first(), "");
}

}  // namespace
}  // namespace shapedbg
