#!/usr/bin/env bash
# torch 2.13.0.
# Guess: a transposed convolution and its BatchNorm are fused for every number of groups, as a convolution is, by any of the
# ways of torch.
# Seen: fuse_conv_bn_eval(..., transpose=True) and torch.ao.quantization.fuse_modules, which calls it, take one group alone.
# With two they raise ("size of tensor"). A depthwise one, as in most cheap decoders, is fused and says nothing: its weight
# [4, 1, 4, 4] has become [4, 4, 4, 4], each channel with every channel's factor, and the network raises when it is run.
# The fuse of torch.fx, given the same modules, leaves them apart, and torch.jit keeps their values.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import copy, torch
from torch import nn
from torch.ao.quantization import fuse_modules
from torch.fx.experimental.optimization import fuse
from torch.nn.utils.fusion import fuse_conv_bn_eval
torch.manual_seed(0)
x = torch.randn(1, 4, 5, 5)
def outcome(way, net):
    wanted = net(x)
    try:
        fused = way(copy.deepcopy(net))
    except RuntimeError:
        return "refused"
    try:
        return "right" if torch.allclose(fused(x), wanted, atol=1e-5) else "other values"
    except RuntimeError:
        return "fused, raises when run"
ways = {"fuse_conv_bn_eval": lambda net: fuse_conv_bn_eval(net[0], net[1], transpose=isinstance(net[0], nn.ConvTranspose2d)),
        "fuse_modules": lambda net: fuse_modules(net, ["0", "1"]), "torch.fx": fuse,
        "torch.jit": lambda net: torch.jit.optimize_for_inference(torch.jit.script(net))}
raises, refused, right = "fused, raises when run", "refused", "right"
for kind, groups, wanted in ((nn.ConvTranspose2d, 1, [right] * 4), (nn.ConvTranspose2d, 2, [refused, refused, right, right]),
                             (nn.ConvTranspose2d, 4, [raises, raises, right, right]), (nn.Conv2d, 2, [right] * 4), (nn.Conv2d, 4, [right] * 4)):
    norm = nn.BatchNorm2d(4)
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.5, 2)
    seen = {name: outcome(way, nn.Sequential(kind(4, 4, 4, stride=2, padding=1, groups=groups), norm).eval()) for name, way in ways.items()}
    print(kind.__name__, "groups", groups, seen)
    assert list(seen.values()) == wanted
depthwise = nn.ConvTranspose2d(4, 4, 4, stride=2, padding=1, groups=4).eval()
shape = list(fuse_conv_bn_eval(depthwise, nn.BatchNorm2d(4).eval(), transpose=True).weight.shape)
print("weight", list(depthwise.weight.shape), "fused", shape)
assert shape == [4, 4, 4, 4]
fused = fuse(nn.Sequential(depthwise, nn.BatchNorm2d(4)).eval())
assert any(isinstance(layer, nn.BatchNorm2d) for layer in fused.modules())
PYTHON
