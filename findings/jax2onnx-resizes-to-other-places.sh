#!/usr/bin/env bash
# jax 0.10.2, jax2onnx 0.17.1, onnxruntime 1.32.0.
# Guess: jax.image.resize is exported with ONNX's attributes for the places that JAX takes, or refused.
# Seen: linear without antialias is right, and so is a doubling by nearest. Nearest to other sizes takes other values: 8 to 4 are
# places 1, 3, 5, 7 in JAX and 0, 2, 4, 6 in the file. A cubic doubling is right but for three values at each border: JAX shares out
# the weights that lie beyond the map, 0 becomes -0.088, and the file repeats the border value, -0.07. Sizes agree, nothing is said.
# antialias=True, JAX's own way of a linear or cubic resize, is refused.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv jax==0.10.2 jax2onnx==0.17.1 flax==0.12.8 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import logging, warnings
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import jax, jax2onnx, numpy, onnx, onnxruntime
onnxruntime.set_default_logger_severity(4)
def both(values, to, method, **options):
    x = numpy.tile(numpy.array(values, numpy.float32)[None, :, None, None], (1, 1, 2, 1))
    step = lambda x: jax.image.resize(x, (1, to, 2, 1), method, **options)
    model = jax2onnx.to_onnx(step, [x.shape])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    there = session.run(None, {session.get_inputs()[0].name: x})[0]
    here = numpy.asarray(step(x))
    assert here.shape == there.shape
    return [[round(float(value), 3) for value in result[0, :, 0, 0]] for result in (here, there)]
places, edge = range(8), [0, 0, 0, 0, 1, 1, 1, 1]
for words, values, to, method, alike in (("nearest", places, 4, "nearest", False), ("nearest", places, 5, "nearest", False), ("nearest", places, 13, "nearest", False),
                                         ("nearest", places, 16, "nearest", True), ("linear", places, 4, "linear", True),
                                         ("linear", places, 13, "linear", True), ("cubic of a step", edge, 16, "cubic", True), ("cubic", places, 16, "cubic", False)):
    here, there = both(values, to, method, antialias=False)
    print(f"{words}, 8 to {to}: JAX {here}, the file {there}")
    assert (here == there) == alike
    assert to != 4 or method != "nearest" or (here == [1, 3, 5, 7] and there == [0, 2, 4, 6])
    assert method != "cubic" or here[3:-3] == there[3:-3]
for method in ("linear", "cubic"):
    try:
        both(places, 4, method)
        refused = False
    except NotImplementedError:
        refused = True
    assert refused
PYTHON
