#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxruntime 1.32.0, MNN 3.6.1.
# Guess: MNN resizes and samples as the file of torch's exporter says, or its converter refuses the mode.
# Seen: a bicubic enlargement, as Upsample(mode="bicubic") is exported, is right but for its first rows and columns, which lie in front of
# the first place: 0..7 doubled begins 0.67, 0.19, 0.67 in MNN for -0.11, 0.19, 0.67. With align_corners, bilinear, and for a
# reduction all is right. grid_sample in mode "bicubic" is run as bilinear, and padding_mode="reflection" as "border"; "zeros" and "border" of
# a bilinear one are right. Sizes agree, nothing is said.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxruntime==1.32.0 MNN==3.6.1 <<'PYTHON'
import subprocess, sys, warnings
import MNN.expr, MNN.nn, numpy, onnxruntime, torch
warnings.filterwarnings("ignore")
functional = torch.nn.functional
class Net(torch.nn.Module):
    def __init__(self, step):
        super().__init__()
        self.step = step
    def forward(self, *parts):
        return self.step(*parts)
def both(step, *parts):
    names = [f"x{i}" for i in range(len(parts))]
    torch.onnx.export(Net(step), parts, "net.onnx", dynamo=False, opset_version=17, input_names=names, output_names=["y"])
    subprocess.run([sys.executable, "-m", "MNN.tools.mnnconvert", "-f", "ONNX", "--modelFile", "net.onnx", "--MNNModel", "net.mnn", "--bizCode", "net"],
                   check=True, capture_output=True)
    module = MNN.nn.load_module_from_file("net.mnn", names, ["y"])
    there = module.forward([MNN.expr.const(part.numpy().flatten().tolist(), list(part.shape), MNN.expr.NCHW) for part in parts])[0]
    right = step(*parts).numpy()
    ran = onnxruntime.InferenceSession("net.onnx").run(None, {name: part.numpy() for name, part in zip(names, parts)})[0]
    assert numpy.allclose(ran, right, atol=1e-4)
    there = numpy.array(MNN.expr.convert(there, MNN.expr.NCHW).read()).reshape(there.shape)
    assert there.shape == right.shape
    return right, there
def near(a, b):
    return numpy.allclose(a, b, atol=1e-3)
row = torch.arange(8.0).expand(1, 1, 8, 8).contiguous()
for size, how, corners, wrong in ((16, "bicubic", False, 1), (12, "bicubic", False, 1), (4, "bicubic", False, 0), (16, "bicubic", True, 0),
                                  (16, "bilinear", False, 0)):
    right, there = both(lambda x: functional.interpolate(x, (8, size), mode=how, align_corners=corners), row)
    print(f"{how} to {size}, align_corners {corners}:", right[0, 0, 4, :3].round(2).tolist(), "MNN", there[0, 0, 4, :3].round(2).tolist())
    assert near(right[..., wrong:], there[..., wrong:]) and (not wrong or abs(right[..., 0] - there[..., 0]).min() > 0.7)
torch.manual_seed(0)
x, grid = torch.randn(1, 2, 5, 6), torch.rand(1, 4, 7, 2) * 2.8 - 1.4
def sampled(how, border):
    return lambda x, grid: functional.grid_sample(x, grid, mode=how, padding_mode=border, align_corners=False)
for how, border in (("bilinear", "zeros"), ("bilinear", "border"), ("bilinear", "reflection"), ("bicubic", "zeros"), ("bicubic", "border")):
    right, there = both(sampled(how, border), x, grid)
    other = sampled("bilinear", "border" if border == "reflection" else border)(x, grid).numpy()
    print(f"grid_sample {how}, {border}: off by", round(float(abs(right - there).max()), 2))
    assert near(there, other) and near(right, there) == (how == "bilinear" and border != "reflection")
PYTHON
