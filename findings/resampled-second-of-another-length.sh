#!/usr/bin/env bash
# scipy 1.17.1, librosa 0.11.0, soxr 1.1.0, torch 2.13.0, julius 0.2.8.
# Guess: a signal that is resampled from rate a to rate b has ceil(n * b / a) samples, as scipy's resample_poly says of itself:
# a second is b samples.
# Seen: three lengths. julius rounds down, soxr to the nearest, scipy and librosa up: 1,000 samples from 44,100 to 48,000 Hz are
# 1,088, 1,088, 1,089 and 1,089. And librosa takes the quotient of the rates first: a second of 44,100 Hz at 24,000 Hz is 24,001
# samples, the last of which is a 0 that it pads with, as n * (b / a) is a little more than whole. A codec with a hop that
# divides 24,000 then sees one hop more, or drops the rest.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 scipy==1.17.1 librosa==0.11.0 soxr==1.1.0 julius==0.2.8 <<'PYTHON'
import math
import julius, librosa, numpy, scipy.signal, soxr, torch
def resampled(n, a, b):
    x, common = numpy.ones(n, numpy.float32), math.gcd(a, b)
    return (scipy.signal.resample_poly(x, b // common, a // common), librosa.resample(x, orig_sr=a, target_sr=b), soxr.resample(x, a, b),
            julius.resample_frac(torch.from_numpy(x), a, b).numpy())
for n, a, b, wanted in ((1000, 44100, 48000, (1089, 1089, 1088, 1088)), (1000, 22050, 16000, (726, 726, 726, 725)),
                        (1000, 16000, 44100, (2757, 2757, 2756, 2756)), (44100, 44100, 24000, (24000, 24001, 24000, 24000))):
    seen = resampled(n, a, b)
    print(f"{n} samples from {a} to {b} Hz, {n * b / a:.2f}: scipy, librosa, soxr, julius:", *map(len, seen))
    assert tuple(map(len, seen)) == wanted
assert seen[1][-1] == 0 and seen[1][-2] > 0.4
PYTHON
