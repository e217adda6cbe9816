#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: a network exported by torch returns in onnxruntime the size that torch returned and that the file declares.
# Seen: Upsample(scale_factor=0.29) of 100 returns 28 in torch; the file of the new exporter declares 28, that of the old
# one 29; onnxruntime returns 29 from both. torch takes floor(n * s) in double, onnxruntime in float.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import onnx, onnxruntime, torch
onnxruntime.set_default_logger_severity(4)
model, x = torch.nn.Upsample(scale_factor=0.29).eval(), torch.randn(1, 1, 100, 100)
assert tuple(model(x).shape[2:]) == (28, 28)
for dynamo, declared in ((True, 28), (False, 29)):
    torch.onnx.export(model, (x,), "up.onnx", dynamo=dynamo, **({"verbose": False} if dynamo else {}))
    said = onnx.load("up.onnx").graph.output[0].type.tensor_type.shape.dim[2].dim_value
    session = onnxruntime.InferenceSession("up.onnx", providers=["CPUExecutionProvider"])
    ran = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0].shape[2]
    print(f"dynamo={dynamo}: torch 28, the file declares {said}, onnxruntime {ran}")
    assert (said, ran) == (declared, 29)
PYTHON
