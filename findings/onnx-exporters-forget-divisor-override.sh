#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0.
# Guess: AvgPool2d(2, divisor_override=3), which ONNX has no word for, is refused by both exporters or written as several
# nodes.
# Seen: both leave the divisor out: the file returns 3/4 of what PyTorch does, from the older one for every opset, and
# nothing is said. The older one raises for other layers it has no word for: RMSNorm, ChannelShuffle, Threshold,
# nearest-exact.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import contextlib, io, onnxruntime, torch, warnings
from torch import nn
warnings.filterwarnings("ignore")
x = torch.rand(1, 4, 6, 8) + 1
pool = nn.AvgPool2d(2, divisor_override=3)
def ran(net, **options):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        torch.onnx.export(net, (x,), "net.onnx", input_names=["x"], **options)
    return torch.from_numpy(onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x.numpy()})[0])
for opset in (17, 18, 20):
    there = ran(pool, dynamo=False, opset_version=opset)
    print("older exporter, opset", opset, "there / here:", float((there / pool(x)).mean()))
    assert torch.allclose(there, pool(x) * 3 / 4)
there = ran(pool, dynamo=True, verbose=False)
print("newer exporter: there / here:", float((there / pool(x)).mean()))
assert torch.allclose(there, pool(x) * 3 / 4)
for layer in (nn.RMSNorm(8), nn.ChannelShuffle(2), nn.Threshold(0.1, 0.2), nn.Upsample(scale_factor=2, mode="nearest-exact")):
    try:
        ran(layer, dynamo=False)
        raise SystemExit(f"{layer} is exported now")
    except Exception as error:
        print("older exporter:", type(layer).__name__, type(error).__name__)
PYTHON
