#!/usr/bin/env bash
# keras 3.15.1, tensorflow 2.21.0.
# Guess: UpSampling2D is exported with free sizes whatever its interpolation is: a U-Net of [None, None] is what one exports.
# Seen: on TensorFlow "nearest" is, and "bilinear" and "bicubic" raise in the export, "Using a symbolic `tf.Tensor` as a Python
# `bool` is not allowed", as in any tf.function with free sizes. A call and predict, which traces with the sizes at hand, run all
# three, so training and tests show nothing. With fixed sizes, or with Resizing, which asks for no factor, the export succeeds.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv tensorflow-cpu==2.21.0 keras==3.15.1 <<'PYTHON'
import logging, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
logging.disable(logging.CRITICAL)
import keras, numpy, tensorflow as tf
from keras.layers import Resizing, UpSampling2D
def outcome(run):
    try:
        run()
        return "runs"
    except tf.errors.OperatorNotAllowedInGraphError as error:
        return "raises: " + str("symbolic `tf.Tensor` as a Python `bool`" in str(error))
    except Exception as error:
        return type(error).__name__
x = numpy.ones([1, 4, 6, 2], numpy.float32)
raises = "raises: True"
for words, layer, size, wanted in (("nearest", UpSampling2D(2, interpolation="nearest"), None, "runs"),
                                   ("bilinear", UpSampling2D(2, interpolation="bilinear"), None, raises),
                                   ("bicubic", UpSampling2D(2, interpolation="bicubic"), None, raises),
                                   ("bilinear of 4x6", UpSampling2D(2, interpolation="bilinear"), (4, 6), "runs"),
                                   ("Resizing, bilinear", Resizing(8, 12, interpolation="bilinear"), None, "runs")):
    net = keras.Sequential([keras.Input([*(size or (None, None)), 2]), layer])
    assert net(x).shape == net.predict(x, verbose=0).shape == (1, 8, 12, 2)
    seen = outcome(lambda: net.export("saved", verbose=False))
    print(f"{words}: call and predict run, the export {seen}")
    assert seen == wanted
PYTHON
