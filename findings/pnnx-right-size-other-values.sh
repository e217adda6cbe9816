#!/usr/bin/env bash
# torch 2.13.0, pnnx 20261020, ncnn 1.0.20261020.
# Guess: what pnnx can't say in ncnn is refused when the network is loaded, as with a dilated MaxPool.
# Seen: two layers load, return the right size, and compute something else. Circular padding, of a CircularPad2d and of a
# convolution, becomes zeros. An InstanceNorm2d that keeps running statistics, in evaluation, normalizes by the image at
# hand in place of them. Comparing sizes does not find either.
set -euo pipefail
source "$(dirname -- "$0")/in_venv.sh"
in_venv torch==2.13.0 pnnx==20261020 ncnn==1.0.20261020 <<'PYTHON'
import ncnn, numpy, pnnx, torch
from torch import nn
class Net(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.first, self.layer = nn.Conv2d(1, 1, 1, bias=False), layer
        self.first.weight.data.fill_(1.0)
    def forward(self, x):
        return self.layer(self.first(x))
def both(layer, x):
    net = Net(layer).eval()
    pnnx.export(net, "net.pt", (x,))
    loaded = ncnn.Net()
    assert not loaded.load_param("net.ncnn.param") and not loaded.load_model("net.ncnn.bin")
    given = x[0].numpy().copy()
    with loaded.create_extractor() as run:
        run.input("in0", ncnn.Mat(given).clone())
        there = numpy.array(run.extract("out0")[1])[0]
    with torch.no_grad():
        return net(x)[0, 0].numpy(), there
x = torch.arange(1.0, 13.0).reshape(1, 1, 3, 4)
here, there = both(nn.CircularPad2d(1), x)
print("circular padding, the first row:", here[0], "in PyTorch,", there[0], "in ncnn")
assert here.shape == there.shape and list(here[0]) == [12, 9, 10, 11, 12, 9] and not there[0].any() and not there[:, 0].any()
corner = nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
corner.weight.data.zero_()[0, 0, 0, 0] = 1.0  # takes the value up and left of each place
here, there = both(corner, x)
print("circular convolution, the first row:", here[0], there[0])
assert list(here[0]) == [12, 9, 10, 11] and not there[0].any()
norm = nn.InstanceNorm2d(1, affine=True, track_running_stats=True)
here, there = both(norm, x)  # mean 0 and variance 1 are kept: the input comes back
print("InstanceNorm2d with statistics of its own, the first row:", here[0], there[0])
assert numpy.allclose(here, x[0, 0], atol=1e-3) and abs(there.mean()) < 1e-3
PYTHON
