#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93.
# Guess: a Resize with keep_aspect_ratio_policy or antialias, attributes of opset 18 that change sizes and values, is refused
# by a runtime that does not know them.
# Seen: OpenVINO takes both and drops them. 5x6 fitted into 8x7 ("not_larger") is 6x7 by the standard, in onnxruntime and in
# the size that shape inference declares; OpenVINO returns 8x7, and for "not_smaller" 8x7 again, not 8x10. A third of a checkered
# map with antialias is grey by onnxruntime and PyTorch; OpenVINO and OpenCV take what they would without it. OpenCV refuses
# the policy.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, torch
from onnx import TensorProto, helper, numpy_helper
def model(shape, sizes, **attributes):
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode="linear", **attributes)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, "H", "W"])],
                              [numpy_helper.from_array(numpy.array(sizes), "sizes")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(made, full_check=True)
    return made
def both(made, x):
    core = openvino.Core()
    by_openvino = core.compile_model(core.read_model(made.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0]
    return onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0], by_openvino
x = numpy.zeros((1, 1, 5, 6), numpy.float32)
for policy, wanted in (("stretch", ((8, 7), (8, 7))), ("not_larger", ((6, 7), (8, 7))), ("not_smaller", ((8, 10), (8, 7)))):
    made = model(x.shape, [8, 7], axes=[2, 3], keep_aspect_ratio_policy=policy)
    declared = onnx.shape_inference.infer_shapes(made).graph.output[0].type.tensor_type.shape.dim[2:]
    seen = tuple(y.shape[2:] for y in both(made, x))
    print("5x6 to 8x7,", policy, "onnxruntime, OpenVINO:", *seen)
    assert seen == wanted and tuple(one.dim_value for one in declared) == wanted[0]
x = (numpy.indices((12, 12)).sum(0) // 2 % 2).astype(numpy.float32)[None, None]
smooth, bare = (torch.nn.functional.interpolate(torch.from_numpy(x), (4, 4), mode="bilinear", antialias=on).numpy() for on in (True, False))
made = model(x.shape, [1, 1, 4, 4], antialias=1)
by_onnxruntime, by_openvino = both(made, x)
network = cv2.dnn.readNetFromONNX(numpy.frombuffer(made.SerializeToString(), dtype=numpy.uint8))
network.setInput(x)
by_opencv = network.forward()
for name, y in (("PyTorch", smooth), ("onnxruntime", by_onnxruntime), ("OpenVINO", by_openvino), ("OpenCV", by_opencv)):
    print("antialias,", name, "values from", round(float(y.min()), 2), "to", round(float(y.max()), 2))
inner = (..., slice(1, -1), slice(1, -1))  # at the border PyTorch and onnxruntime weigh otherwise
assert numpy.allclose(by_onnxruntime[inner], smooth[inner], atol=1e-4) and not numpy.allclose(smooth, bare, atol=0.1)
assert numpy.allclose(by_openvino, bare, atol=1e-4) and numpy.allclose(by_opencv, bare, atol=1e-4)
PYTHON
