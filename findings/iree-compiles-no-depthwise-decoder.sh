#!/usr/bin/env bash
# torch 2.13.0, iree-base-compiler 3.13.0, onnx 1.23.2.
# Guess: a compiler that takes a transposed convolution and a bilinear resize takes them with every number of groups and axes.
# Seen: IREE compiles a ConvTranspose with one group and with two, and not a depthwise one, the cheap decoder's: "expected
# reassociation map #0 to have size equal to the expanded rank". Padding that differs between start and end, and
# output_shape, end in "failed to legalize". A linear Resize compiles over two axes and not over one or three, so no decoder of
# sound or volumes that resizes does. Transposed convolutions of one and three axes compile.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv "iree-base-compiler[onnx]==3.13.0" onnx==1.23.2 <<'PYTHON'
import numpy, onnx, subprocess, sys, os
from onnx import TensorProto, helper, numpy_helper
tools = os.path.dirname(sys.executable)
def compiles(kind, shape, constants, **attributes):
    names = [f"c{i}" if value is not None else "" for i, value in enumerate(constants)]
    held = [numpy_helper.from_array(value, name) for name, value in zip(names, constants) if name]
    graph = helper.make_graph([helper.make_node(kind, ["x", *names], ["y"], **attributes)], "g",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], held)
    model = onnx.shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, "net.onnx")
    subprocess.run([f"{tools}/iree-import-onnx", "net.onnx", "-o", "net.mlir"], check=True, capture_output=True)
    flags = ["--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=generic"]
    done = subprocess.run([f"{tools}/iree-compile", "net.mlir", *flags, "-o", "net.vmfb"], capture_output=True, text=True)
    assert done.returncode == 0 or "expected reassociation map" in done.stderr or "failed to legalize" in done.stderr
    return done.returncode == 0
def transposed(axes, groups, **attributes):
    weight = numpy.ones([4, 4 // groups] + [4] * axes, numpy.float32)
    attributes = {"pads": [1] * (2 * axes)} | attributes if "output_shape" not in attributes else attributes
    return compiles("ConvTranspose", [1, 4] + [5] * axes, [weight], strides=[2] * axes, group=groups, **attributes)
def resized(axes):
    return compiles("Resize", [1, 4] + [5] * axes, [None, numpy.array([1, 1] + [2] * axes, numpy.float32)], mode="linear")
seen = {"transposed, one group": transposed(2, 1), "two groups": transposed(2, 2), "depthwise": transposed(2, 4),
        "pads [0, 1, 1, 0]": transposed(2, 1, pads=[0, 1, 1, 0]), "output_shape": transposed(2, 1, output_shape=[10, 10]),
        "one axis": transposed(1, 1), "three axes": transposed(3, 1), "linear resize, two axes": resized(2), "one": resized(1), "three": resized(3)}
print("\n".join(f"{words}: {'compiles' if done else 'does not'}" for words, done in seen.items()))
assert list(seen.values()) == [True, True, False, False, False, True, True, True, False, False]
PYTHON
