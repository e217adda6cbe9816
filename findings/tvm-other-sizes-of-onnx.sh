#!/usr/bin/env bash
# apache-tvm 0.27.0.post1, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: TVM's ONNX reader refuses an attribute that it does not know, and what it reads has onnxruntime's sizes.
# Seen: a ConvTranspose with `output_shape` returns the size that it has without one: 11x15 for 9x13 and for 10x14. A MaxPool
# with SAME_LOWER pads an even length alone: 9 values are halved to 4, not to 5, while SAME_UPPER gives 5. Neither is said.
# A U-Net of odd maps does not join in TVM, or joins at other places, where it runs in onnxruntime.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv apache-tvm==0.27.0.post1 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime, tvm
from onnx import TensorProto, helper, numpy_helper
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx
weight = numpy_helper.from_array(numpy.ones((2, 3, 3, 3), numpy.float32), "w")
def sizes(kind, shape, **attributes):
    inputs = ["x", "w"] if kind == "ConvTranspose" else ["x"]
    out = [1, 3 if kind == "ConvTranspose" else 2, "H", "W"]
    graph = helper.make_graph([helper.make_node(kind, inputs, ["y"], **attributes)], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, out)], [weight] if len(inputs) > 1 else [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.ones(shape, numpy.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    built = tvm.compile(relax.transform.LegalizeOps()(from_onnx(model, keep_params_in_input=False)), target="llvm")
    there = relax.VirtualMachine(built, tvm.cpu())["main"](tvm.runtime.tensor(x)).numpy()
    return session.run(None, {"x": x})[0].shape[2:], there.shape[2:]
for asked in ([9, 13], [10, 14]):
    both = sizes("ConvTranspose", [1, 2, 5, 7], strides=[2, 2], output_shape=asked)
    print("ConvTranspose, output_shape", asked, "onnxruntime, TVM:", *both)
    assert both == (tuple(asked), (11, 15))
for mode, there in (("SAME_UPPER", (4, 5)), ("SAME_LOWER", (4, 4))):
    both = sizes("MaxPool", [1, 2, 8, 9], kernel_shape=[3, 3], strides=[2, 2], auto_pad=mode)
    print("MaxPool of 8x9,", mode, "onnxruntime, TVM:", *both)
    assert both == ((4, 5), there)
PYTHON
