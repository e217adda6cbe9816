#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0.
# Guess: for auto_pad SAME the standard fixes a transposed convolution's size to input * stride, whatever output_padding is,
# and onnx's own shape inference declares that.
# Seen: onnxruntime returns input * stride (10 for 5, stride 2); shape inference adds output_padding and declares 11. Where a
# pool with ceil_mode would start its last window behind the map, it declares that window too (3 for 2).
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper
def sizes(operator, weights, **attributes):
    inputs = ["x"] + (["w"] if weights else [])
    tensors = [helper.make_tensor("w", TensorProto.FLOAT, [1, 1, weights], [0.0] * weights)] if weights else []
    graph = helper.make_graph([helper.make_node(operator, inputs, ["y"], **attributes)], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 5])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None])], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return (inferred.graph.output[0].type.tensor_type.shape.dim[2].dim_value,
            session.run(None, {"x": numpy.zeros((1, 1, 5), numpy.float32)})[0].shape[2])
for kernel, output_padding, expected in ((2, 1, (11, 10)), (3, 1, (11, 10)), (3, 0, (10, 10))):
    for side in ("SAME_UPPER", "SAME_LOWER"):
        seen = sizes("ConvTranspose", kernel, kernel_shape=[kernel], strides=[2], auto_pad=side,
                     output_padding=[output_padding])
        print(f"{side}, kernel {kernel}, output_padding {output_padding}: declared {seen[0]}, onnxruntime {seen[1]}")
        assert seen == expected
for operator in ("MaxPool", "AveragePool"):
    seen = sizes(operator, 0, kernel_shape=[1], strides=[3], ceil_mode=1)
    print(f"{operator}, kernel 1, stride 3, ceil_mode: declared {seen[0]}, onnxruntime {seen[1]}")
    assert seen == (3, 2)
PYTHON
