#!/usr/bin/env bash
# torch 2.13.0.
# Guess: torch.export leaves the length of a recurrent layer free where it is left free, as eager PyTorch does.
# Seen: RNN, GRU and LSTM are held to the length of the example: with AUTO the export succeeds and the program refuses every
# other length. And a plain RNN is unrolled in an ONNX file: it has more nodes for 14 frames than for 7, where GRU and LSTM
# are one node.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 <<'PYTHON'
import logging
logging.disable(logging.CRITICAL)
import onnx, torch
class States(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inner = getattr(torch.nn, kind)(4, 5, batch_first=True)
    def forward(self, x):
        return self.inner(x)[0]
for kind in ("LSTM", "GRU", "RNN"):
    net, taken, nodes = States(kind).eval(), [], []
    program = torch.export.export(net, (torch.randn(2, 7, 4),), dynamic_shapes=({1: torch.export.Dim.AUTO},)).module()
    for length in (5, 7, 9):
        assert net(torch.randn(2, length, 4)).shape[1] == length
        try:
            program(torch.randn(2, length, 4))
            taken.append(length)
        except AssertionError:
            pass
    for length in (7, 14):
        torch.onnx.export(States(kind).eval(), (torch.randn(2, length, 4),), "net.onnx", dynamo=True, verbose=False)
        nodes.append(len(onnx.load("net.onnx").graph.node))
    print(f"{kind}: exported from 7, takes {taken}; nodes in ONNX for 7 and 14 frames: {nodes}")
    assert taken == [7] and (nodes[1] > nodes[0] + 20) == (kind == "RNN")
PYTHON
