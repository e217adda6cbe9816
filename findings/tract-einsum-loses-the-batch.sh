#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9, tinygrad 0.14.0.
# Guess: torch.einsum("...c,dc->...d", x, w), a linear layer for any number of axes in front, is exported as an Einsum that
# every runtime runs, or refuses for its ellipsis.
# Seen: where the ellipsis stands for more than one axis and one operand has none of them, tract keeps the last of these axes and adds up
# the others: [2, 3, 4] with [5, 4] becomes [3, 5], the sum over the samples, where the file declares [2, 3, 5]. A batch of one hides it
# all but for the axis that is missing. Sums to one number are left out: "ij->" returns its input and "bij,ij->" a
# number for each sample. With one axis in the ellipsis, with both operands having it, and with letters in its place tract is right. The
# others are right for all.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
DEV=CPU in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 tinygrad==0.14.0 <<'PYTHON'
import numpy, onnxruntime, openvino, torch, tract, warnings
from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner
warnings.filterwarnings("ignore")
class Net(torch.nn.Module):
    def __init__(self, equation):
        super().__init__()
        self.equation = equation
    def forward(self, *parts):
        return torch.einsum(self.equation, *parts)
runs = {"onnxruntime": lambda feed: onnxruntime.InferenceSession("net.onnx").run(None, feed)[0],
        "OpenVINO": lambda feed: openvino.compile_model("net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(feed)[0],
        "tinygrad": lambda feed: OnnxRunner("net.onnx")({k: Tensor(v) for k, v in feed.items()})["y"].numpy(),
        "tract": lambda feed: tract.onnx().load("net.onnx").into_model().into_runnable().run(list(feed.values()))[0].to_numpy()}
torch.manual_seed(0)
for equation, shapes, wanted in (("...c,dc->...d", [(3, 4), (5, 4)], None), ("...c,dc->...d", [(2, 3, 4), (5, 4)], (3, 5)),
                                 ("...c,dc->...d", [(2, 3, 6, 4), (5, 4)], (6, 5)), ("bnc,dc->bnd", [(2, 3, 4), (5, 4)], None),
                                 ("...ij,jk->...ik", [(2, 3, 4, 5), (5, 6)], (3, 4, 6)), ("...c,c->...", [(2, 3, 4), (4,)], (3,)),
                                 ("...ij,...jk->...ik", [(2, 3, 4, 5), (2, 3, 5, 6)], None), ("ij->j", [(3, 4)], None),
                                 ("ij->", [(3, 4)], (3, 4)), ("bij,ij->", [(2, 3, 4), (3, 4)], (2,))):
    parts = [torch.randn(shape) for shape in shapes]
    names = [f"x{i}" for i in range(len(parts))]
    net = Net(equation)
    torch.onnx.export(net, tuple(parts), "net.onnx", dynamo=False, opset_version=17, input_names=names, output_names=["y"])
    right, feed = net(*parts).numpy(), {name: part.numpy() for name, part in zip(names, parts)}
    for name, run in runs.items():
        there = numpy.asarray(run(feed))
        if name != "tract" or wanted is None:
            assert there.shape == right.shape and numpy.allclose(there, right, atol=1e-4)
            continue
        assert there.shape == wanted
        if equation.startswith("..."):
            lost = right.ndim - there.ndim
            assert numpy.allclose(there, right.sum(tuple(range(lost))), atol=1e-4)
    print(f"{equation} of {shapes}: {list(right.shape)}, tract {list(there.shape)}")
PYTHON
