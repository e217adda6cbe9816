#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: what torch runs and exports, onnxruntime runs.
# Seen: ConvTranspose2d(kernel_size=3, stride=2, padding=1, dilation=3, output_padding=2), legal in torch since
# output_padding < dilation, returns 15x15 of 5x5 in torch and OpenVINO; onnxruntime takes the file and raises when run.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import onnxruntime, openvino, torch
onnxruntime.set_default_logger_severity(4)
model = torch.nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1, dilation=3, output_padding=2).eval()
x = torch.randn(1, 1, 5, 5)
torch.onnx.export(model, (x,), "up.onnx", dynamo=True, verbose=False)
core = openvino.Core()
by_openvino = core.compile_model(core.read_model("up.onnx"), "CPU")(x.numpy())[0].shape[2]
session = onnxruntime.InferenceSession("up.onnx", providers=["CPUExecutionProvider"])
try:
    session.run(None, {session.get_inputs()[0].name: x.numpy()})
    raise SystemExit("onnxruntime runs it now")
except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument as error:
    print(f"torch {model(x).shape[2]}, openvino {by_openvino}, onnxruntime: {str(error).splitlines()[0][:120]}")
assert (model(x).shape[2], by_openvino) == (15, 15)
PYTHON
