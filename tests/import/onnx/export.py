#!/usr/bin/env python3
"""Writes the .onnx files of this folder and, beside each, the shapes that onnxruntime returned.

    pip install torch onnx onnxscript onnxruntime && python3 export.py

The files are checked in, so the tests need none of these. Networks are small on purpose: a few kB of random weights.
"""
import json
import os
import sys
import warnings

import numpy
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


class DoubleConv(nn.Sequential):
    def __init__(self, cin, cout):
        super().__init__(nn.Conv2d(cin, cout, 3, padding=1), nn.BatchNorm2d(cout), nn.ReLU())


class UNet(nn.Module):
    """Upsamples to the size of its skip."""

    def __init__(self):
        super().__init__()
        self.enc1, self.enc2, self.enc3 = DoubleConv(3, 4), DoubleConv(4, 8), DoubleConv(8, 8)
        self.pool = nn.MaxPool2d(2)
        self.dec2, self.dec1 = DoubleConv(16, 4), DoubleConv(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        s1 = self.enc1(x)
        s2 = self.enc2(self.pool(s1))
        y = self.enc3(self.pool(s2))
        y = self.dec2(torch.cat([F.interpolate(y, size=s2.shape[2:]), s2], 1))
        y = self.dec1(torch.cat([F.interpolate(y, size=s1.shape[2:]), s1], 1))
        return self.head(y)


class AutoEncoder(nn.Module):
    """Strided convolutions and the transposed ones that undo them, GroupNorm and SiLU between."""

    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(3, 8, 3, 2, 1)
        self.norm1 = nn.GroupNorm(2, 8)
        self.down2 = nn.Conv2d(8, 8, 4, 2, 1)
        self.up1 = nn.ConvTranspose2d(8, 8, 4, 2, 1)
        self.norm2 = nn.GroupNorm(4, 8)
        self.up2 = nn.ConvTranspose2d(8, 3, 3, 2, 1, output_padding=1)

    def forward(self, x):
        x = F.silu(self.norm1(self.down1(x)))
        x = F.silu(self.down2(x))
        return torch.sigmoid(self.up2(F.silu(self.norm2(self.up1(x)))))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))


class Vit(nn.Module):
    """Patches, a class token, positions, one block of attention, an MLP with GELU."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.cls = nn.Parameter(torch.zeros(1, 1, 8))
        self.pos = nn.Parameter(torch.zeros(1, 17, 8))
        self.norm1, self.attn, self.norm2 = nn.LayerNorm(8), Attention(8, 2), nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.pos
        x = x + self.attn(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])


class Pads(nn.Module):
    """Pads that differ, pools that round up, a crop, PixelShuffle."""

    def __init__(self):
        super().__init__()
        self.same = nn.Conv2d(3, 4, 4, padding="same")
        self.pool = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.avg = nn.AvgPool2d(3, 2, 1)
        self.conv = nn.Conv2d(4, 16, 3, padding=1, padding_mode="reflect")
        self.shuffle = nn.PixelShuffle(2)
        self.act = nn.PReLU(4)

    def forward(self, x):
        x = self.pool(F.relu6(self.same(F.pad(x, (1, 2, 0, 1)))))
        x = self.act(self.shuffle(self.conv(self.avg(x))))
        a, b = x[:, :, 1:-1, 2:].chunk(2, 1)
        return a * torch.sigmoid(b) + a.mean((2, 3), keepdim=True)


class Audio(nn.Module):
    """1-D: a GLU, dilated convolutions, weight_norm, an LSTM over frames."""

    def __init__(self):
        super().__init__()
        self.inp = nn.Conv1d(1, 8, 7, 4, 3)
        self.dil = nn.Conv1d(4, 8, 3, padding=2, dilation=2, groups=2)
        self.norm = nn.InstanceNorm1d(8, affine=True)
        self.lstm = nn.LSTM(8, 6, batch_first=True, bidirectional=True)
        self.out = nn.ConvTranspose1d(12, 1, 8, 4, 2)

    def forward(self, x):
        x = F.leaky_relu(self.norm(self.dil(F.glu(self.inp(x), 1))), 0.1)
        x, _ = self.lstm(x.transpose(1, 2))
        return torch.tanh(self.out(x.transpose(1, 2)))


class Memory(nn.Module):
    """Recurrent layers in several layers and both ways, of a batch first and second, with states that are read."""

    def __init__(self):
        super().__init__()
        self.inp = nn.Conv1d(3, 6, 4, 2, 1)
        self.stacked = nn.LSTM(6, 5, 2, batch_first=True)
        self.ways = nn.GRU(5, 4, 3, bidirectional=True, bias=False)
        self.last = nn.LSTM(8, 6, batch_first=True)
        self.start = nn.Parameter(torch.zeros(1, 1, 6))

    def forward(self, x):
        x, _ = self.stacked(self.inp(x).transpose(1, 2))
        x = self.ways(x.transpose(0, 1))[0].transpose(0, 1)
        x, (h, _) = self.last(x, (self.start.repeat(1, x.shape[0], 1), self.start.repeat(1, x.shape[0], 1)))
        return x + h[-1].unsqueeze(1)


class Blocks(nn.Module):
    """Blocks that attend to each other, with values of a second input."""

    def __init__(self):
        super().__init__()
        self.apart = nn.Unfold((4, 2), padding=1, stride=2)
        self.together = nn.Fold((8, 6), (4, 2), padding=1, stride=2)

    def forward(self, x, other):
        q, k = self.apart(x).transpose(1, 2).unsqueeze(1), self.apart(other).transpose(1, 2).unsqueeze(1)
        return self.together(F.scaled_dot_product_attention(q, k, k).squeeze(1).transpose(1, 2))


TORCH = {
    "unet": (UNet, (1, 3, 33, 26)),
    "autoencoder": (AutoEncoder, (1, 3, 32, 24)),
    "vit": (Vit, (2, 3, 16, 16)),
    "pads": (Pads, (1, 3, 31, 28)),
    "audio": (Audio, (1, 1, 64)),
    "memory": (Memory, (2, 3, 24)),
    "blocks": (Blocks, (1, 3, 8, 6), (1, 3, 8, 6)),
}


def export_torch(name, make, *shapes):
    torch.manual_seed(0)
    model = make().eval()
    shape, inputs = shapes[0], tuple(torch.randn(shape) for shape in shapes)
    free = {2: "height", 3: "width"} if len(shape) == 4 else {2: "length"}
    for exporter in ("dynamo", "ts"):
        for dynamic in (False, True) if name in ("unet",) else (False,):
            path = os.path.join(HERE, f"{name}_{exporter}{'_free' if dynamic else ''}.onnx")
            if exporter == "dynamo":
                axes = ({i: torch.export.Dim(n, min=8, max=512) for i, n in free.items()},) if dynamic else None
                program = torch.onnx.export(model, inputs, dynamo=True, external_data=False, dynamic_shapes=axes, verbose=False)
                proto = program.model_proto
                for node in proto.graph.node:  # no paths of the machine that exported
                    for entry in node.metadata_props:
                        entry.value = entry.value.replace(HERE + "/", "").replace(sys.prefix, "").replace(torch.__path__[0], "torch")
                onnx.save(proto, path)
            else:
                torch.onnx.export(model, inputs, path, dynamo=False, input_names=["x", "other"][: len(inputs)], dynamic_axes={"x": free} if dynamic else None)
            yield path, {one.name: list(shape) for one, shape in zip(onnx.load(path).graph.input, shapes)}


def constant(name, values, type_=TensorProto.INT64):
    return helper.make_tensor(name, type_, [len(values)], values)


def weight(name, *dims):
    return helper.make_tensor(name, TensorProto.FLOAT, dims, numpy.random.default_rng(0).normal(size=dims).astype("f4").ravel())


def value(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def save(name, nodes, inputs, weights, opset, ir, infos=(), weights_as_inputs=False, domains=()):
    graph = helper.make_graph(nodes, name, inputs, [value("y", None)], weights, value_info=list(infos))
    if weights_as_inputs:  # as IR 3 had it
        graph.input.extend(helper.make_tensor_value_info(w.name, w.data_type, list(w.dims)) for w in weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)] + [helper.make_opsetid(d, 1) for d in domains], producer_name="by hand")
    model.ir_version = ir
    path = os.path.join(HERE, name + ".onnx")
    onnx.save(model, path)
    return path


def by_hand():
    """What other exporters write: auto_pad, output_shape, NHWC turned around, old operator sets, branches."""
    n = helper.make_node
    yield save("keras_same", [
        n("Transpose", ["image"], ["nchw"], perm=[0, 3, 1, 2]),
        n("Conv", ["nchw", "w1"], ["c1"], name="model/conv2d/Conv2D", auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3]),
        n("MaxPool", ["c1"], ["p1"], name="model/pool/MaxPool", auto_pad="SAME_LOWER", strides=[2, 2], kernel_shape=[2, 2]),
        n("ConvTranspose", ["p1", "w2"], ["t1"], name="model/up/conv2d_transpose", auto_pad="SAME_LOWER", strides=[2, 2], kernel_shape=[3, 3]),
        n("ConvTranspose", ["t1", "w3"], ["t2"], name="model/up2/conv2d_transpose", output_shape=[33, 26], strides=[2, 2], kernel_shape=[2, 2]),
        n("Transpose", ["t2"], ["y"], name="model/nhwc", perm=[0, 2, 3, 1]),
    ], [value("image", [1, 33, 26, 3])], [weight("w1", 4, 3, 3, 3), weight("w2", 4, 4, 3, 3), weight("w3", 4, 2, 2, 2)], 13, 7), {"image": [1, 33, 26, 3]}

    yield save("old_opset", [
        n("Conv", ["x", "w"], ["c"], name="conv1", pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        n("BatchNormalization", ["c", "s", "s", "s", "s"], ["b"], name="bn1"),
        n("Relu", ["b"], ["r"], name="relu1"),
        n("Upsample", ["r"], ["u"], name="up1", mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]),
        n("Pad", ["u"], ["p"], name="pad1", pads=[0, 0, 0, 1, 0, 0, 1, 0]),
        n("AveragePool", ["p"], ["a"], name="avg1", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1]),
        n("Softmax", ["a"], ["y"], name="soft"),
    ], [value("x", [1, 3, 10, 12])], [weight("w", 4, 3, 3, 3), helper.make_tensor("s", TensorProto.FLOAT, [4], [1.0] * 4)], 7, 3,
        weights_as_inputs=True), {"x": [1, 3, 10, 12]}

    then = helper.make_graph([n("Relu", ["c"], ["then_out"])], "then", [], [value("then_out", None)])
    other = helper.make_graph([n("Neg", ["c"], ["else_out"])], "else", [], [value("else_out", None)])
    yield save("branch", [
        n("Conv", ["x", "w"], ["c"], name="conv"),
        n("ReduceSum", ["c"], ["sum"], name="sum", keepdims=0),
        n("Greater", ["sum", "zero"], ["positive"], name="greater"),
        n("If", ["positive"], ["i"], name="if", then_branch=then, else_branch=other),
        n("Conv", ["i", "w2"], ["y"], name="last"),
    ], [value("x", [1, 3, 8, 8])], [weight("w", 4, 3, 3, 3), weight("w2", 2, 4, 3, 3), helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0])], 17, 8,
        infos=[value("i", [1, 4, 6, 6])]), {"x": [1, 3, 8, 8]}

    def graph(name, nodes, out):
        return helper.make_graph(nodes, name, [], [value(out, None)])

    rows = graph("rows", [n("Flatten", ["x"], ["out"], name="rows")], "out")
    kept = graph("kept", [n("Identity", ["x"], ["out"], name="kept")], "out")
    squeezed = graph("squeezed", [n("Squeeze", ["x", "last"], ["out"], name="squeeze")], "out")
    other = graph("other", [
        n("Greater", ["batch", "four"], ["many"], name="many"),
        n("If", ["many"], ["out"], name="inner", then_branch=rows, else_branch=kept)], "out")
    yield save("chosen", [  # by sizes: what TorchScript writes for a squeeze, and a choice within
        n("Shape", ["x"], ["shape"], name="shape"),
        n("Gather", ["shape", "two"], ["n"], name="n"),
        n("Gather", ["shape", "zero"], ["batch"], name="batch"),
        n("Equal", ["n", "one"], ["single"], name="single"),
        n("If", ["single"], ["i"], name="outer", then_branch=squeezed, else_branch=other),
        n("Relu", ["i"], ["y"], name="last"),
    ], [value("x", ["b", 3, "n"])], [constant("last", [2]), *(helper.make_tensor(name, TensorProto.INT64, [], [v]) for name, v in (
        ("zero", 0), ("one", 1), ("two", 2), ("four", 4)))], 17, 8), {"x": [2, 3, 4]}

    def level(k):
        return n("MaxPool", [f"x{k}" if k else "x"], [f"x{k + 1}"], name=f"pool{k}", kernel_shape=[2, 2], strides=[2, 2])

    yield save("down_and_up", [  # three levels, each doubled again and added to what went in
        level(0), level(1), level(2),
        *(step for k, (low, to, out) in enumerate([("x3", "x2", "a"), ("a", "x1", "b"), ("b", "x", "y")]) for step in (
            n("Resize", [low, "", "twice"], [f"up{k}"], name=f"up{k}", mode="nearest"),
            n("Add", [f"up{k}", to], [out], name=f"add{k}")))
    ], [value("x", [1, 3, "h", "w"])], [constant("twice", [1.0, 1.0, 2.0, 2.0], TensorProto.FLOAT)], 17, 8), {"x": [1, 3, 32, 40]}

    yield save("one_hot", [  # as one_hot is written without the operator
        n("Cast", ["x"], ["ids"], name="ids", to=TensorProto.INT64),
        n("Unsqueeze", ["ids", "last"], ["each"], name="each"),
        n("Equal", ["each", "range"], ["hit"], name="hit"),
        n("Cast", ["hit"], ["hot"], name="hot", to=TensorProto.FLOAT),
        n("MatMul", ["hot", "table"], ["y"], name="table"),
    ], [value("x", [2, 3])], [constant("last", [-1]), helper.make_tensor("range", TensorProto.INT64, [1, 1, 5], range(5)),
                              weight("table", 5, 4)], 17, 8), {"x": [2, 3]}

    yield save("bounded", [  # F.normalize and a clamp from above
        n("ReduceL2", ["x", "axis"], ["l"], name="length", keepdims=1),
        n("Clip", ["l", "eps"], ["c"], name="least"),
        n("Div", ["x", "c"], ["d"], name="unit"),
        n("Clip", ["d", "", "eps"], ["y"], name="most"),
    ], [value("x", [2, 3, 4])], [constant("axis", [1]), helper.make_tensor("eps", TensorProto.FLOAT, [], [1e-12])], 18, 8), {"x": [2, 3, 4]}

    yield save("unpool", [  # back to the size that the pool took, and to what the window makes
        n("Conv", ["x", "w"], ["c"], name="enc", pads=[1, 1, 1, 1]),
        n("MaxPool", ["c"], ["p1", "i1"], name="pool1", kernel_shape=[2, 2], strides=[2, 2]),
        n("Shape", ["c"], ["size"], name="size"),
        n("MaxUnpool", ["p1", "i1", "size"], ["u1"], name="unpool1", kernel_shape=[2, 2], strides=[2, 2]),
        n("MaxPool", ["u1"], ["p2", "i2"], name="pool2", kernel_shape=[3, 3], strides=[3, 3]),
        n("Relu", ["p2"], ["r"], name="relu"),
        n("MaxUnpool", ["r", "i2"], ["y"], name="unpool2", kernel_shape=[3, 3], strides=[3, 3]),
    ], [value("x", [1, 3, 15, 12])], [weight("w", 4, 3, 3, 3)], 17, 8), {"x": [1, 3, 15, 12]}

    yield save("crop_to_skip", [  # a centre crop whose bounds are computed from both sizes
        n("Conv", ["x", "w"], ["skip"], name="enc", pads=[1, 1, 1, 1]),
        n("MaxPool", ["skip"], ["down"], name="pool", kernel_shape=[2, 2], strides=[2, 2]),
        n("Conv", ["down", "w2"], ["mid"], name="mid"),
        n("Resize", ["mid", "", "scales"], ["up"], name="up", mode="linear", coordinate_transformation_mode="align_corners"),
        n("Shape", ["skip"], ["s0"]), n("Slice", ["s0", "two", "four"], ["s_hw"]),
        n("Shape", ["up"], ["u0"]), n("Slice", ["u0", "two", "four"], ["u_hw"]),
        n("Sub", ["s_hw", "u_hw"], ["diff"]), n("Div", ["diff", "two"], ["start"]), n("Add", ["start", "u_hw"], ["end"]),
        n("Slice", ["skip", "start", "end", "axes"], ["cropped"], name="crop"),
        n("Concat", ["up", "cropped"], ["y"], name="join", axis=1),
    ], [value("x", [1, 3, "h", "w"])], [weight("w", 4, 3, 3, 3), weight("w2", 4, 4, 3, 3), constant("two", [2]), constant("four", [4]),
                                        constant("axes", [2, 3]), constant("scales", [1.0, 1.0, 2.0, 2.0], TensorProto.FLOAT)], 17, 8), {"x": [1, 3, 30, 40]}


def newer():
    """Operators that become layers with steps around them: recurrent, attention, choices, places, frequencies."""
    n = helper.make_node
    last = [n("Sigmoid", ["end"], ["y"], name="end")]
    yield save("recurrent", [
        n("LSTM", ["x", "wl", "rl", "bl"], ["l", "lh", "lc"], name="lstm", hidden_size=4, direction="bidirectional"),
        n("Transpose", ["l"], ["lt"], name="turn", perm=[0, 2, 1, 3]),
        n("Reshape", ["lt", "flat"], ["lr"], name="join"),
        n("GRU", ["lr", "wg", "rg", "", "", "lh"], ["g", "gh"], name="gru", hidden_size=4, direction="bidirectional",
          linear_before_reset=1),
        n("Transpose", ["g"], ["gt"], name="turn2", perm=[0, 2, 1, 3]),
        n("Reshape", ["gt", "flat"], ["gr"], name="join2"),
        n("RNN", ["gr", "wr", "rr"], ["r", "rh"], name="rnn", hidden_size=5),
        n("Squeeze", ["r", "one"], ["end"], name="squeeze"),
    ] + last, [value("x", [7, 2, 3])], [
        weight("wl", 2, 16, 3), weight("rl", 2, 16, 4), weight("bl", 2, 32), weight("wg", 2, 12, 8), weight("rg", 2, 12, 4),
        weight("wr", 1, 5, 8), weight("rr", 1, 5, 5), constant("flat", [0, 0, -1]), constant("one", [1])], 17, 8), {"x": [7, 2, 3]}

    yield save("attention", [
        n("Attention", ["q", "k", "v"], ["a"], name="flat", q_num_heads=4, kv_num_heads=2),
        n("Reshape", ["a", "heads"], ["h"], name="heads"),
        n("Transpose", ["h"], ["ht"], name="turn", perm=[0, 2, 1, 3]),
        n("Attention", ["ht", "ht", "ht"], ["b"], name="four", is_causal=1),
        n("Einsum", ["b", "ht"], ["e"], name="einsum", equation="bhid,bhjd->bhij"),
        n("Greater", ["e", "half"], ["m"], name="mask"),
        n("Not", ["m"], ["nm"], name="not"),
        n("Where", ["nm", "low", "e"], ["w"], name="fill"),
        n("Where", ["m", "e", "w"], ["end"], name="choose"),
    ] + last, [value("q", [2, 6, 16]), value("k", [2, 9, 8]), value("v", [2, 9, 12])], [
        constant("heads", [0, 0, 4, -1]), constant("half", [0.5], TensorProto.FLOAT), constant("low", [-1e9], TensorProto.FLOAT)],
        23, 10), {"q": [2, 6, 16], "k": [2, 9, 8], "v": [2, 9, 12]}

    yield save("places", [
        n("GridSample", ["x", "grid"], ["s"], name="sample", mode="linear", padding_mode="border"),
        n("TopK", ["s", "three"], ["t", "ti"], name="top", axis=-1),
        n("GatherElements", ["s", "ti"], ["ge"], name="gather", axis=3),
        n("ReduceMax", ["ge", "last"], ["rm"], name="max", keepdims=0),
        n("ReduceL2", ["rm", "last"], ["l2"], name="norm"),
        n("ArgMax", ["rm"], ["am"], name="arg", axis=1),
        n("Cast", ["am"], ["af"], name="cast", to=TensorProto.FLOAT),
        n("Mul", ["l2", "af"], ["end"], name="mul"),
    ] + last, [value("x", [2, 3, 8, 9]), value("grid", [2, 5, 7, 2])], [constant("three", [3]), constant("last", [-1])], 20, 9), {
        "x": [2, 3, 8, 9], "grid": [2, 5, 7, 2]}

    # Exported at 16x16: sizes of the example stand as numbers in a Reshape and in two Resizes.
    conv = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    yield save("frozen", [
        n("Conv", ["x", "w"], ["skip"], name="enc", **conv),
        n("MaxPool", ["skip"], ["down"], name="down", kernel_shape=[2, 2], strides=[2, 2]),
        n("Reshape", ["down", "tokens"], ["t"], name="tokens"),
        n("Transpose", ["t"], ["turned"], name="turn", perm=[0, 2, 1]),
        n("MatMul", ["turned", "m"], ["mixed"], name="mix"),
        n("Transpose", ["mixed"], ["back"], name="turn_back", perm=[0, 2, 1]),
        n("Reshape", ["back", "map"], ["r"], name="map"),
        n("Resize", ["r", "", "", "large"], ["up"], name="up", mode="nearest"),
        n("Conv", ["up", "v"], ["refined"], name="refine", **conv),
        n("Concat", ["refined", "skip"], ["joined"], name="join", axis=1),
        n("GlobalAveragePool", ["joined"], ["pooled"], name="pool"),
        n("Resize", ["pooled", "", "", "wide"], ["spread"], name="spread", mode="nearest"),
        n("Add", ["spread", "joined"], ["y"], name="add"),
    ], [value("x", [1, 3, 16, 16])], [weight("w", 4, 3, 3, 3), weight("v", 4, 4, 3, 3), weight("m", 4, 4), constant(
        "tokens", [1, 4, 64]), constant("map", [1, 4, 8, 8]), constant("large", [1, 4, 16, 16]), constant(
            "wide", [1, 8, 16, 16])], 20, 9), {"x": [1, 3, 16, 16]}
    # Nothing but what the file declares of its input.
    yield save("declared", [
        n("Conv", ["x", "w"], ["c"], name="conv", **conv),
        n("Relu", ["c"], ["y"], name="relu"),
    ], [value("x", [1, 3, 16, 16])], [weight("w", 4, 3, 3, 3)], 20, 9), {"x": [1, 3, 16, 16]}

    yield save("frequencies", [
        n("STFT", ["x", "hop", "", "size"], ["f"], name="stft", onesided=1),
        n("DFT", ["f", "", "axis"], ["d"], name="dft"),
        n("DFT", ["d", "", "axis"], ["i"], name="back", inverse=1),
        n("ReduceSum", ["i", "last"], ["end"], name="sum", keepdims=0),
    ] + last, [value("x", [2, 100, 1])], [helper.make_tensor("hop", TensorProto.INT64, [], [8]), helper.make_tensor(
        "size", TensorProto.INT64, [], [16]), helper.make_tensor("axis", TensorProto.INT64, [], [1]), constant("last", [-1])], 20, 9), {
            "x": [2, 100, 1]}


def numbers(name, dims, type_, fill=1):
    kind = helper.tensor_dtype_to_np_dtype(type_)
    return helper.make_tensor(name, type_, dims, numpy.full(dims, fill, kind).ravel())


def quantised():
    """Convolutions and sums of eight bits, with their scales; what onnxruntime puts for several operators."""
    n, own = helper.make_node, "com.microsoft"
    u8, i8, i32 = TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32
    q = ["s", "z"]
    yield save("quantised", [
        n("QuantizeLinear", ["x"] + q, ["xq"], name="in"),
        n("QLinearConv", ["xq"] + q + ["w"] + ["s", "zi"] + q + ["b"], ["c"], name="conv", pads=[1, 1, 1, 1], strides=[2, 2]),
        n("QLinearLeakyRelu", ["c"] + q + q, ["l"], name="leaky", domain=own, alpha=0.1),
        n("QLinearAdd", ["l"] + q + ["c"] + q + q, ["a"], name="add", domain=own),
        n("QLinearConcat", q + ["a"] + q + ["c"] + q, ["j"], name="join", domain=own, axis=1),
        n("QLinearAveragePool", ["j"] + q + q, ["p"], name="pool", domain=own, kernel_shape=[3, 3], strides=[2, 2]),
        n("QLinearSigmoid", ["p"] + q + q, ["g"], name="gate", domain=own),
        n("QLinearMul", ["g"] + q + ["p"] + q + q, ["m"], name="gated", domain=own),
        n("QLinearMatMul", ["m"] + q + ["mw"] + q + q, ["mm"], name="mix"),
        n("DequantizeLinear", ["mm"] + q, ["f"], name="out"),
        n("DynamicQuantizeLinear", ["f"], ["fq", "fs", "fz"], name="measure"),
        n("ConvInteger", ["fq", "wi", "fz"], ["ci"], name="conv2"),
        n("Cast", ["ci"], ["cf"], name="cast", to=TensorProto.FLOAT),
        n("Mul", ["fs", "s"], ["both"], name="scales"),
        n("Mul", ["cf", "both"], ["r"], name="scaled"),
        n("DynamicQuantizeLinear", ["r"], ["rq", "rs", "rz"], name="measure2"),
        n("MatMulInteger", ["rq", "mi", "rz"], ["ri"], name="mix2"),
        n("Cast", ["ri"], ["rf"], name="cast2", to=TensorProto.FLOAT),
        n("Mul", ["rf", "rs"], ["y"], name="scaled2"),
    ], [value("x", [1, 3, 20, 30])], [
        numbers("s", [], TensorProto.FLOAT, 0.1), numbers("z", [], u8, 128), numbers("zi", [], i8, 0), numbers("w", [8, 3, 3, 3], i8),
        numbers("b", [8], i32), numbers("mw", [7, 9], u8), numbers("wi", [4, 16, 2, 2], u8), numbers("mi", [8, 5], u8)],
        13, 8, domains=[own]), {"x": [1, 3, 20, 30]}

    yield save("fused", [
        n("FusedConv", ["x", "w", "b"], ["c"], name="conv", domain=own, pads=[1, 1, 1, 1], strides=[2, 2], activation="LeakyRelu",
          activation_params=[0.1]),
        n("FusedConv", ["c", "w2", "b", "c"], ["d"], name="conv2", domain=own, pads=[1, 1, 1, 1], activation="Relu"),
        n("Reshape", ["d", "tokens"], ["t"], name="tokens"),
        n("Transpose", ["t"], ["seq"], name="turn", perm=[0, 2, 1]),
        n("FusedMatMul", ["seq", "seq"], ["fm"], name="scores", domain=own, transB=1, alpha=0.5),
        n("MatMul", ["fm", "seq"], ["ctx"], name="context"),
        n("BiasGelu", ["ctx", "b"], ["bg"], name="gelu", domain=own),
        n("SkipLayerNormalization", ["bg", "seq", "b", "b", "b"], ["sl", "", "", "sum"], name="skip", domain=own),
        n("SkipSimplifiedLayerNormalization", ["sl", "sum", "b"], ["sr"], name="skip2", domain=own),
        n("MultiHeadAttention", ["sr", "sl", "sl"], ["mha"], name="heads", domain=own, num_heads=2),
        n("Attention", ["mha", "aw", "ab"], ["at", "pr"], name="attention", domain=own, num_heads=2),
        n("GroupQueryAttention", ["at", "gk", "gk", "", "", "total", "most"], ["gq", "pk", "pv"], name="shared", domain=own,
          num_heads=2, kv_num_heads=1),
        n("QuickGelu", ["gq"], ["y"], name="quick", domain=own),
    ], [value("x", [1, 3, 8, 10])], [
        weight("w", 16, 3, 3, 3), weight("w2", 16, 16, 3, 3), weight("b", 16), constant("tokens", [0, 0, -1]), weight("aw", 16, 48),
        weight("ab", 48), weight("gk", 1, 20, 8), numbers("total", [1], i32, 19), numbers("most", [], i32, 20)],
        17, 8, domains=[own]), {"x": [1, 3, 8, 10]}

    yield save("quantised_lstm", [
        n("DynamicQuantizeLSTM", ["x", "w", "r", "b", "", "", "", "", "ws", "wz", "ws", "wz"], ["l", "h"], name="lstm", domain=own,
          hidden_size=4, direction="bidirectional"),
        n("Sigmoid", ["l"], ["y"], name="end"),
    ], [value("x", [7, 2, 3])], [
        numbers("w", [2, 3, 16], u8), numbers("r", [2, 4, 16], u8), weight("b", 2, 32), numbers("ws", [2], TensorProto.FLOAT, 0.1),
        numbers("wz", [2], u8, 0)], 17, 8, domains=[own]), {"x": [7, 2, 3]}

    yield save("bent", [  # windows that take each place from elsewhere
        n("DeformConv", ["x", "w", "off"], ["d"], name="deform", pads=[1, 1, 1, 1], strides=[2, 2]),
        n("AffineGrid", ["theta", "size"], ["g"], name="grid"),
        n("GridSample", ["d", "g"], ["y"], name="sample"),
    ], [value("x", [1, 3, 9, 12]), value("off", [1, 18, 5, 6]), value("theta", [1, 2, 3])], [
        weight("w", 4, 3, 3, 3), constant("size", [1, 4, 7, 5])], 20, 9), {"x": [1, 3, 9, 12], "off": [1, 18, 5, 6], "theta": [1, 2, 3]}

    yield save("past", [  # keys and values of earlier calls
        n("Attention", ["q", "k", "v", "", "pk", "pv"], ["a", "nk", "nv", "qk"], name="attention", q_num_heads=4, kv_num_heads=2),
        n("Sigmoid", ["a"], ["y"], name="end"),
    ], [value("q", [2, 6, 16]), value("k", [2, 6, 8]), value("v", [2, 6, 12]), value("pk", [2, 2, 5, 4]), value("pv", [2, 2, 5, 6])],
        [], 23, 10), {"q": [2, 6, 16], "k": [2, 6, 8], "v": [2, 6, 12], "pk": [2, 2, 5, 4], "pv": [2, 2, 5, 6]}


def executed(path, shapes):
    """Every tensor's shape, by onnxruntime without optimization; what the file declares is taken out first."""
    model = onnx.load(path)
    del model.graph.value_info[:]
    del model.graph.output[:]
    weights = {w.name for w in model.graph.initializer}
    for node in model.graph.node:
        model.graph.output.extend(onnx.ValueInfoProto(name=o) for o in node.output if o)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    feed = {i.name: numpy.zeros(shapes[i.name], "f4") for i in session.get_inputs() if i.name not in weights}
    names = [o.name for o in session.get_outputs()]
    return {"inputs": shapes, "shapes": {k: list(v.shape) for k, v in zip(names, session.run(None, feed))}}


def main():
    """With `newer`, `quantised` or `by_hand` behind it: those alone."""
    warnings.filterwarnings("ignore")
    alone = {"newer": newer, "quantised": quantised, "by_hand": by_hand}
    which = [alone[name] for name in sys.argv[1:]] or alone.values()
    made = [pair for make in which for pair in make()]
    if not sys.argv[1:]:
        made += [pair for name, how in TORCH.items() for pair in export_torch(name, *how)]
    for path, shapes in made:
        with open(path[:-5] + ".shapes.json", "w") as out:
            json.dump(executed(path, shapes), out, indent=0, sort_keys=True)
            out.write("\n")
        print(os.path.basename(path), os.path.getsize(path))


if __name__ == "__main__":
    main()
