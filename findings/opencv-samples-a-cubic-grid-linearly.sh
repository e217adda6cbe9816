#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9.
# Guess: OpenCV samples a grid as grid_sample does, or refuses a mode that it does not have.
# Seen: it has the mode and is wrong in two ways; which one a map gets is told by the opset, in which "bicubic" was renamed to "cubic".
# "cubic", opset 20, which both exporters of torch write by default, is run as linear. "bicubic", opset 16, returns values that
# are neither cubic nor linear. Sizes agree, nothing is said.
# onnxruntime, OpenVINO and tract are right for both opsets, and OpenCV is for nearest and linear.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 \
  tract==0.23.9 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, torch, tract
class Net(torch.nn.Module):
    def __init__(self, mode):
        super().__init__()
        self.mode = mode
    def forward(self, x, grid):
        return torch.nn.functional.grid_sample(x, grid, mode=self.mode, align_corners=True)
torch.manual_seed(0)
x, grid = torch.randn(1, 2, 7, 7), torch.rand(1, 9, 9, 2) - 0.5
def by_opencv(feeds):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    for name, value in feeds.items():
        net.setInput(value, name)
    return net.forward()
def by_openvino(feeds):
    net = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return net([feeds[i.get_any_name()] for i in net.inputs])[0]
runs = {"onnxruntime": lambda f: onnxruntime.InferenceSession("net.onnx").run(None, f)[0], "OpenVINO": by_openvino, "OpenCV": by_opencv,
        "tract": lambda f: tract.onnx().load("net.onnx").into_model().into_runnable().run(list(f.values()))[0].to_numpy()}
feeds = {"x": x.numpy(), "grid": grid.numpy()}
linear = Net("bilinear")(x, grid).numpy()
for mode in ("bicubic", "bilinear", "nearest"):
    right = Net(mode)(x, grid).numpy()
    for opset in (16, 20, None):
        torch.onnx.export(Net(mode), (x, grid), "net.onnx", dynamo=False, input_names=["x", "grid"], **({"opset_version": opset} if opset else {}))
        word = next(a.s.decode() for node in onnx.load("net.onnx").graph.node for a in node.attribute if a.name == "mode")
        seen = {}
        for name, run in runs.items():
            there = numpy.asarray(run(feeds))
            assert there.shape == right.shape
            seen[name] = "right" if numpy.allclose(there, right, atol=1e-3) else "linear" if numpy.allclose(there, linear, atol=1e-3) else "neither"
        print(f"{mode}, opset {opset or 'by default'}, written as {word}:", seen)
        assert seen == {"onnxruntime": "right", "OpenVINO": "right", "tract": "right", "OpenCV": {"cubic": "linear", "bicubic": "neither"}.get(word, "right")}
        assert (word == "cubic") == (mode == "bicubic" and opset != 16)
PYTHON
