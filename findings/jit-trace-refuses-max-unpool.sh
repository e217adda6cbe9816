#!/usr/bin/env bash
# torch 2.13.0.
# Guess: torch.jit.trace takes every module of torch.nn that runs.
# Seen: any MaxUnpool2d raises TypeError while traced, whatever its sizes; torch.export takes the same network.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = torch.nn.MaxPool2d(2, return_indices=True)
        self.unpool = torch.nn.MaxUnpool2d(2)
    def forward(self, x):
        return self.unpool(*self.pool(x))
net, x = Net().eval(), torch.randn(1, 1, 4, 4)
assert net(x).shape == x.shape
assert torch.export.export(net, (x,)).module()(x).shape == x.shape
try:
    torch.jit.trace(net, x)
    raise SystemExit("torch.jit.trace takes it now")
except TypeError as error:
    print("torch.jit.trace:", str(error)[:100])
PYTHON
