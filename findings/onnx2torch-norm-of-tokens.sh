#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnx2torch 1.5.15, onnxruntime 1.32.0.
# Guess: the patch embedding of a vision transformer, x.flatten(2).transpose(1, 2) and a LayerNorm, is what such a converter
# is tried on first.
# Seen: the converted network raises when it is run, "normalized_shape = [0]", with free sizes and without: the converter
# reads the size from onnx's shape inference and gets 0. With a Linear between, or the axes moved by a permute in place of
# the flatten, it runs; onnxruntime runs the same file.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnx2torch==1.5.15 onnxruntime==1.32.0 <<'PYTHON'
import contextlib, io, onnx2torch, onnxruntime, torch, warnings
from torch import nn
warnings.filterwarnings("ignore")
class Net(nn.Module):
    def __init__(self, tokens, between):
        super().__init__()
        self.patch, self.tokens, self.between, self.norm = nn.Conv2d(3, 8, 2, 2), tokens, between, nn.LayerNorm(8)
    def forward(self, x):
        return self.norm(self.between(self.tokens(self.patch(x))))
flat, moved = (lambda x: x.flatten(2).transpose(1, 2)), (lambda x: x.permute(0, 2, 3, 1))
x = torch.randn(2, 3, 8, 12)
for name, tokens, between, runs in (("flatten, norm", flat, nn.Identity(), False), ("flatten, Linear, norm", flat, nn.Linear(8, 8), True),
                                    ("permute, norm", moved, nn.Identity(), True)):
    net = Net(tokens, between).eval()
    for axes in (None, {"x": {2: "h", 3: "w"}}):
        with contextlib.redirect_stdout(io.StringIO()):
            torch.onnx.export(net, (x,), "net.onnx", dynamo=False, opset_version=17, input_names=["x"], dynamic_axes=axes)
        session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
        assert torch.allclose(torch.from_numpy(session.run(None, {"x": x.numpy()})[0]), net(x), atol=1e-4)
        back = onnx2torch.convert("net.onnx").eval()
        try:
            assert torch.allclose(back(x), net(x), atol=1e-4)
            said = "runs"
        except RuntimeError as error:
            said = str(error)
        print(name, "with free sizes:" if axes else "of one size:", said)
        assert (said == "runs") == runs and (runs or "normalized_shape = [0]" in said)
PYTHON
