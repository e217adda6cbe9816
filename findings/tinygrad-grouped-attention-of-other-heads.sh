#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tract 0.23.9, tinygrad 0.14.0.
# Guess: where an Attention (opset 23) has fewer heads of keys than of queries, neighbours share one: 4 over 2 heads are 0, 0, 1, 1.
# Seen: tinygrad repeats the heads as a whole, 0, 1, 0, 1: all but the first and the last look at another head's keys and values, at
# the right size and without a word. onnxruntime, the reference, OpenVINO, OpenCV, tract and PyTorch's enable_gqa share by
# neighbours. With one head of keys, or as many as of queries, tinygrad is right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tract==0.23.9 \
  tinygrad==0.14.0 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, torch, tract
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
onnxruntime.set_default_logger_severity(4)
def by_openvino(feeds):
    net = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return net([feeds[x.get_any_name()] for x in net.inputs])[0]
def by_opencv(feeds):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    for name, value in feeds.items():
        net.setInput(value, name)
    return net.forward()
def by_torch(feeds):
    return torch.nn.functional.scaled_dot_product_attention(*(torch.from_numpy(v) for v in feeds.values()), enable_gqa=True).numpy()
runs = {"onnxruntime": lambda f: onnxruntime.InferenceSession("net.onnx").run(None, f)[0],
        "reference": lambda f: ReferenceEvaluator("net.onnx").run(None, f)[0], "OpenVINO": by_openvino, "OpenCV": by_opencv,
        "tract": lambda f: tract.onnx().load("net.onnx").into_model().into_runnable().run(list(f.values()))[0].to_numpy(),
        "tinygrad": lambda f: OnnxRunner("net.onnx")({k: Tensor(v) for k, v in f.items()})["y"].numpy(), "PyTorch": by_torch}
for heads, shared in ((4, 4), (4, 2), (6, 2), (6, 3), (4, 1)):
    shapes = {"q": [1, heads, 3, 8], "k": [1, shared, 5, 8], "v": [1, shared, 5, 8], "y": [1, heads, 3, 8]}
    infos = [onnx.helper.make_tensor_value_info(k, onnx.TensorProto.FLOAT, s) for k, s in shapes.items()]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Attention", ["q", "k", "v"], ["y"])], "net", infos[:3], infos[3:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 23)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    # the values of a head are its number, and so is what is attended to
    value = numpy.broadcast_to(numpy.arange(shared, dtype=numpy.float32)[None, :, None, None], shapes["v"]).copy()
    feeds = {k: numpy.random.default_rng(0).standard_normal(shapes[k], numpy.float32) for k in "qk"} | {"v": value}
    seen = {name: numpy.asarray(run(feeds))[0, :, 0, 0].round().astype(int).tolist() for name, run in runs.items()}
    print(f"{heads} heads over {shared}: PyTorch {seen['PyTorch']}, tinygrad {seen['tinygrad']}")
    for name, there in seen.items():
        assert there == ([i % shared for i in range(heads)] if name == "tinygrad" else [i * shared // heads for i in range(heads)])
PYTHON
