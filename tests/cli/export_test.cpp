// `shapedbg export` on real files, by formula alone; the Python programs are run where python3 has torch.
#include "cli/command_line.h"

#include <sys/wait.h>

namespace shapedbg {
namespace {

using ExportCommand = InFolder;

// Two results, one of them of a layer in the middle; a skip; a size that is taken at forward time.
const std::string kSpec =
    R"({"name": "two heads", "input": [1, 3, 25, 24], "outputs": ["up", "code"], "layers": [
  {"name": "down", "type": "Conv2d", "out_channels": 4, "kernel_size": 3, "stride": 2, "padding": 1},
  {"name": "code", "type": "ReLU"},
  {"name": "up", "type": "ConvTranspose2d", "out_channels": 3, "kernel_size": 3, "stride": 2, "padding": 1,
   "size_like": "input"}]})";

TEST_F(ExportCommand, APythonClassReturnsAllThatTheNetworkReturns) {
  const Result made = run_line({"export", "-", "--device", "off"}, kSpec);
  EXPECT_EQ(made.code, exit_clean) << made.err;
  EXPECT_EQ(made.out, R"(# two heads: takes [1, 3, 25, 24], returns [1, 3, 25, 24]
import torch
from torch import nn


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.code = nn.ReLU()
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)

    def forward(self, input):
        x = self.down(input)
        code = self.code(x)
        x = self.up(code, output_size=input.shape[2:])
        return x, code


if __name__ == "__main__":
    net = TwoHeads().eval()
    with torch.no_grad():
        for y in net(torch.randn(1, 3, 25, 24)):
            print(tuple(y.shape))
)");
  if (std::system("python3 -c 'import torch' >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "this Python has no torch";
  const std::string program = write("net.py", made.out);
  EXPECT_EQ(std::system(("python3 " + program + " > " + path("said.txt")).c_str()), 0);
  EXPECT_EQ(content(path("said.txt")), "(1, 3, 25, 24)\n(1, 4, 13, 12)\n");
}

TEST_F(ExportCommand, ACppModuleReturnsThemInAVector) {
  const std::string file = path("net.cpp");
  const Result made = run_line({"export", "-", "--device", "off", "--to", "cpp", "-o", file}, kSpec);
  EXPECT_EQ(made.out, file + ": two heads: takes [1, 3, 25, 24], returns [1, 3, 25, 24]\n") << made.err;
  const std::string text = content(file);
  for (const std::string part :
       {"#include <vector>", "std::vector<torch::Tensor> forward(torch::Tensor input)",
        "return {x, code_out};", "for (const torch::Tensor& y : net->forward(torch::randn({1, 3, 25, 24})))"})
    EXPECT_TRUE(contains(text, part)) << part << "\n" << text;
}

// As it stands: another size than is expected is no reason, a layer that raises is one.
TEST_F(ExportCommand, WhatRunsIsWritten) {
  const std::string smaller = R"({"input": [1, 1, 9, 9], "expect": "input", "layers": [
    {"type": "Conv2d", "out_channels": 1, "kernel_size": 3}]})";
  EXPECT_EQ(run_line({"export", "-", "--device", "off"}, smaller).code, exit_clean);
  const std::string raises = R"({"input": [1, 1, 9, 9], "layers": [
    {"name": "c", "type": "Conv2d", "in_channels": 2, "out_channels": 1, "kernel_size": 3}]})";
  const Result refused = run_line({"export", "-", "--device", "off"}, raises);
  EXPECT_EQ(refused.code, exit_findings);
  EXPECT_EQ(refused.out, "");
  EXPECT_TRUE(contains(refused.err, "does not run: ")) << refused.err;
  EXPECT_EQ(run_line({"export", "-", "--device", "off"}, "{").code, exit_findings);
  EXPECT_EQ(run_line({"export", path("none.json")}).code, exit_failed);
}

TEST_F(ExportCommand, ModelsOfOtherKindsAreWrittenToo) {
  for (const std::string file : {"onnx/unet_ts.onnx", "pt2/padded_unet.pt2", "keras/unet.json"}) {
    const std::string whole = std::string(SHAPEDBG_SOURCE_DIR) + "/tests/import/" + file;
    const Result made = run_line({"export", "--device", "off", whole});
    EXPECT_EQ(made.code, exit_clean) << file << made.err;
    EXPECT_TRUE(contains(made.out, "(nn.Module):")) << file;
  }
}

}  // namespace
}  // namespace shapedbg
