#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0.
# Guess: SAME_LOWER differs from SAME_UPPER in the side that gets the odd value of padding, never in the size: both are
# ceil(n / stride), and onnx's reference evaluator, the standard's own, says so.
# Seen: its MaxPool rounds down with SAME_LOWER: 2 of 5, 4 of 9. With SAME_UPPER, and for AveragePool, LpPool and Conv with
# both, it rounds up, as onnx's shape inference and onnxruntime do for all of them. A test against the reference holds a right
# runtime for wrong where a U-Net halves an odd map.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
def sizes(kind, mode, n):
    conv = kind == "Conv"
    node = helper.make_node(kind, ["x", "w"] if conv else ["x"], ["y"], kernel_shape=[3], strides=[2], auto_pad=mode)
    weight = [numpy_helper.from_array(numpy.ones((2, 2, 3), numpy.float32), "w")] if conv else []
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, n])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, "L"])], weight)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.ones((1, 2, n), numpy.float32)
    runtime = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    said = onnx.shape_inference.infer_shapes(model).graph.output[0].type.tensor_type.shape.dim[2].dim_value
    return ReferenceEvaluator(model).run(None, {"x": x})[0].shape[2], runtime.run(None, {"x": x})[0].shape[2], said
for kind in ("MaxPool", "AveragePool", "LpPool", "Conv"):
    for mode in ("SAME_UPPER", "SAME_LOWER"):
        rows = {n: sizes(kind, mode, n) for n in range(4, 13)}
        differ = {n: row for n, row in rows.items() if len(set(row)) > 1}
        print(kind, mode, differ or "alike: reference, onnxruntime, shape inference")
        assert all(row[1] == row[2] == -(-n // 2) for n, row in rows.items())
        wrong = kind == "MaxPool" and mode == "SAME_LOWER"
        assert differ == ({n: (n // 2, n // 2 + 1, n // 2 + 1) for n in (5, 7, 9, 11)} if wrong else {})
PYTHON
