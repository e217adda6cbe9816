"""What the tests of `shapedbg fix` on Python models share: the program, a folder for each test, the model run again. A test
is called as python3 -B TEST.py SHAPEDBG and leaves with 77 where its Python has no torch."""
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest

try:
    import torch
except ImportError:
    print("this Python has no torch")
    sys.exit(77)

PROGRAM = os.path.abspath(sys.argv.pop())
HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return path

    def read(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()

    def fix(self, target, *options, **environment):
        return subprocess.run([PROGRAM, "fix", target, "--python", sys.executable, "--device", "meta", *options],
                              cwd=self.folder, capture_output=True, encoding="utf-8", timeout=240,
                              env={**os.environ, **environment})

    def returned(self, path, name, sizes):
        found = importlib.util.spec_from_file_location("fixed", path)
        module = importlib.util.module_from_spec(found)
        sys.path.insert(0, self.folder)
        try:
            found.loader.exec_module(module)
        finally:
            sys.path.remove(self.folder)
        with torch.no_grad():
            out = getattr(module, name)().eval()(torch.rand([int(v) for v in sizes.split(",")]))
        return list((out[0] if isinstance(out, tuple) else out).shape)
