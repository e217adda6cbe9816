#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tinygrad 0.14.0, tract 0.23.9.
# Guess: align_corners keeps the first and the last value of a map, whether a Resize gives the new size or a factor.
# Seen: with a factor whose product is not whole onnx's reference evaluator and tract divide by that product less one, not by the
# size less one: 0..4 by 1.5 ends in 3.69, by 0.7 in 3.2, and every place but the first lies elsewhere. PyTorch's
# Upsample(scale_factor=1.5, align_corners=True), as the older exporter writes it, is such a file. onnxruntime, OpenVINO, OpenCV
# and tinygrad end in 4, as PyTorch does. Where the product is whole, or the size is given, all agree.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 \
  tinygrad==0.14.0 <<'PYTHON'
import cv2, numpy, onnxruntime, openvino, torch, tract
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    return net.forward()
runs = {"onnxruntime": lambda x: onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0],
        "OpenVINO": lambda x: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0], "OpenCV": by_opencv,
        "tinygrad": lambda x: OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy(),
        "reference": lambda x: ReferenceEvaluator("net.onnx").run(None, {"x": x})[0],
        "tract": lambda x: tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy()}
def ends(layer):
    x = torch.arange(5.0).expand(1, 1, 5, 5).contiguous()
    torch.onnx.export(layer.eval(), (x,), "net.onnx", dynamo=False, input_names=["x"], output_names=["y"])
    return {name: round(float(numpy.asarray(run(x.numpy()))[0, 0, 0, -1]), 2) for name, run in runs.items()} | {"PyTorch": layer(x)[0, 0, 0, -1].item()}
for mode in ("bilinear", "bicubic"):
    for factor, last in ((1.5, 3.69), (0.7, 3.2), (2.0, 4)):
        seen = ends(torch.nn.Upsample(scale_factor=factor, mode=mode, align_corners=True))
        print(f"{mode} by {factor}: 0..4 ends in", seen)
        for name, there in seen.items():
            if name in ("reference", "tract"):
                assert (abs(there - last) < 0.01 if mode == "bilinear" else (abs(there - 4) < 0.01) == (last == 4))
            else:
                assert abs(there - 4) < 0.01
    assert all(abs(there - 4) < 0.01 for there in ends(torch.nn.Upsample(size=7, mode=mode, align_corners=True)).values())
PYTHON
