#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: an LSTM with peepholes (its eighth input) or with the batch first (layout=1) is refused by a runtime that has no such LSTM.
# Seen: OpenVINO takes both and drops them. With peepholes the size is right and the values are those of the same LSTM without.
# With layout=1 the batch is read as time: of [2, 5, 4], two samples of five steps, it makes [2, 1, 5, 3], five samples of
# two steps, where the graph declares [2, 5, 1, 3]; last states are [1, 5, 3] for [2, 1, 3]. onnx's reference has both, and
# onnxruntime has the peepholes and refuses layout=1.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino
from onnx.reference import ReferenceEvaluator
onnxruntime.set_default_logger_severity(4)
rng = numpy.random.default_rng(0)
def draw(*shape):
    return rng.standard_normal(shape, numpy.float32)
w, r, b, none, p = draw(1, 12, 4), draw(1, 12, 3), draw(1, 24), numpy.zeros((1, 2, 3), numpy.float32), draw(1, 9)
def write(peepholes, layout):
    shapes = ([2, 5, 4], [2, 5, 1, 3], [2, 1, 3], [2, 1, 3]) if layout else ([5, 2, 4], [5, 1, 2, 3], [1, 2, 3], [1, 2, 3])
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in zip(("x", "y", "h", "c"), shapes)]
    parts = {"w": w, "r": r, "b": b} | ({"h0": none, "c0": none, "p": p} if peepholes else {})
    node = onnx.helper.make_node("LSTM", ["x", "w", "r", "b"] + (["", "h0", "c0", "p"] if peepholes else []), ["y", "h", "c"],
                                 hidden_size=3, **({"layout": 1} if layout else {}))
    graph = onnx.helper.make_graph([node], "net", infos[:1], infos[1:], [onnx.numpy_helper.from_array(v, k) for k, v in parts.items()])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, "net.onnx")
def by_reference(x):
    return ReferenceEvaluator("net.onnx").run(None, {"x": x})
def by_onnxruntime(x):
    return onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})
def by_openvino(x):
    result = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)
    return [result[i] for i in range(3)]
def near(a, b):
    return all(u.shape == v.shape and numpy.allclose(u, v, atol=1e-4) for u, v in zip(a, b))
x = draw(5, 2, 4)
write(False, False)
plain = by_reference(x)
assert near(by_onnxruntime(x), plain) and near(by_openvino(x), plain)
write(True, False)
right, there = by_reference(x), by_openvino(x)
print("peepholes: OpenVINO is off by", numpy.abs(there[0] - right[0]).max().round(2), "and as without them:", near(there, plain))
assert near(by_onnxruntime(x), right) and not near(right, plain) and near(there, plain)
write(False, True)
first = x.swapaxes(0, 1).copy()
right, there = by_reference(first), by_openvino(first)
print("batch first:", *(f"{list(a.shape)} declared, {list(b.shape)} in OpenVINO;" for a, b in zip(right, there)))
assert numpy.allclose(right[0], plain[0].transpose(2, 0, 1, 3), atol=1e-4)
assert [y.shape for y in there] == [(2, 1, 5, 3), (1, 5, 3), (1, 5, 3)]
try:
    by_onnxruntime(first)
    raise SystemExit("onnxruntime takes layout=1")
except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
    print("onnxruntime refuses layout=1")
    assert "atch" in str(error)
PYTHON
