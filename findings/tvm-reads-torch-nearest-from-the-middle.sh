#!/usr/bin/env bash
# torch 2.13.0, apache-tvm 0.27.0.post1.
# Guess: TVM's reader of exported PyTorch programs, which refuses an operator that it does not know, refuses an argument, too, that
# it does not know, and resizes a map as PyTorch does.
# Seen: sizes are right. Upsample(mode="nearest") takes the values that lie nearest to the middle of a pixel, not PyTorch's
# floor(i * ratio): the same for 16, 12 and 4 of 8, others for 5, 10 and 13. AvgPool2d(2, divisor_override=3) divides by 4, and
# antialias=True of a bilinear resize is forgotten, in silence both.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 apache-tvm==0.27.0.post1 <<'PYTHON'
import torch, tvm
from torch import nn
from torch.nn.functional import interpolate
from tvm import relax
from tvm.relax.frontend.torch import from_exported_program
class Smooth(nn.Module):
    def forward(self, x):
        return interpolate(x, scale_factor=0.5, mode="bilinear", antialias=True)
def there(layer, x):
    machine = relax.VirtualMachine(relax.build(from_exported_program(torch.export.export(layer.eval(), (x,))), target="llvm"), tvm.cpu())
    result = machine["main"](tvm.runtime.tensor(x.numpy()))
    return torch.from_numpy((result if hasattr(result, "numpy") else result[0]).numpy())
columns = torch.arange(8.).expand(1, 1, 8, 8).contiguous()
for size, wanted in ((16, None), (12, None), (4, None), (5, [0, 2, 4, 5, 7]), (10, None), (13, None)):
    layer = nn.Upsample(size=size)
    here, seen = layer(columns)[0, 0, 0].int().tolist(), there(layer, columns)[0, 0, 0].int().tolist()
    print("nearest, 8 to", size, "in PyTorch", here, "in TVM", seen)
    assert len(here) == len(seen) == size and (here == seen) == (size in (16, 12, 4)) and (wanted is None or seen == wanted)
x = torch.rand(1, 2, 8, 8)
for name, layer, same in (("AvgPool2d(2)", nn.AvgPool2d(2), True), ("AvgPool2d(2, divisor_override=3)", nn.AvgPool2d(2, divisor_override=3), False),
                          ("bilinear by 0.5", nn.Upsample(scale_factor=0.5, mode="bilinear"), True), ("the same with antialias", Smooth(), False)):
    here, seen = layer(x), there(layer, x)
    print(name, tuple(here.shape), tuple(seen.shape), "largest difference", float((here - seen).abs().max()))
    assert here.shape == seen.shape and torch.allclose(here, seen, atol=1e-5) == same
assert torch.allclose(there(nn.AvgPool2d(2, divisor_override=3), x), nn.AvgPool2d(2)(x), atol=1e-5)
assert torch.allclose(there(Smooth(), x), interpolate(x, scale_factor=0.5, mode="bilinear"), atol=1e-5)
PYTHON
