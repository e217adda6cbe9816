"""What the calls around a layer would have to say for one of its options to be another one. It stands behind places.py.

A fix says that an option of a layer should be another number; that number may come from far out: an argument of the block
that makes the layer, an entry of a list that a loop goes through, a default. Each text on its way is an expression of
names; one of them is given the number with which the expression says what is wanted, and is followed further out, to the
numbers that stand in the program. What comes of it is a trial: one change of the text. Whether it is right shows when the
program is run again.
"""
import ast
import collections
import json

COMPUTES = PLAIN + (ast.Call, ast.IfExp, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.Tuple, ast.List)
CALLED = {"int": int, "round": round, "max": max, "min": min, "abs": abs, "len": len}
MOST_STEPS = 8  # texts between a layer and a number
MOST_WANTED = 48  # changes of one fix that are looked at
MOST_ODD = 4
MOST_SAID = 16  # of a kernel, a stride, a flag: what counts channels differs from call to call
LITERAL, KEYWORD, FACTOR, LOOP, NAME, ODD = range(6)  # what a trial changes, the plainest first


def known_value(node, known):
    """The number of an expression, a flag or a tuple too, for what `known` says; nothing where it is none."""
    if not all(isinstance(one, COMPUTES) and (not isinstance(one, ast.Call) or getattr(one.func, "id", "") in CALLED)
               for one in ast.walk(node)):
        return None
    value = value_of(node, known)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def with_value(node, leaf, number, known):
    """What an expression says where one of its names, or numbers, says another number."""
    if isinstance(leaf, ast.Constant):
        before, leaf.value = leaf.value, number
        value = known_value(node, known)
        leaf.value = before
        return value
    if isinstance(leaf, ast.Name):
        return known_value(node, ({**known[0], leaf.id: number}, known[1]))
    return None


def near_numbers(before, value, wanted):
    """Numbers that an expression's part may have to be, the likelier first."""
    found = [before + wanted - value, before - wanted + value]
    if value and before * wanted % value == 0:
        found.append(before * wanted // value)
    found += [wanted, wanted * 2, wanted * 4, wanted // 2, wanted // 4] + list(range(65))
    return [one for one in dict.fromkeys(found) if one >= 0 and one != before]


class Trials:
    """The changes for one layer: `chain`, the places of its calls, with what those could read."""

    def __init__(self, texts, chain):
        self.texts, self.chain, self.found = texts, chain, {}
        self.inner = None

    def for_option(self, program, call, node, wanted):
        """Looks at the argument `node` of the call that makes the layer."""
        self.inner = (program, call)
        self.solve(program, node, 0, wanted, 0)
        return self.found

    def add(self, program, begin, end, text, kind, depth):
        if program.why or b"#" in program.data[begin:end]:
            return
        inner = self.inner[0].span(self.inner[1]) if self.inner and program is self.inner[0] else (0, 0)
        if inner[0] <= begin and end <= inner[1]:
            return  # what the layer's own call says is changed without a trial
        key = (program.file, begin, end, text)
        if program.data[begin:end].decode() != text:
            self.found[key] = min(self.found.get(key, (kind, depth)), (kind, depth))

    def put(self, program, node, text, kind, depth):
        begin, end = program.span(node)
        self.add(program, begin, end, text, kind, depth)

    def known(self, depth):
        return self.chain.known[depth]

    def solve(self, program, node, depth, wanted, steps):
        """Adds the changes with which `node` says what is wanted."""
        if steps > MOST_STEPS or depth >= len(self.chain.known) or not program.readable():
            return
        value = known_value(node, self.known(depth))
        if isinstance(node, ast.Constant):
            if isinstance(node.value, (bool, int)) and node.value is not wanted:
                self.put(program, node, repr(wanted), LITERAL, depth)
        elif isinstance(node, (ast.Tuple, ast.List)):
            self.each(program, node, depth, wanted, steps)
        elif isinstance(node, ast.IfExp):
            said = known_value(node.test, self.known(depth))
            if said is not None:
                self.solve(program, node.body if said else node.orelse, depth, wanted, steps + 1)
        else:
            self.follow(program, node, depth, wanted, steps)
            if isinstance(value, int) and isinstance(wanted, int) and not isinstance(value, bool):
                self.part(program, node, depth, value, wanted, steps)
                self.reword(program, node, depth, value, wanted)

    def each(self, program, node, depth, wanted, steps):
        """A tuple whose numbers are all the same."""
        if isinstance(wanted, int) and len({known_value(one, self.known(depth)) for one in node.elts}) == 1:
            if all(isinstance(one, ast.Constant) for one in node.elts):
                text = ", ".join([str(wanted)] * len(node.elts)) + ("," if len(node.elts) == 1 else "")
                self.put(program, node, f"[{text}]" if isinstance(node, ast.List) else f"({text})", LITERAL, depth)

    def part(self, program, node, depth, value, wanted, steps):
        """One name or number of an expression is another one."""
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return
        self.both(program, node, depth, wanted)
        looked_at = set()
        for leaf in [one for one in ast.walk(node) if isinstance(one, (ast.Name, ast.Constant))]:
            name = getattr(leaf, "id", None)
            before = known_value(leaf, self.known(depth))
            if type(before) is not int or name in looked_at or (name is None and before == 0):
                continue
            looked_at.add(name or leaf)
            number = next((one for one in near_numbers(before, value, wanted)
                           if with_value(node, leaf, one, self.known(depth)) == wanted), None)
            if number is None:
                continue
            if name is None:
                self.put(program, leaf, str(number), FACTOR, depth)
                continue
            self.follow(program, leaf, depth, number, steps + 1)
            if abs(number - before) == 1 and before < 16 and self.steps_through(program, leaf):
                sign = "+" if number > before else "-"
                self.put(program, leaf, f"({name} {sign} 1)", LOOP, depth)

    def both(self, program, node, depth, wanted):
        """A number that is a factor twice: 128 * 8 * 8."""
        alike = collections.Counter(one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
        for one in [one for one in ast.walk(node) if isinstance(one, ast.Constant) and alike[one.value] == 2]:
            texts = with_both(program, node, one, self.known(depth))
            for text in [text for text, says in texts.items() if says == wanted]:
                self.put(program, node, text, LITERAL, depth)

    @staticmethod
    def steps_through(program, leaf):
        """Whether a name is that of a loop."""
        stored = program.stored(program.function(leaf), leaf.id) + program.stored(program.scope(leaf), leaf.id)
        return any(isinstance(program.parents.get(one), (ast.For, ast.comprehension, ast.Tuple)) for one in stored
                   if isinstance(one, ast.Name))

    def reword(self, program, node, depth, value, wanted):
        """Says another multiple of what stands there, or another name."""
        begin, end = program.span(node)
        text = program.data[begin:end].decode(errors="replace")
        kind = NAME if isinstance(node, ast.BinOp) else FACTOR
        if isinstance(node, ast.BinOp) and not isinstance(node.op, (ast.Mult, ast.Pow)):
            text = f"({text})"
        if value > 1 and wanted % value == 0 and 2 <= wanted // value <= 4:
            self.put(program, node, f"{text} * {wanted // value}", kind, depth)
        if wanted > 1 and value % wanted == 0 and 2 <= value // wanted <= 4:
            self.put(program, node, f"{text} // {value // wanted}", kind, depth)
        call = program.parents.get(node)
        call = program.parents.get(call) if isinstance(call, ast.keyword) else call
        if isinstance(call, ast.Call) and wanted > 1:
            near = words_near(program, node, call, self.known(depth))
            for word in [one for one, says in near.items() if says == wanted][:2]:
                self.put(program, node, word, NAME, depth)

    # -- where a name comes from
    def follow(self, program, node, depth, wanted, steps):
        """Adds the changes with which a name says what is wanted, where that is said."""
        for there, said, at in self.origins(program, node, depth):
            if isinstance(said, NotGiven):
                self.left_out(there, said, at, wanted)
            else:
                self.solve(there, said, at, wanted, steps + 1)

    def left_out(self, definition, left_out, default, wanted):
        """A call leaves a parameter at its default: the default is another one, or the call gives it."""
        call, where = left_out.call, left_out.program
        add = end_of_arguments(where, call)
        calls = [one for other in self.texts.own() for named in other.names.get(called_name(call), [])
                 + other.attributes.get(called_name(call), []) for one in [other.parents.get(named)]
                 if isinstance(one, ast.Call) and one.func is named and not starred(one)]
        only = len(calls) < 2
        if default is not None and known_value(default, ({}, {})) is not None:
            self.put(definition, default, repr(wanted), LITERAL if only else ODD, left_out.depth)
        if "add" in add and not starred(call):
            self.add(where, add["add"], add["add"], f"{add['front']}{left_out.name}={wanted!r}",
                     NAME if only else KEYWORD, left_out.depth)

    def origins(self, program, node, depth):
        """(program, node, depth) for what says the value of a name, an attribute or an item; with NotGiven for the node
        and the default in place of the depth where a call leaves it out."""
        if isinstance(node, ast.Subscript):
            return self.item(program, node, depth)
        if isinstance(node, ast.Attribute):
            return self.attribute(program, node, depth)
        if not isinstance(node, ast.Name):
            return []
        scope, name = program.scope(node), node.id
        stored = program.stored(scope, name)
        while not stored and not isinstance(scope, ast.Module):
            scope = program.scope(scope)
            stored = [] if isinstance(scope, ast.ClassDef) else program.stored(scope, name)
        if isinstance(scope, FUNCTIONS) and scope is not program.function(node):
            return []
        if isinstance(scope, (ast.Module, ast.ClassDef)) and self.read_elsewhere(program, name, scope):
            return []
        found = []
        for one in stored:
            found += [(program, said, depth) if not isinstance(said, tuple) else said
                      for said in self.stored_by(program, one, node, scope, depth)]
        return found

    def read_elsewhere(self, program, name, scope):
        """Whether another file reads a constant, which would be another one for it, too."""
        try:
            self.texts.alone(program, name, program.attributes.get(name, ()), outside=isinstance(scope, ast.Module))
        except Unwritten:
            return True
        return False

    def stored_by(self, program, target, node, scope, depth):
        """What gives a name its value: an assignment, a loop, the caller."""
        if isinstance(target, ast.arg):
            return self.given(program, node, target, scope, depth)
        around = program.parents.get(target)
        if isinstance(around, ast.AnnAssign) or isinstance(around, ast.Assign) and target in around.targets:
            return [around.value] if around.value is not None else []
        whole = target
        while isinstance(program.parents.get(whole), (ast.Tuple, ast.List)):
            whole = program.parents[whole]
        loop = program.parents.get(whole)
        if isinstance(loop, ast.Assign) and isinstance(loop.value, (ast.Tuple, ast.List)):
            return [said for said in self.matching(program, [loop.value], whole, target, depth)]
        if isinstance(loop, (ast.For, ast.comprehension)) and loop.target is whole:
            return self.of_loop(program, loop.iter, whole, target, depth)
        return []

    def given(self, program, node, argument, scope, depth):
        everything, _, defaults = parameters(scope)
        if isinstance(scope, ast.Lambda) or argument in (scope.args.vararg, scope.args.kwarg):
            return []
        found = caller_of(self.texts, program, scope, self.chain, depth)
        if found is None:  # the model's own class
            default = defaults.get(argument.arg)
            return [(program, default, depth)] if default is not None and depth + 1 >= len(self.chain.known) else []
        caller, call, names = found
        try:
            said = self.argument(caller, call, names, argument.arg, depth + 1)
        except Unwritten:
            return []
        if said is None:
            left_out = NotGiven(caller, call, argument.arg, depth + 1)
            return [(program, left_out, defaults.get(argument.arg))]
        return [said]

    def argument(self, program, call, names, name, depth):
        """What a call gives to a parameter, also by a list of which the items are known: Block(*row)."""
        for one in call.keywords:
            if one.arg == name:
                return program, one.value, depth
        star = next((i for i, one in enumerate(call.args) if isinstance(one, ast.Starred)), len(call.args))
        at = names.index(name) if name in names else -1
        if 0 <= at < star:
            return (program, call.args[at], depth) if at < len(call.args) else self.by_dict(program, call, name, depth)
        if at < 0 or star == len(call.args):
            return self.by_dict(program, call, name, depth)
        for there, row, where in self.lists(program, call.args[star].value, depth):
            if at - star < len(row) and star == len(call.args) - 1:
                return there, row[at - star], where
        raise Unwritten("")

    def by_dict(self, program, call, name, depth):
        """The same by Block(**settings)."""
        for one in call.keywords:
            if one.arg is None:
                for there, said, at in [(program, one.value, depth)] + self.origins(program, one.value, depth):
                    value = entry_of(said, name) if isinstance(at, int) and isinstance(said, ast.AST) else None
                    if value is not None:
                        return there, value, at
                raise Unwritten("")
        return None

    def attribute(self, program, node, depth):
        """self.WIDTH, Net.WIDTH: of the class, or set on the module where it is made."""
        if not isinstance(node.value, ast.Name):
            return []
        function = program.function(node)
        around = program.parents.get(function)
        own = isinstance(around, ast.ClassDef) and parameters(function)[1][:1] and (
            parameters(function)[1][0].arg == node.value.id)
        made = around if own else next((one for one in program.tree.body if isinstance(one, ast.ClassDef)
                                        and one.name == node.value.id), None)
        if made is None:
            return []
        found = program.stored(made, node.attr)
        if found and self.read_elsewhere(program, node.attr, made):
            return []
        found = found + [one for one in program.attributes.get(node.attr, ()) if isinstance(one.ctx, ast.Store)
                         and own and program.function(one) is function]
        return [(program, said, depth) for one in found for said in self.stored_by(program, one, node, made, depth)
                if not isinstance(said, tuple)]

    def item(self, program, node, depth):
        """widths[2], CONFIG["dim"]."""
        index = known_value(node.slice, self.known(depth))
        if index is None and isinstance(node.slice, ast.Constant):
            index = node.slice.value
        if isinstance(index, str):
            found = [(program, node.value, depth)] + self.origins(program, node.value, depth)
            entries = [(there, entry_of(said, index), at) for there, said, at in found if isinstance(said, ast.AST)]
            return [one for one in entries if one[1] is not None]
        if type(index) is not int:
            return []
        return [(there, row[index], at) for there, row, at in self.lists(program, node.value, depth)
                if -len(row) <= index < len(row)]

    def lists(self, program, node, depth, steps=0):
        """(program, items, depth) of the lists that an expression stands for, as far as they stand in the program."""
        if steps > MOST_STEPS:
            return []
        if isinstance(node, (ast.Tuple, ast.List)):
            return [] if any(isinstance(one, ast.Starred) for one in node.elts) else [(program, node.elts, depth)]
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            ends = [one and known_value(one, self.known(depth)) for one in
                    (node.slice.lower, node.slice.upper, node.slice.step)]
            return [(there, row[slice(*ends)], at) for there, row, at in self.lists(program, node.value, depth, steps + 1)]
        if isinstance(node, ast.Call) and len(node.args) == 1 and called_name(node) in ("reversed", "list", "tuple"):
            turned = called_name(node) == "reversed"
            return [(there, row[::-1] if turned else row, at)
                    for there, row, at in self.lists(program, node.args[0], depth, steps + 1)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = (self.lists(program, one, depth, steps + 1) for one in (node.left, node.right))
            return [(left[0][0], left[0][1] + right[0][1], left[0][2])] if len(left) == len(right) == 1 and (
                left[0][0] is right[0][0]) else []
        return [one for there, said, at in self.origins(program, node, depth) if isinstance(said, ast.AST)
                for one in self.lists(there, said, at, steps + 1)]

    def of_loop(self, program, items, whole, target, depth):
        """What a loop's name is in the round in which the layer was made: where all of its names say what they say then."""
        name = called_name(items) if isinstance(items, ast.Call) else ""
        parts = whole.elts if isinstance(whole, (ast.Tuple, ast.List)) else []
        if name == "enumerate" and len(parts) == 2 and items.args:
            return self.of_loop(program, items.args[0], parts[1], target, depth) if target is not parts[0] else []
        if name == "zip" and len(parts) == len(items.args):
            columns = [self.lists(program, one, depth) for one in items.args]
            at = next((i for i, one in enumerate(parts) if target in list(ast.walk(one))), None)
            if at is None or not columns[at]:
                return []
            there, row, where = columns[at][0]
            fits = [i for i in range(len(row)) if all(
                not column or i < len(column[0][1]) and self.agrees(part, column[0][1][i], column[0][2], depth)
                for part, column in zip(parts, columns))]
            found = [said for i in fits for said in self.matching(there, [row[i]], parts[at], target, depth)]
            return [(there, said, where) for said in found]
        return [(there, said, at) for there, row, at in self.lists(program, items, depth)
                for said in self.matching(there, row, whole, target, depth, at)]

    def matching(self, program, rows, whole, target, depth, at=None):
        """The part that a target's name takes of each of the rows that fits what the names say."""
        found = []
        for row in rows:
            if not self.agrees(whole, row, depth if at is None else at, depth):
                continue
            one, part = row, whole
            while part is not target and isinstance(one, (ast.Tuple, ast.List)):
                i = next((i for i, inner in enumerate(part.elts) if target in list(ast.walk(inner))), None)
                if i is None or i >= len(one.elts):
                    break
                one, part = one.elts[i], part.elts[i]
            if part is target:
                found.append(one)
        return found

    def agrees(self, target, said, at, depth):
        """Whether the names of a target have the values that stand there."""
        if isinstance(target, (ast.Tuple, ast.List)):
            return isinstance(said, (ast.Tuple, ast.List)) and len(said.elts) == len(target.elts) and all(
                self.agrees(a, b, at, depth) for a, b in zip(target.elts, said.elts))
        value, now = known_value(said, self.known(at)), known_value(target_read(target), self.known(depth))
        return value is None or now is None or value == now


def target_read(target):
    return ast.copy_location(ast.Name(target.id, ast.Load()), target) if isinstance(target, ast.Name) else target


def entry_of(node, name):
    """What a dict that stands in the program says by a name."""
    if isinstance(node, ast.Dict):
        return next((value for key, value in zip(node.keys, node.values)
                     if isinstance(key, ast.Constant) and key.value == name), None)
    if isinstance(node, ast.Call) and called_name(node) == "dict":
        return next((one.value for one in node.keywords if one.arg == name), None)
    return None


def argument_nodes(texts, program, thing, chain):
    """The call that made a layer, or a learned tensor, and its arguments by name."""
    if isinstance(thing, nn.Parameter):
        node, _ = program.call(chain[0], "Parameter")
        sizes = filled(program, node, thing.shape) if node is not None else None
        return node, {f"shape[{i}]": one for i, one in enumerate(sizes or ())}
    layer = layer_of_torch(type(thing))
    if layer is None or not program.readable():
        return None, {}
    node, _ = program.call(chain[0], layer.__name__, chain.known[0], layer)
    if node is None or starred(node):
        return None, {}
    names = arguments_of_torch(layer)
    given = dict(zip(names, node.args[:len(names)]))
    return node, {**given, **{one.arg: one.value for one in node.keywords}}


def plain_wanted(value):
    """One number for a list of equal ones."""
    if isinstance(value, list) and value and all(one == value[0] for one in value):
        return value[0]
    return value


def trials(texts, things, asked):
    """Lines {"trial": which fix, "explains": how many of its changes, …} for the changes of fixes that are asked for, a
    list of [module, option, from, to] for each of them. `things`: modules and learned tensors by path."""
    lines, chains = [], {}
    for index, wanted in enumerate(asked):
        votes = collections.Counter()
        best = {}
        for path, option, before, after in wanted[:MOST_WANTED]:
            thing = things.get(path)
            chain = chains.setdefault(path, chain_of_thing(thing)) if thing is not None else None
            if chain is None:
                continue
            for key, rank in changes_for(texts, thing, chain, option, before, after).items():
                votes[key] += 1
                best[key] = min(best.get(key, rank), rank)
        for key, rank in best.items():
            lines.append((votes[key] < len(wanted), rank[0], index, -votes[key], rank[1], key))
    return [{"trial": index, "explains": -votes, "all": not part, "plain": kind <= KEYWORD, **edit_line(key)}
            for part, kind, index, votes, _, key in sorted(lines)]


def edit_line(key):
    file, begin, end, text = key
    return {"file": shown(file), "path": file, "span": [begin, end], "text": text}


def chain_of_thing(thing):
    site = thing.__dict__.get(SITE)
    return Chain(site, thing.__dict__.get(KNOWN, ())) if site and thing.__dict__.get(KNOWN) else None


def changes_for(texts, thing, chain, option, before, after):
    program = texts.program(chain[0][0])
    call, given = argument_nodes(texts, program, thing, chain)
    if call is None:
        return {}
    pairs = [(option, plain_wanted(before), plain_wanted(after))]
    if option == "shape" and isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(f"shape[{i}]", *pair) for i, pair in enumerate(zip(before, after)) if pair[0] != pair[1]]
    found = {}
    for name, _, wanted in pairs:
        if name in given and isinstance(wanted, (bool, int)):
            found.update(Trials(texts, chain).for_option(program, call, given[name], wanted))
    return found


def odd_ones(texts, things):
    """Numbers and flags that one call of a block gives, where all others, and its default, agree on another."""
    said = {}  # by (class or function, parameter): by call, its text and number
    for thing in things.values():
        chain = chain_of_thing(thing)
        for depth in range(1, len(chain) if chain else 0):
            inner = texts.program(chain[depth - 1][0])
            outer = texts.program(chain[depth][0])
            if not inner.readable() or not outer.readable():
                break
            found = called_at(texts, inner, outer, chain, depth)
            if found is not None:
                votes_of(outer, *found, chain, depth, said)
    lines = []
    for (definition, name), calls in said.items():
        if len(lines) >= MOST_ODD:
            break
        for site, (program, chain, depth, node, value) in calls.items():
            others = [one[4] for key, one in calls.items() if key != site]
            default = parameters(definition)[2].get(name)
            others += [known_value(default, ({}, {}))] if default is not None and len(others) < 2 else []
            if node is None or len(others) < 2 or len(set(map(repr, others))) > 1 or others[0] in (value, None):
                continue
            trial = Trials(texts, chain)
            trial.solve(program, node, depth, others[0], 0)
            lines += [{"trial": -1, "explains": 0, "all": False, "plain": True, **edit_line(key)}
                      for key, rank in sorted(trial.found.items(), key=lambda one: one[1]) if rank[0] == LITERAL][:1]
    return lines[:MOST_ODD]


def called_at(texts, inner, outer, chain, depth):
    """The call at a depth of a chain, the function that it calls, and its parameters by position."""
    line = chain[depth - 1][1]
    function = next((one for nodes in inner.defined.values() for one in nodes if isinstance(one, FUNCTIONS[:2])
                     and one.lineno <= line <= one.end_lineno and inner.function(one.body[0]) is one
                     and not any(other is not one and isinstance(other, FUNCTIONS[:2]) and other.lineno <= line
                                 <= other.end_lineno for other in ast.walk(one))), None)
    found = caller_of(texts, inner, function, chain, depth - 1) if function is not None else None
    return None if found is None or starred(found[1]) else (function, found[1], found[2])


def votes_of(program, function, call, names, chain, depth, said):
    """What a call gives for each parameter: one number at each call."""
    site = (program.file, call.lineno, call.col_offset)
    defaults = parameters(function)[2]
    for one in parameters(function)[0]:
        try:
            node = given_to(call, names, one.arg)
        except Unwritten:
            return
        value = known_value(node, chain.known[depth]) if node is not None else known_value(
            defaults.get(one.arg, ast.Constant(None)), ({}, {}))
        if isinstance(value, (bool, int)) and abs(value) <= MOST_SAID:
            said.setdefault((function, one.arg), {}).setdefault(site, (program, chain, depth, node, value))
