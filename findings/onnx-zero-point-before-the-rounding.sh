#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9, tinygrad 0.14.0.
# Guess: QuantizeLinear, x / scale rounded to the nearest with halves to even, gives one number for one x in every runtime.
# Seen: OpenVINO and OpenCV add the zero point first and round the sum to even. With an odd zero point every half goes to the other
# side: 0.5, 1.5, 2.5 with zero point 3 are 3, 5, 5 by the standard, in onnxruntime and tract, and 4, 4, 6 in these two. tinygrad
# rounds each second half up and the others down whatever the zero point is. With a scale that is a power of two halves are common,
# and a network of integers differs by one in each of them; no other x differs.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 tinygrad==0.14.0 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, tract
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    return net.forward()
runs = {"onnxruntime": lambda x: onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0],
        "reference": lambda x: ReferenceEvaluator("net.onnx").run(None, {"x": x})[0],
        "tract": lambda x: tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
        "OpenVINO": lambda x: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0], "OpenCV": by_opencv,
        "tinygrad": lambda x: OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy()}
def differ(zero_point, x):
    consts = [onnx.numpy_helper.from_array(numpy.float32(1), "scale"), onnx.numpy_helper.from_array(numpy.uint8(zero_point), "zero")]
    infos = [onnx.helper.make_tensor_value_info(n, t, x.shape) for n, t in (("x", onnx.TensorProto.FLOAT), ("y", onnx.TensorProto.UINT8))]
    graph = onnx.helper.make_graph([onnx.helper.make_node("QuantizeLinear", ["x", "scale", "zero"], ["y"])], "net", infos[:1], infos[1:], consts)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    standard, summed = numpy.rint(x) + zero_point, numpy.rint(x + zero_point)
    seen = set()
    for name, run in runs.items():
        there = numpy.asarray(run(x)).astype(int)
        if (there != standard).any():
            seen.add(name)
            assert name == "tinygrad" or (there == summed).all()
    return seen
halves = numpy.arange(0.5, 8, dtype=numpy.float32).reshape(1, 8)
others = halves + numpy.float32(0.25)
for zero_point in (0, 3, 4, 127, 128):
    seen = differ(zero_point, halves)
    print(f"zero point {zero_point}: other halves in", ", ".join(sorted(seen)) or "none")
    assert seen == ({"OpenVINO", "OpenCV", "tinygrad"} if zero_point % 2 else {"tinygrad"})
    assert differ(zero_point, others) == set()
PYTHON
