#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tinygrad 0.14.0, tract 0.23.9.
# Guess: a runtime that takes a file of opset 11 or 12 reads its Softmax as that opset says: axis=1 of N,C,H,W flattens the
# rest, and a sample sums to 1 over channels, rows and columns together.
# Seen: onnxruntime and tract do so. OpenVINO does for opset 9, and for LogSoftmax in 11, and not for Softmax in 11, where each
# place sums to 1, as from opset 13 on. OpenCV, tinygrad and onnx's reference evaluator read every opset so. What onnxruntime
# spreads over a map of 3x5 comes out 15 times as large on the mean. For the last axis all agree.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tinygrad==0.14.0 tract==0.23.9 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, tract
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
x = numpy.random.default_rng(0).standard_normal((2, 4, 3, 5)).astype(numpy.float32)
def by_opencv(path):
    network = cv2.dnn.readNetFromONNX(path)
    network.setInput(x)
    return network.forward()
core = openvino.Core()
ways = {"onnxruntime": lambda path: onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
        "tract": lambda path: tract.onnx().load(path).into_model().into_runnable().run([x])[0].to_numpy(),
        "openvino": lambda path: core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
        "opencv": by_opencv, "reference": lambda path: ReferenceEvaluator(path).run(None, {"x": x})[0],
        "tinygrad": lambda path: list(OnnxRunner(path)({"x": Tensor(x)}).values())[0].numpy()}
def sums_to_one_over(kind, opset, axis):
    shape = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape), helper.make_tensor_value_info("y", TensorProto.FLOAT, x.shape)
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"], axis=axis)], "g", [shape[0]], [shape[1]])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=6)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    seen = {}
    for name, way in ways.items():
        y = numpy.asarray(way("net.onnx"))
        y = numpy.exp(y) if kind == "LogSoftmax" else y
        seen[name] = "sample" if numpy.allclose(y.sum((1, 2, 3)), 1, atol=1e-4) else "axis" if numpy.allclose(y.sum(axis), 1, atol=1e-4) else "?"
    return seen
by_axis = dict.fromkeys(("opencv", "reference", "tinygrad"), "axis")
for kind, opset, axis, wanted in (
        ("Softmax", 9, 1, {"onnxruntime": "sample", "tract": "sample", "openvino": "sample", **by_axis}),
        ("Softmax", 11, 1, {"onnxruntime": "sample", "tract": "sample", "openvino": "axis", **by_axis}),
        ("LogSoftmax", 11, 1, {"onnxruntime": "sample", "tract": "sample", "openvino": "sample", **by_axis}),
        ("Softmax", 12, 1, {"onnxruntime": "sample", "tract": "sample", "openvino": "axis", **by_axis}),
        ("Softmax", 13, 1, dict.fromkeys(ways, "axis")), ("Softmax", 11, -1, dict.fromkeys(ways, "axis"))):
    seen = sums_to_one_over(kind, opset, axis)
    print(f"{kind} of opset {opset}, axis {axis}, sums to 1 over the", seen)
    assert seen == wanted
PYTHON
