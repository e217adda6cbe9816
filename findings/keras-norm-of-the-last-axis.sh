#!/usr/bin/env bash
# keras 3.15.1 on torch 2.13.0 and on jax 0.10.2.
# Guess: LayerNormalization(axis=1) of tokens [batch, places, features] normalizes along the places, on every backend.
# Seen: on JAX it does. On PyTorch it raises where places and features differ in number ("normalized_shape"), and where they
# are as many it normalizes along the features and says nothing; axis=(1, 2) of a square map with as many channels takes
# columns and channels for rows and columns. RMSNormalization does the same. An axis that is the last one is right on both.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv keras==3.15.1 torch==2.13.0 jax==0.10.2 <<'PYTHON'
import json, os, subprocess, sys
if len(sys.argv) == 1:
    for backend, wanted in (("jax", ["as asked"] * 6), ("torch", ["refused", "refused", "last axes", "last axes", "last axes", "as asked"])):
        seen = json.loads(subprocess.run([sys.executable, "-W", "ignore", __file__, backend], check=True, capture_output=True,
                                         text=True).stdout.splitlines()[-1])
        for what, how in seen:
            print(backend, what, how)
        assert [how for _, how in seen] == wanted
    sys.exit()
os.environ["KERAS_BACKEND"] = sys.argv[1]
import keras, numpy
def how(kind, shape, axis):
    x = numpy.random.default_rng(0).normal(1, 2, shape).astype("float32")
    try:
        y = keras.ops.convert_to_numpy(getattr(keras.layers, kind)(axis=axis)(x))
    except RuntimeError:
        return "refused"
    def is_one(axes):
        size = numpy.square(y).mean(axes) if kind[0] == "R" else y.std(axes)
        return numpy.allclose(size, 1, atol=1e-2) and (kind[0] == "R" or numpy.allclose(y.mean(axes), 0, atol=1e-4))
    last = tuple(range(-len(axis) if isinstance(axis, tuple) else -1, 0))
    return "as asked" if is_one(axis) else "last axes" if is_one(last) else "other"
print(json.dumps([[f"{kind}(axis={axis}) of {shape}:", how(kind, shape, axis)] for kind, shape, axis in (
    ("LayerNormalization", (2, 6, 8), 1), ("LayerNormalization", (2, 6, 6, 8), (1, 2)), ("LayerNormalization", (2, 8, 8), 1),
    ("LayerNormalization", (2, 8, 8, 8), (1, 2)), ("RMSNormalization", (2, 8, 8), 1), ("LayerNormalization", (2, 6, 8), 2))]))
PYTHON
