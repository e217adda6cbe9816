#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9.
# Guess: of torch's two exporters the newer one, the default, writes files that run in more places.
# Seen: not with circular padding. The newer one writes a Pad with mode "wrap", of opset 19, which OpenVINO and tract refuse; the older one
# writes slices and a Concat, which all run. A convolution with padding_mode="circular" and padding 0, which pads nothing, gets
# such a Pad from the newer exporter as well, and is refused with it. onnxruntime runs every file.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 <<'PYTHON'
import contextlib, io, numpy, onnx, onnxruntime, openvino, torch, tract
from torch import nn
runs = {"onnxruntime": lambda x: onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0],
        "OpenVINO": lambda x: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
        "tract": lambda x: tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy()}
def outcome(layer, newer):
    x = torch.randn(1, 4, *[8] * (1 + ("2d" in type(layer).__name__)))
    with contextlib.redirect_stdout(io.StringIO()):
        torch.onnx.export(layer.eval(), (x,), "net.onnx", dynamo=newer, input_names=["x"], **({"verbose": False} if newer else {}))
    wraps = any(a.s == b"wrap" for node in onnx.load("net.onnx").graph.node if node.op_type == "Pad" for a in node.attribute)
    seen = {}
    for name, run in runs.items():
        try:
            there = numpy.asarray(run(x.numpy()))
            assert there.shape == layer(x).shape and numpy.allclose(there, layer(x).detach().numpy(), atol=1e-3)
            seen[name] = "runs"
        except (RuntimeError, tract.TractError) as error:
            assert "wrap" in str(error) or name == "OpenVINO"
            seen[name] = "refuses"
    return wraps, seen
for words, layer in (("CircularPad1d", nn.CircularPad1d(2)), ("CircularPad2d", nn.CircularPad2d(1)),
                     ("Conv1d", nn.Conv1d(4, 4, 3, padding=1, padding_mode="circular")),
                     ("Conv2d", nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")),
                     ("Conv2d with padding 0", nn.Conv2d(4, 4, 3, padding_mode="circular"))):
    for newer in (True, False):
        wraps, seen = outcome(layer, newer)
        print(f"{words}, by the {'newer' if newer else 'older'} exporter:", seen)
        assert wraps == newer
        assert seen == {"onnxruntime": "runs"} | dict.fromkeys(("OpenVINO", "tract"), "refuses" if newer else "runs")
PYTHON
