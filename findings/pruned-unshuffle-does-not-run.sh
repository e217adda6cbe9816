#!/usr/bin/env bash
# torch 2.13.0, torch-pruning 1.6.1.
# Guess: a tool that follows channels through a network and removes some knows the layers that regroup them, or leaves those alone.
# Seen: a PixelUnshuffle is taken for a layer that keeps its channels. What is pruned raises when it is run: the 1x1 convolution behind it is
# made for 28 channels of 32, and 16 come. So does one behind x.repeat(1, 2, 1, 1): 12 for 8. PixelShuffle, GLU and a transposed convolution of
# two groups end the pruning itself in an IndexError. A chunk into two halves, a depthwise transposed convolution in a U-Net and a
# Flatten with a Linear behind are pruned and run.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 torch-pruning==1.6.1 <<'PYTHON'
import torch
import torch_pruning
from torch import nn
class Step(nn.Module):
    def __init__(self, step):
        super().__init__()
        self.step = step
    def forward(self, x):
        return self.step(x)
class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.down, self.leave = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, 2, 1), nn.Conv2d(16, 3, 1)
        self.up = nn.ConvTranspose2d(8, 8, 4, 2, 1, groups=8)
    def forward(self, x):
        x = self.enter(x)
        return self.leave(torch.cat([x, self.up(self.down(x))], 1))
def between(channels, *steps):
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), *steps, nn.Conv2d(channels, 8, 1), nn.ReLU(), nn.Conv2d(8, 3, 1))
def halve(x):
    a, b = x.chunk(2, 1)
    return a * b.sigmoid()
def outcome(net):
    torch.manual_seed(0)
    net, x = net.eval(), torch.randn(1, 3, 16, 16)
    before, last = net(x).shape, [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear))][-1]
    try:
        torch_pruning.pruner.MagnitudePruner(net, x, importance=torch_pruning.importance.MagnitudeImportance(p=2), pruning_ratio=0.5,
                                             ignored_layers=[last]).step()
    except IndexError:
        return "is not pruned"
    try:
        assert net(x).shape == before
        return "runs"
    except RuntimeError as error:
        words = str(error)
        assert "expected input" in words
        return "raises: " + words[words.index("to have"):].removeprefix("to have ").removesuffix(" instead")
for words, net, wanted in (("PixelUnshuffle", between(32, nn.PixelUnshuffle(2)), "raises: 28 channels, but got 16 channels"),
                           ("repeat of channels", between(16, Step(lambda x: x.repeat(1, 2, 1, 1))), "raises: 12 channels, but got 8 channels"),
                           ("PixelShuffle", between(2, nn.PixelShuffle(2)), "is not pruned"), ("GLU", between(4, nn.GLU(1)), "is not pruned"),
                           ("transposed, two groups", between(8, nn.ConvTranspose2d(8, 8, 4, 2, 1, groups=2)), "is not pruned"),
                           ("chunk and a gate", between(4, Step(halve)), "runs"), ("U-Net with a depthwise transposed convolution", Skip(), "runs"),
                           ("Flatten", nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 14 * 14, 5)), "runs")):
    seen = outcome(net)
    print(f"{words}: {seen}")
    assert seen == wanted
PYTHON
