#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: the size that onnx's shape inference declares for a Resize is what PyTorch computed or what onnxruntime returns.
# Seen: it is neither: the factor is single, the product double. Upsample(scale_factor=0.7) of 50 returns 35 in PyTorch and
# 35 in onnxruntime, and is declared as 34; 2.6 of 100 returns 260 in both and is declared as 259.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime, torch
from onnx import TensorProto, helper
def sizes(factor, size):
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], nearest_mode="floor", coordinate_transformation_mode="asymmetric")
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, size])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None])],
                              [helper.make_tensor("scales", TensorProto.FLOAT, [3], [1, 1, factor])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return (torch.nn.Upsample(scale_factor=factor)(torch.zeros(1, 1, size)).shape[2],
            session.run(None, {"x": numpy.zeros((1, 1, size), numpy.float32)})[0].shape[2],
            inferred.graph.output[0].type.tensor_type.shape.dim[2].dim_value)
for factor, size, expected in ((0.7, 50, (35, 35, 34)), (0.7, 100, (70, 70, 69)), (2.6, 100, (260, 260, 259)),
                               (0.75, 100, (75, 75, 75)), (0.7, 51, (35, 35, 35))):
    seen = sizes(factor, size)
    print(f"{size} * {factor}: torch {seen[0]}, onnxruntime {seen[1]}, declared {seen[2]}")
    assert seen == expected
PYTHON
