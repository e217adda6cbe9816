#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, openvino 2026.4.1, tract 0.23.9.
# Guess: the output_shape of a transposed convolution says where the map is cut: by the standard on both sides, of an odd
# number one more at the start, and with SAME_UPPER one more at the end. Groups have no part in that.
# Seen: onnxruntime does so. OpenVINO cuts on both sides where there is one group, and at the end alone where there are more:
# the map of a depthwise upsampler lies one place or two further on, at the right size. With SAME_UPPER and one group it takes
# the odd one from the start. tract cuts at the end for every number of groups. Nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1 tract==0.23.9 <<'PYTHON'
import numpy, onnx, onnxruntime, openvino, tract
from onnx import TensorProto, helper, numpy_helper
def cut_at_the_start(groups, size, **more):
    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], kernel_shape=[4], strides=[2], group=groups, output_shape=[size], **more)
    weight = numpy_helper.from_array(numpy.tile(numpy.float32([1, 2, 3, 4]), (groups, 1, 1)), "w")
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, groups, 5])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, groups, size])], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    x = numpy.repeat(numpy.float32([[[1, 10, 100, 1000, 10000]]]), groups, 1)
    whole = numpy.zeros(12)  # what there is before the cut
    for place in range(5):
        whole[2 * place:2 * place + 4] += x[0, 0, place] * numpy.array([1, 2, 3, 4])
    core = openvino.Core()
    ways = [onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0],
            core.compile_model(core.read_model("net.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(x)[0]]
    if not more:
        ways.append(tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy())
    assert all(y.shape == (1, groups, size) for y in ways)
    return [next(at for at in range(13 - size) if numpy.allclose(y[0, 0], whole[at:at + size])) for y in ways]
for groups, size, more, wanted in ((1, 10, {}, [1, 1, 0]), (4, 10, {}, [1, 0, 0]), (1, 9, {}, [2, 2, 0]), (4, 9, {}, [2, 0, 0]), (4, 12, {}, [0, 0, 0]),
                                   (1, 9, {"auto_pad": "SAME_UPPER"}, [1, 2]), (4, 9, {"auto_pad": "SAME_UPPER"}, [1, 0])):
    seen = cut_at_the_start(groups, size, **more)
    print(f"{groups} group(s), {size} of 12 values {more or ''}: cut at the start by onnxruntime, OpenVINO, tract:", *seen)
    assert seen == wanted
PYTHON
