#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: the reference evaluator, against which runtimes are tested, computes what the attributes of an LSTM say, or raises.
# Seen: it reads the weights, the layout and the direction. `activations` other than the usual, `clip`, `input_forget` and the lengths
# of the samples (sequence_lens) change nothing: the result is that of the plain LSTM, and nothing is said. onnxruntime follows all
# four. Lengths matter most: behind the end of a short sample onnxruntime and OpenVINO return 0 and the state of its last step.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino
from onnx.reference import ReferenceEvaluator
onnxruntime.set_default_logger_severity(4)
rng = numpy.random.default_rng(0)
x, w, r, b = (rng.standard_normal(s, numpy.float32) for s in ((5, 2, 4), (1, 12, 4), (1, 12, 3), (1, 24)))
lengths = numpy.array([5, 3], numpy.int32)
def write(lengths=None, **attributes):
    infos = [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in
             (("x", [5, 2, 4]), ("y", [5, 1, 2, 3]), ("h", [1, 2, 3]), ("c", [1, 2, 3]))]
    parts = {"w": w, "r": r, "b": b} | ({} if lengths is None else {"lengths": lengths})
    node = onnx.helper.make_node("LSTM", ["x", *parts], ["y", "h", "c"], hidden_size=3, **attributes)
    graph = onnx.helper.make_graph([node], "net", infos[:1], infos[1:], [onnx.numpy_helper.from_array(v, k) for k, v in parts.items()])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    return (ReferenceEvaluator(model).run(None, {"x": x}),
            onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x}))
def near(a, b):
    return all(numpy.allclose(u, v, atol=1e-4) for u, v in zip(a, b))
plain, ran = write()
assert near(plain, ran)
for words, attributes in (("activations", {"activations": ["Sigmoid", "Relu", "Relu"]}), ("clip", {"clip": 0.5}),
                          ("input_forget", {"input_forget": 1}), ("lengths", {"lengths": lengths})):
    reference, ran = write(**attributes)
    print(f"{words}: the reference is off by {numpy.abs(reference[0] - ran[0]).max():.2f}, and as the plain LSTM: {near(reference, plain)}")
    assert near(reference, plain) and not near(ran, plain)
result = openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)
assert near([result[i] for i in range(3)], ran)
assert (ran[0][3:, 0, 1] == 0).all() and numpy.allclose(ran[1][0, 1], plain[0][2, 0, 1], atol=1e-4) and (plain[0][3:, 0, 1] != 0).all()
PYTHON
