#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, tinygrad 0.14.0.
# Guess: a Split of 7 values with num_outputs=3 is 3, 3 and 1, as the standard's "last part smaller" and torch.chunk have it.
# Seen: tinygrad returns 3, 2 and 2, as NumPy's array_split does; 10 in 4 is 3, 3, 2, 2 for 3, 3, 3, 1. Two parts, or a number
# that divides, show nothing. onnxruntime and shape inference say the standard's sizes; of 5 in 4 shape inference declares 2, 2,
# 2 and -1, which onnxruntime refuses to run.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv onnx==1.23.2 onnxruntime==1.32.0 tinygrad==0.14.0 <<'PYTHON'
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
def parts(size, count):
    names = [f"y{at}" for at in range(count)]
    graph = helper.make_graph([helper.make_node("Split", ["x"], names, axis=1, num_outputs=count)], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, size, 2])],
                              [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, f"n{name}", 2]) for name in names])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "net.onnx")
    x = numpy.arange(size * 2, dtype=numpy.float32).reshape(1, size, 2)
    declared = [out.type.tensor_type.shape.dim[1].dim_value for out in onnx.shape_inference.infer_shapes(model).graph.output]
    there = [y.shape[1] for y in OnnxRunner("net.onnx")({"x": Tensor(x)}).values()]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession("net.onnx", options, providers=["CPUExecutionProvider"])
    try:
        ran = [y.shape[1] for y in session.run(None, {"x": x})]
    except Exception as refusal:
        ran = type(refusal).__name__
    return ran, declared, there
for size, count, wanted in ((7, 3, ([3, 3, 1], [3, 3, 1], [3, 2, 2])), (10, 4, ([3, 3, 3, 1], [3, 3, 3, 1], [3, 3, 2, 2])),
                            (7, 2, ([4, 3],) * 3), (6, 3, ([2, 2, 2],) * 3), (5, 4, ("Fail", [2, 2, 2, -1], [2, 1, 1, 1]))):
    seen = parts(size, count)
    print(f"{size} in {count}: onnxruntime {seen[0]}, declared {seen[1]}, tinygrad {seen[2]}")
    assert seen == wanted
PYTHON
