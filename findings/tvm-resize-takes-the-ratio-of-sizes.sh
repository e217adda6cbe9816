#!/usr/bin/env bash
# apache-tvm 0.27.0.post1, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: TVM resizes a map by the scale that the file gives: where the size agrees with onnxruntime's, the values do.
# Seen: TVM computes the size by the scale and then the places by the ratio of the two sizes. The two are one only where the
# scaled size is whole. A linear half of 7 values is their mean by twos (0.5, 2.5, 4.5) in onnxruntime and in onnx's reference;
# TVM returns 0.667, 3 and 5.333: a decoder that doubles it again gets a stretched map. In nearest mode it takes values 1, 3, 5
# for 0, 2, 4. The size is right each time, and an even length or a doubling shows nothing.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv apache-tvm==0.27.0.post1 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime, tvm
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx
def three(n, scale, mode):
    scales = numpy_helper.from_array(numpy.array([1, 1, 1, scale], numpy.float32), "scales")
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], mode=mode, coordinate_transformation_mode="half_pixel")
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 1, n])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 1, int(n * scale)])], [scales])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.arange(n, dtype=numpy.float32).reshape(1, 1, 1, n)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    built = tvm.compile(relax.transform.LegalizeOps()(from_onnx(model, keep_params_in_input=False)), target="llvm")
    there = relax.VirtualMachine(built, tvm.cpu())["main"](tvm.runtime.tensor(x)).numpy()
    return session.run(None, {"x": x})[0].ravel(), ReferenceEvaluator(model).run(None, {"x": x})[0].ravel(), there.ravel()
for n, scale, mode, alike in ((8, 0.5, "linear", True), (7, 2.0, "linear", True), (7, 0.5, "linear", False), (7, 0.5, "nearest", False),
                              (7, 2.5, "linear", False), (8, 2.5, "linear", True)):
    runtime, reference, there = three(n, scale, mode)
    print(f"{mode} {scale} of {n}: onnxruntime {runtime[:4].round(3)}, TVM {there[:4].round(3)}")
    assert runtime.shape == there.shape and numpy.allclose(runtime, reference, atol=1e-5)
    assert numpy.allclose(runtime, there, atol=1e-5) == alike
    if not alike and mode == "linear":  # what the ratio of the sizes gives
        places = (numpy.arange(there.size) + 0.5) * n / there.size - 0.5
        assert numpy.allclose(there, places.clip(0, n - 1), atol=1e-4)
PYTHON
