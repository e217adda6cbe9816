#!/usr/bin/env bash
# tensorflow 2.21.0, keras 3.15.1, tf2onnx 1.17.0, onnxruntime 1.32.0.
# Guess: a Conv2DTranspose that adds a row and a column (output_padding) has its bias there: it is all that there is.
# Seen: in the file of tf2onnx they are 0. The bias goes into the ConvTranspose, and the Pad that adds the places stands behind
# it. Where the kernel is smaller than the stride the places that no window reaches lose it likewise. With one filter the Add
# stays behind the Pad, and all is right; so it is with padding "same" and a kernel of the stride's size or more, and with
# Conv1DTranspose. Sizes agree, nothing is said, and Keras' own export to ONNX does the same.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv tensorflow-cpu==2.21.0 keras==3.15.1 tf2onnx==1.17.0 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import logging, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
logging.disable(logging.CRITICAL)
import keras, numpy, onnxruntime, tensorflow as tf, tf2onnx
from keras.layers import Conv1DTranspose, Conv2DTranspose
def both(layer):
    x = numpy.ones([1] + [4] * layer.rank + [1], numpy.float32)
    net = keras.Sequential([keras.Input([None] * layer.rank + [1]), layer])
    layer.set_weights([numpy.ones(layer.kernel.shape), 10.0 * (1 + numpy.arange(layer.filters))])
    wanted, signature = net(x).numpy(), [tf.TensorSpec([None] * (layer.rank + 1) + [1])]
    files = {"tf2onnx": tf2onnx.convert.from_function(tf.function(lambda x: net(x)), signature, opset=18)[0].SerializeToString()}
    net.export("net.onnx", format="onnx", verbose=False)
    files["Keras"] = open("net.onnx", "rb").read()
    last = {"TensorFlow": wanted.reshape(-1, layer.filters)[-1].tolist()}
    for name, file in files.items():
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        seen = session.run(None, {session.get_inputs()[0].name: x})[0]
        assert seen.shape == wanted.shape
        last[name] = seen.reshape(-1, layer.filters)[-1].tolist()
    return last, numpy.count_nonzero(numpy.any(seen != wanted, -1))
for words, layer, wrong in (("3, stride 2, valid, output_padding 1", Conv2DTranspose(3, 3, strides=2, output_padding=1), 19),
                            ("4, stride 2, valid, output_padding 1", Conv2DTranspose(3, 4, strides=2, output_padding=1), 21),
                            ("2, stride 3, same", Conv2DTranspose(3, 2, strides=3, padding="same"), 23),
                            ("the first with one filter", Conv2DTranspose(1, 3, strides=2, output_padding=1), 0),
                            ("3, stride 2, same, output_padding 1", Conv2DTranspose(3, 3, strides=2, padding="same", output_padding=1), 0),
                            ("the first along one axis", Conv1DTranspose(3, 3, strides=2, output_padding=1), 0)):
    last, count = both(layer)
    print(f"{words}: {count} places differ; the last place: {last}")
    assert count == wrong and last["TensorFlow"][0] >= 10 and (max(last["tf2onnx"]) == max(last["Keras"]) == 0) == (wrong > 0)
PYTHON
