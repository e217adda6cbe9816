"""Runs one forward pass of a PyTorch model without memory and writes the calls that it makes, as JSON lines.

  python -B recorder.py FILE.py:NAME --input 1,3,64,64 [--input ids=2,77:int64] [--also 1,3,96,160] [--to FD]
                        [--constructors] [--changed FILE TEXT] [--wanted CHANGES]

`--constructors`: also where the calls stand that made the model's layers, by argument (constructors.py, which stands in
front of this file in the program that runs, and constructors.cpp, which reads them).
`--changed`: FILE is imported as if it held the bytes of TEXT.
`--wanted`: nothing is run; written is what the calls around would have to say for the changes, a list for each fix, of
[MODULE, OPTION, FROM, TO] (trials.py). The form of the lines stands in src/read/calls/calls.h. No layer kinds here: the reader has them. Sizes remember the
tensor and axis that they were read from. A call that raises is recorded with its message; in a second pass it gets
the result that it most likely should have had, so that what follows is seen too. Needs torch 2.0 or newer, nothing
else. A line {"failed": PHASE, "message": …, "at": "FILE:LINE"} stands where no run could be made.
"""
import argparse
import ast
import collections
import contextlib
import functools
import gc
import importlib
import importlib.util
import inspect
import json
import math
import os
import re
import sys
import textwrap
import traceback

os.environ.setdefault("PYTORCH_JIT", "0")  # scripted functions and compiled modules hide their calls
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")

HERE = os.path.abspath(__file__) if "__file__" in globals() else "<string>"
TAG = "_recorded_as"  # on a tensor: its id in the recording
MADE = "_recorded_made"  # on a module: the line that made it
SITE = "_recorded_site"  # on a module, or a parameter: the places of the call that made it and of those around it
INNER = "_recorded_inner"  # on a module: another module of torch made it for itself
KNOWN = "_recorded_known"  # on them: the names that those calls could read, by the place in SITE
START = os.getcwd()
NO_CALLS = {"size", "shape", "dim", "ndim", "ndimension", "numel", "nelement", "device", "dtype", "layout", "stride",
            "is_floating_point", "is_complex", "data_ptr", "requires_grad", "is_contiguous", "element_size", "names",
            "is_cuda", "is_meta", "is_cpu", "is_quantized", "is_sparse", "is_mps", "grad", "grad_fn", "is_leaf",
            "storage_offset", "untyped_storage", "get_device", "__len__", "__repr__", "__str__", "__format__",
            "__hash__", "_version", "is_nested", "is_inference", "is_mkldnn", "is_xla", "is_xpu", "itemsize", "nbytes"}

# What these return has the shape of a tensor, or of sizes, and none of its values: a constant.
LIKE = {"zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like"}
NEW = {"new_zeros", "new_ones", "new_empty", "new_full"}
MAKERS = {"zeros", "ones", "empty", "full", "rand", "randn", "arange", "expand", "repeat"}
PARTS = {"split", "chunk", "tensor_split", "unbind"}
MOST_FILES = 24  # of the user's, whose constants are told
MOST_PARTS = 64  # of one tensor, where fewer are taken
MOST_HIDDEN = 1 << 16  # modules and lists that are looked at
MOST_STOPS = 16  # of one run that are gone past
TURNS = {"transpose", "permute", "t", "T", "mT", "swapaxes", "swapdims", "movedim", "moveaxis", "rot90"}
MOST_VALUES = 1 << 22  # of a constant that is made in memory


# -- sizes that remember ------------------------------------------------------------------------------------------
def formula_of(value):
    return value.formula if isinstance(value, (Size, Ratio)) else int(value)


def exact(value):
    """A number that a size may be multiplied with and still be a quotient of integers."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, (Size, Ratio, int)):
        return formula_of(value)
    if not math.isfinite(value):
        return None
    over, under = float(value).as_integer_ratio()
    return None if under > 1 << 20 else over if under == 1 else ["/", over, under]


def unboxed(value):
    """The number in a number of numpy; anything else as it is."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0 and hasattr(value, "item"):
        value = value.item()
    return value


def operation(word, function, turned=False):
    def compute(self, other):
        plain = float(self) if isinstance(self, Ratio) else int(self)
        other = unboxed(other)
        number = float(other) if isinstance(other, float) else int(other) if isinstance(other, int) else other
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            return NotImplemented
        result = function(number, plain) if turned else function(plain, number)
        right = exact(other)
        if right is None:
            return result
        if right == (0 if word in "+-" else 1 if word in ("*", "//", "/") else None) and (word in "+*" or not turned):
            return kept(result, self.formula)
        if word in "+-" and isinstance(self, Ratio) and self.formula[0] == "/" and not turned and isinstance(other, int):
            over, under = self.formula[1:]  # a/b + n is (a + n*b)/b, which a ceil can round
            return kept(result, ["/", [word, over, ["*", right, under]], under])
        pair = [right, self.formula] if turned else [self.formula, right]
        return kept(result, [word] + pair)
    return compute


def kept(result, formula):
    return Size(result, formula) if isinstance(result, int) else Ratio(result, formula)


def lowest_bits(mask):
    return type(mask) is int and mask > 0 and mask & (mask + 1) == 0


class Size(int):
    """An axis of a tensor, or an integer computed from such axes."""

    def __new__(cls, value, formula):
        size = int.__new__(cls, value)
        size.formula = formula
        return size

    def __neg__(self):
        return Size(-int(self), ["neg", self.formula])

    def __divmod__(self, other):
        return self // other, self % other

    def itself(self, *digits):
        return round(int(self), *digits) if digits else self

    __ceil__ = __floor__ = __trunc__ = __round__ = __pos__ = itself

    # Shifts, and masks of the lowest bits, are quotients and remainders.
    def __rshift__(self, bits):
        return Size(int(self) >> bits, ["//", self.formula, 1 << bits]) if type(bits) is int else int(self) >> bits

    def __lshift__(self, bits):
        return Size(int(self) << bits, ["*", self.formula, 1 << bits]) if type(bits) is int else int(self) << bits

    def __or__(self, mask):
        return self - self % (mask + 1) + mask if lowest_bits(mask) else int(self) | mask

    def __and__(self, mask):
        if lowest_bits(mask):
            return self % (mask + 1)
        return self - self % -mask if type(mask) is int and mask < 0 and lowest_bits(-mask - 1) else int(self) & mask

    __ror__, __rand__ = __or__, __and__

    def __reduce__(self):  # copies and pickles are plain
        return int, (int(self),)

    def __hash__(self):
        if "einops" in sys._getframe(1).f_code.co_filename:
            raise TypeError("unhashable")  # its caches would mix up tensors of one shape
        return int.__hash__(self)

    __eq__ = int.__eq__


class Ratio(float):
    """A quotient of sizes, until floor or ceil makes a size of it."""

    def __new__(cls, value, formula):
        ratio = float.__new__(cls, value)
        ratio.formula = formula
        return ratio

    def __neg__(self):
        return Ratio(-float(self), ["neg", self.formula])

    def __floor__(self):
        return Size(math.floor(float(self)), ["floor", self.formula])

    def __ceil__(self):
        return Size(math.ceil(float(self)), ["ceil", self.formula])

    def __trunc__(self):
        return Size(math.trunc(float(self)), ["trunc", self.formula])

    def __reduce__(self):
        return float, (float(self),)


def of_numpy(self, ufunc, method, *inputs, **kwargs):
    """numpy.ceil(h / 2) is math.ceil(h / 2); whatever else numpy computes is a plain number."""
    rounds = {"ceil": math.ceil, "floor": math.floor, "trunc": math.trunc}.get(ufunc.__name__)
    if rounds and method == "__call__" and len(inputs) == 1 and not kwargs:
        return rounds(self)
    plain = [float(v) if isinstance(v, Ratio) else int(v) if isinstance(v, Size) else v for v in inputs]
    return getattr(ufunc, method)(*plain, **kwargs)


Size.__array_ufunc__ = Ratio.__array_ufunc__ = of_numpy
for _class in (Size, Ratio):
    for _name, _word, _function in (("add", "+", lambda a, b: a + b), ("sub", "-", lambda a, b: a - b),
                                    ("mul", "*", lambda a, b: a * b), ("floordiv", "//", lambda a, b: a // b),
                                    ("mod", "%", lambda a, b: a % b), ("truediv", "/", lambda a, b: a / b)):
        setattr(_class, f"__{_name}__", operation(_word, _function))
        setattr(_class, f"__r{_name}__", operation(_word, _function, turned=True))


# A size that goes through a tensor of no axes, torch.ceil(torch.tensor(length / 4)).long(): what Python's own numbers
# would do. By the name that torch has for it.
SCALAR_STEPS = {
    "add": lambda a, b: a + b, "radd": lambda a, b: b + a, "iadd": lambda a, b: a + b,
    "sub": lambda a, b: a - b, "rsub": lambda a, b: b - a, "isub": lambda a, b: a - b,
    "mul": lambda a, b: a * b, "rmul": lambda a, b: b * a, "imul": lambda a, b: a * b,
    "div": lambda a, b: a / b, "truediv": lambda a, b: a / b, "true_divide": lambda a, b: a / b,
    "rtruediv": lambda a, b: b / a, "rdiv": lambda a, b: b / a,
    "floordiv": lambda a, b: a // b, "floor_divide": lambda a, b: a // b, "rfloordiv": lambda a, b: b // a,
    "remainder": lambda a, b: a % b, "mod": lambda a, b: a % b, "rmod": lambda a, b: b % a,
    "neg": lambda a: -a, "ceil": math.ceil, "floor": math.floor, "trunc": math.trunc}
SCALAR_COPIES = {"to", "type", "type_as", "long", "int", "float", "double", "clone", "detach", "cpu", "tensor", "as_tensor"}
SCALARS = {}  # by id: a tensor of no axes, and the Size or Ratio that it holds


class Whole(type):
    """What `int` is in a model's own files while it runs: the same, but that a size stays what it is."""

    def __call__(cls, *args, **kwargs):
        if len(args) == 1 and not kwargs and id(args[0]) in SCALARS:
            args = (SCALARS[id(args[0])][1],)
        if len(args) == 1 and not kwargs and isinstance(args[0], (Size, Ratio)):
            return args[0] if isinstance(args[0], Size) else args[0].__trunc__()
        return int(*args, **kwargs)

    def __instancecheck__(cls, value):
        return isinstance(value, int)

    def __subclasscheck__(cls, other):
        return issubclass(other, int)

    def __eq__(cls, other):
        return other is int or other is cls

    def __hash__(cls):
        return hash(int)


class Integer(int, metaclass=Whole):
    pass


class Remembering:
    """While it is entered, int() of a size remembers, in the files of the model and of the packages that its classes are
    from."""

    def __init__(self, model):
        tops = {type(m).__module__.split(".")[0] for m in model.modules()} if isinstance(model, nn.Module) else set()
        tops -= {"torch", "builtins"}
        self.files = [vars(m) for n, m in list(sys.modules.items()) if n.split(".")[0] in tops and m is not None]

    def __enter__(self):
        self.files = [names for names in self.files if "int" not in names]
        for names in self.files:
            names["int"] = Integer

    def __exit__(self, *_):
        for names in self.files:
            names.pop("int", None)


# -- places ---------------------------------------------------------------------------------------------------------
def user_frame(skip, made=None):
    """The innermost frame outside of torch, and outside of the constructors of `made`."""
    frame = sys._getframe(skip + 1)
    while frame:
        file = frame.f_code.co_filename
        if made is not None and frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is made:
            pass
        elif not file.startswith(LIBRARY) and not file.startswith("<") and file != HERE and "/einops/" not in file:
            return frame
        frame = frame.f_back
    return None


def own_frame(frame):
    """The innermost frame around one that is no installed package's: whoever made a block of a package. That one itself where
    the whole model is a package's."""
    outer = frame
    while outer is not None and (re.search(r"[/\\](site|dist)-packages[/\\]", outer.f_code.co_filename)
                                 or outer.f_code.co_filename.startswith(("<",) + LIBRARY)):
        outer = outer.f_back
    return frame if outer is None or outer.f_code.co_filename == HERE else outer


def shown(file):
    """A file as people call it from here: "nets/unet.py"; whole where it stands elsewhere."""
    try:
        near = os.path.relpath(file, START)
    except ValueError:
        return file
    return file if near.startswith("..") else near


def place(skip=2):
    """The innermost line outside of torch: "FILE:LINE", or nothing."""
    frame = user_frame(skip)
    return f"{shown(frame.f_code.co_filename)}:{frame.f_lineno}" if frame else ""


POSITIONS = {}


def span_in(frame):
    """Lines and columns of the call that a frame is in (Python 3.11 and newer), else its first line alone."""
    code = frame.f_code
    if not hasattr(code, "co_positions"):
        return (frame.f_lineno, None, None, None)
    if code not in POSITIONS:
        POSITIONS[code] = list(code.co_positions())
    return POSITIONS[code][frame.f_lasti // 2]


class Names(tuple):
    """What calls could read; a copy of the module that they made has none of its own."""

    def __deepcopy__(self, _):
        return self

    def __reduce__(self):
        return Names, ()


def names_in(frame):
    """The names that a frame has. Of its lists what they hold now: a constructor that turns one round, widths.reverse(), does so
    behind the call that took widths[-1]."""
    return {name: value[:] if type(value) is list and len(value) <= MOST_OF_A_LIST else value
            for name, value in frame.f_locals.items()}


def chain_of(frame):
    """The place of a frame's call, then that of the call of the function which it is in, and so on; and what each of them
    could read: its names, and those of its file."""
    chain, names = [], []
    while frame is not None and len(chain) < MOST_AROUND:
        chain.append((frame.f_code.co_filename,) + span_in(frame))
        here, file = names_in(frame), frame.f_globals
        while frame is not None and (frame.f_code.co_name in ("<listcomp>", "<genexpr>", "<setcomp>", "<dictcomp>")
                                     or frame.f_code.co_filename.startswith(LIBRARY)):
            frame = frame.f_back
            here = {**(names_in(frame) if frame is not None and frame.f_globals is file else {}), **here}
        names.append((here, file))
        frame = frame.f_back if frame is not None else None
        while frame is not None and frame.f_code.co_filename.startswith(LIBRARY):
            frame = frame.f_back
        if frame is not None and (frame.f_code.co_filename.startswith("<") or frame.f_code.co_filename == HERE):
            frame = None  # the recorder itself, and what it was told to evaluate
    return tuple(chain), Names(names)


def made_inside(module, outer):
    """Whether another module is being made between a module's constructor and the frame of the user's."""
    frame = sys._getframe(2)
    while frame is not None and frame is not outer:
        other = frame.f_locals.get("self") if frame.f_code.co_name == "__init__" else None
        if isinstance(other, nn.Module) and other is not module:
            return True
        frame = frame.f_back
    return False


def count_chain(counter, chain):
    for end in range(1, len(chain or ()) + 1):
        counter[chain[:end]] += 1


def count_made(thing):
    chain = thing.__dict__[SITE]
    count_chain(MADE_AT, chain)
    owners = [here.get("self") for here, _ in thing.__dict__[KNOWN]]
    owner = next((type(one) for one in reversed(owners) if isinstance(one, nn.Module)), None)
    if owner is not None:
        count_chain(MADE_FOR.setdefault(owner, collections.Counter()), chain)


def place_of(error):
    """Where an exception came from, as far as it is the user's: the innermost line outside of torch."""
    at = ""
    python = os.path.dirname(os.__file__) + os.sep
    for file, line, *_ in traceback.extract_tb(error.__traceback__):
        of_python = file.startswith(python) and "-packages" + os.sep not in file
        if not file.startswith(LIBRARY + ("<",)) and not of_python and file != HERE and "/einops/" not in file:
            at = f"{shown(file)}:{line}"
    if isinstance(error, SyntaxError) and error.filename:
        at = f"{shown(error.filename)}:{error.lineno or 1}"
    return at


def said(error):
    text = str(error.msg if isinstance(error, SyntaxError) else error).strip().split("\n")[0]
    text = text.encode("utf-8", "backslashreplace").decode()  # half a character is none of JSON
    line = type(error).__name__ + (": " + text if text else "")
    cause = error.__cause__
    while cause is not None and cause.__cause__ is not None:
        cause = cause.__cause__
    # A package that wraps what went wrong: "Failed to import …, look up to see its traceback".
    return line if cause is None or str(cause) in str(error) else f"{line} ({said(cause)})"


class Failure(Exception):
    """No run can be made: the phase, one line, and where."""

    def __init__(self, phase, message, at=""):
        super().__init__(message)
        self.line = {"failed": phase, "message": message, **({"at": at} if at else {})}


LIBRARY = ("<never>",)
PLACES = False  # whether the places are asked for
MADE_AT = collections.Counter()  # modules and parameters by their SITE, and by each beginning of it
MADE_FOR = {}  # the same, by the class of the outermost module that was being made


def load_torch():
    global torch, nn, Recorder, LIBRARY, CALL
    if "CALL" in globals():
        return
    try:
        import torch
        from torch import nn
    except Exception as error:
        raise Failure("torch", f"this Python ({sys.executable}) cannot import torch: {said(error)}")
    if tuple(map(int, torch.__version__.split("+")[0].split(".")[:2])) < (2, 0):
        raise Failure("torch", f"torch {torch.__version__} is too old: 2.0 or newer is needed")
    LIBRARY = (os.path.dirname(torch.__file__) + os.sep, os.path.dirname(os.path.abspath(importlib.__file__)) + os.sep)
    CALL = nn.Module.__call__
    init = nn.Module.__init__

    def watched(self, *args, **kwargs):
        init(self, *args, **kwargs)
        frame = user_frame(1, made=self) if MADE not in self.__dict__ else None
        if frame:
            own = own_frame(frame)
            self.__dict__[MADE] = f"{shown(own.f_code.co_filename)}:{own.f_lineno}"
            if PLACES:
                self.__dict__[SITE], self.__dict__[KNOWN] = chain_of(frame)
                self.__dict__[INNER] = made_inside(self, frame)
                if not self.__dict__[INNER]:
                    count_made(self)

    nn.Module.__init__ = watched
    Recorder = make_recorder()


def watch_places():
    """Modules and parameters that are made from now on remember their places."""
    global PLACES
    PLACES, new = True, nn.Parameter.__new__

    def watched(cls, *args, **kwargs):
        tensor = new(cls, *args, **kwargs)
        frame = sys._getframe(1)
        if hasattr(tensor, "__dict__") and not frame.f_code.co_filename.startswith(LIBRARY):
            tensor.__dict__[SITE], tensor.__dict__[KNOWN] = chain_of(frame)
            count_made(tensor)
        return tensor

    nn.Parameter.__new__ = watched


# -- the recording ----------------------------------------------------------------------------------------------------
def in_plain_lists(model):
    """(path, module) for each that a module keeps in a list, tuple or dict of Python's own, where torch does not see it."""
    known = {id(one) for one in model.modules()}
    found, held = [], [(path, vars(one)) for path, one in model.named_modules()]
    for path, values in held:  # which grows
        for key, value in list(values.items() if isinstance(values, dict) else enumerate(values)):
            name = f"{path}.{key}" if path else str(key)
            if id(value) in known or len(known) > MOST_HIDDEN or str(key).startswith("_"):
                continue
            if type(value) in (list, tuple, dict) and len(value) <= MOST_HIDDEN:
                known.add(id(value))
                held.append((name, value))
            elif isinstance(value, nn.Module):
                inner = [(within, one) for within, one in value.named_modules(prefix=name) if id(one) not in known]
                known.update(id(one) for _, one in inner)
                found += inner
                held += [(within, vars(one)) for within, one in inner]
    return found


def without_gpu():
    """Where there is no GPU, what a program asks of one (x.cuda(), device="cuda") is done where its tensors are."""
    from torch.overrides import TorchFunctionMode

    class WithoutGpu(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            name = getattr(func, "__name__", "")
            first = args[0] if args and isinstance(args[0], torch.Tensor) else None
            if name == "cuda" and first is not None:
                return first
            here = first.device if first is not None else torch.device("cpu")

            def place(value):
                gpu = isinstance(value, torch.device) and value.type == "cuda" or (
                    isinstance(value, str) and value.partition(":")[0] == "cuda") or name == "to" and type(value) is int
                return here if gpu else value

            return func(*map(place, args), **{key: place(value) for key, value in (kwargs or {}).items()})

    return contextlib.nullcontext() if torch.cuda.is_available() else WithoutGpu()


def make_recorder():
    from torch.overrides import TorchFunctionMode, resolve_name

    class Recorder(TorchFunctionMode):
        """Every call of torch on a tensor that an input reaches. `go_on`: a call that raises gets a result. `parts`: how
        many parts the program takes of what is cut at a place, by the call and the place."""

        def __init__(self, model, carrier, go_on, parts=None):
            super().__init__()
            self.parts = parts or {}
            self.paths = {id(m): n for n, m in model.named_modules(remove_duplicate=False)} if model else {}
            self.weights = {id(p): ("parameter", n) for n, p in model.named_parameters()} if model else {}
            self.weights.update({id(b): ("buffer", n) for n, b in model.named_buffers()} if model else {})
            for path, module in in_plain_lists(model) if model else ():
                self.paths[id(module)] = path
                for name, tensor in module.named_parameters(path, recurse=False):
                    self.weights.setdefault(id(tensor), ("parameter", name))
            self.carrier, self.go_on = carrier, go_on
            self.lines, self.modules, self.raised = [], [], 0
            self.known, self.shadows, self.called = {}, {}, {}
            self.calls, self.steps = 0, []  # the recorded calls, and those among them that stand in a forward
            self.sized = {}  # constants whose sizes have an origin: by id, the tensor and a formula an axis
            self.count, self.names = 0, {}
            self.wholes = {}  # by id: what is all of a weight, and the weight
            self.makers, self.sites = {}, []  # who made a tensor, by its number; where the calls in forward stand

        # ids of tensors
        def fresh(self, tensor, live=True):
            number, self.count = self.count, self.count + 1
            if live:
                tensor.__dict__[TAG] = (self, number)
            else:
                self.known[id(tensor)] = (tensor, number)
            return number

        def id_of(self, tensor):
            tag = tensor.__dict__.get(TAG)
            return tag[1] if tag and tag[0] is self else None

        def enter(self, tensor, name):
            number = self.fresh(tensor)
            self.makers[number] = (-1 - len(self.makers), 0)
            self.lines.append({"tensor": number, "role": "input", "name": name, "shape": shape_of(tensor),
                               "dtype": dtype_of(tensor)})

        def maker_of(self, value):
            """The call that made a tensor, or its input, and which of its outputs it is; nothing where it is a constant."""
            return self.makers.get(self.id_of(value)) if isinstance(value, torch.Tensor) else None

        def site(self, index, name, frame, args, kwargs, returns, *front):
            """Remembers where a recorded call stands. `returns`: the one whose result the call there returns. `front`: it is the
            first of several that the call makes."""
            self.sites.append((index, name, (frame.f_code.co_filename,) + span_in(frame), locals_of(self, frame), args, kwargs,
                               frame.f_globals, sizes_in(self, frame), returns, *front))

        def constant(self, tensor):
            if id(tensor) in self.wholes:
                tensor = self.wholes[id(tensor)][1]
            if id(tensor) in self.known:
                return self.known[id(tensor)][1]
            role, name = self.weights.get(id(tensor), ("constant", ""))
            number = self.fresh(tensor, live=False)
            shape = shape_of(tensor)
            if id(tensor) in self.sized:
                shape = [v if isinstance(f, int) else {"s": v, "of": f} for v, f in
                         zip(shape, self.sized[id(tensor)][1])]
            self.lines.append({"tensor": number, "role": role, **({"name": name} if name else {}),
                               "shape": shape, "dtype": dtype_of(tensor)})
            return number

        def remember(self, out, formulas):
            if isinstance(out, torch.Tensor) and len(formulas) == out.dim() and any(
                    not isinstance(f, int) for f in formulas):
                self.sized[id(out)] = out, [shape_of(out)[i] if isinstance(f, int) else f
                                            for i, f in enumerate(formulas)]
            return out

        def made(self, name, args, out):
            """A constant that no live tensor goes into: its sizes are those that it was asked for."""
            if name == "__getitem__" and isinstance(out, torch.Tensor) and id(args[0]) in self.weights and (
                    shape_of(out) == shape_of(args[0])):  # pos[:, :n] of a table of n places
                self.wholes[id(out)] = out, args[0]
            if name in MAKERS and isinstance(out, torch.Tensor):
                sizes = args[1:] if name in ("expand", "repeat") else args[:1] if name in ("arange", "full") else args
                if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)):
                    sizes = sizes[0]
                if name == "repeat" and all(isinstance(v, int) for v in sizes):
                    self.repeated(args[0], sizes, out)
                elif all(isinstance(v, int) for v in sizes) and (name != "arange" or len(args) == 1):
                    self.remember(out, [formula_of(v) for v in sizes])
            elif self.sized and isinstance(out, torch.Tensor) and id(out) not in self.sized and name not in TURNS:
                found = []
                self.lower(args, found)
                for tensor in found:  # with axes of size 1 more or less
                    if id(tensor) in self.sized:
                        kept = [(v, f) for v, f in zip(shape_of(tensor), self.sized[id(tensor)][1]) if v != 1]
                        shape = shape_of(out)
                        if [v for v, _ in kept] == [v for v in shape if v != 1]:
                            given = iter(f for _, f in kept)
                            self.remember(out, [v if v == 1 else next(given) for v in shape])
                            break
            return out

        def repeated(self, tensor, times, out):
            """Each axis is as often there as it was asked for."""
            sizes = [1] * (len(times) - tensor.dim()) + shape_of(tensor)
            if id(tensor) in self.sized:
                sizes[len(times) - tensor.dim():] = self.sized[id(tensor)][1]
            self.remember(out, [int(v) if isinstance(size, int) and not isinstance(count, Size) else formula_of(count)
                                if size == 1 else size if count == 1 else ["*", size, formula_of(count)]
                                for v, size, count in zip(shape_of(out), sizes, times)])

        def scalar(self, name, args, kwargs, out):
            """A tensor of no axes that a size went into remembers it too."""
            if not isinstance(out, torch.Tensor) or kwargs.get("rounding_mode") == "trunc" or "alpha" in kwargs:
                return
            with torch._C.DisableTorchFunction():
                if out.dim() != 0 or out.is_meta or out.is_complex():
                    return
                step, copies = name.strip("_"), name in SCALAR_COPIES
                given = [self.number(v) for v in (args[:1] if copies else args)]
                if not any(isinstance(v, (Size, Ratio)) for v in given) or any(v is None for v in given):
                    return
                if kwargs.get("rounding_mode") == "floor":
                    step = "floor_divide"
                try:
                    size = given[0] if copies else SCALAR_STEPS[step](*given)
                    if isinstance(size, Ratio) and not out.is_floating_point():
                        size = math.trunc(size)
                    near = abs(float(size) - out.item()) <= 1e-5 * max(1, abs(float(size)))
                except (KeyError, TypeError, ValueError, ArithmeticError):
                    return
                if isinstance(size, (Size, Ratio)) and near:
                    SCALARS[id(out)] = out, size

        def number(self, value):
            """A number, or what a tensor of no axes holds; nothing where it is neither."""
            if isinstance(value, torch.Tensor):
                if id(value) in SCALARS:
                    return SCALARS[id(value)][1]
                known = value.dim() == 0 and not value.is_meta and not value.is_complex() and self.id_of(value) is None
                value = value.item() if known else None
            return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

        def fitted(self, name, tensor, other):
            """A constant with the type or the sizes of another tensor is one still."""
            with torch._C.DisableTorchFunction():
                if name != "expand_as":
                    return self.made(name, (tensor,), tensor.to(other.dtype))
                number = self.id_of(other)
                out = tensor.expand(other.size())
                return out if number is None else self.remember(out, [["axis", number, i] for i in range(other.dim())])

        def like(self, name, func, tensor, number, args, plain):
            """zeros_like(x), x.new_zeros(…): a constant of those sizes; nothing where it would be large."""
            with torch._C.DisableTorchFunction():
                sizes = args[1] if name in NEW and len(args) > 1 and isinstance(args[1], (list, tuple)) else args[1:]
                if name in LIKE:
                    formulas = [["axis", number, i] for i in range(tensor.dim())]
                    count = tensor.numel()
                elif all(isinstance(v, int) for v in sizes) and sizes:
                    formulas, count = [formula_of(v) for v in sizes], math.prod(int(v) for v in sizes)
                else:
                    return None
                if count > MOST_VALUES or "out" in plain[1]:
                    return None
                where = {"device": "cpu"} if self.carrier == "meta" else {}
                return self.remember(func(*plain[0], **{**plain[1], **where}), formulas)

        def encode(self, value):
            if isinstance(value, torch.Tensor):
                number = self.id_of(value)
                if number is None and id(value) in SCALARS:
                    return self.encode(SCALARS[id(value)][1])
                if number is None and value.dim() == 0 and id(value) not in self.weights and not value.is_meta and (
                        value.dtype in (torch.int64, torch.int32, torch.float32, torch.float64)):
                    return self.encode(value.item())
                return {"t": self.constant(value) if number is None else number}
            if isinstance(value, Size):
                return {"s": int(value), "of": value.formula}
            value = unboxed(value)
            if value is None or isinstance(value, (bool, int)):
                return value
            if isinstance(value, str):
                return value if len(value) <= 200 else value[:200]
            if isinstance(value, float):
                return float(value) if math.isfinite(value) else {"f": str(float(value))}
            if isinstance(value, slice):
                return {"slice": [self.encode(v) for v in (value.start, value.stop, value.step)]}
            if isinstance(value, (list, tuple)):
                return [self.encode(v) for v in value]
            if isinstance(value, dict):
                return {"dict": {str(k): self.encode(v) for k, v in value.items()}}
            return {"other": "..." if value is Ellipsis else str(value)[:80]}

        # what torch is handed: plain sizes, and tensors of one device
        def lower(self, value, found, within=False):
            if isinstance(value, torch.Tensor):
                if within and id(value) in SCALARS:  # one of a list of sizes
                    return self.lower(SCALARS[id(value)][1], found)
                found.append(value)
                return value
            if isinstance(value, Size):
                return int(value)
            if isinstance(value, Ratio):
                return float(value)
            if isinstance(value, slice):
                return slice(*(self.lower(v, found) for v in (value.start, value.stop, value.step)))
            if type(value) in (list, tuple, torch.Size):
                return type(value)([self.lower(v, found, True) for v in value])
            if type(value) is dict:
                return {k: self.lower(v, found) for k, v in value.items()}
            return value

        def shadow(self, value):
            if isinstance(value, torch.Tensor):
                if value.is_meta:
                    return value
                if id(value) not in self.shadows:
                    with torch._C.DisableTorchFunction():
                        self.shadows[id(value)] = (value, value.detach().to("meta"))
                return self.shadows[id(value)][1]
            if isinstance(value, torch.device):
                return torch.device("meta")
            if type(value) in (list, tuple):
                return type(value)([self.shadow(v) for v in value])
            if type(value) is dict:
                return {k: self.shadow(v) for k, v in value.items()}
            return value

        def __torch_function__(self, func, types, args=(), kwargs=None):
            kwargs = kwargs or {}
            name = getattr(func, "__name__", str(func))
            if name == "__get__":
                name = getattr(func.__self__, "__name__", "?")
            first = args[0] if args and isinstance(args[0], torch.Tensor) else None
            number = self.id_of(first) if first is not None else None
            if number is not None:
                answer = self.ask(name, func, first, number, args, kwargs)
                if answer is not None:
                    return answer[0]
            found = []
            plain = tuple(self.lower(v, found) for v in args), {k: self.lower(v, found) for k, v in kwargs.items()}
            live = any(self.id_of(t) is not None for t in found)
            if number is None and len(args) == 2 and name in ("type_as", "to", "expand_as") and first is not None and (
                    isinstance(args[1], torch.Tensor) and id(first) not in self.known):
                return self.fitted(name, first, args[1])
            if not live and name in ("item", "tolist") and id(first) in SCALARS:
                return SCALARS[id(first)][1]
            if not live or name in NO_CALLS:
                try:
                    out = func(*plain[0], **plain[1])
                except (IndexError, RuntimeError) as problem:  # of what no input reaches: positions, masks
                    if not self.go_on or live or not found or self.needs_values(problem):
                        raise
                    self.raised += 1
                    if name == "embedding":
                        return self.behind_the_table(func, args, plain, problem)
                    return self.invented(name_of(func, name, resolve_name), name, args, plain, found, said(problem))
                if not live:
                    self.scalar(name, args, kwargs, out)
                return out if live else self.made(name, args, out)
            if number is not None and (name in LIKE or name in NEW):
                out = self.like(name, func, first, number, args, plain)
                if out is not None:
                    return out
            if name == "__iter__":
                return iter(self.__torch_function__(torch.unbind, types, (first, 0)))
            handed = (self.shadow(plain[0]), self.shadow(plain[1])) if self.carrier == "meta" else plain
            said_before = [self.encode(v) for v in args], {k: self.encode(v) for k, v in kwargs.items()}
            if name == "multi_head_attention_forward" and number is not None and first.dim() == 2 and self.modules and (
                    getattr(self.modules[-1], "batch_first", False) is True):
                said_before[1]["batch_first"] = True  # it turns nothing for a sample without a batch
            error = None
            try:
                out = recurrent(name, handed[0]) if self.carrier == "meta" else None
                out = func(*handed[0], **handed[1]) if out is None else out
            except Exception as problem:
                if self.needs_values(problem):
                    raise
                error, self.raised = said(problem), self.raised + 1
                if not self.go_on:
                    raise
                out = invent(name, handed[0], handed[1], [self.shadow(t) if self.carrier == "meta" else t for t in found])
                if name == "embedding":
                    error += self.rows_of(plain[0])
            if name in PARTS and self.parts and isinstance(out, (tuple, list)):
                out, error = self.as_taken(name, out, error)
            written = name == "__setitem__" or (name.endswith("_") and not name.endswith("__")) or (
                name.startswith("__i") and name.endswith("__") and name not in ("__invert__", "__iter__"))
            if written and first is not None:
                out = self.written(first, out)
            results = [] if out is None and not written else flatten([first] if name == "__setitem__" else out)
            if any(isinstance(r, torch.Tensor) for r in results):
                self.call(name_of(func, name, resolve_name), said_before, results, error)
            return out

        def as_taken(self, name, out, error):
            """As many parts as the program takes of them."""
            wanted = self.parts.get((name, place(1)), len(out))
            if wanted == len(out):
                return out, error
            if wanted < len(out):
                self.raised += 1
                return tuple(out)[:wanted], f"ValueError: too many values to unpack (expected {wanted})"
            with torch._C.DisableTorchFunction():
                more = [out[0].new_empty(out[0].shape) for _ in range(wanted - len(out))]
            self.raised += 1
            return tuple(out) + tuple(more), f"ValueError: not enough values to unpack (expected {wanted}, got {len(out)})"

        @staticmethod
        def rows_of(args):
            """What torch does not say of an index that is out of range."""
            ids, table = args[0], args[1]
            if ids.is_meta or not ids.numel():
                return ""
            with torch._C.DisableTorchFunction():
                return f": the largest index is {int(ids.max())}, the table has {table.shape[0]} rows"

        def behind_the_table(self, func, args, plain, problem):
            """A look-up of constants that fails is recorded, and goes on."""
            return self.invented("torch.nn.functional.embedding", "embedding", args, (plain[0][:2], {}),
                                 list(plain[0][:2]), said(problem) + self.rows_of(plain[0]))

        def invented(self, op, name, args, plain, found, error):
            """A call of constants that failed, and what it would have returned."""
            handed = (self.shadow(plain[0]), self.shadow(plain[1])) if self.carrier == "meta" else plain
            out = invent(name, handed[0], handed[1], [self.shadow(t) if self.carrier == "meta" else t for t in found])
            if isinstance(out, torch.Tensor):
                self.call(op, ([self.encode(v) for v in args], {}), [out], error)
            return out

        def written(self, target, out):
            """A call that writes into `target` gives it a new id; a constant that an input reaches is live."""
            if target.is_meta or not isinstance(out, torch.Tensor):
                return out
            return target

        def needs_values(self, problem):
            text = str(problem)
            return self.carrier == "meta" and (isinstance(problem, NotImplementedError) or "meta" in text.lower()
                                               or "item()" in text or "_local_scalar_dense" in text)

        def ask(self, name, func, tensor, number, args, kwargs):
            """What a model asks about a tensor: its sizes remember, and its device is the cpu."""
            if name in ("shape", "size"):
                with torch._C.DisableTorchFunction():
                    shape = tuple(tensor.size())
                sizes = torch.Size(Size(v, ["axis", number, i]) for i, v in enumerate(shape))
                axis = args[1] if len(args) > 1 else kwargs.get("dim")
                return (sizes if axis is None else sizes[axis],)
            if name == "data":
                return (tensor,)
            if self.carrier != "meta":
                return None
            if name == "device":
                return (torch.device("cpu"),)
            if name in ("is_meta", "is_cuda"):
                return (False,)
            if name in ("cpu", "cuda") and tensor.is_meta:
                return (tensor,)
            return None

        def call(self, op, arguments, results, error):
            module = self.modules[-1] if self.modules else None
            line = {"call": op, "args": arguments[0], **({"kwargs": arguments[1]} if arguments[1] else {})}
            line["out"] = [{"t": self.fresh(r), "shape": shape_of(r), "dtype": dtype_of(r)}
                           if isinstance(r, torch.Tensor) else None for r in results]
            if module is not None:
                line["module"] = self.paths.get(id(module), "")
                self.called[line["module"]] = module
                line["class"] = type(module).__module__ + "." + type(module).__qualname__
                line["made"] = module.__dict__.get(MADE, "")
            line["called"] = place(3)
            self.calls += 1
            for position, one in enumerate(line["out"]):
                if one is not None:
                    self.makers[one["t"]] = (self.calls - 1, position)
            if PLACES and (module is None or not type(module).__module__.startswith("torch.nn.modules.")):
                frame = user_frame(2)
                if frame is not None:
                    self.steps.append((self.calls - 1, op, frame.f_locals.get("self"), *chain_of(frame)))
                    self.site(self.calls - 1, op.rpartition(".")[2], frame, *arguments, self.calls - 1)
            if error:
                line.update(raised=error, assumed=True)
            self.lines.append({k: v for k, v in line.items() if v != ""})

    return Recorder


def name_of(func, name, resolve_name):
    try:
        full = resolve_name(func)
    except Exception:
        full = None
    if full == "torch.spmm":
        return "torch." + name  # the last of the names of torch.mm
    if full and full.endswith(".__get__"):
        return "torch.Tensor." + name  # x.T, x.real
    if not full or "." not in full or full.startswith("None."):
        return "torch.Tensor." + name if name.startswith("__") else "torch." + name
    return full


def shape_of(tensor):
    with torch._C.DisableTorchFunction():
        return [int(v) for v in tensor.size()]


def dtype_of(tensor):
    with torch._C.DisableTorchFunction():
        return str(tensor.dtype).replace("torch.", "")


def flatten(value):
    if isinstance(value, (list, tuple)):
        return [leaf for v in value for leaf in flatten(v)]
    if isinstance(value, dict) or hasattr(value, "items") and not isinstance(value, torch.Tensor):
        return [leaf for v in value.values() for leaf in flatten(v)]
    return [value]


def recurrent(name, args):
    """What an LSTM, GRU or RNN returns: on meta torch would take it apart into a call for every time step."""
    if name not in ("lstm", "gru", "rnn_tanh", "rnn_relu") or len(args) != 9 or not isinstance(args[2], (list, tuple)):
        return None
    x, states, weights = args[0], args[1], args[2]
    first = states[0] if isinstance(states, (list, tuple)) else states
    if x.dim() != 3 or weights[0].dim() != 2 or x.shape[-1] != weights[0].shape[1] or first.dim() != 3 or (
            first.shape[1] != x.shape[0 if args[8] else 1]):
        return None
    with torch._C.DisableTorchFunction():
        out = x.new_empty(list(x.shape[:2]) + [first.shape[2] * (2 if args[7] else 1)])
        last = [h.new_empty(h.shape) for h in (states if isinstance(states, (list, tuple)) else [states])]
        return (out, *last)


def call_of(module, args):
    """What an LSTM, GRU or RNN module hands to torch."""
    return [args[0], args[1] if len(args) > 1 else [], module._flat_weights, module.bias, module.num_layers,
            module.dropout, False, module.bidirectional, module.batch_first]


def steps_of(module, x):
    """What it returns for x, had its features fitted."""
    with torch._C.DisableTorchFunction():
        ways = 2 if module.bidirectional else 1
        batch = [] if x.dim() == 2 else [x.shape[0 if module.batch_first else 1]]
        hidden = getattr(module, "proj_size", 0) or module.hidden_size
        states = [x.new_empty([module.num_layers * ways] + batch + [size])
                  for size in ([hidden, module.hidden_size] if module.mode == "LSTM" else [hidden])]
        out = x.new_empty(list(x.shape[:-1]) + [hidden * ways])
    return out, tuple(states) if module.mode == "LSTM" else states[0]


def invent(name, args, kwargs, tensors):
    """What a call would have returned, had its tensors fitted."""
    x, name = tensors[0], name.strip("_")

    def new(*sizes):
        return x.new_empty([max(1, int(v)) for v in sizes])

    with torch._C.DisableTorchFunction():
        if name in ("cat", "concat", "concatenate", "stack"):
            rank = max(t.dim() for t in tensors)
            fitting = [t for t in tensors if t.dim() == rank]
            axis = (args[1] if len(args) > 1 else kwargs.get("dim", 0))
            low = [min(t.shape[i] for t in fitting) for i in range(rank)]
            if name == "stack":
                low.insert(axis % (rank + 1), len(fitting))
            else:
                low[axis % rank] = sum(t.shape[axis % rank] for t in fitting)
            return new(*low)
        if name == "multi_head_attention_forward" and x.dim() in (2, 3):
            keys = args[1].shape[0] if len(args) > 1 else x.shape[0]
            weights = new(*list(x.shape[1:-1]), x.shape[0], keys) if kwargs.get("need_weights", True) else None
            return new(*x.shape), weights
        if name in ("split", "split_with_sizes"):
            sizes = args[1] if len(args) > 1 else kwargs.get("split_size", kwargs.get("split_size_or_sections"))
            axis = args[2] if len(args) > 2 else kwargs.get("dim", 0)
            if isinstance(sizes, (list, tuple)) and -x.dim() <= axis < x.dim():
                around = list(x.shape[:axis % x.dim()]), list(x.shape[axis % x.dim() + 1:])
                return tuple(new(*around[0], size, *around[1]) for size in sizes)
        if name == "chunk":
            return tuple(new(*x.shape) for _ in range(int(args[1] if len(args) > 1 else kwargs.get("chunks", 1))))
        if name == "embedding" and len(tensors) > 1:
            return tensors[1].new_empty(list(x.shape) + [tensors[1].shape[-1]])
        if name == "permute":
            axes = args[1] if len(args) > 1 and isinstance(args[1], (tuple, list)) else args[1:] or kwargs.get("dims", ())
            if axes and all(-x.dim() <= axis < x.dim() for axis in axes):
                return new(*[x.shape[axis] for axis in axes])
        if name.endswith("_cell") and len(args) > 3 and x.dim() == 2:
            state = new(x.shape[0], args[3].shape[1])
            return (state, new(*state.shape)) if name == "lstm_cell" else state
        if name == "linear" and x.dim():
            return new(*x.shape[:-1], tensors[1].shape[0])
        if name.startswith("conv") and len(tensors) > 1:
            weight, turned = tensors[1], "transpose" in name
            groups = args[6] if len(args) > 6 else kwargs.get("groups", 1)
            if isinstance(groups, int) and not turned and (weight.shape[0] % groups or weight.shape[1] % groups):
                return invent(name, args[:6], {k: v for k, v in kwargs.items() if k != "groups"}, tensors)
            channels = weight.shape[0] if turned else weight.shape[1] * (groups if isinstance(groups, int) else 1)
            batch = x.shape[0] if x.dim() == weight.dim() else 1
            area = list(x.shape[2:]) if x.dim() == weight.dim() else [1] * (weight.dim() - 2)
            fitting = x.new_empty([batch, channels] + area)
            try:
                return getattr(torch, name)(fitting, *args[1:], **{k: v for k, v in kwargs.items() if k != "input"})
            except Exception:
                return new(batch, weight.shape[1] if turned else weight.shape[0], *area)
        if name in ("matmul", "bmm", "mm") and len(tensors) > 1 and x.dim() > 1 and tensors[1].dim() > 1:
            return new(*x.shape[:-1], tensors[1].shape[-1])
        if name in ("view", "reshape"):
            sizes = args[1] if len(args) > 1 and isinstance(args[1], (tuple, list)) else args[1:] or kwargs.get("shape")
            known = abs(math.prod(int(v) for v in sizes)) if sizes else 1
            return new(*[max(1, x.numel() // max(1, known)) if int(v) < 0 else v for v in sizes or ()])
        if len(tensors) == 2 and name in ("add", "sub", "mul", "div", "true_divide", "maximum", "minimum", "where"):
            rank = max(t.dim() for t in tensors)
            padded = [[1] * (rank - t.dim()) + list(t.shape) for t in tensors]
            return new(*[max(pair) for pair in zip(*padded)])
        largest = max(tensors, key=lambda t: (t.dim(), t.numel()))
        return largest.new_empty(largest.shape)


def run(model, inputs, carrier, go_on, parts=None):
    """One forward pass. Returns the recorder, the output, and what stopped it."""
    with Remembering(model):
        ended = pass_through(model, inputs, carrier, go_on, parts)
    if not isinstance(ended[2], TypeError):
        return ended
    again = pass_through(model, inputs, carrier, go_on, parts)  # where only `int` itself will do
    return ended if isinstance(again[2], TypeError) else again


def pass_through(model, inputs, carrier, go_on, parts):
    recorder = Recorder(model if isinstance(model, nn.Module) else None, carrier, go_on, parts)
    stopped, out = None, None
    SCALARS.clear()

    def call(self, *args, **kwargs):
        recorder.modules.append(self)
        before, calls, sited = recorder.raised, recorder.calls, len(recorder.sites)
        frame = sys._getframe(1)
        try:
            result = CALL(self, *args, **kwargs)
        except Exception as problem:  # raised by a module of torch itself, between its calls
            own = type(self).forward.__module__.startswith("torch.nn.modules.") and not list(self.children())
            first = args[0] if args and isinstance(args[0], torch.Tensor) else None
            if not go_on or not own or first is None or recorder.id_of(first) is None or recorder.needs_values(problem):
                raise
            error = said(problem)
            recorder.raised = before + 1
            name = f"{type(self).__module__}.{type(self).__qualname__}"
            if isinstance(self, nn.RNNBase) and first.dim() in (2, 3):
                name, args, kwargs, result = f"torch.{self.mode.lower()}", call_of(self, args), {}, steps_of(self, first)
            elif isinstance(self, nn.modules.batchnorm._BatchNorm):  # one for other axes than those that come
                statistics = [self.running_mean, self.running_var, self.weight, self.bias]
                name, args, kwargs = "torch.nn.functional.batch_norm", [first, *statistics, False, 0.1, self.eps], {}
                result = first.new_empty(first.shape)
            else:
                mark = len(recorder.lines)
                try:  # what it returns when it is left to itself
                    result = CALL(self, first)
                    del recorder.lines[mark:]
                except Exception:
                    result = first.new_empty(first.shape)
            arguments = [recorder.encode(v) for v in args], {k: recorder.encode(v) for k, v in kwargs.items()}
            recorder.call(name, arguments, flatten(result), error)
        finally:
            recorder.modules.pop()
        if PLACES and recorder.calls > calls and not frame.f_code.co_filename.startswith(LIBRARY) and (
                type(self).__module__.startswith("torch.nn.modules.")):
            alone = recorder.calls == calls + 1
            if alone or isinstance(self, (nn.Sequential, nn.RNNBase)) and all(
                    one[0] != calls for one in recorder.sites[sited:]):
                returns = (recorder.maker_of(result) or (-1, 0))[0]
                recorder.site(calls, "", frame, [recorder.encode(v) for v in args],
                              {k: recorder.encode(v) for k, v in kwargs.items()}, returns, *([] if alone else [True]))
        # On meta, what the calls of an input make is on meta too; the rest are constants, such as positions.
        fresh = [t for t in flatten(result) if isinstance(t, torch.Tensor) and recorder.id_of(t) is None
                 and id(t) not in recorder.sized and (carrier != "meta" or t.is_meta)]
        if fresh and any(isinstance(t, torch.Tensor) and recorder.id_of(t) is not None for t in flatten(list(args))):
            recorder.modules.append(self)  # a call that the mode did not see
            arguments = [recorder.encode(v) for v in args], {k: recorder.encode(v) for k, v in kwargs.items()}
            recorder.call(f"{type(self).__module__}.{type(self).__qualname__}", arguments, fresh, None)
            recorder.modules.pop()
        return result

    if isinstance(model, nn.Module):
        recorder.paths[id(model)] = ""
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        tensors = {}
        for key, (shape, dtype) in inputs.items():
            kind = getattr(torch, dtype)
            filled = torch.rand(shape).to(kind) if kind.is_floating_point and carrier == "cpu" else torch.zeros(
                shape, dtype=kind, device=carrier)
            tensors[key] = filled
            recorder.enter(filled, key.lstrip("_"))
        nn.Module.__call__ = call
        try:
            with recorder:
                given = [t for k, t in tensors.items() if k.startswith("_")]
                out = model(*([tuple(given)] if isinstance(inputs, Together) else given),
                            **{k: t for k, t in tensors.items() if not k.startswith("_")})
        except (Exception, SystemExit) as problem:
            stopped = problem
        finally:
            nn.Module.__call__ = CALL
    return recorder, out, stopped


def past_what_stops(model, inputs, carrier):
    """A run in which calls that raise have results. Where it is not torch that raises but the program, at parts that are
    not there, at an assertion or at an `if` that asks for a size, the run goes on with such parts, and without that."""
    parts, asserted = {}, Asserts()
    asserted.leave_out_checks()
    for _ in range(MOST_STOPS):
        recorder, out, stopped = run(model, inputs, carrier, True, parts)
        if stopped is not None and recorder.needs_values(stopped):
            carrier = "cpu"
        elif stopped is None or not (isinstance(stopped, ValueError) and takes_other_parts(
                recorder, stopped, parts)) and not asserted.leave_out(stopped):
            break
    if asserted.left_out:
        asserted.put_back()
        if recorder.raised == 0:  # nothing else tells what is wrong
            recorder, out, stopped = run(model, inputs, carrier, True, parts)
    return recorder, out, stopped, carrier


def takes_other_parts(recorder, stopped, parts):
    """Whether the last call that cut a tensor at the line that `stopped` has more or fewer parts than are taken there."""
    told = re.fullmatch(r"(?:not enough|too many) values to unpack \(expected (\d+)(?:, got (\d+))?\)", str(stopped))
    calls = [line for line in recorder.lines if "call" in line]
    if not told or not calls or calls[-1].get("called") != place_of(stopped):
        return False
    name = calls[-1]["call"].rpartition(".")[2]
    count = len(calls[-1]["out"])
    if str(stopped).startswith("too many") and (name != "split" or count > MOST_PARTS):
        return False  # what the number of parts says itself has no other meaning
    if name not in PARTS or count != int(told[2] or count) or (name, place_of(stopped)) in parts:
        return False
    parts[name, place_of(stopped)] = int(told[1])
    return True


class WithoutRaise(ast.NodeTransformer):
    """A program in which some `if` takes the way on that does not raise."""

    def __init__(self, ways):
        self.ways = ways  # those ways, by line and column of the `if`

    def visit_If(self, node):
        self.generic_visit(node)
        way = self.ways.get((node.lineno, node.col_offset))
        return node if way is None else getattr(node, way) or ast.copy_location(ast.Pass(), node)


def way_past(tree, trace):
    """Where a `raise` of the program is one side of an `if` that asks for a size: line and column of that, and its other side."""
    names = trace.tb_frame.f_locals
    for branch in ast.walk(tree):
        for side, other in (("body", "orelse"), ("orelse", "body")) if isinstance(branch, ast.If) else ():
            last = getattr(branch, side)[-1:]
            if last and isinstance(last[0], ast.Raise) and last[0].lineno <= trace.tb_lineno <= last[0].end_lineno:
                return ((branch.lineno, branch.col_offset), other) if asks_for_a_size(branch.test, names) else None
    return None


def asks_for_a_size(test, names):
    for one in ast.walk(test):
        if isinstance(one, ast.Attribute) and one.attr in ("shape", "size", "dim", "ndim"):
            return True
        if isinstance(one, ast.Name) and isinstance(names.get(one.id), (Size, Ratio, torch.Size)):
            return True
    return False


class Asserts:
    """Functions of the program that run without their assertions for a while, and packages without their checks."""

    def __init__(self):
        self.left_out = []
        self.ways = {}  # by file

    def leave_out_checks(self):
        """What einops and kornia check of sizes, torch checks too, where the sizes are used."""
        checks = sys.modules.get("kornia.core.check")
        if getattr(checks, "_KORNIA_CHECKS_ENABLED", False) is True:
            checks._KORNIA_CHECKS_ENABLED = False
            self.left_out.append((None, lambda: setattr(checks, "_KORNIA_CHECKS_ENABLED", True)))
        einops = sys.modules.get("einops.einops")
        layers = sys.modules.get("einops._torch_specific")  # what Rearrange() as a layer calls
        for module, name in ((einops, "_reconstruct_from_shape_uncached"), (einops, "_reconstruct_from_shape"),
                             (layers, "_reconstruct_from_shape_uncached")):
            before = getattr(module, name, None)
            if before is None:
                continue
            try:
                text = inspect.getsource(inspect.unwrap(before))
                names = dict(vars(einops))
                exec(text.replace("raise EinopsError(", "str("), names)
                setattr(module, name, names["_reconstruct_from_shape_uncached"])
            except Exception:
                continue
            self.left_out.append((None, functools.partial(setattr, module, name, before)))

    def leave_out(self, error):
        """Whether the function that raised could be compiled again without."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace is not None else None
        if code is not None and code is torch._assert.__code__:
            torch._assert.__code__ = (lambda condition, message: None).__code__
            self.left_out.append((torch._assert, code))
            return True
        if code is None or code.co_filename.startswith(LIBRARY):
            return False
        try:
            with open(code.co_filename, "rb") as opened:
                tree = ast.parse(opened.read())
            ways = self.ways.setdefault(code.co_filename, {})
            if not isinstance(error, AssertionError):
                way = way_past(tree, trace)
                if way is None or way[0] in ways:
                    return False
                ways[way[0]] = way[1]
            tree = ast.fix_missing_locations(WithoutRaise(ways).visit(tree))
            whole = compile(tree, code.co_filename, "exec", dont_inherit=True, optimize=1)
        except (OSError, ValueError, SyntaxError):
            return False
        fresh = self.alike(whole, code)
        for function in gc.get_referrers(code):
            if inspect.isfunction(function) and function.__code__ is code and fresh is not None and (
                    fresh.co_freevars == code.co_freevars):
                function.__code__ = fresh
                self.left_out.append((function, code))
        return any(function is not None and function.__code__ is fresh for function, _ in self.left_out)

    def alike(self, whole, code):
        for one in whole.co_consts:
            if inspect.iscode(one):
                found = one if (one.co_name, one.co_firstlineno) == (code.co_name, code.co_firstlineno) else self.alike(
                    one, code)
                if found is not None:
                    return found
        return None

    def put_back(self):
        for function, before in reversed(self.left_out):
            if function is None:
                before()
            else:
                function.__code__ = before


def record(model, inputs, carrier):
    """The lines of one run, and the carrier that it took."""
    recorder, out, stopped = run(model, inputs, carrier, go_on=False)
    if stopped is not None and recorder.needs_values(stopped):  # values are asked for: compute them
        carrier = "cpu"
        recorder, out, stopped = run(model, inputs, carrier, go_on=False)
    if stopped is not None:
        recorder, out, stopped, carrier = past_what_stops(model, inputs, carrier)
    lines = recorder.lines
    if stopped is None:
        lines.append({"output": recorder.encode(dict(out) if hasattr(out, "items") else out)})
    else:
        lines.append({"stopped": said(stopped), "at": place_of(stopped)})
    return lines, carrier, recorder


# -- where the layers are made ------------------------------------------------------------------------------------------
def constructors(model, recorder, expression):
    """A line for each module that was called, and each parameter that was read, after one for each of the user's files
    that they stand in."""
    texts = Texts(type(model).__name__, expression, shown)
    lines, told = [], set()
    here = collections.Counter()
    for module in model.modules() if isinstance(model, nn.Module) else ():
        if not module.__dict__.get(INNER):
            count_chain(here, module.__dict__.get(SITE))
    for tensor in model.parameters() if isinstance(model, nn.Module) else ():
        count_chain(here, tensor.__dict__.get(SITE))
    alike = MADE_FOR.get(type(model), here)

    def made_at(chain):
        """Another model of this class, net = UNet() in its file, is what this one is."""
        others = max(0, alike[chain] - here[chain])
        return max(MADE_AT[chain] - others, here[chain])

    def told_of(path, owner, find, thing):
        chain = owner.__dict__[SITE]
        program = texts.program(chain[0][0])
        line = {"constructor": path, "file": shown(program.file), "makes": made_at(chain[:1]),
                **find(texts, program, thing, Chain(chain, owner.__dict__.get(KNOWN, ())), made_at)}
        files = {line.pop("path", program.file)} | {a.pop("path", program.file) for a in line.get("arguments", ())}
        files |= {place.pop("path") for a in line.get("arguments", ()) for place in a.get("places", ())}
        for one in [program] + [texts.program(file) for file in files - {program.file}]:
            if not one.why and one.file not in told:
                told.add(one.file)
                lines.append({"program": shown(one.file), "text": one.text})
        lines.append(line)

    for path, module in recorder.called.items():
        if module.__dict__.get(SITE) is not None and path:
            told_of(path, module, constructor, type(module))
    for path, module in model.named_modules() if isinstance(model, nn.Module) else ():
        if isinstance(module, nn.Embedding) and SITE in module.__dict__ and path:
            told_of(path + ".weight", module, table, nn.Embedding)
    for name, tensor in model.named_parameters() if isinstance(model, nn.Module) else ():
        if id(tensor) in recorder.known and SITE in tensor.__dict__:
            told_of(name, tensor, parameter, tensor)
    def made_where(owner):
        return owner.__dict__.get(SITE) if isinstance(owner, nn.Module) else ()

    for line in steps(texts, recorder.steps, made_where):
        said = [a for a in line.get("arguments", ())] + [p for a in line.get("arguments", ()) for p in a.get("places", ())]
        files = {line.pop("path")} | {one.pop("path") for one in said if "path" in one}
        for one in (texts.program(file) for file in sorted(files)):
            if not one.why and one.file not in told:
                told.add(one.file)
                lines.append({"program": shown(one.file), "text": one.text})
        lines.append(line)
    for line in forward_calls(texts, recorder):
        one = texts.program(line.pop("path"))
        if one.file not in told:
            told.add(one.file)
            lines.append({"program": shown(one.file), "text": one.text})
        lines.append(line)
    for program in texts.own()[:MOST_FILES]:
        said_there = numbers(program)
        if said_there and program.file not in told:
            lines.append({"program": shown(program.file), "text": program.text})
        lines += [{"number": one.pop("number"), "file": shown(program.file), **one} for one in said_there]
    return lines


# -- the user's model ---------------------------------------------------------------------------------------------------
def changed(files):
    """Each (FILE, TEXT): FILE is imported as if it held the bytes of TEXT, also where a compiled one is kept."""
    from importlib.machinery import SourceFileLoader
    texts = {os.path.realpath(file): text for file, text in files}
    read, stats = SourceFileLoader.get_data, SourceFileLoader.path_stats

    def get_data(self, path):
        return read(self, texts.get(os.path.realpath(path), path))

    def path_stats(self, path):
        if os.path.realpath(path) in texts:
            raise OSError
        return stats(self, path)

    SourceFileLoader.get_data, SourceFileLoader.path_stats = get_data, path_stats


def built_leniently(build):
    """What `build` returns. Where a layer of torch refuses its numbers, it is made for others and given those then, so that
    it is its call that fails; where that does not help, what it said at first."""
    try:
        return build()
    except (ValueError, AssertionError) as error:
        trace = error.__traceback__
        while trace.tb_next is not None:
            trace = trace.tb_next
        refused = trace.tb_frame.f_locals.get("self")
        if trace.tb_frame.f_code.co_name != "__init__" or not isinstance(refused, tuple(one for one, _ in lenient())):
            raise
        before = [(one, one.__init__) for one, _ in lenient()]
        for one, option in lenient():
            one.__init__ = leniently(one.__init__, option)
        MADE_AT.clear()
        MADE_FOR.clear()
        try:
            return build()
        except Exception:
            raise error
        finally:
            for one, init in before:
                one.__init__ = init


def lenient():
    """Layers that a count has to divide, and which one."""
    return ((nn.GroupNorm, "num_groups"), (nn.MultiheadAttention, "num_heads"), (nn.Conv1d, "groups"),
            (nn.Conv2d, "groups"), (nn.Conv3d, "groups"))


def leniently(init, option):
    def made(self, *args, **kwargs):
        try:
            init(self, *args, **kwargs)
        except (ValueError, AssertionError):
            given = inspect.signature(init).bind(self, *args, **kwargs)
            wanted, given.arguments[option] = given.arguments[option], 1
            init(*given.args, **given.kwargs)
            setattr(self, option, wanted)

    return functools.wraps(init)(made)


def put_aside(error):
    """What helps where a file fails at what it does besides its classes, as it is imported."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(LIBRARY + ("<", HERE)):
        trace = trace.tb_next
    outside = trace is not None and trace.tb_frame.f_code.co_name == "<module>" and not isinstance(
        error, (ImportError, SyntaxError, NameError))
    return "; what trains and loads goes behind if __name__ == \"__main__\":" if outside else ""


def load(target, call):
    path, _, text = target.partition(":") if ".py:" not in target else (target[:target.index(".py:") + 3], ":",
                                                                          target[target.index(".py:") + 4:])
    try:
        if path.endswith(".py"):
            file = os.path.abspath(path)
            if not os.path.isfile(file):
                raise Failure("import", f"{path} cannot be read: no such file")
            sys.path.insert(0, os.path.dirname(file))
            name = os.path.splitext(os.path.basename(file))[0]
            found = importlib.util.spec_from_file_location(name if name.isidentifier() else "model", file)
            module = importlib.util.module_from_spec(found)
            sys.modules[found.name] = module
            found.loader.exec_module(module)
        else:
            sys.path.insert(0, os.getcwd())
            module = importlib.import_module(path)
    except Failure:
        raise
    except ModuleNotFoundError as error:
        raise Failure("import", f"package `{error.name}` is missing in {sys.executable}", place_of(error))
    except (Exception, SystemExit) as error:
        raise Failure("import", f"{path} cannot be imported: {said(error)}{put_aside(error)}", place_of(error))
    if not text and not call:
        own = [n for n, v in vars(module).items() if isinstance(v, type) and issubclass(v, nn.Module)
               and v.__module__ == module.__name__]
        if len(own) != 1:
            raise Failure("name", f"{path} has " + (f"several modules: say which, {path}:{own[-1]} (" + ", ".join(own)
                                                    + ")" if own else "no nn.Module class; say what makes the model"))
        text = own[0]
    expression = call or text

    def build():
        made = eval(expression, vars(module))
        asked = isinstance(made, type) or inspect.isfunction(made) and not call and not text.endswith(")")
        return made() if asked else made

    try:
        model = built_leniently(build)
    except NameError as error:
        names = [n for n, v in vars(module).items() if isinstance(v, type) and issubclass(v, nn.Module)]
        raise Failure("name", f"{path} has no `{expression}`" + (f"; it has {', '.join(names[:8])}" if names else ""),
                      place_of(error))
    except TypeError as error:
        if "required positional argument" in str(error) or "required keyword-only" in str(error):
            raise Failure("build", f"{said(error)}; give them: --call '{text.split('(')[0]}(…)'", place_of(error))
        raise Failure("build", f"`{expression}` cannot be built: {said(error)}", place_of(error))
    except (Exception, SystemExit) as error:
        hint = "; it needs a GPU: build it on the cpu" if "cuda" in str(error).lower() else ""
        raise Failure("build", f"`{expression}` cannot be built: {said(error)}{hint}", place_of(error))
    if not callable(model):
        raise Failure("build", f"`{expression}` is no model but {type(model).__name__}")
    return model.eval() if isinstance(model, nn.Module) else model


def suggestion(model):
    """An --input that the first layer would take."""
    for module in model.modules() if isinstance(model, nn.Module) else ():
        kind = type(module).__name__
        if kind in ("Conv1d", "Conv2d", "Conv3d"):
            return ",".join(map(str, [1, module.in_channels] + {"1": [1024], "2": [224, 224], "3": [64] * 3}[kind[4]]))
        if kind == "Linear":
            return f"1,{module.in_features}"
        if kind == "Embedding":
            return "1,16:int64"
    return "1,3,224,224"


class Together(dict):
    """Inputs that a model takes as one, a tuple."""


def check_inputs(model, inputs):
    """The inputs, where a model takes as many, of these names; as one where its forward takes apart what it is given."""
    forward = model.forward if isinstance(model, nn.Module) else model
    name = f"{type(model).__name__}.forward" if isinstance(model, nn.Module) else getattr(model, "__name__", "the model")
    if getattr(type(model), "forward", None) is nn.Module.forward and "forward" not in vars(model):
        raise Failure("input", f"{type(model).__name__} has no forward")
    try:
        takes = inspect.signature(forward)
    except (TypeError, ValueError):
        return inputs
    named = [key for key in inputs if not key.startswith("_")]
    try:
        takes.bind(*[key for key in inputs if key.startswith("_")], **dict.fromkeys(named))
        return inputs
    except TypeError:
        pass
    plain = [one for one in takes.parameters.values() if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    if len(inputs) > 1 and len(plain) == 1 and not named and takes_apart(forward, plain[0].name):
        return Together(inputs)
    unknown = [key for key in named if key not in takes.parameters]
    if unknown:
        raise Failure("input", f"{name} takes no `{unknown[0]}`; it takes {', '.join(takes.parameters)}")
    if not plain and takes.parameters and not named:
        first = next(iter(takes.parameters))
        raise Failure("input", f"{name} takes inputs by name ({', '.join(takes.parameters)}): say --input {first}=…")
    least = sum(one.default is one.empty for one in plain)
    count = f"{least}" if least == len(plain) else f"{least} to {len(plain)}"
    raise Failure("input", f"{name} takes {count} input{'' if count == '1' else 's'} ({', '.join(takes.parameters) or 'none'}) "
                           f"and is given {len(inputs)}: say --input once for each")


def takes_apart(forward, name):
    """Whether a function unpacks its parameter or takes items of it by number: a, b = inputs; inputs[0]."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(forward)))
    except (OSError, TypeError, SyntaxError):
        return False
    unpacked = [one.targets[0] for one in ast.walk(tree) if isinstance(one, ast.Assign) and getattr(one.value, "id", "") == name]
    items = [one.slice for one in ast.walk(tree) if isinstance(one, ast.Subscript) and getattr(one.value, "id", "") == name]
    return any(isinstance(one, (ast.Tuple, ast.List)) for one in unpacked) or any(
        isinstance(one, ast.Constant) and type(one.value) is int for one in items)


def read_inputs(given):
    inputs = {}
    for i, text in enumerate(given):
        key, _, rest = text.rpartition("=")
        sizes, _, dtype = rest.partition(":")
        dtype = dtype or "float32"
        try:
            shape = [int(v) for v in sizes.split(",") if v != ""]
        except ValueError:
            shape = [-1]
        if any(v < 0 for v in shape):
            raise Failure("input", f"--input {text} is no shape: write 1,3,224,224 or ids=2,77:int64")
        if not isinstance(getattr(torch, dtype, None), torch.dtype):
            raise Failure("input", f"--input {text}: torch has no type `{dtype}`")
        inputs[key or f"_x{i}" if i else key or "_input"] = (shape, dtype)
    return inputs


def write_trials(model, options, out):
    """What could be changed in the program, behind the files that it would be changed in."""
    texts, things = Texts(type(model).__name__, options.call, shown), {}
    if isinstance(model, nn.Module):
        things = {**dict(model.named_parameters()), **dict(in_plain_lists(model)), **dict(model.named_modules())}
    lines = trials(texts, things, json.loads(options.wanted)) + odd_ones(texts, things)
    for file in sorted({line.pop("path") for line in lines}):
        out.write(json.dumps({"program": shown(file), "text": texts.program(file).text}) + "\n")
    out.write("".join(json.dumps(line) + "\n" for line in lines))


def record_all(options, out, carrier):
    model = load(options.target, options.call)
    if options.wanted:
        write_trials(model, options, out)
        return
    if not options.input:
        raise Failure("input", f"say what goes in: --input {suggestion(model)}")
    for index, given in enumerate([options.input] + ([options.also] if options.also else [])):
        lines, carrier, recorder = record(model, check_inputs(model, read_inputs(given)), carrier)
        out.write(json.dumps({"run": index + 1, "name": type(model).__name__, "torch": torch.__version__,
                              "on": carrier}) + "\n")
        if options.constructors and index == 0:
            lines += constructors(model, recorder, options.call)
        out.write("".join(json.dumps(line) + "\n" for line in lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--call", default="")
    parser.add_argument("--input", action="append", default=[])
    parser.add_argument("--also", action="append", default=[])
    parser.add_argument("--to", type=int, default=1)
    parser.add_argument("--constructors", action="store_true")
    parser.add_argument("--changed", action="append", default=[], nargs=2)
    parser.add_argument("--wanted", default="")
    options = parser.parse_args()
    sys.argv = [options.target.partition(":")[0]]  # what a file that reads arguments of its own finds
    out = os.fdopen(os.dup(options.to), "w", encoding="utf-8")
    sys.stdout.flush()
    os.dup2(2, 1)  # what the model prints is no part of the recording
    try:
        changed(options.changed)
        load_torch()
        if options.constructors or options.wanted:
            watch_places()
        with without_gpu():
            record_all(options, out, "meta")
    except Failure as failure:
        out.write(json.dumps(failure.line) + "\n")
        out.flush()
        return 2
    out.flush()
    return 0


def packages():
    """Names of installed modules that are loaded, in the order in which they were."""
    return [name for name, module in list(sys.modules.items())
            if any(part in (getattr(getattr(module, "__spec__", None), "origin", None) or "")
                   for part in ("site-packages", "dist-packages"))]


def serve():
    """One recording for each line {"words": [...], "out": FILE} of standard input, in a fork that has torch already; the
    answer is `done STATUS`. What the user's files import from installed packages is imported here, too, so that the next
    fork has it."""
    replies = os.fdopen(os.dup(1), "w")
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    try:
        load_torch()
    except Failure:
        pass  # each recording says so
    for line in requests:
        request = json.loads(line)
        loaded, told = os.pipe()
        child = os.fork()
        if child == 0:
            code = 2
            try:
                out = os.open(request["out"], os.O_WRONLY | os.O_TRUNC)
                os.set_inheritable(out, True)
                sys.argv = ["recorder", *request["words"], "--to", str(out)]
                code = main()
                os.write(told, "\n".join(packages()).encode()[:60000])  # what a pipe holds
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else 2
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.close(told)
        status = os.waitpid(child, 0)[1]
        replies.write(f"done {os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128}\n")
        replies.flush()
        with os.fdopen(loaded, "rb") as names:
            for name in names.read().decode().split("\n"):
                if name and name not in sys.modules:
                    try:
                        importlib.import_module(name)
                    except BaseException:
                        pass  # the fork that needs it says why
    return 0


if __name__ == "__main__":
    code = serve() if sys.argv[1:] == ["--serve"] else main()
    sys.stderr.flush()
    os._exit(code)  # a model's threads and exit handlers are of no interest
