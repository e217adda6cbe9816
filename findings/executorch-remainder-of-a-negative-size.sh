#!/usr/bin/env bash
# torch 2.13.0, executorch 1.5.1.
# Guess: F.pad(x, (0, -x.shape[2] % 8)), the usual way to pad up to a multiple, returns in ExecuTorch what it returns in the
# exported program that it was made from.
# Seen: the exported program pads 13 to 16. ExecuTorch takes the remainder of a negative number as C does, gets -5 for 3, and
# refuses to run ("Padding values must be non-negative") for every size that is no multiple. (8 - x % 8) % 8 runs.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 executorch==1.5.1 <<'PYTHON'
import logging, warnings
logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")
import torch
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
class Negative(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.pad(x, (0, -x.shape[2] % 8))
class Positive(torch.nn.Module):
    def forward(self, x):
        return torch.nn.functional.pad(x, (0, (8 - x.shape[2] % 8) % 8))
def lengths(net):
    free = torch.export.Dim.DYNAMIC(min=2, max=64)
    exported = torch.export.export(net.eval(), (torch.randn(1, 1, 13),), dynamic_shapes=({2: free},))
    data = to_edge_transform_and_lower(exported).to_executorch().buffer
    loaded = Runtime.get().load_program(data)
    method, seen = loaded.load_method("forward"), []
    for length in (13, 16, 21):
        x = torch.randn(1, 1, length)
        assert exported.module()(x).shape[2] == -(-length // 8) * 8
        try:
            seen.append(method.execute([x])[0].shape[2])
        except RuntimeError:
            seen.append("refused")
    return seen
negative, positive = lengths(Negative()), lengths(Positive())
print("13, 16, 21: -x % 8", negative, " (8 - x % 8) % 8", positive)
assert negative == ["refused", 16, "refused"] and positive == [16, 16, 24]
PYTHON
