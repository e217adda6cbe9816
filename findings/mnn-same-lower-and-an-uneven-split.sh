#!/usr/bin/env bash
# onnx 1.23.2, onnxruntime 1.32.0, MNN 3.6.1.
# Guess: MNN's converter, which takes both words for padding "same" and the sizes of a Split, reads them as the standard has them.
# Seen: SAME_LOWER is run as SAME_UPPER, by a convolution and by a pool: with stride 2 each window of an even length lies one place further on,
# and an encoder of four such stages sees 15 places beside where it was trained to. And a Split of 7 in three (num_outputs) is 2, 2 and 2
# for 3, 3 and 1: the last place is lost, and every part but the first begins elsewhere. Nothing is said. SAME_UPPER, and a Split without
# a rest, are right.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv onnx==1.23.2 onnxruntime==1.32.0 MNN==3.6.1 <<'PYTHON'
import subprocess, sys
import MNN.expr, MNN.nn, numpy, onnx, onnxruntime
def both(op, x, parts=(), outputs=1, **attributes):
    parts = dict(parts)
    names = [f"y{i}" for i in range(outputs)]
    graph = onnx.helper.make_graph([onnx.helper.make_node(op, ["x", *parts], names, **attributes)], "net",
                                   [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, x.shape)],
                                   [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names],
                                   [onnx.numpy_helper.from_array(v, k) for k, v in parts.items()])
    model = onnx.shape_inference.infer_shapes(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    subprocess.run([sys.executable, "-m", "MNN.tools.mnnconvert", "-f", "ONNX", "--modelFile", "net.onnx", "--MNNModel", "net.mnn", "--bizCode", "net"],
                   check=True, capture_output=True)
    module = MNN.nn.load_module_from_file("net.mnn", ["x"], names)
    there = module.forward([MNN.expr.const(x.flatten().tolist(), list(x.shape), MNN.expr.NCHW)])
    there = [numpy.array(MNN.expr.convert(y, MNN.expr.NCHW).read()).reshape(y.shape) for y in there]
    return onnxruntime.InferenceSession("net.onnx").run(None, {"x": x}), there
column = numpy.arange(1, 9, dtype=numpy.float32).reshape(1, 1, 8, 1)
for op, parts, attributes in (("MaxPool", {}, {"kernel_shape": [3, 1]}),
                              ("Conv", {"w": numpy.array([1, 2, 4], numpy.float32).reshape(1, 1, 3, 1)}, {})):
    (upper,), (upper_there,) = both(op, column, parts, strides=[2, 1], auto_pad="SAME_UPPER", **attributes)
    (lower,), (lower_there,) = both(op, column, parts, strides=[2, 1], auto_pad="SAME_LOWER", **attributes)
    print(f"{op} with SAME_LOWER:", lower.ravel().tolist(), "MNN", lower_there.ravel().tolist())
    assert numpy.array_equal(upper, upper_there) and numpy.array_equal(upper, lower_there) and not numpy.array_equal(lower, lower_there)
for length, count, wanted in ((6, 3, [2, 2, 2]), (7, 3, [2, 2, 2])):
    right, there = both("Split", numpy.arange(length, dtype=numpy.float32).reshape(1, length), outputs=count, num_outputs=count, axis=1)
    print(f"Split of {length} in {count}:", [y.shape[1] for y in right], "MNN", [y.shape[1] for y in there])
    assert [y.shape[1] for y in there] == wanted and numpy.concatenate(there, 1).ravel().tolist() == list(range(sum(wanted)))
    assert [y.shape[1] for y in right] == [-(-length // count)] * (count - 1) + [length + -(-length // count) * (1 - count)]
PYTHON
