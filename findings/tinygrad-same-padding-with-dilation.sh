#!/usr/bin/env bash
# tinygrad 0.14.0, onnx 1.23.2.
# Guess: a padding of SAME gives ceil(n / stride) whatever the dilation, as the standard says: a stack of dilated
# convolutions keeps its length.
# Seen: tinygrad pads as if the kernel were not dilated. Each layer returns (k - 1)(d - 1) less in stride 1, convolutions and
# pools alike, and nothing is said. onnx's shape inference and its reference evaluator return the standard's size. A stack with
# dilations 1, 2, 4 and 8 makes 42 of 64 values, where each of its skips needs 64.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv tinygrad==0.14.0 onnx==1.23.2 <<'PYTHON'
import numpy, onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
def model(nodes, length, kernel=3):
    weight = numpy_helper.from_array(numpy.ones((1, 1, kernel), numpy.float32), "w")
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, length])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, "L"])], [weight])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(made, full_check=True)
    return made
def lengths(made, length):
    onnx.save(made, "net.onnx")
    x = numpy.ones((1, 1, length), numpy.float32)
    there = list(OnnxRunner("net.onnx")({"x": Tensor(x)}).values())[0].shape[2]
    said = onnx.shape_inference.infer_shapes(made).graph.output[0].type.tensor_type.shape.dim[2].dim_value
    return there, ReferenceEvaluator(made).run(None, {"x": x})[0].shape[2], said
def conv(source, to, d, k=3, s=1):
    return helper.make_node("Conv", [source, "w"], [to], kernel_shape=[k], strides=[s], dilations=[d], auto_pad="SAME_UPPER")
for k, d, s in ((3, 1, 1), (3, 2, 1), (3, 3, 1), (5, 2, 1), (3, 2, 2)):
    there, reference, said = lengths(model([conv("x", "y", d, k, s)], 16, k), 16)
    print(f"Conv kernel {k} dilation {d} stride {s}, 16 values: {there} in tinygrad, {reference} by the standard")
    assert reference == said == -(-16 // s) and there == (16 - (k - 1) * (d - 1) if s == 1 else 7)
pool = helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[3], strides=[1], dilations=[2], auto_pad="SAME_UPPER")
print("MaxPool kernel 3 dilation 2:", lengths(model([pool], 16), 16))
assert lengths(model([pool], 16), 16) == (14, 16, 16)
stack = [conv("x", "a", 1), conv("a", "b", 2), conv("b", "c", 4), conv("c", "y", 8)]
print("dilations 1, 2, 4, 8, 64 values:", lengths(model(stack, 64), 64))
assert lengths(model(stack, 64), 64) == (64 - 2 * (0 + 1 + 3 + 7), 64, 64)
PYTHON
