#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1.
# Guess: the axes of a reduction are an attribute up to opset 17, and a runtime reads it for all of them or for none.
# Seen: OpenVINO reads it for seven of the ten. ReduceL1, ReduceLogSum and ReduceLogSumExp of opset 13 to 17 reduce over every
# axis, the batch as well: torch.logsumexp(x, 1) of [2, 3, 4], as the older exporter writes it for opset 17, is [2, 4] in
# PyTorch and onnxruntime, and one number in OpenVINO. With keepdims a [1, 1, 1] joins whatever comes behind it. Opset 11, 12
# and 18 are right; nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino, torch
onnxruntime.set_default_logger_severity(4)
x = numpy.random.default_rng(0).random((2, 3, 4), numpy.float32)
def run():
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    there = openvino.compile_model("net.onnx", "CPU")
    return session.run(None, {session.get_inputs()[0].name: x})[0].shape, tuple(there(x)[0].shape)
steps = ("Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare")
for opset in (11, 12, 13, 17, 18):
    apart = set()
    for step in steps:
        attribute = opset < (13 if step == "Sum" else 18)
        node = onnx.helper.make_node("Reduce" + step, ["x"] if attribute else ["x", "axes"], ["y"], **({"axes": [1]} if attribute else {}))
        kinds = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name, shape in (("x", [2, 3, 4]), ("y", [2, 1, 4]))]
        axes = [] if attribute else [onnx.helper.make_tensor("axes", onnx.TensorProto.INT64, [1], [1])]
        graph = onnx.helper.make_graph([node], "net", kinds[:1], kinds[1:], axes)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, "net.onnx")
        right, there = run()
        assert right == (2, 1, 4) and there in ((2, 1, 4), (1, 1, 1))
        if there != right:
            apart.add(step)
    print(f"opset {opset}: OpenVINO returns [1, 1, 1] for", ", ".join(sorted(apart)) or "none")
    assert apart == ({"L1", "LogSum", "LogSumExp"} if opset in (13, 17) else set())
class Net(torch.nn.Module):
    def forward(self, x):
        return torch.logsumexp(x, 1)
for opset, wanted in ((17, ()), (18, (2, 4))):
    torch.onnx.export(Net(), (torch.from_numpy(x),), "net.onnx", dynamo=False, opset_version=opset)
    right, there = run()
    print(f"logsumexp(x, 1) by opset {opset}: onnxruntime {list(right)}, OpenVINO {list(there)}")
    assert right == (2, 4) and there == wanted
PYTHON
