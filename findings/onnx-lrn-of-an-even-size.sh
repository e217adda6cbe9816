#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, onnx2torch 1.5.15.
# Guess: an LRN over 4 channels and PyTorch's LocalResponseNorm(4) are one layer, as over 5 channels.
# Seen: four readings of the same number. By the standard, in the reference, tract and tinygrad, a channel sees one below itself and two
# above; PyTorch's layer sees two below and one above, and what onnx2torch makes of the file is that layer; OpenVINO sees one below and
# one above, and divides by four all the same. onnxruntime and OpenCV refuse. An odd size is one layer in all of them.
set -euo pipefail
export OPENCV_LOG_LEVEL=SILENT
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 \
  tinygrad==0.14.0 onnx2torch==1.5.15 <<'PYTHON'
import cv2, numpy, onnx, onnx2torch, onnxruntime, openvino, torch, tract
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
onnxruntime.set_default_logger_severity(4)
# As many samples as channels, as the reference's LRN counts the former; all alike. One channel is 1, the others next to nothing.
x = numpy.full((9, 9, 1, 1), 1e-3, numpy.float32)
x[:, 4] = 1
def by_opencv(size):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    return net.forward()
runs = {"onnxruntime": lambda size: onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0],
        "reference": lambda size: ReferenceEvaluator("net.onnx").run(None, {"x": x})[0], "OpenCV": by_opencv,
        "OpenVINO": lambda size: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
        "tract": lambda size: tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
        "tinygrad": lambda size: OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy(),
        "onnx2torch": lambda size: onnx2torch.convert("net.onnx")(torch.from_numpy(x)).numpy(),
        "PyTorch": lambda size: torch.nn.LocalResponseNorm(size, alpha=float(size), beta=1.0)(torch.from_numpy(x)).numpy()}
def reach(run, size):
    # which channels see the one that is 1: how far up and how far down a channel looks
    try:
        y = numpy.asarray(run(size))[0].ravel()
    except Exception:
        return "refuses"
    low = [c for c in range(9) if c != 4 and y[c] < 0.7e-3]
    # alpha is the size: with the right divisor what is seen counts as 1, and halves
    assert all(abs(y[c] * 1e3 - 0.5) < 0.01 for c in low)
    return sum(c > 4 for c in low), sum(c < 4 for c in low)
for size in (2, 3, 4, 5, 6):
    node = onnx.helper.make_node("LRN", ["x"], ["y"], size=size, alpha=float(size), beta=1.0, bias=1.0)
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, x.shape) for n in "xy"]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "net", infos[:1], infos[1:]),
                                   opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    seen = {name: reach(run, size) for name, run in runs.items()}
    print(f"LRN of {size}, channels below and above:", seen)
    down, up = (size - 1) // 2, size // 2
    odd = size % 2 == 1
    wanted = {"reference": (down, up), "tract": (down, up), "tinygrad": (down, up), "PyTorch": (up, down), "onnx2torch": (up, down),
              "OpenVINO": (down, down), "onnxruntime": (down, up) if odd else "refuses", "OpenCV": (down, up) if odd else "refuses"}
    assert seen == wanted
PYTHON
