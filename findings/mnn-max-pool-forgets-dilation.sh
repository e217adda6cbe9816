#!/usr/bin/env bash
# torch 2.13.0, MNN 3.6.1.
# Guess: a converter that does not know an attribute of an operator refuses the file.
# Seen: MNN's converter takes a MaxPool with a dilation and drops it: MaxPool2d(3, 2, padding=1, dilation=2) of 11x11 returns
# 6x6 there, 5x5 in PyTorch; MaxPool2d(2, 1, dilation=3) of 9x9 returns 8x8 for 6x6. Nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 MNN==3.6.1 <<'PYTHON'
import subprocess, sys, torch
import MNN.expr, MNN.nn
def sizes(pool, size):
    x = torch.randn(1, 1, size, size)
    torch.onnx.export(pool.eval(), (x,), "net.onnx", dynamo=False, input_names=["x"], output_names=["y"])
    subprocess.run([sys.executable, "-m", "MNN.tools.mnnconvert", "-f", "ONNX", "--modelFile", "net.onnx",
                    "--MNNModel", "net.mnn", "--bizCode", "net"], check=True, capture_output=True)
    module = MNN.nn.load_module_from_file("net.mnn", ["x"], ["y"])
    value = MNN.expr.const(x.numpy().flatten().tolist(), list(x.shape), MNN.expr.NCHW)
    return pool(x).shape[2], module.forward([value])[0].shape[2]
for pool, size, expected in ((torch.nn.MaxPool2d(3, 2, padding=1, dilation=2), 11, (5, 6)),
                             (torch.nn.MaxPool2d(2, 1, dilation=3), 9, (6, 8)),
                             (torch.nn.MaxPool2d(3, 2, padding=1), 11, (6, 6))):
    seen = sizes(pool, size)
    print(f"{pool} of {size}: torch {seen[0]}, MNN {seen[1]}")
    assert seen == expected
PYTHON
