#!/usr/bin/env bash
# torch 2.13.0.
# Guess: torch.nn's helpers know that a transposed convolution's weight is [in, out / groups, k, k], or none does. spectral_norm
# does: it takes 4 rows of a ConvTranspose2d(8, 4, 3), one for each output channel, as it does of a convolution.
# Seen: weight_norm, in the same module, has a length for each input channel there, [8, 1, 1, 1]. ln_structured(dim=0), which
# removes filters of a convolution, makes it deaf for inputs. kaiming_normal_ takes the outputs for its inputs: behind one of 64
# to 4 channels, k 3, s 1, values spread by four times what fan_in keeps, 1.4; mode="fan_out" keeps it. Shapes are right
# everywhere.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune
torch.manual_seed(0)
def spread(kind, mode):
    layer = kind(64, 4, 3, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode=mode, nonlinearity="relu")
    return layer(torch.randn(4, 64, 64, 64))[..., 4:-4, 4:-4].std().item()
for kind, lengths, silent, spreads in ((nn.Conv2d, 4, (2, 0), (1.4, 5.7)), (nn.ConvTranspose2d, 8, (0, 4), (5.7, 1.4))):
    rows = len(parametrizations.spectral_norm(kind(8, 4, 3)).parametrizations.weight[0]._u)
    lengths_seen = tuple(parametrizations.weight_norm(kind(8, 4, 3)).parametrizations.weight.original0.shape)
    pruned = prune.ln_structured(kind(8, 4, 3, bias=False), "weight", 0.5, 2, 0)
    without_outputs = int((pruned(torch.randn(2, 8, 9, 9)).abs().sum((0, 2, 3)) == 0).sum())
    x = torch.eye(8)[:, :, None, None].expand(8, 8, 5, 5)  # one input channel for each sample
    without_inputs = int((pruned(x).abs().sum((1, 2, 3)) == 0).sum())
    spreads_seen = spread(kind, "fan_in"), spread(kind, "fan_out")
    print(f"{kind.__name__}(8, 4, 3): spectral_norm has {rows} rows, weight_norm {lengths_seen}, half pruned: {without_outputs} outputs "
          f"and {without_inputs} inputs are gone; 64 to 4, spread with fan_in and fan_out: {spreads_seen[0]:.2f} {spreads_seen[1]:.2f}")
    assert rows == 4 and lengths_seen == (lengths, 1, 1, 1) and (without_outputs, without_inputs) == silent
    assert all(abs(is_so - wanted) < 0.3 for is_so, wanted in zip(spreads_seen, spreads))
PYTHON
