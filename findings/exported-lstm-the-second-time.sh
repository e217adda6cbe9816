#!/usr/bin/env bash
# torch 2.13.0, onnxruntime 1.32.0.
# Guess: an export that succeeds succeeds again: the same call in the same process does the same.
# Seen: torch.onnx.export of an LSTM or a GRU with a free length succeeds the first time in a process, and the file runs at
# other lengths; the second time, with a new module and the same arguments, it fails (the length "was specialized to be a
# constant"). A Conv1d is exported as often as one likes.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 <<'PYTHON'
import logging, multiprocessing
logging.disable(logging.CRITICAL)
import onnxruntime, torch
class Net(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.inner = torch.nn.Conv1d(4, 4, 3) if kind == "Conv1d" else getattr(torch.nn, kind)(4, 5, batch_first=True)
    def forward(self, x):
        return self.inner(x.transpose(1, 2)) if self.kind == "Conv1d" else self.inner(x)[0]
def twice(kind, results):
    seen = []
    for attempt in range(2):
        try:
            torch.onnx.export(Net(kind).eval(), (torch.randn(2, 7, 4),), "net.onnx", dynamo=True, verbose=False,
                              input_names=["x"], dynamic_shapes=({1: torch.export.Dim.DYNAMIC},))
            session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
            seen.append(session.run(None, {"x": torch.randn(2, 9, 4).numpy()})[0].size > 0)
        except Exception as error:
            assert "Failed to export" in str(error)
            seen.append(False)
    results.put(seen)
if __name__ == "__main__":
    for kind, expected in (("LSTM", [True, False]), ("GRU", [True, False]), ("Conv1d", [True, True])):
        results = multiprocessing.get_context("spawn").Queue()
        process = multiprocessing.get_context("spawn").Process(target=twice, args=(kind, results))
        process.start()
        seen = results.get()
        process.join()
        print(f"{kind}: exported and run at another length, the first and the second time: {seen}")
        assert seen == expected
PYTHON
