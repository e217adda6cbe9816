#!/usr/bin/env bash
# opencv-python-headless 5.0.0.93, scipy 1.17.1, scikit-image 0.26.0, torch 2.13.0.
# Guess: a map that is resized by 0.5 has half its size, rounded up or down, of all odd sizes alike.
# Seen: torch rounds down and a convolution of stride 2 up. OpenCV's resize with fx=0.5, SciPy's zoom and scikit-image's rescale
# round a half to even: 5 and 9 down to 2 and 4, 7 and 11 up to 4 and 6. Masks made smaller by them fit what the network returns
# at every other odd size. And OpenCV then goes by the factor, not by the sizes: resize(x, None, fx=0.5) of 7 is not resize(x,
# (4, 1)).
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv opencv-python-headless==5.0.0.93 scipy==1.17.1 scikit-image==0.26.0 torch==2.13.0 <<'PYTHON'
import cv2, numpy, scipy.ndimage, skimage.transform, torch
ways = {"OpenCV": lambda x: cv2.resize(x, None, fx=0.5, fy=0.5), "SciPy": lambda x: scipy.ndimage.zoom(x, 0.5),
        "scikit-image": lambda x: skimage.transform.rescale(x, 0.5),
        "torch": lambda x: torch.nn.functional.interpolate(torch.from_numpy(x)[None, None], scale_factor=0.5)[0, 0],
        "stride 2": lambda x: torch.nn.functional.conv2d(torch.from_numpy(x)[None, None], torch.ones(1, 1, 3, 3), stride=2, padding=1)[0, 0]}
even = [2, 4, 4, 6, 6, 8]
for name, way in ways.items():
    seen = [way(numpy.ones((n, n), numpy.float32)).shape[0] for n in (5, 7, 9, 11, 13, 15)]
    print(name, "of 5, 7, 9, 11, 13, 15:", seen)
    assert seen == {"torch": [2, 3, 4, 5, 6, 7], "stride 2": [3, 4, 5, 6, 7, 8]}.get(name, even)
x = numpy.arange(7, dtype=numpy.float32)[None]
by_factor, by_size = cv2.resize(x, None, fx=0.5, fy=1)[0].tolist(), cv2.resize(x, (4, 1))[0].tolist()
print("OpenCV, 7 to 4 by the factor and by the size:", by_factor, by_size)
assert by_factor != by_size and len(by_factor) == len(by_size) == 4
PYTHON
