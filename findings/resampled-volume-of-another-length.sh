#!/usr/bin/env bash
# torch 2.13.0, monai 1.6.1, torchio 1.2.1, nibabel 5.4.2, scipy 1.17.1.
# Guess: a volume of n slices that is resampled from a spacing of a to one of b has n * a / b slices, rounded to the nearest.
# Seen: four numbers. scipy's zoom rounds n * a / b, a half to even, TorchIO's Resample rounds it down. MONAI's Spacing keeps
# the middles of the first and the last slice where they are: (n - 1) * a / b + 1, rounded; nibabel's resample_to_output rounds that
# up. 10 slices of 3 mm at 1 mm are 30, 30, 28 and 28; 64 of 0.5 mm are 32, 32, 32 and 33, so that what halved three times no
# longer does. And few come back to their own spacing as they were: of 61 slices of 2.5 mm TorchIO returns 60, of 64 of 0.5 mm MONAI
# 63 and nibabel 65, of 155 of 1 mm by way of 2 mm scipy 156. A mask that was predicted at another spacing does not lie on its scan.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 monai==1.6.1 torchio==1.2.1 nibabel==5.4.2 scipy==1.17.1 <<'PYTHON'
import monai, nibabel, nibabel.processing, numpy, scipy.ndimage, torch, torchio
def volume(n, a):
    return numpy.zeros((n, 4, 4), numpy.float32), numpy.diag([a, 1.0, 1.0, 1.0])
def by_monai(n, a, b):
    x, affine = volume(n, a)
    return monai.transforms.Spacing((b, 1, 1))(monai.data.MetaTensor(torch.from_numpy(x)[None], affine=torch.from_numpy(affine))).shape[1]
def by_torchio(n, a, b):
    x, affine = volume(n, a)
    return torchio.Resample((b, 1, 1))(torchio.ScalarImage(tensor=x[None], affine=affine)).shape[1]
ways = {"scipy": lambda n, a, b: scipy.ndimage.zoom(volume(n, a)[0], (a / b, 1, 1), order=1).shape[0], "TorchIO": by_torchio,
        "MONAI": by_monai, "nibabel": lambda n, a, b: nibabel.processing.resample_to_output(nibabel.Nifti1Image(*volume(n, a)), (b, 1, 1)).shape[0]}
for n, a, b, there, back in ((10, 3, 1, [30, 30, 28, 28], [10, 10, 10, 10]), (61, 2.5, 1, [152, 152, 151, 151], [61, 60, 61, 61]),
                             (64, 0.5, 1, [32, 32, 32, 33], [64, 64, 63, 65]), (100, 0.7, 1, [70, 70, 70, 71], [100, 100, 100, 101]),
                             (155, 1, 2, [78, 77, 78, 78], [156, 154, 155, 155]), (31, 1, 3, [10, 10, 11, 11], [30, 30, 31, 31])):
    seen = [way(n, a, b) for way in ways.values()]
    again = [way(m, b, a) for m, way in zip(seen, ways.values())]
    print(f"{n} of {a} mm at {b} mm:", dict(zip(ways, seen)), "and back:", again)
    assert seen == there and again == back
PYTHON
