#!/usr/bin/env bash
# torch 2.14.1, litert-torch 0.10.0, litert-converter 0.5.0, ai-edge-litert 2.3.0.
# Guess: x.repeat(1, 2, 1, 1) has twice the channels wherever it stands.
# Seen: behind a convolution or a pool, which are kept with their channels last, the repeats are not moved with the axes:
# [1, 8, 5, 6] becomes [1, 8, 10, 6], and repeat(1, 1, 2, 2) makes [1, 16, 5, 12]. On the input, or behind an activation
# alone, it is right. A flip, a roll, a cumsum and a concatenation behind a convolution are right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.14.1 litert-torch==0.10.0 litert-converter==0.5.0 ai-edge-litert==2.3.0 torchao==0.18.0 <<'PYTHON'
import contextlib, io, warnings
warnings.filterwarnings("ignore")
import litert_torch, numpy, torch
from torch import nn
class Net(nn.Module):
    def __init__(self, front, step):
        super().__init__()
        self.front, self.step = front, step
    def forward(self, x):
        return self.step(self.front(x))
x = torch.randn(1, 8, 6, 6)
conv, pool = nn.Conv2d(8, 8, (2, 1)), nn.MaxPool2d((2, 1), stride=1)
repeats = lambda *by: (lambda y: y.repeat(*by))
for words, front, step, wanted in (
        ("convolution, repeat(1, 2, 1, 1)", conv, repeats(1, 2, 1, 1), (1, 8, 10, 6)), ("pool, the same", pool, repeats(1, 2, 1, 1), (1, 8, 10, 6)),
        ("convolution, repeat(1, 1, 1, 2)", conv, repeats(1, 1, 1, 2), (1, 16, 5, 6)),
        ("convolution, repeat(1, 1, 2, 2)", conv, repeats(1, 1, 2, 2), (1, 16, 5, 12)), ("no convolution", nn.ReLU(), repeats(1, 2, 1, 1), None),
        ("convolution, flip", conv, lambda y: y.flip(2), None), ("convolution, cat", conv, lambda y: torch.cat([y, y], 1), None)):
    net = Net(front, step).eval()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        there = numpy.asarray(litert_torch.convert(net, (x,))(x)).shape
    here = tuple(net(x).shape)
    print(f"{words}: PyTorch {list(here)}, there {list(there)}")
    assert there == (wanted or here)
PYTHON
