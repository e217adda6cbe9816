#!/usr/bin/env bash
# torch 2.13.0, transformers 5.24.0.
# Guess: Swin2SRForImageSuperResolution, which pads an image to a multiple of its window in front of the first layer and
# cuts the result to twice the image's own size, takes an image of every size.
# Seen: it takes the multiples of the window alone. What was padded is turned back into a map by the size that the image
# had before: 21504 numbers as 1x24x25x32, "shape ... is invalid". Padding by hand and a cut behind give every size.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 transformers==5.24.0 <<'PYTHON'
import torch
from transformers import Swin2SRConfig, Swin2SRForImageSuperResolution
torch.set_grad_enabled(False)
for window in (4, 8):
    config = Swin2SRConfig(image_size=32, embed_dim=24, depths=[2, 2], num_heads=[2, 2], window_size=window)
    net = Swin2SRForImageSuperResolution(config).eval()
    taken, refused = [], []
    for rows in range(24, 41):
        image = torch.rand(1, 3, rows, 32)
        try:
            assert net(image).reconstruction.shape == (1, 3, 2 * rows, 64)
            taken.append(rows)
        except RuntimeError as error:
            assert "is invalid for input of size" in str(error), error
            refused.append(rows)
        padded = torch.nn.functional.pad(image, (0, 0, 0, -rows % window), "reflect")
        assert net(padded).reconstruction[:, :, : 2 * rows].shape == (1, 3, 2 * rows, 64)
    print(f"window {window}: takes {taken} rows, refuses {refused}")
    assert taken == [rows for rows in range(24, 41) if rows % window == 0]
PYTHON
