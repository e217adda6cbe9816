#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, onnxoptimizer 0.4.2.
# Guess: a Pad with zeros in front of a MaxPool stays, as the pool's own padding never wins; in front of a Conv it goes into it.
# Seen: it goes into both. Where all that a window sees is negative, the maximum was the 0 of the border and is another number
# now: every border value of a negative map. The size is right, nothing is said. An AveragePool that rounds down keeps its values.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 onnxoptimizer==0.4.2 <<'PYTHON'
import numpy, onnx, onnxoptimizer, onnxruntime
from onnx import TensorProto, helper
def model(kind):
    nodes = [helper.make_node("Pad", ["x", "pads"], ["p"]), helper.make_node(kind, ["p"], ["y"], kernel_shape=[3, 3])]
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, 5, 5])
    pads = helper.make_tensor("pads", TensorProto.INT64, [8], [0, 0, 1, 1, 0, 0, 1, 1])
    made = helper.make_model(helper.make_graph(nodes, "g", [value("x")], [value("y")], [pads]),
                             opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made
def run(made, x):
    return onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
x = -1 - numpy.arange(50, dtype="f4").reshape(1, 2, 5, 5)
for kind in ("MaxPool", "AveragePool"):
    made = model(kind)
    less = onnxoptimizer.optimize(made, onnxoptimizer.get_fuse_and_elimination_passes())
    whole, optimized = run(made, x), run(less, x)
    differ = int((whole != optimized).sum())
    print(f"{kind}: {[node.op_type for node in less.graph.node]}, {differ} of {whole.size} values differ; a corner {whole[0, 0, 0, 0]}, optimized {optimized[0, 0, 0, 0]}")
    assert whole.shape == optimized.shape and [node.op_type for node in less.graph.node] == [kind]
    assert (differ == 2 * 16 and whole[0, 0, 0, 0] == 0 and optimized[0, 0, 0, 0] == -1) if kind == "MaxPool" else numpy.allclose(whole, optimized)
PYTHON
