#!/usr/bin/env bash
# torch 2.13.0, monai 1.6.1.
# Guess: sliding_window_inference, which takes networks whose output has another size than the window, gives for one that halves
# what the network gives for the whole map, or raises: a mean of two by two needs no more than it sees.
# Seen: for even sizes. The last window starts where it ends with the map; where that is an odd place, at an odd size, its half
# is put one place beside where it belongs and averaged with its neighbour: the size is right, the last columns are not, for
# each overlap. A map that is smaller than the window is padded and cut to another size than half of it, 3 for 5. PatchInferer
# gives 12 for 23, where half is 11.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 monai==1.6.1 <<'PYTHON'
import torch
from monai.inferers import AvgMerger, PatchInferer, SlidingWindowSplitter, sliding_window_inference
half = torch.nn.AvgPool2d(2)
for n, wanted in ((16, "right"), (20, "right"), (17, 8), (21, 10), (23, 11)):
    for overlap in (0, 0.25, 0.5):
        torch.manual_seed(0)
        x = torch.rand(1, 1, n, n)
        y, whole = sliding_window_inference(x, (8, 8), 1, half, overlap=overlap), half(x)
        assert y.shape == whole.shape
        other = int((~torch.isclose(y, whole))[0, 0, 0].sum())
        print(f"{n}x{n}, overlap {overlap}: {y.shape[-1]} columns, of which other: {other}")
        assert (other == 0) == (wanted == "right")
small, patched = torch.rand(1, 1, 5, 5), torch.rand(1, 1, 23, 23)
seen = (sliding_window_inference(small, (8, 8), 1, half).shape[-1],
        PatchInferer(SlidingWindowSplitter((8, 8), overlap=0.25), merger_cls=AvgMerger)(patched, half).shape[-1])
print("5 and, with PatchInferer, 23 become", seen, "and are by themselves", half(small).shape[-1], half(patched).shape[-1])
assert seen == (3, 12)
PYTHON
