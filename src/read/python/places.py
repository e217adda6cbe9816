"""Where an argument can be said in other words: in the call itself, and in the calls around it that hand it on, also through
an installed package. It stands behind constructors.py."""
import ast
import re

PLAIN = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Load, ast.operator, ast.unaryop)
MOST_AMONG = 3  # places of one argument that say others, too


def value_of(node, known):
    try:
        return eval(compile(ast.Expression(node), "<expression>", "eval"), known[1], known[0])
    except Exception:
        return None


def computed(node, known):
    """The integer that an expression of names, attributes, items and arithmetic has for what `known` says; or nothing."""
    value = value_of(node, known) if all(isinstance(one, PLAIN) for one in ast.walk(node)) else None
    return int(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31 else None


def with_a_power(program, node, known):
    """`c * r ** 2` of `c * r * 2`, whose product was to be a square."""
    texts = {}
    begin, end = program.span(node)
    for one in ast.walk(node):
        if not (isinstance(one, ast.BinOp) and isinstance(one.op, ast.Mult) and isinstance(one.right, ast.Constant)
                and one.right.value == 2):
            continue
        factor = one.left.right if isinstance(one.left, ast.BinOp) and isinstance(one.left.op, ast.Mult) else one.left
        if not isinstance(factor, (ast.Name, ast.Attribute)):
            continue
        value, power = computed(node, known), computed(factor, known)
        around = program.parents[one]
        if value is None or power is None or one is not node and not (
                isinstance(around, ast.BinOp) and isinstance(around.op, ast.Mult)):
            continue
        low, high = program.span(factor)[1], program.span(one.right)[0]
        text = program.data[begin:low] + b" ** " + program.data[high:end]
        if value * power % 2 == 0 and b"(" not in program.data[low:high]:
            texts[text.decode()] = value * power // 2
    return texts


def with_number(program, node, known):
    """The texts that an expression becomes when one whole number of it changes, and what they say: `4 * dim` of `3 * dim`;
    `k // 2` of `k // 2 - 1`. A zero says nothing; a small number, which counts, changes sooner than a large one."""
    texts = {}
    begin, end = program.span(node)
    whole = [one for one in ast.walk(node) if isinstance(one, ast.Constant) and type(one.value) is int]
    texts.update(with_a_power(program, node, known))
    for one in whole:
        texts.update(with_both(program, node, one, known))
    for one in sorted(whole, key=lambda one: one.value):
        if not 0 < one.value <= 64 or one is node:
            continue
        exponent = isinstance(program.parents[one], ast.BinOp) and isinstance(program.parents[one].op, ast.Pow)
        if isinstance(program.parents[one], ast.Subscript) or exponent and program.parents[one].right is one:
            continue
        low, high = program.span(one)
        sum_of, before = program.parents[one], one.value
        few = isinstance(sum_of, ast.BinOp) and isinstance(sum_of.op, (ast.Add, ast.Sub)) and before < 8
        factor = isinstance(sum_of, ast.BinOp) and isinstance(sum_of.op, ast.Mult)
        divisor = isinstance(sum_of, ast.BinOp) and isinstance(sum_of.op, ast.FloorDiv) and sum_of.right is one
        for number in range(2 if factor or divisor else 1, 8 if few else 65):  # a token more, not 29 of them
            if number == before:
                continue
            one.value = number
            value = computed(node, known)
            text = (program.data[begin:low] + str(number).encode() + program.data[high:end]).decode()
            if value is not None:
                texts.setdefault(text, value)
        one.value = 1 if divisor else 0
        value = computed(node, known)
        one.value = before
        if divisor or isinstance(sum_of, ast.BinOp) and isinstance(sum_of.op, (ast.Add, ast.Sub)) and sum_of.right is one:
            text = program.data[begin:program.span(sum_of.left)[1]] + program.data[high:end]
            if value is not None and text.count(b"(") == text.count(b")"):
                texts.setdefault(text.decode(), value)
    return texts


def with_both(program, node, first, known):
    """The same for a number that is a factor twice: `16 * 4 * 4` of `16 * 5 * 5`."""
    texts = {}
    begin, end = program.span(node)
    both = [one for one in ast.walk(node) if isinstance(one, ast.Constant) and one.value == first.value
            and isinstance(program.parents[one], ast.BinOp) and isinstance(program.parents[one].op, ast.Mult)]
    if len(both) != 2 or first is not both[0]:
        return texts
    (a, b), (c, d) = sorted(program.span(one) for one in both)
    before = first.value
    for number in range(1, 65):
        if number != before:
            both[0].value = both[1].value = number
            value, word = computed(node, known), str(number).encode()
            text = program.data[begin:a] + word + program.data[b:c] + word + program.data[d:end]
            if value is not None:
                texts[text.decode()] = value
    both[0].value = both[1].value = before
    return texts


def words_near(program, node, call, known):
    """What the function that a call stands in names, with its numbers: first what the argument itself is made of, then
    what the call says, then the rest, the nearest lines first."""
    function = program.function(call)
    found = {}

    def say(text, value):
        if value is not None and value >= 0 and len(found) < MOST_WORDS:
            found.setdefault(text, value)

    inside = isinstance(function, FUNCTIONS)
    for root in (node, None, call, function if inside else None):
        if root is None:
            for one in parameters(function)[0] if inside else ():
                say(one.arg, computed(ast.copy_location(ast.Name(one.arg, ast.Load()), one), known))
            continue
        named = [one for one in ast.walk(root) if isinstance(one, (ast.Name, ast.Attribute, ast.Subscript))
                 and isinstance(one.ctx, ast.Load)]
        for one in sorted(named, key=lambda one: abs(one.lineno - call.lineno)) if root is function else named:
            if len(found) >= MOST_WORDS:
                break
            begin, end = program.span(one)
            text = program.data[begin:end].decode()
            say(text, computed(one, known) if len(text) <= 40 and "\n" not in text else None)
    return found


def places(texts, program, name, node, chain, made_at):
    """Where an argument can be said in other words: in the call itself, or, where the call passes on what its function is
    given, in the call around it. With what can be named there. `among`: what stands there is read in other places, too."""
    found, depth, among = [], 0, False
    while depth < len(getattr(chain, "known", ())):
        begin, end = program.span(node)
        if b"#" in program.data[begin:end] or isinstance(node, ast.Starred):
            break
        if not program.why:
            call = program.parents[node]
            call = program.parents[call] if isinstance(call, ast.keyword) else call
            place = place_of_words(texts, program, name, node, call, chain, depth, made_at)
            found.append({**place, "among": True} if among else place)
        try:
            program, node, depth, alone = passed_on(texts, program, node, chain, depth)
        except NotGiven as left_out:
            place = None if among else further_keyword(texts, left_out, name, chain, made_at)
            return found + ([place] if place else [])
        except Unwritten:
            break
        among = among or not alone
        if sum("among" in one for one in found) == MOST_AMONG:
            break
    return found


def place_of_words(texts, program, name, node, call, chain, depth, made_at):
    data, known = program.data, chain.known[depth]
    begin, end = program.span(node)
    near = words_near(program, node, call, known)
    return {"file": texts.shown(program.file), "path": program.file, "span": [begin, end],
            "makes": made_at(chain[:depth + 1]), "wide": name in WIDTHS or name.startswith("shape["),
            "words": [list(one) for one in near.items()],
            "own": sum(1 for text in near if re.search(rf"\b{re.escape(text)}(?!\w)", data[begin:end].decode())),
            "texts": [list(one) for one in with_number(program, node, known).items()]}


def further_keyword(texts, left_out, name, chain, made_at):
    """Where a call around that leaves a parameter at its default can give it; nothing where it cannot be written."""
    program, call, depth = left_out.program, left_out.call, left_out.depth
    add = end_of_arguments(program, call)
    if program.why or "add" not in add or depth >= len(chain.known):
        return None
    near = words_near(program, call, call, chain.known[depth])
    return {"file": texts.shown(program.file), "path": program.file, "span": [add["add"], add["add"]],
            "front": f"{add['front']}{left_out.name}=", "makes": made_at(chain[:depth + 1]), "wide": name in WIDTHS,
            "words": [list(one) for one in near.items()], "own": 0, "texts": []}


def passed_on(texts, program, node, chain, depth):
    """What the call around gives for a parameter: its file, the text, its depth, and whether the parameter is read in that
    place alone. A call that hands on names of its own function, **kwargs, gives what the one around it does."""
    scope = program.function(node)
    if not isinstance(node, ast.Name) or isinstance(scope, ast.Lambda) or not isinstance(scope, FUNCTIONS) or (
            depth + 1 >= len(chain)):
        raise Unwritten("")
    argument = next((one for one in parameters(scope)[0] if one.arg == node.id), None)
    inside = [one for one in program.names.get(node.id, ()) if program.inside(one, scope)]
    # What an installed package makes of it besides is its own matter, and seen when the change is run.
    alone = inside == [node] or bool(program.why)
    read = inside == [node] or all(isinstance(one.ctx, ast.Load) for one in inside)
    if argument is None or not read or argument in (scope.args.vararg, scope.args.kwarg):
        raise Unwritten("")
    caller, call, names = caller_of(texts, program, scope, chain, depth) or unwritten()
    depth += 1
    while any(one.arg is None for one in call.keywords) and not any(one.arg == node.id for one in call.keywords):
        scope = caller.function(call)
        given = given_by(call, names)
        own = given is not None and not given[1] and isinstance(scope, FUNCTIONS[:2]) and scope.args.kwarg
        if not own or getattr(given[2][0], "id", "") != own.arg or node.id in dict(given[0]) or (
                node.id in {one.arg for one in parameters(scope)[0]}):
            raise Unwritten("")
        caller, call, names = caller_of(texts, caller, scope, chain, depth) or unwritten()
        depth += 1
    by_name = [one.value for one in call.keywords if one.arg == node.id]
    given = by_name[0] if by_name else given_to(call, names, node.id)
    if given is None:
        raise NotGiven(caller, call, node.id, depth)
    return caller, given, depth, alone


def given_by(call, names, taken=0, known=()):
    """What a call gives: (name, value) for each argument behind the first `taken`, the list and the names that it hands on
    whole, and the names that are left for that list. `known`: keywords that are for somebody else."""
    star = next((i for i, one in enumerate(call.args) if isinstance(one, ast.Starred)), len(call.args))
    plain = call.args[taken:star]
    pairs = list(zip(names, plain)) + [(k.arg, k.value) for k in call.keywords if k.arg is not None and k.arg not in known]
    lists = [one.value for one in call.args[star:star + 1]]
    dicts = [k.value for k in call.keywords if k.arg is None]
    whole = (star >= taken or star == len(call.args)) and len(call.args) <= star + 1 and len(dicts) <= 1
    return (pairs, lists, dicts, names[len(plain):]) if whole else None


def handed_in(texts, program, kind, names, node, chain, made_at):
    """What constructor() says of a call whose arguments are those of a call around it: it hands on what its function is
    given, nn.Conv1d(*args, **kwargs), or stands in an installed package."""
    why, depth, found = program.why or "takes its arguments from a list", 0, []
    given, keywords = given_by(node, names), set(names)  # those that no function on the way takes for itself
    while given is not None and (given[1] or given[2]):
        pairs, lists, dicts, names = given
        scope = program.function(node)
        around = caller_of(texts, program, scope, chain, depth) if isinstance(scope, FUNCTIONS[:2]) else None
        own = scope.args if around else None
        if around is None or any(getattr(one, "id", "") != getattr(own.vararg, "arg", None) for one in lists) or any(
                getattr(one, "id", "") != getattr(own.kwarg, "arg", None) for one in dicts):
            given, keywords = (pairs, [], [], []), set()  # what else it takes is not known
            break
        found += [(name, program, value, depth) for name, value in pairs]
        keywords -= {one.arg for one in parameters(scope)[0]}
        keywords = keywords if dicts else set()
        program, node, taken = around
        depth += 1
        given = given_by(node, names if lists else [], len(taken), {one.arg for one in parameters(scope)[0]})
        if given is not None and not dicts:
            given = (given[0][:len(names)], given[1] if lists else [], [], given[3])
    if given is None:
        return {"why": why}
    found += [(name, program, value, depth) for name, value in given[0]]
    add = {} if program.why or not keywords else end_of_arguments(program, node)
    outermost = depth, program, node
    found = [one for one in (in_own_file(texts, chain, *one) for one in found) if one is not None]
    if not found:
        return {"why": why}
    depth = max(one[3] for one in found)
    _, program, node, _ = next(one for one in found if one[3] == depth)
    while not isinstance(node, ast.Call):
        node = program.parents[node]
    if add:  # where a keyword more is put in
        depth, program, node = outermost

    def told(name, where, value, at):
        part = Chain(chain[at:], chain.known[at:], getattr(chain, "owner", ()))
        entry = argument(texts, where, name, value, part, lambda places: made_at(chain[:at] + tuple(places)))
        return {"file": texts.shown(where.file), "path": where.file, "makes": made_at(chain[:at + 1]), **entry}

    return {"type": kind, "span": program.span(node), "file": texts.shown(program.file), "path": program.file,
            "makes": made_at(chain[:depth + 1]), "arguments": [told(*one) for one in found],
            "takes": sorted(keywords), **add,
            "words": [list(one) for one in words_near(program, node, node, chain.known[depth]).items()]}


def in_own_file(texts, chain, name, program, value, depth):
    """Where the user's own file says an argument that an installed package hands on; nothing where none does."""
    try:
        while program.why:
            program, value, depth, _ = passed_on(texts, program, value, chain, depth)
    except Unwritten:
        return None
    return name, program, value, depth


def unwritten():
    raise Unwritten("")


def caller_of(texts, program, function, chain, depth):
    """The call around that a function runs in: its file, the call, and the parameters that it gives by position."""
    if depth + 1 >= len(getattr(chain, "known", ())):
        return None
    around = program.parents.get(function)
    method = isinstance(around, ast.ClassDef)
    made = method and function.name == "__init__"
    static = any(getattr(one, "id", "") == "staticmethod" for one in function.decorator_list)
    outer = texts.program(chain[depth + 1][0])
    call = outer.call(chain[depth + 1], around.name if made else function.name)[0] if outer.readable() else None
    if call is None and made and outer.readable():  # of a class that is derived from it
        call = outer.call(chain[depth + 1], "__init__")[0]
        call = call if call is not None and isinstance(getattr(call.func, "value", None), ast.Call) else None
    names = [one.arg for one in parameters(function)[1]][1 if method and not static else 0:]
    return None if call is None else (outer, call, names)
