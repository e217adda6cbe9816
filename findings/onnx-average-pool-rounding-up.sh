#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, OpenCV 5.0.0.93, tract 0.23.9, tinygrad 0.14.0.
# Guess: an AveragePool with ceil_mode and count_include_pad, what AvgPool2d(3, 2, 1, ceil_mode=True) is by PyTorch's defaults,
# divides its last window by the values and the padding in it, not by what lies behind both.
# Seen: PyTorch, onnxruntime, tract and tinygrad do so: the last of 6 ones is 0.5. OpenVINO and OpenCV divide by the kernel,
# 0.333; OpenCV without any padding, too, where OpenVINO is right. onnx's reference evaluator is right there and wrong
# elsewhere: with a stride of 3 it pads in front of the map for the rounding up, and every window is another one: 1, 3.5, 5.5
# for 1.5, 4.5, 6.5 of 0..7 in fours. Sizes agree.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 \
  tinygrad==0.14.0 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, torch, tract
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
def by_opencv(path, x):
    network = cv2.dnn.readNetFromONNX(path)
    network.setInput(x)
    return network.forward()
core = openvino.Core()
ways = {"onnxruntime": lambda path, x: onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
        "tract": lambda path, x: tract.onnx().load(path).into_model().into_runnable().run([x])[0].to_numpy(),
        "tinygrad": lambda path, x: list(OnnxRunner(path)({"x": Tensor(x)}).values())[0].numpy(),
        "openvino": lambda path, x: core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
        "opencv": by_opencv, "reference": lambda path, x: ReferenceEvaluator(path).run(None, {"x": x})[0]}
def seen_by_all(values, kernel, stride, padding, count):
    node = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[1, kernel], strides=[1, stride], pads=[0, padding, 0, padding],
                            ceil_mode=1, count_include_pad=int(count))
    x = numpy.array(values, numpy.float32).reshape(1, 1, 1, -1)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, 1, "W"])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    y = torch.nn.functional.avg_pool1d(torch.from_numpy(x[0, 0]), kernel, stride, padding, True, count).numpy().ravel()
    rounded = lambda of: [round(float(value), 3) for value in numpy.asarray(of).ravel()]
    others = {name: rounded(way("net.onnx", x)) for name, way in ways.items()}
    print(f"{values}, kernel {kernel}, stride {stride}, padding {padding}, counted {count}: torch {rounded(y)}, others:",
          {name: of for name, of in others.items() if of != rounded(y)})
    return rounded(y), {name: of for name, of in others.items() if of != rounded(y)}
ones = [1] * 6
assert seen_by_all(ones, 3, 2, 1, True) == ([0.667, 1, 1, 0.5], dict.fromkeys(("openvino", "opencv"), [0.667, 1, 1, 0.333]))
assert seen_by_all(ones, 3, 2, 0, True) == ([1, 1, 1], {"opencv": [1, 1, 0.667]})
assert seen_by_all(ones, 3, 2, 1, False) == ([1, 1, 1, 1], {})
assert seen_by_all(list(range(8)), 4, 3, 0, False) == ([1.5, 4.5, 6.5], {"reference": [1, 3.5, 5.5]})
PYTHON
