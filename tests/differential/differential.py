#!/usr/bin/env python3
"""Random networks in Python's torch and in shapedbg, on the CPU, on meta and by formula: every shape and every refusal of
every layer has to be the same.

    python3 tests/differential/differential.py SHAPEDBG [--count 20000] [--seed 1] [--devices cpu,meta,off] [--keep FOLDER]

Exit code 0 where nothing differs, 1 where something does, 77 where this Python has no torch. What PyTorch's Python refuses
and its C++ library takes is no difference where a W520 says so.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

CHUNK = 500
# Refused by LibTorch's Python and not by LibTorch: the finding that says so stands at the layer.
SAID = {"W506", "W520"}
# Refused for what the values may be; with those of this run it may go well.
CAREFUL = {"L210"}


def parsed():
    parser = argparse.ArgumentParser()
    parser.add_argument("shapedbg")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", default="cpu,meta,off")
    parser.add_argument("--keep", help="a folder for the specs of networks that differ")
    parser.add_argument("--show", type=int, default=20, help="how many differences are printed whole")
    return parser.parse_args()


def reports(shapedbg, device, folder):
    """The report of every file of the folder by its name."""
    command = [shapedbg, "check", "--no-config", "--no-fixes", "--device", device, "--format", "jsonl", folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    found = {}
    for line in done.stdout.splitlines():
        spec = json.loads(line)["specs"][0]
        found[os.path.basename(spec["file"])] = spec
    return found


def told(error):
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:160]


def named(finding):
    """The layers that a finding is about: it starts with the cause, which need not be the layer that cannot run."""
    names = {finding.get("layer") or ""} | {one.get("layer") or "" for one in finding.get("related", [])}
    return names | set(re.findall("`([^` ]+)`", finding["message"]))


def differences(answers, report):
    """What differs, at the first layer where something does: what is behind it only follows."""
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    for finding in errors:
        if finding["code"][0] in "JSX":
            # An option that no layer of that type takes: the spec is not run then.
            if finding["code"][0] == "S" and isinstance(answers.get(finding.get("layer")), (Exception, type(None))):
                return None
            return f"{finding.get('layer') or 'the spec'} : {finding['code']} {finding['message']}"
    said = {one.get("layer") for one in report["findings"] if one["code"] in SAID}
    layers = {layer["name"]: layer for layer in report["layers"]}
    for name, answer in answers.items():
        layer = layers.get(name)
        if layer is None:
            return f"{name} : is not in the report"
        about = [one for one in errors if name in named(one)]
        what = f"{name} {layer['type']}"
        if isinstance(answer, Exception):
            if not about and name not in said:
                return f"{what}: PyTorch refuses ({told(answer)}), shapedbg returns {layer['outputs']}"
        elif answer is not None:
            ran = report["device"] == "off" or layer["source"] == "executed"
            if any(one["code"] in CAREFUL for one in about):
                return None
            # Of very many parts the first are looked at, and all are counted.
            seen = len(layer["outputs"]) if layer.get("outputs_in_all") == len(answer) else len(answer)
            if not ran or layer["outputs"][:len(answer)] != answer[:seen]:
                reason = "; ".join(f"{one['code']} {one['message']}" for one in about)
                return f"{what}: PyTorch returns {answer}, shapedbg {layer['outputs']} ({layer['source']}) {reason}"
            if any(one["code"] == "W520" and one.get("layer") == name for one in report["findings"]):
                return f"{what}: PyTorch takes it, shapedbg says that it does not"
    return None


class Comparison:
    def __init__(self, options):
        self.options = options
        self.counts = collections.Counter()
        self.kinds = collections.Counter()
        self.shown = 0

    def chunk(self, batch):
        with tempfile.TemporaryDirectory() as folder:
            for number, spec, _ in batch:
                with open(os.path.join(folder, f"{number:06}.json"), "w", encoding="utf-8") as file:
                    json.dump(spec, file)
            for device in self.options.devices.split(","):
                found = reports(self.options.shapedbg, device, folder)
                for number, spec, answers in batch:
                    report = found.get(f"{number:06}.json")
                    line = "the spec : no report" if report is None else differences(answers, report)
                    self.counts[device, "differ" if line else "alike"] += 1
                    if line:
                        self.tell(number, spec, device, line)
        for _, spec, answers in batch:
            self.counts["networks"] += 1
            self.counts["layers"] += sum(isinstance(one, list) for one in answers.values())
            self.counts["refusals"] += sum(isinstance(one, Exception) for one in answers.values())

    def tell(self, number, spec, device, line):
        kind = line.split(":")[0].split(" ")[-1]
        self.kinds[kind] += 1
        if self.shown < self.options.show:
            self.shown += 1
            print(f"--seed {self.options.seed}, network {number}, {device}: {line}\n  {json.dumps(spec)}")
        if self.options.keep:
            os.makedirs(self.options.keep, exist_ok=True)
            with open(os.path.join(self.options.keep, f"{number:06}.json"), "w", encoding="utf-8") as file:
                json.dump(spec, file, indent=1)

    def summary(self):
        print(f"{self.counts['networks']} networks, {self.counts['layers']} layers that PyTorch runs, "
              f"{self.counts['refusals']} that it refuses")
        for device in self.options.devices.split(","):
            print(f"  {device:5} {self.counts[device, 'alike']} alike, {self.counts[device, 'differ']} differ")
        for kind, count in self.kinds.most_common():
            print(f"  {kind} {count}")


def main():
    options = parsed()
    try:
        import torch
    except ImportError:
        print("skipped: this Python has no torch")
        return 77
    torch.set_num_threads(1)
    import warnings
    warnings.simplefilter("ignore")
    import networks
    comparison = Comparison(options)
    batch = []
    try:
        for network in networks.networks(options.seed, options.count):
            batch.append(network)
            if len(batch) == CHUNK:
                comparison.chunk(batch)
                batch = []
        if batch:
            comparison.chunk(batch)
    except KeyboardInterrupt:
        print("interrupted; so far:")
    comparison.summary()
    return 1 if comparison.kinds else 0


if __name__ == "__main__":
    sys.exit(main())
