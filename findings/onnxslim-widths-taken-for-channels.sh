#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, onnxslim 0.1.98.
# Guess: a Mul behind a Conv becomes part of its filters where it has a number for each channel, and stays a Mul elsewhere.
# Seen: it becomes part of them whenever it has as many numbers as there are channels, along whatever axis: columns, rows or
# samples are weighed as channels. The size is right, the values are others, nothing is said. An Add becomes the bias by channels alone.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 onnxslim==0.1.98 <<'PYTHON'
import contextlib, io, numpy, onnx, onnxruntime, onnxslim
from onnx import TensorProto, helper, numpy_helper
random = numpy.random.default_rng(0)
def model(kind, by):
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node(kind, ["c", "by"], ["y"])]
    tensors = [numpy_helper.from_array(random.normal(size=(4, 3, 3, 3)).astype("f4"), "w"), numpy_helper.from_array(by, "by")]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "g", [value("x", [4, 3, 6, 6])], [value("y", [4, 4, 4, 4])], tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made
def run(made, x):
    return onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
x = random.normal(size=(4, 3, 6, 6)).astype("f4")
AXES = {"channels": (1, 4, 1, 1), "rows": (1, 1, 4, 1), "columns": (1, 1, 1, 4), "columns, of one axis": (4,), "samples": (4, 1, 1, 1)}
for kind in ("Mul", "Add"):
    for axis, shape in AXES.items():
        made = model(kind, random.normal(size=shape).astype("f4"))
        with contextlib.redirect_stdout(io.StringIO()):
            slim = onnxslim.slim(made)
        whole, less = run(made, x), run(slim, x)
        same = numpy.allclose(whole, less, atol=1e-4)
        print(f"{kind} by {axis}: nodes {[node.op_type for node in slim.graph.node]}, {'same' if same else 'other'} values")
        assert whole.shape == less.shape and same == (kind == "Add" or axis == "channels")
PYTHON
