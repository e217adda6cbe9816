#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnx2torch 1.5.15.
# Guess: the slope of a PRelu is broadcast as ONNX has it everywhere: [3] lies along the last axis, and a slope for each channel of
# [N, 3, H, W] is [3, 1, 1].
# Seen: OpenVINO, OpenCV and onnx2torch take a slope with as many numbers as channels for one of the channels, whatever its
# shape: [3] of three channels that are 3 wide weighs channels, not columns. OpenCV and onnx2torch do so for [3, 1], which lies
# along rows, too. Sizes agree, nothing is said. onnxruntime, the reference, tract and tinygrad are right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 onnx2torch==1.5.15 \
  tinygrad==0.14.0 tract==0.23.9 <<'PYTHON'
import cv2, numpy, onnx, onnx2torch, onnxruntime, openvino, torch, tract
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
        "tinygrad": lambda x: OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy(),
        "OpenVINO": lambda x: openvino.compile_model("net.onnx", "CPU")(x)[0], "OpenCV": by_opencv,
        "onnx2torch": lambda x: onnx2torch.convert("net.onnx")(torch.from_numpy(x)).detach().numpy()}
every = {"OpenVINO", "OpenCV", "onnx2torch"}
for shape, slope, wrong in (([1, 3, 2, 3], [3], every), ([1, 3, 3, 3], [3], every), ([1, 3, 3, 2], [3, 1], {"OpenCV", "onnx2torch"}), ([1, 3, 2, 3], [3, 1, 1], set())):
    slopes = numpy.arange(1, 4, dtype=numpy.float32)
    node = onnx.helper.make_node("PRelu", ["x", "slope"], ["y"])
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, shape) for n in "xy"]
    graph = onnx.helper.make_graph([node], "net", infos[:1], infos[1:], [onnx.numpy_helper.from_array(slopes.reshape(slope), "slope")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 16)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    x = -numpy.ones(shape, numpy.float32)
    right, of_channels = x * slopes.reshape(slope), x * slopes.reshape(3, 1, 1)
    seen = set()
    for name, run in runs.items():
        there = numpy.asarray(run(x))
        assert there.shape == right.shape
        if not numpy.allclose(there, right):
            assert numpy.allclose(there, of_channels)
            seen.add(name)
    print(f"slope {slope} of {shape}: by channels in", ", ".join(sorted(seen)) or "none" if slope != [3, 1, 1] else "all, which is right")
    assert seen == wrong
PYTHON
