#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, onnxoptimizer 0.4.2.
# Guess: of two Reshapes one behind the other the second is left, with a 0 in its sizes read from what it took.
# Seen: the second is left as it was written: its 0 copies the axis of the first one's input. [2, 3, 4] as [4, 6], then as
# [0, -1, 2], is [4, 3, 2], and [2, 6, 2] when optimized, although the graph declares [4, 3, 2]. Sizes without a 0 stay right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 onnxoptimizer==0.4.2 <<'PYTHON'
import numpy, onnx, onnxoptimizer, onnxruntime
from onnx import TensorProto, helper
def model(second, out):
    nodes = [helper.make_node("Reshape", ["x", "first"], ["r"]), helper.make_node("Reshape", ["r", "second"], ["y"])]
    sizes = [helper.make_tensor(name, TensorProto.INT64, [len(list_)], list_) for name, list_ in (("first", [4, 6]), ("second", second))]
    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "g", [value("x", [2, 3, 4])], [value("y", out)], sizes)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made
def run(made, x):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # the result is not what is declared: seen below
    return onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
x = numpy.arange(24, dtype="f4").reshape(2, 3, 4)
for second, seen in (([0, -1, 2], (2, 6, 2)), ([4, -1, 2], (4, 3, 2))):
    made = model(second, [4, 3, 2])
    less = onnxoptimizer.optimize(made, onnxoptimizer.get_fuse_and_elimination_passes())
    whole, optimized = run(made, x), run(less, x)
    print(f"{second}: {list(whole.shape)}, optimized {list(optimized.shape)} by {[node.op_type for node in less.graph.node]}")
    assert whole.shape == (4, 3, 2) and optimized.shape == seen and len(less.graph.node) == 1
PYTHON
