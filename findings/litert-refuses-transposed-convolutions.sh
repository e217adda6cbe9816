#!/usr/bin/env bash
# torch 2.14.1, litert-torch 0.10.0, litert-converter 0.5.0, ai-edge-litert 2.3.0.
# Guess: the transposed convolution that most decoders use, k 3, s 2, p 1 with output_padding 1, is converted as any other.
# Seen: the converter ends in an error for it. What it takes is padding 0, or kernel_size - 2 padding = stride, which is
# TensorFlow's "same": 4, 2, 1; 6, 2, 2; 5, 3, 1; 8, 4, 2. A dilation is refused with any stride but 1.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.14.1 litert-torch==0.10.0 litert-converter==0.5.0 ai-edge-litert==2.3.0 torchao==0.18.0 <<'PYTHON'
import contextlib, io, warnings
warnings.filterwarnings("ignore")
import litert_torch, numpy, torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(1, 8, 5, 6)
for kernel, stride, padding, extra, dilation in ((3, 2, 1, 1, 1), (3, 2, 1, 0, 1), (5, 2, 2, 1, 1), (6, 2, 1, 0, 1), (3, 2, 0, 0, 2),
                                                 (4, 2, 1, 0, 1), (6, 2, 2, 0, 1), (5, 3, 1, 0, 1), (8, 4, 2, 0, 1), (3, 2, 0, 0, 1),
                                                 (3, 1, 1, 0, 2)):
    net = nn.ConvTranspose2d(8, 8, kernel, stride, padding, output_padding=extra, dilation=dilation).eval()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            there = torch.as_tensor(numpy.asarray(litert_torch.convert(net, (x,))(x)))
            assert torch.allclose(there, net(x), atol=1e-3)
            said = "runs"
        except ValueError:
            said = "refused"
    print(f"k {kernel}, s {stride}, p {padding}, output_padding {extra}, d {dilation}: {said}")
    takes = stride == 1 or (dilation == 1 and (padding == 0 or kernel - 2 * padding == stride))
    assert said == ("runs" if takes else "refused")
PYTHON
