#!/usr/bin/env bash
# mindspore 2.10.0, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: mindspore.export writes an ONNX file of a convolution that the standard takes, with MindSpore's padding in ONNX's order.
# Seen: neither. MindSpore's four numbers are top, bottom, left, right; they are written as they are where ONNX has top, left,
# bottom, right. A causal convolution, (2, 0, 1, 1), of 7x10 is declared as 7x10 and runs as 8x9; one number for all sides is
# right. And no transposed convolution can be loaded: its output_shape has four numbers, batch and channels too, where ONNX
# has two for an image: onnx's checker and onnxruntime refuse each file. The export says nothing in all these cases.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv mindspore==2.10.0 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import mindspore, numpy, onnx, onnxruntime
from mindspore import nn
onnxruntime.set_default_logger_severity(4)
x = numpy.random.default_rng(0).normal(size=(2, 4, 7, 10)).astype(numpy.float32)
def file(layer):
    layer.set_train(False)
    mindspore.export(layer, mindspore.Tensor(x), file_name="net", file_format="ONNX")
    model = onnx.load("net.onnx")
    return model, [size.dim_value for size in model.graph.output[0].type.tensor_type.shape.dim]
def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]
for padding, ran, alike in (((2, 0, 1, 1), [2, 3, 8, 9], False), ((0, 1, 2, 1), [2, 3, 7, 10], False), (1, [2, 3, 7, 10], True)):
    layer = nn.Conv2d(4, 3, 3, pad_mode="pad", padding=padding, weight_init="normal")
    here = layer(mindspore.Tensor(x)).asnumpy()
    model, declared = file(layer)
    there = run(model)
    print(f"padding {padding}: MindSpore {list(here.shape)}, declared {declared}, onnxruntime {list(there.shape)}")
    assert declared == list(here.shape) and list(there.shape) == ran
    assert (here.shape == there.shape and numpy.allclose(here, there, atol=1e-3)) == alike
for mode in ("pad", "same", "valid"):
    model, declared = file(nn.Conv2dTranspose(4, 3, 4, 2, pad_mode=mode, padding=int(mode == "pad")))
    written = [list(a.ints) for a in model.graph.node[0].attribute if a.name == "output_shape"]
    refusals = 0
    for step in (lambda: onnx.checker.check_model(model, full_check=True), lambda: run(model)):
        try:
            step()
        except Exception as error:
            refusals += "output_shape has incorrect size" in str(error)
    print(f"transposed, {mode}: declared {declared}, output_shape {written}, refused by {refusals} of 2")
    assert written == [declared] and len(declared) == 4 and refusals == 2
PYTHON
