#!/usr/bin/env bash
# torch 2.13.0, mlx 0.32.4 (on the CPU).
# Guess: nn.Upsample of MLX, named as PyTorch's and with the same arguments, takes the same values where the size is the same.
# Seen: only where factor * size is whole. The rest that both cut off (0.8 of 13.8 for 6 by 2.3) is all missing at the end in
# PyTorch; MLX leaves half of it at each end, and every value lies there by up to half a place of the result further on: 0..5 begins with
# 0, 0.33, 0.76 and ends in 5, where PyTorch has 0, 0.15, 0.59 and 4.93. Linear and cubic do so; with align_corners they are
# PyTorch's. Nearest by 1.5 or 2.3 takes the nearest place, halves to the even one, where PyTorch rounds down.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 mlx==0.32.4 mlx-cpu==0.32.4 <<'PYTHON'
import mlx.core, mlx.nn, numpy, torch
mlx.core.set_default_device(mlx.core.cpu)
def both(size, factor, mode, **options):
    x = numpy.arange(size, dtype=numpy.float32)
    there = numpy.array(mlx.nn.Upsample((factor, 1), mode, **options)(mlx.core.array(x.reshape(1, size, 1, 1))))[0, :, 0, 0]
    named = {"linear": "bilinear", "cubic": "bicubic"}.get(mode, mode)
    here = torch.nn.Upsample(scale_factor=(factor, 1), mode=named, **options)(torch.from_numpy(x).reshape(1, 1, size, 1))[0, 0, :, 0].numpy()
    assert len(here) == len(there)
    return here, there
def tidy(values):
    return [round(float(value), 2) for value in values]
for size, factor, mode, options, alike in ((6, 2.3, "linear", {}, False), (6, 0.7, "linear", {}, False), (5, 1.5, "linear", {}, False),
                                           (6, 2.3, "cubic", {}, False), (6, 2.3, "linear", {"align_corners": True}, True),
                                           (6, 1.5, "linear", {}, True), (6, 2.0, "cubic", {}, True), (6, 0.5, "linear", {}, True),
                                           (6, 2.0, "nearest", {}, True), (6, 2.3, "nearest", {}, False), (5, 1.5, "nearest", {}, False)):
    here, there = both(size, factor, mode, **options)
    print(f"{size} by {factor}, {mode} {options}: PyTorch {tidy(here)}, MLX {tidy(there)}")
    assert numpy.allclose(here, there, atol=1e-4) == alike
    if mode == "linear" and not alike:  # MLX is shifted by half of the rest, in places of the input
        shift = (factor * size - int(factor * size)) / 2 / factor
        inner = (there > 0) & (there < size - 1) & (here > 0)
        assert numpy.allclose((there - here)[inner], shift, atol=1e-4)
PYTHON
