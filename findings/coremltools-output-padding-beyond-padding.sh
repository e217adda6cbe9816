#!/usr/bin/env bash
# torch 2.13.0, coremltools 9.0.
# Guess: a transposed convolution comes out of the converter with PyTorch's size, or is refused.
# Seen: where output_padding is larger than padding, the converted program declares
# (output_padding - padding)(stride - 1) - output_padding more than PyTorch returns (20 for 19, 23 for 20, 14 for 15), and
# says nothing. Where every padding is 0 and output_padding is not, the conversion ends in a TypeError.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 coremltools==9.0 <<'PYTHON'
import logging
logging.disable(logging.CRITICAL)
import torch, coremltools
def declared(net, size):
    x = torch.randn(1, 1, size, size)
    program = coremltools.convert(torch.jit.trace(net, x), convert_to="milinternal",
                                  inputs=[coremltools.TensorType(shape=tuple(x.shape))])
    return next(iter(program.functions.values())).outputs[0].shape[2], net(x).shape[2]
for stride, padding, output_padding, dilation in ((2, 1, 1, 1), (4, 1, 2, 1), (4, 1, 3, 1), (3, 1, 2, 1), (2, 1, 2, 3)):
    net = torch.nn.ConvTranspose2d(1, 1, 3, stride, padding, output_padding, dilation=dilation).eval()
    there, here = declared(net, 5)
    beyond = max(0, output_padding - padding)
    print(f"stride {stride}, padding {padding}, output_padding {output_padding}, dilation {dilation}:",
          f"torch {here}, coremltools {there}")
    assert there - here == (beyond * (stride - 1) - output_padding if beyond else 0)
try:
    declared(torch.nn.ConvTranspose2d(1, 1, 2, 2, 0, 1).eval(), 5)
    raise SystemExit("output_padding without padding is converted now")
except TypeError as error:
    print("padding 0, output_padding 1:", error)
PYTHON
