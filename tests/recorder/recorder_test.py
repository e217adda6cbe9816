"""The recorder on small models, where this Python has torch: python3 -B recorder_test.py RECORDER. Exit 77: no torch."""
import importlib.util
import os
import sys
import tempfile
import unittest

found = importlib.util.spec_from_file_location("recorder", sys.argv.pop())
recorder = importlib.util.module_from_spec(found)
found.loader.exec_module(recorder)

MODELS = '''
import torch
import torch.nn.functional as F
from torch import nn

class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1)
        self.last = nn.Conv2d(6, 1, 1)
    def forward(self, x):
        y = self.up(self.down(x))
        return self.last(torch.cat([x, y], 1))

class Padded(Skip):
    def forward(self, x):
        y = self.up(self.down(x))
        dy = x.shape[2] - y.shape[2]
        return F.pad(y, [dy // 2, dy - dy // 2, dy // 2, dy - dy // 2])

class Forgiving(Skip):
    def forward(self, x):
        try:
            return torch.cat([x, self.up(self.down(x))], 1)
        except RuntimeError:
            return x * 2

class Asserts(Skip):
    def forward(self, x):
        y = self.down(x)
        assert y.shape[2] > 100, "too small"
        return y

class AssertsInFront(Skip):
    def forward(self, x):
        y = self.up(self.down(x))
        assert y.shape[2] == x.shape[2], "another size"
        return self.last(torch.cat([x, y], 1))

class Gates(nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(3, 9, 3, padding=1)
    def forward(self, x):
        for _ in range(2):
            i, f, o, g = torch.split(self.gates(x), 3, dim=1)
            x = f * x + i * g * o
        return x

class TooMany(Gates):
    def forward(self, x):
        a, b = self.gates(x).chunk(3, dim=1)
        return a + b

class LargeParts(Gates):
    def forward(self, x):
        a, b, c = self.gates(x).split(2, dim=1)
        return a + b + c

class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok = nn.Embedding(50, 8)
        self.pos = nn.Embedding(12, 8)
    def forward(self, ids):
        return self.tok(ids) + self.pos(torch.arange(ids.size(1)))

class Groups(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.GroupNorm(8, 12)
        self.attend = nn.MultiheadAttention(16, 3, batch_first=True)
    def forward(self, x):
        return self.norm(x), self.attend(x.flatten(1, 2), x.flatten(1, 2), x.flatten(1, 2))[0]

class Divided(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(12, 8, 3, 2, 1, groups=5)
    def forward(self, x):
        return self.conv(x)

class Tables(nn.Module):
    def __init__(self):
        super().__init__()
        self.rows, self.columns = nn.Parameter(torch.zeros(10, 4)), nn.Parameter(torch.zeros(12, 4))
    def forward(self, x):
        return x.flatten(2).mean(2) + torch.cat([self.rows[:x.size(2)], self.columns[:x.size(3)]], 1).sum()

class Rearranged(nn.Module):
    def forward(self, x):
        from einops import rearrange
        return rearrange(x, "b c (h p) w -> b (c p) h w", p=3).relu()

class Values(nn.Module):
    def forward(self, x):
        return x + 1 if (x.sum() * 0).item() == 0 else x

class Buffer(nn.Module):
    def forward(self, x):
        out = torch.zeros(x.shape[0], 6, *x.shape[2:], device=x.device)
        out[:, :3] = x
        return out.mean((2, 3))

class Sized(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(3, 3, 3, stride=2, padding=1)
    def forward(self, x):
        return torch.relu(self.up(x, output_size=[64, 64]))

class Scalars(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", torch.tensor(5))
        self.register_buffer("step", torch.tensor(4))
    def forward(self, x):
        frames = (x.shape[-1] - self.kernel) / self.step + 1
        missing = (torch.ceil(frames).to(torch.int64) - 1) * self.step + self.kernel - x.shape[-1]
        kept = torch.floor(torch.as_tensor(3 * x.shape[-1] / 4)).long()
        return F.pad(x, (0, missing))[..., :int(kept)]

class Noise(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.register_buffer("scale", torch.ones(3))
    def forward(self, x):
        x = x + torch.randn_like(x) * torch.tensor(2)
        x = x * self.scale.type_as(x).view(3, 1, 1)
        return torch.cat([self.token.expand(x.shape[0], x.shape[2] - 0, -1), x[:, 0]], 1)

class Whole(nn.Module):
    def forward(self, x):
        height = int(x.shape[2] * 0.5)
        assert isinstance(height, int) and int("7") == 7 and type(3) == int
        return x[:, :, :height, :int(x.shape[3] / 3)]

class Strict(nn.Module):
    def forward(self, x):
        if type(x.shape[0]) is int or int is not type(3):
            raise TypeError("no integer")
        return x + int(1)

class Refuses(Skip):
    def joined(self, x, y):
        if x.shape[2:] == y.shape[2:]:
            return torch.cat([x, y], 1)
        else:
            raise ValueError(f"cannot join {x.shape} and {y.shape}")
    def forward(self, x):
        h, w = x.shape[2:]
        if h % 4 or w < 8:
            raise RuntimeError(
                "too small")
        return self.last(self.joined(x, self.up(self.down(x))))

class Modes(Skip):
    def forward(self, x):
        if "add" in dir(self):
            return x
        else:
            raise ValueError("no mode")

class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = {"a": [Skip(), None], "of": self}
    def forward(self, x):
        return self.blocks["a"][0].down(x)

class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 4)
    def forward(self, inputs):
        x, y = inputs
        return self.fc(x) + y

class OnGpu(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, device="cuda").cuda()
        self.to("cuda:0")
    def forward(self, x):
        return self.conv(x.cuda()) + torch.zeros(1, device=torch.device("cuda"))

class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(3)
    def forward(self, x):
        return torch.relu(self.bn(x))

class Nothing(nn.Module):
    pass

class ByName(nn.Module):
    def forward(self, *, x):
        return x

class Leaves(nn.Module):
    def forward(self, x):
        raise SystemExit("half \\udc80")

class Sections(nn.Module):
    def forward(self, x):
        return torch.relu(x.split([1, 1], 1)[0]), torch.mm(x[0], x[1])

class Needs(nn.Module):
    def __init__(self, depth):
        super().__init__()
'''


class Recording(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.file = os.path.join(cls.folder.name, "models.py")
        with open(cls.file, "w") as file:
            file.write(MODELS)

    def lines(self, name, sizes="1,3,16,16"):
        model = recorder.load(f"{self.file}:{name}", "")
        return recorder.record(model, recorder.read_inputs([sizes]), "meta")[:2]

    def calls(self, name, sizes="1,3,16,16"):
        return [line for line in self.lines(name, sizes)[0] if "call" in line]

    def test_goes_on_past_a_call_that_raises(self):
        calls = self.calls("Skip")
        self.assertEqual([c["call"].rsplit(".", 1)[1] for c in calls], ["conv2d", "conv_transpose2d", "cat", "conv2d"])
        self.assertTrue(calls[2]["assumed"])
        self.assertIn("RuntimeError", calls[2]["raised"])
        self.assertEqual(calls[2]["out"][0]["shape"], [1, 6, 15, 15])
        self.assertNotIn("raised", calls[3])

    def test_names_the_lines_that_made_and_called(self):
        lines = MODELS.split("\n")
        call = self.calls("Skip")[1]
        made, called = (int(call[key].rsplit(":", 1)[1]) for key in ("made", "called"))
        self.assertIn("self.up = nn.ConvTranspose2d", lines[made - 1])
        self.assertIn("self.up(self.down(x))", lines[called - 1])

    def test_sizes_remember_their_axis(self):
        pad = self.calls("Padded")[-1]
        one = pad["args"][1][0]
        self.assertEqual(one["of"][0], "//")
        self.assertEqual(one["of"][1][1], ["axis", 0, 2])

    def test_a_models_own_handler_keeps_its_meaning(self):
        calls = self.calls("Forgiving")
        self.assertEqual(calls[-1]["out"][0]["shape"], [1, 3, 16, 16])
        self.assertFalse(any("raised" in c for c in calls))

    def test_an_assert_stops_and_says_where(self):
        last = self.lines("Asserts")[0][-1]
        self.assertEqual(last["stopped"], "AssertionError: too small")
        self.assertIn("assert", MODELS.split("\n")[int(last["at"].rsplit(":", 1)[1]) - 1])

    def test_an_assert_in_front_of_a_call_that_raises_is_gone_past(self):
        calls = self.calls("AssertsInFront")
        self.assertEqual([c["call"].split(".")[-1] for c in calls], ["conv2d", "conv_transpose2d", "cat", "conv2d"])
        self.assertIn("RuntimeError", calls[2]["raised"])
        with self.assertRaises(AssertionError):  # the class is as it was
            recorder.load(f"{self.file}:AssertsInFront", "")(recorder.torch.zeros(1, 3, 16, 16))

    def test_a_raise_that_asks_for_a_size_is_gone_past(self):
        calls = self.calls("Refuses", "1,3,18,18")
        self.assertEqual([c["call"].split(".")[-1] for c in calls], ["conv2d", "conv_transpose2d", "cat", "conv2d"])
        self.assertIn("RuntimeError", calls[2]["raised"])
        with self.assertRaises(RuntimeError):  # the class is as it was
            recorder.load(f"{self.file}:Refuses", "")(recorder.torch.zeros(1, 3, 18, 18))

    def test_a_forward_that_leaves_python_stops(self):
        self.assertEqual(self.lines("Leaves")[0][-1]["stopped"], "SystemExit: half \\udc80")

    def test_sections_that_do_not_add_up_are_made_all_the_same(self):
        calls = self.calls("Sections", "2,3,3")
        self.assertIn("raised", calls[0])
        self.assertEqual([out["shape"] for out in calls[0]["out"]], [[2, 1, 3], [2, 1, 3]])
        self.assertEqual(calls[-1]["call"], "torch.mm")

    def test_any_other_raise_stops(self):
        self.assertEqual(self.lines("Modes")[0][-1]["stopped"], "ValueError: no mode")

    def test_modules_in_plain_lists_have_a_path(self):
        self.assertEqual([c["module"] for c in self.calls("Lists")], ["blocks.a.0.down"])

    def test_parts_that_are_not_there_are_given(self):
        calls = [c for c in self.calls("Gates") if c["call"].endswith("split")]
        self.assertEqual([len(c["out"]) for c in calls], [4, 4])
        self.assertTrue(all("expected 4, got 3" in c["raised"] for c in calls))
        self.assertIn("too many values", self.lines("TooMany")[0][-1]["stopped"])

    def test_of_parts_of_one_size_as_many_are_given_as_are_taken(self):
        split = next(c for c in self.calls("LargeParts") if c["call"].endswith("split"))
        self.assertEqual(len(split["out"]), 3)
        self.assertIn("too many values to unpack (expected 3)", split["raised"])

    def test_positions_behind_the_end_of_their_table_go_on(self):
        lines = self.lines("Positions", "1,16:int64")[0]
        calls = [line for line in lines if "call" in line]
        self.assertIn("the largest index is 15, the table has 12 rows", calls[1]["raised"])
        self.assertEqual((calls[1]["module"], calls[1]["out"][0]["shape"]), ("pos", [16, 8]))
        self.assertIn("output", lines[-1])

    def test_counts_that_do_not_divide_are_those_of_the_call(self):
        calls = self.calls("Groups", "1,12,4,16")
        failed = {c["module"]: c for c in calls if "raised" in c}
        self.assertEqual(set(failed), {"norm", "attend"})
        self.assertEqual(failed["norm"]["args"][1], 8)
        with self.assertRaises(ValueError):  # the class is as it was
            recorder.nn.GroupNorm(8, 12)

    def test_groups_that_do_not_divide_are_those_of_the_call(self):
        calls = self.calls("Divided", "1,12,8,8")
        self.assertIn("raised", calls[0])
        self.assertEqual((calls[0]["args"][6], calls[0]["out"][0]["shape"]), (5, [1, 8, 4, 4]))

    def test_constants_that_do_not_fit_go_on(self):
        lines = self.lines("Tables", "1,4,10,12")[0]
        raised = [line["call"] for line in lines if "raised" in line]
        self.assertEqual(raised, ["torch.cat"])
        self.assertIn("output", lines[-1])

    @unittest.skipUnless(importlib.util.find_spec("einops"), "no einops")
    def test_what_einops_checks_is_left_to_the_call(self):
        lines = self.lines("Rearranged", "1,3,16,16")[0]
        self.assertIn("raised", next(line for line in lines if line.get("call", "").endswith("reshape")))
        self.assertIn("output", lines[-1])

    def test_values_that_are_asked_for_are_computed(self):
        lines, carrier = self.lines("Values")
        self.assertEqual(carrier, "cpu")
        self.assertIn("output", lines[-1])

    def test_a_buffer_that_is_written_into_is_followed(self):
        calls = self.calls("Buffer")
        self.assertIn("torch.Tensor.__setitem__", [c["call"] for c in calls])
        self.assertEqual(calls[-1]["out"][0]["shape"], [1, 6])

    def test_noise_and_tokens_are_constants_whose_sizes_remember(self):
        lines = self.lines("Noise", "2,3,8,16")[0]
        constants = [line["shape"] for line in lines if line.get("role") == "constant"]
        axes = [[size["of"] if isinstance(size, dict) else size for size in shape] for shape in constants]
        self.assertEqual(axes[0], [["axis", 0, i] for i in range(4)])
        self.assertEqual(axes[1], [3, 1, 1])
        batch, height = axes[2][:2]
        self.assertEqual((batch[0], batch[2], height[0], height[2]), ("axis", 0, "axis", 2))
        self.assertEqual(len(lines[-1]["output"]), 1)
        self.assertEqual([c["call"].rsplit(".", 1)[1] for c in self.calls("Noise", "2,3,8,16")],
                         ["add", "mul", "__getitem__", "cat"])

    def test_a_quotient_and_a_number_are_one_quotient(self):
        size = recorder.Size(11, ["axis", 0, 2])
        self.assertEqual(recorder.math.ceil((size - 4) / 2 + 1).formula,
                         ["ceil", ["/", ["+", ["-", ["axis", 0, 2], 4], ["*", 1, 2]], 2]])
        self.assertEqual(recorder.math.ceil((size - 4) / 2 + 1), 5)
        self.assertEqual((size // 1 - 0).formula, ["axis", 0, 2])
        whole = recorder.math.ceil(size * 2)  # of what is an integer already
        self.assertEqual((round(+recorder.math.floor(whole)).formula, round(whole, -1)), (["*", ["axis", 0, 2], 2], 20))

    def test_int_of_a_size_remembers(self):
        cut = self.calls("Whole")[0]["args"][1]
        self.assertEqual(cut[2]["slice"][1]["of"], ["trunc", ["*", ["axis", 0, 2], ["/", 1, 2]]])
        self.assertEqual(cut[3]["slice"][1]["of"], ["trunc", ["/", ["axis", 0, 3], 3]])
        module = sys.modules["models"] if "models" in sys.modules else None
        self.assertFalse(module is not None and "int" in vars(module))

    def test_bits_of_a_size_are_remainders(self):
        axis = ["axis", 0, 2]
        for value in range(1, 70):
            size = recorder.Size(value, axis)
            for mask in (1, 7, 15, 9, -8):
                self.assertEqual((int(size & mask), int(size | mask)), (value & mask, value | mask))
            self.assertEqual((int(size >> 2), int(size << 3)), (value >> 2, value << 3))
        self.assertEqual((recorder.Size(9, axis) >> 2).formula, ["//", axis, 4])
        self.assertEqual((recorder.Size(9, axis) & 7).formula, ["%", axis, 8])
        self.assertEqual(((recorder.Size(9, axis) - 1 | 15) + 1).formula[0], "+")

    def test_where_only_int_itself_will_do_it_is_given(self):
        lines = self.lines("Strict")[0]
        self.assertIn("output", lines[-1])

    def test_numbers_of_numpy(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("no numpy")
        size = recorder.Size(11, ["axis", 0, 2])
        self.assertEqual(numpy.ceil(size / 2).formula, ["ceil", ["/", ["axis", 0, 2], 2]])
        self.assertEqual((size * numpy.int64(3)).formula, ["*", ["axis", 0, 2], 3])
        self.assertEqual(numpy.sqrt(recorder.Size(16, ["axis", 0, 2])), 4)
        encode = recorder.Recorder(None, "cpu", False).encode
        self.assertEqual(encode([numpy.int64(7), numpy.float32(0.5)]), [7, 0.5])

    def test_a_package_that_wraps_an_error_is_asked_for_the_cause(self):
        try:
            try:
                raise ImportError("no such name")
            except ImportError as error:
                raise RuntimeError("look up to see its traceback") from error
        except RuntimeError as error:
            self.assertEqual(recorder.said(error), "RuntimeError: look up to see its traceback (ImportError: no such name)")

    def test_a_module_that_raises_by_itself_goes_on(self):
        calls = self.calls("Sized")
        self.assertIn("ValueError", calls[0]["raised"])
        self.assertEqual(calls[-1]["call"].rsplit(".", 1)[1], "relu")

    def test_sizes_go_through_tensors_of_no_axes(self):
        pad, cut = self.calls("Scalars", "1,2,50")
        behind, stop = pad["args"][1][1], cut["args"][1][1]["slice"][1]
        self.assertEqual((behind["s"], stop["s"]), (3, 37))
        self.assertEqual(stop["of"], ["floor", ["/", ["*", 3, ["axis", 0, 2]], 4]])
        self.assertIn("ceil", str(behind["of"]))

    def test_a_norm_for_other_axes_is_a_norm(self):
        calls = self.calls("Flat", "1,3,4,4,4")
        self.assertEqual([c["call"].split(".")[-1] for c in calls], ["batch_norm", "relu"])
        self.assertIn("expected 4D input", calls[0]["raised"])

    def test_what_asks_for_a_gpu_runs_without_one(self):
        if recorder.torch.cuda.is_available():
            self.skipTest("there is one")
        with recorder.without_gpu():
            self.assertEqual([c["call"].split(".")[-1] for c in self.calls("OnGpu")], ["conv2d", "add"])

    def test_inputs_that_are_taken_as_one(self):
        model = recorder.load(f"{self.file}:Both", "")
        inputs = recorder.check_inputs(model, recorder.read_inputs(["2,8", "2,4"]))
        lines = recorder.record(model, inputs, "meta")[0]
        self.assertEqual([c["call"].split(".")[-1] for c in lines if "call" in c], ["linear", "add"])
        self.assertIn("output", lines[-1])

    def test_inputs_that_a_model_does_not_take_are_said(self):
        for name, given, part in (
                ("Skip", ["1,3,8,8", "1,3,8,8"], "Skip.forward takes 1 input (x) and is given 2"),
                ("Skip", ["z=1,3,8,8"], "Skip.forward takes no `z`; it takes x"),
                ("Both", [], "Both.forward takes 1 input (inputs) and is given 0"),
                ("ByName", ["1,3"], "ByName.forward takes inputs by name (x): say --input x="),
                ("Nothing", ["1,3"], "Nothing has no forward")):
            with self.assertRaises(recorder.Failure) as caught:
                recorder.check_inputs(recorder.load(f"{self.file}:{name}", ""), recorder.read_inputs(given))
            self.assertIn(part, str(caught.exception))

    def test_what_a_file_does_besides_is_said(self):
        for text, part, line in (
                ("import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', required=True)\np.parse_args()\n",
                 "__main__", 4),
                ("open('no such file')\n", "FileNotFoundError", 1), ("class Net\n    pass\n", "SyntaxError", 1)):
            file = os.path.join(self.folder.name, "train.py")
            with open(file, "w") as opened:
                opened.write(text)
            with self.assertRaises(recorder.Failure) as caught:
                recorder.load(f"{file}:Net", "")
            self.assertIn(part, str(caught.exception))
            self.assertTrue(caught.exception.line["at"].endswith(f"train.py:{line}"), caught.exception.line)

    def test_what_cannot_be_built_is_said(self):
        for name, part in (("Needs", "--call"), ("Nobody", "has no `Nobody`"), ("", "several modules")):
            with self.assertRaises(recorder.Failure) as caught:
                recorder.load(f"{self.file}:{name}", "")
            self.assertIn(part, str(caught.exception))
        with self.assertRaises(recorder.Failure):
            recorder.read_inputs(["1,x,3"])


if __name__ == "__main__":
    try:
        recorder.load_torch()
    except recorder.Failure as failure:
        print(failure)
        sys.exit(77)
    unittest.main()
