#!/usr/bin/env bash
# paddlepaddle 3.3.1, paddle2onnx 2.1.0, onnxruntime 1.32.0.
# Guess: a transposed convolution with padding "SAME" returns size * stride, as in TensorFlow, Keras, JAX, MindSpore and ONNX.
# Seen: Paddle takes the padding that a convolution of that size would need. With stride 2 an even size is doubled and an odd one becomes
# 2 n - 1; with stride 3, 3 n less 0, 1 or 2: 4, 5 and 6 become 10, 14 and 18. Sizes 3 and 4 are two apart for stride 3, not three. The kernel
# has no part in it, and one, two and three axes do so. The file of paddle2onnx says SAME_UPPER and returns n * stride for all,
# so that a decoder whose skips meet in Paddle does not run, or joins other places, in onnxruntime.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv paddlepaddle==3.3.1 paddle2onnx==2.1.0 onnx==1.17.0 onnxruntime==1.32.0 setuptools==80.9.0 <<'PYTHON'
import contextlib, io, onnxruntime, paddle
from paddle import nn
sizes = range(4, 10)
def there(layer):
    paddle.onnx.export(layer, "net", input_spec=[paddle.static.InputSpec([None, 1, None, None], "float32", "x")], opset_version=17, optimize_tool="None")
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    return [session.run(None, {"x": paddle.ones([1, 1, n, n]).numpy()})[0].shape[2] for n in sizes]
for kernel, stride, wanted in ((3, 2, [8, 9, 12, 13, 16, 17]), (4, 2, [8, 9, 12, 13, 16, 17]), (3, 3, [10, 14, 18, 19, 23, 27]),
                               (5, 3, [10, 14, 18, 19, 23, 27])):
    layer = nn.Conv2DTranspose(1, 1, kernel, stride, "SAME")
    here = [layer(paddle.ones([1, 1, n, n])).shape[2] for n in sizes]
    file = there(layer)
    print(f"kernel {kernel}, stride {stride}, sizes {list(sizes)}: Paddle {here}, the file {file}")
    assert here == wanted and file == [n * stride for n in sizes]
    for kind, axes in ((nn.Conv1DTranspose, 1), (nn.Conv3DTranspose, 3)):
        assert [kind(1, 1, kernel, stride, "SAME")(paddle.ones([1, 1] + [n] * axes)).shape[2] for n in sizes] == wanted
layer = nn.Conv2D(1, 1, 3, 2, "SAME")
assert [layer(paddle.ones([1, 1, n, n])).shape[2] for n in sizes] == there(layer) == [2, 3, 3, 4, 4, 5]
PYTHON
