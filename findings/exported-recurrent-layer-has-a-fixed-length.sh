#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0.
# Guess: torch.onnx.export, which starts from torch.export, can leave free what torch.export leaves free, and no more; and
# RNN, GRU and LSTM are exported alike.
# Seen: torch.export holds all three to the length of the example (AUTO: every other length is refused). The ONNX exporter
# writes GRU and LSTM as one node each, with a free length that onnxruntime follows; a plain RNN can't be exported so, and
# with a fixed length it is unrolled: the file grows with the length.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import logging
logging.disable(logging.CRITICAL)
import onnx, onnxruntime, torch
class States(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.inner = getattr(torch.nn, kind)(4, 5, batch_first=True)
    def forward(self, x):
        return self.inner(x)[0]
def frames(length):
    return torch.randn(2, length, 4)
def lengths_of_program(kind):
    program = torch.export.export(States(kind).eval(), (frames(7),), dynamic_shapes=({1: torch.export.Dim.AUTO},)).module()
    taken = []
    for length in (5, 7, 9):
        try:
            program(frames(length))
            taken.append(length)
        except AssertionError:
            pass
    return taken
def to_onnx(kind, length, shapes=None):
    torch.onnx.export(States(kind).eval(), (frames(length),), "net.onnx", dynamo=True, verbose=False, input_names=["x"],
                      dynamic_shapes=shapes)
def lengths_of_file(kind):
    try:
        to_onnx(kind, 7, ({1: torch.export.Dim.DYNAMIC},))
    except Exception as error:  # torch.onnx raises a kind of its own, made from torch.export's
        assert "Failed to export" in str(error)
        return "no export"
    session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
    return [session.run(None, {"x": frames(length).numpy()})[0].shape[1] for length in (5, 7, 9)]
for kind in ("LSTM", "GRU", "RNN"):
    program, file, nodes = lengths_of_program(kind), lengths_of_file(kind), []
    for length in (7, 14):
        to_onnx(kind, length)
        nodes.append(len(onnx.load("net.onnx").graph.node))
    print(f"{kind}: exported from 7, the program takes {program}, the ONNX file {file}; nodes for 7 and 14 frames: {nodes}")
    assert program == [7]
    assert file == ("no export" if kind == "RNN" else [5, 7, 9])
    assert (nodes[1] > nodes[0] + 20) == (kind == "RNN")
PYTHON
