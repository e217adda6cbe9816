#!/usr/bin/env python3
"""Networks by targets: writes each spec as PyTorch, exports it with free sizes from its own size, runs it there at that
size and at up to two others, and holds the sizes against PyTorch's and against what `check --for` says.

    matrix.py --shapedbg build/bin/shapedbg --python VENV/bin/python [--targets A,B] [--out DIR] SPEC...

The Python given has torch and the targets' packages; what is missing is left out of the table. No part of the tests: an
hour on two cores. Results are kept in DIR (one JSON a spec and target), so that a second call goes on.
"""
import argparse, json, os, re, subprocess, sys

TARGETS = {  # column: the words for --for, of the exporter as well where it is not torch's newest
    "onnxruntime (dynamo)": "onnxruntime", "onnxruntime (torchscript)": "onnxruntime,onnx-torchscript",
    "openvino (onnx)": "openvino", "openvino (torch)": "openvino,trace", "onnx2torch": "onnx2torch", "jit.trace": "trace", "torch.export": "export",
    "tract": "tract", "ncnn": "ncnn", "executorch": "executorch",
}


# ---- in the Python with the packages -------------------------------------------------------------------------------
def load(path):
    import importlib.util
    import torch
    spec = importlib.util.spec_from_file_location("network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    nets = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, torch.nn.Module)
            and v.__module__ == "network"]
    torch.manual_seed(0)
    return lived_in(nets[-1]().eval())


def lived_in(net):
    """As if trained: fresh norms are all alike, and the older exporter then shares what it folds them to, which onnx2torch
    can't read."""
    import torch
    with torch.no_grad():
        for name, tensor in list(net.named_parameters()) + list(net.named_buffers()):
            if tensor.dim() == 1 and tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5) if name.endswith(("weight", "running_var")) else tensor.normal_(0, 0.1)
    return net


def tensors(shapes, kinds):
    import torch
    return tuple(torch.zeros(s, dtype=torch.long) if k == "int64" else torch.randn(s) for s, k in zip(shapes, kinds))


def sizes_of(result):
    return [list(result.shape)] if hasattr(result, "shape") else [list(one.shape) for one in result]


def torch_sizes(net, shapes, kinds):
    import torch
    with torch.no_grad():
        return sizes_of(net(*tensors(shapes, kinds)))


def varied(base, axes, step):
    return [[n + step if [i, axis] in axes else n for axis, n in enumerate(shape)] for i, shape in enumerate(base)]


def points(net, base, kinds):
    """The example, and up to two larger sizes that PyTorch takes: an odd step and a multiple, along all spatial axes, or
    else along the batch."""
    spatial = [[i, axis] for i, s in enumerate(base) for axis in range(2, len(s))]
    batch = [[i, 0] for i in range(len(base))]
    chosen, along = [], None
    for axes in (spatial, batch):
        for steps in ((1, 3, 5, 7, 2), (4, 8, 16, 32, 64, 128, 256, 320, 640)):
            for step in steps if axes else ():
                shapes = varied(base, axes, step)
                if shapes in [c[0] for c in chosen]:
                    continue
                try:
                    chosen.append((shapes, torch_sizes(net, shapes, kinds), step))
                    break
                except Exception:
                    pass
        if chosen:
            along = axes
            break
    return [(base, torch_sizes(net, base, kinds), 0)] + chosen, along or []


def dynamic(along, count, value):
    out = [dict() for _ in range(count)]
    for i, axis in along:
        out[i][axis] = value(i, axis)
    return tuple(out)


def to_onnx(net, inputs, along, dynamo, **options):
    import torch
    names = [f"in{i}" for i in range(len(inputs))]
    if dynamo:
        free = torch.export.Dim.DYNAMIC
        torch.onnx.export(net, inputs, "net.onnx", dynamo=True, verbose=False, input_names=names,
                          dynamic_shapes=dynamic(along, len(inputs), lambda i, a: free))
    else:
        axes = {names[i]: {} for i, _ in along}
        for i, axis in along:
            axes[names[i]][axis] = f"n{i}_{axis}"
        torch.onnx.export(net, inputs, "net.onnx", dynamo=False, input_names=names, dynamic_axes=axes, **options)
    return names


def runner(target, net, inputs, other, along):
    """A function from inputs to what the target returns."""
    import torch
    if target.startswith("onnxruntime"):
        import onnxruntime
        names = to_onnx(net, inputs, along, "dynamo" in target)
        session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
        known = {one.name for one in session.get_inputs()}
        return lambda xs: session.run(None, {n: x.numpy() for n, x in zip(names, xs) if n in known})
    if target.startswith("openvino"):
        import openvino
        if "torch" in target:
            model = openvino.convert_model(net, example_input=inputs)
            for i, port in enumerate(model.inputs):
                shape = list(inputs[i].shape)
                model.reshape({port: [-1 if [i, a] in along else n for a, n in enumerate(shape)]}) if len(inputs) == 1 else None
        else:
            to_onnx(net, inputs, along, True)
            model = openvino.convert_model("net.onnx")
        compiled = openvino.compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 2})
        return lambda xs: [torch.empty(v.shape) for v in compiled([x.numpy() for x in xs]).values()]
    if target == "onnx2torch":
        import types
        if "torchvision" not in sys.modules:  # only its detection operators want it
            fake = types.ModuleType("torchvision"); fake.ops = types.ModuleType("torchvision.ops")
            fake.ops.roi_align = None
            sys.modules["torchvision"], sys.modules["torchvision.ops"] = fake, fake.ops
        import onnx2torch
        to_onnx(net, inputs, along, False, opset_version=17)  # it knows no newer one whole
        back = onnx2torch.convert("net.onnx").eval()
        return lambda xs: back(*xs)
    if target == "jit.trace":
        traced = torch.jit.trace(net, inputs, check_trace=False)
        return lambda xs: traced(*xs)
    if target == "torch.export":
        free = torch.export.Dim.AUTO
        program = torch.export.export(net, inputs, dynamic_shapes=dynamic(along, len(inputs), lambda i, a: free)).module()
        return lambda xs: program(*xs)
    if target == "tract":
        import tract
        names = to_onnx(net, inputs, along, False)
        def run(xs):  # sizes as numbers: few networks load with symbols
            model = tract.onnx().load("net.onnx")
            for i, x in enumerate(xs):
                kind = "i64" if x.dtype == torch.long else "f32"
                model.set_input_fact(i, ",".join(map(str, x.shape)) + "," + kind)
            return [v.to_numpy() for v in model.into_model().into_runnable().run([x.numpy() for x in xs])]
        return run
    if target == "ncnn":
        import ncnn, pnnx
        import numpy
        pnnx.export(net, "net.pt", inputs, inputs2=other)
        loaded = ncnn.Net()
        if loaded.load_param("net.ncnn.param") or loaded.load_model("net.ncnn.bin"):
            raise RuntimeError("does not load")
        def run(xs):
            with loaded.create_extractor() as ex:
                for i, x in enumerate(xs):
                    whole = x.dtype == torch.long  # a Mat of integers has 32 bits, and the batch of a list is its only axis
                    ex.input(f"in{i}", ncnn.Mat(x.numpy().astype("int32") if whole else x[0].numpy().copy()))
                code, out = ex.extract("out0")
                if code:
                    raise RuntimeError(f"extract returns {code}")
                return [numpy.array(out)[None]]
        return run
    if target == "executorch":
        from executorch.exir import to_edge_transform_and_lower
        from executorch.runtime import Runtime
        free = torch.export.Dim.AUTO
        # An upper bound is wanted of each free size: twice the example and more.
        shapes = dynamic(along, len(inputs), lambda i, a: free if inputs[i].shape[a] == 1 else
                         torch.export.Dim.DYNAMIC(min=2, max=2 * inputs[i].shape[a] + 640))
        program = torch.export.export(net, inputs, dynamic_shapes=shapes)
        data = to_edge_transform_and_lower(program).to_executorch().buffer
        loaded = Runtime.get().load_program(data)
        method = loaded.load_method("forward")
        kept = (data, loaded)  # the method reads what they own
        return lambda xs: method.execute(list(xs)) if kept else None
    raise SystemExit(f"no target {target}")


def work(target, path, question):
    import torch, warnings
    warnings.filterwarnings("ignore")
    net, kinds = load(path), question["kinds"]
    found, along = points(net, question["inputs"], kinds)
    out = {"along": along, "points": [{"inputs": s, "torch": t, "step": d} for s, t, d in found]}
    other = found[-1][0]
    try:
        with torch.no_grad():
            run = runner(target, net, tensors(found[0][0], kinds), tensors(other, kinds), along)
    except Exception as error:
        out["refused"] = f"{type(error).__name__}: {error}"[:600]
        run = None
    print(json.dumps(out), flush=True)
    for point in out["points"]:
        if run is None:
            point["there"] = None
        else:
            try:
                with torch.no_grad():
                    point["there"] = sizes_of(run(tensors(point["inputs"], kinds)))
            except Exception as error:
                point["there"], point["error"] = None, f"{type(error).__name__}: {error}"[:600]
        print(json.dumps(out), flush=True)  # each time: the process may end in the next


# ---- outside -------------------------------------------------------------------------------------------------------
def plain(path):
    return json.loads(re.sub(r"(?m)^\s*//.*$", "", open(path).read()))


def ask(shapedbg, spec, word, folder, point, along):
    """Whether `--for` names a difference at this point."""
    spec = json.loads(json.dumps(spec))
    inputs = spec["input"]
    shapes = inputs if isinstance(inputs, dict) else {"input": inputs}
    names = list(shapes)
    base = [list(s["shape"] if isinstance(s, dict) else s) for s in shapes.values()]
    step = point["step"]
    free = {}
    spec["expect"] = [None] * len(point["torch"][0])  # whether the input's size comes back is another question
    if along:
        for i, axis in along:
            n = base[i][axis]
            name = f"S{n}"
            free[name] = {"min": n, "max": n + max(step, 1)}
            base[i][axis] = name
    spec["input"] = {n: s for n, s in zip(names, base)} if isinstance(inputs, dict) else base[0]
    if free:
        spec["sizes"] = free
    spec.pop("$schema", None)
    path = os.path.join(folder, "asked.json")
    json.dump(spec, open(path, "w"))
    ran = subprocess.run([shapedbg, "check", "--for", word, "--device", "off", "--format", "json", path],
                         capture_output=True, text=True, check=False)
    said = []
    for finding in json.loads(ran.stdout)["specs"][0]["findings"]:
        if not finding["code"].startswith("P7") or finding["code"] == "P704":
            continue
        text = json.dumps(finding)
        said.append((finding["code"], finding["severity"], finding["message"], text))
    # Only what parts at this size, not what parts at another one alone.
    if step == 0:
        said = [s for s in said if not s[2].startswith("for `") and "where it is another size" not in s[2]]
    return [s for s in said if parts_at(s[3], step, along, shapes)]


def parts_at(text, step, along, shapes):
    note = re.search(r"they part for ([^\"]*)", text)
    if not note:
        return True
    values = {list(shapes.values())[i][axis] for i, axis in along}
    for n in values:
        if re.search(rf"\b{n + step}\b", note[1]) or f"`S{n}`: every size" in note[1]:
            return True
        which = re.search(rf"`S{n}`: (even|odd) sizes, from (\d+)", note[1])
        if which and int(which[2]) <= n + step and (n + step) % 2 == (which[1] == "odd"):
            return True
    return False


def question(spec):
    inputs = spec["input"]
    shapes = list(inputs.values()) if isinstance(inputs, dict) else [inputs]
    kinds = ["int64" if len(s) == 1 else "float32" for s in shapes]
    return {"inputs": shapes, "kinds": kinds}


def mark(point, column):
    if point.get("there") is None:
        return "x"
    drop = 1 if column == "ncnn" else 0  # it has no batch
    same = [s[drop:] for s in point["there"]] == [s[drop:] for s in point["torch"]]
    return "." if same else "!"


def one(args, path, column):
    spec = plain(path)
    name = os.path.splitext(os.path.basename(path))[0]
    folder = os.path.join(args.out, name + " " + column)
    os.makedirs(folder, exist_ok=True)
    kept = os.path.join(folder, "result.json")
    if not os.path.exists(kept):
        program = os.path.join(folder, "network.py")
        subprocess.run([args.shapedbg, "export", path, "--to", "python", "--device", "off", "-o", program], check=True,
                       capture_output=True)
        try:
            ran = subprocess.run([args.python, "-W", "ignore", os.path.abspath(__file__), "--work", column, program,
                                  json.dumps(question(spec))], capture_output=True, text=True, cwd=folder,
                                 timeout=args.timeout, check=False)
            stdout, code = ran.stdout, ran.returncode
            open(os.path.join(folder, "stderr"), "w").write(ran.stderr)
        except subprocess.TimeoutExpired as error:
            stdout, code = (error.stdout or b"").decode(), "time"
        lines = [l for l in stdout.splitlines() if l.startswith("{")]
        if not lines:
            return name, column, None
        out = json.loads(lines[-1])
        out["code"] = code
        json.dump(out, open(kept, "w"))
        for big in ("net.onnx", "net.onnx.data", "net.pt", "net.pnnx.bin", "net.ncnn.bin"):
            if os.path.exists(os.path.join(folder, big)):
                os.remove(os.path.join(folder, big))
    out = json.load(open(kept))
    for point in out["points"]:
        if "there" in point or out["code"] != "time":
            point["mark"] = mark(point, column)
            said = ask(os.path.abspath(args.shapedbg), spec, TARGETS[column], folder, point, out["along"])
            point["said"] = [s[:3] for s in said]
    return name, column, out


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--work":
        return work(sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("specs", nargs="+")
    parser.add_argument("--shapedbg", default="build/bin/shapedbg")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--targets", default=",".join(TARGETS))
    parser.add_argument("--out", default="matrix")
    parser.add_argument("--timeout", type=int, default=400)
    args = parser.parse_args()
    args.shapedbg, args.out = os.path.abspath(args.shapedbg), os.path.abspath(args.out)
    columns = [c for c in args.targets.split(",") if c]
    rows, total, differ, named, false = {}, 0, 0, 0, 0
    for path in args.specs:
        for column in columns:
            name, _, out = one(args, path, column)
            rows.setdefault(name, {})[column] = ""
            if out is None:
                continue
            for point in out["points"]:
                if "mark" not in point:
                    continue
                rows[name][column] += point["mark"]
                total += 1
                errors = [s for s in point["said"] if s[1] == "error"]
                if point["mark"] != ".":
                    differ += 1
                    named += bool(point["said"])
                    if not point["said"]:
                        print("not named:", name, column, point["inputs"], point.get("there"), point["torch"],
                              out.get("refused") or point.get("error"), file=sys.stderr)
                elif errors:
                    false += 1
                    print("false:", name, column, point["inputs"], errors, file=sys.stderr)
    print("| network | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1))
    for name in sorted(rows):
        print(f"| {name} | " + " | ".join(rows[name].get(c, "") for c in columns) + " |")
    print(f"\n{total} runs, {differ} differ from PyTorch, {named} of them named, {false} named though they agree")


if __name__ == "__main__":
    main()
