#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0.
# Guess: torch.roll(x, x.shape[-1] // 2, -1), half a turn as fftshift makes it, exported with a free length by the older
# exporter (dynamo=False, dynamic_axes), follows the length as slices and pads by such sizes do.
# Seen: the file holds the shift of the example as a number and runs at every length: the size is right, the turn is not
# half of it. Two slices at the same place and a cat follow. The newer exporter refuses the roll, and takes the slices.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import logging
import onnxruntime, torch
logging.disable(logging.CRITICAL)
class Roll(torch.nn.Module):
    def forward(self, x):
        return torch.roll(x, x.shape[-1] // 2, -1)
class Slices(torch.nn.Module):
    def forward(self, x):
        cut = x.shape[-1] - x.shape[-1] // 2
        return torch.cat([x[..., cut:], x[..., :cut]], -1)
def shifts(net, **options):
    torch.onnx.export(net, (torch.arange(40.)[None],), "net.onnx", input_names=["x"], verbose=False, **options)
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    found = {}
    for length in (40, 48, 31):
        x = torch.arange(float(length))[None]
        out = session.run(None, {"x": x.numpy()})[0]
        assert out.shape == tuple(net(x).shape)
        found[length] = out[0].tolist().index(0.)  # where the first element went
    return found
old = dict(dynamo=False, dynamic_axes={"x": {1: "length"}})
new = dict(dynamo=True, dynamic_shapes=({1: torch.export.Dim.DYNAMIC},))
half = {40: 20, 48: 24, 31: 15}
rolled, sliced, newer = shifts(Roll(), **old), shifts(Slices(), **old), shifts(Slices(), **new)
print(f"length: shift of torch {half}, older exporter {rolled}, by slices {sliced}, newer exporter by slices {newer}")
assert sliced == newer == half and rolled == {40: 20, 48: 20, 31: 20}
try:
    shifts(Roll(), **new)
    raise SystemExit("the newer exporter takes the roll")
except Exception as error:
    print("newer exporter, roll:", type(error).__name__)
PYTHON
