// Networks that are no specs, on the command line: told by their content, read, checked, written as specs.
#include "cli/command_line.h"

#include <sys/wait.h>

namespace shapedbg {
namespace {

using ImportCommand = InFolder;

const std::string kFiles = std::string(SHAPEDBG_SOURCE_DIR) + "/tests/import/";

constexpr const char* kPrinted = R"(Sequential(
  (0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
  (1): ReLU()
  (2): ConvTranspose2d(8, 3, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
)
)";

TEST_F(ImportCommand, AnOnnxFileIsCheckedLikeASpec) {
  const Result result = run_line({"check", "--device", "off", kFiles + "onnx/unet_ts.onnx"});
  EXPECT_TRUE(contains(result.out, "ConvTranspose2d") || contains(result.out, "Upsample")) << result.out;
  EXPECT_TRUE(contains(result.out, "unet_ts.onnx: ok: returns")) << result.out << result.err;
  EXPECT_EQ(result.code, exit_clean);
}

TEST_F(ImportCommand, TheTextOfPrintIsReadFromStandardInputToo) {
  const std::string file = write("model.txt", kPrinted);
  EXPECT_TRUE(
      contains(run_line({"check", "--device", "off", file, "--input", "1,3,32,32"}).out, "ConvTranspose2d"));
  const Result spec = run_line({"import", "--device", "off", "-", "--input", "1,3,32,32"}, kPrinted);
  EXPECT_EQ(spec.code, exit_clean) << spec.err;
  EXPECT_TRUE(contains(spec.out, "\"type\": \"ConvTranspose2d\"")) << spec.out;
}

TEST_F(ImportCommand, WritesASpecThatIsReadAgain) {
  const std::string spec = path("unet.json");
  const Result written = run_line({"import", "--device", "off", kFiles + "onnx/unet_ts.onnx", "-o", spec});
  EXPECT_EQ(written.code, exit_clean) << written.err;
  EXPECT_TRUE(contains(written.out, "unet.json: ")) << written.out;
  EXPECT_EQ(run_line({"check", "--device", "off", spec}).code, exit_clean);
  const Result again = run_line({"import", spec});
  EXPECT_EQ(again.code, exit_failed);
  EXPECT_TRUE(contains(again.err, "is a spec already")) << again.err;
  const Result unknown = run_line({"import", write("noise.bin", "\x01 no model")});
  EXPECT_EQ(unknown.code, exit_failed);
  EXPECT_TRUE(contains(unknown.err, "is no model that is known")) << unknown.err;
}

TEST_F(ImportCommand, WhatCannotBeImportedIsOneLine) {
  const std::string zip = write("cut.pt2", std::string("PK\x03\x04", 4) + "and no more");
  const std::vector<std::vector<std::string>> lines{
      {"check", zip},
      {"import", zip},
      {"sizes", zip},
      {"check", "none.py:Net", "--python", "/nonexistent/python"},
      {"check", kFiles + "onnx/unet_ts.onnx", "--input", "1,3,x"},
      {"check", write("spec.json", "{}"), "--input", "1,3,8,8"},
      {"fix", zip}};
  for (const std::vector<std::string>& args : lines) {
    const Result result = run_line(args);
    EXPECT_EQ(result.code, exit_failed) << args[1];
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << args[1] << ": " << result.err;
  }
}

TEST_F(ImportCommand, TheModelInAnHdf5FileIsRead) {
  const std::string text = content(kFiles + "keras/text.json");
  const std::string begin = std::string("\x89HDF\r\n\x1a\n", 8) + std::string(100'000, '\0');
  const std::string file = write("model.h5", begin + text + std::string(5000, '\x01'));
  const Result result = run_line({"check", "--device", "off", file});
  EXPECT_TRUE(contains(result.out, "ok: returns [1, 1]")) << result.out << result.err;
  // A text without its end, and weights alone.
  for (const std::string& rest : {text.substr(0, text.size() / 2), std::string("{\"class_name\": 3}")}) {
    const Result none = run_line({"check", write("weights.h5", begin + rest)});
    EXPECT_EQ(none.code, exit_failed);
    EXPECT_TRUE(contains(none.err, "HDF5")) << none.err;
  }
}

// Files of the field that hold no graph, or one that is not read: what they are, and what to give in their
// place.
TEST_F(ImportCommand, OtherFormatsOfTheFieldAreNamed) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> files{
      {"\x89HDF\r\n\x1a\n"s, "HDF5"},
      {"GGUF\x03\0\0\0"s, "GGUF"},
      {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9"s, "torch.save"},
      {"\x80\x04\x95"s, "a pickle"},
      {"\x93NUMPY\x01\0"s, "NumPy"},
      {"\x1c\0\0\0TFL3\x14\0\x20\0"s, "TensorFlow Lite"},
      {"\x08\x01\x12\xe1\x85\x01\x0a\x96\x0f"s, "SavedModel"},
      {"\x3d\0\0\0\0\0\0\0{\"w\": {}}"s, "safetensors"},
      {"<?xml version=\"1.0\"?>\n<net name=\"a\">"s, "OpenVINO"},
      {"7767517\n3 3\n"s, "ncnn"}};
  for (const auto& [bytes, words] : files) {
    const std::string file = write("model.bin", bytes);
    for (const Result& result : {run_line({"check", file}), run_line({"check", "-"}, bytes)}) {
      EXPECT_EQ(result.code, exit_failed) << words;
      EXPECT_TRUE(contains(result.err, words) && contains(result.err, "I601")) << result.err;
    }
  }
}

TEST_F(ImportCommand, FixOfAFileThatHoldsNoProgramGivesLinesAndASpec) {
  const std::string printed = write("model.txt", kPrinted);
  const std::vector<std::string> line{"fix",     "--device",  "off",      printed,
                                      "--input", "1,3,32,32", "--expect", "input"};
  const Result result = run_line(line);
  EXPECT_EQ(result.code, exit_findings) << result.err;
  EXPECT_TRUE(contains(result.out, "\"output_padding\": 1")) << result.out;
  for (const std::string part : {"set output_padding to 1", "code  ", "nn.ConvTranspose2d(8, 3, 3, stride=2",
                                 "the text of print(model) holds no lines that could be changed"})
    EXPECT_TRUE(contains(result.err, part)) << part << "\n" << result.err;
  // Right as it is: nothing to do.
  const Result right = run_line({"fix", "--device", "off", kFiles + "onnx/unet_ts.onnx"});
  EXPECT_EQ(right.code, exit_clean) << right.err;
}

TEST_F(ImportCommand, WhatIsExpectedOfAModelIsSaidOnTheLine) {
  const std::string printed = write("model.txt", kPrinted);
  const auto with = [&](const std::string& expected) {
    return run_line({"check", "--device", "off", printed, "--input", "1,3,32,32", "--expect", expected});
  };
  EXPECT_TRUE(contains(with("input").out, "R301"));
  EXPECT_TRUE(contains(with("1,*,32,32").out, "R30"));
  EXPECT_EQ(with("1,3,31,31").code, exit_clean);
  for (const std::string wrong : {"big", "1,,3", "x=3", "1,3:int64", ""}) {
    const Result result = with(wrong);
    EXPECT_EQ(result.code, wrong.empty() ? exit_clean : exit_failed) << wrong << result.err;
  }
  const std::string spec = write("spec.json", R"({"input": [1, 3, 8, 8], "layers": [{"type": "ReLU"}]})");
  EXPECT_EQ(run_line({"check", "--device", "off", spec, "--expect", "input"}).code, exit_failed);
}

// What repeats is said once, and is the same network.
TEST_F(ImportCommand, TheSpecIsShort) {
  const std::string net = kFiles + "onnx/unet_dynamo.onnx";
  const Result brief = run_line({"import", "--device", "off", net});
  const Result flat = run_line({"import", "--device", "off", net, "--flat"});
  EXPECT_TRUE(contains(brief.out, "\"blocks\": {")) << brief.out;
  EXPECT_FALSE(contains(flat.out, "\"blocks\"")) << flat.out;
  EXPECT_LT(brief.out.size(), flat.out.size());
  const auto rows = [&](const std::string& spec) {
    const std::string text = run_line({"check", "--device", "off", "-"}, spec).out;
    return text.substr(0, text.find("<stdin>"));
  };
  EXPECT_EQ(rows(brief.out), rows(flat.out));
}

TEST_F(ImportCommand, AnotherSizeIsSaidOnTheLine) {
  const std::string spec = write(
      "spec.json",
      R"({"input": [1, 3, 8, 8], "layers": [{"type": "Conv2d", "out_channels": 2, "kernel_size": 3}]})");
  EXPECT_TRUE(
      contains(run_line({"check", "--device", "off", spec, "--input", "1,3,20,8"}).out, "[1, 2, 18, 6]"));
  EXPECT_TRUE(contains(run_line({"check", "--device", "off", spec, "--input", "input=1,3,20,8"}).out,
                       "[1, 2, 18, 6]"));
  for (const std::string wrong : {"1,3,20", "y=1,3,20,8"})
    EXPECT_EQ(run_line({"check", "--device", "off", spec, "--input", wrong}).code, exit_failed) << wrong;
  EXPECT_EQ(run_line({"fix", "--device", "off", spec, "--input", "1,3,20,8"}).code, exit_failed);
  const std::string free = write(
      "free.json",
      R"({"input": [1, 3, "H", "H"], "sizes": {"H": {"multiple_of": 8}}, "layers": [{"type": "ReLU"}]})");
  const Result one = run_line({"check", "--device", "off", free, "--input", "1,3,21,21"});
  EXPECT_TRUE(contains(one.out, "[1, 3, 21, 21]; right for every declared size, H = 21")) << one.out;
  EXPECT_TRUE(contains(run_line({"check", "--device", "off", free, "--input", "1,3,21,22"}).err,
                       "`H` is one size in the spec, not 21 and 22"));
  const std::string program = kFiles + "pt2/autoencoder_free.pt2";
  const Result other = run_line({"check", "--device", "off", program, "--input", "2,3,40,36"});
  EXPECT_TRUE(contains(other.out, "   x [2, 3, 40, 36]")) << other.out << other.err;
}

TEST_F(ImportCommand, AProgramExportedAtOneSizeSaysSoAtAnother) {
  const std::string program = kFiles + "pt2/fixed.pt2";
  const Result own = run_line({"check", "--device", "off", program});
  EXPECT_FALSE(contains(own.out + own.err, "I606")) << own.out << own.err;
  const Result other = run_line({"check", "--device", "off", program, "--input", "1,3,10,14"});
  EXPECT_TRUE(contains(other.out + other.err, "the file is fixed to `x` = 1x3x8x12"))
      << other.out << other.err;
  EXPECT_TRUE(contains(other.out + other.err, "`reshape` takes no other (I606")) << other.out << other.err;
  // What fits at every size needs no word.
  const Result fits =
      run_line({"check", "--device", "off", kFiles + "pt2/autoencoder.pt2", "--input", "1,3,40,36"});
  EXPECT_FALSE(contains(fits.out + fits.err, "I606")) << fits.out << fits.err;
}

TEST_F(ImportCommand, OptionsOfPythonModelsAreNotPassedByElsewhere) {
  const std::string spec = write("spec.json", R"({"input": [1, 3, 8, 8], "layers": [{"type": "ReLU"}]})");
  const Result called = run_line({"check", "--device", "off", spec, "--call", "UNet()"});
  EXPECT_EQ(called.code, exit_failed);
  EXPECT_TRUE(contains(called.err, "--call is for Python models")) << called.err;
  for (const std::string wrong : {"big", "1,,3", "-1", "1,3,99999999999999999999"}) {
    const Result also = run_line({"check", "--device", "off", spec, "--also", wrong});
    EXPECT_EQ(also.code, exit_failed) << wrong;
    EXPECT_TRUE(contains(also.err, "--also `" + wrong + "` is no shape such as")) << also.err;
  }
  EXPECT_EQ(run_line({"check", "--device", "off", spec, "--also", "1,3,16,16"}).code, exit_clean);
}

// Nobody sees the spec that is made on the way: no line of it is named.
TEST_F(ImportCommand, AFindingOfAnImportedNetworkHasNoLineOfASpec) {
  const std::string printed = write("model.txt", kPrinted);
  const std::vector<std::string> line{"check",   "--device",  "off",      printed,
                                      "--input", "1,3,32,32", "--expect", "input"};
  const Result text = run_line(line);
  EXPECT_TRUE(contains(text.out, "model.txt: error: ")) << text.out;
  EXPECT_FALSE(contains(text.out, " | ")) << text.out;
  EXPECT_TRUE(contains(text.out, "= 31")) << text.out;  // what would stand under the line
  std::vector<std::string> json = line;
  json.insert(json.end(), {"--format", "json"});
  const std::string report = run_line(json).out;
  EXPECT_TRUE(contains(report, "\"location\": null")) << report;
  EXPECT_FALSE(contains(report, "\"line\"")) << report;
  EXPECT_FALSE(contains(report, "\"offset\"")) << report;
}

TEST_F(ImportCommand, APythonModelThatRaisesIsReadToItsEnd) {
  const std::string model = write("net.py", R"(import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(16, 3, 3, stride=2, padding=1)
    def forward(self, x):
        return torch.relu(torch.cat([x, self.up(self.down(x))], 1))
)");
  if (std::system("python3 -c 'import torch' >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "this Python has no torch";
  const Result result = run_line({"check", "--device", "off", model + ":Net", "--input", "1,3,24,24"});
  EXPECT_EQ(result.code, exit_findings) << result.err;
  for (const std::string part :
       {"L208", "`up` is made at ", "net.py:7:19: error", " 7 | self.up = nn.ConvTranspose2d(16, 3",
        "set output_padding to 1 on `up`", "relu", "try   shapedbg fix "})
    EXPECT_TRUE(contains(result.out, part)) << part << "\n" << result.out;
}

}  // namespace
}  // namespace shapedbg
