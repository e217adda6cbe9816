#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: onnxruntime, which refuses auto_pad SAME beside a dilation for a Conv, refuses it for a pool, too, or returns the
# standard's ceil(n / stride), on which every stack of dilated pools of stride 1 is built.
# Seen: a MaxPool and an AveragePool run, padded as if the window were not dilated: 8 values become 6 with k 3, d 2, and 9 become 5
# with d 3. onnx's inference and OpenVINO return 8 and 9. So a branch x + pool(x), which the checker passes, does not run there, and
# a later layer that takes any size takes the smaller map without a word.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino
from onnx import TensorProto, helper, numpy_helper
onnxruntime.set_default_logger_severity(4)
def session(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
def model(nodes, n):
    weight = numpy_helper.from_array(numpy.ones((1, 1, 3, 3), numpy.float32), "w")
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, n, n])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, list("NCHW"))], [weight] if nodes[0].op_type == "Conv" else [])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    return made
def pool(kind, side, stride, dilation, to="y"):
    return helper.make_node(kind, ["x"], [to], kernel_shape=[3, 3], strides=[stride] * 2, dilations=[dilation] * 2, auto_pad="SAME_" + side)
for n, stride, dilation, wanted in ((8, 1, 1, 8), (8, 1, 2, 6), (9, 1, 3, 5), (8, 2, 2, 3), (9, 2, 2, 4), (9, 3, 2, 2)):
    for kind in ("MaxPool", "AveragePool"):
        for side in ("UPPER", "LOWER"):
            made, x = model([pool(kind, side, stride, dilation)], n), numpy.random.rand(1, 1, n, n).astype(numpy.float32)
            said = onnx.shape_inference.infer_shapes(made).graph.output[0].type.tensor_type.shape.dim[2].dim_value
            core = openvino.Core()
            there = core.compile_model(core.read_model(made.SerializeToString()), "CPU")([x])[0].shape[2]
            ran = session(made).run(None, {"x": x})[0].shape[2]
            print(f"{kind} SAME_{side} of {n}, stride {stride}, dilation {dilation}: onnxruntime {ran}, declared {said}, OpenVINO {there}")
            assert ran == wanted and said == there == -(-n // stride)
for kind, nodes in (("Conv", [helper.make_node("Conv", ["x", "w"], ["y"], dilations=[2, 2], auto_pad="SAME_UPPER")]),
                    ("x + pool(x)", [pool("MaxPool", "UPPER", 1, 2, "z"), helper.make_node("Add", ["x", "z"], ["y"])])):
    try:
        session(model(nodes, 8)).run(None, {"x": numpy.zeros((1, 1, 8, 8), numpy.float32)})
        raise SystemExit(kind + " runs")
    except Exception as error:
        print(kind, "with dilation 2:", str(error).strip().splitlines()[-1][-90:])
PYTHON
