#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnx2torch 1.5.15.
# Guess: what onnx2torch makes of a valid file returns PyTorch's shape, or it refuses the file.
# Seen: the rank of a tensor is taken from onnx's shape inference; behind a Reshape whose shape is computed (a GroupNorm of
# opset 13, a view with a free size) there is none, and GlobalAveragePool then averages over the batch and the
# channels as well: AdaptiveAvgPool2d(1) returns [1, 1, 1, 1] for [2, 4, 1, 1], onnxruntime [2, 4, 1, 1] from the same file.
# A MaxPool there is refused as one of "spatial rank == -2". With opset 17 both are right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnx2torch==1.5.15 onnxruntime==1.32.0 onnxscript==0.7.2 <<'PYTHON'
import sys, types
vision = types.ModuleType("torchvision")  # wanted for detection operators alone, and built for one torch
vision.ops = types.ModuleType("torchvision.ops")
vision.ops.roi_align = None
sys.modules["torchvision"], sys.modules["torchvision.ops"] = vision, vision.ops
import onnx2torch, onnxruntime, torch
from torch import nn
def sizes(net, opset):
    x = torch.randn(2, 4, 8, 8)
    torch.onnx.export(net.eval(), (x,), "net.onnx", dynamo=False, opset_version=opset, input_names=["x"])
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    ran = list(session.run(None, {"x": x.numpy()})[0].shape)
    try:
        back = list(onnx2torch.convert("net.onnx").eval()(x).shape)
    except NotImplementedError as error:
        back = str(error)
    return list(net(x).shape), ran, back
mean = nn.Sequential(nn.GroupNorm(2, 4), nn.AdaptiveAvgPool2d(1))
pool = nn.Sequential(nn.GroupNorm(2, 4), nn.MaxPool2d(2))
for name, net, opset, there in (("mean", mean, 13, [1, 1, 1, 1]), ("mean", mean, 17, [2, 4, 1, 1]),
                                ("pool", pool, 13, "Max pool operation with spatial rank == -2 is not implemented"),
                                ("pool", pool, 17, [2, 4, 4, 4])):
    here, ran, back = sizes(net, opset)
    print(f"{name}, opset {opset}: torch {here}, onnxruntime {ran}, onnx2torch {back}")
    assert ran == here and back == there
PYTHON
