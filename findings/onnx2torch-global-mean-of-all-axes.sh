#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnx2torch 1.5.15.
# Guess: what onnx2torch makes of a valid file returns PyTorch's shape, or it refuses the file.
# Seen: the rank of a tensor is taken from onnx's shape inference; behind a Reshape whose shape is computed there is none. The
# older exporter writes an Unflatten so, and a GroupNorm of opset 13. GlobalAveragePool then averages over the batch and the
# channels as well: AdaptiveAvgPool2d(1) returns [1, 1, 1, 1] for [2, 4, 1, 1], onnxruntime [2, 4, 1, 1] from the same file.
# MaxPool and BatchNorm are refused there as ones of "spatial rank == -2". A GroupNorm of opset 17 is right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnx2torch==1.5.15 onnxruntime==1.32.0 onnxscript==0.7.2 <<'PYTHON'
import onnx2torch, onnxruntime, torch
from torch import nn
def sizes(first, last, opset):
    net = nn.Sequential(first, last, nn.ReLU()).eval()
    x = torch.randn(2, 4, 8, 8) if isinstance(first, nn.GroupNorm) else torch.randn(2, 64)
    torch.onnx.export(net, (x,), "net.onnx", dynamo=False, opset_version=opset, input_names=["x"])
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    ran = list(session.run(None, {"x": x.numpy()})[0].shape)
    try:
        back = list(onnx2torch.convert("net.onnx").eval()(x).shape)
    except NotImplementedError as error:
        back = str(error)
    return list(net(x).shape), ran, back
group, unflatten = nn.GroupNorm(2, 4), nn.Unflatten(1, (4, 4, 4))
trained = nn.BatchNorm2d(4)
trained.running_mean.normal_()
trained.running_var.uniform_(0.5, 2)
refused = " operation with spatial rank == -2 is not implemented"
for first, last, opset, there in ((unflatten, nn.AdaptiveAvgPool2d(1), 17, [1, 1, 1, 1]),
                                  (unflatten, nn.MaxPool2d(2), 17, "Max pool" + refused),
                                  (unflatten, trained, 17, "BatchNorm" + refused),
                                  (unflatten, nn.ConvTranspose2d(4, 2, 2, 2), 17, [2, 2, 8, 8]),
                                  (group, nn.AdaptiveAvgPool2d(1), 13, [1, 1, 1, 1]),
                                  (group, nn.AdaptiveAvgPool2d(1), 17, [2, 4, 1, 1])):
    here, ran, back = sizes(first, last, opset)
    print(f"{type(first).__name__}, {type(last).__name__}, opset {opset}: torch {here}, onnxruntime {ran}, onnx2torch {back}")
    assert ran == here and back == there
PYTHON
