#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnx2torch 1.5.15, onnxruntime 1.32.0.
# Guess: a ConvTranspose with output_shape is refused by onnx2torch, as PyTorch's own layer has no such number, or obeyed.
# Seen: it is ignored in silence. For kernel 3, stride 2 on 5 onnxruntime and onnx's shape inference give the 8, 9, 10, 11 or
# 12 that output_shape says; what onnx2torch makes of the same files returns 11 for all of them.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnx2torch==1.5.15 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnx2torch, onnxruntime, torch
from onnx import TensorProto, helper
def sizes(wanted):
    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], kernel_shape=[3], strides=[2], output_shape=[wanted])
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1, 1, 3], [1.0, 2.0, 4.0])
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 5])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None])], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.ones((1, 1, 5), numpy.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    back = onnx2torch.convert(model).eval()(torch.from_numpy(x)).shape[2]
    inferred = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim[2].dim_value
    return session.run(None, {"x": x})[0].shape[2], back, inferred
for wanted in (8, 9, 10, 11, 12):
    ran, back, declared = sizes(wanted)
    print(f"output_shape {wanted}: onnxruntime {ran}, declared {declared}, onnx2torch {back}")
    assert ran == declared == wanted and back == 11
PYTHON
