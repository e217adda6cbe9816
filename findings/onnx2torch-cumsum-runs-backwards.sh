#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnx2torch 1.5.15, onnxruntime 1.32.0.
# Guess: a CumSum without attributes sums from the front, as ONNX says.
# Seen: what onnx2torch makes of it sums from the end, along every axis: 1, 2, 3, 4 becomes 10, 9, 7, 4 where onnxruntime and
# PyTorch have 1, 3, 6, 10. The size is right, nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnx2torch==1.5.15 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnx2torch, onnxruntime, torch
from onnx import TensorProto, helper
def model(axis, **attributes):
    node = helper.make_node("CumSum", ["x", "axis"], ["y"], **attributes)
    shape = [TensorProto.FLOAT, [2, 4]]
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", *shape)], [helper.make_tensor_value_info("y", *shape)],
                              [helper.make_tensor("axis", TensorProto.INT64, [], [axis])])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made
x = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]])
for axis in (0, 1):
    made = model(axis)
    ran = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x.numpy()})[0]
    back = onnx2torch.convert(made)(x)
    print(f"axis {axis}: onnxruntime {ran.tolist()}, onnx2torch {back.tolist()}")
    assert numpy.array_equal(ran, torch.cumsum(x, axis)) and torch.equal(back, x.flip(axis).cumsum(axis).flip(axis))
PYTHON
