#!/usr/bin/env bash
# torch 2.13.0, pnnx 20261020, ncnn 1.0.20261020.
# Guess: a slice is converted alike whether pnnx is told one size of the input or two.
# Seen: with two (inputs2, which leaves the axis free) the slice is gone from the network wherever the size that it leaves is
# free, too: x[:, :, 1:-1] and the x[:, :, :-2] behind a causal convolution return their input. A slice to a number,
# x[:, :, 1:4], and one along an axis that is not free stay. Nothing is said, and the network loads.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 pnnx==20261020 ncnn==1.0.20261020 <<'PYTHON'
import ncnn, numpy, pnnx, torch
class Net(torch.nn.Module):
    def __init__(self, cut):
        super().__init__()
        self.conv, self.cut = torch.nn.Conv2d(1, 2, 1), cut
    def forward(self, x):
        return self.cut(self.conv(x))
cuts = {"x[:, :, 1:-1]": lambda x: x[:, :, 1:-1], "x[:, :, :-2]": lambda x: x[:, :, :-2], "x[:, :, ::2]": lambda x: x[:, :, ::2],
        "x[:, :, 1:4]": lambda x: x[:, :, 1:4], "x[:, :, :, 1:-1]": lambda x: x[:, :, :, 1:-1]}
def sizes(cut, **two):
    net = Net(cut).eval()
    pnnx.export(net, "net.pt", (torch.randn(1, 1, 6, 8),), **two)
    loaded = ncnn.Net()
    if loaded.load_param("net.ncnn.param") or loaded.load_model("net.ncnn.bin"):
        return "does not load"
    kept = numpy.ones((1, 6, 8), numpy.float32)
    with loaded.create_extractor() as run:
        run.input("in0", ncnn.Mat(kept).clone())
        return "x".join(map(str, numpy.array(run.extract("out0")[1]).shape[1:]))
for words, cut in cuts.items():
    torchs = "x".join(map(str, cut(torch.ones(1, 2, 6, 8)).shape[2:]))
    one, two = sizes(cut), sizes(cut, inputs2=(torch.randn(1, 1, 10, 8),))
    print(f"{words}: PyTorch {torchs}; ncnn of one size {one}, of two {two}")
    free = words in list(cuts)[:3]
    assert two == ("6x8" if free else torchs)
    assert one == ("does not load" if words == "x[:, :, ::2]" else torchs)
PYTHON
