#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0.
# Guess: only an input size that is 1 in the example is taken for fixed; sizes further down follow it.
# Seen: whatever layer makes a map of one row in the example, its exported program holds every other input to that one row:
# a Conv2d k 4, s 2, p 1 on two rows refuses four ("Guard failed: ... // 2 == 1"), with Dim.AUTO and Dim.DYNAMIC alike. A U-Net
# exported from the size at which its bottleneck is 1x1 runs at no multiple of it. The same program as an ONNX file runs.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import onnxruntime, torch
from torch import nn
Dim = torch.export.Dim
nets = {"convolution": nn.Conv2d(1, 1, 4, 2, 1), "pool": nn.MaxPool2d(2),
        "down and up": nn.Sequential(nn.Conv2d(1, 1, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(1, 1, 4, 2, 1))}
for name, net in nets.items():
    net = net.eval()
    for rows, other in ((2, 4), (4, 6)):
        x, y = torch.randn(1, 1, rows, 8), torch.randn(1, 1, other, 8)
        wanted = net(y).shape
        said = []
        for kind in (Dim.AUTO, Dim.DYNAMIC):
            program = torch.export.export(net, (x,), dynamic_shapes=({2: kind},)).module()
            try:
                assert program(y).shape == wanted
                said.append("runs")
            except AssertionError as error:
                assert "== 1" in str(error), error
                said.append(str(error).splitlines()[0])
        assert all((s == "runs") == (rows == 4) for s in said), said
        torch.onnx.export(net, (x,), "net.onnx", dynamo=True, verbose=False, dynamic_shapes=({2: Dim.DYNAMIC},))
        session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
        there = session.run(None, {session.get_inputs()[0].name: y.numpy()})[0].shape
        assert tuple(there) == tuple(wanted)
        print(f"{name}, from {rows} rows, at {other}: exported program {said[0]}; onnxruntime {list(there)}")
PYTHON
