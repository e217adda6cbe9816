#!/usr/bin/env bash
# torch 2.13.0, kornia 0.9.0.
# Guess: a crop takes pixels. Where the border can't be as wide on both sides it is one pixel wider on one of them.
# Seen: center_crop puts the window in the middle to half a pixel and interpolates: 0..5 cropped to three is 1.5, 2.5, 3.5, every
# pixel the mean of four, and the image is blurred. The class of the same library, CenterCrop, takes 1, 2, 3, in both of its modes. Where
# size and crop are both even or both odd the two are one. In a U-Net that crops its skips, an odd skip is smoothed and lies half a pixel off.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 kornia==0.9.0 <<'PYTHON'
import torch
from kornia.augmentation import CenterCrop
from kornia.geometry.transform import center_crop
def row(image):
    return [round(value, 3) for value in image[0, 0, 0].tolist()]
for size, to, wanted in ((6, 3, [1.5, 2.5, 3.5]), (7, 4, [1.5, 2.5, 3.5, 4.5]), (5, 2, [1.5, 2.5]), (5, 3, [1.0, 2.0, 3.0]), (6, 4, [1.0, 2.0, 3.0, 4.0])):
    x = torch.arange(float(size)).expand(1, 1, size, size)
    seen, pixels = row(center_crop(x, (to, to))), row(CenterCrop(to)(x))
    print(f"{size} to {to}: center_crop {seen}, CenterCrop {pixels}")
    assert seen == wanted and pixels == row(CenterCrop(to, cropping_mode="resample")(x)) == [float(int(value)) for value in wanted]
checkered = (torch.arange(36) % 2 + torch.arange(36) // 6 % 2).remainder(2).float().reshape(1, 1, 6, 6)
assert torch.allclose(center_crop(checkered, (3, 3)), torch.full([1, 1, 3, 3], 0.5), atol=1e-4)
assert not torch.equal(CenterCrop(3)(checkered), torch.full([1, 1, 3, 3], 0.5))
PYTHON
