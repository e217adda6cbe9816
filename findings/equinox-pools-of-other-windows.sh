#!/usr/bin/env bash
# torch 2.13.0, equinox 0.13.8, jax 0.10.2.
# Guess: Equinox's AdaptiveAvgPool1d and AvgPool1d, named as PyTorch's and with the same arguments, pool the same windows.
# Seen: only where they divide evenly. AdaptiveAvgPool1d(3) of 7 values takes 3, 2 and 2 side by side; PyTorch takes three
# windows of 3 that overlap: 1, 3.5, 5.5 for 1, 3, 5 of 0..6. And AvgPool1d with use_ceil divides its last window by the whole
# kernel, zeros behind the map included, where PyTorch divides by what lies in the map and its padding: a constant map fades
# at its end. Sizes agree. MaxPool1d(2, 2, padding=1, use_ceil=True) of an odd length raises for its padding.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 equinox==0.13.8 jax==0.10.2 <<'PYTHON'
import equinox, numpy, torch
def both(ours, theirs, x):
    return [round(float(value), 3) for value in ours(x[None])[0]], [round(float(value), 3) for value in theirs(torch.from_numpy(x)[None])[0]]
for size, to, wanted in ((7, 3, ([1.0, 3.5, 5.5], [1.0, 3.0, 5.0])), (10, 4, ([1.0, 4.0, 6.5, 8.5], [1.0, 3.0, 6.0, 8.0])),
                         (5, 4, ([0.5, 2.0, 3.0, 4.0], [0.5, 1.5, 2.5, 3.5])), (6, 3, ([0.5, 2.5, 4.5],) * 2)):
    seen = both(equinox.nn.AdaptiveAvgPool1d(to), torch.nn.AdaptiveAvgPool1d(to), numpy.arange(size, dtype=numpy.float32))
    print(f"AdaptiveAvgPool1d({to}) of {size}: equinox {seen[0]}, torch {seen[1]}")
    assert seen == wanted
for kernel, stride, size, wanted in ((3, 2, 6, ([1.0, 1.0, 0.667], [1.0, 1.0, 1.0])), (2, 2, 5, ([1.0, 1.0, 0.5], [1.0, 1.0, 1.0])),
                                     (2, 2, 6, ([1.0, 1.0, 1.0],) * 2)):
    seen = both(equinox.nn.AvgPool1d(kernel, stride, use_ceil=True), torch.nn.AvgPool1d(kernel, stride, ceil_mode=True),
                numpy.ones(size, numpy.float32))
    print(f"AvgPool1d({kernel}, {stride}) of {size} ones, rounding up: equinox {seen[0]}, torch {seen[1]}")
    assert seen == wanted
for size, runs in ((6, True), (7, False)):
    x = numpy.arange(size, dtype=numpy.float32)[None]
    assert torch.nn.MaxPool1d(2, 2, padding=1, ceil_mode=True)(torch.from_numpy(x)).shape[1] == 4
    try:
        equinox.nn.MaxPool1d(2, 2, padding=1, use_ceil=True)(x)
        ran = True
    except RuntimeError:
        ran = False
    print(f"MaxPool1d(2, 2, padding=1) of {size}, rounding up:", "runs" if ran else "raises")
    assert ran == runs
PYTHON
