#!/usr/bin/env bash
# torch 2.13.0, kornia 0.9.0.
# Guess: the Laplacian pyramid of an image has the sizes of its Gaussian pyramid, of which it is the differences; an image that
# halves without a rest needs no padding.
# Seen: build_laplacian_pyramid pads to the next powers of two, at the right and at the bottom, wherever neither side is one: 36x36 and
# 48x48 become 64x64, 100x100 becomes 128x128, and 130x130 256x256, four times the work. With one side a power of two
# the other is left: 32x36 and 64x100 stay. build_pyramid pads nothing. A net that takes a level of each sees maps of other sizes.
# pyrdown rounds down, 5 to 2, where OpenCV's pyrDown, which it is named after, rounds up.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 kornia==0.9.0 opencv-python-headless==5.0.0.93 <<'PYTHON'
import cv2, numpy, torch
from kornia.geometry.transform import build_laplacian_pyramid, build_pyramid, pyrdown
def sizes(levels):
    return [tuple(level.shape[2:]) for level in levels]
for size, padded in (((36, 36), (64, 64)), ((48, 48), (64, 64)), ((100, 100), (128, 128)), ((130, 130), (256, 256)),
                     ((32, 36), None), ((64, 100), None), ((64, 64), None)):
    x = torch.rand(1, 1, *size)
    gauss, laplace = sizes(build_pyramid(x, 2)), sizes(build_laplacian_pyramid(x, 2))
    print(f"{size}: build_pyramid {gauss}, build_laplacian_pyramid {laplace}")
    first = padded or size
    assert gauss == [size, (size[0] // 2, size[1] // 2)] and laplace == [first, (first[0] // 2, first[1] // 2)]
for side, wanted in ((5, (2, 3)), (7, (3, 4)), (8, (4, 4))):
    seen = pyrdown(torch.rand(1, 1, side, side)).shape[2], cv2.pyrDown(numpy.zeros((side, side), numpy.float32)).shape[0]
    print(f"{side} halved: pyrdown {seen[0]}, OpenCV's pyrDown {seen[1]}")
    assert seen == wanted
PYTHON
