#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: one .onnx file of a MaxPool2d with ceil_mode gives one size in all runtimes.
# Seen: kernel 2, stride 2, padding 1 on 3x3: torch and onnxruntime 2x2, as the last window would start in the padding;
# OpenVINO returns 3x3.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import onnxruntime, openvino, torch
model, x = torch.nn.MaxPool2d(2, 2, padding=1, ceil_mode=True).eval(), torch.randn(1, 1, 3, 3)
torch.onnx.export(model, (x,), "pool.onnx", dynamo=True, verbose=False)
session = onnxruntime.InferenceSession("pool.onnx", providers=["CPUExecutionProvider"])
by_onnxruntime = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0].shape[2]
core = openvino.Core()
by_openvino = core.compile_model(core.read_model("pool.onnx"), "CPU")(x.numpy())[0].shape[2]
print(f"torch {model(x).shape[2]}, onnxruntime {by_onnxruntime}, openvino {by_openvino}")
assert (model(x).shape[2], by_onnxruntime, by_openvino) == (2, 2, 3)
PYTHON
