// `shapedbg mirror` on real files, by formula alone: --device off.
#include "cli/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace shapedbg::mirror_test {
namespace {

Result call(const std::vector<std::string>& args, const std::string& input) { return run_line(args, input); }

const std::string kEncoder =
    R"({"input": [1, 3, 24, 24], "encoder": [{"name": "down", "type": "Conv2d", "out_channels": 4, )"
    R"("kernel_size": 3, "stride": 2, "padding": 1}]})";

TEST(MirrorCommand, WhatItWritesIsCleanForCheck) {
  for (const char* style : {"transposed", "upsample", "pixelshuffle", "unpool"}) {
    for (const char* skips : {"none", "concat", "add"}) {
      const Result made =
          call({"mirror", "-", "--style", style, "--skips", skips, "--device", "off"}, kEncoder);
      EXPECT_EQ(made.code, exit_clean) << made.err;
      EXPECT_EQ(made.err, "");
      const Result checked = call({"check", "-", "--device", "off"}, made.out);
      EXPECT_EQ(checked.code, exit_clean) << checked.out;
    }
  }
}

TEST(MirrorCommand, WritesAProgram) {
  const Result python = call({"mirror", "-", "--every-size", "--to", "python", "--device", "off"}, kEncoder);
  EXPECT_EQ(python.code, exit_clean) << python.err;
  EXPECT_EQ(python.out, R"(# takes [1, 3, 24, 24] and gives it back; right for every size
import torch
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        # encoder
        self.down = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        # decoder
        self.down_up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)

    def forward(self, input):
        # encoder
        x = self.down(input)
        # decoder
        x = self.down_up(x, output_size=input.shape[2:])
        return x


if __name__ == "__main__":
    net = Network().eval()
    with torch.no_grad():
        print(tuple(net(torch.randn(1, 3, 24, 24)).shape))
)");
  const Result cpp = call({"mirror", "-", "--to", "cpp", "--device", "off"}, kEncoder);
  EXPECT_EQ(cpp.code, exit_clean) << cpp.err;
  EXPECT_NE(cpp.out.find("torch::nn::ConvTranspose2dOptions(4, 3, 3).stride(2).padding(1).output_padding(1)"),
            std::string::npos)
      << cpp.out;
  EXPECT_EQ(call({"mirror", "-", "--to", "rust"}, kEncoder).code, exit_failed);
}

TEST(MirrorCommand, RefusesOnOneLineWithExitCodeOne) {
  const Result result = call({"mirror", "-", "--device", "off"},
                             R"({"input": [1, 4, 8], "layers": [{"name": "sum", "type": "Sum", "dim": 1}]})");
  EXPECT_EQ(result.code, exit_findings);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(
      result.err,
      "shapedbg: <stdin>: `sum` (Sum) cannot be mirrored: it reduces other axes than the spatial ones\n");
  EXPECT_EQ(call({"mirror", "-", "--device", "off"}, "{").code, exit_findings);
  EXPECT_EQ(call({"mirror", "/nowhere/net.json"}, "").code, exit_failed);
  EXPECT_EQ(call({"mirror"}, "").code, exit_failed);
  EXPECT_EQ(call({"mirror", "-", "--style", "none"}, kEncoder).code, exit_failed);
}

TEST(MirrorCommand, WritesAFileAndSaysForWhichSizesItIsRight) {
  std::string folder = (fs::temp_directory_path() / "shapedbg-mirror-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/whole.json";
  const Result result = call({"mirror", "-", "--every-size", "--output", path, "--device", "off"}, kEncoder);
  EXPECT_EQ(result.code, exit_clean) << result.err;
  EXPECT_EQ(result.out, path + ": returns [1, 3, 24, 24] (by formula); right for every size\n");
  std::ifstream file(path);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  EXPECT_NE(bytes.str().find("\"size_like\": \"input\""), std::string::npos) << bytes.str();
  // Over its own input it does not write.
  EXPECT_EQ(call({"mirror", path, "--output", path, "--device", "off"}, "").code, exit_failed);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace shapedbg::mirror_test
