#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0.
# Guess: AdaptiveAvgPool2d(3), exported with free axes, returns 3 for every size, or the export refuses.
# Seen: the new exporter writes the kernel of the example's size for ever and says nothing: exported from 6x6, an input of
# 9x9 returns 4x4.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import onnxruntime, torch
free = torch.export.Dim.DYNAMIC
model = torch.nn.AdaptiveAvgPool2d(3).eval()
torch.onnx.export(model, (torch.randn(1, 1, 6, 6),), "pool.onnx", dynamo=True, verbose=False,
                  dynamic_shapes=({2: free, 3: free},))
session = onnxruntime.InferenceSession("pool.onnx", providers=["CPUExecutionProvider"])
for size, expected in ((6, 3), (9, 4), (12, 6)):
    x = torch.randn(1, 1, size, size)
    ran = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0].shape[2]
    print(f"{size}: torch {model(x).shape[2]}, onnxruntime {ran}")
    assert model(x).shape[2] == 3 and ran == expected
PYTHON
