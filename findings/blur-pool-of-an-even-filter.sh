#!/usr/bin/env bash
# torch 2.14.1, torchvision 0.29.1, timm 1.0.31, kornia 0.9.0, antialiased-cnns 0.3.
# Guess: a BlurPool of stride 2 halves a map, whatever the filter and the library: 4 of 8 and of 7, at the same places.
# Seen: with filters of 3 and 5 it does. With one of 2 or 4, timm's BlurPool2d returns 5 of 8 and windows that lie one place
# further in front; kornia's and that of antialiased-cnns, which timm names as its source, return 4. A U-Net that pools so no
# longer joins in timm. kornia's own MaxBlurPool2D rounds down, to 3 of 7, where its BlurPool2D rounds up.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.14.1 torchvision==0.29.1 timm==1.0.31 kornia==0.9.0 antialiased-cnns==0.3 <<'PYTHON'
import antialiased_cnns, kornia, timm.layers, torch
ramp = torch.arange(17.).expand(1, 4, 17, 17).contiguous()
for filter_size in (2, 3, 4, 5):
    pools = {"timm": timm.layers.BlurPool2d(4, filter_size), "kornia": kornia.filters.BlurPool2D(filter_size),
             "antialiased-cnns": antialiased_cnns.BlurPool(4, filt_size=filter_size, stride=2)}
    sizes = {name: [pool(torch.ones(1, 4, n, n)).shape[-1] for n in (7, 8)] for name, pool in pools.items()}
    places = {name: round(float(pool(ramp)[0, 0, 4, 3]), 2) for name, pool in pools.items()}
    print(f"filter of {filter_size}: of 7 and 8", sizes, "the fourth lies at", places)
    even = filter_size % 2 == 0
    assert sizes == {"timm": [4, 5] if even else [4, 4], "kornia": [4, 4], "antialiased-cnns": [4, 4]}
    assert places == {"timm": 5.5, "kornia": 6.5, "antialiased-cnns": 6.5} if even else set(places.values()) == {6.0}
assert kornia.filters.MaxBlurPool2D(3)(torch.ones(1, 1, 7, 7)).shape[-1] == 3
PYTHON
