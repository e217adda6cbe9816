#!/usr/bin/env bash
# torch 2.13.0, pnnx 20261020, ncnn 1.0.20261020.
# Guess: torch.chunk(x, 2, 1) of N,C,H,W, converted by pnnx, halves the channels in ncnn, whatever stands around it.
# Seen: ncnn has no batch, so the axis is to become 0; it does where a convolution is near. In a network without one it
# stays 1 and ncnn halves the height: [4, 6, 14] for [2, 12, 14]. Nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 pnnx==20261020 ncnn==1.0.20261020 <<'PYTHON'
import numpy, ncnn, pnnx, torch
class Gate(torch.nn.Module):
    def __init__(self, convolved):
        super().__init__()
        self.before = torch.nn.Conv2d(4, 4, 1) if convolved else torch.nn.Identity()
    def forward(self, x):
        a, b = torch.chunk(self.before(x), 2, 1)
        return a * torch.sigmoid(b)
def sizes(net):
    x = torch.randn(1, 4, 12, 14)
    pnnx.export(net.eval(), "net.pt", (x,))
    loaded = ncnn.Net()
    assert loaded.load_param("net.ncnn.param") == 0 and loaded.load_model("net.ncnn.bin") == 0
    with loaded.create_extractor() as extractor:
        extractor.input("in0", ncnn.Mat(x[0].numpy().copy()))
        code, out = extractor.extract("out0")
        assert code == 0
        return tuple(net(x).shape[1:]), numpy.array(out).shape
alone, convolved = sizes(Gate(False)), sizes(Gate(True))
print("chunk alone: torch", alone[0], "ncnn", alone[1], " behind a convolution: torch", convolved[0], "ncnn", convolved[1])
assert alone == ((2, 12, 14), (4, 6, 14)) and convolved == ((2, 12, 14), (2, 12, 14))
PYTHON
