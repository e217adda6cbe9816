#!/usr/bin/env bash
# keras 3.15.1 on torch 2.13.0, on jax 0.10.2 and on openvino 2026.4.1 (for prediction).
# Guess: a Keras model returns on each backend the same values, up to rounding: its layers say what is computed.
# Seen: sizes agree. pad(mode="symmetric") by two or three repeats the border value on PyTorch, 0, 0, 0, 1 for 1, 0, 0, 1, as "edge" does. A
# bicubic UpSampling2D or Resizing is three curves: 0..7 doubled begins -0.088, 0.168, 0.71 on JAX, -0.105, 0.191, 0.668 on PyTorch, which has
# another coefficient (and JAX's with antialias=True, which should change no enlargement), and -0.07, 0.18, 0.727 on OpenVINO, which
# repeats the border. There a nearest resize of 8 to 3 takes places 2, 4, 7 for 1, 4, 6, and antialias=True of a bicubic one does nothing.
# What was trained on one and runs on another sees other images; bilinear is the same on all, with antialias and without.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv keras==3.15.1 torch==2.13.0 jax==0.10.2 openvino==2026.4.1 <<'PYTHON'
import json, os, pathlib, subprocess, sys
pathlib.Path("values.py").write_text("""
import json, keras, numpy
from keras import layers, ops
row = numpy.arange(8, dtype="float32").reshape(1, 1, 8, 1)
def values(y):
    return [round(float(value), 3) for value in numpy.ravel(ops.convert_to_numpy(y))]
def resized(size, how, antialias=False):
    return values(ops.image.resize(row, (1, size), interpolation=how, antialias=antialias))
seen = {f"symmetric by {n}": values(ops.pad(row[0, :, :4, 0], ((0, 0), (n, 0)), "symmetric")) for n in (1, 2, 3)}
seen["doubled"] = values(layers.UpSampling2D((1, 2), interpolation="bicubic")(row))[:4]
seen["doubled with antialias"] = resized(16, "bicubic", True)[:4]
seen["nearest, 3 of 8"] = resized(3, "nearest")
seen["bicubic, 4 of 8, with antialias"] = resized(4, "bicubic", True)[:2]
seen["bicubic, 4 of 8"] = resized(4, "bicubic")[:2]
for antialias in (False, True):
    seen["bilinear, 4 and 16 of 8", antialias] = resized(4, "bilinear", antialias) + resized(16, "bilinear", antialias)
print("seen " + json.dumps([[str(name), seen[name]] for name in seen]))
""")
seen = {}
for backend in ("jax", "torch", "openvino"):
    said = subprocess.run([sys.executable, "-W", "ignore", "values.py"], env=os.environ | {"KERAS_BACKEND": backend}, check=True,
                          capture_output=True, text=True).stdout
    seen[backend] = json.loads(said.split("seen ")[1])
for (name, jax), (_, torch), (_, openvino) in zip(*seen.values()):
    print(f"{name}: JAX {jax}, PyTorch {torch}, OpenVINO {openvino}")
    def near(wanted):
        return all(abs(a - b) < 0.006 for a, b in zip(sum(wanted, []), jax + torch + openvino, strict=True))
    wide = [0, 1, 2, 3]
    border = {"symmetric by 1": [[0] + wide] * 3, "symmetric by 2": [[1, 0] + wide, [0, 0] + wide, [1, 0] + wide],
              "symmetric by 3": [[2, 1, 0] + wide, [0, 0, 0] + wide, [2, 1, 0] + wide],
              "doubled": [[-0.088, 0.168, 0.71, 1.25], [-0.105, 0.191, 0.668, 1.297], [-0.07, 0.18, 0.727, 1.25]],
              "doubled with antialias": [[-0.088, 0.168, 0.71, 1.25]] * 2 + [[-0.07, 0.18, 0.727, 1.25]],
              "nearest, 3 of 8": [[1, 4, 6], [1, 4, 6], [2, 4, 7]], "bicubic, 4 of 8": [[0.412, 2.5], [0.406, 2.5], [0.438, 2.5]],
              "bicubic, 4 of 8, with antialias": [[0.544, 2.459]] * 2 + [[0.438, 2.5]]}
    assert near(border[name]) if name in border else near([jax] * 3)
PYTHON
