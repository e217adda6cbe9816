#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9.
# Guess: a runtime that runs a recurrent layer in both directions runs one in direction="reverse", what a layer of Keras with
# go_backwards is, or refuses it.
# Seen: tract runs a reverse RNN, GRU and LSTM from the front, OpenCV a reverse GRU: values and last state are those of the same
# weights with direction="forward". A reverse LSTM is right in OpenCV but for its last states, which are those
# of the last place, where a reverse layer begins, not of the first, where it ends. Sizes agree, both directions together
# are right, and nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, tract
rng = numpy.random.default_rng(0)
x = rng.standard_normal((5, 1, 4), numpy.float32)
weights = {gates: [rng.standard_normal((2, 3 * gates, n), numpy.float32) for n in (4, 3)] for gates in (1, 3, 4)}
def write(kind, gates, direction):
    several = 2 if direction == "bidirectional" else 1
    parts = [onnx.numpy_helper.from_array(part[:several], name) for part, name in zip(weights[gates], "wr")]
    extra = {"linear_before_reset": 1} if kind == "GRU" else {}
    node = onnx.helper.make_node(kind, ["x", "w", "r"], ["y", "last"], hidden_size=3, direction=direction, **extra)
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in
             (("x", [5, 1, 4]), ("y", [5, several, 1, 3]), ("last", [several, 1, 3]))]
    graph = onnx.helper.make_graph([node], "net", infos[:1], infos[1:], parts)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
def by_onnxruntime():
    return onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})
def by_openvino():
    result = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)
    return [result[0], result[1]]
def by_opencv():
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    return list(net.forward(["y", "last"]))
def by_tract():
    return [y.to_numpy() for y in tract.onnx().load("net.onnx").into_model().into_runnable().run([x])]
def near(a, b):
    return numpy.asarray(a).shape == numpy.asarray(b).shape and numpy.allclose(a, b, atol=1e-4)
seen = {}
for kind, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
    write(kind, gates, "forward")
    forward = by_onnxruntime()
    for direction in ("forward", "bidirectional", "reverse"):
        write(kind, gates, direction)
        right = by_onnxruntime()
        for run in (by_openvino, by_opencv, by_tract):
            if (kind, run) == ("RNN", by_opencv):
                continue  # OpenCV has no RNN
            y, last = run()
            if direction != "reverse":
                assert near(y, right[0]) and near(last, right[1])
                continue
            place = "at the first place" if near(last[0], right[0][0, 0]) else "at the last place" if near(last[0], y[-1, 0]) else "?"
            seen[kind, run.__name__[3:]] = ("reverse" if near(y, right[0]) else "forward" if near(y, forward[0]) else "?", place)
for key, value in seen.items():
    print(*key, "in reverse runs:", *value)
wrong = {("GRU", "opencv"), ("RNN", "tract"), ("GRU", "tract"), ("LSTM", "tract")}
for key, (runs, place) in seen.items():
    assert runs == ("forward" if key in wrong else "reverse")
    assert place == ("at the last place" if key in wrong | {("LSTM", "opencv")} else "at the first place")
PYTHON
