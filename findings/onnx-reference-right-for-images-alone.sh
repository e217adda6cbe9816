#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0.
# Guess: the reference evaluator, the standard in code, is slow and right, whatever the number of axes and channels.
# Seen: its GlobalMaxPool takes the maximum over two axes, and their number tells which: [2, 3, 4] becomes [2, 1], and
# [2, 3, 4, 5, 6] becomes [2, 3, 4, 1, 1, 1]; maps of two axes alone are right. Its LRN counts samples where channels are to be
# counted: of a single image all but the first channel stay as they were, and a batch of as many images as channels is right.
# onnxruntime and shape inference follow the text, and GlobalAveragePool is right for all.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
def ways(kind, shape, **attributes):
    declared = shape if kind == "LRN" else shape[:2] + [1] * (len(shape) - 2)
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"], **attributes)], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, declared)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    x = numpy.random.default_rng(0).standard_normal(shape).astype(numpy.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return x, session.run(None, {"x": x})[0], ReferenceEvaluator(model).run(None, {"x": x})[0]
for shape, wanted in (([2, 3, 4], (2, 1)), ([2, 3, 4, 5], (2, 3, 1, 1)), ([2, 3, 4, 5, 6], (2, 3, 4, 1, 1, 1))):
    x, right, reference = ways("GlobalMaxPool", shape)
    print("GlobalMaxPool of", shape, "onnxruntime", right.shape, "reference", reference.shape)
    assert right.shape == tuple(shape[:2] + [1] * (len(shape) - 2)) and reference.shape == wanted
    x, right, reference = ways("GlobalAveragePool", shape)
    assert numpy.allclose(right, reference, atol=1e-5)
for samples in (1, 2, 6):
    x, right, reference = ways("LRN", [samples, 6, 2, 2], size=3, alpha=0.5)
    same = [numpy.allclose(right[:, channel], reference[:, channel], atol=1e-5) for channel in range(6)]
    left = [numpy.allclose(x[:, channel], reference[:, channel]) for channel in range(6)]
    print(f"LRN of {samples} sample(s), 6 channels: {sum(same)} channels as onnxruntime, {sum(left)} as they were")
    assert same == [channel < samples for channel in range(6)] and left == [channel >= samples for channel in range(6)]
PYTHON
