#!/usr/bin/env bash
# torch 2.13.0, executorch 1.5.1.
# Guess: what exports, lowers and becomes an ExecuTorch program runs there.
# Seen: Conv3d and ConvTranspose3d do all of that and are refused when they run; MaxPool3d is refused when the program is
# loaded. The same layers over two axes run.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 executorch==1.5.1 <<'PYTHON'
import logging, warnings
logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")
import torch
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
def ends(net, axes):
    x = torch.randn(1, 4, *[8] * axes)
    data = to_edge_transform_and_lower(torch.export.export(net.eval(), (x,))).to_executorch().buffer
    loaded = Runtime.get().load_program(data)
    try:
        method = loaded.load_method("forward")
    except RuntimeError:
        return "refused when it is loaded"
    try:
        return "runs" if method.execute([x])[0].shape == net(x).shape else "another size"
    except RuntimeError:
        return "refused when it runs"
nn = torch.nn
for name, make, expected in (
        ("Conv", lambda axes: getattr(nn, f"Conv{axes}d")(4, 2, 3), "refused when it runs"),
        ("ConvTranspose", lambda axes: getattr(nn, f"ConvTranspose{axes}d")(4, 2, 3), "refused when it runs"),
        ("MaxPool", lambda axes: getattr(nn, f"MaxPool{axes}d")(2), "refused when it is loaded")):
    seen = [ends(make(axes), axes) for axes in (2, 3)]
    print(f"{name}2d {seen[0]}; {name}3d {seen[1]}")
    assert seen == ["runs", expected]
PYTHON
