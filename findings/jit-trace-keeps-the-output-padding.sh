#!/usr/bin/env bash
# torch 2.13.0.
# Guess: a traced `up(x, output_size=skip.shape[2:])` follows the size of the skip, or says that it cannot.
# Seen: the trace keeps the output_padding of its example: traced at 24, an input of 25 comes back as 26. The warnings
# of the tracer speak of Python booleans within torch; none names output_size or output_padding.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 <<'PYTHON'
import warnings, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.down = torch.nn.Conv2d(1, 1, 3, stride=2, padding=1)
        self.up = torch.nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)
    def forward(self, x):
        return self.up(self.down(x), output_size=x.shape[2:])
net = Net().eval()
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    traced = torch.jit.trace(net, torch.randn(1, 1, 24, 24))
tracer = [w for w in said if issubclass(w.category, torch.jit.TracerWarning)]
sizes = [(n, net(torch.randn(1, 1, n, n)).shape[2], traced(torch.randn(1, 1, n, n)).shape[2]) for n in (24, 25)]
print("input, torch, traced:", sizes, "tracer warnings:", len(tracer))
assert sizes == [(24, 24, 24), (25, 25, 26)]
assert not any("output_size" in str(w.message).split("\n")[0] or "output_padding" in str(w.message).split("\n")[0] for w in tracer)
PYTHON
