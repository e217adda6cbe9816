#!/usr/bin/env bash
# torch 2.13.0, opacus 1.6.0, backpack-for-pytorch 1.7.1.
# Guess: a library that gives the gradient of each sample's loss gives for a convolution what a loop over the samples gives, or
# refuses the layer; what a padding is filled with is the layer's matter.
# Seen: both pad with zeros whatever padding_mode says. Of a convolution with "reflect" or "circular" the gradients have the right
# shape and other values: where a kernel looks over the border. The private training of Opacus goes on with them. BackPACK has
# other values for padding="same", too, and raises for each transposed convolution with output_padding ("shape is invalid");
# Opacus is right for both, and both are for a padding in numbers with zeros.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 opacus==1.6.0 backpack-for-pytorch==1.7.1 <<'PYTHON'
import torch
from backpack import backpack, extend, extensions
from opacus.grad_sample import GradSampleModule
from torch import nn
def by_loop(layer, x):
    return torch.stack([torch.autograd.grad((layer(sample[None]) ** 2).sum(), layer.weight)[0] for sample in x])
def by_opacus(layer, x):
    (GradSampleModule(layer, loss_reduction="sum")(x) ** 2).sum().backward()
    return layer.weight.grad_sample
def by_backpack(layer, x):
    y = extend(nn.Sequential(layer, nn.Flatten()))(x)
    with backpack(extensions.BatchGrad()):
        extend(nn.MSELoss(reduction="sum"))(y, torch.zeros_like(y)).backward()
    return layer.weight.grad_batch
def seen(way, make):
    torch.manual_seed(0)
    layer, x = make(), torch.randn(3, 4, 6, 7)
    wanted = by_loop(layer, x)
    try:
        got = way(layer, x)
    except RuntimeError as error:
        return f"raises: {error}"
    assert got.shape == wanted.shape
    return "right" if torch.allclose(got, wanted, rtol=1e-3, atol=1e-3) else "other values"
for name, make, wanted in (("zeros", lambda: nn.Conv2d(4, 4, 3, padding=1), ("right", "right")),
                           ("reflect", lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), ("other values",) * 2),
                           ("circular", lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"), ("other values",) * 2),
                           ("same", lambda: nn.Conv2d(4, 4, 3, padding="same"), ("right", "other values")),
                           ("transposed", lambda: nn.ConvTranspose2d(4, 4, 3, 2, 1), ("right", "right")),
                           ("with output_padding", lambda: nn.ConvTranspose2d(4, 4, 3, 2, 1, 1), ("right", "raises: shape"))):
    both = seen(by_opacus, make), seen(by_backpack, make)
    print(f"{name}: Opacus {both[0]}, BackPACK {both[1]}")
    assert all(is_so.startswith(guess) for is_so, guess in zip(both, wanted))
PYTHON
