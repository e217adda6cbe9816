#!/usr/bin/env bash
# torch 2.13.0, hls4ml 1.3.0, qonnx 1.0.0, onnx 1.23.2.
# Guess: hls4ml, which refuses a convolution with groups or with padding that is no zeros, refuses what else it does not have; and
# a layer has one size, whether it comes from PyTorch or from ONNX.
# Seen: it refuses those, and takes pools with ceil_mode as if they rounded down, 7 for 8, and MaxPool with a dilation as if it
# had none, 13 for 11. Conv1d(padding="same") is padded by one on both sides whatever the kernel is: 16 become 18 with k 1, 14 with
# k 5, and 14 with k 3 and dilation 2. A dilated convolution from PyTorch with its padding as a number has PyTorch's size; from an
# ONNX file its kernel counts as k * d in place of (k - 1) * d + 1: 16, padded to stay 16, become 15 with d 2 and 14 with d 3, where a
# skip needs 16. This is with io_type="io_stream"; "io_parallel" raises where convolutions get another size.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 hls4ml==1.3.0 qonnx==1.0.0 onnx==1.23.2 onnxruntime==1.32.0 <<'PYTHON'
import contextlib, io, numpy, onnx, torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
import hls4ml, qonnx.util.cleanup
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
def size(convert, *arguments):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            return tuple(convert(*arguments).get_output_variables()[0].shape)
        except Exception as error:
            return str(error)
def from_torch(network, shape):
    config = hls4ml.utils.config_from_pytorch_model(network, shape, backend="Vivado", channels_last_conversion="off")
    return hls4ml.converters.convert_from_pytorch_model(network, hls_config=config, backend="Vivado", output_dir="there", io_type="io_stream")
def from_onnx(dilation):
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], pads=[dilation] * 4, dilations=[dilation] * 2, strides=[1, 1], group=1)
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 16, 16])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 16, 16])],
                              [numpy_helper.from_array(numpy.ones((4, 2, 3, 3), numpy.float32), "w")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    model = qonnx.util.cleanup.cleanup_model(ModelWrapper(model)).transform(ConvertToChannelsLastAndClean())
    model = qonnx.util.cleanup.cleanup_model(model)
    config = hls4ml.utils.config_from_onnx_model(model, granularity="name", backend="Vivado", default_precision="fixed<16,6>")
    return hls4ml.converters.convert_from_onnx_model(model, hls_config=config, backend="Vivado", output_dir="there", io_type="io_stream")
refusal = "not implemented yet"
for layer, shape, wanted in ((nn.MaxPool1d(3, 2, 1), (2, 15), (2, 8)), (nn.MaxPool1d(2, ceil_mode=True), (2, 15), (2, 7)),
                             (nn.MaxPool2d(2, ceil_mode=True), (2, 15, 15), (2, 7, 7)), (nn.AvgPool1d(2, ceil_mode=True), (2, 15), (2, 7)),
                             (nn.AvgPool2d(2, ceil_mode=True), (2, 15, 15), (2, 7, 7)), (nn.MaxPool1d(3, 1, dilation=2), (2, 15), (2, 13)),
                             (nn.MaxPool2d(3, 1, dilation=2), (2, 15, 15), (2, 13, 13)), (nn.Conv1d(2, 4, 3, padding=2, dilation=2), (2, 16), (4, 16)),
                             (nn.Conv1d(2, 4, 3, padding="same"), (2, 16), (4, 16)), (nn.Conv1d(2, 4, 1, padding="same"), (2, 16), (4, 18)),
                             (nn.Conv1d(2, 4, 5, padding="same"), (2, 16), (4, 14)),
                             (nn.Conv1d(2, 4, 3, padding="same", dilation=2), (2, 16), (4, 14)),
                             (nn.Conv1d(4, 4, 3, padding=1, groups=4), (4, 16), refusal),
                             (nn.Conv1d(4, 4, 3, padding=1, padding_mode="reflect"), (4, 16), refusal)):
    right, seen = tuple(layer(torch.zeros(1, *shape)).shape[1:]), size(from_torch, nn.Sequential(layer), shape)
    print(layer, "of", shape, "returns", right, "in PyTorch, hls4ml:", seen)
    assert wanted in seen if wanted == refusal else seen == wanted
for dilation in (1, 2, 3):
    seen = size(from_onnx, dilation)
    print("Conv of", (2, 16, 16), "with dilation and padding", dilation, "from ONNX, hls4ml:", seen)
    assert seen == (4, 17 - dilation, 17 - dilation)
PYTHON
