#!/usr/bin/env bash
# torch 2.13.0, torch-geometric 2.8.1.
# Guess: TopKPooling(ratio=0.5) keeps ceil(ratio * n) nodes, as documented, whatever the type of their features is.
# Seen: the number of nodes is computed in that type. In bfloat16, which has 8 bits, half of 257 nodes is 128, not 129, and half
# of 4,099 is 2,048, not 2,050. And a ratio that is no binary fraction differs between float and double: 0.3 of 700 is 211 in
# float, 210 in double; 0.07 of 100 is 7 in float, 8 in double. SAGPooling has the same. Under autocast features stay float and
# it does not show.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 torch-geometric==2.8.1 <<'PYTHON'
import torch
from torch_geometric.nn import TopKPooling
def kept(n, ratio, kind):
    ring = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
    return TopKPooling(4, ratio=ratio).to(kind)(torch.randn(n, 4).to(kind), ring)[0].shape[0]
for n, ratio, wanted in ((256, 0.5, (128, 128, 128)), (257, 0.5, (129, 129, 128)), (4099, 0.5, (2050, 2050, 2048)),
                         (700, 0.3, (210, 211, 210)), (100, 0.07, (8, 7, 7))):
    seen = tuple(kept(n, ratio, kind) for kind in (torch.float64, torch.float32, torch.bfloat16))
    print(f"{ratio} of {n} nodes in double, float, bfloat16:", *seen)
    assert seen == wanted
PYTHON
