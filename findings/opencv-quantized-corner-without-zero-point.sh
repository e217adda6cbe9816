#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, opencv-python-headless 5.0.0.93 (on a CPU with AVX2).
# Guess: the padding of a quantized convolution (QLinearConv) is its zero point, the number that means 0: in every window of a
# map, or, if a runtime gets that wrong, in none.
# Seen: OpenCV takes eight places at a time, and what is over at the end of the map, row by row, is padded with the number 0, which means
# -zero_point * scale. Of 8x8 and 16x16 all is right. Of 7x7, the last map of most classifiers, the corner is wrong, of 14x14 four places of
# the last row, of 5x6 all six of it. With zero point 0, and where the last windows see no padding, nothing shows.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
def both(rows, columns, zero, pads=(1, 1, 1, 1)):
    rng = numpy.random.default_rng(0)
    x, w = rng.integers(90, 160, (1, 3, rows, columns)).astype(numpy.uint8), rng.integers(1, 40, (4, 3, 3, 3)).astype(numpy.int8)
    parts = {"xs": numpy.float32(0.02), "xz": numpy.uint8(zero), "w": w, "ws": numpy.float32(0.01), "wz": numpy.int8(0), "ys": numpy.float32(1), "yz": numpy.uint8(120)}
    graph = helper.make_graph(
        [helper.make_node("QLinearConv", ["x", *parts], ["y"], pads=pads)], "net", [helper.make_tensor_value_info("x", TensorProto.UINT8, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, None)], [numpy_helper.from_array(numpy.array(v), k) for k, v in parts.items()])
    model = onnx.shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    right, there = onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0].astype(int), numpy.asarray(net.forward()).astype(int)
    assert right.shape == there.shape
    def summed(border):  # what either padding gives
        padded = numpy.pad(x.astype(int), ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])), constant_values=border) - zero
        return numpy.einsum("nchwij,ocij->nohw", numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3), (2, 3)), w.astype(int)) * 2e-4 + 120
    assert abs(right - summed(zero)).max() <= 1
    wrong = (abs(there - right) > 1).any((0, 1))
    assert (abs(there - summed(0)) <= 1)[:, :, wrong].all()
    return wrong
for rows, columns, zero, pads, count in ((8, 8, 128, (1,) * 4, 0), (16, 16, 128, (1,) * 4, 0), (7, 7, 128, (1,) * 4, 1), (14, 14, 128, (1,) * 4, 4),
                                         (5, 6, 128, (1,) * 4, 6), (7, 7, 0, (1,) * 4, 0), (8, 8, 128, (1, 1, 0, 0), 0)):
    wrong = both(rows, columns, zero, pads)
    print(f"{rows}x{columns}, zero point {zero}, pads {pads}: wrong at", numpy.argwhere(wrong).tolist() or "no place")
    assert wrong.sum() == count and wrong.ravel()[wrong.size - count:].all()
PYTHON
