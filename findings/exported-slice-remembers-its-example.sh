#!/usr/bin/env bash
# torch 2.13.0.
# Guess: y[:, :, :h, :w] with the skip's h and w, exported by torch.export with its sizes left to AUTO, follows every size.
# Seen: exported from an odd size, where the slice cuts a row off, the program refuses even sizes, where it cuts nothing;
# exported from an even size it refuses odd ones. Half of the sizes are gone, and the export says nothing.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.down = torch.nn.Conv2d(1, 1, 3, stride=2, padding=1)
        self.up = torch.nn.Upsample(scale_factor=2)
    def forward(self, x):
        return x + self.up(self.down(x))[:, :, :x.shape[2], :x.shape[3]]
free, net = torch.export.Dim.AUTO, Net().eval()
for example, other in ((25, 26), (26, 25)):
    program = torch.export.export(net, (torch.randn(1, 1, example, example),), dynamic_shapes=({2: free, 3: free},)).module()
    refused = []
    for size in range(20, 40):
        x = torch.randn(1, 1, size, size)
        assert net(x).shape == x.shape
        try:
            assert program(x).shape == x.shape
        except AssertionError:
            refused.append(size)
    print(f"exported from {example}: refuses {refused}")
    assert refused == [size for size in range(20, 40) if size % 2 == other % 2]
PYTHON
