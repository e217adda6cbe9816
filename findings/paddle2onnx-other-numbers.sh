#!/usr/bin/env bash
# paddlepaddle 3.3.1, paddle2onnx 2.1.0, onnxruntime 1.32.0.
# Guess: the newest of two packages of one project agree, and a converter that cannot read a number refuses.
# Seen: some numbers with a fraction do not come across. A Hardtanh(-0.25, 0.25) clips at 1; a Pad of 2.5, the slope of a LeakyReLU and the
# epsilon of a GroupNorm become whatever number, another one each time, and nothing is said. Upsample by a factor, whole or not, in
# any mode ends the export; by a size it is exported. An InstanceNorm, an ELU and a Clip have theirs. What pip knows of paddle2onnx names no
# version of Paddle; its README recommends 3.0.0.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv paddlepaddle==3.3.1 paddle2onnx==2.1.0 onnx==1.17.0 onnxruntime==1.32.0 setuptools==80.9.0 <<'PYTHON'
import onnx, onnxruntime, paddle
from paddle import nn
def file(layer):
    try:
        paddle.onnx.export(layer, "net", input_spec=[paddle.static.InputSpec([None, 4, None, None], "float32", "x")],
                           opset_version=17, optimize_tool="None")
    except SystemExit:
        return None
    return onnx.load("net.onnx")
def run(model, x):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
def attribute(model, name):
    return [a.f for node in model.graph.node for a in node.attribute if a.name == name][0]
x = paddle.full([1, 4, 6, 6], 3.0).numpy()
clip = run(file(nn.Hardtanh(-0.25, 0.25)), x)
pad = run(file(nn.Pad2D([1, 0, 0, 0], value=2.5)), x)
slope, epsilon = attribute(file(nn.LeakyReLU(0.25)), "alpha"), attribute(file(nn.GroupNorm(2, 4, epsilon=0.5)), "epsilon")
right = attribute(file(nn.ELU(0.25)), "alpha"), attribute(file(nn.InstanceNorm2D(4, epsilon=0.5)), "epsilon")
print(f"Hardtanh at {clip.max()} for 0.25, Pad with {pad[0, 0, 0, 0]} for 2.5, slope {slope} for 0.25, epsilon {epsilon} for 0.5")
assert clip.max() == 1 and pad.shape == (1, 4, 6, 7) and pad[0, 0, 0, 0] != 2.5 and slope != 0.25 and epsilon != 0.5 and right == (0.25, 0.5)
for options, exported in (({"scale_factor": 2}, False), ({"scale_factor": 1.5}, False), ({"scale_factor": 2, "mode": "bilinear"}, False),
                          ({"size": [12, 12]}, True), ({"size": [12, 12], "mode": "bilinear"}, True)):
    model = file(nn.Upsample(**options))
    print(f"Upsample {options}:", "exported" if model else "refused")
    assert (model is not None) == exported
    assert not model or run(model, x).shape == (1, 4, 12, 12)
PYTHON
