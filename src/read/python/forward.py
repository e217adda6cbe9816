"""Calls in forward: the text that says each argument of a function of torch, the texts of the tensors that a layer takes,
and the names that stand for tensors there. It stands between constructors.py and recorder.py."""
import ast
import collections
import re

MOST_OF_A_LIST = 16  # tensors of a list that are told by name
ATTACHED = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)  # what `.flatten(1)` can be written behind


def steps(texts, recorded, places_of):
    """A line for each recorded call of a function of torch that stands in the user's files: its arguments by their place
    (0 is the tensor in front of a method) or their name. `places_of`: the places that made a module."""
    lines, found = [], {}
    for index, op, owner, chain, known in recorded:
        program = texts.program(chain[0][0])
        key = (program.file, chain[0])
        if key not in found:
            found[key] = None if program.why else program.step(chain[0], op.rpartition(".")[2])
        if found[key] is None:
            continue
        line = step(texts, program, found[key], op, Chain(chain, known, places_of(owner) or ()), owner)
        if line is not None:
            lines.append({"step": index, "file": texts.shown(program.file), "path": program.file, "op": op, **line})
    said_by = collections.Counter((line["path"], *line["span"]) for line in lines)
    read_from = collections.Counter((a.get("path", ""), *a["span"]) for line in lines for a in line["arguments"])
    for line in lines:
        line["makes"] = said_by[(line["path"], *line["span"])]
        for one in line["arguments"]:
            if "path" in one:
                one["makes"] = read_from[(one["path"], *one["span"])]
            for place in one.get("places", ()):
                place["makes"] = line["makes"]
    return lines


def step(texts, program, node, op, chain, owner):
    """What stands in one call in forward, or nothing where its arguments come from a list."""
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        return None
    method = op.startswith("torch.Tensor.")
    given = [({"at": i + method}, a) for i, a in enumerate(node.args)]
    given += [(by_keyword(program, k), k.value) for k in node.keywords]
    arguments = []
    for place, value in given:
        parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        for item, one in [({}, value)] + [({"item": i}, part) for i, part in enumerate(parts)]:
            told = argument_alone(texts, program, "", one, chain, lambda _: 1)
            told.pop("name")
            begin, end = program.span(one)
            if b"#" not in program.data[begin:end]:
                told["text"] = program.data[begin:end].decode()
            if parts and not item:
                told["list"] = True
            else:
                known = chain.known[0] if chain.known else ({}, {})
                if "text" in told and not isinstance(one, ast.Constant):
                    told["places"] = [{"file": texts.shown(program.file), "span": [begin, end], "makes": 1,
                                       "texts": [list(pair) for pair in with_number(program, one, known).items()]}]
                    told["places"] += set_when_made(texts, program, one, owner)
            arguments.append({**place, **item, **told})
    ends = [program.span(value)[1] for _, value in given]
    span = program.span(node)
    name_end = program.span(node.func)[1]
    named = {"class": [name_end - len(called_name(node).encode()), name_end]}
    left = re.sub(rb"#[^\r\n]*", b"", program.data[max(ends):span[1] - 1]) if ends else b"x"
    add = {"add": max(ends), "front": ", "} if left.strip() in (b"", b",") else {}
    if not ends and program.data[span[1] - 2:span[1]] == b"()":
        add = {"add": span[1] - 1, "front": ""}
    return {"span": span, "arguments": arguments, **named, **add}


def set_when_made(texts, program, node, owner):
    """The place in __init__ that sets what a call in forward reads of its own module, self.pad, and reads there alone: what can
    be named there, the whole text in parentheses first."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return []
    function = program.function(node)
    around = program.parents.get(function)
    first = parameters(function)[1][:1] if isinstance(function, FUNCTIONS[:2]) else []
    if not isinstance(around, ast.ClassDef) or [one.arg for one in first] != [node.value.id]:
        return []
    spoken = [one for one in texts.of_class(program, around, program.attributes[node.attr]) if one is not node]
    if len(spoken) != 1 or isinstance(spoken[0].ctx, ast.Load):
        return []
    made_in = program.function(spoken[0])
    if getattr(made_in, "name", "") != "__init__" or program.parents.get(made_in) is not around:
        return []
    try:
        value = texts.assigned(program, spoken[0])
        texts.only_attribute(program, around, node.value.id, node, spoken[0], [])
    except Unwritten:
        return []
    if isinstance(value, ast.Name):  # self.channels = channels: another name of that number says something else
        return []
    known = known_in(program, made_in, owner)
    begin, end = program.span(value)
    text = program.data[begin:end]
    number = computed(value, known) if known and b"#" not in text and b"\n" not in text else None
    if number is None:
        return []
    whole = {f"({text.decode()})": number} if isinstance(value, ast.BinOp) else {}
    near = {**whole, **words_near(program, value, value, known)}
    own = len(whole) + sum(1 for one in near if one not in whole and re.search(
        rf"\b{re.escape(one)}(?!\w)", text.decode()))
    return [{"file": texts.shown(program.file), "path": program.file, "span": [begin, end], "makes": 1, "wide": True,
             "words": [list(one) for one in near.items()], "own": own,
             "texts": [list(pair) for pair in with_number(program, value, known).items()]}]


def known_in(program, function, owner):
    """What the names of an __init__ stand for: what one of the modules that it made could read."""
    for child in owner.children() if isinstance(owner, nn.Module) else ():
        chain, known = child.__dict__.get(SITE), child.__dict__.get(KNOWN)
        if chain and known and chain[0][0] == program.file and (
                function.lineno <= chain[0][1] <= function.end_lineno):
            return known[0]
    return None


def by_keyword(program, node):
    """The name that an argument is given by, and where that begins, as Python tells from 3.9 on."""
    return {"name": node.arg, **({"keyword": program.span(node)[0]} if hasattr(node, "lineno") else {})}


ITEMS = {}  # by file: the items of lists and dicts that its functions name, items_in()


def items_in(file):
    """(first line, last line, the list, which item, both compiled, whether the file itself says so) for what a file's functions
    take out of lists and dicts by names, numbers and arithmetic: skips[-1], skips[i // 2], self.features["c1"]; and for what
    they might take by another count: skips[-1 - i // 2]."""
    if file not in ITEMS:
        program, ITEMS[file] = Program(file), []
        for node in ast.walk(program.tree) if program.readable() and not program.why else ():
            whole = isinstance(node, ast.Subscript) and isinstance(node.value, ATTACHED[:2])
            if not whole or not all(isinstance(one, PLAIN) for one in ast.walk(node)):
                continue
            function = program.function(node)
            if isinstance(function, FUNCTIONS[:2]) and node.lineno == node.end_lineno:
                many, which = (program.data[slice(*program.span(one))].decode() for one in (node.value, node.slice))
                counts = [which] + (counts_like(program, node.slice) if isinstance(node.ctx, ast.Load) else [])
                for count in counts:
                    parts = [compile(one.strip(), "<item>", "eval") for one in (many, count)]
                    ITEMS[file].append((function.lineno, function.end_lineno, many, count, *parts, count is which))
    return ITEMS[file]


def counts_like(program, node):
    """What a loop might count by in the place of an index: from the other end, or by one more or less."""
    if not any(isinstance(one, ast.Name) for one in ast.walk(node)) or any(
            isinstance(one, ast.Constant) and not isinstance(one.value, int) for one in ast.walk(node)):
        return []
    begin, end = program.span(node)
    text = program.data[begin:end].decode()
    sums = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub))
    found = [f"-1 - ({text})" if sums else f"-1 - {text}"]
    for one in ast.walk(node):
        around = program.parents[one]
        if isinstance(one, ast.Constant) and not (isinstance(around, ast.BinOp) and isinstance(around.op, ast.FloorDiv)):
            low, high = program.span(one)
            for number in (one.value - 1, one.value + 1):
                if number >= 0:
                    found.append((program.data[begin:low] + str(number).encode() + program.data[high:end]).decode())
    return found + [f"{text} - 1", f"{text} + 1"]


def items_of(frame, said):
    """What the items that a function names are while it runs, by their texts; or those that it might name."""
    line = frame.f_lineno
    for first, last, many, count, items, which, in_file in items_in(frame.f_code.co_filename):
        if first <= line <= last and in_file == said:
            try:
                items, at = (eval(one, frame.f_globals, frame.f_locals) for one in (items, which))
                found = items[at] if isinstance(items, (list, tuple, dict)) and isinstance(at, (int, str)) else None
            except Exception:
                continue
            yield f"{many}[{count}]", found


def items_alike(frame):
    """The items of lists of sizes that stand where a function takes those of another list: sizes[-1 - i] beside
    indices[-1 - i]."""
    lists = [(name, value) for name, value in list(frame.f_locals.items())
             if type(value) in (list, tuple) and value and isinstance(value[0], torch.Size)]
    for first, last, _, count, _, which, in_file in items_in(frame.f_code.co_filename) if lists else ():
        if first <= frame.f_lineno <= last and in_file:
            for name, value in lists:
                try:
                    yield f"{name}[{count}]", value[eval(which, frame.f_globals, frame.f_locals)]
                except Exception:
                    continue


def locals_of(recorder, frame):
    """The names that stand for tensors in a frame, with what made them: a recorded call and its output, or an input, which
    counts from -1 down. An item of a list, too, by the text that the function has for it, from the front and the back, and by
    counts like that."""
    found = {}

    def say(text, value):
        made = recorder.maker_of(value)
        if made is not None:
            found.setdefault(text, made)

    for name, value in list(frame.f_locals.items()):
        say(name, value)
    for text, value in items_of(frame, True):
        say(text, value)
    for name, value in list(frame.f_locals.items()):
        many = value[:MOST_OF_A_LIST] if type(value) in (list, tuple) else ()
        for i, item in enumerate(many):
            say(f"{name}[{i}]", item)
            say(f"{name}[{i - len(value)}]", item)
    for text, value in items_of(frame, False):
        say(text, value)
    return found


def size_said(recorder, value):
    """Of a size that a tensor has: what made that and which axis it is, -1 for all of them."""
    every = value if type(value) is torch.Size else [value]
    axes = [formula for formula in map(formula_of, every) if type(formula) is list and formula[0] == "axis"]
    whole = [["axis", axes[0][1], i] for i in range(len(axes))] if axes else []
    if not axes or len(axes) < len(every) or (every is value and axes != whole):
        return None
    made = recorder.makers.get(axes[0][1])
    return made and (*made, -1 if every is value else axes[0][2])


def sizes_in(recorder, frame):
    """The names that stand for sizes of tensors in a frame, and the items of lists that do: height, sizes[-1 - i]."""
    found = {}
    said = [(name, value) for name, value in list(frame.f_locals.items()) if isinstance(value, (Size, torch.Size))]
    for text, value in [*said, *items_of(frame, True), *items_alike(frame), *items_of(frame, False)]:
        one = size_said(recorder, value) if isinstance(value, (Size, torch.Size)) else None
        if one is not None:
            found.setdefault(text, one)
    return found


def module_named(names, value):
    return next((name for name, one in names.items() if one is value and name.isidentifier()), "")


def tensors_in(node, value, live):
    """(node, number) for each tensor of an argument that an input reaches; no node where its text is not known."""
    if isinstance(value, dict) and "t" in value:
        return [(node, value["t"])] if value["t"] in live else []
    if isinstance(value, list):
        items = node.elts if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == len(value) and not any(
            isinstance(one, ast.Starred) for one in node.elts) else [None] * len(value)
        return [pair for one, item in zip(items, value) for pair in tensors_in(one, item, live)]
    return []


def operands(program, site, name, args, kwargs, live):
    """The node of a call in forward, or of an operator, and the texts of the tensors that go in; nothing where it is unknown.
    `name`: of the function; empty where a module is called."""
    line, end_line, column, end_column = site[1:]
    if end_line is None:
        return None
    place = (line, end_line, column, end_column)
    where = [one for one in program.expressions.get(line, ())
             if (one.lineno, one.end_lineno, one.col_offset, one.end_col_offset) == place]
    calls = [one for one in where if isinstance(one, ast.Call)]
    if not calls and name:  # a chain of methods over several lines starts elsewhere for Python
        calls = [one for one in program.ends.get((end_line, end_column), ()) if called_name(one) == name]
    if len(calls) == 1 and not starred(calls[0]):
        node = calls[0]
        given = list(node.args)
        if name and len(args) == len(given) + 1 and isinstance(node.func, ast.Attribute):
            given = [node.func.value] + given
        pairs = list(zip(given + [None] * len(args), args))
        by_name = {one.arg: one.value for one in node.keywords}
        pairs += [(by_name.get(key), value) for key, value in kwargs.items()]
    elif len(where) == 1 and isinstance(where[0], ast.BinOp) and len(args) == 2:
        node = where[0]
        sides = [node.left, node.right]
        pairs = list(zip(sides[::-1] if name.startswith("__r") else sides, args))
    else:
        return None
    return node, [pair for one, value in pairs for pair in tensors_in(one, value, live)]


def what_returns(program, node, returns):
    """Whose result a call is, and the text of what is called there; a method can be written behind a call."""
    if not isinstance(node, ast.Call):
        return {}
    plain = all(isinstance(one, PLAIN + (ast.Attribute, ast.Load)) for one in ast.walk(node.func))
    called = program.data[slice(*program.span(node.func))].decode() if plain else ""
    return {"returns": returns, "of": called if "\n" not in called else ""}


def forward_calls(texts, recorder):
    """A line for each recorded call that stands in a forward of the user's: {"forward": its number, "span": …, "inputs": the
    texts of its tensors, "names": what else can be named there}."""
    lines = []
    for index, name, site, names, args, kwargs, file_names, sizes, returns, *front in recorder.sites:
        program = texts.program(site[0])
        if program.why:
            continue
        found = operands(program, site, name, args, kwargs, recorder.makers)
        if found is None:
            continue
        node, tensors = found
        texts_of = []
        for one, _ in tensors:
            span = program.span(one) if one is not None else [0, 0]
            plain = isinstance(one, ATTACHED)
            if isinstance(node, ast.BinOp) and program.data[span[0] - 1:span[0]] == b"(" and (
                    program.data[span[1]:span[1] + 1] == b")"):
                span, plain = [span[0] - 1, span[1] + 1], True  # the parentheses around an operand
            text = program.data[span[0]:span[1]]
            known = one is not None and b"#" not in text
            texts_of.append([*span, plain, text.decode()] if known else None)
        lines.append({"forward": index, "file": texts.shown(program.file), "path": program.file, "span": program.span(node),
                      "inputs": texts_of, "names": [[text, *made] for text, made in names.items()],
                      "sizes": [[text, *made] for text, made in sizes.items()], **what_returns(program, node, returns),
                      "torch": module_named(file_names, torch), "functional": module_named(
                          file_names, torch.nn.functional), **({"front": True} if front else {})})
    return lines
