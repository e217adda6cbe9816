#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2, onnxruntime 1.32.0, onnxconverter-common 1.16.0.
# Guess: a file that is converted to half precision computes its values in half, and its sizes as before.
# Seen: Upsample(scale_factor=1.5, recompute_scale_factor=True) with a free length computes that length in float, and
# onnxruntime.transformers.float16 converts that, too. From 2,049 on, lengths are rounded to what a half can hold: 2,049 becomes
# 3,072 in place of 3,073, 16,001 becomes 24,000, and 48,000, a second of sound, is refused, as 72,000 is more than a half holds.
# That is so for the file of torch's older exporter; the newer one's multiplies halves by its types, too, but keeps the length on
# the CPU, where onnxruntime seems to multiply them in float. What onnxconverter_common.float16, of which the other is a changed
# copy, makes of either file does not load. Without recompute_scale_factor the factor stands in the file, and all is well.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 onnxconverter-common==1.16.0 sympy==1.14.0 <<'PYTHON'
import logging, numpy, onnx, onnxruntime, torch
from onnxconverter_common import float16 as common
from onnxruntime.transformers import float16
logging.disable(logging.CRITICAL)
onnxruntime.set_default_logger_severity(4)
def lengths(convert, dynamo, recompute):
    model = torch.nn.Upsample(scale_factor=1.5, recompute_scale_factor=recompute).eval()
    free = {"dynamic_shapes": {"input": {2: torch.export.Dim.AUTO}}, "verbose": False} if dynamo else {"dynamic_axes": {"x": {2: "n"}}}
    torch.onnx.export(model, (torch.randn(1, 1, 64),), "up.onnx", dynamo=dynamo, input_names=["x"], **free)
    try:
        session = onnxruntime.InferenceSession(convert(onnx.load("up.onnx")).SerializeToString(), providers=["CPUExecutionProvider"])
    except Exception as error:
        return type(error).__name__
    seen = []
    for n in (2048, 2049, 16001, 48000):
        assert model(torch.zeros(1, 1, n)).shape[2] == n * 3 // 2
        try:
            seen.append(session.run(None, {"x": numpy.zeros((1, 1, n), numpy.float16)})[0].shape[2])
        except Exception as error:
            seen.append(type(error).__name__)
    return seen
right = [3072, 3073, 24001, 72000]
for name, convert, dynamo, recompute, wanted in (("onnxruntime", float16.convert_float_to_float16, False, True, [3072, 3072, 24000, "Fail"]),
                                                 ("onnxruntime", float16.convert_float_to_float16, True, True, right),
                                                 ("onnxruntime", float16.convert_float_to_float16, False, False, right),
                                                 ("onnxconverter-common", common.convert_float_to_float16, False, True, "Fail"),
                                                 ("onnxconverter-common", common.convert_float_to_float16, True, True, "Fail"),
                                                 ("onnxconverter-common", common.convert_float_to_float16, False, False, right)):
    seen = lengths(convert, dynamo, recompute)
    print(f"{name}, dynamo={dynamo}, recompute_scale_factor={recompute}: 2048, 2049, 16001, 48000 become", seen)
    assert seen == wanted
PYTHON
