#!/usr/bin/env bash
# torch 2.13.0.
# Guess: a pool exported by torch.export with its sizes left to AUTO takes every size that the pool takes.
# Seen: MaxPool2d(2, 2, padding=1, ceil_mode=True) exported from 3x3, where torch drops the window that would start in the
# padding, refuses 4x4, where there is no such window; exported from 4x4 it refuses 3x3. No warning is given.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import torch
free = torch.export.Dim.AUTO
pool = torch.nn.MaxPool2d(2, 2, padding=1, ceil_mode=True).eval()
for example, other in ((3, 4), (4, 3)):
    program = torch.export.export(pool, (torch.randn(1, 1, example, example),), dynamic_shapes=({2: free, 3: free},)).module()
    assert program(torch.randn(1, 1, example + 2, example + 2)).shape == pool(torch.randn(1, 1, example + 2, example + 2)).shape
    try:
        program(torch.randn(1, 1, other, other))
        raise SystemExit(f"exported from {example}, {other} runs")
    except AssertionError as error:
        print(f"exported from {example}x{example}; {other}x{other}: {str(error).splitlines()[0]}")
PYTHON
