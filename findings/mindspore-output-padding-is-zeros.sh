#!/usr/bin/env bash
# torch 2.13.0, mindspore 2.10.0 (on the CPU).
# Guess: nn.Conv2dTranspose of MindSpore with pad_mode="pad", which has PyTorch's arguments, is PyTorch's layer.
# Seen: its output_padding adds zeros behind the result, where PyTorch computes one place more of it. k 3, s 2, p 1 with
# output_padding 1, which most decoders double with, ends in a row and a column of zeros, without the bias even, at the right
# size and in silence. nn.Conv3dTranspose computes the places, as PyTorch does, and so does a padding of (1, 0, 1, 0) in place
# of both numbers. With padding 0 there is nothing to compute there but the bias.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 mindspore==2.10.0 <<'PYTHON'
import mindspore, numpy, torch
from mindspore import nn
def both(axes, kernel, padding, output_padding, there_padding=None):
    here = getattr(torch.nn, f"ConvTranspose{axes}d")(1, 1, kernel, 2, padding, output_padding)
    torch.nn.init.ones_(here.weight)
    torch.nn.init.constant_(here.bias, 10.0)
    options = {"padding": there_padding} if there_padding else {"padding": padding, "output_padding": output_padding}
    there = getattr(nn, f"Conv{axes}dTranspose")(1, 1, kernel, stride=2, pad_mode="pad", has_bias=True, **options)
    there.weight.set_data(mindspore.Tensor(here.weight.detach().numpy()))
    there.bias.set_data(mindspore.Tensor(here.bias.detach().numpy()))
    x = numpy.ones([1, 1] + [4] * axes, numpy.float32)
    a, b = here(torch.from_numpy(x)).detach().numpy(), there(mindspore.Tensor(x)).asnumpy()
    assert a.shape == b.shape
    middle = (0, 0) + (a.shape[2] // 2,) * (axes - 1)
    return a[middle], b[middle], int(numpy.count_nonzero(a != b))
for words, arguments, wrong, last in (("3, stride 2, padding 1, output_padding 1", (2, 3, 1, 1), 15, 0), ("5, stride 2, padding 2, output_padding 1", (2, 5, 2, 1), 15, 0),
                                      ("the first without output_padding", (2, 3, 1, 0), 0, None), ("the first over three axes", (3, 3, 1, 1), 0, None),
                                      ("the first as padding (1, 0, 1, 0)", (2, 3, 1, 1, (1, 0, 1, 0)), 0, None), ("padding 0, output_padding 1", (2, 3, 0, 1), 19, 0)):
    here, there, differ = both(*arguments)
    print(f"{words}: {differ} places differ; a row in the middle: PyTorch {here.tolist()}, MindSpore {there.tolist()}")
    assert differ == wrong and (last is None or (there[-1] == last and here[-1] >= 10))
PYTHON
