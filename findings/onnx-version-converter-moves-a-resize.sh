#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0.
# Guess: onnx's version converter, asked for a newer opset, writes what the old file meant. Before opset 11 a Resize had no
# coordinate_transformation_mode and runtimes take it as "asymmetric"; the default since then is "half_pixel".
# Seen: the converted Resize has no attribute but its mode, and so the new default. A linear doubling of opset 9 or 10 makes
# 0, 1, 2, 3, 4, 5, 6, 6 of 0, 2, 4, 6; converted to 11 or more, 0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6: each map on the way up
# moves by a quarter of a place. A third by nearest takes values 1 and 4 for 0 and 3. Sizes stay, and nearest by a whole number
# does. A Softmax, whose meaning changed as well, is converted with care; a Hardmax is not.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper, version_converter
def model(kind, opset, shape, scale=None, **attributes):
    scales = [numpy_helper.from_array(numpy.float32([1, 1, scale]), "scales")] if scale else []
    graph = helper.make_graph([helper.make_node(kind, ["x", "scales"][:1 + len(scales)], ["y"], **attributes)], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [*shape[:-1], "L"])], scales)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=6)
    onnx.checker.check_model(made, full_check=True)
    return made
def before_and_after(made, opset, x):
    after = version_converter.convert_version(made, opset)
    onnx.checker.check_model(after, full_check=True)
    return [onnxruntime.InferenceSession(one.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
            for one in (made, after)]
ramp = numpy.arange(0, 8, 2, dtype=numpy.float32).reshape(1, 1, 4)
for kind, opset in (("Upsample", 9), ("Resize", 10)):
    for target in (10, 11, 13, 21):
        seen = [y.ravel().tolist() for y in before_and_after(model(kind, opset, ramp.shape, 2, mode="linear"), target, ramp)]
        print(f"linear {kind} of opset {opset}, as {target}:", *seen)
        assert seen[0] == [0, 1, 2, 3, 4, 5, 6, 6]
        assert seen[1] == (seen[0] if target == 10 else [0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6])
places = numpy.arange(6, dtype=numpy.float32).reshape(1, 1, 6)
for scale, same in ((2, True), (3, True), (1 / 3, False)):
    seen = [y.ravel().tolist() for y in before_and_after(model("Resize", 10, places.shape, scale, mode="nearest"), 13, places)]
    print(f"nearest by {scale:.2f}:", *seen)
    assert (seen[0] == seen[1]) == same and len(seen[0]) == len(seen[1])
    assert same or seen == [[0, 3], [1, 4]]
x = numpy.random.default_rng(0).standard_normal((2, 3, 4)).astype(numpy.float32)
for kind, same in (("Softmax", True), ("Hardmax", False)):
    before, after = before_and_after(model(kind, 11, x.shape, axis=1), 13, x)
    print(kind, "of opset 11, as 13:", "same values" if numpy.allclose(before, after) else "other values")
    assert numpy.allclose(before, after) == same
PYTHON
