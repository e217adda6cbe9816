#!/usr/bin/env bash
# torch 2.13.0.
# Guess: MaxPool1d, MaxPool2d and AvgPool1d are exported alike, each with a free size where it is left free.
# Seen: a MaxPool1d holds the length of the example. With Dim.DYNAMIC the export itself fails; with Dim.AUTO it succeeds and
# the program refuses every other length. MaxPool2d, AvgPool1d and a MaxPool1d that returns its indices follow the length.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import logging
logging.disable(logging.CRITICAL)
import torch
class First(torch.nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner
    def forward(self, x):
        return self.inner(x)[0]
def lengths(net, shape, dim):
    axis = len(shape) - 1
    try:
        program = torch.export.export(net.eval(), (torch.randn(shape),), dynamic_shapes=({axis: dim},)).module()
    except Exception as error:
        assert "specialized it to be a constant" in str(error)
        return "no export"
    taken = []
    for length in (12, 13, 20):
        try:
            program(torch.randn(*shape[:-1], length))
            taken.append(length)
        except AssertionError:
            pass
    return taken
free, auto = torch.export.Dim.DYNAMIC, torch.export.Dim.AUTO
nets = {"MaxPool1d": (torch.nn.MaxPool1d(2), (1, 4, 12)), "AvgPool1d": (torch.nn.AvgPool1d(2), (1, 4, 12)),
        "MaxPool2d": (torch.nn.MaxPool2d(2), (1, 4, 12, 12)),
        "MaxPool1d with indices": (First(torch.nn.MaxPool1d(2, return_indices=True)), (1, 4, 12))}
for name, (net, shape) in nets.items():
    seen = lengths(net, shape, free), lengths(net, shape, auto)
    print(f"{name}: DYNAMIC {seen[0]}, AUTO {seen[1]}")
    assert seen == (("no export", [12]) if name == "MaxPool1d" else ([12, 13, 20], [12, 13, 20]))
PYTHON
