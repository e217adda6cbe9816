"""The seed's job as people do it in Python: build the modules of a spec and print torchinfo's table."""

import json
import sys

import torch
import torchinfo

with open(sys.argv[1], encoding="utf-8") as file:
    spec = json.loads("".join(line for line in file if not line.lstrip().startswith("//")))
layers = []
channels = spec["input"][1]
for entry in spec["encoder"] + spec["decoder"]:
    options = {k: v for k, v in entry.items() if k not in ("name", "type")}
    if entry["type"].startswith("BatchNorm"):
        options.setdefault("num_features", channels)
    channels = options.get("out_channels", channels)
    layers.append(getattr(torch.nn, entry["type"])(**options))
torch.set_num_threads(1)
print(torchinfo.summary(torch.nn.Sequential(*layers).eval(), input_size=spec["input"]))
