#!/usr/bin/env bash
# flax 0.12.8, jax 0.10.2.
# Guess: Conv with padding CIRCULAR or REFLECT in place of SAME changes what lies beyond the border, and no value that sees none.
# Seen: with stride 1 that is so. With stride 2 the windows move: SAME pads what the stride needs, one value for 3 over an even
# length, behind it; CIRCULAR and REFLECT pad (kernel - 1) // 2 in front whatever the stride is. A window of 3 lies around place
# 2 i with them and around 2 i + 1 with SAME. Sizes agree. A window of 4, and one of 3 over an odd length, lie alike.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv flax==0.12.8 jax==0.10.2 <<'PYTHON'
import numpy
from flax import linen
def first_places(kernel, stride, length):
    # a kernel that picks the first value of its window: what each output is, counted up
    weight = numpy.zeros((kernel, 1, 1), numpy.float32)
    weight[0] = 1
    x = numpy.arange(length, dtype=numpy.float32).reshape(1, length, 1)
    layers = (linen.Conv(1, (kernel,), (stride,), padding=mode, use_bias=False) for mode in ("SAME", "CIRCULAR", "REFLECT"))
    return [numpy.asarray(layer.apply({"params": {"kernel": weight}}, x)).ravel().astype(int).tolist() for layer in layers]
for kernel, stride, length, moved in ((3, 2, 12, True), (5, 2, 12, True), (3, 1, 12, False), (4, 2, 12, False), (3, 2, 11, False)):
    same, circular, reflect = first_places(kernel, stride, length)
    print(f"Conv {kernel}, stride {stride} of {length}, windows start at: SAME {same}, CIRCULAR {circular}, REFLECT {reflect}")
    assert len(same) == len(circular) == len(reflect)
    middle = len(same) // 2
    assert circular[middle] == reflect[middle] == same[middle] - moved
PYTHON
