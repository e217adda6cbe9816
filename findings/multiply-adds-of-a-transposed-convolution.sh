#!/usr/bin/env bash
# torch 2.13.0, torchinfo 1.8.0, thop 0.1.1.post2209072238, fvcore 0.1.5.post20221221, ptflops 0.7.5.
# Guess: tools that count multiply-adds agree on one layer, up to the bias.
# Seen: ConvTranspose2d(8, 4, 4, stride=2, padding=1, bias=False) multiplies each of its 10x10 positions with 8*4*16
# weights: 51,200. fvcore, ptflops and torch's own counter say so; torchinfo and thop count its 20x20 outputs instead and
# say 204,800, stride times stride too many. torchinfo counts a Linear(8, 4) over five tokens once (32 and its bias), not
# five times.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 torchinfo==1.8.0 thop==0.1.1.post2209072238 fvcore==0.1.5.post20221221 ptflops==0.7.5 <<'PYTHON'
import contextlib, io, thop, torch, torchinfo
from fvcore.nn import FlopCountAnalysis
from ptflops import get_model_complexity_info
from torch.utils.flop_counter import FlopCounterMode
def counts(net, x):
    with FlopCounterMode(display=False) as counter:
        net(x)
    silent = io.StringIO()
    with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
        return {"torch": counter.get_total_flops() // 2,
                "fvcore": int(FlopCountAnalysis(net, x).total()),
                "ptflops": int(get_model_complexity_info(net, tuple(x.shape[1:]), as_strings=False, verbose=False,
                                                         print_per_layer_stat=False)[0]),
                "torchinfo": torchinfo.summary(net, input_data=x, verbose=0).total_mult_adds,
                "thop": int(thop.profile(net, (x,), verbose=False)[0])}
up = counts(torch.nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1, bias=False).eval(), torch.randn(1, 8, 10, 10))
tokens = counts(torch.nn.Linear(8, 4).eval(), torch.randn(1, 5, 8))
print("transposed:", up)
print("Linear over five tokens:", tokens)
assert [up[tool] for tool in ("torch", "fvcore", "ptflops", "torchinfo", "thop")] == [51200, 51200, 51200, 204800, 204800]
assert tokens["torch"] == tokens["fvcore"] == 160 and tokens["torchinfo"] == 36
PYTHON
