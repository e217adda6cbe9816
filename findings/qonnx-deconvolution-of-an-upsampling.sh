#!/usr/bin/env bash
# qonnx 1.0.0, onnx 1.23.2, onnxruntime 1.32.0.
# Guess: qonnx, whose transformations turn the upsampling of a decoder (Resize and Conv, or Conv and DepthToSpace) into one
# ConvTranspose, returns the same map, or leaves alone what it does not have; for some of that it warns.
# Seen: with odd kernels, whole factors and DepthToSpace in mode CRD, PyTorch's PixelShuffle, it is the same. An even kernel, padded by
# one more at the end, keeps its pads, where those of the ConvTranspose would be the other way round: a map of the right size that
# is shifted. DepthToSpace in mode DCR, the standard's default, is taken for CRD: with more than one channel other values. A
# Resize by 1.5 becomes one by 1: 6 for 9. Of a dilated convolution before the DepthToSpace it says that it is skipped, and does it: 13
# for 12.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv qonnx==1.0.0 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import numpy, onnx, onnxruntime, warnings
from onnx import TensorProto, helper, numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.resize_conv_to_deconv import ResizeConvolutionToDeconvolution
from qonnx.transformation.subpixel_to_deconv import SubPixelToDeconvolution
warnings.simplefilter("ignore")
onnxruntime.set_default_logger_severity(4)
random = numpy.random.default_rng(0)
def run(model, x):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
def conv(source, to, k, pads, dilation=1):
    return helper.make_node("Conv", [source, "w"], [to], kernel_shape=[k, k], pads=pads, strides=[1, 1], dilations=[dilation] * 2, group=1)
def check(name, nodes, tensors, transformation, wanted):
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 6, 6])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, list("NCHW"))],
                              [numpy_helper.from_array(value.astype(numpy.float32), name) for name, value in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    model, x = onnx.shape_inference.infer_shapes(model), random.standard_normal((1, 2, 6, 6)).astype(numpy.float32)
    after = ModelWrapper(model).transform(transformation()).model
    assert [node.op_type for node in after.graph.node] == ["ConvTranspose"]
    y, z = run(model, x), run(after, x)
    seen = f"{z.shape[2]} for {y.shape[2]}" if z.shape != y.shape else "same" if numpy.allclose(y, z, atol=1e-4) else "other values"
    if seen == "other values" and numpy.allclose(y[:, :, 1:-1, 1:-1], z[:, :, 2:, 2:], atol=1e-4):
        seen = "shifted by one"
    print(name + ":", seen)
    assert seen == wanted
for k, pads, factor, wanted in ((3, [1] * 4, 2, "same"), (5, [2] * 4, 3, "same"), (2, [0, 0, 1, 1], 2, "shifted by one"),
                                (4, [1, 1, 2, 2], 2, "shifted by one"), (3, [1] * 4, 1.5, "6 for 9")):
    resize = helper.make_node("Resize", ["x", "", "s"], ["u"], mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    check(f"Resize by {factor}, Conv k {k}, pads {pads}", [resize, conv("u", "y", k, pads)],
          {"s": numpy.array([1, 1, factor, factor]), "w": random.standard_normal((3, 2, k, k))}, ResizeConvolutionToDeconvolution, wanted)
for k, pads, dilation, mode, out, wanted in ((3, [1] * 4, 1, {"mode": "CRD"}, 8, "same"), (5, [2] * 4, 1, {"mode": "CRD"}, 8, "same"),
                                             (3, [1] * 4, 1, {}, 4, "same"), (3, [1] * 4, 1, {}, 8, "other values"),
                                             (3, [1] * 4, 1, {"mode": "DCR"}, 8, "other values"),
                                             (2, [1, 1, 0, 0], 1, {"mode": "CRD"}, 8, "other values"),
                                             (3, [2] * 4, 2, {"mode": "CRD"}, 8, "13 for 12")):
    check(f"Conv k {k}, pads {pads}, dilation {dilation}, {out} channels, DepthToSpace {mode}",
          [conv("x", "u", k, pads, dilation), helper.make_node("DepthToSpace", ["u"], ["y"], blocksize=2, **mode)],
          {"w": random.standard_normal((out, 2, k, k))}, SubPixelToDeconvolution, wanted)
PYTHON
