#!/usr/bin/env python3
"""Writes tests/import/pt2: small networks as torch.export.save writes them, and beside each the shape of every node as
executed, at the exported size and at a second one. Run with torch 2.8 or newer: tests/import/export.py"""
import json
import pathlib

import torch
import torch.nn.functional as F
from torch import nn
from torch.export import Dim

HERE = pathlib.Path(__file__).parent / "pt2"


class Autoencoder(nn.Module):
    """Comes back one short: the transposed convolution has no output_padding."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.up = nn.ConvTranspose2d(8, 3, 3, stride=2, padding=1)

    def forward(self, x):
        return torch.sigmoid(self.up(F.relu(self.norm(self.down(x)))))


class Double(nn.Sequential):
    def __init__(self, a, b):
        super().__init__(nn.Conv2d(a, b, 3, padding=1), nn.GroupNorm(2, b), nn.LeakyReLU(0.2))


class PaddedUNet(nn.Module):
    """Pads what it upsampled to its skip, and cuts what it returns to what it took."""

    def __init__(self):
        super().__init__()
        self.inc = Double(3, 4)
        self.deep = Double(4, 8)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.out = Double(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        h, w = x.shape[-2:]
        y = F.pad(x, (0, (4 - w % 4) % 4, 0, (4 - h % 4) % 4))
        skip = self.inc(y)
        z = self.up(self.deep(F.max_pool2d(skip, 2)))
        dy, dx = skip.shape[2] - z.shape[2], skip.shape[3] - z.shape[3]
        z = F.pad(z, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return self.head(self.out(torch.cat([skip, z], 1)))[:, :, :h, :w]


class Resized(nn.Module):
    """Each level takes the size of its skip; two things are returned."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.b = nn.Conv2d(4, 4, 3, stride=2, padding=1)
        self.mix = nn.Conv2d(8, 3, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(a)
        up = F.interpolate(b, size=a.shape[2:], mode="bilinear", align_corners=False)
        y = F.interpolate(self.mix(torch.cat([a, up], 1)), size=x.shape[2:])
        return y + x, b.mean((2, 3))


class Tokens(nn.Module):
    """Attention over the places of a map, with a token of its own, and back."""

    def __init__(self, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.patch = nn.Conv2d(3, width, 4, stride=4)
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.back = nn.Linear(width, width)
        self.up = nn.ConvTranspose2d(width, 3, 4, stride=4)

    def forward(self, x):
        y = self.patch(x)
        n, c, h, w = y.shape
        t = y.flatten(2).transpose(1, 2)
        q, k, v = self.qkv(self.norm(t)).reshape(n, h * w, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        o = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, h * w, c)
        t = t + self.back(o) * 0.5
        return self.up(t.transpose(1, 2).reshape(n, c, h, w))


class Awkward(nn.Module):
    """A frozen half, a weight that is computed, slices, an index, an unpooling."""

    def __init__(self):
        super().__init__()
        self.frozen = nn.Conv1d(2, 4, 3, padding=1)
        self.normed = torch.nn.utils.weight_norm(nn.Conv1d(4, 6, 3, padding=2, dilation=2))
        self.pool = nn.MaxPool1d(2, return_indices=True)
        self.unpool = nn.MaxUnpool1d(2)
        self.scale = nn.Parameter(torch.ones(1, 6, 1))

    def forward(self, x):
        with torch.no_grad():
            y = F.elu(self.frozen(x))
        y, at = self.pool(self.normed(y) * self.scale)
        y = self.unpool(y, at)
        a, b = y.split([2, 4], dim=1)
        return torch.stack([a, b[:, 1:3]], 1)[:, 0]


class Fixed(nn.Module):
    """Folds its rows by a size that an export without dynamic_shapes writes as a number."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, x):
        y = self.stem(x)
        return y.reshape(y.shape[0] * y.shape[2], 4, -1).relu()


def executed(program, inputs):
    """Node name -> shape of its first tensor, as it ran."""
    shapes = {}

    class Run(torch.fx.Interpreter):
        def run_node(self, node):
            value = super().run_node(node)
            first = value[0] if isinstance(value, (list, tuple)) and value else value
            if isinstance(first, torch.Tensor):
                shapes[node.name] = list(first.shape)
            return value

    with torch.no_grad():
        Run(program.module()).run(*inputs)
    return shapes


def without_folders(program):
    """The stack traces name files from the place where they lie: only what follows from there is kept."""
    roots = [str(pathlib.Path(torch.__file__).parent.parent), str(pathlib.Path(__file__).resolve().parent.parent.parent)]
    for module in program.graph_module.modules():
        for node in getattr(module, "graph", None).nodes if isinstance(module, torch.fx.GraphModule) else ():
            for root in roots:
                if "stack_trace" in node.meta and node.meta["stack_trace"]:
                    node.meta["stack_trace"] = node.meta["stack_trace"].replace(root + "/", "")
    return program


def write(name, model, first, second, dynamic=None):
    torch.manual_seed(0)
    model = model.eval()
    program = torch.export.export(model, (torch.randn(first),), dynamic_shapes=dynamic)
    torch.export.save(without_folders(program), HERE / f"{name}.pt2")
    runs = [{"input": list(size), "shapes": executed(program, (torch.randn(size),))} for size in (first, second)]
    (HERE / f"{name}.executed.json").write_text(json.dumps(runs, indent=1) + "\n")


def main():
    HERE.mkdir(exist_ok=True)
    free = {0: Dim.AUTO, 2: Dim.AUTO, 3: Dim.AUTO}
    write("autoencoder", Autoencoder(), (1, 3, 24, 24), (1, 3, 24, 24))
    write("autoencoder_free", Autoencoder(), (2, 3, 24, 24), (3, 3, 33, 20), (free,))
    write("padded_unet", PaddedUNet(), (2, 3, 30, 21), (3, 3, 19, 42), (free,))
    write("resized", Resized(), (2, 3, 30, 21), (3, 3, 19, 42), (free,))
    write("tokens", Tokens(), (2, 3, 16, 24), (3, 3, 32, 20), (free,))
    write("awkward", Awkward(), (2, 2, 16), (3, 2, 24), ({0: Dim.AUTO, 2: Dim.AUTO},))
    write("fixed", Fixed(), (1, 3, 8, 12), (1, 3, 8, 12))
    program = torch.export.export(Autoencoder().eval(), (torch.randn(1, 3, 24, 24),)).run_decompositions()
    torch.export.save(without_folders(program), HERE / "decomposed.pt2")


if __name__ == "__main__":
    main()
