#!/usr/bin/env bash
# tensorflow 2.21.0, keras 3.15.1, ai-edge-litert 2.3.0.
# Guess: the interpreter that TensorFlow still has, tf.lite.Interpreter, runs a convolution as TensorFlow and LiteRT do.
# Seen: not with padding "same" where the stride is longer than the kernel, as where a map is read in every third place. Where
# the last windows end within the map, so that less than no padding is needed, it returns zeros, all of them: for a kernel of 2
# and a stride of 3 at 6, 9, 12 values, not at 7 or 8. Its own kernels without the delegate that it takes by default are right.
# LiteRT, which it is to be replaced by, is right on the same file. Size and messages are the same.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv tensorflow==2.21.0 keras==3.15.1 ai-edge-litert==2.3.0 <<'PYTHON'
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy, tensorflow
from ai_edge_litert import interpreter as litert
def run(where, data, x, kernels):
    network = where.Interpreter(model_content=data, experimental_op_resolver_type=kernels)
    network.resize_tensor_input(network.get_input_details()[0]["index"], x.shape)
    network.allocate_tensors()
    network.set_tensor(network.get_input_details()[0]["index"], x)
    network.invoke()
    return network.get_tensor(network.get_output_details()[0]["index"]).ravel().tolist()
given = keras.Input((1, None, 1), batch_size=1)
layer = keras.layers.Conv2D(1, (1, 2), (1, 3), "same", use_bias=False)
model = keras.Model(given, layer(given))
layer.set_weights([numpy.float32([1, 10]).reshape(1, 2, 1, 1)])
model.export("saved", verbose=False)
data = tensorflow.lite.TFLiteConverter.from_saved_model("saved").convert()
kinds = tensorflow.lite.experimental.OpResolverType
for n in range(5, 13):
    x = numpy.arange(1, n + 1, dtype=numpy.float32).reshape(1, 1, n, 1)
    right = numpy.asarray(model(x)).ravel().tolist()
    default = run(tensorflow.lite, data, x, kinds.AUTO)
    assert right == run(tensorflow.lite, data, x, kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    assert right == run(litert, data, x, litert.OpResolverType.AUTO)
    print(f"{n} values: Keras, LiteRT {right}, tf.lite {default}")
    assert default == (right if n % 3 else [0.0] * len(right))
PYTHON
