#!/usr/bin/env bash
# torch 2.13.0, speechbrain 1.1.2 (torchaudio, which its convolutions import and do not use, is left out).
# Guess: ConvTranspose1d(padding="same") undoes Conv1d(padding="same") of one stride: n * stride where that is ceil(n / stride),
# whatever length the layer was made with.
# Seen: it is padded until the length is that which came in, as its text says, whatever the stride is, or one more where that is
# not to be had: with stride 2 and k 3 15 become 15 and 16 become 17, so that two layers down and two up make 5 of 16. The padding
# is computed once, from input_shape: the layer that makes 17 of 16 makes 185 of 100. An even kernel of stride 1 makes 16 of 15; a Conv1d
# refuses one. padding="factor" is near n * stride: 31 of 15, 33 of 16 with k 3, and 30, 32 with k 4.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 speechbrain==1.1.2 <<'PYTHON'
import sys, types
for name in ("torchaudio", "torchaudio.functional", "torchaudio.transforms"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torchaudio"].list_audio_backends = lambda: ["none"]
sys.modules["torchaudio"].__version__ = "2.11.0"
import torch
from speechbrain.nnet.CNN import Conv1d, ConvTranspose1d
def made(kind, kernel, stride, length, padding="same"):
    return kind(out_channels=2, kernel_size=kernel, stride=stride, input_shape=(1, length, 2), padding=padding)
def run(layer, length):
    return layer(torch.zeros(1, length, 2)).shape[1]
for kernel, stride, padding, wanted in ((3, 1, "same", (15, 16)), (4, 1, "same", (16, 17)), (3, 2, "same", (15, 17)), (4, 2, "same", (16, 16)),
                                        (5, 3, "same", (15, 16)), (3, 2, "factor", (31, 33)), (4, 2, "factor", (30, 32))):
    seen = tuple(run(made(ConvTranspose1d, kernel, stride, length, padding), length) for length in (15, 16))
    print(f"ConvTranspose1d k {kernel}, stride {stride}, padding {padding}: 15 and 16 become", seen)
    assert seen == wanted
seen = tuple(run(made(Conv1d, 3, 2, length), length) for length in (15, 16))
print("Conv1d k 3, stride 2, padding same: 15 and 16 become", seen)
assert seen == (8, 8)
lengths = [16]
for kind in (Conv1d, Conv1d, ConvTranspose1d, ConvTranspose1d):
    lengths.append(run(made(kind, 3, 2, lengths[-1]), lengths[-1]))
layer = made(ConvTranspose1d, 3, 2, 16)
print("down, down, up, up:", lengths, "made for 16, used with 100:", run(layer, 100))
assert lengths == [16, 8, 4, 5, 5] and run(layer, 100) == 185
try:
    made(Conv1d, 4, 1, 15)
    raise SystemExit("an even kernel is taken")
except ValueError as error:
    print("Conv1d k 4:", error)
PYTHON
