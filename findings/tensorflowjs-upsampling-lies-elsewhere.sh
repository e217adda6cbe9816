#!/usr/bin/env bash
# @tensorflow/tfjs 4.22.0 (npm; CPU), keras 3.15.1 on jax 0.10.2.
# Guess: a Keras model that tf.loadLayersModel takes returns in TensorFlow.js the size and the values that it has in Keras:
# layers and arguments are named alike.
# Seen: UpSampling2D with "bilinear" returns 0, 0.5, 1, 1.5, …, each value at its own place and the mean behind it, where Keras
# has 0, 0.25, 0.75, 1.25, …; "nearest" agrees. Conv2DTranspose has neither output_padding nor dilation_rate there: both are
# read and forgotten, so that 5x7 becomes 11x15 for 12x16, and 5x5 with a dilation of 2 becomes 7x7 for 9x9: a decoder that
# joins with a skip raises, or is smaller at its end. A Resizing loads and raises when the model is run: "x must be rank 3 or
# 4".
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
KERAS_BACKEND=jax in_venv keras==3.15.1 jax==0.10.2 <<'PYTHON'
import json, pathlib, subprocess
import keras, numpy
from keras import layers
pathlib.Path("package.json").write_text("{}")
subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "@tensorflow/tfjs@4.22.0"], check=True, stdout=subprocess.DEVNULL)
pathlib.Path("run.js").write_text("""
const tf = require('@tensorflow/tfjs');
const [topology, shape] = JSON.parse(process.argv[2]);
tf.models.modelFromJSON({modelTopology: topology}).then(model => {
  const y = model.predict(tf.range(0, shape.reduce((a, b) => a * b)).reshape(shape));
  console.log('seen ' + JSON.stringify([y.shape, Array.from(y.dataSync())]));
});
""")
def there(kind, shape, **config):
    layer = {"class_name": kind, "config": {"name": "it", "batch_input_shape": [None, *shape[1:]], "data_format": "channels_last", **config}}
    topology = {"class_name": "Sequential", "config": {"name": "net", "layers": [layer]}, "keras_version": "2.15.0"}
    said = subprocess.run(["node", "run.js", json.dumps([topology, shape])], check=True, capture_output=True, text=True).stdout
    size, values = json.loads(said.split("seen ")[1])
    return size, [round(value, 2) for value in values]
def here(layer, shape):
    y = numpy.asarray(layer(numpy.arange(numpy.prod(shape), dtype=numpy.float32).reshape(shape)))
    return list(y.shape), [round(float(value), 2) for value in y.ravel()]
row = [1, 1, 4, 1]
for how in ("nearest", "bilinear"):
    both = here(layers.UpSampling2D((1, 2), interpolation=how), row), there("UpSampling2D", row, interpolation=how, size=[1, 2])
    print(f"UpSampling2D, {how}: Keras {both[0][1]}, TensorFlow.js {both[1][1]}")
    assert both[0] == both[1] if how == "nearest" else both == ((row[:2] + [8, 1], [0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3]),
                                                                (row[:2] + [8, 1], [0, 0.5, 1, 1.5, 2, 2.5, 3, 3]))
try:
    there("Resizing", row, interpolation="nearest", height=1, width=7)
    raise SystemExit("Resizing runs")
except subprocess.CalledProcessError as error:
    print("Resizing:", next(line for line in error.stderr.splitlines() if line.startswith("Error:")))
    assert "must be rank 3 or 4" in error.stderr
for shape, more, wanted in (([1, 5, 7, 1], {"strides": [2, 2], "output_padding": [1, 1]}, ([1, 12, 16, 1], [1, 11, 15, 1])),
                            ([1, 5, 5, 1], {"strides": [1, 1], "dilation_rate": [2, 2]}, ([1, 9, 9, 1], [1, 7, 7, 1]))):
    made = layers.Conv2DTranspose(1, 3, padding="valid", **{name: tuple(value) for name, value in more.items()})
    both = here(made, shape)[0], there("Conv2DTranspose", shape, filters=1, kernel_size=[3, 3], padding="valid", **more)[0]
    print(f"Conv2DTranspose {more} of {shape}: Keras {both[0]}, TensorFlow.js {both[1]}")
    assert both == wanted
PYTHON
