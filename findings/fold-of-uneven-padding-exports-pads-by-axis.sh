#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0.
# Guess: an nn.Fold with other padding along height than along width is exported as it is by both exporters of torch.
# Seen: ONNX lists all begins, then all ends: [1, 0, 1, 0] for a padding of (1, 0). The newer exporter writes that. The older
# one writes [1, 1, 0, 0], each axis by itself: onnxruntime then refuses the number of blocks, or, where that is the same,
# returns the right size with blocks laid one place beside theirs. With one padding for both axes the two agree.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import onnx, onnxruntime, torch
def exported(padding, kernel, dynamo):
    blocks = [(8 + 2 * p - kernel) // kernel + 1 for p in padding]
    x = torch.arange(float(kernel ** 2 * blocks[0] * blocks[1])).reshape(1, kernel ** 2, -1)
    fold = torch.nn.Fold(8, kernel, padding=padding, stride=kernel)
    torch.onnx.export(fold, (x,), "fold.onnx", dynamo=dynamo, opset_version=18, verbose=False)
    node = next(n for n in onnx.load("fold.onnx").graph.node if n.op_type == "Col2Im")
    pads = next(list(a.ints) for a in node.attribute if a.name == "pads")
    session = onnxruntime.InferenceSession("fold.onnx")
    try:
        out = torch.tensor(session.run(None, {session.get_inputs()[0].name: x.numpy()})[0])
    except Exception:
        return pads, "refused"
    assert out.shape == fold(x).shape
    return pads, "equal" if torch.equal(out, fold(x)) else "other values"
for padding, kernel, old in (((1, 1), 2, ([1, 1, 1, 1], "equal")), ((1, 0), 2, ([1, 1, 0, 0], "refused")),
                             ((1, 0), 4, ([1, 1, 0, 0], "other values"))):
    for dynamo in (False, True):
        got = exported(padding, kernel, dynamo)
        print(f"padding {padding}, kernel {kernel},", "newer exporter:" if dynamo else "older exporter:", *got)
        assert got == ((list(padding) * 2, "equal") if dynamo else old)
PYTHON
