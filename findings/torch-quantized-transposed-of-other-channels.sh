#!/usr/bin/env bash
# torch 2.13.0.
# Guess: a transposed convolution that is quantized by torch.ao.quantization keeps its values to a per cent or two, as a
# convolution does, on every engine that takes it; what an engine can't do it refuses.
# Seen: on "x86", the default engine, and on "onednn" that holds only where it has as many channels in as out. With 64 to 32, as
# a decoder has them, or 4 to 8, the size is right and the values have nothing to do with the layer's: the error is as large as
# they are, for one, two and three axes, every kernel, with groups, too. "fbgemm" is right there and wrong for a kernel as large
# as its stride, 2 and 2, over images from 8 channels on; "qnnpack" is wrong for every one over three axes. A convolution is
# right on all.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
from torch import nn
from torch.ao import quantization
def error(engine, layer, size):
    torch.backends.quantized.engine = engine
    network = nn.Sequential(quantization.QuantStub(), layer, quantization.DeQuantStub()).eval()
    x = torch.rand(4, layer.in_channels, *size)
    with torch.no_grad():
        y = network(x)
        network.qconfig = quantization.default_qconfig
        prepared = quantization.prepare(network)
        prepared(x)
        z = quantization.convert(prepared)(x)
    assert z.shape == y.shape
    return float((z - y).norm() / y.norm())
torch.manual_seed(0)
layers = {"8 to 8, k 3, s 2": (lambda: nn.ConvTranspose2d(8, 8, 3, 2, 1), (6, 6)),
          "64 to 32, k 4, s 2": (lambda: nn.ConvTranspose2d(64, 32, 4, 2, 1), (6, 6)),
          "4 to 8, k 3, s 1": (lambda: nn.ConvTranspose2d(4, 8, 3, 1, 1), (6, 6)),
          "8 to 4 in 2 groups": (lambda: nn.ConvTranspose2d(8, 4, 4, 2, 1, groups=2), (6, 6)),
          "8 to 4 over one axis": (lambda: nn.ConvTranspose1d(8, 4, 4, 2, 1), (9,)),
          "8 to 8, k 2, s 2": (lambda: nn.ConvTranspose2d(8, 8, 2, 2), (6, 6)),
          "8 to 8 over three axes": (lambda: nn.ConvTranspose3d(8, 8, 4, 2, 1), (3, 4, 4)),
          "a convolution, 8 to 4": (lambda: nn.Conv2d(8, 4, 3, 2, 1), (6, 6))}
wrong = {"x86": [1, 2, 3, 4], "onednn": [1, 2, 3, 4], "fbgemm": [5], "qnnpack": [6]}
for at, (name, (make, size)) in enumerate(layers.items()):
    errors = {engine: error(engine, make(), size) for engine in wrong}
    print(f"{name}: relative error", {engine: round(value, 3) for engine, value in errors.items()})
    for engine, value in errors.items():
        assert value > 0.4 if at in wrong[engine] else value < 0.05
PYTHON
