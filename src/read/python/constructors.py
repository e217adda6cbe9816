"""Where the layers of a model are made: the calls in its author's files, and the text that says each argument.

It stands in front of recorder.py in the program that Python is given. A place is what span_in() of recorder.py returns
with its file; a chain of places is the call that made a module, then the call of the function around it, and so on.

The text of an argument is the number in the call itself (`64`, `256 * 4 * 4`), or what a name in its place stands for:
a constant of the file or the class, a local variable, a default, the number that the caller gives. A name is followed
only where its text is read nowhere else: what else it says would change with it. Where no number can be written so, an
argument is told with its places: the call, and calls around it that hand it on, each with what can be named there.
"""
import ast
import collections
import inspect
import operator
import os
import re
import sys
import sysconfig

SCOPES = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp,
          ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
              ast.Mod: operator.mod, ast.Div: operator.truediv, ast.Pow: operator.pow}
FILLED = {"zeros", "ones", "empty", "rand", "randn", "Tensor"}  # what a parameter is usually made of
MOST_AROUND = 8  # calls around the one that makes a module, itself among them, whose places are kept
MOST_BESIDE = 200  # files beside the model's own that are looked at for the names of its constants
MOST_WORDS = 24  # names and parts of expressions that are told of one place
WIDTHS = {"in_channels", "out_channels", "in_features", "out_features", "num_features", "num_channels", "normalized_shape",
          "input_size", "hidden_size", "embedding_dim", "embed_dim", "num_embeddings", "kdim", "vdim"}


class Chain(tuple):
    """The places of the call that made something and of those around it, and the names that each of them could read.
    `owner`: of a call in forward, the places that made the module whose forward it is."""

    def __new__(cls, places, known, owner=()):
        chain = tuple.__new__(cls, places)
        chain.known, chain.owner = known, owner
        return chain


class Unwritten(Exception):
    """Why a value cannot be written: it ends a sentence that starts with the name of the option. Empty: it is none."""


class NotGiven(Unwritten):
    """A call that leaves a parameter at its default."""

    def __init__(self, program, call, name, depth):
        super().__init__("")
        self.program, self.call, self.name, self.depth = program, call, name, depth


def number_of(node):
    """What stands there as a literal, or is computed from nothing but literals. Raises ValueError."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, int, float, str, type(None))):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List)):
        return [number_of(one) for one in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = number_of(node.operand)
        if type(value) in (int, float):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = number_of(node.left), number_of(node.right)
        small = not isinstance(node.op, ast.Pow) or abs(left) < 1 << 16 and 0 <= right < 64
        if type(left) in (int, float) and type(right) in (int, float) and small:
            try:
                return ARITHMETIC[type(node.op)](left, right)
            except ArithmeticError:
                pass
    raise ValueError


class Program:
    """A file of the user's: its calls and names, and byte offsets for the places that `ast` gives."""

    def __init__(self, file):
        self.file, self.why, self.parents = file, "", {}
        self.calls, self.ends, self.names, self.attributes, self.defined, self.others = ({} for _ in range(6))
        self.expressions = {}  # calls and operators, by their first line
        installed = re.search(r"[/\\](site|dist)-packages[/\\]", file)
        try:
            with open(file, "rb") as opened:
                self.data = opened.read(1 << 24)
            self.text = self.data.decode("utf-8")
            self.tree = ast.parse(self.data)
        except (OSError, ValueError, SyntaxError, RecursionError):
            self.why = "stands in a file that cannot be read again"
            return
        self.why = "stands in an installed package" if installed else ""
        self.starts = [0] + [found.end() for found in re.finditer(rb"\r\n|\n|\r", self.data)]
        self.first = 3 if self.data.startswith(b"\xef\xbb\xbf") else 0
        for node in ast.walk(self.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, (ast.Call, ast.BinOp)):
                self.expressions.setdefault(node.lineno, []).append(node)
            if isinstance(node, ast.Call):
                self.calls.setdefault(node.lineno, []).append(node)
                self.ends.setdefault((node.end_lineno, node.end_col_offset), []).append(node)
            elif isinstance(node, ast.Name):
                self.names.setdefault(node.id, []).append(node)
            elif isinstance(node, ast.Attribute):
                self.attributes.setdefault(node.attr, []).append(node)
            elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                self.defined.setdefault(node.name, []).append(node)
            for word in self.words_of(node):
                self.others.setdefault(word, []).append(node)

    @staticmethod
    def words_of(node):
        """Names that a node says in another way: imports, strings, what is declared, matched or caught."""
        if isinstance(node, ast.alias):
            return [node.name.split(".")[-1]] + ([node.asname] if node.asname else [])
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            return node.names
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) and node.value.isidentifier() else []
        name = getattr(node, "name", None)
        return [name] if isinstance(name, str) and not isinstance(node, SCOPES) else []

    def readable(self):
        """Whether its text is known: what is installed is read, too, and not written."""
        return hasattr(self, "tree")

    def span(self, node):
        def offset(line, column):
            return self.starts[line - 1] + column + (self.first if line == 1 else 0)
        return [offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)]

    def call(self, site, kind, known=None, made=None):
        """The call at a place of span_in(), or why it is not known. With another name than `kind` where that stands for the
        class `made` there: conv_op(3, 8, 3)."""
        line, end_line, column, end_column = site[1:]
        for_sure = [node for node in self.calls.get(line, ()) if end_line is None or
                    (node.end_lineno, node.col_offset, node.end_col_offset) == (end_line, column, end_column)]
        named = [node for node in for_sure if called_name(node) == kind]
        if not named and known is not None and end_line is not None and len(for_sure) == 1 and (
                isinstance(for_sure[0].func, (ast.Name, ast.Attribute)) and value_of(for_sure[0].func, known) is made):
            named = for_sure
        if len(named) > 1:
            return None, "shares its line with other calls"
        return (named[0], "") if named else (None, f"is no plain call of {kind}")

    def step(self, site, name):
        """The call of a function of torch at a place of span_in(): by where it ends, as a chain of methods over several lines
        starts elsewhere for Python."""
        line, end_line, column, end_column = site[1:]
        found = self.calls.get(line, ()) if end_line is None else self.ends.get((end_line, end_column), ())
        named = [node for node in found if called_name(node) == name]
        return named[0] if len(named) == 1 else None

    def scope(self, node):
        node = self.parents[node]
        while not isinstance(node, SCOPES):
            node = self.parents[node]
        return node

    def inside(self, node, scope):
        while node is not None and node is not scope:
            node = self.parents.get(node)
        return node is scope

    def function(self, node):
        """The function whose frame runs at a node: comprehensions are of the one around them."""
        scope = self.scope(node)
        while isinstance(scope, COMPREHENSIONS):
            scope = self.scope(scope)
        return scope

    def stored(self, scope, name):
        """The nodes that give a name its value in a scope itself."""
        found = [node for node in self.names.get(name, ()) if not isinstance(node.ctx, ast.Load)]
        found += [node for node in self.others.get(name, ()) if not isinstance(node, ast.Constant)]
        found = [node for node in found + self.defined.get(name, []) if self.scope(node) is scope]
        return found + [one for one in parameters(scope)[0] if one.arg == name] if isinstance(scope, FUNCTIONS) else found


def called_name(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def parameters(function):
    """All parameters of a function, those among them that may be given by position, and the defaults by name."""
    given = function.args
    ordered = given.posonlyargs + given.args
    rest = [one for one in (given.vararg, given.kwarg) if one is not None]
    defaults = {one.arg: value for one, value in zip(reversed(ordered), reversed(given.defaults))}
    defaults.update({one.arg: value for one, value in zip(given.kwonlyargs, given.kw_defaults) if value is not None})
    return ordered + given.kwonlyargs + rest, ordered, defaults


def given_to(call, names, name):
    """What a call gives to the parameter `name`: a node, nothing, or Unwritten where it cannot be told."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        raise Unwritten(f"comes from a list of arguments, in line {call.lineno}")
    by_name = [one.value for one in call.keywords if one.arg == name]
    place = names.index(name) if name in names else len(call.args)
    return by_name[0] if by_name else call.args[place] if place < len(call.args) else None


class Texts:
    """Finds the text that says a value. `top`: the name of the model's own class; `expression`: how it is made."""

    def __init__(self, top, expression, shown):
        self.top, self.shown = top, shown
        self.installed = tuple({os.path.join(sysconfig.get_path(one), "") for one in ("stdlib", "platstdlib")})
        self.programs, self.asked, self.bases = {}, {}, {}
        try:
            made = ast.parse(expression or "", mode="eval").body
            self.made = made if isinstance(made, ast.Call) and called_name(made) == top else None
        except SyntaxError:
            self.made = None

    def program(self, file):
        if file not in self.programs:
            self.programs[file] = Program(file)
        return self.programs[file]

    def own(self):
        """The user's files that are loaded."""
        files = {getattr(m, "__file__", None) for m in list(sys.modules.values())} | set(self.programs)
        files = [f for f in files if f and f.endswith(".py") and not f.startswith(self.installed)]
        programs = [self.program(f) for f in sorted(files) if not re.search(r"[/\\](site|dist)-packages[/\\]", f)]
        return [one for one in programs if not one.why]

    def beside(self, program, name):
        """Files that stand beside a program, are not loaded, and hold a word."""
        folder, known = os.path.dirname(program.file), {one.file for one in self.own()}
        for file in sorted(os.listdir(folder))[:MOST_BESIDE]:
            path = os.path.join(folder, file)
            if not file.endswith(".py") or path in known or not os.path.isfile(path):
                continue
            with open(path, "rb") as opened:
                if re.search(rb"\b%s\b" % name.encode(), opened.read(1 << 20)):
                    yield self.program(path)

    def find(self, program, node, chain, depth=0):
        """(program, node, depth): the text behind a value in a call; depth counts the calls around it."""
        key = (program.file, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, chain[depth:])
        if key not in self.asked:
            try:
                self.asked[key] = self.look(program, node, chain, depth)
            except Unwritten as why:
                self.asked[key] = why
        if isinstance(self.asked[key], Unwritten):
            raise self.asked[key]
        return self.asked[key]

    def look(self, program, node, chain, depth):
        try:
            number_of(node)
        except ValueError:
            if isinstance(node, ast.Name):
                return self.name(program, node, chain, depth)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                return self.attribute(program, node, chain, depth)
            raise Unwritten("")
        begin, end = program.span(node)
        if program.why:
            raise Unwritten(program.why)
        if b"#" in program.data[begin:end]:
            raise Unwritten("stands over several lines with a comment between them")
        return program, node, depth

    def name(self, program, node, chain, depth):
        name, scope = node.id, program.scope(node)
        stored = program.stored(scope, name)
        while not stored and not isinstance(scope, ast.Module):
            scope = program.scope(scope)
            stored = [] if isinstance(scope, ast.ClassDef) else program.stored(scope, name)
        if not stored:
            raise Unwritten("")
        if isinstance(scope, COMPREHENSIONS):
            raise Unwritten(f"is `{name}`, which changes from one layer to the next")
        here = [one for one in program.names[name] if program.inside(one, scope)]
        read = [one for one in here if one not in stored]
        if len(stored) > 1 or any(not isinstance(one.ctx, ast.Load) for one in read):
            raise Unwritten(f"is `{name}`, which is set in several places")
        if len(read) > 1:
            lines = sorted({one.lineno for one in read if one is not node})
            raise Unwritten(f"is `{name}`, which is also used in line {lines[0] if lines else node.lineno}")
        if isinstance(stored[0], ast.arg):
            if scope is not program.function(node):
                raise Unwritten("")
            return self.parameter(program, scope, stored[0], chain, depth)
        value = self.assigned(program, stored[0])
        if isinstance(scope, (ast.Module, ast.ClassDef)):
            self.alone(program, name, attributes=[], outside=isinstance(scope, ast.Module))
        return self.find(program, value, chain, depth)

    @staticmethod
    def assigned(program, target):
        """The value of `name = value`."""
        statement = program.parents[target]
        plain = isinstance(statement, ast.Assign) and statement.targets == [target]
        if not plain and not (isinstance(statement, ast.AnnAssign) and statement.value is not None):
            raise Unwritten("")
        return statement.value

    def alone(self, program, name, attributes, outside, made=None):
        """Holds that a constant is read nowhere but there: not as an attribute (of the class `made`), by an import or by its
        name."""
        for one in self.own() + (list(self.beside(program, name)) if outside else []):
            if one.why:
                continue
            spoken = one.attributes.get(name, ())
            used = [n for n in (self.of_class(one, made, spoken) if made else spoken) if n not in attributes]
            used += one.others.get(name, [])
            if one is not program and any(n.name == "*" for n in one.others.get("*", [])):
                used += one.names.get(name, [])
            if used:
                line = min(getattr(n, "lineno", 1) for n in used)
                raise Unwritten(f"is `{name}`, which is also used in {os.path.basename(one.file)}:{line}")

    def attribute(self, program, node, chain, depth):
        """self.WIDTH, Net.WIDTH: a constant of the class; self.width, where it is set and read once."""
        name, owner = node.attr, node.value.id
        function = program.function(node)
        around = program.parents.get(function)
        if isinstance(around, ast.ClassDef) and parameters(function)[1][:1] and (
                parameters(function)[1][0].arg == owner):
            made = around
        else:
            made = next((one for one in program.tree.body if isinstance(one, ast.ClassDef) and one.name == owner), None)
        if made is None or made.decorator_list:
            raise Unwritten("")
        targets = program.stored(made, name)
        spoken = self.of_class(program, made, program.attributes[name])
        set_on_self = [one for one in spoken if not isinstance(one.ctx, ast.Load)]
        if len(targets) + len(set_on_self) != 1:
            raise Unwritten(f"is `{owner}.{name}`, which is set in several places" if targets or set_on_self else "")
        target = (targets + set_on_self)[0]
        if set_on_self and program.function(target) is not function:
            return self.set_before(program, name, owner, node, target, chain, depth)
        if set_on_self and target.value.id != owner:
            raise Unwritten("")
        self.only_attribute(program, made, owner, node, target, targets)
        return self.find(program, self.assigned(program, target), chain, depth)

    def of_class(self, program, made, nodes):
        """The attributes among `nodes` that may be those of a class: not what methods of another class, which has nothing to
        do with it, say of their own object."""
        found = []
        self.derived(program)
        for one in nodes:
            method = program.function(one)
            around = program.parents.get(method)
            first = parameters(method)[1][:1] if isinstance(around, ast.ClassDef) else []
            own = bool(first) and isinstance(one.value, ast.Name) and one.value.id == first[0].arg
            if not own or around is made or made.name in self.above(around.name) or around.name in self.above(made.name):
                found.append(one)
        return found

    def derived(self, program):
        """Adds what the classes of a file are derived from; first those of all files that are loaded."""
        for one in ([] if self.bases else self.own()) + [program]:
            for defined in (n for nodes in one.defined.values() for n in nodes if isinstance(n, ast.ClassDef)):
                names = {getattr(b, "attr", getattr(b, "id", "")) for b in defined.bases}
                self.bases.setdefault(defined.name, set()).update(names)

    def above(self, name):
        """A class and those that it is derived from, by their names."""
        found, todo = set(), [name]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo += self.bases.get(one, ())
        return found

    def set_before(self, program, name, owner, node, target, chain, depth):
        """What forward reads of its module: set where that is made."""
        made_in = program.function(target)
        made = getattr(chain, "owner", ())
        if depth > 0 or not made or getattr(made_in, "name", "") != "__init__" or (
                program.parents.get(made_in) is not program.parents.get(program.function(node))):
            raise Unwritten("")
        self.only_attribute(program, program.parents.get(made_in), owner, node, target, [])
        return self.find(program, self.assigned(program, target), Chain((chain[0],) + made, ()), 0)

    def only_attribute(self, program, made, owner, node, target, in_class):
        name = node.attr
        spoken = self.of_class(program, made, program.attributes[name])
        read = [one for one in spoken if one is not node and one is not target]
        if read:
            raise Unwritten(f"is `{owner}.{name}`, which is also used in line {min(one.lineno for one in read)}")
        for one in self.own():
            for other in one.names.get(name, ()):  # in the class itself, or in one that is derived from it
                if other not in in_class and isinstance(one.scope(other), ast.ClassDef):
                    raise Unwritten(f"is `{owner}.{name}`, which is also used in line {other.lineno}")
        self.alone(program, name, attributes=[node, target], outside=True, made=made)

    def parameter(self, program, function, argument, chain, depth):
        """What the caller gives, or the default."""
        everything, ordered, defaults = parameters(function)
        around = program.parents.get(function)
        if isinstance(function, ast.Lambda) or function.decorator_list or argument in (
                function.args.vararg, function.args.kwarg):
            raise Unwritten("")
        name, method = argument.arg, isinstance(around, ast.ClassDef)
        called = around.name if method and function.name == "__init__" else function.name
        names = [one.arg for one in ordered][1 if method else 0:]
        if depth + 1 < len(chain):
            caller = self.program(chain[depth + 1][0])
            call, why = caller.call(chain[depth + 1], called) if caller.readable() else (None, caller.why)
            if call is None:
                raise Unwritten(f"is `{name}`, given where `{called}` {why}")
            given = given_to(call, names, name)
            if given is not None:
                return self.find(caller, given, chain, depth + 1)
        elif called != self.top or len(chain) == MOST_AROUND:
            raise Unwritten("")
        elif self.made is not None and given_to(self.made, names, name) is not None:
            raise Unwritten(f"is `{name}`, which is given by how the model is made")
        if name not in defaults:
            raise Unwritten("")
        self.one_default(called, names, name, around if method else function)
        return self.find(program, defaults[name], chain, depth)

    def one_default(self, called, names, name, definition):
        """Holds that a default is that of one call in the user's files, or of the model itself."""
        without = []
        for program in self.own():
            for node in program.names.get(called, []) + program.attributes.get(called, []):
                parent = program.parents.get(node)
                if isinstance(parent, ast.Call) and parent.func is node:
                    if given_to(parent, names, name) is None:
                        without.append(parent)
                elif not (isinstance(parent, ast.Call) and called_name(parent) == "super"):
                    raise Unwritten(f"is `{name}`, a default of `{called}`, which is also used in line {node.lineno}")
        if len(without) > 1 and called != self.top:
            lines = " and ".join(str(one.lineno) for one in without[:2])
            raise Unwritten(f"is `{name}`, a default of `{called}`, which is called in lines {lines}")


def argument(texts, program, name, node, chain, made_at):
    """How the reader is told of an argument: the text that says its value, and how many modules it says it of."""
    entry = argument_alone(texts, program, name, node, chain, made_at)
    try:
        entry["places"] = places(texts, program, name, node, chain, made_at)
    except (Unwritten, KeyError, ValueError, RecursionError):
        pass
    return entry


def argument_alone(texts, program, name, node, chain, made_at):
    try:
        there, text, depth = texts.find(program, node, chain)
    except Unwritten as why:
        return {"name": name, "span": program.span(node), **({"why": str(why)} if str(why) else {})}
    entry = {"name": name, "span": there.span(text)}
    if text is not node:
        entry.update(file=texts.shown(there.file), path=there.file, makes=made_at(chain[:depth + 1]))
    value = number_of(text)
    if isinstance(value, (bool, int, float, str, type(None))) or all(type(v) in (int, float) for v in value):
        entry["value"] = value
    return entry


def table(texts, program, kind, chain, made_at):
    """The table of an Embedding that no input reaches, as a learned tensor."""
    made = constructor(texts, program, kind, chain, made_at)
    axes = {"num_embeddings": "shape[0]", "embedding_dim": "shape[1]"}
    if "arguments" in made:
        told = [one for one in made["arguments"] if one["name"] in axes]
        made.update(type="Parameter", arguments=[{**one, "name": axes[one["name"]]} for one in told])
    return made


def layer_of_torch(kind):
    """The class of torch that a layer is, or is derived from with the same arguments; nothing where it is none."""
    if kind.__module__ == "torch.nn.utils.parametrize" and kind.__bases__:
        kind = kind.__bases__[-1]  # what a parametrization made of a layer
    return kind if kind.__module__.startswith("torch.nn.modules.") else None


def arguments_of_torch(kind):
    names = [n for n in inspect.signature(kind.__init__).parameters][1:]
    # Of a recurrent layer; what is fourth differs.
    return ["input_size", "hidden_size", "num_layers"] if names[:1] == ["args"] else names


# What layers of torch hand on to the attention that they make, by the names of theirs.
OF_ATTENTION = {"d_model": "embed_dim", "nhead": "num_heads", "batch_first": "batch_first"}


def layer_around(program, kind, site, known):
    """The call of nn.TransformerEncoderLayer that made an attention, and what the attention's arguments are called there."""
    if kind is not torch.nn.MultiheadAttention:
        return None, {}
    for outer in (torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer):
        node = program.call(site, outer.__name__, known, outer)[0]
        if node is not None and not starred(node):
            return node, {name: OF_ATTENTION[name] for name in arguments_of_torch(outer) if name in OF_ATTENTION}
    return None, {}


def of_attention(texts, program, node, names, chain, made_at):
    """As constructor(), for an attention within a layer of torch."""
    ordered = arguments_of_torch(torch.nn.TransformerEncoderLayer)
    given = [(ordered[i], a) for i, a in enumerate(node.args[:len(ordered)])] + [(k.arg, k.value) for k in node.keywords]
    return {"type": "MultiheadAttention", "span": program.span(node),
            "arguments": [argument(texts, program, names[name], value, chain, made_at) for name, value in given if name in names],
            **end_of_arguments(program, node)}


def constructor(texts, program, kind, chain, made_at):
    """What the reader needs to write into the call that made a module, or {"why": …}."""
    layer = layer_of_torch(kind)
    if layer is None:
        return {"why": f"is a class of its own, {kind.__name__}"}
    known = chain.known[0] if getattr(chain, "known", ()) else ({}, {})
    node, why = program.call(chain[0], layer.__name__, known, layer) if program.readable() else (None, program.why)
    if node is None:
        around, given = layer_around(program, layer, chain[0], known) if not program.why else (None, {})
        if around is not None:
            return of_attention(texts, program, around, given, chain, made_at)
        return {"why": program.why or why}
    names = arguments_of_torch(layer)
    if program.why or starred(node):
        return handed_in(texts, program, layer.__name__, names, node, chain, made_at)
    arguments = [(names[i], a) for i, a in enumerate(node.args[:len(names)])]
    arguments += [(k.arg, k.value) for k in node.keywords]
    result = {"type": layer.__name__, "span": program.span(node), **name_in(program, node, layer),
              "arguments": [argument(texts, program, name, value, chain, made_at) for name, value in arguments]}
    near = {one: computed(ast.copy_location(ast.Name(one, ast.Load()), node), known) for one in names}
    near = {one: value for one, value in near.items() if value is not None}
    result["words"] = [list(one) for one in {**near, **words_near(program, node, node, known)}.items()]
    return {**result, **end_of_arguments(program, node), **in_a_row(program, node)}


def name_in(program, node, layer):
    """Where the class stands in a call that names it: BatchNorm2d of nn.BatchNorm2d(64)."""
    end = program.span(node.func)[1]
    return {"class": [end - len(layer.__name__), end]} if called_name(node) == layer.__name__ else {}


def in_a_row(program, node):
    """Of a module that stands among others, nn.Sequential(a, b) or [a, b]: what another in front of it is called by, "nn.", and
    what stands between the two."""
    around = program.parents[node]
    among = isinstance(around, ast.List) or isinstance(around, ast.Call) and called_name(around) == "Sequential" and (
        node in around.args)
    if not among or not isinstance(node.func, ast.Attribute):
        return {}
    begin = program.span(node)[0]
    line = program.data[program.data.rfind(b"\n", 0, begin) + 1:begin]
    owner = program.span(node.func.value)
    return {"row": program.data[owner[0]:owner[1]].decode() + ".",
            "between": ",\n" + line.decode() if not line.strip() else ", "}


def starred(call):
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def end_of_arguments(program, call):
    """Where a further keyword is put into a call, and what stands in front of it."""
    end = program.span(call)[1] - 1
    ends = [program.span(value)[1] for value in call.args + [k.value for k in call.keywords]]
    if not ends:
        return {"add": end, "front": ""}
    left = re.sub(rb"#[^\r\n]*", b"", program.data[max(ends):end])
    return {"add": max(ends), "front": ", "} if left.strip() in (b"", b",") else {}  # else: a parenthesis around the last


def filled(program, node, shape):
    """The sizes in `nn.Parameter(torch.zeros(1, 197, 192) * 0.02)`, by axis; nothing where they do not stand there."""
    whole = list(ast.walk(node))
    inner = [one for one in whole if isinstance(one, ast.Call) and called_name(one) in FILLED]
    if len(inner) != 1 or any(isinstance(one, (ast.IfExp, ast.Subscript, ast.Starred)) for one in whole):
        return None
    around = inner[0]
    while around is not node:
        around = program.parents[around]
        initial = isinstance(around, ast.Call) and called_name(around).endswith("_")  # trunc_normal_(…, std=0.02)
        if around is not node and not initial and not isinstance(around, (ast.BinOp, ast.UnaryOp, ast.keyword)):
            return None
    sizes = inner[0].args
    if len(sizes) == 1 and isinstance(sizes[0], (ast.Tuple, ast.List)):
        sizes = sizes[0].elts
    return sizes if len(sizes) == len(shape) else None


def parameter(texts, program, tensor, chain, made_at):
    """The same for a learned tensor of the model's own: its shape, axis by axis."""
    node, why = (None, program.why) if program.why else program.call(chain[0], "Parameter")
    if node is None:
        return {"why": why}
    sizes = filled(program, node, tensor.shape)
    if sizes is None:
        return {"why": "takes its shape from no call such as torch.zeros(1, 197, 192)"}
    return {"type": "Parameter", "span": program.span(node),
            "arguments": [argument(texts, program, f"shape[{i}]", one, chain, made_at) for i, one in enumerate(sizes)]}


def numbers(program):
    """The whole numbers that a file says by name, for many layers: entries of dicts, fields and constants of classes and of
    the file, attributes, defaults, and what is given by name outside of functions (Config(width=64))."""
    found = []

    def say(name, node):
        items = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
        for one in items:
            if isinstance(one, ast.Constant) and type(one.value) is int and one.value > 1:
                found.append({"number": name, "span": program.span(one), "value": one.value})

    for node in ast.walk(program.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    say(key.value, value)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(program.scope(node), (ast.ClassDef, ast.Module)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and node.value is not None:
                say(target.id, node.value)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):  # self.flat = 512
            say(node.targets[0].attr, node.value)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for name, value in parameters(node)[2].items():
                say(name, value)
        elif isinstance(node, ast.Call) and isinstance(program.scope(node), (ast.ClassDef, ast.Module)):
            for one in node.keywords:
                if one.arg is not None:
                    say(one.arg, one.value)
    return found
