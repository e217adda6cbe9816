#!/usr/bin/env bash
# torch 2.13.0, onnx 1.23.2, onnxscript 0.7.2.
# Guess: the name of a submodule does not matter to an exporter; at most the keywords of Python do.
# Seen: a convolution kept in a ModuleDict as `global` or `class` exports, is saved and loaded; the module of the exported
# program does not compile (SyntaxError in generated code), and the newer ONNX exporter fails with it. A trace of it runs and
# is saved, and can't be loaded. `lambda` fails in the first two and loads in the third; `NoneType` the other way round. A
# ReLU so named fails in the trace alone, and the older ONNX exporter takes every name.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 <<'PYTHON'
import torch, warnings
warnings.filterwarnings("ignore")
class Net(torch.nn.Module):
    def __init__(self, name, layer):
        super().__init__()
        self.parts = torch.nn.ModuleDict({name: layer})
    def forward(self, x):
        for part in self.parts.values():
            x = part(x)
        return x
x = torch.randn(1, 1, 8, 8)
def exported(net):
    program = torch.export.export(net, (x,))
    torch.export.save(program, "net.pt2")
    torch.export.load("net.pt2")
    program.module()
def newer(net):
    torch.onnx.export(net, (x,), "new.onnx", dynamo=True, verbose=False)
def older(net):
    torch.onnx.export(net, (x,), "old.onnx", dynamo=False)
def traced(net):
    torch.jit.save(torch.jit.trace(net, x), "net.pt")
    torch.jit.load("net.pt")
def runs(way, net):
    try:
        way(net)
        return True
    except Exception as error:
        print("  ", way.__name__, type(error).__name__, str(error).strip().splitlines()[0][:70])
        return False
ways = (exported, newer, traced, older)
wanted = {"global": "...x", "class": "...x", "lambda": "..xx", "NoneType": "xx.x", "globe": "xxxx"}
for name, which in wanted.items():
    print(name)
    ran = "".join("x" if runs(way, Net(name, torch.nn.Conv2d(1, 1, 3)).eval()) else "." for way in ways)
    assert ran == which, (name, ran)
print("class, a ReLU")
assert "".join("x" if runs(way, Net("class", torch.nn.ReLU()).eval()) else "." for way in ways) == "xx.x"
PYTHON
