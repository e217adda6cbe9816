#!/usr/bin/env bash
# torch 2.13.0.
# Guess: torch.export refuses what the eager network refuses.
# Seen: ConvTranspose2d with output_padding = stride raises on the CPU; on meta and in torch.export it returns a shape
# (13 for 5, kernel 3, stride 2), and the exported program raises only when it is run.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
make = lambda device: torch.nn.ConvTranspose2d(1, 1, 3, stride=2, output_padding=2, device=device)
x = torch.randn(1, 1, 5, 5)
def raises(run):
    try:
        run()
        return False
    except RuntimeError as error:
        return "output padding must be smaller" in str(error)
on_meta = make("meta")(x.to("meta")).shape[2]
program = torch.export.export(make("cpu"), (x,))
exported = [node.meta["val"].shape[2] for node in program.graph.nodes if node.target is torch.ops.aten.conv_transpose2d.input]
print("meta", on_meta, "exported", exported, "cpu raises", raises(lambda: make("cpu")(x)),
      "exported program raises", raises(lambda: program.module()(x)))
assert on_meta == 13 and exported == [13]
assert raises(lambda: make("cpu")(x)) and raises(lambda: program.module()(x))
PYTHON
