#!/usr/bin/env bash
# torch 2.13.0.
# Guess: the name of a submodule does not matter to torch.export.
# Seen: a layer registered under the name `class` exports; the module of the exported program does not compile
# (SyntaxError in generated code).
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.add_module("class", torch.nn.Conv2d(1, 1, 3))
    def forward(self, x):
        return getattr(self, "class")(x)
x = torch.randn(1, 1, 8, 8)
assert Net()(x).shape == (1, 1, 6, 6)
program = torch.export.export(Net(), (x,))
try:
    program.module()
    raise SystemExit("the program compiles now")
except SyntaxError as error:
    print("exported; its module:", error.msg)
PYTHON
