#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0, opencv-python-headless 5.0.0.93.
# Guess: Conv2d(padding="same", dilation=2) is written with its pads as numbers, and runs everywhere.
# Seen: the older exporter writes auto_pad SAME_UPPER beside the dilation. onnxruntime refuses to run that; OpenCV runs it
# as if it were padded for the bare kernel: the size is right and the values are another network's. The newer exporter
# writes numbers, and both agree with PyTorch.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 <<'PYTHON'
import cv2, onnx, onnxruntime, torch
onnxruntime.set_default_logger_severity(4)
torch.manual_seed(0)
net, x = torch.nn.Conv2d(1, 1, 3, padding="same", dilation=2).eval(), torch.randn(1, 1, 9, 9)
def ran():
    try:
        session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
        return abs(session.run(None, {"x": x.numpy()})[0] - net(x).detach().numpy()).max() < 1e-4
    except Exception as error:
        assert "Dilation not supported" in str(error)
        return "refuses"
for dynamo, expected in ((False, ("refuses", False)), (True, (True, True))):
    torch.onnx.export(net, (x,), "net.onnx", dynamo=dynamo, verbose=False, input_names=["x"])
    conv = next(node for node in onnx.load("net.onnx").graph.node if node.op_type == "Conv")
    auto = [a.s.decode() for a in conv.attribute if a.name == "auto_pad"]
    dnn = cv2.dnn.readNetFromONNX("net.onnx")
    dnn.setInput(x.numpy(), "x")
    y = dnn.forward()
    assert y.shape == tuple(net(x).shape)
    seen = (ran(), bool(abs(y - net(x).detach().numpy()).max() < 1e-4))
    print("newer" if dynamo else "older", "exporter, auto_pad", auto, "- as PyTorch: onnxruntime", seen[0], "OpenCV", seen[1])
    assert seen == expected
PYTHON
