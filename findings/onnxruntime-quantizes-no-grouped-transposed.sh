#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0.
# Guess: quantize_static(per_channel=True) gives each channel that a layer returns its own scale: a convolution's and a transposed
# convolution's, with any number of groups.
# Seen: of a transposed convolution it gives a scale to each place of the weight's second axis, which are the channels of one
# group. With one group that is right. With several groups and a bias it raises, as there are more biases than scales; without a
# bias groups share their scales. Depthwise, as learned upsampling is, per_channel has one scale for all the channels: of weights that
# differ by 1,000 between channels the quietest become zeros. The same channels in a convolution keep theirs to a per cent.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 sympy==1.14.0 <<'PYTHON'
import logging, numpy, onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
logging.disable(logging.CRITICAL)
random = numpy.random.default_rng(0)
class Images(CalibrationDataReader):
    def __init__(self, channels):
        self.images = iter([{"x": random.standard_normal((1, channels, 9, 9)).astype(numpy.float32)} for _ in range(4)])
    def get_next(self):
        return next(self.images, None)
def quantized(kind, into, out, groups, bias):
    transposed = kind == "ConvTranspose"
    weight = random.standard_normal((into, out // groups, 4, 4) if transposed else (out, into // groups, 4, 4)).astype(numpy.float32)
    loudness = numpy.geomspace(0.001, 1, out).astype(numpy.float32)
    if not transposed or out == groups:
        weight *= loudness.reshape(-1, 1, 1, 1)
    tensors = [numpy_helper.from_array(weight, "w")]
    if bias:
        tensors.append(numpy_helper.from_array(random.standard_normal(out).astype(numpy.float32), "b"))
    node = helper.make_node(kind, ["x"] + [tensor.name for tensor in tensors], ["y"], strides=[2, 2], pads=[1] * 4, group=groups)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, into, 9, 9])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), "net.onnx")
    try:
        quantize_static("net.onnx", "small.onnx", Images(into), per_channel=True, quant_format=QuantFormat.QDQ, weight_type=QuantType.QInt8)
    except ValueError as error:
        return str(error), None
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load("small.onnx").graph.initializer}
    scale = stored["w_scale"]
    back = stored["w_quantized"] * scale.reshape((1, -1, 1, 1) if transposed else (-1, 1, 1, 1))
    return scale.size, float(numpy.linalg.norm((back - weight)[0]) / numpy.linalg.norm(weight[0]))
for kind, into, out, groups, bias, wanted in (("Conv", 8, 4, 1, True, 4), ("Conv", 8, 4, 2, True, 4), ("Conv", 8, 8, 8, True, 8),
                                              ("ConvTranspose", 8, 4, 1, True, 4), ("ConvTranspose", 8, 4, 2, False, 2),
                                              ("ConvTranspose", 8, 4, 2, True, "operands could not be broadcast together"),
                                              ("ConvTranspose", 4, 8, 2, True, "operands could not be broadcast together"),
                                              ("ConvTranspose", 8, 8, 8, True, 1), ("ConvTranspose", 8, 8, 8, False, 1)):
    scales, error = quantized(kind, into, out, groups, bias)
    print(f"{kind} of {into} to {out} channels in {groups} groups, {'with' if bias else 'no'} bias: scales {scales}, error of the first channel's weights {error}")
    assert str(scales).strip().startswith(str(wanted))
    if error is not None:
        assert error == 1 if kind == "ConvTranspose" and groups == 8 else error < 0.02
PYTHON
