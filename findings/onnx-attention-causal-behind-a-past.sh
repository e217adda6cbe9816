#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, tinygrad 0.14.0.
# Guess: an Attention (opset 23) with is_causal and past_key, past_value, a decoder's step with its cache, lets a query see the whole past
# and its own part up to itself, in a runtime that takes both.
# Seen: in onnxruntime, the reference and OpenVINO. tract and tinygrad lay the triangle at the top left of the keys, past ones included, as if
# there were no past: of one new token behind four it sees the first of all alone, of three the last sees three of seven. present_key and
# present_value are right, so are sizes, nothing is said, and a first step without a past shows nothing: what is generated goes astray from the
# second token on. Without is_causal, or with the mask given as a tensor, both are right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 tinygrad==0.14.0 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino, tract
from onnx.reference import ReferenceEvaluator
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
onnxruntime.set_default_logger_severity(4)
def by_openvino(feed):
    result = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(feed)
    return [result[i] for i in range(3)]
def by_tract(feed):
    return [part.to_numpy() for part in tract.onnx().load("net.onnx").into_model().into_runnable().run(list(feed.values()))]
runs = {"onnxruntime": lambda feed: onnxruntime.InferenceSession("net.onnx").run(None, feed),
        "reference": lambda feed: ReferenceEvaluator("net.onnx").run(None, feed), "OpenVINO": by_openvino, "tract": by_tract,
        "tinygrad": lambda feed: [part.numpy() for part in OnnxRunner("net.onnx")({k: Tensor(v) for k, v in feed.items()}).values()]}
rng = numpy.random.default_rng(0)
def seen(new, past, way):
    q, k, v = (rng.standard_normal((1, 2, n, 4), numpy.float32) for n in (new, past + new, past + new))
    triangle = numpy.arange(past + new) <= numpy.arange(new)[:, None] + past
    feed = {"q": q, "k": k[:, :, past:], "v": v[:, :, past:]}
    if way == "mask":
        feed["mask"] = numpy.where(triangle, 0, -1e4).astype(numpy.float32)
    feed |= {"past_key": k[:, :, :past], "past_value": v[:, :, :past]}
    node = onnx.helper.make_node("Attention", ["q", "k", "v", "mask" if way == "mask" else "", "past_key", "past_value"],
                                 ["y", "present_key", "present_value"], is_causal=int(way == "is_causal"))
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, x.shape) for n, x in feed.items()]
    outs = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in zip(node.output, (q.shape, k.shape, v.shape))]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "net", infos, outs), opset_imports=[onnx.helper.make_opsetid("", 23)], ir_version=11)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    scores = q @ k.swapaxes(2, 3) / 2
    def of(keys):
        weights = numpy.exp(scores) * keys
        return weights / weights.sum(-1, keepdims=True) @ v
    right, top_left = of(numpy.ones_like(triangle) if way == "neither" else triangle), of(numpy.arange(past + new) <= numpy.arange(new)[:, None])
    wrong = []
    for name, run in runs.items():
        y, key, value = (numpy.asarray(part) for part in run(feed))
        assert y.shape == right.shape and numpy.allclose(key, k) and numpy.allclose(value, v)
        if not numpy.allclose(y, right, atol=1e-3):
            assert numpy.allclose(y, top_left, atol=1e-3)
            wrong.append(name)
    return wrong
for new, past in ((1, 4), (3, 4), (2, 1)):
    for way, wanted in (("is_causal", ["tract", "tinygrad"]), ("mask", []), ("neither", [])):
        wrong = seen(new, past, way)
        print(f"{new} new behind {past}, {way}: as without a past in", ", ".join(wrong) or "none")
        assert wrong == wanted
PYTHON
