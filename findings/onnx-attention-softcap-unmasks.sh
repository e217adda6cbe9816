#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, opencv-python-headless 5.0.0.93, tinygrad 0.14.0, tract 0.23.9.
# Guess: a key that the mask of an Attention (opset 23) takes out has no weight; a query for which all are taken out gets zeros, or NaN as
# in PyTorch's formula, in every runtime.
# Seen: with softcap OpenCV and tinygrad bend the scores after the mask is added: -10,000 and minus infinity become -softcap, and what was
# masked is seen again, with a cap of 5 at a hundredth of the weight of a score of 0, with one of 0.5 at half of it. onnxruntime, the reference and
# OpenVINO cap first. At Gemma's cap of 50 nothing shows. A query without a key gets zeros in these three; in OpenCV the mean of all values
# where the mask is boolean, padding included, and NaN for minus infinity; tinygrad has NaN for both, tract for the second (it refuses the first).
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 opencv-python-headless==5.0.0.93 tinygrad==0.14.0 tract==0.23.9 <<'PYTHON'
import cv2, numpy, onnx, onnxruntime, openvino, tract
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
onnxruntime.set_default_logger_severity(4)
numpy.seterr(all="ignore")
def by_opencv(feed):
    net = cv2.dnn.readNetFromONNX("net.onnx")
    for name, part in feed.items():
        net.setInput(part, name)
    return net.forward()
runs = {"onnxruntime": lambda feed: onnxruntime.InferenceSession("net.onnx").run(None, feed)[0],
        "reference": lambda feed: ReferenceEvaluator("net.onnx").run(None, feed)[0],
        "OpenVINO": lambda feed: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(feed)[0], "OpenCV": by_opencv,
        "tinygrad": lambda feed: OnnxRunner("net.onnx")({k: Tensor(v) for k, v in feed.items()})["y"].numpy(),
        "tract": lambda feed: tract.onnx().load("net.onnx").into_model().into_runnable().run(list(feed.values()))[0].to_numpy()}
rng = numpy.random.default_rng(0)
q, k, v = (rng.standard_normal((1, 2, n, 4), numpy.float32) for n in (3, 5, 5))
scores = q @ k.swapaxes(2, 3) / 2
def weighed(scores):
    weights = numpy.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v
def told(mask, answers, **attributes):
    feed = {"q": q, "k": k, "v": v, "mask": mask}
    kinds = [onnx.TensorProto.BOOL if part.dtype == bool else onnx.TensorProto.FLOAT for part in feed.values()]
    infos = [onnx.helper.make_tensor_value_info(n, kind, feed[n].shape) for n, kind in zip(feed, kinds)]
    out = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, q.shape)
    graph = onnx.helper.make_graph([onnx.helper.make_node("Attention", [*feed], ["y"], **attributes)], "net", infos, [out])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 23)], ir_version=11)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    seen = {}
    for name, run in runs.items():
        try:
            y = numpy.asarray(run(feed))
        except Exception:
            seen[name] = "refuses"
            continue
        seen[name] = next(answer for answer, value in answers.items() if numpy.allclose(y, value, atol=1e-3, equal_nan=True))
    return seen
for cap in (0.5, 5.0):
    for low in (-1e4, -numpy.inf, False):
        kept = numpy.broadcast_to(numpy.arange(5) < 3, (3, 5)).copy()
        mask = kept if low is False else numpy.where(kept, 0, low).astype(numpy.float32)
        added = numpy.where(kept, 0, -1e9 if low is False else low)
        seen = told(mask, {"masked": weighed(cap * numpy.tanh(scores / cap) + added), "seen": weighed(cap * numpy.tanh((scores + added) / cap))}, softcap=cap)
        print(f"softcap {cap}, {low} for two keys:", seen)
        assert seen == dict.fromkeys(runs, "masked") | {"OpenCV": "seen", "tinygrad": "seen", "tract": "refuses"}
def without(value):
    y = weighed(scores)
    y[:, :, 1] = value
    return y
for low, wanted in ((False, {"OpenCV": "mean", "tinygrad": "NaN", "tract": "refuses"}), (-numpy.inf, dict.fromkeys(("OpenCV", "tinygrad", "tract"), "NaN"))):
    mask = numpy.arange(3)[:, None] != 1
    mask = numpy.broadcast_to(mask if low is False else numpy.where(mask, numpy.float32(0), numpy.float32(low)), (3, 5)).copy()
    seen = told(mask, {"zeros": without(0), "mean": without(v.mean(2)), "NaN": without(numpy.nan)})
    print(f"a query with {low} for every key:", seen)
    assert seen == dict.fromkeys(runs, "zeros") | wanted
PYTHON
