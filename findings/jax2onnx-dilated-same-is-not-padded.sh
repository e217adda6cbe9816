#!/usr/bin/env bash
# flax 0.12.8, jax 0.10.2, jax2onnx 0.17.1, onnxruntime 1.32.0.
# Guess: a convolution that is exported rightly with fixed sizes is exported rightly with free ones, or refused.
# Seen: nnx.Conv with padding SAME, the default, and a kernel_dilation has no padding at all in the file where its sizes are free: 9x9
# comes out as 5x5 with dilation 2 and as 3x3 with 3, so that a stack of dilated layers shrinks and its skips do not meet. With
# fixed sizes the file is right, and so is one without a dilation with both. Nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv flax==0.12.8 jax==0.10.2 jax2onnx==0.17.1 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import logging, warnings
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import jax2onnx, numpy, onnxruntime
from flax import nnx
onnxruntime.set_default_logger_severity(4)
x = numpy.arange(81, dtype=numpy.float32).reshape(1, 9, 9, 1)
for dilation, padding, wanted in ((1, "SAME", 9), (2, "SAME", 5), (3, "SAME", 3), (2, "VALID", 5)):
    layer = nnx.Conv(1, 1, (3, 3), kernel_dilation=dilation, padding=padding, rngs=nnx.Rngs(0))
    here = numpy.asarray(layer(x))
    for sizes in ((9, 9), ("H", "W")):
        file = jax2onnx.to_onnx(layer, [(1, *sizes, 1)]).SerializeToString()
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        there = session.run(None, {session.get_inputs()[0].name: x})[0]
        print(f"dilation {dilation}, {padding}, exported for {sizes}: JAX {here.shape[1:3]}, file {there.shape[1:3]}")
        assert there.shape[1] == (here.shape[1] if sizes == (9, 9) else wanted)
        assert there.shape != here.shape or numpy.allclose(here, there, atol=1e-3)
PYTHON
