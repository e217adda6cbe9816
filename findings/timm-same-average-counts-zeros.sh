#!/usr/bin/env bash
# torch 2.13.0, timm 1.0.31, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: an average with padding "same" in timm, which has it for weights from TensorFlow, averages what lies in the map, as
# TensorFlow and ONNX's SAME_UPPER do; if not by default, then with count_include_pad=False, an argument that it takes.
# Seen: it counts the zeros of the padding, and with a stride count_include_pad=False changes nothing: the padding is put around
# the map before the pool sees it. The border of a map of ones is 0.667 and its corner 0.444 where 7x7 is halved by 3x3. With stride 1, and
# with padding=1, the same windows for 7x7, the argument works. Maxima are right, and sizes agree.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 timm==1.0.31 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import importlib.util, sys, types
import numpy, onnx, onnxruntime, torch
from onnx import helper
locations = list(importlib.util.find_spec("timm").submodule_search_locations)
# timm's layers alone, and in place of torchvision, which is built for one torch, the one name that they take from it.
for name in ("torchvision", "torchvision.ops", "torchvision.ops.misc", "timm"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torchvision.ops.misc"].FrozenBatchNorm2d = torch.nn.Identity
sys.modules["timm"].__path__ = locations
from timm.layers import create_pool2d
def standard(kernel, stride, x):
    value = lambda name: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
    node = helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[kernel] * 2, strides=[stride] * 2, auto_pad="SAME_UPPER")
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, list(x.shape))], [value("y")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return torch.from_numpy(onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x.numpy()})[0])
for kernel, stride, size, corner in ((3, 2, 7, 0.444), (3, 2, 8, 0.444), (2, 2, 7, 0.25), (5, 2, 8, 0.36)):
    x = torch.ones(1, 1, size, size)
    seen = [create_pool2d("avg", kernel, stride, padding="same", count_include_pad=counted)(x) for counted in (True, False)]
    print(f"{kernel}x{kernel}, stride {stride}, {size}x{size} ones: timm {seen[1][0, 0, -1].tolist()}, onnxruntime {standard(kernel, stride, x)[0, 0, -1].tolist()}")
    assert seen[0].shape == standard(kernel, stride, x).shape and torch.equal(*seen) and abs(float(seen[1][0, 0, -1, -1]) - corner) < 1e-3
    assert torch.allclose(standard(kernel, stride, x), torch.ones_like(seen[0]))
    assert torch.equal(create_pool2d("max", kernel, stride, padding="same")(-x), -torch.ones_like(seen[0]))
x = torch.ones(1, 1, 7, 7)
assert torch.allclose(create_pool2d("avg", 3, 2, padding=1, count_include_pad=False)(x), torch.ones(1, 1, 4, 4))
assert torch.allclose(create_pool2d("avg", 3, 1, padding="same", count_include_pad=False)(x), x)
PYTHON
