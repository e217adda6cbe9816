#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: the reference evaluator that comes with onnx runs what the standard allows, and so agrees with onnxruntime.
# Seen: a ConvTranspose of 4 to 4 channels in 2 groups, which the checker accepts and onnxruntime runs, ends there in
# "could not broadcast". One group runs, and so does one channel for each group.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import onnx, onnxruntime, torch
from onnx.reference import ReferenceEvaluator
x = torch.randn(1, 4, 5, 5)
for groups in (1, 2, 4):
    net = torch.nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1, groups=groups).eval()
    torch.onnx.export(net, (x,), "net.onnx", dynamo=False, input_names=["x"])
    onnx.checker.check_model("net.onnx", full_check=True)
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    assert session.run(None, {"x": x.numpy()})[0].shape == tuple(net(x).shape)
    try:
        seen = ReferenceEvaluator("net.onnx").run(None, {"x": x.numpy()})[0].shape
    except ValueError as error:
        seen = str(error)
    print(f"groups {groups}: onnxruntime {tuple(net(x).shape)}, reference {seen}")
    assert ("broadcast" in str(seen)) == (groups == 2)
PYTHON
