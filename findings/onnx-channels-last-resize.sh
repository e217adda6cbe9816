#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, opencv-python-headless 5.0.0.93, apache-tvm 0.27.0.post1.
# Guess: a Resize of a map that is kept as [N, H, W, C], as files from TensorFlow have it, is resized along the axes that its sizes
# or scales name, or refused.
# Seen: OpenCV and TVM resize the last two axes whatever the file says. [1, 4, 5, 3] doubled to [1, 8, 10, 3] is [1, 4, 10, 3]
# there, and a doubling of channels, [1, 6, 4, 5], is undone: [1, 3, 4, 5]. What the graph declares is not held against it.
# onnxruntime, onnx's reference and OpenVINO return what is declared; tinygrad refuses.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 apache-tvm==0.27.0.post1 \
  tinygrad==0.14.0 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, tvm
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
from tvm import relax
from tvm.relax.frontend.onnx import from_onnx
onnxruntime.set_default_logger_severity(4)
def by_tvm(model, x):
    module = relax.transform.LegalizeOps()(relax.transform.DecomposeOpsForInference()(from_onnx(model, keep_params_in_input=False)))
    return relax.VirtualMachine(tvm.compile(module, "llvm"), tvm.cpu())["main"](tvm.runtime.tensor(x)).numpy()
def by_opencv(model, x):
    net = cv2.dnn.readNetFromONNX(numpy.frombuffer(model.SerializeToString(), numpy.uint8))
    net.setInput(x, "x")
    return net.forward()
def by_tinygrad(model, x):
    onnx.save(model, "net.onnx")
    return OnnxRunner("net.onnx")({"x": Tensor(x)})["y"].numpy()
def by_openvino(model, x):
    onnx.save(model, "net.onnx")
    return openvino.compile_model("net.onnx", "CPU")(x)[0]
runs = {
    "onnxruntime": lambda model, x: onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[0],
    "reference": lambda model, x: ReferenceEvaluator(model).run(None, {"x": x})[0],
    "OpenVINO": by_openvino, "OpenCV": by_opencv, "TVM": by_tvm, "tinygrad": by_tinygrad}
def size(run, model, x):
    try:
        return list(numpy.asarray(run(model, x)).shape)
    except Exception:
        return "refused"
for words, shape, by, mode, wrong in (("rows and columns of [N, H, W, C]", [1, 4, 5, 3], (1, 2, 2, 1), "nearest", [1, 4, 10, 3]),
                                      ("the same, linear", [1, 4, 5, 3], (1, 2, 2, 1), "linear", [1, 4, 10, 3]),
                                      ("channels of [N, C, H, W]", [1, 3, 4, 5], (1, 2, 1, 1), "nearest", [1, 3, 4, 5])):
    right = [n * s for n, s in zip(shape, by)]
    node = onnx.helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], mode=mode)
    graph = onnx.helper.make_graph([node], "net", [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
                                   [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, right)],
                                   [onnx.numpy_helper.from_array(numpy.array(right), "sizes")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.arange(numpy.prod(shape), dtype=numpy.float32).reshape(shape)
    seen = {name: size(run, model, x) for name, run in runs.items()}
    print(words, "declared as", right, seen)
    for name, there in seen.items():
        assert there == ("refused" if name == "tinygrad" else wrong if name in ("OpenCV", "TVM") else right)
PYTHON
