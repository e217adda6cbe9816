#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0, opencv-python-headless 5.0.0.93.
# Guess: a file that onnxruntime runs rightly has the same sizes in OpenCV's dnn, or is refused there.
# Seen: PixelUnshuffle(2) with free sizes, written by the older exporter, returns [1, 2, 6, 3] for a map of [1, 1, 6, 6];
# PyTorch and onnxruntime return [1, 4, 3, 3]. With fixed sizes, or from the newer exporter, OpenCV is right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 <<'PYTHON'
import cv2, onnxruntime, torch
net, x = torch.nn.PixelUnshuffle(2).eval(), torch.randn(1, 1, 6, 6)
free = torch.export.Dim.DYNAMIC
def written(how):
    if how == "newer, free":
        torch.onnx.export(net, (x,), "net.onnx", dynamo=True, verbose=False, input_names=["x"],
                          dynamic_shapes=({2: free, 3: free},))
    else:
        axes = {"x": {2: "h", 3: "w"}} if how == "older, free" else None
        torch.onnx.export(net, (x,), "net.onnx", dynamo=False, input_names=["x"], dynamic_axes=axes)
for how, expected in (("older, free", (1, 2, 6, 3)), ("older, fixed", (1, 4, 3, 3)), ("newer, free", (1, 4, 3, 3))):
    written(how)
    runtime = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x.numpy()})[0].shape
    dnn = cv2.dnn.readNetFromONNX("net.onnx")
    dnn.setInput(x.numpy(), "x")
    seen = dnn.forward().shape
    print(f"{how}: torch {tuple(net(x).shape)}, onnxruntime {runtime}, OpenCV {seen}")
    assert runtime == tuple(net(x).shape) and seen == expected
PYTHON
