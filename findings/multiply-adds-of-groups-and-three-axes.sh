#!/usr/bin/env bash
# torch 2.13.0, calflops 0.3.2, onnx-tool 1.0.1.
# Guess: counters of multiply-adds have transposed convolutions right where they name them in their tables.
# Seen: calflops divides a grouped one by its groups twice and rounds down in between: two groups count half of what they are, and a
# depthwise one, the cheap decoder's layer, counts 0, as does an LSTM. A Conv2d with the same groups is right. onnx-tool counts
# output places, not input places, and takes the channels that come out for those that go in, too: 4 times as much for 8 to 8
# channels of two axes with stride 2, 8 times for three axes, twice for 8 to 4, 16 times for 4 to 16.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 calflops==0.3.2 transformers==5.24.0 onnx-tool==1.0.1 <<'PYTHON'
import contextlib, io, torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
import onnx_tool
from calflops import calculate_flops
def by_torch(layer, x):
    with FlopCounterMode(display=False) as counter:
        layer(x)
    return counter.get_total_flops() // 2
def by_calflops(layer, x):
    with contextlib.redirect_stdout(io.StringIO()):
        return int(calculate_flops(layer, input_shape=tuple(x.shape), print_results=False, output_as_string=False)[1])
def by_onnx_tool(layer, x):
    torch.onnx.export(layer, (x,), "net.onnx", dynamo=False)
    with contextlib.redirect_stdout(io.StringIO()):
        model = onnx_tool.Model("net.onnx")
        model.graph.shape_infer()
        model.graph.profile()
    return int(sum(node.macs[0] for node in model.graph.nodemap.values()))
def transposed(axes, groups=1, a=8, b=8):
    return (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)[axes - 1](a, b, 4, 2, 1, groups=groups, bias=False)
for words, layer, shape, ratios in (
        ("ConvTranspose2d", transposed(2), (1, 8, 10, 10), (1, 4)), ("two groups", transposed(2, 2), (1, 8, 10, 10), (1 / 2, 4)),
        ("depthwise", transposed(2, 8), (1, 8, 10, 10), (0, 4)), ("Conv2d, two groups", nn.Conv2d(8, 8, 3, groups=2, bias=False), (1, 8, 10, 10), (1, 1)),
        ("Conv2d, depthwise", nn.Conv2d(8, 8, 3, groups=8, bias=False), (1, 8, 10, 10), (1, 1)), ("8 to 4", transposed(2, b=4), (1, 8, 10, 10), (1, 2)),
        ("4 to 16", transposed(2, a=4, b=16), (1, 4, 10, 10), (1, 16)), ("ConvTranspose1d", transposed(1), (1, 8, 10), (1, 2)),
        ("ConvTranspose3d", transposed(3), (1, 8, 4, 4, 4), (1, 8))):
    layer, x = layer.eval(), torch.randn(shape)
    right, calflops, tool = by_torch(layer, x), by_calflops(layer, x), by_onnx_tool(layer, x)
    print(f"{words}: {right:,} multiply-adds, calflops {calflops:,}, onnx-tool {tool:,}")
    assert (calflops, tool) == tuple(right * ratio for ratio in ratios)
lstm = by_calflops(nn.LSTM(8, 16, batch_first=True).eval(), torch.randn(1, 5, 8))
print("an LSTM: calflops", lstm)
assert lstm == 0
PYTHON
