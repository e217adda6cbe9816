#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: the transform of a real signal, [N, L, 1] in ONNX, has two numbers for each frequency in place of the one: [N, L/2 + 1, 2].
# Seen: OpenVINO puts the two behind the one where onesided is set: [1, 5, 1, 2] for [1, 5, 2] of 8 values, with the same values, by
# opset 17 and 20 alike, and against what the graph declares. A layer behind it sees another rank. Two-sided it is right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino
x = numpy.random.default_rng(0).standard_normal((1, 8, 1), numpy.float32)
for opset in (17, 20):
    for onesided in (1, 0):
        places = 5 if onesided else 8
        axis = [] if opset < 20 else [onnx.numpy_helper.from_array(numpy.array(1), "axis")]
        node = onnx.helper.make_node("DFT", ["x"] if opset < 20 else ["x", "", "axis"], ["y"], onesided=onesided, **({"axis": 1} if opset < 20 else {}))
        infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in (("x", x.shape), ("y", [1, places, 2]))]
        model = onnx.helper.make_model(onnx.helper.make_graph([node], "net", infos[:1], infos[1:], axis),
                                       opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, "net.onnx")
        right = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
        there = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0]
        print(f"opset {opset}, onesided {onesided}: onnxruntime {list(right.shape)}, OpenVINO {list(there.shape)}")
        assert right.shape == (1, places, 2) and numpy.allclose(right.ravel(), there.ravel(), atol=1e-4)
        assert there.shape == ((1, places, 1, 2) if onesided else (1, places, 2))
PYTHON
