#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9, tinygrad 0.14.0.
# Guess: a runtime that takes an activation takes its one attribute, or refuses it where it is not the default.
# Seen: Swish is new in opset 24, x * sigmoid(alpha * x). OpenCV and tract run it with alpha 1 whatever the file says: of 2 at -1 they
# make -0.269 for -0.119. And tract's Celu divides by alpha in front and does not multiply by it behind: -0.39 for -0.79 of alpha 2, a kink
# at 0 where Celu has none, for torch.nn.CELU(2) from the older exporter, too. Elu, LeakyRelu and ThresholdedRelu have their alpha, and onnxruntime,
# the reference, OpenVINO and tinygrad are right for all.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 \
  tinygrad==0.14.0 torch==2.13.0 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, torch, tract, warnings
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
warnings.filterwarnings("ignore")
def by_opencv(x):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    net.setInput(x, "x")
    return net.forward()
x = numpy.array([[-2, -1, -0.5, 0.5, 1, 2]], numpy.float32)
runs = {"onnxruntime": lambda x: onnxruntime.InferenceSession("net.onnx").run(None, {"x": x})[0],
        "reference": lambda x: ReferenceEvaluator("net.onnx").run(None, {"x": x})[0], "OpenCV": by_opencv,
        "tract": lambda x: tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy(),
        "OpenVINO": lambda x: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0],
        "tinygrad": lambda x: OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy()}
def write(op, opset, alpha):
    node = onnx.helper.make_node(op, ["x"], ["y"], alpha=float(alpha))
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1, 6]) for n in "xy"]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "net", infos[:1], infos[1:]),
                                   opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=11)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
def silu(alpha):
    return x / (1 + numpy.exp(-alpha * x))
def celu(alpha, times):
    return numpy.where(x > 0, x, times * (numpy.exp(x / alpha) - 1))
def seen(right, other):
    wrong = set()
    for name, run in runs.items():
        there = numpy.asarray(run(x))
        if not numpy.allclose(there, right, atol=1e-3):
            assert numpy.allclose(there, other, atol=1e-3)
            wrong.add(name)
    return wrong
for alpha in (1, 2, 0.5):
    write("Swish", 24, alpha)
    swish = seen(silu(alpha), silu(1))
    write("Celu", 12, alpha)
    wrong = seen(celu(alpha, alpha), celu(alpha, 1))
    torch.onnx.export(torch.nn.CELU(alpha), (torch.from_numpy(x),), "net.onnx", dynamo=False, opset_version=17, input_names=["x"], output_names=["y"])
    exported = seen(celu(alpha, alpha), celu(alpha, 1))
    print(f"alpha {alpha}: Swish wrong in", sorted(swish) or "none", "Celu in", sorted(wrong) or "none", "CELU of PyTorch in", sorted(exported) or "none")
    assert swish == (set() if alpha == 1 else {"OpenCV", "tract"}) and wrong == exported == (set() if alpha == 1 else {"tract"})
for op, right in (("Elu", numpy.where(x > 0, x, 2 * (numpy.exp(x) - 1))), ("LeakyRelu", numpy.where(x > 0, x, 2 * x)),
                  ("ThresholdedRelu", numpy.where(x > 1.5, x, 0))):
    write(op, 18, 1.5 if op == "ThresholdedRelu" else 2)
    assert not seen(right, right)
PYTHON
