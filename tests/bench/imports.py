"""Files of other tools for tests/bench/run, and what those tools take with them.

  imports.py FOLDER       writes weights.onnx (400 MB of weights), nodes.onnx (2,000 nodes), calls.jsonl (a recording of
                          1,000 calls) and net.py into it; net.pt2 (1,000 nodes) where this Python has torch
  imports.py --load FILE  prints the median ms that torch.export.load, or onnx.load with shape_inference, takes; nothing
                          where the package is missing

No package is needed for what is written: the ONNX files are put together byte by byte.
"""
import os
import statistics
import sys
import time


def number(value):
    out = b""
    while True:
        value, low = value >> 7, value & 127
        out += bytes([low | (128 if value else 0)])
        if not value:
            return out


def field(index, value):
    if isinstance(value, int):
        return number(index << 3) + number(value)
    data = value.encode() if isinstance(value, str) else value
    return number(index << 3 | 2) + number(len(data)) + data


def value_info(name, shape):
    dims = b"".join(field(1, field(1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def attribute(name, values):
    return field(5, field(1, name) + b"".join(field(8, v) for v in values) + field(20, 7))


def conv(index, weight):
    return field(1, field(1, f"x{index}") + field(1, weight) + field(2, f"x{index + 1}") + field(4, "Conv") + attribute(
        "kernel_shape", [3, 3]) + attribute("pads", [1, 1, 1, 1]))


def relu(index):
    return field(1, field(1, f"x{index}") + field(2, f"x{index + 1}") + field(4, "Relu"))


def onnx_file(path, nodes, weights, channels):
    """`weights`: (name, bytes of data) of convolutions; the bytes are a hole in the file."""
    shape = [channels, channels, 3, 3]
    body = b"".join(nodes) + field(2, "bench") + field(11, value_info("x0", [1, channels, 64, 64])) + field(
        12, value_info(f"x{len(nodes)}", [1, channels, 64, 64]))
    heads = []
    for name, size in weights:
        inner = b"".join(field(1, v) for v in shape) + field(2, 1) + field(8, name) + number(9 << 3 | 2) + number(size)
        heads.append((number(5 << 3 | 2) + number(len(inner) + size) + inner, size))
    total = len(body) + sum(len(head) + size for head, size in heads)
    with open(path, "wb") as file:
        file.write(field(1, 8) + field(8, field(2, 17)) + number(7 << 3 | 2) + number(total) + body)
        for head, size in heads:
            file.write(head)
            file.seek(size, os.SEEK_CUR)
        file.truncate()


NET = '''import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, layers=500):
        super().__init__()
        self.body = nn.ModuleList(nn.Conv2d(8, 8, 3, padding=1) for _ in range(layers))

    def forward(self, x):
        for layer in self.body:
            x = torch.relu(layer(x))
        return x
'''


def calls(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"run": 1, "name": "Net", "torch": "2.13.0"}\n')
        file.write('{"tensor": 0, "role": "input", "name": "x", "shape": [1, 8, 64, 64], "dtype": "float32"}\n')
        file.write('{"tensor": 1, "role": "parameter", "name": "w", "shape": [8, 8, 3, 3], "dtype": "float32"}\n')
        for i in range(500):
            x = 2 * i if i else 0
            for op, args, out in (("torch.conv2d", f'{{"t": {x}}}, {{"t": 1}}, null, [1, 1], [1, 1]', 2 * i + 3),
                                  ("torch.relu", f'{{"t": {2 * i + 3}}}', 2 * i + 2)):
                file.write(f'{{"call": "{op}", "args": [{args}], "out": [{{"t": {out}, "shape": [1, 8, 64, 64], '
                           f'"dtype": "float32"}}], "module": "body.{i}", "called": "net.py:12"}}\n')
        file.write('{"output": {"t": 1000}}\n')


def write(folder):
    big = 4 * 512 * 512 * 9
    count = 400_000_000 // big + 1
    nodes = [conv(2 * i, f"w{i}") if half == 0 else relu(2 * i + 1) for i in range(count) for half in (0, 1)]
    onnx_file(os.path.join(folder, "weights.onnx"), nodes, [(f"w{i}", big) for i in range(count)], 512)
    nodes = [conv(2 * i, "w0") if half == 0 else relu(2 * i + 1) for i in range(1000) for half in (0, 1)]
    onnx_file(os.path.join(folder, "nodes.onnx"), nodes, [("w0", 4 * 8 * 8 * 9)], 8)
    with open(os.path.join(folder, "net.py"), "w", encoding="utf-8") as file:
        file.write(NET)
    calls(os.path.join(folder, "calls.jsonl"))
    try:
        import torch
    except ImportError:
        return
    names = {}
    exec(NET, names)
    program = torch.export.export(names["Net"](), (torch.zeros(1, 8, 64, 64),))
    torch.export.save(program, os.path.join(folder, "net.pt2"))


def load(path):
    try:
        if path.endswith(".onnx"):
            import onnx
            work = lambda: onnx.shape_inference.infer_shapes(onnx.load(path))
        else:
            import torch
            work = lambda: torch.export.load(path)
    except ImportError:
        return
    times = []
    for _ in range(5):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    print(f"{1000 * statistics.median(times):.2f}")


if __name__ == "__main__":
    load(sys.argv[2]) if sys.argv[1] == "--load" else write(sys.argv[1])
