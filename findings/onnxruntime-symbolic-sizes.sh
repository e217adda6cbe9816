#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0.
# Guess: onnxruntime's own inference of shapes, symbolic_shape_infer, with which files of free sizes are made ready for its
# optimizers, declares the size that onnxruntime returns, for every name of its symbols.
# Seen: auto_pad SAME with a stride of 2 is declared as floor(n / 2); it is ceil(n / 2), as the same tool says where n is a number.
# A pool with ceil_mode keeps a last window that lies in the padding alone: 4 for 3. A Resize whose scales or sizes are for its
# `axes`, and not for all, is declared to be of two axes; keep_aspect_ratio_policy is not looked at. Sizes without these,
# odd and even, are right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 sympy==1.14.0 <<'PYTHON'
import numpy, onnx, onnxruntime, sympy
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference
onnxruntime.set_default_logger_severity(4)
def sizes(node, shape, free, constants):
    names = [f"n{at}" if free and at > 1 else size for at, size in enumerate(shape)]
    tensors = [numpy_helper.from_array(numpy.array(value), name) for name, value in constants.items()]
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, names)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    said = SymbolicShapeInference.infer_shapes(model, auto_merge=True).graph.output[0].type.tensor_type.shape.dim
    values = {sympy.Symbol(f"n{at}"): size for at, size in enumerate(shape)}
    said = tuple(int(sympy.sympify(dim.dim_param).subs({str(name): size for name, size in values.items()})) if dim.dim_param else dim.dim_value
                 for dim in said)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return said, session.run(None, {"x": numpy.zeros(shape, numpy.float32)})[0].shape
def node(kind, *inputs, **attributes):
    return helper.make_node(kind, ["x", *inputs], ["y"], **attributes)
pool = {"kernel_shape": [3, 3], "strides": [2, 2]}
factors, bounds = {"s": numpy.float32([2, 1.5])}, {"z": numpy.int64([20, 20])}
def check(name, made, shape, said, ran, **constants):
    for free, wanted in zip((False, True), said):
        seen = sizes(made, shape, free, constants)
        print(name, "of", shape, "with free sizes" if free else "", "declared", *seen[0][-2:], "of", len(seen[0]), "axes, returned", *seen[1][-2:])
        assert seen == (wanted, ran)
image = (1, 2, 7, 7)
check("MaxPool SAME, stride 2", node("MaxPool", auto_pad="SAME_UPPER", **pool), image, [(1, 2, 4, 4), (1, 2, 3, 3)], (1, 2, 4, 4))
check("MaxPool SAME, stride 2", node("MaxPool", auto_pad="SAME_UPPER", **pool), (1, 2, 8, 8), [(1, 2, 4, 4)] * 2, (1, 2, 4, 4))
check("Conv SAME, stride 2", node("Conv", "w", auto_pad="SAME_LOWER", strides=[2, 2]), image, [(1, 2, 4, 4), (1, 2, 3, 3)], (1, 2, 4, 4),
      w=numpy.zeros((2, 2, 3, 3), numpy.float32))
check("MaxPool pads 1, stride 2", node("MaxPool", pads=[1] * 4, **pool), image, [(1, 2, 4, 4)] * 2, (1, 2, 4, 4))
check("AveragePool k 3, s 3, pads 1, ceil_mode", node("AveragePool", kernel_shape=[3, 3], strides=[3, 3], pads=[1] * 4, ceil_mode=1),
      (1, 2, 8, 8), [(1, 2, 4, 4)] * 2, (1, 2, 3, 3))
check("Resize by 2 and 1.5 along its axes", node("Resize", "", "s", axes=[2, 3]), image, [(2, 3)] * 2, (1, 2, 14, 10), **factors)
check("Resize into 20 by 20, not larger", node("Resize", "", "", "z", axes=[2, 3], keep_aspect_ratio_policy="not_larger"), (1, 2, 8, 11),
      [(20, 20)] * 2, (1, 2, 15, 20), **bounds)
PYTHON
