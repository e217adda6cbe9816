#!/usr/bin/env bash
# tensorflow 2.21.0, tf2onnx 1.17.0, onnxruntime 1.32.0.
# Guess: `//` and `%` of whole numbers round down in the file of tf2onnx as in TensorFlow and Python: it has a FloorDiv to convert.
# Seen: FloorDiv becomes ONNX's Div, which rounds whole numbers towards zero, and FloorMod is computed with it. The two usual
# ways to pad go wrong with no word: (-n) % 8 rows more, to a multiple, is a negative padding, and 13 rows are cut to 8 where
# TensorFlow has 16, 7 rows to none; -(-n // 4) rounds down. tf.signal.frame with pad_end, and so stft with it, loses its last frame.
# (8 - n % 8) % 8 is right, and so are floats.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv tensorflow-cpu==2.21.0 tf2onnx==1.17.0 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import logging, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
logging.disable(logging.CRITICAL)
import numpy, onnxruntime, tensorflow as tf, tf2onnx
def sizes(step):
    file = tf2onnx.convert.from_function(tf.function(step), [tf.TensorSpec([None, None, 2])], opset=18)[0].SerializeToString()
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    seen = {}
    for rows in (7, 8, 13):
        x = numpy.ones([1, rows, 2], numpy.float32)
        seen[rows] = step(tf.constant(x)).shape[1], session.run(None, {session.get_inputs()[0].name: x})[0].shape[1]
    return seen
rows = lambda x: tf.shape(x)[1]
padded = lambda x, by: tf.pad(x, [[0, 0], [0, by], [0, 0]])
for words, step, wanted in (("(-n) % 8 rows more", lambda x: padded(x, -rows(x) % 8), {7: (8, 0), 8: (8, 8), 13: (16, 8)}),
                            ("-(-n // 4) rows of it", lambda x: x[:, :-(-rows(x) // 4)], {7: (2, 1), 8: (2, 2), 13: (4, 3)}),
                            ("frames of 4, 3 apart, pad_end", lambda x: tf.signal.frame(x, 4, 3, pad_end=True, axis=1), {7: (3, 2), 8: (3, 2), 13: (5, 4)}),
                            ("frames of 4, 3 apart", lambda x: tf.signal.frame(x, 4, 3, axis=1), {7: (2, 2), 8: (2, 2), 13: (4, 4)}),
                            ("(8 - n % 8) % 8 rows more", lambda x: padded(x, (8 - rows(x) % 8) % 8), {7: (8, 8), 8: (8, 8), 13: (16, 16)})):
    seen = sizes(step)
    print(f"{words}: rows: (TensorFlow, file)", seen)
    assert seen == wanted
PYTHON
