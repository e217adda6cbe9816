// Each row of the table of facts: a small network, the finding with the sizes on both sides, and a network
// beside it that does not part.
#include "portability/portability.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "net/rounding.h"
#include "portability/facts.h"
#include "portability/spelled.h"
#include "read/json/parse.h"
#include "size/number.h"

namespace shapedbg {
namespace {

struct Asked {
  std::vector<Finding> findings;

  std::string first() const {
    return findings.empty() ? "" : std::string(info(findings[0].code).id) + " " + findings[0].message;
  }
  std::string fix() const {
    return findings.empty() || findings[0].fixes.empty() ? "" : findings[0].fixes[0].title;
  }
  bool notes(std::string_view text) const {
    for (const Finding& finding : findings)
      for (const std::string& note : finding.notes)
        if (note.find(text) != std::string::npos) return true;
    return false;
  }
};

// `input` and `layers` as a spec holds them; `more`: further keys of the spec, with a comma in front.
Asked ask(const std::string& target, const std::string& input, const std::string& layers,
          const std::string& more = {}) {
  const Source source("spec.json", "{\"for\": [\"" + target + "\"], \"input\": " + input + ", \"layers\": [" +
                                       layers + "]" + more + "}\n");
  const Parsed parsed = parse(source);
  EXPECT_TRUE(parsed.findings.empty()) << (parsed.findings.empty() ? "" : parsed.findings[0].message);
  const Rerun rerun = [](const Spec& spec) { return infer(spec); };
  const RightForAll right = [](const Spec&) { return true; };
  return {portability(source, parsed.spec, infer(parsed.spec), parsed.targets, rerun, right)};
}

const std::string kFree = R"(, "sizes": {"H": {"min": 6, "max": 40}})";

TEST(Portability, AResizeBySinglePrecision) {
  const std::string up = R"({"name": "up", "type": "Upsample", "scale_factor": 0.7})";
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in onnxruntime, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("ncnn", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in ncnn, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("coreml", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in coreml, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("opencv", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in opencv, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("openvino", "[1, 3, 90, 90]", up).first(),
            "P701 `up` returns 63x63 in openvino, 62x62 in PyTorch, of 90x90");
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 91, 91]", up).first(), "");
  EXPECT_EQ(ask("trace", "[1, 3, 90, 90]", up).first(), "");
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 90, 90]", up).fix(),
            "set size to 62 on `up` in place of scale_factor");
  const std::string small = R"({"name": "down", "type": "Upsample", "scale_factor": 0.29})";
  EXPECT_EQ(ask("onnxruntime", "[1, 3, 100, 200]", small).first(),
            "P701 `down` returns 29x58 in onnxruntime, 28x57 in PyTorch, of 100x200");
}

TEST(Portability, TheRankIsLostBehindAnUnflatten) {
  const std::string map = R"({"name": "map", "type": "Unflatten", "dim": 1, "unflattened_size": [4, 4, 4]},
                             {"name": "act", "type": "ReLU"},)";
  const auto on = [&](const std::string& layer) { return ask("onnx2torch", "[2, 64]", map + layer).first(); };
  EXPECT_EQ(on(R"({"name": "mean", "type": "AdaptiveAvgPool2d", "output_size": 1})"),
            "P701 `mean` returns [1, 1, 1, 1] in onnx2torch, [2, 4, 1, 1] in PyTorch, of 4x4");
  EXPECT_EQ(on(R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2})"),
            "P702 `pool` is refused in onnx2torch, where PyTorch makes 2x2 of 4x4");
  EXPECT_EQ(on(R"({"name": "norm", "type": "BatchNorm2d"})"),
            "P702 `norm` is refused in onnx2torch, where PyTorch makes 4x4 of 4x4");
  EXPECT_EQ(
      on(R"({"type": "ConvTranspose2d", "out_channels": 4, "kernel_size": 1}, {"name": "n", "type": "BatchNorm2d"})")
          .substr(0, 8),
      "P702 `n`");
  // Folded into the convolution, or known again.
  EXPECT_EQ(on(R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 1}, {"type": "BatchNorm2d"})"), "");
  EXPECT_EQ(on(R"({"type": "Reshape", "shape": [2, 4, 4, 4]}, {"type": "MaxPool2d", "kernel_size": 2})"), "");
  EXPECT_EQ(on(R"({"type": "GroupNorm", "num_groups": 2})"), "");
  EXPECT_EQ(ask("onnx2torch", "[2, 4, 4, 4]", R"({"type": "MaxPool2d", "kernel_size": 2})").first(), "");
}

TEST(Portability, TheOlderExporterTraces) {
  const std::string net = R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "return_indices": true},
      {"name": "unpool", "type": "MaxUnpool2d", "kernel_size": 2, "indices": "pool"})";
  EXPECT_EQ(ask("onnx-torchscript", "[1, 3, 4, 4]", net).first(),
            "P702 `unpool` is refused in onnx-torchscript, where PyTorch makes 4x4 of 2x2");
  EXPECT_EQ(ask("onnx", "[1, 3, 4, 4]", net).first(), "");
}

TEST(Portability, EveryFreeSizeIsLookedAt) {
  const Asked asked =
      ask("onnxruntime", R"([1, 3, "H", 91])", R"({"name": "up", "type": "Upsample", "scale_factor": 0.7})",
          R"(, "sizes": {"H": {"min": 60, "max": 400}})");
  EXPECT_EQ(asked.first(), "P701 for `H` = 90 `up` returns 63x63 in onnxruntime, 62x63 in PyTorch, of 90x91");
  EXPECT_TRUE(asked.notes("`H` = 90, 170, 180, 330, 340, 350 and 1 more, looked at from 60 to 400"));
}

TEST(Portability, FactorsOfFewDigitsNeverPart) {
  for (const char* factor : {"2", "4", "0.5", "0.75", "1.5", "3", "8"})
    for (const char* target : {"onnxruntime", "openvino", "ncnn"})
      EXPECT_EQ(ask(target, "[1, 3, \"H\", 64]",
                    std::string(R"({"type": "Upsample", "scale_factor": )") + factor + "}",
                    R"(, "sizes": {"H": {"min": 8, "max": 4096}})")
                    .first(),
                "")
          << factor << " " << target;
}

TEST(Portability, AMapOfThreeAxesIsNotResized) {
  const std::string up = R"({"name": "up", "type": "Upsample", "scale_factor": 2})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 4, 6, 6]", up).first(),
            "P701 `up` returns 4x6x6 in ncnn, 8x12x12 in PyTorch, of 4x6x6");
  EXPECT_EQ(ask("ncnn", "[1, 1, 6, 6]", up).first(), "");
  const std::string sized = R"({"name": "up", "type": "Upsample", "size": [8, 12, 12]})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 4, 6, 6]", sized).first(),
            "P701 `up` returns 4x6x6 in ncnn, 8x12x12 in PyTorch, of 4x6x6");
}

TEST(Portability, TheLastWindowOfCeilMode) {
  const std::string pool =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true})";
  for (const char* target : {"ncnn", "paddle", "openvino", "opencv"})
    EXPECT_EQ(ask(target, "[1, 1, 3, 3]", pool).first(),
              std::string("P701 `pool` returns 3x3 in ") + target + ", 2x2 in PyTorch, of 3x3");
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 3, 3]", pool).first(), "");
  EXPECT_EQ(ask("ncnn", "[1, 1, 4, 4]", pool).first(), "");
  const std::string short_kernel =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 1, "stride": 3, "ceil_mode": true})";
  EXPECT_EQ(ask("coreml", "[1, 1, 5, 5]", short_kernel).first(),
            "P701 `pool` returns 3x3 in coreml, 2x2 in PyTorch, of 5x5");
  const std::string mean =
      R"({"name": "pool", "type": "AvgPool2d", "kernel_size": 2, "padding": 1, "ceil_mode": true})";
  EXPECT_EQ(ask("ncnn", "[1, 1, 3, 3]", mean).first(),
            "P701 `pool` returns 3x3 in ncnn, 2x2 in PyTorch, of 3x3");
  EXPECT_EQ(ask("openvino", "[1, 1, 3, 3]", mean).first(), "");
}

TEST(Portability, CeilModeIsProvenForEverySize) {
  const Asked asked = ask(
      "ncnn", R"([1, 1, "H", 4])",
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true})",
      R"(, "sizes": {"H": {"min": 4}})");
  EXPECT_EQ(asked.first(), "P701 for `H` = 5 `pool` returns 4x3 in ncnn, 3x3 in PyTorch, of 5x4");
  EXPECT_TRUE(asked.notes("they part for `H`: odd sizes, from 5, proven for every size"))
      << asked.findings[0].notes[1];
}

TEST(Portability, AnExportedCeilModeRemembersItsExample) {
  const std::string pool =
      R"({"name": "pool", "type": "MaxPool2d", "kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": true})";
  EXPECT_EQ(ask("export", R"([1, 1, "H", 4])", pool, kFree).first(),
            "P703 for `H` = 7 `pool` is refused in export, where PyTorch makes 4x3 of 7x4");
  EXPECT_EQ(ask("export", "[1, 1, 7, 4]", pool).first(), "");
}

TEST(Portability, AnAdaptivePoolKeepsItsKernel) {
  const std::string pool = R"({"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 3})";
  EXPECT_EQ(ask("onnxruntime", R"([1, 1, "H", 6])", pool, kFree).first(),
            "P703 for `H` = 8 `pool` returns 4x3 in onnxruntime, 3x3 in PyTorch, of 8x6");
  // 3 does not divide 7: the exporter then writes windows that follow the size.
  EXPECT_EQ(
      ask("onnxruntime", R"([1, 1, "H", 6])", pool, R"(, "sizes": {"H": {"min": 7, "max": 40}})").first(),
      "");
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 9, 6]", pool).first(), "");
  const std::string mean = R"({"name": "pool", "type": "AdaptiveAvgPool2d", "output_size": 1})";
  EXPECT_EQ(ask("onnxruntime", R"([1, 1, "H", 6])", mean, kFree).first(), "");
}

TEST(Portability, OutputPaddingOfTheStride) {
  const std::string up = R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3,
      "stride": 2, "padding": 1, "dilation": 3, "output_padding": 2})";
  for (const char* target : {"onnxruntime", "tvm", "paddle"})
    EXPECT_EQ(ask(target, "[1, 1, 5, 5]", up).first(),
              std::string("P702 `up` is refused in ") + target + ", where PyTorch makes 15x15 of 5x5");
  for (const char* target : {"openvino", "tract", "executorch", "ncnn"})
    EXPECT_EQ(ask(target, "[1, 1, 5, 5]", up).first(), "") << target;
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 5, 5]", up).fix(), "set padding to 0 and output_padding to 0 on `up`");
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

TEST(Portability, ARemainderOfANegativeSize) {
  const std::string pad = R"({"name": "pad", "type": "PadToMultiple", "multiple": 8})";
  EXPECT_EQ(ask("tract", "[1, 1, 21, 24]", pad).first(),
            "P701 `pad` returns 16x24 in tract, 24x24 in PyTorch, of 21x24");
  EXPECT_EQ(ask("tract", "[1, 1, 16, 24]", pad).first(), "");
  EXPECT_EQ(ask("onnxruntime", "[1, 1, 21, 24]", pad).first(), "");
}

TEST(Portability, APadToTheSizeOfAnother) {
  const std::string layers = R"({"name": "down", "type": "MaxPool2d", "kernel_size": 2},
    {"name": "up", "type": "Upsample", "scale_factor": 2}, {"name": "pad", "type": "Pad", "size_like": "input"})";
  EXPECT_NE(ask("ncnn", "[1, 2, \"H\", 9]", layers, kFree).first().find("P703 `pad` is refused in ncnn"),
            std::string::npos);
  EXPECT_EQ(ask("ncnn", "[1, 2, 9, 9]", layers).first(), "");
}

TEST(Portability, ANegativeRemainderIsRefused) {
  const std::string pad = R"({"name": "whole", "type": "PadToMultiple", "multiple": 8})";
  EXPECT_EQ(ask("executorch", "[1, 2, 13]", pad).findings.at(0).code, Code::P702);
  EXPECT_EQ(ask("executorch", "[1, 2, 16]", pad).first(), "");
  EXPECT_NE(ask("executorch", "[1, 2, \"L\"]", pad, R"(, "sizes": {"L": {"min": 16, "max": 24}})")
                .first()
                .find("P702"),
            std::string::npos);
}

TEST(Portability, NumbersComputedFromSizes) {
  const std::string pad = R"({"name": "pad", "type": "PadToMultiple", "multiple": 8})";
  EXPECT_EQ(ask("ncnn", R"([1, 1, "H", 24])", pad, kFree).first(),
            "P703 `pad` is refused in ncnn, where PyTorch makes 8x24 of 6x24");
  EXPECT_EQ(ask("ncnn", "[1, 1, 6, 24]", pad).first(), "");
  const std::string crop = R"({"name": "wide", "type": "ZeroPad2d", "padding": 2},
      {"name": "crop", "type": "Crop", "size": 4})";
  EXPECT_EQ(ask("ncnn", R"([1, 1, "H", 24])", crop, kFree).first(), "");
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

TEST(Portability, OneCauseIsOneFinding) {
  const Asked asked = ask("onnxruntime\", \"openvino", "[1, 3, 90, 90]",
                          R"({"name": "up", "type": "Upsample", "scale_factor": 0.7})");
  EXPECT_EQ(asked.findings.size(), 1U);
  EXPECT_EQ(asked.first(), "P701 `up` returns 63x63 in onnxruntime and openvino, 62x62 in PyTorch, of 90x90");
  EXPECT_TRUE(asked.notes("seen on openvino 2026.4.1: adds a margin"));
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

// pnnx sees two sizes that it has no numbers for, and takes the slice between them for nothing.
TEST(Portability, ASliceOfAFreeSizeIsDropped) {
  const std::string sizes = R"(, "sizes": {"L": {"min": 12}})";
  const std::string causal =
      R"({"name": "conv", "type": "Conv1d", "out_channels": 4, "kernel_size": 3, "padding": 2},
      {"name": "chomp", "type": "Slice", "index": [null, null, [null, -2]]})";
  EXPECT_EQ(ask("ncnn", R"([1, 4, "L"])", causal, sizes).first(),
            "P701 `chomp` returns 14 in ncnn, 12 in PyTorch, of 14");
  EXPECT_TRUE(ask("ncnn", R"([1, 4, "L"])", causal, sizes).notes("proven for every size"));
  EXPECT_EQ(ask("ncnn", "[1, 4, 12]", causal).first(), "") << "one size alone";
  EXPECT_EQ(ask("onnxruntime", R"([1, 4, "L"])", causal, sizes).first(), "");
  const auto sliced = [&](const std::string& index) {
    return ask("ncnn", R"([1, 4, "L", 8])", R"({"name": "cut", "type": "Slice", "index": )" + index + "}",
               sizes)
        .first();
  };
  EXPECT_EQ(sliced("[null, null, [1, -1], [1, -1]]"),
            "P701 `cut` returns 12x6 in ncnn, 10x6 in PyTorch, of 12x8");
  EXPECT_EQ(sliced("[null, [1, 3], [1, null]]"), "P701 `cut` returns 12x8 in ncnn, 11x8 in PyTorch, of 12x8");
  EXPECT_EQ(sliced("[null, null, [1, 4]]"), "") << "a number is left";
  EXPECT_EQ(sliced("[null, [1, 3]]"), "");
  EXPECT_EQ(sliced("[null, null, null, [0, 8, 2]]"),
            "P702 `cut` is refused in ncnn, where PyTorch makes 12x4 of 12x8");
  EXPECT_EQ(sliced("[null, null, [null, null, 2]]"),
            "P701 `cut` returns 12x8 in ncnn, 6x8 in PyTorch, of 12x8");
}

TEST(Portability, WhatNcnnLacks) {
  const std::string in = "[1, 4, 12, 12]";
  const auto refused = [&](const std::string& layer) {
    const std::string said =
        ask("ncnn", in,
            R"({"name": "conv", "type": "Conv2d", "out_channels": 4, "kernel_size": 1}, {"name": "one", )" +
                layer + "}")
            .first();
    EXPECT_EQ(ask("openvino", in, "{" + layer + "}").first(), "") << layer;
    return said.starts_with("P702 `one` is refused in ncnn");
  };
  EXPECT_TRUE(refused(R"("type": "MaxPool2d", "kernel_size": 2, "dilation": 2)"));
  EXPECT_FALSE(refused(R"("type": "MaxPool2d", "kernel_size": 2)"));
  EXPECT_TRUE(refused(R"("type": "LPPool2d", "norm_type": 2, "kernel_size": 2)"));
  EXPECT_TRUE(refused(R"("type": "AvgPool2d", "kernel_size": 2, "divisor_override": 3)"));
  EXPECT_FALSE(refused(R"("type": "AvgPool2d", "kernel_size": 2)"));
  EXPECT_TRUE(refused(R"("type": "Tanhshrink")"));
  EXPECT_FALSE(refused(R"("type": "Softshrink")"));
  EXPECT_TRUE(refused(R"("type": "Std", "dim": 1)"));
  EXPECT_FALSE(refused(R"("type": "Mean", "dim": 1)"));
  EXPECT_TRUE(refused(R"("type": "Greater", "value": 0)"));
  EXPECT_TRUE(refused(R"("type": "TopK", "k": 2, "dim": 1)"));
  EXPECT_TRUE(refused(R"("type": "RepeatInterleave", "repeats": 2, "dim": 2)"));
  EXPECT_FALSE(refused(R"("type": "Repeat", "repeats": [1, 2, 1, 1])"));
  EXPECT_FALSE(refused(R"("type": "Expand", "size": [-1, -1, 12, 12])"));
  EXPECT_FALSE(refused(R"("type": "Unflatten", "dim": 1, "unflattened_size": [2, 2])"));
  EXPECT_TRUE(refused(R"("type": "Reshape", "shape": [1, 4, 6, 2, 6, 2])"));
  EXPECT_FALSE(refused(R"("type": "Expand", "size": [-1, -1, "in[2]", "in[3]"])")) << "of one size alone";
  EXPECT_EQ(ask("ncnn", R"([1, 4, "H", 12])",
                R"({"name": "one", "type": "Expand", "size": [-1, -1, "in[2]", "in[3]"]})", kFree)
                .first(),
            "P702 `one` is refused in ncnn, where PyTorch makes 6x12 of 6x12");
  EXPECT_EQ(
      ask("ncnn", R"(["N", 4, 6, 12])", R"({"name": "one", "type": "Expand", "size": ["in[0]", -1, -1, -1]})",
          R"(, "sizes": {"N": {"min": 2}})")
          .first(),
      "")
      << "the batch alone";
}

TEST(Portability, WhatTheOlderExporterAndOnnx2torchLack) {
  const auto refused = [&](const std::string& target, const std::string& input, const std::string& layer) {
    return ask(target, input, R"({"name": "one", )" + layer + "}")
        .first()
        .starts_with("P702 `one` is refused in");
  };
  const std::string in = "[1, 4, 12, 12]";
  EXPECT_TRUE(refused("onnx-torchscript", in, R"("type": "ChannelShuffle", "groups": 2)"));
  EXPECT_FALSE(refused("onnx", in, R"("type": "ChannelShuffle", "groups": 2)"));
  EXPECT_TRUE(refused("onnx-torchscript", in, R"("type": "RMSNorm", "normalized_shape": 12)"));
  EXPECT_TRUE(refused("onnx-torchscript", in, R"("type": "Threshold", "threshold": 0.1, "value": 0.2)"));
  EXPECT_FALSE(refused("onnx-torchscript", in, R"("type": "Threshold", "threshold": 0, "value": 0)"));
  EXPECT_TRUE(
      refused("onnx-torchscript", in, R"("type": "Upsample", "scale_factor": 2, "mode": "nearest-exact")"));
  EXPECT_FALSE(refused("onnx-torchscript", in, R"("type": "Upsample", "scale_factor": 2)"));
  EXPECT_TRUE(refused("onnx2torch", "[8, 20, 4]", R"("type": "LSTM", "input_size": 4, "hidden_size": 3)"));
  const std::string same = R"("type": "Conv2d", "out_channels": 2, "padding": "same", "kernel_size": )";
  EXPECT_TRUE(refused("onnx2torch", in, same + "4"));
  EXPECT_FALSE(refused("onnx2torch", in, same + "3"));
}

// The patch embedding of a vision transformer.
TEST(Portability, ANormOfTokensInOnnx2torch) {
  const auto said = [](const std::string& between,
                       const std::string& flat = R"("type": "Flatten", "start_dim": 2)",
                       const std::string& more = {}) {
    return ask("onnx2torch", more.empty() ? "[2, 8, 6, 8]" : R"([2, 8, "H", 8])",
               R"({"name": "flat", )" + flat + R"(}, {"type": "Transpose", "dim0": 1, "dim1": 2}, )" +
                   between + R"({"name": "norm", "type": "LayerNorm", "normalized_shape": 8})",
               more)
        .first();
  };
  EXPECT_EQ(said(""), "P702 `norm` is refused in onnx2torch, where PyTorch makes 8 of 8");
  EXPECT_EQ(said(R"({"type": "GELU"}, )"),
            "P702 `norm` is refused in onnx2torch, where PyTorch makes 8 of 8");
  EXPECT_EQ(said(R"({"type": "Linear", "in_features": 8, "out_features": 8}, )"), "");
  const std::string reshape = R"("type": "Reshape", "shape": ["in[0]", 8, -1])";
  EXPECT_EQ(said("", reshape), "") << "of one size alone";
  EXPECT_EQ(said("", reshape, kFree), "P702 `norm` is refused in onnx2torch, where PyTorch makes 8 of 8");
}

TEST(Portability, TensorFlowLiteByLitertTorch) {
  const std::string in = "[1, 8, 5, 6]";
  const std::string conv = R"({"name": "conv", "type": "Conv2d", "out_channels": 8, "kernel_size": 1}, )";
  const auto repeated = [&](const std::string& front, const std::string& repeats) {
    return ask("tflite", in, front + R"({"name": "twice", "type": "Repeat", "repeats": )" + repeats + "}")
        .first();
  };
  EXPECT_EQ(repeated(conv, "[1, 2, 1, 1]"),
            "P701 `twice` returns [1, 8, 10, 6] in tflite, [1, 16, 5, 6] in PyTorch, of 5x6");
  EXPECT_EQ(repeated(conv + R"({"type": "ReLU"}, )", "[1, 1, 2, 2]"),
            "P701 `twice` returns [1, 16, 5, 12] in tflite, [1, 8, 10, 12] in PyTorch, of 5x6");
  EXPECT_EQ(repeated("", "[1, 2, 1, 1]"), "");
  EXPECT_EQ(repeated(R"({"type": "ReLU"}, )", "[1, 2, 1, 1]"), "");
  const auto up = [&](const std::string& options) {
    return ask("tflite", in,
               R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 8, )" + options + "}")
        .first();
  };
  EXPECT_EQ(up(R"("kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1)"),
            "P702 `up` is refused in tflite, where PyTorch makes 10x12 of 5x6");
  EXPECT_NE(up(R"("kernel_size": 3, "stride": 2, "dilation": 2)"), "");
  EXPECT_EQ(up(R"("kernel_size": 4, "stride": 2, "padding": 1)"), "");
  EXPECT_EQ(up(R"("kernel_size": 3, "stride": 2)"), "");
  EXPECT_EQ(up(R"("kernel_size": 3, "padding": 1, "dilation": 2)"), "");
  EXPECT_EQ(ask("tflite", in, R"({"name": "k", "type": "TopK", "k": 2, "dim": 1})").first().substr(0, 4),
            "P702");
}

TEST(Portability, PaddingSameInCpp) {
  const std::string conv = R"({"name": "conv", "type": "Conv2d", "out_channels": 1, "kernel_size": [3, 5],
      "dilation": [1, 2], "padding": "same", "padding_mode": "reflect"})";
  EXPECT_EQ(ask("libtorch", "[1, 1, 9, 9]", conv).first(),
            "P701 `conv` returns 15x3 in libtorch, 9x9 in PyTorch, of 9x9");
  EXPECT_EQ(ask("libtorch", "[1, 1, 9, 9]", conv).fix(), "set padding to [1, 4] on `conv`");
  const std::string zeros =
      R"({"type": "Conv2d", "out_channels": 1, "kernel_size": [3, 5], "padding": "same"})";
  EXPECT_EQ(ask("libtorch", "[1, 1, 9, 9]", zeros).first(), "");
}

TEST(Portability, OutputSizeInCpp) {
  const auto up = [](int size) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1, "dilation": 2, "output_size": [)" +
           std::to_string(size) + ", " + std::to_string(size) + "]}";
  };
  // The smallest size by the kernel's extent is 11; C++ counts the bare kernel and throws.
  EXPECT_EQ(ask("libtorch", "[1, 1, 5, 5]", up(11)).first(),
            "P701 `up` is refused in libtorch, where PyTorch makes 11x11 of 5x5");
  const std::string plain = R"({"type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2,
      "padding": 1, "output_size": [10, 10]})";
  EXPECT_EQ(ask("libtorch", "[1, 1, 5, 5]", plain).first(), "");
}

TEST(Portability, CoreMlTakesOutputPaddingFromPadding) {
  const auto up = [](const std::string& more) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 2, "kernel_size": 3, )" + more + "}";
  };
  const std::string input = "[1, 3, 5, 5]";
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 4, "padding": 1, "output_padding": 3)")).first(),
            "P701 `up` returns 23x23 in coreml, 20x20 in PyTorch, of 5x5");
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 4, "padding": 1, "output_padding": 2)")).first(),
            "P701 `up` returns 20x20 in coreml, 19x19 in PyTorch, of 5x5");
  EXPECT_EQ(
      ask("coreml", input, up(R"("stride": 2, "padding": 1, "output_padding": 2, "dilation": 3)")).first(),
      "P701 `up` returns 14x14 in coreml, 15x15 in PyTorch, of 5x5");
  // 3 - 1 - 2: the two mistakes cancel.
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 3, "padding": 1, "output_padding": 2)")).first(), "");
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 2, "padding": 1, "output_padding": 1)")).first(), "");
  EXPECT_EQ(ask("coreml", input, up(R"("stride": 2)")).first(), "");
  EXPECT_NE(ask("coreml", input, up(R"("stride": 2, "output_padding": 1)")).first().find("P702"),
            std::string::npos);
}

struct Lacking {
  const char* target;
  const char* input;
  const char* layers;
  const char* why;  // empty: it is there
};

TEST(Portability, WhatATargetLacks) {
  const Lacking rows[] = {
      {"coreml", "[1, 4, 9, 9]", R"({"type": "CircularPad2d", "padding": 1})", "circular"},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "ReflectionPad2d", "padding": 1})", ""},
      {"coreml", "[1, 4, 9, 9]",
       R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1, "padding_mode": "circular"})",
       "circular"},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "Pad", "padding": [-1, 2]})", "negative"},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "Pad", "padding": [1, 2]})", ""},
      {"coreml", "[1, 4, 8, 8, 8]",
       R"({"type": "ConvTranspose3d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1})",
       "one and two axes"},
      {"coreml", "[1, 4, 8, 8, 8]",
       R"({"type": "ConvTranspose3d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1})", ""},
      {"coreml", "[1, 4, 8, 8, 8]", R"({"type": "AdaptiveAvgPool3d", "output_size": 1})", "adaptive"},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "AdaptiveMaxPool2d", "output_size": 3})", ""},
      {"coreml", "[1, 4, 9, 9]", R"({"type": "MaxPool2d", "kernel_size": 2, "dilation": 2})", "dilation"},
      {"coreml", "[1, 4, 8, 8, 8]", R"({"type": "AvgPool3d", "kernel_size": 3, "ceil_mode": true})", "mean"},
      {"coreml", "[1, 4, 9, 9, 9]",
       R"({"type": "AvgPool3d", "kernel_size": 3, "ceil_mode": true, "count_include_pad": false})", ""},
      {"coreml", "[1, 4, 8, 8, 8]", R"({"type": "Upsample", "scale_factor": 2})", "one and two axes"},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "bicubic"})",
       "nearest and"},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "bilinear"})", ""},
      {"coreml", "[1, 4, 8, 8]", R"({"type": "ChannelShuffle", "groups": 2})", "ChannelShuffle"},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "Chunk", "chunks": 4, "dim": 1})", "more parts"},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "Chunk", "chunks": 3, "dim": 1})", ""},
      {"coreml", "[2, 7, 4]",
       R"({"type": "RNN", "hidden_size": 5, "batch_first": true, "bidirectional": true})", "both directions"},
      {"coreml", "[2, 7, 4]",
       R"({"type": "GRU", "hidden_size": 5, "batch_first": true, "bidirectional": true})", ""},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "Softshrink"})", "activation"},
      {"coreml", "[1, 6, 8, 8]", R"({"type": "ReLU"})", ""},
      {"executorch", "[1, 4, 8, 8, 8]", R"({"type": "Conv3d", "out_channels": 4, "kernel_size": 3})",
       "convolutions"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "Conv2d", "out_channels": 4, "kernel_size": 3})", ""},
      {"executorch", "[1, 4, 8, 8, 8]", R"({"type": "MaxPool3d", "kernel_size": 2})", "pools"},
      {"executorch", "[1, 4, 8]", R"({"type": "Upsample", "scale_factor": 2})", "two axes alone"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "Upsample", "scale_factor": 2, "mode": "nearest-exact"})",
       "nearest and bilinear"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "AdaptiveMaxPool2d", "output_size": 2})", "AdaptiveMaxPool"},
      {"executorch", "[1, 4, 8, 8]", R"({"type": "Pad", "padding": [-1, 1]})", "negative"},
      {"opencv", "[1, 6, 8]", R"({"type": "Upsample", "scale_factor": 2})", "two axes alone"},
      {"opencv", "[1, 6, 8, 8]", R"({"type": "Upsample", "scale_factor": 2})", ""},
      {"opencv", "[1, 6, 8, 8, 8]", R"({"type": "Upsample", "scale_factor": 2})", "two axes alone"},
  };
  for (const Lacking& row : rows) {
    const Asked asked = ask(row.target, row.input, row.layers);
    if (*row.why == '\0') {
      EXPECT_EQ(asked.first(), "") << row.layers;
      continue;
    }
    ASSERT_FALSE(asked.findings.empty()) << row.layers;
    EXPECT_EQ(asked.findings[0].code, Code::P702) << row.layers;
    EXPECT_NE(asked.findings[0].label.find(row.why), std::string::npos)
        << row.layers << ": " << asked.findings[0].label;
  }
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

TEST(Portability, MlxAndLargePadding) {
  const auto up = [](int padding) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": 3, "stride": 2, "padding": )" +
           std::to_string(padding) + "}";
  };
  EXPECT_EQ(ask("mlx", "[1, 1, 5, 5]", up(3)).first(),
            "P701 `up` returns 3x3 in mlx, 5x5 in PyTorch, of 5x5");
  EXPECT_EQ(ask("mlx", "[1, 1, 5, 5]", up(2)).first(), "");
}

TEST(Portability, WordsOfKerasAndLax) {
  const auto up = [](int k, int s, int p, int op) {
    return R"({"name": "up", "type": "ConvTranspose2d", "out_channels": 1, "kernel_size": )" +
           std::to_string(k) + ", \"stride\": " + std::to_string(s) + ", \"padding\": " + std::to_string(p) +
           ", \"output_padding\": " + std::to_string(op) + "}";
  };
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(3, 2, 1, 0)).first(),
            "P704 `up` would return 10x10 in keras, 9x9 in PyTorch, of 5x5");
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(2, 3, 0, 0)).first(),
            "P704 `up` would return 15x15 in keras, 14x14 in PyTorch, of 5x5");
  EXPECT_EQ(ask("flax", "[1, 1, 5, 5]", up(2, 3, 0, 0)).first(),
            "P704 `up` would return 15x15 in flax, 14x14 in PyTorch, of 5x5");
  EXPECT_EQ(ask("flax", "[1, 1, 5, 5]", up(4, 2, 1, 0)).first(),
            "P704 `up` would return 8x8 in flax, 10x10 in PyTorch, of 5x5");
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(2, 2, 0, 0)).first(), "");
  EXPECT_EQ(ask("keras", "[1, 1, 5, 5]", up(3, 2, 1, 1)).first(), "");
}

TEST(Portability, AFactIsWhole) {
  std::set<std::string_view> ids;
  for (const Fact& fact : portability_facts()) {
    EXPECT_TRUE(ids.insert(fact.id).second) << fact.id;
    EXPECT_NE(fact.there == nullptr, fact.freezes == nullptr) << fact.id;
    EXPECT_EQ(fact.there == nullptr, fact.families.empty()) << fact.id;
    EXPECT_FALSE(fact.seen.empty()) << fact.id;
    EXPECT_EQ(info(fact.code).id[0], 'P') << fact.id;
    for (const Seen& seen : fact.seen) EXPECT_FALSE(seen.version.empty()) << fact.id;
    for (const std::string_view text : {fact.does, fact.rule, fact.shown}) {
      EXPECT_FALSE(text.empty()) << fact.id;
      EXPECT_NE(text.back(), '.') << fact.id;
    }
  }
}

// `--for` says nothing where nothing is known; a word that stands for nothing would be a promise.
TEST(Portability, EveryTargetHasAFact) {
  for (const TargetInfo& target : all_targets()) {
    bool known = false;
    for (const Fact& fact : portability_facts())
      for (const Seen& seen : fact.seen) known = known || seen.target == target.target;
    EXPECT_TRUE(known) << target.word;
  }
}

TEST(Portability, ALayerIsSaidElsewhere) {
  const KindInfo& up = info(LayerKind::ConvTranspose2d);
  for (const Target target : {Target::keras, Target::flax, Target::paddle, Target::mlx, Target::libtorch})
    EXPECT_FALSE(spelled(up, target).empty()) << info(target).word;
  EXPECT_TRUE(spelled(info(LayerKind::ReLU), Target::keras).empty());
}

TEST(Portability, TargetsAreFoundByTheirWords) {
  ASSERT_NE(find_target("OnnxRuntime"), nullptr);
  EXPECT_EQ(find_target("OnnxRuntime")->target, Target::onnxruntime);
  EXPECT_EQ(find_target("onnxrun"), nullptr);
  EXPECT_EQ(find_target(""), nullptr);
}

TEST(Rounding, SingleAndDoubleAndTheMargin) {
  EXPECT_EQ(scaled_size(90, 0.7), 62);
  EXPECT_EQ(scaled_in_single(90, 0.7), 63);
  EXPECT_EQ(scaled_with_margin(90, 0.7), 63);
  EXPECT_EQ(scaled_size(100, 0.29), 28);
  EXPECT_EQ(scaled_in_single(100, 0.29), 29);
  EXPECT_TRUE(parts_at_rounding(90, 0.7));
  EXPECT_FALSE(parts_at_rounding(91, 0.7));
  for (const double factor : {0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0})
    for (std::int64_t n = 1; n < 5000; ++n) EXPECT_FALSE(parts_at_rounding(n, factor));
}

}  // namespace
}  // namespace shapedbg
