#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9, tinygrad 0.14.0.
# Guess: a runtime whose Softmax and LogSoftmax take large numbers takes them in Softplus and ReduceLogSumExp, which are built alike.
# Seen: the logsumexp of 100 and 101 is infinite in OpenCV, tract and tinygrad, and Softplus of 100 is in OpenCV and tract: they raise e
# to what they get. So the log of a sum of weights, or a variance head that ends in a Softplus, is lost from 89 on. Softmax and LogSoftmax
# are right in all, and onnxruntime and OpenVINO are right in everything.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 \
  tinygrad==0.14.0 <<'PYTHON'
import cv2, numpy, onnxruntime, openvino, torch, tract, warnings
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    return net.forward()
runs = {"onnxruntime": lambda x: onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0],
        "OpenVINO": lambda x: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0], "OpenCV": by_opencv,
        "tract": lambda x: tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
        "tinygrad": lambda x: OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy()}
class Net(torch.nn.Module):
    def __init__(self, step):
        super().__init__()
        self.step = step
    def forward(self, x):
        return self.step(x)
both = {"OpenCV", "tract"}
for words, step, wanted in (("logsumexp", lambda x: torch.logsumexp(x, 1), both | {"tinygrad"}), ("softplus", torch.nn.functional.softplus, both),
                            ("softmax", lambda x: torch.softmax(x, 1), set()), ("log_softmax", lambda x: torch.log_softmax(x, 1), set())):
    for top, apart in ((80, set()), (101, wanted)):
        x = torch.tensor([[top - 1.0, top]])
        torch.onnx.export(Net(step), (x,), "net.onnx", dynamo=False, opset_version=18, input_names=["x"], output_names=["y"])
        right, infinite = step(x).numpy(), set()
        for name, run in runs.items():
            there = numpy.asarray(run(x.numpy()))
            assert there.shape == right.shape
            if not numpy.allclose(there, right, atol=1e-3):
                assert numpy.isinf(there).any()
                infinite.add(name)
        print(f"{words} of {top - 1} and {top}: infinite in", ", ".join(sorted(infinite)) or "none")
        assert infinite == apart
PYTHON
