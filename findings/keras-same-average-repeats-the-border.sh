#!/usr/bin/env bash
# keras 3.15.1 on torch 2.13.0 and on jax 0.10.2.
# Guess: AveragePooling with padding "same" averages what lies in the map, on every backend: the layer has one definition.
# Seen: on JAX it does. On PyTorch it does where the padding is as wide on both sides; where it is not, the border value is
# repeated and averaged with: 1, 2, 3, 10 in threes with stride 2 end in 7.667 for 6.5. An even map halved by a window of 3 is
# that case, and so is a window of 4 with stride 1. Sizes agree everywhere.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv keras==3.15.1 torch==2.13.0 jax==0.10.2 <<'PYTHON'
import json, os, subprocess, sys
cases = ((3, 2, [1, 2, 3, 10]), (3, 2, [1, 2, 3, 4, 10]), (4, 1, [1, 2, 3, 4, 10]), (4, 2, [1, 2, 3, 10]))
if len(sys.argv) == 1:
    jax, torch = (json.loads(subprocess.run([sys.executable, "-W", "ignore", __file__, backend], check=True, capture_output=True,
                                            text=True).stdout.splitlines()[-1]) for backend in ("jax", "torch"))
    for (window, stride, values), one, other in zip(cases, jax, torch):
        print(f"window {window}, stride {stride} of {values}: {one} on jax, {other} on torch")
    assert jax == [[2.0, 6.5], [1.5, 3.0, 7.0], [2.0, 2.5, 4.75, 5.667, 7.0], [2.0, 5.0]]
    assert torch == [[2.0, 7.667], [1.5, 3.0, 7.0], [1.75, 2.5, 4.75, 6.75, 8.5], [2.0, 5.0]]
    sys.exit()
os.environ["KERAS_BACKEND"] = sys.argv[1]
import keras, numpy
def pooled(window, stride, values):
    x = numpy.array(values, "float32").reshape(1, -1, 1)
    y = keras.ops.convert_to_numpy(keras.layers.AveragePooling1D(window, stride, "same")(x))
    return [round(float(value), 3) for value in y.ravel()]
print(json.dumps([pooled(*case) for case in cases]))
PYTHON
