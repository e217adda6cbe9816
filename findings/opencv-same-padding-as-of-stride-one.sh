#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, opencv-python-headless 5.0.0.93.
# Guess: where OpenCV's dnn returns the standard's size for auto_pad SAME, windows lie where the standard puts them.
# Seen: it pads as for stride 1, kernel - 1 in all, whatever the stride is, and SAME_LOWER as SAME_UPPER. A window of 3 with
# stride 2 on 8 values, the stage of an encoder that came from TensorFlow, starts at place -1, not at 0; the size is right. A
# transposed convolution loses what its stride adds: 15 values for 16 from 8, so that no skip meets its decoder. A window of 3
# with stride 2 on an odd size is right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
def maps(kind, size, kernel, stride, mode):
    weights = [numpy_helper.from_array(numpy.ones((1, 1, kernel, kernel), numpy.float32), "w")] if kind.startswith("Conv") else []
    node = helper.make_node(kind, ["x", "w"][:1 + len(weights)], ["y"], kernel_shape=[kernel] * 2, strides=[stride] * 2, auto_pad=mode)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, size, size])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, "H", "W"])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.arange(size * size, dtype=numpy.float32).reshape(1, 1, size, size)
    network = cv2.dnn.readNetFromONNX(numpy.frombuffer(model.SerializeToString(), dtype=numpy.uint8))
    network.setInput(x)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0], network.forward()
for kind, size, kernel, stride, mode, as_the_standard in (
        ("Conv", 8, 3, 2, "SAME_UPPER", False), ("Conv", 7, 3, 2, "SAME_UPPER", True), ("Conv", 9, 3, 3, "SAME_UPPER", False),
        ("Conv", 8, 3, 2, "SAME_LOWER", True), ("Conv", 8, 4, 1, "SAME_UPPER", True), ("Conv", 8, 4, 1, "SAME_LOWER", False),
        ("MaxPool", 8, 3, 2, "SAME_UPPER", False), ("AveragePool", 8, 3, 2, "SAME_UPPER", False), ("MaxPool", 7, 3, 2, "SAME_UPPER", True)):
    right, there = maps(kind, size, kernel, stride, mode)
    same = numpy.allclose(right, there, rtol=1e-4)
    print(f"{kind} {kernel}, stride {stride}, {mode} of {size}: {there.shape[2]} of {right.shape[2]},", "same" if same else "other", "values")
    assert right.shape == there.shape and same == as_the_standard
for size, stride in ((8, 2), (7, 2), (7, 3)):
    right, there = maps("ConvTranspose", size, 3, stride, "SAME_UPPER")
    print(f"ConvTranspose 3, stride {stride} of {size}: {there.shape[2]} for {right.shape[2]}")
    assert right.shape[2] == size * stride and there.shape[2] == (size - 1) * stride + 1
PYTHON
