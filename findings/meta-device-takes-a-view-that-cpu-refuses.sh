#!/usr/bin/env bash
# torch 2.13.0.
# Guess: a forward pass on the meta device refuses what a pass on the CPU refuses: it knows sizes and strides, only values
# are missing.
# Seen: on a map that a permute left in channels-last order the CPU's convolutions, transposed convolutions, GroupNorm,
# reflection and replication pads, PixelShuffle and ChannelShuffle return channels-last strides and the meta device's
# contiguous ones. `.view(batch, -1)` behind them runs on meta and raises on the CPU ("view size is not compatible with input
# tensor's size and stride"). BatchNorm, pools and Upsample raise on both. torch.export raises too, but for ChannelShuffle:
# that is exported with the shape of a view that no run can make.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
from torch import nn


class Flat(nn.Module):
    """A map of [batch, rows, columns, channels], a layer, and a view of all that is not the batch."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x.permute(0, 3, 1, 2)).view(x.shape[0], -1)


def runs(function):
    try:
        function()
    except (RuntimeError, ValueError) as error:
        assert "view" in str(error), error
        return False
    return True


meta_only = {"Conv2d": nn.Conv2d(8, 8, 3, padding=1), "ConvTranspose2d": nn.ConvTranspose2d(8, 8, 2, 2),
             "GroupNorm": nn.GroupNorm(2, 8), "ReflectionPad2d": nn.ReflectionPad2d(1),
             "ReplicationPad2d": nn.ReplicationPad2d(1), "PixelShuffle": nn.PixelShuffle(2),
             "ChannelShuffle": nn.ChannelShuffle(2)}
neither = {"BatchNorm2d": nn.BatchNorm2d(8), "AvgPool2d": nn.AvgPool2d(2), "Upsample": nn.Upsample(scale_factor=2)}
x = torch.randn(2, 4, 4, 8)
for name, layer in (meta_only | neither).items():
    net = Flat(layer).eval()
    # export moves nothing: it is asked before the module goes to meta.
    exported = runs(lambda: torch.export.export(net, (x,))) if name in ("ChannelShuffle", "Conv2d", "AvgPool2d") else None
    on_cpu = runs(lambda: net(x))
    on_meta = runs(lambda: net.to("meta")(x.to("meta")))
    print(f"{name}: cpu {on_cpu}, meta {on_meta}, export {exported}")
    assert not on_cpu and on_meta == (name in meta_only)
    assert exported in (None, name == "ChannelShuffle")
PYTHON
