#!/usr/bin/env bash
# torch 2.14.1, torchvision 0.29.1, monai 1.6.1, kornia 0.9.0, transformers 5.24.0, albumentations 2.0.8.
# Guess: a map that is padded in the middle to a size that a network takes, and cropped in the middle to its own size again by
# the same library, is the map that it was.
# Seen: only in albumentations. MONAI's SpatialPad and CenterSpatialCrop move an odd length by one place whenever an odd number
# of places was added (1, 2, 3 comes back as 2, 3, 0), an even length never; torchvision's center_crop, which pads and crops,
# moves every length where three more than a multiple of four was added, as it rounds a half to even; transformers' center_crop
# moves every length the other way where an odd number was added: 0, 1, 2; kornia's PadTo pads at the end, so that its
# CenterCrop cuts the front off: 3, 0, 0. Sizes are right everywhere. A mask that went there and back lies beside its image.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.14.1 torchvision==0.29.1 monai==1.6.1 kornia==0.9.0 transformers==5.24.0 albumentations==2.0.8 <<'PYTHON'
import albumentations, kornia, monai, numpy, torch
from torchvision.transforms.v2 import functional
from transformers.image_transforms import center_crop
def of_columns(change):  # three rows are left as they are
    return lambda x, n: numpy.asarray(change(torch.from_numpy(numpy.tile(x, (1, 3, 1))), n))[0, 0]
def of_albumentations(kind):
    return lambda x, n: kind(3, n)(image=numpy.tile(x, (3, 1)))["image"][0]
both = of_columns(lambda x, n: functional.center_crop(x, [3, n]))
other = of_columns(lambda x, n: center_crop(x.numpy(), (3, n), data_format="channels_first", input_data_format="channels_first"))
ways = {
    "albumentations": (of_albumentations(albumentations.PadIfNeeded), of_albumentations(albumentations.CenterCrop)),
    "MONAI": (of_columns(lambda x, n: monai.transforms.SpatialPad([3, n])(x)),
              of_columns(lambda x, n: monai.transforms.CenterSpatialCrop([3, n])(x))),
    "torchvision": (both, both), "transformers": (other, other),
    "kornia": (of_columns(lambda x, n: kornia.augmentation.PadTo((3, n))(x[None])[0]),
               of_columns(lambda x, n: kornia.augmentation.CenterCrop((3, n), cropping_mode="slice")(x[None])[0]))}
for name, (pad, crop) in ways.items():
    moved = {}
    for length in range(3, 9):
        x = numpy.arange(1, length + 1, dtype=numpy.float32)
        for more in range(1, 9):
            padded = pad(x, length + more)
            back = crop(padded, length)
            assert padded.shape == (length + more,) and back.shape == x.shape
            if not numpy.array_equal(back, x):
                moved[length, more] = back.astype(int).tolist()
    print(f"{name}: {len(moved)} of 48 moved", dict(list(moved.items())[:3]))
    odd = {(length, more) for length in (3, 5, 7) for more in (1, 3, 5, 7)}
    if name == "albumentations":
        assert not moved
    if name == "MONAI":
        assert set(moved) == odd and moved[3, 1] == [2, 3, 0]
    if name == "torchvision":
        assert set(moved) == {(length, more) for length in range(3, 9) for more in (3, 7)} and moved[3, 3] == [2, 3, 0]
    if name == "transformers":
        assert set(moved) == {(length, more) for length in range(3, 9) for more in (1, 3, 5, 7)} and moved[3, 1] == [0, 1, 2]
    if name == "kornia":
        assert set(moved) == {(length, more) for length in range(3, 9) for more in range(2, 9)} and moved[3, 4] == [3, 0, 0]
PYTHON
