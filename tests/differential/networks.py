"""Random networks as specs of format 1, grown layer by layer on what PyTorch returns, and PyTorch's own answer to each."""
import math
import random

import torch
import torch.nn.functional as F
from torch import nn

MOST_ELEMENTS = 20_000
DIM = {1: "1d", 2: "2d", 3: "3d"}
POINTWISE = ["Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "ReLU",
             "ReLU6", "LeakyReLU", "RReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Sigmoid", "LogSigmoid", "Tanh",
             "Tanhshrink", "Softplus", "Softsign", "Softshrink", "Hardshrink", "Hardtanh", "Hardswish", "Hardsigmoid"]
FUNCTIONS = ["Exp", "Expm1", "Log", "Log1p", "Log2", "Sqrt", "Rsqrt", "Square", "Abs", "Neg", "Sign", "Reciprocal", "Sin",
             "Cos", "Erf", "Floor", "Ceil", "Round", "Contiguous"]
REDUCTIONS = {"Mean": torch.mean, "Sum": torch.sum, "Max": torch.amax, "Min": torch.amin, "Var": torch.var,
              "Std": torch.std, "LogSumExp": torch.logsumexp}
NOT_OPTIONS = ("name", "type", "inputs")


def listed(value):
    return tuple(value) if isinstance(value, list) else value


def inputs_of(layer):
    return layer.get("inputs", [] if layer["type"] == "Parameter" else ["prev"])


# --- PyTorch's answer -------------------------------------------------------------------------------------------

class Torch:
    """Runs layers one by one; a layer that raises has no outputs, and what takes them is not run."""

    def __init__(self, inputs):
        self.values = {name: [value] for name, value in inputs.items()}
        self.indices = {}
        self.last = [next(iter(self.values))]

    def tensor(self, reference):
        name, _, output = str(reference).partition(":")
        if name == "prev":
            name = self.last[-1]
        values = self.values.get(name)
        return None if values is None else values[int(output or 0)]

    def run(self, layer):
        """The outputs of a layer, an exception, or None where it lacks an input."""
        name = layer["name"]
        inputs = [self.tensor(one) for one in inputs_of(layer)]
        self.last.append(name)
        self.values[name] = None
        references = [layer[key] for key in ("size_like", "indices") if key in layer]
        if any(one is None for one in inputs) or any(self.tensor(one) is None for one in references):
            return None
        try:
            with torch.no_grad():
                result = self.compute(layer, inputs)
        except (RuntimeError, ValueError, IndexError, TypeError, AssertionError, NotImplementedError) as error:
            return error
        outputs = list(result) if isinstance(result, (list, tuple)) else [result]
        self.values[name] = outputs
        return outputs

    def forget(self, layer):
        del self.values[layer["name"]]
        self.indices.pop(layer["name"], None)
        self.last.pop()

    def compute(self, layer, inputs):
        kind = layer["type"]
        options = {key: listed(value) for key, value in layer.items() if key not in NOT_OPTIONS}
        step = getattr(self, "do_" + kind.lower(), None)
        if step is not None:
            return step(*inputs, **options)
        if kind in FUNCTIONS:
            return getattr(inputs[0], kind.lower())()
        if kind in REDUCTIONS:
            return REDUCTIONS[kind](inputs[0], **options)
        return self.module(layer, kind, inputs, options)

    def module(self, layer, kind, inputs, options):
        x = inputs[0]
        forward = {}
        if kind.startswith(("ConvTranspose", "MaxUnpool")):
            if "size_like" in options:
                forward["output_size"] = self.spatial(options.pop("size_like"), int(kind[-2]))
            elif "output_size" in options:
                forward["output_size"] = options.pop("output_size")
        if kind.startswith("MaxUnpool"):
            inputs = [x, self.indices[options.pop("indices")]]
        if kind.startswith("MaxPool"):
            options.pop("return_indices", None)
            pooled, self.indices[layer["name"]] = getattr(nn, kind)(return_indices=True, **options).eval()(x)
            # Without indices it is another kernel, with refusals of its own.
            if not layer.get("return_indices"):
                return getattr(nn, kind)(**options).eval()(x)
            return pooled, self.indices[layer["name"]]
        if kind in ("ELU", "CELU") and "alpha" in options:
            options["alpha"] = float(options["alpha"])
        if kind == "Unflatten":
            options["unflattened_size"] = list(options["unflattened_size"])
        if kind in ("Softshrink", "Hardshrink") and "lambda" in options:
            options["lambd"] = options.pop("lambda")
        infer(kind, inputs, options)
        built = getattr(nn, kind)(**options).eval()
        if kind in ("LSTM",):
            out, (hidden, cell) = built(x, tuple(inputs[1:]) or None) if len(inputs) != 2 else built(x, inputs[1])
            return out, hidden, cell
        if kind == "MultiheadAttention":
            query, key, value = (inputs + [inputs[-1]] * 2)[:3] if len(inputs) != 2 else (inputs[0], inputs[1], inputs[1])
            return built(query, key, value)
        return built(*inputs, **forward)

    def spatial(self, reference, axes):
        return list(self.tensor(reference).shape[-axes:])

    # Steps without a module, as the manual of the spec describes them.
    def do_concat(self, *inputs, dim=1): return torch.cat(inputs, dim)
    def do_stack(self, *inputs, dim=0): return torch.stack(inputs, dim)
    def do_matmul(self, a, b): return torch.matmul(a, b)

    def fold_in(self, step, inputs, value):
        inputs = list(inputs) + ([value] if value is not None else [])
        result = inputs[0]
        for one in inputs[1:]:
            result = step(result, one)
        return result

    def do_add(self, *inputs, value=None): return self.fold_in(torch.add, inputs, value)
    def do_sub(self, *inputs, value=None): return self.fold_in(torch.sub, inputs, value)
    def do_mul(self, *inputs, value=None): return self.fold_in(torch.mul, inputs, value)
    def do_div(self, *inputs, value=None): return self.fold_in(torch.div, inputs, value)
    def do_pow(self, *inputs, value=None): return self.fold_in(torch.pow, inputs, value)
    def do_maximum(self, a, b): return torch.maximum(a, b)
    def do_minimum(self, a, b): return torch.minimum(a, b)
    def do_chunk(self, x, chunks, dim=0): return x.chunk(chunks, dim)

    def do_split(self, x, split_size_or_sections, dim=0):
        sizes = split_size_or_sections
        return x.split(list(sizes) if isinstance(sizes, tuple) else sizes, dim)

    def do_unbind(self, x, dim=0): return x.unbind(dim)
    def do_select(self, x, dim, index): return x.select(dim, index)
    def do_expand(self, x, size): return x.expand(*size)
    def do_repeat(self, x, repeats): return x.repeat(*repeats)
    def do_repeatinterleave(self, x, repeats, dim): return x.repeat_interleave(repeats, dim)
    def do_flip(self, x, dims): return x.flip(dims)
    def do_roll(self, x, shifts, dims): return x.roll(shifts, dims)
    def do_cumsum(self, x, dim): return x.cumsum(dim)
    def do_reshape(self, x, shape): return x.reshape(*shape)
    def do_permute(self, x, dims): return x.permute(*dims)
    def do_transpose(self, x, dim0, dim1): return x.transpose(dim0, dim1)
    def do_squeeze(self, x, dim=None): return x.squeeze() if dim is None else x.squeeze(dim)
    def do_unsqueeze(self, x, dim): return x.unsqueeze(dim)
    def do_norm(self, x, dim, keepdim=False, p=2): return torch.norm(x, p, dim, keepdim)
    def do_argmax(self, x, dim, keepdim=False): return x.argmax(dim, keepdim)
    def do_argmin(self, x, dim, keepdim=False): return x.argmin(dim, keepdim)
    def do_clamp(self, x, min=None, max=None): return x.clamp(min, max)

    def do_slice(self, x, index):
        return x[tuple(slice(*entry) if isinstance(entry, (list, tuple)) else slice(None) for entry in index)]

    def do_pad(self, x, padding=None, mode="constant", value=0, size_like=None):
        if size_like is not None:
            like = self.tensor(size_like)
            padding = []
            for have, want in zip(reversed(x.shape[2:]), reversed(like.shape[2:])):
                padding += [(want - have) // 2, (want - have) - (want - have) // 2]
        return F.pad(x, list(padding), mode, value) if mode == "constant" else F.pad(x, list(padding), mode)

    def do_scaleddotproductattention(self, *inputs, **options):
        # The kernel of the CPU does not look, and reads behind the end of the value.
        if inputs[1].dim() > 1 and inputs[2].dim() > 1 and inputs[1].shape[-2] != inputs[2].shape[-2]:
            raise ValueError("key and value of other lengths")
        return F.scaled_dot_product_attention(*inputs, **options)

    def do_upsample(self, x, size_like=None, **options):
        if size_like is not None:
            if self.tensor(size_like).dim() != x.dim():
                raise ValueError("the spec takes the size of a tensor of as many axes")
            options["size"] = self.spatial(size_like, x.dim() - 2)
        return nn.Upsample(**options)(x)

    def do_parameter(self, shape, requires_grad=True): return torch.zeros(*shape)

    # As the manual says: the first spatial axis is the third, or the second of a tensor of two axes.
    def do_crop(self, x, size=None, size_like=None, align="start"):
        first = min(2, x.dim() - 1)
        if first < 1:
            raise ValueError("no spatial axes")
        if size_like is not None:
            like = self.tensor(size_like)
            if like.dim() != x.dim():
                raise ValueError("the spec takes the size of a tensor of as many axes")
            sizes = list(like.shape[first:])
        elif len(size) not in (1, x.dim() - first) and len(size) == x.dim() - 1:
            first, sizes = 1, list(size)  # all axes of an unbatched tensor
        else:
            sizes = list(size) * (x.dim() - first) if len(size) == 1 else list(size)
        if len(sizes) != x.dim() - first or any(want > have for want, have in zip(sizes, x.shape[first:])):
            raise ValueError("more than there is")
        for axis, want in enumerate(sizes, first):
            x = x.narrow(axis, (x.shape[axis] - want) // 2 if align == "center" else 0, want)
        return x

    def do_padtomultiple(self, x, multiple, mode="constant", value=0):
        first = min(2, x.dim() - 1)
        by = list(multiple) * (x.dim() - first) if len(multiple) == 1 else list(multiple)
        if first < 1 or len(by) != x.dim() - first:
            raise ValueError("no such axes")
        padding = []
        for size, one in zip(reversed(x.shape[first:]), reversed(by)):
            padding += [0, -size % one]
        return F.pad(x, padding, mode, value) if mode == "constant" else F.pad(x, padding, mode)


def infer(kind, inputs, options):
    """The counts that a spec may leave out."""
    shape = inputs[0].shape

    def given(key, axis):
        if key not in options and len(shape) >= abs(axis) and axis < len(shape):
            options[key] = shape[axis]

    if kind.startswith("Conv"):
        given("in_channels", -1 - int(kind[-2]))
    elif kind == "Linear":
        given("in_features", -1)
    elif kind == "Bilinear":
        given("in1_features", -1)
        options.setdefault("in2_features", inputs[1].shape[-1])
    elif kind.startswith("BatchNorm"):
        given("num_features", 1)
    elif kind.startswith("InstanceNorm"):
        given("num_features", -1 - int(kind[-2]))
    elif kind == "GroupNorm":
        given("num_channels", 1)
    elif kind in ("RNN", "LSTM", "GRU"):
        given("input_size", -1)
    elif kind == "MultiheadAttention":
        given("embed_dim", -1)
    elif kind.startswith("Transformer"):
        given("d_model", -1)


# --- Random layers ----------------------------------------------------------------------------------------------

class Grower:
    def __init__(self, seed):
        self.dice = random.Random(seed)

    def one_in(self, n): return self.dice.randrange(n) == 0
    def between(self, low, high): return self.dice.randint(low, high)
    def of(self, options): return self.dice.choice(options)

    def per_axis(self, axes, low, high):
        """One number, or one for each axis."""
        if axes == 1 or self.one_in(2):
            return self.between(low, high)
        return [self.between(low, high) for _ in range(axes)]

    def axis(self, x):
        return self.between(-x.dim(), x.dim() - 1) if x.dim() and not self.one_in(15) else self.between(-4, 3)

    def sometimes(self, layer, **options):
        for key, value in options.items():
            if self.one_in(3):
                layer[key] = value
        return layer

    def network(self):
        """A spec of a flat list of layers with PyTorch's answers: (spec, {layer: shapes | exception | None})."""
        axes = self.of([1, 2, 2, 2, 3])
        batched = not self.one_in(5)
        sizes = [self.between(4, {1: 40, 2: 16, 3: 8}[axes]) for _ in range(axes)]
        shape = ([self.between(1, 2)] if batched else []) + [self.between(1, 6)] + sizes
        inputs = {"input": torch.rand(shape)}
        if self.one_in(6):
            other = list(shape)
            other[self.between(0, len(other) - 1)] = self.between(1, 12)
            inputs["other"] = torch.rand(other)
        if self.one_in(8):
            inputs["tokens"] = torch.zeros([self.between(1, 3), self.between(2, 6)], dtype=torch.int64)
        self.torch = Torch(inputs)
        self.names = list(inputs)
        self.layers, answers = [], {}
        self.answers = answers
        self.took = {}  # the shape of each layer's first input
        if "tokens" in inputs:
            # What an Embedding takes holds integers.
            self.add({"type": "Embedding", "inputs": ["tokens"], "num_embeddings": 7,
                      "embedding_dim": self.between(1, 4) * 2}, answers, True)
        slips = self.between(0, 1)
        for _ in range(self.between(2, 14)):
            slips -= self.branch(answers) if self.one_in(14) else self.grow(answers, slips > 0)
        return {"input": {name: list(value.shape) for name, value in inputs.items()}, "layers": self.layers}, answers

    def grow(self, answers, may_raise):
        for _ in range(8):
            source = self.of(self.names[-4:] if self.one_in(2) else self.names)
            x = self.torch.tensor(source)
            if x is None:
                continue
            layer = self.propose(x, source)
            if layer is None:
                continue
            if self.add(layer, answers, may_raise):
                return isinstance(answers[self.layers[-1]["name"]], Exception)
        return False

    def branch(self, answers):
        """Layers that keep what comes in, and the sum of both; some of them twice."""
        source = self.of(self.names)
        x = self.torch.tensor(source)
        axes = x.dim() - 2
        if axes not in DIM:
            return False
        conv = {"type": "Conv" + DIM[axes], "out_channels": x.shape[1], "kernel_size": 3, "padding": 1}
        first = self.of([conv, {"type": "ReLU"}, {"type": "BatchNorm" + DIM[axes]}, {"type": "Conv" + DIM[axes], "out_channels": x.shape[1], "kernel_size": 1}])
        begin = len(self.layers)
        for one in [first] * self.between(1, 3) + [conv] * self.between(0, 1):
            taken = source if len(self.layers) == begin else self.layers[-1]["name"]
            if not self.add({**one, "inputs": [taken]}, answers, False):
                return False
        self.add({"type": "Add", "inputs": [source, self.layers[-1]["name"]]}, answers, False)
        return False

    def add(self, layer, answers, may_raise):
        name = f"n{len(self.layers)}"
        layer = {"name": name, "type": layer.pop("type"), "inputs": layer.pop("inputs"), **layer}
        if layer["type"] == "Parameter":
            del layer["inputs"]
        elif layer["inputs"] == [self.torch.last[-1]] and len(self.layers) > 0 and self.one_in(2):
            del layer["inputs"]
        result = self.torch.run(layer)
        raised = isinstance(result, Exception)
        if result is None or (raised and not (may_raise and self.one_in(2))) or (
                not raised and any(one.numel() > MOST_ELEMENTS or one.numel() == 0 for one in result)):
            self.torch.forget(layer)
            return False
        self.layers.append(layer)
        first = next(iter(inputs_of(layer)), None)
        self.took[name] = list(self.torch.tensor(self.torch.last[-2] if first == "prev" else first).shape) if first else []
        answers[name] = result if raised else [list(one.shape) for one in result]
        if not raised:
            self.names += [name + (f":{i}" if i else "") for i, one in enumerate(result) if i < 4 and one.dtype.is_floating_point]
        return True

    def another(self, x):
        """A tensor that often fits beside x."""
        fitting = [name for name in self.names if self.torch.tensor(name) is not None
                   and self.torch.tensor(name).dim() == x.dim()]
        return self.of(fitting if fitting and not self.one_in(10) else self.names)

    def propose(self, x, source):
        axes = max(1, min(3, x.dim() - 2 if not self.one_in(8) else x.dim() - 1))
        makers = [self.conv, self.conv, self.transposed, self.transposed, self.pool, self.adaptive, self.resize, self.norm,
                  self.pointwise, self.merge, self.merge, self.shape, self.shape, self.cut, self.reduce, self.dense,
                  self.padded, self.sequence, self.unpool, self.shuffled, self.again]
        layer = self.of(makers)(x, axes, source)
        if layer is not None:
            layer.setdefault("inputs", [source])
        return layer

    def conv(self, x, axes, source):
        channels = x.shape[-1 - axes] if x.dim() > axes else 1
        layer = {"type": "Conv" + DIM[axes], "out_channels": self.between(1, 6), "kernel_size": self.per_axis(axes, 1, 4)}
        if self.one_in(3):
            layer["in_channels"] = channels if not self.one_in(6) else self.between(1, 6)
        if self.one_in(4):
            layer["groups"] = self.of([1, 2, 3, channels])
            layer["out_channels"] *= layer["groups"] if not self.one_in(6) else 1
        self.sometimes(layer, stride=self.per_axis(axes, 1, 3), padding=self.per_axis(axes, 0, 3),
                       dilation=self.per_axis(axes, 1, 2), bias=False,
                       padding_mode=self.of(["zeros", "reflect", "replicate", "circular"]))
        if self.one_in(8):
            layer["padding"] = self.of(["same", "valid"])
        return layer

    def transposed(self, x, axes, source):
        layer = {"type": "ConvTranspose" + DIM[axes], "out_channels": self.between(1, 5),
                 "kernel_size": self.per_axis(axes, 1, 4), "stride": self.per_axis(axes, 1, 3)}
        self.sometimes(layer, padding=self.per_axis(axes, 0, 2), dilation=self.per_axis(axes, 1, 2), bias=False)
        if self.one_in(4):
            layer["output_padding"] = self.per_axis(axes, 0, 2)
        elif self.one_in(5):
            layer["size_like"] = self.another(x)
        elif self.one_in(6):
            layer["output_size"] = [int(n * 2 + self.between(-1, 1)) for n in x.shape[-axes:]]
        return layer

    def pool(self, x, axes, source):
        kind = self.of(["MaxPool", "MaxPool", "AvgPool", "LPPool"])
        layer = {"type": kind + DIM[axes], "kernel_size": self.per_axis(axes, 1, 4)}
        if kind == "LPPool":
            layer["norm_type"] = self.of([1, 2, 3])
        self.sometimes(layer, stride=self.per_axis(axes, 1, 3), ceil_mode=True)
        if kind != "LPPool":
            self.sometimes(layer, padding=self.per_axis(axes, 0, 2))
        if kind == "MaxPool":
            self.sometimes(layer, dilation=self.per_axis(axes, 1, 2), return_indices=True)
        return layer

    def unpool(self, x, axes, source):
        pools = [one for one in self.layers if one["type"] == "MaxPool" + DIM[axes] and self.torch.tensor(one["name"]) is not None]
        if not pools:
            return None
        pool = self.of(pools)
        layer = {"type": "MaxUnpool" + DIM[axes], "inputs": [pool["name"] if not self.one_in(4) else source],
                 "indices": pool["name"], "kernel_size": pool["kernel_size"]}
        for key in ("stride", "padding"):
            if key in pool:
                layer[key] = pool[key]
        if self.one_in(3):
            layer["size_like"] = pool.get("inputs", [self.another(x)])[0]
        return layer

    def adaptive(self, x, axes, source):
        size = self.of([self.between(1, 9), [self.of([None, self.between(1, 9)]) for _ in range(axes)]])
        if axes == 1 and isinstance(size, list):
            size = size[0]
        return {"type": self.of(["AdaptiveAvgPool", "AdaptiveMaxPool"]) + DIM[axes], "output_size": size}

    def resize(self, x, axes, source):
        layer = {"type": "Upsample"}
        mode = self.of(["nearest", "nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear"])
        if self.one_in(2) and mode.endswith(("linear", "cubic")):
            mode = {1: "linear", 2: self.of(["bilinear", "bicubic"]), 3: "trilinear"}[axes]
        if not self.one_in(6):
            layer["mode"] = mode
        if self.one_in(4):
            layer["align_corners"] = self.of([True, False])
        how = self.between(0, 3)
        if how == 0:
            layer["size"] = self.per_axis(axes, 1, 12)
        elif how == 1:
            layer["size_like"] = self.another(x)
        else:
            layer["scale_factor"] = self.of([2, 0.5, 1.5, 3, 0.3, 1.1, [self.of([2, 1.25, 0.75]) for _ in range(axes)]])
        return layer

    def norm(self, x, axes, source):
        kind = self.of(["BatchNorm", "BatchNorm", "InstanceNorm", "GroupNorm", "LayerNorm", "RMSNorm", "LocalResponseNorm"])
        if kind in ("BatchNorm", "InstanceNorm"):
            return self.sometimes({"type": kind + DIM[axes]}, affine=self.of([True, False]), track_running_stats=self.of([True, False]),
                                  num_features=x.shape[1] if x.dim() > 1 else 1)
        if kind == "GroupNorm":
            return self.sometimes({"type": kind, "num_groups": self.of([1, 1, 2, 3, x.shape[1] if x.dim() > 1 else 1])}, affine=False)
        if kind == "LocalResponseNorm":
            return {"type": kind, "size": self.between(1, 5)}
        shape = list(x.shape[self.between(-x.dim(), -1):]) if x.dim() else [1]
        if self.one_in(8):
            shape[0] += 1
        return {"type": kind, "normalized_shape": shape}

    def pointwise(self, x, axes, source):
        if self.one_in(6):
            return {"type": self.of(["Softmax", "LogSoftmax", "Softmin", "GLU"]), "dim": self.axis(x)}
        if self.one_in(8):
            return {"type": "PReLU", "num_parameters": self.of([1, x.shape[1] if x.dim() > 1 else 2])}
        if self.one_in(10):
            return {"type": "Softmax2d"}
        if self.one_in(8):
            return self.sometimes({"type": "Clamp", "min": -1}, max=2)
        if self.one_in(12):
            return {"type": "Threshold", "threshold": 0.5, "value": 0}
        return {"type": self.of(POINTWISE if self.one_in(2) else FUNCTIONS)}

    def merge(self, x, axes, source):
        kind = self.of(["Concat", "Concat", "Add", "Add", "Sub", "Mul", "Div", "Maximum", "Minimum", "Stack", "MatMul", "Pow"])
        if kind in ("Add", "Mul", "Pow", "Sub", "Div") and self.one_in(5):
            return {"type": kind, "value": self.of([2, 0.5, 1])}
        layer = {"type": kind, "inputs": [source, self.another(x)]}
        if self.one_in(8):
            # A tensor of its own, that broadcasts mostly.
            shape = [self.of([1, n]) if not self.one_in(20) else n + 1 for n in x.shape]
            if shape and self.add({"type": "Parameter", "inputs": [], "shape": shape}, self.answers, False):
                layer["inputs"][1] = self.layers[-1]["name"]
        if kind in ("Concat", "Stack"):
            while self.one_in(3):
                layer["inputs"].append(self.another(x))
            if self.one_in(2):
                layer["dim"] = self.axis(x)
        return layer

    def shape(self, x, axes, source):
        kind = self.of(["Flatten", "Unflatten", "Reshape", "Reshape", "Permute", "Transpose", "Squeeze", "Unsqueeze", "Expand", "Repeat",
                        "RepeatInterleave", "Flip", "Roll", "CumSum"])
        dims = list(range(x.dim()))
        if kind == "Flatten":
            return self.sometimes({"type": kind}, start_dim=self.axis(x), end_dim=self.axis(x))
        if kind == "Unflatten":
            dim = self.axis(x)
            size = x.shape[dim] if -x.dim() <= dim < x.dim() else 4
            part = self.of([n for n in range(1, size + 1) if size % n == 0]) if not self.one_in(6) else 3
            return {"type": kind, "dim": dim, "unflattened_size": self.of([[part, -1], [part, max(1, size // part)]])}
        if kind == "Reshape":
            sizes = list(x.shape)
            while len(sizes) > 1 and self.one_in(2):
                at = self.between(0, len(sizes) - 2)
                sizes[at:at + 2] = [sizes[at] * sizes[at + 1]]
            if self.one_in(3) and sizes:
                sizes[self.between(0, len(sizes) - 1)] = -1
            if self.one_in(10):
                sizes.append(self.between(1, 3))
            return {"type": kind, "shape": sizes} if sizes else None
        if kind == "Permute":
            self.dice.shuffle(dims)
            return {"type": kind, "dims": dims if dims and not self.one_in(10) else [0, 1, 1]}
        if kind == "Transpose":
            return {"type": kind, "dim0": self.axis(x), "dim1": self.axis(x)}
        if kind == "Squeeze":
            return self.sometimes({"type": kind}, dim=self.axis(x))
        if kind in ("Unsqueeze", "CumSum"):
            return {"type": kind, "dim": self.axis(x)}
        if kind == "Expand":
            size = [self.of([-1, n]) if n != 1 else self.of([-1, 1, 3]) for n in x.shape]
            return {"type": kind, "size": ([2] if self.one_in(3) else []) + size} if size else None
        if kind == "Repeat":
            return {"type": kind, "repeats": [self.between(1, 2) for _ in range(max(1, x.dim() + self.between(-1 if self.one_in(8) else 0, 1)))]}
        if kind == "RepeatInterleave":
            return {"type": kind, "repeats": self.between(1, 3), "dim": self.axis(x)}
        if kind == "Flip":
            return {"type": kind, "dims": [self.axis(x)]}
        return {"type": kind, "shifts": [self.between(-3, 3)], "dims": [self.axis(x)]}

    def cut(self, x, axes, source):
        kind = self.of(["Slice", "Chunk", "Split", "Unbind", "Select"])
        if kind == "Slice":
            index = [self.of([None, [self.of([None, self.between(-3, 3)]), self.of([None, self.between(-2, 9)]), self.of([None, 1, 2])]])
                     for _ in range(self.between(1, max(1, x.dim())))]
            return {"type": kind, "index": [one or [None, None] for one in index]}
        dim = self.axis(x)
        size = x.shape[dim] if -x.dim() <= dim < x.dim() else 4
        if kind == "Chunk":
            return {"type": kind, "chunks": self.between(1, 4), "dim": dim}
        if kind == "Split":
            first = self.between(1, max(1, size - 1))
            return {"type": kind, "dim": dim, "split_size_or_sections": self.of([self.between(1, 4), [first, max(1, size - first)]])}
        if kind == "Select":
            return {"type": kind, "dim": dim, "index": self.between(-size - (1 if self.one_in(8) else 0), size - 1)}
        return {"type": kind, "dim": dim}

    def reduce(self, x, axes, source):
        if self.one_in(6):
            return self.sometimes({"type": self.of(["ArgMax", "ArgMin"]), "dim": self.axis(x)}, keepdim=True)
        if self.one_in(6):
            return self.sometimes({"type": "Norm", "dim": [self.axis(x)]}, keepdim=True, p=self.of([1, 2, 3]))
        dims = [self.axis(x)] if self.one_in(2) else [self.axis(x), self.axis(x)]
        return self.sometimes({"type": self.of(list(REDUCTIONS)), "dim": dims}, keepdim=True)

    def dense(self, x, axes, source):
        if self.one_in(6):
            return {"type": "Bilinear", "inputs": [source, self.another(x)], "out_features": self.between(1, 4)}
        return self.sometimes({"type": "Linear", "out_features": self.between(1, 6)},
                              in_features=self.of([x.shape[-1] if x.dim() else 1, 3]), bias=False)

    def padded(self, x, axes, source):
        low = -1 if self.one_in(4) else 0
        if x.dim() > 2 and self.one_in(4):
            return self.fitted(x)
        if self.one_in(2):
            count = 2 * self.between(1, max(1, min(3, x.dim())))
            return {"type": "Pad", "padding": [self.between(low, 3) for _ in range(count)],
                    "mode": self.of(["constant", "constant", "reflect", "replicate", "circular"])}
        kind = self.of(["ReflectionPad", "ReplicationPad", "ZeroPad", "CircularPad", "ConstantPad"])
        layer = {"type": kind + DIM[axes],
                 "padding": self.between(low, 3) if self.one_in(2) else [self.between(low, 3) for _ in range(2 * axes)]}
        if kind == "ConstantPad":
            layer["value"] = 0.5
        return layer

    def fitted(self, x):
        if self.one_in(2):
            return self.sometimes({"type": "PadToMultiple", "multiple": self.of([[self.between(1, 6)], [self.between(1, 6) for _ in x.shape[2:]]])},
                                  mode=self.of(["constant", "reflect", "replicate", "circular"]))
        layer = {"type": "Crop"}
        like = self.another(x)
        if self.one_in(2) and self.torch.tensor(like).dim() == x.dim():
            layer["size_like"] = like
        else:
            layer["size"] = [max(1, n - self.between(0 if not self.one_in(8) else -2, 3)) for n in x.shape[2:]]
        return self.sometimes(layer, align="center")

    def sequence(self, x, axes, source):
        kind = self.of(["RNN", "LSTM", "GRU", "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer",
                        "ScaledDotProductAttention"])
        width = x.shape[-1] if x.dim() else 1
        heads = self.of([n for n in range(1, width + 1) if width % n == 0] + ([2, 3] if self.one_in(4) else []))
        first = self.one_in(2)
        if kind in ("RNN", "LSTM", "GRU"):
            layer = self.sometimes({"type": kind, "hidden_size": self.between(2, 4), "batch_first": first},
                                   num_layers=2, bidirectional=True, bias=False)
            if kind == "LSTM":
                self.sometimes(layer, proj_size=1)
            return layer
        if kind == "MultiheadAttention":
            inputs = [source] + [self.another(x) for _ in range(self.between(0, 2))]
            return self.sometimes({"type": kind, "inputs": inputs, "num_heads": heads, "batch_first": first},
                                  add_bias_kv=True, add_zero_attn=True)
        if kind == "ScaledDotProductAttention":
            return self.sometimes({"type": kind, "inputs": [source, self.another(x), self.another(x)]}, is_causal=True)
        layer = {"type": kind, "nhead": heads, "dim_feedforward": 4, "batch_first": first}
        if kind.endswith("DecoderLayer"):
            layer["inputs"] = [source, self.another(x)]
        return self.sometimes(layer, norm_first=True, activation="gelu")

    def shuffled(self, x, axes, source):
        kind = self.of(["PixelShuffle", "PixelUnshuffle", "ChannelShuffle", "Unfold", "Fold"])
        if kind == "PixelShuffle":
            return {"type": kind, "upscale_factor": self.between(1, 2)}
        if kind == "PixelUnshuffle":
            return {"type": kind, "downscale_factor": self.between(1, 3)}
        if kind == "ChannelShuffle":
            return {"type": kind, "groups": self.between(1, 3)}
        layer = self.sometimes({"type": kind, "kernel_size": self.per_axis(2, 1, 3)}, stride=self.per_axis(2, 1, 2),
                               padding=self.per_axis(2, 0, 1), dilation=self.per_axis(2, 1, 2))
        if kind == "Fold":
            layer["output_size"] = self.per_axis(2, 2, 6)
        return layer

    def again(self, x, axes, source):
        """A layer that is there already, somewhere else."""
        # What an Embedding takes holds integers from then on, which would be another network.
        others = [one for one in self.layers if one["type"] != "Embedding"]
        if not others:
            return None
        layer = {key: value for key, value in self.of(others).items() if key != "name"}
        layer["inputs"] = [source] + [self.another(x) for _ in layer.get("inputs", [])[1:]]
        return layer


# --- The same network, written otherwise ------------------------------------------------------------------------

SIZES = {"Reshape": "shape", "Expand": "size", "Repeat": "repeats"}


def word_of(size, taken, dice):
    """An expression over the sizes that come in which is `size` here; the number where there is none."""
    words = []
    for axis, have in enumerate(taken):
        if have == size:
            words.append(f"in[{axis}]")
        elif have * 2 == size:
            words.append(f"in[{axis}]*2")
        elif size > 1 and have // 2 == size:
            words.append(f"in[{axis}]//2")
        elif 0 < abs(size - have) < 4:
            words.append(f"in[{axis}] {'+' if size > have else '-'} {abs(size - have)}")
        words += [f"in[{axis}]*in[{other}]" for other in range(axis) if have * taken[other] == size]
    return dice.choice(words) if words and size > 0 else size


def with_words(spec, taken, dice):
    """Numbers of sizes as words, where the layer has one input."""
    layers = [dict(one) for one in spec["layers"]]
    for one in layers:
        key = SIZES.get(one["type"])
        if key is not None and len(one.get("inputs", [""])) == 1:
            one[key] = [word_of(size, taken[one["name"]], dice) if dice.random() < 0.5 else size for size in one[key]]
    return {**spec, "layers": layers}


def references(layer):
    return layer.get("inputs", []) + [layer[key] for key in ("size_like", "indices") if key in layer]


def renamed_in(layer, names):
    """The layer with references by other names."""
    def renamed(reference):
        name, colon, output = reference.partition(":")
        return names.get(name, name) + colon + output
    layer = dict(layer)
    if "inputs" in layer:
        layer["inputs"] = [renamed(one) for one in layer["inputs"]]
    for key in ("size_like", "indices"):
        if key in layer:
            layer[key] = renamed(layer[key])
    return layer


def readers(layers):
    """How many layers read each by its name; the one in front counts where a layer names none."""
    count = {}
    for before, layer in zip([None] + layers, layers):
        taken = references(layer)
        if "inputs" not in layer and layer["type"] != "Parameter":
            taken = taken + ([before["name"]] if before else [])
        for one in taken:
            name = one.partition(":")[0]
            count[name] = count.get(name, 0) + 1
    return count


def plain(layer):
    return {key: value for key, value in layer.items() if key not in ("name", "inputs")}


def follows(layer, before):
    return layer["type"] != "Parameter" and layer.get("inputs", [before["name"]]) == [before["name"]] and not (
        {"size_like", "indices"} & layer.keys())


def with_residuals(spec, answers):
    """A chain and the sum of what goes in and what comes out as a Residual."""
    layers, names = list(spec["layers"]), {}
    count = readers(layers)
    at = len(layers) - 1
    while at > 0:
        merge = layers[at]
        begin = at - 1
        while begin > 0 and follows(layers[begin], layers[begin - 1]) and count.get(layers[begin - 1]["name"]) == 1:
            begin -= 1
        chain = layers[begin:at]
        body = len(chain) > 0 and chain[0].get("inputs", ["prev"])
        if (merge["type"] == "Add" and "value" not in merge and len(merge["inputs"]) == 2 and body and len(body) == 1
                and merge["inputs"] == [body[0], chain[-1]["name"]] and count.get(chain[-1]["name"]) == 1
                and not any({"size_like", "indices", "return_indices"} & one.keys() for one in chain)):
            entry = {"name": merge["name"], "type": "Residual", "inputs": body,
                     "layers": [{"name": one["name"], **plain(one)} for one in chain]}
            for one in chain:
                names[one["name"]] = f"{merge['name']}.{one['name']}"
            layers[begin:at + 1] = [entry]
            at = begin
        at -= 1
    layers = [renamed_in(one, names) for one in layers]
    return {**spec, "layers": layers}, {names.get(name, name): answer for name, answer in answers.items()}


def with_repeats(spec, answers):
    """The same layer several times in a row as one that is repeated."""
    layers, names = [], {}
    count = readers(spec["layers"])
    run = []
    for layer in spec["layers"] + [None]:
        if run and layer and follows(layer, run[-1]) and plain(layer) == plain(run[-1]) and count.get(run[-1]["name"]) == 1:
            run.append(layer)
            continue
        if len(run) > 1:
            layers.append({**run[0], "repeat": len(run)})
            for number, one in enumerate(run):
                names[one["name"]] = f"{run[0]['name']}.{number}"
        else:
            layers += run
        run = [layer]
    layers = [renamed_in(one, names) for one in layers]
    return {**spec, "layers": layers}, {names.get(name, name): answer for name, answer in answers.items()}


def with_blocks(spec, answers, dice):
    """Some layers in a row as a block; what they take from outside becomes its arguments."""
    layers = spec["layers"]
    if len(layers) < 3:
        return spec, answers
    begin = dice.randrange(len(layers) - 1)
    end = dice.randrange(begin + 1, min(len(layers), begin + 5)) + 1
    inside = {one["name"] for one in layers[begin:end]}
    use = {"use": "part", "name": "u"}
    arguments = {}

    def renamed(reference, within):
        name, colon, output = reference.partition(":")
        if name == "prev":
            return reference
        if name in inside:
            return reference if within else "u." + reference
        if not within:
            return reference
        argument = arguments.setdefault(reference, f"t{len(arguments)}")
        use[argument] = reference
        return "$" + argument

    def rewritten(layer, within):
        layer = dict(layer)
        if "inputs" in layer:
            layer["inputs"] = [renamed(one, within) for one in layer["inputs"]]
        for key in ("size_like", "indices"):
            if key in layer:
                layer[key] = renamed(layer[key], within)
        return layer

    block = [rewritten(one, True) for one in layers[begin:end]]
    for number, one in enumerate(block):
        if "out_channels" in one and dice.random() < 0.5:
            use["width"] = one["out_channels"]
            one["out_channels"] = "$width"
            break
    written = [rewritten(one, False) for one in layers[:begin]] + [use] + [rewritten(one, False) for one in layers[end:]]
    named = {("u." + name if name in inside else name): answer for name, answer in answers.items()}
    return {"input": spec["input"], "blocks": {"part": block}, "layers": written}, named


def networks(seed, count):
    for number in range(count):
        grower = Grower(f"{seed}/{number}")
        torch.manual_seed(0)
        spec, answers = grower.network()
        if number % 3 == 1:
            spec = with_words(spec, grower.took, grower.dice)
        if grower.layers and number % 4 == 1:
            spec, answers = with_residuals(spec, answers) if number % 8 == 1 else with_repeats(spec, answers)
        if grower.layers and number % 4 == 3:
            spec, answers = with_blocks(spec, answers, grower.dice)
        if grower.layers:
            yield number, spec, answers
